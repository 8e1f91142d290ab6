//! Uploads: interrupted anywhere and continued, checked, within the quota.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

#[path = "support/mod.rs"]
mod support;

use futures::StreamExt;
use support::{ANNA, Shelf, body, broken, new_upload};
use tenkyu_workspace::files::{Expected, FileError, FileLimits, NewUpload, UploadKind};

const TEXT: &[u8] = b"The sky above the port was the colour of television.";

fn quota(bytes: u64) -> FileLimits {
    FileLimits { person_quota: bytes, ..FileLimits::default() }
}

#[tokio::test]
async fn an_upload_goes_on_from_any_byte() {
    let shelf = Shelf::new().await;
    for cut in [0, 1, 7, TEXT.len() - 1, TEXT.len()] {
        let (head, tail) = TEXT.split_at(cut);
        let name = format!("f{cut}");
        let new = new_upload(&shelf.home.id, &name, Some(TEXT.len() as u64));
        let upload = shelf.files.begin(new).await.unwrap();
        let end = shelf.files.append(&upload.id, 0, broken(&[head]), None).await;
        let at = cut as u64;
        assert!(matches!(end, Err(FileError::Interrupted(have)) if have == at), "{end:?}");
        // A client that believes to be elsewhere is told.
        let wrong = shelf.files.append(&upload.id, at + 1, body(b"x"), None).await;
        assert!(matches!(wrong, Err(FileError::Offset { have, .. }) if have == at), "{wrong:?}");
        let state = shelf.files.upload(&upload.id).await.unwrap();
        assert_eq!(state.offset, at);
        if state.done.is_none() {
            shelf.files.append(&upload.id, at, body(tail), None).await.unwrap();
        }
        assert_eq!(shelf.read(&name).await, TEXT);
        // Who lost the last answer asks once more.
        let state = shelf.files.upload(&upload.id).await.unwrap();
        assert_eq!((state.offset, state.done.is_some()), (TEXT.len() as u64, true));
    }
    shelf.clean().await;
}

#[tokio::test]
async fn an_upload_goes_on_after_the_server_was_killed() {
    let shelf = Shelf::new().await;
    let new = new_upload(&shelf.home.id, "f", Some(TEXT.len() as u64));
    let upload = shelf.files.begin(new).await.unwrap();
    let _ = shelf.files.append(&upload.id, 0, broken(&[&TEXT[..10]]), None).await;
    let once = NewUpload { kind: UploadKind::Once, ..new_upload(&shelf.home.id, "g", Some(5)) };
    shelf.files.begin(once).await.unwrap();
    assert_eq!(shelf.reserved().await, TEXT.len() as u64 + 5);
    let shelf = shelf.reopened().await;
    assert_eq!(shelf.reserved().await, TEXT.len() as u64, "single requests are given up");
    assert_eq!(shelf.files.upload(&upload.id).await.unwrap().offset, 10);
    shelf.files.append(&upload.id, 10, body(&TEXT[10..]), None).await.unwrap();
    assert_eq!(shelf.read("f").await, TEXT);
    assert_eq!(shelf.reserved().await, 0);
    shelf.clean().await;
}

#[tokio::test]
async fn bytes_with_a_wrong_checksum_do_not_stay() {
    let shelf = Shelf::new().await;
    let new = new_upload(&shelf.home.id, "f", Some(6));
    let upload = shelf.files.begin(new).await.unwrap();
    // `printf abc | sha1sum`.
    let abc = support_hex("a9993e364706816aba3e25717850c26c9cd0d89d");
    let sum = |digest: &[u8]| Some(("sha1".to_owned(), digest.to_vec()));
    let wrong = shelf.files.append(&upload.id, 0, body(b"abd"), sum(&abc)).await;
    assert!(matches!(wrong, Err(FileError::Checksum("sha1"))), "{wrong:?}");
    assert_eq!(shelf.files.upload(&upload.id).await.unwrap().offset, 0);
    let half = shelf.files.append(&upload.id, 0, broken(&[b"ab"]), sum(&abc)).await;
    assert!(matches!(half, Err(FileError::Interrupted(0))), "{half:?}");
    let unknown = Some(("crc32".to_owned(), vec![0]));
    let unknown = shelf.files.append(&upload.id, 0, body(b"abc"), unknown).await;
    assert!(matches!(unknown, Err(FileError::BadChecksum(_))));
    let done = shelf.files.append(&upload.id, 0, body(b"abc"), sum(&abc)).await.unwrap();
    assert_eq!(done.offset, 3);
    shelf.files.append(&upload.id, 3, body(b"def"), None).await.unwrap();
    assert_eq!(shelf.read("f").await, b"abcdef");
    // `printf abcdef | md5sum`.
    assert_eq!(shelf.node("f").await.md5.unwrap(), "e80b5017098950fc58aad83c8c14978e");
    shelf.clean().await;
}

fn support_hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

#[tokio::test]
async fn a_content_that_is_not_what_was_announced_is_refused() {
    let shelf = Shelf::new().await;
    let expected = Expected { md5: Some("0".repeat(32)), sha256: None };
    let new = NewUpload { expected, ..new_upload(&shelf.home.id, "f", Some(3)) };
    assert!(matches!(shelf.send(new, b"abc").await, Err(FileError::Checksum("md5"))));
    assert!(matches!(shelf.files.find("/home/anna/f").await, Err(FileError::NoNode(_))));
    let longer = new_upload(&shelf.home.id, "f", Some(2));
    assert!(matches!(shelf.send(longer, b"abc").await, Err(FileError::Longer(2))));
    shelf.files.check(true, false).await.unwrap();
    assert_eq!(shelf.used().await, 0);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_a_byte_is_read() {
    let shelf = Shelf::with(quota(100)).await;
    let huge = new_upload(&shelf.home.id, "f", Some(100_000_000_000));
    let refused = shelf.files.begin(huge).await;
    let fits = matches!(refused, Err(FileError::Quota { needed: 100_000_000_000, free: 100, .. }));
    assert!(fits, "{refused:?}");
    let most = new_upload(&shelf.home.id, "f", Some(u64::MAX));
    assert!(matches!(shelf.files.begin(most).await, Err(FileError::Quota { .. })));
    shelf.put("full", &[0; 100]).await.unwrap();
    assert!(matches!(shelf.put("more", b"1").await, Err(FileError::Quota { free: 0, .. })));
    // A full quota keeps nobody from moving, reading and removing.
    let node = shelf.node("full").await;
    shelf.files.move_to(&node.id, &shelf.home.id, "moved").await.unwrap();
    assert_eq!(shelf.read("moved").await.len(), 100);
    assert!(shelf.files.copy_to(&node.id, &shelf.home.id, "copy", ANNA).await.is_err());
    shelf.remove(&node.id).await;
    shelf.put("more", b"1").await.unwrap();
    shelf.clean().await;
}

#[tokio::test]
async fn uploads_at_the_same_time_cannot_exceed_the_quota_together() {
    let shelf = Shelf::with(quota(1000)).await;
    let tries = (0..40).map(|n| {
        let (files, home) = (shelf.files.clone(), shelf.home.id.clone());
        tokio::spawn(async move {
            let new = new_upload(&home, &format!("f{n}"), Some(90));
            let upload = files.begin(new).await?;
            files.append(&upload.id, 0, body(&[1; 90]), None).await
        })
    });
    let done = futures::future::join_all(tries).await;
    let good = done.iter().filter(|one| one.as_ref().unwrap().is_ok()).count();
    assert_eq!(good, 11);
    assert_eq!((shelf.used().await, shelf.reserved().await), (990, 0));
    shelf.clean().await;
}

#[tokio::test]
async fn a_body_of_unknown_length_stops_at_the_quota() {
    let shelf = Shelf::with(quota(1000)).await;
    let once =
        |name: &str| NewUpload { kind: UploadKind::Once, ..new_upload(&shelf.home.id, name, None) };
    shelf.send(once("fits"), &[1; 600]).await.unwrap();
    let endless = futures::stream::repeat_with(|| Ok(vec![0_u8; 64].into())).boxed();
    let upload = shelf.files.begin(once("endless")).await.unwrap();
    let stopped = shelf.files.append(&upload.id, 0, endless, None).await;
    assert!(matches!(stopped, Err(FileError::Quota { .. })), "{stopped:?}");
    shelf.files.give_up(&upload.id).await.unwrap();
    assert_eq!((shelf.used().await, shelf.reserved().await), (600, 0));
    shelf.clean().await;
}

#[tokio::test]
async fn parts_are_joined_in_the_order_that_is_said() {
    let shelf = Shelf::with(quota(2 * TEXT.len() as u64 - 1)).await;
    let (head, tail) = TEXT.split_at(20);
    let mut parts = Vec::new();
    for bytes in [tail, head] {
        let new = new_upload(&shelf.home.id, "part", Some(bytes.len() as u64));
        let part = shelf.files.begin(NewUpload { kind: UploadKind::Part, ..new }).await.unwrap();
        let whole = || new_upload(&shelf.home.id, "f", None);
        let early = shelf.files.join(whole(), std::slice::from_ref(&part.id)).await;
        assert!(matches!(early, Err(FileError::NotPartial(_))), "{early:?}");
        shelf.files.append(&part.id, 0, body(bytes), None).await.unwrap();
        parts.push(part.id);
    }
    parts.reverse();
    let (state, _) = shelf.files.join(new_upload(&shelf.home.id, "f", None), &parts).await.unwrap();
    assert_eq!(state.offset, TEXT.len() as u64);
    assert_eq!(shelf.read("f").await, TEXT);
    assert!(shelf.files.upload(&parts[0]).await.is_err());
    assert_eq!(shelf.reserved().await, 0);
    shelf.clean().await;
}

#[tokio::test]
async fn a_new_connection_takes_over_from_one_that_hangs() {
    let shelf = Shelf::new().await;
    let new = new_upload(&shelf.home.id, "f", Some(6));
    let upload = shelf.files.begin(new).await.unwrap();
    let first = futures::stream::iter([Ok(b"abc".to_vec().into())]);
    let hanging = first.chain(futures::stream::pending()).boxed();
    let (files, id) = (shelf.files.clone(), upload.id.clone());
    let old = tokio::spawn(async move { files.append(&id, 0, hanging, None).await });
    let path = shelf.folder.path().join("files/uploads").join(&upload.id);
    while std::fs::metadata(&path).map_or(0, |meta| meta.len()) < 3 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(shelf.files.upload(&upload.id).await.unwrap().offset, 3);
    assert!(matches!(old.await.unwrap(), Err(FileError::Interrupted(3))));
    shelf.files.append(&upload.id, 3, body(b"def"), None).await.unwrap();
    assert_eq!(shelf.read("f").await, b"abcdef");
    shelf.clean().await;
}

#[tokio::test]
async fn uploads_expire_and_their_number_is_bounded() {
    let limits = FileLimits { upload_ms: -1, uploads: 2, ..FileLimits::default() };
    let shelf = Shelf::with(limits).await;
    for name in ["a", "b"] {
        shelf.files.begin(new_upload(&shelf.home.id, name, Some(10))).await.unwrap();
    }
    let third = shelf.files.begin(new_upload(&shelf.home.id, "c", Some(10))).await;
    assert!(matches!(third, Err(FileError::TooManyUploads(2))));
    assert_eq!(shelf.reserved().await, 20);
    shelf.files.tend().await.unwrap();
    assert_eq!(shelf.reserved().await, 0);
    shelf.clean().await;
}

#[tokio::test]
async fn a_check_finds_what_was_broken_by_hand() {
    let shelf = Shelf::new().await;
    let node = shelf.put("f", TEXT).await.unwrap();
    let other = shelf.put("g", b"other").await.unwrap();
    let path = shelf.files.content(&node).unwrap();
    std::fs::write(&path, [0; TEXT.len()]).unwrap();
    std::fs::remove_file(shelf.files.content(&other).unwrap()).unwrap();
    std::fs::write(path.with_file_name("stray"), b"1").unwrap();
    let report = shelf.files.check(true, true).await.unwrap();
    assert_eq!(report.changed, [node.sha256.clone().unwrap()]);
    assert_eq!(report.missing, [other.sha256.clone().unwrap()]);
    assert_eq!(report.orphans, ["stray"]);
    assert!(shelf.files.check(true, false).await.unwrap().orphans.is_empty());
}
