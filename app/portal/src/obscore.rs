//! Rows of `ivoa.obscore` (ObsCore 1.1) as the pages show them.

use tenkyu_wire::Message;
use tenkyu_wire::messages::search as m;

use crate::tap::{TapRow, TapTable};

/// Columns that the pages ask for.
pub(crate) const COLUMNS: &str = "obs_id, obs_publisher_did, obs_collection, dataproduct_type, \
calib_level, facility_name, instrument_name, target_name, s_ra, s_dec, s_fov, s_region, \
s_resolution, t_min, t_max, t_exptime, em_min, em_max, access_url, access_format, access_estsize, \
preview_url";

/// One product of an observation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Product {
    pub(crate) obs_id: String,
    pub(crate) did: String,
    pub(crate) collection: String,
    pub(crate) product_type: String,
    pub(crate) facility: String,
    pub(crate) instrument: String,
    pub(crate) target: String,
    pub(crate) ra_deg: Option<f64>,
    pub(crate) dec_deg: Option<f64>,
    pub(crate) region: String,
    pub(crate) t_min: Option<f64>,
    pub(crate) exposure_s: Option<f64>,
    pub(crate) em_min: Option<f64>,
    pub(crate) em_max: Option<f64>,
    pub(crate) access_url: String,
    pub(crate) preview_url: String,
}

impl Product {
    fn of(row: TapRow<'_>) -> Product {
        Product {
            obs_id: row.text("obs_id"),
            did: row.text("obs_publisher_did"),
            collection: row.text("obs_collection"),
            product_type: row.text("dataproduct_type"),
            facility: row.text("facility_name"),
            instrument: row.text("instrument_name"),
            target: row.text("target_name"),
            ra_deg: row.number("s_ra"),
            dec_deg: row.number("s_dec"),
            region: row.text("s_region"),
            t_min: row.number("t_min"),
            exposure_s: row.number("t_exptime"),
            em_min: row.number("em_min"),
            em_max: row.number("em_max"),
            access_url: row.text("access_url"),
            preview_url: row.text("preview_url"),
        }
    }

    /// All products of a result.
    pub(crate) fn all(table: &TapTable) -> Vec<Product> {
        table.rows().map(Product::of).collect()
    }

    /// What tells it from every other product.
    pub(crate) fn key(&self) -> &str {
        if self.did.is_empty() { &self.obs_id } else { &self.did }
    }

    /// The artifact of `…/data/{artifact}`, where the product has a picture or is one file.
    pub(crate) fn artifact(&self) -> Option<&str> {
        [&self.preview_url, &self.access_url].into_iter().find_map(|url| {
            let (_, rest) = url.split_once("/data/")?;
            let id = rest.split(['?', '#', '/']).next()?;
            (!id.is_empty()).then_some(id)
        })
    }

    /// The part of the spectrum that it covers, by the middle of its wavelengths.
    pub(crate) fn band(&self) -> Option<Band> {
        let (low, high) = (self.em_min?, self.em_max?);
        (low > 0.0 && high > 0.0).then(|| Band::of((low * high).sqrt()))
    }

    /// The middle of its wavelengths, metres.
    pub(crate) fn wavelength(&self) -> Option<f64> {
        let (low, high) = (self.em_min?, self.em_max?);
        (low > 0.0 && high > 0.0).then(|| (low * high).sqrt())
    }
}

/// Parts of the spectrum, longest waves first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Band {
    Radio,
    Millimetre,
    Infrared,
    Optical,
    Ultraviolet,
    XRay,
    Gamma,
}

impl Band {
    /// Every band, longest waves first.
    pub(crate) const ALL: [Band; 7] = [
        Band::Radio,
        Band::Millimetre,
        Band::Infrared,
        Band::Optical,
        Band::Ultraviolet,
        Band::XRay,
        Band::Gamma,
    ];

    /// Shortest and longest wavelength, metres. The limits are 10 mm, 0.1 mm, 1 µm, 300 nm, 10 nm
    /// and 10 pm, those of the IVOA messenger list.
    pub(crate) const fn limits_m(self) -> (f64, f64) {
        match self {
            Band::Radio => (1e-2, f64::INFINITY),
            Band::Millimetre => (1e-4, 1e-2),
            Band::Infrared => (1e-6, 1e-4),
            Band::Optical => (3e-7, 1e-6),
            Band::Ultraviolet => (1e-8, 3e-7),
            Band::XRay => (1e-11, 1e-8),
            Band::Gamma => (0.0, 1e-11),
        }
    }

    fn of(wavelength_m: f64) -> Band {
        Band::ALL.into_iter().find(|band| wavelength_m > band.limits_m().0).unwrap_or(Band::Gamma)
    }

    /// Its word in addresses.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Band::Radio => "radio",
            Band::Millimetre => "millimeter",
            Band::Infrared => "infrared",
            Band::Optical => "optical",
            Band::Ultraviolet => "uv",
            Band::XRay => "x-ray",
            Band::Gamma => "gamma-ray",
        }
    }

    /// The band of a word in addresses.
    pub(crate) fn from_word(word: &str) -> Option<Band> {
        Band::ALL.into_iter().find(|band| band.word() == word)
    }

    /// Its name.
    pub(crate) const fn name(self) -> Message {
        match self {
            Band::Radio => m::BAND_RADIO,
            Band::Millimetre => m::BAND_MILLIMETRE,
            Band::Infrared => m::BAND_INFRARED,
            Band::Optical => m::BAND_OPTICAL,
            Band::Ultraviolet => m::BAND_ULTRAVIOLET,
            Band::XRay => m::BAND_XRAY,
            Band::Gamma => m::BAND_GAMMA,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_follow_the_wavelength() {
        let product =
            |low, high| Product { em_min: Some(low), em_max: Some(high), ..Default::default() };
        assert_eq!(product(4.6e-7, 9.3e-7).band(), Some(Band::Optical));
        assert_eq!(product(0.2, 0.21).band(), Some(Band::Radio));
        assert_eq!(product(1e-10, 2e-9).band(), Some(Band::XRay));
        assert_eq!(product(0.0, 1.0).band(), None);
        assert!(Band::ALL.iter().all(|band| Band::from_word(band.word()) == Some(*band)));
    }

    #[test]
    fn the_artifact_is_the_last_part_of_its_address() {
        let product =
            Product { access_url: "http://host/data/ab12?x=1".to_owned(), ..Default::default() };
        assert_eq!(product.artifact(), Some("ab12"));
        assert_eq!(Product::default().artifact(), None);
    }
}
