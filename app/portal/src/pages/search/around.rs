//! Below the table: previews in order of wavelength, and what the catalogues hold here.

use leptos::prelude::*;
use tenkyu_wire::Problem;
use tenkyu_wire::messages::search as m;

use super::SearchPage;
use super::plan::Cone;
use crate::catalogues::Catalogue;
use crate::components::note::{ProblemNote, Skeleton};
use crate::components::search_box::destination;
use crate::i18n::{href, use_lang};
use crate::load::{Load, use_load};
use crate::obscore::Product;
use crate::{format, net, tap};

/// Pictures in the strip.
const PICTURES: usize = 40;

/// A strip of thumbnails.
#[component]
pub(super) fn Previews(page: SearchPage) -> impl IntoView {
    let lang = use_lang();
    let pictures = Memo::new(move |_| {
        let mut list: Vec<Product> =
            page.shown.with(|s| s.iter().filter(|p| p.artifact().is_some()).cloned().collect());
        let longest_first = |p: &Product| p.wavelength().map_or(f64::INFINITY, |w| -w);
        list.sort_by(|a, b| longest_first(a).total_cmp(&longest_first(b)));
        list.dedup_by(|a, b| a.access_url == b.access_url);
        list.truncate(PICTURES);
        list
    });
    // Of those, the pictures that turned out not to exist.
    let missing = RwSignal::new(0_usize);
    Effect::new(move |_| {
        pictures.track();
        missing.set(0);
    });
    view! {
        <section
            class="previews"
            aria-labelledby="previews-title"
            hidden=move || pictures.with(Vec::len) <= missing.get()
        >
            <h2 id="previews-title">{m::PREVIEWS.text(lang)}</h2>
            <ul class="strip" tabindex="0">
                <For
                    each=move || pictures.get()
                    key=|product| product.access_url.clone()
                    children=move |product| picture(page, product, missing)
                />
            </ul>
        </section>
    }
    .into_any()
}

fn picture(page: SearchPage, product: Product, missing: RwSignal<usize>) -> impl IntoView {
    let lang = use_lang();
    let hidden = RwSignal::new(false);
    let artifact = product.artifact().map(net::encode).unwrap_or_default();
    let key = product.key().to_owned();
    let name = format!("{} {}", product.instrument, product.target);
    let waves = match (product.em_min, product.em_max) {
        (Some(low), Some(high)) => format::wavelength(low, high),
        _ => String::new(),
    };
    view! {
        <li hidden=hidden>
            <a
                href=href(&format!("/observation/{}", net::encode(&product.obs_id)))
                on:pointerenter=move |_| page.sky.hover.set(Some(key.clone()))
                on:pointerleave=move |_| page.sky.hover.set(None)
            >
                <img
                    src=format!("/data/{artifact}/preview?size=256")
                    alt=m::PREVIEW_OF.with(lang, &[("what", &name)])
                    width="144"
                    height="144"
                    loading="lazy"
                    decoding="async"
                    on:error=move |_| {
                        hidden.set(true);
                        missing.update(|n| *n += 1);
                    }
                />
                <span>{name}</span>
                <small class="quiet">{waves}</small>
            </a>
        </li>
    }
    .into_any()
}

async fn rows_within(list: Vec<Catalogue>, cone: Cone) -> Result<Vec<(Catalogue, u64)>, Problem> {
    let mut counts = Vec::new();
    for catalogue in list {
        let within = catalogue.cone(cone.ra_deg, cone.dec_deg, cone.radius_deg);
        let query = format!("SELECT COUNT(*) AS n FROM {} WHERE {within}", catalogue.table);
        let table = tap::query(query).await?;
        let n = table.rows().next().and_then(|row| row.number("n")).unwrap_or(0.0);
        counts.push((catalogue, n as u64));
    }
    Ok(counts)
}

/// How many rows of each catalogue lie in the cone.
#[component]
pub(super) fn CataloguesHere(page: SearchPage) -> impl IntoView {
    let lang = use_lang();
    let counts = use_load(
        move || Some((page.catalogues.with(|c| c.done().cloned())?, page.cone.get()?)),
        |(list, cone)| rows_within(list, cone),
    );
    view! {
        <section
            class="catalogues"
            aria-labelledby="catalogues-title"
            hidden=move || page.cone.with(Option::is_none)
        >
            <h2 id="catalogues-title">{m::CATALOGUES.text(lang)}</h2>
            {move || match counts.get() {
                Load::Idle | Load::Busy => view! { <Skeleton lines=3 /> }.into_any(),
                Load::Failed(problem) => view! { <ProblemNote problem /> }.into_any(),
                Load::Done(counts) => {
                    let cone = page.cone.get_untracked();
                    cone.map(|cone| list(counts, cone)).into_any()
                }
            }}
        </section>
    }
    .into_any()
}

fn list(counts: Vec<(Catalogue, u64)>, cone: Cone) -> impl IntoView {
    let lang = use_lang();
    if counts.is_empty() {
        return view! { <p class="empty">{m::CATALOGUES_EMPTY.text(lang)}</p> }.into_any();
    }
    let items = counts.into_iter().map(|(catalogue, n)| {
        let within = catalogue.cone(cone.ra_deg, cone.dec_deg, cone.radius_deg);
        let adql = format!("SELECT *\nFROM {}\nWHERE {within}", catalogue.table);
        let radius = format::angle(cone.radius_deg);
        let count = format::count(n);
        view! {
            <li>
                <a href=destination(&adql) title=m::OPEN_QUERY.text(lang)>
                    <code>{catalogue.table}</code>
                    <small class="quiet">{catalogue.description}</small>
                    <span class="num">
                        {m::CATALOGUE_ROWS.with(lang, &[("n", &count), ("radius", &radius)])}
                    </span>
                </a>
            </li>
        }
    });
    view! { <ul class="rows">{items.collect_view()}</ul> }.into_any()
}
