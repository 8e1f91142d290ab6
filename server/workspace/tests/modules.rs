//! Modules are kept by content, for their owner alone and within limits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

use tenkyu_store::testing;
use tenkyu_wire::functions::FunctionMeta;
use tenkyu_workspace::{ModuleLimits, Workspace, WorkspaceError};

fn function(name: &str) -> Vec<FunctionMeta> {
    vec![FunctionMeta { name: name.to_owned(), ..FunctionMeta::default() }]
}

const LIMITS: ModuleLimits = ModuleLimits { per_owner: 3, owner_bytes: 100, all_bytes: 150 };

#[tokio::test]
async fn modules_come_back_and_files_go_with_the_last_owner() {
    let folder = tempfile::tempdir().unwrap();
    let workspace =
        Workspace::open(folder.path(), &testing::open(folder.path()).await).await.unwrap();
    let add = |owner: &'static str, name: &'static str| {
        workspace.add_module(owner, name, b"bytes", function("f"), LIMITS)
    };
    let (kept, is_new) = add("a", "one.wasm").await.unwrap();
    // From `printf bytes | sha256sum`.
    assert_eq!(kept.id, "277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9");
    assert!(is_new && !add("a", "two.wasm").await.unwrap().1);
    add("b", "one.wasm").await.unwrap();
    let again = Workspace::open(folder.path(), &testing::open(folder.path()).await).await.unwrap();
    assert_eq!(again.modules("a").await.unwrap(), std::slice::from_ref(&kept));
    assert_eq!(again.module("b", &kept.id).await.unwrap().functions[0].name, "f");
    let file = again.module_file(&kept.id);
    assert_eq!(std::fs::read(&file).unwrap(), b"bytes");
    for (owner, left) in [("a", true), ("b", false)] {
        again.remove_module(owner, &kept.id).await.unwrap();
        assert_eq!(file.exists(), left);
        let missing = again.remove_module(owner, &kept.id).await;
        assert!(matches!(missing, Err(WorkspaceError::NoModule(_))));
    }
}

#[tokio::test]
async fn limits_of_one_and_of_all() {
    let folder = tempfile::tempdir().unwrap();
    let workspace =
        Workspace::open(folder.path(), &testing::open(folder.path()).await).await.unwrap();
    let add = |owner: &'static str, name: &'static str, bytes: usize| {
        let module: Vec<u8> = name.bytes().cycle().take(bytes).collect();
        let workspace = &workspace;
        async move { workspace.add_module(owner, name, &module, function(name), LIMITS).await }
    };
    add("a", "p", 60).await.unwrap();
    let more = add("a", "q", 60).await.unwrap_err();
    assert!(matches!(more, WorkspaceError::ModuleSpace { of_all: false, limit: 100 }), "{more}");
    // Its own successor takes its place.
    add("a", "p", 80).await.unwrap();
    add("b", "p", 60).await.unwrap();
    let all = add("c", "p", 20).await.unwrap_err();
    assert!(matches!(all, WorkspaceError::ModuleSpace { of_all: true, limit: 150 }), "{all}");
    add("c", "p", 1).await.unwrap();
    add("c", "q", 2).await.unwrap();
    add("c", "r", 3).await.unwrap();
    let many = add("c", "s", 1).await.unwrap_err();
    assert!(matches!(many, WorkspaceError::TooManyModules(3)), "{many}");
    // No file is left of what was refused or replaced: a, b and three of c.
    assert_eq!(std::fs::read_dir(folder.path().join("functions")).unwrap().count(), 5);
}
