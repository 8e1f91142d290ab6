//! The header that an image or table had before compression (FITS 4.0 §10.2, §10.3).

use crate::header::{Card, Header};

/// Keywords of the compressed form and what they were called before; the mandatory ones first, in
/// the order that the standard asks for.
const RENAMED: &[(&str, &str)] = &[
    ("ZSIMPLE", "SIMPLE"),
    ("ZTENSION", "XTENSION"),
    ("ZBITPIX", "BITPIX"),
    ("ZNAXIS", "NAXIS"),
    ("ZEXTEND", "EXTEND"),
    ("ZBLOCKED", "BLOCKED"),
    ("ZPCOUNT", "PCOUNT"),
    ("ZGCOUNT", "GCOUNT"),
    ("ZHECKSUM", "CHECKSUM"),
    ("ZDATASUM", "DATASUM"),
];

/// Keywords that describe the table which holds the tiles.
const DROPPED: &[&str] = &[
    "XTENSION", "SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "PCOUNT", "GCOUNT", "TFIELDS",
    "THEAP", "CHECKSUM", "DATASUM", "ZIMAGE", "ZTABLE", "ZCMPTYPE", "ZQUANTIZ", "ZDITHER0",
    "ZSCALE", "ZZERO", "ZBLANK", "ZMASKCMP", "ZTILELEN",
];

const DROPPED_WITH_NUMBER: &[&str] = &["ZTILE", "ZNAME", "ZVAL", "ZFORM", "ZCTYP"];

/// Restores the header of a compressed image.
pub(crate) fn restored_header(header: &Header) -> Header {
    let mut restored = Header::default();
    for (old, new) in RENAMED {
        if let Some(card) = header.card(old) {
            restored.push(renamed(card, new));
        }
        if *old == "ZNAXIS" {
            let axes = header.cards().iter().filter(|card| numbered(&card.keyword, "ZNAXIS"));
            for card in axes {
                let name = card.keyword.strip_prefix('Z').unwrap_or(&card.keyword);
                restored.push(renamed(card, name));
            }
        }
    }
    for card in header.cards() {
        let keyword = card.keyword.as_str();
        let known = RENAMED.iter().any(|(old, _)| *old == keyword)
            || DROPPED.contains(&keyword)
            || numbered(keyword, "ZNAXIS")
            || DROPPED_WITH_NUMBER.iter().any(|stem| numbered(keyword, stem))
            || ["TTYPE", "TFORM"].iter().any(|stem| numbered(keyword, stem))
            || (keyword == "EXTNAME" && header.get_str("EXTNAME") == Some("COMPRESSED_IMAGE"));
        if !known {
            restored.push(card.clone());
        }
    }
    restored
}

fn numbered(keyword: &str, stem: &str) -> bool {
    keyword
        .strip_prefix(stem)
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn renamed(card: &Card, name: &str) -> Card {
    card.value
        .as_ref()
        .and_then(|value| Card::new(name, value.clone(), &card.comment).ok())
        .unwrap_or_else(|| Card { keyword: name.to_owned(), ..card.clone() })
}
