//! The answer page of a search: what was resolved, what was observed there, on the sky and as a
//! table, and what the catalogues hold.

mod around;
mod facets;
mod filters;
mod plan;
mod resolved;
mod table;

use std::sync::Arc;

use leptos::prelude::*;
use tenkyu_wire::messages::{portal as p, search as m};
use tenkyu_wire::resolve::{Resolution, Target};
use tenkyu_wire::view::{SearchState, SkyState};
use tenkyu_wire::{Message, Problem};

use crate::address::{Address, use_address};
use crate::catalogues::{self, Catalogue};
use crate::components::note::{BrokenNote, ProblemNote, Remark, Skeleton};
use crate::components::page_title::PageTitle;
use crate::components::reproduce::{Embedding, Reproduce, tap_code};
use crate::components::sky_map::{Footprint, SkyLayers, SkyMap};
use crate::i18n::use_lang;
use crate::load::{Load, use_load};
use crate::obscore::Product;
use crate::{format, net, tap};

use plan::Cone;

/// What the whole page works on.
#[derive(Clone, Copy)]
pub(crate) struct SearchPage {
    address: Address<SearchState>,
    /// `None` inside `Done` is a search without a position: the whole archive.
    resolved: RwSignal<Load<Option<Resolution>>>,
    /// Which of the matches is meant.
    choice: RwSignal<usize>,
    cone: Memo<Option<Cone>>,
    products: RwSignal<Load<Arc<Found>>>,
    /// Kept by the filters, sorted.
    shown: Memo<Arc<Vec<Product>>>,
    catalogues: RwSignal<Load<Vec<Catalogue>>>,
    sky: SkyLayers,
}

/// Products of a cone.
#[derive(Clone, Debug, Default, PartialEq)]
struct Found {
    products: Vec<Product>,
    overflow: bool,
}

/// Asks what a text stands for; an empty text stands for the whole archive.
async fn resolve(text: String) -> Result<Option<Resolution>, Problem> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    net::get_json(&format!("/resolve?q={}", net::encode(&text))).await.map(Some)
}

async fn observed(cone: Option<Cone>) -> Result<Arc<Found>, Problem> {
    let table = tap::query(plan::cone_query(cone)).await?;
    Ok(Arc::new(Found { products: Product::all(&table), overflow: table.overflow }))
}

/// The radius that counts: the state's, the text's own, twice the object's size, the default.
fn radius(state: &SearchState, resolution: &Resolution, target: &Target) -> f64 {
    let of_size = target.size_deg.map(|size| size.clamp(plan::DEFAULT_RADIUS_DEG, 5.0));
    state.radius_deg.or(resolution.radius_deg).or(of_size).unwrap_or(plan::DEFAULT_RADIUS_DEG)
}

fn use_search_page() -> SearchPage {
    let address = use_address::<SearchState>();
    let state = address.state;
    let text = Memo::new(move |_| state.with(|s| s.q.clone()));
    let resolved = use_load(move || Some(text.get()), resolve);
    let choice = RwSignal::new(0);
    Effect::new(move |_| {
        text.track();
        choice.set(0);
    });
    let cone = Memo::new(move |_| {
        resolved.with(|resolved| {
            let resolution = resolved.done()?.as_ref()?;
            let target = resolution.matches.get(choice.get())?;
            let radius_deg = state.with(|s| radius(s, resolution, target));
            Some(Cone { ra_deg: target.ra_deg, dec_deg: target.dec_deg, radius_deg })
        })
    });
    let asked = move || {
        let known = resolved.with(|r| match r.done() {
            Some(None) => true,
            Some(Some(resolution)) => !resolution.matches.is_empty(),
            None => false,
        });
        known.then(|| cone.get())
    };
    let products = use_load(asked, observed);
    let shown = Memo::new(move |_| {
        let state = state.get();
        let mut kept: Vec<Product> = products.with(|found| {
            let all = found.done().map_or(&[][..], |found| &found.products);
            all.iter().filter(|product| plan::keeps(&state, product)).cloned().collect()
        });
        plan::sort(&mut kept, &state.sort, cone.get());
        Arc::new(kept)
    });
    let catalogues = use_load(|| Some(()), |()| catalogues::positional());
    let sky = SkyLayers::new(SkyState::default());
    let page = SearchPage { address, resolved, choice, cone, products, shown, catalogues, sky };
    page.follow_on_the_sky();
    page
}

impl SearchPage {
    /// Keeps the map at the cone, with the outlines of what is shown and the stars of the field.
    fn follow_on_the_sky(self) {
        let SearchPage { cone, shown, sky, catalogues, .. } = self;
        Effect::new(move |_| {
            sky.view.set(match cone.get() {
                Some(cone) => SkyState {
                    ra_deg: cone.ra_deg,
                    dec_deg: cone.dec_deg,
                    fov_deg: (cone.radius_deg * 2.6).clamp(1e-3, 180.0),
                },
                None => SkyState::default(),
            });
            let circle =
                |c: Cone| format!("CIRCLE ICRS {} {} {}", c.ra_deg, c.dec_deg, c.radius_deg);
            sky.searched.set(cone.get().map(circle).unwrap_or_default());
        });
        Effect::new(move |_| {
            let outline = |product: &Product| Footprint {
                id: product.key().to_owned(),
                s_region: product.region.clone(),
                group: product.instrument.clone(),
                highlight: false,
            };
            let outlines = shown.with(|s| {
                s.iter().filter(|product| !product.region.is_empty()).map(outline).collect()
            });
            sky.footprints.set(Arc::new(outlines));
        });
        let stars = use_load(
            move || {
                let list = catalogues.with(|c| c.done().cloned())?;
                Some((list, cone.get()))
            },
            |(list, cone)| async move {
                let around = cone.map(|c| (c.ra_deg, c.dec_deg, (c.radius_deg * 3.0).min(90.0)));
                catalogues::densest(&list, around).await.map(Arc::new)
            },
        );
        Effect::new(move |_| {
            if let Load::Done(stars) = stars.get() {
                sky.stars.set(stars);
            }
        });
    }
}

/// The page.
#[component]
pub(crate) fn Search() -> impl IntoView {
    let lang = use_lang();
    let page = use_search_page();
    let state = page.address.state;
    let title = Signal::derive(move || {
        let what = state.with(|s| s.q.clone());
        if what.is_empty() {
            m::TITLE.text(lang).to_owned()
        } else {
            m::TITLE_FOR.with(lang, &[("what", &what)])
        }
    });
    let wrong = Memo::new(move |_| {
        page.resolved.with(|resolved| match resolved {
            Load::Failed(problem) => Some(problem.clone()),
            _ => None,
        })
    });
    let unknown = Memo::new(move |_| {
        page.resolved.with(|resolved| {
            let resolution = resolved.done()?.as_ref()?;
            resolution.matches.is_empty().then(|| resolution.clone())
        })
    });
    view! {
        <PageTitle text=title />
        <div class="page page-wide search-page">
            <BrokenNote fields=page.address.broken />
            {move || wrong.get().map(|problem| view! { <ProblemNote problem /> })}
            {move || {
                unknown.get().map(|resolution| view! { <resolved::UnknownName resolution /> })
            }}
            <resolved::ResolvedHeader page>
                <Reproduce title embedding=embedding(page) code=code(page) />
            </resolved::ResolvedHeader>
            <Show when=move || unknown.with(Option::is_none) && wrong.with(Option::is_none)>
                <facets::Facets page />
                <filters::Filters page />
                <div class="search-split">
                    <section class="search-map" aria-label=m::MAP.text(lang)>
                        <SkyMap layers=page.sky label=map_label(page) on_pick=focus_row() />
                    </section>
                    <Observations page />
                </div>
                <around::Previews page />
                <around::CataloguesHere page />
            </Show>
        </div>
    }
    .into_any()
}

/// A pick on the map goes to the row in the table.
fn focus_row() -> Callback<String> {
    Callback::new(|id: String| {
        if let Some(row) = document().get_element_by_id(&table::row_id(&id)) {
            row.scroll_into_view();
            if let Ok(Some(link)) = row.query_selector("a") {
                let link: web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_into(link);
                let _ = link.focus();
            }
        }
    })
}

fn map_label(page: SearchPage) -> Signal<String> {
    let lang = use_lang();
    Signal::derive(move || {
        let view = page.sky.view.get();
        let n = page.sky.footprints.with(|f| f.len()).to_string();
        let stars = page.sky.stars.with(|s| s.len()).to_string();
        let values = [
            ("position", format::sexagesimal(view.ra_deg, view.dec_deg)),
            ("fov", format::angle(view.fov_deg)),
            ("n", n),
            ("stars", stars),
        ];
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        m::MAP_LABEL.with(lang, &values)
    })
}

fn embedding(page: SearchPage) -> Signal<Option<Embedding>> {
    Signal::derive(move || {
        let view = page.sky.view.get();
        let query = tenkyu_wire::view::View::to_query(&view);
        Some(Embedding {
            path: format!("sky?{query}"),
            element: format!(
                "<tenkyu-sky ra=\"{}\" dec=\"{}\" fov=\"{}\"></tenkyu-sky>",
                view.ra_deg, view.dec_deg, view.fov_deg
            ),
        })
    })
}

fn code(page: SearchPage) -> Signal<Vec<(Message, String)>> {
    Signal::derive(move || {
        tap_code(&plan::filtered_query(page.cone.get(), &page.address.state.get()), "")
    })
}

/// The table with its count, export links and empty states.
#[component]
fn Observations(page: SearchPage) -> impl IntoView {
    let lang = use_lang();
    let state = page.address.state;
    let counts = move || {
        let all = page.products.with(|f| f.done().map_or(0, |f| f.products.len()));
        let n = page.shown.with(|s| s.len());
        m::FOUND.with(lang, &[("n", &n.to_string()), ("all", &all.to_string())])
    };
    let overflow = move || page.products.with(|f| f.done().is_some_and(|f| f.overflow));
    let failed = move || {
        page.products.with(|f| match f {
            Load::Failed(problem) => Some(problem.clone()),
            _ => None,
        })
    };
    let export = move |format: &'static str, label: &'static str| {
        let target =
            move || tap::download(&plan::filtered_query(page.cone.get(), &state.get()), format);
        view! { <a rel="external" href=target download="">{label}</a> }
    };
    let waiting = Memo::new(move |_| {
        page.resolved.with(|r| matches!(r, Load::Idle | Load::Busy))
            || page.products.with(|f| matches!(f, Load::Idle | Load::Busy))
    });
    view! {
        <section class="search-table" aria-labelledby="observations-title">
            <header class="section-head">
                <h2 id="observations-title">{m::OBSERVATIONS.text(lang)}</h2>
                <p class="section-count" role="status" aria-live="polite">{counts}</p>
                <p class="export">
                    {m::EXPORT.text(lang)} " " {export("csv", "CSV")} " "
                    {export("votable", "VOTable")}
                </p>
            </header>
            <Show when=overflow>
                <Remark text=p::OVERFLOW />
            </Show>
            {move || failed().map(|problem| view! { <ProblemNote problem /> })}
            {move || {
                if waiting.get() {
                    view! { <Skeleton lines=8 /> }.into_any()
                } else if page.shown.with(|s| s.is_empty()) {
                    view! { <Empty page /> }.into_any()
                } else {
                    view! { <table::ProductTable page /> }.into_any()
                }
            }}
        </section>
    }
    .into_any()
}

/// Nothing there, or nothing left by the filters: what to do next.
#[component]
fn Empty(page: SearchPage) -> impl IntoView {
    let lang = use_lang();
    let any = page.products.with(|f| f.done().is_some_and(|f| !f.products.is_empty()));
    if any {
        return view! {
            <div class="empty">
                <p>{m::NONE_LEFT.text(lang)}</p>
                <button
                    type="button"
                    class="button"
                    on:click=move |_| page.address.push(filters::clear)
                >
                    {m::CLEAR_FILTERS.text(lang)}
                </button>
            </div>
        }
        .into_any();
    }
    let Some(cone) = page.cone.get() else {
        return view! {
            <div class="empty">
                <p>{tenkyu_wire::messages::home::HOLDINGS_EMPTY.text(lang)}</p>
            </div>
        }
        .into_any();
    };
    let wider = (cone.radius_deg * 4.0).min(180.0);
    let says = m::NONE_IN_CONE.with(lang, &[("radius", &format::angle(cone.radius_deg))]);
    view! {
        <div class="empty">
            <p>{says}</p>
            <p>{m::NONE_HELP.text(lang)}</p>
            <button
                type="button"
                class="button"
                on:click=move |_| page.address.push(|s| s.radius_deg = Some(wider))
            >
                {m::WIDEN.with(lang, &[("radius", &format::angle(wider))])}
            </button>
        </div>
    }
    .into_any()
}
