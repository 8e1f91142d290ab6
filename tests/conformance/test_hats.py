"""Catalogues of other HATS tools here, and ours there: hats-import, lsdb, an S3 server.

The tools are large, so they have an environment of their own: `cargo xtask test hats`.
"""

import os
import pathlib
import socket
import subprocess
import sys
import time

import pytest

hats = pytest.importorskip("hats", reason="hats is not installed: cargo xtask test hats")
lsdb = pytest.importorskip("lsdb", reason="lsdb is not installed: cargo xtask test hats")
hats_import = pytest.importorskip("hats_import", reason="hats-import is not installed")

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROWS = 4000


@pytest.fixture(scope="session")
def lab():
    """Runs the engine; gives its standard output, and the counts of partitions."""
    subprocess.run(
        ["cargo", "build", "--quiet", "-p", "tenkyu-engine", "--example", "hats_lab"], cwd=ROOT, check=True
    )
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    program = target / "debug/examples/hats_lab"

    def run(*args: object, env: dict | None = None) -> tuple[str, tuple[int, ...]]:
        done = subprocess.run(
            [program, *map(str, args)],
            capture_output=True,
            text=True,
            timeout=600,
            env=os.environ | (env or {}),
        )
        assert done.returncode == 0, f"{args}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        last = (done.stderr.strip().splitlines() or [""])[-1].split()
        counts = tuple(map(int, last)) if len(last) == 2 and all(w.isdigit() for w in last) else ()
        return done.stdout, counts

    return run


@pytest.fixture(scope="session")
def ours(lab, tmp_path_factory) -> tuple[pathlib.Path, pathlib.Path]:
    """Root of our catalogues, and the collection in it."""
    root = tmp_path_factory.mktemp("catalogs")
    out, _ = lab("stars", root, "sky.stars", ROWS)
    return root, pathlib.Path(out.strip())


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    """Objects all over the sky, close to both poles and to 0h among them."""
    rng = np.random.default_rng(5)
    n = 3000
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, n)))
    ra = rng.uniform(0, 360, n)
    dec[:50], dec[50:100] = rng.uniform(89.9, 90, 50), rng.uniform(-90, -89.9, 50)
    ra[100:200], dec[100:200] = rng.uniform(-0.05, 0.05, 100) % 360, rng.uniform(-1, 1, 100)
    names = [f"obj-{i}" for i in range(n)]
    return pd.DataFrame({"objid": np.arange(n), "name": names, "ra": ra, "dec": dec, "mag": rng.normal(20, 2, n)})


@pytest.fixture(scope="session")
def theirs(frame, tmp_path_factory) -> pathlib.Path:
    """A collection by hats-import: a catalogue, a margin cache and an index."""
    from hats_import.collection.arguments import CollectionArguments
    from hats_import.pipeline import pipeline

    folder = tmp_path_factory.mktemp("theirs")
    source = folder / "in.parquet"
    frame.to_parquet(source)
    arguments = (
        CollectionArguments(output_artifact_name="objects", output_path=folder / "out", progress_bar=False)
        .catalog(
            input_file_list=[source],
            file_reader="parquet",
            ra_column="ra",
            dec_column="dec",
            pixel_threshold=200,
            highest_healpix_order=6,
        )
        .add_margin(margin_threshold=600.0, is_default=True)
    )
    try:
        arguments = arguments.add_index(indexing_column="objid", include_healpix_29=False)
    except RuntimeError as refused:
        # hats-import makes indexes with certain releases of dask and Python only.
        print(f"without an index: {refused}")
    pipeline(arguments)
    return folder / "out" / "objects"


def column(text: str) -> list[str]:
    return text.split()[1:]


def separation(ra, dec, lon, lat):
    a, d, lon, lat = map(np.radians, (ra, dec, lon, lat))
    h = np.sin((d - lat) / 2) ** 2 + np.cos(d) * np.cos(lat) * np.sin((a - lon) / 2) ** 2
    return np.degrees(2 * np.arcsin(np.sqrt(h)))


CONES = [(0.0, 90.0, 0.2), (10.0, -90.0, 0.5), (0.0, 0.0, 1.0), (180.0, 20.0, 10.0)]


def test_their_collection_opens_here(lab, theirs, frame, tmp_path):
    lab("link", tmp_path, theirs, "far.objects")
    count, _ = lab("query", tmp_path, "SELECT COUNT(*) AS n, SUM(mag) AS s FROM far.objects")
    n, s = count.split()[1].split(",")
    assert int(n) == len(frame) and abs(float(s) - frame.mag.sum()) < 1e-6
    for lon, lat, radius in CONES:
        adql = f"SELECT objid FROM far.objects WHERE DISTANCE(ra, dec, {lon}, {lat}) <= {radius} ORDER BY objid"
        out, (read, total) = lab("query", tmp_path, adql)
        expected = frame.objid[separation(frame.ra, frame.dec, lon, lat) <= radius]
        assert column(out) == [str(i) for i in expected], (lon, lat, radius)
        assert len(expected) > 10 and read < total
    out, (read, total) = lab("query", tmp_path, "SELECT name FROM far.objects WHERE objid = 1234")
    assert column(out) == ["obj-1234"]
    if "all_indexes" in (theirs / "collection.properties").read_text():
        assert read == 1 < total, "through the index"


@pytest.mark.parametrize("change", ["no _metadata", "folders", "other index column"])
def test_their_other_forms_open_here(lab, theirs, frame, tmp_path, change):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(theirs, copy)
    primary = copy / "objects"
    dataset = primary / "dataset"
    metadata = [dataset / "_metadata", dataset / "_common_metadata"]
    if change != "other index column":
        for file in metadata:
            file.unlink()
    if change == "folders":
        for file in list(dataset.rglob("Npix=*.parquet")):
            folder = file.with_suffix("")
            table = pq.read_table(file)
            folder.mkdir()
            half = len(table) // 2
            pq.write_table(table.slice(0, half), folder / "a.parquet")
            pq.write_table(table.slice(half), folder / "b.parquet")
            file.unlink()
        for name in ["hats.properties", "properties"]:
            path = primary / name
            if path.exists():
                text = path.read_text().replace("hats_npix_suffix=.parquet", "hats_npix_suffix=/")
                path.write_text(text)
    if change == "other index column":
        # Order 20 in unsigned 64-bit integers under another name, and the old file name alone.
        for file in metadata:
            file.unlink()
        for file in dataset.rglob("Npix=*.parquet"):
            table = pq.read_table(file)
            index = (table["_healpix_29"].to_numpy().astype("uint64") >> np.uint64(18)).astype("uint64")
            table = table.drop_columns(["_healpix_29"]).append_column("hpx20", [index])
            pq.write_table(table, file)
        text = (primary / "hats.properties").read_text()
        text = text.replace("hats_col_healpix=_healpix_29", "hats_col_healpix=hpx20")
        text = text.replace("hats_col_healpix_order=29", "hats_col_healpix_order=20")
        text += "\nhats_cols_default=objid ra dec\n"
        (primary / "hats.properties").unlink()
        (primary / "properties").write_text(text)
    lab("link", tmp_path / "root", copy, "far.objects")
    for lon, lat, radius in CONES:
        adql = f"SELECT objid FROM far.objects WHERE DISTANCE(ra, dec, {lon}, {lat}) <= {radius} ORDER BY objid"
        out, (read, total) = lab("query", tmp_path / "root", adql)
        expected = frame.objid[separation(frame.ra, frame.dec, lon, lat) <= radius]
        assert column(out) == [str(i) for i in expected], (lon, lat, radius)
        assert read < total
    if change == "other index column":
        out, _ = lab(
            "query",
            tmp_path / "root",
            "SELECT column_name FROM TAP_SCHEMA.columns WHERE table_name = 'far.objects' AND principal = 1",
        )
        assert sorted(column(out)) == ["dec", "objid", "ra"]


def test_positions_that_are_null_or_nan(lab, frame, tmp_path):
    """A plain folder of a catalogue, written by hand, whose positions have gaps."""
    import pyarrow as pa

    dataset = tmp_path / "cat" / "dataset" / "Norder=0" / "Dir=0"
    dataset.mkdir(parents=True)
    healpix = hats.pixel_math.spatial_index.compute_spatial_index(frame.ra.values, frame.dec.values)
    ra = frame.ra.where(frame.objid % 7 != 0, np.nan)
    for pixel in range(12):
        inside = (healpix >> 58) == pixel
        part = frame[inside]
        table = pa.table(
            {
                "_healpix_29": healpix[inside],
                "objid": part.objid.values,
                "ra": pa.array(ra[inside].values, from_pandas=False),
                "dec": pa.array(np.where(part.objid % 5 == 0, None, part.dec.values), pa.float64()),
            }
        )
        pq.write_table(table.sort_by("_healpix_29"), dataset / f"Npix={pixel}.parquet")
    (tmp_path / "cat" / "hats.properties").write_text(
        "obs_collection=gaps\ndataproduct_type=object\nhats_col_ra=ra\nhats_col_dec=dec\n"
    )
    lab("link", tmp_path / "root", tmp_path / "cat", "far.gaps")
    out, _ = lab("query", tmp_path / "root", "SELECT COUNT(*) AS n FROM far.gaps")
    assert column(out) == [str(len(frame))]
    known = (frame.objid % 7 != 0) & (frame.objid % 5 != 0)
    for lon, lat, radius in CONES:
        adql = f"SELECT objid FROM far.gaps WHERE DISTANCE(ra, dec, {lon}, {lat}) <= {radius} ORDER BY objid"
        out, _ = lab("query", tmp_path / "root", adql)
        expected = frame.objid[known & (separation(frame.ra, frame.dec, lon, lat) <= radius)]
        assert column(out) == [str(i) for i in expected]


def test_our_collection_opens_there(lab, ours):
    root, folder = ours
    catalog = lsdb.open_catalog(folder)
    assert len(catalog) == ROWS
    frame = catalog.compute()
    out, _ = lab("query", root, "SELECT id, ra, dec, g FROM sky.stars ORDER BY id")
    here = pd.read_csv(__import__("io").StringIO(out))
    there = frame.sort_values("id")
    assert (there["id"].values == here["id"].values).all()
    assert np.allclose(there["ra"].values.astype(float), here["ra"].values, rtol=0, atol=1e-12)
    assert np.allclose(there["g"].values.astype(float), here["g"].values, rtol=1e-6)
    cone = catalog.cone_search(ra=120.0, dec=20.0, radius_arcsec=5 * 3600).compute()
    out, _ = lab("query", root, "SELECT id FROM sky.stars WHERE DISTANCE(ra, dec, 120, 20) < 5 ORDER BY id")
    assert sorted(cone["id"].astype(int)) == [int(i) for i in column(out)]
    found = catalog.id_search(values={"id": 77}).compute()
    assert list(found["id"].astype(int)) == [77]


def test_our_margin_is_enough_there(ours):
    """A cross-match of a catalogue with itself over 500″ finds the pairs that astronomers expect."""
    _, folder = ours
    catalog = lsdb.open_catalog(folder)
    assert catalog.margin is not None
    matched = catalog.crossmatch(catalog, radius_arcsec=500.0, n_neighbors=50, suffixes=("_a", "_b")).compute()
    pairs = set(zip(matched["id_a"].astype(int), matched["id_b"].astype(int)))
    frame = catalog.compute()
    ra, dec, ids = (frame[c].values.astype(float) for c in ("ra", "dec", "id"))
    expected = set()
    for i in range(len(ids)):
        near = np.flatnonzero(np.abs(dec - dec[i]) < 0.2)
        near = near[separation(ra[near], dec[near], ra[i], dec[i]) <= 500 / 3600]
        if len(near) <= 50:
            expected.update((int(ids[i]), int(ids[j])) for j in near)
    assert expected <= pairs
    assert len(expected) > len(ids) + 500, "pairs besides each star with itself"


def test_our_collection_is_valid(ours):
    _, folder = ours
    table = folder / "stars"
    assert hats.io.validation.is_valid_catalog(table, strict=True, verbose=True)
    properties = hats.catalog.dataset.table_properties.TableProperties.read_from_dir(table)
    assert properties.total_rows == ROWS and properties.ra_column == "ra"


@pytest.fixture(scope="module")
def s3():
    """An S3 server on this machine: its address."""
    pytest.importorskip("moto", reason="moto is not installed: cargo xtask test hats")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait()


def test_a_catalogue_in_s3(lab, ours, s3, tmp_path):
    import boto3

    root, folder = ours
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
    client = boto3.client(
        "s3",
        endpoint_url=s3,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="sky")
    for path in folder.rglob("*"):
        if path.is_file():
            client.upload_file(str(path), "sky", f"catalogs/stars/{path.relative_to(folder)}")
    env = keys | {"AWS_ENDPOINT_URL": s3, "AWS_ALLOW_HTTP": "true"}
    lab("link", tmp_path, "s3://sky/catalogs/stars", "far.stars", env=env)
    for query in [
        "SELECT COUNT(*) AS n, MIN(g) AS g FROM {}",
        "SELECT id, ra FROM {} WHERE DISTANCE(ra, dec, 120, 20) < 8 ORDER BY id",
        "SELECT id, ra FROM {} WHERE id IN (5, 77, 4000) ORDER BY id",
        "SELECT id FROM {} WHERE g < 13 ORDER BY id",
    ]:
        there, counts = lab("query", tmp_path, query.format("far.stars"), env=env)
        here, expected = lab("query", root, query.format("sky.stars"))
        assert there == here and counts == expected, query


def scratch(root: pathlib.Path) -> list[str]:
    return [p.name for p in root.iterdir() if p.name.startswith(".")]


def test_a_killed_import_leaves_nothing(lab, tmp_path):
    lab("stars", tmp_path, "sky.stars", 500)
    before = sorted(p.name for p in (tmp_path / "sky/stars").iterdir())
    program = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/examples/hats_lab"
    child = subprocess.Popen([program, "stars", tmp_path, "sky.stars", "3000000"])
    for _ in range(600):
        time.sleep(0.1)
        if scratch(tmp_path):
            break
    time.sleep(1)
    assert child.poll() is None and scratch(tmp_path)
    # Another process that opens the folder leaves a running import alone.
    assert column(lab("query", tmp_path, "SELECT COUNT(*) AS n FROM sky.stars")[0]) == ["500"]
    assert child.poll() is None and scratch(tmp_path)
    child.kill()
    child.wait()
    assert column(lab("query", tmp_path, "SELECT COUNT(*) AS n FROM sky.stars")[0]) == ["500"]
    assert scratch(tmp_path) == []
    assert sorted(p.name for p in (tmp_path / "sky/stars").iterdir()) == before


def test_a_full_disk_leaves_nothing(lab, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    try:
        lab("stars", disk, "sky.stars", 500)
        program = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/examples/hats_lab"
        done = subprocess.run([program, "stars", disk, "sky.stars", "200000"], capture_output=True, text=True)
        assert done.returncode != 0 and "DiskFull" in done.stderr, done.stderr
        assert scratch(disk) == []
        assert column(lab("query", disk, "SELECT COUNT(*) AS n FROM sky.stars")[0]) == ["500"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)
