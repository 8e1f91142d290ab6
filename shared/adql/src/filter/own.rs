//! Users' own functions in filters.

use std::rc::Rc;

use arrow::array::ArrayRef;
use tenkyu_udf::UdfError;
use tenkyu_wire::functions::{FunctionMeta, ValueType};

use super::node::Kind;

/// Computes a scalar function on equally long columns of the types of its arguments.
pub type Caller = Rc<dyn Fn(&[ArrayRef]) -> Result<ArrayRef, UdfError>>;

/// One of the user's own functions, ready to be called.
#[derive(Clone)]
pub struct OwnFunction {
    /// What it takes and gives.
    pub meta: FunctionMeta,
    /// Calls it.
    pub call: Caller,
}

/// The kind of an argument or a value; `None` for lists, with which a filter can do nothing.
pub(super) fn kind_of(kind: ValueType) -> Option<Kind> {
    match kind {
        ValueType::Double => Some(Kind::Float),
        ValueType::BigInt => Some(Kind::Int),
        ValueType::Text => Some(Kind::Text),
        ValueType::Doubles | ValueType::BigInts => None,
    }
}
