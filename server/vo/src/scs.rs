//! Simple Cone Search 1.03 on every catalogue with a position: `/scs/{schema}.{table}`.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::request::Parts;
use http::{StatusCode, header};
use tenkyu_adql::words::quoted;
use tenkyu_wire::messages::vo as texts;
use tenkyu_wire::tables::{ColumnMeta, Kind, SchemaMeta, TableMeta};
use tenkyu_wire::{Explain, Lang, Message};

use crate::answer::{Asker, insert, problem_response, respond, xml};
use crate::error::{Allowed, RequestError};
use crate::form::Form;
use crate::formats::Format;
use crate::params::{Params, shorten};
use crate::tap::{QueryRequest, stream_query};
use crate::vosi;
use crate::{ServiceError, Vo, votable};

/// UCDs that SCS 1.03 §2.2 asks for by their old names, in the order identifier, RA, Dec.
const UCDS: [&str; 3] = ["ID_MAIN", "POS_EQ_RA_MAIN", "POS_EQ_DEC_MAIN"];

/// Largest radius, degrees: the whole sky.
const WHOLE_SKY: f64 = 180.0;

/// A catalogue's columns as a cone search answers with them.
struct Cone<'a> {
    table: &'a TableMeta,
    ra: &'a str,
    dec: &'a str,
    /// Column that names an object.
    id: &'a ColumnMeta,
}

impl<'a> Cone<'a> {
    /// `None` for tables without a position or without any column that tells objects apart.
    fn of(table: &'a TableMeta) -> Option<Cone<'a>> {
        let (ra, dec) = table.position.as_ref()?;
        let first_with = |ucd: &str| {
            table.columns.iter().find(|c| {
                let own = c.ucd.to_ascii_lowercase();
                own == ucd || own.starts_with(&format!("{ucd};"))
            })
        };
        let id = first_with("meta.id;meta.main")
            .or_else(|| first_with("meta.id"))
            .or_else(|| table.columns.iter().find(|c| c.name == "_healpix_29"))
            .or_else(|| table.columns.iter().find(|c| c.name != *ra && c.name != *dec))?;
        Some(Cone { table, ra, dec, id })
    }

    /// The columns of a verbosity (SCS 1.03 §2.1): 1 the least, 2 the usual, 3 all.
    fn columns(&self, verbosity: u64) -> Vec<&'a ColumnMeta> {
        let own =
            |c: &&ColumnMeta| c.name == self.id.name || c.name == self.ra || c.name == self.dec;
        let wanted = |c: &&ColumnMeta| match verbosity {
            1 => own(c),
            2 => own(c) || c.principal,
            _ => true,
        };
        self.table.columns.iter().filter(wanted).collect()
    }

    fn query(&self, asked: &Asked) -> String {
        let columns: Vec<String> = self
            .columns(asked.verbosity)
            .into_iter()
            .map(|column| {
                let name = quoted(&column.name);
                match column.datatype.kind {
                    // The identifier is a text by the standard.
                    kind if column.name == self.id.name && kind != Kind::Char => {
                        format!("CAST({name} AS VARCHAR) AS {name}")
                    }
                    _ => name,
                }
            })
            .collect();
        format!(
            "SELECT {} FROM {} WHERE DISTANCE({}, {}, {:?}, {:?}) <= {:?}",
            columns.join(", "),
            table_name(&self.table.name),
            quoted(self.ra),
            quoted(self.dec),
            asked.ra,
            asked.dec,
            asked.radius,
        )
    }

    /// Gives the three columns the UCDs of the standard, and takes them from others.
    fn relabel(&self, columns: &mut [ColumnMeta]) {
        for column in columns {
            let names = [self.id.name.as_str(), self.ra, self.dec];
            if let Some(at) = names.iter().position(|name| *name == column.name) {
                UCDS[at].clone_into(&mut column.ucd);
            } else if UCDS.contains(&column.ucd.as_str()) {
                column.ucd.clear();
            }
        }
    }
}

fn table_name(name: &str) -> String {
    name.split('.').map(quoted).collect::<Vec<_>>().join(".")
}

/// What was asked, in degrees.
struct Asked {
    ra: f64,
    dec: f64,
    radius: f64,
    verbosity: u64,
    max_rows: Option<u64>,
    format: Format,
}

impl Asked {
    fn of(params: &Params) -> Result<Asked, RequestError> {
        let dec = angle(params, "DEC", texts::ALLOWED_DEC, |dec| dec.abs() <= 90.0)?;
        let radius = angle(params, "SR", texts::ALLOWED_SR, |radius| radius >= 0.0)?;
        let format = match params.one("RESPONSEFORMAT")? {
            Some(format) => Format::parse(format)?,
            None => Format::VotableTabledata,
        };
        let verbosity = match params.count("VERB")? {
            None => 2,
            Some(verbosity @ 1..=3) => verbosity,
            Some(other) => {
                let allowed = Allowed::Words("1, 2, 3".to_owned());
                let value = other.to_string();
                return Err(RequestError::BadValue { name: "VERB", value, allowed });
            }
        };
        Ok(Asked {
            ra: angle(params, "RA", texts::ALLOWED_RA, |_| true)?.rem_euclid(360.0),
            dec,
            radius: radius.min(WHOLE_SKY),
            verbosity,
            // A radius of 0 asks for the columns alone.
            max_rows: if radius == 0.0 { Some(0) } else { params.count("MAXREC")? },
            format,
        })
    }
}

fn angle(
    params: &Params,
    name: &'static str,
    allowed: Message,
    fits: impl Fn(f64) -> bool,
) -> Result<f64, RequestError> {
    let text = params.required(name)?;
    let value = text.trim().parse::<f64>().ok().filter(|value| value.is_finite() && fits(*value));
    value.ok_or_else(|| RequestError::BadValue {
        name,
        value: shorten(text),
        allowed: Allowed::Text(allowed),
    })
}

fn find<'a>(
    schemas: &'a [SchemaMeta],
    name: &str,
    base_url: &str,
) -> Result<Cone<'a>, RequestError> {
    let found = schemas
        .iter()
        .flat_map(|schema| &schema.tables)
        .find(|table| table.name.eq_ignore_ascii_case(name));
    found.and_then(Cone::of).ok_or_else(|| RequestError::NoTable {
        name: shorten(name),
        tables: format!("{base_url}/tap/tables"),
    })
}

/// Tables that can be searched.
pub(crate) fn searchable(schemas: &[SchemaMeta]) -> impl Iterator<Item = &TableMeta> {
    schemas.iter().flat_map(|schema| &schema.tables).filter(|table| Cone::of(table).is_some())
}

/// `/scs/{schema}.{table}`.
pub(crate) async fn search(
    State(vo): State<Arc<Vo>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let asker = Asker::of(&vo, request.uri(), request.headers());
    match answer(&vo, &name, request, &asker).await {
        Ok(response) => response,
        Err(error) if asker.wants_problem => problem_response(&error, asker.lang),
        Err(error) => failure(&error, asker.lang),
    }
}

async fn answer(
    vo: &Vo,
    name: &str,
    request: Request,
    asker: &Asker,
) -> Result<Response, ServiceError> {
    let form = Form::read(vo, request).await?;
    let schemas = vo.tap.schemas().await?;
    let cone = find(&schemas, name, &asker.base_url)?;
    let asked = Asked::of(&form.params)?;
    let query = cone.query(&asked);
    let request = QueryRequest {
        query: &query,
        format: asked.format,
        max_rows: asked.max_rows,
        snapshot: None,
    };
    stream_query(vo, &request, &|columns| cone.relabel(columns), asker.lang).await
}

/// An error as the standard has it: a VOTable with an INFO called Error, and status 200 (SCS 1.03
/// §2.3). Where there is no such catalogue, there is no such service: 404.
fn failure(error: &dyn Explain, lang: Lang) -> Response {
    let status = match error.status() {
        404 => StatusCode::NOT_FOUND,
        503 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    let mut response = respond(status, votable::MEDIA_TYPE, votable::cone_error(error, lang));
    insert(response.headers_mut(), header::CACHE_CONTROL, "no-store");
    response
}

/// `/scs/{schema}.{table}/capabilities`.
pub(crate) async fn capabilities(
    State(vo): State<Arc<Vo>>,
    Path(name): Path<String>,
    parts: Parts,
) -> Response {
    let asker = Asker::of_parts(&vo, &parts);
    let document = async {
        let schemas = vo.tap.schemas().await?;
        let cone = find(&schemas, &name, &asker.base_url)?;
        let test = test_position(&vo, &cone).await;
        let url = format!("{}/scs/{}", asker.base_url, cone.table.name);
        Ok::<_, ServiceError>(vosi::cone_document(&url, vo.limits.hard_rows, test))
    };
    match document.await {
        Ok(text) => xml(text),
        Err(error) => problem_response(&error, asker.lang),
    }
}

/// A position at which there is something, for those who check whether the service works.
async fn test_position(vo: &Vo, cone: &Cone<'_>) -> Option<(f64, f64)> {
    let (ra, dec) = (quoted(cone.ra), quoted(cone.dec));
    let table = table_name(&cone.table.name);
    let query = format!("SELECT TOP 1 {ra}, {dec} FROM {table} WHERE {ra} IS NOT NULL");
    vosi::first_numbers(vo, query).await
}
