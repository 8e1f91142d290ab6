//! A place in a plan that conditions do not pass: above it they see all of its rows.

use std::{collections::HashSet, fmt, sync::Arc};

use async_trait::async_trait;
use datafusion::{
    catalog::Session,
    common::{DFSchemaRef, Result, internal_err},
    execution::context::QueryPlanner,
    logical_expr::{
        Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore,
        physical_planning_context::PhysicalPlanningContext,
    },
    physical_plan::ExecutionPlan,
    physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner},
};

/// Rows as they are. The optimizer would test a condition on a joined row before the join where it
/// can, which finds the same rows of an ordinary join, but other nearest rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd)]
struct Barrier {
    input: LogicalPlan,
    /// Names of the columns whose conditions stay above.
    columns: Vec<String>,
}

/// Rows of a plan, on some of whose columns no condition is tested further down.
pub fn barrier(input: LogicalPlan, columns: Vec<String>) -> LogicalPlan {
    LogicalPlan::Extension(Extension { node: Arc::new(Barrier { input, columns }) })
}

impl UserDefinedLogicalNodeCore for Barrier {
    fn name(&self) -> &str {
        "Barrier"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        self.columns.iter().cloned().collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Barrier: {}", self.columns.join(", "))
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let Ok([input]) = <[LogicalPlan; 1]>::try_from(inputs) else {
            return internal_err!("a barrier has one input");
        };
        Ok(Self { input, columns: self.columns.clone() })
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![output_columns.to_vec()])
    }
}

/// Plans that may have barriers in them, which nothing is left of in the end.
#[derive(Debug)]
pub struct PlanQuery;

#[async_trait]
impl QueryPlanner for PlanQuery {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(PlanBarrier)]);
        planner.create_physical_plan(plan, session).await
    }
}

struct PlanBarrier;

#[async_trait]
impl ExtensionPlanner for PlanBarrier {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        Ok(node.as_any().is::<Barrier>().then(|| inputs.first().cloned()).flatten())
    }
}
