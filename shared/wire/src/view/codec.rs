//! Query strings to state and back.

use std::fmt::Display;
use std::str::FromStr;

use url::form_urlencoded;

/// The version written into every permalink. A reader accepts this one and those before it.
pub(super) const VERSION: u32 = 1;

/// A state and the names of the parameters that could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read<T> {
    /// The state, with defaults in place of what could not be read.
    pub state: T,
    /// Parameters that could not be read.
    pub broken: Vec<String>,
}

/// A state that lives in the query string of an address.
pub trait View: Default + PartialEq {
    /// Takes the fields that belong to this state.
    fn read(fields: &mut Fields) -> Self;
    /// Writes each value that differs from the default.
    fn write(&self, out: &mut form_urlencoded::Serializer<'_, String>);

    /// Reads the part after `?`.
    fn from_query(query: &str) -> Read<Self> {
        let mut fields = Fields::new(query);
        let version: u32 = fields.value("v", VERSION);
        let state = Self::read(&mut fields);
        if version > VERSION {
            fields.broken.push("v".to_owned());
        }
        Read { state, broken: fields.broken }
    }

    /// Writes the part after `?`; it starts with `v=1` and leaves out what is default.
    fn to_query(&self) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        out.append_pair("v", &VERSION.to_string());
        self.write(&mut out);
        out.finish()
    }
}

/// The parameters of a query string.
#[derive(Clone, Debug)]
pub struct Fields {
    pairs: Vec<(String, String)>,
    broken: Vec<String>,
}

impl Fields {
    /// Splits a query string; percent and plus decoding never fail.
    pub fn new(query: &str) -> Self {
        let query = query.strip_prefix('?').unwrap_or(query);
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Fields { pairs, broken: Vec::new() }
    }

    /// The text of a parameter; the last one wins.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All texts of a repeated parameter.
    pub fn texts(&self, name: &str) -> Vec<String> {
        self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }

    /// A parsed parameter, or the default where it is absent or broken.
    pub fn value<T: FromStr>(&mut self, name: &str, default: T) -> T {
        self.option(name).unwrap_or(default)
    }

    /// A parsed parameter, or `None` where it is absent or broken.
    pub fn option<T: FromStr>(&mut self, name: &str) -> Option<T> {
        let text = self.text(name)?;
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.broken.push(name.to_owned());
        }
        parsed
    }

    /// A finite number within a closed range, or `None` where it is absent or broken.
    pub fn number(&mut self, name: &str, low: f64, high: f64) -> Option<f64> {
        let value: f64 = self.option(name)?;
        if value.is_finite() && (low..=high).contains(&value) {
            return Some(value);
        }
        self.broken.push(name.to_owned());
        None
    }
}

/// Appends a parameter where it differs from its default.
pub(super) fn put<T: Display + PartialEq>(
    out: &mut form_urlencoded::Serializer<'_, String>,
    name: &str,
    value: &T,
    default: &T,
) {
    if value != default {
        out.append_pair(name, &value.to_string());
    }
}

/// Appends a parameter where it has a value.
pub(super) fn put_option<T: Display>(
    out: &mut form_urlencoded::Serializer<'_, String>,
    name: &str,
    value: Option<&T>,
) {
    if let Some(value) = value {
        out.append_pair(name, &value.to_string());
    }
}
