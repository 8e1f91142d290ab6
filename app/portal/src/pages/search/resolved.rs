//! What the text was resolved to, the alternatives, and the radius.

use leptos::prelude::*;
use tenkyu_wire::Lang;
use tenkyu_wire::messages::search as m;
use tenkyu_wire::resolve::{Resolution, Target};

use super::SearchPage;
use crate::components::notation::Position;
use crate::components::search_box::destination;
use crate::format;
use crate::i18n::use_lang;
use crate::load::Load;

/// Name in the user's language.
fn title_of(target: &Target, lang: Lang) -> String {
    match (&target.name_ja, lang) {
        (Some(name), Lang::Ja) => name.clone(),
        _ => target.name.clone(),
    }
}

/// How the text was understood, in words.
fn source(source: &str, lang: Lang) -> String {
    match source.split_once(':') {
        Some(("coordinates", frame)) => {
            m::SOURCE_COORDINATES.with(lang, &[("frame", &frame.to_uppercase())])
        }
        Some(("name", "openngc")) => m::SOURCE_OPENNGC.text(lang).to_owned(),
        Some(("name", "star")) => m::SOURCE_STAR.text(lang).to_owned(),
        Some(("name", "hip")) => m::SOURCE_HIP.text(lang).to_owned(),
        Some(("name", "well-known")) => m::SOURCE_WELL_KNOWN.text(lang).to_owned(),
        Some(("name", "target")) => m::SOURCE_TARGET.text(lang).to_owned(),
        _ => m::SOURCE_OTHER.with(lang, &[("source", source)]),
    }
}

/// The head of the page.
#[component]
pub(super) fn ResolvedHeader(page: SearchPage, children: Children) -> impl IntoView {
    let lang = use_lang();
    let target = Memo::new(move |_| {
        page.resolved
            .with(|resolved| resolved.done()?.as_ref()?.matches.get(page.choice.get()).cloned())
    });
    let heading = move || {
        let typed = page.address.state.with(|s| s.q.clone());
        match target.get() {
            Some(target) => title_of(&target, lang),
            None if typed.is_empty() => m::WHOLE_ARCHIVE.text(lang).to_owned(),
            None => typed,
        }
    };
    view! {
        <header class="resolved">
            <div class="resolved-what">
                <h1>{heading}</h1>
                <div class="resolved-facts" aria-live="polite">
                    {move || target.get().map(|target| facts(target, lang))}
                </div>
                <Alternatives page />
            </div>
            <div class="resolved-tools">
                <Show when=move || page.cone.with(Option::is_some)>
                    <Radius page />
                </Show>
                {children()}
            </div>
        </header>
    }
    .into_any()
}

fn facts(target: Target, lang: Lang) -> impl IntoView {
    let aliases: Vec<_> = target.aliases.iter().take(6).cloned().collect();
    let mut words = Vec::new();
    words.extend(target.kind.as_deref().map(|kind| format::kind(kind, lang)));
    words.extend(target.constellation.clone());
    words.extend(target.magnitude.clone());
    words.extend(target.size_deg.map(format::angle));
    view! {
        <p>
            <Position ra_deg=target.ra_deg dec_deg=target.dec_deg />
            <span class="resolved-source">
                {m::RESOLVED_AS.with(lang, &[("source", &source(&target.source, lang))])}
            </span>
        </p>
        <p class="quiet">
            {words.join(" · ")}
            {(!aliases.is_empty())
                .then(|| {
                    format!(
                        "{}{}",
                        if words.is_empty() { "" } else { " · " },
                        m::ALSO_KNOWN.with(lang, &[("names", &aliases.join(", "))]),
                    )
                })}
        </p>
    }
    .into_any()
}

/// The other matches, as buttons.
#[component]
fn Alternatives(page: SearchPage) -> impl IntoView {
    let lang = use_lang();
    let others = Memo::new(move |_| {
        page.resolved.with(|resolved| match resolved {
            Load::Done(Some(resolution)) => {
                let all = resolution.matches.iter().enumerate();
                all.filter(|(i, _)| *i != page.choice.get())
                    .map(|(i, target)| (i, title_of(target, lang), target.ra_deg, target.dec_deg))
                    .take(6)
                    .collect::<Vec<_>>()
            }
            _ => Vec::new(),
        })
    });
    view! {
        <Show when=move || others.with(|o| !o.is_empty())>
            <p class="alternatives">
                <span class="quiet">{m::ALTERNATIVES.text(lang)}</span>
                {move || {
                    others
                        .get()
                        .into_iter()
                        .map(|(i, name, ra, dec)| {
                            view! {
                                <button
                                    type="button"
                                    class="chip"
                                    title=format::sexagesimal(ra, dec)
                                    on:click=move |_| page.choice.set(i)
                                >
                                    {name}
                                </button>
                            }
                        })
                        .collect_view()
                }}
            </p>
        </Show>
    }
    .into_any()
}

/// Units of the radius: label, degrees in one.
const UNITS: [(&str, f64); 3] = [("°", 1.0), ("′", 1.0 / 60.0), ("″", 1.0 / 3600.0)];

/// The unit in which a radius reads best.
fn unit_of(radius_deg: f64) -> usize {
    UNITS.iter().position(|(_, size)| radius_deg >= *size * 0.999).unwrap_or(2)
}

#[component]
fn Radius(page: SearchPage) -> impl IntoView {
    let lang = use_lang();
    let radius = move || page.cone.get().map_or(0.0, |cone| cone.radius_deg);
    let chosen = RwSignal::new(None::<usize>);
    let unit = move || chosen.get().unwrap_or_else(|| unit_of(radius()));
    let size = move || UNITS.get(unit()).map_or(1.0, |(_, size)| *size);
    let set = move |value: f64, size: f64| {
        let degrees = value * size;
        if degrees > 0.0 && degrees <= 180.0 {
            page.address.push(|s| s.radius_deg = Some(degrees));
        }
    };
    view! {
        <fieldset class="radius">
            <legend class="visually-hidden">{m::RADIUS.text(lang)}</legend>
            <label>
                <span>{m::RADIUS.text(lang)}</span>
                <input
                    type="number"
                    min="0"
                    step="any"
                    prop:value=move || {
                        let shown = radius() / size();
                        ((shown * 1e4).round() / 1e4).to_string()
                    }
                    on:change=move |event| {
                        if let Ok(value) = event_target_value(&event).parse() {
                            set(value, size());
                        }
                    }
                />
            </label>
            <select
                aria-label=m::RADIUS_UNIT.text(lang)
                prop:value=move || unit().to_string()
                on:change=move |event| {
                    let Ok(next) = event_target_value(&event).parse::<usize>() else { return };
                    let value = radius() / size();
                    chosen.set(Some(next));
                    set(value, UNITS.get(next).map_or(1.0, |(_, size)| *size));
                }
            >
                {UNITS
                    .iter()
                    .enumerate()
                    .map(|(i, (label, _))| {
                        view! {
                            <option value=i.to_string() selected=move || unit() == i>
                                {*label}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </fieldset>
    }
    .into_any()
}

/// A name that nothing is known of, with names spelt like it.
#[component]
pub(super) fn UnknownName(resolution: Resolution) -> impl IntoView {
    let lang = use_lang();
    let help =
        if resolution.suggestions.is_empty() { m::UNKNOWN_HELP_PLAIN } else { m::UNKNOWN_HELP };
    view! {
        <div class="note note-warning" role="alert">
            <p class="note-what">{m::UNKNOWN_NAME.with(lang, &[("name", &resolution.query)])}</p>
            <p>{help.text(lang)}</p>
            <p class="chips">
                {resolution
                    .suggestions
                    .into_iter()
                    .map(|name| {
                        view! {
                            <a class="chip" href=destination(&name)>
                                {name.clone()}
                            </a>
                        }
                    })
                    .collect_view()}
            </p>
        </div>
    }
    .into_any()
}
