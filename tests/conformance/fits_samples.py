"""Small FITS files of every kind that astropy writes, for `fits_truth.py`.

    python fits_samples.py FOLDER
"""

import pathlib
import sys

import numpy as np
from astropy.io import fits

RNG = np.random.default_rng(20261122)


def smooth_image(shape, dtype, amplitude):
    """A ramp with waves, noise and a few spikes."""
    grid = np.indices(shape)
    image = sum(np.sin(axis / (3.0 + i)) * amplitude / 2 + axis for i, axis in enumerate(grid))
    image = image + RNG.normal(0, amplitude / 20, shape)
    image.reshape(-1)[:: max(1, image.size // 7)] += amplitude
    kind = np.dtype(dtype)
    if kind.kind in "iu":
        info = np.iinfo(kind)
        image = np.clip(np.rint(image), info.min, info.max)
    return image.astype(kind)


def compressed(folder):
    shapes = {"a": ((30, 40), None), "b": ((37, 53), (16, 10)), "c": ((3, 17, 19), (1, 8, 19)),
              "d": ((100,), (33,)), "e": ((64, 64), (64, 64))}
    for algorithm in ("RICE_1", "GZIP_1", "GZIP_2", "PLIO_1", "HCOMPRESS_1", "NOCOMPRESS"):
        for dtype in ("u1", "i2", "u2", "i4", "u4", "i8", "f4", "f8"):
            for name, (shape, tile) in shapes.items():
                for method in ((-1, 1, 2) if dtype[0] == "f" else (-1,)):
                    for smooth in ((False, True) if algorithm == "HCOMPRESS_1" else (False,)):
                        data = smooth_image(shape, dtype, 100)
                        if algorithm == "PLIO_1":
                            data = np.abs(data)
                        if dtype[0] == "f" and name != "a":
                            data.reshape(-1)[5::50] = np.nan
                            data.reshape(-1)[7::50] = 0
                        if algorithm == "HCOMPRESS_1" and name == "b":
                            data[0, 0] = -30 if dtype[0] in "if" else 0
                        options = dict(compression_type=algorithm, quantize_method=method,
                                       dither_seed=7)
                        if tile:
                            options["tile_shape"] = tile
                        if algorithm == "HCOMPRESS_1":
                            options |= dict(hcomp_smooth=smooth, hcomp_scale=3.0 if smooth else 0)
                        path = folder / f"{algorithm}-{dtype}-{name}-{method}-{int(smooth)}.fits"
                        try:
                            hdu = fits.CompImageHDU(data, **options)
                            hdu.writeto(path, overwrite=True)
                        except Exception:
                            path.unlink(missing_ok=True)


def images(folder):
    for dtype in ("u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"):
        data = smooth_image((7, 11, 5), dtype, 100)
        if dtype == "i8":
            data[0, 0, 0], data[0, 0, 1] = np.iinfo(dtype).min, np.iinfo(dtype).max
        if dtype == "u8":
            data[0, 0, 0] = np.iinfo(dtype).max
        fits.PrimaryHDU(data).writeto(folder / f"image-{dtype}.fits", overwrite=True)
    scaled = fits.PrimaryHDU(smooth_image((9, 9), "i2", 100))
    scaled.header["BSCALE"], scaled.header["BZERO"], scaled.header["BLANK"] = 0.1, 32.5, 3
    scaled.writeto(folder / "image-scaled.fits", overwrite=True)


def tables(folder):
    rows = 50
    columns = [
        fits.Column("L", "L", array=RNG.random(rows) < 0.5),
        fits.Column("X", "11X", array=RNG.random((rows, 11)) < 0.5),
        fits.Column("B", "B", array=RNG.integers(0, 256, rows).astype("u1")),
        fits.Column("SB", "B", bzero=-128, array=RNG.integers(-128, 128, rows).astype("i1")),
        fits.Column("I", "I", null=-99, array=RNG.integers(-2**15, 2**15, rows).astype("i2")),
        fits.Column("UI", "I", bzero=2**15, array=RNG.integers(0, 2**16, rows).astype("u2")),
        fits.Column("J", "3J", array=RNG.integers(-2**31, 2**31, (rows, 3)).astype("i4")),
        fits.Column("UJ", "J", bzero=2**31, array=RNG.integers(0, 2**32, rows).astype("u4")),
        fits.Column("K", "K", array=RNG.integers(-2**63, 2**63 - 1, rows)),
        fits.Column("UK", "K", bzero=2**63, array=RNG.integers(0, 2**64, rows, dtype="u8")),
        fits.Column("A", "12A", array=np.array([f"star {i}" for i in range(rows)])),
        fits.Column("AS", "20A", dim="(5,4)",
                    array=np.array([[f"{i}{j}" for j in "abcd"] for i in range(rows)])),
        fits.Column("E", "E", unit="mag", array=RNG.normal(size=rows).astype("f4")),
        fits.Column("D", "6D", dim="(3,2)", array=RNG.normal(size=(rows, 2, 3))),
        fits.Column("C", "C", array=RNG.normal(size=rows).astype("c8")),
        fits.Column("M", "2M", array=RNG.normal(size=(rows, 2)).astype("c16")),
        fits.Column("S", "D", bscale=0.25, bzero=10.0, array=10.0 + RNG.integers(-50, 50, rows) * 0.25),
        fits.Column("PJ", "PJ()", array=np.array(
            [np.arange(i % 5, dtype="i4") * i for i in range(rows)], dtype=object)),
        fits.Column("QD", "QD()", array=np.array(
            [np.arange(i % 3, dtype="f8") / 7 for i in range(rows)], dtype=object)),
        fits.Column("PA", "PA()", array=np.array(["x" * (i % 4 + 1) for i in range(rows)])),
        fits.Column("Z", "0J"),
    ]
    fits.BinTableHDU.from_columns(columns).writeto(folder / "table.fits", overwrite=True)
    ascii_columns = [
        fits.Column("A", "A8", array=np.array([f"n{i}" for i in range(rows)])),
        fits.Column("I", "I10", array=RNG.integers(-999999, 999999, rows)),
        fits.Column("F", "F12.4", array=RNG.normal(size=rows) * 100),
        fits.Column("E", "E15.7", array=RNG.normal(size=rows) * 1e20),
        fits.Column("D", "D24.16", array=RNG.normal(size=rows) * 1e-200),
    ]
    fits.TableHDU.from_columns(ascii_columns).writeto(folder / "ascii.fits", overwrite=True)
    fits.BinTableHDU.from_columns(columns[:3], nrows=0).writeto(folder / "empty.fits", overwrite=True)


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    compressed(target)
    images(target)
    tables(target)
