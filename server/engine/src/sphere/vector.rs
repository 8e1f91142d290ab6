//! Unit vectors of positions.

/// A direction, or another vector in space.
pub type Vector = [f64; 3];

/// The direction of a position in degrees.
pub fn vector(lon_deg: f64, lat_deg: f64) -> Vector {
    let (sin_lon, cos_lon) = lon_deg.to_radians().sin_cos();
    let (sin_lat, cos_lat) = lat_deg.to_radians().sin_cos();
    [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
}

/// The position of a direction: degrees, longitude in [0, 360).
pub fn lonlat(v: Vector) -> (f64, f64) {
    let lon = v[1].atan2(v[0]).to_degrees().rem_euclid(360.0);
    (lon, v[2].atan2(v[0].hypot(v[1])).to_degrees())
}

/// The scalar product.
pub fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The vector product.
pub fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// The sum.
pub fn plus(a: Vector, b: Vector) -> Vector {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// The vector times a number.
pub fn scaled(a: Vector, factor: f64) -> Vector {
    a.map(|x| x * factor)
}

/// The direction of a vector; `None` for one that is next to nothing.
pub fn unit(a: Vector) -> Option<Vector> {
    let norm = dot(a, a).sqrt();
    (norm > 1e-12).then(|| scaled(a, 1.0 / norm))
}
