//! Values and conditions, by precedence climbing.

use super::{Parser, Result};
use crate::{
    Span,
    ast::{BinaryOp, ColumnRef, Expr, ExprKind, Literal, TableName, UnaryOp},
    error::{Expected, ParseErrorKind},
    lexer::{self, Symbol, TokenKind},
};

/// How tightly an operator binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Or,
    And,
    Not,
    Predicate,
    Sum,
    Product,
    Sign,
}

/// What follows an operand.
enum Infix {
    And,
    Or,
    Binary(BinaryOp),
    /// `[NOT] BETWEEN`, `IN`, `LIKE`, `ILIKE`, `IS`
    Predicate,
}

impl Parser<'_> {
    /// Any value or condition.
    pub(super) fn expr(&mut self) -> Result<Expr> {
        self.level(Level::Or)
    }

    /// Operands and operators that bind at least as tightly as `least`.
    fn level(&mut self, least: Level) -> Result<Expr> {
        self.deeper(|parser| {
            let negated = parser.is_word_at(parser.at, "NOT");
            let mut left = parser.operand(least)?;
            // After an operator only those follow that bind no more tightly: the tighter ones
            // were taken by its right operand. Comparisons do not chain.
            let mut most = if negated { Level::And } else { Level::Sign };
            while let Some((infix, level)) = parser.infix() {
                if level < least || level > most {
                    break;
                }
                left = parser.apply(infix, left)?;
                most = if level == Level::Predicate { Level::And } else { level };
            }
            Ok(left)
        })
    }

    fn infix(&mut self) -> Option<(Infix, Level)> {
        let token = self.peek();
        let found = match token.kind {
            TokenKind::Symbol(symbol) => {
                let (op, level) = match symbol {
                    Symbol::Star => (BinaryOp::Multiply, Level::Product),
                    Symbol::Slash => (BinaryOp::Divide, Level::Product),
                    Symbol::Plus => (BinaryOp::Add, Level::Sum),
                    Symbol::Minus => (BinaryOp::Subtract, Level::Sum),
                    Symbol::Concat => (BinaryOp::Concat, Level::Sum),
                    Symbol::Equal => (BinaryOp::Equal, Level::Predicate),
                    Symbol::NotEqual => (BinaryOp::NotEqual, Level::Predicate),
                    Symbol::Less => (BinaryOp::Less, Level::Predicate),
                    Symbol::LessOrEqual => (BinaryOp::LessOrEqual, Level::Predicate),
                    Symbol::Greater => (BinaryOp::Greater, Level::Predicate),
                    Symbol::GreaterOrEqual => (BinaryOp::GreaterOrEqual, Level::Predicate),
                    _ => return self.no_infix(),
                };
                (Infix::Binary(op), level)
            }
            TokenKind::Word => match self.text_of(token).to_ascii_uppercase().as_str() {
                "AND" => (Infix::And, Level::And),
                "OR" => (Infix::Or, Level::Or),
                "NOT" | "BETWEEN" | "IN" | "LIKE" | "ILIKE" | "IS" => {
                    (Infix::Predicate, Level::Predicate)
                }
                _ => return self.no_infix(),
            },
            _ => return self.no_infix(),
        };
        Some(found)
    }

    fn no_infix(&mut self) -> Option<(Infix, Level)> {
        if !self.expected.contains(&Expected::Operator) {
            self.expected.push(Expected::Operator);
            self.expected.push(Expected::Word("AND"));
            self.expected.push(Expected::Word("OR"));
        }
        None
    }

    fn apply(&mut self, infix: Infix, left: Expr) -> Result<Expr> {
        let start = left.span.start;
        let height = self.height;
        let kind = match infix {
            Infix::And => ExprKind::And(self.chain(left, "AND", Level::Not)?),
            Infix::Or => ExprKind::Or(self.chain(left, "OR", Level::And)?),
            Infix::Predicate => self.predicate(left)?,
            Infix::Binary(op) => {
                self.advance();
                let right = self.level(match op {
                    BinaryOp::Multiply | BinaryOp::Divide => Level::Sign,
                    BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Concat => Level::Product,
                    _ => Level::Sum,
                })?;
                self.grow(height.max(self.height))?;
                ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) }
            }
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    /// The other members of a conjunction or disjunction that begins with `first`.
    fn chain(&mut self, first: Expr, word: &'static str, least: Level) -> Result<Vec<Expr>> {
        let mut items = vec![first];
        let mut height = self.height;
        while self.eat(word) {
            items.push(self.level(least)?);
            height = height.max(self.height);
        }
        self.grow(height)?;
        Ok(items)
    }

    fn predicate(&mut self, operand: Expr) -> Result<ExprKind> {
        let height = self.height;
        let operand = Box::new(operand);
        let negated = self.eat("NOT");
        let kind = if self.eat("BETWEEN") {
            let low = Box::new(self.level(Level::Sum)?);
            let height = self.height;
            self.need("AND")?;
            let high = Box::new(self.level(Level::Sum)?);
            self.height = self.height.max(height);
            ExprKind::Between { negated, operand, low, high }
        } else if self.eat("IN") {
            if self.starts_query() {
                let query = Box::new(self.parenthesised_query()?);
                ExprKind::InQuery { negated, operand, query }
            } else {
                self.need_open()?;
                let list = self.list(|parser| parser.level(Level::Sum))?;
                self.need_close()?;
                ExprKind::InList { negated, operand, list }
            }
        } else if self.eat("LIKE") {
            let pattern = Box::new(self.level(Level::Sum)?);
            ExprKind::Like { negated, ignore_case: false, operand, pattern }
        } else if self.eat("ILIKE") {
            let pattern = Box::new(self.level(Level::Sum)?);
            ExprKind::Like { negated, ignore_case: true, operand, pattern }
        } else if !negated && self.eat("IS") {
            let negated = self.eat("NOT");
            self.need("NULL")?;
            ExprKind::IsNull { negated, operand }
        } else {
            return Err(self.unexpected());
        };
        self.grow(height.max(self.height))?;
        Ok(kind)
    }

    pub(super) fn parenthesised_query(&mut self) -> Result<crate::ast::Query> {
        self.need_open()?;
        let query = self.query()?;
        self.need_close()?;
        Ok(query)
    }

    /// `NOT x`, `-x`, or what stands alone.
    fn operand(&mut self, least: Level) -> Result<Expr> {
        let start = self.start();
        let sign = match self.peek().kind {
            TokenKind::Symbol(Symbol::Minus) => Some(UnaryOp::Minus),
            TokenKind::Symbol(Symbol::Plus) => Some(UnaryOp::Plus),
            _ if least <= Level::Not && self.is_word_at(self.at, "NOT") => Some(UnaryOp::Not),
            _ => None,
        };
        let Some(op) = sign else {
            self.height = 0;
            return self.primary();
        };
        self.advance();
        let operand =
            Box::new(self.level(if op == UnaryOp::Not { Level::Not } else { Level::Sign })?);
        self.grow(self.height)?;
        Ok(Expr { kind: ExprKind::Unary { op, operand }, span: self.since(start) })
    }

    fn primary(&mut self) -> Result<Expr> {
        let token = self.peek();
        let text = self.text_of(token);
        let literal = match token.kind {
            TokenKind::Symbol(Symbol::Open) => return self.parenthesised(),
            TokenKind::Integer | TokenKind::Float => self.number(text, token.span)?,
            TokenKind::String => Literal::String(self.string()),
            TokenKind::Word | TokenKind::Name => return self.word(),
            _ => return Err(self.unexpected_as(Expected::Value)),
        };
        Ok(Expr { kind: ExprKind::Literal(literal), span: self.since(token.span.start) })
    }

    fn parenthesised(&mut self) -> Result<Expr> {
        let start = self.start();
        if self.starts_query() {
            let query = Box::new(self.parenthesised_query()?);
            return Ok(Expr { kind: ExprKind::Subquery(query), span: self.since(start) });
        }
        self.advance();
        let expr = self.expr()?;
        self.need_close()?;
        Ok(expr)
    }

    fn number(&mut self, text: &str, span: Span) -> Result<Literal> {
        self.advance();
        if let Ok(value) = text.parse() {
            return Ok(Literal::Integer(value));
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Literal::Float(value)),
            _ => Err(self.error(ParseErrorKind::NumberRange(text.to_owned()), span)),
        }
    }

    /// A text; several in a row are one (SQL-92 §5.3).
    pub(super) fn string(&mut self) -> String {
        let mut value = String::new();
        while self.peek().kind == TokenKind::String {
            let token = self.advance();
            value.push_str(&lexer::unquoted(self.text_of(token)));
        }
        value
    }

    /// `[[[catalog.]schema.]table.]column`, or the call of a function whose name has dots.
    pub(super) fn column(&mut self) -> Result<Expr> {
        let start = self.start();
        let mut parts = vec![self.ident(Expected::Value)?];
        while parts.len() < 4 && self.is_symbol_at(self.at, Symbol::Dot) {
            self.advance();
            parts.push(self.ident(Expected::Column)?);
        }
        if self.is_symbol_at(self.at, Symbol::Open) {
            return self.user_call(parts);
        }
        let span = self.since(start);
        let Some(name) = parts.pop() else { return Err(self.unexpected_as(Expected::Column)) };
        let end = parts.last().map_or(start, |part| part.span.end);
        let table = (!parts.is_empty()).then(|| TableName { parts, span: Span::new(start, end) });
        Ok(Expr { kind: ExprKind::Column(ColumnRef { table, name }), span })
    }
}
