//! Where data lie on the sky: outlines of several parts as one region.

use tenkyu_sky::{region::Region, sphere::separation_deg};

/// Corners closer than this fraction of the outline's size are the same corner.
const SAME: f64 = 1e-3;

/// One region of several outlines, each of which counts once; `None` for none.
pub(crate) fn union(outlines: &[&Region]) -> Option<Region> {
    let mut parts: Vec<Region> = Vec::new();
    for outline in outlines {
        if is_all_sky(outline) {
            return Some(Region::all_sky());
        }
        if !parts.iter().any(|known| same(known, outline)) {
            parts.push((*outline).clone());
        }
    }
    if parts.len() > 1 { Some(Region::Union(parts)) } else { parts.pop() }
}

fn is_all_sky(region: &Region) -> bool {
    matches!(region, Region::Circle { radius_deg, .. } if *radius_deg >= 180.0)
}

/// Whether two outlines differ by less than a thousandth of their size.
fn same(a: &Region, b: &Region) -> bool {
    let (Region::Polygon { vertices: a }, Region::Polygon { vertices: b }) = (a, b) else {
        return a == b;
    };
    let near = |(p, q): (&(f64, f64), &(f64, f64))| separation_deg(p.0, p.1, q.0, q.1);
    let size =
        a.first().map_or(0.0, |first| a.iter().map(|p| near((first, p))).fold(0.0, f64::max));
    a.len() == b.len() && a.iter().zip(b).all(|pair| near(pair) <= SAME * size)
}

/// Corners of the convex hull of points of a plane, counter-clockwise (Andrew 1979, monotone
/// chain), thinned to at most `limit` by dropping the corner whose loss changes the area least.
pub(crate) fn hull(points: &mut Vec<[f64; 2]>, limit: usize) -> Vec<[f64; 2]> {
    points.retain(|p| p[0].is_finite() && p[1].is_finite());
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup();
    if points.len() < 3 {
        return points.clone();
    }
    let half = |points: &mut dyn Iterator<Item = &[f64; 2]>| {
        let mut chain: Vec<[f64; 2]> = Vec::new();
        for p in points {
            while let [.., a, b] = chain.as_slice()
                && turn(*a, *b, *p) <= 0.0
            {
                chain.pop();
            }
            chain.push(*p);
        }
        chain.pop();
        chain
    };
    let mut corners = half(&mut points.iter());
    corners.extend(half(&mut points.iter().rev()));
    while corners.len() > limit.max(3) {
        let n = corners.len();
        let area = |i: usize| {
            let at = |k: usize| corners.get(k % n).copied().unwrap_or_default();
            turn(at(i + n - 1), at(i), at(i + 1)).abs()
        };
        let Some(least) = (0..n).min_by(|a, b| area(*a).total_cmp(&area(*b))) else { break };
        corners.remove(least);
    }
    corners
}

/// Twice the area of a triangle, positive where it turns left.
fn turn(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(ra: f64, dec: f64, half: f64) -> Region {
        Region::Polygon {
            vertices: vec![
                (ra - half, dec - half),
                (ra + half, dec - half),
                (ra + half, dec + half),
                (ra - half, dec + half),
            ],
        }
    }

    #[test]
    fn what_covers_the_same_counts_once() {
        let (a, b, c) = (square(10.0, 0.0, 0.5), square(12.0, 0.0, 0.5), square(10.0, 1e-5, 0.5));
        assert_eq!(union(&[&a, &c]), Some(a.clone()));
        assert_eq!(union(&[&a, &b, &a]), Some(Region::Union(vec![a.clone(), b])));
        assert_eq!(union(&[&a, &Region::all_sky()]), Some(Region::all_sky()));
        assert_eq!(union(&[]), None);
    }

    #[test]
    fn hulls_are_convex_and_thin() {
        let mut points: Vec<[f64; 2]> = (0..1000)
            .map(|i| {
                let angle = f64::from(i) * 0.7;
                [angle.cos() * f64::from(i % 10), angle.sin() * f64::from(i % 10)]
            })
            .collect();
        let corners = hull(&mut points, 12);
        assert!(corners.len() <= 12 && corners.len() >= 8);
        let n = corners.len();
        assert!((0..n).all(|i| turn(corners[i], corners[(i + 1) % n], corners[(i + 2) % n]) > 0.0));
        let mut line = vec![[0.0, 0.0], [1.0, f64::NAN], [1.0, 1.0]];
        assert_eq!(hull(&mut line, 12).len(), 2);
    }
}
