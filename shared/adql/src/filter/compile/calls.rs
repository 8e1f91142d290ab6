//! Functions and `CAST`.

use tenkyu_wire::functions::SCHEMA;

use super::{Compiler, Result, folded, type_of};
use crate::{
    Builtin, DiagnosticKind,
    ast::{Call, CastType, Expr, Function, Ident},
    check::Type,
    filter::{
        FilterError, functions,
        node::{Kind, Node},
        own,
        values::{Numbers, Values},
    },
    nearest,
};

impl Compiler<'_> {
    pub(super) fn cast(
        &self,
        operand: &Expr,
        target: CastType,
        expr: &Expr,
    ) -> Result<(Node, Kind)> {
        let (node, kind) = self.typed(operand)?;
        let node = Box::new(node);
        Ok(match (target, kind) {
            (CastType::Timestamp, Kind::Time) => (*node, Kind::Time),
            (CastType::Timestamp, Kind::Text) => (folded(Node::ToTime(node)), Kind::Time),
            (CastType::Timestamp, Kind::Null) => (Node::null(Kind::Time), Kind::Time),
            (_, Kind::Time | Kind::Interval) => return Err(self.unsupported(expr)),
            (
                CastType::Char(length) | CastType::VarChar(length),
                Kind::Text | Kind::Int | Kind::Float,
            ) => {
                if length.is_some() {
                    return Err(self.unsupported(expr));
                }
                (Node::ToText(node), Kind::Text)
            }
            (CastType::Char(_) | CastType::VarChar(_), Kind::Null) => {
                (Node::null(Kind::Text), Kind::Text)
            }
            (CastType::Real | CastType::Double, Kind::Null) => {
                (Node::null(Kind::Float), Kind::Float)
            }
            (CastType::Double, Kind::Int | Kind::Float | Kind::Text) => {
                (folded(Node::ToFloat(node)), Kind::Float)
            }
            (CastType::Real, Kind::Int | Kind::Float | Kind::Text) => {
                let wide = Box::new(folded(Node::ToFloat(node)));
                (folded(Node::Float1(|x| f64::from(x as f32), wide)), Kind::Float)
            }
            (CastType::SmallInt | CastType::Integer | CastType::BigInt, Kind::Null) => {
                (Node::null(Kind::Int), Kind::Int)
            }
            (CastType::SmallInt | CastType::Integer | CastType::BigInt, _) => {
                let whole = Box::new(folded(Node::ToInt(node)));
                let fits: fn(i64) -> Option<i64> = match target {
                    CastType::SmallInt => |x| i16::try_from(x).ok().map(i64::from),
                    CastType::Integer => |x| i32::try_from(x).ok().map(i64::from),
                    _ => Some,
                };
                (folded(Node::Int1(fits, whole)), Kind::Int)
            }
            _ => return Err(self.unsupported(expr)),
        })
    }

    pub(super) fn call(&self, call: &Call, expr: &Expr) -> Result<(Node, Kind)> {
        if let Some(name) = call.own() {
            return self.own_call(name, call, expr);
        }
        let Function::Builtin(builtin) = call.function else {
            return Err(self.unsupported(expr));
        };
        if !builtin.accepts(call.args.len()) {
            let (function, count) = (builtin.name().to_owned(), call.args.len());
            let signature = builtin.signature().to_owned();
            let kind = DiagnosticKind::Arguments { function, count, signature };
            return Err(self.meaning(kind, expr.span));
        }
        match (builtin, call.args.as_slice()) {
            (Builtin::Pi, _) => {
                let pi = Values::Float(Numbers::One(Some(std::f64::consts::PI)));
                Ok((Node::Constant(pi), Kind::Float))
            }
            (Builtin::Lower, [text]) => Ok((
                Node::Text1(|text| text.to_lowercase(), Box::new(self.text(text)?)),
                Kind::Text,
            )),
            (Builtin::Upper, [text]) => Ok((
                Node::Text1(|text| text.to_uppercase(), Box::new(self.text(text)?)),
                Kind::Text,
            )),
            (Builtin::Coalesce, args) => self.coalesce(args, expr),
            (Builtin::Contains | Builtin::Intersects, [point, shape]) => {
                let node = self.contains(point, shape, expr)?;
                Ok((Node::ToInt(Box::new(node)), Kind::Int))
            }
            (Builtin::Distance, [one, two]) => {
                let ([a, b], [c, d]) = (self.point(one)?, self.point(two)?);
                Ok((Node::Distance(Box::new([a, b, c, d])), Kind::Float))
            }
            (Builtin::Distance, [a, b, c, d]) => {
                let nodes = [self.float(a)?, self.float(b)?, self.float(c)?, self.float(d)?];
                Ok((Node::Distance(Box::new(nodes)), Kind::Float))
            }
            (Builtin::Coord1, [point]) => self.point(point).map(|[lon, _]| (lon, Kind::Float)),
            (Builtin::Coord2, [point]) => self.point(point).map(|[_, lat]| (lat, Kind::Float)),
            (_, args) => self.maths(builtin, args, expr),
        }
    }

    /// A call of one of the user's own functions.
    fn own_call(&self, name: &Ident, call: &Call, expr: &Expr) -> Result<(Node, Kind)> {
        let Some(own) = self.functions.iter().find(|one| one.meta.is(&name.text)) else {
            let names = self.functions.iter().map(|one| one.meta.name.as_str());
            let near = nearest(&name.text, names).map(str::to_owned);
            let kind = DiagnosticKind::UnknownOwn { name: name.text.clone(), near };
            return Err(self.meaning(kind, call.name_span));
        };
        if own.meta.is_aggregate() {
            return Err(FilterError::Query(expr.span.place(self.text)));
        }
        let arguments = &own.meta.arguments;
        if call.args.len() != arguments.len() {
            let kind = DiagnosticKind::Arguments {
                function: format!("{SCHEMA}.{}", own.meta.name),
                count: call.args.len(),
                signature: own.meta.form(),
            };
            return Err(self.meaning(kind, expr.span));
        }
        let mut nodes = Vec::with_capacity(arguments.len());
        for (arg, wanted) in call.args.iter().zip(arguments) {
            nodes.push(match own::kind_of(wanted.kind) {
                Some(Kind::Float) => self.float(arg)?,
                Some(Kind::Text) => self.text(arg)?,
                Some(Kind::Int) => match self.typed(arg)? {
                    (node, Kind::Int) => node,
                    (_, Kind::Null) => Node::null(Kind::Int),
                    (_, kind) => return Err(self.wrong(arg, Type::Number, kind)),
                },
                _ => return Err(self.unsupported(expr)),
            });
        }
        let kind = own::kind_of(own.meta.returns.kind).ok_or_else(|| self.unsupported(expr))?;
        Ok((Node::Own(own.call.clone(), nodes, kind), kind))
    }

    fn maths(&self, builtin: Builtin, args: &[Expr], expr: &Expr) -> Result<(Node, Kind)> {
        match args {
            [x] => {
                let (node, kind) = self.typed(x)?;
                // Whole numbers stay whole where the function keeps them so.
                if kind == Kind::Int && builtin == Builtin::Abs {
                    return Ok((folded(Node::Int1(i64::checked_abs, Box::new(node))), Kind::Int));
                }
                let f = functions::of_one(builtin).ok_or_else(|| self.unsupported(expr))?;
                let node = self.as_float(node, kind, x)?;
                Ok((folded(Node::Float1(f, Box::new(node))), Kind::Float))
            }
            [x, y] => {
                let ((one, one_kind), (two, two_kind)) = (self.typed(x)?, self.typed(y)?);
                if builtin == Builtin::Mod && one_kind == Kind::Int && two_kind == Kind::Int {
                    let node = Node::Int2(i64::checked_rem, Box::new(one), Box::new(two));
                    return Ok((folded(node), Kind::Int));
                }
                let f = functions::of_two(builtin).ok_or_else(|| self.unsupported(expr))?;
                let one = self.as_float(one, one_kind, x)?;
                let two = self.as_float(two, two_kind, y)?;
                Ok((folded(Node::Float2(f, Box::new(one), Box::new(two))), Kind::Float))
            }
            _ => Err(self.unsupported(expr)),
        }
    }

    fn coalesce(&self, args: &[Expr], expr: &Expr) -> Result<(Node, Kind)> {
        let typed: Vec<(Node, Kind)> =
            args.iter().map(|arg| self.typed(arg)).collect::<Result<_>>()?;
        let mut kind = Kind::Null;
        for (_, other) in &typed {
            kind = match (kind, *other) {
                (one, Kind::Null) => one,
                (Kind::Null, other) => other,
                (one, other) if one == other => one,
                (Kind::Int | Kind::Float, Kind::Int | Kind::Float) => Kind::Float,
                (left, right) => {
                    let (left, right) = (type_of(left), type_of(right));
                    let kind = DiagnosticKind::TypeMismatch { left, right };
                    return Err(self.meaning(kind, expr.span));
                }
            };
        }
        if kind == Kind::Interval {
            return Err(self.unsupported(expr));
        }
        let nodes = typed.into_iter().map(|(node, own)| match (own, kind) {
            (Kind::Null, _) => Node::null(kind),
            (Kind::Int, Kind::Float) => Node::ToFloat(Box::new(node)),
            _ => node,
        });
        Ok((Node::Coalesce(kind, nodes.collect()), kind))
    }
}
