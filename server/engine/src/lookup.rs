//! `id = value` through the index of a collection: the few partitions, and where the index knows
//! them the very cells, that hold rows with such values.

use std::{collections::HashSet, sync::Arc};

use arrow::{
    array::{Array, AsArray, RecordBatch},
    compute::cast,
    datatypes::{DataType, Int64Type},
};
use datafusion::{
    catalog::{Session, TableProvider},
    common::{DFSchema, DataFusionError, Result, ScalarValue},
    logical_expr::{BinaryExpr, Expr, Operator, utils::split_conjunction},
    physical_plan::{ExecutionPlan, collect, filter::FilterExec},
};

use crate::{
    counts::ScanCounts,
    hats::{Cell, read::Catalog},
    meta::HEALPIX_COLUMN,
    provider::HatsTable,
    scan::cache::ColumnCache,
    sphere::moc::{Ranges, simplify},
};

/// More values than this are not looked up: reading the index costs more than it spares.
const MAX_VALUES: usize = 1000;
/// More rows of the index than this do not narrow anything down.
const MAX_HITS: usize = 10_000;

/// Ranges of the spatial index that hold every row for which a condition on an indexed column is
/// true; `None` when no filter is such a condition.
pub async fn ranges(
    state: &dyn Session,
    catalog: &Catalog,
    hot: &Arc<ColumnCache>,
    filters: &[Expr],
) -> Result<Option<Ranges>> {
    for filter in filters.iter().flat_map(split_conjunction) {
        let Some((column, values)) = equality(filter) else { continue };
        if values.len() > MAX_VALUES {
            continue;
        }
        let Some((_, index)) = catalog.indexes.iter().find(|(name, _)| name == column) else {
            continue;
        };
        if let Some(ranges) = look_up(state, index, hot, filter).await? {
            return Ok(Some(ranges));
        }
    }
    Ok(None)
}

/// `column = value` or `column IN (value, …)`.
fn equality(filter: &Expr) -> Option<(&str, Vec<&ScalarValue>)> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let (column, value) = match (left.as_ref(), right.as_ref()) {
                (Expr::Column(c), Expr::Literal(v, _)) | (Expr::Literal(v, _), Expr::Column(c)) => {
                    (c, v)
                }
                _ => return None,
            };
            Some((&column.name, vec![value]))
        }
        // Short lists have become a chain of ORs.
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let (column, mut values) = equality(left)?;
            let (other, more) = equality(right)?;
            values.extend(more);
            (column == other).then_some((column, values))
        }
        Expr::InList(list) if !list.negated => {
            let Expr::Column(column) = list.expr.as_ref() else { return None };
            let values = list.list.iter().map(|e| match e {
                Expr::Literal(v, _) => Some(v),
                _ => None,
            });
            Some((&column.name, values.collect::<Option<Vec<_>>>()?))
        }
        _ => None,
    }
}

async fn look_up(
    state: &dyn Session,
    index: &Arc<Catalog>,
    hot: &Arc<ColumnCache>,
    filter: &Expr,
) -> Result<Option<Ranges>> {
    // What is read here is not what the query reads of its tables.
    let counts = Arc::new(ScanCounts::default());
    let table = HatsTable::new(String::new(), index.clone(), counts, hot.clone());
    let schema = DFSchema::try_from(table.schema())?;
    let filters = [filter.clone()];
    // The index scan is not looked up in turn: an index has no index.
    let scan = Box::pin(table.scan(state, None, &filters, None)).await?;
    let predicate = state.create_physical_expr(filter.clone(), &schema)?;
    let plan: Arc<dyn ExecutionPlan> = Arc::new(FilterExec::try_new(predicate, scan)?);
    let batches = collect(plan, state.task_ctx()).await?;
    if batches.iter().map(RecordBatch::num_rows).sum::<usize>() > MAX_HITS {
        return Ok(None);
    }
    let mut found = HashSet::new();
    for batch in &batches {
        let Some(spans) = spans(batch)? else { return Ok(None) };
        found.extend(spans);
    }
    Ok(Some(simplify(found.into_iter().collect(), usize::MAX)))
}

/// The part of the sky where the row of each index row is; `None` where the index does not say.
fn spans(batch: &RecordBatch) -> Result<Option<Vec<(i64, i64)>>> {
    let integers = |name: &str| -> Result<Option<_>> {
        let Some(column) = batch.column_by_name(name) else { return Ok(None) };
        let column = cast(column, &DataType::Int64)?;
        if column.null_count() > 0 {
            return Err(DataFusionError::Execution(format!("a NULL in {name} of an index")));
        }
        Ok(Some(column.as_primitive::<Int64Type>().clone()))
    };
    if let Some(indices) = integers(HEALPIX_COLUMN)? {
        return Ok(Some(indices.values().iter().map(|&h| (h, h.saturating_add(1))).collect()));
    }
    let (Some(orders), Some(pixels)) = (integers("Norder")?, integers("Npix")?) else {
        return Ok(None);
    };
    let cells = orders.values().iter().zip(pixels.values()).map(|(&order, &pixel)| {
        let order = u8::try_from(order).ok().filter(|o| *o <= 29)?;
        Some(Cell { order, pixel: u64::try_from(pixel).ok()? }.span())
    });
    Ok(cells.collect())
}
