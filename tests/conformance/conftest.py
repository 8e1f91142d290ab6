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
