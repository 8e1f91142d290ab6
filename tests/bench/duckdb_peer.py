"""DuckDB's side of `cargo xtask bench engine`, on the Parquet files of a catalogue.

usage: duckdb_peer.py CATALOGUE_DIR SECOND_CATALOGUE_DIR [THREADS]

Both are folders of one snapshot; queries are SQL on the tables `stars` and `again`.
"""

import os
import sys

import duckdb

import peer


class Duck:
    def __init__(self, stars, again, threads):
        self.tables, self.threads = {"stars": stars, "again": again}, threads
        self.connect()

    def connect(self):
        self.connection = duckdb.connect(config={"threads": self.threads})
        # Footers are kept, as ours are.
        self.connection.execute("SET parquet_metadata_cache = true")
        for name, files in self.tables.items():
            self.connection.read_parquet(files, hive_partitioning=False).create_view(name)

    def run(self, sql):
        return self.connection.sql(sql).to_arrow_table()

    def cold(self):
        peer.drop_from_cache(sum(self.tables.values(), []))
        self.connect()


if __name__ == "__main__":
    threads = int(sys.argv[3]) if len(sys.argv) > 3 else os.cpu_count()
    duck = Duck(peer.files(sys.argv[1]), peer.files(sys.argv[2]), threads)
    peer.serve("duckdb " + duckdb.__version__, duck.run, duck.cold)
