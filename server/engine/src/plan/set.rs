//! UNION, EXCEPT and INTERSECT.

use arrow::datatypes::DataType;
use datafusion::{
    common::{Column, ExprSchema},
    functions_window::row_number::row_number,
    logical_expr::{
        Expr, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder, cast,
        type_coercion::binary::type_union_coercion,
    },
};
use tenkyu_adql::{Span, ast::SetOp};
use tenkyu_wire::messages::plan as m;

use super::{Planner, Relation, ResultColumn};
use crate::{EngineError, error::Reason, meta};

/// Name of the column that counts equal rows.
const NUMBER: &str = "n";

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
            let reason = Reason::of(m::SET_WIDTHS, &[("op", &op.word()), ("a", &a), ("b", &b)]);
            return Err(self.invalid(reason, span));
        }
        let types = left
            .columns
            .iter()
            .zip(&right.columns)
            .map(|(a, b)| {
                let (a, b) = (self.type_of(&left, a)?, self.type_of(&right, b)?);
                type_union_coercion(&a, &b).ok_or_else(|| {
                    let values =
                        Reason::of(m::SET_TYPES, &[("op", &op.word()), ("a", &a), ("b", &b)]);
                    self.invalid(values, span)
                })
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
            (SetOp::Intersect, false) => LogicalPlanBuilder::intersect(left, right, false),
            (SetOp::Except, false) => LogicalPlanBuilder::except(left, right, false),
            // With every row numbered among its equals the rows of each side differ, and the sets
            // of numbered rows are the multisets of rows: ALL keeps min(m, n) or max(m − n, 0).
            (SetOp::Intersect, true) => {
                let (left, right) = (self.numbered(left, span)?, self.numbered(right, span)?);
                LogicalPlanBuilder::intersect(left, right, true)
            }
            (SetOp::Except, true) => {
                let (left, right) = (self.numbered(left, span)?, self.numbered(right, span)?);
                LogicalPlanBuilder::except(left, right, true)
            }
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

    /// The rows with a last column that counts those that are equal.
    fn numbered(&self, plan: LogicalPlan, span: Span) -> Result<LogicalPlan, EngineError> {
        let own: Vec<Expr> = plan.schema().columns().into_iter().map(Expr::Column).collect();
        let number = self.df(row_number().partition_by(own.clone()).build(), Some(span))?;
        let builder = self.df(LogicalPlanBuilder::from(plan).window([number]), Some(span))?;
        let last = builder.schema().columns().pop();
        let number = last.map(|column| Expr::Column(column).alias(NUMBER));
        let builder = builder.project(own.into_iter().chain(number));
        self.df(builder.and_then(LogicalPlanBuilder::build), Some(span))
    }

    fn type_of(&self, relation: &Relation, column: &ResultColumn) -> Result<DataType, EngineError> {
        let field = relation.plan.schema().field_from_column(&column.column);
        Ok(self.df(field, None)?.data_type().clone())
    }

    fn aligned(&self, relation: Relation, types: &[DataType]) -> Result<LogicalPlan, EngineError> {
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
