//! What part of the sky an image covers.

use super::CelestialWcs;
use crate::region::{Region, hull};
use crate::sphere::Vec3;

/// A tile of the image that reaches further than this from its centre is split (cosine of 50°).
const COS_REACH: f64 = 0.642_787_609_686_539_4;
/// How often a tile is split at most: 2⁴ tiles along an axis.
const MAX_DEPTH: u32 = 4;
/// How often an edge is split at most.
const MAX_EDGE_DEPTH: u32 = 5;

impl CelestialWcs {
    /// The region of the sky (ICRS) that an image of `nx` × `ny` pixels covers, out to the outer
    /// edges of its pixels; `None` when no part of it is on the sky.
    ///
    /// A polygon whose edges follow those of the image to a tenth of a pixel or a thousandth of
    /// their length; a union of such polygons where the image reaches around the sphere; the
    /// whole sky as a circle of 180°. Where a map is cut inside (HPX, XPH, the quad cubes, conics
    /// beyond a pole), strips beside the cut may be missing.
    pub fn footprint(&self, nx: u64, ny: u64) -> Option<Region> {
        if nx == 0 || ny == 0 {
            return None;
        }
        let tile = Tile { x: (0.5, nx as f64 + 0.5), y: (0.5, ny as f64 + 0.5) };
        if self.covers_all(&tile) {
            return Some(Region::all_sky());
        }
        let mut parts = Vec::new();
        self.collect(&tile, 0, &mut parts);
        match parts.len() {
            0 => None,
            1 => parts.pop(),
            _ => Some(Region::Union(parts)),
        }
    }

    /// Whether points all over the sphere have their pixel in the tile.
    fn covers_all(&self, tile: &Tile) -> bool {
        const POINTS: u32 = 1000;
        // A Fibonacci lattice: even over the sphere, no point on a pole.
        let golden = std::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
        let inside = |i: u32| {
            let z = 1.0 - (2.0 * f64::from(i) + 1.0) / f64::from(POINTS);
            let v = Vec3::from_lonlat(golden * f64::from(i), z.asin());
            self.vec_to_pix(v).is_some_and(|(x, y)| tile.holds(x, y))
        };
        // The seam of a map may lose a few.
        let missed = (0..POINTS).filter(|i| !inside(*i)).take(11).count();
        missed <= 10
    }

    fn collect(&self, tile: &Tile, depth: u32, parts: &mut Vec<Region>) {
        let points: Vec<Option<Vec3>> = tile.grid().map(|(x, y)| self.pix_to_vec(x, y)).collect();
        let known: Vec<Vec3> = points.iter().flatten().copied().collect();
        if known.is_empty() {
            return;
        }
        let centre = known.iter().fold(Vec3([0.0; 3]), |sum, v| sum.plus(*v)).unit();
        let compact = centre.is_some_and(|centre| known.iter().all(|v| v.dot(centre) > COS_REACH));
        let complete = known.len() == points.len();
        if complete && compact {
            parts.extend(self.outline(tile).and_then(Region::polygon_of));
        } else if depth < MAX_DEPTH && tile.can_split() {
            for part in tile.quarters() {
                self.collect(&part, depth + 1, parts);
            }
        } else {
            parts.extend(clusters(known).iter().filter_map(|cluster| hull(cluster)));
        }
    }

    /// The edge of a tile as directions.
    fn outline(&self, tile: &Tile) -> Option<Vec<Vec3>> {
        let Tile { x: (x0, x1), y: (y0, y1) } = *tile;
        let corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)];
        let tolerance = 0.1 * self.pixel_scale_deg().to_radians();
        let mut edge = Vec::new();
        for pair in corners.windows(2) {
            let [a, b] = pair else { continue };
            let start = self.pix_to_vec(a.0, a.1)?;
            edge.push(start);
            if !self.keeps_great_circles() {
                let end = self.pix_to_vec(b.0, b.1)?;
                self.refine((*a, start), (*b, end), tolerance, 0, &mut edge)?;
            }
        }
        Some(edge)
    }

    /// Adds points between two ends of an edge until great circles follow it.
    fn refine(
        &self,
        a: ((f64, f64), Vec3),
        b: ((f64, f64), Vec3),
        tolerance: f64,
        depth: u32,
        edge: &mut Vec<Vec3>,
    ) -> Option<()> {
        let middle = ((a.0.0 + b.0.0) / 2.0, (a.0.1 + b.0.1) / 2.0);
        let sky = self.pix_to_vec(middle.0, middle.1)?;
        let normal = a.1.cross(b.1).unit();
        let off = normal.map_or(0.0, |n| n.dot(sky).abs());
        let length = a.1.angle_to(b.1);
        if off > tolerance.max(1e-3 * length) && depth < MAX_EDGE_DEPTH {
            self.refine(a, (middle, sky), tolerance, depth + 1, edge)?;
            edge.push(sky);
            self.refine((middle, sky), b, tolerance, depth + 1, edge)?;
        }
        Some(())
    }
}

/// Points in groups that lie together: the two sides of a cut through the map.
fn clusters(points: Vec<Vec3>) -> Vec<Vec<Vec3>> {
    let mut groups: Vec<Vec<Vec3>> = Vec::new();
    for point in points {
        let near = |group: &&mut Vec<Vec3>| {
            group.first().is_some_and(|first| first.dot(point) > COS_REACH)
        };
        match groups.iter_mut().find(near) {
            Some(group) => group.push(point),
            None => groups.push(vec![point]),
        }
    }
    groups
}

/// A rectangle of pixels by its outer edges.
#[derive(Clone, Copy, Debug)]
struct Tile {
    x: (f64, f64),
    y: (f64, f64),
}

impl Tile {
    fn holds(&self, x: f64, y: f64) -> bool {
        (self.x.0..=self.x.1).contains(&x) && (self.y.0..=self.y.1).contains(&y)
    }

    /// 9 × 9 points from edge to edge.
    fn grid(&self) -> impl Iterator<Item = (f64, f64)> {
        let Tile { x, y } = *self;
        (0..81_u32).map(move |k| {
            let (i, j) = (f64::from(k % 9) / 8.0, f64::from(k / 9) / 8.0);
            (x.0 + (x.1 - x.0) * i, y.0 + (y.1 - y.0) * j)
        })
    }

    fn can_split(&self) -> bool {
        self.x.1 - self.x.0 >= 2.0 && self.y.1 - self.y.0 >= 2.0
    }

    fn quarters(&self) -> [Tile; 4] {
        let Tile { x, y } = *self;
        let (mx, my) = ((x.0 + x.1) / 2.0, (y.0 + y.1) / 2.0);
        [
            Tile { x: (x.0, mx), y: (y.0, my) },
            Tile { x: (mx, x.1), y: (y.0, my) },
            Tile { x: (mx, x.1), y: (my, y.1) },
            Tile { x: (x.0, mx), y: (my, y.1) },
        ]
    }
}
