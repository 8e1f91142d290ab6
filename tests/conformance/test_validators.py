"""The validators of the VO: taplint on every stage, votlint on every form of VOTable."""

import urllib.parse
import urllib.request

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

import stilts

STAGES = "TMV TME TMS TMC CPV CAP AVV QGE QPO QAS UWS MDQ OBS LOC UPL EXA"

#: What taplint cannot test here: there is no table of planned observations (ObsLocTAP).
NOT_OURS = ("F-LOC-NOTP-1 No table with name ivoa.obsplan",)


def test_taplint_finds_nothing_on_any_stage(url):
    text = stilts.run("taplint", tapurl=f"{url}/tap", stages=STAGES, report="EWF")
    found = [
        line for line in text.splitlines()
        if line.startswith(("E-", "W-", "F-")) and line not in NOT_OURS
    ]
    assert "Section EXA" in text and "Section UWS" in text
    assert not found, "\n".join(found)


def answer(url, query, fmt, path):
    form = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": fmt}
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{url}/tap/sync", data, timeout=60) as reply:
        path.write_bytes(reply.read())
    return path


QUERIES = {
    "positions": "SELECT TOP 30 * FROM gaia.dr3_bright ORDER BY source_id",
    "observations": "SELECT * FROM ivoa.obscore ORDER BY obs_publisher_did",
    "description": "SELECT * FROM TAP_SCHEMA.columns",
    "nothing": "SELECT * FROM gaia.dr3_bright WHERE ra < 0",
}


@pytest.mark.parametrize("form", ["votable/td", "votable/b", "votable/b2"])
@pytest.mark.parametrize("name", QUERIES)
def test_votlint_finds_nothing(url, tmp_path, form, name):
    file = answer(url, QUERIES[name], form, tmp_path / "t.vot")
    text = stilts.run("votlint", ucd="true", unit="true", votable=file)
    assert text.strip() == "", text[:3000]


def test_every_form_of_votable_holds_the_same_values(url, tmp_path):
    first, *others = (
        Table.read(answer(url, QUERIES["positions"], form, tmp_path / f"{n}.vot"), format="votable")
        for n, form in enumerate(["votable/td", "votable/b", "votable/b2"])
    )
    assert len(first) == 30
    for other in others:
        for name in first.colnames:
            mine, theirs = np.ma.asarray(first[name]), np.ma.asarray(other[name])
            assert (np.ma.getmaskarray(mine) == np.ma.getmaskarray(theirs)).all(), name
            assert np.ma.allequal(mine, theirs), name
            assert first[name].unit == other[name].unit


def test_systems_of_coordinates_and_times_are_declared(url, tmp_path):
    text = answer(url, QUERIES["observations"], "votable", tmp_path / "t.vot").read_text()
    assert '<COOSYS ID="ICRS" system="ICRS"/>' in text
    assert '<TIMESYS ID="mjd" timeorigin="MJD-origin" timescale="UTC"' in text
    t_min = text[text.index('<FIELD ID="t_min"'):].split(">")[0]
    assert 'ref="mjd"' in t_min


def test_fits_holds_the_same_values_and_checksums(url, tmp_path):
    votable = Table.read(
        answer(url, QUERIES["observations"], "votable", tmp_path / "t.vot"), format="votable"
    )
    path = answer(url, QUERIES["observations"], "fits", tmp_path / "t.fits")
    with fits.open(path, checksum=True) as file:
        table, header = file[1].data, file[1].header
        assert len(table) == len(votable) == header["NAXIS2"]
        assert header["OVERFLOW"] is False
        for name in votable.colnames:
            column = votable[name]
            if column.dtype.kind in "fiu":
                mask = np.ma.getmaskarray(np.ma.asarray(column))
                mine, theirs = np.asarray(column)[~mask], np.asarray(table[name])[~mask]
                assert np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f"), name
            else:
                texts = ["" if value is np.ma.masked else str(value) for value in column]
                assert [str(value) for value in table[name]] == texts, name


def test_a_cut_is_said_in_fits_and_parquet(url, tmp_path):
    import pyarrow.parquet as pq

    query = "SELECT source_id, ra FROM gaia.dr3_bright"
    for fmt in ("fits", "parquet"):
        form = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": fmt, "MAXREC": "11"}
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(f"{url}/tap/sync", data, timeout=60) as reply:
            (tmp_path / fmt).write_bytes(reply.read())
    with fits.open(tmp_path / "fits") as file:
        assert file[1].header["OVERFLOW"] is True and len(file[1].data) == 11
    metadata = pq.read_metadata(tmp_path / "parquet")
    assert metadata.num_rows == 11 and metadata.metadata[b"tenkyu.overflow"] == b"true"
    assert b"OVERFLOW" in metadata.metadata[b"IVOA.VOTable-Parquet.content"]


def test_the_examples_run(url):
    import pyvo

    service = pyvo.dal.TAPService(f"{url}/tap")
    examples = service.examples
    assert len(examples) > 5
    for example in examples:
        assert len(example.execute()) >= 0
