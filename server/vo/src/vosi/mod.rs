//! VOSI 1.1: capabilities, tables, availability.

mod capabilities;
mod definition;
mod tables;

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::Float64Type;
use axum::extract::{Path, State};
use axum::response::Response;
use futures::TryStreamExt;
use http::request::Parts;
use tenkyu_wire::access::Scope;
use tenkyu_wire::tables::SchemaMeta;
use tokio_util::sync::CancellationToken;

use crate::answer::{Asker, problem_response, xml};
use crate::error::{Allowed, RequestError};
use crate::layout::Layout;
use crate::owner::Owner;
use crate::params::{Params, shorten};
use crate::xml::Xml;
use crate::{ServiceError, TapQuery, Vo};
pub(crate) use capabilities::cone as cone_document;
pub(crate) use definition::as_votable;
use tables::ForeignKey;

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

/// All schemas, with the caller's own tables.
async fn schemas(vo: &Vo, parts: &Parts) -> Result<Vec<SchemaMeta>, ServiceError> {
    let mut schemas = vo.tap.schemas().await?;
    // The public ones are for a token without the scope, too.
    if let Ok(Some(owner)) = Owner::of(&parts.extensions, &parts.headers, Scope::ReadTap) {
        let own = vo.tables.list(owner.key()).await?.tables;
        let tables: Vec<_> = own.into_iter().map(|own| own.table).collect();
        if !tables.is_empty() {
            let name = tenkyu_wire::functions::SCHEMA.to_owned();
            schemas.push(SchemaMeta { name, tables, ..SchemaMeta::default() });
        }
    }
    Ok(schemas)
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
    let schemas = schemas(vo, parts).await?;
    Ok(tables::tableset(&schemas, &foreign_keys(vo).await, with_columns))
}

/// `/tap/tables/{name}`: one table with its columns. Names are compared without case.
pub(crate) async fn table(
    State(vo): State<Arc<Vo>>,
    Path(name): Path<String>,
    parts: Parts,
) -> Response {
    let asker = Asker::of_parts(&vo, &parts);
    let schemas = match schemas(&vo, &parts).await {
        Ok(schemas) => schemas,
        Err(error) => return problem_response(&error, asker.lang),
    };
    let found = schemas
        .iter()
        .flat_map(|schema| &schema.tables)
        .find(|table| table.name.eq_ignore_ascii_case(&name));
    match found {
        Some(table) => xml(tables::table(table, &foreign_keys(&vo).await)),
        None => {
            let tables = format!("{}/tap/tables", asker.base_url);
            let error = RequestError::NoTable { name: shorten(&name), tables };
            problem_response(&error, asker.lang)
        }
    }
}

/// The foreign keys as TAP_SCHEMA has them, so that both ways of asking agree. None where the
/// service keeps none.
async fn foreign_keys(vo: &Vo) -> Vec<ForeignKey> {
    let query = "SELECT k.from_table, c.from_column, k.target_table, c.target_column \
                 FROM TAP_SCHEMA.keys AS k JOIN TAP_SCHEMA.key_columns AS c \
                 ON k.key_id = c.key_id";
    let read = rows(vo, query.to_owned()).await;
    let batches = read.unwrap_or_else(|error| {
        tracing::debug!(%error, "no foreign keys");
        Vec::new()
    });
    batches.iter().flat_map(keys_of).collect()
}

/// The rows of a short query of our own.
async fn rows(vo: &Vo, adql: String) -> Result<Vec<RecordBatch>, ServiceError> {
    let query = TapQuery {
        adql,
        max_rows: None,
        snapshot: None,
        seconds: None,
        uploads: Vec::new(),
        functions: Vec::new(),
        owner: None,
        may_write: false,
        long: false,
        cancel: CancellationToken::new(),
    };
    let result = vo.tap.query(query).await?;
    let layout = Layout::of(&result, u64::MAX)?;
    let batches: Vec<_> = result.batches.try_collect().await?;
    batches.iter().map(|batch| layout.plain(batch).map_err(ServiceError::internal)).collect()
}

/// The first two numbers of a query's first row.
pub(crate) async fn first_numbers(vo: &Vo, adql: String) -> Option<(f64, f64)> {
    let batches = rows(vo, adql).await.ok()?;
    let batch = batches.iter().find(|batch| batch.num_rows() > 0)?;
    let number = |index: usize| {
        let column = batch.columns().get(index)?.as_primitive_opt::<Float64Type>()?;
        column.is_valid(0).then(|| column.value(0))
    };
    Some((number(0)?, number(1)?))
}

fn keys_of(batch: &RecordBatch) -> Vec<ForeignKey> {
    let texts: Option<Vec<&StringArray>> =
        batch.columns().iter().map(|column| column.as_string_opt::<i32>()).collect();
    let Some([from_table, from_column, target_table, target_column]) = texts.as_deref() else {
        return Vec::new();
    };
    (0..batch.num_rows())
        .map(|row| ForeignKey {
            from_table: from_table.value(row).to_owned(),
            from_column: from_column.value(row).to_owned(),
            target_table: target_table.value(row).to_owned(),
            target_column: target_column.value(row).to_owned(),
        })
        .collect()
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
