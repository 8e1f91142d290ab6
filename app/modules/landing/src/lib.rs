//! The browser module with the start page alone, for the first visit.

#![cfg(target_arch = "wasm32")]

/// Takes over the page that the server rendered.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    tenkyu_portal::take_over(tenkyu_portal::StartPage);
}
