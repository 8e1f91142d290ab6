"""Reads the files that the table worker wrote, with astropy and, where present, pyarrow.

The rows are those of tests/store.rs, sorted by ra with nulls last.
"""
import math
import sys
import warnings
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.io.votable import parse
from astropy.table import Table

folder = Path(sys.argv[1])
ORDER = [7, -9223372036854775807, 9007199254740993, 1, 2, 4, 5, 8, 3, 6]
RA = [-0.0, 1e-300, 0.1, 10.0, 20.0, 40.0, 50.0, 80.0, None, None]
MAG = [5.5, 2.0, 5.5, 5.5, 3.25, 7.0, -1.5, 9.0, None, float(np.float32(0.1))]
NAME = ["NGC 7", "z", "M31", "NGC 1316", "", 'a,"b"', "M31", "M31", None, "x\ny"]
JAPANESE = ["e", "g", "天の川", "𝛂", "a", "b", "c", "f", None, "d"]
FLAG = [False, False, True, False, True, True, False, True, None, True]
SMALL = [5, 7, 255, 0, 1, 2, 3, 6, None, 4]
OBS = "1970-01-01T00:00:00.007"
MARKED = [row for row in range(10) if MAG[row] is not None and MAG[row] > 3]


def missing(value):
    return value is None or value is np.ma.masked or (isinstance(value, float) and math.isnan(value))


def same(name, got, expected):
    got = [None if missing(value) else value for value in got]
    assert len(got) == len(expected), (name, got)
    for row, (one, two) in enumerate(zip(got, expected)):
        assert one == two, f"{name}, row {row}: {one!r} is not {two!r}"


def doubles(column):
    return [None if np.ma.is_masked(v) or math.isnan(v) else float(v) for v in column]


def check_votable():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # A name need not be ASCII; the ID that astropy makes of it must.
        warnings.filterwarnings("ignore", message=".*W03")
        table = parse(folder / "all.vot", verify="exception").get_first_table()
    assert table.get_field_by_id_or_name("ra").unit == "deg"
    assert table.get_field_by_id_or_name("ra").ucd == "pos.eq.ra"
    assert table.get_field_by_id_or_name("ra").description == "Right ascension & <more>"
    rows = table.array
    same("id", [int(v) for v in rows["id"]], ORDER)
    same("ra", doubles(rows["ra"]), RA)
    same("mag", doubles(rows["mag"]), MAG)
    # astropy reads a null text as an empty one (astropy issue 8995).
    same("name", [str(v) for v in rows["name"].data], [name or "" for name in NAME])
    same("名前", [str(v) for v in rows["名前"].data], [name or "" for name in JAPANESE])
    same("flag", [None if np.ma.is_masked(v) else bool(v) for v in rows["flag"]], FLAG)
    same("small", [None if np.ma.is_masked(v) else int(v) for v in rows["small"]], SMALL)
    assert str(rows["obs"][0]) == OBS, rows["obs"][0]
    assert [float(v) for v in rows["pair"][0]] == [7.0, 0.5]
    assert [int(v) for v in rows["list"][3]] == [0]
    marked = parse(folder / "marked.vot").get_first_table()
    assert len(marked.array) == len(MARKED)
    same("marked", [int(v) for v in marked.array["id"]], [ORDER[row] for row in MARKED])


def check_fits():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with fits.open(folder / "all.fits", checksum=True) as hdus:
            hdus.verify("exception")
            assert hdus[1].header["TUNIT2"] == "deg"
    table = Table.read(folder / "all.fits", hdu=1)
    same("id", [int(v) for v in table["id"]], ORDER)
    same("ra", doubles(table["ra"]), RA)
    same("mag", doubles(table["mag"]), MAG)
    same("small", [None if np.ma.is_masked(v) else int(v) for v in table["small"]], SMALL)
    same("flag", [bool(v) if i != 8 else None for i, v in enumerate(table["flag"])], FLAG)
    # FITS has no null text: it is an empty one.
    assert len(Table.read(folder / "marked.fits", hdu=1)) == len(MARKED)


def check_csv():
    import csv

    with open(folder / "all.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 11
    same("id", [int(row[0]) for row in rows[1:]], ORDER)
    same("ra", [float(row[1]) if row[1] else None for row in rows[1:]], RA)
    same("名前", [row[4] or None for row in rows[1:]], JAPANESE)


def check_parquet():
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        print("pyarrow is not here; Parquet is not checked")
        return
    table = parquet.read_table(folder / "all.parquet")
    same("id", table["id"].to_pylist(), ORDER)
    same("ra", table["ra"].to_pylist(), RA)
    same("name", table["name"].to_pylist(), NAME)
    same("名前", table["名前"].to_pylist(), JAPANESE)
    same("flag", table["flag"].to_pylist(), FLAG)
    assert table["list"].to_pylist()[3] == [0]
    assert table.schema.field("ra").metadata[b"unit"] == b"deg"
    notes = parquet.read_metadata(folder / "all.parquet").metadata
    assert notes[b"IVOA.VOTable-Parquet.version"] == b"1.0"
    import io

    described = parse(io.BytesIO(notes[b"IVOA.VOTable-Parquet.content"]))
    assert described.get_first_table().get_field_by_id_or_name("ra").unit == "deg"
    assert parquet.read_table(folder / "marked.parquet").num_rows == len(MARKED)


for check in (check_csv, check_votable, check_fits, check_parquet):
    check()
print("ok")
