"""Rows for `cargo xtask bench table`.

usage: table_rows.py DIR ROWS

Writes DIR/rows.arrow, an Arrow stream as the server sends it, and each column that plain JavaScript
reads as DIR/COLUMN.bin, little-endian doubles with NaN for null.
"""

import pathlib
import sys

import numpy
import pyarrow

BATCH = 65_536

folder, rows = pathlib.Path(sys.argv[1]), int(sys.argv[2])
rng = numpy.random.default_rng(20261123)
columns = {
    "ra": rng.uniform(0, 360, rows),
    "dec": numpy.degrees(numpy.arcsin(rng.uniform(-1, 1, rows))),
    "mag": numpy.clip(rng.normal(15, 2, rows), 3, 21).astype("float32"),
    "pmra": rng.normal(0, 12, rows),
    "pmdec": rng.normal(-2, 12, rows),
}
unmeasured = rng.uniform(size=rows) < 0.05
arrays = {"source_id": pyarrow.array(numpy.arange(rows, dtype="int64"))}
for name, values in columns.items():
    mask = unmeasured if name.startswith("pm") else None
    arrays[name] = pyarrow.array(values, mask=mask)
    plain = values.astype("float64")
    if mask is not None:
        plain[mask] = numpy.nan
    plain.astype("<f8").tofile(folder / f"{name}.bin")

table = pyarrow.table(arrays)
with pyarrow.ipc.new_stream(folder / "rows.arrow", table.schema) as out:
    out.write_table(table, max_chunksize=BATCH)
