//! What becomes of files over time: again, changed, together, corrupted; and how they are seen.

use arrow::array::{Array, AsArray};

use super::fixtures::{Place, events, image};
use crate::{Archive, PreviewSize, obscore_meta};

const SUBARU: [&str; 14] = [
    "INSTRUME= 'SuprimeCam'",
    "FRAMEID = 'SUPA00535770'",
    "EXP-ID = 'SUPE00535770'",
    "OBJECT = 'Ecliptic Deep Field'",
    "DATE-OBS= '2007-04-23'",
    "UT-STR = '08:02:27.204'",
    "UT-END = '08:05:47.000'",
    "FILTER01= 'W-S-R+'",
    "EXPTIME = 200.0",
    "PROP-ID = 'o07222'",
    "SEEING = -9999.99",
    "WEATHER = 'N/A'",
    "AIRMASS = 999.99",
    "OUT-TMP = 273.15",
];

async fn texts(archive: &Archive, column: &str) -> Vec<Option<String>> {
    let rows = archive.obscore("https://x.test/").await.unwrap();
    let array = rows.column_by_name(column).unwrap().as_string::<i32>().clone();
    (0..array.len()).map(|i| (!array.is_null(i)).then(|| array.value(i).to_owned())).collect()
}

async fn numbers(archive: &Archive, column: &str) -> Vec<Option<f64>> {
    let rows = archive.obscore("https://x.test").await.unwrap();
    let array = rows.column_by_name(column).unwrap();
    let array = array.as_primitive::<arrow::datatypes::Float64Type>().clone();
    (0..array.len()).map(|i| (!array.is_null(i)).then(|| array.value(i))).collect()
}

#[tokio::test]
async fn again_is_unchanged_and_new_content_is_a_new_version() {
    let place = Place::new();
    place.write("a.fits", &image(&["OBJECT = 'M 1'"]));
    let archive = place.open().await;
    assert_eq!(place.ingest(&archive).await.ingested, 1);
    let again = place.ingest(&archive).await;
    assert_eq!((again.ingested, again.unchanged, again.updated), (0, 1, 0));
    let old = archive.links(&texts(&archive, "obs_publisher_did").await[0].clone().unwrap()).await;
    let old = old.unwrap().remove(0);
    assert!(!old.superseded);

    place.write("a.fits", &image(&["OBJECT = 'M 31'"]));
    let changed = place.ingest(&archive).await;
    assert_eq!((changed.ingested, changed.updated), (0, 1));
    assert_eq!(texts(&archive, "target_name").await, [Some("M 31".to_owned())]);
    // The old bytes stay, under their own name, and the log says what became of them.
    let kept = archive.artifact(&old.id).await.unwrap().unwrap();
    assert!(kept.superseded && kept.path.is_file());
    let log = archive.events(&format!("artifact/{}", old.id)).await.unwrap();
    let activities: Vec<&str> = log.iter().map(|event| event.activity.as_str()).collect();
    assert_eq!(activities, ["ingest", "preview", "update"]);
    assert!(log[2].detail.contains(&old.id) && log[2].detail.contains('→'));
    let page = archive.observation("a").await.unwrap().unwrap();
    assert!(page.events.iter().any(|e| e.detail.contains("target_name: M 1 → M 31")));
}

#[tokio::test]
async fn the_same_content_under_two_names_is_stored_once() {
    let place = Place::new();
    place.write("a.fits", &image(&[]));
    place.write("copy/a.fits", &image(&[]));
    let archive = place.open().await;
    let report = place.ingest(&archive).await;
    assert_eq!((report.ingested, report.unchanged), (1, 1));
    assert_eq!(texts(&archive, "obs_id").await.len(), 1);
}

#[tokio::test]
async fn sentinels_are_nulls_and_values_keep_their_keywords() {
    let place = Place::new();
    place.write("SUPA00535770.fits", &image(&SUBARU));
    let archive = place.open().await;
    place.ingest(&archive).await;
    let page = archive.observation("SUPE00535770").await.unwrap().unwrap();
    assert_eq!((page.collection.as_str(), page.access.as_str()), ("SUBARU", "public"));
    let field = |name: &str| {
        page.groups.iter().flat_map(|group| &group.fields).find(|field| field.name == name)
    };
    for absent in ["seeing_claim", "weather", "airmass"] {
        assert_eq!(field(absent), None);
    }
    let value =
        |name: &str| field(name).map(|f| (f.value.as_str(), f.unit.as_str(), f.keyword.as_str()));
    assert_eq!(value("target_name"), Some(("Ecliptic Deep Field", "", "OBJECT")));
    assert_eq!(value("t_exptime"), Some(("200", "s", "EXPTIME")));
    assert_eq!(value("t_min"), Some(("2007-04-23T08:02:27.204Z", "", "DATE-OBS, UT-STR")));
    assert_eq!(value("ambient_temperature"), Some(("273.15", "K", "OUT-TMP")));
    assert_eq!(value("instrument_name"), Some(("Suprime-Cam", "", "")));
    let hdu = &page.planes[0].artifacts[0].hdus[0];
    assert_eq!((hdu.kind.as_str(), hdu.shape.as_slice()), ("image", &[20, 10][..]));
    assert!(
        archive.headers(&page.planes[0].artifacts[0].id).await.unwrap()[0].1.contains("SEEING  =")
    );
}

#[tokio::test]
async fn obscore_has_what_the_header_says() {
    let place = Place::new();
    place.write("SUPA00535770.fits", &image(&SUBARU));
    place.write("acisf04711_evt2.fits", &events());
    let archive = place.open().await;
    place.ingest(&archive).await;
    let rows = archive.obscore("https://x.test").await.unwrap();
    let names: Vec<String> = obscore_meta().columns.into_iter().map(|c| c.name).collect();
    let schema = rows.schema();
    assert!(schema.fields().iter().map(|f| f.name()).eq(names.iter()));
    assert_eq!(
        texts(&archive, "facility_name").await,
        [Some("Chandra".into()), Some("Subaru".into())]
    );
    assert_eq!(
        texts(&archive, "dataproduct_type").await,
        [Some("event".into()), Some("image".into())]
    );
    let close = |found: Option<f64>, expected: f64, tolerance: f64| {
        assert!((found.unwrap() - expected).abs() < tolerance, "{found:?} {expected}");
    };
    let ra = numbers(&archive, "s_ra").await;
    close(ra[0], 83.6, 0.002);
    close(ra[1], 150.0, 1e-6);
    // astropy: Time(50815.0, format='mjd', scale='tt').utc.mjd = 50814.99926870…
    close(numbers(&archive, "t_min").await[0], 50_814.999_268_703_7, 1e-8);
    close(numbers(&archive, "t_max").await[1], 54_213.337_349_537, 1e-8);
    close(numbers(&archive, "em_min").await[1], 545.45e-9, 1e-12);
    close(numbers(&archive, "s_pixel_scale").await[1], 3.6, 1e-9);
    let urls = texts(&archive, "access_url").await;
    let id = urls[1].clone().unwrap().strip_prefix("https://x.test/data/").unwrap().to_owned();
    let info = archive.artifact(&id).await.unwrap().unwrap();
    assert_eq!((info.filename.as_str(), info.role.as_str()), ("SUPA00535770.fits", "science"));
    assert_eq!(std::fs::read(&info.path).unwrap(), image(&SUBARU));
    for size in [PreviewSize::Full, PreviewSize::Thumbnail] {
        let picture = archive.preview(&id, size).await.unwrap().unwrap();
        let decoded = image::load_from_memory(&std::fs::read(&picture.path).unwrap()).unwrap();
        assert!(decoded.width().max(decoded.height()) <= size.pixels());
    }
    let targets = archive.targets().await.unwrap();
    assert_eq!(
        targets.iter().map(|t| t.0.as_str()).collect::<Vec<_>>(),
        ["Crab", "Ecliptic Deep Field"]
    );
}

#[tokio::test]
async fn companions_share_a_plane_and_namesakes_do_not() {
    let place = Place::new();
    place.write("n1/field.fits", &image(&["OBJECT = 'one'"]));
    place.write("n1/field.weight.fits", &image(&["OBJECT = 'weight'"]));
    place.write("n2/field.fits", &image(&["OBJECT = 'two'"]));
    let archive = place.open().await;
    assert_eq!(place.ingest(&archive).await.ingested, 3);
    assert_eq!(texts(&archive, "obs_id").await, [Some("field".into()), Some("field@n2".into())]);
    assert_eq!(texts(&archive, "target_name").await, [Some("one".into()), Some("two".into())]);
    let format = texts(&archive, "access_format").await;
    assert_eq!(format[0].as_deref(), Some("application/x-votable+xml;content=datalink"));
    let did = texts(&archive, "obs_publisher_did").await[0].clone().unwrap();
    let links = archive.links(&did).await.unwrap();
    let roles: Vec<&str> = links.iter().map(|link| link.role.as_str()).collect();
    assert_eq!(roles, ["science", "weight"]);
    // A second ingest puts nothing anywhere else.
    assert_eq!(place.ingest(&archive).await.unchanged, 3);
    assert_eq!(texts(&archive, "obs_id").await.len(), 2);
}

#[tokio::test]
async fn verify_finds_what_has_changed_and_what_is_gone() {
    let place = Place::new();
    place.write("a.fits", &image(&["OBJECT = 'A'"]));
    place.write("b.fits", &image(&["OBJECT = 'B'"]));
    let archive = place.open().await;
    place.ingest(&archive).await;
    assert!(archive.verify().await.unwrap().is_good());
    let path = |id: Option<String>| {
        let archive = archive.clone();
        async move { archive.links(&id.unwrap()).await.unwrap()[0].path.clone() }
    };
    let dids = texts(&archive, "obs_publisher_did").await;
    std::fs::write(path(dids[0].clone()).await, b"changed").unwrap();
    std::fs::remove_file(path(dids[1].clone()).await).unwrap();
    let report = archive.verify().await.unwrap();
    assert!(!report.is_good());
    assert_eq!((report.changed.len(), report.missing.len()), (1, 1));
}
