//! The one box: a name, coordinates or ADQL. It says what it understood before Enter.

use std::time::Duration;

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_location;
use tenkyu_sky::{PositionError, parse_position};
use tenkyu_wire::messages::{home as h, portal as m};
use tenkyu_wire::resolve::{Resolution, Target};
use tenkyu_wire::view::{QueryState, SearchState, View};
use tenkyu_wire::{Explain, Problem};

use crate::components::icon::Icon;
use crate::i18n::{href, use_lang};
use crate::leave::use_go;
use crate::{format, net};

/// How long typing must rest before the server is asked.
const REST: Duration = Duration::from_millis(180);

/// What the text in the box stands for.
#[derive(Clone, Debug, PartialEq)]
enum Understood {
    Nothing,
    Asking,
    Adql(Result<Vec<String>, String>),
    Position { ra_deg: f64, dec_deg: f64 },
    Named(Target),
    Unknown(Vec<String>),
    Wrong(String),
}

/// Whether a text is meant as a query and not as a name.
pub(crate) fn is_adql(text: &str) -> bool {
    let text = text.trim_start();
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    (word.eq_ignore_ascii_case("select") || word.eq_ignore_ascii_case("with"))
        && text.len() > word.len()
}

/// Where Enter leads for a text.
pub(crate) fn destination(text: &str) -> String {
    let text = text.trim().to_owned();
    if is_adql(&text) {
        let state = QueryState { adql: text, run: true, ..Default::default() };
        return href(&format!("/query?{}", state.to_query()));
    }
    let state = SearchState { q: text, ..Default::default() };
    href(&format!("/search?{}", state.to_query()))
}

/// What can be said of a text without asking the server; `None` when it may be a name.
fn understand_here(text: &str) -> Option<Understood> {
    if text.trim().is_empty() {
        return Some(Understood::Nothing);
    }
    if is_adql(text) {
        return Some(Understood::Adql(crate::adql::tables_of(text)));
    }
    match parse_position(text) {
        Ok(position) => {
            Some(Understood::Position { ra_deg: position.ra_deg, dec_deg: position.dec_deg })
        }
        Err(PositionError::NotACoordinate) => None,
        Err(error) => Some(Understood::Wrong(error.detail(use_lang()))),
    }
}

async fn ask(text: String) -> Understood {
    let answer: Result<Resolution, Problem> =
        net::get_json(&format!("/resolve?q={}", net::encode(&text))).await;
    match answer {
        Ok(mut resolution) if !resolution.matches.is_empty() => {
            Understood::Named(resolution.matches.swap_remove(0))
        }
        Ok(resolution) => Understood::Unknown(resolution.suggestions),
        Err(problem) if problem.status == 404 => Understood::Unknown(Vec::new()),
        Err(problem) => Understood::Wrong(problem.detail),
    }
}

fn say(understood: &Understood) -> String {
    let lang = use_lang();
    match understood {
        Understood::Nothing => h::HINT.text(lang).to_owned(),
        Understood::Asking => h::UNDERSTANDING.text(lang).to_owned(),
        Understood::Adql(Ok(tables)) => h::UNDERSTOOD_ADQL
            .with(lang, &[("n", &tables.len().to_string()), ("tables", &tables.join(", "))]),
        Understood::Adql(Err(detail)) => h::UNDERSTOOD_ADQL_ERROR.with(lang, &[("detail", detail)]),
        Understood::Position { ra_deg, dec_deg } => h::UNDERSTOOD_POSITION
            .with(lang, &[("position", &format::sexagesimal(*ra_deg, *dec_deg))]),
        Understood::Named(target) => name_of(target),
        Understood::Unknown(names) if names.is_empty() => {
            h::UNDERSTOOD_NOTHING_AT_ALL.text(lang).to_owned()
        }
        Understood::Unknown(names) => {
            h::UNDERSTOOD_NOTHING.with(lang, &[("names", &names.join(", "))])
        }
        Understood::Wrong(detail) => detail.clone(),
    }
}

fn name_of(target: &Target) -> String {
    let lang = use_lang();
    let name = match (&target.name_ja, lang) {
        (Some(name), tenkyu_wire::Lang::Ja) => format!("{name} ({})", target.name),
        _ => target.name.clone(),
    };
    let mut parts = vec![name];
    parts.extend(target.kind.as_deref().map(|kind| format::kind(kind, lang)));
    parts.push(format::sexagesimal(target.ra_deg, target.dec_deg));
    parts.join(" · ")
}

/// The search box. `compact` is the header's; the wide one says what it understands below.
#[component]
pub(crate) fn SearchBox(#[prop(optional)] compact: bool) -> impl IntoView {
    let lang = use_lang();
    let input = NodeRef::<Input>::new();
    let location = use_location();
    let start = move || {
        let state = SearchState::from_query(&location.search.get()).state;
        if location.pathname.get() == "/search" { state.q } else { String::new() }
    };
    let text = RwSignal::new(String::new());
    let edited = RwSignal::new(false);
    let understood = RwSignal::new(Understood::Nothing);
    let names = RwSignal::new(Vec::<String>::new());
    let active = RwSignal::new(None::<usize>);
    let turn = StoredValue::new(0_u32);

    let listen = move |value: String| {
        text.set(value.clone());
        edited.set(true);
        active.set(None);
        let Some(now) = turn.try_update_value(|turn| {
            *turn += 1;
            *turn
        }) else {
            return;
        };
        if let Some(here) = understand_here(&value) {
            understood.set(here);
            names.set(Vec::new());
            return;
        }
        understood.set(Understood::Asking);
        set_timeout(
            move || {
                if turn.try_get_value() != Some(now) {
                    return;
                }
                spawn_local(async move {
                    let complete = format!("/resolve/complete?q={}", net::encode(&value));
                    let found: Vec<Target> = net::get_json(&complete).await.unwrap_or_default();
                    let found = found.into_iter().map(|target| target.name).collect();
                    let answer = ask(value).await;
                    if turn.try_get_value() == Some(now) {
                        names.set(found);
                        understood.set(answer);
                    }
                });
            },
            REST,
        );
    };
    let visit = use_go();
    let go = Callback::new(move |value: String| {
        names.set(Vec::new());
        turn.update_value(|turn| *turn += 1);
        if !value.trim().is_empty() {
            edited.set(false);
            visit(&destination(&value));
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let chosen = active.get().and_then(|i| names.with(|n| n.get(i).cloned()));
        let typed = input.get().map(|input| input.value()).unwrap_or_default();
        if let Some(chosen) = &chosen {
            text.set(chosen.clone());
        }
        go.run(chosen.unwrap_or(typed));
    };
    let keys = move |event: KeyboardEvent| {
        let n = names.with(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if n > 0 => active.update(|a| *a = Some(a.map_or(0, |i| (i + 1) % n))),
            "ArrowUp" if n > 0 => {
                active.update(|a| *a = Some(a.map_or(n - 1, |i| (i + n - 1) % n)))
            }
            "Escape" if n > 0 => names.set(Vec::new()),
            _ => return,
        }
        event.prevent_default();
    };
    let list_id = if compact { "suggestions-top" } else { "suggestions" };
    let option_id = move |i: usize| format!("{list_id}-{i}");
    view! {
        <form
            class="search-box"
            class:search-box-wide=!compact
            role="search"
            action="/search"
            method="get"
            on:submit=submit
        >
            <div class="search-field">
                <Icon name="search" />
                <input
                    node_ref=input
                    type="search"
                    name="q"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    role="combobox"
                    aria-label=m::SEARCH_LABEL.text(lang)
                    aria-autocomplete="list"
                    aria-controls=list_id
                    aria-expanded=move || if names.with(Vec::is_empty) { "false" } else { "true" }
                    aria-activedescendant=move || active.get().map(option_id)
                    placeholder=m::SEARCH_PLACEHOLDER.text(lang)
                    title=format!("{} (/)", m::SEARCH_LABEL.text(lang))
                    value=start
                    prop:value=move || if edited.get() { text.get() } else { start() }
                    on:input=move |event| listen(event_target_value(&event))
                    on:keydown=keys
                    on:blur=move |_| {
                        set_timeout(move || names.set(Vec::new()), Duration::from_millis(150));
                    }
                />
                <button type="submit" class="button button-accent" class:visually-hidden=compact>
                    {m::SEARCH_BUTTON.text(lang)}
                </button>
            </div>
            <ul
                id=list_id
                class="suggestions"
                role="listbox"
                aria-label=h::SUGGESTIONS.text(lang)
                class:open=move || !names.with(Vec::is_empty)
            >
                {move || {
                    names
                        .get()
                        .into_iter()
                        .enumerate()
                        .map(|(i, name)| {
                            let chosen = name.clone();
                            let is_active = move || active.get() == Some(i);
                            view! {
                                <li
                                    id=option_id(i)
                                    role="option"
                                    aria-selected=move || if is_active() { "true" } else { "false" }
                                    on:pointerdown=move |event| {
                                        event.prevent_default();
                                        text.set(chosen.clone());
                                        go.run(chosen.clone());
                                    }
                                >
                                    {name}
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
            {(!compact)
                .then(|| {
                    view! {
                        <p class="understood" role="status" aria-live="polite">
                            {move || say(&understood.get())}
                        </p>
                    }
                })}
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_told_from_a_name() {
        assert!(is_adql("  select 1"));
        assert!(is_adql("WITH a AS (SELECT 1) SELECT * FROM a"));
        assert!(!is_adql("Select"));
        assert!(!is_adql("selected areas 57"));
        assert!(!is_adql("M 31"));
    }
}
