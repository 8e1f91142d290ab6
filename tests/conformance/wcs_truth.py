#!/usr/bin/env python3
"""World coordinates by astropy, for `wcs_check` to compare ours with.

usage: wcs_truth.py FOLDER… > truth.jsonl

Every image HDU (and every bare .hdr file) with axes gives one JSON line:
  file, hdu    where it comes from
  cards        [[keyword, value], …] in header order
  images       {"EXTNAME:EXTVER": {shape, values, crpix, crval, cdelt}} distortion tables
  columns      {"EXTNAME:EXTVER:COLUMN": {shape, values}} arrays for -TAB
  shape        NAXIS1, NAXIS2, …
  celestial    [longitude axis, latitude axis] from 0, or null
  units        units of the world axes as astropy gives them
  points       [[pixel], [world] or null, [pixel of that world] or null] (1-based pixels)
or, where astropy refuses the header, "refused": its reason.
"""

import json
import math
import os
import sys
import warnings

import numpy
from astropy.io import fits
from astropy.wcs import WCS

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
    wcs = WCS(header, hdus)
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
    rows = lambda v: [float(x) for x in v] if numpy.all(numpy.isfinite(v)) else None
    record["points"] = [[rows(p), rows(w), rows(b)] for p, w, b in zip(points, world, back)]


def emit(path, number, header, hdus):
    if not any(k.startswith("CTYPE") or k.startswith("AMDX") for k in header):
        return
    record = {"file": path, "hdu": number, "cards": cards(header)}
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
