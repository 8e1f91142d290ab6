//! `EXPLAIN query` and `EXPLAIN ANALYZE query`: an extension of the service, not part of ADQL.

use crate::lexer::{self, TokenKind};

/// What is asked about a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The query, with spaces for the words before it, so that places in it stay true.
    pub query: String,
    /// `ANALYZE`: the query is run and measured.
    pub analyze: bool,
}

/// The query to explain; `None` if `text` does not start with `EXPLAIN`.
pub fn explained(text: &str) -> Option<Explained> {
    if text.len() > crate::MAX_LENGTH {
        return None;
    }
    let tokens = lexer::lex(text);
    let mut words = tokens.iter().filter(|token| token.kind != TokenKind::Comment);
    let is = |token: &lexer::Token, word: &str| {
        let span = text.get(token.span.start..token.span.end);
        token.kind == TokenKind::Word && span.is_some_and(|text| text.eq_ignore_ascii_case(word))
    };
    let first = words.next().filter(|token| is(token, "EXPLAIN"))?;
    let second = words.next().filter(|token| is(token, "ANALYZE"));
    let end = second.unwrap_or(first).span.end;
    let blank = |c: char| if c.is_whitespace() { c } else { ' ' };
    let mut query: String = text.get(..end)?.chars().map(blank).collect();
    query.push_str(text.get(end..)?);
    Some(Explained { query, analyze: second.is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stay_true() {
        let found = explained("-- how?\n explain\tANALYZE select 1 FROM").unwrap();
        assert!(found.analyze);
        assert_eq!(found.query, "       \n        \t        select 1 FROM");
        let error = crate::parse(&found.query).unwrap_err();
        assert_eq!((error.place.line, error.place.column), (2, 31));
        assert_eq!(explained("EXPLAIN SELECT 1 FROM t").map(|e| e.analyze), Some(false));
        assert_eq!(explained("SELECT explain FROM t"), None);
        assert_eq!(explained("\"EXPLAIN\""), None);
    }
}
