//! One column: its VOTable type, and Arrow values from cells in any serialisation.

use std::sync::Arc;

use arrow::{
    array::{
        ArrayRef, BooleanBuilder, FixedSizeListArray, Float32Builder, Float64Builder, Int16Builder,
        Int32Builder, Int64Builder, ListArray, StringBuilder, UInt8Builder,
    },
    buffer::{NullBuffer, OffsetBuffer},
    datatypes::{DataType, Field},
    error::ArrowError,
};
use tenkyu_wire::tables::{ArraySize, ColumnMeta, Datatype, Kind};

use crate::meta;

/// Element types of VOTable 1.4 §2.1 as they are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Primitive {
    Boolean,
    Bit,
    UnsignedByte,
    Short,
    Int,
    Long,
    Char,
    UnicodeChar,
    Float,
    Double,
    /// Two floats a value.
    FloatComplex,
    /// Two doubles a value.
    DoubleComplex,
}

/// A FIELD.
#[derive(Clone, Debug)]
pub struct Column {
    /// What it says of itself, with the type in which it is kept.
    pub meta: ColumnMeta,
    /// How its elements are encoded.
    pub primitive: Primitive,
    /// Encoded elements of a cell; `None` for any number.
    pub elements: Option<usize>,
    /// The integer that stands for null.
    pub null: Option<i64>,
}

impl Column {
    /// A column from the attributes of its FIELD.
    pub fn new(mut meta: ColumnMeta, datatype: &str, arraysize: &str) -> Result<Self, String> {
        let primitive = match datatype {
            "boolean" => Primitive::Boolean,
            "bit" => Primitive::Bit,
            "unsignedByte" => Primitive::UnsignedByte,
            "short" => Primitive::Short,
            "int" => Primitive::Int,
            "long" => Primitive::Long,
            "char" => Primitive::Char,
            "unicodeChar" => Primitive::UnicodeChar,
            "float" => Primitive::Float,
            "double" => Primitive::Double,
            "floatComplex" => Primitive::FloatComplex,
            "doubleComplex" => Primitive::DoubleComplex,
            other => return Err(format!("FIELD {}: unknown datatype {other:?}", meta.name)),
        };
        let elements = elements(arraysize)
            .ok_or_else(|| format!("FIELD {}: bad arraysize {arraysize:?}", meta.name))?;
        let is_complex = matches!(primitive, Primitive::FloatComplex | Primitive::DoubleComplex);
        let is_scalar = matches!(arraysize.trim(), "" | "1") && !is_complex;
        let parts = if is_complex { 2 } else { 1 };
        meta.datatype = Datatype {
            kind: primitive.kind(),
            size: match elements {
                _ if primitive.kind() == Kind::Char => ArraySize::Variable,
                _ if is_scalar => ArraySize::Scalar,
                Some(n) => u32::try_from(n * parts).map_or(ArraySize::Variable, ArraySize::Fixed),
                None => ArraySize::Variable,
            },
        };
        Ok(Self { meta, primitive, elements, null: None })
    }

    /// The Arrow field.
    pub fn field(&self) -> Field {
        meta::field_of(&self.meta)
    }
}

impl Primitive {
    fn kind(self) -> Kind {
        match self {
            Self::Boolean | Self::Bit => Kind::Boolean,
            Self::UnsignedByte => Kind::UnsignedByte,
            Self::Short => Kind::Short,
            Self::Int => Kind::Int,
            Self::Long => Kind::Long,
            Self::Char | Self::UnicodeChar => Kind::Char,
            Self::Float | Self::FloatComplex => Kind::Float,
            Self::Double | Self::DoubleComplex => Kind::Double,
        }
    }
}

/// `n`, `n*`, `*`, `nxm`, …: how many elements, `None` inside for any number. `None` if the text
/// is none of these, or a cell would be larger than 2²⁴ elements.
fn elements(arraysize: &str) -> Option<Option<usize>> {
    let text = arraysize.trim();
    if text.is_empty() {
        return Some(Some(1));
    }
    if text.ends_with('*') {
        return Some(None);
    }
    let mut product = 1usize;
    for part in text.split('x') {
        product = product.checked_mul(part.trim().parse().ok()?)?;
    }
    (product <= 1 << 24).then_some(Some(product))
}

/// An element of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Element {
    /// No value.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// An integer of any width.
    Integer(i64),
    /// A float of any width.
    Float(f64),
}

enum Values {
    Boolean(BooleanBuilder),
    UnsignedByte(UInt8Builder),
    Short(Int16Builder),
    Int(Int32Builder),
    Long(Int64Builder),
    Float(Float32Builder),
    Double(Float64Builder),
    Text(StringBuilder),
}

/// Collects the cells of a column.
pub struct CellBuilder {
    values: Values,
    size: ArraySize,
    lengths: Vec<usize>,
    valid: Vec<bool>,
}

impl CellBuilder {
    /// A builder for a column.
    pub fn new(column: &Column) -> Self {
        let Datatype { kind, size } = column.meta.datatype;
        let values = match kind {
            Kind::Boolean => Values::Boolean(BooleanBuilder::new()),
            Kind::UnsignedByte => Values::UnsignedByte(UInt8Builder::new()),
            Kind::Short => Values::Short(Int16Builder::new()),
            Kind::Int => Values::Int(Int32Builder::new()),
            Kind::Long => Values::Long(Int64Builder::new()),
            Kind::Float => Values::Float(Float32Builder::new()),
            Kind::Double => Values::Double(Float64Builder::new()),
            Kind::Char => Values::Text(StringBuilder::new()),
        };
        Self { values, size, lengths: Vec::new(), valid: Vec::new() }
    }

    /// Appends a text cell; empty text is how VOTable writes a null string.
    pub fn text(&mut self, text: &str) {
        if let Values::Text(builder) = &mut self.values {
            builder.append_option(Some(text).filter(|t| !t.is_empty()));
        }
    }

    /// Appends a null cell.
    pub fn null(&mut self) -> Result<(), String> {
        match self.size {
            ArraySize::Scalar => self.element(Element::Null)?,
            ArraySize::Fixed(n) => {
                (0..n).try_for_each(|_| self.element(Element::Null))?;
                self.valid.push(false);
            }
            ArraySize::Variable if matches!(self.values, Values::Text(_)) => self.text(""),
            ArraySize::Variable => {
                self.lengths.push(0);
                self.valid.push(false);
            }
        }
        Ok(())
    }

    /// Appends a cell of numbers or truth values.
    pub fn cell(&mut self, elements: &[Element]) -> Result<(), String> {
        match self.size {
            ArraySize::Scalar => match elements {
                [one] => return self.element(*one),
                [] => return self.element(Element::Null),
                more => return Err(format!("{} values in a cell for one", more.len())),
            },
            ArraySize::Fixed(n) => {
                if elements.is_empty() {
                    return self.null();
                }
                if usize::try_from(n) != Ok(elements.len()) {
                    return Err(format!("{} values in a cell for {n}", elements.len()));
                }
            }
            ArraySize::Variable => self.lengths.push(elements.len()),
        }
        self.valid.push(true);
        elements.iter().try_for_each(|e| self.element(*e))
    }

    fn element(&mut self, element: Element) -> Result<(), String> {
        let integer = |what: &str| match element {
            Element::Null => Ok(None),
            Element::Integer(v) => Ok(Some(v)),
            other => Err(format!("{other:?} is no {what}")),
        };
        let fits = |v: Option<i64>, what: &str| format!("{} is no {what}", v.unwrap_or_default());
        match &mut self.values {
            Values::Boolean(b) => b.append_option(match element {
                Element::Null => None,
                Element::Boolean(v) => Some(v),
                Element::Integer(v) => Some(v != 0),
                Element::Float(v) => return Err(format!("{v} is no boolean")),
            }),
            Values::UnsignedByte(b) => {
                let v = integer("unsignedByte")?;
                let narrow = v.map(u8::try_from).transpose();
                b.append_option(narrow.map_err(|_| fits(v, "unsignedByte"))?);
            }
            Values::Short(b) => {
                let v = integer("short")?;
                let narrow = v.map(i16::try_from).transpose();
                b.append_option(narrow.map_err(|_| fits(v, "short"))?);
            }
            Values::Int(b) => {
                let v = integer("int")?;
                let narrow = v.map(i32::try_from).transpose();
                b.append_option(narrow.map_err(|_| fits(v, "int"))?);
            }
            Values::Long(b) => b.append_option(integer("long")?),
            #[allow(clippy::cast_possible_truncation)] // the file's own precision
            Values::Float(b) => b.append_option(float(element).map(|v| v as f32)),
            Values::Double(b) => b.append_option(float(element)),
            Values::Text(_) => return Err("a number in a text column".to_owned()),
        }
        Ok(())
    }

    /// The column so far; the builder starts anew.
    pub fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let values: ArrayRef = match &mut self.values {
            Values::Boolean(b) => Arc::new(b.finish()),
            Values::UnsignedByte(b) => Arc::new(b.finish()),
            Values::Short(b) => Arc::new(b.finish()),
            Values::Int(b) => Arc::new(b.finish()),
            Values::Long(b) => Arc::new(b.finish()),
            Values::Float(b) => Arc::new(b.finish()),
            Values::Double(b) => Arc::new(b.finish()),
            Values::Text(b) => return Ok(Arc::new(b.finish())),
        };
        let nulls = NullBuffer::from(std::mem::take(&mut self.valid));
        let lengths = std::mem::take(&mut self.lengths);
        let item = |t: &DataType| Arc::new(Field::new("item", t.clone(), true));
        Ok(match self.size {
            ArraySize::Scalar => values,
            ArraySize::Fixed(n) => {
                let size = i32::try_from(n).unwrap_or(i32::MAX);
                let field = item(values.data_type());
                Arc::new(FixedSizeListArray::try_new(field, size, values, Some(nulls))?)
            }
            ArraySize::Variable => {
                let offsets = OffsetBuffer::from_lengths(lengths);
                let field = item(values.data_type());
                Arc::new(ListArray::try_new(field, offsets, values, Some(nulls))?)
            }
        })
    }
}

#[allow(clippy::cast_precision_loss)] // an integer literal in a float column
fn float(element: Element) -> Option<f64> {
    match element {
        Element::Null => None,
        Element::Boolean(v) => Some(f64::from(u8::from(v))),
        Element::Integer(v) => Some(v as f64),
        Element::Float(v) => Some(v),
    }
}
