//! The syntax tree of ADQL 2.1 (IVOA Recommendation, 2023-12-15).
//!
//! Value expressions and search conditions share one type, [`Expr`]: the grammar cannot tell
//! `(a)` from `(a = b)` without looking ahead without limit, and [`check`](crate::check) finds a
//! condition where a value belongs. Conjunctions and disjunctions are flat lists, so that the long
//! chains which programs write do not make deep trees.

mod display;
mod name;
mod walk;

pub use name::{Ident, TableName};

use crate::Span;

/// A whole query or a parenthesised one.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// `WITH name AS (…), …`; of the outermost query alone.
    pub with: Vec<CommonTable>,
    /// What yields the rows.
    pub body: QueryBody,
    /// `ORDER BY`, over the rows of the whole body. It comes before `OFFSET` and `TOP`: where the
    /// body is a single [`Select`], its `top` counts ordered rows.
    pub order_by: Vec<OrderItem>,
    /// `OFFSET n`: rows left out at the start, before `TOP` counts.
    pub offset: Option<Count>,
    /// Where it stands.
    pub span: Span,
}

/// `name [(column, …)] AS (query)`
#[derive(Clone, Debug, PartialEq)]
pub struct CommonTable {
    /// Name under which the query and later common tables know it.
    pub name: Ident,
    /// Names of its columns; empty keeps those of the query.
    pub columns: Vec<Ident>,
    /// The rows.
    pub query: Box<Query>,
    /// Where it stands.
    pub span: Span,
}

/// What yields rows.
#[derive(Clone, Debug, PartialEq)]
pub enum QueryBody {
    /// `SELECT …`
    Select(Box<Select>),
    /// `(query)`
    Nested(Box<Query>),
    /// `left UNION [ALL] right` and its kin.
    Set {
        /// Which operation.
        op: SetOp,
        /// Keeps duplicates.
        all: bool,
        /// First operand.
        left: Box<QueryBody>,
        /// Second operand.
        right: Box<QueryBody>,
        /// Where it stands.
        span: Span,
    },
}

/// Operations on sets of rows. `INTERSECT` binds more tightly than the other two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOp {
    /// Rows of either.
    Union,
    /// Rows of the first that the second lacks.
    Except,
    /// Rows of both.
    Intersect,
}

/// `SELECT [ALL | DISTINCT] [TOP n] items FROM … [WHERE …] [GROUP BY …] [HAVING …]`
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// `DISTINCT`
    pub distinct: bool,
    /// `TOP n`: at most this many rows, after `ORDER BY` and `OFFSET` of the enclosing query.
    pub top: Option<Count>,
    /// What is selected, one or more.
    pub items: Vec<SelectItem>,
    /// `INTO table`: the rows of the whole query are kept as that table instead of being given out.
    /// Not of ADQL 2.1; of the first `SELECT` of the outermost query alone.
    pub into: Option<TableName>,
    /// Tables, one or more; several form a product.
    pub from: Vec<TableRef>,
    /// `WHERE`
    pub condition: Option<Expr>,
    /// `GROUP BY`
    pub group_by: Vec<Expr>,
    /// `HAVING`
    pub having: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// An unsigned integer after `TOP` or `OFFSET`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The number.
    pub value: u64,
    /// Where it stands.
    pub span: Span,
}

/// One item of the select list.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectItem {
    /// `*`
    Wildcard {
        /// Where it stands.
        span: Span,
    },
    /// `table.*`
    TableWildcard {
        /// The table or its alias.
        table: TableName,
        /// Where it stands.
        span: Span,
    },
    /// `expression [AS alias]`
    Expr {
        /// The value.
        expr: Expr,
        /// Name of the column in the result.
        alias: Option<Ident>,
    },
}

/// A table of the `FROM` clause.
#[derive(Clone, Debug, PartialEq)]
pub enum TableRef {
    /// `[catalog.][schema.]table [AS alias]`
    Table {
        /// The table.
        name: TableName,
        /// Name under which the query knows it.
        alias: Option<Ident>,
        /// Where it stands.
        span: Span,
    },
    /// `(query) [AS] alias`
    Subquery {
        /// The rows.
        query: Box<Query>,
        /// Name under which the query knows it.
        alias: Ident,
        /// Where it stands.
        span: Span,
    },
    /// `left JOIN right …`
    Join(Box<Join>),
}

/// A join of two tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// First operand.
    pub left: TableRef,
    /// Second operand.
    pub right: TableRef,
    /// Which rows without a partner stay.
    pub kind: JoinKind,
    /// Which rows are partners.
    pub constraint: JoinConstraint,
    /// Where it stands.
    pub span: Span,
}

/// Which rows without a partner stay in a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// None.
    Inner,
    /// Those of the first.
    Left,
    /// Those of the second.
    Right,
    /// Those of both.
    Full,
}

/// Which rows are partners in a join.
#[derive(Clone, Debug, PartialEq)]
pub enum JoinConstraint {
    /// `NATURAL`: equal in every column of the same name.
    Natural,
    /// `ON condition`
    On(Expr),
    /// `USING (column, …)`: equal in these columns.
    Using(Vec<Ident>),
    /// Nothing is written: every pair. The grammar lets any join go without.
    None,
}

/// One key of `ORDER BY`.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderItem {
    /// A value; an integer literal alone is the position of a column of the result, from 1.
    pub expr: Expr,
    /// `DESC`
    pub descending: bool,
    /// Where it stands.
    pub span: Span,
}

/// A value or a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands, without parentheses around it.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Literal),
    /// `[table.]column`
    Column(ColumnRef),
    /// `+x`, `-x`, `NOT x`
    Unary {
        /// Which operation.
        op: UnaryOp,
        /// The operand.
        operand: Box<Expr>,
    },
    /// Arithmetic, `||` and comparisons.
    Binary {
        /// Which operation.
        op: BinaryOp,
        /// First operand.
        left: Box<Expr>,
        /// Second operand.
        right: Box<Expr>,
    },
    /// `a AND b AND …`, two or more.
    And(Vec<Expr>),
    /// `a OR b OR …`, two or more.
    Or(Vec<Expr>),
    /// `x [NOT] BETWEEN low AND high`
    Between {
        /// `NOT`
        negated: bool,
        /// The value.
        operand: Box<Expr>,
        /// Lower end, included.
        low: Box<Expr>,
        /// Upper end, included.
        high: Box<Expr>,
    },
    /// `x [NOT] IN (a, b, …)`, one or more.
    InList {
        /// `NOT`
        negated: bool,
        /// The value.
        operand: Box<Expr>,
        /// The values to compare with.
        list: Vec<Expr>,
    },
    /// `x [NOT] IN (SELECT …)`
    InQuery {
        /// `NOT`
        negated: bool,
        /// The value.
        operand: Box<Expr>,
        /// A query of one column.
        query: Box<Query>,
    },
    /// `x [NOT] LIKE pattern`, `x [NOT] ILIKE pattern`: `%` any text, `_` any character.
    Like {
        /// `NOT`
        negated: bool,
        /// `ILIKE`: upper and lower case are the same.
        ignore_case: bool,
        /// The text.
        operand: Box<Expr>,
        /// The pattern.
        pattern: Box<Expr>,
    },
    /// `x IS [NOT] NULL`
    IsNull {
        /// `NOT`
        negated: bool,
        /// The value.
        operand: Box<Expr>,
    },
    /// `EXISTS (SELECT …)`
    Exists(Box<Query>),
    /// `(SELECT …)` as a value: one row, one column. Beyond the grammar of ADQL 2.1.
    Subquery(Box<Query>),
    /// `COUNT(*)`, `SUM([DISTINCT] x)` and the like.
    Aggregate {
        /// Which aggregate.
        function: Aggregate,
        /// `DISTINCT`
        distinct: bool,
        /// What is aggregated; `None` is `COUNT(*)`.
        argument: Option<Box<Expr>>,
    },
    /// Any other function.
    Call(Call),
    /// `CAST(x AS type)`
    Cast {
        /// The value.
        operand: Box<Expr>,
        /// What it becomes.
        target: CastType,
    },
}

/// `[[catalog.]schema.]table.column` or a bare column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnRef {
    /// The table or its alias.
    pub table: Option<TableName>,
    /// The column.
    pub name: Ident,
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `NULL`
    Null,
    /// `TRUE`, `FALSE`
    Boolean(bool),
    /// Digits only. A sign is a [`UnaryOp`].
    Integer(u64),
    /// With a point or an exponent, or an integer beyond 64 bits; finite.
    Float(f64),
    /// `'text'`, quotes undoubled.
    String(String),
    /// `TIMESTAMP 'text'` or `TIMESTAMP('text')`, in a DALI 1.1 §3.3.3 notation.
    Timestamp(String),
    /// `INTERVAL 'text' unit`
    Interval {
        /// A number, with a sign where wanted.
        text: String,
        /// What it counts.
        unit: IntervalUnit,
    },
}

/// What an interval counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalUnit {
    /// Calendar years.
    Year,
    /// Calendar months.
    Month,
    /// Days of 24 hours.
    Day,
    /// Hours.
    Hour,
    /// Minutes.
    Minute,
    /// Seconds.
    Second,
}

/// Operations with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `NOT`
    Not,
}

/// Operations with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`; of two integers an integer, towards zero. Division by zero yields NULL.
    Divide,
    /// `||`
    Concat,
    /// `=`
    Equal,
    /// `<>`, `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl BinaryOp {
    /// Whether the result is a truth value.
    pub const fn is_comparison(self) -> bool {
        matches!(
            self,
            BinaryOp::Equal
                | BinaryOp::NotEqual
                | BinaryOp::Less
                | BinaryOp::LessOrEqual
                | BinaryOp::Greater
                | BinaryOp::GreaterOrEqual
        )
    }
}

/// Aggregate functions (ADQL 2.1 §2.2.2, SQL-92 set functions).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// `COUNT`
    Count,
    /// `SUM`
    Sum,
    /// `AVG`
    Avg,
    /// `MIN`
    Min,
    /// `MAX`
    Max,
}

/// A call of a function that is not an aggregate.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Which function.
    pub function: Function,
    /// Where its name stands.
    pub name_span: Span,
    /// Coordinate system given as the first argument of a geometry constructor, as a string
    /// literal. ADQL 2.1 §4.2.3 keeps it for compatibility; it is not among `args`.
    pub coosys: Option<String>,
    /// The arguments.
    pub args: Vec<Expr>,
}

/// Which function is called.
#[derive(Clone, Debug, PartialEq)]
pub enum Function {
    /// One that the standard defines.
    Builtin(crate::Builtin),
    /// A user-defined one (ADQL 2.1 §2.3.7), such as `ivo_healpix_index`; one or more parts.
    User(Vec<Ident>),
    /// An aggregate among the functions of the user, such as `my.pairs`.
    OwnAggregate(Vec<Ident>),
}

/// What `CAST` makes (ADQL 2.1 §4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CastType {
    /// 16-bit integer.
    SmallInt,
    /// 32-bit integer.
    Integer,
    /// 64-bit integer.
    BigInt,
    /// 32-bit float.
    Real,
    /// 64-bit float.
    Double,
    /// `CHAR[(n)]`
    Char(Option<u32>),
    /// `VARCHAR[(n)]`
    VarChar(Option<u32>),
    /// `TIMESTAMP`
    Timestamp,
}
