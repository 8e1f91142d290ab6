//! The language of a page.
//!
//! It is chosen once for a page load: `lang` in the address, then the cookie that the switch
//! writes, then `Accept-Language`. Switching loads the page anew, so no text has to be reactive.

use tenkyu_wire::Lang;

/// Name of the cookie that remembers a choice.
pub(crate) const COOKIE: &str = "tenkyu-lang";

/// The language, and whether the address names it (links then carry it on).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Locale {
    pub(crate) lang: Lang,
    pub(crate) in_address: bool,
}

/// The language that a query string names.
fn lang_of_query(query: &str) -> Option<Lang> {
    let fields = tenkyu_wire::view::Fields::new(query);
    fields.text("lang").and_then(Lang::from_tag)
}

/// On the server: from the request that is being answered.
#[cfg(feature = "ssr")]
pub(crate) fn locale() -> Locale {
    use leptos::prelude::use_context;
    let Some(parts) = use_context::<http::request::Parts>() else {
        return Locale { lang: use_context::<Lang>().unwrap_or_default(), in_address: false };
    };
    let header = |name| parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let named = lang_of_query(parts.uri.query().unwrap_or_default());
    let cookie = || {
        let mut cookies = header(http::header::COOKIE).split(';');
        cookies
            .find_map(|c| c.trim().strip_prefix(COOKIE)?.strip_prefix('='))
            .and_then(Lang::from_tag)
    };
    let lang = named
        .or_else(cookie)
        .unwrap_or_else(|| Lang::from_accept_language(header(http::header::ACCEPT_LANGUAGE)));
    Locale { lang, in_address: named.is_some() }
}

/// In the browser: what the server wrote into `<html lang>`, the same for the whole page load.
#[cfg(not(feature = "ssr"))]
pub(crate) fn locale() -> Locale {
    use std::sync::OnceLock;
    static LOCALE: OnceLock<Locale> = OnceLock::new();
    *LOCALE.get_or_init(|| {
        let window = web_sys::window();
        let tag = window
            .as_ref()
            .and_then(|w| w.document()?.document_element()?.get_attribute("lang"))
            .unwrap_or_default();
        let query = window.and_then(|w| w.location().search().ok()).unwrap_or_default();
        Locale {
            lang: Lang::from_tag(&tag).unwrap_or_default(),
            in_address: lang_of_query(&query).is_some(),
        }
    })
}

/// The language of this page.
pub(crate) fn use_lang() -> Lang {
    locale().lang
}

/// An address within the site that keeps the language where the present address names it.
pub(crate) fn href(path: &str) -> String {
    let locale = locale();
    if !locale.in_address {
        return path.to_owned();
    }
    let join = if path.contains('?') { '&' } else { '?' };
    format!("{path}{join}lang={}", locale.lang.tag())
}
