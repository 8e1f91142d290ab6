//! One spelling for the many ways in which a name is written.

use tenkyu_sky::position::plain_text;

use super::constellations::{
    CONSTELLATIONS, GREEK, constellation, constellation_beginning, greek_letter,
};

/// The form in which names are compared: case, blanks, hyphens, leading zeros, width of letters,
/// kana and the several ways of writing a Bayer letter do not matter.
///
/// `NGC 1316`, `ngc01316` and `N1316` are `ngc1316`; `α Ori`, `alf Ori` and `alpha orionis` are
/// `alfori`; `すばる` is `スバル`. Only a single Latin letter before a constellation keeps its
/// case, since R Carinae and r Carinae are two stars. Empty for a text without letters and digits.
pub(super) fn key(text: &str) -> String {
    let plain = plain_text(text);
    if let Some(key) = japanese_star(&katakana(&plain)) {
        return key;
    }
    let tokens = tokens(&plain);
    let capital = text.trim_start().starts_with(char::is_uppercase);
    star(&tokens, capital).unwrap_or_else(|| join(&catalogue(tokens)))
}

/// The beginning of the keys of names that begin like a text: as [`key`], but that the name of a
/// Greek letter and the constellation after it may be unfinished (`alpha orio` is `alfori`).
pub(super) fn beginning(text: &str) -> String {
    let tokens = tokens(&plain_text(text));
    let star = || {
        let (first, rest) = tokens.split_first()?;
        let letter = greek_letter(first).filter(|_| !rest.is_empty())?;
        let tail = rest.concat();
        Some(format!("{}{}", letter.short, constellation_beginning(&tail).unwrap_or(tail)))
    };
    star().unwrap_or_else(|| key(text))
}

/// The key with a capital letter in place of the small one of a star: who types `r car` means
/// R Carinae when there is no r Carinae.
pub(super) fn capitalised(key: &str) -> Option<String> {
    let mut chars = key.chars();
    let first = chars.next().filter(char::is_ascii_lowercase)?;
    constellation(chars.as_str())?;
    Some(format!("{}{}", first.to_ascii_uppercase(), chars.as_str()))
}

/// Hiragana as katakana.
fn katakana(text: &str) -> String {
    let shift = |c: char| match c {
        'ぁ'..='ゖ' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        c => c,
    };
    text.chars().map(shift).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Letter,
    Greek,
    Digit,
    Plus,
}

/// Runs of letters and of digits, and Greek letters one by one; digits without leading zeros.
fn tokens(plain: &str) -> Vec<String> {
    let mut list: Vec<(Class, String)> = Vec::new();
    let mut apart = true;
    for c in katakana(plain).chars() {
        let (class, c) = match c {
            '0'..='9' => (Class::Digit, c),
            '⁰' => (Class::Digit, '0'),
            '¹' => (Class::Digit, '1'),
            '²' => (Class::Digit, '2'),
            '³' => (Class::Digit, '3'),
            '⁴'..='⁹' => (Class::Digit, char::from_u32(c as u32 - 0x2074 + 0x34).unwrap_or(c)),
            // A plus sign tells MCG +02 from MCG -02; hyphens are only ornaments.
            '+' => (Class::Plus, c),
            'α'..='ω' | 'ϕ' | 'ϑ' | 'ϵ' | 'µ' => (Class::Greek, c),
            // The long vowel mark and iteration marks are letters.
            c if c.is_alphanumeric() || c == 'ー' => (Class::Letter, c),
            // An apostrophe does not part a word: Barnard's.
            '\'' => continue,
            _ => {
                apart = true;
                continue;
            }
        };
        match list.last_mut() {
            Some((last, text)) if *last == class && !apart && class != Class::Greek => text.push(c),
            _ => list.push((class, c.to_string())),
        }
        apart = false;
    }
    list.into_iter().map(|(class, text)| tidy(class, text)).collect()
}

fn tidy(class: Class, text: String) -> String {
    if class != Class::Digit {
        return text;
    }
    match text.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}

fn is_number(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_digit())
}

/// Tokens in a row; numbers that follow each other keep a point between them.
fn join(tokens: &[String]) -> String {
    let mut out = String::new();
    for token in tokens {
        if is_number(token) && out.ends_with(|c: char| c.is_ascii_digit()) {
            out.push('.');
        }
        out.push_str(token);
    }
    out
}

/// Catalogues with more than one name.
const CATALOGUES: &[(&str, &str)] = &[
    ("messier", "m"),
    ("メシエ", "m"),
    ("caldwell", "c"),
    ("abell", "abell"),
    ("aco", "abell"),
    ("エイベル", "abell"),
    ("sharpless", "sh"),
    ("barnard", "b"),
    ("collinder", "cr"),
    ("melotte", "mel"),
    ("trumpler", "tr"),
    ("markarian", "mrk"),
    ("mkn", "mrk"),
    ("hickson", "hcg"),
    ("leda", "pgc"),
    ("hipparcos", "hip"),
    ("zwicky", "zw"),
];

/// The catalogue's usual name before a number.
fn catalogue(mut tokens: Vec<String>) -> Vec<String> {
    let number_follows = tokens.get(1).is_some_and(|token| is_number(token));
    let pair = tokens.len() == 2;
    if let Some(first) = tokens.first_mut().filter(|_| number_follows) {
        let found = CATALOGUES.iter().find(|(name, _)| *name == first.as_str());
        if let Some((_, usual)) = found {
            *first = (*usual).to_owned();
        } else if pair && first == "n" {
            *first = "ngc".to_owned();
        } else if pair && first == "i" {
            *first = "ic".to_owned();
        } else if pair && first == "a" {
            *first = "abell".to_owned();
        }
    }
    tokens
}

/// A star in a constellation: Bayer letter, Flamsteed number or variable-star letters.
fn star(tokens: &[String], capital: bool) -> Option<String> {
    // Genitives of two words: the longest tail that is a constellation.
    let (head, short) = (1..tokens.len()).find_map(|at| {
        let (head, tail) = tokens.split_at(at);
        let short = constellation(&tail.concat())?;
        Some((head, short))
    })?;
    match head {
        [number] if is_number(number) => Some(format!("{number}{short}")),
        [letter] => match (greek_letter(letter), letter.chars().count()) {
            (Some(greek), _) => Some(format!("{}{short}", greek.short)),
            (None, 1) if capital => Some(format!("{}{short}", letter.to_ascii_uppercase())),
            (None, 1 | 2) => Some(format!("{letter}{short}")),
            (None, _) => None,
        },
        [letter, number] if is_number(number) => {
            let letter = match greek_letter(letter) {
                Some(greek) => greek.short,
                None if letter == "v" => "v",
                None => return None,
            };
            Some(format!("{letter}{number}{short}"))
        }
        _ => None,
    }
}

/// `オリオン座アルファ星`, `オリオン座α星`, `ハクチョウ座61番星`; in katakana.
fn japanese_star(plain: &str) -> Option<String> {
    let (name, rest) = plain.split_once('座')?;
    let name = name.trim();
    let (short, ..) = CONSTELLATIONS.iter().find(|(.., japanese)| {
        *japanese == name || (*japanese == "カシオペヤ" && name == "カシオペア")
    })?;
    let short = short.to_ascii_lowercase();
    let rest = rest.trim().strip_suffix('星')?.trim_end_matches('番').trim();
    if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()) {
        return Some(format!("{}{short}", rest.trim_start_matches('0')));
    }
    // A letter may carry an index: π3星.
    let letter = rest.trim_end_matches(|c: char| c.is_ascii_digit());
    let index = rest.get(letter.len()..).unwrap_or_default();
    let greek =
        GREEK.iter().find(|greek| greek.japanese == letter).or_else(|| greek_letter(letter))?;
    Some(format!("{}{index}{short}", greek.short))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_have_one_key() {
        for (expected, spellings) in [
            (
                "ngc1316",
                &["NGC 1316", "ngc1316", "N1316", "NGC-1316", "NGC 01316", "ＮＧＣ１３１６"][..],
            ),
            ("m31", &["M31", "M 31", "Messier 31", "messier31", "m-31", "M031", "メシエ31"]),
            ("abell478", &["Abell 478", "A478", "ACO 478", "A 0478", "abell478", "エイベル478"]),
            (
                "alfori",
                &[
                    "alf Ori",
                    "α Ori",
                    "alpha orionis",
                    "Alpha Ori",
                    "ALP ORI",
                    "αOri",
                    "オリオン座アルファ星",
                    "オリオン座α星",
                    "おりおん座α星",
                ],
            ),
            ("58ori", &["58 Ori", "58 Orionis", "58ORI", "オリオン座58番星"]),
            ("pi3ori", &["pi3 Ori", "π³ Ori", "pi03 Ori", "π3 Orionis"]),
            (
                "alfcma",
                &["alf CMa", "alpha canis majoris", "α Canis Majoris", "おおいぬ座アルファ星"],
            ),
            ("omicet", &["omicron Ceti", "ο Cet", "omi Cet"]),
            ("Rcar", &["R Car", "R Carinae"]),
            ("rcar", &["r Car", "r Carinae"]),
            ("v838mon", &["V838 Mon", "V 838 Monocerotis"]),
            ("mcg+2.1.31", &["MCG +02-01-031", "MCG+02-01-031", "mcg +2-1-31"]),
            ("mcg2.1.31", &["MCG -02-01-031"]),
            ("sh2.155", &["Sh 2-155", "SH2-155", "Sharpless 2-155"]),
            ("barnardsstar", &["Barnard's star", "BARNARD’S STAR"]),
            ("b33", &["Barnard 33", "B33", "B 033"]),
            ("スバル", &["すばる", "スバル", "ｽﾊﾞﾙ"][..2]),
            ("sgra", &["Sgr A*", "SGR A"]),
            ("47tuc", &["47 Tuc", "47 Tucanae"]),
            ("1e657.56", &["1E 0657-56", "1E0657-56"]),
        ] {
            for spelling in spellings {
                assert_eq!(key(spelling), expected, "{spelling}");
            }
        }
        assert_eq!(key("…!?"), "");
        assert_ne!(key("NGC 13 16"), key("NGC 1316"));
        assert_ne!(key("ESO 1-123"), key("ESO 11-23"));
    }

    #[test]
    fn every_constellation_is_there_once() {
        assert_eq!(CONSTELLATIONS.len(), 88);
        for (short, name, genitive, _) in CONSTELLATIONS {
            for form in [&short.to_ascii_lowercase(), *name, *genitive] {
                assert_eq!(constellation(form), Some(short.to_ascii_lowercase()), "{form}");
            }
        }
    }
}
