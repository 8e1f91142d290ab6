//! `/openapi.json`: the routes for programs (OpenAPI 3.1). A test holds it against the router.

mod account;

use axum::Json;
use serde_json::{Map, Value, json};

use tenkyu_vo::FORMATS;

/// The document.
pub(super) async fn page() -> Json<Value> {
    Json(document())
}

/// One operation.
struct Operation {
    path: &'static str,
    method: &'static str,
    summary: &'static str,
    parameters: Vec<Value>,
    /// Media types of the answer.
    answers: &'static [&'static str],
}

fn text(name: &str, place: &str, required: bool, description: &str) -> Value {
    json!({
        "name": name, "in": place, "required": required, "description": description,
        "schema": { "type": "string" }
    })
}

fn number(name: &str, description: &str) -> Value {
    json!({
        "name": name, "in": "query", "required": false, "description": description,
        "schema": { "type": "integer", "minimum": 0 }
    })
}

fn in_path(name: &str, description: &str) -> Value {
    text(name, "path", true, description)
}

fn in_query(name: &str, required: bool, description: &str) -> Value {
    text(name, "query", required, description)
}

const VOTABLE: &[&str] = &["application/x-votable+xml"];
const JSON: &[&str] = &["application/json"];
const XML: &[&str] = &["text/xml"];
const JOBS: &[&str] = &["text/xml", "application/json"];
const XHTML: &[&str] = &["application/xhtml+xml"];
const WASM: &[&str] = &["application/wasm"];
const PLAIN: &[&str] = &["text/plain"];
const GZIP: &[&str] = &["application/gzip"];

fn sync_parameters() -> Vec<Value> {
    let formats: Vec<&str> = FORMATS.iter().map(|info| info.media_type).collect();
    vec![
        in_query("QUERY", true, "ADQL 2.1 text"),
        json!({
            "name": "LANG", "in": "query", "required": false,
            "schema": { "type": "string", "enum": ["ADQL", "ADQL-2.0", "ADQL-2.1"] }
        }),
        json!({
            "name": "RESPONSEFORMAT", "in": "query", "required": false,
            "description": "Media type or short name of the answer",
            "schema": { "type": "string", "examples": formats }
        }),
        number("MAXREC", "Most rows; a result that was cut says so"),
        in_query("RUNID", false, "The client's own mark of the query"),
        in_query("UPLOAD", false, "Tables by address: name,https://… pairs, separated by ;"),
        in_query("SNAPSHOT", false, "Read these snapshots of the catalogues"),
    ]
}

fn in_table() -> Value {
    in_path("table", "Qualified name of a catalogue with a position")
}

fn cone_parameters() -> Vec<Value> {
    vec![
        in_table(),
        in_query("RA", true, "Right ascension of the centre, degrees, ICRS"),
        in_query("DEC", true, "Declination of the centre, degrees, ICRS"),
        in_query("SR", true, "Radius, degrees; 0 for the columns alone"),
        number("VERB", "1 for few columns, 2 for the usual ones, 3 for all"),
        number("MAXREC", "Most rows"),
        in_query("RESPONSEFORMAT", false, "Media type or short name of the answer"),
    ]
}

fn job_parameter() -> Value {
    in_path("job", "The job's name, which is the key to it")
}

fn wait_parameters() -> Vec<Value> {
    vec![
        job_parameter(),
        in_query("WAIT", false, "Answer when the phase changes, or after so many seconds"),
        in_query("PHASE", false, "With WAIT: answer at once unless the job is in this phase"),
    ]
}

/// Jobs (UWS 1.1).
fn job_operations() -> Vec<Operation> {
    let operation = |method, path, summary, parameters, answers| Operation {
        path,
        method,
        summary,
        parameters,
        answers,
    };
    let list = vec![
        in_query("PHASE", false, "Only jobs in this phase; may be repeated"),
        in_query("AFTER", false, "Only jobs made after this time, ISO 8601"),
        number("LAST", "Only so many, the newest"),
    ];
    let one = || vec![job_parameter()];
    let mut operations = vec![
        operation("get", "/tap/async", "The caller's jobs", list, JOBS),
        operation("post", "/tap/async", "Make a job of a query; PHASE=RUN starts it", vec![], XML),
        operation("get", "/tap/async/{job}", "A job", wait_parameters(), JOBS),
        operation("post", "/tap/async/{job}", "Change, start or delete a job", one(), XML),
        operation("delete", "/tap/async/{job}", "Stop a job and remove it", one(), XML),
        operation("get", "/tap/async/{job}/phase", "Its phase", wait_parameters(), PLAIN),
        operation("get", "/tap/async/{job}/quote", "When it ends at the latest", one(), PLAIN),
        operation("get", "/tap/async/{job}/owner", "Empty: jobs are anonymous", one(), PLAIN),
        operation("get", "/tap/async/{job}/error", "Why it failed", one(), VOTABLE),
        operation("get", "/tap/async/{job}/results", "Its results", one(), XML),
        operation(
            "get",
            "/tap/async/{job}/results/{name}",
            "A result, called result; Range and ETag",
            vec![job_parameter(), in_path("name", "Name of the result")],
            VOTABLE,
        ),
    ];
    for (path, get, post, kind) in [
        ("/tap/async/{job}/parameters", "Its parameters", "Change parameters", XML),
        ("/tap/async/{job}/destruction", "When it is removed", "DESTRUCTION, ISO 8601", PLAIN),
        (
            "/tap/async/{job}/executionduration",
            "Seconds that it may run",
            "EXECUTIONDURATION, seconds",
            PLAIN,
        ),
    ] {
        operations.push(operation("get", path, get, one(), kind));
        operations.push(operation("post", path, post, one(), XML));
    }
    let summary = "PHASE=RUN or PHASE=ABORT";
    operations.push(operation("post", "/tap/async/{job}/phase", summary, one(), XML));
    operations
}

fn operations() -> Vec<Operation> {
    let own = || in_path("name", "Name of an own table, such as my.sample");
    let get = |path, summary, parameters, answers| Operation {
        path,
        method: "get",
        summary,
        parameters,
        answers,
    };
    let post = |path, summary, parameters, answers| Operation {
        method: "post",
        ..get(path, summary, parameters, answers)
    };
    let artifact = || in_path("artifact", "Identifier of the file");
    let module = || in_path("id", "SHA-256 of the module, in hexadecimal digits");
    let link =
        || in_query("ID", true, "Identifier of an observation, or ObsCore obs_publisher_did");
    vec![
        get("/tap", "About the TAP service", vec![], XHTML),
        get("/tap/sync", "Run a query (TAP 1.1)", sync_parameters(), VOTABLE),
        post("/tap/sync", "Run a query, parameters as a form", vec![], VOTABLE),
        get("/tap/functions", "The caller's own functions, by modules", vec![], JSON),
        post(
            "/tap/functions",
            "Keep a WebAssembly module whose functions queries call as my.name(…)",
            vec![in_query("name", false, "File name; a module of the same name is replaced")],
            JSON,
        ),
        get("/tap/functions/{id}", "The module itself", vec![module()], WASM),
        Operation {
            method: "delete",
            ..get("/tap/functions/{id}", "Remove it; jobs keep theirs", vec![module()], PLAIN)
        },
        get("/tap/examples", "Queries that run (DALI 1.1)", vec![], XHTML),
        get("/tap/capabilities", "What the service can do (VOSI 1.1)", vec![], XML),
        get(
            "/tap/tables",
            "Schemas, tables and columns (VOSI 1.1)",
            vec![in_query("detail", false, "min for names alone, max for columns")],
            XML,
        ),
        get(
            "/tap/tables/{name}",
            "One table",
            vec![in_path("name", "Qualified name, such as ivoa.obscore")],
            XML,
        ),
        Operation {
            method: "put",
            ..get("/tap/tables/{name}", "Make a table of your own of a file", vec![own()], JSON)
        },
        Operation {
            method: "delete",
            ..get("/tap/tables/{name}", "Remove a table of your own", vec![own()], PLAIN)
        },
        post("/tap/load/{name}", "Add the rows of a file to a table", vec![own()], JSON),
        get("/tap/my", "The caller's own tables", vec![], JSON),
        Operation {
            method: "patch",
            ..get("/tap/my/{name}", "Rename or describe a table", vec![own()], JSON)
        },
        get("/tap/availability", "Whether queries are answered (VOSI 1.1)", vec![], XML),
        get("/scs/{table}", "Rows within a cone (SCS 1.03)", cone_parameters(), VOTABLE),
        post("/scs/{table}", "The same, parameters as a form", vec![in_table()], VOTABLE),
        get("/scs/{table}/capabilities", "About the cone search", vec![in_table()], XML),
        get("/scs/{table}/availability", "Whether it answers", vec![in_table()], XML),
        get(
            "/data/{artifact}",
            "A file; Range, ETag and checksum headers",
            vec![artifact()],
            &["application/fits", "application/octet-stream"],
        ),
        get(
            "/data/{artifact}/preview",
            "A picture of a file",
            vec![artifact(), number("size", "Longer side, pixels")],
            &["image/png"],
        ),
        get(
            "/data/{artifact}/header",
            "The headers of a file, verbatim",
            vec![artifact(), in_query("format", false, "text or json")],
            &["text/plain", "application/json"],
        ),
        get(
            "/datalink/links",
            "What there is for an observation (DataLink 1.1)",
            vec![link()],
            VOTABLE,
        ),
        post("/datalink/links", "The same, parameters as a form", vec![], VOTABLE),
        get(
            "/archive/observations/{id}",
            "An observation with planes, files and history",
            vec![in_path("id", "ObsCore obs_id or obs_publisher_did")],
            JSON,
        ),
        get(
            "/resolve",
            "What a name or position stands for",
            vec![in_query("q", true, "Name or coordinates, with a radius if wanted")],
            JSON,
        ),
        get(
            "/resolve/complete",
            "Names that begin like this",
            vec![in_query("q", true, "Beginning of a name")],
            JSON,
        ),
        get("/s", "The person's views", vec![], JSON),
        post("/s", "Keep a view under a short link", vec![], JSON),
        Operation {
            method: "delete",
            ..get("/s/{id}", "Remove a view of one's own", vec![in_path("id", "Identifier")], JSON)
        },
        get("/s/{id}", "Go to a view that was kept", vec![in_path("id", "Identifier")], JSON),
        get("/healthz", "Whether the process answers", vec![], PLAIN),
        get("/readyz", "Whether catalogues and archive can be read", vec![], PLAIN),
        get("/metrics", "Counters for Prometheus", vec![], PLAIN),
        get("/openapi.json", "This document", vec![], JSON),
        get("/tenkyu-functions.tar.gz", "Template and examples of own functions", vec![], GZIP),
    ]
}

fn content(types: &[&str]) -> Value {
    Value::Object(types.iter().map(|kind| ((*kind).to_owned(), json!({}))).collect())
}

fn body_of(operation: &Operation) -> Option<Value> {
    if !["post", "put", "patch"].contains(&operation.method) {
        return None;
    }
    Some(match operation.path {
        "/tap/tables/{name}" | "/tap/load/{name}" => json!({ "required": true, "content": {
            "application/x-votable+xml": {},
            "application/fits": {},
            "application/vnd.apache.parquet": {},
            "text/csv": {},
            "text/tab-separated-values": {}
        } }),
        "/tap/my/{name}" => {
            json!({ "required": true, "content": { "application/json": { "schema": {
            "type": "object", "properties": {
                "name": { "type": "string", "description": "Its new name, my.table" },
                "description": { "type": "string" }
            } } } } })
        }
        "/s" => json!({ "required": true, "content": { "application/json": { "schema": {
            "type": "object", "required": ["path"], "properties": {
                "path": { "type": "string", "description": "Path of the portal, such as /query" },
                "query": { "type": "string", "description": "State, as it stands after ?" },
                "title": { "type": "string" }
            } } } } }),
        "/tap/functions" => json!({ "required": true, "content": {
            "application/wasm": { "schema": { "type": "string", "format": "binary" } },
            "multipart/form-data": { "schema": { "type": "object" } }
        } }),
        path if path.starts_with("/account/") => json!({ "content": {
            "application/json": { "schema": { "type": "object" } }
        } }),
        _ => json!({ "content": {
            "application/x-www-form-urlencoded": { "schema": { "type": "object" } },
            "multipart/form-data": { "schema": { "type": "object" } }
        } }),
    })
}

/// The document as JSON.
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations().into_iter().chain(job_operations()).chain(account::operations()) {
        let mut entry = json!({
            "summary": operation.summary,
            "parameters": operation.parameters,
            "responses": {
                "200": { "description": "The answer", "content": content(operation.answers) },
                "default": {
                    "description": "What went wrong, where, and what to do",
                    "content": {
                        "application/problem+json": {
                            "schema": { "$ref": "#/components/schemas/Problem" }
                        },
                        "application/x-votable+xml": {}
                    }
                }
            }
        });
        if let Some((entry, body)) = entry.as_object_mut().zip(body_of(&operation)) {
            entry.insert("requestBody".to_owned(), body);
        }
        let methods = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(methods) = methods.as_object_mut() {
            methods.insert(operation.method.to_owned(), entry);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Tenkyu", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "schemas": { "Problem": problem() },
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "password": { "type": "http", "scheme": "basic" }
            }
        }
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["status", "code", "detail"],
        "properties": {
            "status": { "type": "integer" },
            "code": { "type": "string" },
            "detail": { "type": "string" },
            "help": { "type": "string" },
            "place": {
                "type": "object",
                "properties": {
                    "line": { "type": "integer" },
                    "column": { "type": "integer" },
                    "start": { "type": "integer" },
                    "end": { "type": "integer" }
                }
            }
        }
    })
}
