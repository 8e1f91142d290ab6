use leptos::prelude::*;
#[component]
pub(crate) fn Query() -> impl IntoView {}
