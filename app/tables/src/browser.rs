//! Users' own functions in the browser's WebAssembly: the same modules as on the server.
//!
//! A module imports nothing, so it reaches nothing; it runs in the worker, where it holds up no
//! more than the table.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use js_sys::{Array, Function, Object, Reflect, Uint8Array, WebAssembly};
use tenkyu_adql::filter::OwnFunction;
use tenkyu_udf::{Export, Instance, Machine, UdfError};
use tenkyu_wire::functions::{FunctionMeta, ModuleMeta};
use wasm_bindgen::{JsCast, JsValue};

/// The functions of a module that the service has described.
///
/// # Errors
/// A description that is none.
pub(crate) fn functions(
    module: &WebAssembly::Module,
    meta: &str,
) -> serde_json::Result<Vec<OwnFunction>> {
    let meta: ModuleMeta = serde_json::from_str(meta)?;
    let one = |(index, meta): (usize, FunctionMeta)| own_function(module.clone(), meta, index);
    Ok(meta.functions.into_iter().enumerate().map(one).collect())
}

fn own_function(module: WebAssembly::Module, meta: FunctionMeta, index: usize) -> OwnFunction {
    let running: RefCell<Option<Instance<Browser>>> = RefCell::default();
    let (own, index) = (meta.clone(), u32::try_from(index).unwrap_or(u32::MAX));
    let call = Rc::new(move |columns: &[arrow::array::ArrayRef]| {
        let mut running = running.borrow_mut();
        let mut instance = match running.take() {
            Some(instance) => instance,
            None => Instance::new(Browser::start(&module, &own.name)?, own.clone(), index),
        };
        let values = instance.call(columns)?;
        // One that failed is not used again.
        *running = Some(instance);
        Ok(values)
    });
    OwnFunction { meta, call }
}

/// A running module.
struct Browser {
    exports: HashMap<&'static str, Function>,
    memory: WebAssembly::Memory,
    function: String,
}

impl Browser {
    fn start(module: &WebAssembly::Module, function: &str) -> Result<Browser, UdfError> {
        let instance = WebAssembly::Instance::new(module, &Object::new())
            .map_err(|error| trap(function, &error))?;
        let exported = instance.exports();
        let get = |name: &str| Reflect::get(&exported, &name.into()).unwrap_or(JsValue::UNDEFINED);
        let memory = get("memory").dyn_into::<WebAssembly::Memory>();
        let memory = memory.map_err(|_| UdfError::Export("memory".to_owned()))?;
        let every = Export::ALWAYS.into_iter().chain([Export::Call]);
        let exports = every
            .filter_map(|export| Some((export.name(), get(export.name()).dyn_into().ok()?)))
            .collect();
        Ok(Browser { exports, memory, function: function.to_owned() })
    }

    fn bytes(&self) -> Uint8Array {
        // Anew each time: growing the memory detaches its buffer.
        Uint8Array::new(&self.memory.buffer())
    }
}

fn trap(function: &str, error: &JsValue) -> UdfError {
    let message = Reflect::get(error, &"message".into()).ok().and_then(|text| text.as_string());
    let reason = message.unwrap_or_else(|| format!("{error:?}"));
    UdfError::Trap { function: function.to_owned(), reason }
}

/// The place of bytes, if they lie within a memory of `length`.
fn range(address: u32, bytes: usize, length: u32) -> Option<(u32, u32)> {
    let end = address.checked_add(u32::try_from(bytes).ok()?)?;
    (end <= length).then_some((address, end))
}

impl Machine for Browser {
    fn call(&mut self, export: Export, arguments: &[u32], _work: u64) -> Result<u32, UdfError> {
        let called = self.exports.get(export.name());
        let called = called.ok_or_else(|| UdfError::Export(export.name().to_owned()))?;
        let list: Array =
            arguments.iter().map(|number| JsValue::from(number.cast_signed())).collect();
        let result = called.apply(&JsValue::NULL, &list);
        let result = result.map_err(|error| trap(&self.function, &error))?;
        // WebAssembly gives an i32 as a number, and nothing as undefined.
        Ok((result.as_f64().unwrap_or(0.0) as i32).cast_unsigned())
    }

    fn read(&self, address: u32, bytes: u32) -> Option<Vec<u8>> {
        let memory = self.bytes();
        let (start, end) = range(address, usize::try_from(bytes).ok()?, memory.length())?;
        Some(memory.subarray(start, end).to_vec())
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> bool {
        let memory = self.bytes();
        let place = range(address, bytes.len(), memory.length());
        place.is_some_and(|(start, end)| {
            memory.subarray(start, end).copy_from(bytes);
            true
        })
    }

    fn no_memory(&self) -> UdfError {
        // What 32 bits can address; a browser may give less.
        UdfError::Memory { function: self.function.clone(), limit: 4 << 30 }
    }
}
