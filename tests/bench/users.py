"""`cargo xtask bench users`: a mixed load by 1 to 64 people at a time.

usage: users.py URL PID ROWS

Each asks the next question when the last is answered: seven cones of 0.1° somewhere on the sky, a
filtered count, a histogram and a look at the list of columns in ten. The clients share the
machine with the server.
"""

import http.client
import json
import pathlib
import random
import sys
import threading
import time
import urllib.parse

USERS = [1, 4, 16, 64]
SECONDS = 15


def question(rng):
    kind = rng.random()
    if kind < 0.7:
        ra, dec = rng.uniform(0, 360), rng.uniform(-90, 90)
        return "cone", f"SELECT id, ra, dec, g, r FROM bench.stars WHERE DISTANCE(ra, dec, {ra}, {dec}) < 0.1"
    if kind < 0.8:
        return "count", f"SELECT COUNT(*) FROM bench.stars WHERE g - r > {rng.uniform(0, 1)} AND r < 20"
    if kind < 0.9:
        return "histogram", "SELECT FLOOR(r * 10) AS bin, COUNT(*) AS n FROM bench.stars GROUP BY FLOOR(r * 10)"
    return "columns", "SELECT * FROM TAP_SCHEMA.columns"


def user(host, until, seed, times, failures):
    rng = random.Random(seed)
    connection = http.client.HTTPConnection(host, timeout=120)
    while time.perf_counter() < until:
        kind, query = question(rng)
        form = urllib.parse.urlencode({"LANG": "ADQL", "QUERY": query, "FORMAT": "csv"})
        start = time.perf_counter()
        try:
            connection.request("GET", f"/tap/sync?{form}")
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or b"\n" not in body:
                failures.append(f"{answer.status} {body[:200]!r}")
        except OSError as error:
            failures.append(repr(error))
            connection.close()
        times.append((kind, time.perf_counter() - start))


def quantile(values, q):
    return sorted(values)[min(len(values) - 1, round(q * (len(values) - 1)))]


def main():
    url, pid, rows = sys.argv[1:]
    host = url.removeprefix("http://")
    for users in USERS:
        pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
        times, failures = [], []
        start = time.perf_counter()
        threads = [
            threading.Thread(target=user, args=(host, start + SECONDS, 1000 * users + n, times, failures))
            for n in range(users)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - start
        status = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
        peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
        cones = [t for kind, t in times if kind == "cone"]
        print(json.dumps({
            "name": f"users/{users}", "rows": int(rows), "users": users,
            "queries": len(times), "per_second": round(len(times) / seconds, 1),
            "seconds": round(quantile([t for _, t in times], 0.5), 4),
            "p99_seconds": round(quantile([t for _, t in times], 0.99), 4),
            "cone_p50_seconds": round(quantile(cones, 0.5), 4),
            "cone_p99_seconds": round(quantile(cones, 0.99), 4),
            "failed": len(failures), "peak_mb": round(peak),
        }), flush=True)
        if failures:
            sys.exit(f"{len(failures)} failed: {failures[:3]}")


if __name__ == "__main__":
    main()
