//! Asking the public services.

use serde::de::DeserializeOwned;
use tenkyu_wire::Problem;
use tenkyu_wire::messages::portal as m;
use url::form_urlencoded;
use wasm_bindgen::{JsCast, JsValue};

use crate::bridge::{self, Answer};
use crate::i18n::use_lang;

/// Percent-encodes text for one segment of a path or one value of a query.
pub(crate) fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Name–value pairs as `application/x-www-form-urlencoded`.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// GETs JSON.
pub(crate) async fn get_json<T: DeserializeOwned>(url: &str) -> Result<T, Problem> {
    read_json(&ask(url, None, "application/json").await?)
}

/// POSTs a form or (when it starts with a brace) JSON, and reads JSON.
pub(crate) async fn post_json<T: DeserializeOwned>(url: &str, body: &str) -> Result<T, Problem> {
    read_json(&ask(url, Some(body), "application/json").await?)
}

/// Sends a body of a media type, or none, by a method; gives the text of the answer.
pub(crate) async fn send(
    method: &str,
    url: &str,
    body: &JsValue,
    kind: &str,
) -> Result<String, Problem> {
    read_answer(bridge::send(method, url, body, kind).await)
}

async fn ask(url: &str, body: Option<&str>, accept: &str) -> Result<String, Problem> {
    read_answer(bridge::request(url, body, accept).await)
}

fn read_answer(answer: Result<JsValue, JsValue>) -> Result<String, Problem> {
    let answer: Answer = answer.map_err(|_| offline())?.unchecked_into();
    if (200..300).contains(&answer.status()) {
        return Ok(answer.text());
    }
    Err(read_problem(answer.status(), &answer.media_type(), &answer.text()))
}

fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|error| {
        own_problem(
            "answer-unreadable",
            m::ANSWER_UNREADABLE.with(use_lang(), &[("why", &error.to_string())]),
            Some(m::ANSWER_UNREADABLE_HELP.text(use_lang())),
        )
    })
}

/// A problem that the page itself found.
pub(crate) fn own_problem(code: &str, detail: String, help: Option<&str>) -> Problem {
    Problem { status: 0, code: code.to_owned(), detail, place: None, help: help.map(str::to_owned) }
}

fn offline() -> Problem {
    let lang = use_lang();
    own_problem("offline", m::OFFLINE.text(lang).to_owned(), Some(m::OFFLINE_HELP.text(lang)))
}

/// An error answer: problem details where the server sends them, the QUERY_STATUS of a VOTable
/// (DALI 1.1 §4.4) otherwise.
fn read_problem(status: u16, media_type: &str, text: &str) -> Problem {
    let json =
        media_type.starts_with(Problem::MEDIA_TYPE) || media_type.starts_with("application/json");
    if let Some(problem) = json.then(|| serde_json::from_str(text).ok()).flatten() {
        return problem;
    }
    let detail = votable_error(text)
        .unwrap_or_else(|| m::HTTP_STATUS.with(use_lang(), &[("status", &status.to_string())]));
    Problem { status, code: format!("http-{status}"), detail, place: None, help: None }
}

/// Text of `<INFO name="QUERY_STATUS" value="ERROR">…</INFO>`.
fn votable_error(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("QUERY_STATUS")?;
    let (_, rest) = rest.split_once('>')?;
    let (inner, _) = rest.split_once("</")?;
    let inner = inner.trim();
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
        .iter()
        .fold(inner.to_owned(), |text, (from, to)| text.replace(from, to));
    (!plain.is_empty()).then_some(plain)
}

/// What a thrown JavaScript value says: `{code, detail, help}` of our modules, or its message.
pub(crate) fn thrown(error: &JsValue) -> Problem {
    let field = |name: &str| {
        js_sys::Reflect::get(error, &name.into()).ok().and_then(|value| value.as_string())
    };
    let detail = field("detail")
        .or_else(|| field("message"))
        .or_else(|| error.as_string())
        .unwrap_or_else(|| m::UNKNOWN_FAILURE.text(use_lang()).to_owned());
    Problem {
        status: 0,
        code: field("code").unwrap_or_else(|| "page".to_owned()),
        detail,
        place: None,
        help: field("help"),
    }
}

/// Why a viewer could not start: its own words, or that its module did not load.
pub(crate) fn viewer_problem(error: &JsValue) -> Problem {
    let problem = thrown(error);
    if problem.code != "page" {
        return problem;
    }
    let lang = use_lang();
    let detail = format!("{} ({})", m::VIEWER_FAILED.text(lang), problem.detail);
    own_problem("viewer-load", detail, Some(m::NO_GPU_HELP.text(lang)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_votable_error_gives_its_text() {
        let text = r#"<VOTABLE><RESOURCE><INFO name="QUERY_STATUS" value="ERROR">no column &quot;x&quot; &lt;here&gt;</INFO></RESOURCE></VOTABLE>"#;
        assert_eq!(votable_error(text).as_deref(), Some("no column \"x\" <here>"));
        assert_eq!(votable_error("<html>"), None);
    }

    #[test]
    fn text_is_safe_in_a_path() {
        assert_eq!(encode("a b/ü?"), "a%20b%2F%C3%BC%3F");
    }
}
