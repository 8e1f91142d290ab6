"""Asynchronous queries as pyvo and STILTS ask them, and across the death of a server."""

import pathlib
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
import pyvo

import stilts

STARS = "SELECT TOP 50 source_id, ra, dec FROM gaia.dr3_bright ORDER BY source_id"


@pytest.fixture()
def service(url):
    return pyvo.dal.TAPService(f"{url}/tap")


def post(address, **parameters):
    """Posts a form; the address at which the redirects end."""
    form = urllib.parse.urlencode(parameters).encode()
    with urllib.request.urlopen(address, form, timeout=60) as answer:
        return answer.url


def get(address, **headers):
    request = urllib.request.Request(address, headers=headers)
    with urllib.request.urlopen(request, timeout=150) as answer:
        return answer.read()


def test_pyvo_runs_a_job_from_its_making_to_its_removal(service):
    job = service.submit_job(STARS, maxrec=20)
    assert job.phase == "PENDING"
    job.execution_duration = 50
    assert job.execution_duration.sec == 50
    job.run()
    job.wait(phases=["COMPLETED", "ERROR", "ABORTED"], timeout=120)
    job.raise_if_error()
    result = job.fetch_result()
    assert len(result) == 20 and result.query_status == "OVERFLOW"
    assert result.to_table()["source_id"].tolist() == (
        service.run_sync(STARS).to_table()["source_id"].tolist()[:20]
    )
    listed = {known.jobid: known.phase for known in service.get_job_list()}
    assert listed[job.job_id] == "COMPLETED"
    assert service.get_job_list(phases=["ERROR"]) == []
    address = job.url
    job.delete()
    with pytest.raises(urllib.error.HTTPError) as error:
        get(address)
    assert error.value.code == 404


def test_pyvo_asks_in_one_go_and_is_told_of_errors(service):
    assert len(service.run_async(STARS)) == 50
    with pytest.raises(pyvo.dal.DALQueryError) as error:
        service.run_async("SELECT sorce_id FROM gaia.dr3_bright")
    assert "source_id" in str(error.value)


def test_another_client_does_not_see_the_job_but_can_follow_its_address(url, service):
    job = service.submit_job(STARS)
    other = pyvo.dal.TAPService(f"{url}/tap")
    assert job.job_id not in [known.jobid for known in other.get_job_list()]
    assert get(f"{job.url}/phase") == b"PENDING"
    job.delete()


def test_the_page_reads_jobs_as_json(service):
    import json

    job = service.submit_job(STARS)
    job.run()
    get(f"{job.url}/phase?WAIT=60&PHASE=QUEUED")
    get(f"{job.url}/phase?WAIT=60&PHASE=EXECUTING")
    told = json.loads(get(job.url, Accept="application/json"))
    assert told["phase"] == "COMPLETED" and told["progress"]["rows"] == 50
    assert len(get(told["result"]["url"])) == told["result"]["bytes"] == told["progress"]["bytes"]
    job.delete()


def test_stilts_asks_asynchronously(url, tmp_path):
    out = tmp_path / "out.csv"
    text = stilts.run(
        "tapquery", tapurl=f"{url}/tap", sync="false", adql=STARS, out=out, ofmt="csv"
    )
    assert "COMPLETED" in text and "DELETED" in text
    assert len(out.read_text().splitlines()) == 51


@pytest.fixture()
def numbers(own_server, tmp_path):
    """A server of our own with a catalogue of 3000 numbers."""
    table = tmp_path / "numbers.csv"
    table.write_text("n\n" + "\n".join(map(str, range(3000))) + "\n")
    own_server.run("catalog", "import", str(table), "--name", "test.numbers")
    own_server.start()
    return own_server


#: Runs for hours on any machine, and makes no row before its end.
ENDLESS = (
    "SELECT COUNT(*) AS n FROM test.numbers a, test.numbers b, test.numbers c, test.numbers d "
    "WHERE a.n + b.n * c.n < d.n * a.n"
)


def reaches(job, phase):
    end = time.monotonic() + 60
    while (now := get(f"{job}/phase").decode()) != phase:
        assert time.monotonic() < end, f"{job} is {now}"
        time.sleep(0.05)


def moved(server, job):
    """The address of a job on a server that listens on another port now."""
    return f"{server.url}/tap/async/{job.rsplit('/', 1)[1]}"


def test_jobs_survive_a_killed_server(numbers):
    server = numbers
    tap = f"{server.url}/tap/async"
    done = post(tap, LANG="ADQL", PHASE="RUN", FORMAT="csv",
                QUERY="SELECT n FROM test.numbers WHERE n < 5 ORDER BY n")
    reaches(done, "COMPLETED")
    waits = post(tap, LANG="ADQL", QUERY="SELECT COUNT(*) AS n FROM test.numbers", FORMAT="csv")
    runs = post(tap, LANG="ADQL", QUERY=ENDLESS, PHASE="RUN")
    reaches(runs, "EXECUTING")

    server.kill()
    server.start()
    done, waits, runs = (moved(server, job) for job in (done, waits, runs))
    assert get(f"{done}/results/result") == b"n\r\n0\r\n1\r\n2\r\n3\r\n4\r\n"
    reaches(runs, "EXECUTING")
    assert get(f"{waits}/phase") == b"PENDING"
    post(f"{waits}/phase", PHASE="RUN")
    reaches(waits, "COMPLETED")
    assert get(f"{waits}/results/result") == b"n\r\n3000\r\n"

    # A job that takes the server with it every time must end.
    server.kill()
    server.start()
    runs = moved(server, runs)
    reaches(runs, "ERROR")
    assert b"stopped twice" in get(f"{runs}/error")
    assert [path.name for path in pathlib.Path(server.data_dir, "scratch").iterdir()] == []


def test_a_running_job_is_stopped_within_a_second(numbers):
    job = post(f"{numbers.url}/tap/async", LANG="ADQL", QUERY=ENDLESS, PHASE="RUN")
    reaches(job, "EXECUTING")
    time.sleep(1)
    start = time.monotonic()
    post(f"{job}/phase", PHASE="ABORT")
    assert get(f"{job}/phase?WAIT=5") == b"ABORTED"
    assert time.monotonic() - start < 1
    # Nothing of it uses the processor any more.
    time.sleep(1)
    before = numbers.processor_seconds()
    time.sleep(1)
    assert numbers.processor_seconds() - before < 0.3


def test_memory_stays_flat_while_a_large_result_is_written(numbers):
    def memory():
        return numbers.memory_kb()

    small = post(f"{numbers.url}/tap/async", LANG="ADQL", PHASE="RUN", FORMAT="votable/b2",
                 MAXREC="9000000",
                 QUERY="SELECT a.n AS x, b.n AS y FROM test.numbers a, test.numbers b")
    peak = 0
    while get(f"{small}/phase") in (b"QUEUED", b"EXECUTING"):
        peak = max(peak, memory())
        time.sleep(0.2)
    assert get(f"{small}/phase") == b"COMPLETED"
    request = urllib.request.Request(f"{small}/results/result", method="HEAD")
    with urllib.request.urlopen(request, timeout=60) as answer:
        length = int(answer.headers["content-length"])
    # Nine million rows of two longs and a mask, in base64: it is not in memory.
    assert length > 190_000_000
    assert peak < 600_000, f"{peak} kB"


def test_what_has_expired_is_removed(own_server):
    own_server.start()
    job = post(f"{own_server.url}/tap/async", LANG="ADQL", QUERY="SELECT 1",
               DESTRUCTION="2020-01-01T00:00:00Z")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            get(f"{job}/phase")
        except urllib.error.HTTPError as error:
            assert error.code == 404
            return
        time.sleep(1)
    pytest.fail("the job stays")
