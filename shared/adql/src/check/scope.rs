//! Which names mean what at a place of the query.

use tenkyu_wire::tables::{ColumnMeta, Kind};

use super::error::{DiagnosticKind, Type};
use crate::{
    Span,
    ast::{Ident, TableName},
    nearest,
};

/// A column of a table or a result.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub name: String,
    pub kind: Type,
}

impl Column {
    pub fn stored(meta: &ColumnMeta) -> Column {
        let kind = match (meta.datatype.kind, meta.xtype.as_str()) {
            (_, "timestamp") => Type::Time,
            (_, "point" | "circle" | "polygon" | "moc" | "shape") => Type::Geometry,
            (_, xtype) if xtype.starts_with("adql:") => Type::Unknown,
            (Kind::Char, _) => Type::Text,
            (Kind::Boolean, _) => Type::Condition,
            _ if meta.datatype.size == tenkyu_wire::tables::ArraySize::Scalar => Type::Number,
            _ => Type::Unknown,
        };
        Column { name: meta.name.clone(), kind }
    }
}

/// Columns, or `None` where they are not known.
pub(super) type Columns = Option<Vec<Column>>;

/// A table of a `FROM` clause.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// Alias, or the last part of the table's name.
    pub name: String,
    /// The table's name with schema, as written, where it has no alias.
    pub full: Option<String>,
    pub columns: Columns,
    pub span: Span,
}

impl Source {
    pub fn clashes(&self, other: &Source) -> bool {
        match (&self.full, &other.full) {
            (Some(one), Some(two)) => one.eq_ignore_ascii_case(two),
            _ => self.name.eq_ignore_ascii_case(&other.name),
        }
    }

    fn is(&self, name: &TableName) -> bool {
        match (&self.full, name.parts.len()) {
            (_, 1) => name.table().is_some_and(|part| part.is(&self.name)),
            (Some(full), _) => name.is(full),
            (None, _) => false,
        }
    }

    fn column(&self, name: &Ident) -> Option<&Column> {
        self.columns.as_ref()?.iter().find(|column| name.is(&column.name))
    }
}

/// What a column reference turned out to be.
pub(super) enum Found {
    Column(Type),
    /// It may be a column of a table whose columns are not known.
    Open,
    Missing(DiagnosticKind),
}

/// The names that can be used at a place, those of the enclosing queries included.
#[derive(Default)]
pub(super) struct Scope<'s> {
    pub outer: Option<&'s Scope<'s>>,
    /// `WITH` tables.
    pub common: Vec<(String, Columns)>,
    pub sources: Vec<Source>,
    /// Columns of the result, which `ORDER BY` can name.
    pub results: Vec<Column>,
    /// Result columns are not known.
    pub open: bool,
    /// Lower-case names that `USING` or `NATURAL` made one column of.
    pub merged: Vec<String>,
}

impl<'s> Scope<'s> {
    pub fn inside(outer: &'s Scope<'s>) -> Scope<'s> {
        Scope { outer: Some(outer), ..Scope::default() }
    }

    /// The scope of a query in `FROM`: it sees `WITH` tables and the enclosing queries, but not the
    /// tables beside it.
    pub fn common_of(scope: &'s Scope<'_>) -> Scope<'s> {
        let mut common = Vec::new();
        let mut at = Some(scope);
        while let Some(scope) = at {
            common.extend(scope.common.iter().rev().cloned());
            at = scope.outer;
        }
        common.reverse();
        Scope { common, ..Scope::default() }
    }

    fn chain(&self) -> impl Iterator<Item = &Scope<'s>> {
        std::iter::successors(Some(self), |scope| scope.outer)
    }

    /// The columns of a `WITH` table.
    pub fn common_table(&self, name: &TableName) -> Option<Columns> {
        let [name] = name.parts.as_slice() else { return None };
        self.chain().find_map(|scope| {
            scope
                .common
                .iter()
                .rev()
                .find(|(known, _)| name.is(known))
                .map(|(_, columns)| columns.clone())
        })
    }

    pub fn source(&self, name: &TableName) -> Option<&Source> {
        self.chain().find_map(|scope| scope.sources.iter().find(|source| source.is(name)))
    }

    pub fn all_columns(&self) -> Columns {
        let mut all: Vec<Column> = Vec::new();
        for source in &self.sources {
            for column in source.columns.as_ref()? {
                let merged = self.merged.contains(&column.name.to_ascii_lowercase());
                if !(merged && all.iter().any(|one| one.name.eq_ignore_ascii_case(&column.name))) {
                    all.push(column.clone());
                }
            }
        }
        Some(all)
    }

    /// Makes one of the columns that two sides of a `NATURAL` join share.
    pub fn merge_common(&mut self, before: usize, between: usize) {
        let left = self.sources.get(before..between).unwrap_or_default();
        let right = self.sources.get(between..).unwrap_or_default();
        let names = |sources: &[Source]| -> Vec<String> {
            let columns = sources.iter().flat_map(|source| source.columns.iter().flatten());
            columns.map(|column| column.name.to_ascii_lowercase()).collect()
        };
        let right = names(right);
        let shared = names(left).into_iter().filter(|name| right.contains(name));
        let shared: Vec<String> = shared.collect();
        self.merged.extend(shared);
    }

    /// What `[table.]name` means.
    pub fn find(&self, table: Option<&TableName>, name: &Ident) -> Found {
        if let Some(table) = table {
            return match self.source(table) {
                None => Found::Missing(self.unknown_table(table)),
                Some(source) => match (source.column(name), &source.columns) {
                    (Some(column), _) => Found::Column(column.kind),
                    (None, None) => Found::Open,
                    (None, Some(_)) => Found::Missing(self.unknown_column(Some(source), name)),
                },
            };
        }
        for scope in self.chain() {
            if let Some(column) = scope.results.iter().find(|column| name.is(&column.name)) {
                return Found::Column(column.kind);
            }
            let holders: Vec<(&Source, &Column)> = scope
                .sources
                .iter()
                .filter_map(|source| source.column(name).map(|column| (source, column)))
                .collect();
            match holders.as_slice() {
                [] => {}
                [(_, column)] => return Found::Column(column.kind),
                [(_, column), ..] if scope.merged.contains(&name.text.to_ascii_lowercase()) => {
                    return Found::Column(column.kind);
                }
                several => {
                    let tables = several.iter().map(|(source, _)| source.name.clone()).collect();
                    return Found::Missing(DiagnosticKind::Ambiguous {
                        name: name.text.clone(),
                        tables,
                    });
                }
            }
            if scope.open || scope.sources.iter().any(|source| source.columns.is_none()) {
                return Found::Open;
            }
        }
        Found::Missing(self.unknown_column(None, name))
    }

    /// The error for a table that is not in this `FROM` clause, with the nearest that is.
    pub fn unknown_table(&self, name: &TableName) -> DiagnosticKind {
        let names: Vec<&str> = self
            .chain()
            .flat_map(|scope| &scope.sources)
            .map(|source| source.name.as_str())
            .collect();
        nearest_table(name, &names)
    }

    /// The error for a column that is not here, with the nearest that is.
    pub fn unknown_column(&self, source: Option<&Source>, name: &Ident) -> DiagnosticKind {
        let all: Vec<&str> = match source {
            Some(source) => source.columns.iter().flatten().map(|one| one.name.as_str()).collect(),
            None => self
                .chain()
                .flat_map(|scope| {
                    let columns =
                        scope.sources.iter().flat_map(|source| source.columns.iter().flatten());
                    columns.chain(&scope.results)
                })
                .map(|column| column.name.as_str())
                .filter(|name| !name.is_empty())
                .collect(),
        };
        // One side of a join may lack what the other has.
        let others = all.iter().copied().filter(|other| !name.is(other));
        let near = nearest(&name.text, others).map(str::to_owned);
        let known = all.into_iter().take(12).map(str::to_owned).collect();
        DiagnosticKind::UnknownColumn { name: name.text.clone(), quoted: name.quoted, near, known }
    }
}

/// Whether none of the tables has the column, all of their columns being known.
pub(super) fn lacks(sources: &[Source], name: &Ident) -> bool {
    sources.iter().all(|source| source.columns.is_some() && source.column(name).is_none())
}

/// The error for a table that there is not, with the nearest of `names`.
pub(super) fn nearest_table(name: &TableName, names: &[&str]) -> DiagnosticKind {
    let written: Vec<&str> = name.parts.iter().map(|part| part.text.as_str()).collect();
    let written = written.join(".");
    let last = name.table().map_or("", |ident| ident.text.as_str());
    let bare = |full: &str| full.rsplit('.').next().map(str::to_owned).unwrap_or_default();
    let near = nearest(&written, names.iter().copied()).or_else(|| {
        let bares: Vec<String> = names.iter().map(|full| bare(full)).collect();
        let near = nearest(last, bares.iter().map(String::as_str))?;
        names.iter().copied().find(|full| bare(full) == near)
    });
    let near = near.map(str::to_owned);
    let known = names.iter().take(12).map(|&name| name.to_owned()).collect();
    DiagnosticKind::UnknownTable { name: written, near, known }
}
