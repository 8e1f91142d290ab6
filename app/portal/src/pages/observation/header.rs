//! The verbatim headers of a file, with search.

use std::sync::Arc;

use leptos::prelude::*;
use serde::Deserialize;
use tenkyu_wire::messages::observation as m;
use tenkyu_wire::observation::Observation;

use crate::components::note::{ProblemNote, Skeleton};
use crate::i18n::use_lang;
use crate::load::{Load, use_load};
use crate::net;

/// The header of one HDU, as `/data/{artifact}/header` answers it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct HeaderText {
    index: u32,
    name: String,
    cards: Vec<String>,
}

/// One closed section a file; its headers are fetched when it is opened.
#[component]
pub(super) fn Headers(observation: Arc<Observation>) -> impl IntoView {
    let lang = use_lang();
    let files: Vec<_> = observation
        .planes
        .iter()
        .flat_map(|plane| &plane.artifacts)
        .map(|artifact| (artifact.id.clone(), artifact.filename.clone()))
        .collect();
    view! {
        <section aria-labelledby="header-title">
            <h2 id="header-title">{m::HEADER.text(lang)}</h2>
            {files
                .into_iter()
                .map(|(id, filename)| view! { <FileHeader id filename /> })
                .collect_view()}
        </section>
    }
    .into_any()
}

#[component]
fn FileHeader(id: String, filename: String) -> impl IntoView {
    let lang = use_lang();
    let opened = RwSignal::new(false);
    let wanted = RwSignal::new(String::new());
    let headers = use_load(
        move || opened.get().then(|| id.clone()),
        |id| async move {
            net::get_json::<Vec<HeaderText>>(&format!("/data/{}/header", net::encode(&id))).await
        },
    );
    view! {
        <details class="fits-header" on:toggle=move |_| opened.set(true)>
            <summary>{m::HEADER_SHOW.text(lang)} " · " {filename}</summary>
            <input
                type="text"
                placeholder=m::HEADER_SEARCH.text(lang)
                aria-label=m::HEADER_SEARCH.text(lang)
                on:input=move |event| wanted.set(event_target_value(&event))
            />
            {move || match headers.get() {
                Load::Idle | Load::Busy => view! { <Skeleton lines=6 /> }.into_any(),
                Load::Failed(problem) => view! { <ProblemNote problem /> }.into_any(),
                Load::Done(headers) => cards(headers, &wanted.get()).into_any(),
            }}
        </details>
    }
    .into_any()
}

/// The cards that hold a text, HDU by HDU.
fn cards(headers: Vec<HeaderText>, wanted: &str) -> impl IntoView + use<> {
    let lang = use_lang();
    let wanted = wanted.trim().to_lowercase();
    let all: usize = headers.iter().map(|h| h.cards.len()).sum();
    let matching: Vec<_> = headers
        .into_iter()
        .map(|header| {
            let cards: Vec<_> =
                header.cards.into_iter().filter(|c| c.to_lowercase().contains(&wanted)).collect();
            (format!("[{}] {}", header.index, header.name), cards)
        })
        .filter(|(_, cards)| !cards.is_empty())
        .collect();
    let n: usize = matching.iter().map(|(_, cards)| cards.len()).sum();
    let found = m::HEADER_FOUND.with(lang, &[("n", &n.to_string()), ("all", &all.to_string())]);
    view! {
        <p class="quiet" role="status">
            {if n == 0 { m::HEADER_NONE.text(lang).to_owned() } else { found }}
        </p>
        {matching
            .into_iter()
            .map(|(title, cards)| {
                view! {
                    <h3>{title}</h3>
                    <pre tabindex="0">{cards.join("\n")}</pre>
                }
            })
            .collect_view()}
    }
    .into_any()
}
