//! The scalar functions of ADQL that DataFusion does not have, or has with other rules.
//!
//! All of them yield NULL when an argument is NULL and when the result is not a finite number:
//! ADQL has neither NaN nor infinity.

mod arithmetic;
mod maths;
mod sky;

use std::sync::Arc;

use arrow::{array::ArrayRef, datatypes::DataType};
use datafusion::{
    common::Result,
    logical_expr::{
        ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
        expr::ScalarFunction,
    },
};

pub use arithmetic::Arithmetic;
pub use maths::Maths;
pub use sky::Sky;

/// Any of our functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// Arithmetic with ADQL's rules.
    Arithmetic(Arithmetic),
    /// Mathematics on doubles.
    Maths(Maths),
    /// Geometry and HEALPix.
    Sky(Sky),
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Udf {
    function: Function,
    signature: Signature,
}

impl Function {
    /// A call with arguments of the types that the function takes.
    pub fn call(self, args: Vec<Expr>) -> Expr {
        let signature = Signature::variadic_any(Volatility::Immutable);
        let udf = Arc::new(ScalarUDF::new_from_impl(Udf { function: self, signature }));
        Expr::ScalarFunction(ScalarFunction::new_udf(udf, args))
    }

    /// Which of our functions an expression calls, with the arguments.
    pub fn of(expr: &Expr) -> Option<(Self, &[Expr])> {
        let Expr::ScalarFunction(call) = expr else { return None };
        Some((Self::of_udf(&call.func)?, &call.args))
    }

    /// Which of our functions this is.
    pub fn of_udf(udf: &ScalarUDF) -> Option<Self> {
        let udf = udf.inner();
        let own = (udf.as_ref() as &dyn std::any::Any).downcast_ref::<Udf>()?;
        Some(own.function)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Arithmetic(f) => f.name(),
            Self::Maths(f) => f.name(),
            Self::Sky(f) => f.name(),
        }
    }
}

impl ScalarUDFImpl for Udf {
    fn name(&self) -> &str {
        self.function.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        match self.function {
            Function::Arithmetic(f) => f.return_type(arg_types),
            Function::Maths(_) => Ok(DataType::Float64),
            Function::Sky(f) => Ok(f.return_type()),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let all_scalar = args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let rows = if all_scalar { 1 } else { args.number_rows };
        let result: ArrayRef = match self.function {
            Function::Arithmetic(f) => f.eval(&args.args, rows)?,
            Function::Maths(f) => f.eval(&args.args, rows)?,
            Function::Sky(f) => f.eval(&args.args, rows)?,
        };
        if all_scalar {
            let scalar = datafusion::common::ScalarValue::try_from_array(&result, 0)?;
            return Ok(ColumnarValue::Scalar(scalar));
        }
        Ok(ColumnarValue::Array(result))
    }
}

/// An argument of doubles: one for all rows, or one a row.
pub(crate) enum Doubles {
    /// The same everywhere; `None` is NULL.
    Scalar(Option<f64>),
    /// One a row.
    Array(arrow::array::Float64Array),
}

impl Doubles {
    fn new(value: &ColumnarValue) -> Result<Self> {
        use arrow::array::{Array, AsArray};
        let array = match value {
            ColumnarValue::Array(array) => array.clone(),
            ColumnarValue::Scalar(scalar) => scalar.to_array_of_size(1)?,
        };
        let doubles = arrow::compute::cast(&array, &DataType::Float64)?;
        let doubles = doubles.as_primitive::<arrow::datatypes::Float64Type>().clone();
        Ok(match value {
            ColumnarValue::Array(_) => Self::Array(doubles),
            ColumnarValue::Scalar(_) => {
                Self::Scalar((!doubles.is_empty() && doubles.is_valid(0)).then(|| doubles.value(0)))
            }
        })
    }

    /// The value of a row.
    fn get(&self, row: usize) -> Option<f64> {
        use arrow::array::Array;
        match self {
            Self::Scalar(value) => *value,
            Self::Array(array) => array.is_valid(row).then(|| array.value(row)),
        }
    }
}

pub(crate) fn doubles(args: &[ColumnarValue]) -> Result<Vec<Doubles>> {
    args.iter().map(Doubles::new).collect()
}
