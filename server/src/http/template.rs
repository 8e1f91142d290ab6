//! `/tenkyu-functions.tar.gz`: the folder `udf/` with which own functions are written, so that a
//! page without a network can hand it out.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::{Compression, GzBuilder};
use http::{StatusCode, header};

/// The folder in the archive.
const FOLDER: &str = "tenkyu-functions";

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../udf/", $path)))),*]
    };
}

/// What is in the folder. A test holds it against the repository.
const FILES: &[(&str, &str)] = files![
    "Cargo.lock",
    "Cargo.toml",
    "INTERFACE.md",
    "README.md",
    "examples/pairs/Cargo.toml",
    "examples/pairs/src/count.rs",
    "examples/pairs/src/lib.rs",
    "examples/photoz/Cargo.toml",
    "examples/photoz/src/lib.rs",
    "examples/photoz/src/model.rs",
    "template/Cargo.toml",
    "template/src/lib.rs",
    "tenkyu-function/Cargo.toml",
    "tenkyu-function/src/column.rs",
    "tenkyu-function/src/groups.rs",
    "tenkyu-function/src/lib.rs",
    "tenkyu-function/src/output.rs",
    "tenkyu-function/src/rt.rs",
];

static PACKED: LazyLock<std::io::Result<Bytes>> = LazyLock::new(|| pack().map(Bytes::from));

fn pack() -> std::io::Result<Vec<u8>> {
    let packed = GzBuilder::new().write(Vec::new(), Compression::best());
    let mut archive = tar::Builder::new(packed);
    for (path, text) in FILES {
        let mut head = tar::Header::new_gnu();
        head.set_mode(0o644);
        head.set_size(text.len() as u64);
        archive.append_data(&mut head, format!("{FOLDER}/{path}"), text.as_bytes())?;
    }
    archive.into_inner()?.finish()
}

/// The archive.
pub(super) async fn page() -> Response {
    match &*PACKED {
        Ok(archive) => {
            let headers = [
                (header::CONTENT_TYPE, "application/gzip"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"tenkyu-functions.tar.gz\""),
                (header::CACHE_CONTROL, "public, max-age=3600"),
            ];
            (headers, archive.clone()).into_response()
        }
        Err(error) => {
            tracing::error!("cannot pack the template of own functions: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read;
    use std::path::Path;

    use super::*;

    /// The files below a folder, but what cargo makes.
    fn below(folder: &Path, root: &Path, found: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                below(&path, root, found);
            } else if path.is_file() {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(format!("{FOLDER}/{name}"), std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn the_archive_holds_the_whole_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../udf");
        let mut expected = BTreeMap::new();
        below(&root, &root, &mut expected);
        let packed = PACKED.as_ref().unwrap().clone();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&packed[..]));
        let found: BTreeMap<String, String> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let mut text = String::new();
                entry.read_to_string(&mut text).unwrap();
                (entry.path().unwrap().to_str().unwrap().to_owned(), text)
            })
            .collect();
        assert_eq!(found, expected);
    }
}
