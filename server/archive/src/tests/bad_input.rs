//! Files that are refused: each with its reason, none in the way of others.

use tenkyu_wire::{Explain, Lang};

use super::fixtures::{Place, all_files, header, image};
use crate::{Refusal, RefusedFile};

/// Ingests one bad file beside a good one and gives what was refused.
async fn refused(name: &str, content: &[u8]) -> RefusedFile {
    let place = Place::new();
    place.write(name, content);
    place.write("zz_good.fits", &image(&[]));
    let archive = place.open().await;
    let report = place.ingest(&archive).await;
    assert_eq!((report.ingested, report.refused.len()), (1, 1), "{:?}", report.refused);
    let refused = report.refused.into_iter().next().unwrap();
    assert!(refused.file.ends_with(name));
    for lang in [Lang::En, Lang::Ja] {
        let problem = refused.reason.problem(lang);
        assert!(!problem.detail.is_empty() && problem.help.is_some_and(|help| !help.is_empty()));
    }
    // Nothing of a refused file is stored: one artifact, its picture and its thumbnail.
    assert_eq!(all_files(&place.data_dir().join("objects")).len(), 2);
    refused
}

#[tokio::test]
async fn truncated() {
    let good = image(&[]);
    for length in [good.len() - 2700, 2880, 2881] {
        let found = refused("short.fits", &good[..length]).await;
        assert!(matches!(found.reason, Refusal::Truncated(_)), "{length}: {:?}", found.reason);
        assert_eq!(found.hdu, Some(0));
    }
    let found = refused("header.fits", &good[..1000]).await;
    assert!(matches!(found.reason, Refusal::Header(_) | Refusal::Truncated(_)));
}

#[tokio::test]
async fn wrong_naxis() {
    let mut missing =
        header(&["SIMPLE = T", "BITPIX = 16", "NAXIS = 3", "NAXIS1 = 2", "NAXIS2 = 2"]);
    missing.extend([0; 2880]);
    let found = refused("naxis.fits", &missing).await;
    assert!(matches!(found.reason, Refusal::Header(_)), "{:?}", found.reason);
    assert_eq!(found.keyword.as_deref(), Some("NAXIS3"));
    let mut negative = header(&["SIMPLE = T", "BITPIX = 16", "NAXIS = 1", "NAXIS1 = -5"]);
    negative.extend([0; 2880]);
    assert_eq!(refused("negative.fits", &negative).await.keyword.as_deref(), Some("NAXIS1"));
    let mut huge =
        header(&["SIMPLE = T", "BITPIX = 16", "NAXIS = 2", "NAXIS1 = 999999", "NAXIS2 = 999999"]);
    huge.extend([0; 2880]);
    assert!(matches!(refused("huge.fits", &huge).await.reason, Refusal::Truncated(_)));
}

#[tokio::test]
async fn something_else_under_the_name_of_fits() {
    let found = refused("archive.fits", b"PK\x03\x04 and so on, as zip archives begin").await;
    assert_eq!(found.reason, Refusal::NotFits("zip".into()));
    let found = refused("page.fits", b"<!DOCTYPE html><html>404</html>").await;
    assert_eq!(found.reason, Refusal::NotFits("markup".into()));
    let found = refused("damaged.fits.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00garbage").await;
    assert!(matches!(found.reason, Refusal::Compression(_)), "{:?}", found.reason);
}

#[tokio::test]
async fn nothing_in_it() {
    assert_eq!(refused("empty.fits", b"").await.reason, Refusal::Empty);
    let bare = header(&["SIMPLE = T", "BITPIX = 8", "NAXIS = 0"]);
    assert_eq!(refused("bare.fits", &bare).await.reason, Refusal::NoData);
}

#[tokio::test]
async fn a_folder_that_cannot_be_read_is_reported_and_the_others_go_on() {
    let place = Place::new();
    let good = place.write("good/a.fits", &image(&[]));
    let archive = place.open().await;
    // Reading below a file fails for every user, root included, as a closed folder does for others.
    let closed = good.join("night");
    let missing = place.files().join("nowhere");
    let report =
        super::fixtures::ingest(&archive, &[closed.clone(), missing.clone(), place.files()]).await;
    assert_eq!(report.ingested, 1);
    let reason = |path| report.refused.iter().find(|r| &r.file == path).map(|r| &r.reason);
    assert!(matches!(reason(&closed), Some(Refusal::Unreadable(_))));
    assert_eq!(reason(&missing), Some(&Refusal::Missing));
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_without_read_permission() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.write("closed/a.fits", &image(&[]));
    place.write("open/b.fits", &image(&["OBJECT = 'B'"]));
    let closed = place.files().join("closed");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read_dir(&closed).is_ok() {
        println!("skipped: this user reads folders whatever their permissions");
    } else {
        let archive = place.open().await;
        let report = place.ingest(&archive).await;
        assert_eq!((report.ingested, report.refused.len()), (1, 1));
        assert!(matches!(report.refused[0].reason, Refusal::Unreadable(_)));
    }
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).unwrap();
}
