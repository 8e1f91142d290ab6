//! The dictionary: which header keywords of which instrument mean which field.
//!
//! The rules are data (`dictionary/*.toml` beside the sources), carry a version, and are stored
//! with every value that they gave, so that a value can be traced to its keyword and to the rules
//! of the day.

mod bands;
mod headers;
mod translate;

use std::collections::BTreeMap;

use serde::Deserialize;

pub(crate) use bands::{Bands, energy_band};
pub(crate) use headers::{Headers, Raw};
pub(crate) use translate::{Translated, Translation, Value, stem};

use crate::{error::ArchiveError, fields};

/// The rules that come with the program.
const KEYWORDS: &str = include_str!("../../dictionary/keywords.toml");
const INSTRUMENTS: &str = include_str!("../../dictionary/instruments.toml");
const BANDS: &str = include_str!("../../dictionary/bands.toml");

/// Rules for every header, profiles of instruments, and the table of bands.
#[derive(Debug)]
pub(crate) struct Dictionary {
    /// Version of the rules, stored with each value.
    pub(crate) version: String,
    sentinels: Sentinels,
    rules: Vec<Rule>,
    profiles: Vec<Profile>,
    roles: Vec<RoleRule>,
    /// Wavelength ranges of filters.
    pub(crate) bands: Bands,
}

/// What stands in headers for "no value".
#[derive(Debug, Deserialize)]
struct Sentinels {
    /// Texts, compared without case and outer blanks; `*` stands for anything.
    texts: Vec<String>,
    /// Texts that say that no filter is in the beam.
    no_filter: Vec<String>,
    /// Numbers that are no measurement.
    numbers: Vec<f64>,
    /// MJDs that software writes when it knows no date.
    dates: Vec<f64>,
}

/// One field and the keywords that may hold it, best first.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    field: String,
    /// Alternatives; `A+B` joins keywords (a date and a time of day, an epoch and seconds).
    from: Vec<String>,
    /// Unit of the header value, where it is not the field's.
    unit: Option<String>,
    /// `elapsed`: seconds since the MJD that the other keywords add up to.
    #[serde(rename = "as")]
    reading: Option<Reading>,
    /// Keep this many parts between dots.
    parts: Option<usize>,
    /// What the header's words are in ours; a word that is not listed stays, and one that stands
    /// for nothing counts as absent.
    #[serde(default)]
    words: BTreeMap<String, String>,
}

/// Ways of reading that a field's kind does not already say.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Reading {
    /// Seconds since an epoch.
    Elapsed,
    /// The nth of several words of one text, as in `r DECam SDSS c0002`.
    FirstWord,
    /// The path's last part, without its extension.
    Stem,
}

/// How headers of one instrument differ.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    /// For messages.
    name: String,
    /// It applies where every pattern of one of these fits.
    when: Vec<BTreeMap<String, String>>,
    /// Fields that it fixes.
    #[serde(default)]
    set: BTreeMap<String, Constant>,
    /// Wavelengths of the instrument in metres, where header and data name none.
    em: Option<(f64, f64)>,
    /// Values of a field that are no data in these headers.
    #[serde(default)]
    none: BTreeMap<String, Vec<String>>,
    /// Rules that come before the common ones.
    #[serde(default)]
    rule: Vec<Rule>,
    /// Calibration levels by keyword; the first that fits counts.
    #[serde(default)]
    calib: Vec<Calibration>,
}

/// A part of file names that tells the files of one product apart.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleRule {
    token: String,
    /// What stands in its place in the name of the product.
    #[serde(default)]
    becomes: String,
    /// It counts only at the end of the name.
    #[serde(default)]
    at_end: bool,
    /// The file's role, a word of CAOM's ProductType.
    role: String,
}

/// A fixed value.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Constant {
    Number(f64),
    Text(String),
}

/// A calibration level and the keywords that tell it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Calibration {
    level: u8,
    when: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeywordFile {
    version: String,
    sentinels: Sentinels,
    rule: Vec<Rule>,
    #[serde(default)]
    role: Vec<RoleRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstrumentFile {
    profile: Vec<Profile>,
}

impl Dictionary {
    /// The dictionary that comes with the program.
    pub(crate) fn built_in() -> Result<Dictionary, ArchiveError> {
        Dictionary::parse(KEYWORDS, INSTRUMENTS, BANDS)
    }

    /// Reads and checks a dictionary.
    fn parse(keywords: &str, instruments: &str, bands: &str) -> Result<Dictionary, ArchiveError> {
        let broken = |file: &str, e: toml::de::Error| {
            ArchiveError::Dictionary(format!("{file}.toml: {}", e.message()))
        };
        let common: KeywordFile = toml::from_str(keywords).map_err(|e| broken("keywords", e))?;
        let special: InstrumentFile =
            toml::from_str(instruments).map_err(|e| broken("instruments", e))?;
        let bands = Bands::parse(bands).map_err(|e| broken("bands", e))?;
        let dictionary = Dictionary {
            version: common.version,
            sentinels: common.sentinels,
            rules: common.rule,
            profiles: special.profile,
            roles: common.role,
            bands,
        };
        dictionary.check()?;
        Ok(dictionary)
    }

    /// The product that a file belongs to and its role in it, by the stem of its name.
    pub(crate) fn product(&self, stem: &str) -> (String, String) {
        for rule in &self.roles {
            let found = if rule.at_end {
                stem.strip_suffix(&rule.token).map(|head| format!("{head}{}", rule.becomes))
            } else {
                stem.contains(&rule.token).then(|| stem.replacen(&rule.token, &rule.becomes, 1))
            };
            if let Some(product) = found.filter(|product| !product.is_empty()) {
                return (product, rule.role.clone());
            }
        }
        (stem.to_owned(), "science".to_owned())
    }

    /// Every rule names a field that exists and a unit that converts.
    fn check(&self) -> Result<(), ArchiveError> {
        let of_profiles =
            self.profiles.iter().flat_map(|p| p.rule.iter().map(move |r| (p.name.as_str(), r)));
        for (place, rule) in self.rules.iter().map(|r| ("keywords", r)).chain(of_profiles) {
            let meta = fields::meta(&rule.field).ok_or_else(|| {
                ArchiveError::Dictionary(format!("{place}: unknown field {}", rule.field))
            })?;
            if let Some(unit) = &rule.unit
                && fields::unit_factor(unit, meta.unit).is_none()
                && !(unit == "Celsius" && meta.unit == "K")
            {
                return Err(ArchiveError::Dictionary(format!(
                    "{place}: {} is in {}, not in {unit}",
                    rule.field, meta.unit
                )));
            }
        }
        for profile in &self.profiles {
            let named = || profile.set.keys().chain(profile.none.keys());
            if let Some(field) = named().find(|name| fields::meta(name).is_none()) {
                return Err(ArchiveError::Dictionary(format!(
                    "{}: unknown field {field}",
                    profile.name
                )));
            }
        }
        Ok(())
    }
}

/// Whether `text` fits `pattern`, without case; `*` stands for anything, also nothing.
fn glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.trim().to_lowercase().chars().collect();
    let text: Vec<char> = text.trim().to_lowercase().chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                // Let the last star take one character more.
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_dictionary_is_valid() {
        let dictionary = Dictionary::built_in().unwrap_or_else(|e| panic!("{e}"));
        assert!(!dictionary.version.is_empty() && dictionary.profiles.len() > 15);
    }

    #[test]
    fn a_rule_for_an_unknown_field_is_refused() {
        let keywords = r#"version = "1"
            [sentinels]
            texts = []
            no_filter = []
            numbers = []
            dates = []
            [[rule]]
            field = "no_such_field"
            from = ["X"]"#;
        let error = Dictionary::parse(keywords, "profile = []", "band = []").err();
        assert!(
            matches!(error, Some(ArchiveError::Dictionary(text)) if text.contains("no_such_field"))
        );
    }

    #[test]
    fn patterns() {
        assert!(glob("Supr*Cam", "SuprimeCam") && glob("*", "") && glob("a*b*c", "axxbyybc"));
        assert!(!glob("Supr*Cam", "SuprimeCam2") && !glob("", "x") && glob("HST", " hst "));
    }
}
