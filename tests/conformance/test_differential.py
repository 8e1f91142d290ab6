"""Random queries here and on DuckDB, over the same rows: equal answers.

`TENKYU_DIFFERENTIAL_SEED` and `TENKYU_DIFFERENTIAL_COUNT` draw others; a failure prints both texts.
"""

import concurrent.futures
import math
import os
import urllib.error
import urllib.parse
import urllib.request

import duckdb
import pyarrow as pa
import pytest

from adql_generator import MACROS, NUMBERS, Generator

SEED = int(os.environ.get("TENKYU_DIFFERENTIAL_SEED", "20231215"))
COUNT = int(os.environ.get("TENKYU_DIFFERENTIAL_COUNT", "320"))


def ask(url: str, adql: str) -> pa.Table:
    """The answer of /tap/sync, all of it."""
    form = {"LANG": "ADQL", "QUERY": adql, "RESPONSEFORMAT": "arrow", "MAXREC": "2000000"}
    try:
        with urllib.request.urlopen(f"{url}/tap/sync", urllib.parse.urlencode(form).encode(), 60) as answer:
            return pa.ipc.open_stream(answer.read()).read_all()
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode(errors="replace")[:600]) from None


@pytest.fixture(scope="module")
def duck(url):
    """The tables of the service in DuckDB, floats widened as ADQL computes with them."""
    base = duckdb.connect()
    base.execute("SET threads = 2")
    # A plan that does not fit fails; it must not fill the disk.
    base.execute("SET memory_limit = '2GB'")
    base.execute("SET temp_directory = ''")
    base.execute(MACROS)
    for table in NUMBERS:
        rows = ask(url, f"SELECT * FROM {table}")
        wide = [
            pa.field(f.name, pa.float64() if pa.types.is_floating(f.type) else f.type)
            for f in rows.schema
        ]
        rows = rows.cast(pa.schema(wide))
        schema, name = table.split(".")
        base.register("rows_", rows)
        base.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}; CREATE TABLE {schema}.{name} AS FROM rows_")
        base.unregister("rows_")
    return base


def comparable(value):
    """A value as a sorting key that does not mind the last digits: NULLs, numbers, texts."""
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, (int, float)):
        return (1, float(f"{value:.9e}") + 0.0, "")
    return (2, 0.0, value)


def same(ours, theirs) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    if isinstance(ours, str) or isinstance(theirs, str):
        return ours == theirs
    # Columns of 32 bits come back as such.
    return math.isclose(ours, theirs, rel_tol=2e-7, abs_tol=1e-9)


def difference(ours: list[tuple], theirs: list[tuple]) -> str | None:
    if len(ours) != len(theirs):
        extra = set(map(repr, ours)) - set(map(repr, theirs))
        missing = set(map(repr, theirs)) - set(map(repr, ours))
        return f"{len(ours)} rows, not {len(theirs)}; more {sorted(extra)[:3]}, less {sorted(missing)[:3]}"
    for a, b in zip(ours, theirs):
        if not all(map(same, a, b)):
            return f"{a} is not {b}"
    return None


def rows_of(table: pa.Table) -> list[tuple]:
    return list(zip(*(column.to_pylist() for column in table.columns)))


def test_random_queries_agree_with_duckdb(url, duck):
    queries = Generator(SEED).queries(COUNT)
    # The server answers while DuckDB computes.
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(ask, url, query.adql) for query in queries]
        wrong, filled = [], 0
        for query, answer in zip(queries, answers):
            try:
                ours = rows_of(answer.result())
            except AssertionError as error:
                wrong.append(f"{query.adql}\n  {error}")
                continue
            theirs = duck.execute(query.sql).fetchall()
            filled += bool(theirs)
            if not query.ordered:
                ours.sort(key=lambda row: tuple(map(comparable, row)))
                theirs.sort(key=lambda row: tuple(map(comparable, row)))
            found = difference(ours, theirs)
            if found:
                wrong.append(f"{query.adql}\n{query.sql}\n  {found}")
    assert not wrong, f"{len(wrong)} of {len(queries)} differ:\n" + "\n\n".join(wrong[:10])
    assert filled > 0.6 * len(queries), f"only {filled} queries found anything"
