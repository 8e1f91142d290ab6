//! Names that are spelt like an unknown one.

use super::index::Index;

/// The most suggestions that are given.
const LIMIT: usize = 5;

/// Names whose key differs from `key` in one or two letters, then names that go on from it; digits
/// must be the same, since another number is another object.
pub(super) fn suggestions(index: &Index, key: &str) -> Vec<String> {
    let wanted: Vec<char> = key.chars().collect();
    let letters = wanted.iter().filter(|c| !c.is_ascii_digit()).count();
    let limit = match letters {
        0..=2 => return Vec::new(),
        3..=5 => 1,
        _ => 2,
    };
    let digits: Vec<char> = wanted.iter().copied().filter(char::is_ascii_digit).collect();
    let mut found: Vec<(usize, u8, &str)> = Vec::new();
    for entry in &index.entries {
        let length = entry.key.chars().count();
        if length.abs_diff(wanted.len()) > limit {
            continue;
        }
        if !entry.key.chars().filter(char::is_ascii_digit).eq(digits.iter().copied()) {
            continue;
        }
        let candidate: Vec<char> = entry.key.chars().collect();
        let Some(distance) = distance(&wanted, &candidate, limit) else { continue };
        if let Some(object) = index.objects.get(entry.object as usize) {
            found.push((distance, object.rank, object.name(entry.name)));
        }
    }
    found.sort_unstable();
    let mut names: Vec<String> = Vec::new();
    for (_, _, name) in found.into_iter().chain(continuations(index, key)) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
        if names.len() == LIMIT {
            break;
        }
    }
    names
}

/// Names that go on from an unfinished one, the shortest first; another number is none.
fn continuations<'a>(index: &'a Index, key: &str) -> Vec<(usize, u8, &'a str)> {
    if key.ends_with(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let mut list: Vec<(usize, u8, &str)> = index
        .beginning(key)
        .iter()
        .filter_map(|entry| {
            let object = index.objects.get(entry.object as usize)?;
            Some((entry.key.len(), object.rank, object.name(entry.name)))
        })
        .collect();
    list.sort_unstable_by_key(|(length, rank, name)| (*rank, *length, *name));
    list
}

/// Edit distance with neighbours changing places (optimal string alignment), when it is at most
/// `limit`.
fn distance(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        if row.iter().all(|value| *value > limit) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|value| *value <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        let of = |a: &str, b: &str| {
            distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>(), 2)
        };
        assert_eq!(of("betelgeuse", "betelguese"), Some(1));
        assert_eq!(of("vega", "vega"), Some(0));
        assert_eq!(of("andromeda", "andoromeda"), Some(1));
        assert_eq!(of("sirius", "canopus"), None);
        assert_eq!(of("", "ab"), Some(2));
    }
}
