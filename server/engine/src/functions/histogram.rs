//! `ivo_histogram`: counts of a number in equal bins.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, AsArray, Int64Array, ListArray},
    buffer::OffsetBuffer,
    compute::cast,
    datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type},
};
use datafusion::{
    common::{Result, ScalarValue, exec_err},
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility,
        function::{AccumulatorArgs, StateFieldsArgs},
    },
};

/// More bins than this are refused.
pub const MOST_BINS: i64 = 65_536;

/// The aggregate of some bins: one list of counts a group, of two elements more than bins. The
/// first counts what lies below the bins, the last what lies at their upper end or above.
#[derive(Debug)]
pub struct Histogram {
    lower: f64,
    upper: f64,
    bins: usize,
    signature: Signature,
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        (self.lower.to_bits(), self.upper.to_bits(), self.bins)
            == (other.lower.to_bits(), other.upper.to_bits(), other.bins)
    }
}

impl Eq for Histogram {}

impl Hash for Histogram {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.lower.to_bits(), self.upper.to_bits(), self.bins).hash(state);
    }
}

impl Histogram {
    /// The histogram of `value` between finite `lower` < `upper`.
    pub fn of(value: Expr, lower: f64, upper: f64, bins: usize) -> Expr {
        Self::udaf(lower, upper, bins).call(vec![value])
    }

    /// The aggregate as plans hold it.
    pub(crate) fn udaf(lower: f64, upper: f64, bins: usize) -> AggregateUDF {
        let signature = Signature::variadic_any(Volatility::Immutable);
        AggregateUDF::new_from_impl(Self { lower, upper, bins, signature })
    }

    /// Its bounds and the number of its bins, if an aggregate is one.
    #[cfg(feature = "cluster")]
    pub(crate) fn of_udaf(udaf: &AggregateUDF) -> Option<(f64, f64, usize)> {
        let own = (udaf.inner().as_ref() as &dyn std::any::Any).downcast_ref::<Self>()?;
        Some((own.lower, own.upper, own.bins))
    }
}

fn item() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Int64, true))
}

impl AggregateUDFImpl for Histogram {
    fn name(&self) -> &str {
        "histogram"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::List(item()))
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let (lower, upper) = (self.lower, self.upper);
        Ok(Box::new(Counts { lower, upper, counts: vec![0; self.bins + 2] }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let name = format!("{}[counts]", args.name);
        Ok(vec![Arc::new(Field::new(name, DataType::List(item()), true))])
    }
}

#[derive(Debug)]
struct Counts {
    lower: f64,
    upper: f64,
    counts: Vec<i64>,
}

impl Counts {
    fn list(&self) -> Result<ScalarValue> {
        let values = Int64Array::from(self.counts.clone());
        let offsets = OffsetBuffer::from_lengths([values.len()]);
        let list = ListArray::try_new(item(), offsets, Arc::new(values), None)?;
        Ok(ScalarValue::List(Arc::new(list)))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // within the bins
    #[allow(clippy::cast_precision_loss)] // at most MOST_BINS
    fn bin(&self, value: f64) -> usize {
        let bins = self.counts.len() - 2;
        if value < self.lower {
            0
        } else if value >= self.upper {
            bins + 1
        } else {
            let part = (value - self.lower) / (self.upper - self.lower);
            // Rounding can carry the last value into the next bin.
            ((part * bins as f64) as usize).min(bins.saturating_sub(1)) + 1
        }
    }
}

impl Accumulator for Counts {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let Some(values) = values.first() else { return Ok(()) };
        let values = cast(values, &DataType::Float64)?;
        for value in values.as_primitive::<Float64Type>().iter().flatten() {
            if value.is_nan() {
                continue;
            }
            let bin = self.bin(value);
            if let Some(count) = self.counts.get_mut(bin) {
                *count += 1;
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(lists) = states.first().and_then(|lists| lists.as_list_opt::<i32>()) else {
            return exec_err!("the state of a histogram is a list");
        };
        for list in lists.iter().flatten() {
            let other = list.as_primitive::<Int64Type>();
            for (count, more) in self.counts.iter_mut().zip(other.iter()) {
                *count += more.unwrap_or(0);
            }
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.list()?])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.list()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.counts.capacity() * size_of::<i64>()
    }
}
