//! The headers of a file as the dictionary looks into them.

use std::collections::HashMap;

/// A keyword's value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Raw {
    /// A string.
    Text(String),
    /// An integer or real.
    Number(f64),
    /// A logical.
    Logical(bool),
}

impl Raw {
    /// The value as text; numbers in their shortest exact form.
    pub(crate) fn text(&self) -> String {
        match self {
            Raw::Text(text) => text.trim().to_owned(),
            Raw::Number(number) => number.to_string(),
            Raw::Logical(true) => "T".to_owned(),
            Raw::Logical(false) => "F".to_owned(),
        }
    }

    /// The value as a number, also where the header quotes it.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Raw::Text(text) => text.trim().parse().ok(),
            Raw::Number(number) => Some(*number),
            Raw::Logical(_) => None,
        }
        .filter(|number: &f64| number.is_finite())
    }
}

/// All headers of a file, in the order in which a keyword is looked for: the primary first, then
/// the header-data unit with the science data, then the others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers {
    hdus: Vec<(u32, HashMap<String, Raw>)>,
    filename: String,
}

impl Headers {
    /// Headers of the file `filename`, none yet.
    pub(crate) fn new(filename: &str) -> Headers {
        Headers { filename: filename.to_owned(), ..Headers::default() }
    }

    /// Adds the keywords of one header-data unit; the first of repeated keywords counts.
    pub(crate) fn push(&mut self, hdu: u32, keywords: impl IntoIterator<Item = (String, Raw)>) {
        let mut map = HashMap::new();
        for (key, value) in keywords {
            map.entry(plain(&key).to_owned()).or_insert(value);
        }
        self.hdus.push((hdu, map));
    }

    /// Puts a header-data unit right after the primary.
    pub(crate) fn prefer(&mut self, hdu: u32) {
        if let Some(at) = self.hdus.iter().position(|(index, _)| *index == hdu)
            && at > 1
        {
            let found = self.hdus.remove(at);
            self.hdus.insert(1, found);
        }
    }

    /// Every value of a keyword, in the order of search. `FILENAME()` is the file's own name.
    pub(crate) fn all(&self, key: &str) -> Vec<(u32, Raw)> {
        if key == "FILENAME()" {
            return vec![(0, Raw::Text(self.filename.clone()))];
        }
        let key = plain(key);
        self.hdus
            .iter()
            .filter_map(|(hdu, map)| map.get(key).map(|value| (*hdu, value.clone())))
            .collect()
    }

    /// The first value of a keyword.
    pub(crate) fn first(&self, key: &str) -> Option<(u32, Raw)> {
        self.all(key).into_iter().next()
    }

    /// The value of a keyword in one header-data unit.
    pub(crate) fn within(&self, hdu: u32, key: &str) -> Option<&Raw> {
        self.hdus.iter().find(|(index, _)| *index == hdu)?.1.get(plain(key))
    }
}

/// A keyword without the word that marks ESO's long ones.
fn plain(key: &str) -> &str {
    key.strip_prefix("HIERARCH ").unwrap_or(key)
}
