//! Names that cannot be mistaken for one another.
//!
//! User names are ASCII in lower case. Names that are shown may be of any script that people use
//! together (Unicode Technical Standard 39 §5.2, "highly restrictive": Latin alone, or Latin with
//! the scripts of Japanese, of Chinese or of Korean, or one script), after NFKC. Names of groups
//! are told apart by their skeletons (UTS 39 §4), so that no two look alike.

use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;
use unicode_security::{GeneralSecurityProfile, RestrictionLevel, RestrictionLevelDetection};

use crate::AccountError;

/// Longest name that is shown, characters.
const LONGEST: usize = 100;

/// Signs that may stand in names beside letters and digits.
const SIGNS: &str = " .,-_'’()&+/・";

/// Names of routes, roles and the like, which no person shall seem to be.
const RESERVED: [&str; 14] = [
    "admin",
    "administrator",
    "anonymous",
    "api",
    "help",
    "me",
    "operator",
    "operators",
    "public",
    "root",
    "support",
    "system",
    "tenkyu",
    "token",
];

/// A user name: 2 to 32 ASCII letters in lower case, digits, `.`, `-` and `_`, a letter first.
///
/// # Errors
/// [`AccountError::BadUserName`].
pub(crate) fn user_name(given: &str) -> Result<String, AccountError> {
    let name = given.trim().to_ascii_lowercase();
    let fits = (2..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    if fits && !RESERVED.contains(&name.as_str()) {
        Ok(name)
    } else {
        Err(AccountError::BadUserName(given.chars().take(40).collect()))
    }
}

/// A name that is shown, of a person or a group.
///
/// # Errors
/// [`AccountError::BadName`].
pub(crate) fn shown(given: &str) -> Result<String, AccountError> {
    let refuse =
        || AccountError::BadName(given.chars().take(40).filter(|c| !c.is_control()).collect());
    if given.chars().count() > 4 * LONGEST {
        return Err(refuse());
    }
    let name: String = given.nfkc().collect();
    let name = name.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let letters: String = name.chars().filter(|c| !SIGNS.contains(*c)).collect();
    let fits = !letters.is_empty()
        && name.chars().count() <= LONGEST
        // Without controls, marks of direction, and characters without width.
        && letters.chars().all(GeneralSecurityProfile::identifier_allowed)
        && letters.as_str().check_restriction_level(RestrictionLevel::HighlyRestrictive);
    if fits { Ok(name) } else { Err(refuse()) }
}

/// What names that look alike have in common. Case is folded before, so that `Ι` does not escape
/// as a letter of another shape, and spaces and signs do not tell names apart.
pub(crate) fn look(name: &str) -> String {
    let plain: String = name.to_lowercase().chars().filter(|c| !SIGNS.contains(*c)).collect();
    skeleton(&plain).collect::<String>().to_lowercase()
}

/// Text of one line: no controls, no marks of direction.
///
/// # Errors
/// [`AccountError::BadText`].
pub(crate) fn line(
    field: &'static str,
    given: &str,
    longest: usize,
) -> Result<String, AccountError> {
    let text: String = given.trim().nfc().collect();
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    if text.chars().count() > longest || text.chars().any(hidden) {
        return Err(AccountError::BadText { field, longest });
    }
    Ok(text)
}

/// An address of e-mail, as far as can be told without writing to it.
///
/// # Errors
/// [`AccountError::BadText`].
pub(crate) fn email(given: &str) -> Result<String, AccountError> {
    let refuse = || AccountError::BadText { field: "email", longest: 254 };
    let text = line("email", given, 254)?;
    let (local, domain) = text.rsplit_once('@').ok_or_else(refuse)?;
    let plain = |c: char| !c.is_whitespace() && !"<>\"(),:;[]\\@".contains(c);
    let fits = !local.is_empty()
        && local.len() <= 64
        && local.chars().all(plain)
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && domain.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-');
    if fits { Ok(text) } else { Err(refuse()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_and_groups_are_taken() {
        for good in [
            "Jiří Novák",
            "田中 花子",
            "すばる HSC チーム",
            "PFS-GA",
            "Κώστας",
            "Анна Иванова",
            "O’Brien & Co. (2)",
            "김철수",
        ] {
            assert_eq!(shown(good).unwrap(), good);
        }
        assert_eq!(shown("  Ａｌｉｃｅ   Ｂ ").unwrap(), "Alice B");
    }

    #[test]
    fn names_that_deceive_are_refused() {
        for bad in [
            "",
            "   ",
            "...",
            "p\u{0430}ypal",
            "adm\u{200b}in",
            "abc\u{202e}fed",
            "a\u{0}b",
            "a\nb",
            "tab\tbed",
            "\u{2066}x",
            "<b>x</b>",
            "x\u{fe0f}",
            "αdmin",
        ] {
            assert!(shown(bad).is_err(), "{bad:?}");
        }
        assert!(shown(&"a".repeat(101)).is_err());
    }

    #[test]
    fn names_that_look_alike_have_one_look() {
        // Whole in Cyrillic, which is one script.
        assert_eq!(look("scope"), look("ѕсоре"));
        assert_eq!(look("HSC team"), look("hsc-team"));
        assert_eq!(look("l0ve"), look("lOve"));
        assert_ne!(look("subaru"), look("すばる"));
    }

    #[test]
    fn user_names_are_plain() {
        assert_eq!(user_name(" Taro.Y-2 ").unwrap(), "taro.y-2");
        for bad in [
            "a",
            "2a",
            "tarо",
            "admin",
            "ROOT",
            "a b",
            "a/b",
            "..",
            "a.",
            "person:1",
            &"a".repeat(33),
        ] {
            assert!(user_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn addresses_of_email() {
        assert!(email("a.b+c@nao.example").is_ok());
        for bad in ["", "a", "a@b", "@b.c", "a b@c.d", "a@b.c\r\nBcc: x@y.z", "a@.c", "<a@b.c>"] {
            assert!(email(bad).is_err(), "{bad:?}");
        }
    }
}
