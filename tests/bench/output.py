"""`cargo xtask bench output`: all rows of a catalogue out of the server, beside the libraries that
write the same forms.

usage: output.py URL PID ROWS CATALOGUE_DIR STILTS SCRATCH_DIR

Nobody's bytes are kept: ours are read from the socket and dropped, the peers' go to a sink. The
peers begin with the rows in memory (pyarrow) or in an uncompressed FITS file in the page cache
(STILTS), which is less than we do: we read the catalogue and run a query.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import astropy.table
import pyarrow as pa
import pyarrow.dataset
import pyarrow.ipc
import pyarrow.parquet

COLUMNS = ["id", "ra", "dec", "g", "r", "i", "pmra", "pmdec"]
RUNS = 3


class Sink:
    """A file that counts and forgets."""

    closed = False

    def __init__(self):
        self.bytes = 0

    def write(self, data):
        self.bytes += len(data)
        return len(data)

    def flush(self):
        pass

    def close(self):
        self.closed = True


def ours(url, pid, form, rows):
    """Seconds to the first and to the last byte, bytes, and the server's peak, megabytes."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
    query = f"SELECT {', '.join(COLUMNS)} FROM bench.stars"
    form = {"LANG": "ADQL", "QUERY": query, "MAXREC": str(rows), "FORMAT": form}
    start, first, size = time.perf_counter(), None, 0
    with urllib.request.urlopen(f"{url}/tap/sync", urllib.parse.urlencode(form).encode()) as answer:
        while chunk := answer.read1(1 << 20):
            first = first or time.perf_counter() - start
            size += len(chunk)
    seconds = time.perf_counter() - start
    status = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
    return seconds, first, size, peak


def timed(write):
    start = time.perf_counter()
    size = write()
    return time.perf_counter() - start, size


def parquet(table):
    sink = Sink()
    with pa.PythonFile(sink, "w") as out:
        pyarrow.parquet.write_table(table, out)
    return sink.bytes


def arrow(table):
    sink = Sink()
    with pa.PythonFile(sink, "w") as out, pyarrow.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return sink.bytes


def stilts(program, fits, form):
    command = [program, "-Xmx4g", "tcopy", f"in={fits}", "ifmt=fits", "out=-", f"ofmt={form}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        size = 0
        while chunk := os.read(process.stdout.fileno(), 1 << 20):
            size += len(chunk)
    assert process.returncode == 0
    return size


def main():
    url, pid, rows, catalogue, program, scratch = sys.argv[1:]
    files = sorted(pathlib.Path(catalogue).glob("dataset/Norder=*/Dir=*/Npix=*.parquet"))
    table = pyarrow.dataset.dataset(files).to_table(columns=COLUMNS)
    assert table.num_rows == int(rows), (table.num_rows, rows)
    fits = pathlib.Path(scratch) / "stars.fits"
    astropy.table.Table({c: table[c].to_numpy() for c in COLUMNS}).write(fits)
    votable = "application/x-votable+xml;serialization="
    binary2, tabledata = votable + "BINARY2", votable + "TABLEDATA"
    forms = [
        ("votable-binary2", binary2, "stilts", lambda: stilts(program, fits, "votable-binary2")),
        ("votable-tabledata", tabledata, "stilts", lambda: stilts(program, fits, "votable-tabledata")),
        ("fits", "fits", "stilts", lambda: stilts(program, fits, "fits-basic")),
        ("csv", "csv", "stilts", lambda: stilts(program, fits, "csv")),
        ("parquet", "parquet", f"pyarrow {pa.__version__}", lambda: parquet(table)),
        ("arrow", "arrow", f"pyarrow {pa.__version__}", lambda: arrow(table)),
    ]
    for name, form, peer, write in forms:
        own = [ours(url, pid, form, rows) for _ in range(RUNS)]
        theirs = [timed(write) for _ in range(RUNS if peer != "stilts" else 1)]
        seconds, first = (statistics.median(run[k] for run in own) for k in (0, 1))
        peer_seconds = statistics.median(run[0] for run in theirs)
        print(json.dumps({
            "name": f"output/{name}", "rows": int(rows), "seconds": round(seconds, 3),
            "first_byte_seconds": round(first, 3), "bytes": own[0][2],
            "peak_mb": round(max(run[3] for run in own)), "peer": peer,
            "peer_seconds": round(peer_seconds, 3), "peer_bytes": theirs[0][1],
            "ratio": round(peer_seconds / seconds, 2), "runs": RUNS,
        }), flush=True)


if __name__ == "__main__":
    main()
