//! The fields of the common metadata scheme: what each is called, where it is shown, its unit,
//! UCD1+ and the range outside which a header value is not data.

/// How a header value becomes a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, as it stands.
    Text,
    /// A number in the field's unit.
    Number,
    /// An instant, as MJD of UTC.
    Time,
    /// Right ascension: degrees, or hours where written in sexagesimal.
    Ra,
    /// Declination: degrees, decimal or sexagesimal.
    Dec,
}

/// A field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldMeta {
    /// ObsCore name where there is one, CAOM's otherwise.
    pub(crate) name: &'static str,
    /// Group of the observation page.
    pub(crate) group: &'static str,
    /// How it is read.
    pub(crate) kind: Kind,
    /// VOUnits string.
    pub(crate) unit: &'static str,
    /// UCD1+.
    pub(crate) ucd: &'static str,
    /// Smallest and largest value that can be true.
    pub(crate) range: (f64, f64),
}

/// Groups in the order in which they are shown.
pub(crate) const GROUPS: [&str; 9] = [
    "target",
    "position",
    "time",
    "energy",
    "instrument",
    "proposal",
    "conditions",
    "provenance",
    "access",
];

const ANY: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);
/// Smaller than any exposure, size or wavelength that is meant.
const TINY: f64 = 1e-30;
/// 1850 to 2100: plates are the oldest data, and no header speaks truly of the far future.
const DATES: (f64, f64) = (-3242.0, 88_069.0);

const fn text(name: &'static str, group: &'static str, ucd: &'static str) -> FieldMeta {
    FieldMeta { name, group, kind: Kind::Text, unit: "", ucd, range: ANY }
}

const fn number(
    name: &'static str,
    group: &'static str,
    unit: &'static str,
    ucd: &'static str,
    range: (f64, f64),
) -> FieldMeta {
    FieldMeta { name, group, kind: Kind::Number, unit, ucd, range }
}

const fn kind(
    name: &'static str,
    group: &'static str,
    kind: Kind,
    unit: &'static str,
    ucd: &'static str,
    range: (f64, f64),
) -> FieldMeta {
    FieldMeta { name, group, kind, unit, ucd, range }
}

/// Every field, in the order in which a group shows them.
pub(crate) const FIELDS: &[FieldMeta] = &[
    text("target_name", "target", "meta.id;src"),
    text("target_class", "target", "src.class"),
    text("intent", "target", "meta.code;obs"),
    text("obs_type", "target", "meta.code;obs"),
    text("obs_title", "target", "meta.title;obs"),
    kind("s_ra", "position", Kind::Ra, "deg", "pos.eq.ra", (-360.0, 360.0)),
    kind("s_dec", "position", Kind::Dec, "deg", "pos.eq.dec", (-90.0, 90.0)),
    number("s_fov", "position", "deg", "phys.angSize;instr.fov", (TINY, 360.0)),
    text("s_region", "position", "pos.outline;obs.field"),
    number("s_pixel_scale", "position", "arcsec", "phys.angSize;instr.pixel", (TINY, 1.3e6)),
    number("s_resolution", "position", "arcsec", "pos.angResolution", (TINY, 1.3e6)),
    number("beam_minor", "position", "arcsec", "phys.angSize;instr.beam", (TINY, 1.3e6)),
    number("beam_angle", "position", "deg", "pos.posAng;instr.beam", (-360.0, 360.0)),
    number("position_angle", "position", "deg", "pos.posAng", (-360.0, 360.0)),
    number("equinox", "position", "yr", "time.equinox", (1800.0, 2100.0)),
    text("frame", "position", "pos.frame"),
    kind("t_min", "time", Kind::Time, "d", "time.start;obs.exposure", DATES),
    kind("t_max", "time", Kind::Time, "d", "time.end;obs.exposure", DATES),
    number("t_exptime", "time", "s", "time.duration;obs.exposure", (TINY, 1e10)),
    number("t_resolution", "time", "s", "time.resolution", (TINY, 1e10)),
    number("exposures", "time", "", "meta.number;obs", (1.0, 1e7)),
    text("bandpass_name", "energy", "meta.id;instr.bandpass"),
    number("em_min", "energy", "m", "em.wl;stat.min", (TINY, 1e6)),
    number("em_max", "energy", "m", "em.wl;stat.max", (TINY, 1e6)),
    number("em_res_power", "energy", "", "spect.resolution", (TINY, 1e9)),
    text("energy_band", "energy", "em"),
    number("rest_frequency", "energy", "Hz", "em.freq;spect.line", (1.0, 1e30)),
    text("specsys", "energy", "pos.frame;em"),
    text("disperser", "energy", "meta.id;instr.disperser"),
    text("slit", "energy", "meta.id;instr"),
    text("pol_states", "energy", "meta.code;phys.polarization"),
    text("facility_name", "instrument", "meta.id;instr.tel"),
    text("instrument_name", "instrument", "meta.id;instr"),
    text("observatory", "instrument", "meta.id;instr.obsty"),
    text("detector", "instrument", "meta.id;instr.det"),
    text("detector_id", "instrument", "meta.id;instr.det"),
    text("mode", "instrument", "meta.code;instr.setup"),
    text("frame_id", "instrument", "meta.id;obs.image"),
    number("gain", "instrument", "electron/adu", "arith.factor;instr.det", (TINY, 1e4)),
    number("binning", "instrument", "pixel", "meta.number;instr.pixel", (1.0, 1000.0)),
    text("proposal_id", "proposal", "meta.id;obs.proposal"),
    text("proposal_title", "proposal", "meta.title;obs.proposal"),
    text("proposal_pi", "proposal", "meta.id.PI"),
    text("observer", "proposal", "meta.id;obs.observer"),
    text("program", "proposal", "meta.id;obs.proposal"),
    text("allocation", "proposal", "meta.code;obs.proposal"),
    // Conditions are what the header claims; nothing of it has been measured by the archive.
    number("seeing_claim", "conditions", "arcsec", "instr.obsty.seeing", (0.01, 60.0)),
    number("airmass", "conditions", "", "obs.airMass", (1.0, 40.0)),
    text("weather", "conditions", "obs.atmos"),
    number("transparency", "conditions", "", "obs.atmos;phys.transmission", (0.0, 1.0)),
    number("humidity", "conditions", "%", "obs.atmos;phys.columnDensity", (0.0, 100.0)),
    number("ambient_temperature", "conditions", "K", "obs.atmos;phys.temperature", (150.0, 350.0)),
    number("ambient_pressure", "conditions", "hPa", "obs.atmos;phys.pressure", (100.0, 1200.0)),
    number("wind_speed", "conditions", "m/s", "obs.atmos;phys.veloc", (0.0, 120.0)),
    number("pwv", "conditions", "mm", "obs.atmos", (0.0, 100.0)),
    number("altitude", "conditions", "deg", "pos.az.alt", (-5.0, 90.0)),
    number("azimuth", "conditions", "deg", "pos.az.azi", (-360.0, 720.0)),
    number("moon_illumination", "conditions", "", "phys.phase", (0.0, 1.0)),
    number("moon_distance", "conditions", "deg", "pos.angDistance", (0.0, 180.0)),
    text("software", "provenance", "meta.software"),
    text("software_version", "provenance", "meta.version;meta.software"),
    text("origin", "provenance", "meta.curation"),
    text("creation_date", "provenance", "time.creation;meta.dataset"),
    text("inputs", "provenance", "meta.ref;obs"),
    text("survey", "provenance", "meta.id;obs"),
    text("flux_unit", "provenance", "meta.unit"),
    text("o_ucd", "provenance", "meta.ucd"),
    text("release_date", "access", "time.release"),
    // These steer the grouping and are not shown.
    text("obs_id", "", ""),
    text("product_id", "", ""),
    text("collection", "", ""),
    text("product_subtype", "", ""),
    number("calib_level", "", "", "", (0.0, 4.0)),
];

/// The description of a field.
pub(crate) fn meta(name: &str) -> Option<&'static FieldMeta> {
    FIELDS.iter().find(|field| field.name == name)
}

/// What a number in `from` is multiplied with to be in `to`; `None` where they do not convert.
///
/// Kelvin and Celsius differ by an offset and are treated by the caller.
pub(crate) fn unit_factor(from: &str, to: &str) -> Option<f64> {
    if from == to {
        return Some(1.0);
    }
    let (from_dimension, from_scale) = unit(from)?;
    let (to_dimension, to_scale) = unit(to)?;
    (from_dimension == to_dimension).then_some(from_scale / to_scale)
}

fn unit(name: &str) -> Option<(&'static str, f64)> {
    Some(match name {
        "s" => ("time", 1.0),
        "ms" => ("time", 1e-3),
        "min" => ("time", 60.0),
        "h" => ("time", 3600.0),
        "d" => ("time", 86_400.0),
        "deg" => ("angle", 1.0),
        "arcmin" => ("angle", 1.0 / 60.0),
        "arcsec" => ("angle", 1.0 / 3600.0),
        "rad" => ("angle", 180.0 / std::f64::consts::PI),
        "hourangle" => ("angle", 15.0),
        "m" => ("length", 1.0),
        "cm" => ("length", 1e-2),
        "mm" => ("length", 1e-3),
        "um" => ("length", 1e-6),
        "nm" => ("length", 1e-9),
        "Angstrom" => ("length", 1e-10),
        "Hz" => ("frequency", 1.0),
        "kHz" => ("frequency", 1e3),
        "MHz" => ("frequency", 1e6),
        "GHz" => ("frequency", 1e9),
        "hPa" | "mbar" => ("pressure", 1.0),
        "Pa" => ("pressure", 1e-2),
        "mmHg" => ("pressure", 1.333_223_87),
        "m/s" => ("speed", 1.0),
        "km/h" => ("speed", 1.0 / 3.6),
        "%" => ("fraction", 1e-2),
        "" => ("fraction", 1.0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shown_field_is_in_a_known_group_and_named_once() {
        for (at, field) in FIELDS.iter().enumerate() {
            assert!(field.group.is_empty() || GROUPS.contains(&field.group), "{}", field.name);
            assert!(FIELDS.iter().skip(at + 1).all(|other| other.name != field.name));
        }
    }

    #[test]
    fn units_convert_within_a_dimension() {
        assert_eq!(unit_factor("min", "s"), Some(60.0));
        assert_eq!(unit_factor("deg", "arcsec"), Some(3600.0));
        assert_eq!(unit_factor("Angstrom", "m"), Some(1e-10));
        assert_eq!(unit_factor("s", "m"), None);
        assert_eq!(unit_factor("furlong", "m"), None);
    }
}
