//! The Simple Imaging Polynomial: Shupe et al. 2005, ASP Conf. Ser. 347, 491.

use super::super::WcsError;
use super::super::header::Keys;

/// Highest order that is read; the convention ends at 9.
const MAX_ORDER: i64 = 9;

/// Shifts of a pixel as polynomials in its distance from CRPIX.
#[derive(Clone, Debug)]
pub(crate) struct Sip {
    centre: (f64, f64),
    /// Dense rows: `a[p][q]` multiplies u^p v^q.
    a: Vec<Vec<f64>>,
    b: Vec<Vec<f64>>,
}

impl Sip {
    /// `None` when the header has neither A_ORDER nor B_ORDER above 0.
    pub(super) fn read(keys: &Keys<'_>, centre: (f64, f64)) -> Result<Option<Sip>, WcsError> {
        let a = polynomial(keys, "A")?;
        let b = polynomial(keys, "B")?;
        if a.is_empty() && b.is_empty() {
            return Ok(None);
        }
        Ok(Some(Sip { centre, a, b }))
    }

    /// f(u, v) and g(u, v) of the paper, pixels.
    pub(super) fn shift(&self, x: f64, y: f64) -> (f64, f64) {
        let (u, v) = (x - self.centre.0, y - self.centre.1);
        (value(&self.a, u, v), value(&self.b, u, v))
    }
}

fn value(rows: &[Vec<f64>], u: f64, v: f64) -> f64 {
    let row = |row: &Vec<f64>| row.iter().rev().fold(0.0, |sum, c| sum * v + c);
    rows.iter().rev().fold(0.0, |sum, r| sum * u + row(r))
}

fn polynomial(keys: &Keys<'_>, name: &str) -> Result<Vec<Vec<f64>>, WcsError> {
    // The keywords of SIP have no letter for alternate systems.
    let source = keys.source();
    let keyword = format!("{name}_ORDER");
    let order = match source.number(&keyword) {
        None => return Ok(Vec::new()),
        Some(order) if order.fract() == 0.0 && (0.0..=MAX_ORDER as f64).contains(&order) => {
            order as usize
        }
        Some(order) => {
            return Err(WcsError::BadValue { keyword, value: order.to_string() });
        }
    };
    if order == 0 {
        return Ok(Vec::new());
    }
    let mut rows = Vec::with_capacity(order + 1);
    for p in 0..=order {
        let mut row = Vec::with_capacity(order + 1 - p);
        for q in 0..=order - p {
            let keyword = format!("{name}_{p}_{q}");
            let coefficient = source.number(&keyword).unwrap_or(0.0);
            if !coefficient.is_finite() {
                return Err(WcsError::BadValue { keyword, value: coefficient.to_string() });
            }
            row.push(coefficient);
        }
        rows.push(row);
    }
    Ok(rows)
}
