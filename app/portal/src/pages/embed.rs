use leptos::prelude::*;
#[component]
pub(crate) fn EmbedImage() -> impl IntoView {}
#[component]
pub(crate) fn EmbedSky() -> impl IntoView {}
#[component]
pub(crate) fn EmbedTable() -> impl IntoView {}
