//! The folder of all catalogues: `{root}/{schema}/{table}/{snapshot}/`, with a file `current` in
//! each table's folder that names the snapshot which queries read by default.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, Utc};
use tokio::runtime::Handle;

use crate::{
    EngineError,
    hats::{
        place::Place,
        read::{self, Catalog},
    },
};

const CURRENT: &str = "current";
const SCRATCH_PREFIX: &str = ".import-";
const DROPPED_PREFIX: &str = ".dropped-";
/// The file that stands for a catalogue which lies elsewhere and holds its address.
const LINK: &str = "link";
const LOCK: &str = "lock";
/// Longest part of a table name, bytes: file systems allow 255 with room for suffixes.
const MAX_NAME: usize = 100;

/// `schema.table`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    /// Before the dot.
    pub schema: String,
    /// After the dot.
    pub table: String,
}

impl TableName {
    /// Reads `schema.table`; each part is an ADQL regular identifier. `TAP_SCHEMA` and `ivoa`
    /// belong to the service.
    pub fn parse(name: &str) -> Result<Self, EngineError> {
        let bad = || EngineError::BadName { name: name.to_owned() };
        let (schema, table) = name.trim().split_once('.').ok_or_else(bad)?;
        let reserved = ["tap_schema", "tap_upload", "ivoa", "information_schema"];
        if !is_identifier(schema)
            || !is_identifier(table)
            || reserved.contains(&schema.to_ascii_lowercase().as_str())
        {
            return Err(bad());
        }
        Ok(Self { schema: schema.to_owned(), table: table.to_owned() })
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}

fn is_identifier(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A table's folder with the snapshots in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFolder {
    /// Its name.
    pub name: TableName,
    /// Where it is.
    pub dir: PathBuf,
    /// The snapshot that is read by default.
    pub current: String,
    /// All snapshots, oldest first.
    pub snapshots: Vec<String>,
}

impl TableFolder {
    /// Reads the description of a snapshot, which must be one of `snapshots`.
    ///
    /// `runtime` waits for object stores.
    pub fn open(&self, snapshot: &str, runtime: &Handle) -> Result<Catalog, EngineError> {
        let dir = self.dir.join(snapshot);
        let link = dir.join(LINK);
        match fs::read_to_string(&link) {
            Ok(address) => read::open(&Place::parse(address.trim(), runtime)?),
            Err(_) => read::open(&Place::Folder(dir)),
        }
    }

    /// Removes a snapshot. If it is the current one, the newest of the others becomes current;
    /// the table goes with its last one.
    pub fn drop_snapshot(&self, root: &Path, snapshot: &str) -> Result<(), EngineError> {
        let others = || self.snapshots.iter().filter(|s| *s != snapshot);
        let Some(newest) = others().next_back() else { return self.drop_table(root) };
        if self.current == snapshot {
            set_current(&self.dir, newest).map_err(|e| EngineError::io(&self.dir, e))?;
        }
        remove(root, &self.dir.join(snapshot))
    }

    /// Removes the table with all of its snapshots.
    pub fn drop_table(&self, root: &Path) -> Result<(), EngineError> {
        remove(root, &self.dir)
    }
}

/// Removes a folder in one step for readers: it is renamed first, and what an interruption leaves
/// of it is removed by [`sweep`].
fn remove(root: &Path, dir: &Path) -> Result<(), EngineError> {
    let away = root.join(format!("{DROPPED_PREFIX}{}", unique()));
    fs::rename(dir, &away).map_err(|e| EngineError::io(dir, e))?;
    fs::remove_dir_all(&away).map_err(|e| EngineError::io(&away, e))
}

/// A name that no other folder of this machine has.
fn unique() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let nanos = Utc::now().timestamp_nanos_opt().unwrap_or_default();
    format!("{}-{nanos}-{number}", std::process::id())
}

/// Every table below the root that has a current snapshot, by name.
pub fn list(root: &Path) -> Result<Vec<TableFolder>, EngineError> {
    let mut tables = Vec::new();
    for (schema, folder) in folders(root)? {
        for (table, dir) in folders(&folder)? {
            let Ok(current) = fs::read_to_string(dir.join(CURRENT)) else { continue };
            let snapshots: Vec<String> = folders(&dir)?.into_iter().map(|(name, _)| name).collect();
            let name = TableName { schema: schema.clone(), table };
            let current = current.trim().to_owned();
            if !snapshots.contains(&current) {
                tracing::warn!(table = %name, snapshot = %current, "current snapshot is missing");
                continue;
            }
            tables.push(TableFolder { name, dir, current, snapshots });
        }
    }
    Ok(tables)
}

fn folders(dir: &Path) -> Result<Vec<(String, PathBuf)>, EngineError> {
    let entries = fs::read_dir(dir).map_err(|e| EngineError::io(dir, e))?;
    let mut found: Vec<(String, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?.to_owned();
            (path.is_dir() && !name.starts_with('.')).then_some((name, path))
        })
        .collect();
    found.sort();
    Ok(found)
}

/// A folder in which a catalogue is built, beside those that are served. It is removed when it
/// is dropped; one that a killed process left is removed by [`sweep`].
pub struct Scratch {
    dir: PathBuf,
    /// Held for as long as the import runs, so that `sweep` leaves the folder alone.
    _lock: File,
}

impl Scratch {
    /// A new scratch folder.
    pub fn create(root: &Path) -> Result<Self, EngineError> {
        let dir = root.join(format!("{SCRATCH_PREFIX}{}", unique()));
        fs::create_dir_all(&dir).map_err(|e| EngineError::io(&dir, e))?;
        let lock_path = dir.join(LOCK);
        let lock = File::create(&lock_path).map_err(|e| EngineError::io(&lock_path, e))?;
        lock.try_lock().map_err(|e| EngineError::io(&lock_path, e.into()))?;
        Ok(Self { dir, _lock: lock })
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the finished catalogue in `built` the current snapshot of a table; its name is the
    /// time, UTC.
    pub fn publish(
        &self,
        root: &Path,
        name: &TableName,
        built: &Path,
    ) -> Result<String, EngineError> {
        let table_dir = table_dir(root, name)?;
        fs::create_dir_all(&table_dir).map_err(|e| EngineError::io(&table_dir, e))?;
        let stamp = Utc::now().format("%Y%m%dT%H%M%SZ").to_string();
        let mut snapshot = stamp.clone();
        let mut next = 2;
        while table_dir.join(&snapshot).exists() {
            snapshot = format!("{stamp}-{next}");
            next += 1;
        }
        let target = table_dir.join(&snapshot);
        fs::rename(built, &target).map_err(|e| EngineError::io(&target, e))?;
        set_current(&table_dir, &snapshot).map_err(|e| EngineError::io(&table_dir, e))?;
        Ok(snapshot)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            tracing::warn!(dir = %self.dir.display(), %error, "scratch folder not removed");
        }
    }
}

/// The folder of a table; one that exists under another spelling of the name is the same table.
fn table_dir(root: &Path, name: &TableName) -> Result<PathBuf, EngineError> {
    let mut dir = root.to_owned();
    for part in [&name.schema, &name.table] {
        let known = if dir.is_dir() { folders(&dir)? } else { Vec::new() };
        let same = known.into_iter().find(|(n, _)| n.eq_ignore_ascii_case(part));
        dir = same.map_or_else(|| dir.join(part), |(_, path)| path);
    }
    Ok(dir)
}

/// Replaces the `current` file in one step.
fn set_current(table_dir: &Path, snapshot: &str) -> io::Result<()> {
    let temporary = table_dir.join(".current");
    let mut file = File::create(&temporary)?;
    file.write_all(snapshot.as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, table_dir.join(CURRENT))?;
    File::open(table_dir)?.sync_all()
}

/// Makes the catalogue at an address, which stays where it is, the current snapshot of a table.
pub fn link(root: &Path, name: &TableName, address: &str) -> Result<String, EngineError> {
    let scratch = Scratch::create(root)?;
    let dir = scratch.dir().join("catalog");
    fs::create_dir(&dir).map_err(|e| EngineError::io(&dir, e))?;
    let path = dir.join(LINK);
    fs::write(&path, address).map_err(|e| EngineError::io(&path, e))?;
    scratch.publish(root, name, &dir)
}

/// Removes scratch folders that no running import holds, and what is left of dropped ones.
pub fn sweep(root: &Path) -> Result<usize, EngineError> {
    let mut removed = 0;
    for entry in fs::read_dir(root).map_err(|e| EngineError::io(root, e))? {
        let Ok(entry) = entry else { continue };
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with(SCRATCH_PREFIX) && !name.starts_with(DROPPED_PREFIX) {
            continue;
        }
        let held = File::open(entry.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_err());
        if !held && fs::remove_dir_all(entry.path()).is_ok() {
            removed += 1;
        }
    }
    Ok(removed)
}

/// Now, as HATS writes dates: `2026-11-22T21:55UTC`.
pub(crate) fn utc_minute() -> String {
    let now: DateTime<Utc> = Utc::now();
    now.format("%Y-%m-%dT%H:%MUTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_regular_identifiers() {
        assert_eq!(TableName::parse("gaia.dr3").unwrap().to_string(), "gaia.dr3");
        for bad in ["gaia", "a.b.c", "1a.b", "a.", "../x.y", "a.b c", "TAP_SCHEMA.x", "ivoa.y"] {
            assert!(matches!(TableName::parse(bad), Err(EngineError::BadName { .. })), "{bad}");
        }
    }

    #[test]
    fn a_snapshot_appears_whole_and_the_last_is_current() {
        let root = tempfile::tempdir().unwrap();
        let name = TableName::parse("a.b").unwrap();
        let mut published = Vec::new();
        for _ in 0..2 {
            let scratch = Scratch::create(root.path()).unwrap();
            let built = scratch.dir().join("catalog");
            fs::create_dir(&built).unwrap();
            assert_eq!(list(root.path()).unwrap().len(), usize::from(!published.is_empty()));
            published.push(scratch.publish(root.path(), &name, &built).unwrap());
        }
        let tables = list(root.path()).unwrap();
        assert_eq!(tables[0].snapshots, published);
        assert_eq!(tables[0].current, published[1]);
    }

    #[test]
    fn sweeping_spares_a_running_import() {
        let root = tempfile::tempdir().unwrap();
        let running = Scratch::create(root.path()).unwrap();
        fs::create_dir_all(root.path().join(".dropped-1-2-3/x")).unwrap();
        let dead = root.path().join(".import-1-2-3");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        assert_eq!(sweep(root.path()).unwrap(), 2);
        assert!(running.dir().exists() && !dead.exists());
    }
}
