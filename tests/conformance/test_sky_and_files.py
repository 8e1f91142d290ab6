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


@pytest.mark.parametrize("folder", ["images", "cubes", "torture"])
def test_positions_agree_with_astropy_to_a_milliarcsecond(folder, shared_data, tmp_path, example):
    lines = tmp_path / "truth.jsonl"
    truth("wcs_truth.py", [shared_data / folder], lines)
    assert lines.stat().st_size > 0
    example("tenkyu-sky", "wcs_check", lines)


def test_positions_of_every_projection_agree_with_astropy(tmp_path, example):
    """Headers made here, so that this holds without any file."""
    lines = tmp_path / "truth.jsonl"
    truth("wcs_truth.py", ["--generated"], lines)
    assert lines.stat().st_size > 0
    example("tenkyu-sky", "wcs_check", lines)


def test_values_of_every_kind_of_file_agree_with_astropy(tmp_path, example):
    """Files that astropy writes here: every codec, type and table format."""
    samples = tmp_path / "samples"
    subprocess.run([sys.executable, f"{HERE}/fits_samples.py", str(samples)], check=True, timeout=600)
    lines = tmp_path / "truth.jsonl"
    truth("fits_truth.py", [samples], lines)
    assert lines.stat().st_size > 0
    example("tenkyu-fits", "fits_check", lines)
