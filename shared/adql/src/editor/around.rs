//! What surrounds the cursor, from the tokens alone: the text is seldom a whole query.

use crate::{
    Span,
    lexer::{self, Bad, Symbol, Token, TokenKind},
};

/// What surrounds the cursor.
pub(super) struct Around<'t> {
    /// The word under the cursor, up to it.
    pub replace: Span,
    /// Its letters, without a quote that opens it.
    pub prefix: &'t str,
    /// The names before it that end in a dot.
    pub qualifier: Option<Vec<String>>,
    pub clause: Clause,
    /// Tables of the `FROM` clause to which the cursor belongs.
    pub tables: Vec<Table>,
    /// Names that `WITH` defines.
    pub common: Vec<String>,
}

/// What a clause is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    /// Tables: after `FROM` and `JOIN`.
    Tables,
    /// Columns and functions.
    Values,
    /// A name or number of the user's own.
    Nothing,
}

/// A table of a `FROM` clause.
pub(super) struct Table {
    /// Parts of its name; empty for a query.
    pub path: Vec<String>,
    pub alias: Option<String>,
}

impl Table {
    /// Whether the query calls it so.
    pub fn is(&self, qualifier: &[String]) -> bool {
        if let Some(alias) = &self.alias {
            return matches!(qualifier, [name] if name.eq_ignore_ascii_case(alias));
        }
        let mut ours = self.path.iter().rev();
        qualifier.iter().rev().all(|part| ours.next().is_some_and(|p| p.eq_ignore_ascii_case(part)))
    }
}

struct Tokens<'t> {
    text: &'t str,
    all: Vec<Token>,
}

impl<'t> Tokens<'t> {
    fn kind(&self, index: usize) -> Option<TokenKind> {
        self.all.get(index).map(|token| token.kind)
    }

    fn word(&self, index: usize) -> String {
        match self.all.get(index) {
            Some(token) if token.kind == TokenKind::Word => {
                token.span.of(self.text).to_ascii_uppercase()
            }
            _ => String::new(),
        }
    }

    fn is(&self, index: usize, symbol: Symbol) -> bool {
        self.kind(index) == Some(TokenKind::Symbol(symbol))
    }

    /// The name at `index`, unless it is reserved.
    fn name(&self, index: usize) -> Option<String> {
        let token = self.all.get(index)?;
        let text = token.span.of(self.text);
        match token.kind {
            TokenKind::Word if !crate::words::is_reserved(text) => Some(text.to_owned()),
            TokenKind::Name => Some(lexer::unquoted(text)),
            _ => None,
        }
    }
}

impl<'t> Around<'t> {
    /// `None` inside a text, a number or a comment.
    pub fn of(text: &'t str, cursor: usize) -> Option<Around<'t>> {
        if !text.is_char_boundary(cursor) {
            return None;
        }
        let tokens = Tokens { text, all: lexer::lex(text) };
        // The first token that ends at the cursor or later.
        let at = tokens.all.partition_point(|token| token.span.end < cursor);
        let token = *tokens.all.get(at)?;
        let under = token.span.start < cursor;
        let replace = match token.kind {
            TokenKind::Word | TokenKind::Name | TokenKind::Bad(Bad::UnclosedName) if under => {
                Span::new(token.span.start, cursor)
            }
            TokenKind::Symbol(_) | TokenKind::End => Span::new(cursor, cursor),
            _ if under => return None,
            _ => Span::new(cursor, cursor),
        };
        // The index of the first token that is not before the word under the cursor.
        let before = tokens.all.partition_point(|token| {
            token.span.end <= replace.start && token.kind != TokenKind::End
        });
        let prefix = replace.of(text).trim_start_matches('"');
        let (qualifier, start) = qualifier(&tokens, before);
        Some(Around {
            replace,
            prefix,
            qualifier,
            clause: clause(&tokens, start),
            tables: tables(&tokens, start),
            common: common(&tokens),
        })
    }
}

/// The names with dots that end just before token `end`, and where they begin.
fn qualifier(tokens: &Tokens<'_>, end: usize) -> (Option<Vec<String>>, usize) {
    let mut parts = Vec::new();
    let mut start = end;
    while start >= 2
        && tokens.is(start - 1, Symbol::Dot)
        && let Some(name) = tokens.name(start - 2)
    {
        parts.insert(0, name);
        start -= 2;
    }
    ((!parts.is_empty()).then_some(parts), start)
}

/// The clause in which token `at` stands: that of the last keyword at its level or further out.
fn clause(tokens: &Tokens<'_>, at: usize) -> Clause {
    let mut level = 0_i32;
    for index in (0..at).rev() {
        if tokens.is(index, Symbol::Close) {
            level += 1;
        } else if tokens.is(index, Symbol::Open) {
            level = (level - 1).max(0);
        } else if level == 0 {
            match tokens.word(index).as_str() {
                "FROM" | "JOIN" => return Clause::Tables,
                "SELECT" | "WHERE" | "ON" | "BY" | "HAVING" | "USING" => return Clause::Values,
                "AS" | "TOP" | "OFFSET" if index + 1 == at => return Clause::Nothing,
                _ => {}
            }
        }
    }
    Clause::Values
}

/// The tables of the select to which token `at` belongs.
fn tables(tokens: &Tokens<'_>, at: usize) -> Vec<Table> {
    let mut level = 0_i32;
    let mut start = None;
    for index in (0..at.min(tokens.all.len())).rev() {
        if tokens.is(index, Symbol::Close) {
            level += 1;
        } else if tokens.is(index, Symbol::Open) {
            level = (level - 1).max(0);
        } else if level == 0 && tokens.word(index) == "SELECT" {
            start = Some(index + 1);
            break;
        }
    }
    let Some(mut index) = start else { return Vec::new() };
    let mut found = Vec::new();
    let mut level = 0_i32;
    let mut in_from = false;
    let mut wants_table = false;
    while index < tokens.all.len() {
        if tokens.is(index, Symbol::Open) {
            level += 1;
            if wants_table && tokens.word(index + 1) == "SELECT" {
                let close = closing(tokens, index);
                let alias = if tokens.word(close + 1) == "AS" { close + 2 } else { close + 1 };
                found.push(Table { path: Vec::new(), alias: tokens.name(alias) });
                index = close;
                level -= 1;
                wants_table = false;
            }
        } else if tokens.is(index, Symbol::Close) {
            level -= 1;
            if level < 0 {
                break;
            }
        } else if in_from && tokens.is(index, Symbol::Comma) && level == 0 {
            wants_table = true;
        } else if wants_table && tokens.name(index).is_some() {
            let (table, next) = table(tokens, index);
            found.push(table);
            wants_table = false;
            index = next;
            continue;
        } else {
            match tokens.word(index).as_str() {
                "FROM" | "JOIN" if level == 0 || in_from => (in_from, wants_table) = (true, true),
                "WHERE" | "GROUP" | "HAVING" | "ORDER" if level == 0 => in_from = false,
                "UNION" | "EXCEPT" | "INTERSECT" if level == 0 => break,
                _ => {}
            }
        }
        index += 1;
    }
    found
}

/// `name[.name…] [[AS] alias]` at `index`, and the token after it.
fn table(tokens: &Tokens<'_>, mut index: usize) -> (Table, usize) {
    let mut path = Vec::new();
    while let Some(part) = tokens.name(index) {
        path.push(part);
        index += 1;
        if !tokens.is(index, Symbol::Dot) {
            break;
        }
        index += 1;
    }
    if tokens.word(index) == "AS" {
        index += 1;
    }
    let alias = tokens.name(index);
    let next = index + usize::from(alias.is_some());
    (Table { path, alias }, next)
}

/// The token that closes the parenthesis at `index`, or the last token.
fn closing(tokens: &Tokens<'_>, index: usize) -> usize {
    let mut level = 0_i32;
    for at in index..tokens.all.len() {
        if tokens.is(at, Symbol::Open) {
            level += 1;
        } else if tokens.is(at, Symbol::Close) {
            level -= 1;
            if level == 0 {
                return at;
            }
        }
    }
    tokens.all.len().saturating_sub(1)
}

/// The names that a leading `WITH` defines.
fn common(tokens: &Tokens<'_>) -> Vec<String> {
    let mut names = Vec::new();
    if tokens.word(0) != "WITH" {
        return names;
    }
    let mut index = 1;
    while let Some(name) = tokens.name(index) {
        names.push(name);
        index += 1;
        while index < tokens.all.len() && !tokens.is(index, Symbol::Open) {
            index += 1;
        }
        index = closing(tokens, index) + 1;
        if tokens.word(index) == "AS" {
            index = closing(tokens, index + 1) + 1;
        }
        if !tokens.is(index, Symbol::Comma) {
            break;
        }
        index += 1;
    }
    names
}
