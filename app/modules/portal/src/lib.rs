//! The browser module with every page of the portal.

#![cfg(target_arch = "wasm32")]

/// Takes over the page that the server rendered.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    tenkyu_portal::take_over(tenkyu_portal::App);
}
