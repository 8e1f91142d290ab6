//! Going through the tree.

use tenkyu_wire::functions;

use super::*;

impl Expr {
    /// Calls `see` with every operand and argument of this expression, not with itself. Queries
    /// inside are not entered; [`Expr::query`] gives them.
    pub fn children<'a>(&'a self, mut see: impl FnMut(&'a Expr)) {
        match &self.kind {
            ExprKind::Literal(_)
            | ExprKind::Column(_)
            | ExprKind::Exists(_)
            | ExprKind::Subquery(_) => {}
            ExprKind::Unary { operand, .. }
            | ExprKind::IsNull { operand, .. }
            | ExprKind::InQuery { operand, .. }
            | ExprKind::Cast { operand, .. } => see(operand),
            ExprKind::Binary { left, right, .. } => {
                see(left);
                see(right);
            }
            ExprKind::And(items) | ExprKind::Or(items) => items.iter().for_each(see),
            ExprKind::Between { operand, low, high, .. } => {
                see(operand);
                see(low);
                see(high);
            }
            ExprKind::InList { operand, list, .. } => {
                see(operand);
                list.iter().for_each(see);
            }
            ExprKind::Like { operand, pattern, .. } => {
                see(operand);
                see(pattern);
            }
            ExprKind::Aggregate { argument, .. } => argument.iter().for_each(|one| see(one)),
            ExprKind::Call(call) => call.args.iter().for_each(see),
        }
    }

    /// The query that this expression holds, if it is one that does.
    pub fn query(&self) -> Option<&Query> {
        match &self.kind {
            ExprKind::Exists(query)
            | ExprKind::Subquery(query)
            | ExprKind::InQuery { query, .. } => Some(query),
            _ => None,
        }
    }

    /// Calls `see` with this expression and everything below it, in the order of the text;
    /// queries inside are not entered.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Expr)) {
        see(self);
        self.children(|child| child.visit(see));
    }

    /// The name of the aggregate that this expression is, if it is one.
    pub fn aggregate_name(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Aggregate { function, .. } => Some(function.name()),
            ExprKind::Call(Call { function: Function::OwnAggregate(parts), .. }) => {
                parts.last().map(|name| name.text.as_str())
            }
            ExprKind::Call(call) => {
                call.udf().filter(|udf| udf.is_aggregate()).map(crate::Udf::name)
            }
            _ => None,
        }
    }

    /// Whether the value depends on an aggregate of this query.
    pub fn has_aggregate(&self) -> bool {
        let mut found = false;
        self.visit(&mut |expr| found |= expr.aggregate_name().is_some());
        found
    }
}

impl Call {
    /// The user-defined function that is called, if it is one that is known.
    pub fn udf(&self) -> Option<crate::Udf> {
        match &self.function {
            Function::User(parts) => match parts.as_slice() {
                [name] => crate::Udf::find(&name.text),
                _ => None,
            },
            Function::Builtin(_) | Function::OwnAggregate(_) => None,
        }
    }

    /// The name of the user's own function that is called, if it is one: `f` of `my.f(…)`.
    pub fn own(&self) -> Option<&Ident> {
        match &self.function {
            Function::User(parts) | Function::OwnAggregate(parts) => match parts.as_slice() {
                [schema, name] if functions::is_own(&schema.text) => Some(name),
                _ => None,
            },
            Function::Builtin(_) => None,
        }
    }
}

impl QueryBody {
    /// The select that names the columns of the result: the first one.
    pub fn first_select(&self) -> &Select {
        match self {
            QueryBody::Select(select) => select,
            QueryBody::Nested(query) => query.body.first_select(),
            QueryBody::Set { left, .. } => left.first_select(),
        }
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            QueryBody::Select(select) => select.span,
            QueryBody::Nested(query) => query.span,
            QueryBody::Set { span, .. } => *span,
        }
    }
}

impl TableRef {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            TableRef::Table { span, .. } | TableRef::Subquery { span, .. } => *span,
            TableRef::Join(join) => join.span,
        }
    }
}
