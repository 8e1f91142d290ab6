//! Band, product type, date and exposure.

use leptos::prelude::*;
use tenkyu_wire::messages::search as m;
use tenkyu_wire::view::SearchState;

use super::SearchPage;
use crate::format;
use crate::i18n::use_lang;
use crate::obscore::{Band, Product};

/// Takes every filter away; the position, radius and order stay.
pub(super) fn clear(state: &mut SearchState) {
    let kept = SearchState {
        q: std::mem::take(&mut state.q),
        radius_deg: state.radius_deg,
        sort: std::mem::take(&mut state.sort),
        ..Default::default()
    };
    *state = kept;
}

fn any(state: &SearchState) -> bool {
    let mut without = state.clone();
    clear(&mut without);
    without != *state
}

/// Values that occur among the products of the cone.
fn present<T: PartialEq>(page: SearchPage, value: impl Fn(&Product) -> Option<T>) -> Vec<T> {
    let mut values = Vec::new();
    page.products.with(|found| {
        for product in found.done().map_or(&[][..], |f| &f.products) {
            if let Some(value) = value(product)
                && !values.contains(&value)
            {
                values.push(value);
            }
        }
    });
    values
}

/// Whether a text was meant as a date and is none.
fn is_no_date(text: &str) -> bool {
    !text.is_empty() && format::mjd_of_date(text).is_none()
}

/// The filters in one row.
#[component]
pub(super) fn Filters(page: SearchPage) -> impl IntoView {
    let lang = use_lang();
    let address = page.address;
    let state = address.state;
    let bands = Memo::new(move |_| {
        let mut bands = present(page, Product::band);
        bands.sort_unstable();
        bands
    });
    let types = Memo::new(move |_| {
        let named = |p: &Product| (!p.product_type.is_empty()).then(|| p.product_type.clone());
        present(page, named)
    });
    view! {
        <section class="filters" aria-label=m::FILTERS.text(lang)>
            <label class="field">
                <span>{m::BAND.text(lang)}</span>
                <select on:change=move |event| {
                    let word = event_target_value(&event);
                    address.push(|s| s.bands = only(word));
                }>
                    <option value="">{m::ANY.text(lang)}</option>
                    {move || bands.get().into_iter().map(|band| band_option(state, band)).collect_view()}
                </select>
            </label>
            <label class="field">
                <span>{m::PRODUCT_TYPE.text(lang)}</span>
                <select on:change=move |event| {
                    let word = event_target_value(&event);
                    address.push(|s| s.types = only(word));
                }>
                    <option value="">{m::ANY.text(lang)}</option>
                    {move || {
                        types
                            .get()
                            .into_iter()
                            .map(|word| {
                                let name = format::kind(&word, lang);
                                let value = word.clone();
                                let selected = move || state.with(|s| s.types.contains(&word));
                                view! {
                                    <option value=value selected=selected>
                                        {name}
                                    </option>
                                }
                            })
                            .collect_view()
                    }}
                </select>
            </label>
            <label class="field">
                <span>{m::DATE_FROM.text(lang)}</span>
                <input
                    type="text"
                    inputmode="numeric"
                    placeholder="YYYY-MM-DD"
                    maxlength="10"
                    aria-invalid=move || state.with(|s| is_no_date(&s.from)).to_string()
                    prop:value=move || state.with(|s| s.from.clone())
                    on:change=move |event| {
                        let date = event_target_value(&event);
                        address.push(|s| s.from = date.trim().to_owned());
                    }
                />
            </label>
            <label class="field">
                <span>{m::DATE_TO.text(lang)}</span>
                <input
                    type="text"
                    inputmode="numeric"
                    placeholder="YYYY-MM-DD"
                    maxlength="10"
                    aria-invalid=move || state.with(|s| is_no_date(&s.to)).to_string()
                    prop:value=move || state.with(|s| s.to.clone())
                    on:change=move |event| {
                        let date = event_target_value(&event);
                        address.push(|s| s.to = date.trim().to_owned());
                    }
                />
            </label>
            <label class="field">
                <span>{m::EXPOSURE_MIN.text(lang)}</span>
                <input
                    type="number"
                    min="0"
                    step="any"
                    prop:value=move || {
                        state.with(|s| s.exposure_min.map_or(String::new(), |v| v.to_string()))
                    }
                    on:change=move |event| {
                        let seconds = event_target_value(&event).parse().ok();
                        address.push(|s| s.exposure_min = seconds.filter(|v: &f64| *v >= 0.0));
                    }
                />
            </label>
            <button
                type="button"
                class="button"
                disabled=move || !state.with(any)
                on:click=move |_| address.push(clear)
            >
                {m::CLEAR_FILTERS.text(lang)}
            </button>
        </section>
    }
    .into_any()
}

fn only(word: String) -> Vec<String> {
    if word.is_empty() { Vec::new() } else { vec![word] }
}

fn band_option(state: RwSignal<SearchState>, band: Band) -> impl IntoView {
    let word = band.word();
    let selected = move || state.with(|s| s.bands.iter().any(|b| b == word));
    view! {
        <option value=word selected=selected>
            {band.name().text(use_lang())}
        </option>
    }
    .into_any()
}
