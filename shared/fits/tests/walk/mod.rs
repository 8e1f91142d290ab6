//! Reads everything that a file holds; only panics count as failures.

use tenkyu_fits::{Fits, Limits, Result, unpack};
use tenkyu_wire::{Explain, Lang};

/// What was met on the way.
#[derive(Debug, Default)]
pub struct Walk {
    /// HDUs listed.
    pub hdus: usize,
    /// Pixels and cells read.
    pub values: usize,
    /// Errors, in both languages.
    pub errors: Vec<String>,
}

/// Opens `bytes` under `limits`, reads the planes and tables of every HDU and checks its sums.
pub fn walk(bytes: &[u8], limits: Limits) -> Walk {
    let mut walk = Walk::default();
    let opened = unpack(bytes, limits.bytes).and_then(|bytes| {
        let fits = Fits::open_with(bytes, limits)?;
        walk.read(&fits);
        Ok(())
    });
    walk.note(opened);
    walk
}

impl Walk {
    fn note<T>(&mut self, result: Result<T>) -> Option<T> {
        result
            .map_err(|error| {
                let help = error.help(Lang::Ja).unwrap_or_default();
                self.errors.push(format!("{error} | {} {help}", error.detail(Lang::Ja)));
            })
            .ok()
    }

    fn read<S: tenkyu_fits::ReadAt>(&mut self, fits: &Fits<S>) {
        for warning in fits.warnings() {
            for text in [warning.message(Lang::En), warning.message(Lang::Ja)] {
                let left =
                    ["{hdu}", "{keyword}", "{actual}", "{expected}"].map(|p| text.contains(p));
                assert_eq!(left, [false; 4], "{text}");
            }
        }
        for hdu in fits.hdus() {
            self.hdus += 1;
            let _ = (hdu.name(), hdu.version(), hdu.shape(), hdu.image_header().raw_text());
            self.note(fits.verify(hdu.index));
            if hdu.kind.is_image() {
                self.image(fits, hdu.index);
            }
            if hdu.kind.is_table() {
                self.table(fits, hdu.index);
            }
        }
    }

    fn image<S: tenkyu_fits::ReadAt>(&mut self, fits: &Fits<S>, index: usize) {
        let Some(image) = self.note(fits.image(index)) else { return };
        let last: Vec<u64> = image.shape().iter().skip(2).map(|n| n.saturating_sub(1)).collect();
        for plane in [image.raw_plane(&[]), image.raw_plane(&last)] {
            if let Some(data) = self.note(plane) {
                self.values += data.values(&image.scaling()).len();
            }
        }
        let middle: Vec<_> = image.shape().iter().map(|n| n / 2..(n / 2 + 1).min(*n)).collect();
        self.note(image.raw_section(&middle));
        let centre: Vec<u64> = image.shape().iter().map(|n| n / 2).collect();
        self.note(image.value(&centre));
    }

    fn table<S: tenkyu_fits::ReadAt>(&mut self, fits: &Fits<S>, index: usize) {
        let Some(table) = self.note(fits.table(index)) else { return };
        let rows = table.rows().min(2000);
        for column in 0..table.columns().len() {
            if let Some(data) = self.note(table.read(column, 0..rows)) {
                assert_eq!(data.rows as u64, rows);
                self.values += data.values.len();
                let _ = (data.cell(0), data.cell(data.rows), data.numbers());
            }
        }
        let end = table.rows();
        self.note(table.read_columns(&[0], end.saturating_sub(1)..end));
    }
}
