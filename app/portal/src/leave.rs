//! Going to another page: within the module, or as a visit where the module has the start page
//! alone.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::bridge;

/// Present where the module has the start page alone.
#[derive(Clone, Copy)]
struct StartPageAlone;

/// Makes every way out of this page a visit, and has the other pages' module fetched as soon as
/// the page is used.
pub(crate) fn provide() {
    provide_context(StartPageAlone);
    Effect::new(|_| {
        bridge::links_visit();
        bridge::fetch_when_used("portal");
    });
}

/// Goes to an address within the site.
pub(crate) fn use_go() -> impl Fn(&str) + Clone + 'static {
    let alone = use_context::<StartPageAlone>().is_some();
    let navigate = use_navigate();
    move |address: &str| {
        if !alone {
            navigate(address, NavigateOptions::default());
        } else if let Err(error) = window().location().assign(address) {
            leptos::logging::warn!("cannot go to {address}: {error:?}");
        }
    }
}
