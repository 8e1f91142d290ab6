//! What the search box understood, as `/resolve` answers it.

use serde::{Deserialize, Serialize};

/// The answer of `/resolve?q=…`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// The text that was asked, as given.
    pub query: String,
    /// What it stands for, best first; empty when nothing is known of it.
    pub matches: Vec<Target>,
    /// Search radius that the text itself named (`… r=5'`), degrees.
    pub radius_deg: Option<f64>,
    /// Names that are spelt like it, when `matches` is empty.
    pub suggestions: Vec<String>,
}

/// A position with what it was resolved to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Main name, or the position in sexagesimal notation.
    pub name: String,
    /// The Japanese name, where one is in use.
    pub name_ja: Option<String>,
    /// ICRS right ascension, degrees in [0, 360).
    pub ra_deg: f64,
    /// ICRS declination, degrees in [−90, 90].
    pub dec_deg: f64,
    /// What kind of object, as a word of the `objtype` list (`galaxy`, `star`, `cluster`, …).
    pub kind: Option<String>,
    /// Constellation, IAU three-letter abbreviation.
    pub constellation: Option<String>,
    /// Other names of the same object.
    pub aliases: Vec<String>,
    /// Apparent size (major axis), degrees.
    pub size_deg: Option<f64>,
    /// Magnitude and its band, as in `V 8.4`.
    pub magnitude: Option<String>,
    /// How it was understood: `coordinates:icrs`, `coordinates:galactic`, `name:openngc`,
    /// `name:star`, `name:hip`, `name:target`.
    pub source: String,
}
