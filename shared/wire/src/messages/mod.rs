//! Every text that a user reads, in Japanese and English, side by side.
//!
//! A text is a constant, so a misspelt name does not compile and a missing language cannot be
//! written. Texts may hold `{name}` places, filled by [`Message::with`].

pub mod access;
pub mod accounts;
pub mod adql;
pub mod archive;
pub mod common;
pub mod engine;
pub mod errors;
pub mod files;
pub mod fits;
pub mod functions;
pub mod home;
pub mod image;
pub mod jobs;
pub mod names;
pub mod observation;
pub mod plan;
pub mod portal;
pub mod query;
pub mod search;
pub mod share;
pub mod sky;
pub mod tables;
pub mod viewers;
pub mod vo;
pub mod workspace;

use crate::Lang;

/// One text in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// English.
    pub en: &'static str,
    /// Japanese.
    pub ja: &'static str,
}

impl Message {
    /// The text in `lang`.
    pub const fn text(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Ja => self.ja,
        }
    }

    /// The text with each `{name}` replaced by its value. Values are not searched again.
    pub fn with(self, lang: Lang, values: &[(&str, &str)]) -> String {
        let mut out = String::new();
        let mut rest = self.text(lang);
        while let Some(open) = rest.find('{') {
            out.push_str(&rest[..open]);
            rest = &rest[open..];
            let found = rest[1..].find('}').and_then(|close| {
                let (_, value) = values.iter().find(|(name, _)| *name == &rest[1..=close])?;
                Some((close, value))
            });
            match found {
                Some((close, value)) => {
                    out.push_str(value);
                    rest = &rest[close + 2..];
                }
                None => {
                    out.push('{');
                    rest = &rest[1..];
                }
            }
        }
        out.push_str(rest);
        out
    }
}

/// Declares texts: `NAME: "English", "日本語";`, and lists them for the tests in `ALL`.
macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident: $en:literal, $ja:literal;)*) => {
        $($(#[$doc])* #[doc = $en] pub const $name: $crate::Message = $crate::Message { en: $en, ja: $ja };)*

        /// Every text of this module with its name.
        pub const ALL: &[(&str, $crate::Message)] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use messages;

#[cfg(test)]
mod tests {
    use super::*;

    /// Every module of texts; a new one is added here.
    const MODULES: &[&[(&str, Message)]] = &[
        access::ALL,
        accounts::ALL,
        tables::ALL,
        sky::ALL,
        names::ALL,
        image::ALL,
        viewers::ALL,
        files::ALL,
        fits::ALL,
        functions::ALL,
        query::ALL,
        adql::ALL,
        observation::ALL,
        share::ALL,
        search::ALL,
        engine::ALL,
        plan::ALL,
        portal::ALL,
        home::ALL,
        archive::ALL,
        common::ALL,
        errors::ALL,
        workspace::ALL,
        vo::ALL,
    ];

    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<&str> = text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
            .collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn both_languages_are_complete_and_have_the_same_places() {
        for (name, message) in MODULES.iter().copied().flatten() {
            assert!(
                !message.en.trim().is_empty() && !message.ja.trim().is_empty(),
                "{name} is empty"
            );
            assert_eq!(places(message.en), places(message.ja), "{name}");
            assert!(
                message.en.is_ascii() || message.en.chars().all(|c| c < '\u{3000}'),
                "{name}: English holds Japanese"
            );
        }
    }

    #[test]
    fn values_are_filled_once() {
        let message = Message { en: "{a} and {b}, not {c}", ja: "{a}と{b}" };
        assert_eq!(message.with(Lang::En, &[("a", "{b}"), ("b", "x")]), "{b} and x, not {c}");
        assert_eq!(message.with(Lang::Ja, &[("a", "天"), ("b", "球")]), "天と球");
    }
}
