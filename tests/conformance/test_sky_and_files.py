"""Our FITS reader and WCS against astropy, on every real file at hand."""

import subprocess
import sys

import pytest

HERE = __file__.rsplit("/", 1)[0]


def truth(script, folders, out):
    """Lets astropy write what it reads, one JSON line an HDU."""
    with open(out, "w") as file:
        subprocess.run([sys.executable, f"{HERE}/{script}", *map(str, folders)], stdout=file, check=True, timeout=1800)


@pytest.mark.parametrize("folder", ["images", "cubes", "torture", "xray", "spectra", "catalogs"])
def test_values_agree_with_astropy(folder, shared_data, tmp_path, example):
    lines = tmp_path / "truth.jsonl"
    truth("fits_truth.py", [shared_data / folder], lines)
    assert lines.stat().st_size > 0
    example("tenkyu-fits", "fits_check", lines)


@pytest.mark.parametrize("folder", ["images", "cubes", "torture", "hips"])
def test_positions_agree_with_astropy_to_a_milliarcsecond(folder, shared_data, tmp_path, example):
    lines = tmp_path / "truth.jsonl"
    truth("wcs_truth.py", [shared_data / folder], lines)
    assert lines.stat().st_size > 0
    example("tenkyu-sky", "wcs_check", lines)
