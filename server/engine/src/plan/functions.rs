//! Function calls, CAST, and what a computed column is called.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::{
    common::ScalarValue,
    functions::{core::expr_fn::coalesce, string, unicode::expr_fn::left},
    logical_expr::{Expr, Operator, cast, lit},
};
use tenkyu_adql::{
    Builtin, Family, Span, Udf,
    ast::{self, CastType, ExprKind},
};
use tenkyu_wire::messages::plan as m;
use tenkyu_wire::tables::ColumnMeta;

use super::{
    CommonTables, Planner,
    expr::{binary, plain},
    scope::Scope,
};
use crate::{
    EngineError,
    error::Reason,
    functions::{Arithmetic, Function, Maths, Random},
    unit::{self, UnitError},
};

impl Planner<'_> {
    pub(super) fn call(
        &self,
        call: &ast::Call,
        span: Span,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let builtin = match &call.function {
            ast::Function::Builtin(builtin) => *builtin,
            ast::Function::User(parts) | ast::Function::OwnAggregate(parts) => {
                return match call.own() {
                    Some(name) => self.own_call(name, call, scope, common),
                    None => self.user_function(call, parts, scope, common),
                };
            }
        };
        if !builtin.accepts(call.args.len()) {
            let reason = Reason::of(m::ARGUMENT_COUNT, &[("form", &builtin.signature())]);
            return Err(self.invalid(reason, call.name_span));
        }
        match builtin.family() {
            Family::Geometry => return self.geometry(builtin, call, span, scope, common),
            Family::Maths => return self.maths(builtin, call, scope, common),
            Family::Text | Family::Other => {}
        }
        if builtin == Builtin::InUnit {
            return self.in_unit(call, scope, common);
        }
        let mut args = self.args(call, scope, common)?;
        match builtin {
            Builtin::Coalesce => Ok(coalesce(args)),
            Builtin::Lower | Builtin::Upper => {
                let Some(text) = args.pop() else { return Err(self.arguments(builtin, call)) };
                self.check_text(&text, scope, span)?;
                Ok(match builtin {
                    Builtin::Lower => string::expr_fn::lower(text),
                    _ => string::expr_fn::upper(text),
                })
            }
            other => Err(self.unsupported(other.name(), call.name_span)),
        }
    }

    fn args(
        &self,
        call: &ast::Call,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Vec<Expr>, EngineError> {
        call.args.iter().map(|a| self.expr(a, scope, common)).collect()
    }

    pub(super) fn arguments(&self, builtin: Builtin, call: &ast::Call) -> EngineError {
        let reason = Reason::of(m::ARGUMENTS, &[("form", &builtin.signature())]);
        self.invalid(reason, call.name_span)
    }

    fn maths(
        &self,
        builtin: Builtin,
        call: &ast::Call,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let args = self.args(call, scope, common)?;
        let mut integers = true;
        for (arg, source) in args.iter().zip(&call.args) {
            integers &= self.check_number(arg, scope, source.span)?.is_integer();
        }
        let function = match builtin {
            Builtin::Pi => return Ok(lit(std::f64::consts::PI)),
            Builtin::Rand => return self.random(call, &args),
            Builtin::Abs => return Ok(Function::Arithmetic(Arithmetic::Abs).call(args)),
            Builtin::Mod if integers => {
                return Ok(Function::Arithmetic(Arithmetic::Modulo).call(args));
            }
            Builtin::Mod => Maths::Modulo,
            Builtin::Ceiling => Maths::Ceiling,
            Builtin::Degrees => Maths::Degrees,
            Builtin::Exp => Maths::Exp,
            Builtin::Floor => Maths::Floor,
            Builtin::Log => Maths::Log,
            Builtin::Log10 => Maths::Log10,
            Builtin::Power => Maths::Power,
            Builtin::Radians => Maths::Radians,
            Builtin::Round => Maths::Round,
            Builtin::Sqrt => Maths::Sqrt,
            Builtin::Truncate => Maths::Truncate,
            Builtin::Acos => Maths::Acos,
            Builtin::Asin => Maths::Asin,
            Builtin::Atan => Maths::Atan,
            Builtin::Atan2 => Maths::Atan2,
            Builtin::Cos => Maths::Cos,
            Builtin::Cot => Maths::Cot,
            Builtin::Sin => Maths::Sin,
            Builtin::Tan => Maths::Tan,
            other => return Err(self.unsupported(other.name(), call.name_span)),
        };
        Ok(Function::Maths(function).call(args))
    }

    fn random(&self, call: &ast::Call, args: &[Expr]) -> Result<Expr, EngineError> {
        let seed = match args {
            [] => None,
            [Expr::Literal(ScalarValue::Int64(Some(seed)), _)] => Some(*seed),
            _ => return Err(self.invalid(m::SEED, call.name_span)),
        };
        Ok(Function::Random(Random::Uniform(seed)).call(Vec::new()))
    }

    /// A value times what makes the other unit of its own.
    fn in_unit(
        &self,
        call: &ast::Call,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let [value, wanted] = call.args.as_slice() else {
            return Err(self.arguments(Builtin::InUnit, call));
        };
        let ExprKind::Literal(ast::Literal::String(to)) = &wanted.kind else {
            return Err(self.invalid(m::UNIT_LITERAL, wanted.span));
        };
        let expr = self.expr(value, scope, common)?;
        self.check_number(&expr, scope, value.span)?;
        let from = self.units(value, scope).unit;
        if from.is_empty() {
            return Err(self.invalid(m::UNIT_UNKNOWN, value.span));
        }
        let factor = unit::factor(&from, to).map_err(|error| {
            let of_value = matches!(&error, UnitError::Unknown(text) if *text == from);
            let span = if of_value { value.span } else { wanted.span };
            self.invalid(reason(&error), span)
        })?;
        let expr = cast(expr, DataType::Float64);
        Ok(if factor == 1.0 { expr } else { binary(expr, Operator::Multiply, lit(factor)) })
    }

    pub(super) fn cast(
        &self,
        value: Expr,
        target: CastType,
        scope: &Scope<'_>,
        span: Span,
    ) -> Result<Expr, EngineError> {
        let from = self.type_in(&value, scope, span)?;
        let data_type = match target {
            CastType::SmallInt => DataType::Int16,
            CastType::Integer => DataType::Int32,
            CastType::BigInt => DataType::Int64,
            CastType::Real => DataType::Float32,
            CastType::Double => DataType::Float64,
            CastType::Char(_) | CastType::VarChar(_) => DataType::Utf8,
            CastType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        };
        if from.is_numeric() && matches!(data_type, DataType::Timestamp(..)) {
            return Err(self.invalid(m::NUMBER_AS_TIME, span));
        }
        let cast = cast(value, data_type);
        Ok(match target {
            CastType::Char(Some(n)) | CastType::VarChar(Some(n)) => left(cast, lit(i64::from(n))),
            // A text may spell NaN.
            CastType::Real | CastType::Double if !from.is_numeric() => plain(cast),
            _ => cast,
        })
    }

    /// What a select item is called and what its values are. `index` counts the items from 0.
    pub(super) fn describe(&self, expr: &ast::Expr, scope: &Scope<'_>, index: usize) -> ColumnMeta {
        let mut meta = self.units(expr, scope);
        if !matches!(expr.kind, ExprKind::Column(_)) {
            meta.name = computed_name(expr).unwrap_or_else(|| format!("col{}", index + 1));
            meta.datatype = tenkyu_wire::tables::Datatype::default();
            meta.principal = true;
            meta.indexed = false;
            meta.std = false;
        }
        meta
    }

    /// Unit, UCD and description of an expression, as far as they follow from its parts.
    fn units(&self, expr: &ast::Expr, scope: &Scope<'_>) -> ColumnMeta {
        let of = |e: &ast::Expr| self.units(e, scope);
        let unit_only = |e: &ast::Expr| ColumnMeta { unit: of(e).unit, ..ColumnMeta::default() };
        let fixed = |unit: &str, ucd: &str| ColumnMeta {
            unit: unit.to_owned(),
            ucd: ucd.to_owned(),
            ..ColumnMeta::default()
        };
        if let ExprKind::Call(call) = &expr.kind
            && let Some(own) = call.own().and_then(|own| self.tables.functions().find(&own.text))
        {
            let mut meta = fixed(&own.function.returns.unit, "");
            meta.description = own.function.description;
            return meta;
        }
        match &expr.kind {
            ExprKind::Column(reference) => match self.column(reference, scope) {
                Ok((column, _)) => column.meta.clone(),
                Err(_) => ColumnMeta::default(),
            },
            ExprKind::Unary { operand, .. } => unit_only(operand),
            ExprKind::Binary { op: ast::BinaryOp::Add | ast::BinaryOp::Subtract, left, right } => {
                let (a, b) = (unit_only(left), unit_only(right));
                if a.unit == b.unit { a } else { ColumnMeta::default() }
            }
            ExprKind::Aggregate { function, argument, .. } => match (function, argument) {
                (ast::Aggregate::Count, _) => fixed("", "meta.number"),
                (function, Some(argument)) => {
                    let inner = of(argument);
                    let word = match function {
                        ast::Aggregate::Min => "stat.min",
                        ast::Aggregate::Max => "stat.max",
                        ast::Aggregate::Avg => "stat.mean",
                        _ => "",
                    };
                    let ucd = match (word, inner.ucd.as_str()) {
                        ("", _) => String::new(),
                        (word, "") => word.to_owned(),
                        (word, ucd) => format!("{word};{}", ucd.trim_end_matches(";meta.main")),
                    };
                    ColumnMeta { unit: inner.unit, ucd, ..ColumnMeta::default() }
                }
                _ => ColumnMeta::default(),
            },
            // A number changes the size of a value, not its unit.
            ExprKind::Binary { op: ast::BinaryOp::Multiply, left, right } => {
                match (is_number(left), is_number(right)) {
                    (true, _) => unit_only(right),
                    (_, true) => unit_only(left),
                    _ => ColumnMeta::default(),
                }
            }
            ExprKind::Binary { op: ast::BinaryOp::Divide, left, right } if is_number(right) => {
                unit_only(left)
            }
            ExprKind::Call(call) if call.udf().is_some() => of_udf(call),
            ExprKind::Call(call) => match call.function {
                ast::Function::Builtin(Builtin::InUnit) => match call.args.as_slice() {
                    [
                        value,
                        ast::Expr { kind: ExprKind::Literal(ast::Literal::String(to)), .. },
                    ] => fixed(to, &of(value).ucd),
                    _ => ColumnMeta::default(),
                },
                ast::Function::Builtin(Builtin::Distance) => fixed("deg", "pos.angDistance"),
                ast::Function::Builtin(Builtin::Area) => fixed("deg**2", "phys.angArea"),
                ast::Function::Builtin(Builtin::Coord1 | Builtin::Coord2) => fixed("deg", ""),
                ast::Function::Builtin(Builtin::Point | Builtin::Centroid) => {
                    ColumnMeta { xtype: "adql:POINT".to_owned(), ..ColumnMeta::default() }
                }
                ast::Function::Builtin(
                    Builtin::Circle | Builtin::Box | Builtin::Polygon | Builtin::Region,
                ) => ColumnMeta { xtype: "adql:REGION".to_owned(), ..ColumnMeta::default() },
                ast::Function::Builtin(
                    Builtin::Abs
                    | Builtin::Round
                    | Builtin::Truncate
                    | Builtin::Floor
                    | Builtin::Ceiling
                    | Builtin::Coalesce,
                ) => call.args.first().map(unit_only).unwrap_or_default(),
                _ => ColumnMeta::default(),
            },
            ExprKind::Cast { operand, target: CastType::Timestamp } => {
                ColumnMeta { xtype: "timestamp".to_owned(), ..unit_only(operand) }
            }
            ExprKind::Cast { operand, .. } => unit_only(operand),
            _ => ColumnMeta::default(),
        }
    }
}

fn is_number(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(literal) => {
            matches!(literal, ast::Literal::Integer(_) | ast::Literal::Float(_))
        }
        ExprKind::Unary { operand, .. } => is_number(operand),
        _ => false,
    }
}

/// What the values of a user-defined function are.
fn of_udf(call: &ast::Call) -> ColumnMeta {
    let of = |unit: &str, xtype: &str| ColumnMeta {
        unit: unit.to_owned(),
        xtype: xtype.to_owned(),
        ..ColumnMeta::default()
    };
    match call.udf() {
        Some(Udf::HealpixCenter | Udf::EpochPropPos | Udf::SimbadPoint) => of("", "adql:POINT"),
        Some(Udf::GeomTransform) => of("", "adql:REGION"),
        Some(Udf::Moc | Udf::MocUnion | Udf::MocIntersect) => of("", "moc"),
        Some(Udf::ToJd | Udf::ToMjd) => of("d", ""),
        Some(Udf::HmsToDegrees | Udf::DmsToDegrees) => of("deg", ""),
        _ => ColumnMeta::default(),
    }
}

/// `avg_mag` for `AVG(mag)`, `count` for `COUNT(*)`: readable, and an identifier.
fn computed_name(expr: &ast::Expr) -> Option<String> {
    let column = |e: &ast::Expr| match &e.kind {
        ExprKind::Column(reference) => Some(reference.name.text.clone()),
        _ => None,
    };
    let (function, argument) = match &expr.kind {
        ExprKind::Aggregate { function, argument, .. } => {
            (function.name().to_lowercase(), argument.as_deref().and_then(column))
        }
        ExprKind::Call(ast::Call { function: ast::Function::Builtin(b), args, .. }) => {
            let one = (args.len() == 1).then(|| args.first().and_then(column)).flatten();
            (b.name().to_lowercase(), one)
        }
        ExprKind::Call(ast::Call {
            function: ast::Function::User(parts) | ast::Function::OwnAggregate(parts),
            ..
        }) => (parts.last()?.text.to_lowercase(), None),
        ExprKind::Cast { operand, .. } => return column(operand),
        _ => return None,
    };
    Some(match argument {
        Some(argument) => format!("{function}_{argument}"),
        None => function,
    })
}

/// Why a unit does not become another, in words.
fn reason(error: &UnitError) -> Reason {
    match error {
        UnitError::Unknown(unit) => Reason::of(m::NO_UNIT, &[("unit", unit)]),
        UnitError::Different { from, to } => {
            Reason::of(m::OTHER_UNIT, &[("from", from), ("to", to)])
        }
    }
}
