//! The result: progress, filter, selection, table with plots beside it, and saving.

use leptos::prelude::*;
use leptos::task::spawn_local;
use tenkyu_wire::Problem;
use tenkyu_wire::messages::{portal as p, query as m};
use tenkyu_wire::table::ExportFormat;

use super::QueryPage;
use super::session::Stage;
use super::{clauses, column_filter, grid, own_tables, plot, rows_on_sky, snapshot};
use crate::components::icon::Icon;
use crate::components::note::{ProblemNote, Remark};
use crate::format;
use crate::i18n::use_lang;

/// How far the query is, or what it took.
#[component]
pub(super) fn Progress(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let session = page.session;
    let text = move || {
        let message = match session.stage.get() {
            Stage::Empty | Stage::Failed => return String::new(),
            Stage::Running => m::RUNNING,
            Stage::Ready => m::DONE,
        };
        let progress = session.progress.get();
        message.with(
            lang,
            &[
                ("rows", &format::count(progress.rows)),
                ("bytes", &format::bytes(progress.bytes)),
                ("seconds", &format!("{:.1}", session.seconds.get())),
            ],
        )
    };
    view! { <p class="query-progress num" role="status">{text}</p> }.into_any()
}

/// Everything below the editor.
#[component]
pub(super) fn Result(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let session = page.session;
    let stage = session.stage;
    let known = Memo::new(move |_| session.columns.with(|c| !c.is_empty()));
    view! {
        <section class="result" aria-label=m::RESULT.text(lang)>
            <snapshot::Snapshot page />
            {move || session.problem.get().map(|problem| view! { <ProblemNote problem /> })}
            <Show when=move || session.progress.with(|p| p.overflow)>
                <Remark text=p::OVERFLOW />
            </Show>
            <Show when=move || stage.get() == Stage::Empty>
                <p class="empty">{m::EMPTY.text(lang)}</p>
                <super::examples::Cards page />
            </Show>
            <Show when=move || known.get() && stage.get() != Stage::Failed>
                <Toolbar page />
                <column_filter::ColumnFilter page />
                {move || {
                    session
                        .rule_problem
                        .get()
                        .map(|problem| view! { <ProblemNote problem /> })
                }}
                <div class="result-split">
                    <div class="result-table">
                        <Nothing page />
                        <grid::Grid page />
                    </div>
                    <Plots page />
                </div>
            </Show>
        </section>
    }
    .into_any()
}

/// Why the table is empty.
#[component]
fn Nothing(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let session = page.session;
    let none = move || session.stage.get() == Stage::Ready && session.counts.with(|c| c.kept == 0);
    let filtered = move || session.counts.with(|c| c.rows > 0);
    view! {
        <Show when=none>
            <div class="empty">
                <p>
                    {move || {
                        if filtered() { m::ALL_FILTERED } else { m::EMPTY_RESULT }.text(lang)
                    }}
                </p>
                <Show when=filtered>
                    <button
                        type="button"
                        class="button"
                        on:click=move |_| page.address.replace(|s| s.rule.filter = String::new())
                    >
                        {m::CLEAR_FILTER.text(lang)}
                    </button>
                </Show>
            </div>
        </Show>
    }
    .into_any()
}

/// Filter, selection, counts, save.
#[component]
fn Toolbar(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let session = page.session;
    let state = page.address.state;
    let counts = move || {
        let c = session.counts.get();
        m::KEPT.with(
            lang,
            &[
                ("kept", &format::count(c.kept)),
                ("rows", &format::count(c.rows)),
                ("selected", &format::count(c.selected)),
            ],
        )
    };
    let marked = move || !state.with(|s| s.rule.select.is_empty());
    view! {
        <div class="result-bar">
            <label class="field field-grow">
                <span>{m::FILTER.text(lang)}</span>
                <input
                    type="text"
                    class="mono"
                    spellcheck="false"
                    placeholder=m::FILTER_HELP.text(lang)
                    title=m::FILTER_HELP.text(lang)
                    prop:value=move || state.with(|s| s.rule.filter.clone())
                    on:change=move |event| {
                        let text = event_target_value(&event);
                        page.address.push(|s| s.rule.filter = text.trim().to_owned());
                    }
                />
            </label>
            <label class="field field-grow">
                <span>{m::SELECTION.text(lang)}</span>
                <input
                    type="text"
                    class="mono"
                    spellcheck="false"
                    placeholder=m::SELECTION_HELP.text(lang)
                    title=m::SELECTION_HELP.text(lang)
                    prop:value=move || state.with(|s| s.rule.select.clone())
                    on:change=move |event| {
                        let text = event_target_value(&event);
                        page.address.push(|s| s.rule.select = text.trim().to_owned());
                    }
                />
            </label>
            <SaveMenu page />
        </div>
        <div class="result-counts">
            <p class="num" role="status" aria-live="polite">{counts}</p>
            <Conditions page />
            <Show when=marked>
                <button
                    type="button"
                    class="button button-small"
                    on:click=move |_| {
                        page.address
                            .push(|s| {
                                let mut all = clauses::split(&s.rule.filter);
                                all.extend(clauses::split(&s.rule.select));
                                s.rule.filter = clauses::join(&all);
                                s.rule.select = String::new();
                            });
                    }
                >
                    {m::KEEP_MARKED.text(lang)}
                </button>
                <button
                    type="button"
                    class="button button-small"
                    on:click=move |_| page.address.push(|s| s.rule.select = String::new())
                >
                    {m::BRUSH_CLEAR.text(lang)}
                </button>
            </Show>
        </div>
    }
    .into_any()
}

/// The conditions of the filter as chips that can be taken away.
#[component]
fn Conditions(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let list = move || page.address.state.with(|s| clauses::split(&s.rule.filter));
    view! {
        {move || {
            list()
                .into_iter()
                .enumerate()
                .map(|(i, condition)| {
                    view! {
                        <button
                            type="button"
                            class="chip"
                            aria-label=p::REMOVE.with(lang, &[("what", &condition)])
                            on:click=move |_| {
                                page.address
                                    .push(|s| s.rule.filter = clauses::without(&s.rule.filter, i));
                            }
                        >
                            <code>{condition.clone()}</code>
                            <Icon name="close" />
                        </button>
                    }
                })
                .collect_view()
        }}
    }
    .into_any()
}

#[component]
fn SaveMenu(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let failed = RwSignal::new(None::<Problem>);
    let only_marked = RwSignal::new(false);
    let formats = [
        (ExportFormat::Csv, "CSV"),
        (ExportFormat::Votable, "VOTable"),
        (ExportFormat::Fits, "FITS"),
        (ExportFormat::Parquet, "Parquet"),
    ];
    let save = move |format| {
        spawn_local(async move {
            let done = page.session.save(format, only_marked.get_untracked()).await;
            failed.try_set(done.err());
        });
    };
    view! {
        <details class="menu menu-end">
            <summary class="button">
                <Icon name="download" />
                {m::SAVE.text(lang)}
            </summary>
            <div class="menu-body">
                <label>
                    <input
                        type="checkbox"
                        on:change=move |event| only_marked.set(event_target_checked(&event))
                    />
                    " "
                    {m::SAVE_SELECTED.text(lang)}
                </label>
                {formats
                    .map(|(format, name)| {
                        view! {
                            <button type="button" class="button" on:click=move |_| save(format)>
                                {name}
                            </button>
                        }
                    })
                    .collect_view()}
                {move || failed.get().map(|problem| view! { <ProblemNote problem /> })}
                <own_tables::KeepAsTable page only_marked />
            </div>
        </details>
    }
    .into_any()
}

/// Which picture stands beside the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pane {
    Plot,
    Histogram,
    Sky,
}

#[component]
fn Plots(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let pane = RwSignal::new(Pane::Plot);
    let tab = move |which: Pane, title: &'static str| {
        view! {
            <button
                type="button"
                role="tab"
                class="tab"
                aria-selected=move || (pane.get() == which).to_string()
                on:click=move |_| pane.set(which)
            >
                {title}
            </button>
        }
    };
    view! {
        <div class="result-plots">
            <div class="tabs" role="tablist">
                {tab(Pane::Plot, m::PLOT.text(lang))}
                {tab(Pane::Histogram, m::HISTOGRAM.text(lang))} {tab(Pane::Sky, m::SKY.text(lang))}
            </div>
            {move || match pane.get() {
                Pane::Plot => view! { <plot::Scatter page /> }.into_any(),
                Pane::Histogram => view! { <plot::OneColumn page /> }.into_any(),
                Pane::Sky => view! { <rows_on_sky::RowsOnSky page /> }.into_any(),
            }}
        </div>
    }
    .into_any()
}
