//! Arithmetic where ADQL's rules differ from the engine's: division by zero is NULL, integer
//! division truncates towards zero, and an integer result that does not fit is an error instead
//! of a wrong number.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, AsArray, Datum, Int64Array, Scalar},
    compute::{
        cast,
        kernels::{cmp::eq, numeric},
        nullif,
    },
    datatypes::{DataType, Float64Type, Int64Type},
};
use datafusion::{
    common::{Result, ScalarValue},
    logical_expr::ColumnarValue,
};

use crate::floats;

/// An operation on two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "cluster", derive(serde::Serialize, serde::Deserialize))]
pub enum Arithmetic {
    /// `+` of integers.
    Add,
    /// `-` of integers.
    Subtract,
    /// `*` of integers.
    Multiply,
    /// `/` of any numbers.
    Divide,
    /// `MOD` of integers.
    Modulo,
    /// `ABS`, type kept.
    Abs,
    /// Unary minus of an integer.
    Negate,
    /// A float as it goes into a query: without NaN and −0, type kept.
    Plain,
}

impl Arithmetic {
    /// The name in plans.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Subtract => "subtract",
            Self::Multiply => "multiply",
            Self::Divide => "divide",
            Self::Modulo => "modulo",
            Self::Abs => "absolute",
            Self::Negate => "negate",
            Self::Plain => "plain",
        }
    }

    pub(super) fn return_type(self, args: &[DataType]) -> Result<DataType> {
        if let (Self::Plain, [float]) = (self, args) {
            return Ok(float.clone());
        }
        let integers = args.iter().all(|t| t.is_integer() || t.is_null());
        Ok(if integers { DataType::Int64 } else { DataType::Float64 })
    }

    pub(super) fn eval(self, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let types: Vec<DataType> = args.iter().map(ColumnarValue::data_type).collect();
        let target = self.return_type(&types)?;
        let mut operands = args.iter().map(|a| operand(a, rows, &target));
        let (first, second) = (operands.next().transpose()?, operands.next().transpose()?);
        let (Some(left), right) = (first, second) else {
            return Ok(arrow::array::new_null_array(&target, rows));
        };
        let result: ArrayRef = match (self, right) {
            (Self::Abs, _) if target == DataType::Int64 => {
                let values = left.as_primitive::<Int64Type>();
                Arc::new(
                    values
                        .try_unary::<_, Int64Type, _>(|v| v.checked_abs().ok_or_else(overflow))?,
                )
            }
            (Self::Abs, _) => {
                Arc::new(left.as_primitive::<Float64Type>().unary::<_, Float64Type>(f64::abs))
            }
            (Self::Negate, _) => numeric::neg(&left)?,
            (Self::Plain, _) => floats::plain(left),
            (Self::Add, Some(right)) => numeric::add(&left, &right)?,
            (Self::Subtract, Some(right)) => numeric::sub(&left, &right)?,
            (Self::Multiply, Some(right)) => numeric::mul(&left, &right)?,
            (Self::Divide, Some(right)) => numeric::div(&left, &without_zero(&right)?)?,
            (Self::Modulo, Some(right)) => numeric::rem(&left, &without_zero(&right)?)?,
            (_, None) => arrow::array::new_null_array(&target, rows),
        };
        Ok(result)
    }
}

fn overflow() -> arrow::error::ArrowError {
    arrow::error::ArrowError::ArithmeticOverflow("the result does not fit in 64 bits".into())
}

fn operand(value: &ColumnarValue, rows: usize, target: &DataType) -> Result<ArrayRef> {
    let array = match value {
        ColumnarValue::Array(array) => array.clone(),
        ColumnarValue::Scalar(ScalarValue::Null) => arrow::array::new_null_array(target, rows),
        ColumnarValue::Scalar(scalar) => scalar.to_array_of_size(rows)?,
    };
    Ok(cast(&array, target)?)
}

fn without_zero(array: &ArrayRef) -> Result<ArrayRef> {
    let zero: Box<dyn Datum> = match array.data_type() {
        DataType::Int64 => Box::new(Scalar::new(Int64Array::from(vec![0]))),
        _ => Box::new(Scalar::new(arrow::array::Float64Array::from(vec![0.0]))),
    };
    // IEEE says −0 = 0, the total order of the comparison kernel does not.
    let mask = match array.data_type() {
        DataType::Int64 => eq(array, zero.as_ref())?,
        _ => array.as_primitive::<Float64Type>().iter().map(|v| Some(v == Some(0.0))).collect(),
    };
    Ok(nullif(array, &mask)?)
}
