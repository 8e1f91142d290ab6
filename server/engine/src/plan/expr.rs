//! Value expressions and search conditions.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::{
    common::{ScalarValue, tree_node::TreeNode},
    functions_aggregate::expr_fn,
    logical_expr::{
        BinaryExpr, Expr, ExprFunctionExt, ExprSchemable, Like, Operator, cast, exists,
        expr::InSubquery, in_subquery, lit, scalar_subquery,
    },
};
use tenkyu_adql::{
    Builtin, Span,
    ast::{self, BinaryOp, ExprKind, Literal, UnaryOp},
};
use tenkyu_wire::messages::plan as m;

use super::{CommonTables, Planner, from::comparable, scope::Scope};
use crate::{
    EngineError,
    error::Reason,
    functions::{Arithmetic, Function},
};

impl Planner<'_> {
    /// A search condition: its value is a truth value.
    pub(super) fn condition(
        &self,
        expr: &ast::Expr,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let planned = self.expr(expr, scope, common)?;
        if let ExprKind::Column(column) = &expr.kind {
            let name = &column.name;
            let reason = Reason::of(m::BARE_COLUMN, &[("name", &name)]);
            return Err(self.invalid(reason, expr.span));
        }
        match self.type_in(&planned, scope, expr.span)? {
            DataType::Boolean | DataType::Null => Ok(planned),
            other => {
                Err(self.invalid(Reason::of(m::CONDITION_NEEDED, &[("type", &other)]), expr.span))
            }
        }
    }

    /// A value of any type.
    pub(super) fn expr(
        &self,
        expr: &ast::Expr,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        // The parser bounds the depth; the stack of the calling thread may still be small.
        stacker::maybe_grow(256 << 10, 2 << 20, || self.expr_of(expr, scope, common))
    }

    fn expr_of(
        &self,
        expr: &ast::Expr,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let sub = |e: &ast::Expr| self.expr(e, scope, common);
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal, expr.span),
            ExprKind::Column(reference) => self.reference(reference, scope),
            ExprKind::Unary { op, operand } => self.unary(*op, operand, scope, common),
            ExprKind::Binary { op, left, right } => {
                self.binary(*op, left, right, expr.span, scope, common)
            }
            ExprKind::And(items) => self.chain(items, Operator::And, scope, common),
            ExprKind::Or(items) => self.chain(items, Operator::Or, scope, common),
            ExprKind::Between { negated, operand, low, high } => {
                let (value, low, high) = (sub(operand)?, sub(low)?, sub(high)?);
                self.check_comparable(&value, &low, scope, expr.span)?;
                self.check_comparable(&value, &high, scope, expr.span)?;
                Ok(if *negated { value.not_between(low, high) } else { value.between(low, high) })
            }
            ExprKind::InList { negated, operand, list } => {
                let value = sub(operand)?;
                let list = list.iter().map(sub).collect::<Result<Vec<_>, _>>()?;
                for item in &list {
                    self.check_comparable(&value, item, scope, expr.span)?;
                }
                Ok(value.in_list(list, *negated))
            }
            ExprKind::InQuery { negated, operand, query } => {
                let relation = self.query(query, Some(scope), common)?;
                if relation.columns.len() != 1 {
                    return Err(self.invalid(m::IN_COLUMNS, query.span));
                }
                let found = in_subquery(sub(operand)?, Arc::new(relation.plan));
                Ok(match found {
                    Expr::InSubquery(s) => {
                        Expr::InSubquery(InSubquery::new(s.expr, s.subquery, *negated))
                    }
                    other => other,
                })
            }
            ExprKind::Like { negated, ignore_case, operand, pattern } => {
                let (value, pattern) = (sub(operand)?, like_pattern(sub(pattern)?));
                self.check_text(&value, scope, operand.span)?;
                Ok(Expr::Like(Like::new(
                    *negated,
                    Box::new(value),
                    Box::new(pattern),
                    None,
                    *ignore_case,
                )))
            }
            ExprKind::IsNull { negated, operand } => {
                let value = sub(operand)?;
                Ok(if *negated { value.is_not_null() } else { value.is_null() })
            }
            ExprKind::Exists(query) => {
                Ok(exists(Arc::new(self.query(query, Some(scope), common)?.plan)))
            }
            ExprKind::Subquery(query) => {
                let relation = self.query(query, Some(scope), common)?;
                if relation.columns.len() != 1 {
                    return Err(self.invalid(m::VALUE_COLUMNS, query.span));
                }
                Ok(scalar_subquery(Arc::new(relation.plan)))
            }
            ExprKind::Aggregate { function, distinct, argument } => {
                let argument = argument.as_deref().map(sub).transpose()?;
                self.aggregate_call(*function, *distinct, argument, scope, expr.span)
            }
            ExprKind::Call(call) => self.call(call, expr.span, scope, common),
            ExprKind::Cast { operand, target } => {
                self.cast(sub(operand)?, *target, scope, expr.span)
            }
        }
    }

    fn literal(&self, literal: &Literal, span: Span) -> Result<Expr, EngineError> {
        Ok(match literal {
            Literal::Null => Expr::Literal(ScalarValue::Null, None),
            Literal::Boolean(value) => lit(*value),
            Literal::Integer(value) => match i64::try_from(*value) {
                Ok(value) => lit(value),
                Err(_) => return Err(self.invalid(m::INTEGER_RANGE, span)),
            },
            Literal::Float(value) => lit(*value),
            Literal::String(text) => lit(text.as_str()),
            Literal::Timestamp(text) => self.timestamp(text, span)?,
            Literal::Interval { text, unit } => self.interval(text, *unit, span)?,
        })
    }

    fn timestamp(&self, text: &str, span: Span) -> Result<Expr, EngineError> {
        let plain = text.trim().trim_end_matches('Z');
        // Not by way of nanoseconds, which reach from 1677 to 2262 alone.
        let time = arrow::compute::kernels::cast_utils::string_to_datetime(&chrono::Utc, plain)
            .map_err(|_| self.invalid(Reason::of(m::NO_TIMESTAMP, &[("text", &text)]), span))?;
        let micros = Some(time.timestamp_micros());
        Ok(Expr::Literal(ScalarValue::TimestampMicrosecond(micros, None), None))
    }

    #[allow(clippy::cast_possible_truncation)] // bounded by the check on the size
    fn interval(
        &self,
        text: &str,
        unit: ast::IntervalUnit,
        span: Span,
    ) -> Result<Expr, EngineError> {
        let bad = || self.invalid(Reason::of(m::NO_INTERVAL, &[("text", &text)]), span);
        let value: f64 = text.trim().parse().map_err(|_| bad())?;
        if !value.is_finite() || value.abs() > 1e9 {
            return Err(bad());
        }
        let whole = |v: f64| (v.fract() == 0.0).then_some(v as i32).ok_or_else(bad);
        let seconds = |v: f64| (v * 1e9) as i64;
        let (months, nanos) = match unit {
            ast::IntervalUnit::Year => (whole(value * 12.0)?, 0),
            ast::IntervalUnit::Month => (whole(value)?, 0),
            ast::IntervalUnit::Day => (0, seconds(value * 86_400.0)),
            ast::IntervalUnit::Hour => (0, seconds(value * 3600.0)),
            ast::IntervalUnit::Minute => (0, seconds(value * 60.0)),
            ast::IntervalUnit::Second => (0, seconds(value)),
        };
        let interval = arrow::datatypes::IntervalMonthDayNano::new(months, 0, nanos);
        Ok(Expr::Literal(ScalarValue::IntervalMonthDayNano(Some(interval)), None))
    }

    fn reference(
        &self,
        reference: &ast::ColumnRef,
        scope: &Scope<'_>,
    ) -> Result<Expr, EngineError> {
        let (column, is_outer) = self.column(reference, scope)?;
        match (&column.column, is_outer) {
            (_, false) => Ok(column.expr.clone()),
            (Some(inner), true) => {
                Ok(Expr::OuterReferenceColumn(column.field.clone(), inner.clone()))
            }
            (None, true) => Err(self.unsupported(m::MERGED_OUTSIDE, reference.name.span)),
        }
    }

    fn unary(
        &self,
        op: UnaryOp,
        operand: &ast::Expr,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        // Folded here: 9223372036854775808 alone is too large, −9223372036854775808 is not.
        if let (UnaryOp::Minus, ExprKind::Literal(Literal::Integer(v))) = (op, &operand.kind)
            && *v == 1 << 63
        {
            return Ok(lit(i64::MIN));
        }
        if op == UnaryOp::Not {
            return Ok(Expr::Not(Box::new(self.condition(operand, scope, common)?)));
        }
        let value = self.expr(operand, scope, common)?;
        let data_type = self.check_number(&value, scope, operand.span)?;
        Ok(match (op, &value) {
            (UnaryOp::Plus, _) => value,
            (_, Expr::Literal(ScalarValue::Int64(Some(v)), _)) => lit(v.wrapping_neg()),
            (_, Expr::Literal(ScalarValue::Float64(Some(v)), _)) => lit(0.0 - v),
            _ if data_type.is_integer() => {
                Function::Arithmetic(Arithmetic::Negate).call(vec![value])
            }
            _ => plain(Expr::Negative(Box::new(value))),
        })
    }

    fn chain(
        &self,
        items: &[ast::Expr],
        op: Operator,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let mut terms = items
            .iter()
            .map(|i| self.condition(i, scope, common))
            .collect::<Result<Vec<_>, _>>()?;
        // A balanced tree: every pass of the optimizer recurses into it.
        while terms.len() > 1 {
            let mut next = Vec::with_capacity(terms.len().div_ceil(2));
            let mut pairs = terms.into_iter();
            while let Some(left) = pairs.next() {
                next.push(match pairs.next() {
                    Some(right) => binary(left, op, right),
                    None => left,
                });
            }
            terms = next;
        }
        terms.pop().ok_or_else(|| EngineError::Internal("an empty AND or OR".into()))
    }

    fn binary(
        &self,
        op: BinaryOp,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        if op.is_comparison() {
            if let Some(test) = self.region_comparison(op, left, right, scope, common)? {
                return Ok(test);
            }
            let (a, b) = (self.expr(left, scope, common)?, self.expr(right, scope, common)?);
            let (a, b) = self.truth_as_number(a, b, scope, span)?;
            self.check_comparable(&a, &b, scope, span)?;
            return Ok(binary(a, comparison(op), b));
        }
        let (a, b) = (self.expr(left, scope, common)?, self.expr(right, scope, common)?);
        if op == BinaryOp::Concat {
            self.check_text(&a, scope, left.span)?;
            self.check_text(&b, scope, right.span)?;
            return Ok(binary(a, Operator::StringConcat, b));
        }
        self.arithmetic(op, (a, left.span), (b, right.span), scope)
    }

    fn arithmetic(
        &self,
        op: BinaryOp,
        (a, a_span): (Expr, Span),
        (b, b_span): (Expr, Span),
        scope: &Scope<'_>,
    ) -> Result<Expr, EngineError> {
        let (a_type, b_type) = (self.type_in(&a, scope, a_span)?, self.type_in(&b, scope, b_span)?);
        let is_time = |t: &DataType| matches!(t, DataType::Timestamp(..) | DataType::Interval(_));
        if is_time(&a_type) || is_time(&b_type) {
            return match op {
                BinaryOp::Add => Ok(binary(a, Operator::Plus, b)),
                BinaryOp::Subtract => Ok(binary(a, Operator::Minus, b)),
                _ => Err(self.invalid(m::TIME_ARITHMETIC, a_span.to(b_span))),
            };
        }
        self.check_number(&a, scope, a_span)?;
        self.check_number(&b, scope, b_span)?;
        let integers = a_type.is_integer() && b_type.is_integer();
        let own = |f: Arithmetic, a, b| Ok(Function::Arithmetic(f).call(vec![a, b]));
        match op {
            BinaryOp::Divide => {
                let divisor = match &b {
                    Expr::Literal(ScalarValue::Float64(v), _) => *v,
                    _ => None,
                };
                match divisor {
                    Some(v) if v != 0.0 => Ok(plain(binary(a, Operator::Divide, b))),
                    _ => own(Arithmetic::Divide, a, b),
                }
            }
            BinaryOp::Add if integers => own(Arithmetic::Add, a, b),
            BinaryOp::Subtract if integers => own(Arithmetic::Subtract, a, b),
            BinaryOp::Multiply if integers => own(Arithmetic::Multiply, a, b),
            BinaryOp::Add => Ok(binary(a, Operator::Plus, b)),
            BinaryOp::Subtract => Ok(binary(a, Operator::Minus, b)),
            _ => Ok(plain(binary(a, Operator::Multiply, b))),
        }
    }

    /// `flag = 1` and `flag = 'true'` are how clients without a boolean type compare.
    fn truth_as_number(
        &self,
        a: Expr,
        b: Expr,
        scope: &Scope<'_>,
        span: Span,
    ) -> Result<(Expr, Expr), EngineError> {
        let (a_type, b_type) = (self.type_in(&a, scope, span)?, self.type_in(&b, scope, span)?);
        let text = |e: &Expr| match e {
            Expr::Literal(ScalarValue::Utf8(Some(t)), _) => match t.to_lowercase().as_str() {
                "true" | "t" | "1" => Some(lit(true)),
                "false" | "f" | "0" => Some(lit(false)),
                _ => None,
            },
            _ => None,
        };
        Ok(match (&a_type, &b_type) {
            (DataType::Boolean, t) if t.is_integer() => (cast(a, DataType::Int64), b),
            (t, DataType::Boolean) if t.is_integer() => (a, cast(b, DataType::Int64)),
            (DataType::Boolean, DataType::Utf8) => {
                let b = text(&b).unwrap_or(b);
                (a, b)
            }
            (DataType::Utf8, DataType::Boolean) => {
                let a = text(&a).unwrap_or(a);
                (a, b)
            }
            _ => (a, b),
        })
    }

    /// `CONTAINS(…) = 1` and its kin as the truth value that it is.
    fn region_comparison(
        &self,
        op: BinaryOp,
        left: &ast::Expr,
        right: &ast::Expr,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Option<Expr>, EngineError> {
        let test = |e: &ast::Expr| {
            matches!(
                &e.kind,
                ExprKind::Call(ast::Call {
                    function: ast::Function::Builtin(Builtin::Contains | Builtin::Intersects),
                    ..
                })
            )
        };
        let number = |e: &ast::Expr| match &e.kind {
            ExprKind::Literal(Literal::Integer(n @ (0 | 1))) => Some(*n == 1),
            _ => None,
        };
        let (call, value) = match (number(left), number(right)) {
            (_, Some(value)) if test(left) => (left, value),
            (Some(value), _) if test(right) => (right, value),
            _ => return Ok(None),
        };
        let wanted = match op {
            BinaryOp::Equal => value,
            BinaryOp::NotEqual => !value,
            _ => return Ok(None),
        };
        let ExprKind::Call(call) = &call.kind else { return Ok(None) };
        let truth = self.region_test(call, scope, common)?;
        Ok(Some(if wanted { truth } else { Expr::Not(Box::new(truth)) }))
    }

    fn aggregate_call(
        &self,
        function: ast::Aggregate,
        distinct: bool,
        argument: Option<Expr>,
        scope: &Scope<'_>,
        span: Span,
    ) -> Result<Expr, EngineError> {
        let Some(argument) = argument else { return Ok(expr_fn::count(lit(1i64))) };
        let nested = argument.exists(|e| Ok(matches!(e, Expr::AggregateFunction(_))));
        if self.df(nested, Some(span))? {
            return Err(self.invalid(m::NESTED_AGGREGATE, span));
        }
        if matches!(function, ast::Aggregate::Sum | ast::Aggregate::Avg) {
            self.check_number(&argument, scope, span)?;
        }
        let plain = match function {
            ast::Aggregate::Count => expr_fn::count(argument),
            ast::Aggregate::Sum => expr_fn::sum(argument),
            ast::Aggregate::Avg => expr_fn::avg(argument),
            // DISTINCT changes neither.
            ast::Aggregate::Min => return Ok(expr_fn::min(argument)),
            ast::Aggregate::Max => return Ok(expr_fn::max(argument)),
        };
        if distinct { self.df(plain.distinct().build(), Some(span)) } else { Ok(plain) }
    }

    /// The type of an expression over the tables of a scope.
    pub(super) fn type_in(
        &self,
        expr: &Expr,
        scope: &Scope<'_>,
        span: Span,
    ) -> Result<DataType, EngineError> {
        self.df(expr.get_type(scope.schema.as_ref()), Some(span))
    }

    pub(super) fn check_number(
        &self,
        expr: &Expr,
        scope: &Scope<'_>,
        span: Span,
    ) -> Result<DataType, EngineError> {
        let data_type = self.type_in(expr, scope, span)?;
        if data_type.is_numeric() || data_type.is_null() {
            return Ok(data_type);
        }
        Err(self.invalid(Reason::of(m::NUMBER_NEEDED, &[("type", &data_type)]), span))
    }

    pub(super) fn check_text(
        &self,
        expr: &Expr,
        scope: &Scope<'_>,
        span: Span,
    ) -> Result<(), EngineError> {
        let data_type = self.type_in(expr, scope, span)?;
        if matches!(data_type, DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8)
            || data_type.is_null()
        {
            return Ok(());
        }
        Err(self.invalid(Reason::of(m::TEXT_NEEDED, &[("type", &data_type)]), span))
    }

    fn check_comparable(
        &self,
        a: &Expr,
        b: &Expr,
        scope: &Scope<'_>,
        span: Span,
    ) -> Result<(), EngineError> {
        let (a, b) = (self.type_in(a, scope, span)?, self.type_in(b, scope, span)?);
        if comparable(&a, &b) {
            return Ok(());
        }
        Err(self.invalid(Reason::of(m::NOT_COMPARABLE, &[("a", &a), ("b", &b)]), span))
    }
}

pub(super) fn binary(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))
}

/// A float that may have come out as −0 or NaN, as ADQL has it.
pub(super) fn plain(value: Expr) -> Expr {
    Function::Arithmetic(Arithmetic::Plain).call(vec![value])
}

fn comparison(op: BinaryOp) -> Operator {
    match op {
        BinaryOp::NotEqual => Operator::NotEq,
        BinaryOp::Less => Operator::Lt,
        BinaryOp::LessOrEqual => Operator::LtEq,
        BinaryOp::Greater => Operator::Gt,
        BinaryOp::GreaterOrEqual => Operator::GtEq,
        _ => Operator::Eq,
    }
}

/// ADQL has no escape character; the engine's LIKE takes a backslash for one.
pub(super) fn like_pattern(pattern: Expr) -> Expr {
    match pattern {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => lit(text.replace('\\', "\\\\")),
        other => other,
    }
}
