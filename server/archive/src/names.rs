//! Names of objects without a network: OpenNGC, Messier, stars, well-known Japanese names, and the
//! targets of the archive itself.
//!
//! [`build_names`] reads the source files of a folder into an index in memory; [`Names::builtin`]
//! has only what comes with the program. A text that holds coordinates is read as such.

mod build;
mod constellations;
mod index;
mod key;
mod openngc;
mod own;
mod spell;
mod stars;

pub use build::{ArchiveTarget, NamesReport, build_names};

use tenkyu_sky::angle::{Style, format_dms, format_hms};
use tenkyu_sky::position::{Notation, split_radius};
use tenkyu_sky::{ParsedPosition, PositionError, parse_position};
use tenkyu_wire::resolve::{Resolution, Target};

use index::{Builder, Index, Object};
use stars::Stars;

/// The most alternatives of one name.
const MAX_MATCHES: usize = 20;
/// Longest text that is looked up, in characters.
const MAX_CHARS: usize = 200;

/// The resolver: every name that is known, in memory.
#[derive(Clone, Debug, Default)]
pub struct Names {
    index: Index,
    stars: Stars,
}

impl Names {
    /// What comes with the program: Messier's objects, and over a hundred well-known ones with
    /// their Japanese names.
    pub fn builtin() -> Names {
        let mut builder = Builder::default();
        own::add(&mut builder);
        Names::new(builder.finish(), Stars::default())
    }

    fn new(index: Index, stars: Stars) -> Names {
        Names { index, stars }
    }

    /// What a text stands for: coordinates in any notation, or a name in any spelling, with a
    /// search radius behind it (`M 31 r=1°`).
    ///
    /// Best match first; nothing known of it gives no match, but names that are spelt like it.
    ///
    /// # Errors
    /// [`PositionError`] for coordinates that cannot be right and for an impossible radius.
    pub fn resolve(&self, text: &str) -> Result<Resolution, PositionError> {
        let query = text.to_owned();
        if text.chars().count() > MAX_CHARS {
            return Ok(Resolution {
                query,
                matches: vec![],
                radius_deg: None,
                suggestions: vec![],
            });
        }
        let position = parse_position(text);
        let (name, radius) = split_radius(text)?;
        let key = key::key(&name);
        let mut matches = self.named(&key);
        if matches.is_empty() {
            matches = key::capitalised(&key).map_or_else(Vec::new, |key| self.named(&key));
        }
        if matches.is_empty() {
            matches.extend(self.only_beginning(&key));
        }
        let radius_deg = match position {
            Ok(position) => {
                let radius = position.radius_deg;
                let at = coordinates(text, &position);
                // `2MASX J00424433+4116074` is the object of that name before it is a position.
                if position.notation != Notation::Designation {
                    matches.clear();
                }
                matches.push(at);
                radius
            }
            Err(PositionError::NotACoordinate) => radius,
            Err(_) if !matches.is_empty() => radius,
            Err(error) => return Err(error),
        };
        matches.truncate(MAX_MATCHES);
        let suggestions =
            if matches.is_empty() { spell::suggestions(&self.index, &key) } else { vec![] };
        Ok(Resolution { query, matches, radius_deg, suggestions })
    }

    /// Objects with a name that begins like `prefix`, best first, at most `limit`. `name` is the
    /// spelling that begins so, and the main name is the first of `aliases`.
    pub fn complete(&self, prefix: &str, limit: usize) -> Vec<Target> {
        let key = key::beginning(prefix);
        if key.is_empty() || prefix.chars().count() > MAX_CHARS {
            return Vec::new();
        }
        let mut found: Vec<(bool, u8, usize, &index::Entry)> = self
            .index
            .beginning(&key)
            .iter()
            .filter_map(|entry| {
                let object = self.index.objects.get(entry.object as usize)?;
                Some((*entry.key != *key, object.rank, entry.key.len(), entry))
            })
            .collect();
        found.sort_unstable();
        let mut seen = std::collections::HashSet::new();
        found
            .into_iter()
            .filter(|(.., entry)| seen.insert(entry.object))
            .take(limit)
            .filter_map(|(.., entry)| {
                let object = self.index.objects.get(entry.object as usize)?;
                let mut target = target(object);
                let spelling = object.name(entry.name);
                if spelling != target.name {
                    target.aliases.retain(|alias| alias != spelling);
                    let main = std::mem::replace(&mut target.name, spelling.to_owned());
                    target.aliases.insert(0, main);
                }
                Some(target)
            })
            .collect()
    }

    /// Every object of a key, best first.
    fn named(&self, key: &str) -> Vec<Target> {
        if key.is_empty() {
            return Vec::new();
        }
        let mut objects: Vec<&Object> = self
            .index
            .exact(key)
            .iter()
            .filter_map(|entry| self.index.objects.get(entry.object as usize))
            .collect();
        objects.sort_by_key(|object| object.rank);
        let mut matches: Vec<Target> = objects.into_iter().map(target).collect();
        if matches.is_empty() {
            matches.extend(self.hipparcos(key));
        }
        matches
    }

    /// The one object with a name that begins like this (`Andromeda`, `Horsehead`); `None` when
    /// there are several, or when the beginning is short or that of a number.
    fn only_beginning(&self, key: &str) -> Option<Target> {
        if key.chars().count() < 4 || key.ends_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let entries = self.index.beginning(key);
        let first = entries.first()?.object;
        let same = entries.iter().all(|entry| entry.object == first);
        self.index.objects.get(first as usize).filter(|_| same).map(target)
    }

    /// A star that has only its number.
    fn hipparcos(&self, key: &str) -> Option<Target> {
        let star = self.stars.get(key.strip_prefix("hip")?.parse().ok()?)?;
        Some(Target {
            name: format!("HIP {}", star.hip),
            name_ja: None,
            ra_deg: star.ra_deg,
            dec_deg: star.dec_deg,
            kind: Some("star".to_owned()),
            constellation: None,
            aliases: Vec::new(),
            size_deg: None,
            magnitude: Some(stars::magnitude(star)),
            source: "name:hip".to_owned(),
        })
    }
}

fn target(object: &Object) -> Target {
    let japanese = object.japanese.iter().skip(1);
    Target {
        name: object.names.first().cloned().unwrap_or_default(),
        name_ja: object.japanese.first().cloned(),
        ra_deg: object.ra_deg,
        dec_deg: object.dec_deg,
        kind: object.kind.map(str::to_owned),
        constellation: object.constellation.clone(),
        aliases: object.names.iter().skip(1).chain(japanese).cloned().collect(),
        size_deg: object.size_deg,
        magnitude: object.magnitude.clone(),
        source: object.source.to_owned(),
    }
}

fn coordinates(text: &str, position: &ParsedPosition) -> Target {
    let name = match position.notation {
        Notation::Designation => text.trim().to_owned(),
        _ => format!(
            "{} {}",
            format_hms(position.ra_deg, 3, Style::Colons),
            format_dms(position.dec_deg, 2, Style::Colons)
        ),
    };
    Target {
        name,
        name_ja: None,
        ra_deg: position.ra_deg,
        dec_deg: position.dec_deg,
        kind: None,
        constellation: None,
        aliases: Vec::new(),
        size_deg: None,
        magnitude: None,
        source: format!("coordinates:{}", position.frame_word()),
    }
}

#[cfg(test)]
mod tests;
