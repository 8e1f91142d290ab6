//! Making plans stop when they are told to.
//!
//! Scans give way to others after some batches, so a query that reads is stopped between them.
//! A join can work for minutes on two batches: it is made to give way after some batches of its
//! own, and a nested loop, which may not even make a batch, asks in its filter.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use arrow::datatypes::{DataType, Field};
use datafusion::{
    common::{
        Result, exec_err,
        tree_node::{Transformed, TreeNode},
    },
    config::ConfigOptions,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
    physical_expr::ScalarFunctionExpr,
    physical_plan::{
        ExecutionPlan,
        coop::CooperativeExec,
        joins::{
            CrossJoinExec, HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec, utils::JoinFilter,
        },
    },
};
use tokio_util::sync::CancellationToken;

/// The same plan, which ends soon after `stop` is cancelled.
pub fn stoppable(
    plan: Arc<dyn ExecutionPlan>,
    stop: &CancellationToken,
) -> Result<Arc<dyn ExecutionPlan>> {
    let transformed = plan.transform_up(|node| {
        let any = node.as_ref() as &dyn std::any::Any;
        if let Some(join) = any.downcast_ref::<NestedLoopJoinExec>() {
            let join = Arc::new(asking(join, stop)?);
            return Ok(Transformed::yes(Arc::new(CooperativeExec::new(join)) as _));
        }
        let is_join =
            any.is::<CrossJoinExec>() || any.is::<HashJoinExec>() || any.is::<SortMergeJoinExec>();
        if is_join {
            return Ok(Transformed::yes(Arc::new(CooperativeExec::new(node)) as _));
        }
        Ok(Transformed::no(node))
    })?;
    Ok(transformed.data)
}

fn asking(join: &NestedLoopJoinExec, stop: &CancellationToken) -> Result<NestedLoopJoinExec> {
    let filter = join.filter().map(|filter| {
        let udf = Arc::new(ScalarUDF::new_from_impl(Unless {
            stop: stop.clone(),
            signature: Signature::variadic_any(Volatility::Volatile),
        }));
        let expression = ScalarFunctionExpr::new(
            "unless_stopped",
            udf,
            vec![filter.expression().clone()],
            Arc::new(Field::new("unless_stopped", DataType::Boolean, true)),
            Arc::new(ConfigOptions::new()),
        );
        let indices = filter.column_indices().to_vec();
        JoinFilter::new(Arc::new(expression), indices, filter.schema().clone())
    });
    let projection = join.projection().as_ref().map(|p| p.to_vec());
    NestedLoopJoinExec::try_new(
        join.left().clone(),
        join.right().clone(),
        filter,
        join.join_type(),
        projection,
    )
}

/// Its argument, or an error once the query is stopped.
#[derive(Debug)]
struct Unless {
    stop: CancellationToken,
    signature: Signature,
}

// A plan holds one token only, so all of its askers are the same function.
impl PartialEq for Unless {
    fn eq(&self, other: &Self) -> bool {
        self.signature == other.signature
    }
}
impl Eq for Unless {}
impl Hash for Unless {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.signature.hash(state);
    }
}

impl ScalarUDFImpl for Unless {
    fn name(&self) -> &str {
        "unless_stopped"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if self.stop.is_cancelled() {
            return exec_err!("the query was stopped");
        }
        match args.args.into_iter().next() {
            Some(value) => Ok(value),
            None => exec_err!("unless_stopped takes one argument"),
        }
    }
}
