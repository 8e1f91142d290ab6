//! Hipparcos, the New Reduction (van Leeuwen 2007, A&A 474, 653; CDS I/311), from `hip2.dat`.

use std::path::Path;

use anyhow::{Context, Result};

use super::columns::{Column, Values};

/// A star of the catalogue, as far as it is kept.
#[derive(Debug)]
pub(super) struct Star {
    pub(super) hip: i32,
    /// ICRS position at epoch 1991.25, degrees.
    pub(super) ra: f64,
    pub(super) dec: f64,
    parallax: f64,
    /// Proper motion, mas/yr; in right ascension with cos δ.
    pub(super) pmra: f64,
    pub(super) pmdec: f64,
    parallax_error: f64,
    pmra_error: f64,
    pmdec_error: f64,
    hp_mag: f64,
    b_v: f64,
    v_i: f64,
}

/// Reads the file; a line that does not hold the catalogue's fields is an error with its number.
pub(super) fn read(path: &Path) -> Result<Vec<Star>> {
    let text = std::fs::read_to_string(path)?;
    text.lines()
        .enumerate()
        .map(|(index, line)| star(line).with_context(|| format!("hip2.dat, line {}", index + 1)))
        .collect()
}

/// Fields in the order of the CDS byte-by-byte description of I/311.
fn star(line: &str) -> Result<Star> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let number = |index: usize| -> Result<f64> {
        let text = fields.get(index).with_context(|| format!("field {} is missing", index + 1))?;
        text.parse().with_context(|| format!("field {}: `{text}`", index + 1))
    };
    Ok(Star {
        hip: fields.first().context("the line is empty")?.parse()?,
        ra: number(4)?.to_degrees().rem_euclid(360.0),
        dec: number(5)?.to_degrees(),
        parallax: number(6)?,
        pmra: number(7)?,
        pmdec: number(8)?,
        parallax_error: number(11)?,
        pmra_error: number(12)?,
        pmdec_error: number(13)?,
        hp_mag: number(19)?,
        b_v: number(23)?,
        v_i: number(25)?,
    })
}

/// The catalogue's columns.
pub(super) fn columns(stars: &[Star]) -> Vec<Column> {
    let double =
        |value: fn(&Star) -> f64| Values::Double(stars.iter().map(|s| Some(value(s))).collect());
    let float = |value: fn(&Star) -> f64| {
        Values::Float(stars.iter().map(|s| Some(value(s) as f32)).collect())
    };
    vec![
        Column::new(
            "hip",
            "",
            "meta.id;meta.main",
            "Hipparcos number",
            Values::Int(stars.iter().map(|s| Some(s.hip)).collect()),
        ),
        Column::new(
            "ra",
            "deg",
            "pos.eq.ra;meta.main",
            "Right ascension, ICRS, epoch 1991.25",
            double(|s| s.ra),
        ),
        Column::new(
            "dec",
            "deg",
            "pos.eq.dec;meta.main",
            "Declination, ICRS, epoch 1991.25",
            double(|s| s.dec),
        ),
        Column::new("parallax", "mas", "pos.parallax.trig", "Parallax", float(|s| s.parallax)),
        Column::new(
            "parallax_error",
            "mas",
            "stat.error;pos.parallax.trig",
            "Standard error of the parallax",
            float(|s| s.parallax_error),
        ),
        Column::new(
            "pmra",
            "mas.yr**-1",
            "pos.pm;pos.eq.ra",
            "Proper motion in right ascension, with cos(dec)",
            float(|s| s.pmra),
        ),
        Column::new(
            "pmdec",
            "mas.yr**-1",
            "pos.pm;pos.eq.dec",
            "Proper motion in declination",
            float(|s| s.pmdec),
        ),
        Column::new(
            "pmra_error",
            "mas.yr**-1",
            "stat.error;pos.pm;pos.eq.ra",
            "Standard error of pmra",
            float(|s| s.pmra_error),
        ),
        Column::new(
            "pmdec_error",
            "mas.yr**-1",
            "stat.error;pos.pm;pos.eq.dec",
            "Standard error of pmdec",
            float(|s| s.pmdec_error),
        ),
        Column::new(
            "hp_mag",
            "mag",
            "phot.mag;em.opt",
            "Hipparcos magnitude Hp",
            float(|s| s.hp_mag),
        ),
        Column::new(
            "b_v",
            "mag",
            "phot.color;em.opt.B;em.opt.V",
            "Colour index B-V",
            float(|s| s.b_v),
        ),
        Column::new(
            "v_i",
            "mag",
            "phot.color;em.opt.V;em.opt.I",
            "Colour index V-I",
            float(|s| s.v_i),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line of Sirius in the file.
    const SIRIUS: &str = " 32349   0 4 1  1.7678185359 -0.2916993748  379.21  -546.01 -1223.07   1.21   1.04   1.58   1.33   1.24  47  0.00  0    0.0    0 -1.0876 0.0024 0.040 0  0.009 0.007 -0.020   0.83";

    #[test]
    fn sirius_is_where_it_was_in_1991() {
        let star = star(SIRIUS).unwrap();
        assert_eq!(star.hip, 32349);
        // The ICRS position at J2000.0 (SIMBAD), carried back over 8.75 years.
        let years = 1991.25 - 2000.0;
        let dec: f64 = -16.716_115_86 + years * -1223.07e-3 / 3600.0;
        let ra = 101.287_155_33 + years * -546.01e-3 / 3600.0 / dec.to_radians().cos();
        assert!((star.ra - ra).abs() < 1e-6, "{} {ra}", star.ra);
        assert!((star.dec - dec).abs() < 1e-6, "{} {dec}", star.dec);
        assert!((star.hp_mag + 1.0876).abs() < 1e-9 && (star.parallax - 379.21).abs() < 1e-9);
    }

    #[test]
    fn a_broken_line_is_named() {
        assert!(star("1 2 3").unwrap_err().to_string().contains("field 5"));
        assert!(star("").is_err());
    }
}
