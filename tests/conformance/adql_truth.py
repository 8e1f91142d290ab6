"""Values of ADQL functions by independent programs, for the tests of the engine.

Writes server/engine/tests/data/adql_truth.json. It needs mocpy and cdshealpix beside what
tests/requirements.txt lists:

    python tests/conformance/adql_truth.py
"""

import json
import math
import pathlib

import astropy
import astropy.units as u
import cdshealpix
import erfa
import mocpy
import numpy as np
from astropy.coordinates import FK4, FK5, BarycentricMeanEcliptic, Galactic, Latitude, Longitude, SkyCoord
from astropy.time import Time

OUT = pathlib.Path(__file__).resolve().parents[2] / "server/engine/tests/data/adql_truth.json"

POSITIONS = [(0.0, 0.0), (10.5, 20.25), (359.99, -45.0), (123.4, 89.9), (266.4, -28.9)]


def number(adql, value, tolerance):
    return {"adql": adql, "number": float(value), "tolerance": tolerance}


def point(adql, lon, lat, tolerance):
    return {"adql": adql, "point": [float(lon), float(lat)], "tolerance": tolerance}


def frames():
    """Rotations, within a tenth of a milliarcsecond."""
    names = {
        "GALACTIC": Galactic, "FK5": FK5(equinox="J2000"), "FK4": FK4(equinox="B1950"),
        "ECLIPTIC": BarycentricMeanEcliptic(equinox="J2000"),
    }
    for name, frame in names.items():
        for lon, lat in POSITIONS:
            here = SkyCoord(lon * u.deg, lat * u.deg, frame=frame)
            icrs = here.icrs
            text = f"ivo_geom_transform('{name}', 'ICRS', POINT({lon}, {lat}))"
            yield point(text, icrs.ra.deg, icrs.dec.deg, 3e-8)
            there = SkyCoord(lon * u.deg, lat * u.deg).transform_to(frame).spherical
            text = f"ivo_geom_transform('ICRS', '{name}', POINT({lon}, {lat}))"
            yield point(text, there.lon.deg, there.lat.deg, 3e-8)


def motions():
    """Straight motion in space. ERFA's starpm also follows the light on its way, which is worth
    70 microarcseconds for Barnard's star."""
    stars = [
        (269.452, 4.6934, 546.98, -801.55, 10362.39, -110.5, 2016.0, 2040.0),
        (219.902, -60.834, 742.12, -3679.25, 473.67, -21.4, 1991.25, 2016.0),
        (10.0, 89.9, 5.0, 30.0, -20.0, 15.0, 2000.0, 2100.0),
        (0.0001, -30.0, 2.0, -400.0, 0.0, 0.0, 2015.5, 1950.0),
    ]
    for ra, dec, parallax, pmra, pmdec, velocity, before, after in stars:
        rad, mas = math.pi / 180, math.pi / 180 / 3.6e6
        found = erfa.starpm(
            ra * rad, dec * rad, pmra * mas / math.cos(dec * rad), pmdec * mas, parallax / 1e3, velocity,
            2451545.0, (before - 2000) * 365.25, 2451545.0, (after - 2000) * 365.25,
        )
        args = f"{ra}, {dec}, {parallax}, {pmra}, {pmdec}, {velocity}, {before}, {after}"
        yield point(f"ivo_epoch_prop_pos({args})", found[0] / rad, found[1] / rad, 3e-8)


def times():
    for text in ["2000-01-01T12:00:00", "1858-11-17T00:00:00", "2023-12-15T23:59:59.123", "1600-02-29T06:00:00"]:
        time = Time(text, scale="tai")
        yield number(f"ivo_to_jd(TIMESTAMP '{text}')", time.jd, 1e-9)
        yield number(f"ivo_to_mjd(TIMESTAMP '{text}')", time.mjd, 1e-9)


def healpix():
    for order in [0, 3, 17, 29]:
        for lon, lat in POSITIONS:
            cell = cdshealpix.lonlat_to_healpix(
                Longitude(lon, u.deg), Latitude(lat, u.deg), np.uint8(order)
            )
            cell = int(np.atleast_1d(cell)[0])
            yield {"adql": f"ivo_healpix_index({order}, {lon}, {lat})", "integer": cell}
            if order < 26:
                centre = cdshealpix.healpix_to_lonlat(np.array([cell]), np.uint8(order))
                yield point(f"ivo_healpix_center({order}, {cell})", centre[0].deg[0], centre[1].deg[0], 1e-11)


def units():
    """Factors of what IN_UNIT multiplies by: (from, to) as both write them."""
    pairs = [
        ("deg", "arcsec"), ("mas", "deg"), ("mas.yr**-1", "deg.yr**-1"), ("mas/yr", "arcsec/s"),
        ("km.s**-1", "m/s"), ("km/s", "AU.yr**-1"), ("pc", "m"), ("kpc", "lyr"), ("Angstrom", "nm"),
        ("um", "Angstrom"), ("Jy", "erg.s**-1.cm**-2.Hz**-1"), ("mJy", "W.m**-2.Hz**-1"), ("eV", "J"),
        ("keV", "erg"), ("solMass", "kg"), ("solLum", "W"), ("solRad", "km"), ("d", "s"), ("yr", "d"),
        ("min", "h"), ("Hz", "GHz"), ("sr", "deg**2"), ("arcmin**2", "sr"), ("rad", "deg"), ("G", "T"),
        ("barn", "cm**2"), ("10**-17 erg.s**-1.cm**-2", "W.m**-2"), ("Pa", "dyn.cm**-2"), ("mmag", "mag"),
        ("ct.s**-1", "ct.h**-1"), ("N", "dyn"), ("V", "mV"), ("Ohm", "kOhm"), ("u", "kg"), ("Ry", "eV"),
        ("%", ""), ("m2", "cm^2"), ("s-1", "kHz"), ("W.m**-2.um**-1", "erg.s**-1.cm**-2.Angstrom**-1"),
        ("km.s**-1.Mpc**-1", "Gyr**-1"),
    ]
    spelling = {"solMass": "M_sun", "solLum": "L_sun", "solRad": "R_sun", "barn": "barn"}
    for before, after in pairs:
        if not after:
            continue
        read = lambda text: u.Unit(" ".join(  # noqa: E731
            spelling.get(word, word) for word in text.replace("**", "^").replace(".", " ").split(" ")
        ).replace("m2", "m^2").replace("s-1", "s^-1"))
        yield {"from": before, "to": after, "number": float(read(before).to(read(after))), "tolerance": 1e-9}


def maps():
    """Coverage maps by mocpy."""
    shapes = []
    for (lon, lat), radius, order in [
        ((10.5, 20.25), 3.0, 7), ((0.0, 0.0), 0.5, 9), ((123.4, 89.9), 1.0, 8), ((266.4, -28.9), 25.0, 5),
    ]:
        made = mocpy.MOC.from_cone(
            lon=Longitude(lon, u.deg), lat=Latitude(lat, u.deg), radius=radius * u.deg, max_depth=order, delta_depth=2
        )
        shapes.append((f"MOC({order}, CIRCLE({lon}, {lat}, {radius}))", made))
    for corners, order in [([(350, -5), (10, -5), (10, 5), (350, 5)], 6), ([(80, 60), (100, 60), (90, 75)], 8)]:
        made = mocpy.MOC.from_polygon(
            lon=Longitude([c[0] for c in corners], u.deg), lat=Latitude([c[1] for c in corners], u.deg), max_depth=order
        )
        numbers = ", ".join(f"{a}, {b}" for a, b in corners)
        shapes.append((f"MOC({order}, POLYGON({numbers}))", made))
    for adql, made in shapes:
        yield {"adql": adql, "map": made.to_string("ascii").replace("\n", " ")}
        yield number(f"AREA({adql})", made.sky_fraction * 4 * 180**2 / math.pi, 1e-8)
    near = mocpy.MOC.from_cone(
        lon=Longitude(12, u.deg), lat=Latitude(21, u.deg), radius=2.5 * u.deg, max_depth=6, delta_depth=2
    )
    (one, a), (two, b) = shapes[0], ("MOC(6, CIRCLE(12, 21, 2.5))", near)
    yield {"adql": f"gavo_mocunion({one}, {two})", "map": a.union(b).to_string("ascii").replace("\n", " ")}
    yield {"adql": f"gavo_mocintersect({one}, {two})", "map": a.intersection(b).to_string("ascii").replace("\n", " ")}


def polygons():
    """Areas and centres of convex polygons, by adding up small triangles of a fan."""
    for corners in [
        [(0, 0), (90, 0), (0, 90)], [(350, -5), (10, -5), (10, 5), (350, 5)],
        [(80, 60), (100, 60), (90, 75)], [(0, 80), (90, 80), (180, 80), (270, 80)],
        [(10, 10), (10.001, 10), (10.001, 10.002)], [(0, 0), (60, 10), (70, 70), (20, 60)],
    ]:
        v = [np.array(SkyCoord(a * u.deg, b * u.deg).cartesian.xyz) for a, b in corners]
        area, sum_ = 0.0, np.zeros(3)
        for b, c in zip(v[1:], v[2:]):
            part, moment = triangle(v[0], b, c, 6)
            area, sum_ = area + part, sum_ + moment
        numbers = ", ".join(f"{a}, {b}" for a, b in corners)
        yield number(f"AREA(POLYGON({numbers}))", area * (180 / math.pi) ** 2, 1e-6 * area * 3283 + 1e-12)
        lon, lat = math.degrees(math.atan2(sum_[1], sum_[0])) % 360, math.degrees(math.asin(sum_[2] / np.linalg.norm(sum_)))
        yield point(f"CENTROID(POLYGON({numbers}))", lon, lat, 1e-4 * math.sqrt(area) * 57.3)


def triangle(a, b, c, depth):
    """Area and first moment of a spherical triangle, by halving its edges."""
    if depth == 0:
        x, y, z = (math.acos(min(1, float(p @ q))) if p @ q < 0.9 else 2 * math.asin(np.linalg.norm(p - q) / 2)
                   for p, q in [(b, c), (c, a), (a, b)])
        s = (x + y + z) / 2
        # L'Huilier.
        product = math.tan(s / 2) * math.tan((s - x) / 2) * math.tan((s - y) / 2) * math.tan((s - z) / 2)
        area = 4 * math.atan(math.sqrt(max(0.0, product)))
        middle = a + b + c
        return area, area * middle / np.linalg.norm(middle)
    half = [p + q for p, q in [(a, b), (b, c), (c, a)]]
    ab, bc, ca = (h / np.linalg.norm(h) for h in half)
    parts = [triangle(*t, depth - 1) for t in [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]]
    return sum(p[0] for p in parts), sum(p[1] for p in parts)


def main():
    cases = [case for make in [frames, motions, times, healpix, maps, polygons] for case in make()]
    made_by = f"astropy {astropy.__version__}, pyerfa {erfa.__version__}, mocpy {mocpy.__version__}, cdshealpix {cdshealpix.__version__}"
    lines = ",\n".join(json.dumps(case) for case in cases)
    factors = ",\n".join(json.dumps(case) for case in units())
    OUT.write_text(f'{{"made_by": "{made_by}",\n"cases": [\n{lines}\n],\n"units": [\n{factors}\n]}}\n')
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
