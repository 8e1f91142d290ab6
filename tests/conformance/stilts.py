"""STILTS, the reference client and validator of VO services."""

import os
import subprocess

import pytest


def run(*words, **parameters):
    """Runs a STILTS task and gives what it printed; skips where STILTS cannot be had."""
    program = os.environ.get("TENKYU_STILTS")
    if not program:
        pytest.skip("STILTS cannot be had on this machine")
    command = [program, *words, *(f"{name}={value}" for name, value in parameters.items())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr
