"""astropy's side of the joins of `cargo xtask bench engine`.

usage: astropy_peer.py CATALOGUE_DIR SECOND_CATALOGUE_DIR

Queries are `pairs R` and `match R` with R in degrees. `pairs`: pairs of stars of the first catalogue
closer than that, whose colours g-r and r-i differ by less than 0.05, each pair once. `match`: stars
of the first with all of the second that are closer. The stars are in memory before the first
query, which is more than the others are given.
"""

import sys

import astropy
import numpy
import pyarrow
import pyarrow.parquet
from astropy import units
from astropy.coordinates import SkyCoord, search_around_sky

import peer


def search(first, second, radius):
    """Rows of both that are closer than a radius in degrees, as two arrays of row numbers."""
    places = [SkyCoord(t["ra"].to_numpy(), t["dec"].to_numpy(), unit="deg") for t in (first, second)]
    a, b, distance, _ = search_around_sky(*places, radius * units.deg)
    near = distance < radius * units.deg
    return a[near], b[near]


def match(first, second, radius):
    a, b = search(first, second, radius)
    return pyarrow.table({"a": first["id"].to_numpy()[a], "b": second["id"].to_numpy()[b]})


def close_pairs(table, radius):
    first, second = search(table, table, radius)
    names, g, r, i = (table[name].to_numpy() for name in ("id", "g", "r", "i"))
    blue, red = g - r, r - i
    once = names[first] < names[second]
    first, second = first[once], second[once]
    # The query compares with a double.
    alike = (numpy.abs(blue[first] - blue[second]).astype(float) < 0.05) & (
        numpy.abs(red[first] - red[second]).astype(float) < 0.05
    )
    return pyarrow.table({"a": names[first][alike], "b": names[second][alike]})


def read(directory):
    wanted = ["id", "ra", "dec", "g", "r", "i"]
    files = peer.files(directory)
    return pyarrow.concat_tables(pyarrow.parquet.read_table(f, columns=wanted, partitioning=None) for f in files)


def main():
    stars, again = read(sys.argv[1]), read(sys.argv[2])

    def run(query):
        what, radius = query.split()
        return match(stars, again, float(radius)) if what == "match" else close_pairs(stars, float(radius))

    peer.serve("astropy " + astropy.__version__, run)


if __name__ == "__main__":
    main()
