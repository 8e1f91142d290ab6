//! The table worker as the page sees it: `/pkg/tables-client.js` speaking
//! [`tenkyu_wire::table`].

use js_sys::{Array, Reflect};
use tenkyu_wire::Problem;
use tenkyu_wire::table::{Reply, Request};
use wasm_bindgen::prelude::*;

use crate::net;

#[wasm_bindgen]
extern "C" {
    /// A worker with one open result.
    #[derive(Clone)]
    pub(crate) type TableClient;
    #[wasm_bindgen(method, catch)]
    async fn request(
        this: &TableClient,
        request: &str,
        progress: Option<&js_sys::Function>,
    ) -> Result<JsValue, JsValue>;
}

/// A reply with the buffers that came beside it.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) buffers: Array,
}

fn unreadable(error: &serde_json::Error) -> Problem {
    net::own_problem("worker-answer", error.to_string(), None)
}

/// Asks the worker. `progress` hears the replies that come before the last one.
pub(crate) async fn ask(
    client: &TableClient,
    request: &Request,
    progress: Option<&js_sys::Function>,
) -> Result<Answer, Problem> {
    let text = serde_json::to_string(request).map_err(|error| unreadable(&error))?;
    let answer = client.request(&text, progress).await.map_err(|error| net::thrown(&error))?;
    let field = |name: &str| Reflect::get(&answer, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let reply = field("reply").as_string().unwrap_or_default();
    let reply: Reply = serde_json::from_str(&reply).map_err(|error| unreadable(&error))?;
    if let Reply::Failed(problem) = reply {
        return Err(problem);
    }
    let buffers = field("buffers").dyn_into().unwrap_or_else(|_| Array::new());
    Ok(Answer { reply, buffers })
}
