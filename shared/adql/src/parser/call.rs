//! What begins with a word: functions, aggregates, `CAST`, special literals, columns.

use tenkyu_wire::functions::FunctionMeta;

use super::{Parser, Result};
use crate::{
    Builtin, Span,
    ast::{Aggregate, Call, CastType, Expr, ExprKind, Function, Ident, IntervalUnit, Literal},
    error::{Expected, ParseErrorKind},
    lexer::{Symbol, TokenKind},
};

impl Parser<'_> {
    pub(super) fn word(&mut self) -> Result<Expr> {
        let token = self.peek();
        if token.kind == TokenKind::Name {
            return self.column();
        }
        let text = self.text_of(token);
        let called = self.is_symbol_at(self.at + 1, Symbol::Open);
        let kind = match text.to_ascii_uppercase().as_str() {
            "NULL" => self.constant(Literal::Null),
            "TRUE" => self.constant(Literal::Boolean(true)),
            "FALSE" => self.constant(Literal::Boolean(false)),
            "TIMESTAMP" => self.timestamp()?,
            "INTERVAL" => self.interval()?,
            "EXISTS" => {
                self.advance();
                ExprKind::Exists(Box::new(self.parenthesised_query()?))
            }
            "CAST" if called => self.cast()?,
            _ if called => match (Aggregate::find(text), Builtin::find(text)) {
                (Some(aggregate), _) => self.aggregate(aggregate)?,
                (_, Some(builtin)) => self.builtin_call(builtin)?,
                _ => return self.column(),
            },
            _ => return self.column(),
        };
        Ok(Expr { kind, span: self.since(token.span.start) })
    }

    fn constant(&mut self, literal: Literal) -> ExprKind {
        self.advance();
        ExprKind::Literal(literal)
    }

    /// `TIMESTAMP 'text'`, or `TIMESTAMP(value)`, which is a cast unless the value is a text.
    fn timestamp(&mut self) -> Result<ExprKind> {
        self.advance();
        if self.peek().kind == TokenKind::String {
            return Ok(ExprKind::Literal(Literal::Timestamp(self.string())));
        }
        self.expected.push(Expected::Text);
        self.need_open()?;
        let operand = self.expr()?;
        self.need_close()?;
        if let ExprKind::Literal(Literal::String(text)) = operand.kind {
            return Ok(ExprKind::Literal(Literal::Timestamp(text)));
        }
        self.grow(self.height)?;
        Ok(ExprKind::Cast { operand: Box::new(operand), target: CastType::Timestamp })
    }

    fn interval(&mut self) -> Result<ExprKind> {
        self.advance();
        if self.peek().kind != TokenKind::String {
            return Err(self.unexpected_as(Expected::Text));
        }
        let text = self.string();
        for unit in IntervalUnit::ALL {
            if self.eat(unit.word()) {
                return Ok(ExprKind::Literal(Literal::Interval { text, unit }));
            }
        }
        Err(self.unexpected())
    }

    fn aggregate(&mut self, function: Aggregate) -> Result<ExprKind> {
        self.advance();
        self.need_open()?;
        if function == Aggregate::Count && self.eat_symbol(Symbol::Star, "*") {
            self.need_close()?;
            return Ok(ExprKind::Aggregate { function, distinct: false, argument: None });
        }
        let distinct = self.eat("DISTINCT");
        if !distinct {
            self.eat("ALL");
        }
        let argument = Some(Box::new(self.expr()?));
        self.need_close()?;
        self.grow(self.height)?;
        Ok(ExprKind::Aggregate { function, distinct, argument })
    }

    fn builtin_call(&mut self, builtin: Builtin) -> Result<ExprKind> {
        let name_span = self.advance().span;
        let mut args = self.arguments()?;
        let mut coosys = None;
        let has_coosys = builtin.takes_coosys()
            && matches!(
                args.first(),
                Some(Expr { kind: ExprKind::Literal(Literal::String(_)), .. })
            );
        if has_coosys && let ExprKind::Literal(Literal::String(text)) = args.remove(0).kind {
            coosys = Some(text);
        }
        let function = Function::Builtin(builtin);
        Ok(ExprKind::Call(Call { function, name_span, coosys, args }))
    }

    pub(super) fn user_call(&mut self, name: Vec<Ident>) -> Result<Expr> {
        let name_span = match (name.first(), name.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => Span::default(),
        };
        let args = self.arguments()?;
        let mut call = Call { function: Function::User(name), name_span, coosys: None, args };
        let known = call.own().and_then(|own| self.functions.iter().find(|one| one.is(&own.text)));
        if known.is_some_and(FunctionMeta::is_aggregate)
            && let Function::User(name) = call.function
        {
            call.function = Function::OwnAggregate(name);
        }
        Ok(Expr { kind: ExprKind::Call(call), span: self.since(name_span.start) })
    }

    /// `([value, …])`
    fn arguments(&mut self) -> Result<Vec<Expr>> {
        self.need_open()?;
        self.height = 0;
        let args = if self.is_symbol_at(self.at, Symbol::Close) {
            Vec::new()
        } else {
            self.list(Parser::expr)?
        };
        self.need_close()?;
        self.grow(self.height)?;
        Ok(args)
    }

    fn cast(&mut self) -> Result<ExprKind> {
        self.advance();
        self.need_open()?;
        let operand = Box::new(self.expr()?);
        self.need("AS")?;
        let target = self.cast_type()?;
        self.need_close()?;
        self.grow(self.height)?;
        Ok(ExprKind::Cast { operand, target })
    }

    fn cast_type(&mut self) -> Result<CastType> {
        let token = self.peek();
        if token.kind != TokenKind::Word {
            return Err(self.unexpected_as(Expected::Type));
        }
        let target = match self.text_of(token).to_ascii_uppercase().as_str() {
            "SMALLINT" => CastType::SmallInt,
            "INTEGER" | "INT" => CastType::Integer,
            "BIGINT" => CastType::BigInt,
            "REAL" => CastType::Real,
            "DOUBLE" => {
                self.advance();
                self.need("PRECISION")?;
                return Ok(CastType::Double);
            }
            "CHAR" | "CHARACTER" => {
                self.advance();
                return self.length().map(CastType::Char);
            }
            "VARCHAR" => {
                self.advance();
                return self.length().map(CastType::VarChar);
            }
            "TIMESTAMP" => CastType::Timestamp,
            _ => return Err(self.unexpected_as(Expected::Type)),
        };
        self.advance();
        Ok(target)
    }

    /// `[(n)]`
    fn length(&mut self) -> Result<Option<u32>> {
        if !self.eat_symbol(Symbol::Open, "(") {
            return Ok(None);
        }
        let count = self.count("CHAR")?;
        self.need_close()?;
        let length = u32::try_from(count.value).map_err(|_| {
            self.error(ParseErrorKind::NumberRange(count.value.to_string()), count.span)
        })?;
        Ok(Some(length))
    }
}
