//! The classes of the viewers' browser modules (`app/modules/viewers-*`). States and answers are JSON of the wire types; errors are thrown
//! as objects with `code`, `detail` and `help` in the page's language.

mod image;
mod plot;
mod sky;
mod surface;

pub use image::ImageViewer;
pub use plot::PlotViewer;
pub use sky::SkyViewer;

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
