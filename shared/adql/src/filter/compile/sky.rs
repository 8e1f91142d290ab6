//! Points and shapes.

use super::{Compiler, Result};
use crate::{
    Builtin,
    ast::{Call, Expr, ExprKind, Function},
    filter::{
        FilterError,
        geometry::Polygon,
        node::Node,
        values::{Numbers, Values},
    },
};

impl Compiler<'_> {
    /// `POINT(lon, lat)`
    pub(super) fn point(&self, expr: &Expr) -> Result<[Node; 2]> {
        let call = self.shape(expr)?;
        match (&call.function, call.args.as_slice()) {
            (Function::Builtin(Builtin::Point), [lon, lat]) => {
                Ok([self.float(lon)?, self.float(lat)?])
            }
            _ => Err(self.unsupported(expr)),
        }
    }

    /// The call of a constructor, its coordinate system being ICRS or none.
    fn shape<'e>(&self, expr: &'e Expr) -> Result<&'e Call> {
        let ExprKind::Call(call) = &expr.kind else { return Err(self.unsupported(expr)) };
        let frame = call.coosys.as_deref().unwrap_or_default();
        let word = frame.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        if !matches!(word.as_str(), "" | "ICRS" | "UNKNOWNFRAME") {
            let frame = frame.to_owned();
            return Err(FilterError::Frame { frame, place: expr.span.place(self.text) });
        }
        Ok(call)
    }

    pub(super) fn contains(&self, point: &Expr, shape: &Expr, expr: &Expr) -> Result<Node> {
        let [lon, lat] = self.point(point)?;
        let call = self.shape(shape)?;
        let Function::Builtin(builtin) = call.function else { return Err(self.unsupported(expr)) };
        let constants = |args: &[Expr]| -> Result<Vec<f64>> {
            let numbers = args.iter().map(|arg| match self.float(arg)? {
                Node::Constant(Values::Float(Numbers::One(Some(value)))) => Ok(value),
                _ => Err(self.unsupported(arg)),
            });
            numbers.collect()
        };
        let polygon = match (builtin, call.args.as_slice()) {
            (Builtin::Circle, [center, radius]) => {
                let [center_lon, center_lat] = self.point(center)?;
                let nodes = [lon, lat, center_lon, center_lat, self.float(radius)?];
                return Ok(Node::InCircle(Box::new(nodes)));
            }
            (Builtin::Circle, [a, b, radius]) => {
                let nodes = [lon, lat, self.float(a)?, self.float(b)?, self.float(radius)?];
                return Ok(Node::InCircle(Box::new(nodes)));
            }
            (Builtin::Box, [center, sides @ ..]) if sides.len() == 2 => {
                let center = &self.shape(center)?.args;
                match (constants(center)?.as_slice(), constants(sides)?.as_slice()) {
                    ([lon, lat], [width, height]) => Polygon::of_box(*lon, *lat, *width, *height),
                    _ => None,
                }
            }
            (Builtin::Box, args) => match constants(args)?.as_slice() {
                [lon, lat, width, height] => Polygon::of_box(*lon, *lat, *width, *height),
                _ => None,
            },
            (Builtin::Polygon, args) => {
                let mut numbers = Vec::new();
                for arg in args {
                    match &arg.kind {
                        ExprKind::Call(_) => numbers.extend(constants(&self.shape(arg)?.args)?),
                        _ => numbers.extend(constants(std::slice::from_ref(arg))?),
                    }
                }
                let (pairs, rest) = numbers.as_chunks::<2>();
                let vertices: Vec<(f64, f64)> =
                    pairs.iter().map(|pair| (pair[0], pair[1])).collect();
                if rest.is_empty() { Polygon::new(&vertices) } else { None }
            }
            _ => None,
        };
        match polygon {
            Some(polygon) => Ok(Node::InPolygon(Box::new([lon, lat]), polygon)),
            None => Err(self.unsupported(shape)),
        }
    }
}
