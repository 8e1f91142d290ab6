//! What each subcommand does.

pub(crate) mod adql;
pub(crate) mod catalog;
pub(crate) mod ingest;
pub(crate) mod serve;
pub(crate) mod verify;

use tenkyu_wire::{Explain, Lang};

/// An error as lines on a terminal: what, where, what to do.
pub(crate) fn explain(error: &dyn Explain, lang: Lang) -> String {
    let mut text = String::new();
    if let Some(place) = error.place() {
        text.push_str(&format!("{}:{}: ", place.line, place.column));
    }
    text.push_str(&error.detail(lang));
    if let Some(help) = error.help(lang) {
        text.push_str("\n  ");
        text.push_str(&help);
    }
    text
}
