//! The table of observations.

use leptos::prelude::*;
use tenkyu_wire::Message;
use tenkyu_wire::messages::{portal as p, search as m};

use super::SearchPage;
use super::plan::{Column, distance, split_sort};
use crate::components::notation::{NotationSwitch, Position};
use crate::i18n::{href, use_lang};
use crate::obscore::Product;
use crate::{format, net};

/// Rows put into the document before "show all" is pressed.
const FIRST: usize = 200;

/// Element id of a product's row.
pub(super) fn row_id(key: &str) -> String {
    format!("row-{}", net::encode(key))
}

fn title_of(column: Column) -> Message {
    match column {
        Column::Target => m::COL_TARGET,
        Column::Instrument => m::COL_INSTRUMENT,
        Column::Type => m::COL_TYPE,
        Column::Band => m::COL_BAND,
        Column::Date => m::COL_DATE,
        Column::Exposure => m::COL_EXPOSURE,
        Column::Distance => m::COL_DISTANCE,
    }
}

/// The products that the filters keep.
#[component]
pub(super) fn ProductTable(page: SearchPage) -> impl IntoView {
    let lang = use_lang();
    let all = RwSignal::new(false);
    let total = move || page.shown.with(|s| s.len());
    let rows = move || {
        let limit = if all.get() { usize::MAX } else { FIRST };
        let products = page.shown.get();
        let list: Vec<_> = products.iter().take(limit).cloned().collect();
        list.into_iter().map(|product| row(page, product)).collect_view()
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=m::OBSERVATIONS.text(lang)>
            <table class="table">
                <thead>
                    <tr>
                        {Column::ALL
                            .into_iter()
                            .filter(move |c| *c != Column::Distance)
                            .map(|column| header(page, column))
                            .collect_view()}
                        <th scope="col">
                            {m::COL_POSITION.text(lang)} " " <NotationSwitch />
                        </th>
                        {header(page, Column::Distance)}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <Show when=move || { !all.get() && total() > FIRST }>
            <p>
                <button type="button" class="button" on:click=move |_| all.set(true)>
                    {move || p::SHOW_ALL.with(lang, &[("n", &total().to_string())])}
                </button>
            </p>
        </Show>
    }
    .into_any()
}

fn header(page: SearchPage, column: Column) -> impl IntoView {
    let lang = use_lang();
    let title = title_of(column).text(lang);
    let state = page.address.state;
    let order = move || {
        state.with(|s| match split_sort(&s.sort) {
            (word, false) if word == column.word() => "ascending",
            (word, true) if word == column.word() => "descending",
            _ => "none",
        })
    };
    let sort = move |_| {
        page.address.push(|s| {
            s.sort = match split_sort(&s.sort) {
                (word, false) if word == column.word() => format!("-{word}"),
                (word, true) if word == column.word() => String::new(),
                _ => column.word().to_owned(),
            };
        });
    };
    view! {
        <th scope="col" aria-sort=order>
            <button
                type="button"
                class="sort"
                title=m::SORT_BY.with(lang, &[("column", title)])
                on:click=sort
            >
                {title}
            </button>
        </th>
    }
    .into_any()
}

fn row(page: SearchPage, product: Product) -> impl IntoView {
    let lang = use_lang();
    let hover = page.sky.hover;
    let key = product.key().to_owned();
    let id = row_id(&key);
    let (enter, lit) = (key.clone(), key);
    let far = distance(&product, page.cone.get_untracked());
    let link = href(&format!("/observation/{}", net::encode(&product.obs_id)));
    let name =
        if product.target.is_empty() { product.obs_id.clone() } else { product.target.clone() };
    let band = product.band().map(|band| band.name().text(lang));
    let waves = match (product.em_min, product.em_max) {
        (Some(low), Some(high)) => format::wavelength(low, high),
        _ => String::new(),
    };
    view! {
        <tr
            id=id
            class:lit=move || hover.with(|h| h.as_deref() == Some(&lit))
            on:pointerenter=move |_| hover.set(Some(enter.clone()))
            on:pointerleave=move |_| hover.set(None)
        >
            <th scope="row">
                <a href=link title=product.obs_id.clone()>{name}</a>
            </th>
            <td>
                {product.instrument.clone()}
                <small class="quiet">" " {product.facility.clone()}</small>
            </td>
            <td>{format::kind(&product.product_type, lang)}</td>
            <td title=waves>{band}</td>
            <td class="num" title=product.t_min.map(|t| format!("MJD {t}"))>
                {product.t_min.map(format::date_of_mjd)}
            </td>
            <td class="num" title=product.exposure_s.map(|s| format!("{s} s"))>
                {product.exposure_s.map(format::duration)}
            </td>
            <td>
                {product
                    .ra_deg
                    .zip(product.dec_deg)
                    .map(|(ra_deg, dec_deg)| view! { <Position ra_deg dec_deg /> })}
            </td>
            <td class="num">{far.map(format::angle)}</td>
        </tr>
    }
    .into_any()
}
