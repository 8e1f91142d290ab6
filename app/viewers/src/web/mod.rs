//! The classes of `viewers.js`. States and answers are JSON of the wire types; errors are thrown
//! as objects with `code`, `detail` and `help` in the page's language.

mod image;
mod plot;
mod sky;
mod surface;

use tenkyu_wire::{Explain, Lang};
use wasm_bindgen::prelude::*;

use crate::error::ViewerError;

#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// The page's language, from `<html lang>`.
fn page_lang() -> Lang {
    web_sys::window()
        .and_then(|window| window.document()?.document_element()?.get_attribute("lang"))
        .and_then(|tag| Lang::from_tag(&tag))
        .unwrap_or_default()
}

/// An error as the page catches it.
fn thrown(error: &dyn Explain) -> JsValue {
    let lang = page_lang();
    let object = js_sys::Object::new();
    let set = |key: &str, value: JsValue| {
        // Setting a property of a fresh object cannot fail.
        let _ = js_sys::Reflect::set(&object, &key.into(), &value);
    };
    set("code", error.code().into());
    set("detail", error.detail(lang).into());
    set("help", error.help(lang).map_or(JsValue::NULL, JsValue::from));
    object.into()
}

impl From<ViewerError> for JsValue {
    fn from(error: ViewerError) -> JsValue {
        thrown(&error)
    }
}

/// An answer as JSON.
fn json(value: &impl serde::Serialize) -> Result<String, ViewerError> {
    Ok(serde_json::to_string(value)?)
}

/// Which graphics APIs this browser gives a page: `{webgpu, webgl2}`.
#[wasm_bindgen(js_name = backendInfo)]
pub async fn backend_info() -> JsValue {
    let object = js_sys::Object::new();
    for (key, value) in [("webgpu", surface::has_webgpu().await), ("webgl2", surface::has_webgl2())]
    {
        let _ = js_sys::Reflect::set(&object, &key.into(), &value.into());
    }
    object.into()
}
