//! Example queries, made from the tables that this server has, and the history.

use leptos::html::Details;
use leptos::prelude::*;
use tenkyu_wire::Message;
use tenkyu_wire::messages::query as m;
use tenkyu_wire::tables::TableMeta;

use super::QueryPage;
use crate::bridge;
use crate::i18n::use_lang;

const KEY: &str = "tenkyu-queries";
/// Queries kept in the browser.
const KEPT: usize = 50;

/// Puts a query at the head of the history.
pub(super) fn remember(adql: &str) {
    let mut list = history();
    list.retain(|query| query != adql);
    list.insert(0, adql.to_owned());
    list.truncate(KEPT);
    if let Ok(text) = serde_json::to_string(&list) {
        bridge::remember(KEY, &text);
    }
}

fn history() -> Vec<String> {
    bridge::remembered(KEY).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Catalogues of stars: with positions and magnitudes.
fn catalogues(page: QueryPage) -> Vec<TableMeta> {
    page.schemas.with(|schemas| {
        let Some(schemas) = schemas.done() else { return Vec::new() };
        let tables = schemas.iter().flat_map(|schema| &schema.tables);
        let found = tables.filter(|t| t.position.is_some() && !t.name.starts_with("ivoa."));
        found.filter(|t| column_with(t, "phot.mag").is_some()).cloned().collect()
    })
}

/// Joins on the sky: pairs within a catalogue, and the nearest star of another.
fn joins(catalogues: &[TableMeta]) -> Vec<(Message, String)> {
    let point = |alias: &str, table: &TableMeta| {
        let (ra, dec) = table.position.clone()?;
        Some(format!("POINT({alias}.{ra}, {alias}.{dec})"))
    };
    let id = |table: &TableMeta| column_with(table, "meta.id");
    let pairs = catalogues.first().and_then(|table| {
        let (name, id) = (&table.name, id(table)?);
        let (a, b, magnitude) = (point("a", table)?, point("b", table)?, column_with(table, "phot.mag")?);
        Some((
            m::EXAMPLE_PAIRS,
            format!(
                "SELECT a.{id} AS first_id, b.{id} AS second_id, DISTANCE({a}, {b}) * 3600 AS arcsec\nFROM {name} AS a\nJOIN {name} AS b\n  ON DISTANCE({a}, {b}) < 10/3600. AND a.{id} < b.{id}\n  AND ABS(a.{magnitude} - b.{magnitude}) < 1\nORDER BY arcsec"
            ),
        ))
    });
    let nearest = catalogues.get(1).zip(catalogues.first()).and_then(|(few, many)| {
        let (a, b) = (point("a", few)?, point("b", many)?);
        Some((
            m::EXAMPLE_NEAREST,
            format!(
                "SELECT TOP 10000 a.{}, b.{}, DISTANCE({a}, {b}) * 3600 AS arcsec\nFROM {} AS a\nLEFT JOIN {} AS b\n  ON 1 = TENKYU_NEAREST({a}, {b}, 5/3600.)",
                id(few)?,
                id(many)?,
                few.name,
                many.name
            ),
        ))
    });
    pairs.into_iter().chain(nearest).collect()
}

fn column_with(table: &TableMeta, ucd: &str) -> Option<String> {
    let found = table.columns.iter().find(|c| c.ucd.to_lowercase().starts_with(ucd))?;
    Some(super::clauses::column(&found.name))
}

/// Queries that every server of this kind can answer, and some on its largest catalogues.
fn examples(page: QueryPage) -> Vec<(Message, String)> {
    let mut list = Vec::new();
    let catalogues = catalogues(page);
    if let Some(table) = catalogues.first()
        && let Some((ra, dec)) = table.position.clone()
        && let Some(magnitude) = column_with(table, "phot.mag")
    {
        let name = &table.name;
        list.push((
            m::EXAMPLE_CONE,
            format!(
                "SELECT *\nFROM {name}\nWHERE 1 = CONTAINS(POINT('ICRS', {ra}, {dec}),\n                   CIRCLE('ICRS', 56.75, 24.12, 0.5))"
            ),
        ));
        list.push((
            m::EXAMPLE_BRIGHT,
            format!(
                "SELECT TOP 100000 *\nFROM {name}\nWHERE {magnitude} IS NOT NULL\nORDER BY {magnitude}"
            ),
        ));
    }
    list.extend(joins(&catalogues));
    list.push((
        m::EXAMPLE_COUNT,
        "SELECT facility_name, instrument_name, COUNT(*) AS n\nFROM ivoa.obscore\nGROUP BY facility_name, instrument_name\nORDER BY n DESC".to_owned(),
    ));
    list.push((
        m::EXAMPLE_LONG,
        "SELECT TOP 100 obs_id, target_name, instrument_name, t_exptime, s_ra, s_dec\nFROM ivoa.obscore\nWHERE t_exptime IS NOT NULL\nORDER BY t_exptime DESC".to_owned(),
    ));
    list.push((
        m::EXAMPLE_COLUMNS,
        "SELECT table_name, column_name, unit, ucd, description\nFROM TAP_SCHEMA.columns\nORDER BY table_name, column_name".to_owned(),
    ));
    list
}

/// Puts a query into the editor.
fn edit(page: QueryPage, adql: String) {
    page.text.set(adql);
    if let Some(area) = page.area.get_untracked() {
        let _ = area.focus();
    }
}

/// The examples to choose from while there is no result.
#[component]
pub(super) fn Cards(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let card = move |(title, adql): (Message, String)| {
        let text = adql.clone();
        view! {
            <li>
                <button type="button" on:click=move |_| edit(page, text.clone())>
                    <span>{title.text(lang)}</span>
                    <code>{adql}</code>
                </button>
            </li>
        }
    };
    view! {
        <ul class="cards">{move || examples(page).into_iter().map(card).collect_view()}</ul>
    }
    .into_any()
}

/// Two menus: examples and history.
#[component]
pub(super) fn Menus(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let past = RwSignal::new(Vec::<String>::new());
    let [first, second] = [(); 2].map(|()| NodeRef::<Details>::new());
    let take = move |menu: NodeRef<Details>, adql: String| {
        if let Some(menu) = menu.get_untracked() {
            let _ = menu.remove_attribute("open");
        }
        edit(page, adql);
    };
    view! {
            <details class="menu" name="query-menu" node_ref=first>
                <summary class="button">{m::EXAMPLES.text(lang)}</summary>
                <ul>
                    {move || {
                        examples(page)
                            .into_iter()
                            .map(|(title, adql)| {
                                let text = adql.clone();
                                view! {
                                    <li>
                                        <button
                                            type="button"
                                            title=adql
                                            on:click=move |_| take(first, text.clone())
                                        >
                                            {title.text(lang)}
                                        </button>
                                    </li>
                                }
                            })
                            .collect_view()
                    }}
                </ul>
            </details>
            <details
                class="menu"
                name="query-menu"
                node_ref=second
                on:toggle=move |_| past.set(history())
            >
                <summary class="button">{m::HISTORY.text(lang)}</summary>
                <ul>
                    {move || {
                        let list = past.get();
                        if list.is_empty() {
                            return view! { <li class="quiet">{m::HISTORY_EMPTY.text(lang)}</li> }
                                .into_any();
                        }
                        list.into_iter()
                            .map(|adql| {
                                let text = adql.clone();
                                view! {
                                    <li>
                                        <button
                                            type="button"
                                            on:click=move |_| take(second, text.clone())
                                        >
                                            <code>{adql}</code>
                                        </button>
                                    </li>
                                }
                            })
                            .collect_view()
                            .into_any()
                    }}
                </ul>
            </details>
    }
    .into_any()
}
