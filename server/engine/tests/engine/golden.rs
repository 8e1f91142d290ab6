//! Queries in `tests/queries/*.adql` with their answers in `.expect` beside them. Rows of queries
//! without ORDER BY are compared sorted. An answer that begins with `error` is an error's code.
//! `UPDATE_EXPECT=1` writes the answers anew; read the difference before keeping it.

use std::{fs, path::Path};

use tenkyu_wire::{Explain, Lang};

use crate::support::Lab;

fn answer(lab: &Lab, adql: &str) -> String {
    let mut lines = match lab.text(adql) {
        Ok(lines) => lines,
        Err(error) => {
            let place =
                error.place().map_or(String::new(), |p| format!(" {}:{}", p.line, p.column));
            let help = error.help(Lang::En).map_or(String::new(), |h| format!(" {h}"));
            return format!("error {}{place} {}{help}\n", error.code(), error.detail(Lang::En));
        }
    };
    if !adql.to_uppercase().contains("ORDER BY") {
        lines[1..].sort();
    }
    lines.join("\n") + "\n"
}

#[test]
fn answers_are_as_written_down() {
    let lab = Lab::small();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/queries");
    let mut files: Vec<_> = fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "adql"));
    files.sort();
    assert!(files.len() >= 20, "the queries are missing");
    let mut wrong = Vec::new();
    for file in files {
        // A file holds several queries, separated by semicolons.
        let text = fs::read_to_string(&file).unwrap();
        let queries = text.split(";\n").map(str::trim).filter(|q| !q.is_empty());
        let actual: String = queries.map(|q| format!("> {q}\n{}\n", answer(&lab, q))).collect();
        let expect = file.with_extension("expect");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&expect, &actual).unwrap();
        } else if fs::read_to_string(&expect).unwrap_or_default() != actual {
            wrong.push(format!("{}:\n{actual}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
