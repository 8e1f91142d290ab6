//! What names mean at a place in a query.

use arrow::datatypes::FieldRef;
use datafusion::{
    common::{Column, DFSchemaRef},
    logical_expr::Expr,
};
use tenkyu_adql::{ast, nearest};
use tenkyu_wire::tables::ColumnMeta;

use super::Planner;
use crate::EngineError;

/// The tables of a FROM clause, and the query around it.
#[derive(Clone, Debug)]
pub struct Scope<'o> {
    /// Tables in order.
    pub tables: Vec<ScopeTable>,
    /// Columns that NATURAL or USING made one of two, which a bare name means first.
    pub merged: Vec<ScopeColumn>,
    /// Schema of the plan in which the columns are.
    pub schema: DFSchemaRef,
    /// The scope of the query in which this one stands.
    pub outer: Option<&'o Scope<'o>>,
}

/// A table of the FROM clause.
#[derive(Clone, Debug)]
pub struct ScopeTable {
    /// Name given by `AS`; it hides the table's own.
    pub alias: Option<ast::Ident>,
    /// `schema` (empty for named queries) and `table`.
    pub name: (String, String),
    /// Its columns in order.
    pub columns: Vec<ScopeColumn>,
}

/// A column that a name can mean.
#[derive(Clone, Debug)]
pub struct ScopeColumn {
    /// Name and description.
    pub meta: ColumnMeta,
    /// Its value.
    pub expr: Expr,
    /// The plan's column, for use from inner queries.
    pub field: FieldRef,
    /// Where the plan keeps it; `None` for merged columns that are computed.
    pub column: Option<Column>,
    /// Merged into another by NATURAL or USING: left out of `*` and of bare names.
    pub hidden: bool,
}

impl ScopeTable {
    /// Whether `name` means this table.
    pub fn is(&self, name: &ast::TableName) -> bool {
        match (&self.alias, name.parts.as_slice()) {
            (Some(alias), [only]) => only.same(alias),
            (Some(_), _) => false,
            (None, _) if self.name.0.is_empty() => name.is(&self.name.1),
            (None, _) => name.is(&format!("{}.{}", self.name.0, self.name.1)),
        }
    }
}

impl Scope<'_> {
    /// Columns of `*`.
    pub fn all(&self) -> Vec<&ScopeColumn> {
        let own = self.tables.iter().flat_map(|t| &t.columns).filter(|c| !c.hidden);
        self.merged.iter().chain(own).collect()
    }
}

impl Planner<'_> {
    /// The column that a reference means, here or in a query around.
    pub(super) fn column<'s>(
        &self,
        reference: &ast::ColumnRef,
        scope: &'s Scope<'_>,
    ) -> Result<(&'s ScopeColumn, bool), EngineError> {
        let mut level = Some(scope);
        let mut is_outer = false;
        while let Some(current) = level {
            if let Some(found) = self.column_here(reference, current)? {
                return Ok((found, is_outer));
            }
            level = current.outer;
            is_outer = true;
        }
        let written = match &reference.table {
            Some(table) => format!("{table}.{}", reference.name.text),
            None => reference.name.text.clone(),
        };
        let names: Vec<&str> = scope.all().into_iter().map(|c| c.meta.name.as_str()).collect();
        Err(EngineError::UnknownColumn {
            name: written,
            place: self.place(reference.name.span),
            nearest: nearest(&reference.name.text, names).map(str::to_owned),
        })
    }

    fn column_here<'s>(
        &self,
        reference: &ast::ColumnRef,
        scope: &'s Scope<'_>,
    ) -> Result<Option<&'s ScopeColumn>, EngineError> {
        let is_it = |c: &&ScopeColumn| reference.name.is(&c.meta.name);
        let found: Vec<&ScopeColumn> = match &reference.table {
            Some(table) => {
                let tables = scope.tables.iter().filter(|t| t.is(table));
                tables.flat_map(|t| &t.columns).filter(is_it).collect()
            }
            None => scope.all().into_iter().filter(is_it).collect(),
        };
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            // One table may have `a` and `A`; then only the delimited name tells them apart.
            _ => Err(EngineError::AmbiguousColumn {
                name: reference.name.text.clone(),
                place: self.place(reference.name.span),
            }),
        }
    }
}
