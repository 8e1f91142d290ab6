//! The catalogues of an executor: those of its data directory, by name and snapshot, and no other
//! files.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use datafusion::{
    common::{DataFusionError, Result, exec_datafusion_err, exec_err},
    execution::object_store::{ObjectStoreRegistry, ObjectStoreUrl},
    object_store::{ObjectStore, memory::InMemory},
};
use tokio::runtime::Handle;
use url::Url;

use crate::{EngineError, catalog, hats::read::Catalog, scan::cache::ColumnCache};

/// The scheme by which plans call the files of a snapshot, wherever a machine has them.
const SCHEME: &str = "tenkyu";

/// A snapshot of a table: `schema.table` and the snapshot's name.
pub type SnapshotId = (String, String);

/// What plans call the files of a snapshot by.
pub fn url_of((table, snapshot): &SnapshotId) -> Result<ObjectStoreUrl> {
    let name = format!("{table}@{snapshot}");
    let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    ObjectStoreUrl::parse(format!("{SCHEME}://{hex}"))
}

fn id_of(url: &Url) -> Option<SnapshotId> {
    let hex = url.host_str().filter(|_| url.scheme() == SCHEME)?;
    let bytes = (0..hex.len()).step_by(2).map(|at| {
        let pair = hex.get(at..at + 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    let name = String::from_utf8(bytes.collect::<Option<Vec<u8>>>()?).ok()?;
    let (table, snapshot) = name.split_once('@')?;
    Some((table.to_owned(), snapshot.to_owned()))
}

/// The catalogues below a folder, opened when they are asked for.
pub struct Catalogs {
    root: PathBuf,
    runtime: Handle,
    /// Decoded columns that stay in memory between tasks.
    pub hot: Arc<ColumnCache>,
    opened: Mutex<HashMap<SnapshotId, Arc<Catalog>>>,
}

impl std::fmt::Debug for Catalogs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalogs").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Catalogs {
    /// The catalogues below `root`, which is only read. `hot_bytes` of decoded columns are kept.
    pub fn new(root: &Path, hot_bytes: usize, runtime: Handle) -> Result<Self, EngineError> {
        let root = root.canonicalize().map_err(|e| EngineError::io(root, e))?;
        let hot = Arc::new(ColumnCache::new(hot_bytes));
        Ok(Self { root, runtime, hot, opened: Mutex::default() })
    }

    /// A snapshot, which must be one of this folder's.
    pub fn catalog(&self, id: &SnapshotId) -> Result<Arc<Catalog>> {
        // A snapshot never changes, so what was read of it stays true.
        if let Some(known) = self.opened().get(id) {
            return Ok(known.clone());
        }
        let (table, snapshot) = id;
        let outward = |e: EngineError| DataFusionError::External(Box::new(e));
        let folders = catalog::list(&self.root).map_err(outward)?;
        let folder = folders.into_iter().find(|f| f.name.to_string() == *table);
        // Only names that were found on disk become part of a path.
        let folder = folder.filter(|f| f.snapshots.contains(snapshot));
        let Some(folder) = folder else {
            return exec_err!("this executor's data directory has no {table}@{snapshot}");
        };
        let opened = Arc::new(folder.open(snapshot, &self.runtime).map_err(outward)?);
        self.opened().insert(id.clone(), opened.clone());
        Ok(opened)
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, HashMap<SnapshotId, Arc<Catalog>>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The stores that plans of a cluster may name: snapshots of catalogues.
#[derive(Debug)]
pub struct OnlyCatalogs(pub Arc<Catalogs>);

impl ObjectStoreRegistry for OnlyCatalogs {
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        let id = id_of(url);
        let id =
            id.ok_or_else(|| exec_datafusion_err!("{url} is no catalogue of this executor"))?;
        Ok(self.0.catalog(&id)?.place.objects()?)
    }
}

/// The stores of a scheduler, which reads none of the files that it deals.
#[derive(Debug)]
pub struct NoFiles;

impl ObjectStoreRegistry for NoFiles {
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, _: &Url) -> Result<Arc<dyn ObjectStore>> {
        Ok(Arc::new(InMemory::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_found_by_its_address_and_other_files_are_not() {
        let id = ("gaia.dr3_x".to_owned(), "20261123T000000Z-2".to_owned());
        let url = url_of(&id).unwrap();
        let url: &Url = url.as_ref();
        assert_eq!(id_of(url), Some(id));
        for other in ["file:///", "s3://bucket/", "tenkyu://6", "tenkyu://zz", "tenkyu://6161"] {
            assert_eq!(id_of(&Url::parse(other).unwrap()), None, "{other}");
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let root = tempfile::tempdir().unwrap();
        let catalogs = Catalogs::new(root.path(), 0, runtime.handle().clone()).unwrap();
        let stores = OnlyCatalogs(Arc::new(catalogs));
        for other in [url.as_str(), "file:///", "file:///etc/"] {
            assert!(stores.get_store(&Url::parse(other).unwrap()).is_err(), "{other}");
        }
    }
}
