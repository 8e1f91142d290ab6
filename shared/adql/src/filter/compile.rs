//! Syntax tree to compiled expression, against the columns of an Arrow schema.

mod calls;
mod sky;

use std::cell::Cell;

use arrow::{
    array::{BooleanArray, RecordBatch},
    datatypes::Schema,
};

use super::{
    FilterError, functions,
    like::Pattern,
    node::{Kind, Node, kind_of},
    own::OwnFunction,
    time,
    values::{Numbers, Texts, Values},
};
use crate::{
    Builtin, DiagnosticKind, ParseError, ParseErrorKind, Span,
    ast::{BinaryOp, Call, ColumnRef, Expr, ExprKind, Function, Literal, UnaryOp},
    check::Type,
    nearest, parse_expr,
};

type Result<T> = std::result::Result<T, FilterError>;

pub(super) fn condition(text: &str, schema: &Schema, functions: &[OwnFunction]) -> Result<Node> {
    let expr = parse_expr(text)?;
    Compiler::new(text, schema, functions).condition(&expr)
}

pub(super) fn value(text: &str, schema: &Schema) -> Result<Node> {
    let expr = parse_expr(text)?;
    Ok(Compiler::new(text, schema, &[]).typed(&expr)?.0)
}

struct Compiler<'a> {
    text: &'a str,
    schema: &'a Schema,
    functions: &'a [OwnFunction],
    /// How many more expressions may be compiled.
    budget: Cell<usize>,
}

impl<'a> Compiler<'a> {
    fn new(text: &'a str, schema: &'a Schema, functions: &'a [OwnFunction]) -> Compiler<'a> {
        // Some operands are compiled more than once, as that of BETWEEN: nested, they multiply.
        Compiler { text, schema, functions, budget: Cell::new(8 * text.len() + 1000) }
    }
    fn meaning(&self, kind: DiagnosticKind, span: Span) -> FilterError {
        FilterError::meaning(kind, span, self.text)
    }

    fn unsupported(&self, expr: &Expr) -> FilterError {
        let what = match &expr.kind {
            ExprKind::Call(Call { function: Function::Builtin(builtin), .. }) => {
                builtin.name().to_owned()
            }
            _ => expr.to_string(),
        };
        FilterError::Unsupported { what, place: expr.span.place(self.text) }
    }

    fn wrong(&self, expr: &Expr, expected: Type, actual: Kind) -> FilterError {
        let geometric = matches!(
            &expr.kind,
            ExprKind::Call(Call {
                function: Function::Builtin(Builtin::Contains | Builtin::Intersects),
                ..
            })
        );
        let expression = expr.to_string();
        let actual = type_of(actual);
        let kind = DiagnosticKind::WrongType { expected, actual, expression, geometric };
        self.meaning(kind, expr.span)
    }

    fn condition(&self, expr: &Expr) -> Result<Node> {
        match self.typed(expr)? {
            (node, Kind::Bool) => Ok(node),
            (_, Kind::Null) => Ok(Node::null(Kind::Bool)),
            (_, kind) => Err(self.wrong(expr, Type::Condition, kind)),
        }
    }

    /// A number as a float.
    fn float(&self, expr: &Expr) -> Result<Node> {
        let (node, kind) = self.typed(expr)?;
        self.as_float(node, kind, expr)
    }

    fn as_float(&self, node: Node, kind: Kind, expr: &Expr) -> Result<Node> {
        match kind {
            Kind::Float => Ok(node),
            Kind::Int => Ok(folded(Node::ToFloat(Box::new(node)))),
            Kind::Null => Ok(Node::null(Kind::Float)),
            _ => Err(self.wrong(expr, Type::Number, kind)),
        }
    }

    fn text(&self, expr: &Expr) -> Result<Node> {
        match self.typed(expr)? {
            (node, Kind::Text) => Ok(node),
            (_, Kind::Null) => Ok(Node::null(Kind::Text)),
            (_, kind) => Err(self.wrong(expr, Type::Text, kind)),
        }
    }

    fn typed(&self, expr: &Expr) -> Result<(Node, Kind)> {
        let Some(budget) = self.budget.get().checked_sub(1) else {
            let place = expr.span.place(self.text);
            return Err(ParseError { kind: ParseErrorKind::TooDeep, place }.into());
        };
        self.budget.set(budget);
        let bool = |node| Ok((node, Kind::Bool));
        let negated = |node, negated| {
            Ok((if negated { Node::Not(Box::new(node)) } else { node }, Kind::Bool))
        };
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal, expr),
            ExprKind::Column(column) => self.column(column),
            ExprKind::Unary { op, operand } => self.unary(*op, operand),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, expr),
            ExprKind::And(items) => bool(Node::And(self.conditions(items)?)),
            ExprKind::Or(items) => bool(Node::Or(self.conditions(items)?)),
            ExprKind::Between { negated: not, operand, low, high } => {
                let low = self.compare(BinaryOp::GreaterOrEqual, operand, low, expr)?;
                let high = self.compare(BinaryOp::LessOrEqual, operand, high, expr)?;
                negated(Node::And(vec![low, high]), *not)
            }
            ExprKind::InList { negated: not, operand, list } => {
                negated(self.in_list(operand, list, expr)?, *not)
            }
            ExprKind::Like { negated: not, ignore_case, operand, pattern } => {
                let node = match folded(self.text(pattern)?) {
                    Node::Constant(Values::Text(Texts::One(Some(text)))) => {
                        let pattern = Pattern::new(&text, *ignore_case);
                        Node::Like(Box::new(self.text(operand)?), pattern)
                    }
                    Node::Constant(_) => Node::null(Kind::Bool),
                    _ => return Err(self.unsupported(expr)),
                };
                negated(node, *not)
            }
            ExprKind::IsNull { negated: not, operand } => {
                let node = match self.typed(operand)? {
                    (_, Kind::Null) => Node::Constant(Values::Bool(BooleanArray::from(vec![true]))),
                    (node, _) => Node::IsNull(Box::new(node)),
                };
                negated(node, *not)
            }
            ExprKind::InQuery { .. }
            | ExprKind::Exists(_)
            | ExprKind::Subquery(_)
            | ExprKind::Aggregate { .. } => Err(FilterError::Query(expr.span.place(self.text))),
            ExprKind::Call(call) => self.call(call, expr),
            ExprKind::Cast { operand, target } => self.cast(operand, *target, expr),
        }
    }

    fn conditions(&self, items: &[Expr]) -> Result<Vec<Node>> {
        items.iter().map(|item| self.condition(item)).collect()
    }

    fn literal(&self, literal: &Literal, expr: &Expr) -> Result<(Node, Kind)> {
        let (values, kind) = match literal {
            Literal::Null => return Ok((Node::null(Kind::Null), Kind::Null)),
            Literal::Boolean(value) => (Values::Bool(BooleanArray::from(vec![*value])), Kind::Bool),
            Literal::Integer(value) => match i64::try_from(*value) {
                Ok(value) => (Values::Int(Numbers::One(Some(value))), Kind::Int),
                Err(_) => (Values::Float(Numbers::One(Some(*value as f64))), Kind::Float),
            },
            Literal::Float(value) => (Values::Float(Numbers::One(Some(*value))), Kind::Float),
            Literal::String(text) => (Values::Text(Texts::One(Some(text.clone()))), Kind::Text),
            Literal::Timestamp(text) => match time::parse(text) {
                Some(time) => (Values::Time(Numbers::One(Some(time))), Kind::Time),
                None => return Err(self.wrong(expr, Type::Time, Kind::Text)),
            },
            Literal::Interval { text, unit } => match time::interval(text, *unit) {
                Some(micros) => (Values::Int(Numbers::One(Some(micros))), Kind::Interval),
                None => return Err(self.unsupported(expr)),
            },
        };
        Ok((Node::Constant(values), kind))
    }

    fn column(&self, column: &ColumnRef) -> Result<(Node, Kind)> {
        if let Some(table) = &column.table {
            let (name, near, known) = (table.to_string(), None, Vec::new());
            let kind = DiagnosticKind::UnknownTable { name, near, known };
            return Err(self.meaning(kind, table.span));
        }
        let name = &column.name;
        let fields = self.schema.fields();
        // The exact case first: a result may hold both `a` and `A`.
        let exact = fields.iter().position(|field| *field.name() == name.text);
        let found = exact.or_else(|| fields.iter().position(|field| name.is(field.name())));
        let Some((index, field)) = found.and_then(|index| Some((index, fields.get(index)?))) else {
            let names = || fields.iter().map(|field| field.name().as_str());
            let near = nearest(&name.text, names()).map(str::to_owned);
            let known = names().take(12).map(str::to_owned).collect();
            let (name, quoted) = (name.text.clone(), name.quoted);
            let kind = DiagnosticKind::UnknownColumn { name, quoted, near, known };
            return Err(self.meaning(kind, column.name.span));
        };
        match kind_of(field.data_type()) {
            Some(kind) => Ok((Node::Column(index, kind), kind)),
            None => Err(FilterError::Unsupported {
                what: format!("{} ({})", field.name(), field.data_type()),
                place: name.span.place(self.text),
            }),
        }
    }

    fn unary(&self, op: UnaryOp, operand: &Expr) -> Result<(Node, Kind)> {
        if op == UnaryOp::Not {
            return Ok((Node::Not(Box::new(self.condition(operand)?)), Kind::Bool));
        }
        // The most negative integer has no positive twin.
        if let (UnaryOp::Minus, ExprKind::Literal(Literal::Integer(value))) = (op, &operand.kind)
            && *value == i64::MIN.unsigned_abs()
        {
            return Ok((Node::Constant(Values::Int(Numbers::One(Some(i64::MIN)))), Kind::Int));
        }
        let (node, kind) = self.typed(operand)?;
        match (op, kind) {
            (_, Kind::Null) => Ok((node, kind)),
            (UnaryOp::Plus, Kind::Int | Kind::Float | Kind::Interval) => Ok((node, kind)),
            (_, Kind::Int | Kind::Interval) => {
                Ok((folded(Node::Int1(i64::checked_neg, Box::new(node))), kind))
            }
            (_, Kind::Float) => Ok((folded(Node::Float1(|x| -x, Box::new(node))), kind)),
            _ => Err(self.wrong(operand, Type::Number, kind)),
        }
    }

    fn binary(&self, op: BinaryOp, left: &Expr, right: &Expr, expr: &Expr) -> Result<(Node, Kind)> {
        if op.is_comparison() {
            return Ok((self.compare(op, left, right, expr)?, Kind::Bool));
        }
        if op == BinaryOp::Concat {
            let (left, right) = (self.text(left)?, self.text(right)?);
            return Ok((Node::Concat(Box::new(left), Box::new(right)), Kind::Text));
        }
        let (one, one_kind) = self.typed(left)?;
        let (two, two_kind) = self.typed(right)?;
        if let Some(f) = functions::of_integers(op) {
            match (one_kind, two_kind) {
                (Kind::Int, Kind::Int) => {
                    return Ok((folded(Node::Int2(f, Box::new(one), Box::new(two))), Kind::Int));
                }
                (Kind::Time, Kind::Interval)
                    if matches!(op, BinaryOp::Add | BinaryOp::Subtract) =>
                {
                    return Ok((folded(Node::Move(f, Box::new(one), Box::new(two))), Kind::Time));
                }
                (Kind::Interval, Kind::Time) if op == BinaryOp::Add => {
                    return Ok((folded(Node::Move(f, Box::new(two), Box::new(one))), Kind::Time));
                }
                (Kind::Time | Kind::Interval, _) | (_, Kind::Time | Kind::Interval) => {
                    return Err(self.unsupported(expr));
                }
                _ => {}
            }
        }
        let Some(f) = functions::of_floats(op) else { return Err(self.unsupported(expr)) };
        let one = self.as_float(one, one_kind, left)?;
        let two = self.as_float(two, two_kind, right)?;
        Ok((folded(Node::Float2(f, Box::new(one), Box::new(two))), Kind::Float))
    }

    fn compare(&self, op: BinaryOp, left: &Expr, right: &Expr, expr: &Expr) -> Result<Node> {
        let one = self.typed(left)?;
        let two = self.typed(right)?;
        for (kind, other) in [(one.1, right), (two.1, left)] {
            if let (Kind::Time, ExprKind::Literal(Literal::String(text))) = (kind, &other.kind)
                && time::parse(text).is_none()
            {
                return Err(self.wrong(other, Type::Time, Kind::Text));
            }
        }
        let Some((one, two)) = unified(one, two) else {
            let left = type_of(self.typed(left)?.1);
            let right = type_of(self.typed(right)?.1);
            return Err(self.meaning(DiagnosticKind::TypeMismatch { left, right }, expr.span));
        };
        Ok(Node::Compare(op, Box::new(one), Box::new(two)))
    }

    /// `IN` with constants of one type is a look-up; otherwise it is a chain of comparisons.
    fn in_list(&self, operand: &Expr, list: &[Expr], expr: &Expr) -> Result<Node> {
        let (node, kind) = self.typed(operand)?;
        let mut null = false;
        let mut integers = std::collections::HashSet::new();
        let mut texts = std::collections::HashSet::new();
        for item in list {
            match (kind, self.typed(item)?) {
                (_, (_, Kind::Null)) => null = true,
                (
                    Kind::Int,
                    (Node::Constant(Values::Int(Numbers::One(Some(value)))), Kind::Int),
                ) => {
                    integers.insert(value);
                }
                (Kind::Text, (Node::Constant(Values::Text(Texts::One(Some(text)))), _)) => {
                    texts.insert(text);
                }
                _ => {
                    let items = list.iter();
                    let tests =
                        items.map(|item| self.compare(BinaryOp::Equal, operand, item, expr));
                    return Ok(Node::Or(tests.collect::<Result<_>>()?));
                }
            }
        }
        Ok(match kind {
            Kind::Int => Node::InIntegers(Box::new(node), integers, null),
            Kind::Text => Node::InTexts(Box::new(node), texts, null),
            // Every item was NULL.
            _ => Node::null(Kind::Bool),
        })
    }
}

fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Bool => Type::Condition,
        Kind::Int | Kind::Float => Type::Number,
        Kind::Text => Type::Text,
        Kind::Time | Kind::Interval => Type::Time,
        Kind::Null => Type::Unknown,
    }
}

/// Both operands in the type in which they are compared.
fn unified(one: (Node, Kind), two: (Node, Kind)) -> Option<(Node, Node)> {
    let (left, right) = (one.1, two.1);
    let (one, two) = (one.0, two.0);
    let time = |text| folded(Node::ToTime(Box::new(text)));
    let float = |int| folded(Node::ToFloat(Box::new(int)));
    let int = |bool| Node::ToInt(Box::new(bool));
    Some(match (left, right) {
        (Kind::Bool, Kind::Bool) => (int(one), int(two)),
        (Kind::Null, Kind::Null) => (Node::null(Kind::Int), Node::null(Kind::Int)),
        (Kind::Bool, Kind::Null) | (Kind::Null, Kind::Bool) => {
            (Node::null(Kind::Int), Node::null(Kind::Int))
        }
        (kind, Kind::Null) => (one, Node::null(kind)),
        (Kind::Null, kind) => (Node::null(kind), two),
        (left, right) if left == right => (one, two),
        (Kind::Int, Kind::Float) => (float(one), two),
        (Kind::Float, Kind::Int) => (one, float(two)),
        (Kind::Time, Kind::Text) => (one, time(two)),
        (Kind::Text, Kind::Time) => (time(one), two),
        _ => return None,
    })
}

/// A node whose value does not depend on the row becomes that value.
fn folded(node: Node) -> Node {
    let empty = RecordBatch::new_empty(std::sync::Arc::new(Schema::empty()));
    match node.values(&empty) {
        Ok(
            values @ (Values::Int(Numbers::One(_))
            | Values::Float(Numbers::One(_))
            | Values::Time(Numbers::One(_))
            | Values::Text(Texts::One(_))),
        ) => Node::Constant(values),
        _ => node,
    }
}
