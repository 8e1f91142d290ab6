// What holds for any bytes that are taken for a query. The stable test and the fuzzing target share
// this file.

use tenkyu_adql::{check, check_syntax, complete, nearest, parse, parse_expr, text_of, tokens};

/// Panics where something that must hold does not.
pub fn hold(bytes: &[u8]) {
    let Ok(text) = text_of(bytes) else { return };
    for token in tokens(text) {
        assert!(token.span.start <= token.span.end && token.span.end <= text.len());
        assert!(text.get(token.span.start..token.span.end).is_some());
    }
    for found in [check(text, &[]), check_syntax(text)] {
        for one in found {
            assert!(one.place.start <= one.place.end && one.place.end <= text.len());
            assert!(text.is_char_boundary(one.place.start) && text.is_char_boundary(one.place.end));
            assert!(one.place.line > 0 && one.place.column > 0);
        }
    }
    for cursor in [0, text.len() / 2, text.len(), text.len() + 1] {
        let _ = complete(text, cursor, &[]);
    }
    let _ = (parse_expr(text), nearest(text, ["ra", "dec"]));
    // What was read can be written, and reads the same again.
    if let Ok(query) = parse(text) {
        let canonical = query.to_string();
        match parse(&canonical) {
            Ok(again) => assert_eq!(again.to_string(), canonical),
            // Parentheses that were left out can come back as more levels.
            Err(error) => assert!(is_limit(&error), "{canonical}: {error}"),
        }
    }
}

fn is_limit(error: &tenkyu_adql::ParseError) -> bool {
    use tenkyu_adql::ParseErrorKind::{TooDeep, TooLong};
    matches!(error.kind, TooDeep | TooLong(_))
}
