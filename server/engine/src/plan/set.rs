//! UNION, EXCEPT and INTERSECT.

use arrow::datatypes::DataType;
use datafusion::{
    common::{Column, ExprSchema},
    logical_expr::{Expr, LogicalPlanBuilder, cast, type_coercion::binary::type_union_coercion},
};
use tenkyu_adql::{Span, ast::SetOp};

use super::{Planner, Relation, ResultColumn};
use crate::{EngineError, meta};

impl Planner<'_> {
    pub(super) fn set(
        &self,
        op: SetOp,
        all: bool,
        left: Relation,
        right: Relation,
        span: Span,
    ) -> Result<Relation, EngineError> {
        if left.columns.len() != right.columns.len() {
            let (a, b) = (left.columns.len(), right.columns.len());
            let reason = format!("{} of {a} columns with {b}", op.word());
            return Err(self.invalid(reason, span));
        }
        if all && op != SetOp::Union {
            return Err(self.unsupported(format!("{} ALL", op.word()), span));
        }
        let types = left
            .columns
            .iter()
            .zip(&right.columns)
            .map(|(a, b)| {
                let (a, b) = (self.type_of(&left, a)?, self.type_of(&right, b)?);
                type_union_coercion(&a, &b)
                    .ok_or_else(|| self.invalid(format!("{} of {a} and {b}", op.word()), span))
            })
            .collect::<Result<Vec<_>, EngineError>>()?;
        let columns: Vec<ResultColumn> = left
            .columns
            .iter()
            .zip(&types)
            .enumerate()
            .map(|(index, (column, data_type))| {
                let mut described = column.meta.clone();
                described.datatype = meta::datatype(data_type);
                ResultColumn {
                    column: Column::new_unqualified(format!("c{index}")),
                    meta: described,
                }
            })
            .collect();
        let left = self.aligned(left, &types)?;
        let right = self.aligned(right, &types)?;
        let plan = match (op, all) {
            (SetOp::Union, true) => {
                LogicalPlanBuilder::from(left).union(right).and_then(LogicalPlanBuilder::build)
            }
            (SetOp::Union, false) => LogicalPlanBuilder::from(left)
                .union_distinct(right)
                .and_then(LogicalPlanBuilder::build),
            (SetOp::Intersect, _) => LogicalPlanBuilder::intersect(left, right, false),
            (SetOp::Except, _) => LogicalPlanBuilder::except(left, right, false),
        };
        let plan = self.df(plan, Some(span))?;
        // EXCEPT and INTERSECT may have qualified the columns; the names are the same.
        let exprs = plan
            .schema()
            .columns()
            .into_iter()
            .zip(&columns)
            .map(|(from, to)| Expr::Column(from).alias(&to.column.name));
        let builder = LogicalPlanBuilder::from(plan.clone()).project(exprs.collect::<Vec<_>>());
        let plan = self.df(builder.and_then(LogicalPlanBuilder::build), Some(span))?;
        Ok(Relation { plan, columns })
    }

    fn type_of(&self, relation: &Relation, column: &ResultColumn) -> Result<DataType, EngineError> {
        let field = relation.plan.schema().field_from_column(&column.column);
        Ok(self.df(field, None)?.data_type().clone())
    }

    fn aligned(
        &self,
        relation: Relation,
        types: &[DataType],
    ) -> Result<datafusion::logical_expr::LogicalPlan, EngineError> {
        let exprs: Vec<Expr> = relation
            .columns
            .iter()
            .zip(types)
            .enumerate()
            .map(|(index, (column, data_type))| {
                cast(Expr::Column(column.column.clone()), data_type.clone())
                    .alias(format!("c{index}"))
            })
            .collect();
        let builder = LogicalPlanBuilder::from(relation.plan).project(exprs);
        self.df(builder.and_then(LogicalPlanBuilder::build), None)
    }
}
