//! A compiled expression and how it is computed, a batch at a time.

use std::collections::HashSet;

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray},
    buffer::{BooleanBuffer, ScalarBuffer},
    compute::kernels::boolean::{and_kleene, not, or_kleene},
    datatypes::*,
};

use super::{
    FilterError,
    geometry::{self, Polygon},
    like::Pattern,
    own::Caller,
    time,
    values::{self, Numbers, Texts, Values, without_nan},
};
use crate::ast::BinaryOp;

type Result<T> = std::result::Result<T, FilterError>;

/// Types of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    Float,
    Text,
    Time,
    /// Microseconds; only as a constant.
    Interval,
    /// The literal `NULL`, which takes the type that is wanted.
    Null,
}

/// A compiled expression.
pub(super) enum Node {
    Column(usize, Kind),
    Constant(Values),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    IsNull(Box<Node>),
    Compare(BinaryOp, Box<Node>, Box<Node>),
    /// The operand is one of these; with `true` NULL is among them.
    InIntegers(Box<Node>, HashSet<i64>, bool),
    InTexts(Box<Node>, HashSet<String>, bool),
    Like(Box<Node>, Pattern),
    Float1(fn(f64) -> f64, Box<Node>),
    Float2(fn(f64, f64) -> f64, Box<Node>, Box<Node>),
    Int1(fn(i64) -> Option<i64>, Box<Node>),
    Int2(fn(i64, i64) -> Option<i64>, Box<Node>, Box<Node>),
    /// A time moved by an interval.
    Move(fn(i64, i64) -> Option<i64>, Box<Node>, Box<Node>),
    ToFloat(Box<Node>),
    ToInt(Box<Node>),
    ToText(Box<Node>),
    ToTime(Box<Node>),
    Text1(fn(&str) -> String, Box<Node>),
    Concat(Box<Node>, Box<Node>),
    /// The first that is not null; all of one kind.
    Coalesce(Kind, Vec<Node>),
    /// Longitude and latitude lie within the third of the centre.
    InCircle(Box<[Node; 5]>),
    InPolygon(Box<[Node; 2]>, Polygon),
    Distance(Box<[Node; 4]>),
    /// One of the user's own functions, which gives values of this kind.
    Own(Caller, Vec<Node>, Kind),
}

impl Node {
    /// The constant NULL of a kind.
    pub fn null(kind: Kind) -> Node {
        Node::Constant(match kind {
            Kind::Bool | Kind::Null => Values::Bool(BooleanArray::new_null(1)),
            Kind::Int | Kind::Interval => Values::Int(Numbers::One(None)),
            Kind::Float => Values::Float(Numbers::One(None)),
            Kind::Text => Values::Text(Texts::One(None)),
            Kind::Time => Values::Time(Numbers::One(None)),
        })
    }

    /// The value of each row of `batch`.
    pub fn values(&self, batch: &RecordBatch) -> Result<Values> {
        let rows = batch.num_rows();
        Ok(match self {
            Node::Column(index, kind) => {
                let array = batch.columns().get(*index).ok_or_else(mismatch)?;
                return read(array, *kind, || {
                    let field = batch.schema().fields().get(*index).cloned();
                    field.map(|field| field.name().clone()).unwrap_or_default()
                });
            }
            Node::Constant(Values::Bool(one)) => {
                let value = (!one.is_empty() && one.is_valid(0)).then(|| one.value(0));
                Values::Bool(match value {
                    Some(value) => BooleanArray::new(values::constant(value, rows), None),
                    None => BooleanArray::new_null(rows),
                })
            }
            Node::Constant(values) => values.clone(),
            Node::Float1(f, node) => Values::Float(node.floats(batch)?.apply(f)),
            Node::Float2(f, a, b) => Values::Float(a.floats(batch)?.compute(&b.floats(batch)?, f)),
            Node::Int1(f, node) => Values::Int(node.integers(batch)?.map(rows, f)),
            Node::Int2(f, a, b) => {
                Values::Int(a.integers(batch)?.combine(&b.integers(batch)?, rows, f))
            }
            Node::Move(f, time, by) => {
                Values::Time(time.times(batch)?.combine(&by.integers(batch)?, rows, f))
            }
            Node::ToFloat(node) => Values::Float(match node.values(batch)? {
                Values::Int(Numbers::One(value)) => Numbers::One(value.map(|value| value as f64)),
                Values::Int(Numbers::Many(values, nulls)) => {
                    Numbers::Many(values.iter().map(|value| *value as f64).collect(), nulls)
                }
                Values::Text(texts) => values::numbers(rows, |row| {
                    texts.get(row)?.trim().parse().ok().filter(|value: &f64| !value.is_nan())
                }),
                Values::Float(values) => values,
                _ => return Err(mismatch()),
            }),
            Node::ToInt(node) => Values::Int(match node.values(batch)? {
                Values::Bool(bits) => values::numbers(rows, |row| {
                    bits.is_valid(row).then(|| i64::from(bits.value(row)))
                }),
                Values::Float(floats) => floats.map(rows, |value| {
                    let whole = value.trunc();
                    (whole.abs() < 9.2e18).then_some(whole as i64)
                }),
                Values::Text(texts) => {
                    values::numbers(rows, |row| texts.get(row)?.trim().parse().ok())
                }
                Values::Int(values) => values,
                _ => return Err(mismatch()),
            }),
            Node::ToText(node) => Values::Text(to_text(node.values(batch)?, rows)?),
            Node::ToTime(node) => {
                let texts = node.texts(batch)?;
                Values::Time(match &texts {
                    Texts::One(text) => Numbers::One(text.as_deref().and_then(time::parse)),
                    Texts::Many(_) => values::numbers(rows, |row| time::parse(texts.get(row)?)),
                })
            }
            Node::Text1(f, node) => Values::Text(node.texts(batch)?.map(rows, f)),
            Node::Concat(a, b) => {
                let (a, b) = (a.texts(batch)?, b.texts(batch)?);
                let joined = |row| Some([a.get(row)?, b.get(row)?].concat());
                Values::Text(Texts::Many((0..rows).map(joined).collect()))
            }
            Node::Coalesce(kind, nodes) => return coalesce(*kind, nodes, batch),
            Node::Distance(nodes) => {
                let [a, b, c, d] = floats4(nodes, batch)?;
                Values::Float(values::numbers(rows, |row| {
                    Some(geometry::distance(a.get(row)?, b.get(row)?, c.get(row)?, d.get(row)?))
                }))
            }
            Node::Own(call, nodes, kind) => {
                let columns: Vec<ArrayRef> = nodes
                    .iter()
                    .map(|node| Ok(node.values(batch)?.into_array(rows)))
                    .collect::<Result<_>>()?;
                let values = call(&columns)?;
                if values.len() != rows {
                    return Err(mismatch());
                }
                return read(&values, *kind, String::new);
            }
            _ => Values::Bool(self.condition(batch)?),
        })
    }

    /// The truth of each row of `batch`.
    pub fn condition(&self, batch: &RecordBatch) -> Result<BooleanArray> {
        let rows = batch.num_rows();
        Ok(match self {
            Node::And(nodes) => {
                let mut all = BooleanArray::new(values::constant(true, rows), None);
                for node in nodes {
                    all = and_kleene(&all, &node.condition(batch)?)?;
                }
                all
            }
            Node::Or(nodes) => {
                let mut any = BooleanArray::new(values::constant(false, rows), None);
                for node in nodes {
                    any = or_kleene(&any, &node.condition(batch)?)?;
                }
                any
            }
            Node::Not(node) => not(&node.condition(batch)?)?,
            Node::IsNull(node) => BooleanArray::new(is_null(&node.values(batch)?, rows), None),
            Node::Compare(op, left, right) => {
                compare(*op, &left.values(batch)?, &right.values(batch)?, rows)?
            }
            Node::InIntegers(operand, set, null) => {
                let numbers = operand.integers(batch)?;
                let found =
                    numbers.compare(&Numbers::One(Some(0)), rows, |value, _| set.contains(&value));
                unknown_if_missing(found, *null)?
            }
            Node::InTexts(operand, set, null) => {
                let found = operand.texts(batch)?.test(rows, |text| set.contains(text));
                unknown_if_missing(found, *null)?
            }
            Node::Like(operand, pattern) => {
                operand.texts(batch)?.test(rows, |text| pattern.matches(text))
            }
            Node::InCircle(nodes) => {
                let [lon, lat, center_lon, center_lat, radius] = nodes.as_ref();
                let (lon, lat) = (lon.floats(batch)?, lat.floats(batch)?);
                let center = (center_lon.floats(batch)?, center_lat.floats(batch)?);
                let radius = radius.floats(batch)?;
                truths(rows, |row| {
                    let center = (center.0.get(row)?, center.1.get(row)?);
                    Some(geometry::in_circle(
                        lon.get(row)?,
                        lat.get(row)?,
                        center,
                        radius.get(row)?,
                    ))
                })
            }
            Node::InPolygon(nodes, polygon) => {
                let (lon, lat) = (nodes[0].floats(batch)?, nodes[1].floats(batch)?);
                truths(rows, |row| Some(polygon.contains(lon.get(row)?, lat.get(row)?)))
            }
            _ => match self.values(batch)? {
                Values::Bool(values) => values,
                _ => return Err(mismatch()),
            },
        })
    }

    fn floats(&self, batch: &RecordBatch) -> Result<Numbers<f64>> {
        match self.values(batch)? {
            Values::Float(numbers) => Ok(numbers),
            _ => Err(mismatch()),
        }
    }

    fn integers(&self, batch: &RecordBatch) -> Result<Numbers<i64>> {
        match self.values(batch)? {
            Values::Int(numbers) => Ok(numbers),
            _ => Err(mismatch()),
        }
    }

    fn times(&self, batch: &RecordBatch) -> Result<Numbers<i64>> {
        match self.values(batch)? {
            Values::Time(numbers) => Ok(numbers),
            _ => Err(mismatch()),
        }
    }

    fn texts(&self, batch: &RecordBatch) -> Result<Texts> {
        match self.values(batch)? {
            Values::Text(texts) => Ok(texts),
            _ => Err(mismatch()),
        }
    }
}

/// The compiler gives every operand the type that its operator takes, so this is met only where a
/// batch differs from the schema that it was compiled against.
fn mismatch() -> FilterError {
    FilterError::Column("the batch does not have the schema of the filter".to_owned())
}

fn floats4(nodes: &[Node; 4], batch: &RecordBatch) -> Result<[Numbers<f64>; 4]> {
    let [a, b, c, d] = nodes;
    Ok([a.floats(batch)?, b.floats(batch)?, c.floats(batch)?, d.floats(batch)?])
}

fn truths(rows: usize, f: impl Fn(usize) -> Option<bool>) -> BooleanArray {
    (0..rows).map(f).collect()
}

/// What is not in a list that holds NULL may still equal that NULL.
fn unknown_if_missing(found: BooleanArray, null: bool) -> Result<BooleanArray> {
    if !null {
        return Ok(found);
    }
    let unknown = BooleanArray::new_null(found.len());
    Ok(or_kleene(&found, &unknown)?)
}

fn is_null(values: &Values, rows: usize) -> BooleanBuffer {
    match values {
        Values::Bool(array) => values::is_null(array.nulls(), rows),
        Values::Int(numbers) | Values::Time(numbers) => numbers.is_null(rows),
        Values::Float(numbers) => numbers.is_null(rows),
        Values::Text(Texts::One(text)) => values::constant(text.is_none(), rows),
        Values::Text(Texts::Many(texts)) => values::is_null(texts.nulls(), rows),
    }
}

fn compare(op: BinaryOp, left: &Values, right: &Values, rows: usize) -> Result<BooleanArray> {
    fn by<T: Copy + PartialOrd + arrow::datatypes::ArrowNativeType>(
        op: BinaryOp,
        a: &Numbers<T>,
        b: &Numbers<T>,
        rows: usize,
    ) -> BooleanArray {
        match op {
            BinaryOp::Equal => a.compare(b, rows, |a, b| a == b),
            BinaryOp::NotEqual => a.compare(b, rows, |a, b| a != b),
            BinaryOp::Less => a.compare(b, rows, |a, b| a < b),
            BinaryOp::LessOrEqual => a.compare(b, rows, |a, b| a <= b),
            BinaryOp::Greater => a.compare(b, rows, |a, b| a > b),
            _ => a.compare(b, rows, |a, b| a >= b),
        }
    }
    Ok(match (left, right) {
        (Values::Int(a), Values::Int(b)) | (Values::Time(a), Values::Time(b)) => by(op, a, b, rows),
        (Values::Float(a), Values::Float(b)) => by(op, a, b, rows),
        (Values::Text(a), Values::Text(b)) => {
            let test = |a: &str, b: &str| match op {
                BinaryOp::Equal => a == b,
                BinaryOp::NotEqual => a != b,
                BinaryOp::Less => a < b,
                BinaryOp::LessOrEqual => a <= b,
                BinaryOp::Greater => a > b,
                _ => a >= b,
            };
            match b {
                Texts::One(Some(b)) => a.test(rows, |a| test(a, b)),
                b => truths(rows, |row| Some(test(a.get(row)?, b.get(row)?))),
            }
        }
        _ => return Err(mismatch()),
    })
}

fn to_text(values: Values, rows: usize) -> Result<Texts> {
    let texts: StringArray = match values {
        Values::Text(texts) => return Ok(texts),
        Values::Int(numbers) => (0..rows).map(|row| Some(numbers.get(row)?.to_string())).collect(),
        Values::Float(numbers) => {
            (0..rows).map(|row| Some(numbers.get(row)?.to_string())).collect()
        }
        Values::Bool(_) | Values::Time(_) => return Err(mismatch()),
    };
    Ok(Texts::Many(texts))
}

fn coalesce(kind: Kind, nodes: &[Node], batch: &RecordBatch) -> Result<Values> {
    let rows = batch.num_rows();
    fn first<T: arrow::datatypes::ArrowNativeType>(all: &[Numbers<T>], rows: usize) -> Numbers<T> {
        values::numbers(rows, |row| all.iter().find_map(|one| one.get(row)))
    }
    Ok(match kind {
        Kind::Float => {
            let all: Vec<_> = nodes.iter().map(|node| node.floats(batch)).collect::<Result<_>>()?;
            Values::Float(first(&all, rows))
        }
        Kind::Int => {
            let all: Vec<_> =
                nodes.iter().map(|node| node.integers(batch)).collect::<Result<_>>()?;
            Values::Int(first(&all, rows))
        }
        Kind::Time => {
            let all: Vec<_> = nodes.iter().map(|node| node.times(batch)).collect::<Result<_>>()?;
            Values::Time(first(&all, rows))
        }
        Kind::Text => {
            let all: Vec<_> = nodes.iter().map(|node| node.texts(batch)).collect::<Result<_>>()?;
            let texts = (0..rows).map(|row| all.iter().find_map(|one| one.get(row)));
            Values::Text(Texts::Many(texts.collect()))
        }
        Kind::Bool | Kind::Null | Kind::Interval => {
            let all: Vec<_> =
                nodes.iter().map(|node| node.condition(batch)).collect::<Result<_>>()?;
            Values::Bool(truths(rows, |row| {
                all.iter().find_map(|one| one.is_valid(row).then(|| one.value(row)))
            }))
        }
    })
}

/// The kind of a column, if it is one that can be computed with.
pub(super) fn kind_of(data_type: &DataType) -> Option<Kind> {
    Some(match data_type {
        DataType::Boolean => Kind::Bool,
        DataType::Float32 | DataType::Float64 => Kind::Float,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Text,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Kind::Time,
        data_type if data_type.is_integer() => Kind::Int,
        _ => return None,
    })
}

fn read(array: &dyn Array, kind: Kind, name: impl Fn() -> String) -> Result<Values> {
    if kind_of(array.data_type()) != Some(kind) {
        return Err(mismatch());
    }
    let nulls = array.nulls().cloned();
    let many = |values: ScalarBuffer<i64>| Numbers::Many(values, array.nulls().cloned());
    /// The values of a primitive array, each through a function.
    macro_rules! each {
        ($type:ty, $f:expr) => {
            array.as_primitive::<$type>().values().iter().map($f).collect()
        };
    }
    Ok(match array.data_type() {
        DataType::Boolean => Values::Bool(array.as_boolean().clone()),
        DataType::Float64 => {
            Values::Float(without_nan(array.as_primitive::<Float64Type>().values().clone(), nulls))
        }
        DataType::Float32 => {
            Values::Float(without_nan(each!(Float32Type, |v| f64::from(*v)), nulls))
        }
        DataType::Int8 => Values::Int(many(each!(Int8Type, |v| i64::from(*v)))),
        DataType::Int16 => Values::Int(many(each!(Int16Type, |v| i64::from(*v)))),
        DataType::Int32 => Values::Int(many(each!(Int32Type, |v| i64::from(*v)))),
        DataType::Int64 => Values::Int(many(array.as_primitive::<Int64Type>().values().clone())),
        DataType::UInt8 => Values::Int(many(each!(UInt8Type, |v| i64::from(*v)))),
        DataType::UInt16 => Values::Int(many(each!(UInt16Type, |v| i64::from(*v)))),
        DataType::UInt32 => Values::Int(many(each!(UInt32Type, |v| i64::from(*v)))),
        DataType::UInt64 => {
            let values = array.as_primitive::<UInt64Type>();
            if values.iter().flatten().any(|value| i64::try_from(value).is_err()) {
                let name = name();
                return Err(FilterError::Column(format!(
                    "{name}: an integer of 64 bits and no sign"
                )));
            }
            Values::Int(many(each!(UInt64Type, |v| *v as i64)))
        }
        DataType::Utf8 => Values::Text(Texts::Many(array.as_string::<i32>().clone())),
        DataType::LargeUtf8 => Values::Text(Texts::Many(array.as_string::<i64>().iter().collect())),
        DataType::Utf8View => Values::Text(Texts::Many(array.as_string_view().iter().collect())),
        DataType::Date32 => {
            Values::Time(many(each!(Date32Type, |v| i64::from(*v) * 86_400_000_000)))
        }
        DataType::Date64 => Values::Time(many(each!(Date64Type, |v| v.saturating_mul(1000)))),
        DataType::Timestamp(TimeUnit::Second, _) => {
            Values::Time(many(each!(TimestampSecondType, |v| v.saturating_mul(1_000_000))))
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            Values::Time(many(each!(TimestampMillisecondType, |v| v.saturating_mul(1000))))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            Values::Time(many(values.values().clone()))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            Values::Time(many(each!(TimestampNanosecondType, |v| v.div_euclid(1000))))
        }
        _ => return Err(mismatch()),
    })
}
