//! `tenkyu_nearest` in ON: the nearest rows of the other table.

use datafusion::{
    common::{Column, DFSchemaRef, ExprSchema, JoinType},
    logical_expr::{Expr, LogicalPlanBuilder, lit},
};
use tenkyu_adql::{
    Udf,
    ast::{self, BinaryOp, ExprKind, Literal},
};
use tenkyu_wire::messages::plan as m;

use super::{
    CommonTables, Planner,
    barrier::barrier,
    from::Joined,
    scope::{Scope, ScopeColumn},
};
use crate::{
    EngineError,
    error::Reason,
    functions::{Function, Sky},
};

/// Neighbours of a row, at most.
const MOST: u64 = 10_000;

/// A condition of ON that asks for the nearest rows, and the conditions beside it.
pub(super) struct Nearest<'a> {
    call: &'a ast::Call,
    others: Vec<&'a ast::Expr>,
}

impl<'a> Nearest<'a> {
    /// `None` where no condition of ON is one.
    pub(super) fn find(condition: &'a ast::Expr) -> Option<Self> {
        let conjuncts = match &condition.kind {
            ExprKind::And(conjuncts) => conjuncts.as_slice(),
            _ => std::slice::from_ref(condition),
        };
        let call = conjuncts.iter().find_map(asks)?;
        let others =
            conjuncts.iter().filter(|one| !asks(one).is_some_and(|c| std::ptr::eq(c, call)));
        Some(Self { call, others: others.collect() })
    }
}

/// `tenkyu_nearest(…) = 1`, or the other way round.
fn asks(expr: &ast::Expr) -> Option<&ast::Call> {
    let ExprKind::Binary { op: BinaryOp::Equal, left, right } = &expr.kind else { return None };
    let is_one = |e: &ast::Expr| matches!(e.kind, ExprKind::Literal(Literal::Integer(1)));
    let ((ExprKind::Call(call), _) | (_, ExprKind::Call(call))) = (&left.kind, &right.kind) else {
        return None;
    };
    ((is_one(left) || is_one(right)) && call.udf() == Some(Udf::Nearest)).then_some(call)
}

impl Planner<'_> {
    /// Joins rows with those that are nearest to them. The table that is searched gets columns of
    /// its own names, so that conditions on the others are recognised and tested early.
    pub(super) fn join_nearest(
        &self,
        mut left: Joined,
        mut right: Joined,
        kind: JoinType,
        nearest: &Nearest<'_>,
        outer: Option<&Scope<'_>>,
        common: &CommonTables,
    ) -> Result<Joined, EngineError> {
        let Nearest { call, others } = nearest;
        let span = call.name_span;
        let [centre, neighbour, ..] = call.args.as_slice() else {
            return Err(self.udf_arguments(Udf::Nearest, call));
        };
        let (lon, lat) = self.point(centre, &self.scope_of(&left, &right, outer)?, common)?;
        let of = |schema: &DFSchemaRef| {
            let mut columns = lon.column_refs();
            columns.extend(lat.column_refs());
            !columns.is_empty() && columns.iter().all(|column| schema.has_column(column))
        };
        let (searched, wrong) = match (of(left.plan.schema()), of(right.plan.schema())) {
            (true, _) => (&mut right, JoinType::Right),
            (_, true) => (&mut left, JoinType::Left),
            _ => {
                return Err(self.invalid(m::NEAREST_SIDE, centre.span));
            }
        };
        if kind == wrong || kind == JoinType::Full {
            return Err(self.invalid(m::NEAREST_OUTER, span));
        }
        let names = self.own_names(searched)?;
        let scope = self.scope_of(&left, &right, outer)?;
        let (lon, lat) = self.point(centre, &scope, common)?;
        let (other_lon, other_lat) = self.point(neighbour, &scope, common)?;
        let radius = match call.args.get(2) {
            Some(radius) => self.number(radius, &scope, common)?,
            None => return Err(self.udf_arguments(Udf::Nearest, call)),
        };
        let mut on = Vec::with_capacity(others.len() + 2);
        for other in others {
            on.push(self.condition(other, &scope, common)?);
        }
        let circle = vec![other_lon, other_lat, lon, lat, radius];
        let is_constant = circle.last().is_some_and(|radius| radius.column_refs().is_empty());
        if !is_constant {
            on.push(Function::Sky(Sky::InCircle).call(circle.clone()));
        }
        let count = lit(self.neighbours(call)?);
        on.push(Function::Sky(Sky::Nearest).call([circle, vec![count]].concat()));
        let builder = LogicalPlanBuilder::from(left.plan).join_on(right.plan, kind, on);
        let plan = self.df(builder.and_then(LogicalPlanBuilder::build), Some(span))?;
        Ok(Joined { plan: barrier(plan, names), tables: scope.tables, merged: scope.merged })
    }

    /// How many are sought.
    fn neighbours(&self, call: &ast::Call) -> Result<u64, EngineError> {
        let Some(count) = call.args.get(3) else { return Ok(1) };
        match count.kind {
            ExprKind::Literal(Literal::Integer(count @ 1..=MOST)) => Ok(count),
            _ => {
                let reason = Reason::of(m::NUMBER_RANGE, &[("low", &1), ("high", &MOST)]);
                Err(self.invalid(reason, count.span))
            }
        }
    }

    /// Gives the columns of a side names that no other table's have, and answers with them.
    fn own_names(&self, side: &mut Joined) -> Result<Vec<String>, EngineError> {
        let own = self.new_alias();
        let mut exprs: Vec<Expr> = Vec::new();
        let mut names = Vec::new();
        let columns =
            |side: &mut Joined,
             act: &mut dyn FnMut(&mut ScopeColumn) -> Result<(), EngineError>| {
                let columns = side.tables.iter_mut().flat_map(|table| &mut table.columns);
                columns.chain(&mut side.merged).try_for_each(act)
            };
        columns(side, &mut |column| {
            let name = format!("{own}_{}", names.len());
            exprs.push(column.expr.clone().alias(&name));
            names.push(name);
            Ok(())
        })?;
        let builder = LogicalPlanBuilder::from(side.plan.clone()).project(exprs);
        side.plan = self.df(builder.and_then(LogicalPlanBuilder::build), None)?;
        let schema = side.plan.schema().clone();
        let mut next = names.iter();
        columns(side, &mut |column| {
            let Some(name) = next.next() else { return Ok(()) };
            let named = Column::new_unqualified(name);
            column.field = self.df(schema.as_ref().field_from_column(&named).cloned(), None)?;
            column.expr = Expr::Column(named.clone());
            column.column = Some(named);
            Ok(())
        })?;
        Ok(names)
    }
}
