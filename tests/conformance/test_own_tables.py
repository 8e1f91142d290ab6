"""Tables of one's own, as pyvo makes, fills, uses and removes them."""

import io

import numpy
import pytest
import pyvo
from astropy.io import votable
from astropy.table import Table
from pyvo.utils import activate_features

# Their interface is the one that pyvo has for the archive that had it first.
activate_features("cadc-tb-upload")

DEFINITION = """<?xml version="1.0" encoding="UTF-8"?>
<vosi:table xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0"
    xmlns:vod="http://www.ivoa.net/xml/VODataService/v1.1"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" type="output">
  <name>{name}</name>
  <description>Stars that were looked at</description>
  <column><name>source_id</name><ucd>meta.id</ucd>
    <dataType xsi:type="vod:VOTableType">long</dataType></column>
  <column><name>ra</name><unit>deg</unit><ucd>pos.eq.ra;meta.main</ucd>
    <dataType xsi:type="vod:VOTableType">double</dataType></column>
  <column><name>dec</name><unit>deg</unit><ucd>pos.eq.dec;meta.main</ucd>
    <dataType xsi:type="vod:VOTableType">double</dataType></column>
  <column><name>note</name><dataType xsi:type="vod:VOTableType" arraysize="*">char</dataType></column>
</vosi:table>"""

IDS = numpy.array([9007199254740993, -9223372036854775807, 3], dtype="int64")


@pytest.fixture()
def service(url):
    """A service whose session, with its cookie, is one person's."""
    return pyvo.dal.TAPService(f"{url}/tap")


def sample():
    return Table({"source_id": IDS, "ra": [10.0, 200.5, 0.001], "dec": [-89.9, 0.0, 45.25],
                  "note": ["a", "<b>", "ガイア"]})


def written(table, form):
    out = io.BytesIO()
    table.write(out, format=form)
    out.seek(0)
    return out


def refused(action, status):
    with pytest.raises(Exception) as error:
        action()
    assert error.value.response.status_code == status, error.value


def test_a_table_is_defined_filled_and_removed(service):
    service.create_table("my.seen", io.StringIO(DEFINITION.format(name="my.seen")))
    empty = service.run_sync("SELECT * FROM my.seen").to_table()
    assert len(empty) == 0 and str(empty["ra"].unit) == "deg"
    rows = sample()
    text = io.StringIO()
    rows.write(text, format="ascii.basic", delimiter="\t")
    service.load_table("my.seen", io.BytesIO(text.getvalue().encode()), format="tsv")
    found = service.run_sync("SELECT * FROM my.seen ORDER BY ra").to_table()
    assert found["source_id"].tolist() == [3, IDS[0], IDS[1]]
    assert found["note"].tolist() == ["ガイア", "a", "<b>"]
    ascii_only = rows[:2]
    service.load_table("my.seen", written(ascii_only, "fits"), format="FITSTable")
    assert service.run_sync("SELECT COUNT(*) AS n FROM my.seen")["n"][0] == 5
    assert "my.seen" in service.tables.keys()
    service.remove_table("my.seen")
    with pytest.raises(pyvo.dal.DALQueryError):
        service.run_sync("SELECT * FROM my.seen")
    refused(lambda: service.remove_table("my.seen"), 404)


def test_a_votable_with_rows_is_a_table_and_results_become_one(service):
    document = votable.from_table(sample())
    out = io.BytesIO()
    document.to_xml(out)
    out.seek(0)
    service.create_table("my.whole", out, format="VOTable")
    found = service.run_sync("SELECT source_id, note FROM my.whole ORDER BY source_id")
    assert found["source_id"].tolist() == sorted(IDS.tolist())
    bright = "SELECT TOP 20 source_id, ra, dec, phot_g_mean_mag{} FROM gaia.dr3_bright ORDER BY source_id"
    job = service.run_async(bright.format(" INTO my.bright"))
    assert job["table_rows"].tolist() == [20]
    ours = service.run_sync("SELECT * FROM my.bright ORDER BY source_id").to_table()
    theirs = service.run_sync(bright.format("")).to_table()
    for name in theirs.colnames:
        assert ours[name].unit == theirs[name].unit
        assert ours[name].meta.get("ucd") == theirs[name].meta.get("ucd")
        assert ours[name].dtype == theirs[name].dtype
        assert numpy.array_equal(ours[name], theirs[name], equal_nan=name != "source_id")
    matched = service.run_sync(
        "SELECT COUNT(*) AS n FROM my.bright AS b JOIN gaia.dr3_bright AS g "
        "ON DISTANCE(POINT(b.ra, b.dec), POINT(g.ra, g.dec)) < 0.0001")
    assert matched["n"][0] == 20


def test_another_person_has_other_tables(service, url):
    service.create_table("my.mine", io.StringIO(DEFINITION.format(name="my.mine")))
    other = pyvo.dal.TAPService(f"{url}/tap")
    with pytest.raises(pyvo.dal.DALQueryError):
        other.run_sync("SELECT * FROM my.mine")
    refused(lambda: other.remove_table("my.mine"), 404)
    refused(lambda: service.create_table("my.mine", io.StringIO(DEFINITION.format(name="my.mine"))),
            409)
    refused(lambda: service.create_table("gaia.mine", io.StringIO(DEFINITION)), 400)
