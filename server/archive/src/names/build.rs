//! Reading the source files of the names folder.

use std::path::{Path, PathBuf};

use tenkyu_wire::{Lang, messages::names as text};

use super::index::{Builder, Object, RANK_TARGET};
use super::stars::Stars;
use super::{Names, openngc, own, stars};

/// A file of more than this many bytes is no source of names.
const MAX_BYTES: u64 = 256 << 20;

/// A target of the archive: its name as the header has it, and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchiveTarget {
    /// Name, as in OBJECT.
    pub name: String,
    /// ICRS right ascension, degrees.
    pub ra_deg: f64,
    /// ICRS declination, degrees.
    pub dec_deg: f64,
}

/// What was read to build the names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NamesReport {
    /// Files that were read, with the number of objects in each.
    pub read: Vec<(PathBuf, usize)>,
    /// Files that could not be read, and why.
    pub failed: Vec<(PathBuf, String)>,
    /// Objects in all, without the stars that have only a Hipparcos number.
    pub objects: usize,
    /// Stars with a Hipparcos number.
    pub stars: usize,
}

impl NamesReport {
    /// The report in one sentence.
    pub fn text(&self, lang: Lang) -> String {
        let (objects, stars) = (self.objects.to_string(), self.stars.to_string());
        let files = self.read.len().to_string();
        text::REPORT.with(lang, &[("objects", &objects), ("stars", &stars), ("files", &files)])
    }
}

/// What a file of the folder is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    OpenNgcSqlite,
    OpenNgcCsv,
    StarNames,
    StarPositions,
    Hipparcos,
}

fn source(path: &Path) -> Option<Source> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    match name.as_str() {
        "starnames.json" => Some(Source::StarNames),
        "hip2.dat" => Some(Source::Hipparcos),
        _ if name.starts_with("stars.") && name.ends_with(".json") => Some(Source::StarPositions),
        _ if name.ends_with(".db") || name.ends_with(".sqlite") => Some(Source::OpenNgcSqlite),
        _ if name.ends_with(".csv") => Some(Source::OpenNgcCsv),
        _ => None,
    }
}

/// Builds the resolver from the tables of the program, the recognised files in `dir`
/// (`ongc.db` of pyongc or OpenNGC's CSV, `starnames.json` and `stars.*.json` of d3-celestial,
/// `hip2.dat`) and the targets of the archive.
///
/// Works without any file, and with a folder that does not exist; a file that cannot be read is
/// named in the report and left out.
pub async fn build_names(dir: &Path, targets: &[ArchiveTarget]) -> (Names, NamesReport) {
    let mut report = NamesReport::default();
    let mut builder = Builder::default();
    own::add(&mut builder);
    let files = files(dir, &mut report);
    for (path, _) in files.iter().filter(|(_, source)| *source == Source::OpenNgcSqlite) {
        match openngc::add_sqlite(&mut builder, path).await {
            Ok(count) => report.read.push((path.clone(), count)),
            Err(error) => report.failed.push((path.clone(), error.to_string())),
        }
    }
    // Parsing text is work of a second or two: not on the threads that serve requests.
    let owned = targets.to_vec();
    let parsed = tokio::task::spawn_blocking(move || {
        let stars = read_texts(&mut builder, &files, &mut report);
        for target in owned {
            builder.add(target_object(target), 1);
        }
        report.objects = builder.len();
        report.stars = stars.len();
        (Names::new(builder.finish(), stars), report)
    });
    match parsed.await {
        Ok(result) => result,
        // Only a shutdown of the runtime ends the task before its time.
        Err(_) => (Names::builtin(), NamesReport::default()),
    }
}

/// The recognised files, in a fixed order.
fn files(dir: &Path, report: &mut NamesReport) -> Vec<(PathBuf, Source)> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            report.failed.push((dir.to_owned(), error.to_string()));
            return Vec::new();
        }
    };
    let mut list: Vec<(PathBuf, Source)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let source = source(&path)?;
            Some((path, source))
        })
        .collect();
    list.sort_by(|a, b| a.0.cmp(&b.0));
    list
}

/// Reads everything but the database. Positions come before the names that need them.
fn read_texts(
    builder: &mut Builder,
    files: &[(PathBuf, Source)],
    report: &mut NamesReport,
) -> Stars {
    let mut stars = Stars::default();
    for wanted in [Source::OpenNgcCsv, Source::Hipparcos, Source::StarPositions, Source::StarNames]
    {
        for (path, _) in files.iter().filter(|(_, source)| *source == wanted) {
            let read = read(path).and_then(|text| {
                let json = |error: serde_json::Error| error.to_string();
                match wanted {
                    Source::OpenNgcCsv if !text.starts_with(openngc::CSV_HEAD) => {
                        Err(text::NOT_OPENNGC.text(Lang::En).to_owned())
                    }
                    Source::OpenNgcCsv => Ok(openngc::add_csv(builder, &text)),
                    Source::Hipparcos => Ok(extend(&mut stars, stars::hip2(&text))),
                    Source::StarPositions => {
                        stars::geojson(&text).map(|list| extend(&mut stars, list)).map_err(json)
                    }
                    _ => stars::add_names(builder, &stars, &text).map_err(json),
                }
            });
            match read {
                Ok(count) => report.read.push((path.clone(), count)),
                Err(reason) => report.failed.push((path.clone(), reason)),
            }
        }
    }
    stars
}

fn extend(stars: &mut Stars, list: Vec<stars::Star>) -> usize {
    let count = list.len();
    stars.extend(list);
    count
}

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > MAX_BYTES {
        return Err(format!("{size} bytes are more than {MAX_BYTES}"));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn target_object(target: ArchiveTarget) -> Object {
    Object {
        names: vec![target.name.trim().to_owned()],
        ra_deg: tenkyu_sky::angle::lon_deg(target.ra_deg),
        dec_deg: target.dec_deg,
        kind: Some("target"),
        source: "name:target",
        rank: RANK_TARGET,
        ..Object::default()
    }
}
