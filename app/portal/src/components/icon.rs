//! Icons of `public/icons.svg`.

use leptos::prelude::*;

/// An icon that repeats what the text or label beside it says.
#[component]
pub(crate) fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" width="20" height="20">
            <use href=format!("/icons.svg#{name}")></use>
        </svg>
    }
    .into_any()
}
