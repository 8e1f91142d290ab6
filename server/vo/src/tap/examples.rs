//! `/tap/examples` (DALI 1.1 §2.3) and the page at `/tap` itself.
//!
//! The examples are made of the tables that are there, so each of them runs.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use tenkyu_wire::Lang;
use tenkyu_wire::messages::{common, vo as texts};
use tenkyu_wire::tables::{SchemaMeta, TableMeta};

use crate::Vo;
use crate::answer::{Asker, problem_response, respond};
use crate::xml::Xml;

/// Tables for which examples are made.
const TABLES: usize = 6;

struct Example {
    id: String,
    name: String,
    text: String,
    query: String,
}

/// Example queries as XHTML with RDFa.
pub(crate) async fn examples(State(vo): State<Arc<Vo>>, parts: Parts) -> Response {
    let asker = Asker::of_parts(&vo, &parts);
    match vo.tap.schemas().await {
        Ok(schemas) => respond(
            StatusCode::OK,
            "application/xhtml+xml; charset=utf-8",
            page(&make(&schemas, asker.lang), &asker),
        ),
        Err(error) => problem_response(&error, asker.lang),
    }
}

fn page(examples: &[Example], asker: &Asker) -> String {
    let lang = asker.lang;
    let mut xml = start_page(texts::EXAMPLES.text(lang), lang);
    xml.attr("vocab", "http://www.ivoa.net/rdf/examples#");
    xml.leaf("h1", texts::EXAMPLES.text(lang)).line();
    for example in examples {
        xml.open("div")
            .attr("id", &example.id)
            .attr("resource", &format!("#{}", example.id))
            .attr("typeof", "example")
            .line();
        xml.open("h2").attr("property", "name").text(&example.name).close().line();
        xml.leaf("p", &example.text).line();
        xml.open("pre").attr("property", "query").text(&example.query).close().line();
        let link: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("QUERY", &example.query)
            .append_pair("RESPONSEFORMAT", "text")
            .append_pair("MAXREC", "100")
            .finish();
        let link = format!("{}/tap/sync?{link}", asker.base_url);
        xml.open("p").open("a").attr("href", &link).text(texts::EXAMPLES_RUN.text(lang));
        xml.close().close().close().line();
    }
    xml.finish()
}

/// Opens a page up to its body, which is left open for attributes.
fn start_page(title: &str, lang: Lang) -> Xml {
    let mut xml = Xml::document();
    xml.open("html").attr("xmlns", "http://www.w3.org/1999/xhtml").attr("lang", lang.tag());
    xml.open("head").leaf("title", title).close().line();
    xml.open("body");
    xml
}

fn make(schemas: &[SchemaMeta], lang: Lang) -> Vec<Example> {
    let mut examples = vec![
        Example {
            id: "tables".to_owned(),
            name: texts::EXAMPLE_TABLES.text(lang).to_owned(),
            text: texts::EXAMPLE_TABLES_TEXT.text(lang).to_owned(),
            query: "SELECT table_name, description FROM TAP_SCHEMA.tables ORDER BY table_name"
                .to_owned(),
        },
        Example {
            id: "positions".to_owned(),
            name: texts::EXAMPLE_COLUMNS.text(lang).to_owned(),
            text: texts::EXAMPLE_COLUMNS_TEXT.text(lang).to_owned(),
            query: "SELECT table_name, column_name, unit\nFROM TAP_SCHEMA.columns\n\
                    WHERE ucd LIKE 'pos.eq.ra%'"
                .to_owned(),
        },
    ];
    let tables = || schemas.iter().flat_map(|schema| &schema.tables);
    if tables().any(|table| table.name.eq_ignore_ascii_case("ivoa.obscore")) {
        examples.push(Example {
            id: "instruments".to_owned(),
            name: texts::EXAMPLE_COUNT.text(lang).to_owned(),
            text: texts::EXAMPLE_COUNT_TEXT.text(lang).to_owned(),
            query: "SELECT facility_name, instrument_name, COUNT(*) AS n\nFROM ivoa.obscore\n\
                    GROUP BY facility_name, instrument_name\nORDER BY n DESC"
                .to_owned(),
        });
    }
    let own = tables().filter(|table| !table.name.to_ascii_lowercase().starts_with("tap_schema."));
    for (number, table) in own.take(TABLES).enumerate() {
        examples.push(first_rows(table, number, lang));
        examples.extend(cone(table, number, lang));
    }
    examples
}

fn first_rows(table: &TableMeta, number: usize, lang: Lang) -> Example {
    Example {
        id: format!("first-{number}"),
        name: texts::EXAMPLE_FIRST.with(lang, &[("table", &table.name)]),
        text: texts::EXAMPLE_FIRST_TEXT.with(lang, &[("description", &table.description)]),
        query: format!("SELECT TOP 20 *\nFROM {}", table.name),
    }
}

fn cone(table: &TableMeta, number: usize, lang: Lang) -> Option<Example> {
    let (ra, dec) = table.position.as_ref()?;
    // The coordinate system is deprecated since ADQL 2.1; clients of ADQL 2.0 insist on it.
    let distance = format!("DISTANCE(POINT('ICRS', {ra}, {dec}), POINT('ICRS', 83.82, -5.39))");
    let inside =
        format!("CONTAINS(POINT('ICRS', {ra}, {dec}), CIRCLE('ICRS', 83.82, -5.39, 1)) = 1");
    Some(Example {
        id: format!("cone-{number}"),
        name: texts::EXAMPLE_CONE.with(lang, &[("table", &table.name)]),
        text: texts::EXAMPLE_CONE_TEXT.text(lang).to_owned(),
        query: format!(
            "SELECT TOP 100 *, {distance} AS separation\nFROM {}\nWHERE {inside}\n\
             ORDER BY separation",
            table.name
        ),
    })
}

/// The page at the service's base address, for people who open it in a browser.
pub(crate) async fn landing(State(vo): State<Arc<Vo>>, parts: Parts) -> Response {
    let asker = Asker::of_parts(&vo, &parts);
    let lang = asker.lang;
    let mut xml = start_page(texts::TAP_HERE.text(lang), lang);
    xml.leaf("h1", &format!("{} · {}", common::PRODUCT.text(lang), texts::TAP_HERE.text(lang)));
    xml.leaf("p", texts::TAP_HERE_TEXT.text(lang));
    xml.open("p").leaf("code", &format!("{}/tap", asker.base_url)).close();
    xml.open("ul");
    for path in ["/query", "/tap/examples", "/tap/tables", "/tap/capabilities", "/tap/availability"]
    {
        let href = format!("{}{path}", asker.base_url);
        xml.open("li").open("a").attr("href", &href).text(path).close().close();
    }
    respond(StatusCode::OK, "application/xhtml+xml; charset=utf-8", xml.finish())
}
