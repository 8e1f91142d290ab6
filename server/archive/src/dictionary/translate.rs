//! From header keywords to fields.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Constant, Dictionary, Profile, Reading, Rule, Sentinels, glob,
    headers::{Headers, Raw},
};
use crate::{
    fields::{self, FieldMeta, Kind},
    time::{self, Scale},
};

/// A value of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    /// In the field's unit.
    Number(f64),
    /// Text.
    Text(String),
}

impl Value {
    /// The number, of a number.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Text(_) => None,
        }
    }

    /// The value as it is shown, at full precision.
    pub(crate) fn show(&self) -> String {
        match self {
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text.clone(),
        }
    }
}

/// A value with where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Translated {
    /// The value.
    pub(crate) value: Value,
    /// Keywords that it was read from; empty where it was computed or fixed by a profile.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) keyword: String,
    /// Header-data unit of the keyword.
    #[serde(default)]
    pub(crate) hdu: u32,
}

impl Translated {
    /// A value that no keyword holds.
    pub(crate) fn computed(value: Value) -> Translated {
        Translated { value, keyword: String::new(), hdu: 0 }
    }
}

/// What the dictionary made of a file's headers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Translation {
    /// Name of the instrument's profile, where one applies.
    pub(crate) profile: Option<String>,
    /// Fields by name.
    pub(crate) values: BTreeMap<String, Translated>,
    /// Wavelengths of the instrument in metres, for want of anything better.
    pub(crate) em: Option<(f64, f64)>,
    /// The time of day of `t_min` is unknown.
    pub(crate) whole_day: bool,
}

impl Translation {
    /// The number of a field.
    pub(crate) fn number(&self, field: &str) -> Option<f64> {
        self.values.get(field)?.value.number()
    }

    /// The text of a field.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        match &self.values.get(field)?.value {
            Value::Text(text) => Some(text),
            Value::Number(_) => None,
        }
    }

    /// Sets a value that no keyword holds.
    pub(crate) fn compute(&mut self, field: &str, value: Value) {
        self.values.insert(field.to_owned(), Translated::computed(value));
    }
}

/// What a rule gave.
struct Found {
    value: Value,
    keyword: String,
    hdu: u32,
    /// A date without a time of day.
    whole_day: bool,
}

impl Dictionary {
    /// Translates headers.
    pub(crate) fn translate(&self, headers: &Headers) -> Translation {
        let profile = self.profiles.iter().find(|profile| profile.applies(headers));
        let mut out = Translation {
            profile: profile.map(|p| p.name.clone()),
            em: profile.and_then(|p| p.em),
            ..Translation::default()
        };
        let scale = headers
            .first("TIMESYS")
            .map_or(Scale::Utc, |(_, value)| Scale::from_timesys(&value.text()));
        let special = profile.map_or(&[][..], |p| &p.rule);
        let none = profile.map(|p| &p.none);
        self.apply(special, headers, scale, none, &mut out);
        if let Some(profile) = profile {
            for (field, constant) in &profile.set {
                let value = match constant {
                    Constant::Number(number) => Value::Number(*number),
                    Constant::Text(text) => Value::Text(text.clone()),
                };
                out.values.entry(field.clone()).or_insert(Translated::computed(value));
            }
            if let Some(level) = profile.calibration(headers) {
                out.compute("calib_level", Value::Number(f64::from(level)));
            }
        }
        self.apply(&self.rules, headers, scale, none, &mut out);
        out
    }

    fn apply(
        &self,
        rules: &[Rule],
        headers: &Headers,
        scale: Scale,
        none: Option<&BTreeMap<String, Vec<String>>>,
        out: &mut Translation,
    ) {
        for rule in rules {
            if out.values.contains_key(&rule.field) {
                continue;
            }
            let Some(meta) = fields::meta(&rule.field) else { continue };
            let Some(found) = self.evaluate(rule, meta, headers, scale) else { continue };
            let empty = none.and_then(|none| none.get(&rule.field));
            if empty.is_some_and(|patterns| patterns.iter().any(|p| glob(p, &found.value.show()))) {
                continue;
            }
            if rule.field == "t_min" {
                out.whole_day = found.whole_day;
            }
            let translated =
                Translated { value: found.value, keyword: found.keyword, hdu: found.hdu };
            out.values.insert(rule.field.clone(), translated);
        }
    }

    /// The first alternative of a rule that gives a true value.
    fn evaluate(
        &self,
        rule: &Rule,
        meta: &FieldMeta,
        headers: &Headers,
        scale: Scale,
    ) -> Option<Found> {
        rule.from.iter().find_map(|alternative| {
            let keys: Vec<&str> = alternative.split('+').map(str::trim).collect();
            let (first, rest) = keys.split_first()?;
            headers.all(first).into_iter().find_map(|(hdu, raw)| {
                let raw = self.sentinels.strip(raw)?;
                let (value, used, whole_day) = match (rule.reading, meta.kind) {
                    (Some(Reading::Elapsed), _) => {
                        let mjd = elapsed(&raw, rest, headers, hdu)?;
                        (Value::Number(scale.to_utc(mjd)), keys.len(), false)
                    }
                    (_, Kind::Time) => {
                        let clock = Clock { keys: rest, needed: meta.name == "t_max" };
                        let (mjd, used, whole_day) = self.instant(&raw, &clock, headers, hdu)?;
                        (Value::Number(scale.to_utc(mjd)), used, whole_day)
                    }
                    _ => (self.read(rule, meta, &raw)?, 1, false),
                };
                if let Value::Number(number) = &value
                    && !(meta.range.0..=meta.range.1).contains(number)
                {
                    return None;
                }
                let keyword = keys.get(..used).unwrap_or(&keys).join(", ");
                Some(Found { value, keyword, hdu, whole_day })
            })
        })
    }

    /// A value that stands in one keyword.
    fn read(&self, rule: &Rule, meta: &FieldMeta, raw: &Raw) -> Option<Value> {
        match meta.kind {
            Kind::Number | Kind::Time => {
                let number = raw.number()?;
                let number = match rule.unit.as_deref() {
                    Some("Celsius") => number + 273.15,
                    Some(unit) => number * fields::unit_factor(unit, meta.unit)?,
                    None => number,
                };
                Some(Value::Number(number))
            }
            Kind::Ra | Kind::Dec => {
                let unit = rule.unit.as_deref();
                angle(raw, meta.kind, unit).map(Value::Number)
            }
            Kind::Text => {
                let text = raw.text();
                let text = match rule.reading {
                    Some(Reading::FirstWord) => text.split_whitespace().next()?.to_owned(),
                    Some(Reading::Stem) => stem(&text).to_owned(),
                    _ => text,
                };
                let text = match rule.parts {
                    Some(parts) => text.split('.').take(parts).collect::<Vec<_>>().join("."),
                    None => text,
                };
                let word = rule.words.iter().find(|(header, _)| glob(header, &text));
                let text = word.map_or(text, |(_, ours)| ours.clone());
                if meta.name == "bandpass_name" && self.sentinels.is_no_filter(&text) {
                    return None;
                }
                (!text.is_empty()).then_some(Value::Text(text))
            }
        }
    }

    /// An instant from a date keyword and, where that has no time of day, a second one.
    ///
    /// Gives the MJD, how many keywords it took, and whether the time of day is unknown.
    fn instant(
        &self,
        raw: &Raw,
        clock: &Clock<'_>,
        headers: &Headers,
        hdu: u32,
    ) -> Option<(f64, usize, bool)> {
        let (mjd, timed) = match raw {
            Raw::Text(text) => match time::parse_date(text) {
                Some(found) => found,
                None => whole_or_timed(julian(raw.number()?)?),
            },
            _ => whole_or_timed(julian(raw.number()?)?),
        };
        if self.sentinels.dates.iter().any(|date| (date - mjd).abs() < 1e-6) {
            return None;
        }
        let Some(key) = clock.keys.first().filter(|_| clock.needed || !timed) else {
            return Some((mjd, 1, !timed));
        };
        let time = headers.within(hdu, key).cloned().or_else(|| Some(headers.first(key)?.1));
        let fraction = match time? {
            Raw::Text(text) => time::day_fraction(&text)?,
            // Seconds of the day, as ESO writes UTC and LST.
            Raw::Number(seconds) if (0.0..=time::DAY).contains(&seconds) => seconds / time::DAY,
            _ => return None,
        };
        Some((mjd.floor() + fraction, 2, false))
    }
}

/// The keywords of a time of day, and whether it counts even where the date has one: the end of an
/// exposure is written as a clock alone.
struct Clock<'a> {
    keys: &'a [&'a str],
    needed: bool,
}

/// An MJD with whether it has a time of day; a whole number stands for the date alone.
fn whole_or_timed(mjd: f64) -> (f64, bool) {
    (mjd, mjd.fract() != 0.0)
}

impl Profile {
    fn applies(&self, headers: &Headers) -> bool {
        self.when.iter().any(|all| fits(all, headers))
    }

    fn calibration(&self, headers: &Headers) -> Option<u8> {
        self.calib.iter().find(|c| fits(&c.when, headers)).map(|c| c.level)
    }
}

/// Whether every keyword has a value that fits its pattern.
fn fits(all: &BTreeMap<String, String>, headers: &Headers) -> bool {
    all.iter().all(|(key, pattern)| {
        headers.all(key).iter().any(|(_, value)| glob(pattern, &value.text()))
    })
}

impl Sentinels {
    /// The value, unless it stands for "none".
    fn strip(&self, raw: Raw) -> Option<Raw> {
        let is_sentinel = match &raw {
            Raw::Number(number) => self.is_number(*number),
            Raw::Text(text) => {
                let text = text.trim().trim_matches(['\'', '"']);
                self.texts.iter().any(|pattern| glob(pattern, text))
                    || text.parse().is_ok_and(|number| self.is_number(number))
            }
            Raw::Logical(_) => false,
        };
        (!is_sentinel).then_some(raw)
    }

    fn is_number(&self, number: f64) -> bool {
        !number.is_finite() || self.numbers.iter().any(|n| (n - number).abs() <= 1e-9 * n.abs())
    }

    fn is_no_filter(&self, text: &str) -> bool {
        text.parse::<f64>().is_ok() || self.no_filter.iter().any(|pattern| glob(pattern, text))
    }
}

/// Seconds (or days, where TIMEUNIT says so) since the sum of the other keywords.
fn elapsed(raw: &Raw, rest: &[&str], headers: &Headers, hdu: u32) -> Option<f64> {
    let mut epoch = 0.0;
    for key in rest {
        let value = headers.within(hdu, key).cloned().or_else(|| Some(headers.first(key)?.1))?;
        epoch += value.number()?;
    }
    let in_days = headers
        .within(hdu, "TIMEUNIT")
        .is_some_and(|unit| unit.text().to_ascii_lowercase().starts_with('d'));
    let scale = if in_days { 1.0 } else { 1.0 / time::DAY };
    Some(epoch + raw.number()? * scale)
}

/// A Julian or modified Julian date as MJD.
fn julian(number: f64) -> Option<f64> {
    let mjd = if number > 2_300_000.0 { number - 2_400_000.5 } else { number };
    mjd.is_finite().then_some(mjd)
}

/// Degrees of an angle as headers write it: a number, `hh:mm:ss.s` or `±dd mm ss`.
fn angle(raw: &Raw, kind: Kind, unit: Option<&str>) -> Option<f64> {
    let sexagesimal = match raw {
        Raw::Text(text) if raw.number().is_none() => Some(sexagesimal(text)?),
        _ => None,
    };
    let degrees = match (sexagesimal, kind) {
        (Some(value), Kind::Ra) => value * 15.0,
        (Some(value), _) => value,
        (None, _) => {
            raw.number()? * unit.map_or(Some(1.0), |unit| fields::unit_factor(unit, "deg"))?
        }
    };
    let good = match kind {
        Kind::Ra => (-360.0..=360.0).contains(&degrees),
        _ => (-90.0..=90.0).contains(&degrees),
    };
    let wrapped = if kind == Kind::Ra { degrees.rem_euclid(360.0) } else { degrees };
    good.then_some(wrapped)
}

/// The number of `a:b:c`, `a b c` or `a:b`; minutes and seconds below 60.
fn sexagesimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let negative = text.starts_with('-');
    let body = text.trim_start_matches(['+', '-']);
    let parts: Vec<f64> = body
        .split([':', ' ', 'h', 'd', 'm', 's', '\'', '"'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0))
        .collect::<Option<_>>()?;
    let value = match parts.as_slice() {
        [whole, minutes] if *minutes < 60.0 => whole + minutes / 60.0,
        [whole, minutes, seconds] if *minutes < 60.0 && *seconds < 60.0 => {
            whole + minutes / 60.0 + seconds / 3600.0
        }
        _ => return None,
    };
    Some(if negative { -value } else { value })
}

/// The last part of a path without what follows its first dot that begins an extension.
pub(crate) fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let mut stem = name;
    for _ in 0..2 {
        let Some((rest, extension)) = stem.rsplit_once('.') else { break };
        let known = [
            "fits", "fit", "fts", "gz", "fz", "z", "bz2", "evt", "ev", "pha", "pi", "arf", "rmf",
            "ffits", "tfits", "mt",
        ];
        if rest.is_empty() || !known.contains(&extension.to_ascii_lowercase().as_str()) {
            break;
        }
        stem = rest;
    }
    stem
}
