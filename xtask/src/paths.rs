//! Where things lie.

use std::path::{Path, PathBuf};

/// The root of the checkout.
pub fn root() -> PathBuf {
    // xtask/ lies directly below the root, wherever cargo was called from. Cargo says at run time
    // which checkout that is: checkouts that share a target directory also share this program.
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask.parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// Cargo's target directory.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// What the server serves as files: `pkg/` and the contents of `public/`.
pub fn site() -> PathBuf {
    target().join("site")
}

/// What is downloaded or installed once and kept between checkouts.
pub fn cache() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
    base.unwrap_or_else(target).join("tenkyu")
}

/// Real data beside the checkout, where it exists.
pub fn shared_data() -> Option<PathBuf> {
    let dir = match std::env::var_os("TENKYU_SHARED_DATA") {
        Some(dir) => PathBuf::from(dir),
        None => root().parent()?.join("shared/data"),
    };
    dir.is_dir().then_some(dir)
}
