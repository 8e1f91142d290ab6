//! Headers and table columns as sources of world coordinates.

use tenkyu_fits::{Header, Value};
use tenkyu_sky::wcs::{HeaderSource, LookupColumn, LookupImage};

use super::File;

/// An image's header, with the distortion tables of the file that it is in.
pub(super) struct ImageKeys<'a> {
    pub(super) fits: &'a File,
    pub(super) header: &'a Header,
}

fn number(header: &Header, key: &str) -> Option<f64> {
    match header.get(key)? {
        // Numbers in quotes are common in headers that were written by hand.
        Value::Str(text) => text.trim().parse().ok().filter(|v: &f64| v.is_finite()),
        other => other.as_f64(),
    }
}

impl HeaderSource for ImageKeys<'_> {
    fn number(&self, key: &str) -> Option<f64> {
        number(self.header, key)
    }

    fn text(&self, key: &str) -> Option<String> {
        self.header.get_str(key).map(|text| text.trim_end().to_owned())
    }

    fn texts(&self, key: &str) -> Vec<String> {
        self.header
            .cards()
            .iter()
            .filter(|card| card.keyword.eq_ignore_ascii_case(key))
            .filter_map(|card| card.value.as_ref()?.as_str().map(str::to_owned))
            .collect()
    }

    fn lookup_image(&self, extname: &str, extver: i64) -> Option<LookupImage> {
        let hdu = self.fits.hdus().iter().find(|hdu| {
            hdu.kind.is_image()
                && hdu.version() == extver
                && hdu.name().is_some_and(|name| name.eq_ignore_ascii_case(extname))
        })?;
        let image = self.fits.image(hdu.index).ok()?;
        let [columns, rows] = image.shape() else { return None };
        let shape = [usize::try_from(*columns).ok()?, usize::try_from(*rows).ok()?];
        let values = image.raw_all().ok()?.values(&image.scaling());
        let pair = |name: &str, default: f64| {
            [1, 2].map(|axis| number(image.header(), &format!("{name}{axis}")).unwrap_or(default))
        };
        Some(LookupImage {
            shape,
            values,
            crpix: pair("CRPIX", 0.0),
            crval: pair("CRVAL", 0.0),
            cdelt: pair("CDELT", 1.0),
        })
    }

    fn lookup_column(
        &self,
        extname: &str,
        extver: i64,
        _extlevel: i64,
        column: &str,
    ) -> Option<LookupColumn> {
        let hdu = self.fits.hdus().iter().find(|hdu| {
            hdu.kind.is_table()
                && hdu.version() == extver
                && hdu.name().is_some_and(|name| name.eq_ignore_ascii_case(extname))
        })?;
        let table = self.fits.table(hdu.index).ok()?;
        let column = table.column(column).ok()?;
        let data = table.read(column.index, 0..table.rows().min(1)).ok()?;
        let values = data.numbers()?;
        let shape = match column.dims.as_slice() {
            [] => vec![values.len()],
            dims => dims.iter().map(|n| usize::try_from(*n).ok()).collect::<Option<_>>()?,
        };
        Some(LookupColumn { shape, values })
    }
}

/// Two columns of a table as the axes of an image (FITS 4.0 table 22, the `Event list` form).
pub(super) struct ColumnKeys<'a> {
    pub(super) header: &'a Header,
    /// Numbers of the columns, from 1.
    pub(super) columns: (usize, usize),
}

impl ColumnKeys<'_> {
    /// The table's keyword for an image's.
    fn key(&self, key: &str) -> Option<String> {
        let (x, y) = self.columns;
        let axis = |digit: &str| match digit {
            "1" => Some(x),
            "2" => Some(y),
            _ => None,
        };
        let single = [
            ("CTYPE", "TCTYP"),
            ("CUNIT", "TCUNI"),
            ("CRVAL", "TCRVL"),
            ("CRPIX", "TCRPX"),
            ("CDELT", "TCDLT"),
            ("CROTA", "TCROT"),
        ];
        if let Some((image, table)) = single.iter().find(|(image, _)| key.starts_with(image)) {
            return Some(format!("{table}{}", axis(key.strip_prefix(image)?)?));
        }
        let (matrix, rest) = key
            .strip_prefix("PC")
            .map(|rest| ("TP", rest))
            .or_else(|| key.strip_prefix("CD").map(|rest| ("TC", rest)))?;
        let (i, j) = rest.split_once('_')?;
        Some(format!("{matrix}{}_{}", axis(i)?, axis(j)?))
    }
}

impl HeaderSource for ColumnKeys<'_> {
    fn number(&self, key: &str) -> Option<f64> {
        match key {
            "NAXIS" | "WCSAXES" => return Some(2.0),
            "EQUINOX" | "EPOCH" | "LONPOLE" | "LATPOLE" | "MJD-OBS" => {
                return number(self.header, key);
            }
            _ => {}
        }
        let found = self.key(key)?;
        // TPCn_k and TCDn_k are the long forms of TPn_k and TCn_k.
        number(self.header, &found).or_else(|| {
            let long = found.replacen("TP", "TPC", 1).replacen("TC", "TCD", 1);
            found.contains('_').then(|| number(self.header, &long)).flatten()
        })
    }

    fn text(&self, key: &str) -> Option<String> {
        let found = match key {
            "RADESYS" | "RADECSYS" | "TIMESYS" => key.to_owned(),
            _ => self.key(key)?,
        };
        self.header.get_str(&found).map(|text| text.trim_end().to_owned())
    }
}
