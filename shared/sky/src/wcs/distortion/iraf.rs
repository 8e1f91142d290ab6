//! IRAF's TNX and ZPX: polynomial surfaces written into `WATj_nnn` strings
//! ("The TNX World Coordinate System", IRAF project; registered FITS conventions TNX and ZPX).

use super::super::WcsError;
use super::super::header::Keys;

/// Which polynomials span the surface.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Basis {
    Chebyshev,
    Legendre,
    Power,
}

/// A correction surface in degrees over the plane in degrees.
#[derive(Clone, Debug)]
pub(crate) struct Surface {
    basis: Basis,
    x_order: usize,
    y_order: usize,
    x_range: (f64, f64),
    y_range: (f64, f64),
    /// (power of x, power of y, coefficient).
    terms: Vec<(usize, usize, f64)>,
}

/// Largest order that is read.
const MAX_ORDER: f64 = 32.0;

/// Reads `name = "…"` out of the joined `WATj_001 … WATj_nnn` strings.
pub(super) fn read(keys: &Keys<'_>, axis: usize, name: &str) -> Result<Option<Surface>, WcsError> {
    let text = attribute(keys, axis);
    let Some(at) = text.find(name) else { return Ok(None) };
    let value = text.get(at + name.len()..).unwrap_or_default();
    let value = value.split('"').nth(1).unwrap_or_default();
    let bad = || WcsError::BadValue { keyword: format!("WAT{axis}_001"), value: value.to_owned() };
    let numbers: Result<Vec<f64>, _> = value.split_whitespace().map(str::parse::<f64>).collect();
    parse(&numbers.map_err(|_| bad())?).map(Some).ok_or_else(bad)
}

/// `projpM` of ZPX: the parameters of its ZPN.
pub(crate) fn parameter(keys: &Keys<'_>, axis: usize, m: usize) -> Option<f64> {
    let text = attribute(keys, axis);
    let name = format!("projp{m}");
    text.match_indices(&name).find_map(|(at, _)| {
        let value = text.get(at + name.len()..)?.trim_start().strip_prefix('=')?.trim_start();
        value.split_whitespace().next()?.trim_matches('"').parse().ok()
    })
}

/// The strings joined; blanks at the end of a card belong to the text, so a card that came without
/// them is filled up to the 68 characters that it must have had.
fn attribute(keys: &Keys<'_>, axis: usize) -> String {
    let mut text = String::new();
    for i in 1..=999 {
        let Some(part) = keys.source().text(&format!("WAT{axis}_{i:03}")) else { break };
        let missing = 68_usize.saturating_sub(part.len());
        text.push_str(&part);
        text.push_str(&" ".repeat(missing));
    }
    text
}

fn parse(numbers: &[f64]) -> Option<Surface> {
    let [kind, x_order, y_order, cross, x_min, x_max, y_min, y_max, coefficients @ ..] = numbers
    else {
        return None;
    };
    let basis = match *kind as i64 {
        1 => Basis::Chebyshev,
        2 => Basis::Legendre,
        3 => Basis::Power,
        _ => return None,
    };
    let sane = |order: f64| (1.0..=MAX_ORDER).contains(&order) && order.fract() == 0.0;
    if !sane(*x_order) || !sane(*y_order) || x_max <= x_min || y_max <= y_min {
        return None;
    }
    let (x_order, y_order) = (*x_order as usize, *y_order as usize);
    let cross = *cross as i64;
    let largest = x_order.max(y_order);
    let mut terms = Vec::new();
    let mut rest = coefficients.iter();
    for j in 0..y_order {
        for i in 0..x_order {
            let present = match cross {
                0 => i == 0 || j == 0,
                1 => true,
                _ => i + j < largest,
            };
            if present {
                terms.push((i, j, *rest.next()?));
            }
        }
    }
    Some(Surface {
        basis,
        x_order,
        y_order,
        x_range: (*x_min, *x_max),
        y_range: (*y_min, *y_max),
        terms,
    })
}

impl Surface {
    /// Degrees to add at a point in degrees.
    pub(super) fn value(&self, x: f64, y: f64) -> f64 {
        let xs = self.functions(x, self.x_range, self.x_order);
        let ys = self.functions(y, self.y_range, self.y_order);
        let at = |v: &[f64], i: usize| v.get(i).copied().unwrap_or(0.0);
        self.terms.iter().map(|(i, j, c)| c * at(&xs, *i) * at(&ys, *j)).sum()
    }

    fn functions(&self, value: f64, (low, high): (f64, f64), order: usize) -> Vec<f64> {
        let v = if self.basis == Basis::Power {
            value
        } else {
            (2.0 * value - (high + low)) / (high - low)
        };
        let mut list = vec![1.0, v];
        for n in 1..order.max(1) {
            let (a, b) = match list.as_slice() {
                [.., a, b] => (*a, *b),
                _ => break,
            };
            let n = n as f64;
            list.push(match self.basis {
                Basis::Chebyshev => 2.0 * v * b - a,
                Basis::Legendre => ((2.0 * n + 1.0) * v * b - n * a) / (n + 1.0),
                Basis::Power => v * b,
            });
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surfaces_by_hand() {
        // 1 + 2x + 3y as power series, half cross terms.
        let plane = parse(&[3.0, 2.0, 2.0, 2.0, -1.0, 1.0, -1.0, 1.0, 1.0, 2.0, 3.0]).unwrap();
        assert!((plane.value(0.5, 0.25) - 2.75).abs() < 1e-15);
        // T₂(x) = 2x² − 1 over [−2, 2].
        let t2 = parse(&[1.0, 3.0, 1.0, 0.0, -2.0, 2.0, -1.0, 1.0, 0.0, 0.0, 1.0]).unwrap();
        assert!((t2.value(1.0, 0.3) + 0.5).abs() < 1e-15);
        // P₂(x) = (3x² − 1) / 2.
        let p2 = parse(&[2.0, 3.0, 1.0, 0.0, -1.0, 1.0, -1.0, 1.0, 0.0, 0.0, 1.0]).unwrap();
        assert!((p2.value(0.5, 0.3) + 0.125).abs() < 1e-15);
        assert!(parse(&[3.0, 2.0, 2.0, 2.0, -1.0, 1.0, -1.0, 1.0, 1.0]).is_none());
        assert!(parse(&[3.0, 1e9, 2.0, 2.0, -1.0, 1.0, -1.0, 1.0, 1.0]).is_none());
    }
}
