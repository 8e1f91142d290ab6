//! The class that the worker's script drives.

use js_sys::{Array, Object, Reflect, Uint8Array, WebAssembly};
use tenkyu_adql::filter::OwnFunction;
use tenkyu_wire::{Explain, Lang, table::Reply};
use wasm_bindgen::prelude::*;

use crate::{TableError, TableStore, browser, store::to_json};

/// A result in the browser.
#[wasm_bindgen]
#[derive(Default)]
pub struct Table {
    store: TableStore,
    functions: Vec<OwnFunction>,
}

#[wasm_bindgen]
impl Table {
    /// An empty one.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Table {
        console_error_panic_hook::set_once();
        Table::default()
    }

    /// Takes in bytes of the stream. Gives nothing, or the JSON of a failure in `lang`.
    pub fn push(&mut self, bytes: &[u8], lang: &str) -> Option<String> {
        failure(self.store.push(bytes), lang)
    }

    /// Says that the stream has ended. Gives nothing, or the JSON of a failure in `lang`.
    pub fn finish(&mut self, lang: &str) -> Option<String> {
        failure(self.store.finish(), lang)
    }

    /// Whether the stream has begun.
    pub fn has_schema(&self) -> bool {
        !self.store.columns().is_empty()
    }

    /// The JSON of a failure: the server did not answer.
    pub fn unreachable(reason: String, lang: &str) -> String {
        failed(&TableError::Unreachable(reason), lang)
    }

    /// The JSON of a failure: the server answered with an error in words.
    pub fn refused(status: u16, text: String, lang: &str) -> String {
        failed(&TableError::Refused { status, text }, lang)
    }

    /// The JSON of the last reply about a result that another has replaced.
    pub fn replaced() -> String {
        to_json(&TableStore::default().progress(true))
    }

    /// Forgets the user's own functions.
    pub fn forget_functions(&mut self) {
        self.functions.clear();
        self.store.set_functions(Vec::new());
    }

    /// Takes a compiled module of the user's own functions. `meta` is the JSON of the service's
    /// description of it. Gives nothing, or the JSON of a failure in `lang`.
    pub fn add_functions(
        &mut self,
        module: &WebAssembly::Module,
        meta: &str,
        lang: &str,
    ) -> Option<String> {
        match browser::functions(module, meta) {
            Ok(more) => {
                self.functions.extend(more);
                self.store.set_functions(self.functions.clone());
                None
            }
            Err(error) => Some(failed(&TableError::Request(error.to_string()), lang)),
        }
    }

    /// The JSON of a progress reply.
    pub fn progress(&self, done: bool) -> String {
        to_json(&self.store.progress(done))
    }

    /// Answers a request: `{reply: string, buffers: ArrayBuffer[]}`.
    pub fn handle(&mut self, request: &str, lang: &str) -> JsValue {
        let (reply, buffers) = self.store.handle(request, language(lang));
        let parts = Array::new();
        for buffer in buffers {
            parts.push(&Uint8Array::from(buffer.as_slice()).buffer());
        }
        let answer = Object::new();
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&answer, &"reply".into(), &reply.into());
        let _ = Reflect::set(&answer, &"buffers".into(), &parts);
        answer.into()
    }
}

fn failure(result: Result<(), TableError>, lang: &str) -> Option<String> {
    Some(failed(&result.err()?, lang))
}

fn failed(error: &TableError, lang: &str) -> String {
    to_json(&Reply::Failed(error.problem(language(lang))))
}

fn language(tag: &str) -> Lang {
    Lang::from_tag(tag).unwrap_or_default()
}
