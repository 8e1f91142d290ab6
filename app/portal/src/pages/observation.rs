use leptos::prelude::*;
#[component]
pub(crate) fn ObservationPage() -> impl IntoView {}
