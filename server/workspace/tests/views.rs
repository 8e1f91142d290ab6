//! Views are kept, come back, and never lead out of the portal.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use std::collections::BTreeMap;

use tenkyu_store::testing;
use tenkyu_workspace::{NewView, Workspace, WorkspaceError};

fn view(path: &str, query: &str) -> NewView {
    NewView { path: path.to_owned(), query: query.to_owned(), ..NewView::default() }
}

#[tokio::test]
async fn a_view_comes_back_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("a b#天%20");
    std::fs::create_dir(&odd).unwrap();
    let workspace = Workspace::open(&odd, &testing::open(&odd).await).await.unwrap();
    let snapshots = BTreeMap::from([("gaia.dr3".to_owned(), "2026-11-22".to_owned())]);
    let title = Some("明るい星".to_owned());
    let new = NewView { title, snapshots, ..view("/query", "?v=1&adql=SELECT+1") };
    let saved = workspace.save(&new).await.unwrap();
    drop(workspace);
    let again = Workspace::open(&odd, &testing::open(&odd).await).await.unwrap();
    let found = again.view(&saved.id).await.unwrap().unwrap();
    assert_eq!(found, saved);
    assert_eq!(found.address(), "/query?v=1&adql=SELECT+1&snapshot=gaia.dr3%402026-11-22");
    assert_eq!(found.title, "明るい星");
    assert!(again.view("nothing").await.unwrap().is_none());
    let embedded = testing::url(&odd).await.is_none();
    assert_eq!(odd.join("tenkyu.sqlite").is_file(), embedded);
}

#[tokio::test]
async fn addresses_outside_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let workspace =
        Workspace::open(folder.path(), &testing::open(folder.path()).await).await.unwrap();
    for (path, query) in [
        ("https://evil.example/", ""),
        ("//evil.example/", ""),
        ("/\\evil.example", ""),
        ("query", ""),
        ("", ""),
        ("/query?x", ""),
        ("/a/../../b", ""),
        ("/query\r\nSet-Cookie: a=b", ""),
        ("/query", "v=1\r\nx"),
        ("/query", "v=1#x"),
    ] {
        let refused = workspace.save(&view(path, query)).await;
        assert!(matches!(refused, Err(WorkspaceError::BadAddress(_))), "{path:?} {query:?}");
    }
    let long = "a".repeat(16_001);
    let refused = workspace.save(&view("/query", &long)).await;
    assert!(matches!(refused, Err(WorkspaceError::TooLong { field: "query", .. })));
}

#[tokio::test]
async fn identifiers_differ_and_addresses_are_encoded() {
    let folder = tempfile::tempdir().unwrap();
    let workspace =
        Workspace::open(folder.path(), &testing::open(folder.path()).await).await.unwrap();
    let first = workspace.save(&view("/", "")).await.unwrap();
    let decoded = workspace.save(&view("/image/天", "q=M 31&n=名")).await.unwrap();
    assert_eq!(decoded.address(), "/image/%E5%A4%A9?q=M%2031&n=%E5%90%8D");
    let second = workspace.save(&view("/", "")).await.unwrap();
    assert_ne!(first.id, second.id);
    assert_eq!((first.id.len(), first.address().as_str()), (10, "/"));
    assert!(first.id.chars().all(|c| c.is_ascii_alphanumeric()));
}
