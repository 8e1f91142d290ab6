//! The query page: editor, schema browser, and a result whose table, plots and map share one
//! filter and one selection. All of it is in the address.

mod clauses;
mod column_filter;
mod editor;
mod examples;
mod functions;
mod grid;
mod grid_keys;
mod histogram;
mod jobs;
mod own_tables;
mod plot;
mod result;
mod rows_on_sky;
mod schema;
pub(crate) mod session;
mod snapshot;

use leptos::html::Textarea;
use leptos::prelude::*;
use leptos_meta::Title;
use tenkyu_wire::Message;
use tenkyu_wire::messages::query as m;
use tenkyu_wire::tables::{ColumnMeta, SchemaMeta};
use tenkyu_wire::view::{QueryState, View};

use crate::address::{Address, use_address};
use crate::adql::{Mark, makes_table};
use crate::catalogues;
use crate::components::icon::Icon;
use crate::components::note::BrokenNote;
use crate::components::reproduce::{Embedding, Reproduce, tap_code};
use crate::i18n::use_lang;
use crate::load::{Load, use_load};

use session::{Session, Source, Stage};

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub(crate) struct QueryPage {
    pub(crate) address: Address<QueryState>,
    pub(crate) session: Session,
    /// What the editor holds; the state's query is the one that was run.
    text: RwSignal<String>,
    area: NodeRef<Textarea>,
    schemas: RwSignal<Load<Vec<SchemaMeta>>>,
    functions: functions::OwnFunctions,
    tables: own_tables::MyTables,
    /// Errors in the text.
    marks: Memo<Vec<Mark>>,
    /// Column whose filter is open.
    filtering: RwSignal<Option<ColumnMeta>>,
    run: Callback<()>,
    /// The query that the user ran last.
    meant: StoredValue<String>,
    insert: Callback<String>,
}

impl QueryPage {
    /// The columns that a plot can show.
    pub(crate) fn numeric_columns(self) -> Vec<ColumnMeta> {
        self.session.columns.with(|columns| {
            columns.iter().filter(|c| c.datatype.kind.is_numeric()).cloned().collect()
        })
    }
}

/// The state of the page; the result is fetched when the address says `run`.
pub(crate) fn use_query_page() -> QueryPage {
    let address = use_address::<QueryState>();
    let session = Session::new();
    let text = RwSignal::new(address.state.with_untracked(|s| s.adql.clone()));
    let schemas = use_load(|| Some(()), |()| catalogues::schemas());
    let functions = functions::use_own_functions(schemas);
    let tables = own_tables::use_my_tables(schemas);
    let filtering = RwSignal::new(None);
    let page_cell = StoredValue::new(None::<QueryPage>);
    let marks = Memo::new(move |_| page_cell.get_value().map(editor::marks).unwrap_or_default());
    let meant = StoredValue::new(String::new());
    let run = Callback::new(move |()| {
        let adql = text.get_untracked().trim().to_owned();
        if adql.is_empty() {
            return;
        }
        examples::remember(&adql);
        meant.set_value(adql.clone());
        filtering.set(None);
        let state = address.state.get_untracked();
        if state.adql == adql && state.run && state.job.is_empty() {
            session.open(Source::Query { adql, snapshot: state.snapshot }, state.rule);
        } else {
            address.push(|s| *s = QueryState { adql, run: true, ..Default::default() });
        }
    });
    let insert = Callback::new(move |name: String| {
        if let Some(page) = page_cell.get_value() {
            editor::insert(page, &name);
        }
    });
    let area = NodeRef::new();
    let page = QueryPage {
        address,
        session,
        text,
        area,
        schemas,
        functions,
        tables,
        marks,
        filtering,
        run,
        meant,
        insert,
    };
    page_cell.set_value(Some(page));
    page.follow_the_address();
    tables.follow(page);
    page
}

impl QueryPage {
    /// Runs what the address asks for, also on "back" and "forward"; hands the rule on.
    fn follow_the_address(self) {
        let state = self.address.state;
        let asked = Memo::new(move |_| {
            state.with(|s| (s.adql.clone(), s.snapshot.clone(), s.job.clone(), s.run))
        });
        Effect::new(move |_| {
            let (adql, snapshot, job, run) = asked.get();
            if self.text.get_untracked().trim() != adql.trim() {
                self.text.set(adql.clone());
            }
            if !job.is_empty() {
                self.follow_job(job);
            } else if run && !adql.trim().is_empty() {
                // A link brings a query that makes a table; the user runs it, or does not.
                if makes_table(&adql) && self.meant.with_value(|meant| meant.trim() != adql.trim())
                {
                    return;
                }
                let rule = state.with_untracked(|s| s.rule.clone());
                self.session.open(Source::Query { adql, snapshot }, rule);
            }
        });
        Effect::new(move |_| {
            let rule = state.with(|s| s.rule.clone());
            self.session.set_rule(rule);
        });
    }
}

/// The page.
#[component]
pub(crate) fn Query() -> impl IntoView {
    let lang = use_lang();
    let page = use_query_page();
    let session = page.session;
    let running = move || session.stage.get() == Stage::Running;
    let title = Signal::derive(move || m::TITLE.text(lang).to_owned());
    view! {
        <Title text=m::TITLE.text(lang) />
        <div class="page page-wide query-page">
            <BrokenNote fields=page.address.broken />
            <header class="query-head">
                <h1>{m::TITLE.text(lang)}</h1>
                <Reproduce title embedding=embedding(page) code=code(page) />
            </header>
            <div class="query-top">
                <section class="query-editor">
                    <editor::Editor page />
                    <div class="query-bar">
                        <button
                            type="button"
                            class="button button-accent"
                            title="Ctrl+Enter"
                            on:click=move |_| page.run.run(())
                        >
                            <Icon name="run" />
                            {m::RUN.text(lang)}
                        </button>
                        <button
                            type="button"
                            class="button"
                            disabled=move || !running()
                            on:click=move |_| page.stop()
                        >
                            {m::STOP.text(lang)}
                        </button>
                        <button
                            type="button"
                            class="button"
                            title=m::RUN_AS_JOB_HELP.text(lang)
                            on:click=move |_| page.run_as_job()
                        >
                            {m::RUN_AS_JOB.text(lang)}
                        </button>
                        <result::Progress page />
                        <div class="query-menus">
                            <examples::Menus page />
                            <own_tables::TablesMenu page />
                            <functions::FunctionsMenu page />
                            <jobs::JobsMenu page />
                        </div>
                    </div>
                </section>
                <schema::SchemaBrowser page />
            </div>
            <result::Result page />
        </div>
    }
    .into_any()
}

fn embedding(page: QueryPage) -> Signal<Option<Embedding>> {
    Signal::derive(move || {
        let state = page.address.state.get();
        let escape =
            |text: &str| text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        let attribute = |name: &str, value: &str| {
            if value.is_empty() { String::new() } else { format!(" {name}=\"{}\"", escape(value)) }
        };
        Some(Embedding {
            path: format!("table?{}", QueryState { run: true, ..state.clone() }.to_query()),
            element: format!(
                "<tenkyu-table{}{}{}{}{}{}></tenkyu-table>",
                attribute("query", &state.adql),
                attribute("where", &state.rule.filter),
                attribute("select", &state.rule.select),
                attribute("x", &state.x),
                attribute("y", &state.y),
                attribute("snapshot", &state.snapshot),
            ),
        })
    })
}

fn code(page: QueryPage) -> Signal<Vec<(Message, String)>> {
    Signal::derive(move || {
        let (run, snapshot) = page.address.state.with(|s| (s.adql.clone(), s.snapshot.clone()));
        tap_code(&if run.is_empty() { page.text.get() } else { run }, &snapshot)
    })
}

/// The result alone, for embedding: what the address asks for is run at once.
#[component]
pub(crate) fn QueryResultOnly() -> impl IntoView {
    let page = use_query_page();
    view! {
        <div class="query-embed">
            <result::Progress page />
            <result::Result page />
        </div>
    }
    .into_any()
}
