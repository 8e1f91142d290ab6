"""STILTS' side of the joins of `cargo xtask bench engine`.

usage: stilts_peer.py CATALOGUE_DIR SECOND_CATALOGUE_DIR PROGRAM

Queries are those of `astropy_peer.py`. The catalogues are given to STILTS as FITS files in the page
cache, and its time is that of the whole program, Java's start included.
"""

import os
import subprocess
import sys
import tempfile

import astropy.table
import pyarrow
import pyarrow.parquet

import peer

ALIKE = "abs((g_1 - r_1) - (g_2 - r_2)) < 0.05 && abs((r_1 - i_1) - (r_2 - i_2)) < 0.05"


def write(directory, file):
    wanted = ["id", "ra", "dec", "g", "r", "i"]
    files = peer.files(directory)
    tables = [pyarrow.parquet.read_table(f, columns=wanted, partitioning=None) for f in files]
    table = pyarrow.concat_tables(tables)
    astropy.table.Table({name: table[name].to_numpy() for name in wanted}).write(file)


def main():
    program = sys.argv[3]
    with tempfile.TemporaryDirectory() as scratch:
        stars, again, out = (f"{scratch}/{name}.fits" for name in ("stars", "again", "out"))
        write(sys.argv[1], stars)
        write(sys.argv[2], again)

        def run(query):
            what, radius = query.split()
            pairs = what == "pairs"
            select = f"select 'id_1 < id_2 && {ALIKE}'; " if pairs else ""
            arguments = {
                "in1": stars, "in2": stars if pairs else again, "matcher": "sky",
                "params": float(radius) * 3600, "values1": "ra dec", "values2": "ra dec",
                "find": "all", "progress": "none", "fixcols": "all", "suffix1": "_1", "suffix2": "_2",
                "ocmd": select + "keepcols 'id_1 id_2'", "out": out,
            }
            words = [f"{name}={value}" for name, value in arguments.items()]
            subprocess.run([program, "-Xmx12g", "tmatch2", *words], check=True)
            found = astropy.table.Table.read(out)
            os.remove(out)
            return pyarrow.table({"a": found["id_1"].astype(int), "b": found["id_2"].astype(int)})

        peer.serve("stilts tmatch2", run)


if __name__ == "__main__":
    main()
