//! One observation: the picture first, then what an astronomer decides by, then everything else.

mod files;
mod header;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use tenkyu_wire::Message;
use tenkyu_wire::messages::{observation as m, search as s};
use tenkyu_wire::observation::{Event, Field, Group, Observation};
use tenkyu_wire::view::SkyState;

use crate::components::icon::Icon;
use crate::components::note::{ProblemNote, Skeleton};
use crate::components::page_title::PageTitle;
use crate::components::search_box::destination;
use crate::components::sky_map::{Footprint, SkyLayers, SkyMap};
use crate::i18n::{href, use_lang};
use crate::load::{Load, use_load};
use crate::{format, net};

/// The page.
#[component]
pub(crate) fn ObservationPage() -> impl IntoView {
    let lang = use_lang();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id").unwrap_or_default()));
    let observation = use_load(
        move || Some(id.get()),
        |id| async move {
            net::get_json::<Observation>(&format!("/archive/observations/{}", net::encode(&id)))
                .await
                .map(Arc::new)
        },
    );
    let title = Signal::derive(move || m::TITLE_FOR.with(lang, &[("id", &id.get())]));
    view! {
        <PageTitle text=title />
        <div class="page observation">
            <header class="observation-head">
                <h1>{id}</h1>
                {move || {
                    observation.with(|o| o.done().map(|o| view! { <Standing observation=o.clone() /> }))
                }}
            </header>
            {move || match observation.get() {
                Load::Idle | Load::Busy => view! { <Skeleton lines=12 /> }.into_any(),
                Load::Failed(problem) => view! { <ProblemNote problem /> }.into_any(),
                Load::Done(observation) => view! { <Content observation /> }.into_any(),
            }}
        </div>
    }
    .into_any()
}

#[component]
fn Standing(observation: Arc<Observation>) -> impl IntoView {
    let lang = use_lang();
    let access = match observation.access.as_str() {
        "public" => m::PUBLIC.text(lang).to_owned(),
        other => other.to_owned(),
    };
    view! {
        <p class="quiet">
            {m::COLLECTION.with(lang, &[("name", &observation.collection)])} " · " {access}
        </p>
    }
    .into_any()
}

/// The value of a field by name, in any group.
fn field<'a>(observation: &'a Observation, name: &str) -> Option<&'a Field> {
    observation.groups.iter().flat_map(|group| &group.fields).find(|field| field.name == name)
}

#[component]
fn Content(observation: Arc<Observation>) -> impl IntoView {
    let lang = use_lang();
    let picture = observation
        .planes
        .iter()
        .flat_map(|plane| &plane.artifacts)
        .find(|artifact| artifact.preview)
        .or_else(|| observation.planes.iter().flat_map(|plane| &plane.artifacts).next())
        .cloned();
    view! {
        <div class="observation-top">
            <figure class="observation-picture">
                {picture
                    .map(|artifact| {
                        let id = net::encode(&artifact.id);
                        let open = href(&format!("/image/{id}"));
                        let file = artifact.filename.clone();
                        view! {
                            <a href=open.clone()>
                                {if artifact.preview {
                                    view! {
                                        <img
                                            src=format!("/data/{id}/preview?size=512")
                                            alt=m::PICTURE.with(lang, &[("file", &file)])
                                            width="512"
                                            height="512"
                                        />
                                    }
                                        .into_any()
                                } else {
                                    view! { <p class="empty">{m::NO_PICTURE.text(lang)}</p> }
                                        .into_any()
                                }}
                            </a>
                            <figcaption class="button-row">
                                <a class="button button-accent" href=open>
                                    <Icon name="grid" />
                                    {m::OPEN_VIEWER.text(lang)}
                                </a>
                                <a
                                    class="button"
                                    rel="external"
                                    href=format!("/data/{id}")
                                    download=file
                                >
                                    <Icon name="download" />
                                    {m::DOWNLOAD.text(lang)}
                                </a>
                            </figcaption>
                        }
                    })}
            </figure>
            <div class="observation-facts">
                <h2>{m::KEY_FACTS.text(lang)}</h2>
                <KeyFacts observation=observation.clone() />
                <OnTheSky observation=observation.clone() />
            </div>
        </div>
        <files::Files observation=observation.clone() />
        <Metadata groups=observation.groups.clone() />
        <header::Headers observation=observation.clone() />
        <History events=observation.events.clone() />
    }
    .into_any()
}

/// What is decided by: target, instrument, time, exposure, band, resolution.
#[component]
fn KeyFacts(observation: Arc<Observation>) -> impl IntoView {
    let lang = use_lang();
    let number = |name: &str| field(&observation, name)?.value.parse::<f64>().ok();
    let text = |name: &str| field(&observation, name).map(|f| f.value.clone());
    let instrument = match (text("instrument_name"), text("facility_name")) {
        (Some(instrument), Some(facility)) => Some(format!("{instrument} · {facility}")),
        (instrument, facility) => instrument.or(facility),
    };
    let position = number("s_ra").zip(number("s_dec"));
    // A time stands in the record as ISO 8601 or as a modified Julian date.
    let date = match number("t_min") {
        Some(mjd) => Some(format!("{} · MJD {mjd:.4}", format::date_of_mjd(mjd))),
        None => text("t_min").map(|iso| iso.chars().take(19).collect::<String>().replace('T', " ")),
    };
    let waves = number("em_min").zip(number("em_max")).map(|(a, b)| format::wavelength(a, b));
    let rows: [(Message, Option<String>); 6] = [
        (s::COL_TARGET, text("target_name")),
        (s::COL_INSTRUMENT, instrument),
        (s::COL_POSITION, position.map(|(ra, dec)| format::sexagesimal(ra, dec))),
        (s::COL_DATE, date),
        (s::COL_EXPOSURE, number("t_exptime").map(format::duration)),
        (s::COL_BAND, waves.filter(|w| !w.is_empty())),
    ];
    let rows = rows.into_iter().filter_map(|(title, value)| {
        let value = value?;
        Some(view! {
            <div>
                <dt>{title.text(lang)}</dt>
                <dd class="num">{value}</dd>
            </div>
        })
    });
    view! { <dl class="facts">{rows.collect_view()}</dl> }.into_any()
}

/// A small map with the outline.
#[component]
fn OnTheSky(observation: Arc<Observation>) -> impl IntoView {
    let lang = use_lang();
    let number = |name: &str| field(&observation, name)?.value.parse::<f64>().ok();
    let (ra_deg, dec_deg) = number("s_ra").zip(number("s_dec"))?;
    let fov_deg = number("s_fov").unwrap_or(0.1).clamp(1e-4, 90.0) * 2.5;
    let layers = SkyLayers::new(SkyState { ra_deg, dec_deg, fov_deg });
    let outline = |plane: &tenkyu_wire::observation::Plane| {
        Some(Footprint {
            id: plane.product_id.clone(),
            s_region: plane.s_region.clone()?,
            group: plane.product_type.clone(),
            highlight: false,
        })
    };
    layers.footprints.set(Arc::new(observation.planes.iter().filter_map(outline).collect()));
    let position = format::sexagesimal(ra_deg, dec_deg);
    let label = m::MAP_LABEL.with(lang, &[("position", &position)]);
    let around = destination(&format!("{ra_deg} {dec_deg}"));
    Some(view! {
        <div class="observation-map">
            <SkyMap layers label=Signal::stored(label) />
        </div>
        <p><a href=around>{m::AROUND.text(lang)}</a></p>
    })
}

/// The title of a group; a word of its own where it is not one of ours.
fn group_title(name: &str) -> Option<Message> {
    Some(match name {
        "target" => m::GROUP_TARGET,
        "position" => m::GROUP_POSITION,
        "time" => m::GROUP_TIME,
        "energy" => m::GROUP_ENERGY,
        "instrument" => m::GROUP_INSTRUMENT,
        "proposal" => m::GROUP_PROPOSAL,
        "conditions" => m::GROUP_CONDITIONS,
        "provenance" => m::GROUP_PROVENANCE,
        "access" => m::GROUP_ACCESS,
        _ => return None,
    })
}

#[component]
fn Metadata(groups: Vec<Group>) -> impl IntoView {
    let lang = use_lang();
    let groups = groups.into_iter().filter(|group| !group.fields.is_empty());
    view! {
        <section aria-labelledby="metadata-title">
            <h2 id="metadata-title">{m::METADATA.text(lang)}</h2>
            <div class="groups">
                {groups
                    .map(|group| {
                        let title = group_title(&group.name)
                            .map_or(group.name.clone(), |title| title.text(lang).to_owned());
                        view! {
                            <section class="group">
                                <h3>{title}</h3>
                                <dl>{group.fields.into_iter().map(field_row).collect_view()}</dl>
                            </section>
                        }
                    })
                    .collect_view()}
            </div>
        </section>
    }
    .into_any()
}

fn field_row(field: Field) -> impl IntoView {
    let lang = use_lang();
    let from = (!field.keyword.is_empty())
        .then(|| format!("{}: {}", m::COL_KEYWORD.text(lang), field.keyword));
    view! {
        <div title=from>
            <dt>
                <code>{field.name}</code>
                <small class="quiet">{field.ucd}</small>
            </dt>
            <dd>
                <span class="value">{field.value}</span>
                <small class="quiet">" " {field.unit}</small>
            </dd>
        </div>
    }
    .into_any()
}

#[component]
fn History(events: Vec<Event>) -> impl IntoView {
    let lang = use_lang();
    view! {
        <section aria-labelledby="history-title">
            <h2 id="history-title">{m::HISTORY.text(lang)}</h2>
            <div class="table-scroll" tabindex="0" role="region" aria-label=m::HISTORY.text(lang)>
                <table class="table">
                    <thead>
                        <tr>
                            {[m::COL_TIME, m::COL_WHO, m::COL_WHAT, m::COL_DETAIL]
                                .map(|title| view! { <th scope="col">{title.text(lang)}</th> })
                                .collect_view()}
                        </tr>
                    </thead>
                    <tbody>
                        {events
                            .into_iter()
                            .map(|event| {
                                view! {
                                    <tr>
                                        <td class="when">
                                            <time datetime=event.time.clone()>{event.time.clone()}</time>
                                        </td>
                                        <td>{event.agent}</td>
                                        <td>{event.activity}</td>
                                        <td class="break">{event.entity} " " {event.detail}</td>
                                    </tr>
                                }
                            })
                            .collect_view()}
                    </tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
