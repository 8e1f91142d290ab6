//! Types and aggregates inside expressions.

use std::collections::{HashMap, HashSet};

use tenkyu_wire::functions::{self, ValueType};

use super::{
    Checker,
    error::{DiagnosticKind, Type},
    own_functions,
    scope::{Found, Scope},
};
use crate::{
    Builtin, Family, Span, Udf,
    ast::{
        Aggregate, BinaryOp, Call, CastType, ColumnRef, Expr, ExprKind, Function, Ident, Literal,
        Select, UnaryOp,
    },
    nearest,
};

impl Checker<'_> {
    /// Checks an expression that must be a truth value.
    pub(super) fn condition(&mut self, expr: &Expr, scope: &Scope<'_>) {
        if matches!(expr.kind, ExprKind::Column(_)) {
            self.value(expr, scope);
            self.report(expr.span, DiagnosticKind::ColumnCondition(expr.to_string()));
            return;
        }
        self.expect(expr, Type::Condition, scope);
    }

    fn expect(&mut self, expr: &Expr, expected: Type, scope: &Scope<'_>) {
        let actual = self.value(expr, scope);
        self.must_be(expected, actual, expr);
    }

    fn must_be(&mut self, expected: Type, actual: Type, expr: &Expr) {
        if actual != expected && actual != Type::Unknown && expected != Type::Unknown {
            let geometric = is_geometric_predicate(expr);
            let expression = expr.to_string();
            let kind = DiagnosticKind::WrongType { expected, actual, expression, geometric };
            self.report(expr.span, kind);
        }
    }

    /// Checks an expression and gives its type.
    pub(super) fn value(&mut self, expr: &Expr, scope: &Scope<'_>) -> Type {
        match &expr.kind {
            ExprKind::Literal(literal) => literal_type(literal),
            ExprKind::Column(_) if self.is_full() => Type::Unknown,
            ExprKind::Column(column) => match scope.find(column.table.as_ref(), &column.name) {
                Found::Column(kind) => kind,
                Found::Open => Type::Unknown,
                Found::Missing(kind) => {
                    let is_table = matches!(kind, DiagnosticKind::UnknownTable { .. });
                    let table = column.table.as_ref().filter(|_| is_table);
                    self.report(table.map_or(column.name.span, |table| table.span), kind);
                    Type::Unknown
                }
            },
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                self.condition(operand, scope);
                Type::Condition
            }
            ExprKind::Unary { operand, .. } => {
                // The sign of an interval turns it round.
                match self.value(operand, scope) {
                    kind @ (Type::Time | Type::Unknown) => kind,
                    kind => {
                        self.must_be(Type::Number, kind, operand);
                        Type::Number
                    }
                }
            }
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, expr.span, scope),
            ExprKind::And(items) | ExprKind::Or(items) => {
                items.iter().for_each(|item| self.condition(item, scope));
                Type::Condition
            }
            ExprKind::Between { operand, low, high, .. } => {
                let kind = self.value(operand, scope);
                for end in [low, high] {
                    let other = self.value(end, scope);
                    self.compare(kind, other, end.span);
                }
                Type::Condition
            }
            ExprKind::InList { operand, list, .. } => {
                let kind = self.value(operand, scope);
                for item in list {
                    let other = self.value(item, scope);
                    self.compare(kind, other, item.span);
                }
                Type::Condition
            }
            ExprKind::InQuery { operand, query, .. } => {
                let kind = self.value(operand, scope);
                if let Some([column]) = self.query(query, scope).as_deref() {
                    self.compare(kind, column.kind, query.span);
                }
                Type::Condition
            }
            ExprKind::Like { operand, pattern, .. } => {
                self.expect(operand, Type::Text, scope);
                self.expect(pattern, Type::Text, scope);
                Type::Condition
            }
            ExprKind::IsNull { operand, .. } => {
                self.value(operand, scope);
                Type::Condition
            }
            ExprKind::Exists(query) => {
                self.query(query, scope);
                Type::Condition
            }
            ExprKind::Subquery(query) => match self.query(query, scope).as_deref() {
                Some([column]) => column.kind,
                _ => Type::Unknown,
            },
            ExprKind::Aggregate { function, argument, .. } => {
                let Some(argument) = argument else { return Type::Number };
                self.no_aggregate(argument);
                match function {
                    Aggregate::Count => {
                        self.value(argument, scope);
                        Type::Number
                    }
                    Aggregate::Sum | Aggregate::Avg => {
                        self.expect(argument, Type::Number, scope);
                        Type::Number
                    }
                    Aggregate::Min | Aggregate::Max => self.value(argument, scope),
                }
            }
            ExprKind::Call(call) => self.call(call, expr.span, scope),
            ExprKind::Cast { operand, target } => {
                self.value(operand, scope);
                match target {
                    CastType::Char(_) | CastType::VarChar(_) => Type::Text,
                    CastType::Timestamp => Type::Time,
                    _ => Type::Number,
                }
            }
        }
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
        scope: &Scope<'_>,
    ) -> Type {
        if op == BinaryOp::Concat {
            self.expect(left, Type::Text, scope);
            self.expect(right, Type::Text, scope);
            return Type::Text;
        }
        let one = self.value(left, scope);
        let two = self.value(right, scope);
        if op.is_comparison() {
            self.compare(one, two, span);
            return Type::Condition;
        }
        // Times and intervals have arithmetic of their own.
        if one == Type::Time || two == Type::Time {
            return Type::Unknown;
        }
        self.must_be(Type::Number, one, left);
        self.must_be(Type::Number, two, right);
        Type::Number
    }

    fn compare(&mut self, left: Type, right: Type, span: Span) {
        let fits = left == right
            || left == Type::Unknown
            || right == Type::Unknown
            // Times are compared with their notation.
            || matches!((left, right), (Type::Time, Type::Text) | (Type::Text, Type::Time));
        if !fits {
            self.report(span, DiagnosticKind::TypeMismatch { left, right });
        }
    }

    fn call(&mut self, call: &Call, span: Span, scope: &Scope<'_>) -> Type {
        let builtin = match &call.function {
            Function::Builtin(builtin) => *builtin,
            Function::User(parts) | Function::OwnAggregate(parts) => {
                if let Some(name) = call.own() {
                    return self.own_call(name, call, span, scope);
                }
                call.args.iter().for_each(|arg| {
                    self.value(arg, scope);
                });
                if let Some(udf) = call.udf() {
                    return self.udf(udf, call, span);
                }
                if let [name] = parts.as_slice() {
                    let builtins = Builtin::ALL.iter().map(|builtin| builtin.name());
                    let names = builtins.chain(Udf::ALL.iter().map(|udf| udf.name()));
                    if let Some(near) = nearest(&name.text, names) {
                        let (name, near) = (name.text.clone(), near.to_owned());
                        let kind = DiagnosticKind::UnknownFunction { name, near };
                        self.report(call.name_span, kind);
                    }
                }
                return Type::Unknown;
            }
        };
        if !builtin.accepts(call.args.len()) {
            let kind = DiagnosticKind::Arguments {
                function: builtin.name().to_owned(),
                count: call.args.len(),
                signature: builtin.signature().to_owned(),
            };
            self.report(span, kind);
        }
        for (index, arg) in call.args.iter().enumerate() {
            self.expect(arg, argument_type(builtin, index, call.args.len()), scope);
        }
        result_type(builtin)
    }

    fn udf(&mut self, udf: Udf, call: &Call, span: Span) -> Type {
        if !udf.accepts(call.args.len()) {
            let kind = DiagnosticKind::Arguments {
                function: udf.name().to_owned(),
                count: call.args.len(),
                signature: udf.form().to_owned(),
            };
            self.report(span, kind);
        }
        if udf.is_aggregate() {
            call.args.iter().for_each(|arg| self.no_aggregate(arg));
        }
        match udf {
            Udf::StringAgg => Type::Text,
            Udf::Histogram => Type::Unknown,
            udf if udf.is_geometry() => Type::Geometry,
            _ => Type::Number,
        }
    }

    /// A call of one of the user's own functions.
    fn own_call(&mut self, name: &Ident, call: &Call, span: Span, scope: &Scope<'_>) -> Type {
        let known = own_functions(self.schemas);
        let found = known.and_then(|known| known.iter().find(|one| one.is(&name.text)));
        let Some(function) = found else {
            call.args.iter().for_each(|arg| {
                self.value(arg, scope);
            });
            if let Some(known) = known {
                let names = known.iter().map(|one| one.name.as_str());
                let near = nearest(&name.text, names).map(str::to_owned);
                let kind = DiagnosticKind::UnknownOwn { name: name.text.clone(), near };
                self.report(call.name_span, kind);
            }
            return Type::Unknown;
        };
        if call.args.len() != function.arguments.len() {
            let kind = DiagnosticKind::Arguments {
                function: format!("{}.{}", functions::SCHEMA, function.name),
                count: call.args.len(),
                signature: function.form(),
            };
            self.report(span, kind);
        }
        for (index, arg) in call.args.iter().enumerate() {
            let kind = function.arguments.get(index).map(|argument| argument.kind);
            self.expect(arg, kind.map_or(Type::Unknown, type_of), scope);
            if function.is_aggregate() {
                self.no_aggregate(arg);
            }
        }
        type_of(function.returns.kind)
    }

    /// Reports the aggregates of an expression that must have none.
    pub(super) fn no_aggregate(&mut self, expr: &Expr) {
        let mut found = Vec::new();
        expr.visit(&mut |expr| {
            if let Some(name) = expr.aggregate_name() {
                found.push((expr.span, name.to_owned()));
            }
        });
        for (span, name) in found {
            self.report(span, DiagnosticKind::AggregatePlace(name));
        }
    }

    /// Reports columns outside aggregates that are not among `keys`. `known` says which names
    /// stand for a column of the result.
    pub(super) fn grouped(
        &mut self,
        expr: &Expr,
        keys: &GroupKeys<'_>,
        known: &dyn Fn(&str) -> bool,
    ) {
        if expr.aggregate_name().is_some() || keys.contain(expr) {
            return;
        }
        if let ExprKind::Column(column) = &expr.kind {
            if !(column.table.is_none() && known(&column.name.text)) {
                self.report(expr.span, DiagnosticKind::NotGrouped(expr.to_string()));
            }
            return;
        }
        expr.children(|child| self.grouped(child, keys, known));
    }
}

/// The expressions of `GROUP BY`, to be looked up.
pub(super) struct GroupKeys<'q> {
    /// Columns by their names in lower case.
    columns: HashMap<String, Vec<&'q ColumnRef>>,
    /// Other expressions as text in lower case.
    others: HashSet<String>,
}

impl<'q> GroupKeys<'q> {
    pub fn of(select: &'q Select) -> GroupKeys<'q> {
        let mut keys = GroupKeys { columns: HashMap::new(), others: HashSet::new() };
        for key in &select.group_by {
            match &key.kind {
                ExprKind::Column(column) => {
                    let name = column.name.text.to_ascii_lowercase();
                    keys.columns.entry(name).or_default().push(column);
                }
                _ => {
                    keys.others.insert(key.to_string().to_ascii_lowercase());
                }
            }
        }
        keys
    }

    /// Whether an expression is one of them but for case, a column also without its table.
    fn contain(&self, expr: &Expr) -> bool {
        let ExprKind::Column(column) = &expr.kind else {
            return !self.others.is_empty()
                && self.others.contains(&expr.to_string().to_ascii_lowercase());
        };
        let keys = self.columns.get(&column.name.text.to_ascii_lowercase());
        keys.into_iter().flatten().any(|key| {
            let same_table = match (&key.table, &column.table) {
                (Some(one), Some(two)) => {
                    one.parts.iter().rev().zip(two.parts.iter().rev()).all(|(a, b)| a.same(b))
                }
                _ => true,
            };
            same_table && key.name.same(&column.name)
        })
    }
}

/// The type of an argument or a value of a user's own function.
fn type_of(kind: ValueType) -> Type {
    match kind {
        ValueType::Double | ValueType::BigInt => Type::Number,
        ValueType::Text => Type::Text,
        ValueType::Doubles | ValueType::BigInts => Type::Unknown,
    }
}

fn literal_type(literal: &Literal) -> Type {
    match literal {
        Literal::Null => Type::Unknown,
        Literal::Boolean(_) => Type::Condition,
        Literal::Integer(_) | Literal::Float(_) => Type::Number,
        Literal::String(_) => Type::Text,
        Literal::Timestamp(_) | Literal::Interval { .. } => Type::Time,
    }
}

fn is_geometric_predicate(expr: &Expr) -> bool {
    matches!(
        &expr.kind,
        ExprKind::Call(Call {
            function: Function::Builtin(Builtin::Contains | Builtin::Intersects),
            ..
        })
    )
}

/// The type of an argument, where the function fixes it.
fn argument_type(builtin: Builtin, index: usize, count: usize) -> Type {
    match builtin {
        Builtin::Lower | Builtin::Upper | Builtin::Region => Type::Text,
        Builtin::Coalesce => Type::Unknown,
        Builtin::InUnit => [Type::Number, Type::Text].get(index).copied().unwrap_or(Type::Unknown),
        Builtin::Point => Type::Number,
        // With a point in place of two numbers.
        Builtin::Circle if count == 2 && index == 0 => Type::Geometry,
        Builtin::Box if count == 3 && index == 0 => Type::Geometry,
        Builtin::Circle | Builtin::Box => Type::Number,
        Builtin::Distance if count == 4 => Type::Number,
        _ if builtin.family() == Family::Maths => Type::Number,
        // Shapes may be kept as columns of text; points may stand for two coordinates.
        _ => Type::Unknown,
    }
}

fn result_type(builtin: Builtin) -> Type {
    match builtin {
        Builtin::Lower | Builtin::Upper | Builtin::Coordsys => Type::Text,
        Builtin::Coalesce => Type::Unknown,
        Builtin::Box
        | Builtin::Centroid
        | Builtin::Circle
        | Builtin::Point
        | Builtin::Polygon
        | Builtin::Region => Type::Geometry,
        _ => Type::Number,
    }
}
