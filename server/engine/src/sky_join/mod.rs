//! Joins on the sky: rows of two tables, or of one with itself, that are close to each other.
//!
//! `DISTANCE(a, b) < r` and `CONTAINS(POINT(a), CIRCLE(b, r))` compare every row with every other
//! for an engine that knows nothing of the sky. Here the sky is cut into the cells of a catalogue's
//! partitions; each row of one side lies in one cell, the other side is read for the cell and a
//! seam around it, and a sweep finds the pairs. So no pair is lost at a border and none is found
//! twice. Other conditions of the join are tested on the pairs before rows are made of them. Rows
//! that are kept without a partner, or sought for having none, are those of the side that is cut.

mod condition;
mod kernel;
mod rule;
mod side;
mod stream;
mod tile;

use std::{fmt, sync::Arc};

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::{
    common::{JoinSide, JoinType, Result, exec_err, internal_err, tree_node::TreeNodeRecursion},
    execution::TaskContext,
    physical_expr::EquivalenceProperties,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
        SendableRecordBatchStream,
        execution_plan::{Boundedness, EmissionType, SchedulingType},
        joins::utils::{ColumnIndex, JoinFilter, build_join_schema},
        metrics::{ExecutionPlanMetricsSet, MetricsSet},
        stream::RecordBatchStreamAdapter,
    },
};

use crate::hats::Cell;
use condition::{Nearest, Reach, Residual, SkyCondition};
use kernel::{KeyTest, Limit, Test};
pub use rule::UseSkyJoin;
#[cfg(feature = "cluster")]
pub(crate) use rule::replacement;
use side::Side;

/// Order of the cells that the sky is cut into when neither side is a catalogue: 192 of them.
const PLAIN_ORDER: u8 = 2;

/// What a join makes of rows.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kind {
    join_type: JoinType,
    /// The side whose rows are there once or with NULLs whether they have partners or not, or of
    /// which only those with or without partners are there.
    keeps: Option<JoinSide>,
    /// Whether there are rows for pairs.
    pairs: bool,
    /// Whether there is a row for a row that has a partner (true) or that has none (false).
    alone: Option<bool>,
}

impl Kind {
    /// `None` for what is no join on the sky: full outer joins, marks.
    fn of(join_type: JoinType) -> Option<Self> {
        let (keeps, pairs, alone) = match join_type {
            JoinType::Inner => (None, true, None),
            JoinType::Left => (Some(JoinSide::Left), true, Some(false)),
            JoinType::Right => (Some(JoinSide::Right), true, Some(false)),
            JoinType::LeftSemi => (Some(JoinSide::Left), false, Some(true)),
            JoinType::RightSemi => (Some(JoinSide::Right), false, Some(true)),
            JoinType::LeftAnti => (Some(JoinSide::Left), false, Some(false)),
            JoinType::RightAnti => (Some(JoinSide::Right), false, Some(false)),
            JoinType::Full | JoinType::LeftMark | JoinType::RightMark => return None,
        };
        Some(Self { join_type, keeps, pairs, alone })
    }
}

/// What pairs of a join fulfil.
#[derive(Clone, Debug)]
struct Condition {
    /// The whole of it, which the others were made of. Only other machines need it again.
    #[cfg_attr(not(feature = "cluster"), expect(dead_code))]
    filter: JoinFilter,
    test: Test,
    /// Of each row of a side only the nearest of the other.
    nearest: Option<Nearest>,
    others: Vec<Residual>,
}

/// A join of two tables on the distance of their positions.
#[derive(Debug)]
pub struct SkyJoinExec {
    left: Arc<Side>,
    right: Arc<Side>,
    kind: Kind,
    condition: Condition,
    /// The side whose rows say how close; the limit of the test is then known when it runs.
    reach: Option<JoinSide>,
    /// Which side and column each column of the result is.
    columns: Vec<ColumnIndex>,
    /// Whether the sky is cut into the left side's cells, and the right side gets the seams.
    cut_left: bool,
    cells: Arc<Vec<Cell>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl SkyJoinExec {
    /// A join in as many partitions as there are cores. `projection` picks columns of the left
    /// and the right side's, one after the other.
    fn new(
        left: Side,
        right: Side,
        kind: Kind,
        condition: Condition,
        projection: Option<&[usize]>,
        cores: usize,
    ) -> Result<Self> {
        let (whole, mut columns) =
            build_join_schema(&left.plan.schema(), &right.plan.schema(), &kind.join_type);
        let mut schema: Schema = whole;
        if let Some(projection) = projection {
            schema = schema.project(projection)?;
            columns = projection.iter().filter_map(|i| columns.get(*i).cloned()).collect();
        }
        // The larger catalogue gives the cells: its files are the parts that are small enough.
        let rows = |side: &Side| side.scan().map_or(0, |scan| scan.catalog().rows);
        // A row that is kept is looked at in one cell, its own.
        let cut_left = match kind.keeps.or(condition.nearest.map(|nearest| nearest.side)) {
            Some(side) => side == JoinSide::Left,
            None => rows(&left) >= rows(&right),
        };
        let cells = if cut_left { left.cells() } else { right.cells() };
        let cells = cells.unwrap_or_else(|| {
            let count = 12u64 << (2 * PLAIN_ORDER);
            (0..count).map(|pixel| Cell { order: PLAIN_ORDER, pixel }).collect()
        });
        let partitions = cores.clamp(1, cells.len().max(1));
        let reach = match (&left.radius, &right.radius) {
            (Some(_), _) => Some(JoinSide::Left),
            (_, Some(_)) => Some(JoinSide::Right),
            _ => None,
        };
        Ok(Self {
            reach,
            properties: properties(Arc::new(schema), partitions),
            left: Arc::new(left),
            right: Arc::new(right),
            kind,
            condition,
            columns,
            cut_left,
            cells: Arc::new(cells),
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }

    /// The side whose rows have radii.
    fn reaching(&self) -> Option<&Arc<Side>> {
        Some(if self.reach? == JoinSide::Left { &self.left } else { &self.right })
    }

    /// The columns of the result among the left and the right side's, one after the other.
    fn projection(&self) -> Vec<usize> {
        let (left, right) = (self.left.plan.schema(), self.right.plan.schema());
        let (_, all) = build_join_schema(&left, &right, &self.kind.join_type);
        let at = |c: &ColumnIndex| all.iter().position(|other| other == c);
        self.columns.iter().filter_map(at).collect()
    }

    /// The side whose cells cut the sky, and the side that gets a seam.
    fn cut_and_seamed(&self) -> (&Arc<Side>, &Arc<Side>) {
        if self.cut_left { (&self.left, &self.right) } else { (&self.right, &self.left) }
    }
}

#[cfg(feature = "cluster")]
impl SkyJoinExec {
    /// The nested loop that this join took the place of, over inputs of the same schemas.
    pub(crate) fn replaced(
        &self,
        left: Arc<dyn ExecutionPlan>,
        right: Arc<dyn ExecutionPlan>,
    ) -> Result<datafusion::physical_plan::joins::NestedLoopJoinExec> {
        datafusion::physical_plan::joins::NestedLoopJoinExec::try_new(
            left,
            right,
            Some(self.condition.filter.clone()),
            &self.kind.join_type,
            Some(self.projection()),
        )
    }
}

fn properties(schema: SchemaRef, partitions: usize) -> Arc<PlanProperties> {
    let properties = PlanProperties::new(
        EquivalenceProperties::new(schema),
        Partitioning::UnknownPartitioning(partitions),
        EmissionType::Incremental,
        Boundedness::Bounded,
    );
    Arc::new(properties.with_scheduling_type(SchedulingType::Cooperative))
}

impl DisplayAs for SkyJoinExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = match self.reach {
            Some(side) => format!("as the {side} rows say"),
            None if self.condition.test.limit.inclusive => {
                format!("<= {} deg", self.condition.test.limit.radius)
            }
            None => format!("< {} deg", self.condition.test.limit.radius),
        };
        let nearest = self.condition.nearest.map_or(String::new(), |Nearest { side, count }| {
            format!("nearest {count} of each {side} row, ")
        });
        let how = |side: &Side, cuts: bool| match (side.scan().is_some(), cuts) {
            (true, true) => "by cell",
            (true, false) => "by cell with seam",
            (false, _) => "in memory",
        };
        let keys = match self.condition.test.keys {
            KeyTest::Any => None,
            KeyTest::Less => Some("<"),
            KeyTest::Greater => Some(">"),
            KeyTest::Different => Some("<>"),
        };
        let name = |side: &Side| {
            side.key.map_or(String::new(), |k| side.plan.schema().field(k).name().clone())
        };
        let keys =
            keys.map(|op| format!("left {} {op} right {}", name(&self.left), name(&self.right)));
        let others = self.condition.others.iter().map(ToString::to_string);
        let others: Vec<String> = keys.into_iter().chain(others).collect();
        write!(
            f,
            "SkyJoinExec: {}, {nearest}distance {limit}, cells={}, left=({}, {}) {}, right=({}, {}) {}, also=[{}]",
            self.kind.join_type,
            self.cells.len(),
            self.left.position[0],
            self.left.position[1],
            how(&self.left, self.cut_left),
            self.right.position[0],
            self.right.position[1],
            how(&self.right, !self.cut_left),
            others.join(" AND ")
        )
    }
}

impl ExecutionPlan for SkyJoinExec {
    fn name(&self) -> &str {
        "SkyJoinExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.left.plan, &self.right.plan]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        // Parts of the sky are read as they are needed, whatever the partitions are.
        vec![false, false]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for expr in self.left.position.iter().chain(&self.right.position) {
            f(expr)?;
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [left, right] = children.as_slice() else {
            return internal_err!("a sky join has two inputs");
        };
        let (left, right) =
            (self.left.with_plan(left.clone()), self.right.with_plan(right.clone()));
        let projection = self.projection();
        let condition = self.condition.clone();
        let cores = self.properties.partitioning.partition_count();
        Ok(Arc::new(Self::new(left, right, self.kind, condition, Some(&projection), cores)?))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let partitions = self.properties.partitioning.partition_count();
        if partition >= partitions {
            return exec_err!("the join has no partition {partition}");
        }
        let rows = stream::Partition::new(self, partition, partitions, context).stream();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}
