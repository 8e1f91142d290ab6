//! How an error reaches a user: in their language, with its place and a way out.

use serde::{Deserialize, Serialize};

use crate::Lang;

/// A place in a text that the user wrote. Lines and columns count from 1, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// Byte offset of the first character from the start of the text.
    pub start: usize,
    /// Byte offset just past the last character.
    pub end: usize,
}

/// The body of every error answer that is not prescribed by a VO protocol: RFC 9457 problem
/// details (`application/problem+json`) with our extensions `code`, `place` and `help`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// A stable word to quote and to test for, such as `adql-unknown-column`.
    pub code: String,
    /// What happened, in the user's language.
    pub detail: String,
    /// Where it happened in the user's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What to do about it, in the user's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Problem {
    /// The media type of a serialised problem.
    pub const MEDIA_TYPE: &str = "application/problem+json";
}

/// An error that can be shown to a user.
///
/// `Display` of the implementing type is for the log; what a user reads comes from here.
pub trait Explain {
    /// A stable word to quote and to test for.
    fn code(&self) -> &'static str;
    /// What happened.
    fn detail(&self, lang: Lang) -> String;
    /// What to do about it.
    fn help(&self, _lang: Lang) -> Option<String> {
        None
    }
    /// Where it happened in the user's text.
    fn place(&self) -> Option<Place> {
        None
    }
    /// The HTTP status that fits.
    fn status(&self) -> u16 {
        400
    }
    /// All of the above in one.
    fn problem(&self, lang: Lang) -> Problem {
        Problem {
            status: self.status(),
            code: self.code().to_owned(),
            detail: self.detail(lang),
            place: self.place(),
            help: self.help(lang),
        }
    }
}
