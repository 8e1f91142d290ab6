use leptos::prelude::*;
#[component]
pub(crate) fn LocalImage() -> impl IntoView {}
#[component]
pub(crate) fn ArchiveImage() -> impl IntoView {}
