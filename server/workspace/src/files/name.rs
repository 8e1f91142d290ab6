//! Names of nodes and paths of names.

use unicode_normalization::UnicodeNormalization;

use super::FileError;

/// Bytes of a name in UTF-8.
pub(super) const NAME_BYTES: usize = 255;

/// How deep folders may be nested.
pub const DEPTH: usize = 64;

/// A name as it is kept: in Unicode's composed form (NFC), so that a name typed on a Mac and one
/// typed elsewhere are the same file. Upper and lower case differ.
///
/// # Errors
/// [`FileError::BadName`] for names that a file system or a page could take for something else.
pub fn check_name(name: &str) -> Result<String, FileError> {
    let bad = || FileError::BadName(name.chars().filter(|c| !c.is_control()).take(80).collect());
    // NFC can lengthen a name threefold; longer ones cannot fit and are not composed at all.
    if name.len() > NAME_BYTES * 3 {
        return Err(bad());
    }
    let name: String = name.nfc().collect();
    let is_bad = |c: char| c == '/' || c.is_control() || is_invisible_direction(c);
    if name.is_empty()
        || name.len() > NAME_BYTES
        || name == "."
        || name == ".."
        || name.trim().is_empty()
        || name.chars().any(is_bad)
    {
        return Err(bad());
    }
    Ok(name)
}

/// Characters that turn the direction of what follows: `exe.fits` is shown for `stif.exe`.
fn is_invisible_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// The names of a path. Slashes at the ends do not count.
///
/// # Errors
/// [`FileError::BadName`], [`FileError::TooDeep`].
pub fn split_path(path: &str) -> Result<Vec<String>, FileError> {
    let path = path.trim_matches('/');
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> =
        path.split('/').take(DEPTH + 1).map(check_name).collect::<Result<_, _>>()?;
    if names.len() > DEPTH { Err(FileError::TooDeep(DEPTH)) } else { Ok(names) }
}

/// The path of names: each after a slash.
pub fn join_path(names: &[String]) -> String {
    names.iter().fold(String::new(), |path, name| path + "/" + name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_something_else_are_refused() {
        let long = "x".repeat(256);
        let wide = "天".repeat(86);
        for bad in ["", ".", "..", "a/b", "a\0", "a\nb", " ", "\u{202e}stif.exe", &long, &wide] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "...", "-rf", "天球 🌌.fits", &"x".repeat(255), "<script>", "a\\b", ".x"]
        {
            assert_eq!(check_name(good).unwrap(), good);
        }
        assert!(check_name("CON").is_ok());
    }

    #[test]
    fn composed_and_decomposed_names_are_one() {
        assert_eq!(check_name("e\u{301}").unwrap(), "\u{e9}");
        assert_eq!(check_name("か\u{3099}").unwrap(), "が");
    }

    #[test]
    fn paths_are_names_between_slashes() {
        assert_eq!(split_path("/a/b/").unwrap(), ["a", "b"]);
        assert!(split_path("/").unwrap().is_empty());
        assert_eq!(join_path(&split_path("a/b").unwrap()), "/a/b");
        for bad in ["a//b", "a/../b", "../a", "a/./b"] {
            assert!(split_path(bad).is_err(), "{bad}");
        }
        assert!(matches!(split_path(&"a/".repeat(65)), Err(FileError::TooDeep(64))));
        assert!(split_path(&"a/".repeat(64)).is_ok());
    }
}
