//! DataLink 1.1: what there is for an observation.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use tenkyu_wire::tables::{ColumnMeta, Datatype, Kind};
use tenkyu_wire::{Explain, Lang};

use crate::answer::{Asker, respond, votable_error};
use crate::error::{Allowed, RequestError};
use crate::formats::Format;
use crate::params::{Params, shorten};
use crate::votable::{Document, Status, Table, error_text, push_rows};
use crate::{Access, LinkedFile, ServiceError, Vo};

/// Identifiers of one request.
const MOST_IDS: usize = 100;

/// The media type of the links response (DataLink 1.1 §3.1).
const MEDIA_TYPE: &str = "application/x-votable+xml;content=datalink";

/// One link. Absent texts are nulls.
#[derive(Default)]
struct Link {
    id: String,
    access_url: Option<String>,
    error_message: Option<String>,
    semantics: &'static str,
    description: Option<String>,
    content_type: Option<String>,
    content_length: Option<i64>,
}

/// `/datalink/links?ID=…`, repeatable.
pub(crate) async fn links(State(vo): State<Arc<Vo>>, request: Request) -> Response {
    let asker = Asker::of(&vo, request.uri(), request.headers());
    match answer(&vo, request, &asker).await {
        Ok(text) => respond(StatusCode::OK, MEDIA_TYPE, text),
        Err(error) => votable_error(&error, asker.lang),
    }
}

async fn answer(vo: &Vo, request: Request, asker: &Asker) -> Result<String, ServiceError> {
    let params = Params::from_request(request).await?;
    if let Some(format) = params.one("RESPONSEFORMAT")? {
        check_format(format)?;
    }
    let ids: Vec<&str> = params.all("ID").filter(|id| !id.trim().is_empty()).collect();
    if ids.is_empty() {
        return Err(RequestError::Missing("ID").into());
    }
    if ids.len() > MOST_IDS {
        return Err(RequestError::TooManyParameters(MOST_IDS).into());
    }
    let mut links = Vec::new();
    for id in ids {
        push_links(&mut links, vo, id, asker).await;
    }
    document(&links).map_err(ServiceError::internal)
}

fn check_format(text: &str) -> Result<(), RequestError> {
    let plain: String = text.to_ascii_lowercase().split_whitespace().collect();
    if plain == MEDIA_TYPE || Format::parse(text).is_ok_and(|f| f == Format::VotableTabledata) {
        return Ok(());
    }
    Err(RequestError::BadValue {
        name: "RESPONSEFORMAT",
        value: shorten(text),
        allowed: Allowed::Words("votable".to_owned()),
    })
}

/// The links of one identifier; what is wrong with it becomes a row (DataLink 1.1 §3.4), so that
/// the other identifiers are still answered.
async fn push_links(links: &mut Vec<Link>, vo: &Vo, id: &str, asker: &Asker) {
    let fault = |error: &dyn Explain, class: &str, lang: Lang| Link {
        id: id.to_owned(),
        error_message: Some(format!("{class}: {}", error_text(error, lang))),
        semantics: "#this",
        ..Link::default()
    };
    let files = match vo.artifacts.links(id).await {
        Ok(files) => files,
        Err(error) => return links.push(fault(&error, "TransientFault", asker.lang)),
    };
    if files.is_empty() {
        let error = RequestError::NoObservation(shorten(id));
        return links.push(fault(&error, "NotFoundFault", asker.lang));
    }
    let base = &asker.base_url;
    let mut observations: Vec<&str> = Vec::new();
    for linked in &files {
        push_file(links, id, linked, base);
        if !observations.contains(&linked.obs_id.as_str()) {
            observations.push(&linked.obs_id);
        }
    }
    for obs_id in observations {
        links.push(Link {
            id: id.to_owned(),
            access_url: Some(format!("{base}/archive/observations/{}", encode(obs_id))),
            semantics: "#documentation",
            description: Some("Metadata, files and history of the observation".to_owned()),
            content_type: Some("application/json".to_owned()),
            ..Link::default()
        });
    }
}

fn push_file(links: &mut Vec<Link>, id: &str, linked: &LinkedFile, base: &str) {
    let file = &linked.file;
    let url = format!("{base}/data/{}", encode(&file.id));
    let mut description = format!("{} ({})", file.filename, linked.product_id);
    if let Access::Proprietary { until: Some(until), .. } = &file.access {
        description.push_str(&format!(", public from {until}"));
    }
    if linked.preview {
        links.push(Link {
            id: id.to_owned(),
            access_url: Some(format!("{url}/preview")),
            semantics: "#preview",
            content_type: Some("image/png".to_owned()),
            description: Some(format!("Preview of {}", file.filename)),
            ..Link::default()
        });
    }
    links.push(Link {
        id: id.to_owned(),
        access_url: Some(url),
        semantics: linked.semantics,
        description: Some(description),
        content_type: Some(file.content_type.clone()),
        content_length: i64::try_from(file.bytes).ok(),
        ..Link::default()
    });
}

/// Percent-encodes a path segment.
fn encode(segment: &str) -> String {
    url::form_urlencoded::byte_serialize(segment.as_bytes()).collect::<String>().replace('+', "%20")
}

fn columns() -> Vec<ColumnMeta> {
    let text = |name: &str, ucd: &str, description: &str| ColumnMeta {
        name: name.to_owned(),
        ucd: ucd.to_owned(),
        description: description.to_owned(),
        ..ColumnMeta::default()
    };
    vec![
        text("ID", "meta.id;meta.main", "Input identifier"),
        text("access_url", "meta.ref.url", "Link to data or service"),
        text("service_def", "meta.ref", "Reference to a service descriptor"),
        text("error_message", "meta.code.error", "Why there is no access_url"),
        text("semantics", "meta.code", "Term of the DataLink vocabulary"),
        text("description", "meta.note", "What the link is"),
        text("content_type", "meta.code.mime", "Media type"),
        ColumnMeta {
            unit: "byte".to_owned(),
            datatype: Datatype { kind: Kind::Long, ..Datatype::default() },
            ..text("content_length", "phys.size;meta.file", "Size of what the link gives")
        },
    ]
}

fn document(links: &[Link]) -> Result<String, arrow::error::ArrowError> {
    let columns = columns();
    let texts = |value: fn(&Link) -> Option<&str>| -> ArrayRef {
        Arc::new(links.iter().map(value).collect::<StringArray>())
    };
    let lengths: Int64Array = links.iter().map(|link| link.content_length).collect();
    let arrays: Vec<ArrayRef> = vec![
        texts(|link| Some(&link.id)),
        texts(|link| link.access_url.as_deref()),
        texts(|_| None),
        texts(|link| link.error_message.as_deref()),
        texts(|link| Some(link.semantics)),
        texts(|link| link.description.as_deref()),
        texts(|link| link.content_type.as_deref()),
        Arc::new(lengths),
    ];
    let fields: Vec<Field> = columns
        .iter()
        .zip(&arrays)
        .map(|(column, array)| Field::new(&column.name, array.data_type().clone(), true))
        .collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?;
    let standard = ("standardID".to_owned(), "ivo://ivoa.net/std/DataLink#links-1.1".to_owned());
    let infos = vec![standard];
    let table = Table { name: "links", columns: &columns, infos, ..Table::default() };
    let mut document = Document::start(&table);
    let mut text = document.open_data(&["TABLEDATA"]);
    push_rows(&mut text, &batch)?;
    text.push_str(&document.finish(2, &Status::Complete));
    Ok(text)
}
