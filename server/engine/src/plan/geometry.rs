//! Geometry of ADQL 2.1 §4.2. Shapes are planned as their numbers, so that the common tests run on
//! plain columns; a shape that is stored, or that is asked for as a value, is STC-S text.

use arrow::datatypes::DataType;
use datafusion::{
    common::ScalarValue,
    logical_expr::{Expr, cast, lit},
};
use tenkyu_adql::{
    Builtin, Span,
    ast::{self, ExprKind, Literal},
};
use tenkyu_wire::messages::plan as m;

use super::{CommonTables, Planner, scope::Scope};
use crate::{
    EngineError,
    error::Reason,
    functions::{Axis, Celestial, Function, Sky},
    sphere::{frame::FrameName, stcs},
};

/// A geometry value, planned.
pub(super) enum Shape {
    /// Longitude and latitude.
    Point(Expr, Expr),
    /// Longitude, latitude and radius.
    Circle(Expr, Expr, Expr),
    /// Longitude, latitude, width and height.
    Box(Expr, Expr, Expr, Expr),
    /// Longitudes and latitudes by turns.
    Polygon(Vec<Expr>),
    /// STC-S.
    Text(Expr),
}

impl Shape {
    pub(super) fn text(self) -> Expr {
        match self {
            Self::Point(a, b) => Function::Sky(Sky::PointText).call(vec![a, b]),
            Self::Circle(a, b, r) => Function::Sky(Sky::CircleText).call(vec![a, b, r]),
            Self::Box(a, b, w, h) => Function::Sky(Sky::BoxText).call(vec![a, b, w, h]),
            Self::Polygon(numbers) => Function::Sky(Sky::PolygonText).call(numbers),
            Self::Text(text) => text,
        }
    }
}

impl Planner<'_> {
    pub(super) fn geometry(
        &self,
        builtin: Builtin,
        call: &ast::Call,
        span: Span,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        match builtin {
            Builtin::Contains | Builtin::Intersects => {
                Ok(cast(self.region_test(call, scope, common)?, DataType::Int32))
            }
            Builtin::Distance => self.distance(call, scope, common),
            Builtin::Area => {
                let [shape] = call.args.as_slice() else {
                    return Err(self.arguments(builtin, call));
                };
                let text = self.shape(shape, scope, common)?.text();
                Ok(Function::Sky(Sky::Area).call(vec![text]))
            }
            Builtin::Coord1 | Builtin::Coord2 => {
                let [point] = call.args.as_slice() else {
                    return Err(self.arguments(builtin, call));
                };
                let (lon, lat) = match framed_point(point) {
                    // Its coordinates are those of its own frame, as they are written.
                    Some(call) => {
                        match <[Expr; 2]>::try_from(self.numbers(&call.args, scope, common)?) {
                            Ok([lon, lat]) => (lon, lat),
                            Err(_) => return Err(self.arguments(Builtin::Point, call)),
                        }
                    }
                    None => self.point(point, scope, common)?,
                };
                Ok(if builtin == Builtin::Coord1 { lon } else { lat })
            }
            Builtin::Coordsys => {
                let [shape] = call.args.as_slice() else {
                    return Err(self.arguments(builtin, call));
                };
                self.shape(shape, scope, common)?;
                let own = match &shape.kind {
                    ExprKind::Call(call) => call.coosys.as_deref().filter(|name| !name.is_empty()),
                    _ => None,
                };
                Ok(lit(own.unwrap_or("ICRS")))
            }
            _ => Ok(self.constructor(builtin, call, span, scope, common)?.text()),
        }
    }

    /// CONTAINS and INTERSECTS as truth values.
    pub(super) fn region_test(
        &self,
        call: &ast::Call,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let ast::Function::Builtin(builtin) = call.function else {
            return Err(self.invalid(m::REGION_TEST, call.name_span));
        };
        let [first, second] = call.args.as_slice() else {
            return Err(self.arguments(builtin, call));
        };
        let first = self.shape(first, scope, common)?;
        let second = self.shape(second, scope, common)?;
        let intersects = builtin == Builtin::Intersects;
        Ok(match (first, second) {
            (Shape::Point(lon, lat), shape) => inside(lon, lat, shape),
            (shape, Shape::Point(lon, lat)) if intersects => inside(lon, lat, shape),
            (first, second) => {
                let test = if intersects { Sky::Intersects } else { Sky::RegionInRegion };
                Function::Sky(test).call(vec![first.text(), second.text()])
            }
        })
    }

    fn distance(
        &self,
        call: &ast::Call,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let args = match call.args.as_slice() {
            [a, b] => {
                let ((a, b), (c, d)) =
                    (self.point(a, scope, common)?, self.point(b, scope, common)?);
                vec![a, b, c, d]
            }
            numbers => self.numbers(numbers, scope, common)?,
        };
        Ok(Function::Sky(Sky::Distance).call(args))
    }

    pub(super) fn point(
        &self,
        expr: &ast::Expr,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<(Expr, Expr), EngineError> {
        match self.shape(expr, scope, common)? {
            Shape::Point(lon, lat) => Ok((lon, lat)),
            Shape::Text(text) => Ok((
                Function::Sky(Sky::CentroidLon).call(vec![text.clone()]),
                Function::Sky(Sky::CentroidLat).call(vec![text]),
            )),
            _ => Err(self.invalid(m::POINT_NEEDED, expr.span)),
        }
    }

    /// A geometry value: a constructor, or a column of STC-S text.
    pub(super) fn shape(
        &self,
        expr: &ast::Expr,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Shape, EngineError> {
        if let ExprKind::Call(call) = &expr.kind
            && let ast::Function::Builtin(builtin) = call.function
            && matches!(
                builtin,
                Builtin::Point
                    | Builtin::Circle
                    | Builtin::Box
                    | Builtin::Polygon
                    | Builtin::Region
                    | Builtin::Centroid
            )
        {
            return self.constructor(builtin, call, expr.span, scope, common);
        }
        if let ExprKind::Call(call) = &expr.kind
            && let ast::Function::User(parts) = &call.function
            && call.own().is_none()
        {
            let udf = self.udf(call, parts)?;
            if let Some(shape) = self.udf_shape(udf, call, scope, common)? {
                return Ok(shape);
            }
        }
        let text = self.expr(expr, scope, common)?;
        if self.check_text(&text, scope, expr.span).is_err() {
            return Err(self.invalid(m::GEOMETRY_NEEDED, expr.span));
        }
        Ok(Shape::Text(text))
    }

    fn constructor(
        &self,
        builtin: Builtin,
        call: &ast::Call,
        span: Span,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Shape, EngineError> {
        if !builtin.accepts(call.args.len()) {
            return Err(self.arguments(builtin, call));
        }
        let frame = self.frame(call)?;
        match (builtin, call.args.as_slice()) {
            (Builtin::Region, [text]) => self.region(text, scope, common),
            (Builtin::Centroid, [shape]) => Ok(match self.shape(shape, scope, common)? {
                Shape::Point(a, b) | Shape::Circle(a, b, _) | Shape::Box(a, b, ..) => {
                    Shape::Point(a, b)
                }
                other => {
                    let text = other.text();
                    Shape::Point(
                        Function::Sky(Sky::CentroidLon).call(vec![text.clone()]),
                        Function::Sky(Sky::CentroidLat).call(vec![text]),
                    )
                }
            }),
            // The forms that take points in place of pairs of numbers.
            (Builtin::Circle, [centre, radius]) => {
                let (lon, lat) = self.framed(centre, frame, scope, common)?;
                Ok(Shape::Circle(lon, lat, self.number(radius, scope, common)?))
            }
            (Builtin::Box, [centre, width, height]) => {
                let (lon, lat) = self.framed(centre, frame, scope, common)?;
                let width = self.number(width, scope, common)?;
                Ok(Shape::Box(lon, lat, width, self.number(height, scope, common)?))
            }
            (Builtin::Polygon, points) if is_geometry(points.first()) => {
                let mut numbers = Vec::with_capacity(2 * points.len());
                for point in points {
                    let (lon, lat) = self.framed(point, frame, scope, common)?;
                    numbers.extend([lon, lat]);
                }
                self.polygon(numbers, span)
            }
            (Builtin::Polygon, args) => {
                let shape = self.polygon(self.numbers(args, scope, common)?, span)?;
                Ok(self.turned(shape, frame, FrameName::Icrs))
            }
            (_, args) => {
                let mut n = self.numbers(args, scope, common)?.into_iter();
                let shape = match (builtin, n.next(), n.next(), n.next(), n.next()) {
                    (Builtin::Point, Some(a), Some(b), None, None) => {
                        self.check_latitude(&b, span)?;
                        Shape::Point(a, b)
                    }
                    (Builtin::Circle, Some(a), Some(b), Some(r), None) => {
                        self.check_latitude(&b, span)?;
                        Shape::Circle(a, b, r)
                    }
                    (Builtin::Box, Some(a), Some(b), Some(w), Some(h)) => Shape::Box(a, b, w, h),
                    _ => return Err(self.arguments(builtin, call)),
                };
                Ok(self.turned(shape, frame, FrameName::Icrs))
            }
        }
    }

    /// Constant latitudes are checked while their place is known.
    fn check_latitude(&self, lat: &Expr, span: Span) -> Result<(), EngineError> {
        match lat {
            Expr::Literal(ScalarValue::Float64(Some(v)), _) if !(-90.0..=90.0).contains(v) => {
                Err(self.invalid(Reason::of(m::NO_LATITUDE, &[("value", v)]), span))
            }
            _ => Ok(()),
        }
    }

    fn polygon(&self, numbers: Vec<Expr>, span: Span) -> Result<Shape, EngineError> {
        if numbers.len() < 6 || !numbers.len().is_multiple_of(2) {
            return Err(self.invalid(m::POLYGON_CORNERS, span));
        }
        Ok(Shape::Polygon(numbers))
    }

    fn region(
        &self,
        text: &ast::Expr,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Shape, EngineError> {
        if let ExprKind::Literal(Literal::String(stc)) = &text.kind {
            // Constants are checked now, with their place.
            stcs::parse(stc).map_err(|e| self.invalid(e.to_string(), text.span))?;
        }
        Ok(Shape::Text(self.expr(text, scope, common)?))
    }

    /// The frame of a constructor. All positions here are ICRS; FK5 at J2000 differs from it by
    /// less than 25 mas, less than what is meant by it, and is let pass as ADQL 2.1 §4.2.3 lets
    /// services do. `ivo_geom_transform` is exact.
    fn frame(&self, call: &ast::Call) -> Result<FrameName, EngineError> {
        let Some(written) = &call.coosys else { return Ok(FrameName::Icrs) };
        // A reference position may follow.
        let word = written.split_whitespace().next().unwrap_or("");
        match FrameName::parse(word) {
            Some(FrameName::Fk5) => Ok(FrameName::Icrs),
            Some(frame) => Ok(frame),
            None => Err(self.unsupported(unknown_frame(written), call.name_span)),
        }
    }

    /// A point inside a constructor with a frame, which is also that of a point without its own.
    fn framed(
        &self,
        point: &ast::Expr,
        frame: FrameName,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<(Expr, Expr), EngineError> {
        let (lon, lat) = self.point(point, scope, common)?;
        let bare = matches!(&point.kind, ExprKind::Call(call)
            if call.function == ast::Function::Builtin(Builtin::Point) && call.coosys.is_none());
        match self.turned(Shape::Point(lon.clone(), lat.clone()), frame, FrameName::Icrs) {
            Shape::Point(lon, lat) if bare => Ok((lon, lat)),
            _ => Ok((lon, lat)),
        }
    }

    /// A shape by its numbers in another frame.
    pub(super) fn turned(&self, shape: Shape, from: FrameName, to: FrameName) -> Shape {
        if from == to {
            return shape;
        }
        let point = |lon: Expr, lat: Expr| {
            let coordinate = |axis| {
                let function = Function::Celestial(Celestial::Turned(from, to, axis));
                Function::fold(function.call(vec![lon.clone(), lat.clone()]))
            };
            (coordinate(Axis::Lon), coordinate(Axis::Lat))
        };
        match shape {
            Shape::Point(lon, lat) => {
                let (lon, lat) = point(lon, lat);
                Shape::Point(lon, lat)
            }
            Shape::Circle(lon, lat, r) => {
                let (lon, lat) = point(lon, lat);
                Shape::Circle(lon, lat, r)
            }
            Shape::Polygon(numbers) => {
                let mut turned = Vec::with_capacity(numbers.len());
                let mut rest = numbers.into_iter();
                while let (Some(lon), Some(lat)) = (rest.next(), rest.next()) {
                    let (lon, lat) = point(lon, lat);
                    turned.extend([lon, lat]);
                }
                Shape::Polygon(turned)
            }
            // Its sides follow the axes of its own frame, so its corners have to be found first.
            Shape::Box(lon, lat, width, height) => {
                let function = Function::Celestial(Celestial::BoxText(from));
                let text = Function::fold(function.call(vec![lon, lat, width, height]));
                self.turned(Shape::Text(text), FrameName::Icrs, to)
            }
            Shape::Text(text) => {
                let function = Function::Celestial(Celestial::TurnedRegion(from, to));
                Shape::Text(Function::fold(function.call(vec![text])))
            }
        }
    }

    pub(super) fn numbers(
        &self,
        args: &[ast::Expr],
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Vec<Expr>, EngineError> {
        args.iter().map(|a| self.number(a, scope, common)).collect()
    }

    /// A number as a double.
    pub(super) fn number(
        &self,
        expr: &ast::Expr,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let value = self.expr(expr, scope, common)?;
        let data_type = self.check_number(&value, scope, expr.span)?;
        Ok(match &value {
            #[allow(clippy::cast_precision_loss)] // an angle
            Expr::Literal(ScalarValue::Int64(Some(v)), _) => lit(*v as f64),
            _ if data_type == DataType::Float64 => value,
            _ => cast(value, DataType::Float64),
        })
    }
}

/// Why there is no frame of a name.
pub(super) fn unknown_frame(name: &str) -> Reason {
    Reason::of(m::COORDINATE_SYSTEM, &[("name", &name), ("known", &FrameName::KNOWN)])
}

/// The constructor of a point that names a frame.
fn framed_point(expr: &ast::Expr) -> Option<&ast::Call> {
    match &expr.kind {
        ExprKind::Call(call)
            if call.function == ast::Function::Builtin(Builtin::Point) && call.coosys.is_some() =>
        {
            Some(call)
        }
        _ => None,
    }
}

fn is_geometry(expr: Option<&ast::Expr>) -> bool {
    let Some(ExprKind::Call(call)) = expr.map(|e| &e.kind) else { return false };
    matches!(call.function, ast::Function::Builtin(Builtin::Point | Builtin::Centroid))
        || call.udf().is_some_and(|udf| udf.is_geometry())
}

/// A point in a shape, by the quickest test that there is for the shape.
fn inside(lon: Expr, lat: Expr, shape: Shape) -> Expr {
    let (function, rest) = match shape {
        // Two points are the same position where their distance is zero.
        Shape::Point(a, b) => (Sky::InCircle, vec![a, b, lit(0.0)]),
        Shape::Circle(a, b, r) => (Sky::InCircle, vec![a, b, r]),
        Shape::Box(a, b, w, h) => (Sky::InBox, vec![a, b, w, h]),
        Shape::Polygon(numbers) => (Sky::InPolygon, numbers),
        Shape::Text(text) => (Sky::InRegion, vec![text]),
    };
    let args = [vec![lon, lat], rest].concat();
    Function::Sky(function).call(args)
}
