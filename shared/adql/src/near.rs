//! The nearest of some names, for suggestions.

/// The name that is most like `word`, without regard to case: at most a third of its letters
/// differ. Transposed neighbours count once (optimal string alignment).
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Names longer than this are not compared: the work grows with the square.
    const MAX: usize = 128;
    let word: Vec<char> = word.chars().flat_map(char::to_lowercase).take(MAX + 1).collect();
    if word.len() > MAX {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        let letters: Vec<char> = name.chars().flat_map(char::to_lowercase).take(MAX + 1).collect();
        let limit = (word.len().max(letters.len()) / 3).max(1);
        if letters.len() > MAX || word.len().abs_diff(letters.len()) > limit {
            continue;
        }
        // A name of one or two letters is like any other such name.
        if word.len().min(letters.len()) < 2 {
            continue;
        }
        let distance = distance(&word, &letters);
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, &from) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, &to) in b.iter().enumerate() {
            let kept = above[j] + usize::from(from != to);
            let mut least = kept.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && from == b[j - 1] && a[i - 1] == to {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let names = ["phot_g_mean_mag", "parallax", "pmra", "ra", "dec", "source_id"];
        assert_eq!(nearest("paralax", names), Some("parallax"));
        assert_eq!(nearest("prallaax", names), Some("parallax"));
        assert_eq!(nearest("PHOT_G_MEAN_MGA", names), Some("phot_g_mean_mag"));
        assert_eq!(nearest("sourceid", names), Some("source_id"));
        assert_eq!(nearest("zzz", names), None);
        assert_eq!(nearest("x", names), None);
        assert_eq!(nearest("", names), None);
    }
}
