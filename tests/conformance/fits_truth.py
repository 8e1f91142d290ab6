"""What astropy reads from every FITS file under a folder, as JSON lines.

    python fits_truth.py FOLDER > truth.jsonl
    cargo run -p tenkyu-fits --example fits_check -- truth.jsonl

With `--relative` after FOLDER file names are relative to it, and `fits_check` is told FOLDER too.
Each line is one HDU: header values, and for images and tables values at fixed places. Numbers are
written as `repr`, so that they can be compared bit by bit.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
from astropy.io import fits

PIXELS = 300
ROWS = 40
ELEMENTS = 40
SUFFIXES = (".fits", ".fit", ".fts", ".fz", ".ev", ".mt", ".ffits", ".tfits", ".fits.gz", ".fit.gz",
            ".fz.gz", ".Z", ".evt", ".pha", ".rmf", ".arf", ".lc", ".img", ".gz")


def number(value):
    """A number as text: integers in full, floats by repr."""
    if isinstance(value, (bool, np.bool_)):
        return "T" if value else "F"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    return repr(float(value))


def places(count, wanted):
    """Fixed, scattered places below `count`, the first and the last among them."""
    if count <= wanted:
        return list(range(count))
    return sorted({0, count - 1} | {(k * 2654435761) % count for k in range(wanted)})


def cards(header):
    """Keyword, type and value of every keyword with a value, the first of each name."""
    found = {}
    for card in header.cards:
        try:
            keyword, value = card.keyword, card.value
        except Exception:
            continue
        if keyword in ("", "COMMENT", "HISTORY", "CONTINUE", "END") or keyword in found:
            continue
        if isinstance(value, bool):
            found[keyword] = ["b", "T" if value else "F"]
        elif isinstance(value, int):
            found[keyword] = ["n", repr(float(value))]
        elif isinstance(value, float):
            found[keyword] = ["n", repr(value)]
        elif isinstance(value, str):
            found[keyword] = ["s", value]
    return found


def image(hdu, header):
    """Physical values of an image, from raw pixels, in the order of the file."""
    raw = hdu.data
    if raw is None:
        return None
    flat = np.ascontiguousarray(raw).reshape(-1)
    bscale, bzero = header.get("BSCALE", 1), header.get("BZERO", 0)
    integer = flat.dtype.kind in "iu"
    blank = header.get("BLANK", header.get("ZBLANK")) if integer else None
    nulls = flat == blank if isinstance(blank, int) else np.zeros(len(flat), bool)
    exact = integer and bscale == 1 and float(bzero).is_integer()

    def physical(values):
        values = values.astype(np.float64)
        return values if (bscale, bzero) == (1, 0) else values * float(bscale) + float(bzero)

    samples = []
    for i in places(len(flat), PIXELS):
        if nulls[i]:
            samples.append([i, "nan"])
        elif exact:
            samples.append([i, str(int(flat[i]) + int(bzero))])
        else:
            samples.append([i, number(physical(flat[i:i + 1])[0])])
    values = physical(flat)
    values[nulls] = np.nan
    finite = values[np.isfinite(values)]
    return {
        "shape": list(raw.shape[::-1]),
        "exact": bool(exact),
        "samples": samples,
        "sum": float(finite.sum()) if len(finite) else 0.0,
        "abs": float(np.abs(finite).sum()) if len(finite) else 0.0,
        "min": number(finite.min()) if len(finite) else None,
        "max": number(finite.max()) if len(finite) else None,
        "nan": int(np.isnan(values).sum()),
    }


def text(value):
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    return bytes(value).split(b"\0")[0].rstrip(b" ").decode("utf-8", "replace")


def cell(value):
    """A cell as a list of texts."""
    if isinstance(value, (str, bytes, np.bytes_)):
        return [text(value)]
    array = np.asarray(value)
    if array.dtype.kind in "SU":
        if isinstance(value, np.ndarray):
            return [text(v) for v in array.reshape(-1)]
        return [text(value)]
    flat = array.reshape(-1)[:ELEMENTS]
    if array.dtype.kind == "c":
        return [number(part) for v in flat for part in (v.real, v.imag)]
    return [number(v) for v in flat]


def implied_decimals(hdu, column, field):
    """Reals without point and exponent have decimals implied (FITS 4.0 §7.2.5); astropy has none."""
    form, _, decimals = str(column.format).partition(".")
    if form[0] not in "FED" or not decimals:
        return field
    width = hdu.header["NAXIS1"]
    raw = hdu._get_raw_data(len(field) * width, "u1", hdu._data_offset).tobytes()
    field = np.array(field, dtype=np.float64)
    start = column.start - 1
    for row in range(len(field)):
        text = raw[row * width + start:row * width + start + int(form[1:])]
        if not any(mark in text for mark in b".EeDd"):
            field[row] /= 10.0 ** int(decimals)
    return field


def table(hdu):
    """Cells of every column at fixed rows."""
    rows = len(hdu.data) if hdu.data is not None else 0
    columns = []
    for index, column in enumerate(hdu.columns):
        try:
            field = hdu.data.field(index)
            if isinstance(hdu, fits.TableHDU):
                field = implied_decimals(hdu, column, field)
            cells = [[row, cell(field[row])] for row in places(rows, ROWS)]
            if re.match(r"[01]?[PQ]A", str(column.format)):
                cells = [[row, ["".join(parts)]] for row, parts in cells]
        except Exception as error:
            print(f"column {column.name}: {error}", file=sys.stderr)
            continue
        columns.append({"index": index, "name": column.name, "format": str(column.format),
                        "cells": cells})
    return {"rows": rows, "columns": columns}


def hdu_line(hdu):
    line = {"header": cards(hdu.header)}
    # Columns without a name are legal; astropy can read them once they have one.
    for n in range(1, hdu.header.get("TFIELDS", 0) + 1):
        hdu.header.setdefault(f"TTYPE{n}", f"col{n}")
    if isinstance(hdu, (fits.BinTableHDU, fits.TableHDU)) and not isinstance(hdu, fits.CompImageHDU):
        return line | {"kind": "table"} | table(hdu)
    if isinstance(hdu, fits.GroupsHDU):
        return line | {"kind": "groups"}
    if hdu.is_image:
        found = image(hdu, hdu.header)
        return line | ({"kind": "image"} | found if found else {"kind": "empty"})
    return line | {"kind": "other"}


def readable(path):
    """The path of the file, or of an unpacked copy for `compress` files."""
    if path.suffix != ".Z":
        return path
    plain = tempfile.NamedTemporaryFile(suffix=".fits", delete=False)
    subprocess.run(["gzip", "-dc", str(path)], stdout=plain, check=True)
    return pathlib.Path(plain.name)


def main(folder, relative=False):
    root = pathlib.Path(folder).resolve()
    for path in sorted(p for p in root.rglob("*") if p.is_file() and p.name.endswith(SUFFIXES)):
        name = str(path.relative_to(root) if relative else path)
        try:
            with fits.open(readable(path), do_not_scale_image_data=True, character_as_bytes=True,
                           memmap=False, ignore_missing_end=True) as file:
                for index, hdu in enumerate(file):
                    try:
                        line = hdu_line(hdu)
                    except Exception as error:
                        print(f"{name} HDU {index}: {error!r}", file=sys.stderr)
                        continue
                    print(json.dumps({"file": name, "hdu": index} | line))
        except Exception as error:
            print(f"{name}: {error!r}", file=sys.stderr)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1], "--relative" in sys.argv[2:])
