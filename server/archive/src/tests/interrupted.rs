//! A process that dies and a disk that is full.

use std::{path::PathBuf, process::Command};

use tenkyu_wire::{Explain, Lang, messages::errors};

use super::fixtures::{Failure, Place, all_files, failing, image, ingest};
use crate::{Archive, ArchiveError, IngestOptions};
use tenkyu_store::testing;

/// Data directory, files, and the number of good writes of the process that is to die.
const CHILD: &str = "TENKYU_TEST_DYING_INGEST";

/// Not a test of its own: the process that [`killed_in_the_middle`] starts and that dies.
#[tokio::test]
async fn dying_ingest() {
    let Ok(orders) = std::env::var(CHILD) else { return };
    let mut orders = orders.split('\n');
    let data_dir = PathBuf::from(orders.next().unwrap());
    let files = PathBuf::from(orders.next().unwrap());
    let writes = orders.next().unwrap().parse().unwrap();
    let archive = Archive::open(&data_dir, &testing::open(&data_dir).await).await.unwrap();
    let archive = failing(archive, &data_dir, Failure::Death, writes);
    ingest(&archive, &[files]).await;
    panic!("it should be dead");
}

#[tokio::test]
async fn killed_in_the_middle() {
    // The pictures of the three are the same, so there are four writes: one for the picture and
    // one for each file.
    for writes in [0, 1, 2, 3] {
        let place = Place::new();
        for (name, object) in [("a.fits", "A"), ("b.fits", "B"), ("c.fits", "C")] {
            place.write(name, &image(&[&format!("OBJECT = '{object}'")]));
        }
        let orders =
            format!("{}\n{}\n{writes}", place.data_dir().display(), place.files().display());
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::interrupted::dying_ingest", "--nocapture"])
            .env(CHILD, orders)
            .output()
            .unwrap()
            .status;
        assert!(!status.success());
        let archive = place.open().await;
        let before = archive.obscore("http://x").await.unwrap().num_rows();
        assert!(before < 3, "{writes}");
        let report = place.ingest(&archive).await;
        assert_eq!(report.ingested + report.unchanged, 3, "{writes}: {report:?}");
        assert_eq!(report.unchanged as usize, before);
        assert!(report.resumed >= 1 && report.refused.is_empty());
        assert_eq!(archive.obscore("http://x").await.unwrap().num_rows(), 3);
        let verified = archive.verify().await.unwrap();
        assert!(verified.is_good() && verified.unreferenced.is_empty(), "{verified:?}");
    }
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_half_written() {
    let place = Place::new();
    place.write("a.fits", &image(&["OBJECT = 'A'"]));
    place.write("b.fits", &image(&["OBJECT = 'B'"]));
    let good = place.open().await;
    let full = failing(good.clone(), &place.data_dir(), Failure::DiskFull, 0);
    let error = full
        .ingest(&[place.files()], IngestOptions::default(), |_| {})
        .await
        .expect_err("the disk is full");
    assert!(matches!(error, ArchiveError::DiskFull), "{error:?}");
    assert_eq!(error.detail(Lang::Ja), errors::DISK_FULL.text(Lang::Ja));
    assert!(error.help(Lang::En).is_some());
    assert_eq!(error.status(), 507);
    assert_eq!(all_files(&place.data_dir().join("objects")), Vec::<PathBuf>::new());
    assert_eq!(good.obscore("http://x").await.unwrap().num_rows(), 0);
    // With space again, the same command goes on.
    let report = place.ingest(&good).await;
    assert_eq!(report.ingested, 2);
    assert!(good.verify().await.unwrap().is_good());
}
