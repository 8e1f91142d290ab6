//! From the ADQL syntax tree to a DataFusion plan. No SQL text is made on the way.
//!
//! Every table of a FROM clause gets a name of its own (`t0`, `t1`, …) and every result column
//! too (`c0`, `c1`, …), so that DataFusion never has to decide what a name means: names are
//! resolved here, by ADQL's rules.

mod aggregate;
pub mod barrier;
mod expr;
mod from;
mod functions;
mod geometry;
mod nearest;
mod own;
mod scope;
mod select;
mod set;
mod udf;

use std::{cell::Cell, sync::Arc};

use datafusion::{
    catalog::TableProvider,
    common::Column,
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder},
};
use tenkyu_adql::{Span, ast};
use tenkyu_wire::messages::plan as m;
use tenkyu_wire::{Place, tables::ColumnMeta};

use crate::{EngineError, error::Reason, functions::OwnFunctions};
use scope::Scope;

/// A table that a query names.
pub struct ResolvedTable {
    /// Its rows.
    pub provider: Arc<dyn TableProvider>,
    /// `schema` and `table` as they are shown.
    pub name: (String, String),
    /// Descriptions of the provider's columns, in the same order.
    pub columns: Vec<ColumnMeta>,
    /// Indices of the columns in the order of `SELECT *`.
    pub order: Vec<usize>,
}

/// Where tables are found.
pub trait Tables {
    /// The table of this name; `Err` holds the nearest name that exists.
    fn resolve(&self, name: &ast::TableName) -> Result<ResolvedTable, TableMissing>;

    /// ICRS position of a named object, degrees; `Err` holds names that are spelt like it.
    fn position(&self, name: &str) -> Result<(f64, f64), Vec<String>>;

    /// The functions of the user who asks.
    fn functions(&self) -> &OwnFunctions;
}

/// Why a table was not found.
pub enum TableMissing {
    /// No such table; the nearest name, if one is near.
    Unknown(Option<String>),
    /// It has no such snapshot, or cannot be read.
    Other(EngineError),
}

/// Rows with the columns that a query made.
#[derive(Clone, Debug)]
pub struct Relation {
    /// How to get them.
    pub plan: LogicalPlan,
    /// The columns in order.
    pub columns: Vec<ResultColumn>,
}

/// A column of a relation.
#[derive(Clone, Debug)]
pub struct ResultColumn {
    /// Its column in the plan.
    pub column: Column,
    /// Name and description for the user; the datatype is that of the plan.
    pub meta: ColumnMeta,
}

/// Named queries of WITH clauses, innermost last.
type CommonTables = Vec<(ast::Ident, Relation)>;

/// Plans one query.
pub struct Planner<'a> {
    text: &'a str,
    tables: &'a dyn Tables,
    next_table: Cell<usize>,
}

impl<'a> Planner<'a> {
    /// A planner for the query with this text, for the places of errors.
    pub fn new(text: &'a str, tables: &'a dyn Tables) -> Self {
        Self { text, tables, next_table: Cell::new(0) }
    }

    /// Plans a whole query.
    pub fn plan(&self, query: &ast::Query) -> Result<Relation, EngineError> {
        self.query(query, None, &Vec::new())
    }

    fn query(
        &self,
        query: &ast::Query,
        outer: Option<&Scope<'_>>,
        common: &CommonTables,
    ) -> Result<Relation, EngineError> {
        let mut common = common.clone();
        for table in &query.with {
            let mut relation = self.query(&table.query, outer, &common)?;
            self.rename(&mut relation, table)?;
            common.push((table.name.clone(), relation));
        }
        match &query.body {
            ast::QueryBody::Select(select) => {
                self.select(select, &query.order_by, query.offset, outer, &common)
            }
            body => {
                let relation = self.body(body, outer, &common)?;
                self.order_relation(relation, &query.order_by, query.offset)
            }
        }
    }

    fn body(
        &self,
        body: &ast::QueryBody,
        outer: Option<&Scope<'_>>,
        common: &CommonTables,
    ) -> Result<Relation, EngineError> {
        match body {
            ast::QueryBody::Select(select) => self.select(select, &[], None, outer, common),
            ast::QueryBody::Nested(query) => self.query(query, outer, common),
            ast::QueryBody::Set { op, all, left, right, span } => {
                let left = self.body(left, outer, common)?;
                let right = self.body(right, outer, common)?;
                self.set(*op, *all, left, right, *span)
            }
        }
    }

    fn rename(&self, relation: &mut Relation, table: &ast::CommonTable) -> Result<(), EngineError> {
        if table.columns.is_empty() {
            return Ok(());
        }
        if table.columns.len() != relation.columns.len() {
            let (named, made) = (table.columns.len(), relation.columns.len());
            let reason = Reason::of(m::COLUMN_NAMES, &[("named", &named), ("made", &made)]);
            return Err(self.invalid(reason, table.span));
        }
        for (column, name) in relation.columns.iter_mut().zip(&table.columns) {
            column.meta.name = name.text.clone();
        }
        Ok(())
    }

    /// ORDER BY and OFFSET over the result of a set operation or a query in parentheses.
    fn order_relation(
        &self,
        relation: Relation,
        order_by: &[ast::OrderItem],
        offset: Option<ast::Count>,
    ) -> Result<Relation, EngineError> {
        let mut builder = LogicalPlanBuilder::from(relation.plan);
        if !order_by.is_empty() {
            let keys = order_by
                .iter()
                .map(|item| {
                    let index = self.output_column(item, &relation.columns)?;
                    let index = index.ok_or_else(|| self.invalid(m::SET_ORDER, item.span))?;
                    let column = relation.columns.get(index).map(|c| c.column.clone());
                    let column = column.ok_or_else(|| self.invalid(m::SET_ORDER, item.span))?;
                    Ok(Expr::Column(column).sort(!item.descending, false))
                })
                .collect::<Result<Vec<_>, EngineError>>()?;
            builder = self.df(builder.sort(keys), None)?;
        }
        if let Some(offset) = offset {
            builder = self.df(builder.limit(count(offset), None), Some(offset.span))?;
        }
        let plan = self.df(builder.build(), None)?;
        Ok(Relation { plan, columns: relation.columns })
    }

    /// The column of the result that an ORDER BY item names: by position or by name.
    fn output_column(
        &self,
        item: &ast::OrderItem,
        columns: &[ResultColumn],
    ) -> Result<Option<usize>, EngineError> {
        match &item.expr.kind {
            ast::ExprKind::Literal(ast::Literal::Integer(n)) => {
                let index = usize::try_from(*n).ok().and_then(|n| n.checked_sub(1));
                let index = index.filter(|i| *i < columns.len());
                index.map(Some).ok_or_else(|| {
                    let values: [(_, &dyn ToString); 2] = [("n", n), ("count", &columns.len())];
                    let reason = Reason::of(m::NO_SUCH_POSITION, &values);
                    self.invalid(reason, item.span)
                })
            }
            ast::ExprKind::Column(ast::ColumnRef { table: None, name }) => {
                Ok(columns.iter().position(|c| name.is(&c.meta.name)))
            }
            _ => Ok(None),
        }
    }

    fn new_alias(&self) -> String {
        let number = self.next_table.get();
        self.next_table.set(number + 1);
        format!("t{number}")
    }

    fn place(&self, span: Span) -> Option<Place> {
        Some(span.place(self.text))
    }

    fn invalid(&self, reason: impl Into<Reason>, span: Span) -> EngineError {
        EngineError::Invalid { reason: reason.into(), place: self.place(span) }
    }

    fn unsupported(&self, what: impl Into<Reason>, span: Span) -> EngineError {
        EngineError::Unsupported { what: what.into(), place: self.place(span) }
    }

    /// A DataFusion result with the place in the query that it concerns.
    fn df<T>(
        &self,
        result: datafusion::common::Result<T>,
        span: Option<Span>,
    ) -> Result<T, EngineError> {
        result.map_err(|error| EngineError::Invalid {
            reason: error.strip_backtrace().into(),
            place: span.and_then(|s| self.place(s)),
        })
    }
}

fn count(count: ast::Count) -> usize {
    usize::try_from(count.value).unwrap_or(usize::MAX)
}
