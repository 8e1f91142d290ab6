//! `hats.properties`: what a catalogue says of itself, in Java properties syntax.

use std::{collections::BTreeMap, io, path::Path};

use super::place::Place;

/// The file names in use: the note's, and the older one that readers before it look for.
pub const FILES: [&str; 2] = ["hats.properties", "properties"];

/// Keys with their values, sorted by key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties(BTreeMap<String, String>);

impl Properties {
    /// Reads `key = value` lines; `#` and `!` start a comment, `\` continues a line.
    pub fn parse(text: &str) -> Self {
        let mut entries = BTreeMap::new();
        let mut logical = String::new();
        for line in text.lines() {
            let line = line.trim_start();
            if logical.is_empty() && (line.starts_with(['#', '!']) || line.is_empty()) {
                continue;
            }
            if let Some(part) = line.strip_suffix('\\') {
                logical.push_str(part);
                continue;
            }
            logical.push_str(line);
            if let Some((key, value)) = logical.split_once(['=', ':']) {
                entries.insert(key.trim().to_owned(), unescape(value.trim()));
            }
            logical.clear();
        }
        Self(entries)
    }

    /// The value of a key; empty values count as absent.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// Sets a key.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// The file's text.
    pub fn text(&self) -> String {
        let mut out = String::from("#HATS catalog\n");
        for (key, value) in &self.0 {
            out.push_str(key);
            out.push('=');
            out.push_str(&escape(value));
            out.push('\n');
        }
        out
    }

    /// Reads the properties of the catalogue at a place, by whichever name they have.
    pub fn read(place: &Place) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for name in FILES {
            match place.read_text(name) {
                Ok(text) => return Ok(Self::parse(&text)),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Writes them under both names.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        FILES.iter().try_for_each(|name| std::fs::write(dir.join(name), self.text()))
    }
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
}

fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some('u') => {
                    let code: String = chars.by_ref().take(4).collect();
                    let decoded = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
                    out.push(decoded.unwrap_or('\u{fffd}'));
                }
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_properties_round_trip() {
        let mut properties = Properties::default();
        properties.set("obs_description", "two\nlines \\ and = signs");
        properties.set("hats_nrows", "12");
        assert_eq!(Properties::parse(&properties.text()), properties);
        let foreign = Properties::parse("# c\n a : 1\nb = x\\\n  y\nc=\\u5929\nempty=\n");
        assert_eq!(foreign.get("a"), Some("1"));
        assert_eq!(foreign.get("b"), Some("xy"));
        assert_eq!(foreign.get("c"), Some("天"));
        assert_eq!(foreign.get("empty"), None);
    }
}
