use std::collections::HashMap;

use super::*;
use crate::region::Region;

/// A header out of `KEY = value` lines.
struct Cards(HashMap<String, String>);

fn cards(text: &str) -> Cards {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    Cards(pairs.map(|(k, v)| (k.trim().to_owned(), v.trim().to_owned())).collect())
}

impl HeaderSource for Cards {
    fn number(&self, key: &str) -> Option<f64> {
        self.0.get(key)?.parse().ok()
    }

    fn text(&self, key: &str) -> Option<String> {
        self.0.get(key).filter(|v| v.parse::<f64>().is_err()).cloned()
    }
}

const TAN: &str = "NAXIS = 2\nCTYPE1 = RA---TAN\nCTYPE2 = DEC--TAN\nCRPIX1 = 50.5\nCRPIX2 = 40.5\n\
    CRVAL1 = 83.63\nCRVAL2 = 22.01\nCDELT1 = -0.001\nCDELT2 = 0.001\nCROTA2 = 30";

#[test]
fn every_projection_comes_back() {
    for (code, pv) in [
        ("AZP", "PV2_1 = 2\nPV2_2 = 30"),
        ("SZP", "PV2_1 = 2\nPV2_2 = 180\nPV2_3 = 60"),
        ("TAN", ""),
        ("STG", ""),
        ("SIN", "PV2_1 = 0.1\nPV2_2 = -0.2"),
        ("ARC", ""),
        ("ZPN", "PV2_1 = 1\nPV2_3 = 50"),
        ("ZEA", ""),
        ("AIR", "PV2_1 = 45"),
        ("CYP", "PV2_1 = 1\nPV2_2 = 0.5"),
        ("CEA", "PV2_1 = 0.7"),
        ("CAR", ""),
        ("MER", ""),
        ("SFL", ""),
        ("PAR", ""),
        ("MOL", ""),
        ("AIT", ""),
        ("COP", "PV2_1 = 45\nPV2_2 = 25"),
        ("COE", "PV2_1 = -45\nPV2_2 = 25"),
        ("COD", "PV2_1 = 45\nPV2_2 = 25"),
        ("COO", "PV2_1 = 45\nPV2_2 = 25"),
        ("BON", "PV2_1 = 45"),
        ("PCO", ""),
        ("TSC", ""),
        ("QSC", ""),
        ("HPX", ""),
        ("XPH", ""),
    ] {
        let header = cards(&format!("{}\n{pv}", TAN.replace("TAN", code).replace("0.001", "0.1")));
        let wcs = Wcs::from_header(&header, None).unwrap_or_else(|e| panic!("{code}: {e}"));
        let view = wcs.celestial().unwrap();
        let mut seen = 0;
        for x in [1.0, 30.25, 50.5, 77.0, 100.0] {
            for y in [1.0, 40.5, 66.0, 80.0] {
                let Some((ra, dec)) = view.pix_to_icrs(x, y) else { continue };
                let (bx, by) =
                    view.icrs_to_pix(ra, dec).unwrap_or_else(|| panic!("{code} {x} {y}"));
                assert!((bx - x).hypot(by - y) < 1e-6, "{code}: {x} {y} -> {bx} {by}");
                seen += 1;
            }
        }
        assert!(seen >= 10, "{code}: only {seen} points on the sky");
    }
}

#[test]
fn nonsense_is_refused_or_harmless() {
    let bad = [
        "",
        "NAXIS = 2\nCTYPE1 = RA---TAN\nCTYPE2 = LINEAR",
        "NAXIS = 2\nCTYPE1 = RA---TAN\nCTYPE2 = DEC--SIN",
        "NAXIS = 2\nCTYPE1 = RA---XXX\nCTYPE2 = DEC--XXX",
        "NAXIS = 2\nCTYPE1 = RA---COP\nCTYPE2 = DEC--COP",
        "NAXIS = 2\nCTYPE1 = RA---TAN\nCTYPE2 = DEC--TAN\nCDELT1 = 0",
        "NAXIS = 2\nCTYPE1 = RA---TAN\nCTYPE2 = DEC--TAN\nCRVAL1 = NaN",
        "NAXIS = 2\nCTYPE1 = RA---TAN\nCTYPE2 = DEC--TAN\nCD1_1 = inf",
        "NAXIS = 2\nCTYPE1 = RA---TAN\nCTYPE2 = DEC--TAN\nCD1_1 = 1\nCD1_2 = 1\nCD2_1 = 1\nCD2_2 = 1",
        "NAXIS = 99999",
        "NAXIS = -3",
        "NAXIS = 2\nCTYPE1 = RA---CAR\nCTYPE2 = DEC--CAR\nCUNIT1 = kg",
        "NAXIS = 2\nA_ORDER = 1e9",
        "NAXIS = 2\nCPDIS1 = lookup",
        "NAXIS = 1\nCTYPE1 = FREQ-TAB",
        "NAXIS = 1\nCTYPE1 = WAVE-F2W\nCRVAL1 = 0",
    ];
    for text in bad {
        assert!(Wcs::from_header(&cards(text), None).is_err(), "{text:?}");
    }
    let wcs = Wcs::from_header(&cards(TAN), None).unwrap();
    for x in [f64::NAN, f64::INFINITY, 1e300, -1e300] {
        let _ = wcs.pixel_to_world(&[x, 1.0]);
        assert_eq!(wcs.world_to_pixel(&[x, f64::NAN]), None);
    }
    assert_eq!(wcs.pixel_to_world(&[]).map(|w| w.0.len()), Some(2));
    assert_eq!(wcs.world_to_pixel(&[1.0]), None);
}

#[test]
fn footprint_of_a_small_and_of_a_whole_sky_image() {
    let view = Wcs::from_header(&cards(TAN), None).unwrap().celestial().unwrap();
    let region = view.footprint(100, 80).unwrap();
    let Region::Polygon { vertices } = &region else { panic!("{region}") };
    assert_eq!(vertices.len(), 4);
    assert!((region.area_deg2() - 0.008).abs() < 1e-6);
    assert!(region.contains(83.63, 22.01));
    let all = cards(
        "NAXIS = 2\nCTYPE1 = GLON-AIT\nCTYPE2 = GLAT-AIT\nCRPIX1 = 180.5\nCRPIX2 = 90.5\n\
         CRVAL1 = 0\nCRVAL2 = 0\nCDELT1 = -1\nCDELT2 = 1",
    );
    let view = Wcs::from_header(&all, None).unwrap().celestial().unwrap();
    assert_eq!(view.footprint(360, 180), Some(Region::all_sky()));
    // The northern half of a plate carrée map.
    let half = cards(
        "NAXIS = 2\nCTYPE1 = RA---CAR\nCTYPE2 = DEC--CAR\nCRPIX1 = 180.5\nCRPIX2 = 0.5\n\
         CRVAL1 = 0\nCRVAL2 = 0\nCDELT1 = -1\nCDELT2 = 1",
    );
    let view = Wcs::from_header(&half, None).unwrap().celestial().unwrap();
    let region = view.footprint(360, 90).unwrap();
    assert!((region.area_deg2() / 20_626.48 - 1.0).abs() < 0.01, "{}", region.area_deg2());
    assert!(region.contains(123.0, 45.0) && !region.contains(123.0, -45.0));
    assert_eq!(view.footprint(0, 10), None);
}

proptest::proptest! {
    #[test]
    fn junk_headers_never_panic(
        code in "(AZP|SZP|TAN|SIN|ZPN|AIR|CYP|CEA|COP|COE|COD|COO|BON|PCO|HPX|XPH|CSC|QSC|MOL|TPV|TNX|NCP)",
        values in proptest::collection::vec(proptest::num::f64::ANY, 14),
        x in -1e4..1e4_f64,
        y in -1e4..1e4_f64,
    ) {
        let keys = ["CRPIX1", "CRPIX2", "CRVAL1", "CRVAL2", "CDELT1", "CDELT2", "PV2_1", "PV2_2",
            "PV2_3", "LONPOLE", "LATPOLE", "PC1_2", "PV1_1", "PV1_2"];
        let mut map: HashMap<String, String> = keys.iter().zip(&values)
            .filter(|(_, v)| v.is_finite() && v.abs() < 1e6)
            .map(|(k, v)| ((*k).to_owned(), format!("{v:e}"))).collect();
        map.insert("CTYPE1".into(), format!("RA---{code}"));
        map.insert("CTYPE2".into(), format!("DEC--{code}"));
        if let Ok(wcs) = Wcs::from_header(&Cards(map), None)
            && let Some(view) = wcs.celestial()
        {
            if let Some((ra, dec)) = view.pix_to_icrs(x, y) {
                proptest::prop_assert!((0.0..360.0).contains(&ra) && dec.abs() <= 90.0);
                let _ = view.icrs_to_pix(ra, dec);
            }
            let _ = view.footprint(100, 100);
        }
    }
}
