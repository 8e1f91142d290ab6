//! The user's own tables, `my.name`, which the server keeps at `/tap/my`: made of a file, of the
//! rows of a result, or by `INTO`. The editor knows them from here.

use leptos::prelude::*;
use leptos::task::spawn_local;
use tenkyu_wire::Problem;
use tenkyu_wire::functions::{SCHEMA, is_own};
use tenkyu_wire::messages::query as m;
use tenkyu_wire::tables::{OwnTableMeta, OwnTables, SchemaMeta};
use wasm_bindgen::{JsCast, JsValue};

use super::QueryPage;
use super::session::Stage;
use crate::components::icon::Icon;
use crate::components::note::{ProblemNote, Remark};
use crate::i18n::use_lang;
use crate::load::{Load, use_load};
use crate::{format, net};

const LIST: &str = "/tap/my";

/// Part of the space above which its end is pointed out.
const NEARLY_FULL: f64 = 0.9;

/// Endings of table files and their media types.
const FORMATS: [(&str, &str); 8] = [
    ("csv", "text/csv"),
    ("tsv", "text/tab-separated-values"),
    ("fits", "application/fits"),
    ("fit", "application/fits"),
    ("vot", "application/x-votable+xml"),
    ("xml", "application/x-votable+xml"),
    ("parquet", PARQUET),
    ("ecsv", "text/csv"),
];
const PARQUET: &str = "application/vnd.apache.parquet";

/// The tables, and what is being done with them.
#[derive(Clone, Copy)]
pub(crate) struct MyTables {
    list: RwSignal<Load<OwnTables>>,
    /// Grows when the list is to be fetched anew.
    asked: RwSignal<u32>,
    busy: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
}

/// The tables, which are also put among the schemas that the editor checks against.
pub(super) fn use_my_tables(schemas: RwSignal<Load<Vec<SchemaMeta>>>) -> MyTables {
    let asked = RwSignal::new(0);
    let fetched =
        use_load(move || Some(asked.get()), |_| async { net::get_json::<OwnTables>(LIST).await });
    // The list stays in sight while it is fetched anew.
    let list = RwSignal::new(Load::Idle);
    Effect::new(move |_| {
        let now = fetched.get();
        if !now.is_busy() {
            list.set(now);
        }
    });
    Effect::new(move |_| {
        let own = list.with(|list| list.done().map(schema));
        let known = schemas.with(|schemas| {
            schemas.done().map(|all| all.iter().find(|one| holds_tables(one)).cloned())
        });
        // Only a change is set: this runs again for it.
        if let (Some(own), Some(known)) = (own, known)
            && known.unwrap_or_else(|| schema(&OwnTables::default())) != own
        {
            schemas.update(|schemas| {
                if let Load::Done(all) = schemas {
                    all.retain(|one| !holds_tables(one));
                    if !own.tables.is_empty() {
                        all.insert(0, own);
                    }
                }
            });
        }
    });
    MyTables { list, asked, busy: RwSignal::new(false), problem: RwSignal::new(None) }
}

/// Whether a schema is that of [`schema`]: own functions have one of this name too.
fn holds_tables(schema: &SchemaMeta) -> bool {
    is_own(&schema.name) && !schema.tables.is_empty()
}

fn schema(own: &OwnTables) -> SchemaMeta {
    let tables = own.tables.iter().map(|own| own.table.clone()).collect();
    SchemaMeta { name: SCHEMA.to_owned(), tables, ..SchemaMeta::default() }
}

fn address(name: &str) -> String {
    format!("/tap/tables/{}", net::encode(name))
}

/// `my.` and what a person wrote, without what no name can have.
fn own_name(text: &str) -> String {
    let text = text.trim();
    let bare = text.split_once('.').filter(|(schema, _)| is_own(schema)).map_or(text, |(_, t)| t);
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let bare: String = bare.chars().map(plain).collect();
    let bare = bare.trim_matches('_');
    let letter = bare.starts_with(|c: char| c.is_ascii_alphabetic());
    format!("{SCHEMA}.{}{bare}", if letter { "" } else { "t" })
}

/// The name and the media type of the table that a file is to become.
fn of_file(file: &str) -> Option<(String, &'static str)> {
    let lower = file.to_lowercase();
    let (stem, ending) = lower.trim_end_matches(".gz").rsplit_once('.')?;
    let (_, kind) = FORMATS.iter().find(|(known, _)| *known == ending)?;
    Some((own_name(stem), kind))
}

impl MyTables {
    /// Looks again once a query has made a table: its answer is the receipt of one.
    pub(super) fn follow(self, page: QueryPage) {
        Effect::new(move |_| {
            let session = page.session;
            let receipt = session.columns.with(|columns| {
                columns.len() == 3 && columns.first().is_some_and(|c| c.name == "table_name")
            });
            if session.stage.get() == Stage::Ready && receipt {
                self.asked.update(|n| *n += 1);
            }
        });
    }

    /// Makes a table of bytes.
    pub(super) async fn create(
        self,
        name: &str,
        kind: &'static str,
        body: &JsValue,
    ) -> Result<(), Problem> {
        net::send("PUT", &address(name), body, kind).await?;
        self.asked.update(|n| *n += 1);
        Ok(())
    }

    fn upload(self, file: web_sys::File) {
        let Some((name, kind)) = of_file(&file.name()) else {
            let lang = use_lang();
            let text = m::TABLES_FORMAT.with(lang, &[("name", &file.name())]);
            self.problem.set(Some(net::own_problem("table-format", text, None)));
            return;
        };
        self.change(async move { self.create(&name, kind, &file).await });
    }

    fn change(self, work: impl Future<Output = Result<(), Problem>> + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let done = work.await;
            self.busy.try_set(false);
            self.problem.try_set(done.err());
            let _ = self.asked.try_update(|n| *n += 1);
        });
    }

    fn remove(self, name: String) {
        self.change(async move {
            net::send("DELETE", &address(&name), &JsValue::UNDEFINED, "").await.map(drop)
        });
    }

    fn describe(self, name: String, new: String, description: String) {
        self.change(async move {
            let change = serde_json::json!({ "name": new, "description": description });
            let url = format!("{LIST}/{}", net::encode(&name));
            let body = JsValue::from_str(&change.to_string());
            net::send("PATCH", &url, &body, "application/json").await.map(drop)
        });
    }
}

fn first(list: Option<web_sys::FileList>) -> Option<web_sys::File> {
    list.and_then(|files| files.get(0))
}

/// The menu of the tables.
#[component]
pub(super) fn TablesMenu(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let own = page.tables;
    let over = RwSignal::new(false);
    let dropped = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(file) = first(event.data_transfer().and_then(|data| data.files())) {
            own.upload(file);
        }
    };
    let chosen = move |event: leptos::ev::Event| {
        let input: Option<web_sys::HtmlInputElement> =
            event.target().and_then(|target| target.dyn_into().ok());
        let Some(input) = input else { return };
        if let Some(file) = first(input.files()) {
            own.upload(file);
        }
        input.set_value("");
    };
    view! {
        <details class="menu" name="query-menu">
            <summary class="button">{m::TABLES.text(lang)}</summary>
            <div
                class="menu-body menu-panel own-tables"
                class:dropping=over
                on:dragover=move |event| {
                    event.prevent_default();
                    over.set(true);
                }
                on:dragleave=move |_| over.set(false)
                on:drop=dropped
            >
                <p class="quiet">{m::TABLES_ABOUT.text(lang)}</p>
                <div class="menu-panel-new">
                    <label class="button" class:busy=own.busy>
                        <Icon name="plus" />
                        {move || {
                            let busy = own.busy.get();
                            if busy { m::TABLES_BUSY } else { m::TABLES_UPLOAD }.text(lang)
                        }}
                        <input
                            type="file"
                            class="visually-hidden"
                            accept=".csv,.tsv,.ecsv,.fits,.fit,.vot,.xml,.parquet"
                            disabled=own.busy
                            on:change=chosen
                        />
                    </label>
                </div>
                {move || own.problem.get().map(|problem| view! { <ProblemNote problem /> })}
                {move || match own.list.get() {
                    Load::Done(tables) => view! { <List page tables /> }.into_any(),
                    Load::Failed(problem) => view! { <ProblemNote problem /> }.into_any(),
                    Load::Idle | Load::Busy => view! { <p class="quiet">"…"</p> }.into_any(),
                }}
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn List(page: QueryPage, tables: OwnTables) -> impl IntoView {
    let lang = use_lang();
    let part = tables.bytes as f64 / (tables.limit.max(1)) as f64;
    let used = m::TABLES_SPACE.with(
        lang,
        &[("used", &format::bytes(tables.bytes)), ("limit", &format::bytes(tables.limit))],
    );
    let (any, nearly_full) = (!tables.tables.is_empty(), part > NEARLY_FULL);
    view! {
        {any
            .then(|| {
                view! {
                    <label class="own-space" class:nearly-full=nearly_full>
                        <progress max="1" value=part.min(1.0).to_string()></progress>
                        <small class="num">{used}</small>
                    </label>
                }
            })}
        {nearly_full.then(|| view! { <Remark text=m::TABLES_NEARLY_FULL /> })}
        {tables
            .tables
            .into_iter()
            .map(|table| view! { <Table page table /> })
            .collect_view()}
    }
    .into_any()
}

#[component]
fn Table(page: QueryPage, table: OwnTableMeta) -> impl IntoView {
    let lang = use_lang();
    let OwnTableMeta { table, bytes, .. } = table;
    let name = StoredValue::new(table.name.clone());
    let rows = m::ROWS_NUMBER.with(lang, &[("n", &format::count(table.rows.unwrap_or_default()))]);
    let about = format!("{rows} · {}", format::bytes(bytes));
    let insert = m::INSERT.with(lang, &[("name", &table.name)]);
    let doubtful = RwSignal::new(false);
    let (new, words) =
        (RwSignal::new(table.name.clone()), RwSignal::new(table.description.clone()));
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let name = name.get_value();
        page.tables.describe(name, own_name(&new.get_untracked()), words.get_untracked());
    };
    view! {
        <section class="own-table">
            <header>
                <button
                    type="button"
                    class="link"
                    title=insert
                    on:click=move |_| page.insert.run(name.get_value())
                >
                    <code>{table.name.clone()}</code>
                </button>
                <small class="quiet num">{about}</small>
            </header>
            {(!table.description.is_empty()).then(|| view! { <p>{table.description.clone()}</p> })}
            <details class="own-change">
                <summary>{m::TABLES_CHANGE.text(lang)}</summary>
                <form on:submit=save>
                    <label class="field">
                        <span>{m::TABLES_NAME.text(lang)}</span>
                        <input
                            type="text"
                            class="mono"
                            spellcheck="false"
                            prop:value=new
                            on:input=move |event| new.set(event_target_value(&event))
                        />
                    </label>
                    <label class="field">
                        <span>{m::TABLES_DESCRIPTION.text(lang)}</span>
                        <input
                            type="text"
                            prop:value=words
                            on:input=move |event| words.set(event_target_value(&event))
                        />
                    </label>
                    <div class="menu-panel-new">
                        <button type="submit" class="button">{m::SAVE.text(lang)}</button>
                        {move || {
                            let sure = doubtful.get();
                            let text = if sure { m::TABLES_REALLY } else { m::FUNCTIONS_REMOVE };
                            let name = name.get_value();
                            let text = text.with(lang, &[("name", &name)]);
                            view! {
                                <button
                                    type="button"
                                    class="button"
                                    on:click=move |_| {
                                        if sure {
                                            page.tables.remove(name.clone());
                                        } else {
                                            doubtful.set(true);
                                        }
                                    }
                                >
                                    {text}
                                </button>
                            }
                        }}
                    </div>
                </form>
            </details>
        </section>
    }
    .into_any()
}

/// Keeps the rows of the result, as the page filters them, as a table.
#[component]
pub(super) fn KeepAsTable(page: QueryPage, only_marked: RwSignal<bool>) -> impl IntoView {
    let lang = use_lang();
    let name = RwSignal::new(String::new());
    let state = RwSignal::new(Load::<String>::Idle);
    let keep = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if name.with_untracked(|name| name.trim().is_empty()) || state.with_untracked(Load::is_busy)
        {
            return;
        }
        let own = own_name(&name.get_untracked());
        state.set(Load::Busy);
        spawn_local(async move {
            let kept = async {
                let rows = page.session.parquet(only_marked.get_untracked()).await?;
                page.tables.create(&own, PARQUET, &rows).await
            };
            state.try_set(kept.await.map_or_else(Load::Failed, |()| Load::Done(own)));
        });
    };
    view! {
        <form class="keep-table" on:submit=keep>
            <label class="field">
                <span>{m::TABLES_KEEP.text(lang)}</span>
                <input
                    type="text"
                    class="mono"
                    spellcheck="false"
                    placeholder="my.sample"
                    prop:value=name
                    on:input=move |event| name.set(event_target_value(&event))
                />
            </label>
            <button type="submit" class="button" disabled=move || state.with(Load::is_busy)>
                {m::TABLES_KEEP_BUTTON.text(lang)}
            </button>
            {move || match state.get() {
                Load::Done(name) => {
                    let text = m::TABLES_KEPT.with(lang, &[("name", &name)]);
                    view! { <p role="status" class="quiet">{text}</p> }.into_any()
                }
                Load::Failed(problem) => view! { <ProblemNote problem /> }.into_any(),
                Load::Busy => {
                    view! { <p class="quiet">{m::TABLES_BUSY.text(lang)}</p> }.into_any()
                }
                Load::Idle => ().into_any(),
            }}
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_words_become_names_of_tables() {
        assert_eq!(own_name(" My.Sample "), "my.sample");
        assert_eq!(own_name("bright stars (2)"), "my.bright_stars__2");
        assert_eq!(own_name("2mass"), "my.t2mass");
        assert_eq!(own_name("星"), "my.t");
        assert_eq!(of_file("Field 1.FITS"), Some(("my.field_1".to_owned(), "application/fits")));
        assert_eq!(of_file("a.csv.gz"), Some(("my.a".to_owned(), "text/csv")));
        assert_eq!(of_file("notes.docx"), None);
    }

    #[test]
    fn the_list_is_read_as_the_service_writes_it() {
        let text = r#"{"tables":[{"name":"my.seen","description":"Looked at","utype":"","rows":3,
            "snapshot":"20261123T182003Z","columns":[],"position":["ra","dec"],"bytes":10631,
            "created":1795458003000,"modified":1795458003000}],"bytes":10631,"limit":10000000000}"#;
        let own: OwnTables = serde_json::from_str(text).unwrap();
        assert_eq!(schema(&own).tables[0].name, "my.seen");
        assert!(holds_tables(&schema(&own)));
    }
}
