//! Positions in the notation that the user chose, one switch for every page.

use leptos::prelude::*;
use tenkyu_wire::messages::portal as m;

use crate::i18n::use_lang;
use crate::{bridge, format};

const KEY: &str = "tenkyu-notation";

/// Whether positions are shown in decimal degrees; sexagesimal otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Notation(RwSignal<bool>);

/// Makes the choice known to everything below; it is remembered by the browser.
pub(crate) fn provide_notation() {
    let decimal = RwSignal::new(false);
    provide_context(Notation(decimal));
    Effect::new(move |_| {
        if bridge::remembered(KEY).as_deref() == Some("decimal") {
            decimal.set(true);
        }
    });
}

/// The choice.
pub(crate) fn use_decimal() -> RwSignal<bool> {
    use_context::<Notation>().map_or_else(|| RwSignal::new(false), |notation| notation.0)
}

/// A position; its title gives the other notation.
#[component]
pub(crate) fn Position(ra_deg: f64, dec_deg: f64) -> impl IntoView {
    let decimal = use_decimal();
    let text = move |decimal: bool| {
        if decimal {
            format::decimal(ra_deg, dec_deg)
        } else {
            format::sexagesimal(ra_deg, dec_deg)
        }
    };
    view! {
        <span class="num position" title=move || text(!decimal.get())>
            {move || text(decimal.get())}
        </span>
    }
    .into_any()
}

/// The switch.
#[component]
pub(crate) fn NotationSwitch() -> impl IntoView {
    let lang = use_lang();
    let decimal = use_decimal();
    let switch = move |_| {
        decimal.update(|d| *d = !*d);
        let word = if decimal.get_untracked() { "decimal" } else { "sexagesimal" };
        bridge::remember(KEY, word);
    };
    view! {
        <button
            type="button"
            class="button button-small"
            title=m::COORD_SWITCH.text(lang)
            on:click=switch
        >
            {move || {
                if decimal.get() { m::COORD_DECIMAL } else { m::COORD_SEXAGESIMAL }.text(lang)
            }}
        </button>
    }
    .into_any()
}
