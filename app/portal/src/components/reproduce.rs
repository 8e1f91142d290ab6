//! Share, embed, code: the view to take away.

use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_location;
use serde::Deserialize;
use tenkyu_wire::messages::{common, portal as p, share as m};
use tenkyu_wire::{Message, Problem};

use crate::components::icon::Icon;
use crate::components::note::ProblemNote;
use crate::i18n::use_lang;
use crate::load::Load;
use crate::{bridge, net};

/// How a view is embedded: the address below `/embed/` with its query string, and the custom
/// element that stands for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Embedding {
    pub(crate) path: String,
    pub(crate) element: String,
}

/// The three buttons. `code` gives pairs of title and text.
#[component]
pub(crate) fn Reproduce(
    #[prop(into)] title: Signal<String>,
    #[prop(into)] embedding: Signal<Option<Embedding>>,
    #[prop(into)] code: Signal<Vec<(Message, String)>>,
    #[prop(default = true)] share: bool,
) -> impl IntoView {
    let lang = use_lang();
    let [share_dialog, embed_dialog, code_dialog] = [(); 3].map(|()| NodeRef::<Dialog>::new());
    // What names this site's address exists in the browser only, and is made when it is wanted.
    let opened = RwSignal::new(false);
    let open = move |dialog: NodeRef<Dialog>| {
        move |_| {
            opened.set(true);
            if let Some(dialog) = dialog.get_untracked() {
                let _ = dialog.show_modal();
            }
        }
    };
    let button = move |dialog, icon: &'static str, text: Message| {
        view! {
            <button type="button" class="button" on:click=open(dialog)>
                <Icon name=icon />
                {text.text(lang)}
            </button>
        }
    };
    view! {
        <div class="button-row">
            {share.then(|| button(share_dialog, "share", m::SHARE))}
            {button(embed_dialog, "embed", m::EMBED)} {button(code_dialog, "code", m::CODE)}
        </div>
        {share
            .then(|| {
                view! {
                    <Sheet dialog=share_dialog title=m::SHARE_TITLE lead=m::SHARE_LEAD>
                        <ShareForm title />
                    </Sheet>
                }
            })}
        <Sheet dialog=embed_dialog title=m::EMBED_TITLE lead=m::EMBED_LEAD>
            {move || match embedding.get().filter(|_| opened.get()) {
                None => view! { <p>{m::EMBED_NEEDS_ARCHIVE.text(lang)}</p> }.into_any(),
                Some(embedding) => view! { <Snippets embedding /> }.into_any(),
            }}
        </Sheet>
        <Sheet dialog=code_dialog title=m::CODE_TITLE lead=m::CODE_LEAD>
            {move || {
                let list = if opened.get() { code.get() } else { Vec::new() };
                list.into_iter()
                    .map(|(title, text)| view! { <Snippet title text /> })
                    .collect_view()
            }}
        </Sheet>
    }
    .into_any()
}

#[component]
fn Sheet(
    dialog: NodeRef<Dialog>,
    title: Message,
    lead: Message,
    children: Children,
) -> impl IntoView {
    let lang = use_lang();
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <dialog class="dialog dialog-wide" node_ref=dialog aria-label=title.text(lang)>
            <h2>{title.text(lang)}</h2>
            <p>{lead.text(lang)}</p>
            {children()}
            <button type="button" class="button" on:click=close>
                {common::CLOSE.text(lang)}
            </button>
        </dialog>
    }
    .into_any()
}

/// A text with a button that copies it.
#[component]
pub(crate) fn Snippet(title: Message, text: String) -> impl IntoView {
    let lang = use_lang();
    let copied = RwSignal::new(false);
    let content = text.clone();
    let copy = move |_| {
        let content = content.clone();
        spawn_local(async move {
            let done = bridge::copy_text(&content).await.is_truthy();
            copied.try_set(done);
        });
    };
    view! {
        <section class="snippet">
            <header>
                <h3>{title.text(lang)}</h3>
                <button type="button" class="button button-small" on:click=copy>
                    <span aria-live="polite">
                        {move || {
                            if copied.get() { common::COPIED } else { common::COPY }.text(lang)
                        }}
                    </span>
                </button>
            </header>
            <pre tabindex="0">{text}</pre>
        </section>
    }
    .into_any()
}

/// The origin of this page, such as `https://archive.example`.
pub(crate) fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

#[component]
fn Snippets(embedding: Embedding) -> impl IntoView {
    let origin = origin();
    let address = format!("{origin}/embed/{}", embedding.path).replace('&', "&amp;");
    let frame = format!(
        "<iframe src=\"{address}\" width=\"800\" height=\"600\" loading=\"lazy\"></iframe>"
    );
    let element = format!(
        "<script type=\"module\" src=\"{origin}/tenkyu-embed.js\"></script>\n{}",
        embedding.element
    );
    view! {
        <Snippet title=m::EMBED_IFRAME text=frame />
        <Snippet title=m::EMBED_ELEMENT text=element />
    }
    .into_any()
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Saved {
    url: String,
}

#[component]
fn ShareForm(title: Signal<String>) -> impl IntoView {
    let lang = use_lang();
    let location = use_location();
    let saved = RwSignal::new(Load::<Saved>::Idle);
    let typed = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        // Another view has another address.
        location.search.track();
        saved.set(Load::Idle);
    });
    let make = move |_| {
        saved.set(Load::Busy);
        let search = location.search.get_untracked();
        let query = search.strip_prefix('?').unwrap_or(&search);
        let body = serde_json::json!({
            "path": location.pathname.get_untracked(),
            "query": query,
            "title": typed.get_untracked().unwrap_or_else(|| title.get_untracked()),
        })
        .to_string();
        spawn_local(async move {
            let answer: Result<Saved, Problem> = net::post_json("/s", &body).await;
            saved.try_set(match answer {
                Ok(answer) => Load::Done(answer),
                Err(problem) => Load::Failed(problem),
            });
        });
    };
    view! {
        <label class="field">
            <span>{m::TITLE_FIELD.text(lang)}</span>
            <input
                type="text"
                maxlength="200"
                prop:value=move || typed.get().unwrap_or_else(|| title.get())
                on:input=move |event| typed.set(Some(event_target_value(&event)))
            />
        </label>
        <p>
            <button
                type="button"
                class="button button-accent"
                disabled=move || saved.with(Load::is_busy)
                on:click=make
            >
                {m::SHARE_MAKE.text(lang)}
            </button>
        </p>
        {move || match saved.get() {
            Load::Idle => ().into_any(),
            Load::Busy => view! { <p role="status">{common::LOADING.text(lang)}</p> }.into_any(),
            Load::Failed(problem) => view! { <ProblemNote problem /> }.into_any(),
            Load::Done(saved) => {
                let url = if saved.url.starts_with('/') {
                    format!("{}{}", origin(), saved.url)
                } else {
                    saved.url
                };
                view! { <Snippet title=m::SHARE_ADDRESS text=url /> }.into_any()
            }
        }}
    }
    .into_any()
}

/// The `curl` and `pyvo` lines of a query on the newest data, or on the named snapshots.
pub(crate) fn tap_code(adql: &str, snapshot: &str) -> Vec<(Message, String)> {
    let origin = origin();
    let shell = adql.replace('\'', "'\\''");
    let (curl_snapshot, pyvo_snapshot) = if snapshot.is_empty() {
        (String::new(), String::new())
    } else {
        let shell = snapshot.replace('\'', "'\\''");
        // A JSON string is a Python string, too.
        let python = serde_json::Value::from(snapshot);
        (format!(" \\\n  --data-urlencode 'SNAPSHOT={shell}'"), format!(", SNAPSHOT={python}"))
    };
    let curl = format!(
        "curl -sS '{origin}/tap/sync' \\\n  --data-urlencode 'LANG=ADQL' \\\n  --data-urlencode 'FORMAT=csv' \\\n  --data-urlencode 'QUERY={shell}'{curl_snapshot}"
    );
    let python = adql.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"");
    let pyvo = format!(
        "import pyvo\n\nservice = pyvo.dal.TAPService(\"{origin}/tap\")\nresult = service.search(\"\"\"\n{python}\n\"\"\"{pyvo_snapshot})\ntable = result.to_table()\nprint(table)"
    );
    vec![(p::CODE_CURL, curl), (p::CODE_PYVO, pyvo)]
}
