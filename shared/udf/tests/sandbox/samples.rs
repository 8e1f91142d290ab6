//! A module with functions that keep the rules of the interface and functions that break them.

const SAMPLES: &str = include_str!("samples.wat");

/// Name, kind, arguments (with types) and type of the value, in the order of the module's numbers.
const FUNCTIONS: [(&str, &str, &[&str], &str); 15] = [
    ("plus", "scalar", &["double", "double"], "double"),
    ("length", "scalar", &["text"], "bigint"),
    ("echo", "scalar", &["text"], "text"),
    ("below", "scalar", &["bigint"], "bigint[]"),
    ("no_number", "scalar", &["double"], "double"),
    ("spin", "scalar", &["double"], "double"),
    ("bomb", "scalar", &["double"], "double"),
    ("trap", "scalar", &["double"], "double"),
    ("outside", "scalar", &["double"], "double"),
    ("latin", "scalar", &["double"], "text"),
    ("fallen", "scalar", &["double"], "text"),
    ("refuse", "scalar", &["double"], "double"),
    ("total", "aggregate", &["double"], "double"),
    ("hang", "aggregate", &["double"], "double"),
    ("hoard", "aggregate", &["double"], "double"),
];

/// The description of the module.
pub fn description() -> String {
    let functions: Vec<String> = FUNCTIONS
        .iter()
        .map(|(name, kind, arguments, value)| {
            let arguments: Vec<String> = arguments
                .iter()
                .enumerate()
                .map(|(number, kind)| format!(r#"{{"name":"x{number}","type":"{kind}"}}"#))
                .collect();
            format!(
                r#"{{"name":"{name}","kind":"{kind}","arguments":[{}],"returns":{{"type":"{value}","unit":"mag"}},"description":"for tests"}}"#,
                arguments.join(",")
            )
        })
        .collect();
    format!(r#"{{"abi":1,"functions":[{}]}}"#, functions.join(","))
}

/// The text of the module with this description.
pub fn text(description: &str) -> String {
    let length: String = u32::try_from(description.len())
        .unwrap_or(u32::MAX)
        .to_le_bytes()
        .iter()
        .map(|byte| format!("\\{byte:02x}"))
        .collect();
    SAMPLES
        .replacen("\"DESCRIPTION\"", &format!("\"{}\"", description.replace('"', "\\\"")), 1)
        .replacen("LENGTH\"", &format!("{length}\""), 1)
}

/// The module.
pub fn module() -> Vec<u8> {
    wat::parse_str(text(&description())).unwrap()
}
