//! Errors, warnings and empty states.

use leptos::prelude::*;
use tenkyu_wire::messages::{common, errors, portal as m};
use tenkyu_wire::{Message, Problem};

use crate::i18n::use_lang;

/// What went wrong, where, and what to do.
#[component]
pub(crate) fn ProblemNote(
    problem: Problem,
    /// Offers to try again.
    #[prop(optional)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    let lang = use_lang();
    let place = problem.place.map(|place| format!("{}:{}", place.line, place.column));
    view! {
        <div class="note note-error" role="alert">
            <p class="note-what">{problem.detail}</p>
            {problem.help.map(|help| view! { <p>{help}</p> })}
            <p class="note-code">
                {place.map(|place| format!("{place} · "))}
                {m::ERROR_CODE.with(lang, &[("code", &problem.code)])}
            </p>
            {retry
                .map(|retry| {
                    view! {
                        <button type="button" class="button" on:click=move |_| retry.run(())>
                            {common::RETRY.text(lang)}
                        </button>
                    }
                })}
        </div>
    }
    .into_any()
}

/// Names the parameters of a broken permalink.
#[component]
pub(crate) fn BrokenNote(#[prop(into)] fields: Signal<Vec<String>>) -> impl IntoView {
    let lang = use_lang();
    view! {
        <Show when=move || fields.with(|f| !f.is_empty())>
            <div class="note note-warning" role="status">
                <p>
                    {move || {
                        errors::BROKEN_LINK.with(lang, &[("field", &fields.get().join(", "))])
                    }}
                </p>
            </div>
        </Show>
    }
    .into_any()
}

/// A warning or a remark.
#[component]
pub(crate) fn Remark(text: Message) -> impl IntoView {
    view! {
        <div class="note note-warning" role="status">
            <p>{text.text(use_lang())}</p>
        </div>
    }
    .into_any()
}

/// Lines of the size that the content will have, while it is fetched.
#[component]
pub(crate) fn Skeleton(#[prop(default = 3)] lines: usize) -> impl IntoView {
    view! {
        <div class="skeleton" role="status" aria-label=common::LOADING.text(use_lang())>
            {(0..lines).map(|_| view! { <span></span> }).collect_view()}
        </div>
    }
    .into_any()
}
