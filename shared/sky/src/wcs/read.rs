//! Reading the axes of a header: their number, kinds and units, and the celestial pair.

use std::sync::Arc;

use super::celestial::{self, Celestial, CelestialType, celestial_type};
use super::distortion::{self, PlaneDistortion};
use super::header::{HeaderSource, Keys};
use super::projection::Projection;
use super::{Axis, AxisKind, MAX_AXES, Pair, Sky, WcsError, spectral, units};

/// Longitude and latitude axes (from 0) without a projection, and their system.
pub(super) fn plain_axes(ctypes: &[String]) -> Option<(usize, usize, &'static str)> {
    let find = |name: &str| ctypes.iter().position(|c| c.trim().eq_ignore_ascii_case(name));
    [("RA", "DEC", "EQ"), ("GLON", "GLAT", "G"), ("ELON", "ELAT", "E")]
        .into_iter()
        .find_map(|(lon, lat, system)| Some((find(lon)?, find(lat)?, system)))
}

pub(super) fn plain_pair(
    keys: &Keys<'_>,
    ctypes: &[String],
    crval: &[f64],
) -> Result<Option<Pair>, WcsError> {
    let Some((lon, lat, system)) = plain_axes(ctypes) else { return Ok(None) };
    let frame = celestial::frame(system, keys)?;
    let value = |i: usize| crval.get(i).copied().unwrap_or(0.0);
    let sky = Sky::Plain(value(lon), value(lat));
    Ok(Some(Pair { lon, lat, sky, frame, plane: None }))
}

/// The axes of a plate solution.
pub(super) fn plate_axes() -> Vec<Axis> {
    [("RA---DSS", AxisKind::Longitude), ("DEC--DSS", AxisKind::Latitude)]
        .map(|(ctype, kind)| Axis {
            ctype: ctype.to_owned(),
            name: String::new(),
            unit: "deg".to_owned(),
            kind,
        })
        .to_vec()
}

/// WCSAXES, or the largest axis that NAXIS or any keyword names.
pub(super) fn axis_count(keys: &Keys<'_>) -> Result<usize, WcsError> {
    let whole = |key: &str, value: Option<f64>| match value {
        None => Ok(0),
        Some(v) if (0.0..=999.0).contains(&v) && v.fract() == 0.0 => Ok(v as usize),
        Some(v) => Err(WcsError::BadValue { keyword: key.to_owned(), value: v.to_string() }),
    };
    let declared = whole("WCSAXES", keys.source().number(&keys.name("WCSAXES")))?;
    let naxis = whole("NAXIS", keys.source().number("NAXIS"))?;
    let named = (1..=MAX_AXES).rev().find(|i| {
        let number = |key: &str| keys.source().number(&keys.name(&format!("{key}{i}"))).is_some();
        keys.text(&format!("CTYPE{i}")).is_some()
            || ["CRPIX", "CRVAL", "CDELT"].iter().any(|key| number(key))
    });
    let count = declared.max(naxis).max(named.unwrap_or(0));
    match count {
        0 => Err(WcsError::NoAxes),
        _ if count > MAX_AXES => Err(WcsError::TooManyAxes { count, limit: MAX_AXES }),
        _ => Ok(count),
    }
}

/// Old CTYPEs in their modern form (Calabretta & Greisen 2002, §6.1; AIPS).
pub(super) fn modern_types(ctypes: Vec<String>) -> Vec<String> {
    ctypes
        .into_iter()
        .map(|ctype| match celestial_type(&ctype).map(|kind| kind.code) {
            Some(code) if code == "GLS" => ctype.replacen("-GLS", "-SFL", 1),
            _ => match ctype.trim() {
                "FREQ-LSR" | "FREQ-HEL" | "FREQ-OBS" => "FREQ".to_owned(),
                "VELO-LSR" | "VELO-HEL" | "VELO-OBS" => "VELO".to_owned(),
                "FELO-LSR" | "FELO-HEL" | "FELO-OBS" | "FELO" => "VOPT-F2W".to_owned(),
                _ => ctype,
            },
        })
        .collect()
}

/// The longitude and latitude axes, from 0, with the CTYPE of the longitude.
pub(super) fn celestial_pair(
    ctypes: &[String],
    keys: &Keys<'_>,
) -> Result<Option<(usize, usize, CelestialType)>, WcsError> {
    let mut lon: Option<(usize, CelestialType)> = None;
    let mut lat: Option<(usize, CelestialType)> = None;
    for (i, ctype) in ctypes.iter().enumerate() {
        // A table gives its coordinates without a projection.
        let Some(kind) = celestial_type(ctype).filter(|kind| kind.code != "TAB") else { continue };
        let slot = if kind.is_lon { &mut lon } else { &mut lat };
        if slot.is_some() {
            return Err(WcsError::Unpaired { ctype: ctype.clone() });
        }
        *slot = Some((i, kind));
    }
    let (lon, lat) = match (lon, lat) {
        (None, None) => return Ok(None),
        (Some(lon), Some(lat)) => (lon, lat),
        (Some((i, _)), None) | (None, Some((i, _))) => {
            let ctype = ctypes.get(i).cloned().unwrap_or_default();
            return Err(WcsError::Unpaired { ctype });
        }
    };
    if lon.1.system != lat.1.system || lon.1.code != lat.1.code {
        let keyword = keys.name(&format!("CTYPE{}", lat.0 + 1));
        return Err(WcsError::Projection { code: lat.1.code, keyword });
    }
    Ok(Some((lon.0, lat.0, lon.1)))
}

/// The axis and the factor that brings its CRVAL and CDELT to the unit given out.
pub(super) fn axis(
    keys: &Keys<'_>,
    i: usize,
    ctype: &str,
    lon_lat: Option<(usize, usize)>,
) -> Result<(Axis, f64), WcsError> {
    let keyword = format!("CUNIT{}", i + 1);
    let unit = keys.text(&keyword).unwrap_or_default();
    let (kind, base) = match lon_lat {
        Some((lon, _)) if lon == i => (AxisKind::Longitude, Some("deg")),
        Some((_, lat)) if lat == i => (AxisKind::Latitude, Some("deg")),
        _ => match spectral::si_unit(ctype) {
            Some(base) => (AxisKind::Spectral, Some(base)),
            None if ctype.starts_with("STOKES") => (AxisKind::Stokes, None),
            None if ctype.starts_with("TIME") || ctype.starts_with("UTC") => (AxisKind::Time, None),
            None => (AxisKind::Linear, None),
        },
    };
    let factor = match base {
        None => 1.0,
        Some(base) => units::factor(&unit, base).ok_or_else(|| WcsError::BadValue {
            keyword: keys.name(&keyword),
            value: unit.clone(),
        })?,
    };
    let name = keys.text(&format!("CNAME{}", i + 1)).unwrap_or_default();
    let unit = base.map_or(unit, str::to_owned);
    Ok((Axis { ctype: ctype.to_owned(), name, unit, kind }, factor))
}

pub(super) fn read_celestial(
    keys: &Keys<'_>,
    lon: usize,
    lat: usize,
    kind: &CelestialType,
    crval: &[f64],
) -> Result<Pair, WcsError> {
    let axes = (lon, lat);
    let value = |i: usize| crval.get(i).copied().unwrap_or(0.0);
    let iraf = matches!(kind.code.as_str(), "TNX" | "ZPX");
    let scamp = kind.code == "TAN" && has_scamp_parameters(keys, axes);
    // With SIP beside them SCAMP's polynomials say the same distortion again.
    let sip = keys.source().number("A_ORDER").is_some();
    let tpv = kind.code == "TPV" || (scamp && !sip);
    // The parameters of these conventions are not those of the projection or of its pole.
    let silent = SilentPv { source: keys.source() };
    let sphere_keys = if tpv || iraf || scamp {
        Keys::new(&silent, keys.alt())
    } else {
        Keys::new(keys.source(), keys.alt())
    };
    let projection = match kind.code.as_str() {
        "TPV" | "TNX" => Projection::new("TAN", |_| None),
        "ZPX" => Projection::new("ZPN", |m| distortion::iraf_parameter(keys, lat + 1, m)),
        // AIPS' north-celestial-pole projection is a slant orthographic one.
        "NCP" => {
            let slant = value(lat).to_radians().tan();
            Projection::new("SIN", |m| match m {
                2 => (slant != 0.0).then(|| 1.0 / slant),
                _ => None,
            })
        }
        "TAN" => Projection::new("TAN", |_| None),
        code => Projection::new(code, |m| keys.pv(lat + 1, m)),
    }
    .ok_or_else(|| WcsError::Projection {
        code: kind.code.clone(),
        keyword: keys.name(&format!("CTYPE{}", lon + 1)),
    })?;
    let frame = celestial::frame(&kind.system, keys)?;
    let crval = (value(lon), value(lat));
    let sphere = Celestial::read(&sphere_keys, projection, axes, crval)?;
    let plane = if tpv {
        Some(Arc::new(PlaneDistortion::tpv(keys, axes)))
    } else if iraf {
        Some(Arc::new(PlaneDistortion::iraf(keys, axes)?))
    } else {
        None
    };
    Ok(Pair { lon, lat, sky: Sky::Projected(Arc::new(sphere)), frame, plane })
}

/// SCAMP writes TPV's coefficients under the name of TAN; a plain TAN has none beyond PVi_4 on its
/// longitude and none at all on its latitude.
fn has_scamp_parameters(keys: &Keys<'_>, (lon, lat): (usize, usize)) -> bool {
    (5..=39).any(|m| keys.pv(lon + 1, m).is_some() || keys.pv(lat + 1, m).is_some())
}

/// A header without its `PVi_m`.
struct SilentPv<'a> {
    source: &'a dyn HeaderSource,
}

impl HeaderSource for SilentPv<'_> {
    fn number(&self, key: &str) -> Option<f64> {
        if key.starts_with("PV") { None } else { self.source.number(key) }
    }

    fn text(&self, key: &str) -> Option<String> {
        self.source.text(key)
    }
}
