//! Calls of one function on columns.

use arrow::array::{Array, ArrayRef, BinaryArray};
use tenkyu_wire::functions::FunctionMeta;

use crate::{
    UdfError, arrow_type,
    columns::{self, Block},
};

/// What a module exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// `tenkyu_describe() -> span`
    Describe,
    /// `tenkyu_alloc(bytes) -> address`
    Alloc,
    /// `tenkyu_free(address, bytes)`
    Free,
    /// `tenkyu_error() -> span`
    Error,
    /// `tenkyu_call(function, rows, columns) -> column`
    Call,
    /// `tenkyu_update(function, rows, columns, groups, count) -> status`
    Update,
    /// `tenkyu_merge(function, rows, columns, groups, count) -> status`
    Merge,
    /// `tenkyu_states(function, first) -> column`
    States,
    /// `tenkyu_finish(function, first) -> column`
    Finish,
}

impl Export {
    /// Needed in every module.
    pub const ALWAYS: [Export; 4] = [Export::Describe, Export::Alloc, Export::Free, Export::Error];
    /// Needed where there is an aggregate.
    pub const OF_AGGREGATES: [Export; 4] =
        [Export::Update, Export::Merge, Export::States, Export::Finish];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Export::Describe => "tenkyu_describe",
            Export::Alloc => "tenkyu_alloc",
            Export::Free => "tenkyu_free",
            Export::Error => "tenkyu_error",
            Export::Call => "tenkyu_call",
            Export::Update => "tenkyu_update",
            Export::Merge => "tenkyu_merge",
            Export::States => "tenkyu_states",
            Export::Finish => "tenkyu_finish",
        }
    }

    /// How many `i32` it takes.
    pub const fn parameters(self) -> usize {
        match self {
            Export::Describe | Export::Error => 0,
            Export::Alloc => 1,
            Export::Free | Export::States | Export::Finish => 2,
            Export::Call => 3,
            Export::Update | Export::Merge => 5,
        }
    }

    /// How many `i32` it gives.
    pub const fn results(self) -> usize {
        match self {
            Export::Free => 0,
            _ => 1,
        }
    }
}

/// A running module: memory and calls.
pub trait Machine {
    /// Calls an export; what has no result gives 0. `work` is how many values the call is about,
    /// for limits in proportion.
    ///
    /// # Errors
    /// [`UdfError::Trap`] and the limits of the machine.
    fn call(&mut self, export: Export, arguments: &[u32], work: u64) -> Result<u32, UdfError>;

    /// Bytes of the memory; `None` where some lie outside.
    fn read(&self, address: u32, bytes: u32) -> Option<Vec<u8>>;

    /// Writes into the memory; `false` where some bytes would lie outside.
    fn write(&mut self, address: u32, bytes: &[u8]) -> bool;

    /// Why there is no more memory.
    fn no_memory(&self) -> UdfError;
}

/// One function of a running module. An instance whose call failed is of no further use.
pub struct Instance<M> {
    machine: M,
    function: FunctionMeta,
    index: u32,
    /// Values that were taken in, for the limits of what is made of them.
    taken: u64,
}

impl<M: Machine> Instance<M> {
    /// The function at `index` of the module's description.
    pub fn new(machine: M, function: FunctionMeta, index: u32) -> Instance<M> {
        Instance { machine, function, index, taken: 0 }
    }

    /// The machine it runs on.
    pub fn machine(&self) -> &M {
        &self.machine
    }

    /// Values of a scalar function, one a row. `columns` are of the [`arrow_type`]s of the
    /// arguments and equally long.
    ///
    /// # Errors
    /// Whatever the function does wrong.
    pub fn call(&mut self, columns: &[ArrayRef]) -> Result<ArrayRef, UdfError> {
        let rows = self.rows(columns)?;
        let kind = self.function.returns.kind;
        if rows == 0 {
            return Ok(arrow::array::new_empty_array(&arrow_type(kind)));
        }
        let mut block = Block::default();
        let place = self.arguments(&mut block, columns)?;
        let values = self.with(block, |own, base| {
            let arguments = [own.index, rows, base.wrapping_add(place)];
            own.machine.call(Export::Call, &arguments, u64::from(rows))
        })?;
        if values == 0 {
            return Err(self.refused()?);
        }
        columns::read(&self.machine, values, kind, rows).map_err(|why| self.garbage(why))
    }

    /// Takes rows into groups of an aggregate. `groups` has a number below `count` for each row.
    ///
    /// # Errors
    /// Whatever the function does wrong.
    pub fn update(
        &mut self,
        columns: &[ArrayRef],
        groups: &[u32],
        count: u32,
    ) -> Result<(), UdfError> {
        let rows = self.rows(columns)?;
        self.take(Export::Update, columns, rows, groups, count, u64::from(rows))
    }

    /// Takes states of other instances into groups.
    ///
    /// # Errors
    /// Whatever the function does wrong.
    pub fn merge(
        &mut self,
        states: &BinaryArray,
        groups: &[u32],
        count: u32,
    ) -> Result<(), UdfError> {
        let rows = u32::try_from(states.len()).map_err(|_| self.too_much())?;
        // A state stands for as many values as it may hold numbers.
        let work = u64::from(rows) + states.value_data().len() as u64 / 8;
        let states: ArrayRef = std::sync::Arc::new(states.clone());
        self.take(Export::Merge, &[states], rows, groups, count, work)
    }

    fn take(
        &mut self,
        export: Export,
        columns: &[ArrayRef],
        rows: u32,
        groups: &[u32],
        count: u32,
        work: u64,
    ) -> Result<(), UdfError> {
        if usize::try_from(rows) != Ok(groups.len()) || groups.iter().any(|group| *group >= count) {
            return Err(self.garbage("groups do not fit the rows"));
        }
        if rows == 0 {
            return Ok(());
        }
        self.taken = self.taken.saturating_add(work);
        let mut block = Block::default();
        let place = self.arguments(&mut block, columns)?;
        let groups = block.numbers(groups);
        let status = self.with(block, |own, base| {
            let at = |place: u32| base.wrapping_add(place);
            let arguments = [own.index, rows, at(place), at(groups), count];
            own.machine.call(export, &arguments, work)
        })?;
        if status == 0 { Ok(()) } else { Err(self.refused()?) }
    }

    /// Takes the first groups out, as states. There are at least as many.
    ///
    /// # Errors
    /// Whatever the function does wrong.
    pub fn states(&mut self, first: u32) -> Result<BinaryArray, UdfError> {
        if first == 0 {
            return Ok(BinaryArray::from_iter_values(std::iter::empty::<&[u8]>()));
        }
        let states = self.machine.call(Export::States, &[self.index, first], self.taken)?;
        if states == 0 {
            return Err(self.refused()?);
        }
        columns::read_states(&self.machine, states, first).map_err(|why| self.garbage(why))
    }

    /// Takes the first groups out, as values. There are at least as many.
    ///
    /// # Errors
    /// Whatever the function does wrong.
    pub fn finish(&mut self, first: u32) -> Result<ArrayRef, UdfError> {
        let kind = self.function.returns.kind;
        if first == 0 {
            return Ok(arrow::array::new_empty_array(&arrow_type(kind)));
        }
        let values = self.machine.call(Export::Finish, &[self.index, first], self.taken)?;
        if values == 0 {
            return Err(self.refused()?);
        }
        columns::read(&self.machine, values, kind, first).map_err(|why| self.garbage(why))
    }

    /// Puts a block into the memory for the time of a call.
    fn with(
        &mut self,
        block: Block,
        call: impl FnOnce(&mut Self, u32) -> Result<u32, UdfError>,
    ) -> Result<u32, UdfError> {
        let length = block.len().ok_or_else(|| self.too_much())?;
        let base = self.machine.call(Export::Alloc, &[length], 0)?;
        if base == 0 {
            return Err(self.too_much());
        }
        if base % 8 != 0 || !self.machine.write(base, &block.placed(base)) {
            return Err(self.garbage(format!("tenkyu_alloc gave {base} for {length} bytes")));
        }
        let result = call(self, base)?;
        self.machine.call(Export::Free, &[base, length], 0)?;
        Ok(result)
    }

    fn arguments(&self, block: &mut Block, columns: &[ArrayRef]) -> Result<u32, UdfError> {
        block.columns(columns).ok_or_else(|| self.garbage("an argument of another type"))
    }

    /// The rows of equally long columns.
    fn rows(&self, columns: &[ArrayRef]) -> Result<u32, UdfError> {
        let wanted = &self.function.arguments;
        let rows = columns.first().map_or(0, Array::len);
        let fit = columns.iter().zip(wanted).all(|(column, argument)| {
            column.len() == rows && *column.data_type() == arrow_type(argument.kind)
        });
        if !fit || columns.len() != wanted.len() {
            return Err(self.garbage("arguments do not fit the signature"));
        }
        u32::try_from(rows).map_err(|_| self.too_much())
    }

    /// Why a call gave nothing, in the function's own words.
    fn refused(&mut self) -> Result<UdfError, UdfError> {
        let words = self.machine.call(Export::Error, &[], 0)?;
        let text = match words {
            0 => None,
            at => span(&self.machine, at, LONGEST_WORDS).map_err(|why| self.garbage(why))?,
        };
        let reason = text.map(|text| String::from_utf8_lossy(&text).into_owned());
        let reason = reason.unwrap_or_else(|| "without saying why".to_owned());
        Ok(UdfError::Refused { function: self.function.name.clone(), reason })
    }

    fn garbage(&self, reason: impl Into<String>) -> UdfError {
        UdfError::garbage(&self.function.name, reason)
    }

    fn too_much(&self) -> UdfError {
        self.machine.no_memory()
    }
}

/// Bytes of a function's own words that are read.
const LONGEST_WORDS: u32 = 2000;

/// The bytes of a span, at most `limit` of them; `None` where there are none.
pub(crate) fn span(
    machine: &impl Machine,
    address: u32,
    limit: u32,
) -> Result<Option<Vec<u8>>, String> {
    let outside = || format!("what lies at {address} is outside of its memory");
    let parts = columns::words(&machine.read(address, 8).ok_or_else(outside)?);
    match parts.as_slice() {
        [_, 0] => Ok(None),
        [at, length] => Ok(Some(machine.read(*at, (*length).min(limit)).ok_or_else(outside)?)),
        _ => Err(outside()),
    }
}
