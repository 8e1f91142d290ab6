//! A result that is tied to the data as they were when its link was made.

use leptos::prelude::*;
use tenkyu_wire::messages::query as m;

use super::QueryPage;
use crate::i18n::use_lang;
use crate::load::use_load;
use crate::tap;

/// Says that the data have changed since, with the way to the newest; nothing while they have not.
#[component]
pub(super) fn Snapshot(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let state = page.address.state;
    let pinned = Memo::new(move |_| {
        state.with(|s| (!s.snapshot.is_empty()).then(|| (s.adql.clone(), s.snapshot.clone())))
    });
    let newest = use_load(move || pinned.get(), |(adql, _)| tap::snapshots(adql));
    let changed = move || {
        let Some((_, pinned)) = pinned.get() else { return false };
        newest.with(|newest| newest.done().is_some_and(|newest| differ(&pinned, newest)))
    };
    view! {
        <Show when=changed>
            <div class="note note-warning" role="status">
                <p>{m::DATA_CHANGED.text(lang)}</p>
                <button
                    type="button"
                    class="button"
                    on:click=move |_| page.address.push(|s| s.snapshot = String::new())
                >
                    {m::USE_NEWEST.text(lang)}
                </button>
            </div>
        </Show>
    }
    .into_any()
}

/// Whether a table's newest snapshot is another than the one of `schema.table@snapshot, …`.
fn differ(pinned: &str, newest: &[(String, String)]) -> bool {
    pinned.split(',').filter_map(|part| part.trim().split_once('@')).any(|(table, snapshot)| {
        newest.iter().any(|(name, now)| name.eq_ignore_ascii_case(table) && now != snapshot)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_table_is_noticed() {
        let newest = [("gaia.dr3".to_owned(), "2".to_owned()), ("a.b".to_owned(), "7".to_owned())];
        assert!(!differ("gaia.dr3@2", &newest));
        assert!(!differ("gaia.dr3@2,a.b@7", &newest));
        assert!(differ("Gaia.DR3@1, a.b@7", &newest));
        assert!(!differ("", &newest));
    }
}
