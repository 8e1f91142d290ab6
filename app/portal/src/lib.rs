//! The Leptos application: routes, pages, components.
//!
//! The server renders the frame, the forms and every text; after hydration the page fetches its
//! data from the public services (`/resolve`, `/tap`, `/archive`, `/data`) like any other client.
//! GPU viewers and the table worker are modules of their own that load when they are needed.

#![recursion_limit = "512"]

mod address;
mod adql;
mod app;
mod bridge;
mod catalogues;
mod components;
mod format;
mod frame;
mod i18n;
mod load;
mod net;
mod obscore;
mod pages;
mod tables;
mod tap;
mod viewers;

pub use app::{App, shell};

/// Takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(App);
}
