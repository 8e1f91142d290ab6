//! Text to tokens. Never fails: what is no token of ADQL becomes one of kind [`TokenKind::Bad`].

use crate::{Span, words};

/// A token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword, a function or a name without quotes.
    Word,
    /// A name in double quotes.
    Name,
    /// A text in single quotes.
    String,
    /// Digits only.
    Integer,
    /// A number with a point or an exponent.
    Float,
    /// An operator or a punctuation mark.
    Symbol(Symbol),
    /// `-- …` to the end of the line.
    Comment,
    /// Nothing that ADQL knows.
    Bad(Bad),
    /// The end of the text.
    End,
}

/// Operators and punctuation marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `;`
    Semicolon,
    /// `*`
    Star,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `/`
    Slash,
    /// `||`
    Concat,
    /// `=`
    Equal,
    /// `<>` or `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Why a token is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// A text without its closing quote.
    UnclosedString,
    /// A delimited name without its closing quote.
    UnclosedName,
    /// `""`
    EmptyName,
    /// Digits that run into letters.
    Number,
    /// A name without quotes that begins with an underscore.
    Underscore,
    /// A character that ADQL does not use.
    Character,
}

/// Cuts `text` into tokens, comments included, blanks left out; the last is [`TokenKind::End`].
pub fn lex(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: 0 };
    let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
    loop {
        lexer.skip_blanks();
        let start = lexer.at;
        let kind = lexer.next();
        tokens.push(Token { kind, span: Span::new(start, lexer.at) });
        if kind == TokenKind::End {
            return tokens;
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&wanted) {
            self.at += 1;
        }
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn next(&mut self) -> TokenKind {
        let Some(first) = self.peek(0) else { return TokenKind::End };
        match first {
            b'\'' => self.quoted(b'\''),
            b'"' => self.quoted(b'"'),
            b'-' if self.peek(1) == Some(b'-') => {
                self.skip_while(|byte| byte != b'\n');
                TokenKind::Comment
            }
            b'.' if self.peek(1).is_some_and(|byte| byte.is_ascii_digit()) => self.number(),
            _ if first.is_ascii_digit() => self.number(),
            _ if words::is_name_start(first) => {
                let start = self.at;
                self.skip_while(words::is_name_part);
                match self.text.get(start..self.at) {
                    Some(name) if first == b'_' && !words::is_hats_index(name) => {
                        TokenKind::Bad(Bad::Underscore)
                    }
                    _ => TokenKind::Word,
                }
            }
            _ => self.symbol(first),
        }
    }

    fn quoted(&mut self, quote: u8) -> TokenKind {
        let start = self.at;
        self.at += 1;
        let closed = loop {
            self.skip_while(|byte| byte != quote);
            match (self.peek(0), self.peek(1)) {
                (None, _) => break false,
                (_, Some(next)) if next == quote => self.at += 2,
                _ => {
                    self.at += 1;
                    break true;
                }
            }
        };
        match (quote, closed) {
            (b'\'', true) => TokenKind::String,
            (b'\'', false) => TokenKind::Bad(Bad::UnclosedString),
            (_, false) => TokenKind::Bad(Bad::UnclosedName),
            (_, true) if self.at - start == 2 => TokenKind::Bad(Bad::EmptyName),
            (_, true) => TokenKind::Name,
        }
    }

    /// `12`, `1.5`, `.5`, `5.`, `1e-3`
    fn number(&mut self) -> TokenKind {
        let mut kind = TokenKind::Integer;
        self.skip_while(|byte| byte.is_ascii_digit());
        if self.peek(0) == Some(b'.') {
            kind = TokenKind::Float;
            self.at += 1;
            self.skip_while(|byte| byte.is_ascii_digit());
        }
        if self.peek(0).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'e')) {
            let sign = usize::from(matches!(self.peek(1), Some(b'+' | b'-')));
            if self.peek(1 + sign).is_some_and(|byte| byte.is_ascii_digit()) {
                kind = TokenKind::Float;
                self.at += 1 + sign;
                self.skip_while(|byte| byte.is_ascii_digit());
            }
        }
        let end = self.at;
        self.skip_while(words::is_name_part);
        let letters = self.text.get(end..self.at).unwrap_or_default();
        // `ORDER BY 2desc`: a keyword may follow a number without a blank.
        if letters.eq_ignore_ascii_case("ASC") || letters.eq_ignore_ascii_case("DESC") {
            self.at = end;
        }
        if self.at > end { TokenKind::Bad(Bad::Number) } else { kind }
    }

    fn symbol(&mut self, first: u8) -> TokenKind {
        let (symbol, length) = match (first, self.peek(1)) {
            (b'|', Some(b'|')) => (Symbol::Concat, 2),
            (b'<', Some(b'>')) | (b'!', Some(b'=')) => (Symbol::NotEqual, 2),
            (b'<', Some(b'=')) => (Symbol::LessOrEqual, 2),
            (b'>', Some(b'=')) => (Symbol::GreaterOrEqual, 2),
            (b'(', _) => (Symbol::Open, 1),
            (b')', _) => (Symbol::Close, 1),
            (b',', _) => (Symbol::Comma, 1),
            (b'.', _) => (Symbol::Dot, 1),
            (b';', _) => (Symbol::Semicolon, 1),
            (b'*', _) => (Symbol::Star, 1),
            (b'+', _) => (Symbol::Plus, 1),
            (b'-', _) => (Symbol::Minus, 1),
            (b'/', _) => (Symbol::Slash, 1),
            (b'=', _) => (Symbol::Equal, 1),
            (b'<', _) => (Symbol::Less, 1),
            (b'>', _) => (Symbol::Greater, 1),
            _ => {
                self.at += self.rest().chars().next().map_or(1, char::len_utf8);
                return TokenKind::Bad(Bad::Character);
            }
        };
        self.at += length;
        TokenKind::Symbol(symbol)
    }
}

/// The text of a token in quotes, without them and with doubled ones undoubled.
pub(crate) fn unquoted(quoted: &str) -> String {
    let Some(quote) = quoted.chars().next() else { return String::new() };
    let inner = quoted.strip_prefix(quote).unwrap_or(quoted);
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        lex(text).into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn every_kind_of_number() {
        use TokenKind::*;
        assert_eq!(
            kinds("12 1.5 .5 5. 1e-3 1E5 12ab 1e"),
            [
                Integer,
                Float,
                Float,
                Float,
                Float,
                Float,
                Bad(super::Bad::Number),
                Bad(super::Bad::Number),
                End
            ]
        );
    }

    #[test]
    fn quotes_double_inside() {
        assert_eq!(
            kinds("'it''s' \"a\"\"b\" '' \"\""),
            [
                TokenKind::String,
                TokenKind::Name,
                TokenKind::String,
                TokenKind::Bad(Bad::EmptyName),
                TokenKind::End
            ]
        );
        assert_eq!(unquoted("'it''s'"), "it's");
        assert_eq!(kinds("'open"), [TokenKind::Bad(Bad::UnclosedString), TokenKind::End]);
        assert_eq!(kinds("'open''"), [TokenKind::Bad(Bad::UnclosedString), TokenKind::End]);
    }

    #[test]
    fn tokens_cover_the_text_in_order() {
        let text = "SELECT a!=b -- 天\n、FROM　t";
        let tokens = lex(text);
        assert!(tokens.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
        assert!(tokens.iter().all(|token| text.get(token.span.start..token.span.end).is_some()));
    }
}
