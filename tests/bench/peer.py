"""What the peers of `cargo xtask bench engine` share: the protocol and the comparison of answers.

A peer prints one line of JSON when it is ready. Then every line of standard input is
`FILE TAB QUERY`, answered by one line of JSON with the time of the query. FILE holds the rows that
the engine found, as Arrow IPC: both answers are compared row by row, and `different` says what
differs. `-` compares nothing; `cold` in place of a file drops the catalogue from the page cache.
"""

import glob
import json
import os
import resource
import sys
import time

import numpy
import pyarrow.ipc

RELATIVE = 1e-6  # sums of millions of floats, added up in another order
ABSOLUTE = 1e-6


def files(directory):
    """The Parquet files of a catalogue's snapshot."""
    found = sorted(glob.glob(directory + "/dataset/Norder=*/Dir=*/Npix=*.parquet"))
    if not found:
        sys.exit(f"no partitions in {directory}")
    return found


def serve(name, run, cold=None, relative=RELATIVE):
    """Answers queries until the input ends; `run` gives a pyarrow table for a query."""
    print(json.dumps({"peer": name}), flush=True)
    for line in sys.stdin:
        file, query = line.rstrip("\n").split("\t", 1)
        if file == "cold":
            if cold:
                cold()
            print("{}", flush=True)
            continue
        reset_peak()
        cpu, start = cpu_seconds(), time.perf_counter()
        table = run(query)
        seconds, cpu = time.perf_counter() - start, cpu_seconds() - cpu
        answer = {"seconds": seconds, "cpu_seconds": cpu, "peak_mb": peak_mb(), "answer_rows": table.num_rows}
        if file != "-" and (different := difference(file, table, relative)):
            answer["different"] = different
        print(json.dumps(answer), flush=True)


def drop_from_cache(names):
    """Makes the next read of files come from the disk."""
    for name in names:
        with open(name, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def cpu_seconds():
    """Of this process and of programs that it ran."""
    return sum(os.times()[:4])


def peak_mb():
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    with open("/proc/self/status") as status:
        lines = [line for line in status if line.startswith("VmHWM:")]
    return max(children, int(lines[0].split()[1]) / 1024 if lines else 0.0)


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


def difference(file, table, relative):
    """What differs between the rows in an Arrow file and a table; None if nothing does."""
    with pyarrow.ipc.open_file(file) as reader:
        other = reader.read_all()
    if (other.num_rows, other.num_columns) != (table.num_rows, table.num_columns):
        return f"{other.num_rows} x {other.num_columns} against {table.num_rows} x {table.num_columns}"
    for index, (a, b) in enumerate(zip(columns(other), columns(table))):
        same = numpy.isclose(a, b, rtol=relative, atol=ABSOLUTE, equal_nan=True)
        if not same.all():
            row = int(numpy.argmin(same))
            return f"column {index}, row {row}: {a[row]!r} against {b[row]!r}"
    return None
