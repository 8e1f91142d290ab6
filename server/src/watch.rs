//! What other processes change while the server runs: `tenkyu catalog import` and `tenkyu ingest`
//! write to the same data directory.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::Rooms;

/// Time between two looks. A look reads some folder entries only.
const PAUSE: Duration = Duration::from_secs(5);

/// Levels below the watched folder that are looked at: `catalogs/schema/table/current`.
const DEPTH: usize = 3;

/// Takes up changes until the rooms are dropped with the runtime.
pub(crate) async fn watch(rooms: Rooms, catalogs: Arc<Path>) {
    let mut known = look(&catalogs).await;
    loop {
        tokio::time::sleep(PAUSE).await;
        let found = look(&catalogs).await;
        if found != known {
            known = found;
            let engine = rooms.engine.clone();
            match tokio::task::spawn_blocking(move || engine.reload()).await {
                Ok(Ok(())) => tracing::info!("the catalogues have changed and are read anew"),
                Ok(Err(error)) => tracing::error!(%error, "changed catalogues cannot be read"),
                Err(error) => tracing::error!(%error, "changed catalogues were not read"),
            }
        }
        if let Err(error) = rooms.names.refresh().await {
            tracing::error!(%error, "names were not read anew");
        }
    }
}

async fn look(folder: &Arc<Path>) -> Vec<(std::path::PathBuf, Option<SystemTime>)> {
    let folder = folder.clone();
    tokio::task::spawn_blocking(move || {
        let mut found = Vec::new();
        entries(&folder, DEPTH, &mut found);
        found.sort();
        found
    })
    .await
    .unwrap_or_default()
}

/// Files named `current` with the time at which they were written.
fn entries(folder: &Path, depth: usize, found: &mut Vec<(std::path::PathBuf, Option<SystemTime>)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.file_name().is_some_and(|name| name == "current") {
            let written = entry.metadata().and_then(|meta| meta.modified()).ok();
            found.push((path, written));
        } else if depth > 1 && path.is_dir() {
            entries(&path, depth - 1, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_current_snapshot_is_seen() {
        let root = tempfile::tempdir().unwrap();
        let table = root.path().join("a/b");
        std::fs::create_dir_all(table.join("s1/current")).unwrap();
        let mut before = Vec::new();
        entries(root.path(), DEPTH, &mut before);
        std::fs::write(table.join("current"), "s1").unwrap();
        let mut after = Vec::new();
        entries(root.path(), DEPTH, &mut after);
        assert_eq!((before.len(), after.len()), (0, 1));
    }
}
