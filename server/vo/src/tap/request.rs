//! The parameters of a query (TAP 1.1 §2.7).

use crate::error::{Allowed, RequestError};
use crate::formats::Format;
use crate::params::{Params, shorten};

/// A query that was asked for correctly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueryRequest<'a> {
    pub(crate) query: &'a str,
    pub(crate) format: Format,
    pub(crate) max_rows: Option<u64>,
    pub(crate) snapshot: Option<&'a str>,
}

/// Query languages by the values of LANG.
const LANGUAGES: [&str; 3] = ["ADQL", "ADQL-2.0", "ADQL-2.1"];

impl<'a> QueryRequest<'a> {
    /// Reads REQUEST, LANG, QUERY, RESPONSEFORMAT or FORMAT, MAXREC and our SNAPSHOT; RUNID and
    /// anything else is ignored.
    pub(crate) fn parse(params: &'a Params) -> Result<QueryRequest<'a>, RequestError> {
        one_of(params, "REQUEST", &["doQuery"])?;
        one_of(params, "LANG", &LANGUAGES)?;
        Ok(QueryRequest {
            format: format(params)?,
            max_rows: params.count("MAXREC")?,
            snapshot: params.one("SNAPSHOT")?,
            query: params.required("QUERY")?,
        })
    }
}

fn one_of(params: &Params, name: &'static str, words: &[&str]) -> Result<(), RequestError> {
    match params.one(name)? {
        Some(value) if !words.iter().any(|word| word.eq_ignore_ascii_case(value.trim())) => {
            Err(RequestError::BadValue {
                name,
                value: shorten(value),
                allowed: Allowed::Words(words.join(", ")),
            })
        }
        _ => Ok(()),
    }
}

/// RESPONSEFORMAT, or FORMAT as TAP 1.0 called it.
fn format(params: &Params) -> Result<Format, RequestError> {
    let named = match params.one("RESPONSEFORMAT")? {
        Some(value) => Some(value),
        None => params.one("FORMAT")?,
    };
    named.map_or(Ok(Format::VotableTabledata), Format::parse)
}

/// Whether errors of this request are told as JSON, as far as its parameters can be read.
pub(crate) fn errors_as_json(params: &Params) -> bool {
    format(params).is_ok_and(Format::errors_as_json)
}

/// Whether a query among the parameters makes a table: INTO is a reserved word, and stands in no
/// other place.
pub(crate) fn makes_table(params: &Params) -> bool {
    params.all("QUERY").any(|query| {
        let tokens = tenkyu_adql::tokens(query);
        tokens.iter().any(|token| token.span.of(query).eq_ignore_ascii_case("INTO"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<(Format, Option<u64>), RequestError> {
        let params = Params::parse(text).unwrap();
        QueryRequest::parse(&params).map(|request| (request.format, request.max_rows))
    }

    #[test]
    fn the_usual_request() {
        let text = "REQUEST=doQuery&LANG=ADQL&QUERY=SELECT+1&FORMAT=csv&MAXREC=7&RUNID=x";
        assert_eq!(parse(text), Ok((Format::Csv, Some(7))));
        assert_eq!(parse("query=SELECT+1&lang=adql-2.1"), Ok((Format::VotableTabledata, None)));
        assert_eq!(parse("query=q&responseformat=json&format=csv"), Ok((Format::Json, None)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(parse("LANG=ADQL"), Err(RequestError::Missing("QUERY")));
        for (text, name) in [
            ("QUERY=a&LANG=SQL", "LANG"),
            ("QUERY=a&REQUEST=getCapabilities", "REQUEST"),
            ("QUERY=a&MAXREC=-1", "MAXREC"),
            ("QUERY=a&FORMAT=docx", "RESPONSEFORMAT"),
        ] {
            match parse(text) {
                Err(RequestError::BadValue { name: found, .. }) => assert_eq!(found, name),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert!(matches!(parse("QUERY=a&QUERY=b"), Err(RequestError::Repeated { count: 2, .. })));
    }

    proptest! {
        #[test]
        fn any_parameters_are_read_or_refused(
            pairs in prop::collection::vec(
                ("(?i)query|lang|format|responseformat|maxrec|request|upload|snapshot|.{0,8}",
                 ".{0,40}"), 0..12)
        ) {
            let text = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&pairs).finish();
            let Ok(params) = Params::parse(&text) else {
                let nul = pairs.iter().any(|(name, value)| name.contains('\0') || value.contains('\0'));
                prop_assert!(nul, "refused without a NUL");
                return Ok(());
            };
            if let Ok(request) = QueryRequest::parse(&params) {
                prop_assert!(!request.query.trim().is_empty());
            }
            let _ = errors_as_json(&params);
        }
    }
}
