//! The tree as text: canonical ADQL that parses to the same tree.

use std::fmt::{self, Display, Formatter, Write};

use super::*;
use crate::words;

/// How tightly a form binds; an operand that binds less tightly is put in parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Predicate,
    Sum,
    Product,
    Sign,
    Primary,
}

fn level(expr: &Expr) -> Level {
    match &expr.kind {
        ExprKind::Or(_) => Level::Or,
        ExprKind::And(_) => Level::And,
        ExprKind::Unary { op: UnaryOp::Not, .. } => Level::Not,
        ExprKind::Unary { .. } => Level::Sign,
        ExprKind::Binary { op, .. } => match op {
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Concat => Level::Sum,
            BinaryOp::Multiply | BinaryOp::Divide => Level::Product,
            _ => Level::Predicate,
        },
        ExprKind::Between { .. }
        | ExprKind::InList { .. }
        | ExprKind::InQuery { .. }
        | ExprKind::Like { .. }
        | ExprKind::IsNull { .. } => Level::Predicate,
        _ => Level::Primary,
    }
}

/// Writes `expr`, in parentheses if it binds less tightly than `least`.
fn at_least(f: &mut Formatter<'_>, expr: &Expr, least: Level) -> fmt::Result {
    if level(expr) < least { write!(f, "({expr})") } else { write!(f, "{expr}") }
}

fn list<T: Display>(f: &mut Formatter<'_>, items: &[T], separator: &str) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

fn chain(f: &mut Formatter<'_>, items: &[Expr], separator: &str, least: Level) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        at_least(f, item, least)?;
    }
    Ok(())
}

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.with.is_empty() {
            f.write_str("WITH ")?;
            list(f, &self.with, ", ")?;
            f.write_char(' ')?;
        }
        write!(f, "{}", self.body)?;
        if !self.order_by.is_empty() {
            f.write_str(" ORDER BY ")?;
            list(f, &self.order_by, ", ")?;
        }
        match self.offset {
            Some(offset) => write!(f, " OFFSET {}", offset.value),
            None => Ok(()),
        }
    }
}

impl Display for CommonTable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if !self.columns.is_empty() {
            f.write_str(" (")?;
            list(f, &self.columns, ", ")?;
            f.write_char(')')?;
        }
        write!(f, " AS ({})", self.query)
    }
}

impl SetOp {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            SetOp::Union => "UNION",
            SetOp::Except => "EXCEPT",
            SetOp::Intersect => "INTERSECT",
        }
    }
}

impl Display for QueryBody {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            QueryBody::Select(select) => write!(f, "{select}"),
            QueryBody::Nested(query) => write!(f, "({query})"),
            QueryBody::Set { op, all, left, right, .. } => {
                let all = if *all { " ALL" } else { "" };
                write!(f, "{left} {}{all} {right}", op.word())
            }
        }
    }
}

impl Display for Select {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("SELECT ")?;
        if self.distinct {
            f.write_str("DISTINCT ")?;
        }
        if let Some(top) = self.top {
            write!(f, "TOP {} ", top.value)?;
        }
        list(f, &self.items, ", ")?;
        if let Some(table) = &self.into {
            write!(f, " INTO {table}")?;
        }
        f.write_str(" FROM ")?;
        list(f, &self.from, ", ")?;
        if let Some(condition) = &self.condition {
            write!(f, " WHERE {condition}")?;
        }
        if !self.group_by.is_empty() {
            f.write_str(" GROUP BY ")?;
            list(f, &self.group_by, ", ")?;
        }
        match &self.having {
            Some(having) => write!(f, " HAVING {having}"),
            None => Ok(()),
        }
    }
}

impl Display for SelectItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            SelectItem::Wildcard { .. } => f.write_char('*'),
            SelectItem::TableWildcard { table, .. } => write!(f, "{table}.*"),
            SelectItem::Expr { expr, alias: Some(alias) } => write!(f, "{expr} AS {alias}"),
            SelectItem::Expr { expr, alias: None } => write!(f, "{expr}"),
        }
    }
}

impl Display for TableRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            TableRef::Table { name, alias: Some(alias), .. } => write!(f, "{name} AS {alias}"),
            TableRef::Table { name, alias: None, .. } => write!(f, "{name}"),
            TableRef::Subquery { query, alias, .. } => write!(f, "({query}) AS {alias}"),
            TableRef::Join(join) => write!(f, "{join}"),
        }
    }
}

impl JoinKind {
    /// The words.
    pub const fn words(self) -> &'static str {
        match self {
            JoinKind::Inner => "INNER JOIN",
            JoinKind::Left => "LEFT OUTER JOIN",
            JoinKind::Right => "RIGHT OUTER JOIN",
            JoinKind::Full => "FULL OUTER JOIN",
        }
    }
}

impl Display for Join {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let natural = if self.constraint == JoinConstraint::Natural { "NATURAL " } else { "" };
        write!(f, "{} {natural}{} ", self.left, self.kind.words())?;
        match &self.right {
            // A join on the right was in parentheses: joins associate to the left.
            TableRef::Join(join) => write!(f, "({join})")?,
            right => write!(f, "{right}")?,
        }
        match &self.constraint {
            JoinConstraint::Natural | JoinConstraint::None => Ok(()),
            JoinConstraint::On(condition) => write!(f, " ON {condition}"),
            JoinConstraint::Using(columns) => {
                f.write_str(" USING (")?;
                list(f, columns, ", ")?;
                f.write_char(')')
            }
        }
    }
}

impl Display for OrderItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.expr, if self.descending { " DESC" } else { "" })
    }
}

impl BinaryOp {
    /// The sign.
    pub const fn sign(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
            BinaryOp::Concat => "||",
            BinaryOp::Equal => "=",
            BinaryOp::NotEqual => "<>",
            BinaryOp::Less => "<",
            BinaryOp::LessOrEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterOrEqual => ">=",
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let not = |negated: bool| if negated { " NOT" } else { "" };
        match &self.kind {
            ExprKind::Literal(literal) => write!(f, "{literal}"),
            ExprKind::Column(column) => write!(f, "{column}"),
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                f.write_str("NOT ")?;
                at_least(f, operand, Level::Not)
            }
            ExprKind::Unary { op, operand } => {
                f.write_char(if *op == UnaryOp::Minus { '-' } else { '+' })?;
                // Two signs in a row would begin a comment.
                at_least(f, operand, Level::Primary)
            }
            ExprKind::Binary { op, left, right } => {
                let (least, right_least) = match level(self) {
                    Level::Sum => (Level::Sum, Level::Product),
                    Level::Product => (Level::Product, Level::Sign),
                    _ => (Level::Sum, Level::Sum),
                };
                at_least(f, left, least)?;
                write!(f, " {} ", op.sign())?;
                at_least(f, right, right_least)
            }
            ExprKind::And(items) => chain(f, items, " AND ", Level::Not),
            ExprKind::Or(items) => chain(f, items, " OR ", Level::And),
            ExprKind::Between { negated, operand, low, high } => {
                at_least(f, operand, Level::Sum)?;
                write!(f, "{} BETWEEN ", not(*negated))?;
                at_least(f, low, Level::Sum)?;
                f.write_str(" AND ")?;
                at_least(f, high, Level::Sum)
            }
            ExprKind::InList { negated, operand, list: items } => {
                at_least(f, operand, Level::Sum)?;
                write!(f, "{} IN (", not(*negated))?;
                list(f, items, ", ")?;
                f.write_char(')')
            }
            ExprKind::InQuery { negated, operand, query } => {
                at_least(f, operand, Level::Sum)?;
                write!(f, "{} IN ({query})", not(*negated))
            }
            ExprKind::Like { negated, ignore_case, operand, pattern } => {
                at_least(f, operand, Level::Sum)?;
                let word = if *ignore_case { "ILIKE" } else { "LIKE" };
                write!(f, "{} {word} ", not(*negated))?;
                at_least(f, pattern, Level::Sum)
            }
            ExprKind::IsNull { negated, operand } => {
                at_least(f, operand, Level::Sum)?;
                write!(f, " IS{} NULL", not(*negated))
            }
            ExprKind::Exists(query) => write!(f, "EXISTS ({query})"),
            ExprKind::Subquery(query) => write!(f, "({query})"),
            ExprKind::Aggregate { function, distinct, argument } => {
                let distinct = if *distinct { "DISTINCT " } else { "" };
                match argument {
                    Some(argument) => write!(f, "{}({distinct}{argument})", function.name()),
                    None => write!(f, "{}(*)", function.name()),
                }
            }
            ExprKind::Call(call) => write!(f, "{call}"),
            ExprKind::Cast { operand, target } => write!(f, "CAST({operand} AS {target})"),
        }
    }
}

impl Display for ColumnRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.table {
            Some(table) => write!(f, "{table}.{}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("NULL"),
            Literal::Boolean(true) => f.write_str("TRUE"),
            Literal::Boolean(false) => f.write_str("FALSE"),
            Literal::Integer(value) => write!(f, "{value}"),
            // Debug keeps the point or the exponent that makes it a float.
            Literal::Float(value) => write!(f, "{value:?}"),
            Literal::String(text) => f.write_str(&words::literal(text)),
            Literal::Timestamp(text) => write!(f, "TIMESTAMP {}", words::literal(text)),
            Literal::Interval { text, unit } => {
                write!(f, "INTERVAL {} {}", words::literal(text), unit.word())
            }
        }
    }
}

impl IntervalUnit {
    /// Every unit.
    pub const ALL: [IntervalUnit; 6] = [
        IntervalUnit::Year,
        IntervalUnit::Month,
        IntervalUnit::Day,
        IntervalUnit::Hour,
        IntervalUnit::Minute,
        IntervalUnit::Second,
    ];

    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            IntervalUnit::Year => "YEAR",
            IntervalUnit::Month => "MONTH",
            IntervalUnit::Day => "DAY",
            IntervalUnit::Hour => "HOUR",
            IntervalUnit::Minute => "MINUTE",
            IntervalUnit::Second => "SECOND",
        }
    }
}

impl Aggregate {
    /// Every aggregate.
    pub const ALL: [Aggregate; 5] =
        [Aggregate::Count, Aggregate::Sum, Aggregate::Avg, Aggregate::Min, Aggregate::Max];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Aggregate::Count => "COUNT",
            Aggregate::Sum => "SUM",
            Aggregate::Avg => "AVG",
            Aggregate::Min => "MIN",
            Aggregate::Max => "MAX",
        }
    }

    /// The aggregate called `name`, without regard to case.
    pub fn find(name: &str) -> Option<Aggregate> {
        Aggregate::ALL.into_iter().find(|one| one.name().eq_ignore_ascii_case(name))
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.function {
            Function::Builtin(builtin) => f.write_str(builtin.name())?,
            Function::User(parts) | Function::OwnAggregate(parts) => list(f, parts, ".")?,
        }
        f.write_char('(')?;
        if let Some(coosys) = &self.coosys {
            f.write_str(&words::literal(coosys))?;
            if !self.args.is_empty() {
                f.write_str(", ")?;
            }
        }
        list(f, &self.args, ", ")?;
        f.write_char(')')
    }
}

impl Display for CastType {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            CastType::SmallInt => f.write_str("SMALLINT"),
            CastType::Integer => f.write_str("INTEGER"),
            CastType::BigInt => f.write_str("BIGINT"),
            CastType::Real => f.write_str("REAL"),
            CastType::Double => f.write_str("DOUBLE PRECISION"),
            CastType::Char(Some(size)) => write!(f, "CHAR({size})"),
            CastType::Char(None) => f.write_str("CHAR"),
            CastType::VarChar(Some(size)) => write!(f, "VARCHAR({size})"),
            CastType::VarChar(None) => f.write_str("VARCHAR"),
            CastType::Timestamp => f.write_str("TIMESTAMP"),
        }
    }
}
