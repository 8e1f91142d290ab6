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
mod leave;
mod load;
mod net;
mod obscore;
mod pages;
mod tables;
mod tap;
mod viewers;

pub use app::{App, StartPage, module_of, shell};

/// Takes over the page that the server rendered: draws the same page from the same components in
/// its place, before the browser paints again, and puts back what was typed meanwhile.
///
/// Attaching to the existing nodes instead would need a second copy of every view's code, a
/// quarter of the module, and would break on nodes that browser extensions insert.
#[cfg(feature = "hydrate")]
pub fn take_over<V: leptos::IntoView + 'static>(page: fn() -> V) {
    console_error_panic_hook::set_once();
    let put_back = bridge::take_page();
    leptos::mount::mount_to_body(page);
    leptos::prelude::set_timeout(
        move || {
            // What was typed into a field that is no longer there is lost with the field.
            let _ = put_back.call0(&wasm_bindgen::JsValue::NULL);
        },
        std::time::Duration::ZERO,
    );
}
