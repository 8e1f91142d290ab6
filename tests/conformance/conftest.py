"""What the conformance tests share: the server under test, the checkout, the real data."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def url() -> str:
    """Base address of a running server with the demo data."""
    address = os.environ.get("TENKYU_URL")
    if not address:
        pytest.skip("TENKYU_URL is not set: run through `cargo xtask test conformance`")
    return address


class OwnServer:
    """A server with an empty data directory, for tests that kill it."""

    def __init__(self, binary, data_dir):
        self.binary, self.data_dir = binary, data_dir
        self.url, self.child = None, None

    def run(self, *words):
        command = [self.binary, "--data-dir", str(self.data_dir), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr

    def start(self):
        command = [self.binary, "--data-dir", str(self.data_dir), "--addr", "127.0.0.1:0",
                   "--log", "warn", "serve"]
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for line in self.child.stdout:
            if line.startswith("listening on "):
                self.url = line.split()[-1].rstrip("/")
                return
        pytest.fail("the server ended before it listened")

    def kill(self):
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()

    def _status(self, name):
        text = pathlib.Path(f"/proc/{self.child.pid}/{name}")
        if not text.is_file():
            pytest.skip("no /proc on this machine")
        return text.read_text()

    def memory_kb(self):
        return int(self._status("status").split("VmRSS:")[1].split()[0])

    def processor_seconds(self):
        fields = self._status("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture()
def own_server(tmp_path):
    """A server that the test may kill; it is started by the test."""
    binary = os.environ.get("TENKYU_BINARY")
    if not binary:
        pytest.skip("TENKYU_BINARY is not set: run through `cargo xtask test conformance`")
    server = OwnServer(binary, tmp_path / "data")
    yield server
    if server.child and server.child.poll() is None:
        server.kill()


@pytest.fixture(scope="session")
def shared_data() -> pathlib.Path:
    """The folder of real data beside the checkout."""
    folder = pathlib.Path(os.environ.get("TENKYU_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no shared data beside the checkout")
    return folder


@pytest.fixture(scope="session")
def example():
    """Runs an example program of a crate and gives what it printed."""

    def run(package: str, name: str, *args: object) -> str:
        command = ["cargo", "run", "--quiet", "-p", package, "--example", name, "--", *map(str, args)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    return run
