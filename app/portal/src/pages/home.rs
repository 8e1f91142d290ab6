//! The start page: one box, the archive on the sky behind it, examples, holdings.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::Title;
use tenkyu_wire::messages::{common, home as m};
use tenkyu_wire::view::SkyState;
use tenkyu_wire::{Message, Problem};

use crate::catalogues::{self, Catalogue};
use crate::components::note::{ProblemNote, Skeleton};
use crate::components::search_box::{SearchBox, destination};
use crate::components::sky_map::{Footprint, SkyLayers, SkyMap, Stars};
use crate::i18n::{href, use_lang};
use crate::load::{Load, use_load};
use crate::{format, tap};

/// Texts that can be searched on any archive with the usual catalogues, and what each shows.
const EXAMPLES: [(&str, Message); 5] = [
    ("NGC 1316", m::EXAMPLE_NAME),
    ("16 34 05 +24 42 30 r=30'", m::EXAMPLE_POSITION),
    ("かに星雲", m::EXAMPLE_JAPANESE),
    ("SELECT TOP 1000 * FROM hipparcos.hip2 ORDER BY pmdec DESC", m::EXAMPLE_ADQL),
    (
        "SELECT facility_name, instrument_name, COUNT(*) AS n FROM ivoa.obscore \
         GROUP BY facility_name, instrument_name ORDER BY n DESC",
        m::EXAMPLE_COUNT,
    ),
];

/// Brightest stars drawn on the background sky.
const STARS: usize = 5000;

/// What the archive holds.
#[derive(Clone, Debug, Default, PartialEq)]
struct Holdings {
    /// Facility, instrument, products.
    instruments: Vec<(String, String, u64)>,
    catalogues: Vec<(Catalogue, u64)>,
}

impl Holdings {
    fn observations(&self) -> u64 {
        self.instruments.iter().map(|(_, _, n)| n).sum()
    }

    fn facilities(&self) -> usize {
        let mut names: Vec<_> = self.instruments.iter().map(|(facility, _, _)| facility).collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    }
}

async fn holdings() -> Result<Holdings, Problem> {
    let counts = tap::query(
        "SELECT facility_name, instrument_name, COUNT(*) AS n FROM ivoa.obscore \
         GROUP BY facility_name, instrument_name ORDER BY n DESC"
            .to_owned(),
    )
    .await?;
    let instruments = counts
        .rows()
        .map(|row| {
            let n = row.number("n").unwrap_or(0.0) as u64;
            (row.text("facility_name"), row.text("instrument_name"), n)
        })
        .collect();
    let mut found = Vec::new();
    for catalogue in catalogues::positional().await? {
        let count = tap::query(format!("SELECT COUNT(*) AS n FROM {}", catalogue.table)).await?;
        let n = count.rows().next().and_then(|row| row.number("n")).unwrap_or(0.0);
        found.push((catalogue, n as u64));
    }
    Ok(Holdings { instruments, catalogues: found })
}

async fn footprints() -> Result<Vec<Footprint>, Problem> {
    let table = tap::query(
        "SELECT TOP 5000 obs_id, s_region, instrument_name FROM ivoa.obscore \
         WHERE s_region IS NOT NULL"
            .to_owned(),
    )
    .await?;
    let footprint = |row: tap::TapRow<'_>| Footprint {
        id: row.text("obs_id"),
        s_region: row.text("s_region"),
        group: row.text("instrument_name"),
        highlight: false,
    };
    Ok(table.rows().map(footprint).collect())
}

/// The brightest stars of the catalogue with the most rows that has a magnitude.
async fn bright_stars(holdings: &Holdings) -> Result<Stars, Problem> {
    let mut with_magnitude: Vec<_> =
        holdings.catalogues.iter().filter(|(c, _)| c.magnitude.is_some()).collect();
    with_magnitude.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let Some((catalogue, _)) = with_magnitude.first() else { return Ok(Stars::default()) };
    catalogue.brightest(STARS, None).await
}

/// The start page.
#[component]
pub(crate) fn Home() -> impl IntoView {
    let lang = use_lang();
    let layers = SkyLayers::new(SkyState { ra_deg: 83.0, dec_deg: 5.0, fov_deg: 120.0 });
    let holdings = use_load(|| Some(()), |()| holdings());
    let outlines = use_load(|| Some(()), |()| footprints());
    let stars = use_load(
        move || holdings.with(|h| h.done().cloned()),
        |holdings| async move { bright_stars(&holdings).await.map(Arc::new) },
    );
    Effect::new(move |_| {
        if let Load::Done(stars) = stars.get() {
            layers.stars.set(stars);
        }
    });
    Effect::new(move |_| {
        if let Load::Done(outlines) = outlines.get() {
            layers.footprints.set(Arc::new(outlines));
        }
    });
    let described = Signal::derive(move || {
        let n = layers.footprints.with(|f| f.len()).to_string();
        m::SKY_LABEL.with(lang, &[("n", &n)])
    });
    view! {
        <Title text=format!("{} · {}", common::PRODUCT.text(lang), m::TITLE.text(lang)) />
        <section class="hero">
            <SkyMap layers label=described backdrop=true />
            <div class="hero-text">
                <h1>{m::HEADLINE.text(lang)}</h1>
                <p class="lead">{m::LEAD.text(lang)}</p>
                <SearchBox />
                <Examples />
            </div>
        </section>
        <section class="page holdings" aria-labelledby="holdings-title">
            <h2 id="holdings-title">{m::HOLDINGS.text(lang)}</h2>
            {move || match holdings.get() {
                Load::Idle | Load::Busy => view! { <Skeleton lines=4 /> }.into_any(),
                Load::Failed(problem) => view! { <ProblemNote problem /> }.into_any(),
                Load::Done(holdings) => view! { <HoldingsView holdings /> }.into_any(),
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Examples() -> impl IntoView {
    let lang = use_lang();
    view! {
        <nav class="examples" aria-label=m::EXAMPLES.text(lang)>
            <span class="examples-title">{m::EXAMPLES.text(lang)}</span>
            {EXAMPLES
                .map(|(text, what)| {
                    view! {
                        <a class="chip" href=destination(text) title=text>
                            {what.text(lang)}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
    .into_any()
}

/// Facility and instrument, as far as they are known.
fn named(facility: &str, instrument: &str) -> String {
    let name = format!("{facility} {instrument}");
    if name.trim().is_empty() { "—".to_owned() } else { name }
}

#[component]
fn HoldingsView(holdings: Holdings) -> impl IntoView {
    let lang = use_lang();
    let rows: u64 = holdings.catalogues.iter().map(|(_, n)| n).sum();
    let figures = [
        (holdings.observations(), m::HOLDINGS_OBSERVATIONS),
        (holdings.facilities() as u64, m::HOLDINGS_FACILITIES),
        (holdings.instruments.len() as u64, m::HOLDINGS_INSTRUMENTS),
        (holdings.catalogues.len() as u64, m::HOLDINGS_CATALOGUES),
        (rows, m::HOLDINGS_ROWS),
    ];
    let most = holdings.instruments.iter().map(|(_, _, n)| *n).max().unwrap_or(1);
    view! {
        {(holdings.observations() == 0)
            .then(|| view! { <p class="empty">{m::HOLDINGS_EMPTY.text(lang)}</p> })}
        <dl class="figures">
            {figures
                .map(|(n, what)| {
                    view! {
                        <div>
                            <dt>{what.text(lang)}</dt>
                            <dd>{format::count(n)}</dd>
                        </div>
                    }
                })
                .collect_view()}
        </dl>
        <div class="two-columns">
            <section>
                <h3>{m::BY_FACILITY.text(lang)}</h3>
                <ul class="bars">
                    {holdings
                        .instruments
                        .into_iter()
                        .map(|(facility, instrument, n)| {
                            let state = tenkyu_wire::view::SearchState {
                                facilities: vec![facility.clone()],
                                instruments: vec![instrument.clone()],
                                ..Default::default()
                            };
                            let query = tenkyu_wire::view::View::to_query(&state);
                            view! {
                                <li>
                                    <a href=href(&format!("/search?{query}"))>
                                        <span>{named(&facility, &instrument)}</span>
                                        <meter min="0" max=most value=n></meter>
                                        <span class="num">{format::count(n)}</span>
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </section>
            <section>
                <h3>{m::CATALOGUES.text(lang)}</h3>
                <ul class="bars">
                    {holdings
                        .catalogues
                        .into_iter()
                        .map(|(catalogue, n)| {
                            let adql = format!("SELECT TOP 1000 * FROM {}", catalogue.table);
                            view! {
                                <li>
                                    <a href=destination(&adql) title=catalogue.description.clone()>
                                        <span>
                                            <code>{catalogue.table.clone()}</code>
                                            " "
                                            <small>{catalogue.description.clone()}</small>
                                        </span>
                                        <span class="num">{format::count(n)}</span>
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </section>
        </div>
    }
    .into_any()
}
