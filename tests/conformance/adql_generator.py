"""Queries drawn at random, each in ADQL and in the SQL of DuckDB, meaning the same.

A query is one expression tree of which every node is written twice. What the two languages define
differently is spelt out on DuckDB's side: ADQL has NULL for a division by zero and for a result
that is no finite number, integer division truncates, and shapes on the sky are half-space tests
on unit vectors.
"""

import math
import random
from dataclasses import dataclass

NUMBERS = {
    "gaia.dr3_bright": ["ra", "dec", "phot_g_mean_mag", "phot_bp_mean_mag", "pmra", "pmdec"],
    "hipparcos.hip2": ["ra", "dec", "parallax", "pmra", "hp_mag", "b_v"],
    "openngc.objects": ["ra", "dec", "major_axis", "b_mag", "v_mag", "radial_velocity"],
}
INTEGERS = {"gaia.dr3_bright": ["hip"], "hipparcos.hip2": ["hip"], "openngc.objects": []}
TEXTS = {"openngc.objects": ["name", "type", "constellation", "hubble_type", "messier"]}
KEYS = {"gaia.dr3_bright": "source_id", "hipparcos.hip2": "hip", "openngc.objects": "name"}

# Functions that DuckDB lacks.
MACROS = """
CREATE MACRO fin(x) AS CASE WHEN isfinite(x) THEN x END;
CREATE MACRO idiv(a, b) AS (a - a % NULLIF(b, 0)) // NULLIF(b, 0);
CREATE MACRO ux(lon, lat) AS cos(radians(lon)) * cos(radians(lat));
CREATE MACRO uy(lon, lat) AS sin(radians(lon)) * cos(radians(lat));
CREATE MACRO uz(lat) AS sin(radians(lat));
CREATE MACRO chord(a, b, c, d) AS
  sqrt((ux(a, b) - ux(c, d))**2 + (uy(a, b) - uy(c, d))**2 + (uz(b) - uz(d))**2);
CREATE MACRO dist(a, b, c, d) AS degrees(2 * asin(least(1.0, chord(a, b, c, d) / 2)));
"""


@dataclass
class Text:
    """A piece of a query in both languages."""

    adql: str
    sql: str


@dataclass
class Query(Text):
    """A query; `ordered` if the order of its rows is part of the answer."""

    ordered: bool = False


def both(form: str, *parts: Text) -> Text:
    """The same words in both languages around different parts."""
    return Text(form.format(*(p.adql for p in parts)), form.format(*(p.sql for p in parts)))


class Generator:
    """A stream of queries that a seed decides."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def queries(self, count: int) -> list[Query]:
        kinds = [
            self.selection, self.geometry, self.aggregation, self.join, self.sky_join,
            self.subquery, self.set_operation, self.texts, self.order, self.common_table,
        ]
        return [kinds[index % len(kinds)]() for index in range(count)]

    # values

    def number(self, low: float, high: float) -> Text:
        value = round(self.random.uniform(low, high), self.random.choice([0, 1, 3]))
        # Two minus signs in a row would begin a comment.
        wrap = "({})" if repr(value).startswith("-") else "{}"
        if value == int(value) and self.random.random() < 0.5:
            return Text(wrap.format(int(value)), f"({int(value)})")
        # With an exponent DuckDB reads a double and no decimal.
        return Text(wrap.format(repr(value)), f"({value!r}e0)")

    def column(self, table: str, alias: str = "") -> Text:
        name = self.random.choice(NUMBERS[table])
        dot = f"{alias}." if alias else ""
        return Text(dot + self.cased(name), dot + name)

    def cased(self, name: str) -> str:
        """A name in another case, or delimited: ADQL does not mind."""
        return self.random.choice([name, name, name.upper(), name.title(), f'"{name}"'])

    def value(self, table: str, depth: int = 2, alias: str = "") -> Text:
        """A number that may be NULL."""
        if depth == 0 or self.random.random() < 0.25:
            if self.random.random() < 0.75:
                return self.column(table, alias)
            return self.number(-20, 20)
        sub = lambda: self.value(table, depth - 1, alias)  # noqa: E731
        a, b = sub(), sub()
        return self.random.choice([
            lambda: both("({} + {})", a, b),
            lambda: both("({} - {})", a, b),
            lambda: both("({} * {})", a, b),
            lambda: Text(f"({a.adql} / 3.5)", f"({a.sql} / 3.5e0)"),
            lambda: Text(f"(1.0 * {a.adql} / {b.adql})", f"fin(1e0 * {a.sql} / NULLIF({b.sql}, 0))"),
            lambda: Text(f"(CAST({a.adql} / 1 AS INTEGER) / 7)".replace("/ 1 AS", "* 0 + 50 AS"),
                         f"idiv(CAST({a.sql} * 0 + 50 AS INTEGER), 7)"),
            lambda: both("ABS({})", a),
            lambda: both("(-{})", a),
            lambda: Text(f"FLOOR({a.adql})", f"floor({a.sql})"),
            lambda: Text(f"CEILING({a.adql})", f"ceil({a.sql})"),
            lambda: Text(f"TRUNCATE({a.adql})", f"trunc({a.sql})"),
            lambda: Text(f"SQRT(ABS({a.adql}))", f"sqrt(abs({a.sql}))"),
            lambda: Text(f"LOG10({a.adql})", f"(CASE WHEN {a.sql} > 0 THEN log10({a.sql}) END)"),
            lambda: Text(f"SIN(RADIANS({a.adql}))", f"sin(radians({a.sql}))"),
            lambda: Text(f"ATAN2({a.adql}, {b.adql})", f"atan2({a.sql}, {b.sql})"),
            lambda: Text(f"POWER({a.adql}, 2)", f"fin(pow({a.sql}, 2))"),
            lambda: Text(f"COALESCE({a.adql}, {b.adql}, 0)", f"coalesce({a.sql}, {b.sql}, 0)"),
            lambda: Text(f"MOD({a.adql}, 7.5)", f"({a.sql} % 7.5e0)"),
        ])()

    def condition(self, table: str, depth: int = 2, alias: str = "") -> Text:
        """A search condition of three-valued logic."""
        if depth and self.random.random() < 0.5:
            a, b = (self.condition(table, depth - 1, alias) for _ in range(2))
            return self.random.choice([
                lambda: both("({} AND {})", a, b),
                lambda: both("({} OR {})", a, b),
                lambda: both("NOT ({})", a),
            ])()
        value = self.value(table, 1, alias)
        low, high = self.number(-10, 10), self.number(10, 300)
        return self.random.choice([
            lambda: both("{} > {}", value, low),
            lambda: both("{} <= {}", value, high),
            lambda: both("{} <> {}", value, low),
            lambda: both("{} BETWEEN {} AND {}", value, low, high),
            lambda: both("{} NOT BETWEEN {} AND {}", value, low, high),
            lambda: both("{} IS NULL", value),
            lambda: both("{} IS NOT NULL", value),
            lambda: both("FLOOR({}) IN (1, 2, {})", value, high),
            lambda: both("FLOOR({}) NOT IN (1, NULL)", value),
        ])()

    def table(self) -> str:
        return self.random.choice(list(NUMBERS))

    # the sky

    def position(self) -> tuple[float, float]:
        """Any position, with the poles and 0h more often than by chance."""
        lon = self.random.choice([0.0, 359.9, self.random.uniform(0, 360)])
        lat = math.degrees(math.asin(self.random.uniform(-1, 1)))
        return round(lon, 4), round(self.random.choice([lat, lat, 89.5, -90.0]), 4)

    def cone(self, lon: str, lat: str) -> Text:
        (a, b), r = self.position(), round(10 ** self.random.uniform(-0.3, 2.1), 4)
        c = f"({a!r}e0), ({b!r}e0)"
        sql = f"dist({lon}, {lat}, {c}) <= ({r!r}e0)"
        form = self.random.choice([
            "1 = CONTAINS(POINT({0}, {1}), CIRCLE({2!r}, {3!r}, {4!r}))",
            "CONTAINS(POINT('ICRS', {0}, {1}), CIRCLE('ICRS', {2!r}, {3!r}, {4!r})) = 1",
            "INTERSECTS(CIRCLE(POINT({2!r}, {3!r}), {4!r}), POINT({0}, {1})) = 1",
            "DISTANCE({0}, {1}, {2!r}, {3!r}) <= {4!r}",
            "{4!r} >= DISTANCE(POINT({2!r}, {3!r}), POINT({0}, {1}))",
            "1 = CONTAINS(POINT({0}, {1}), REGION('Circle ICRS {2!r} {3!r} {4!r}'))",
        ])
        return Text(form.format(lon, lat, a, b, r), sql)

    def polygon(self, lon: str, lat: str) -> Text:
        """A convex polygon about a position, wound either way: inside all edges' half-spaces."""
        centre, size = self.position(), self.random.uniform(0.5, 70)
        turns = sorted(self.random.uniform(0, 360) for _ in range(self.random.choice([3, 4, 6])))
        gaps = [(b - a) % 360 for a, b in zip(turns, turns[1:] + turns[:1])]
        if max(gaps) > 170:
            turns = [0.0, 120.0, 240.0]
        corners = [around(centre, size, turn) for turn in turns]
        vectors = [unit(*corner) for corner in corners]
        middle = unit(*centre)
        tests = []
        for u, v in zip(vectors, vectors[1:] + vectors[:1]):
            n = cross(u, v)
            if sum(x * y for x, y in zip(n, middle)) < 0:
                n = [-x for x in n]
            x, y, z = (f"({x!r}::DOUBLE)" for x in n)
            tests.append(f"{x} * ux({lon}, {lat}) + {y} * uy({lon}, {lat}) + {z} * uz({lat}) >= 0")
        if self.random.random() < 0.5:
            corners.reverse()
        numbers = ", ".join(f"{a!r}, {b!r}" for a, b in corners)
        points = ", ".join(f"POINT({a!r}, {b!r})" for a, b in corners)
        shape = self.random.choice([numbers, points, f"'ICRS', {numbers}"])
        adql = f"1 = CONTAINS(POINT({lon}, {lat}), POLYGON({shape}))"
        return Text(adql, "(" + " AND ".join(tests) + ")")

    def region(self, lon: str = "ra", lat: str = "dec") -> Text:
        return self.random.choice([self.cone, self.cone, self.polygon])(lon, lat)

    # queries

    def selection(self) -> Query:
        table = self.table()
        key = KEYS[table]
        values = [self.value(table) for _ in range(self.random.randint(1, 3))]
        where = self.condition(table)
        items = lambda lang: ", ".join(  # noqa: E731
            f"{getattr(v, lang)} AS v{i}" for i, v in enumerate(values)
        )
        form = f"SELECT {key}, {{}} FROM {table} WHERE {{}} AND dec > {{}}"
        edge = self.number(40, 80)
        return Query(
            form.format(items("adql"), where.adql, edge.adql),
            form.format(items("sql"), where.sql, edge.sql),
        )

    def geometry(self) -> Query:
        table = self.table()
        key = KEYS[table]
        test = self.region()
        if self.random.random() < 0.4:
            other = self.region()
            test = both(self.random.choice(["({} AND {})", "({} OR {})", "(NOT {} AND {})"]),
                        test, other)
        bright = self.condition(table, 1)
        form = f"SELECT COUNT(*) AS n, MIN({key}) AS a, MAX({key}) AS b, SUM(dec) AS s FROM {table}"
        q = both("{} WHERE {}", Text(form, form), test)
        if self.random.random() < 0.5:
            q = both("{} AND {}", q, bright)
        return Query(q.adql, q.sql)

    def aggregation(self) -> Query:
        table = self.table()
        value = self.value(table, 1)
        step = self.random.choice([10, 30, 45])
        group = f"FLOOR(dec / {step})"
        form = (
            "SELECT {g} AS bin, COUNT(*) AS n, COUNT({v}) AS m, MIN({v}) AS lo, MAX({v}) AS hi, "
            "AVG({v}) AS mean, SUM({v}) AS total, COUNT(DISTINCT FLOOR({v})) AS kinds "
            "FROM {t} WHERE {w} GROUP BY {g}{h}"
        )
        where = self.condition(table, 1)
        having = self.random.choice(["", " HAVING COUNT(*) > 50", " HAVING MIN(dec) > -30"])
        write = lambda lang: form.format(  # noqa: E731
            g=group if lang == "adql" else f"floor(dec / {step}.0)",
            v=getattr(value, lang), t=table, w=getattr(where, lang), h=having,
        )
        return Query(write("adql"), write("sql"))

    def join(self) -> Query:
        kind = self.random.choice(["", "INNER ", "LEFT ", "RIGHT OUTER ", "FULL "])
        how = self.random.choice(["ON g.hip = h.hip", "USING (hip)"])
        cut = self.number(3, 7)
        left = f"(SELECT hip, source_id, dec AS d, phot_g_mean_mag AS m FROM gaia.dr3_bright \
WHERE dec > 60 AND phot_g_mean_mag < {{}}) AS g"
        right = f"(SELECT hip, hp_mag, parallax FROM hipparcos.hip2 WHERE dec > 62 AND hp_mag < {{}}) AS h"
        form = f"SELECT source_id, hp_mag, m, d FROM {left} {kind}JOIN {right} {how}"
        q = both(form, cut, self.number(3, 8))
        if self.random.random() < 0.4:
            q = both("{} WHERE m - hp_mag < {} OR hp_mag IS NULL", q, self.number(-1, 1))
        return Query(q.adql, q.sql)

    def sky_join(self) -> Query:
        lat = self.random.choice([75, 80, 85, -86])
        radius = round(self.random.uniform(0.01, 0.3), 3)
        cut = self.random.choice(["", " AND a.hp_mag < b.phot_g_mean_mag"])
        near = self.random.choice([
            f"DISTANCE(a.ra, a.dec, b.ra, b.dec) < {radius}",
            f"1 = CONTAINS(POINT(a.ra, a.dec), CIRCLE(b.ra, b.dec, {radius}))",
            f"DISTANCE(POINT(b.ra, b.dec), POINT(a.ra, a.dec)) < {radius}",
        ])
        side = f"a.dec > {lat} AND b.dec > {lat}" if lat > 0 else f"a.dec < {lat} AND b.dec < {lat}"
        form = "SELECT a.hip, b.source_id FROM hipparcos.hip2 AS a JOIN gaia.dr3_bright AS b ON {} \
WHERE " + side + " AND a.hp_mag < 8 AND b.phot_g_mean_mag < 8" + cut
        return Query(form.format(near), form.format(f"dist(a.ra, a.dec, b.ra, b.dec) < {radius}e0"))

    def subquery(self) -> Query:
        inner = self.condition("hipparcos.hip2", 1, "h")
        outer = self.condition("gaia.dr3_bright", 1, "g")
        form = self.random.choice([
            "g.hip IN (SELECT h.hip FROM hipparcos.hip2 AS h WHERE {})",
            "g.hip NOT IN (SELECT h.hip FROM hipparcos.hip2 AS h WHERE {})",
            "EXISTS (SELECT * FROM hipparcos.hip2 AS h WHERE h.hip = g.hip AND {})",
            "NOT EXISTS (SELECT h.ra FROM hipparcos.hip2 AS h WHERE h.hip = g.hip AND {})",
            "g.phot_g_mean_mag < (SELECT AVG(h.hp_mag) FROM hipparcos.hip2 AS h WHERE {})",
            "g.hip IN (SELECT h.hip FROM hipparcos.hip2 AS h WHERE h.hp_mag > g.phot_g_mean_mag AND {})",
        ])
        head = "SELECT g.source_id FROM gaia.dr3_bright AS g WHERE g.dec > 80 AND "
        q = both(head + form + " AND {}", inner, outer)
        # DuckDB pairs every row with every row for IN with a condition on the outer query; where
        # NULL counts as false, EXISTS says the same.
        sql = q.sql.replace(
            "g.hip IN (SELECT h.hip FROM hipparcos.hip2 AS h WHERE h.hp_mag >",
            "EXISTS (SELECT 1 FROM hipparcos.hip2 AS h WHERE h.hip = g.hip AND h.hp_mag >",
        )
        return Query(q.adql, sql)

    def set_operation(self) -> Query:
        words = ["UNION", "UNION ALL", "EXCEPT", "EXCEPT ALL", "INTERSECT", "INTERSECT ALL"]
        table = self.table()
        column = self.random.choice(NUMBERS[table])
        arms = []
        for _ in range(self.random.choice([2, 2, 3])):
            where = self.condition(table, 1)
            arms.append(both(f"SELECT FLOOR({column}) AS v FROM {table} WHERE dec > 50 AND {{}}", where))
        q = arms[0]
        for arm in arms[1:]:
            q = both("({}) " + self.random.choice(words) + " ({})", q, arm)
        return Query(q.adql, q.sql)

    def texts(self) -> Query:
        table = "openngc.objects"
        column = self.random.choice(TEXTS[table])
        other = self.random.choice(TEXTS[table])
        pattern = self.random.choice(["%a%", "N%", "_G%", "%\u0027\u0027%", "S__%", "NGC%1_", "%"])
        test = self.random.choice([
            f"{column} LIKE '{pattern}'",
            f"{column} NOT LIKE '{pattern}'",
            f"{column} ILIKE '{pattern.lower()}'",
            f"LOWER({column}) = LOWER({other})",
            f"UPPER({column}) > 'M'",
            f"{column} IN ('G', 'OCl', 'And', NULL)",
            f"{column} NOT IN ('G', 'OCl')",
            f"COALESCE({column}, 'none') <> 'none'",
            f"{column} || '/' || {other} LIKE '%/S%'",
            f"{column} BETWEEN 'A' AND 'N'",
        ])
        adql = f"SELECT name, UPPER({column}) AS u, {column} || '-' || {other} AS j, \
COALESCE({other}, 'x') AS c, CAST(CAST(TRUNCATE(v_mag) AS INTEGER) AS VARCHAR) AS m, \
CAST({column} AS VARCHAR(3)) AS s FROM {table} WHERE {test}"
        sql = adql.replace("TRUNCATE(", "trunc(").replace(
            f"CAST({column} AS VARCHAR(3))", f"left({column}, 3)"
        )
        return Query(adql, sql)

    def order(self) -> Query:
        table = self.table()
        key, value = KEYS[table], self.value(table, 1)
        way = self.random.choice(["ASC", "DESC"])
        top, skip = self.random.randint(1, 200), self.random.choice([0, 0, 7, 100])
        where = self.condition(table, 1)
        adql = f"SELECT TOP {top} {key}, {value.adql} AS v FROM {table} WHERE dec > 30 AND {where.adql} \
ORDER BY v {way}, {key}" + (f" OFFSET {skip}" if skip else "")
        sql = f"SELECT {key}, {value.sql} AS v FROM {table} WHERE dec > 30 AND {where.sql} \
ORDER BY v {way} NULLS LAST, {key} LIMIT {top} OFFSET {skip}"
        # Of equal values a rounding more or less can change places.
        return Query(adql, sql, ordered=True)

    def common_table(self) -> Query:
        inner = self.condition("hipparcos.hip2", 1)
        form = "WITH a AS (SELECT hip, dec, hp_mag FROM hipparcos.hip2 WHERE {}), b (k, n) AS \
(SELECT FLOOR(dec), COUNT(*) FROM a GROUP BY FLOOR(dec)) \
SELECT {} b.k, b.n, COUNT(a.hip) AS c FROM a JOIN b ON FLOOR(a.dec) = b.k GROUP BY b.k, b.n"
        distinct = self.random.choice(["", "DISTINCT"])
        q = both(form, inner, Text(distinct, distinct))
        return Query(q.adql, q.sql)


def unit(lon: float, lat: float) -> list[float]:
    a, b = math.radians(lon), math.radians(lat)
    return [math.cos(b) * math.cos(a), math.cos(b) * math.sin(a), math.sin(b)]


def cross(u: list[float], v: list[float]) -> list[float]:
    return [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]


def around(centre: tuple[float, float], distance: float, turn: float) -> tuple[float, float]:
    """The position at a distance in a direction, rounded as it is then written."""
    lon, lat = map(math.radians, centre)
    d, t = math.radians(distance), math.radians(turn)
    sine = math.sin(lat) * math.cos(d) + math.cos(lat) * math.sin(d) * math.cos(t)
    lat2 = math.asin(max(-1.0, min(1.0, sine)))
    dlon = math.atan2(
        math.sin(t) * math.sin(d) * math.cos(lat), math.cos(d) - math.sin(lat) * sine
    )
    return round(math.degrees(lon + dlon) % 360, 5), round(math.degrees(lat2), 5)
