//! The dictionary against headers of the Subaru Telescope and what CADC made of them.

use std::path::{Path, PathBuf};

use tenkyu_fits::{Header, Value as CardValue};

use crate::dictionary::{Dictionary, Headers, Raw, Translation};

fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("TENKYU_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = root.join(name);
    if !path.exists() {
        println!("skipped: no {}", path.display());
        return None;
    }
    Some(path)
}

/// Headers of a file of cards, one a line, header-data units parted by END.
fn headers_of_text(path: &Path) -> Headers {
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let name = path.file_name().unwrap().to_string_lossy().replace(".header", "");
    let mut headers = Headers::new(&name);
    let mut cards = String::new();
    let mut hdu = 0;
    for line in text.lines() {
        cards.push_str(line);
        cards.push('\n');
        if line.trim_end() == "END" {
            let header = Header::from_text(cards.as_bytes(), 0, &mut Vec::new());
            let values = header.cards().iter().filter_map(|card| {
                let value = match card.value.as_ref()? {
                    CardValue::Str(text) => Raw::Text(text.clone()),
                    CardValue::Bool(value) => Raw::Logical(*value),
                    other => Raw::Number(other.as_f64()?),
                };
                Some((card.keyword.clone(), value))
            });
            headers.push(hdu, values.collect::<Vec<_>>());
            hdu += 1;
            cards.clear();
        }
    }
    headers
}

fn translate(headers: &Headers) -> Translation {
    Dictionary::built_in().unwrap().translate(headers)
}

/// Wavelengths of the translated filter, ångström.
fn band(found: &Translation) -> (f64, f64) {
    let dictionary = Dictionary::built_in().unwrap();
    let (low, high) = dictionary
        .bands
        .wavelengths(
            found.text("bandpass_name").unwrap(),
            found.text("facility_name").unwrap(),
            found.text("instrument_name").unwrap(),
        )
        .unwrap();
    (low * 1e10, high * 1e10)
}

/// Name, calibration level, target, band (ångström), exposure, start: from the CAOM 2.4 records.
#[test]
fn suprime_cam_headers_give_what_cadc_has() {
    let cases = [
        (
            "SUPA0017978p.fits.fz",
            2.0,
            "VIRGO_FIELD_3",
            (5832.0, 7178.0),
            Some(180.0),
            52_669.477_476,
        ),
        ("SUPA0122144p.fits.fz", 2.0, "Abell 2146", (5832.0, 7178.0), Some(360.0), 55_324.485_285),
        (
            "SCLA.258.182.W-J-B.fits",
            3.0,
            "SDSS J0836+0054",
            (3845.0, 4951.0),
            Some(1460.1),
            53_024.0,
        ),
        (
            "SCLA.285.288.N-B-L921.fits",
            3.0,
            "ELAISN1_1SW",
            (9088.0, 9276.0),
            Some(2970.0),
            56_806.0,
        ),
        ("SCLA.285.288.W-S-Z+.fits", 3.0, "EN1p1p0", (8379.5, 9934.5), Some(16_050.0), 55_299.0),
    ];
    let Some(folder) = shared("vo/subaru_caom2") else { return };
    for (name, level, target, range, exposure, start) in cases {
        let found = translate(&headers_of_text(&folder.join(format!("{name}.header"))));
        assert_eq!(found.text("collection"), Some("SUBARU"), "{name}");
        assert_eq!(found.text("instrument_name"), Some("Suprime-Cam"), "{name}");
        assert_eq!(found.number("calib_level"), Some(level), "{name}");
        assert_eq!(found.text("target_name"), Some(target), "{name}");
        let (low, high) = band(&found);
        assert!((low - range.0).abs() < 0.01 && (high - range.1).abs() < 0.01, "{name}");
        assert_eq!(found.number("t_exptime"), exposure, "{name}");
        assert!((found.number("t_min").unwrap() - start).abs() < 1e-5, "{name}");
    }
}

#[test]
fn stacks_of_one_tile_are_one_observation() {
    let Some(folder) = shared("vo/subaru_caom2") else { return };
    for (name, obs_id) in [
        ("SCLA.285.288.W-J-V.fits", "SCLA.285.288"),
        ("SCLA_189.232+62.201.W-C-IC.fits", "SCLA_189.232+62.201"),
    ] {
        let found = translate(&headers_of_text(&folder.join(format!("{name}.header"))));
        assert_eq!(found.text("obs_id"), Some(obs_id));
    }
}

#[test]
fn a_raw_frame_of_hyper_suprime_cam() {
    let Some(path) = shared("vo/subaru_headers/fitsheader-hsc-HSCA04090107.json") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let cards: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    let mut headers = Headers::new("HSCA04090107.fits");
    let values = cards.into_iter().filter_map(|(key, value)| {
        let raw = match value {
            serde_json::Value::String(text) => Raw::Text(text),
            serde_json::Value::Bool(value) => Raw::Logical(value),
            serde_json::Value::Number(number) => Raw::Number(number.as_f64()?),
            _ => return None,
        };
        Some((key, raw))
    });
    headers.push(0, values.collect::<Vec<_>>());
    check_hsc(&translate(&headers));
}

/// The same without the shared data: the cards that matter.
#[test]
fn a_few_cards_of_hyper_suprime_cam() {
    let text = |text: &str| Raw::Text(text.to_owned());
    let mut headers = Headers::new("HSCA04090107.fits");
    headers.push(
        0,
        [
            ("EXP-ID", text("HSCA04090000")),
            ("FRAMEID", text("HSCA04090107")),
            ("OBJECT", text("SSP-Wide")),
            ("MJD-STR", Raw::Number(57_305.347_298_59)),
            ("MJD-END", Raw::Number(57_305.349_056_177_9)),
            ("TIMESYS", text("UTC")),
            ("EXPTIME", Raw::Number(150.0)),
            ("FILTER01", text("HSC-r")),
            ("RA2000", text("01:24:37.737")),
            ("DEC2000", text("+01:15:35.13")),
            ("SEEING", Raw::Number(0.0)),
            ("DETECTOR", text("notSet")),
            ("DET-ID", Raw::Number(37.0)),
            ("PROP-ID", text("o15426")),
            ("WEATHER", text("Fine")),
            ("OUT-HUM", Raw::Number(8.6)),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    check_hsc(&translate(&headers));
}

fn check_hsc(found: &Translation) {
    assert_eq!(found.profile.as_deref(), Some("Hyper Suprime-Cam"));
    assert_eq!(found.text("facility_name"), Some("Subaru"));
    assert_eq!(found.text("instrument_name"), Some("HSC"));
    assert_eq!(found.text("obs_id"), Some("HSCA04090000"));
    assert_eq!(found.text("frame_id"), Some("HSCA04090107"));
    assert_eq!(found.text("target_name"), Some("SSP-Wide"));
    assert_eq!(found.text("proposal_id"), Some("o15426"));
    assert_eq!(found.number("calib_level"), Some(1.0));
    assert_eq!(found.number("t_min"), Some(57_305.347_298_59));
    assert_eq!(found.number("t_exptime"), Some(150.0));
    // astropy: Angle('01:24:37.737 hours').deg, Angle('1:15:35.13 degrees').deg
    assert!((found.number("s_ra").unwrap() - 21.157_237_5).abs() < 1e-9);
    assert!((found.number("s_dec").unwrap() - 1.259_758_333_333).abs() < 1e-9);
    let (low, high) = band(found);
    assert!(low > 5400.0 && high < 7000.0);
    // A seeing of 0 and a detector `notSet` are no data; the header's claims are kept as claims.
    assert!(found.number("seeing_claim").is_none() && found.text("detector").is_none());
    assert_eq!(found.text("weather"), Some("Fine"));
    assert_eq!(found.number("humidity"), Some(8.6));
    assert_eq!(found.values["humidity"].keyword, "OUT-HUM");
}
