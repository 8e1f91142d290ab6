"""Users' own functions: the examples, against numpy and astropy on the same rows."""

import http.cookiejar
import io
import json
import math
import os
import pathlib
import urllib.error
import urllib.parse
import urllib.request

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord, search_around_sky
from astropy.table import Table


class Person:
    """Somebody with a browser of their own, which keeps the cookie that functions belong to."""

    def __init__(self, url):
        self.url = url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def open(self, path, data=None, method=None, **headers):
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        return self.opener.open(request, timeout=300)

    def upload(self, name):
        folder = os.environ.get("TENKYU_FUNCTIONS")
        if not folder:
            pytest.skip("TENKYU_FUNCTIONS is not set: run through `cargo xtask test conformance`")
        module = (pathlib.Path(folder) / name).read_bytes()
        kind = {"Content-Type": "application/wasm"}
        with self.open(f"/tap/functions?name={name}", module, **kind) as answer:
            return json.load(answer)

    def query(self, adql, **parts):
        """Rows as a table; `parts` are tables that go along as TAP_UPLOAD."""
        fields = {"LANG": "ADQL", "RESPONSEFORMAT": "votable/b2", "MAXREC": "1000000", "QUERY": adql}
        if parts:
            fields["UPLOAD"] = ";".join(f"{name},param:{name}" for name in parts)
        body = b""
        for name, value in fields.items():
            body += f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
            body += value.encode() + b"\r\n"
        for name, table in parts.items():
            text = io.BytesIO()
            table.write(text, format="votable")
            head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
            body += head.encode() + text.getvalue() + b"\r\n"
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        with self.open("/tap/sync", body + b"--b--\r\n", **kind) as answer:
            return Table.read(io.BytesIO(answer.read()), format="votable")


@pytest.fixture()
def person(url):
    person = Person(url)
    yield person
    with person.open("/tap/functions") as answer:
        for module in json.load(answer):
            person.open(f"/tap/functions/{module['id']}", method="DELETE").close()


# The models of udf/examples/photoz, written down once more for numpy.

BANDS = [(4000, 5450), (5450, 7000), (7000, 8550), (8550, 9300), (9500, 10700)]
SPECTRA = [(-2.2, 1.0), (-1.6, 1.2), (-1.0, 1.5), (-0.5, 1.9), (0.2, 2.3), (0.8, 2.6)]
GRID = np.arange(151) * 0.04


def model_fluxes():
    """Mean f_ν of each step of redshift, spectrum and band."""
    fluxes = np.empty((GRID.size, len(SPECTRA), len(BANDS)))
    for b, (low, high) in enumerate(BANDS):
        width = (high - low) / 32
        observed = low + (np.arange(32) + 0.5) * width
        emitted = observed[None, :] / (1 + GRID[:, None])
        passed = np.where(emitted < 1216, np.exp(-0.0036 * (observed / 1216) ** 3.46), 1)
        for s, (slope, depth) in enumerate(SPECTRA):
            risen = 0.5 * (1 + np.tanh((emitted - 4000) / 150))
            spectrum = (emitted / 4000) ** slope * (1 / depth + (1 - 1 / depth) * risen)
            spectrum[emitted < 912] = 0
            fluxes[:, s, b] = (spectrum * passed * observed * width).sum(1) / math.log(high / low)
    return fluxes


def least_chi2(magnitudes, errors):
    """χ² by row and step of redshift, of the model and brightness that fit best."""
    measured = np.isfinite(magnitudes) & np.isfinite(errors)
    flux = 10 ** (-0.4 * (np.nan_to_num(magnitudes) - 25))
    sigma = flux * np.maximum(np.nan_to_num(errors), 0.01) * math.log(10) / 2.5
    weight = np.where(measured, 1 / sigma, 0)
    flux = np.where(measured, flux / sigma, 0)
    expected = model_fluxes()[None] * weight[:, None, None, :]
    fm = (expected * flux[:, None, None, :]).sum(-1)
    mm = (expected**2).sum(-1)
    ff = (flux**2).sum(-1)[:, None, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        chi2 = np.where(mm > 0, ff - fm**2 / mm, ff)
    return chi2.min(-1), measured.sum(1)


def galaxies(count):
    """Magnitudes of models with noise, some bands missing."""
    rng = np.random.default_rng(5)
    fluxes = model_fluxes()
    step, spectrum = rng.integers(0, 140, count), rng.integers(0, len(SPECTRA), count)
    with np.errstate(divide="ignore"):
        magnitudes = 22 - 2.5 * np.log10(fluxes[step, spectrum] / fluxes[0, 0, 2])
    errors = rng.uniform(0.01, 0.1, magnitudes.shape)
    magnitudes = magnitudes + errors * rng.normal(size=magnitudes.shape)
    missing = ~np.isfinite(magnitudes) | (rng.random(magnitudes.shape) < 0.1)
    magnitudes[missing] = np.nan
    return magnitudes, errors, GRID[step]


def photometry(magnitudes, errors):
    table = Table({"id": np.arange(len(magnitudes))})
    for b, band in enumerate("grizy"):
        table[band] = np.ma.masked_invalid(magnitudes[:, b])
        table[f"e{band}"] = errors[:, b]
    return table


CALL = "t.g, t.r, t.i, t.z, t.y, t.eg, t.er, t.ei, t.ez, t.ey"


def test_photometric_redshifts_are_those_of_numpy(person):
    person.upload("photoz.wasm")
    magnitudes, errors, true = galaxies(3000)
    sent = photometry(magnitudes, errors)
    found = person.query(
        f"SELECT t.id, my.photoz({CALL}) AS z, my.photoz_lnlike(0.5, {CALL}) AS lnlike "
        "FROM TAP_UPLOAD.t AS t ORDER BY t.id",
        t=sent,
    )
    chi2, bands = least_chi2(magnitudes, errors)
    enough = bands >= 3
    masked = np.ma.getmaskarray(np.ma.masked_invalid(found["z"]))
    assert np.array_equal(masked, ~enough) and 0 < masked.sum() < 300

    best = chi2.argmin(1)
    inner = np.clip(best, 1, GRID.size - 2)
    rows = np.arange(best.size)
    left, middle, right = chi2[rows, inner - 1], chi2[rows, inner], chi2[rows, inner + 1]
    curve = left - 2 * middle + right
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(curve > 0, np.clip(0.5 * (left - right) / curve, -0.5, 0.5), 0)
    shift[(best == 0) | (best == GRID.size - 1)] = 0
    expected = (best + shift) * 0.04
    same = np.abs(found["z"] - expected) < 1e-6
    # Where several steps fit equally well, rounding decides.
    step = np.clip(np.rint(np.nan_to_num(found["z"]) / 0.04).astype(int), 0, GRID.size - 1)
    tied = chi2[rows, step] - chi2.min(1) < 1e-6
    assert (same | tied)[enough].all() and same[enough].mean() > 0.95
    lnlike = -0.5 * (chi2[:, 12] * 0.5 + chi2[:, 13] * 0.5)
    assert np.allclose(found["lnlike"][enough], lnlike[enough], rtol=1e-9, atol=1e-9)
    # The method finds what was put in, as far as colours tell.
    good = enough & (bands == 5)
    near = np.abs(found["z"][good] - true[good]) < 0.15 * (1 + true[good])
    assert near.mean() > 0.6


def test_the_sum_of_probabilities_is_that_of_numpy(person):
    person.upload("photoz.wasm")
    magnitudes, errors, _ = galaxies(2000)
    sent = photometry(magnitudes, errors)
    found = person.query(
        f"SELECT t.id - 4 * (t.id / 4) AS k, my.photoz_nz({CALL}) AS nz FROM TAP_UPLOAD.t AS t "
        "GROUP BY t.id - 4 * (t.id / 4) ORDER BY k",
        t=sent,
    )
    chi2, bands = least_chi2(magnitudes, errors)
    density = np.exp(-0.5 * (chi2 - chi2.min(1, keepdims=True)))
    density /= density.sum(1, keepdims=True) * 0.04
    for row in found:
        of = (np.arange(2000) % 4 == row["k"]) & (bands >= 3)
        assert np.allclose(row["nz"], density[of].sum(0), rtol=1e-8, atol=1e-8)
        assert np.sum(row["nz"]) * 0.04 == pytest.approx(of.sum())


EDGES = np.geomspace(0.02, 2, 9)


def astropy_pairs(ra, dec):
    """Pairs by bins of separation, each counted once."""
    points = SkyCoord(ra, dec, unit="deg")
    a, b, apart, _ = search_around_sky(points, points, EDGES[-1] * 1.01 * u.deg)
    return np.histogram(apart.deg[a < b], EDGES)[0]


PAIRS = "my.pairs(ra, dec, 0.02, 2, 8)"


def test_pair_counts_are_those_of_astropy(person):
    person.upload("pairs.wasm")
    where = "ra BETWEEN 50 AND 75 AND dec BETWEEN 10 AND 30"
    stars = person.query(f"SELECT ra, dec FROM gaia.dr3_bright WHERE {where}")
    counted = person.query(f"SELECT {PAIRS} AS n FROM gaia.dr3_bright WHERE {where}")
    expected = astropy_pairs(stars["ra"], stars["dec"])
    assert len(stars) > 500 and expected.min() > 0
    assert np.array_equal(np.ravel(counted["n"][0]), expected)


def test_pair_counts_by_group_hold_at_the_pole_and_across_0h(person):
    person.upload("pairs.wasm")
    rng = np.random.default_rng(3)
    ra = np.concatenate([rng.uniform(0, 360, 2000), rng.normal(0, 2, 2000) % 360])
    dec = np.concatenate([rng.uniform(87, 90, 2000), rng.normal(0, 2, 2000)])
    kind = np.repeat(["pole", "seam"], 2000)
    sent = Table({"ra": ra, "dec": dec, "kind": kind})
    found = person.query(f"SELECT kind, {PAIRS} AS n FROM TAP_UPLOAD.t GROUP BY kind", t=sent)
    for row in found:
        of = kind == row["kind"]
        assert np.array_equal(row["n"], astropy_pairs(ra[of], dec[of])), row["kind"]


def test_the_template_computes_and_reports(person):
    person.upload("my_functions.wasm")
    table = "gaia.dr3_bright"
    found = person.query(f"SELECT my.spread(ra) AS s FROM {table}")
    stars = person.query(f"SELECT ra FROM {table}")
    assert found["s"][0] == pytest.approx(np.std(stars["ra"], ddof=1), rel=1e-9)
    flux = person.query(f"SELECT TOP 5 my.flux(31.4) AS f, my.label(NULL) AS l FROM {table}")
    assert flux["f"].tolist() == [1.0] * 5 and set(flux["l"]) == {"not detected"}
    assert flux["f"].unit == u.nJy
    with pytest.raises(urllib.error.HTTPError) as error:
        person.query(f"SELECT my.fluxx(ra) FROM {table}")
    assert "my.flux" in error.value.read().decode()
