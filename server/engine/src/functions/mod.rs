//! The scalar functions of ADQL that DataFusion does not have, or has with other rules.
//!
//! All of them yield NULL when an argument is NULL and when the result is not a finite number:
//! ADQL has neither NaN nor infinity.

mod arithmetic;
mod celestial;
mod histogram;
mod maths;
mod own;
mod random;
mod sky;
mod text;

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use arrow::{array::ArrayRef, datatypes::DataType};
use datafusion::{
    common::{Result, ScalarValue},
    logical_expr::{
        ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
        expr::ScalarFunction,
    },
};

pub use arithmetic::Arithmetic;
pub use celestial::{Axis, Celestial};
pub use histogram::{Histogram, MOST_BINS};
pub use maths::Maths;
#[cfg(feature = "cluster")]
pub use own::Own;
pub use own::OwnFunctions;
pub use random::Random;
pub use sky::Sky;
pub use text::Text;

/// Any of our functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "cluster", derive(serde::Serialize, serde::Deserialize))]
pub enum Function {
    /// Arithmetic with ADQL's rules.
    Arithmetic(Arithmetic),
    /// Mathematics on doubles.
    Maths(Maths),
    /// Geometry and HEALPix.
    Sky(Sky),
    /// Positions and shapes that functions make.
    Celestial(Celestial),
    /// Texts, times and intervals.
    Text(Text),
    /// Random numbers.
    Random(Random),
}

#[derive(Debug)]
struct Udf {
    function: Function,
    signature: Signature,
    /// For random numbers.
    source: Option<random::Source>,
}

impl PartialEq for Udf {
    fn eq(&self, other: &Self) -> bool {
        self.function == other.function
    }
}

impl Eq for Udf {}

impl Hash for Udf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.hash(state);
    }
}

impl Function {
    /// A call with arguments of the types that the function takes.
    pub fn call(self, args: Vec<Expr>) -> Expr {
        let udf = Arc::new(self.udf(!args.is_empty()));
        Expr::ScalarFunction(ScalarFunction::new_udf(udf, args))
    }

    /// The function as plans hold it.
    pub(crate) fn udf(self, with_arguments: bool) -> ScalarUDF {
        let (volatility, source) = match self {
            Self::Random(random) => (Volatility::Volatile, Some(random.source())),
            _ => (Volatility::Immutable, None),
        };
        // Not always `variadic_any`, which wants an argument.
        let signature = match with_arguments {
            false => Signature::nullary(volatility),
            true => Signature::variadic_any(volatility),
        };
        ScalarUDF::new_from_impl(Udf { function: self, signature, source })
    }

    /// A call of constants as the constant that it is; any other call, and one that fails, as it
    /// stands.
    pub fn fold(call: Expr) -> Expr {
        let Some((function, args)) = Self::of(&call) else { return call };
        let constants: Option<Vec<ColumnarValue>> = args
            .iter()
            .map(|arg| match arg {
                Expr::Literal(value, _) => Some(ColumnarValue::Scalar(value.clone())),
                _ => None,
            })
            .collect();
        let value = constants.and_then(|constants| match function {
            Self::Celestial(f) => f.eval(&constants, 1).ok(),
            _ => None,
        });
        match value.and_then(|value| ScalarValue::try_from_array(&value, 0).ok()) {
            Some(value) => Expr::Literal(value, None),
            None => call,
        }
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
            Self::Celestial(f) => f.name(),
            Self::Text(f) => f.name(),
            Self::Random(f) => f.name(),
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
            Function::Celestial(f) => Ok(f.return_type()),
            Function::Text(f) => Ok(f.return_type()),
            Function::Random(_) => Ok(DataType::Float64),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if let (Function::Random(random), Some(source)) = (self.function, &self.source) {
            let numbers = random.eval(source, &args.args, args.number_rows)?;
            return Ok(ColumnarValue::Array(numbers));
        }
        let all_scalar = args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let rows = if all_scalar { 1 } else { args.number_rows };
        let result: ArrayRef = match self.function {
            Function::Arithmetic(f) => f.eval(&args.args, rows)?,
            Function::Maths(f) => f.eval(&args.args, rows)?,
            Function::Sky(f) => f.eval(&args.args, rows)?,
            Function::Celestial(f) => f.eval(&args.args, rows)?,
            Function::Text(f) => f.eval(&args.args, rows)?,
            Function::Random(f) => f.eval(&f.source(), &args.args, rows)?,
        };
        if all_scalar {
            let scalar = ScalarValue::try_from_array(&result, 0)?;
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
