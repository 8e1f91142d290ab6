//! What a join on the sky asks: the distance, and the conditions beside it.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions},
    compute::interleave,
    datatypes::{Schema, SchemaRef},
};
use datafusion::{
    common::{DataFusionError, JoinSide, Result, ScalarValue},
    logical_expr::Operator,
    physical_expr::{
        PhysicalExpr, ScalarFunctionExpr,
        expressions::{BinaryExpr, Column, Literal},
        split_conjunction,
        utils::{collect_columns, reassign_expr_columns},
    },
    physical_plan::joins::utils::{ColumnIndex, JoinFilter},
};

use super::kernel::{KeyTest, Limit};
use crate::functions::{Function, Sky};

/// A condition on two positions, one of each side.
pub struct SkyCondition {
    /// How close.
    pub limit: Limit,
    /// Longitude and latitude of the left side, over its rows.
    pub left: [Arc<dyn PhysicalExpr>; 2],
    /// Longitude and latitude of the right side, over its rows.
    pub right: [Arc<dyn PhysicalExpr>; 2],
    /// A comparison of two integers beside it.
    pub keys: Option<Keys>,
    /// The conditions beside these.
    pub others: Vec<Residual>,
}

/// A comparison of an integer of the left side with one of the right, as in `a.id < b.id`, by
/// which a join of a table with itself sees each pair once.
#[derive(Clone, Debug)]
pub struct Keys {
    /// As seen from the left side.
    pub test: KeyTest,
    /// Column of the left side.
    pub left: usize,
    /// Column of the right side.
    pub right: usize,
}

impl Keys {
    fn find(expr: &Arc<dyn PhysicalExpr>, filter: &JoinFilter) -> Option<Self> {
        let comparison = expr.downcast_ref::<BinaryExpr>()?;
        let place = |e: &Arc<dyn PhysicalExpr>| {
            let index = e.downcast_ref::<Column>()?.index();
            let integer = filter.schema().fields().get(index)?.data_type().is_signed_integer();
            filter.column_indices().get(index).filter(|_| integer)
        };
        let (a, b) = (place(comparison.left())?, place(comparison.right())?);
        let test = match comparison.op() {
            Operator::Lt => KeyTest::Less,
            Operator::Gt => KeyTest::Greater,
            Operator::NotEq => KeyTest::Different,
            _ => return None,
        };
        match (a.side, b.side) {
            (JoinSide::Left, JoinSide::Right) => Some(Self { test, left: a.index, right: b.index }),
            (JoinSide::Right, JoinSide::Left) => {
                Some(Self { test: test.swapped(), left: b.index, right: a.index })
            }
            _ => None,
        }
    }
}

/// A condition on pairs of rows.
#[derive(Clone, Debug)]
pub struct Residual {
    /// Over `schema`.
    expr: Arc<dyn PhysicalExpr>,
    columns: Vec<ColumnIndex>,
    schema: SchemaRef,
}

impl SkyCondition {
    /// Finds the first conjunct of a join's condition that is a test of distance between the two
    /// sides; `None` if there is none.
    pub fn find(filter: &JoinFilter) -> Result<Option<Self>> {
        let conjuncts = split_conjunction(filter.expression());
        let mut found = None;
        for (number, conjunct) in conjuncts.iter().enumerate() {
            if let Some(test) = distance_test(conjunct)
                && let Some((left, right)) = sides(&test.0, filter)?
            {
                found = Some((number, test.1, left, right));
                break;
            }
        }
        let Some((number, limit, left, right)) = found else { return Ok(None) };
        let keys =
            conjuncts.iter().enumerate().find_map(|(n, c)| Some((n, Keys::find(c, filter)?)));
        let done = |n: usize| n == number || keys.as_ref().is_some_and(|(key, _)| *key == n);
        let others = conjuncts.into_iter().enumerate().filter(|(n, _)| !done(*n));
        let others = others.map(|(_, c)| Residual::new(c, filter)).collect::<Result<_>>()?;
        Ok(Some(Self { limit, left, right, keys: keys.map(|(_, keys)| keys), others }))
    }
}

type Coordinates = [Arc<dyn PhysicalExpr>; 4];

/// `DISTANCE(…) < r` in any spelling that has become one of our functions.
fn distance_test(expr: &Arc<dyn PhysicalExpr>) -> Option<(Coordinates, Limit)> {
    if let Some((Function::Sky(Sky::InCircle), args)) = function(expr) {
        let [lon, lat, centre_lon, centre_lat, radius] = args else { return None };
        let limit = Limit { radius: number(radius)?, inclusive: true };
        let points = [lon.clone(), lat.clone(), centre_lon.clone(), centre_lat.clone()];
        return usable(limit).then_some((points, limit));
    }
    let comparison = expr.downcast_ref::<BinaryExpr>()?;
    let (distance, op, limit) = match (number(comparison.right()), number(comparison.left())) {
        (Some(limit), _) => (comparison.left(), *comparison.op(), limit),
        (_, Some(limit)) => (comparison.right(), comparison.op().swap()?, limit),
        _ => return None,
    };
    let inclusive = match op {
        Operator::Lt => false,
        Operator::LtEq => true,
        _ => return None,
    };
    let (Function::Sky(Sky::Distance), args) = function(distance)? else { return None };
    let [lon1, lat1, lon2, lat2] = args else { return None };
    let limit = Limit { radius: limit, inclusive };
    usable(limit).then(|| ([lon1.clone(), lat1.clone(), lon2.clone(), lat2.clone()], limit))
}

/// Distances are between 0 and 180; a limit beyond is for a plain filter.
fn usable(limit: Limit) -> bool {
    (0.0..180.0).contains(&limit.radius)
}

fn function(expr: &Arc<dyn PhysicalExpr>) -> Option<(Function, &[Arc<dyn PhysicalExpr>])> {
    let call = expr.downcast_ref::<ScalarFunctionExpr>()?;
    Some((Function::of_udf(call.fun())?, call.args()))
}

fn number(expr: &Arc<dyn PhysicalExpr>) -> Option<f64> {
    let value = expr.downcast_ref::<Literal>()?.value();
    match value.cast_to(&arrow::datatypes::DataType::Float64).ok()? {
        ScalarValue::Float64(value) => value,
        _ => None,
    }
}

type Position = [Arc<dyn PhysicalExpr>; 2];

/// The two positions over the rows of the left and of the right side, whichever is which.
fn sides(points: &Coordinates, filter: &JoinFilter) -> Result<Option<(Position, Position)>> {
    let [lon1, lat1, lon2, lat2] = points;
    let side = |lon: &Arc<dyn PhysicalExpr>, lat: &Arc<dyn PhysicalExpr>| {
        let mut columns = collect_columns(lon);
        columns.extend(collect_columns(lat));
        let mut sides =
            columns.iter().map(|c| filter.column_indices().get(c.index()).map(|i| i.side));
        let first = sides.next()??;
        sides.all(|s| s == Some(first)).then_some(first)
    };
    let both = (side(lon1, lat1), side(lon2, lat2));
    let of = |lon, lat| -> Result<Position> { Ok([onto(lon, filter)?, onto(lat, filter)?]) };
    Ok(match both {
        (Some(JoinSide::Left), Some(JoinSide::Right)) => Some((of(lon1, lat1)?, of(lon2, lat2)?)),
        (Some(JoinSide::Right), Some(JoinSide::Left)) => Some((of(lon2, lat2)?, of(lon1, lat1)?)),
        _ => None,
    })
}

/// An expression over the columns of a filter as one over the rows of the side that they are of.
fn onto(expr: &Arc<dyn PhysicalExpr>, filter: &JoinFilter) -> Result<Arc<dyn PhysicalExpr>> {
    use datafusion::common::tree_node::{Transformed, TreeNode};
    let moved = expr.clone().transform_up(|e| {
        let Some(column) = e.downcast_ref::<Column>() else { return Ok(Transformed::no(e)) };
        let index = filter.column_indices().get(column.index()).map(|i| i.index);
        let index = index.ok_or_else(|| lost(column))?;
        Ok(Transformed::yes(Arc::new(Column::new(column.name(), index)) as _))
    })?;
    Ok(moved.data)
}

fn lost(column: &Column) -> DataFusionError {
    DataFusionError::Internal(format!("column {column} of a join condition is of no side"))
}

impl Residual {
    fn new(expr: &Arc<dyn PhysicalExpr>, filter: &JoinFilter) -> Result<Self> {
        use datafusion::common::tree_node::{Transformed, TreeNode};
        let mut used: Vec<usize> = collect_columns(expr).iter().map(Column::index).collect();
        used.sort_unstable();
        let fields: Vec<_> = used
            .iter()
            .enumerate()
            // Both sides can have columns of the same name.
            .map(|(at, index)| filter.schema().field(*index).clone().with_name(format!("p{at}")))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let renamed = expr.clone().transform_up(|e| {
            let Some(column) = e.downcast_ref::<Column>() else { return Ok(Transformed::no(e)) };
            let at = used.iter().position(|index| *index == column.index());
            let at = at.ok_or_else(|| lost(column))?;
            Ok(Transformed::yes(Arc::new(Column::new(&format!("p{at}"), at)) as _))
        })?;
        let expr = reassign_expr_columns(renamed.data, &schema)?;
        let columns = used.iter().filter_map(|i| filter.column_indices().get(*i).cloned());
        Ok(Self { expr, columns: columns.collect(), schema })
    }

    /// For which pairs it holds.
    pub fn holds(&self, pairs: &PairRows<'_>) -> Result<BooleanArray> {
        let columns = self
            .columns
            .iter()
            .map(|c| pairs.column(c.side == JoinSide::Left, c.index))
            .collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(pairs.len()));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?;
        let values = self.expr.evaluate(&batch)?.into_array(batch.num_rows())?;
        Ok(values.as_boolean().clone())
    }
}

impl std::fmt::Display for Residual {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.expr)
    }
}

/// Pairs of rows, as places in the batches of the left and of the right side.
pub struct PairRows<'a> {
    /// Batches of the left and of the right side.
    pub batches: [&'a [RecordBatch]; 2],
    /// Batch and row of each pair's left and right row.
    pub places: [Vec<(usize, usize)>; 2],
}

impl PairRows<'_> {
    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.places[0].len()
    }

    /// A column of the left or the right side, a value a pair.
    pub fn column(&self, left: bool, index: usize) -> Result<ArrayRef> {
        let side = usize::from(!left);
        let (batches, places) = (self.batches[side], &self.places[side]);
        let arrays: Vec<&dyn arrow::array::Array> =
            batches.iter().map(|b| b.column(index).as_ref()).collect();
        Ok(interleave(&arrays, places)?)
    }

    /// Only the pairs for which the mask is true.
    pub fn keep(&mut self, mask: &BooleanArray) {
        for places in &mut self.places {
            let mut row = 0;
            places.retain(|_| {
                row += 1;
                arrow::array::Array::is_valid(mask, row - 1) && mask.value(row - 1)
            });
        }
    }
}
