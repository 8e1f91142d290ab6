"""Uploaded tables as pyvo and STILTS send them, and from an address."""

import http.server
import threading
import urllib.error
import urllib.parse
import urllib.request

import pytest
import pyvo
import requests
from astropy.table import Table

import stilts

MINE = Table({"n": [1, 2, 3], "ra": [83.82, 10.0, 200.0], "dec": [-5.39, 20.0, -89.0]})
COUNT = (
    "SELECT u.n, COUNT(*) AS c FROM TAP_UPLOAD.mine AS u JOIN gaia.dr3_bright AS g "
    "ON 1 = CONTAINS(POINT(g.ra, g.dec), CIRCLE(u.ra, u.dec, 1)) GROUP BY u.n ORDER BY u.n"
)


@pytest.fixture()
def service(url):
    return pyvo.dal.TAPService(f"{url}/tap")


@pytest.fixture(scope="module")
def expected(url):
    """The counts, each by a query of its own without an upload."""
    service = pyvo.dal.TAPService(f"{url}/tap")
    counts = {}
    for n, ra, dec in MINE.iterrows():
        cone = f"1 = CONTAINS(POINT(ra, dec), CIRCLE({ra}, {dec}, 1))"
        found = service.run_sync(f"SELECT COUNT(*) AS c FROM gaia.dr3_bright WHERE {cone}")
        counts[int(n)] = int(found["c"][0])
    assert all(counts.values())
    return counts


def counts(result):
    return {int(row["n"]): int(row["c"]) for row in result.to_table()}


def test_pyvo_sends_tables_in_both_modes(service, expected):
    assert counts(service.run_sync(COUNT, uploads={"mine": MINE})) == expected
    assert counts(service.run_async(COUNT, uploads={"mine": MINE})) == expected


@pytest.mark.parametrize("fmt", ["votable", "votable.binary", "votable.binary2", "fits", "csv",
                                 "parquet"])
def test_every_format_is_read(url, expected, tmp_path, fmt):
    file = tmp_path / "table"
    if fmt.startswith("votable"):
        form = fmt.partition(".")[2] or "tabledata"
        MINE.write(file, format="votable", tabledata_format=form)
    elif fmt == "parquet":
        import pyarrow
        import pyarrow.parquet

        columns = {name: MINE[name].tolist() for name in MINE.colnames}
        pyarrow.parquet.write_table(pyarrow.table(columns), file)
    else:
        MINE.write(file, format=fmt)
    form = {"LANG": "ADQL", "FORMAT": "csv", "QUERY": COUNT, "UPLOAD": "mine,param:mine"}
    with file.open("rb") as body:
        answer = requests.post(f"{url}/tap/sync", data=form, files={"mine": body}, timeout=60)
    rows = [tuple(map(int, line.split(","))) for line in answer.text.splitlines()[1:]]
    assert dict(rows) == expected


def test_two_tables_and_a_delimited_name(url, service):
    query = (
        'SELECT COUNT(*) AS c FROM TAP_UPLOAD."My Stars" AS a '
        "JOIN TAP_UPLOAD.other AS b ON a.n = b.n"
    )
    uploads = {'"My Stars"': MINE, "other": MINE[:2]}
    # pyvo names the part after the table, and quotes in it are its own affair: written by hand.
    files = {name: table_bytes(table) for name, table in zip("xy", uploads.values())}
    form = {"LANG": "ADQL", "FORMAT": "csv", "QUERY": query,
            "UPLOAD": '"My Stars",param:x;other,param:y'}
    answer = requests.post(f"{url}/tap/sync", data=form, files=files, timeout=60)
    assert answer.text == "c\r\n2\r\n"


def table_bytes(table):
    import io

    out = io.BytesIO()
    table.write(out, format="votable")
    return out.getvalue()


@pytest.fixture()
def web():
    """A web server on this machine: a table, and a redirect to it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.startswith("/moved"):
                self.send_response(302)
                self.send_header("Location", urllib.parse.unquote(self.path.partition("?")[2]))
                self.end_headers()
                return
            body = table_bytes(MINE)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def ask(url, upload):
    form = urllib.parse.urlencode(
        {"LANG": "ADQL", "QUERY": COUNT, "FORMAT": "csv", "UPLOAD": f"mine,{upload}"}
    ).encode()
    try:
        with urllib.request.urlopen(f"{url}/tap/sync", form, timeout=60) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


def test_a_table_is_fetched_from_a_host_that_the_operator_allows(url, web, expected):
    """The server under test allows 127.0.0.1 by that name, and nothing else within."""
    text = "n,c\r\n" + "".join(f"{n},{c}\r\n" for n, c in expected.items())
    assert ask(url, f"{web}/table.vot") == text
    assert ask(url, f"{web}/moved?{web}/table.vot") == text


def test_other_internal_addresses_are_refused_even_behind_a_redirect(url, web):
    port = web.rpartition(":")[2]
    for inner in (f"http://localhost:{port}/t", f"http://[::1]:{port}/t", "http://10.0.0.1/t",
                  f"http://2130706434:{port}/t", "http://169.254.169.254/latest"):
        assert "upload-address-refused" in ask(url, inner), inner
        assert "upload-address-refused" in ask(url, f"{web}/moved?{inner}"), inner


def test_stilts_sends_a_table_with_a_job(url, tmp_path, expected):
    MINE.write(tmp_path / "mine.fits")
    out = tmp_path / "out.csv"
    stilts.run("tapquery", tapurl=f"{url}/tap", sync="false", nupload=1,
               upload1=tmp_path / "mine.fits", upname1="mine", adql=COUNT, out=out, ofmt="csv")
    rows = dict(tuple(map(int, line.split(","))) for line in out.read_text().splitlines()[1:])
    assert rows == expected


def test_stilts_matches_by_uploads(url, tmp_path, expected):
    MINE.write(tmp_path / "mine.fits")
    out = tmp_path / "out.csv"
    stilts.run("tapskymatch", tapurl=f"{url}/tap", taptable="gaia.dr3_bright", taplon="ra",
               taplat="dec", **{"in": tmp_path / "mine.fits"}, inlon="ra", inlat="dec", sr=1,
               find="all", out=out, ofmt="csv")
    assert len(out.read_text().splitlines()) - 1 == sum(expected.values())
