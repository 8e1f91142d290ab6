//! VOSI 1.1: capabilities, tables, availability.

mod capabilities;
mod tables;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::request::Parts;

use crate::answer::{Asker, problem_response, xml};
use crate::error::{Allowed, RequestError};
use crate::params::{Params, shorten};
use crate::xml::Xml;
use crate::{ServiceError, Vo};

/// `/tap/capabilities`.
pub(crate) async fn capabilities(State(vo): State<Arc<Vo>>, parts: Parts) -> Response {
    let asker = Asker::of_parts(&vo, &parts);
    match vo.tap.schemas().await {
        Ok(schemas) => xml(capabilities::document(&vo, &schemas, &asker.base_url)),
        Err(error) => problem_response(&error, asker.lang),
    }
}

/// `/tap/tables`, with `detail=min` for names alone and `detail=max` (the default) for columns.
pub(crate) async fn tables(State(vo): State<Arc<Vo>>, parts: Parts) -> Response {
    let asker = Asker::of_parts(&vo, &parts);
    match tableset(&vo, &parts).await {
        Ok(text) => xml(text),
        Err(error) => problem_response(&error, asker.lang),
    }
}

async fn tableset(vo: &Vo, parts: &Parts) -> Result<String, ServiceError> {
    let params = Params::parse(parts.uri.query().unwrap_or_default())?;
    let with_columns = match params.one("detail")? {
        None => true,
        Some(value) if value.eq_ignore_ascii_case("max") => true,
        Some(value) if value.eq_ignore_ascii_case("min") => false,
        Some(value) => {
            return Err(RequestError::BadValue {
                name: "detail",
                value: shorten(value),
                allowed: Allowed::Words("min, max".to_owned()),
            }
            .into());
        }
    };
    Ok(tables::tableset(&vo.tap.schemas().await?, with_columns))
}

/// `/tap/tables/{name}`: one table with its columns. Names are compared without case.
pub(crate) async fn table(
    State(vo): State<Arc<Vo>>,
    Path(name): Path<String>,
    parts: Parts,
) -> Response {
    let asker = Asker::of_parts(&vo, &parts);
    let schemas = match vo.tap.schemas().await {
        Ok(schemas) => schemas,
        Err(error) => return problem_response(&error, asker.lang),
    };
    let found = schemas
        .iter()
        .flat_map(|schema| &schema.tables)
        .find(|table| table.name.eq_ignore_ascii_case(&name));
    match found {
        Some(table) => xml(tables::table(table)),
        None => {
            let tables = format!("{}/tap/tables", asker.base_url);
            let error = RequestError::NoTable { name: shorten(&name), tables };
            problem_response(&error, asker.lang)
        }
    }
}

/// `/tap/availability`: whether the catalogues can be read.
pub(crate) async fn availability(State(vo): State<Arc<Vo>>) -> Response {
    let available = vo.tap.schemas().await;
    let mut document = Xml::document();
    document
        .open("vosi:availability")
        .attr("xmlns:vosi", "http://www.ivoa.net/xml/VOSIAvailability/v1.0")
        .line();
    document.leaf("vosi:available", if available.is_ok() { "true" } else { "false" }).line();
    if let Err(error) = available {
        document.leaf("vosi:note", &tenkyu_wire::Explain::detail(&error, tenkyu_wire::Lang::En));
    }
    xml(document.finish())
}
