//! User-defined functions: the IVOA catalogue (EN 1.2, 2024), Gaia's index, coverage maps.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::{
    common::ScalarValue,
    functions_aggregate::string_agg::string_agg_udaf,
    logical_expr::{Expr, Like, cast, lit},
};
use tenkyu_adql::{
    Udf,
    ast::{self, ExprKind, Literal},
    nearest,
};
use tenkyu_wire::messages::plan as m;

use super::{
    CommonTables, Planner,
    geometry::{Shape, unknown_frame},
    scope::Scope,
};
use crate::{
    EngineError,
    error::Reason,
    functions::{Arithmetic, Axis, Celestial, Function, Histogram, MOST_BINS, Random, Sky, Text},
    sphere::{frame::FrameName, stcs},
};

impl Planner<'_> {
    /// Which function a call means.
    pub(super) fn udf(&self, call: &ast::Call, parts: &[ast::Ident]) -> Result<Udf, EngineError> {
        let Some(udf) = call.udf() else {
            let name: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
            let name = name.join(".");
            let known = tenkyu_adql::Builtin::ALL.iter().map(|builtin| builtin.name());
            let known = known.chain(Udf::ALL.iter().map(|udf| udf.name()));
            let near = nearest(&name, known).map(str::to_owned);
            let place = self.place(call.name_span);
            return Err(EngineError::UnknownFunction { name, place, nearest: near });
        };
        if udf.accepts(call.args.len()) {
            return Ok(udf);
        }
        let reason = Reason::of(m::ARGUMENT_COUNT, &[("form", &udf.form())]);
        Err(self.invalid(reason, call.name_span))
    }

    /// A call as a value.
    pub(super) fn user_function(
        &self,
        call: &ast::Call,
        parts: &[ast::Ident],
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let udf = self.udf(call, parts)?;
        if let Some(shape) = self.udf_shape(udf, call, scope, common)? {
            return Ok(shape.text());
        }
        let texts = || self.texts(&call.args, scope, common);
        let truth = |test: Text, args| cast(Function::Text(test).call(args), DataType::Int32);
        match udf {
            Udf::HealpixIndex => self.healpix_index(call, scope, common),
            Udf::GaiaHealpixIndex => self.gaia_index(call, scope, common),
            Udf::ToJd => self.days(Text::Jd, call, scope, common),
            Udf::ToMjd => self.days(Text::Mjd, call, scope, common),
            Udf::NoCaseMatch => match <[Expr; 2]>::try_from(texts()?) {
                Ok([value, pattern]) => {
                    let pattern = super::expr::like_pattern(pattern);
                    let like = Like::new(false, Box::new(value), Box::new(pattern), None, true);
                    Ok(cast(Expr::Like(like), DataType::Int32))
                }
                Err(_) => Err(self.udf_arguments(udf, call)),
            },
            Udf::HasWord => Ok(truth(Text::HasWord, texts()?)),
            Udf::HashlistHas => Ok(truth(Text::HashlistHas, texts()?)),
            Udf::IntervalOverlaps => {
                Ok(truth(Text::IntervalOverlaps, self.numbers(&call.args, scope, common)?))
            }
            Udf::HmsToDegrees => Ok(Function::Text(Text::HmsToDegrees).call(texts()?)),
            Udf::DmsToDegrees => Ok(Function::Text(Text::DmsToDegrees).call(texts()?)),
            Udf::NormalRandom => {
                Ok(Function::Random(Random::Normal).call(self.numbers(&call.args, scope, common)?))
            }
            Udf::StringAgg => {
                let args = texts()?;
                match args.get(1) {
                    Some(Expr::Literal(..)) => Ok(string_agg_udaf().call(args)),
                    _ => Err(self.invalid(m::DELIMITER, call.name_span)),
                }
            }
            Udf::Histogram => self.histogram(call, scope, common),
            Udf::Nearest => Err(self.invalid(m::NEAREST_ALONE, call.name_span)),
            other => Err(self.udf_arguments(other, call)),
        }
    }

    /// The shape that a call makes, if it is one that does.
    pub(super) fn udf_shape(
        &self,
        udf: Udf,
        call: &ast::Call,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Option<Shape>, EngineError> {
        let both = |function: fn(Axis) -> Celestial, args: Vec<Expr>| {
            let lon = Function::Celestial(function(Axis::Lon)).call(args.clone());
            let lat = Function::Celestial(function(Axis::Lat)).call(args);
            Shape::Point(Function::fold(lon), Function::fold(lat))
        };
        Ok(Some(match (udf, call.args.as_slice()) {
            (Udf::HealpixCenter, args) => {
                both(Celestial::HealpixCentre, self.numbers(args, scope, common)?)
            }
            (Udf::EpochPropPos, args) => {
                let mut numbers = self.numbers(args, scope, common)?;
                if numbers.len() == 6 {
                    // Without parallax and radial velocity.
                    numbers.insert(4, lit(0.0));
                    numbers.insert(2, lit(0.0));
                }
                both(Celestial::Moved, numbers)
            }
            (Udf::GeomTransform, [from, to, shape]) => {
                let (from, to) = (self.frame_argument(from)?, self.frame_argument(to)?);
                self.turned(self.shape(shape, scope, common)?, from, to)
            }
            (Udf::SimbadPoint, [name]) => self.named_point(name)?,
            (Udf::Moc, [text]) => {
                if let ExprKind::Literal(Literal::String(map)) = &text.kind {
                    // Constants are read now, with their place.
                    let read =
                        stcs::parse(map).map_err(|e| self.invalid(e.to_string(), text.span))?;
                    Shape::Text(lit(stcs::write(&read)))
                } else {
                    let map = self.shape(text, scope, common)?.text();
                    Shape::Text(Function::Celestial(Celestial::Moc).call(vec![map]))
                }
            }
            (Udf::Moc, [order, shape]) => {
                let order = self.number(order, scope, common)?;
                let args = vec![order, self.shape(shape, scope, common)?.text()];
                Shape::Text(Function::fold(Function::Celestial(Celestial::MocOf).call(args)))
            }
            (Udf::MocUnion | Udf::MocIntersect, [a, b]) => {
                let args = vec![
                    self.shape(a, scope, common)?.text(),
                    self.shape(b, scope, common)?.text(),
                ];
                let function = match udf {
                    Udf::MocUnion => Celestial::MocUnion,
                    _ => Celestial::MocIntersection,
                };
                Shape::Text(Function::fold(Function::Celestial(function).call(args)))
            }
            _ => return Ok(None),
        }))
    }

    pub(super) fn udf_arguments(&self, udf: Udf, call: &ast::Call) -> EngineError {
        self.invalid(Reason::of(m::ARGUMENTS, &[("form", &udf.form())]), call.name_span)
    }

    fn texts(
        &self,
        args: &[ast::Expr],
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Vec<Expr>, EngineError> {
        args.iter()
            .map(|arg| {
                let text = self.expr(arg, scope, common)?;
                self.check_text(&text, scope, arg.span)?;
                Ok(text)
            })
            .collect()
    }

    fn healpix_index(
        &self,
        call: &ast::Call,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let args = match call.args.as_slice() {
            [order, point] => {
                let (lon, lat) = self.point(point, scope, common)?;
                vec![self.number(order, scope, common)?, lon, lat]
            }
            numbers => self.numbers(numbers, scope, common)?,
        };
        Ok(Function::Sky(Sky::HealpixIndex).call(args))
    }

    /// Gaia source identifiers hold the order-12 index of the position in their upper bits.
    fn gaia_index(
        &self,
        call: &ast::Call,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let [order, id] = call.args.as_slice() else {
            return Err(self.udf_arguments(Udf::GaiaHealpixIndex, call));
        };
        let ExprKind::Literal(Literal::Integer(number @ 0..=12)) = order.kind else {
            return Err(self
                .invalid(Reason::of(m::NUMBER_RANGE, &[("low", &0), ("high", &12)]), order.span));
        };
        let divisor = (1i64 << 35) << (2 * (12 - number));
        let id_expr = self.expr(id, scope, common)?;
        if !self.check_number(&id_expr, scope, id.span)?.is_integer() {
            return Err(self.invalid(m::SOURCE_ID, id.span));
        }
        Ok(Function::Arithmetic(Arithmetic::Divide).call(vec![id_expr, lit(divisor)]))
    }

    fn days(
        &self,
        function: Text,
        call: &ast::Call,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let [time] = call.args.as_slice() else {
            return Err(self.invalid(m::ONE_TIMESTAMP, call.name_span));
        };
        let value = self.expr(time, scope, common)?;
        match self.type_in(&value, scope, time.span)? {
            // Times are kept as ISO 8601 text.
            DataType::Timestamp(..) | DataType::Date32 | DataType::Utf8 | DataType::Null => {
                let stamp = DataType::Timestamp(TimeUnit::Microsecond, None);
                Ok(Function::Text(function).call(vec![cast(value, stamp)]))
            }
            other => {
                Err(self.invalid(Reason::of(m::TIMESTAMP_NEEDED, &[("type", &other)]), time.span))
            }
        }
    }

    fn histogram(
        &self,
        call: &ast::Call,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let [value, lower, upper, bins] = call.args.as_slice() else {
            return Err(self.udf_arguments(Udf::Histogram, call));
        };
        let constant = |arg: &ast::Expr| match self.number(arg, scope, common)? {
            Expr::Literal(ScalarValue::Float64(Some(number)), _) => Ok(number),
            _ => Err(self.invalid(m::LITERAL_NUMBER, arg.span)),
        };
        let ExprKind::Literal(Literal::Integer(count)) = bins.kind else {
            return Err(self.invalid(m::BINS_LITERAL, bins.span));
        };
        let count = i64::try_from(count).ok().filter(|n| (1..=MOST_BINS).contains(n));
        let Some(count) = count.and_then(|n| usize::try_from(n).ok()) else {
            return Err(self.invalid(
                Reason::of(m::NUMBER_RANGE, &[("low", &1), ("high", &MOST_BINS)]),
                bins.span,
            ));
        };
        let (low, high) = (constant(lower)?, constant(upper)?);
        if low >= high {
            return Err(self.invalid(m::UPPER_BELOW, upper.span));
        }
        Ok(Histogram::of(self.number(value, scope, common)?, low, high, count))
    }

    fn frame_argument(&self, name: &ast::Expr) -> Result<FrameName, EngineError> {
        match &name.kind {
            ExprKind::Literal(Literal::String(text)) => FrameName::parse(text)
                .ok_or_else(|| self.unsupported(unknown_frame(text), name.span)),
            _ => Err(self.invalid(m::FRAME_LITERAL, name.span)),
        }
    }

    fn named_point(&self, name: &ast::Expr) -> Result<Shape, EngineError> {
        let ExprKind::Literal(Literal::String(text)) = &name.kind else {
            return Err(self.invalid(m::NAME_LITERAL, name.span));
        };
        match self.tables.position(text) {
            Ok((lon, lat)) => Ok(Shape::Point(lit(lon), lit(lat))),
            Err(near) => Err(EngineError::UnknownObject {
                name: text.clone(),
                place: self.place(name.span),
                nearest: near.into_iter().next(),
            }),
        }
    }
}
