"""Simple Cone Search as pyvo and STILTS ask it."""

import urllib.request

import numpy as np
import pytest
import pyvo
from astropy.io.votable import parse
from astropy.table import Table

import stilts


@pytest.fixture(scope="module")
def cone(url):
    return f"{url}/scs/gaia.dr3_bright"


def get(address):
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.read().decode()


def test_pyvo_finds_what_tap_finds(url, cone):
    found = pyvo.dal.SCSService(cone).search(pos=(83.82, -5.39), radius=1.5)
    tap = pyvo.dal.TAPService(f"{url}/tap").run_sync(
        "SELECT source_id FROM gaia.dr3_bright WHERE DISTANCE(ra, dec, 83.82, -5.39) <= 1.5"
    )
    assert len(found) > 50
    assert {int(row.id) for row in found} == {int(value) for value in tap["source_id"]}
    assert all(abs(row.pos.dec.deg + 5.39) <= 1.5 for row in found)


def test_columns_follow_the_standard(cone, tmp_path):
    file = tmp_path / "cone.vot"
    file.write_text(get(f"{cone}?RA=83.82&DEC=-5.39&SR=0.5&VERB=1"))
    fields = {field.ucd: field for field in parse(file).get_first_table().fields}
    assert set(fields) == {"ID_MAIN", "POS_EQ_RA_MAIN", "POS_EQ_DEC_MAIN"}
    assert fields["ID_MAIN"].datatype == "char"
    assert fields["POS_EQ_RA_MAIN"].datatype == "double"
    less = get(f"{cone}?RA=0&DEC=0&SR=0&VERB=2").count("<FIELD ")
    more = get(f"{cone}?RA=0&DEC=0&SR=0&VERB=3").count("<FIELD ")
    assert 3 < less < more
    assert get(f"{cone}?RA=0&DEC=0&SR=0").count("<TR>") == 0


def test_poles_and_the_meridian(url, cone):
    whole = Table(pyvo.dal.TAPService(f"{url}/tap").run_sync(
        "SELECT ra, dec FROM gaia.dr3_bright WHERE dec > 88.5 OR ABS(dec) < 1.2", maxrec=100000
    ).to_table())
    for ra, dec, radius in ((123.0, 89.9, 1.0), (0.1, 0.0, 1.0), (-0.1, 0.0, 1.0), (360.1, 0, 1)):
        lon, lat = np.radians(whole["ra"]), np.radians(whole["dec"])
        half = (
            np.sin((lat - np.radians(dec)) / 2) ** 2
            + np.cos(lat) * np.cos(np.radians(dec)) * np.sin((lon - np.radians(ra)) / 2) ** 2
        )
        expected = int(np.sum(np.degrees(2 * np.arcsin(np.sqrt(half))) <= radius))
        found = get(f"{cone}?RA={ra}&DEC={dec}&SR={radius}").count("<TR>")
        assert found == expected > 0, (ra, dec)


def test_errors_are_told_as_the_standard_has_it(cone):
    for query in ("", "RA=1&DEC=2", "RA=x&DEC=2&SR=1", "RA=1&DEC=95&SR=1", "RA=1&DEC=2&SR=-1",
                  "RA=1&DEC=2&SR=1&VERB=7", "RA=1&DEC=2&SR=1&MAXREC=many"):
        text = get(f"{cone}?{query}")
        assert '<INFO ID="Error" name="Error" value="' in text, query
    with pytest.raises(pyvo.dal.DALQueryError):
        pyvo.dal.SCSService(cone).search(pos=(1, 2), radius=1, verbosity=7)
    with pytest.raises(urllib.error.HTTPError) as error:
        get(cone.replace("gaia.dr3_bright", "gaia.none") + "?RA=1&DEC=2&SR=1")
    assert error.value.code == 404


def test_a_cut_is_said(cone):
    text = get(f"{cone}?RA=83.82&DEC=-5.39&SR=5&MAXREC=7")
    assert text.count("<TR>") == 7 and 'value="OVERFLOW"' in text


def test_capabilities_name_a_position_with_something_there(url, cone):
    text = get(f"{cone}/capabilities")
    assert "cs:ConeSearch" in text
    values = [text.split(f"<{name}>")[1].split("<")[0] for name in ("ra", "dec", "sr")]
    found = get(f"{cone}?RA={values[0]}&DEC={values[1]}&SR={values[2]}")
    assert found.count("<TR>") >= 1
    assert "true" in get(f"{cone}/availability")
    assert f"{url}/scs/gaia.dr3_bright" in get(f"{url}/tap/capabilities")


def test_stilts_matches_row_by_row(cone, tmp_path):
    mine = Table({"n": [1, 2], "ra": [83.82, 10.0], "dec": [-5.39, 20.0]})
    mine.write(tmp_path / "mine.fits")
    out = tmp_path / "out.csv"
    stilts.run("coneskymatch", serviceurl=f"{cone}?", **{"in": tmp_path / "mine.fits"}, ra="ra",
               dec="dec", sr=1, find="all", out=out, ofmt="csv")
    rows = [line.split(",")[0] for line in out.read_text().splitlines()[1:]]
    assert rows.count("1") > 10 and rows.count("2") > 5
