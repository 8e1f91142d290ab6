//! Calls of the user's own functions, `my.f(…)`.

use datafusion::{
    common::tree_node::TreeNode,
    logical_expr::{Expr, cast},
};
use tenkyu_adql::{ast, nearest};
use tenkyu_udf::arrow_type;
use tenkyu_wire::functions::{SCHEMA, ValueType};
use tenkyu_wire::messages::plan as m;

use super::{CommonTables, Planner, scope::Scope};
use crate::{EngineError, error::Reason};

impl Planner<'_> {
    /// A call as a value.
    pub(super) fn own_call(
        &self,
        name: &ast::Ident,
        call: &ast::Call,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let functions = self.tables.functions();
        let Some(own) = functions.find(&name.text) else {
            let metas = functions.metas();
            let near = nearest(&name.text, metas.iter().map(|one| one.name.as_str()));
            return Err(EngineError::UnknownFunction {
                name: format!("{SCHEMA}.{}", name.text),
                place: self.place(call.name_span),
                nearest: near.map(|near| format!("{SCHEMA}.{near}")),
            });
        };
        let wanted = &own.function.arguments;
        if call.args.len() != wanted.len() {
            let reason = Reason::of(m::ARGUMENT_COUNT, &[("form", &own.function.form())]);
            return Err(self.invalid(reason, call.name_span));
        }
        let mut args = Vec::with_capacity(wanted.len());
        for (arg, wanted) in call.args.iter().zip(wanted) {
            args.push(self.own_argument(arg, wanted.kind, scope, common)?);
        }
        for (arg, source) in args.iter().zip(&call.args) {
            let nested = arg.exists(|e| Ok(matches!(e, Expr::AggregateFunction(_))));
            if own.function.is_aggregate() && self.df(nested, Some(source.span))? {
                return Err(self.invalid(m::NESTED_AGGREGATE, source.span));
            }
        }
        Ok(own.call(args))
    }

    fn own_argument(
        &self,
        arg: &ast::Expr,
        kind: ValueType,
        scope: &Scope<'_>,
        common: &CommonTables,
    ) -> Result<Expr, EngineError> {
        let value = self.expr(arg, scope, common)?;
        if kind == ValueType::Text {
            self.check_text(&value, scope, arg.span)?;
        } else {
            let given = self.check_number(&value, scope, arg.span)?;
            if kind == ValueType::BigInt && !given.is_integer() && !given.is_null() {
                let reason = Reason::of(m::INTEGER_NEEDED, &[("type", &given)]);
                return Err(self.invalid(reason, arg.span));
            }
        }
        Ok(cast(value, arrow_type(kind)))
    }
}
