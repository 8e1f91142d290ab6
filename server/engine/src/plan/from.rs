//! FROM: tables, subqueries and joins.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::{
    common::{Column, ExprSchema, JoinType},
    datasource::provider_as_source,
    functions::core::expr_fn::coalesce,
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder},
};
use tenkyu_adql::{Span, ast};
use tenkyu_wire::messages::plan as m;
use tenkyu_wire::tables::ColumnMeta;

use super::{
    CommonTables, Planner, Relation, ResultColumn, TableMissing,
    nearest::Nearest,
    scope::{Scope, ScopeColumn, ScopeTable},
};
use crate::{EngineError, error::Reason, meta::HEALPIX_COLUMN};

/// Rows of a FROM clause while it is put together.
pub(super) struct Joined {
    pub(super) plan: LogicalPlan,
    pub(super) tables: Vec<ScopeTable>,
    pub(super) merged: Vec<ScopeColumn>,
}

impl Planner<'_> {
    /// The product of all tables, with what their names mean.
    pub(super) fn from<'o>(
        &self,
        from: &[ast::TableRef],
        outer: Option<&'o Scope<'o>>,
        common: &CommonTables,
    ) -> Result<(LogicalPlan, Scope<'o>), EngineError> {
        let mut joined: Option<Joined> = None;
        for table in from {
            let next = self.table_ref(table, outer, common)?;
            joined = Some(match joined {
                None => next,
                Some(left) => {
                    self.check_names(&left, &next, table.span())?;
                    self.product(left, next)?
                }
            });
        }
        let joined = match joined {
            Some(joined) => joined,
            None => Joined {
                plan: self.df(LogicalPlanBuilder::empty(true).build(), None)?,
                tables: Vec::new(),
                merged: Vec::new(),
            },
        };
        let schema = joined.plan.schema().clone();
        let scope = Scope { tables: joined.tables, merged: joined.merged, schema, outer };
        Ok((joined.plan, scope))
    }

    /// Every pair of rows.
    fn product(&self, left: Joined, right: Joined) -> Result<Joined, EngineError> {
        let builder = LogicalPlanBuilder::from(left.plan).cross_join(right.plan);
        let plan = self.df(builder.and_then(LogicalPlanBuilder::build), None)?;
        Ok(Joined {
            plan,
            tables: [left.tables, right.tables].concat(),
            merged: [left.merged, right.merged].concat(),
        })
    }

    fn table_ref(
        &self,
        table: &ast::TableRef,
        outer: Option<&Scope<'_>>,
        common: &CommonTables,
    ) -> Result<Joined, EngineError> {
        match table {
            ast::TableRef::Table { name, alias, .. } => {
                if let [only] = name.parts.as_slice()
                    && let Some((known, relation)) =
                        common.iter().rev().find(|(known, _)| only.same(known))
                {
                    let name = (String::new(), known.text.clone());
                    return self.relation(relation.clone(), name, alias.clone());
                }
                self.base_table(name, alias.clone())
            }
            ast::TableRef::Subquery { query, alias, .. } => {
                let relation = self.query(query, outer, common)?;
                self.relation(relation, (String::new(), alias.text.clone()), Some(alias.clone()))
            }
            ast::TableRef::Join(join) => self.join(join, outer, common),
        }
    }

    fn base_table(
        &self,
        name: &ast::TableName,
        alias: Option<ast::Ident>,
    ) -> Result<Joined, EngineError> {
        let table = self.tables.resolve(name).map_err(|missing| match missing {
            TableMissing::Other(error) => error,
            TableMissing::Unknown(nearest) => EngineError::UnknownTable {
                name: name.to_string(),
                place: self.place(name.span),
                nearest,
            },
        })?;
        let own = self.new_alias();
        let source = provider_as_source(table.provider);
        let plan = LogicalPlanBuilder::scan(own.as_str(), source, None);
        let plan = self.df(plan.and_then(LogicalPlanBuilder::build), Some(name.span))?;
        let columns = table
            .order
            .iter()
            .filter_map(|&index| {
                let (qualifier, field) = (index < plan.schema().fields().len())
                    .then(|| plan.schema().qualified_field(index))?;
                let column = Column::new(qualifier.cloned(), field.name());
                Some(scope_column(table.columns.get(index)?.clone(), column, field.clone()))
            })
            .collect();
        let tables = vec![ScopeTable { alias, name: table.name, columns }];
        Ok(Joined { plan, tables, merged: Vec::new() })
    }

    fn relation(
        &self,
        relation: Relation,
        name: (String, String),
        alias: Option<ast::Ident>,
    ) -> Result<Joined, EngineError> {
        let own = self.new_alias();
        let builder = LogicalPlanBuilder::from(relation.plan).alias(own.as_str());
        let plan = self.df(builder.and_then(LogicalPlanBuilder::build), None)?;
        let columns = relation
            .columns
            .into_iter()
            .map(|ResultColumn { column, meta }| {
                let column = Column::new(Some(own.as_str()), column.name);
                let field = self.df(plan.schema().field_from_column(&column).cloned(), None)?;
                Ok(scope_column(meta, column, field))
            })
            .collect::<Result<Vec<_>, EngineError>>()?;
        let tables = vec![ScopeTable { alias, name, columns }];
        Ok(Joined { plan, tables, merged: Vec::new() })
    }

    fn join(
        &self,
        join: &ast::Join,
        outer: Option<&Scope<'_>>,
        common: &CommonTables,
    ) -> Result<Joined, EngineError> {
        let left = self.table_ref(&join.left, outer, common)?;
        let right = self.table_ref(&join.right, outer, common)?;
        self.check_names(&left, &right, join.right.span())?;
        let kind = match join.kind {
            ast::JoinKind::Inner => JoinType::Inner,
            ast::JoinKind::Left => JoinType::Left,
            ast::JoinKind::Right => JoinType::Right,
            ast::JoinKind::Full => JoinType::Full,
        };
        match &join.constraint {
            ast::JoinConstraint::On(condition) => {
                if let Some(nearest) = Nearest::find(condition) {
                    return self.join_nearest(left, right, kind, &nearest, outer, common);
                }
                let scope = self.scope_of(&left, &right, outer)?;
                let on = self.condition(condition, &scope, common)?;
                let builder = LogicalPlanBuilder::from(left.plan).join_on(right.plan, kind, [on]);
                let plan = self.df(builder.and_then(LogicalPlanBuilder::build), Some(join.span))?;
                Ok(Joined { plan, tables: scope.tables, merged: scope.merged })
            }
            ast::JoinConstraint::Using(names) => {
                self.join_using(left, right, kind, names, join.span)
            }
            // The grammar lets a join go without a condition: then it is a product.
            ast::JoinConstraint::None if kind == JoinType::Inner => self.product(left, right),
            ast::JoinConstraint::None => Err(self.invalid(m::OUTER_NEEDS_ON, join.span)),
            ast::JoinConstraint::Natural => {
                let names = shared_names(&left, &right);
                self.join_using(left, right, kind, &names, join.span)
            }
        }
    }

    /// Names of both sides of a join.
    pub(super) fn scope_of<'o>(
        &self,
        left: &Joined,
        right: &Joined,
        outer: Option<&'o Scope<'o>>,
    ) -> Result<Scope<'o>, EngineError> {
        let schema = self.df(left.plan.schema().join(right.plan.schema()), None)?;
        Ok(Scope {
            tables: [left.tables.clone(), right.tables.clone()].concat(),
            merged: [left.merged.clone(), right.merged.clone()].concat(),
            schema: Arc::new(schema),
            outer,
        })
    }

    /// Equal in the named columns, each of which becomes one (SQL-92 §7.5).
    fn join_using(
        &self,
        mut left: Joined,
        mut right: Joined,
        kind: JoinType,
        names: &[ast::Ident],
        span: Span,
    ) -> Result<Joined, EngineError> {
        let (mut on, mut merged) = (Vec::new(), Vec::new());
        for name in names {
            let (a, b) = (self.take(&mut left, name)?, self.take(&mut right, name)?);
            on.push(a.expr.clone().eq(b.expr.clone()));
            merged.push(match kind {
                JoinType::Right => b,
                JoinType::Full => {
                    ScopeColumn { expr: coalesce(vec![a.expr, b.expr]), column: None, ..a }
                }
                _ => a,
            });
        }
        let on = if on.is_empty() { vec![datafusion::logical_expr::lit(true)] } else { on };
        let builder = LogicalPlanBuilder::from(left.plan).join_on(right.plan, kind, on);
        let plan = self.df(builder.and_then(LogicalPlanBuilder::build), Some(span))?;
        merged.extend(left.merged);
        merged.extend(right.merged);
        merged.iter_mut().for_each(|c| c.hidden = false);
        Ok(Joined { plan, tables: [left.tables, right.tables].concat(), merged })
    }

    /// The one column of this name; it is left out of `*` from now on.
    fn take(&self, joined: &mut Joined, name: &ast::Ident) -> Result<ScopeColumn, EngineError> {
        if let Some(at) = joined.merged.iter().position(|c| name.is(&c.meta.name)) {
            return Ok(joined.merged.remove(at));
        }
        let columns = joined.tables.iter_mut().flat_map(|t| &mut t.columns);
        let mut found: Vec<&mut ScopeColumn> =
            columns.filter(|c| !c.hidden && name.is(&c.meta.name)).collect();
        let place = self.place(name.span);
        match found.as_mut_slice() {
            [one] => {
                one.hidden = true;
                Ok(one.clone())
            }
            [] => Err(EngineError::UnknownColumn { name: name.text.clone(), place, nearest: None }),
            _ => Err(EngineError::AmbiguousColumn { name: name.text.clone(), place }),
        }
    }

    /// Two tables of a FROM clause must not have the same name.
    fn check_names(&self, left: &Joined, right: &Joined, span: Span) -> Result<(), EngineError> {
        let shown = |t: &ScopeTable| match &t.alias {
            Some(alias) => alias.text.to_lowercase(),
            None => format!("{}.{}", t.name.0, t.name.1).to_lowercase(),
        };
        let names: Vec<String> = left.tables.iter().map(shown).collect();
        match right.tables.iter().map(shown).find(|name| names.contains(name)) {
            Some(name) => {
                let name = name.trim_start_matches('.');
                Err(self.invalid(Reason::of(m::SAME_NAMES, &[("name", &name)]), span))
            }
            None => Ok(()),
        }
    }
}

fn scope_column(
    meta: ColumnMeta,
    column: Column,
    field: Arc<arrow::datatypes::Field>,
) -> ScopeColumn {
    let expr = Expr::Column(column.clone());
    ScopeColumn { meta, expr, field, column: Some(column), hidden: false }
}

/// Names that both sides have. The spatial index is no property of the rows, so it joins nothing.
fn shared_names(left: &Joined, right: &Joined) -> Vec<ast::Ident> {
    let names = |j: &Joined| -> Vec<String> {
        let own = j.tables.iter().flat_map(|t| &t.columns).filter(|c| !c.hidden);
        j.merged.iter().chain(own).map(|c| c.meta.name.clone()).collect()
    };
    let right = names(right);
    names(left)
        .into_iter()
        .filter(|n| n != HEALPIX_COLUMN && right.iter().any(|r| r.eq_ignore_ascii_case(n)))
        .map(|text| ast::Ident { text, quoted: false, span: Span::default() })
        .collect()
}

/// Whether values of two types can be compared.
pub(super) fn comparable(a: &DataType, b: &DataType) -> bool {
    let class = |t: &DataType| match t {
        DataType::Null => None,
        t if t.is_numeric() => Some(0),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(1),
        DataType::Boolean => Some(2),
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Some(1),
        _ => Some(3),
    };
    class(a).is_none() || class(b).is_none() || class(a) == class(b)
}
