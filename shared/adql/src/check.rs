//! Whether a query makes sense against the tables that there are.
//!
//! A check never guesses: where a type or the columns of a table are not known, nothing is said.

mod error;
mod expr;
mod scope;

pub use error::{Diagnostic, DiagnosticKind, Type};

use tenkyu_wire::{
    functions::{self, FunctionMeta},
    tables::SchemaMeta,
};

use crate::{
    Span,
    ast::{
        Expr, ExprKind, Join, JoinConstraint, JoinKind, Literal, Query, QueryBody, Select,
        SelectItem, TableRef,
    },
    parse_with,
};
use expr::GroupKeys;
use scope::{Column, Columns, Scope, Source};

/// Everything that is wrong with the query in `text`, in the order of the text. The tables are
/// those of `schemas`; without any, names are not checked.
pub fn check(text: &str, schemas: &[SchemaMeta]) -> Vec<Diagnostic> {
    let inner = crate::explained(text).map(|explained| explained.query);
    let text = inner.as_deref().unwrap_or(text);
    match parse_with(text, own_functions(schemas).unwrap_or_default()) {
        Ok(query) => check_query(&query, text, schemas),
        Err(error) => {
            vec![Diagnostic { kind: DiagnosticKind::Syntax(error.kind), place: error.place }]
        }
    }
}

/// What is wrong with the language of a query alone, whatever the tables are: its syntax, how
/// functions are called, shapes and truth values where they cannot stand.
pub fn check_syntax(text: &str) -> Vec<Diagnostic> {
    let mut found = check(text, &[]);
    found.retain(|diagnostic| diagnostic.kind.is_of_the_language());
    found
}

/// As [`check`], for a query that `text` was parsed to.
pub fn check_query(query: &Query, text: &str, schemas: &[SchemaMeta]) -> Vec<Diagnostic> {
    let mut checker = Checker { schemas, found: Vec::new() };
    checker.query(query, &Scope::default());
    let mut found = checker.found;
    found.sort_by_key(|(span, _)| span.start);
    found.dedup();
    found.into_iter().map(|(span, kind)| Diagnostic { kind, place: span.place(text) }).collect()
}

/// The user's own functions; `None` where they are not known.
pub(crate) fn own_functions(schemas: &[SchemaMeta]) -> Option<&[FunctionMeta]> {
    // A catalogue may be called so too, and says nothing about functions.
    let holds = |schema: &&SchemaMeta| functions::is_own(&schema.name) && schema.tables.is_empty();
    let own = schemas.iter().find(holds);
    own.map(|schema| schema.functions.as_slice())
}

/// A query in which so much is wrong is not looked at any further.
const MOST: usize = 100;

struct Checker<'a> {
    schemas: &'a [SchemaMeta],
    found: Vec<(Span, DiagnosticKind)>,
}

impl Checker<'_> {
    fn report(&mut self, span: Span, kind: DiagnosticKind) {
        if !self.is_full() {
            self.found.push((span, kind));
        }
    }

    fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    /// Checks a query and gives the columns of its result.
    fn query(&mut self, query: &Query, outer: &Scope<'_>) -> Columns {
        let mut scope = Scope::inside(outer);
        for table in &query.with {
            let mut columns = self.query(&table.query, &scope);
            if let (Some(columns), false) = (&mut columns, table.columns.is_empty()) {
                for (column, name) in columns.iter_mut().zip(&table.columns) {
                    column.name = name.text.clone();
                }
            }
            scope.common.push((table.name.text.clone(), columns));
        }
        let (columns, from) = self.body(&query.body, &scope);
        for item in &query.order_by {
            self.order_item(&item.expr, &columns, from.as_ref().unwrap_or(&scope), &query.body);
        }
        columns
    }

    fn order_item(&mut self, key: &Expr, columns: &Columns, from: &Scope<'_>, body: &QueryBody) {
        if let ExprKind::Literal(Literal::Integer(position)) = key.kind {
            if let Some(columns) = columns
                && (position == 0 || position > columns.len() as u64)
            {
                let kind = DiagnosticKind::OrderPosition { position, count: columns.len() };
                self.report(key.span, kind);
            }
            return;
        }
        let mut scope = Scope::inside(from);
        scope.results = columns.clone().unwrap_or_default();
        scope.open = columns.is_none();
        self.value(key, &scope);
        if let QueryBody::Select(select) = body
            && is_aggregated(select)
        {
            let aliased = |name: &str| {
                select.items.iter().any(|item| {
                    matches!(item, SelectItem::Expr { alias: Some(alias), .. } if alias.is(name))
                })
            };
            self.grouped(key, &GroupKeys::of(select), &aliased);
        }
    }

    /// The result's columns and, for a single `SELECT`, the scope of its tables.
    fn body<'s>(&mut self, body: &QueryBody, outer: &'s Scope<'s>) -> (Columns, Option<Scope<'s>>) {
        match body {
            QueryBody::Select(select) => {
                let (columns, scope) = self.select(select, outer);
                (columns, Some(scope))
            }
            QueryBody::Nested(query) => (self.query(query, outer), None),
            QueryBody::Set { op, left, right, span, .. } => {
                let (left, _) = self.body(left, outer);
                let (right, _) = self.body(right, outer);
                if let (Some(left), Some(right)) = (&left, &right)
                    && left.len() != right.len()
                {
                    let (left, right) = (left.len(), right.len());
                    self.report(*span, DiagnosticKind::ColumnCount { op: *op, left, right });
                }
                (left, None)
            }
        }
    }

    fn select<'s>(&mut self, select: &Select, outer: &'s Scope<'s>) -> (Columns, Scope<'s>) {
        let mut scope = Scope::inside(outer);
        for table in &select.from {
            self.table(table, &mut scope);
        }
        let columns = self.items(select, &scope);
        if let Some(condition) = &select.condition {
            self.condition(condition, &scope);
            self.no_aggregate(condition);
        }
        for key in &select.group_by {
            self.value(key, &scope);
            self.no_aggregate(key);
        }
        if let Some(having) = &select.having {
            self.condition(having, &scope);
        }
        if is_aggregated(select) {
            let keys = GroupKeys::of(select);
            for item in &select.items {
                if let SelectItem::Expr { expr, .. } = item {
                    self.grouped(expr, &keys, &|_| false);
                }
            }
            if let Some(having) = &select.having {
                self.grouped(having, &keys, &|_| false);
            }
        }
        (columns, scope)
    }

    fn items(&mut self, select: &Select, scope: &Scope<'_>) -> Columns {
        let mut columns = Some(Vec::new());
        let mut add = |more: Columns| match (&mut columns, more) {
            (Some(columns), Some(more)) => columns.extend(more),
            (columns, _) => *columns = None,
        };
        for item in &select.items {
            match item {
                SelectItem::Wildcard { .. } => add(scope.all_columns()),
                SelectItem::TableWildcard { table, span } => match scope.source(table) {
                    Some(source) => add(source.columns.clone()),
                    None => {
                        self.report(*span, scope.unknown_table(table));
                        add(None);
                    }
                },
                SelectItem::Expr { expr, alias } => {
                    let kind = self.value(expr, scope);
                    let name = match (alias, &expr.kind) {
                        (Some(alias), _) => alias.text.clone(),
                        (None, ExprKind::Column(column)) => column.name.text.clone(),
                        _ => String::new(),
                    };
                    add(Some(vec![Column { name, kind }]));
                }
            }
        }
        columns
    }

    fn table(&mut self, table: &TableRef, scope: &mut Scope<'_>) {
        let source = match table {
            TableRef::Table { name, alias, span } => {
                let columns = match scope.common_table(name) {
                    Some(columns) => columns,
                    None => self.stored_table(name),
                };
                let called = alias.as_ref().or(name.table()).map(|ident| ident.text.clone());
                let full = alias.is_none().then(|| {
                    name.parts.iter().map(|part| part.text.clone()).collect::<Vec<_>>().join(".")
                });
                Source { name: called.unwrap_or_default(), full, columns, span: *span }
            }
            TableRef::Subquery { query, alias, span } => {
                let columns = self.query(query, &Scope::common_of(scope));
                Source { name: alias.text.clone(), full: None, columns, span: *span }
            }
            TableRef::Join(join) => return self.join(join, scope),
        };
        if let Some(other) = scope.sources.iter().find(|other| other.clashes(&source)) {
            let name = other.name.clone();
            self.report(source.span, DiagnosticKind::DuplicateTable(name));
        }
        scope.sources.push(source);
    }

    fn stored_table(&mut self, name: &crate::ast::TableName) -> Columns {
        if self.schemas.is_empty() {
            return None;
        }
        let tables = || self.schemas.iter().flat_map(|schema| &schema.tables);
        let (plain, _) = name.split_snapshot();
        let mut matches = tables().filter(|table| plain.is(&table.name));
        if let Some(table) = matches.next() {
            return Some(table.columns.iter().map(Column::stored).collect());
        }
        // Uploads are known to the request alone.
        if name.schema().is_some_and(|schema| schema.is("tap_upload")) {
            return None;
        }
        let names: Vec<&str> = tables().map(|table| table.name.as_str()).collect();
        let kind = scope::nearest_table(name, &names);
        self.report(name.span, kind);
        None
    }

    fn join(&mut self, join: &Join, scope: &mut Scope<'_>) {
        let before = scope.sources.len();
        self.table(&join.left, scope);
        let between = scope.sources.len();
        self.table(&join.right, scope);
        match &join.constraint {
            JoinConstraint::On(condition) => {
                self.condition(condition, scope);
                self.no_aggregate(condition);
            }
            JoinConstraint::Natural => scope.merge_common(before, between),
            // An inner join without a condition is a product; which rows of an outer one stay
            // nobody can tell.
            JoinConstraint::None if join.kind == JoinKind::Inner => {}
            JoinConstraint::None => self.report(join.span, DiagnosticKind::JoinCondition),
            JoinConstraint::Using(columns) => {
                for column in columns {
                    let (left, right) = scope.sources.split_at(between.min(scope.sources.len()));
                    let sides = [left.get(before..).unwrap_or_default(), right];
                    if sides.iter().any(|side| scope::lacks(side, column)) {
                        let kind = scope.unknown_column(None, column);
                        self.report(column.span, kind);
                    }
                    scope.merged.push(column.text.to_ascii_lowercase());
                }
            }
        }
    }
}

/// Whether the rows of a select are groups.
fn is_aggregated(select: &Select) -> bool {
    !select.group_by.is_empty()
        || select.having.is_some()
        || select
            .items
            .iter()
            .any(|item| matches!(item, SelectItem::Expr { expr, .. } if expr.has_aggregate()))
}
