//! Modules in an interpreter, without anything from outside and within limits of instructions,
//! memory and time.
//!
//! Instructions are counted as fuel: a call may burn a constant and an amount for each value. The
//! interpreter stops every few milliseconds of work, so that a query that was given up ends soon,
//! whatever its functions do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tenkyu_wire::functions::FunctionMeta;
use wasmi::{
    Config, EnforcedLimits, Engine, ExternType, Func, Memory, ResourceLimiter, ResumableCall,
    Store, TrapCode, Val, ValType,
};
use wasmi_core::LimiterError;

use crate::{Export, Instance, Machine, UdfError, describe, instance};

/// What modules may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Limits {
    /// Bytes of a module.
    pub module_bytes: u64,
    /// Bytes of memory of one running instance.
    pub memory_bytes: u64,
    /// Instructions of any call.
    pub fuel: u64,
    /// Instructions on top, for each value that the call is about.
    pub fuel_per_value: u64,
}

impl Default for Limits {
    /// 4 MiB of module, 128 MiB of memory, 10⁹ instructions a call and 10⁶ a value.
    fn default() -> Self {
        Limits {
            module_bytes: 4 << 20,
            memory_bytes: 128 << 20,
            fuel: 1_000_000_000,
            fuel_per_value: 1_000_000,
        }
    }
}

/// Memory that all running instances share.
#[derive(Debug)]
pub struct Pool {
    limit: u64,
    used: AtomicU64,
}

impl Pool {
    /// A pool of so many bytes.
    pub fn new(limit: u64) -> Arc<Pool> {
        Arc::new(Pool { limit, used: AtomicU64::new(0) })
    }

    /// Bytes that are taken.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: u64) -> bool {
        let more = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.limit);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    fn give(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Tells whether nobody waits for the answer any more.
pub type Stop = Arc<dyn Fn() -> bool + Send + Sync>;

/// Instructions between two looks at [`Stop`]: some 10 ms.
const SLICE: u64 = 5_000_000;

/// Instructions that reading a description may take, and starting an instance.
const FUEL_TO_START: u64 = 50_000_000;

/// Bytes of a description, at most.
const LONGEST: u32 = 256 << 10;

/// A module that was checked, ready to be started. Cheap to clone.
#[derive(Clone)]
pub struct Module {
    inner: Arc<Inner>,
}

struct Inner {
    // Each module has an engine of its own: an engine keeps the code of every module it compiled.
    engine: Engine,
    module: wasmi::Module,
    /// As it was uploaded, for other machines.
    bytes: Vec<u8>,
    functions: Vec<FunctionMeta>,
    limits: Limits,
    pool: Arc<Pool>,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("functions", &self.inner.functions).finish_non_exhaustive()
    }
}

impl Module {
    /// Reads a module and checks that it keeps the rules of the interface.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn read(bytes: &[u8], limits: Limits, pool: &Arc<Pool>) -> Result<Module, UdfError> {
        if bytes.len() as u64 > limits.module_bytes {
            return Err(UdfError::TooLarge { limit: limits.module_bytes });
        }
        if !bytes.starts_with(b"\0asm") {
            return Err(UdfError::NotModule);
        }
        let engine = Engine::new(&config());
        let module = wasmi::Module::new(&engine, bytes)
            .map_err(|error| UdfError::NotWasm(error.to_string()))?;
        if let Some(import) = module.imports().next() {
            let name: String = format!("{}.{}", import.module(), import.name());
            return Err(UdfError::Import(name.chars().take(100).collect()));
        }
        if !matches!(module.get_export("memory"), Some(ExternType::Memory(_))) {
            return Err(UdfError::Export("memory".to_owned()));
        }
        Export::ALWAYS.into_iter().try_for_each(|export| exports(&module, export))?;
        let (bytes, functions, pool) = (bytes.to_vec(), Vec::new(), pool.clone());
        let inner = Inner { engine, module, bytes, functions, limits, pool };
        let unnamed = Module { inner: Arc::new(inner) };
        let functions = unnamed.describe()?;
        let aggregates = functions.iter().any(FunctionMeta::is_aggregate);
        if !functions.iter().all(FunctionMeta::is_aggregate) {
            exports(&unnamed.inner.module, Export::Call)?;
        }
        if aggregates {
            let module = &unnamed.inner.module;
            Export::OF_AGGREGATES.into_iter().try_for_each(|export| exports(module, export))?;
        }
        match Arc::try_unwrap(unnamed.inner) {
            Ok(inner) => Ok(Module { inner: Arc::new(Inner { functions, ..inner }) }),
            Err(_) => Err(UdfError::NotWasm("it is in use".to_owned())),
        }
    }

    /// The functions in it, as it describes them.
    pub fn functions(&self) -> &[FunctionMeta] {
        &self.inner.functions
    }

    /// The module as it was read.
    pub fn bytes(&self) -> &[u8] {
        &self.inner.bytes
    }

    /// What it may use.
    pub fn limits(&self) -> Limits {
        self.inner.limits
    }

    /// Starts an instance for the function called `name`, which ends soon after `stop` says so.
    ///
    /// # Errors
    /// [`UdfError::Export`] where there is none; the limits.
    pub fn start(&self, name: &str, stop: Stop) -> Result<Instance<Sandbox>, UdfError> {
        let found = self.inner.functions.iter().enumerate().find(|(_, one)| one.is(name));
        let (index, function) = found.ok_or_else(|| UdfError::Export(name.to_owned()))?;
        let machine = Sandbox::new(&self.inner, &function.name, stop)?;
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        Ok(Instance::new(machine, function.clone(), index))
    }

    fn describe(&self) -> Result<Vec<FunctionMeta>, UdfError> {
        let wrong = |error: UdfError| match error {
            // No fault of the module.
            UdfError::Pool { .. } => error,
            error => UdfError::Description(error.to_string()),
        };
        let mut machine =
            Sandbox::new(&self.inner, "tenkyu_describe", Arc::new(|| false)).map_err(wrong)?;
        let fuel = FUEL_TO_START;
        let address = machine.run(Export::Describe, &[], fuel).map_err(wrong)?;
        let json = instance::span(&machine, address, LONGEST);
        describe(&json.map_err(UdfError::Description)?.unwrap_or_default())
    }
}

fn trap(function: &str, error: &wasmi::Error) -> UdfError {
    UdfError::Trap { function: function.to_owned(), reason: error.to_string() }
}

/// What every browser takes, and no more: a module that is accepted here runs there too.
fn config() -> Config {
    let mut config = Config::default();
    config
        .consume_fuel(true)
        .wasm_multi_memory(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .ignore_custom_sections(true)
        .enforced_limits(EnforcedLimits::strict());
    config
}

fn exports(module: &wasmi::Module, export: Export) -> Result<(), UdfError> {
    let fits = match module.get_export(export.name()) {
        Some(ExternType::Func(kind)) => {
            kind.params().len() == export.parameters()
                && kind.results().len() == export.results()
                && kind.params().iter().chain(kind.results()).all(|one| *one == ValType::I32)
        }
        _ => false,
    };
    let list = |count: usize| vec!["i32"; count].join(", ");
    let signature = || {
        let (name, takes, gives) = (export.name(), export.parameters(), export.results());
        format!("{name}({}) -> ({})", list(takes), list(gives))
    };
    if fits { Ok(()) } else { Err(UdfError::Export(signature())) }
}

/// A running module.
pub struct Sandbox {
    store: Store<Meter>,
    instance: wasmi::Instance,
    memory: Memory,
    function: String,
    limits: Limits,
    stop: Stop,
}

/// Counts the memory of an instance.
struct Meter {
    pool: Arc<Pool>,
    limit: u64,
    taken: u64,
    refused: Option<Refused>,
}

/// Why more memory was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    /// An instance has no more.
    Limit,
    /// All instances together have no more.
    Pool,
}

impl Meter {
    fn error(&self, function: &str) -> UdfError {
        let function = function.to_owned();
        match self.refused {
            Some(Refused::Pool) => UdfError::Pool { function },
            _ => UdfError::Memory { function, limit: self.limit },
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.pool.give(self.taken);
    }
}

/// Elements of a table of functions, at most.
const TABLE_ELEMENTS: usize = 100_000;

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        let more = desired.saturating_sub(current) as u64;
        self.refused = match desired as u64 <= self.limit {
            false => Some(Refused::Limit),
            true if self.pool.take(more) => None,
            true => Some(Refused::Pool),
        };
        if self.refused.is_none() {
            self.taken += more;
        }
        Ok(self.refused.is_none())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        Ok(desired <= TABLE_ELEMENTS)
    }

    fn instances(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        10
    }

    fn memories(&self) -> usize {
        1
    }
}

impl Sandbox {
    fn new(module: &Inner, function: &str, stop: Stop) -> Result<Sandbox, UdfError> {
        let (limit, pool) = (module.limits.memory_bytes, module.pool.clone());
        let mut store = Store::new(&module.engine, Meter { pool, limit, taken: 0, refused: None });
        store.limiter(|meter| meter);
        let started = store
            .set_fuel(FUEL_TO_START)
            .and_then(|()| wasmi::Instance::new(&mut store, &module.module, &[]));
        let instance = started.map_err(|error| match store.data().refused {
            Some(_) => store.data().error(function),
            None => trap(function, &error),
        })?;
        let memory = instance.get_memory(&store, "memory");
        let memory = memory.ok_or_else(|| UdfError::Export("memory".to_owned()))?;
        let function = function.to_owned();
        Ok(Sandbox { store, instance, memory, function, limits: module.limits, stop })
    }

    /// Calls an export for at most so many instructions, slice by slice.
    fn run(&mut self, export: Export, arguments: &[u32], fuel: u64) -> Result<u32, UdfError> {
        let missing = || UdfError::Export(export.name().to_owned());
        let called = self.instance.get_func(&self.store, export.name()).ok_or_else(missing)?;
        let arguments: Vec<Val> =
            arguments.iter().map(|number| Val::I32(number.cast_signed())).collect();
        let mut results = [Val::I32(0)];
        let results = results.get_mut(..export.results()).unwrap_or_default();
        let slices = self.slices(called, &arguments, results, fuel);
        if let Err(error) = slices {
            return Err(self.explained(error, fuel));
        }
        match results.first() {
            Some(Val::I32(number)) => Ok(number.cast_unsigned()),
            _ => Ok(0),
        }
    }

    fn slices(
        &mut self,
        called: Func,
        arguments: &[Val],
        results: &mut [Val],
        fuel: u64,
    ) -> Result<(), Ended> {
        let mut left = fuel.saturating_sub(SLICE);
        self.store.set_fuel(fuel.min(SLICE))?;
        let mut state = called.call_resumable(&mut self.store, arguments, results)?;
        loop {
            let ResumableCall::OutOfFuel(call) = state else { return Ok(()) };
            if (self.stop)() {
                return Err(Ended::Stopped);
            }
            // A single instruction on much memory can need more than a slice.
            let slice = SLICE.max(call.required_fuel());
            if left < call.required_fuel() {
                return Err(Ended::Fuel);
            }
            self.store.set_fuel(slice.min(left))?;
            left = left.saturating_sub(slice);
            state = call.resume(&mut self.store, results)?;
        }
    }

    fn explained(&self, ended: Ended, limit: u64) -> UdfError {
        let function = self.function.clone();
        match ended {
            Ended::Stopped => UdfError::Stopped,
            Ended::Fuel => UdfError::Fuel { function, limit },
            // Allocators stop the program where memory ends.
            Ended::Error(_) if self.store.data().refused.is_some() => self.no_memory(),
            Ended::Error(error) => match error.as_trap_code() {
                Some(TrapCode::OutOfFuel) => UdfError::Fuel { function, limit },
                _ => trap(&self.function, &error),
            },
        }
    }

    /// Bytes of memory that it has.
    pub fn memory_bytes(&self) -> u64 {
        self.store.data().taken
    }
}

/// Why a call came to no end of its own.
enum Ended {
    Stopped,
    Fuel,
    Error(wasmi::Error),
}

impl From<wasmi::Error> for Ended {
    fn from(error: wasmi::Error) -> Self {
        Ended::Error(error)
    }
}

impl Machine for Sandbox {
    fn call(&mut self, export: Export, arguments: &[u32], work: u64) -> Result<u32, UdfError> {
        let Limits { fuel, fuel_per_value, .. } = self.limits;
        self.run(export, arguments, fuel.saturating_add(fuel_per_value.saturating_mul(work)))
    }

    fn read(&self, address: u32, bytes: u32) -> Option<Vec<u8>> {
        let start = usize::try_from(address).ok()?;
        let end = start.checked_add(usize::try_from(bytes).ok()?)?;
        self.memory.data(&self.store).get(start..end).map(<[u8]>::to_vec)
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> bool {
        let Ok(start) = usize::try_from(address) else { return false };
        let Some(end) = start.checked_add(bytes.len()) else { return false };
        let place = self.memory.data_mut(&mut self.store).get_mut(start..end);
        place.is_some_and(|place| {
            place.copy_from_slice(bytes);
            true
        })
    }

    fn no_memory(&self) -> UdfError {
        self.store.data().error(&self.function)
    }
}
