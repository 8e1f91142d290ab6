//! What a file holds: validation, translation, place on the sky, energies, pictures.

mod classify;
mod draw;
mod energy;
mod events;
mod place;
mod source;
mod spectrum;

use tenkyu_fits::{Fits, FitsError, FoundKind, HduKind, Limits, Warning, WarningKind};
use tenkyu_wire::{Lang, Message, messages::archive as text};

pub(crate) use classify::Class;

use crate::{
    dictionary::{Dictionary, Headers, Raw, Translation, Value, stem},
    error::Refusal,
    ingest::IngestOptions,
    preview::Picture,
    record::{FileRecord, HduRecord},
    time::DAY,
};

/// An opened file in memory.
pub(crate) type File = Fits<Vec<u8>>;

/// A remark in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    en: String,
    ja: String,
}

impl Note {
    /// A remark from a text with its places filled.
    pub(crate) fn new(message: Message, values: &[(&str, &str)]) -> Note {
        Note { en: message.with(Lang::En, values), ja: message.with(Lang::Ja, values) }
    }

    fn of_fits(warning: &Warning) -> Note {
        Note { en: warning.message(Lang::En), ja: warning.message(Lang::Ja) }
    }

    /// The remark in a language.
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Ja => &self.ja,
        }
    }
}

/// Why a file cannot be ingested, with the place.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) reason: Refusal,
    pub(crate) hdu: Option<u32>,
    pub(crate) keyword: Option<String>,
}

/// What was found.
pub(crate) struct Inspected {
    pub(crate) record: FileRecord,
    pub(crate) headers: Vec<(u32, String)>,
    pub(crate) pictures: Vec<Picture>,
    pub(crate) notes: Vec<Note>,
}

/// Looks into a file. Takes as long as reading it through; run it where it may block.
pub(crate) fn inspect(
    content: &[u8],
    filename: &str,
    dictionary: &Dictionary,
    options: &IngestOptions,
) -> Result<Inspected, Fault> {
    let fits = open(content, options.max_bytes)?;
    let mut notes = validate(&fits)?;
    let class = classify::classify(&fits);
    let headers = keywords(&fits, filename, &class);
    let mut translation = dictionary.translate(&headers);
    let mut record = FileRecord {
        profile: translation.profile.clone(),
        hdus: hdus(&fits),
        product_type: class.product_type.map(str::to_owned),
        ..FileRecord::default()
    };
    if let Some(subtype) = class.subtype {
        translation.compute("product_subtype", Value::Text(subtype.into()));
    }
    defaults(&mut translation, options);
    place::footprints(&fits, &class, &mut record, &mut translation, &mut notes);
    energy::fill(&fits, &class, &headers, dictionary, &mut record, &mut translation);
    times(&mut translation);
    place::position(&headers, &mut record, &mut translation, &mut notes);
    let pictures = draw::pictures(&fits, &class).unwrap_or_else(|reason| {
        notes.push(Note::new(text::WARN_PREVIEW, &[("reason", &reason)]));
        Vec::new()
    });
    identify(&mut record, &translation, &class, filename, dictionary, options);
    record.calib_level = calib_level(&translation, &record);
    record.values = translation.values;
    for steering in ["obs_id", "product_id", "collection", "calib_level"] {
        record.values.remove(steering);
    }
    let verbatim = fits.hdus().iter().map(|h| (index(h.index), h.header.raw_text())).collect();
    Ok(Inspected { record, headers: verbatim, pictures, notes })
}

fn index(hdu: usize) -> u32 {
    u32::try_from(hdu).unwrap_or(u32::MAX)
}

/// Unpacks and opens.
fn open(content: &[u8], limit: u64) -> Result<File, Fault> {
    let limits = Limits { bytes: limit, ..Limits::default() };
    let unpacked = match tenkyu_fits::packing(content) {
        Some(_) => tenkyu_fits::unpack(content, limit).map_err(fault)?.into_owned(),
        None => content.to_vec(),
    };
    if unpacked.is_empty() {
        return Err(Fault { reason: Refusal::Empty, hdu: None, keyword: None });
    }
    Fits::open_with(unpacked, limits).map_err(fault)
}

/// The refusal of a reader's error.
fn fault(error: FitsError) -> Fault {
    let reason_text = error.to_string();
    let (reason, hdu, keyword) = match error {
        FitsError::NotFits { found: FoundKind::Empty } => (Refusal::Empty, None, None),
        FitsError::NotFits { found } => {
            let word = format!("{found:?}").to_ascii_lowercase();
            (Refusal::NotFits(word), None, None)
        }
        FitsError::Truncated { hdu, .. } => (Refusal::Truncated(reason_text), Some(hdu), None),
        FitsError::MissingKeyword { hdu, keyword } | FitsError::BadKeyword { hdu, keyword, .. } => {
            (Refusal::Header(reason_text), Some(hdu), Some(keyword))
        }
        FitsError::TooLarge { hdu, what: "header", .. } => {
            (Refusal::Header(reason_text), Some(hdu), None)
        }
        FitsError::TooLarge { hdu, limit, actual, .. } => {
            (Refusal::TooLarge { bytes: actual, limit }, Some(hdu), None)
        }
        FitsError::Unpack { .. } => (Refusal::Compression(reason_text), None, None),
        FitsError::Io(e) => (Refusal::Unreadable(e.to_string()), None, None),
        _ => (Refusal::Header(reason_text), None, None),
    };
    Fault { reason, hdu: hdu.map(index), keyword }
}

/// Refuses what is incomplete; gives the reader's other warnings as remarks.
fn validate(fits: &File) -> Result<Vec<Note>, Fault> {
    for warning in fits.warnings() {
        let reason = match &warning.kind {
            WarningKind::Truncated { .. } => Refusal::Truncated(warning.message(Lang::En)),
            WarningKind::Stopped | WarningKind::NoEnd => Refusal::Header(warning.message(Lang::En)),
            _ => continue,
        };
        return Err(Fault { reason, hdu: Some(index(warning.hdu)), keyword: None });
    }
    let has_data = |kind: HduKind| !matches!(kind, HduKind::Empty);
    if !fits.hdus().iter().any(|hdu| has_data(hdu.kind) && hdu.data_len > 0) {
        return Err(Fault { reason: Refusal::NoData, hdu: None, keyword: None });
    }
    // Tables are opened, which checks their columns against their rows.
    for hdu in fits.hdus().iter().filter(|hdu| hdu.kind.is_table()) {
        fits.table(hdu.index).map_err(fault)?;
    }
    for hdu in fits.hdus().iter().filter(|hdu| hdu.kind.is_image()) {
        fits.image(hdu.index).map_err(fault)?;
    }
    Ok(fits.warnings().iter().map(Note::of_fits).collect())
}

/// All keywords, in the order in which the dictionary looks for them.
fn keywords(fits: &File, filename: &str, class: &Class) -> Headers {
    let mut headers = Headers::new(filename);
    for hdu in fits.hdus() {
        let header = hdu.image_header();
        let values = header.cards().iter().filter_map(|card| {
            let value = match card.value.as_ref()? {
                tenkyu_fits::Value::Str(text) => Raw::Text(text.clone()),
                tenkyu_fits::Value::Bool(value) => Raw::Logical(*value),
                other => Raw::Number(other.as_f64()?),
            };
            Some((card.keyword.clone(), value))
        });
        headers.push(index(hdu.index), values.collect::<Vec<_>>());
    }
    if let Some(main) = class.main {
        headers.prefer(index(main));
    }
    headers
}

fn hdus(fits: &File) -> Vec<HduRecord> {
    fits.hdus()
        .iter()
        .map(|hdu| {
            let (kind, shape) = match hdu.kind {
                HduKind::Image => ("image", hdu.shape()),
                HduKind::CompressedImage => ("compressed-image", hdu.shape()),
                HduKind::BinTable | HduKind::CompressedTable | HduKind::AsciiTable => {
                    let kind =
                        if hdu.kind == HduKind::AsciiTable { "ascii-table" } else { "table" };
                    let shape = fits
                        .table(hdu.index)
                        .map(|table| vec![table.columns().len() as u64, table.rows()]);
                    (kind, shape.unwrap_or_default())
                }
                _ => ("empty", Vec::new()),
            };
            HduRecord {
                index: index(hdu.index),
                name: hdu.name().unwrap_or_default().to_owned(),
                kind: kind.to_owned(),
                shape,
                em: None,
            }
        })
        .collect()
}

/// The operator's values, where headers have none.
fn defaults(translation: &mut Translation, options: &IngestOptions) {
    for (field, text) in &options.defaults {
        let Some(meta) = crate::fields::meta(field) else { continue };
        if translation.values.contains_key(field) {
            continue;
        }
        let value = match (meta.kind, text.parse::<f64>()) {
            (crate::fields::Kind::Text, _) => Value::Text(text.clone()),
            (_, Ok(number)) => Value::Number(number),
            _ => continue,
        };
        translation.compute(field, value);
    }
}

/// How far clocks of a header may disagree, days: half a minute.
const SLACK: f64 = 30.0 / DAY;

/// Makes the bounds of time agree with each other and with the exposure.
fn times(translation: &mut Translation) {
    let Some(start) = translation.number("t_min") else {
        translation.values.remove("t_max");
        return;
    };
    let exposure = translation.number("t_exptime").map(|seconds| seconds / DAY);
    let end = match translation.number("t_max") {
        // The end's clock is past midnight of a date that stands once.
        Some(end) if end < start && start - end < 1.0 => Some(end + 1.0),
        Some(end) if end >= start => {
            // Exposures that were added up last at least as long as their sum; clocks that are a
            // little off do not count.
            let summed = start + exposure.unwrap_or(0.0);
            Some(if summed > end + SLACK { summed } else { end })
        }
        _ if translation.whole_day => Some(start + exposure.unwrap_or(0.0).max(1.0)),
        _ => exposure.map(|days| start + days),
    };
    match end {
        Some(end) if translation.number("t_max") != Some(end) => {
            translation.compute("t_max", Value::Number(end));
        }
        Some(_) => {}
        None => {
            translation.compute("t_max", Value::Number(start));
        }
    }
}

/// Which observation, plane and role.
fn identify(
    record: &mut FileRecord,
    translation: &Translation,
    class: &Class,
    filename: &str,
    dictionary: &Dictionary,
    options: &IngestOptions,
) {
    let (product, role) = dictionary.product(stem(filename));
    record.role = class.role.map_or(role, str::to_owned);
    record.collection = options
        .collection
        .clone()
        .or_else(|| translation.text("collection").map(str::to_owned))
        .unwrap_or_else(|| "LOCAL".to_owned());
    let from_header = translation.values.get("obs_id").map(|found| found.value.show());
    record.named_by_file = from_header.is_none();
    record.obs_id = from_header.unwrap_or_else(|| product.clone());
    record.product_id = translation.text("product_id").map_or(product, str::to_owned);
}

/// The calibration level that the dictionary gives, or a guess from what the data are.
fn calib_level(translation: &Translation, record: &FileRecord) -> u8 {
    if let Some(level) = translation.number("calib_level") {
        return level.clamp(0.0, 4.0) as u8;
    }
    let combined = translation.number("exposures").is_some_and(|n| n > 1.0)
        || translation.text("software").is_some_and(|name| {
            ["swarp", "montage", "drizzle"].iter().any(|word| name.to_lowercase().contains(word))
        });
    let raw_unit = translation
        .text("flux_unit")
        .is_some_and(|unit| matches!(unit.to_uppercase().as_str(), "ADU" | "ADUS" | "DN"));
    match record.product_type.as_deref() {
        _ if combined => 3,
        Some("measurements") => 3,
        Some("image" | "cube") if record.footprints.is_empty() || raw_unit => 1,
        _ => 2,
    }
}
