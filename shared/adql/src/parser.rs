//! Recursive descent over the tokens, after the grammar in appendix A of ADQL 2.1.
//!
//! Two limits keep the stack bounded: `depth` counts the calls that are open, `height` the levels
//! of the tree below, which a long chain such as `a+a+a+…` makes deep without nesting a call.

mod call;
mod expr;
mod query;
mod table;

use tenkyu_wire::functions::FunctionMeta;

use crate::{
    Span,
    ast::{Expr, Ident, Query},
    error::{Expected, MAX_DEPTH, MAX_LENGTH, ParseError, ParseErrorKind},
    lexer::{self, Bad, Symbol, Token, TokenKind},
    words,
};

/// Parses a query. One semicolon at its end is passed over.
///
/// # Errors
/// The first place where `text` is not ADQL 2.1, or a limit of length or depth.
///
/// ```
/// let query = tenkyu_adql::parse("select top 3 ra, dec from gaia.dr3 where ra < 10").unwrap();
/// assert_eq!(query.to_string(), "SELECT TOP 3 ra, dec FROM gaia.dr3 WHERE ra < 10");
/// assert_eq!(tenkyu_adql::parse("select ra form gaia.dr3").unwrap_err().place.column, 11);
/// ```
pub fn parse(text: &str) -> Result<Query, ParseError> {
    parse_with(text, &[])
}

/// As [`parse`], where the user has functions of their own: those that aggregate are told from
/// the others, which the text alone does not tell.
///
/// # Errors
/// As [`parse`].
pub fn parse_with(text: &str, functions: &[FunctionMeta]) -> Result<Query, ParseError> {
    Parser::run(text, functions, |parser| {
        let query = parser.outermost()?;
        if parser.peek().kind == TokenKind::Symbol(Symbol::Semicolon) {
            parser.advance();
        }
        Ok(query)
    })
}

/// Parses a value or a search condition that stands alone, as after `WHERE`.
///
/// # Errors
/// As [`parse`].
pub fn parse_expr(text: &str) -> Result<Expr, ParseError> {
    Parser::run(text, &[], Parser::expr)
}

/// Words that shape a query. Where a name is expected, another reserved word was meant as one.
const STRUCTURE: &[&str] = &[
    "ALL",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "DESC",
    "DISTINCT",
    "EXCEPT",
    "EXISTS",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "ILIKE",
    "IN",
    "INNER",
    "INTERSECT",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "NATURAL",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "RIGHT",
    "SELECT",
    "TOP",
    "UNION",
    "USING",
    "WHERE",
    "WITH",
];

type Result<T, E = ParseError> = std::result::Result<T, E>;

struct Parser<'a> {
    text: &'a str,
    /// The user's own.
    functions: &'a [FunctionMeta],
    /// Without comments; ends with [`TokenKind::End`].
    tokens: Vec<Token>,
    at: usize,
    /// What was looked for at the current token.
    expected: Vec<Expected>,
    /// Calls that are open.
    depth: usize,
    /// Levels of the tree below the node parsed last.
    height: usize,
    /// Greatest `height` of the query that is being parsed.
    tallest: usize,
    /// Whether the next `SELECT` is the first of the outermost query.
    first: bool,
}

impl<'a> Parser<'a> {
    fn run<T>(
        text: &'a str,
        functions: &'a [FunctionMeta],
        rule: impl Fn(&mut Parser<'a>) -> Result<T>,
    ) -> Result<T> {
        if text.len() > MAX_LENGTH {
            let kind = ParseErrorKind::TooLong(text.len());
            return Err(ParseError { kind, place: Span::new(0, 0).place(text) });
        }
        let mut tokens = lexer::lex(text);
        tokens.retain(|token| token.kind != TokenKind::Comment);
        let mut parser = Parser {
            text,
            functions,
            tokens,
            at: 0,
            expected: Vec::new(),
            depth: 0,
            height: 0,
            tallest: 0,
            first: false,
        };
        let parsed = rule(&mut parser)?;
        if parser.peek().kind == TokenKind::End {
            return Ok(parsed);
        }
        parser.expected.push(Expected::End);
        Err(parser.unexpected())
    }

    fn token(&self, index: usize) -> Token {
        let end = Span::new(self.text.len(), self.text.len());
        self.tokens.get(index).copied().unwrap_or(Token { kind: TokenKind::End, span: end })
    }

    fn peek(&self) -> Token {
        self.token(self.at)
    }

    fn text_of(&self, token: Token) -> &'a str {
        self.text.get(token.span.start..token.span.end).unwrap_or_default()
    }

    /// End of the token before the current one.
    fn last_end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |last| self.token(last).span.end)
    }

    /// The range from `start` to the token before the current one.
    fn since(&self, start: usize) -> Span {
        Span::new(start, self.last_end().max(start))
    }

    fn start(&self) -> usize {
        self.peek().span.start
    }

    fn advance(&mut self) -> Token {
        let token = self.peek();
        if token.kind != TokenKind::End {
            self.at += 1;
        }
        self.expected.clear();
        token
    }

    fn is_word_at(&self, index: usize, word: &str) -> bool {
        let token = self.token(index);
        token.kind == TokenKind::Word && self.text_of(token).eq_ignore_ascii_case(word)
    }

    fn is_symbol_at(&self, index: usize, symbol: Symbol) -> bool {
        self.token(index).kind == TokenKind::Symbol(symbol)
    }

    /// Takes the keyword if it comes next.
    fn eat(&mut self, word: &'static str) -> bool {
        let found = self.is_word_at(self.at, word);
        if found {
            self.advance();
        } else {
            self.expected.push(Expected::Word(word));
        }
        found
    }

    /// Takes the mark if it comes next.
    fn eat_symbol(&mut self, symbol: Symbol, text: &'static str) -> bool {
        let found = self.is_symbol_at(self.at, symbol);
        if found {
            self.advance();
        } else {
            self.expected.push(Expected::Word(text));
        }
        found
    }

    fn need(&mut self, word: &'static str) -> Result<()> {
        if self.eat(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn need_open(&mut self) -> Result<()> {
        if self.eat_symbol(Symbol::Open, "(") { Ok(()) } else { Err(self.unexpected()) }
    }

    fn need_close(&mut self) -> Result<()> {
        if self.eat_symbol(Symbol::Close, ")") { Ok(()) } else { Err(self.unexpected()) }
    }

    fn eat_comma(&mut self) -> bool {
        self.eat_symbol(Symbol::Comma, ",")
    }

    /// One or more of `item`, with commas between.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = Vec::new();
        let mut tallest = 0;
        loop {
            self.height = 0;
            items.push(item(self)?);
            tallest = tallest.max(self.height);
            if !self.eat_comma() {
                self.height = tallest;
                return Ok(items);
            }
        }
    }

    /// Takes a name. An unquoted one that is reserved is refused with advice to quote it.
    fn ident(&mut self, what: Expected) -> Result<Ident> {
        match self.try_ident() {
            Some(ident) => Ok(ident),
            None => Err(self.unexpected_as(what)),
        }
    }

    fn try_ident(&mut self) -> Option<Ident> {
        let token = self.peek();
        let text = self.text_of(token);
        let ident = match token.kind {
            TokenKind::Word if !words::is_reserved(text) => {
                Ident { text: text.to_owned(), quoted: false, span: token.span }
            }
            TokenKind::Name => {
                Ident { text: lexer::unquoted(text), quoted: true, span: token.span }
            }
            _ => return None,
        };
        self.advance();
        Some(ident)
    }

    /// The number of `TOP` or `OFFSET`.
    fn count(&mut self, word: &'static str) -> Result<crate::ast::Count> {
        let token = self.peek();
        match token.kind {
            TokenKind::Integer => {
                self.advance();
                let text = self.text_of(token);
                let value = text.parse().map_err(|_| {
                    self.error(ParseErrorKind::NumberRange(text.to_owned()), token.span)
                })?;
                Ok(crate::ast::Count { value, span: token.span })
            }
            TokenKind::Float | TokenKind::Symbol(Symbol::Minus | Symbol::Plus) => {
                Err(self.error(ParseErrorKind::BadCount(word), token.span))
            }
            _ => Err(self.unexpected_as(Expected::Count)),
        }
    }

    /// Runs `rule` one level deeper.
    fn deeper<T>(&mut self, rule: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error(ParseErrorKind::TooDeep, self.peek().span));
        }
        self.depth += 1;
        let result = rule(self);
        self.depth -= 1;
        result
    }

    /// Notes that a node was put on top of trees of `height` and below.
    fn grow(&mut self, height: usize) -> Result<()> {
        self.height = height + 1;
        self.tallest = self.tallest.max(self.height);
        if self.height > MAX_DEPTH {
            return Err(self.error(ParseErrorKind::TooDeep, self.peek().span));
        }
        Ok(())
    }

    fn error(&self, kind: ParseErrorKind, span: Span) -> ParseError {
        ParseError { kind, place: span.place(self.text) }
    }

    fn unexpected_as(&mut self, what: Expected) -> ParseError {
        self.expected.insert(0, what);
        self.unexpected()
    }

    /// The error that the current token makes: nothing of what was looked for.
    fn unexpected(&mut self) -> ParseError {
        let token = self.peek();
        let text = self.text_of(token);
        if let TokenKind::Bad(bad) = token.kind {
            let text = match bad {
                Bad::UnclosedString | Bad::UnclosedName => text.lines().next().unwrap_or_default(),
                _ => text,
            };
            let kind = ParseErrorKind::Token { bad, text: text.to_owned() };
            return self.error(kind, token.span);
        }
        let mut expected = std::mem::take(&mut self.expected);
        let wants_name = expected.iter().any(|one| {
            matches!(one, Expected::Value | Expected::Column | Expected::Table | Expected::Name)
        });
        let upper = text.to_ascii_uppercase();
        if wants_name
            && token.kind == TokenKind::Word
            && words::is_reserved(text)
            && !STRUCTURE.contains(&upper.as_str())
        {
            return self.error(ParseErrorKind::Reserved(text.to_owned()), token.span);
        }
        expected.dedup();
        let before = self.at.checked_sub(1).map(|last| self.token(last));
        let before = before.filter(|token| token.kind == TokenKind::Word);
        // `FROM t WHRE a`: the misspelt keyword was taken for an alias.
        let keywords = expected.iter().filter_map(|one| match one {
            Expected::Word(word) => Some(*word),
            _ => None,
        });
        let misspelt = before.filter(|token| {
            let word = self.text_of(*token);
            !words::is_reserved(word) && crate::nearest(word, keywords).is_some()
        });
        if let Some(token) = misspelt {
            let found = Some(self.text_of(token).to_owned());
            let kind = ParseErrorKind::Unexpected { expected, found, before: None };
            return self.error(kind, token.span);
        }
        let before = before.map(|token| self.text_of(token).to_owned());
        let found = (token.kind != TokenKind::End).then(|| text.to_owned());
        self.error(ParseErrorKind::Unexpected { expected, found, before }, token.span)
    }
}
