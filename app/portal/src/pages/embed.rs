//! Views without the frame, for other people's pages; a small link leads to the full page.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use tenkyu_wire::messages::{common, portal as p, search as s};
use tenkyu_wire::view::SkyState;

use crate::address::use_address;
use crate::catalogues;
use crate::components::note::BrokenNote;
use crate::components::sky_map::{Footprint, SkyLayers, SkyMap};
use crate::format;
use crate::i18n::use_lang;
use crate::load::{Load, use_load};
use crate::pages::image::EmbeddedImage;
use crate::pages::query::QueryResultOnly;
use crate::tap;

/// The product's name and the way to the full page.
#[component]
fn FullPage(#[prop(into)] path: Signal<String>) -> impl IntoView {
    let lang = use_lang();
    view! {
        <footer class="embed-foot">
            <a href=path target="_blank" rel="noopener external">
                <img src="/favicon.svg" alt="" width="16" height="16" />
                {common::PRODUCT.text(lang)}
                " · "
                {p::OPEN_FULL.text(lang)}
            </a>
        </footer>
    }
    .into_any()
}

/// The address without its `/embed`.
fn full_path() -> Signal<String> {
    let location = use_location();
    Signal::derive(move || {
        let path = location.pathname.get();
        let path = path.strip_prefix("/embed").unwrap_or(&path).to_owned();
        let path = if path == "/table" { "/query".to_owned() } else { path };
        let search = location.search.get();
        format!("{path}?{}", search.strip_prefix('?').unwrap_or(&search))
    })
}

/// `/embed/image/{artifact}`
#[component]
pub(crate) fn EmbedImage() -> impl IntoView {
    view! {
        <EmbeddedImage />
        <FullPage path=full_path() />
    }
    .into_any()
}

/// `/embed/table`
#[component]
pub(crate) fn EmbedTable() -> impl IntoView {
    view! {
        <QueryResultOnly />
        <FullPage path=full_path() />
    }
    .into_any()
}

/// `/embed/sky`
#[component]
pub(crate) fn EmbedSky() -> impl IntoView {
    let lang = use_lang();
    let address = use_address::<SkyState>();
    let layers = SkyLayers::new(address.state.get_untracked());
    Effect::new(move |_| {
        let view = layers.view.get();
        address.glide(|s| *s = view);
    });
    Effect::new(move |_| layers.view.set(address.state.get()));
    let outlines = use_load(|| Some(()), |()| all_outlines());
    Effect::new(move |_| {
        if let Load::Done(outlines) = outlines.get() {
            layers.footprints.set(outlines.into());
        }
    });
    let stars = use_load(
        move || {
            let view = layers.view.get();
            // The field in steps, so that a panned map does not ask for every pixel.
            let step = (view.fov_deg / 2.0).max(1e-3);
            let round = |v: f64| (v / step).round() * step;
            Some((round(view.ra_deg), round(view.dec_deg).clamp(-90.0, 90.0), step * 4.0))
        },
        |(ra, dec, radius)| catalogues::stars_around(ra, dec, radius.min(90.0)),
    );
    Effect::new(move |_| {
        if let Load::Done(stars) = stars.get() {
            layers.stars.set(stars.into());
        }
    });
    let label = Signal::derive(move || {
        let view = layers.view.get();
        let n = layers.footprints.with(|f| f.len()).to_string();
        let stars = layers.stars.with(|s| s.len()).to_string();
        let (position, fov) =
            (format::sexagesimal(view.ra_deg, view.dec_deg), format::angle(view.fov_deg));
        let values = [("position", &position), ("fov", &fov), ("n", &n), ("stars", &stars)];
        s::MAP_LABEL.with(lang, &values.map(|(name, value)| (name, value.as_str())))
    });
    let full = Signal::derive(move || {
        let view = layers.view.get();
        let q = crate::net::encode(&format!("{} {}", view.ra_deg, view.dec_deg));
        format!("/search?v=1&q={q}&r={}", (view.fov_deg / 2.6).clamp(1e-3, 90.0))
    });
    view! {
        <BrokenNote fields=address.broken />
        <div class="embed-sky">
            <SkyMap layers label />
        </div>
        <FullPage path=full />
    }
    .into_any()
}

async fn all_outlines() -> Result<Vec<Footprint>, tenkyu_wire::Problem> {
    let table = tap::query(
        "SELECT obs_id, s_region, instrument_name FROM ivoa.obscore WHERE s_region IS NOT NULL"
            .to_owned(),
    )
    .await?;
    let outline = |row: tap::TapRow<'_>| Footprint {
        id: row.text("obs_id"),
        s_region: row.text("s_region"),
        group: row.text("instrument_name"),
        highlight: false,
    };
    Ok(table.rows().map(outline).collect())
}
