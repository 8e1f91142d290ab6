"""Times DuckDB on the Parquet files of a catalogue, one JSON line a figure.

usage: duckdb_peer.py CATALOGUE_DIR [THREADS]

CATALOGUE_DIR is the folder of one snapshot (`…/bench/stars/<snapshot>`), as `bench_engine` made
it. Names of figures and queries are those of `bench_engine`, so that times and answers can be put
side by side. Cones use the spatial index column with the same kind of help that a careful user of
DuckDB would give it: a box in declination, then the exact distance.
"""

import glob
import json
import math
import os
import resource
import sys
import time

import duckdb

QUERIES = {
    "engine/count-filter": "SELECT COUNT(*) FROM stars WHERE g - r > 0.5 AND r < 20",
    "engine/histogram-1d": "SELECT floor(r * 2) AS bin, COUNT(*) AS n FROM stars WHERE g < 23 GROUP BY 1 ORDER BY 1",
    "engine/aggregates": "SELECT AVG(g), MIN(r), MAX(i), SUM(pmra), COUNT(pmdec) FROM stars",
}

CONE = """
SELECT * FROM stars
WHERE dec BETWEEN {low} AND {high}
  AND 2 * asin(least(1, sqrt(pow(sin(radians(dec - {dec}) / 2), 2)
      + cos(radians(dec)) * cos(radians({dec})) * pow(sin(radians(ra - {ra}) / 2), 2)))) < radians(0.1)
"""


def spiral(index, count):
    z = 1.0 - 2.0 * (index + 0.5) / count
    return index * 137.50776405003785 % 360.0, math.degrees(math.asin(z))


def figure(name, rows, seconds, **more):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"name": name, "rows": rows, "seconds": round(seconds, 6), "peak_mb": round(peak, 1), "peer": "duckdb " + duckdb.__version__, **more}), flush=True)


def main():
    directory = sys.argv[1]
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count()
    files = sorted(glob.glob(directory + "/dataset/Norder=*/Dir=*/Npix=*.parquet"))
    if not files:
        sys.exit(f"no partitions in {directory}")
    connection = duckdb.connect(config={"threads": threads})
    connection.read_parquet(files, hive_partitioning=False).create_view("stars")
    rows = connection.execute("SELECT COUNT(*) FROM stars").fetchone()[0]
    for name, sql in QUERIES.items():
        best, answer = math.inf, []
        for _ in range(3):
            start = time.perf_counter()
            answer = connection.execute(sql).fetchall()
            best = min(best, time.perf_counter() - start)
        more = {"answer": answer[0][0]} if isinstance(answer[0][0], int) else {}
        figure(name, rows, best, result_rows=len(answer), **more)
    times, found = [], 0
    for index in range(100):
        ra, dec = spiral(index, 100)
        sql = CONE.format(ra=ra, dec=dec, low=dec - 0.1, high=dec + 0.1)
        start = time.perf_counter()
        found += len(connection.execute(sql).fetchall())
        times.append(time.perf_counter() - start)
    times.sort()
    figure("engine/cone-p50", rows, times[49], answer=found)
    figure("engine/cone-p99", rows, times[98], answer=found)


if __name__ == "__main__":
    main()
