//! The tree of files: names, folders, moving, copying, trash, versions, space.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

#[path = "support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use support::{ANNA, Shelf, new_upload};
use tenkyu_wire::files::{NodeKind, Sharing};
use tenkyu_workspace::files::{
    FileError, FileLimits, HOME, NewNode, PageStart, Precondition, ROOT, Wanted,
};

#[tokio::test]
async fn odd_names_are_files_like_others() {
    let shelf = Shelf::new().await;
    let long = format!("{}x", "天".repeat(84));
    let wide = "b".repeat(255);
    for name in
        ["a.txt", "A.txt", "🌌", "..a", "<img src=x onerror=alert(1)>", "a\\b", &long, &wide]
    {
        shelf.put(name, name.as_bytes()).await.unwrap();
    }
    assert_eq!(shelf.read("a.txt").await, b"a.txt");
    assert_eq!(shelf.read("A.txt").await, b"A.txt", "case twins are two files");
    for bad in ["..", ".", "", "a/b", "nul\0", &"x".repeat(256)] {
        assert!(matches!(shelf.put(bad, b"x").await, Err(FileError::BadName(_))), "{bad:?}");
    }
    // Composed and decomposed letters are the same name.
    shelf.put("e\u{301}.txt", b"1").await.unwrap();
    shelf.put("\u{e9}.txt", b"2").await.unwrap();
    assert_eq!(shelf.read("\u{e9}.txt").await, b"2");
    let page = shelf.files.list(&shelf.home, PageStart::First, 100).await.unwrap();
    assert_eq!(page.nodes.len(), 9);
    shelf.clean().await;
}

#[tokio::test]
async fn checksums_are_those_of_the_standards() {
    let shelf = Shelf::new().await;
    let node = shelf.put("abc", b"abc").await.unwrap();
    // FIPS 180-4 and RFC 1321, "abc".
    let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(node.sha256.as_deref(), Some(sha));
    assert_eq!(node.md5.as_deref(), Some("900150983cd24fb0d6963f7d28e17f72"));
    let empty = shelf.put("empty", b"").await.unwrap();
    assert_eq!(empty.md5.as_deref(), Some("d41d8cd98f00b204e9800998ecf8427e"));
    assert_eq!((empty.bytes, shelf.read("empty").await.len()), (0, 0));
    shelf.clean().await;
}

#[tokio::test]
async fn pages_follow_one_another_without_gaps() {
    let shelf = Shelf::new().await;
    for n in 0..25 {
        let new = NewNode { creator: ANNA.to_owned(), ..NewNode::default() };
        shelf.files.make(&shelf.home.id, &format!("{n:03}"), &new).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let start = after.as_deref().map_or(PageStart::First, PageStart::After);
        let page = shelf.files.list(&shelf.home, start, 10).await.unwrap();
        seen.extend(page.nodes.iter().map(|node| node.name().to_owned()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..25).map(|n| format!("{n:03}")).collect::<Vec<_>>());
    let at = shelf.files.list(&shelf.home, PageStart::At("007"), 2).await.unwrap();
    assert_eq!(at.nodes[0].path, "/home/anna/007");
}

#[tokio::test]
async fn rules_come_from_the_nearest_folder_that_has_one() {
    let shelf = Shelf::new().await;
    let outer = shelf.folder(&shelf.home.id, "outer").await;
    let inner = shelf.folder(&outer.id, "inner").await;
    assert_eq!(inner.effective, Sharing::default());
    let rule = Sharing { public: true, read: vec!["team".to_owned()], write: vec![] };
    let set = Some(rule.clone());
    shelf.files.describe(&outer.id, &BTreeMap::new(), None, Some(&set)).await.unwrap();
    let found = shelf.files.find("/home/anna/outer/inner").await.unwrap();
    assert_eq!(found.node.effective, rule);
    assert_eq!(found.node.sharing, None);
    assert!(found.is_within(&outer.id) && !found.is_within("x"));
    assert_eq!(shelf.files.get(&inner.id).await.unwrap(), found);
    // Moved out, it is under the rule of where it is.
    let out = shelf.files.move_to(&inner.id, &shelf.home.id, "inner").await.unwrap();
    assert_eq!(out.node.effective, Sharing::default());
}

#[tokio::test]
async fn nothing_is_moved_or_copied_into_itself() {
    let shelf = Shelf::new().await;
    let a = shelf.folder(&shelf.home.id, "a").await;
    let b = shelf.folder(&a.id, "b").await;
    let files = &shelf.files;
    assert!(matches!(files.move_to(&a.id, &b.id, "x").await, Err(FileError::Cycle)));
    assert!(matches!(files.move_to(&a.id, &a.id, "x").await, Err(FileError::Cycle)));
    assert!(matches!(files.copy_to(&a.id, &b.id, "x", ANNA).await, Err(FileError::Cycle)));
    assert!(matches!(files.move_to(&b.id, &shelf.home.id, "a").await, Err(FileError::Taken(_))));
    for fixed in [ROOT, HOME, &shelf.home.id] {
        let fault = files.move_to(fixed, &a.id, "x").await.unwrap_err();
        assert!(matches!(fault, FileError::Fixed(_) | FileError::Cycle), "{fault}");
        assert!(matches!(files.throw_away(fixed).await, Err(FileError::Fixed(_))));
    }
    assert!(matches!(files.make(HOME, "eve", &NewNode::default()).await, Err(FileError::Fixed(_))));
    // A folder that would lie too deep with what is in it.
    let mut deep = shelf.home.clone();
    for _ in 0..60 {
        deep = shelf.folder(&deep.id, "d").await;
    }
    assert!(files.move_to(&b.id, &deep.id, "b").await.is_ok());
    assert!(files.move_to(&a.id, &deep.id, "a").await.is_ok());
    let wide = shelf.folder(&shelf.home.id, "wide").await;
    shelf.folder(&wide.id, "w").await;
    let last = files.find(&format!("/home/anna{}/a", "/d".repeat(60))).await.unwrap();
    assert!(matches!(
        files.move_to(&wide.id, &last.node.id, "w").await,
        Err(FileError::TooDeep(_))
    ));
}

#[tokio::test]
async fn a_copy_has_the_same_bytes_and_its_own_life() {
    let shelf = Shelf::new().await;
    let a = shelf.folder(&shelf.home.id, "a").await;
    shelf.put_in(&a.id, "f", b"0123456789").await.unwrap();
    let properties = BTreeMap::from([("ivo://x#p".to_owned(), Some("v".to_owned()))]);
    let f = shelf.files.find("/home/anna/a/f").await.unwrap().node;
    shelf.files.describe(&f.id, &properties, None, None).await.unwrap();
    assert_eq!(shelf.used().await, 10);
    shelf.files.copy_to(&a.id, &shelf.home.id, "copy", ANNA).await.unwrap();
    assert_eq!(shelf.used().await, 20);
    let copied = shelf.files.find("/home/anna/copy/f").await.unwrap().node;
    assert_eq!(copied.properties.get("ivo://x#p").map(String::as_str), Some("v"));
    assert_eq!((copied.sha256.clone(), copied.version), (f.sha256.clone(), 1));
    shelf.remove(&a.id).await;
    assert_eq!(shelf.read("copy/f").await, b"0123456789");
    assert_eq!(shelf.used().await, 10);
    shelf.clean().await;
}

#[tokio::test]
async fn the_trash_gives_back_what_was_thrown_away() {
    let shelf = Shelf::new().await;
    let a = shelf.folder(&shelf.home.id, "a").await;
    shelf.put_in(&a.id, "f", b"12345").await.unwrap();
    shelf.files.throw_away(&a.id).await.unwrap();
    assert!(matches!(shelf.files.find("/home/anna/a/f").await, Err(FileError::NoNode(_))));
    assert!(matches!(shelf.files.get(&a.id).await, Err(FileError::NoNode(_))));
    let trash = shelf.files.trash(ANNA).await.unwrap();
    assert_eq!((trash.len(), trash[0].path.as_str(), trash[0].bytes), (1, "/home/anna/a", 5));
    assert_eq!(trash[0].expires - trash[0].deleted, 30 * 24 * 3600 * 1000);
    assert_eq!(shelf.used().await, 5, "the trash uses space");
    // Its name is in use now.
    shelf.folder(&shelf.home.id, "a").await;
    let taken = shelf.files.take_back(&a.id, None, None).await;
    assert!(matches!(taken, Err(FileError::Taken(_))));
    shelf.files.take_back(&a.id, None, Some("b")).await.unwrap();
    assert_eq!(shelf.read("b/f").await, b"12345");
    assert!(shelf.files.trash(ANNA).await.unwrap().is_empty());
    // Its folder is gone.
    let b = shelf.files.find("/home/anna/b").await.unwrap().node;
    let f = shelf.files.find("/home/anna/b/f").await.unwrap().node;
    shelf.files.throw_away(&f.id).await.unwrap();
    shelf.files.throw_away(&b.id).await.unwrap();
    let lost = shelf.files.take_back(&f.id, None, None).await;
    assert!(matches!(lost, Err(FileError::NoFolder(_))), "{lost:?}");
    shelf.files.take_back(&f.id, Some(&shelf.home.id), None).await.unwrap();
    shelf.files.purge(&b.id).await.unwrap();
    assert!(matches!(shelf.files.purge(&b.id).await, Err(FileError::NotInTrash(_))));
    assert_eq!(shelf.read("f").await, b"12345");
    shelf.clean().await;
}

#[tokio::test]
async fn the_trash_is_emptied_after_its_time() {
    let limits = FileLimits { trash_ms: -1, ..FileLimits::default() };
    let shelf = Shelf::with(limits).await;
    let node = shelf.put("f", b"12345").await.unwrap();
    shelf.files.throw_away(&node.id).await.unwrap();
    shelf.files.tend().await.unwrap();
    assert_eq!((shelf.used().await, shelf.objects()), (0, 0));
    shelf.clean().await;
}

#[tokio::test]
async fn earlier_contents_come_back() {
    let shelf = Shelf::with(FileLimits { versions: 2, ..FileLimits::default() }).await;
    for content in ["one", "two!", "three", "four!!"] {
        shelf.put("f", content.as_bytes()).await.unwrap();
    }
    let node = shelf.node("f").await;
    assert_eq!(node.version, 4);
    let versions = shelf.files.versions(&node).await.unwrap();
    assert_eq!(versions.iter().map(|v| (v.version, v.bytes)).collect::<Vec<_>>(), [(3, 5), (2, 4)]);
    assert_eq!(shelf.used().await, 6 + 5 + 4);
    let old = std::fs::read(shelf.files.version_content(&versions[1])).unwrap();
    assert_eq!(old, b"two!");
    assert!(shelf.files.version(&node, 1).await.is_err(), "the oldest is forgotten");
    shelf.files.bring_back(&node, 2, ANNA).await.unwrap();
    assert_eq!(shelf.read("f").await, b"two!");
    shelf.clean().await;
    shelf.remove(&node.id).await;
    assert_eq!((shelf.used().await, shelf.objects()), (0, 0));
    shelf.clean().await;
}

#[tokio::test]
async fn preconditions_keep_others_from_being_overwritten() {
    let shelf = Shelf::new().await;
    let first = shelf.put("f", b"1").await.unwrap();
    let put = async |precondition: Precondition| {
        let new = new_upload(&shelf.home.id, "f", Some(1));
        shelf.send(tenkyu_workspace::files::NewUpload { precondition, ..new }, b"2").await
    };
    assert!(matches!(put(Precondition::Absent).await, Err(FileError::Taken(_))));
    let other = Precondition::Content("00".to_owned());
    assert!(matches!(put(other).await, Err(FileError::Changed(_))));
    let same = Precondition::Content(first.sha256.unwrap());
    assert!(put(same).await.is_ok());
    let folder = shelf.folder(&shelf.home.id, "d").await;
    assert_eq!(folder.kind, NodeKind::Container);
    assert!(matches!(shelf.put("d", b"x").await, Err(FileError::Taken(_))));
    shelf.clean().await;
}

#[tokio::test]
async fn search_finds_names_and_properties() {
    let shelf = Shelf::new().await;
    let a = shelf.folder(&shelf.home.id, "A100%_x").await;
    let f = shelf.put_in(&a.id, "M42.fits", b"1").await.unwrap();
    let gone = shelf.put("m42.txt", b"1").await.unwrap();
    shelf.files.throw_away(&gone.id).await.unwrap();
    let home = shelf.files.get(&shelf.home.id).await.unwrap();
    let names = async |name: &str| {
        let wanted = Wanted { name: Some(name.to_owned()), property: None };
        let found = shelf.files.search(&home, &wanted, 10).await.unwrap();
        found.into_iter().map(|one| one.node.path).collect::<Vec<_>>()
    };
    assert_eq!(names("m42").await, ["/home/anna/A100%_x/M42.fits"]);
    assert_eq!(names("0%_").await, ["/home/anna/A100%_x"]);
    assert!(names("0_%").await.is_empty(), "wildcards are letters");
    let key = "ivo://ivoa.net/vospace/core#description".to_owned();
    let set = BTreeMap::from([(key.clone(), Some("Orion".to_owned()))]);
    shelf.files.describe(&f.id, &set, None, None).await.unwrap();
    for (value, count) in [(None, 1), (Some("Orion"), 1), (Some("orion"), 0)] {
        let property = Some((key.clone(), value.map(str::to_owned)));
        let wanted = Wanted { name: None, property };
        assert_eq!(shelf.files.search(&home, &wanted, 10).await.unwrap().len(), count);
    }
}

#[tokio::test]
async fn secret_links_open_what_they_name_until_they_end() {
    let shelf = Shelf::new().await;
    let node = shelf.put("f", b"1").await.unwrap();
    let later = node.created + 3_600_000;
    let link = shelf.files.make_link(&node.id, false, later, ANNA).await.unwrap();
    let secret = link.secret.clone().unwrap();
    let opened = shelf.files.open_link(&secret).await.unwrap().unwrap();
    assert_eq!((opened.node.as_str(), opened.write), (node.id.as_str(), false));
    assert!(shelf.files.open_link(&link.id).await.unwrap().is_none());
    let over = shelf.files.make_link(&node.id, true, node.created - 1, ANNA).await.unwrap();
    assert!(shelf.files.open_link(&over.secret.unwrap()).await.unwrap().is_none());
    assert_eq!(shelf.files.links(&node.id).await.unwrap().len(), 1);
    shelf.files.withdraw_link(&node.id, &link.id).await.unwrap();
    assert!(shelf.files.open_link(&secret).await.unwrap().is_none());
    // The database holds no secret; where it is a file, this can be seen.
    if let Ok(bytes) = std::fs::read(shelf.folder.path().join("tenkyu.sqlite")) {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}
