//! `tenkyu adql check` as a shell sees it.

use std::io::Write;
use std::process::{Command, Stdio};

/// Exit status and standard output of `tenkyu adql check … -` for a query on standard input.
fn check(folder: &std::path::Path, options: &[&str], query: &[u8]) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tenkyu"))
        .args(["adql", "check"])
        .args(options)
        .arg("-")
        .env("TENKYU_DATA_DIR", folder.join("data"))
        .env("LANG", "en_US.UTF-8")
        .env_remove("LC_ALL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may stop reading before the end.
    let _ = child.stdin.take().unwrap().write_all(query);
    let done = child.wait_with_output().unwrap();
    (done.status.code(), String::from_utf8(done.stdout).unwrap())
}

#[test]
fn a_query_is_judged_by_the_language_alone() {
    let folder = tempfile::tempdir().unwrap();
    let syntax = |query: &[u8]| check(folder.path(), &["--syntax"], query);
    assert_eq!(syntax(b"SELECT * FROM a.table1 WHERE x < 3\n"), (Some(0), "ok\n".to_owned()));
    let deep = format!("SELECT {}a{} FROM t", "(".repeat(10_000), ")".repeat(10_000));
    for (query, place) in [
        (b"SELECT *\nFORM t".as_slice(), "2:1: "),
        (b"", "1:1: "),
        (b" \n", "2:1: "),
        (b"SELECT 'caf\xe9' FROM t", "1:12: "),
        (b"\xff\xfe", "1:1: "),
        (deep.as_bytes(), "1:10"),
        (b"SELECT a FROM t WHERE a", "1:23: "),
    ] {
        let (status, text) = syntax(query);
        assert_eq!(status, Some(1), "{text}");
        assert!(text.starts_with(place), "{text}");
    }
    let (status, text) = syntax(&b" ".repeat(3 << 20));
    assert_eq!(status, Some(1), "{text}");
}

#[test]
fn a_query_is_judged_by_the_tables_too() {
    let folder = tempfile::tempdir().unwrap();
    let found = check(folder.path(), &[], b"SELECT table_name FROM TAP_SCHEMA.tables");
    assert_eq!(found, (Some(0), "ok\n".to_owned()));
    let (status, text) = check(folder.path(), &[], b"SELECT tabel_name FROM TAP_SCHEMA.tables");
    assert_eq!(status, Some(1));
    assert!(text.starts_with("1:8: ") && text.contains("table_name"), "{text}");
    let (status, text) = check(folder.path(), &[], b"SELECT 1 FROM ivoa.obscor");
    assert_eq!(status, Some(1));
    assert!(text.starts_with("1:15: ") && text.contains("ivoa.obscore"), "{text}");
}
