//! The tables and columns of this server, searchable; a click inserts the name.

use leptos::prelude::*;
use tenkyu_wire::messages::query as m;
use tenkyu_wire::tables::{ColumnMeta, SchemaMeta, TableMeta};

use super::QueryPage;
use crate::components::note::{ProblemNote, Skeleton};
use crate::i18n::use_lang;
use crate::load::Load;

/// Whether a text is found in a table's or column's names, description or UCD.
fn fits(wanted: &str, texts: [&str; 3]) -> bool {
    wanted.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(wanted))
}

/// The part of a schema that a search leaves over; a table that fits keeps all its columns.
fn narrowed(schemas: &[SchemaMeta], wanted: &str) -> Vec<TableMeta> {
    let wanted = wanted.trim().to_lowercase();
    let tables = schemas.iter().flat_map(|schema| &schema.tables);
    tables
        .filter_map(|table| {
            if fits(&wanted, [&table.name, &table.description, ""]) {
                return Some(table.clone());
            }
            let fit = |c: &&ColumnMeta| fits(&wanted, [&c.name, &c.description, &c.ucd]);
            let columns: Vec<_> = table.columns.iter().filter(fit).cloned().collect();
            (!columns.is_empty()).then(|| TableMeta { columns, ..table.clone() })
        })
        .collect()
}

/// The browser.
#[component]
pub(super) fn SchemaBrowser(page: QueryPage) -> impl IntoView {
    let lang = use_lang();
    let wanted = RwSignal::new(String::new());
    view! {
        <section class="schema" aria-label=m::SCHEMA.text(lang)>
            <input
                type="text"
                placeholder=m::SCHEMA_SEARCH.text(lang)
                aria-label=m::SCHEMA_SEARCH.text(lang)
                on:input=move |event| wanted.set(event_target_value(&event))
            />
            <div class="schema-list">
                {move || page.schemas.with(|schemas| match schemas {
                    Load::Idle | Load::Busy => view! { <Skeleton lines=10 /> }.into_any(),
                    Load::Failed(problem) => {
                        view! { <ProblemNote problem=problem.clone() /> }.into_any()
                    }
                    Load::Done(schemas) => {
                        let text = wanted.get();
                        let tables = narrowed(schemas, &text);
                        if tables.is_empty() {
                            return view! { <p class="quiet">{m::SCHEMA_NONE.text(lang)}</p> }
                                .into_any();
                        }
                        let open = !text.trim().is_empty();
                        tables
                            .into_iter()
                            .map(|table| view! { <Table page table open /> })
                            .collect_view()
                            .into_any()
                    }
                })}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Table(page: QueryPage, table: TableMeta, open: bool) -> impl IntoView {
    let lang = use_lang();
    let name = table.name.clone();
    view! {
        <details class="schema-table" open=open>
            <summary title=table.description.clone()>
                <code>{table.name.clone()}</code>
                <button
                    type="button"
                    class="button button-small"
                    aria-label=m::INSERT.with(lang, &[("name", &table.name)])
                    on:click=move |event| {
                        event.prevent_default();
                        page.insert.run(name.clone());
                    }
                >
                    "+"
                </button>
            </summary>
            <p class="quiet">{table.description.clone()}</p>
            <ul>
                {table
                    .columns
                    .into_iter()
                    .map(|column| {
                        let name = super::clauses::column(&column.name);
                        view! {
                            <li>
                                <button
                                    type="button"
                                    title=column.description.clone()
                                    on:click=move |_| page.insert.run(name.clone())
                                >
                                    <code>{column.name.clone()}</code>
                                    <small>{column.unit.clone()}</small>
                                    <small class="schema-ucd">{column.ucd.clone()}</small>
                                </button>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_finds_tables_columns_and_ucds() {
        let column = |name: &str, ucd: &str| ColumnMeta {
            name: name.to_owned(),
            ucd: ucd.to_owned(),
            ..Default::default()
        };
        let schemas = [SchemaMeta {
            tables: vec![TableMeta {
                name: "gaia.bright".to_owned(),
                columns: vec![column("ra", "pos.eq.ra"), column("mag", "phot.mag")],
                ..Default::default()
            }],
            ..Default::default()
        }];
        assert_eq!(narrowed(&schemas, "GAIA")[0].columns.len(), 2);
        assert_eq!(narrowed(&schemas, "phot")[0].columns[0].name, "mag");
        assert!(narrowed(&schemas, "zzz").is_empty());
    }
}
