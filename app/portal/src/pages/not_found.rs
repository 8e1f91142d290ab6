//! Addresses that lead nowhere.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use tenkyu_wire::messages::{errors, portal as m};

use crate::components::search_box::SearchBox;
use crate::frame::FrameAround;
use crate::i18n::{href, use_lang};

/// Says what was not found and offers the search box.
#[component]
pub(crate) fn NotFoundInFrame() -> impl IntoView {
    let lang = use_lang();
    let path = use_location().pathname;
    view! {
        <Title text=m::NOT_FOUND_TITLE.text(lang) />
        <FrameAround>
        <div class="page page-narrow">
            <h1>{m::NOT_FOUND_TITLE.text(lang)}</h1>
            <p>{move || errors::NOT_FOUND.with(lang, &[("path", &path.get())])}</p>
            <p>{errors::NOT_FOUND_HELP.text(lang)}</p>
            <SearchBox />
            <p><a href=href("/")>{m::TO_HOME.text(lang)}</a></p>
        </div>
        </FrameAround>
    }
    .into_any()
}
