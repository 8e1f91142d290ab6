//! What the GPU gets of stars, rows and outlines.

use tenkyu_sky::angle::DEG;
use tenkyu_sky::region::Region;
use tenkyu_sky::sphere::{Vec3, tangent};

/// A direction in two singles.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Direction {
    /// Rounded.
    pub high: [f32; 3],
    /// What rounding lost.
    pub low: [f32; 3],
}

impl Direction {
    /// Splits a direction.
    pub fn of(v: Vec3) -> Direction {
        let high = v.0.map(|c| c as f32);
        let low = std::array::from_fn(|i| (v.0[i] - f64::from(high[i])) as f32);
        Direction { high, low }
    }

    /// The direction in doubles.
    pub fn vec(&self) -> Vec3 {
        Vec3(std::array::from_fn(|i| f64::from(self.high[i]) + f64::from(self.low[i])))
    }
}

/// An instance of `sky_points.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Star {
    /// Where.
    pub at: Direction,
    /// Magnitude.
    pub magnitude: f32,
}

/// An instance of `sky_lines.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Segment {
    /// Start.
    pub a: Direction,
    /// End.
    pub b: Direction,
    /// sRGB and opacity.
    pub color: [f32; 4],
    /// CSS pixels.
    pub width: f32,
}

/// A corner of a triangle of `sky_fill.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct FillCorner {
    /// Where.
    pub at: Direction,
    /// Middle of the outline: it is filled when this is in sight.
    pub middle: [f32; 3],
    /// sRGB and opacity.
    pub color: [f32; 4],
}

/// Longest stretch that is drawn straight, radians.
const STRETCH: f64 = 2.0 * DEG;

/// Points along a great circle from `a`, not `b` itself, no further apart than [`STRETCH`].
pub fn along(a: Vec3, b: Vec3) -> Vec<Vec3> {
    let angle = a.angle_to(b);
    let pieces = (angle / STRETCH).ceil().clamp(1.0, 180.0) as usize;
    let sin = angle.sin();
    (0..pieces)
        .filter_map(|i| {
            if sin.abs() < 1e-12 {
                return Some(a);
            }
            let t = i as f64 / pieces as f64;
            let (wa, wb) = (((1.0 - t) * angle).sin() / sin, (t * angle).sin() / sin);
            a.scaled(wa).plus(b.scaled(wb)).unit()
        })
        .collect()
}

/// The outlines of a region as closed rings of points; the whole sky has none.
pub fn rings(region: &Region) -> Vec<Vec<Vec3>> {
    match region {
        Region::Position { ra_deg, dec_deg } => {
            vec![circle(Vec3::from_deg(*ra_deg, *dec_deg), ARCSEC_MARK)]
        }
        Region::Circle { radius_deg, .. } if *radius_deg >= 180.0 => Vec::new(),
        Region::Circle { ra_deg, dec_deg, radius_deg } => {
            vec![circle(Vec3::from_deg(*ra_deg, *dec_deg), radius_deg * DEG)]
        }
        Region::Polygon { vertices } => {
            let corners: Vec<Vec3> =
                vertices.iter().map(|(ra, dec)| Vec3::from_deg(*ra, *dec)).collect();
            let next = corners.iter().skip(1).chain(corners.first());
            vec![corners.iter().zip(next).flat_map(|(a, b)| along(*a, *b)).collect()]
        }
        Region::Box { ra_deg, dec_deg, width_deg, height_deg } => {
            vec![parallel_box(*ra_deg, *dec_deg, *width_deg, *height_deg)]
        }
        Region::Union(parts) => parts.iter().flat_map(rings).collect(),
    }
}

/// Radius of the ring around a bare position.
const ARCSEC_MARK: f64 = 5.0 / 3600.0 * DEG;

fn circle(centre: Vec3, radius: f64) -> Vec<Vec3> {
    let (lon, lat) = centre.lonlat();
    let (north, east) = tangent(lon, lat);
    let pieces = (std::f64::consts::TAU * radius.sin().abs() / STRETCH).clamp(48.0, 180.0) as usize;
    (0..pieces)
        .filter_map(|i| {
            let (s, c) = (std::f64::consts::TAU * i as f64 / pieces as f64).sin_cos();
            let across = north.scaled(c).plus(east.scaled(s));
            centre.scaled(radius.cos()).plus(across.scaled(radius.sin())).unit()
        })
        .collect()
}

/// A ring along two meridians and two parallels.
fn parallel_box(ra: f64, dec: f64, width: f64, height: f64) -> Vec<Vec3> {
    let (low, high) = ((dec - height / 2.0).max(-90.0), (dec + height / 2.0).min(90.0));
    let (west, east) = (ra - width / 2.0, ra + width / 2.0);
    let line = |a: (f64, f64), b: (f64, f64)| {
        let pieces = ((a.0 - b.0).abs().max((a.1 - b.1).abs()) / 2.0).ceil().clamp(1.0, 180.0);
        (0..pieces as usize).map(move |i| {
            let t = i as f64 / pieces;
            Vec3::from_deg(a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t)
        })
    };
    line((west, low), (east, low))
        .chain(line((east, low), (east, high)))
        .chain(line((east, high), (west, high)))
        .chain(line((west, high), (west, low)))
        .collect()
}

/// A ring as segments.
pub fn outline(ring: &[Vec3], color: [f32; 4], width: f32, out: &mut Vec<Segment>) {
    let next = ring.iter().skip(1).chain(ring.first());
    out.extend(ring.iter().zip(next).map(|(a, b)| Segment {
        a: Direction::of(*a),
        b: Direction::of(*b),
        color,
        width,
    }));
}

/// A ring as triangles around its middle. Large rings, which would fold over the horizon, and
/// rings that the middle does not see whole are left unfilled.
pub fn fill(ring: &[Vec3], color: [f32; 4], out: &mut Vec<FillCorner>) {
    let sum = ring.iter().fold(Vec3([0.0; 3]), |sum, v| sum.plus(*v));
    let Some(middle) = sum.unit() else { return };
    let reach = ring.iter().map(|v| v.angle_to(middle)).fold(0.0, f64::max);
    let next = || ring.iter().skip(1).chain(ring.first());
    let turns = |(a, b): (&Vec3, &Vec3)| a.cross(*b).dot(middle) >= 0.0;
    let positive = ring.iter().zip(next()).filter(|pair| turns(*pair)).count();
    if reach > 25.0 * DEG || (positive != 0 && positive != ring.len()) {
        return;
    }
    let corner =
        |v: Vec3| FillCorner { at: Direction::of(v), middle: middle.0.map(|c| c as f32), color };
    out.extend(ring.iter().zip(next()).flat_map(|(a, b)| [corner(middle), corner(*a), corner(*b)]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn great_circles_are_cut_into_short_stretches() {
        let (a, b) = (Vec3::from_deg(0.0, 0.0), Vec3::from_deg(90.0, 0.0));
        let points = along(a, b);
        assert_eq!(points.len(), 45);
        assert!(points.windows(2).all(|w| (w[0].angle_to(w[1]) - STRETCH).abs() < 1e-12));
        assert_eq!(along(a, a).len(), 1);
        let tiny = Vec3::from_deg(1e-7, 0.0);
        assert_eq!(along(a, tiny), [a]);
    }

    #[test]
    fn two_singles_hold_a_direction_to_a_microarcsecond() {
        let v = Vec3::from_deg(83.633_083_3, 22.014_472_2);
        let off = Direction::of(v).vec().angle_to(v) / DEG * 3.6e9;
        assert!(off < 1.0, "{off} μas");
    }

    #[test]
    fn circles_keep_their_radius_and_convex_rings_are_filled() {
        let region = Region::Circle { ra_deg: 10.0, dec_deg: 80.0, radius_deg: 3.0 };
        let rings = rings(&region);
        let centre = Vec3::from_deg(10.0, 80.0);
        assert!(rings[0].iter().all(|v| (v.angle_to(centre) - 3.0 * DEG).abs() < 1e-12));
        let mut corners = Vec::new();
        fill(&rings[0], [1.0; 4], &mut corners);
        assert_eq!(corners.len(), rings[0].len() * 3);
        assert!(super::rings(&Region::all_sky()).is_empty());
    }
}
