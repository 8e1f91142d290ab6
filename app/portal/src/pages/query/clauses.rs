//! A WHERE text as the conditions that its top-level ANDs join. The text stays the one truth; a
//! column filter replaces the condition that it wrote before.

/// The conditions of a text. A text with an OR at the top is one condition.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut between = false;
    for (word, from, to) in top_level_words(text) {
        match word.to_ascii_uppercase().as_str() {
            "OR" => return whole(text),
            "BETWEEN" => between = true,
            "AND" if between => between = false,
            "AND" => {
                parts.extend(text.get(start..from).map(str::trim).map(str::to_owned));
                start = to;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..).map(str::trim).map(str::to_owned));
    parts.retain(|part| !part.is_empty());
    parts
}

fn whole(text: &str) -> Vec<String> {
    let text = text.trim();
    if text.is_empty() { Vec::new() } else { vec![text.to_owned()] }
}

/// Words outside of quotes and parentheses, with their byte ranges.
fn top_level_words(text: &str) -> Vec<(&str, usize, usize)> {
    let mut words = Vec::new();
    let mut depth = 0_i32;
    let mut quote = None;
    let mut start = None;
    let mut push = |start: &mut Option<usize>, end: usize| {
        if let Some(from) = start.take()
            && let Some(word) = text.get(from..end)
        {
            words.push((word, from, end));
        }
    };
    for (i, c) in text.char_indices() {
        if let Some(open) = quote {
            if c == open {
                quote = None;
            }
            continue;
        }
        if depth == 0 && (c.is_alphanumeric() || c == '_') {
            start.get_or_insert(i);
            continue;
        }
        push(&mut start, i);
        match c {
            '\'' | '"' => quote = Some(c),
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    push(&mut start, text.len());
    words
}

/// Conditions as one text. One with an OR is put in parentheses.
pub(super) fn join(conditions: &[String]) -> String {
    if let [only] = conditions {
        return only.clone();
    }
    let closed = conditions.iter().map(|condition| {
        let has_or =
            top_level_words(condition).iter().any(|(word, ..)| word.eq_ignore_ascii_case("or"));
        if has_or { format!("({condition})") } else { condition.clone() }
    });
    closed.collect::<Vec<_>>().join(" AND ")
}

/// A column name as ADQL writes it: quoted unless it is a regular identifier.
pub(super) fn column(name: &str) -> String {
    let regular = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if regular { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Whether a column filter of this page wrote the condition for this column.
fn is_of(condition: &str, name: &str) -> bool {
    let Some(rest) = condition.strip_prefix(&column(name)) else { return false };
    [" BETWEEN ", " IN (", " IS ", " LIKE ", " >= ", " <= "].iter().any(|op| rest.starts_with(op))
}

/// The conditions of a text that belong to a column's filter.
pub(super) fn of_column(text: &str, name: &str) -> Vec<String> {
    split(text).into_iter().filter(|condition| is_of(condition, name)).collect()
}

/// A text with the conditions of a column's filter replaced.
pub(super) fn replace(text: &str, name: &str, conditions: Vec<String>) -> String {
    let mut all: Vec<_> = split(text).into_iter().filter(|c| !is_of(c, name)).collect();
    all.extend(conditions);
    join(&all)
}

/// A text without the condition at a place.
pub(super) fn without(text: &str, index: usize) -> String {
    let mut all = split(text);
    if index < all.len() {
        all.remove(index);
    }
    join(&all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_keeps_its_and() {
        let text = "a BETWEEN 1 AND 2 AND b = 'x AND y' AND (c OR d)";
        assert_eq!(split(text), ["a BETWEEN 1 AND 2", "b = 'x AND y'", "(c OR d)"]);
        assert_eq!(join(&split(text)), text);
    }

    #[test]
    fn an_or_is_one_condition() {
        assert_eq!(split("a = 1 OR b = 2"), ["a = 1 OR b = 2"]);
        assert_eq!(
            replace("a = 1 OR b = 2", "c", vec!["c >= 1".into()]),
            "(a = 1 OR b = 2) AND c >= 1"
        );
        assert!(split("  ").is_empty());
    }

    #[test]
    fn a_column_filter_replaces_itself_only() {
        let text = "mag BETWEEN 1 AND 2 AND mag_err < 3";
        assert_eq!(
            replace(text, "mag", vec!["mag BETWEEN 0 AND 9".into()]),
            "mag_err < 3 AND mag BETWEEN 0 AND 9"
        );
        assert_eq!(replace(text, "mag", Vec::new()), "mag_err < 3");
        assert_eq!(of_column(text, "mag"), ["mag BETWEEN 1 AND 2"]);
        assert_eq!(column("B-V"), "\"B-V\"");
    }
}
