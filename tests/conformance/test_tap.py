"""The TAP service as its real clients see it: pyvo, STILTS."""

import json
import urllib.parse
import urllib.request

import numpy as np
import pytest
import pyvo

CONE = (
    "SELECT source_id, ra, dec, phot_g_mean_mag FROM gaia.dr3_bright "
    "WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(83.82, -5.39, 1.5)) ORDER BY source_id"
)


@pytest.fixture(scope="module")
def service(url):
    return pyvo.dal.TAPService(f"{url}/tap")


def sync(url, query, fmt, **more):
    form = urllib.parse.urlencode(
        {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": fmt, **more}
    ).encode()
    with urllib.request.urlopen(f"{url}/tap/sync", form, timeout=60) as answer:
        return answer.read()


def test_pyvo_reads_the_tables(service):
    tables = service.tables
    assert "gaia.dr3_bright" in tables
    columns = {column.name: column for column in tables["gaia.dr3_bright"].columns}
    assert columns["ra"].unit == "deg"
    assert "pos.eq.ra" in columns["ra"].ucd
    assert "ivoa.obscore" in tables


def test_pyvo_gets_the_same_rows_in_every_format(url, service):
    table = service.run_sync(CONE).to_table()
    assert len(table) > 50
    rows = json.loads(sync(url, CONE, "json"))
    assert [row[0] for row in rows["data"]] == [int(value) for value in table["source_id"]]
    csv = sync(url, CONE, "csv").decode().splitlines()
    assert len(csv) == len(table) + 1
    assert [int(line.split(",")[0]) for line in csv[1:]] == [row[0] for row in rows["data"]]


def test_cone_agrees_with_a_plain_computation(service):
    """The pruned search against the angle computed here from the whole table around it."""
    wide = service.run_sync(
        "SELECT source_id, ra, dec FROM gaia.dr3_bright "
        "WHERE dec BETWEEN -8 AND -3 AND ra BETWEEN 81 AND 87"
    ).to_table()
    ra, dec = np.radians(np.asarray(wide["ra"])), np.radians(np.asarray(wide["dec"]))
    ra0, dec0 = np.radians(83.82), np.radians(-5.39)
    half = np.sin((dec - dec0) / 2) ** 2 + np.cos(dec) * np.cos(dec0) * np.sin((ra - ra0) / 2) ** 2
    inside = np.degrees(2 * np.arcsin(np.sqrt(half))) <= 1.5
    expected = set(np.asarray(wide["source_id"])[inside].tolist())
    found = service.run_sync(CONE).to_table()
    assert set(found["source_id"].tolist()) == expected


def test_overflow_is_said(service):
    result = service.run_sync("SELECT source_id FROM gaia.dr3_bright", maxrec=10)
    assert len(result) == 10
    assert result.query_status == "OVERFLOW"


def test_errors_say_where(service):
    with pytest.raises(pyvo.dal.DALQueryError) as error:
        service.run_sync("SELECT sorce_id FROM gaia.dr3_bright")
    assert "source_id" in str(error.value)


def test_parquet_and_arrow_hold_the_same_rows(url, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    (tmp_path / "cone.parquet").write_bytes(sync(url, CONE, "parquet"))
    parquet = pq.read_table(tmp_path / "cone.parquet")
    arrow = pa.ipc.open_stream(sync(url, CONE, "arrow")).read_all()
    assert parquet.column("source_id").to_pylist() == arrow.column("source_id").to_pylist()
    assert parquet.column("ra").to_pylist() == arrow.column("ra").to_pylist()


def test_obscore_finds_two_instruments_on_one_field(service):
    found = service.run_sync(
        "SELECT facility_name, instrument_name, COUNT(*) AS n FROM ivoa.obscore "
        "WHERE 1 = INTERSECTS(s_region, CIRCLE(63.3554, 10.4656, 0.02)) "
        "GROUP BY facility_name, instrument_name"
    ).to_table()
    assert {"MUSE", "WFPC2"} <= {str(name).split("/")[0] for name in found["instrument_name"]}
