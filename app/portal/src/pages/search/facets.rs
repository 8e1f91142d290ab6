//! Facility / instrument / count: the chips that narrow a search at once.

use std::collections::BTreeMap;

use leptos::prelude::*;
use tenkyu_wire::messages::search as m;

use super::SearchPage;
use crate::i18n::use_lang;

/// A facility, its products, and the products of each of its instruments.
type FacilityCount = (String, u64, Vec<(String, u64)>);

/// Products by facility and instrument, most first.
fn tally(page: SearchPage) -> Vec<FacilityCount> {
    let mut counts = BTreeMap::<String, BTreeMap<String, u64>>::new();
    page.products.with(|found| {
        for product in found.done().map_or(&[][..], |f| &f.products) {
            let instruments = counts.entry(product.facility.clone()).or_default();
            *instruments.entry(product.instrument.clone()).or_default() += 1;
        }
    });
    let mut list: Vec<_> = counts
        .into_iter()
        .map(|(facility, instruments)| {
            let mut instruments: Vec<_> = instruments.into_iter().collect();
            instruments.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
            let total = instruments.iter().map(|(_, n)| n).sum();
            (facility, total, instruments)
        })
        .collect();
    list.sort_by_key(|(_, n, _)| std::cmp::Reverse(*n));
    list
}

/// Adds a value or takes it away.
fn toggle(values: &mut Vec<String>, value: &str) {
    match values.iter().position(|kept| kept == value) {
        Some(i) => {
            values.remove(i);
        }
        None => values.push(value.to_owned()),
    }
}

/// The chips; those of a facility stand together.
#[component]
pub(super) fn Facets(page: SearchPage) -> impl IntoView {
    let lang = use_lang();
    let list = Memo::new(move |_| tally(page));
    // Room is kept while the answer is on its way, not where there is nothing to choose from.
    let none = move || page.products.with(|p| p.done().is_some()) && list.with(Vec::is_empty);
    view! {
        <nav class="facets" aria-label=m::FACETS.text(lang) hidden=none>
            {move || {
                list.get()
                    .into_iter()
                    .map(|(facility, total, instruments)| {
                        let label = facility.clone();
                        view! {
                            <div class="facet-group" role="group" aria-label=label>
                                <FacilityChip page facility total />
                                {instruments
                                    .into_iter()
                                    .map(|(instrument, n)| {
                                        view! { <InstrumentChip page instrument n /> }
                                    })
                                    .collect_view()}
                            </div>
                        }
                    })
                    .collect_view()
            }}
        </nav>
    }
    .into_any()
}

/// An empty name is shown as a dash.
fn or_dash(name: &str) -> String {
    if name.is_empty() { "—".to_owned() } else { name.to_owned() }
}

#[component]
fn FacilityChip(page: SearchPage, facility: String, total: u64) -> impl IntoView {
    let (name, value) = (or_dash(&facility), facility.clone());
    let pressed = move || page.address.state.with(|s| s.facilities.contains(&value)).to_string();
    view! {
        <button
            type="button"
            class="chip chip-strong"
            aria-pressed=pressed
            on:click=move |_| page.address.push(|s| toggle(&mut s.facilities, &facility))
        >
            {name}
            <span class="num">{total}</span>
        </button>
    }
    .into_any()
}

#[component]
fn InstrumentChip(page: SearchPage, instrument: String, n: u64) -> impl IntoView {
    let (name, value) = (or_dash(&instrument), instrument.clone());
    let pressed = move || page.address.state.with(|s| s.instruments.contains(&value)).to_string();
    view! {
        <button
            type="button"
            class="chip"
            aria-pressed=pressed
            on:click=move |_| page.address.push(|s| toggle(&mut s.instruments, &instrument))
        >
            {name}
            <span class="num">{n}</span>
        </button>
    }
    .into_any()
}
