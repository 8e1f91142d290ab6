//! Parameters of DALI services: names without case, values with it, GET or POST.

use axum::extract::{FromRequest, Multipart, Request};
use http::{HeaderMap, Method, header};
use tenkyu_wire::Lang;
use url::form_urlencoded;

use crate::error::{Allowed, RequestError};

/// Longest body of a request, bytes. A query may list some thousand identifiers.
pub const MAX_BODY: usize = 2_000_000;

/// Most parameters of one request.
const MAX_PARAMETERS: usize = 256;

/// The parameters of a request, query string first, then body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Reads `application/x-www-form-urlencoded` text.
    ///
    /// # Errors
    /// [`RequestError::TooManyParameters`].
    pub fn parse(text: &str) -> Result<Params, RequestError> {
        let mut params = Params::default();
        params.extend_from(text.as_bytes())?;
        Ok(params)
    }

    /// Parameters that were read before.
    ///
    /// # Errors
    /// [`RequestError::TooManyParameters`].
    pub(crate) fn of(pairs: &[(String, String)]) -> Result<Params, RequestError> {
        let mut params = Params::default();
        for (name, value) in pairs {
            params.push(name.clone(), value.clone())?;
        }
        Ok(params)
    }

    /// Reads the query string and, for POST, the body: a form or multipart. The first value names
    /// the language in which errors are answered, which is known even when the body is not.
    ///
    /// # Errors
    /// A body that is too large, not UTF-8 or not a form.
    pub async fn from_request(request: Request) -> Result<Params, RequestError> {
        let mut params = Params::parse(request.uri().query().unwrap_or_default())?;
        if request.method() != Method::POST {
            return Ok(params);
        }
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase();
        if kind.starts_with("multipart/form-data") {
            params.extend_from_multipart(request).await?;
        } else if kind.is_empty() || kind.starts_with("application/x-www-form-urlencoded") {
            let body = axum::body::to_bytes(request.into_body(), MAX_BODY)
                .await
                .map_err(|_| RequestError::TooLarge)?;
            params.extend_from(&body)?;
        } else {
            return Err(RequestError::BadBody(kind));
        }
        Ok(params)
    }

    fn extend_from(&mut self, text: &[u8]) -> Result<(), RequestError> {
        for (name, value) in form_urlencoded::parse(text) {
            self.push(name.into_owned(), value.into_owned())?;
        }
        Ok(())
    }

    async fn extend_from_multipart(&mut self, request: Request) -> Result<(), RequestError> {
        let bad = |error: &dyn std::fmt::Display| RequestError::BadBody(error.to_string());
        let mut form = Multipart::from_request(request, &()).await.map_err(|e| bad(&e))?;
        let mut total = 0;
        while let Some(mut field) = form.next_field().await.map_err(|e| bad(&e))? {
            let name = field.name().unwrap_or_default().to_owned();
            let mut value = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(|e| bad(&e))? {
                total += chunk.len();
                if total > MAX_BODY {
                    return Err(RequestError::TooLarge);
                }
                value.extend_from_slice(&chunk);
            }
            let value = String::from_utf8(value).map_err(|e| bad(&e))?;
            self.push(name, value)?;
        }
        Ok(())
    }

    /// Adds a parameter.
    pub(crate) fn push(&mut self, name: String, value: String) -> Result<(), RequestError> {
        if self.pairs.len() >= MAX_PARAMETERS {
            return Err(RequestError::TooManyParameters(MAX_PARAMETERS));
        }
        if name.contains('\0') || value.contains('\0') {
            return Err(RequestError::Nul(shorten(&name).replace('\0', "␀")));
        }
        self.pairs.push((name, value));
        Ok(())
    }

    /// All values of a parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Every parameter with its value, in order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a parameter that may be given once; an empty value counts as absent.
    ///
    /// # Errors
    /// [`RequestError::Repeated`].
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, RequestError> {
        let mut values = self.all(name);
        let first = values.next();
        match values.count() {
            0 => Ok(first.filter(|value| !value.trim().is_empty())),
            more => Err(RequestError::Repeated { name, count: more + 1 }),
        }
    }

    /// The value of a parameter that must be given.
    ///
    /// # Errors
    /// [`RequestError::Repeated`], [`RequestError::Missing`].
    pub fn required(&self, name: &'static str) -> Result<&str, RequestError> {
        self.one(name)?.ok_or(RequestError::Missing(name))
    }

    /// A whole number from 0.
    ///
    /// # Errors
    /// [`RequestError::Repeated`], [`RequestError::BadValue`].
    pub fn count(&self, name: &'static str) -> Result<Option<u64>, RequestError> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        text.trim().parse().map(Some).map_err(|_| RequestError::BadValue {
            name,
            value: shorten(text),
            allowed: Allowed::Text(tenkyu_wire::messages::vo::ALLOWED_MAXREC),
        })
    }
}

/// A value for an error message: foreign text may be long.
pub(crate) fn shorten(text: &str) -> String {
    const KEEP: usize = 60;
    if text.chars().count() <= KEEP {
        return text.to_owned();
    }
    text.chars().take(KEEP).chain(std::iter::once('…')).collect()
}

/// Name of the cookie in which the page remembers a language.
const COOKIE: &str = "tenkyu-lang";

/// The language of an answer: `lang` in the query string, else the page's cookie, else
/// `Accept-Language`.
pub fn lang(query: Option<&str>, headers: &HeaderMap) -> Lang {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let parameter = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(name, _)| name == "lang")
        .find_map(|(_, value)| Lang::from_tag(&value));
    let cookie = || {
        text(header::COOKIE).split(';').find_map(|pair| {
            pair.trim().strip_prefix(COOKIE)?.strip_prefix('=').and_then(Lang::from_tag)
        })
    };
    parameter
        .or_else(cookie)
        .unwrap_or_else(|| Lang::from_accept_language(text(header::ACCEPT_LANGUAGE)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_have_no_case_and_values_have() {
        let params = Params::parse("Query=SELECT+1&query2=x&FORMAT=CSV").unwrap();
        assert_eq!(params.one("QUERY").unwrap(), Some("SELECT 1"));
        assert_eq!(params.one("format").unwrap(), Some("CSV"));
        assert_eq!(params.one("LANG").unwrap(), None);
    }

    #[test]
    fn a_repeated_parameter_is_an_error() {
        let params = Params::parse("MAXREC=1&maxrec=2").unwrap();
        assert_eq!(
            params.count("MAXREC"),
            Err(RequestError::Repeated { name: "MAXREC", count: 2 })
        );
    }

    #[test]
    fn counts_are_whole_and_not_negative() {
        for bad in ["-1", "lots", "1.5", "1e3", "99999999999999999999999"] {
            let params = Params::parse(&format!("MAXREC={bad}")).unwrap();
            assert!(matches!(params.count("MAXREC"), Err(RequestError::BadValue { .. })), "{bad}");
        }
        assert_eq!(Params::parse("MAXREC=0").unwrap().count("MAXREC"), Ok(Some(0)));
        assert_eq!(Params::parse("MAXREC=").unwrap().count("MAXREC"), Ok(None));
    }

    #[test]
    fn the_language_is_taken_from_the_nearest_source() {
        let mut headers = HeaderMap::new();
        assert_eq!(lang(None, &headers), Lang::En);
        headers.insert(header::ACCEPT_LANGUAGE, "ja,en;q=0.5".parse().unwrap());
        assert_eq!(lang(None, &headers), Lang::Ja);
        headers.insert(header::COOKIE, "a=b; tenkyu-lang=en".parse().unwrap());
        assert_eq!(lang(None, &headers), Lang::En);
        assert_eq!(lang(Some("q=1&lang=ja"), &headers), Lang::Ja);
        assert_eq!(lang(Some("lang=xx"), &headers), Lang::En);
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(text in ".{0,400}") {
            if let Ok(params) = Params::parse(&text) {
                let _ = params.required("QUERY");
                let _ = params.count("MAXREC");
            }
        }

        #[test]
        fn any_value_comes_back(value in "[^\u{0}\n]{1,80}") {
            let text = form_urlencoded::Serializer::new(String::new())
                .append_pair("query", &value).finish();
            let params = Params::parse(&text).unwrap();
            let expected = (!value.trim().is_empty()).then_some(value.as_str());
            prop_assert_eq!(params.one("QUERY").unwrap(), expected);
        }
    }
}
