"""DuckDB's side of `cargo xtask bench engine`, on the Parquet files of a catalogue.

usage: duckdb_peer.py CATALOGUE_DIR [THREADS]

CATALOGUE_DIR is the folder of one snapshot. It prints one line of JSON when it is ready. Then every
line of standard input is `FILE TAB SQL`, answered by one line of JSON with the time of the query.
FILE holds the rows that the engine found, as Arrow IPC: both answers are compared row by row, and
`different` says what differs. `-` compares nothing; `cold` in place of a file drops the catalogue
from the page cache and runs nothing.
"""

import glob
import json
import os
import sys
import time

import duckdb
import numpy
import pyarrow.ipc

RELATIVE = 1e-6  # sums of millions of floats, added up in another order
ABSOLUTE = 1e-6


def peak_mb():
    with open("/proc/self/status") as status:
        lines = [line for line in status if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def reset_peak():
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass  # the peak is then that of the process


def columns(table):
    """The columns as float64 arrays (NULL is NaN; integers here are below 2^53), rows in order."""
    arrays = [c.cast("float64").to_numpy(zero_copy_only=False) for c in table.columns]
    # Keys come first in every query, so computed floats never decide the order.
    order = numpy.lexsort(arrays[::-1]) if arrays else []
    return [a[order] for a in arrays]


def difference(file, table):
    """What differs between the rows in an Arrow file and a table; None if nothing does."""
    with pyarrow.ipc.open_file(file) as reader:
        other = reader.read_all()
    if (other.num_rows, other.num_columns) != (table.num_rows, table.num_columns):
        return f"{other.num_rows} x {other.num_columns} against {table.num_rows} x {table.num_columns}"
    for index, (a, b) in enumerate(zip(columns(other), columns(table))):
        same = numpy.isclose(a, b, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)
        if not same.all():
            row = int(numpy.argmin(same))
            return f"column {index}, row {row}: {a[row]!r} against {b[row]!r}"
    return None


def drop_from_cache(files):
    for name in files:
        with open(name, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def connect(files, threads):
    config = {"threads": threads}
    connection = duckdb.connect(config=config)
    # Footers are kept, as ours are.
    connection.execute("SET parquet_metadata_cache = true")
    connection.read_parquet(files, hive_partitioning=False).create_view("stars")
    return connection


def main():
    directory = sys.argv[1]
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count()
    files = sorted(glob.glob(directory + "/dataset/Norder=*/Dir=*/Npix=*.parquet"))
    if not files:
        sys.exit(f"no partitions in {directory}")
    connection = connect(files, threads)
    print(json.dumps({"peer": "duckdb " + duckdb.__version__}), flush=True)
    for line in sys.stdin:
        file, sql = line.rstrip("\n").split("\t", 1)
        if file == "cold":
            drop_from_cache(files)
            connection = connect(files, threads)
            print("{}", flush=True)
            continue
        reset_peak()
        cpu, start = time.process_time(), time.perf_counter()
        table = connection.sql(sql).to_arrow_table()
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        answer = {"seconds": seconds, "cpu_seconds": cpu, "peak_mb": peak_mb(), "answer_rows": table.num_rows}
        if file != "-" and (different := difference(file, table)):
            answer["different"] = different
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
