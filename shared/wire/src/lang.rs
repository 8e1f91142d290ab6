//! The two languages of the product.

use serde::{Deserialize, Serialize};

/// A language the product speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Lang {
    /// Every language, in the order in which a switch shows them.
    pub const ALL: [Lang; 2] = [Lang::Ja, Lang::En];

    /// The BCP 47 tag, as in `<html lang>` and in the `lang` parameter of a URL.
    pub const fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Ja => "ja",
        }
    }

    /// The language of a BCP 47 tag such as `ja`, `ja-JP` or `en_US`; `None` for any other.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        match tag.trim().split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Lang::En),
            "ja" => Some(Lang::Ja),
            _ => None,
        }
    }

    /// The best of our languages for an `Accept-Language` header (RFC 9110 §12.5.4).
    ///
    /// Unknown languages are passed over; equal weights keep the header's order; English is the
    /// answer when nothing fits.
    pub fn from_accept_language(header: &str) -> Lang {
        let mut best = (Lang::En, 0.0_f32);
        for item in header.split(',') {
            let mut parts = item.split(';');
            let Some(lang) = parts.next().and_then(Lang::from_tag) else { continue };
            let weight =
                parts.find_map(|p| p.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0_f32);
            if weight > best.1 {
                best = (lang, weight);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_language_takes_the_heaviest_known() {
        assert_eq!(Lang::from_accept_language("fr, ja;q=0.8, en;q=0.7"), Lang::Ja);
        assert_eq!(Lang::from_accept_language("en-GB,en;q=0.9,ja;q=0.8"), Lang::En);
        assert_eq!(Lang::from_accept_language("ja,en"), Lang::Ja);
        assert_eq!(Lang::from_accept_language("fr;q=x,;;"), Lang::En);
        assert_eq!(Lang::from_accept_language(""), Lang::En);
    }
}
