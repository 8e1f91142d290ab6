//! Reading the description that a module gives of its functions.

use serde::Deserialize;
use tenkyu_wire::functions::{FunctionMeta, ValueMeta};

use crate::UdfError;

/// A module holds at most this many functions.
pub const MOST_FUNCTIONS: usize = 64;
/// A function takes at most this many arguments.
pub const MOST_ARGUMENTS: usize = 32;
/// Characters of a name, at most.
const LONGEST_NAME: usize = 64;
/// Bytes of a description of one thing, at most.
const LONGEST_TEXT: usize = 1000;

#[derive(Deserialize)]
struct Description {
    abi: u32,
    functions: Vec<FunctionMeta>,
}

/// The functions of a module, from its description as JSON.
///
/// # Errors
/// [`UdfError::Description`] with the rule that it breaks.
pub fn describe(json: &[u8]) -> Result<Vec<FunctionMeta>, UdfError> {
    let wrong = |reason: String| UdfError::Description(reason);
    let read: Description =
        serde_json::from_slice(json).map_err(|error| wrong(error.to_string()))?;
    if read.abi != 1 {
        return Err(wrong(format!("its interface has version {}, not 1", read.abi)));
    }
    if read.functions.is_empty() || read.functions.len() > MOST_FUNCTIONS {
        let count = read.functions.len();
        return Err(wrong(format!("{count} functions; a module has 1 to {MOST_FUNCTIONS}")));
    }
    for (index, function) in read.functions.iter().enumerate() {
        check(function).map_err(wrong)?;
        let before = read.functions.get(..index).unwrap_or_default();
        if before.iter().any(|other| other.name == function.name) {
            return Err(wrong(format!("two functions are called {}", function.name)));
        }
    }
    Ok(read.functions)
}

fn check(function: &FunctionMeta) -> Result<(), String> {
    let name = shortened(&function.name);
    if !is_name(&function.name) {
        return Err(format!(
            "“{name}” is no name: one of a-z, then a-z, 0-9 and _, at most {LONGEST_NAME} in all"
        ));
    }
    let count = function.arguments.len();
    if count == 0 || count > MOST_ARGUMENTS {
        return Err(format!("{name} takes {count} arguments; 1 to {MOST_ARGUMENTS} are allowed"));
    }
    for argument in &function.arguments {
        if !is_name(&argument.name) {
            let argument = shortened(&argument.name);
            return Err(format!("“{argument}”, an argument of {name}, is no name"));
        }
        if argument.kind.is_list() {
            return Err(format!("{}, an argument of {name}, is a list", argument.name));
        }
    }
    let texts =
        function.arguments.iter().chain([&function.returns]).map(|one: &ValueMeta| &one.unit);
    if texts.chain([&function.description]).any(|text| text.len() > LONGEST_TEXT) {
        return Err(format!("a text of {name} is longer than {LONGEST_TEXT} bytes"));
    }
    Ok(())
}

/// Names are plain, so that they need no quotes and mean the same in any case.
fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= LONGEST_NAME
        && bytes.next().is_some_and(|byte| byte.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn shortened(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(functions: &str) -> Result<Vec<FunctionMeta>, UdfError> {
        describe(format!(r#"{{"abi":1,"functions":[{functions}]}}"#).as_bytes())
    }

    const GOOD: &str = r#"{"name":"f","kind":"scalar","arguments":[{"name":"x","type":"double"}],
        "returns":{"type":"double[]","unit":"mag"},"description":"d"}"#;

    #[test]
    fn a_description_is_read() {
        let read = of(GOOD).unwrap();
        assert_eq!(read[0].form(), "my.f(x DOUBLE PRECISION) -> DOUBLE PRECISION[]");
        assert_eq!(read[0].returns.unit, "mag");
    }

    #[test]
    fn what_breaks_a_rule_is_named() {
        let twice = format!("{GOOD},{GOOD}");
        for (given, said) in [
            ("", "0 functions"),
            (twice.as_str(), "two functions are called f"),
            (&GOOD.replace("\"f\"", "\"F\""), "“F” is no name"),
            (&GOOD.replace("\"f\"", "\"drop table\""), "is no name"),
            (&GOOD.replace("\"x\"", "\"\""), "is no name"),
            (&GOOD.replace("\"double\"", "\"double[]\""), "is a list"),
            (&GOOD.replace("[{\"name\":\"x\",\"type\":\"double\"}]", "[]"), "0 arguments"),
            (&GOOD.replace("\"double\"", "\"float\""), "unknown variant `float`"),
            (&GOOD.replace("\"d\"", &format!("\"{}\"", "d".repeat(1001))), "longer than 1000"),
        ] {
            let error = of(given).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
        let error = describe(br#"{"abi":2,"functions":[]}"#).unwrap_err();
        assert!(error.to_string().contains("version 2"), "{error}");
        assert!(describe(b"\xff").is_err() && describe(b"").is_err());
    }
}
