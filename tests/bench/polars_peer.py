"""Polars' side of the scans of `cargo xtask bench engine`, on the Parquet files of a catalogue.

usage: polars_peer.py CATALOGUE_DIR SECOND_CATALOGUE_DIR

Queries are SQL on the table `stars`.
"""

import sys

import polars

import peer


def main():
    files = peer.files(sys.argv[1])
    context = polars.SQLContext(stars=polars.scan_parquet(files, hive_partitioning=False))

    def run(sql):
        return context.execute(sql).collect(engine="streaming").to_arrow()

    # Polars adds up single-precision numbers in single precision.
    relative = 1e-3
    peer.serve("polars " + polars.__version__, run, lambda: peer.drop_from_cache(files), relative)


if __name__ == "__main__":
    main()
