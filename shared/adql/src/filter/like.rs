//! `LIKE` and `ILIKE`.

/// A pattern, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
    /// The text between the `%` of the usual patterns, which need no search.
    simple: Option<Simple>,
    ignore_case: bool,
}

#[derive(Clone, Debug)]
enum Simple {
    /// `text`
    Whole(String),
    /// `text%`
    Start(String),
    /// `%text`
    End(String),
    /// `%text%`
    Within(String),
}

impl Simple {
    fn of(pattern: &str) -> Option<Simple> {
        let inner = pattern.strip_prefix('%').unwrap_or(pattern);
        let inner = inner.strip_suffix('%').unwrap_or(inner);
        if inner.is_empty() || inner.contains(['%', '_']) {
            return None;
        }
        let text = inner.to_owned();
        Some(match (pattern.starts_with('%'), pattern.ends_with('%')) {
            (false, false) => Simple::Whole(text),
            (false, true) => Simple::Start(text),
            (true, false) => Simple::End(text),
            (true, true) => Simple::Within(text),
        })
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Simple::Whole(wanted) => text == wanted,
            Simple::Start(wanted) => text.starts_with(wanted.as_str()),
            Simple::End(wanted) => text.ends_with(wanted.as_str()),
            Simple::Within(wanted) => text.contains(wanted.as_str()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece {
    /// `%`
    Any,
    /// `_`
    One,
    Exactly(char),
}

impl Pattern {
    pub fn new(pattern: &str, ignore_case: bool) -> Pattern {
        let lower = if ignore_case { pattern.to_lowercase() } else { pattern.to_owned() };
        let mut pieces: Vec<Piece> = Vec::new();
        for ch in lower.chars() {
            let piece = match ch {
                '%' => Piece::Any,
                '_' => Piece::One,
                ch => Piece::Exactly(ch),
            };
            if !(piece == Piece::Any && pieces.last() == Some(&Piece::Any)) {
                pieces.push(piece);
            }
        }
        Pattern { pieces, simple: Simple::of(&lower), ignore_case }
    }

    /// Whether the whole of `text` fits.
    pub fn matches(&self, text: &str) -> bool {
        if self.ignore_case
            && !text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
        {
            return self.fits(&text.to_lowercase());
        }
        self.fits(text)
    }

    /// Greedy, with a step back to the last `%`: at most text times pattern steps.
    fn fits(&self, text: &str) -> bool {
        if let Some(simple) = &self.simple {
            return simple.matches(text);
        }
        let mut rest = text.chars();
        let mut at = 0;
        let mut back = None;
        loop {
            let mut ahead = rest.clone();
            let stepped = match (self.pieces.get(at), ahead.next()) {
                (None, None) => return true,
                (Some(Piece::Any), _) => {
                    back = Some((at, rest.clone()));
                    at += 1;
                    continue;
                }
                (Some(Piece::One), Some(_)) => true,
                (Some(Piece::Exactly(wanted)), Some(ch)) => *wanted == ch,
                _ => false,
            };
            if stepped {
                rest = ahead;
                at += 1;
                continue;
            }
            let Some((star, mut from)) = back.take() else { return false };
            if from.next().is_none() {
                return false;
            }
            rest = from.clone();
            at = star + 1;
            back = Some((star, from));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_as_sql_says() {
        for (pattern, text, fits) in [
            ("M31", "M31", true),
            ("M31", "M310", false),
            ("M%", "M31", true),
            ("%31", "M 31", true),
            ("M_1", "M31", true),
            ("M_1", "M天1", true),
            ("M_1", "M1", false),
            ("%a%b%", "xxaxxbxx", true),
            ("%a%b", "ab b a", false),
            ("a%%b", "ab", true),
            ("", "", true),
            ("%", "", true),
            ("_", "", false),
            ("%aab", "aaaab", true),
            ("%b%", "abc", true),
            ("%b%", "ac", false),
            ("b%", "ab", false),
            ("%b", "ba", false),
        ] {
            assert_eq!(Pattern::new(pattern, false).matches(text), fits, "{pattern} {text}");
        }
        assert!(Pattern::new("ngc%", true).matches("NGC 1316"));
        assert!(Pattern::new("É_", true).matches("éX"));
        assert!(!Pattern::new("ngc%", false).matches("NGC 1316"));
    }
}
