//! Objects and the keys by which they are found.

use std::collections::HashMap;

use tenkyu_sky::sphere::separation_deg;

use super::key::key;

/// Two entries of one name that lie closer than this (degrees) are one object: the difference
/// between the centre of an extended object in two catalogues.
const SAME_DEG: f64 = 0.2;

/// What is known of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object {
    /// Main name first; all of them are keys.
    pub(super) names: Vec<String>,
    /// Japanese names, the usual one first; all of them are keys.
    pub(super) japanese: Vec<String>,
    pub(super) ra_deg: f64,
    pub(super) dec_deg: f64,
    pub(super) kind: Option<&'static str>,
    pub(super) constellation: Option<String>,
    pub(super) size_deg: Option<f64>,
    pub(super) magnitude: Option<String>,
    pub(super) source: &'static str,
    /// Smaller comes first among objects of one name.
    pub(super) rank: u8,
}

impl Object {
    /// The name with this index in `names`, then `japanese`.
    pub(super) fn name(&self, index: u16) -> &str {
        let index = usize::from(index);
        let name = self.names.get(index).or_else(|| self.japanese.get(index - self.names.len()));
        name.map_or("", String::as_str)
    }
}

/// A spelling: which object, and which of its names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) key: Box<str>,
    pub(super) object: u32,
    pub(super) name: u16,
}

/// Every object and, sorted, every key.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    pub(super) objects: Vec<Object>,
    pub(super) entries: Vec<Entry>,
}

impl Index {
    /// Entries with exactly this key.
    pub(super) fn exact(&self, key: &str) -> &[Entry] {
        let from = self.entries.partition_point(|entry| *entry.key < *key);
        let rest = self.entries.get(from..).unwrap_or_default();
        let count = rest.partition_point(|entry| *entry.key == *key);
        rest.get(..count).unwrap_or_default()
    }

    /// Entries whose key begins like this.
    pub(super) fn beginning(&self, prefix: &str) -> &[Entry] {
        let from = self.entries.partition_point(|entry| *entry.key < *prefix);
        let rest = self.entries.get(from..).unwrap_or_default();
        let count = rest.partition_point(|entry| entry.key.starts_with(prefix));
        rest.get(..count).unwrap_or_default()
    }
}

/// Collects objects of several sources and joins those that are the same.
#[derive(Debug, Default)]
pub(super) struct Builder {
    objects: Vec<Object>,
    by_key: HashMap<String, Vec<u32>>,
}

impl Builder {
    /// Adds an object, or what is new in it to the object that is already known under one of its
    /// first `identity` names near its position.
    pub(super) fn add(&mut self, object: Object, identity: usize) {
        if !object.ra_deg.is_finite() || !(-90.0..=90.0).contains(&object.dec_deg) {
            return;
        }
        let known = object.names.iter().take(identity).find_map(|name| {
            let same = self.by_key.get(&key(name))?.iter().find(|at| {
                self.objects.get(**at as usize).is_some_and(|other| {
                    let (ra, dec) = (other.ra_deg, other.dec_deg);
                    separation_deg(ra, dec, object.ra_deg, object.dec_deg) < SAME_DEG
                })
            })?;
            Some(*same)
        });
        match known {
            Some(at) => self.join(at, object),
            None => self.append(object),
        }
    }

    /// Another name for the object that is known under one.
    pub(super) fn alias(&mut self, known: &str, alias: &str) {
        let at = self.by_key.get(&key(known)).and_then(|list| list.first()).copied();
        let taken = self.by_key.contains_key(&key(alias));
        if let (Some(at), false) = (at, taken) {
            if let Some(object) = self.objects.get_mut(at as usize) {
                object.names.push(alias.to_owned());
            }
            self.by_key.entry(key(alias)).or_default().push(at);
        }
    }

    fn append(&mut self, object: Object) {
        let Ok(at) = u32::try_from(self.objects.len()) else { return };
        for name in object.names.iter().chain(&object.japanese) {
            let list = self.by_key.entry(key(name)).or_default();
            if !list.contains(&at) {
                list.push(at);
            }
        }
        self.objects.push(object);
    }

    fn join(&mut self, at: u32, new: Object) {
        let Some(old) = self.objects.get_mut(at as usize) else { return };
        for (names, list) in [(new.names, &mut old.names), (new.japanese, &mut old.japanese)] {
            for name in names {
                let wanted = key(&name);
                if list.iter().all(|known| key(known) != wanted) {
                    let places = self.by_key.entry(wanted).or_default();
                    if !places.contains(&at) {
                        places.push(at);
                    }
                    list.push(name);
                }
            }
        }
        old.kind = old.kind.or(new.kind);
        old.constellation = old.constellation.take().or(new.constellation);
        old.size_deg = old.size_deg.or(new.size_deg);
        old.magnitude = old.magnitude.take().or(new.magnitude);
        // A catalogue has more digits than the tables of this crate, a target's fewer.
        if new.rank == RANK_CATALOGUE {
            (old.ra_deg, old.dec_deg, old.source) = (new.ra_deg, new.dec_deg, new.source);
        }
    }

    /// How many objects there are.
    pub(super) fn len(&self) -> usize {
        self.objects.len()
    }

    pub(super) fn finish(self) -> Index {
        let mut entries = Vec::new();
        for (at, object) in self.objects.iter().enumerate() {
            let mut own: Vec<String> = Vec::new();
            for (i, name) in object.names.iter().chain(&object.japanese).enumerate() {
                let key = key(name);
                if key.is_empty() || own.contains(&key) {
                    continue;
                }
                if let (Ok(object), Ok(name)) = (u32::try_from(at), u16::try_from(i)) {
                    entries.push(Entry { key: key.as_str().into(), object, name });
                }
                own.push(key);
            }
        }
        entries.sort_unstable();
        Index { objects: self.objects, entries }
    }
}

/// Rank of the tables of this crate.
pub(super) const RANK_OWN: u8 = 0;
/// Rank of the catalogues.
pub(super) const RANK_CATALOGUE: u8 = 1;
/// Rank of the archive's own targets.
pub(super) const RANK_TARGET: u8 = 2;
