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
    pub reach: Reach,
    /// Longitude and latitude of the left side, over its rows.
    pub left: [Arc<dyn PhysicalExpr>; 2],
    /// Longitude and latitude of the right side, over its rows.
    pub right: [Arc<dyn PhysicalExpr>; 2],
    /// How many of the nearest are sought, and the side for each of whose rows.
    pub nearest: Option<Nearest>,
    /// A comparison of two integers beside it.
    pub keys: Option<Keys>,
    /// The conditions beside these.
    pub others: Vec<Residual>,
}

/// How close two positions must be.
#[derive(Clone, Debug)]
pub enum Reach {
    /// The same for all.
    Fixed(Limit),
    /// As each row of a side says, degrees over its rows. The test itself is then one of the other
    /// conditions; the largest radius tells how far to look.
    Radius(JoinSide, Arc<dyn PhysicalExpr>),
}

/// Only the nearest rows of the other side, for each row of a side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// The side whose rows seek.
    pub side: JoinSide,
    /// How many they seek; more are found where several are as near as the last.
    pub count: usize,
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
    /// Finds the conjunct of a join's condition that is a test of distance between the two sides:
    /// of the nearest if there is one, else of the first whose radius is a number, else of the
    /// first; `None` if there is none.
    pub fn find(filter: &JoinFilter) -> Result<Option<Self>> {
        let conjuncts = split_conjunction(filter.expression());
        let mut tests = Vec::new();
        for (number, conjunct) in conjuncts.iter().enumerate() {
            tests.extend(Near::of(conjunct, filter)?.map(|test| (number, test)));
        }
        let Some((number, test)) = tests.into_iter().min_by_key(|(_, test)| test.rank()) else {
            return Ok(None);
        };
        let number = test.is_decided().then_some(number);
        let Near { reach, left, right, nearest } = test;
        let keys =
            conjuncts.iter().enumerate().find_map(|(n, c)| Some((n, Keys::find(c, filter)?)));
        let done = |n: usize| Some(n) == number || keys.as_ref().is_some_and(|(key, _)| *key == n);
        let others = conjuncts.into_iter().enumerate().filter(|(n, _)| !done(*n));
        let others = others.map(|(_, c)| Residual::new(c, filter)).collect::<Result<_>>()?;
        Ok(Some(Self { reach, left, right, nearest, keys: keys.map(|(_, keys)| keys), others }))
    }
}

type Coordinates = [Arc<dyn PhysicalExpr>; 4];

/// A test of distance between the two sides.
struct Near {
    reach: Reach,
    left: Position,
    right: Position,
    nearest: Option<Nearest>,
}

impl Near {
    fn of(expr: &Arc<dyn PhysicalExpr>, filter: &JoinFilter) -> Result<Option<Self>> {
        let Some(Asked { points, radius, inclusive, nearest }) = Asked::of(expr) else {
            return Ok(None);
        };
        let Some((left, right)) = sides(&points, filter)? else { return Ok(None) };
        let reach = match (number(&radius), side_of(&[&radius], filter)) {
            (Some(radius), _) if (0.0..180.0).contains(&radius) => {
                Reach::Fixed(Limit { radius, inclusive })
            }
            (None, Some(side)) => Reach::Radius(side, onto(&radius, filter)?),
            // What is no distance, or any, is for a plain filter.
            _ => return Ok(None),
        };
        let [_, _, centre_lon, centre_lat] = &points;
        let side = side_of(&[centre_lon, centre_lat], filter);
        let nearest = nearest.zip(side).map(|(count, side)| Nearest { side, count });
        Ok(Some(Self { reach, left, right, nearest }))
    }

    fn rank(&self) -> u8 {
        match self.reach {
            _ if self.nearest.is_some() => 0,
            Reach::Fixed(_) => 1,
            Reach::Radius(..) => 2,
        }
    }

    /// Whether the join's own test says as much as the condition. Beside a search for the nearest
    /// stands a condition on the radius if that is no number.
    fn is_decided(&self) -> bool {
        self.nearest.is_some() || matches!(self.reach, Reach::Fixed(_))
    }
}

/// What a condition asks of the distance of two positions, in any spelling that has become one of
/// our functions.
struct Asked {
    points: Coordinates,
    radius: Arc<dyn PhysicalExpr>,
    inclusive: bool,
    nearest: Option<usize>,
}

impl Asked {
    fn of(expr: &Arc<dyn PhysicalExpr>) -> Option<Self> {
        let asked = |points: [&Arc<dyn PhysicalExpr>; 4], radius: &Arc<dyn PhysicalExpr>| Self {
            points: points.map(Clone::clone),
            radius: radius.clone(),
            inclusive: true,
            nearest: None,
        };
        match function(expr) {
            Some((Function::Sky(Sky::InCircle), [a, b, c, d, radius])) => {
                return Some(asked([a, b, c, d], radius));
            }
            Some((Function::Sky(Sky::Nearest), [a, b, c, d, radius, count])) => {
                let nearest = Some(number(count)? as usize);
                return Some(Self { nearest, ..asked([a, b, c, d], radius) });
            }
            _ => {}
        }
        let comparison = expr.downcast_ref::<BinaryExpr>()?;
        let (left, op, right) = (comparison.left(), *comparison.op(), comparison.right());
        let (args, op, radius) = match (distance(left), distance(right)) {
            (Some(args), None) => (args, op, right),
            (None, Some(args)) => (args, op.swap()?, left),
            _ => return None,
        };
        let inclusive = match op {
            Operator::Lt => false,
            Operator::LtEq => true,
            _ => return None,
        };
        let [a, b, c, d] = args else { return None };
        Some(Self { inclusive, ..asked([a, b, c, d], radius) })
    }
}

/// The arguments of a distance.
fn distance(expr: &Arc<dyn PhysicalExpr>) -> Option<&[Arc<dyn PhysicalExpr>]> {
    match function(expr)? {
        (Function::Sky(Sky::Distance), args) => Some(args),
        _ => None,
    }
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
    let both = (side_of(&[lon1, lat1], filter), side_of(&[lon2, lat2], filter));
    let of = |lon, lat| -> Result<Position> { Ok([onto(lon, filter)?, onto(lat, filter)?]) };
    Ok(match both {
        (Some(JoinSide::Left), Some(JoinSide::Right)) => Some((of(lon1, lat1)?, of(lon2, lat2)?)),
        (Some(JoinSide::Right), Some(JoinSide::Left)) => Some((of(lon2, lat2)?, of(lon1, lat1)?)),
        _ => None,
    })
}

/// The side that all columns of some expressions are of; `None` where there are none, or of both.
fn side_of(exprs: &[&Arc<dyn PhysicalExpr>], filter: &JoinFilter) -> Option<JoinSide> {
    let columns = exprs.iter().flat_map(|expr| collect_columns(expr));
    let mut sides = columns.map(|c| filter.column_indices().get(c.index()).map(|i| i.side));
    let first = sides.next()??;
    sides.all(|side| side == Some(first)).then_some(first)
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
    /// Their distances, degrees.
    pub distances: Vec<f64>,
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
        let kept = |row: usize| arrow::array::Array::is_valid(mask, row) && mask.value(row);
        self.retain(kept);
    }

    /// Only the nearest of each row of the left or the right side, and those that are as near as
    /// the last of so many. The pairs of a row stand together.
    pub fn keep_nearest(&mut self, left: bool, count: usize) {
        let rows = &self.places[usize::from(!left)];
        let mut kept = Vec::with_capacity(rows.len());
        let mut sorted = Vec::new();
        for run in rows.chunk_by(|a, b| a == b) {
            let own = self.distances.get(kept.len()..kept.len() + run.len()).unwrap_or_default();
            sorted.clear();
            sorted.extend_from_slice(own);
            sorted.sort_unstable_by(f64::total_cmp);
            let last = sorted.get(count.saturating_sub(1)).or(sorted.last());
            kept.extend(own.iter().map(|distance| last.is_some_and(|last| distance <= last)));
        }
        self.retain(|row| kept.get(row) == Some(&true));
    }

    fn retain(&mut self, kept: impl Fn(usize) -> bool) {
        fn retain<T>(values: &mut Vec<T>, kept: &impl Fn(usize) -> bool) {
            let mut row = 0;
            values.retain(|_| {
                row += 1;
                kept(row - 1)
            });
        }
        self.places.iter_mut().for_each(|places| retain(places, &kept));
        retain(&mut self.distances, &kept);
    }
}
