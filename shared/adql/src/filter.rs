//! Search conditions and values on the rows of Arrow record batches.
//!
//! The meaning is that of SQL: comparisons with NULL are unknown, `AND`, `OR` and `NOT` follow
//! three-valued logic, a row passes where the condition is true. Integers divide to integers,
//! towards zero. What the standard leaves to the implementation:
//!
//! - NaN is no value, as in FITS and VOTable: it is NULL everywhere.
//! - Division by zero, an integer overflow and a function outside its domain (`SQRT(-1)`) yield
//!   NULL, so that one odd row does not stop the others.
//! - Texts compare by code point.

mod compile;
mod error;
mod functions;
mod geometry;
mod like;
mod node;
mod own;
mod time;
mod values;

pub use error::FilterError;
pub use own::{Caller, OwnFunction};

use arrow::{
    array::{Array, ArrayRef, BooleanArray, RecordBatch},
    buffer::BooleanBuffer,
    datatypes::Schema,
};
use node::Node;

/// A search condition, ready to be applied to batches of one schema.
pub struct Filter {
    node: Node,
}

impl Filter {
    /// Compiles the text of a `WHERE` clause, without that word, against the columns of `schema`.
    ///
    /// # Errors
    /// Where the text is no condition on these columns, or asks for what only a server computes.
    pub fn compile(text: &str, schema: &Schema) -> Result<Filter, FilterError> {
        Filter::compile_with(text, schema, &[])
    }

    /// As [`Filter::compile`], where the user has functions of their own.
    ///
    /// # Errors
    /// As [`Filter::compile`].
    pub fn compile_with(
        text: &str,
        schema: &Schema,
        functions: &[OwnFunction],
    ) -> Result<Filter, FilterError> {
        Ok(Filter { node: compile::condition(text, schema, functions)? })
    }

    /// Whether each row passes: true, false, or NULL where it is not known.
    ///
    /// # Errors
    /// Where a column of `batch` is not what the schema said.
    pub fn evaluate(&self, batch: &RecordBatch) -> Result<BooleanArray, FilterError> {
        self.node.condition(batch)
    }

    /// The rows for which the condition is true.
    ///
    /// # Errors
    /// As [`Filter::evaluate`].
    pub fn mask(&self, batch: &RecordBatch) -> Result<BooleanBuffer, FilterError> {
        let passed = self.evaluate(batch)?;
        Ok(match passed.nulls() {
            Some(nulls) => passed.values() & nulls.inner(),
            None => passed.values().clone(),
        })
    }
}

/// A value expression, ready to be applied to batches of one schema.
pub struct Expression {
    node: Node,
}

impl Expression {
    /// Compiles the text of a value expression against the columns of `schema`.
    ///
    /// # Errors
    /// As [`Filter::compile`].
    pub fn compile(text: &str, schema: &Schema) -> Result<Expression, FilterError> {
        Ok(Expression { node: compile::value(text, schema)? })
    }

    /// The value of each row: Boolean, Int64, Float64, Utf8, or Timestamp in microseconds.
    ///
    /// # Errors
    /// As [`Filter::evaluate`].
    pub fn evaluate(&self, batch: &RecordBatch) -> Result<ArrayRef, FilterError> {
        Ok(self.node.values(batch)?.into_array(batch.num_rows()))
    }
}
