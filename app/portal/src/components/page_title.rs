//! The document's title.

use leptos::prelude::*;
use leptos_meta::Title;

/// A title that follows what the page shows.
///
/// The server reads it at once: it writes the document's head after the body, when the signals of
/// the body may be gone already.
#[component]
pub(crate) fn PageTitle(#[prop(into)] text: Signal<String>) -> impl IntoView {
    if cfg!(feature = "ssr") {
        view! { <Title text=text.get_untracked() /> }
    } else {
        view! { <Title text /> }
    }
}
