//! Recognising joins on the sky in a plan.

use std::sync::Arc;

use datafusion::{
    common::{
        JoinSide, Result,
        config::ConfigOptions,
        tree_node::{Transformed, TreeNode},
    },
    physical_optimizer::PhysicalOptimizerRule,
    physical_plan::{ExecutionPlan, joins::NestedLoopJoinExec},
};

use super::{Condition, KeyTest, Kind, Limit, Reach, Side, SkyCondition, SkyJoinExec, Test};

/// Replaces nested loops over a test of distance by [`SkyJoinExec`].
///
/// By the time a plan is physical, conditions of WHERE over a product of tables have become join
/// conditions, and what concerns one table alone has been pushed down to it; so one place sees all
/// spellings. It must run before rules that deal with partitions.
#[derive(Debug)]
pub struct UseSkyJoin;

impl PhysicalOptimizerRule for UseSkyJoin {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let cores = config.execution.target_partitions;
        let done = plan.transform_up(|node| {
            Ok(match replacement(&node, cores)? {
                Some(join) => Transformed::yes(join),
                None => Transformed::no(node),
            })
        })?;
        Ok(done.data)
    }

    fn name(&self) -> &str {
        "use_sky_join"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The join on the sky that does what a nested loop does, if there is one.
pub(crate) fn replacement(
    node: &Arc<dyn ExecutionPlan>,
    cores: usize,
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(join) = node.downcast_ref::<NestedLoopJoinExec>() else { return Ok(None) };
    let Some(kind) = Kind::of(*join.join_type()) else { return Ok(None) };
    let Some(filter) = join.filter() else { return Ok(None) };
    let Some(condition) = SkyCondition::find(filter)? else { return Ok(None) };
    let nearest = condition.nearest;
    if nearest.is_some_and(|nearest| kind.keeps.is_some_and(|side| side != nearest.side)) {
        return Ok(None);
    }
    let keys = condition.keys.as_ref();
    let left = Side::new(join.left().clone(), condition.left, keys.map(|k| k.left));
    let right = Side::new(join.right().clone(), condition.right, keys.map(|k| k.right));
    let (limit, left, right) = match condition.reach {
        Reach::Fixed(limit) => (limit, left, right),
        Reach::Radius(side, radius) => {
            // How far that is, is known when the join runs.
            let limit = Limit { radius: 0.0, inclusive: true };
            match side {
                JoinSide::Right => (limit, left, right.with_radius(radius)),
                _ => (limit, left.with_radius(radius), right),
            }
        }
    };
    let test = Test { limit, keys: keys.map_or(KeyTest::Any, |k| k.test) };
    let projection = join.projection().as_deref();
    let (left, right) = match kind.keeps {
        Some(JoinSide::Left) => (left.with_all_rows(), right),
        Some(JoinSide::Right) => (left, right.with_all_rows()),
        _ => (left, right),
    };
    let (filter, others) = (filter.clone(), condition.others);
    let condition = Condition { filter, test, nearest, others };
    let join = SkyJoinExec::new(left, right, kind, condition, projection, cores)?;
    Ok(Some(Arc::new(join)))
}
