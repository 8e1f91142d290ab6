//! Headers and table columns as sources of world coordinates.

use tenkyu_fits::{Header, Value};
use tenkyu_sky::wcs::{HeaderSource, LookupColumn, LookupImage};

use super::document::File;

/// The header of an image, with the distortion tables of the file that it is in.
pub struct ImageHeader<'a> {
    /// The file.
    pub file: &'a File,
    /// The header, before compression.
    pub header: &'a Header,
}

fn number(header: &Header, key: &str) -> Option<f64> {
    match header.get(key)? {
        // Headers written by hand put numbers into quotes.
        Value::Str(text) => text.trim().parse().ok().filter(|v: &f64| v.is_finite()),
        value => value.as_f64(),
    }
}

fn text(header: &Header, key: &str) -> Option<String> {
    header.get_str(key).map(|text| text.trim_end().to_owned())
}

impl ImageHeader<'_> {
    /// The HDU of this name and version that `fits` accepts.
    fn find(
        &self,
        name: &str,
        version: i64,
        fits: fn(tenkyu_fits::HduKind) -> bool,
    ) -> Option<usize> {
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        let found = self
            .file
            .hdus()
            .iter()
            .find(|h| fits(h.kind) && h.version() == version && h.name().is_some_and(same));
        found.map(|hdu| hdu.index)
    }
}

impl HeaderSource for ImageHeader<'_> {
    fn number(&self, key: &str) -> Option<f64> {
        number(self.header, key)
    }

    fn text(&self, key: &str) -> Option<String> {
        text(self.header, key)
    }

    fn texts(&self, key: &str) -> Vec<String> {
        let cards = self.header.cards().iter();
        cards
            .filter(|card| card.keyword.eq_ignore_ascii_case(key))
            .filter_map(|card| card.value.as_ref()?.as_str().map(str::to_owned))
            .collect()
    }

    fn lookup_image(&self, extname: &str, extver: i64) -> Option<LookupImage> {
        let index = self.find(extname, extver, tenkyu_fits::HduKind::is_image)?;
        let image = self.file.image(index).ok()?;
        let &[nx, ny] = image.shape() else { return None };
        let of = |key: &str, default| {
            [1, 2].map(|i| number(image.header(), &format!("{key}{i}")).unwrap_or(default))
        };
        Some(LookupImage {
            shape: [usize::try_from(nx).ok()?, usize::try_from(ny).ok()?],
            values: image.raw_all().ok()?.values(&image.scaling()),
            crpix: of("CRPIX", 0.0),
            crval: of("CRVAL", 0.0),
            cdelt: of("CDELT", 1.0),
        })
    }

    fn lookup_column(
        &self,
        extname: &str,
        extver: i64,
        _extlevel: i64,
        column: &str,
    ) -> Option<LookupColumn> {
        let index = self.find(extname, extver, tenkyu_fits::HduKind::is_table)?;
        let table = self.file.table(index).ok()?;
        let column = table.column(column).ok()?;
        let values = table.read(column.index, 0..table.rows().min(1)).ok()?.numbers()?;
        let dims = column.dims.iter().map(|n| usize::try_from(*n).ok());
        let dims: Vec<usize> = dims.collect::<Option<_>>()?;
        let shape = if dims.is_empty() { vec![values.len()] } else { dims };
        Some(LookupColumn { shape, values })
    }
}

/// Two columns of an event list as the axes of the image into which they are counted
/// (FITS 4.0 table 22, keywords of bintable columns).
pub struct EventHeader<'a> {
    /// The table's header.
    pub header: &'a Header,
    /// Numbers of the two columns, from 1.
    pub columns: [usize; 2],
    /// Column values at the outer edge of the first pixel.
    pub low: [f64; 2],
    /// Column values a pixel covers.
    pub step: f64,
}

impl EventHeader<'_> {
    /// An image keyword with its axis number as the table's keyword and the axis from 0.
    fn translate(&self, key: &str) -> Option<(&'static str, String, usize)> {
        const NAMES: [(&str, &str); 6] = [
            ("CTYPE", "TCTYP"),
            ("CUNIT", "TCUNI"),
            ("CRVAL", "TCRVL"),
            ("CRPIX", "TCRPX"),
            ("CDELT", "TCDLT"),
            ("CROTA", "TCROT"),
        ];
        NAMES.iter().find_map(|(image, table)| {
            let axis = match key.strip_prefix(image)? {
                "1" => 0,
                "2" => 1,
                _ => return None,
            };
            Some((*image, format!("{table}{}", self.columns.get(axis)?), axis))
        })
    }
}

impl HeaderSource for EventHeader<'_> {
    fn number(&self, key: &str) -> Option<f64> {
        if matches!(key, "NAXIS" | "WCSAXES") {
            return Some(2.0);
        }
        if matches!(key, "EQUINOX" | "EPOCH" | "LONPOLE" | "LATPOLE" | "MJD-OBS") {
            return number(self.header, key);
        }
        let (name, table_key, axis) = self.translate(key)?;
        let value = number(self.header, &table_key)?;
        Some(match name {
            "CRPIX" => (value - self.low.get(axis)?) / self.step + 0.5,
            "CDELT" => value * self.step,
            _ => value,
        })
    }

    fn text(&self, key: &str) -> Option<String> {
        match key {
            "RADESYS" | "RADECSYS" => text(self.header, key),
            _ => text(self.header, &self.translate(key)?.1),
        }
    }
}
