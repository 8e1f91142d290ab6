//! What each subcommand does.

pub(crate) mod adql;
pub(crate) mod catalog;
pub(crate) mod cluster;
pub(crate) mod ingest;
pub(crate) mod serve;
pub(crate) mod user;
pub(crate) mod verify;

use tenkyu_wire::{Explain, Lang};

/// An error that ends a command. Faults of ours are told with their cause: who runs a command is
/// the one who would read the log.
pub(crate) fn failed<E>(error: E, lang: Lang) -> anyhow::Error
where
    E: Explain + std::error::Error + Send + Sync + 'static,
{
    let text = explain(&error, lang);
    if error.status() == 500 {
        anyhow::Error::from(error).context(text)
    } else {
        anyhow::anyhow!(text)
    }
}

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
