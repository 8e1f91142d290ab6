"""LSDB's side of the joins of `cargo xtask bench engine`.

usage: lsdb_peer.py CATALOGUE_DIR SECOND_CATALOGUE_DIR

Queries are those of `astropy_peer.py`. LSDB reads the same HATS catalogues with their margin caches,
in as many processes as there are cores, which are started before its clock.
"""

import os
import sys
import warnings

import dask.distributed
import lsdb
import numpy
import pyarrow

import peer

WANTED = ["id", "ra", "dec", "g", "r", "i"]
NEIGHBOURS = 50  # more than any star here has within 2 arcseconds


def alike(pairs):
    """Pairs once, with colours that differ by less than 0.05."""
    blue = (pairs.g_1 - pairs.r_1) - (pairs.g_2 - pairs.r_2)
    red = (pairs.r_1 - pairs.i_1) - (pairs.r_2 - pairs.i_2)
    near = (numpy.abs(blue).astype(float) < 0.05) & (numpy.abs(red).astype(float) < 0.05)
    return pairs[(pairs.id_1 < pairs.id_2) & near][["id_1", "id_2"]]


def main():
    # The catalogues lie in collections, beside their margin caches.
    stars, again = (lsdb.open_catalog(os.path.dirname(name), columns=WANTED) for name in sys.argv[1:3])

    def run(query):
        what, radius = query.split()
        pairs = what == "pairs"
        found = stars.crossmatch(
            stars if pairs else again,
            radius_arcsec=float(radius) * 3600,
            n_neighbors=NEIGHBOURS,
            suffixes=("_1", "_2"),
        )
        found = found.map_partitions(alike) if pairs else found[["id_1", "id_2"]]
        frame = found.compute()
        return pyarrow.table({"a": frame["id_1"].to_numpy(int), "b": frame["id_2"].to_numpy(int)})

    with dask.distributed.Client(n_workers=os.cpu_count(), threads_per_worker=1, dashboard_address=None):
        peer.serve("lsdb " + lsdb.__version__, run)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
