//! `LIKE` and `ILIKE`.

/// A pattern, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
    ignore_case: bool,
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
        Pattern { pieces, ignore_case }
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
        ] {
            assert_eq!(Pattern::new(pattern, false).matches(text), fits, "{pattern} {text}");
        }
        assert!(Pattern::new("ngc%", true).matches("NGC 1316"));
        assert!(Pattern::new("É_", true).matches("éX"));
        assert!(!Pattern::new("ngc%", false).matches("NGC 1316"));
    }
}
