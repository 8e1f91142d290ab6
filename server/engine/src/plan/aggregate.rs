//! GROUP BY: the aggregation itself, and what later clauses may refer to after it.

use datafusion::{
    common::{
        Column,
        tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    },
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, utils::find_aggregate_exprs},
};
use tenkyu_adql::Span;
use tenkyu_wire::messages::plan as m;

use super::Planner;
use crate::{EngineError, error::Reason};

/// Replaces group expressions and aggregates by the columns that hold them after aggregation.
pub(super) struct Rebase {
    replacements: Vec<(Expr, Column)>,
}

impl Planner<'_> {
    /// Aggregates `plan` by `groups`, computing every aggregate in `users`.
    pub(super) fn aggregate(
        &self,
        plan: LogicalPlan,
        groups: Vec<Expr>,
        users: &[&Expr],
        span: Span,
    ) -> Result<(LogicalPlan, Rebase), EngineError> {
        let aggregates = find_aggregate_exprs(users.iter().copied());
        let mut distinct_groups: Vec<Expr> = Vec::new();
        for group in groups {
            if !distinct_groups.contains(&group) {
                distinct_groups.push(group);
            }
        }
        let builder =
            LogicalPlanBuilder::from(plan).aggregate(distinct_groups.clone(), aggregates.clone());
        let plan = self.df(builder.and_then(LogicalPlanBuilder::build), Some(span))?;
        let replacements =
            distinct_groups.into_iter().chain(aggregates).zip(plan.schema().columns()).collect();
        Ok((plan, Rebase { replacements }))
    }
}

impl Rebase {
    /// The expression over the aggregated rows; a column that is neither grouped nor aggregated
    /// is an error that names it.
    pub(super) fn apply(
        &self,
        planner: &Planner<'_>,
        expr: Expr,
        span: Span,
    ) -> Result<Expr, EngineError> {
        let rebased = expr.transform_down(|e| {
            let found = self.replacements.iter().find(|(old, _)| *old == e);
            Ok(match found {
                Some((_, column)) => {
                    Transformed::new(Expr::Column(column.clone()), true, TreeNodeRecursion::Jump)
                }
                None => Transformed::no(e),
            })
        });
        let rebased = planner.df(rebased, Some(span))?.data;
        let mut stray = None;
        let seen = rebased.apply(|e| {
            if let Expr::Column(column) = e
                && !self.replacements.iter().any(|(_, c)| c == column)
            {
                stray = Some(column.name.clone());
                return Ok(TreeNodeRecursion::Stop);
            }
            Ok(TreeNodeRecursion::Continue)
        });
        planner.df(seen, Some(span))?;
        match stray {
            Some(name) => {
                let reason = Reason::of(m::NOT_GROUPED, &[("name", &name)]);
                Err(planner.invalid(reason, span))
            }
            None => Ok(rebased),
        }
    }
}
