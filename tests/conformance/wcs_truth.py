#!/usr/bin/env python3
"""World coordinates by astropy, for `wcs_check` to compare ours with.

usage: wcs_truth.py FOLDER… > truth.jsonl
       wcs_truth.py --generated > truth.jsonl    headers of every projection, made here

Every image HDU (and every bare .hdr file) with axes gives one JSON line:
  file, hdu    where it comes from
  alt          letter of an alternate coordinate system, or null
  cards        [[keyword, value], …] in header order
  images       {"EXTNAME:EXTVER": {shape, values, crpix, crval, cdelt}} distortion tables
  columns      {"EXTNAME:EXTVER:COLUMN": {shape, values}} arrays for -TAB
  shape        NAXIS1, NAXIS2, …
  celestial    [longitude axis, latitude axis] from 0, or null
  units        units of the world axes as astropy gives them
  points       [[pixel], [world] or null, [pixel of that world] or null, [ra, dec] or null]:
               pixels from 1; the last is the position in ICRS, where astropy knows the frame
or, where astropy refuses the header, "refused": its reason.
"""

import json
import math
import os
import sys
import warnings

import numpy
from astropy.coordinates import BarycentricMeanEcliptic, SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from astropy.wcs.utils import wcs_to_celestial_frame

warnings.simplefilter("ignore")
ENDINGS = (".fits", ".fit", ".fts", ".fits.gz", ".fit.gz", ".fits.fz", ".hdr")


def plain(value):
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, numpy.floating)):
        return float(value) if math.isfinite(value) else str(value)
    return None


def cards(header):
    out = []
    for card in header.cards:
        try:
            keyword, value = card.keyword, card.value
            # Record-valued cards are kept as they stand in the file.
            if isinstance(card.rawkeyword, str) and card.rawkeyword != keyword:
                keyword, value = card.rawkeyword, card.rawvalue
            value = plain(value)
        except Exception:
            continue
        if value is not None and keyword not in ("COMMENT", "HISTORY", ""):
            out.append([keyword, value])
    return out


def tables(hdus):
    images, columns = {}, {}
    for hdu in hdus or []:
        name, version = hdu.name, hdu.ver
        if name in ("WCSDVARR", "D2IMARR") and hdu.data is not None:
            h = hdu.header
            data = numpy.atleast_2d(numpy.asarray(hdu.data, dtype=float))
            images[f"{name}:{version}"] = {
                "shape": [data.shape[1], data.shape[0]],
                "values": data.ravel().tolist(),
                "crpix": [h.get("CRPIX1", 0.0), h.get("CRPIX2", 0.0)],
                "crval": [h.get("CRVAL1", 0.0), h.get("CRVAL2", 0.0)],
                "cdelt": [h.get("CDELT1", 1.0), h.get("CDELT2", 1.0)],
            }
        elif isinstance(hdu, fits.BinTableHDU) and hdu.data is not None and len(hdu.data) == 1:
            for column in hdu.columns:
                value = numpy.asarray(hdu.data[column.name][0])
                if value.dtype.kind in "fiu" and value.size < 100_000:
                    columns[f"{name}:{version}:{column.name}"] = {
                        "shape": list(value.shape[::-1]),
                        "values": value.astype(float).ravel().tolist(),
                    }
    return images, columns


def places(shape, count):
    """Corners, middle, and a scatter of points, fractions included."""
    rng = numpy.random.default_rng(7)
    rows = [numpy.ones(len(shape)), numpy.array(shape, float)]
    rows.append((numpy.array(shape, float) + 1) / 2)
    for _ in range(count):
        rows.append(0.5 + rng.random(len(shape)) * numpy.array(shape, float))
    return numpy.array(rows)


def describe(record, header, hdus):
    wcs = WCS(header, hdus, key=record["alt"] or " ")
    n = wcs.wcs.naxis
    shape = [int(header.get("ZNAXIS%d" % (i + 1), header.get("NAXIS%d" % (i + 1), 0)) or 0) for i in range(n)]
    shape = [k if k > 0 else 100 for k in shape]
    record["shape"] = shape
    celestial = wcs.has_celestial
    record["celestial"] = [int(wcs.wcs.lng), int(wcs.wcs.lat)] if celestial else None
    record["units"] = [str(u) for u in wcs.wcs.cunit]
    record["radesys"] = wcs.wcs.radesys
    points = places(shape, 40)
    world = wcs.all_pix2world(points, 1)
    back = []
    for row in world:
        try:
            back.append(wcs.all_world2pix(row[None, :], 1, tolerance=1e-10, maxiter=100)[0])
        except Exception:
            back.append(numpy.full(n, numpy.nan))
    icrs = positions(wcs, world) if celestial else [None] * len(world)
    rows = lambda v: [float(x) for x in v] if numpy.all(numpy.isfinite(v)) else None
    record["points"] = [
        [rows(p), rows(w), rows(b), i] for p, w, b, i in zip(points, world, back, icrs)
    ]


def positions(wcs, world):
    """ICRS positions, or null for each point where the frame is unknown."""
    try:
        # astropy has no frame for ecliptic axes, and takes any EQUINOX at its word.
        if wcs.wcs.lngtyp == "ELON":
            frame = BarycentricMeanEcliptic(equinox="J2000")
        elif math.isfinite(wcs.wcs.equinox) and not 1500 < wcs.wcs.equinox < 2500:
            return [None] * len(world)
        else:
            frame = wcs_to_celestial_frame(wcs)
    except Exception:
        return [None] * len(world)
    out = []
    for row in world:
        try:
            place = SkyCoord(row[wcs.wcs.lng], row[wcs.wcs.lat], unit="deg", frame=frame).icrs
            good = math.isfinite(place.ra.deg) and math.isfinite(place.dec.deg)
            out.append([float(place.ra.deg), float(place.dec.deg)] if good else None)
        except Exception:
            out.append(None)
    return out


PARAMETERS = {
    "AZP": [{}, {"PV2_1": 2.0, "PV2_2": 30.0}, {"PV2_1": 0.5}],
    "SZP": [{}, {"PV2_1": 2.0, "PV2_2": 180.0, "PV2_3": 60.0}],
    "SIN": [{}, {"PV2_1": 0.2, "PV2_2": -0.3}],
    "ZPN": [{"PV2_1": 1.0, "PV2_3": 220.0}, {"PV2_0": 0.05, "PV2_1": 0.975, "PV2_2": -0.8, "PV2_3": 0.3}],
    "AIR": [{}, {"PV2_1": 45.0}],
    "CYP": [{}, {"PV2_1": 0.0, "PV2_2": 1.0}, {"PV2_1": 1.0, "PV2_2": 0.7071}],
    "CEA": [{}, {"PV2_1": 0.5}],
    "COP": [{"PV2_1": 45.0, "PV2_2": 25.0}, {"PV2_1": -30.0}],
    "COE": [{"PV2_1": 45.0, "PV2_2": 25.0}, {"PV2_1": -30.0}],
    "COD": [{"PV2_1": 45.0, "PV2_2": 25.0}, {"PV2_1": -30.0}],
    "COO": [{"PV2_1": 45.0, "PV2_2": 25.0}, {"PV2_1": -30.0}],
    "BON": [{"PV2_1": 45.0}, {"PV2_1": -60.0}],
    "HPX": [{}, {"PV2_1": 6.0, "PV2_2": 3.0}, {"PV2_1": 4.0, "PV2_2": 4.0}],
}
CODES = "AZP SZP TAN STG SIN ARC ZPN ZEA AIR CYP CEA CAR MER SFL PAR MOL AIT COP COE COD COO BON PCO TSC CSC QSC HPX XPH".split()
PLACES = [
    {},
    {"CRVAL1": 120.0, "CRVAL2": -35.0},
    {"CRVAL1": 300.0, "CRVAL2": 60.0, "LONPOLE": 150.0},
    {"CRVAL1": 83.6, "CRVAL2": 22.0, "PC1_1": 0.8, "PC1_2": -0.6, "PC2_1": 0.6, "PC2_2": 0.8},
    {"CRVAL1": 10.0, "CRVAL2": 89.0, "LATPOLE": -20.0},
    {"CRVAL1": 10.0, "CRVAL2": 20.0, "PV1_1": 5.0, "PV1_2": 30.0, "PV1_0": 1},
]
FRAMES = [
    ("RA---", "DEC--", {"RADESYS": "ICRS"}),
    ("RA---", "DEC--", {"RADESYS": "FK5", "EQUINOX": 1975.0}),
    ("RA---", "DEC--", {"EQUINOX": 1950.0}),
    ("RA---", "DEC--", {"RADESYS": "FK4-NO-E", "EQUINOX": 1950.0}),
    ("GLON-", "GLAT-", {}),
    ("ELON-", "ELAT-", {}),
]


def generated():
    """Every projection at several scales, places and parameters, and in turn every frame."""
    turn = 0
    for code in CODES:
        for parameters in PARAMETERS.get(code, [{}]):
            for place in PLACES:
                # wcslib takes the facets of HPX from x before it moves the origin (PVi_0), and
                # its CSC is worked in single precision: another origin rounds differently.
                if code in ("HPX", "CSC") and "PV1_0" in place:
                    continue
                for scale in (0.01, 0.7):
                    lon, lat, frame = FRAMES[turn % len(FRAMES)]
                    turn += 1
                    header = fits.Header()
                    header["NAXIS"], header["NAXIS1"], header["NAXIS2"] = 2, 200, 150
                    header["CTYPE1"], header["CTYPE2"] = lon + code, lat + code
                    header["CRPIX1"], header["CRPIX2"] = 100.37, 70.25
                    header["CDELT1"], header["CDELT2"] = -scale, scale
                    header.update(frame)
                    header.update(place)
                    header.update(parameters)
                    emit(f"{code} {parameters} {place} {scale} {frame}", turn, header, None)


def emit(path, number, header, hdus):
    if not any(k.startswith("CTYPE") or k.startswith("AMDX") for k in header):
        return
    letters = sorted({k[-1] for k in header if k.startswith("CTYPE") and k[-1].isalpha()})
    for alt in [None, *letters]:
        record = {"file": path, "hdu": number, "alt": alt, "cards": cards(header)}
        record["images"], record["columns"] = tables(hdus)
        try:
            describe(record, header, hdus)
        except Exception as error:  # astropy's own refusal is part of the truth
            record["refused"] = f"{type(error).__name__}: {error}"[:300]
        print(json.dumps(record))


def read_header(path):
    with open(path, "rb") as handle:
        text = handle.read().decode("latin1")
    sep = "\n" if "\n" in text[:200] else ""
    return fits.Header.fromstring(text, sep=sep)


def main():
    if sys.argv[1:] == ["--generated"]:
        return generated()
    for folder in sys.argv[1:]:
        for root, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                path = os.path.join(root, name)
                if not name.lower().endswith(ENDINGS):
                    continue
                shown = os.path.relpath(path, folder)
                try:
                    if name.endswith(".hdr"):
                        emit(shown, 0, read_header(path), None)
                        continue
                    with fits.open(path) as hdus:
                        for number, hdu in enumerate(hdus):
                            image = getattr(hdu, "is_image", False) or isinstance(hdu, fits.CompImageHDU)
                            if image:
                                emit(shown, number, hdu.header, hdus)
                except Exception as error:
                    print(f"{shown}: {error!r}"[:200], file=sys.stderr)


main()
