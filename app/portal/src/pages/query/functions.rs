//! The user's own functions, `my.name(…)`: WebAssembly modules that this browser keeps at
//! `/tap/functions`. The editor and the filter of the result know them from here.

use leptos::prelude::*;
use leptos::task::spawn_local;
use tenkyu_wire::Problem;
use tenkyu_wire::functions::{FunctionMeta, ModuleMeta, SCHEMA, is_own};
use tenkyu_wire::messages::query as m;
use tenkyu_wire::tables::SchemaMeta;
use wasm_bindgen::JsCast;

use super::QueryPage;
use crate::components::icon::Icon;
use crate::components::note::ProblemNote;
use crate::i18n::use_lang;
use crate::load::{Load, use_load};
use crate::{format, net};

const LIST: &str = "/tap/functions";

const WASM: &str = "application/wasm";

/// The folder with which functions are written.
const TEMPLATE: &str = "/tenkyu-functions.tar.gz";

/// Modules of this browser, and what is being done with them.
#[derive(Clone, Copy)]
pub(crate) struct OwnFunctions {
    list: RwSignal<Load<Vec<ModuleMeta>>>,
    /// Grows when the list is to be fetched anew.
    asked: RwSignal<u32>,
    /// A module is on its way.
    busy: RwSignal<bool>,
    problem: RwSignal<Option<Problem>>,
}

/// The functions, which are also put among the schemas that the editor checks against.
pub(super) fn use_own_functions(schemas: RwSignal<Load<Vec<SchemaMeta>>>) -> OwnFunctions {
    let asked = RwSignal::new(0);
    let list = use_load(
        move || Some(asked.get()),
        |_| async { net::get_json::<Vec<ModuleMeta>>(LIST).await },
    );
    Effect::new(move |_| {
        let own = list.with(|list| list.done().map(|modules| schema(modules)));
        let known = schemas.with(|schemas| {
            schemas.done().map(|all| all.iter().find(|one| holds_own(one)).cloned())
        });
        // Only a change is set: this runs again for it.
        if let (Some(own), Some(known)) = (own, known)
            && known.as_ref() != Some(&own)
        {
            schemas.update(|schemas| {
                if let Load::Done(all) = schemas {
                    all.retain(|one| !holds_own(one));
                    all.push(own);
                }
            });
        }
    });
    OwnFunctions { list, asked, busy: RwSignal::new(false), problem: RwSignal::new(None) }
}

/// Whether a schema is that of [`schema`]: a catalogue may be called so too.
fn holds_own(schema: &SchemaMeta) -> bool {
    is_own(&schema.name) && schema.tables.is_empty()
}

fn schema(modules: &[ModuleMeta]) -> SchemaMeta {
    let functions = modules.iter().flat_map(|module| module.functions.clone()).collect();
    SchemaMeta { name: SCHEMA.to_owned(), functions, ..SchemaMeta::default() }
}

impl OwnFunctions {
    fn upload(self, page: QueryPage, file: web_sys::File) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let url = format!("{LIST}?name={}", net::encode(&file.name()));
            let done = net::send("POST", &url, &file, WASM).await;
            self.done(page, done.map(drop)).await;
        });
    }

    fn remove(self, page: QueryPage, id: String) {
        self.problem.set(None);
        spawn_local(async move {
            let url = format!("{LIST}/{}", net::encode(&id));
            let done = net::send("DELETE", &url, &wasm_bindgen::JsValue::UNDEFINED, "").await;
            self.done(page, done.map(drop)).await;
        });
    }

    async fn done(self, page: QueryPage, done: Result<(), Problem>) {
        self.busy.set(false);
        if let Err(problem) = done {
            self.problem.set(Some(problem));
            return;
        }
        self.asked.update(|n| *n += 1);
        page.session.functions_changed().await;
    }
}

/// A call with the names of the arguments in their places.
fn call(function: &FunctionMeta) -> String {
    let names: Vec<&str> = function.arguments.iter().map(|one| one.name.as_str()).collect();
    format!("{SCHEMA}.{}({})", function.name, names.join(", "))
}

/// What is said of a function: types and unit, then its own words.
fn about(function: &FunctionMeta) -> String {
    let value = function.returns.kind.adql();
    let unit = match function.returns.unit.as_str() {
        "" => String::new(),
        unit => format!(" ({unit})"),
    };
    let words = match function.description.as_str() {
        "" => String::new(),
        words => format!(" · {words}"),
    };
    format!("→ {value}{unit}{words}")
}

fn first(list: Option<web_sys::FileList>) -> Option<web_sys::File> {
    list.and_then(|files| files.get(0))
}

/// The menu of the functions.
#[component]
pub(super) fn FunctionsMenu(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let own = page.functions;
    let over = RwSignal::new(false);
    let dropped = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(file) = first(event.data_transfer().and_then(|data| data.files())) {
            own.upload(page, file);
        }
    };
    let chosen = move |event: leptos::ev::Event| {
        let input: Option<web_sys::HtmlInputElement> =
            event.target().and_then(|target| target.dyn_into().ok());
        let Some(input) = input else { return };
        if let Some(file) = first(input.files()) {
            own.upload(page, file);
        }
        // The same file, built anew, can be chosen again.
        input.set_value("");
    };
    view! {
        <details class="menu" name="query-menu">
            <summary class="button">{m::FUNCTIONS.text(lang)}</summary>
            <div
                class="menu-body menu-panel functions"
                class:dropping=over
                on:dragover=move |event| {
                    event.prevent_default();
                    over.set(true);
                }
                on:dragleave=move |_| over.set(false)
                on:drop=dropped
            >
                <p class="quiet">{m::FUNCTIONS_ABOUT.text(lang)}</p>
                <div class="menu-panel-new">
                    <label class="button" class:busy=own.busy>
                        <Icon name="plus" />
                        {move || {
                            let busy = own.busy.get();
                            if busy { m::FUNCTIONS_SENDING } else { m::FUNCTIONS_UPLOAD }.text(lang)
                        }}
                        <input
                            type="file"
                            class="visually-hidden"
                            accept=".wasm,application/wasm"
                            disabled=own.busy
                            on:change=chosen
                        />
                    </label>
                    <a rel="external" href=TEMPLATE download="">{m::FUNCTIONS_HOW.text(lang)}</a>
                </div>
                {move || own.problem.get().map(|problem| view! { <ProblemNote problem /> })}
                {move || match own.list.get() {
                    Load::Done(modules) => {
                        modules
                            .into_iter()
                            .map(|module| view! { <Module page module /> })
                            .collect_view()
                            .into_any()
                    }
                    Load::Failed(problem) => view! { <ProblemNote problem /> }.into_any(),
                    Load::Idle | Load::Busy => view! { <p class="quiet">"…"</p> }.into_any(),
                }}
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn Module(page: QueryPage, module: ModuleMeta) -> impl IntoView {
    let lang = use_lang();
    let id = module.id.clone();
    let remove = m::FUNCTIONS_REMOVE.with(lang, &[("name", &module.name)]);
    view! {
        <section class="function-module">
            <header>
                <strong>{module.name.clone()}</strong>
                <small class="quiet num">{format::bytes(module.bytes)}</small>
                <button
                    type="button"
                    class="icon-button icon-small"
                    aria-label=remove.clone()
                    title=remove
                    on:click=move |_| page.functions.remove(page, id.clone())
                >
                    <Icon name="close" />
                </button>
            </header>
            <ul>
                {module
                    .functions
                    .into_iter()
                    .map(|function| {
                        let call = call(&function);
                        let inserted = call.clone();
                        view! {
                            <li>
                                <button
                                    type="button"
                                    title=m::INSERT.with(lang, &[("name", &function.form())])
                                    on:click=move |_| page.insert.run(inserted.clone())
                                >
                                    <code>{call}</code>
                                    <small>{about(&function)}</small>
                                </button>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use tenkyu_wire::tables::TableMeta;

    use super::*;

    #[test]
    fn a_module_is_read_as_the_service_writes_it() {
        let text = r#"[{"id":"ab","name":"photoz.wasm","bytes":48329,"created":1795350896000,
            "url":"http://x/tap/functions/ab","functions":[{"name":"photoz","kind":"scalar",
            "arguments":[{"name":"g","type":"double","unit":"mag"},{"name":"n","type":"bigint"}],
            "returns":{"type":"double","unit":"km/s"},"description":"A redshift."}]}]"#;
        let modules: Vec<ModuleMeta> = serde_json::from_str(text).unwrap();
        let schema = schema(&modules);
        let function = &schema.functions[0];
        assert_eq!(call(function), "my.photoz(g, n)");
        assert_eq!(about(function), "→ DOUBLE PRECISION (km/s) · A redshift.");
        let stars = TableMeta { name: "stars".to_owned(), ..TableMeta::default() };
        let tables = SchemaMeta { tables: vec![stars], ..SchemaMeta::default() };
        let known = [tables, schema];
        let marked = |query: &str| tenkyu_adql::check(query, &known).len();
        assert_eq!(marked("SELECT my.photoz(1, 2) FROM stars"), 0);
        assert_eq!(marked("SELECT my.photoz(1) FROM stars"), 1);
        assert_eq!(marked("SELECT my.redshift(1, 2) FROM stars"), 1);
    }
}
