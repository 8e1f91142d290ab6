//! SELECT … FROM … WHERE … GROUP BY … HAVING … ORDER BY … OFFSET … TOP.

use datafusion::{
    common::Column,
    logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder},
};
use tenkyu_adql::ast;
use tenkyu_wire::messages::plan as m;
use tenkyu_wire::tables::{ColumnMeta, Datatype};

use super::{CommonTables, Planner, Relation, ResultColumn, count, scope::Scope};
use crate::{EngineError, meta};

/// An item of the select list, planned.
struct Item {
    expr: Expr,
    meta: ColumnMeta,
}

/// One key of ORDER BY: a result column, or a value that is not in the result.
enum Key {
    Output(usize),
    Value(Expr),
}

impl Planner<'_> {
    pub(super) fn select(
        &self,
        select: &ast::Select,
        order_by: &[ast::OrderItem],
        offset: Option<ast::Count>,
        outer: Option<&Scope<'_>>,
        common: &CommonTables,
    ) -> Result<Relation, EngineError> {
        let (mut plan, scope) = self.from(&select.from, outer, common)?;
        if let Some(condition) = &select.condition {
            if condition.has_aggregate() {
                return Err(self.invalid(m::AGGREGATE_IN_WHERE, condition.span));
            }
            let condition_expr = self.condition(condition, &scope, common)?;
            let builder = LogicalPlanBuilder::from(plan).filter(condition_expr);
            plan = self.df(builder.and_then(LogicalPlanBuilder::build), Some(condition.span))?;
        }
        let mut items = self.items(select, &scope, common)?;
        let mut keys = order_by
            .iter()
            .map(|item| self.key(item, &items, &scope, common))
            .collect::<Result<Vec<_>, _>>()?;
        if is_aggregated(select, order_by) {
            plan = self.aggregate_select(select, plan, &scope, common, &mut items, &mut keys)?;
        }
        let relation = self.project(plan, select, order_by, items, keys, offset)?;
        Ok(relation)
    }

    fn aggregate_select(
        &self,
        select: &ast::Select,
        plan: LogicalPlan,
        scope: &Scope<'_>,
        common: &CommonTables,
        items: &mut [Item],
        keys: &mut [Key],
    ) -> Result<LogicalPlan, EngineError> {
        let groups = select
            .group_by
            .iter()
            .map(|g| self.group(g, select, items, scope, common))
            .collect::<Result<Vec<_>, _>>()?;
        let having = match &select.having {
            Some(h) => Some((self.condition(h, scope, common)?, h.span)),
            None => None,
        };
        let values = keys.iter().filter_map(|k| match k {
            Key::Value(e) => Some(e),
            Key::Output(_) => None,
        });
        let all: Vec<&Expr> = items
            .iter()
            .map(|i| &i.expr)
            .chain(having.iter().map(|h| &h.0))
            .chain(values)
            .collect();
        let (mut plan, rebase) = self.aggregate(plan, groups, &all, select.span)?;
        for item in items.iter_mut() {
            item.expr = rebase.apply(self, item.expr.clone(), select.span)?;
        }
        for key in keys.iter_mut() {
            if let Key::Value(expr) = key {
                *expr = rebase.apply(self, expr.clone(), select.span)?;
            }
        }
        if let Some((condition, span)) = having {
            let condition = rebase.apply(self, condition, span)?;
            let builder = LogicalPlanBuilder::from(plan).filter(condition);
            plan = self.df(builder.and_then(LogicalPlanBuilder::build), Some(span))?;
        }
        Ok(plan)
    }

    /// A GROUP BY expression; a name that no table has may be that of a select item.
    fn group(
        &self,
        expr: &ast::Expr,
        select: &ast::Select,
        items: &[Item],
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        match self.expr(expr, scope, common) {
            Err(EngineError::UnknownColumn { name, place, nearest }) => {
                let ast::ExprKind::Column(ast::ColumnRef { table: None, name: ident }) = &expr.kind
                else {
                    return Err(EngineError::UnknownColumn { name, place, nearest });
                };
                // Wildcards make items too, so positions in the list do not agree; names do.
                let aliased = select.items.iter().any(
                    |i| matches!(i, ast::SelectItem::Expr { alias: Some(a), .. } if a.same(ident)),
                );
                let item = items.iter().find(|i| aliased && ident.is(&i.meta.name));
                item.map(|i| i.expr.clone()).ok_or(EngineError::UnknownColumn {
                    name,
                    place,
                    nearest,
                })
            }
            other => other,
        }
    }

    fn items(
        &self,
        select: &ast::Select,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Vec<Item>, EngineError> {
        let mut items = Vec::new();
        for item in &select.items {
            match item {
                ast::SelectItem::Wildcard { .. } => {
                    let all = scope.all().into_iter();
                    items.extend(all.map(|c| Item { expr: c.expr.clone(), meta: c.meta.clone() }));
                }
                ast::SelectItem::TableWildcard { table, span } => {
                    let found = scope.tables.iter().find(|t| t.is(table)).ok_or_else(|| {
                        EngineError::UnknownTable {
                            name: table.to_string(),
                            place: self.place(*span),
                            nearest: None,
                        }
                    })?;
                    let own = found.columns.iter();
                    items.extend(own.map(|c| Item { expr: c.expr.clone(), meta: c.meta.clone() }));
                }
                ast::SelectItem::Expr { expr, alias } => {
                    let planned = self.expr(expr, scope, common)?;
                    let mut described = self.describe(expr, scope, items.len());
                    if let Some(alias) = alias {
                        described.name = alias.text.clone();
                    }
                    items.push(Item { expr: planned, meta: described });
                }
            }
        }
        Ok(items)
    }

    fn key(
        &self,
        item: &ast::OrderItem,
        items: &[Item],
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Key, EngineError> {
        let columns: Vec<ResultColumn> = items
            .iter()
            .map(|i| ResultColumn { column: Column::new_unqualified(""), meta: i.meta.clone() })
            .collect();
        if let Some(index) = self.output_column(item, &columns)? {
            return Ok(Key::Output(index));
        }
        let expr = self.expr(&item.expr, scope, common)?;
        Ok(match items.iter().position(|i| i.expr == expr) {
            Some(index) => Key::Output(index),
            None => Key::Value(expr),
        })
    }

    /// Projection, DISTINCT, order, OFFSET and TOP.
    fn project(
        &self,
        plan: LogicalPlan,
        select: &ast::Select,
        order_by: &[ast::OrderItem],
        items: Vec<Item>,
        keys: Vec<Key>,
        offset: Option<ast::Count>,
    ) -> Result<Relation, EngineError> {
        let schema = plan.schema().clone();
        let mut columns = Vec::with_capacity(items.len());
        let mut exprs = Vec::with_capacity(items.len() + keys.len());
        for (index, Item { expr, mut meta }) in items.into_iter().enumerate() {
            let data_type = self.df(expr.get_type(schema.as_ref()), Some(select.span))?;
            if meta.datatype == Datatype::default() || !matches!(expr, Expr::Column(_)) {
                meta.datatype = meta::datatype(&data_type);
            }
            let name = format!("c{index}");
            exprs.push(expr.alias(&name));
            columns.push(ResultColumn { column: Column::new_unqualified(name), meta });
        }
        let visible = exprs.len();
        let mut sorts = Vec::with_capacity(keys.len());
        for (index, (key, item)) in keys.into_iter().zip(order_by).enumerate() {
            let name = match key {
                Key::Output(at) => format!("c{at}"),
                Key::Value(_) if select.distinct => {
                    return Err(self.invalid(m::DISTINCT_ORDER, item.span));
                }
                Key::Value(expr) => {
                    let name = format!("o{index}");
                    exprs.push(expr.alias(&name));
                    name
                }
            };
            let column = Expr::Column(Column::new_unqualified(name));
            sorts.push(column.sort(!item.descending, false));
        }
        let hidden = exprs.len() > visible;
        let mut builder =
            self.df(LogicalPlanBuilder::from(plan).project(exprs), Some(select.span))?;
        if select.distinct {
            builder = self.df(builder.distinct(), Some(select.span))?;
        }
        if !sorts.is_empty() {
            builder = self.df(builder.sort(sorts), Some(select.span))?;
        }
        if offset.is_some() || select.top.is_some() {
            let (skip, fetch) = (offset.map_or(0, count), select.top.map(count));
            builder = self.df(builder.limit(skip, fetch), Some(select.span))?;
        }
        if hidden {
            let kept = columns.iter().map(|c| Expr::Column(c.column.clone()));
            builder = self.df(builder.project(kept), Some(select.span))?;
        }
        let plan = self.df(builder.build(), Some(select.span))?;
        Ok(Relation { plan, columns })
    }
}

fn is_aggregated(select: &ast::Select, order_by: &[ast::OrderItem]) -> bool {
    let in_items = select.items.iter().any(|i| match i {
        ast::SelectItem::Expr { expr, .. } => expr.has_aggregate(),
        _ => false,
    });
    !select.group_by.is_empty()
        || select.having.is_some()
        || in_items
        || order_by.iter().any(|o| o.expr.has_aggregate())
}
