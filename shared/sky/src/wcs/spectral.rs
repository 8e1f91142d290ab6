//! Spectral axes: Greisen, Calabretta, Valdes & Allen 2006, A&A 446, 747 (Paper III).
//!
//! SI units throughout: hertz, metres, metres per second, joules.

use std::f64::consts::TAU;

use super::WcsError;
use super::header::Keys;

const C: f64 = 299_792_458.0;
const PLANCK: f64 = 6.626_070_15e-34;

/// The four basic variables of Paper III (Table 2).
#[derive(Clone, Copy, Debug, PartialEq)]
enum Basic {
    Frequency,
    Wavelength,
    AirWavelength,
    Velocity,
}

/// A spectral coordinate (Table 1 of the paper).
#[derive(Clone, Copy, Debug)]
struct Kind {
    /// The basic variable that it is linear in.
    basic: Basic,
    /// SI unit.
    unit: &'static str,
    name: &'static str,
}

const KINDS: &[Kind] = &[
    Kind { name: "FREQ", unit: "Hz", basic: Basic::Frequency },
    Kind { name: "AFRQ", unit: "Hz", basic: Basic::Frequency },
    Kind { name: "ENER", unit: "J", basic: Basic::Frequency },
    Kind { name: "WAVN", unit: "/m", basic: Basic::Frequency },
    Kind { name: "VRAD", unit: "m/s", basic: Basic::Frequency },
    Kind { name: "WAVE", unit: "m", basic: Basic::Wavelength },
    Kind { name: "VOPT", unit: "m/s", basic: Basic::Wavelength },
    Kind { name: "ZOPT", unit: "", basic: Basic::Wavelength },
    Kind { name: "AWAV", unit: "m", basic: Basic::AirWavelength },
    Kind { name: "VELO", unit: "m/s", basic: Basic::Velocity },
    Kind { name: "BETA", unit: "", basic: Basic::Velocity },
];

/// How the coordinate depends on the intermediate one.
#[derive(Clone, Copy, Debug)]
enum Algorithm {
    /// No algorithm code.
    Linear,
    /// `-LOG`.
    Log,
    /// `-X2P`: the axis is linear in X.
    Via(Basic),
    /// `-GRI`, `-GRA`: the axis is linear in the grism parameter.
    Grism(Grism),
}

/// Grism parameters (§5.1 of the paper) of a disperser in vacuum or air.
#[derive(Clone, Copy, Debug)]
struct Grism {
    /// G m / cos ε.
    gm: f64,
    /// n(λr) sin α and the slope n'(λr) sin α.
    index: (f64, f64),
    /// Wavelength of reference.
    wave: f64,
    /// β_r, and θ.
    angle: f64,
    theta: f64,
    basic: Basic,
}

/// A spectral axis.
#[derive(Clone, Debug)]
pub(super) struct Spectral {
    kind: Kind,
    algorithm: Algorithm,
    /// CRVAL in SI.
    reference: f64,
    rest_frequency: f64,
    rest_wavelength: f64,
}

/// The SI unit of a spectral CTYPE, `None` when the CTYPE is not spectral.
pub(super) fn si_unit(ctype: &str) -> Option<&'static str> {
    kind(ctype).map(|kind| kind.unit)
}

fn kind(ctype: &str) -> Option<Kind> {
    let ctype = ctype.trim();
    let name = ctype.get(..4)?;
    let tail = ctype.get(4..)?;
    (tail.is_empty() || tail.starts_with('-'))
        .then(|| KINDS.iter().find(|kind| kind.name == name).copied())
        .flatten()
}

impl Spectral {
    /// Reads axis `axis` (from 1) whose CTYPE is spectral; `crval` is in SI. `None` for another
    /// CTYPE and for `-TAB`.
    pub(super) fn read(
        keys: &Keys<'_>,
        axis: usize,
        ctype: &str,
        crval: f64,
    ) -> Result<Option<Spectral>, WcsError> {
        let Some(kind) = kind(ctype) else { return Ok(None) };
        let rest = |a: &str, b: &str| -> Result<f64, WcsError> {
            Ok(keys.number(a)?.or(keys.number(b)?).filter(|v| *v > 0.0).unwrap_or(0.0))
        };
        let (mut frequency, mut wavelength) =
            (rest("RESTFRQ", "RESTFREQ")?, rest("RESTWAV", "RESTWAV")?);
        if frequency == 0.0 && wavelength > 0.0 {
            frequency = C / wavelength;
        } else if wavelength == 0.0 && frequency > 0.0 {
            wavelength = C / frequency;
        }
        let code = ctype.trim().get(5..8).unwrap_or_default();
        let mut this = Spectral {
            kind,
            algorithm: Algorithm::Linear,
            reference: crval,
            rest_frequency: frequency,
            rest_wavelength: wavelength,
        };
        this.algorithm = match code {
            "" | "LIN" => return Ok(Some(this)),
            "TAB" => return Ok(None),
            "LOG" => Algorithm::Log,
            "GRI" => Algorithm::Grism(this.grism(keys, axis, Basic::Wavelength)?),
            "GRA" => Algorithm::Grism(this.grism(keys, axis, Basic::AirWavelength)?),
            _ => Algorithm::Via(via(code, kind).ok_or_else(|| WcsError::Projection {
                code: code.to_owned(),
                keyword: keys.name(&format!("CTYPE{axis}")),
            })?),
        };
        // A reference that has no place on the axis, such as a wavelength of zero, ends here.
        this.world(0.0).map(|_| Some(this)).ok_or_else(|| WcsError::BadValue {
            keyword: keys.name(&format!("CRVAL{axis}")),
            value: crval.to_string(),
        })
    }

    fn grism(&self, keys: &Keys<'_>, axis: usize, basic: Basic) -> Result<Grism, WcsError> {
        let pv = |m: usize| keys.pv(axis, m).unwrap_or(0.0);
        let (g, m, alpha, n, slope) = (pv(0), pv(1), pv(2).to_radians(), pv(3), pv(4));
        let n = if keys.pv(axis, 3).is_none() { 1.0 } else { n };
        let (epsilon, theta) = (pv(5).to_radians(), pv(6).to_radians());
        let bad = || WcsError::BadValue {
            keyword: keys.name(&format!("PV{axis}_0")),
            value: g.to_string(),
        };
        let wave = self.to_basic(self.reference, basic).ok_or_else(bad)?;
        let gm = g * m / epsilon.cos();
        // Equation 49: the angle of the outgoing ray at the reference.
        let sin = gm * wave - n * alpha.sin();
        if sin.abs() > 1.0 || gm == 0.0 {
            return Err(bad());
        }
        let index = (n * alpha.sin(), slope * alpha.sin());
        Ok(Grism { gm, index, wave, angle: sin.asin(), theta, basic })
    }

    /// Intermediate world coordinate (SI) to the spectral coordinate (SI).
    pub(super) fn world(&self, w: f64) -> Option<f64> {
        let value = match self.algorithm {
            Algorithm::Linear => self.reference + w,
            // Equation 5.
            Algorithm::Log => {
                (self.reference != 0.0).then(|| self.reference * (w / self.reference).exp())?
            }
            Algorithm::Via(basic) => {
                let (x, slope) = self.expansion(basic)?;
                self.of_basic(x + w * slope, basic)?
            }
            Algorithm::Grism(grism) => {
                let (wave, slope) = self.expansion(grism.basic)?;
                debug_assert!(wave == grism.wave || !wave.is_finite());
                self.of_basic(grism.wavelength(w * slope), grism.basic)?
            }
        };
        value.is_finite().then_some(value)
    }

    /// The inverse of [`Spectral::world`].
    pub(super) fn intermediate(&self, value: f64) -> Option<f64> {
        let w = match self.algorithm {
            Algorithm::Linear => value - self.reference,
            Algorithm::Log => {
                let ratio = value / self.reference;
                (ratio > 0.0).then(|| self.reference * ratio.ln())?
            }
            Algorithm::Via(basic) => {
                let (x, slope) = self.expansion(basic)?;
                (self.to_basic(value, basic)? - x) / slope
            }
            Algorithm::Grism(grism) => {
                let (_, slope) = self.expansion(grism.basic)?;
                grism.offset(self.to_basic(value, grism.basic)?)? / slope
            }
        };
        w.is_finite().then_some(w)
    }

    /// X and dX/dS at the reference (equation 14).
    fn expansion(&self, basic: Basic) -> Option<(f64, f64)> {
        let own = self.linear_to_own(self.reference)?;
        let x = convert(own, self.kind.basic, basic, self.rest())?;
        // dX/dS = dX/dP · dP/dS by the chain rule through wavelength or frequency.
        let slope = slope(own, self.kind.basic, basic, self.rest())? * self.own_slope()?;
        (slope != 0.0 && slope.is_finite()).then_some((x, slope))
    }

    fn rest(&self) -> Rest {
        Rest { frequency: self.rest_frequency, wavelength: self.rest_wavelength }
    }

    fn to_basic(&self, value: f64, basic: Basic) -> Option<f64> {
        convert(self.linear_to_own(value)?, self.kind.basic, basic, self.rest())
    }

    fn of_basic(&self, value: f64, basic: Basic) -> Option<f64> {
        self.own_to_linear(convert(value, basic, self.kind.basic, self.rest())?)
    }

    /// The coordinate to its basic variable, equations of Table 3.
    fn linear_to_own(&self, s: f64) -> Option<f64> {
        let (f0, w0) = (self.rest_frequency, self.rest_wavelength);
        let value = match self.kind.name {
            "AFRQ" => s / TAU,
            "ENER" => s / PLANCK,
            "WAVN" => s * C,
            "VRAD" => f0 * (1.0 - s / C),
            "VOPT" => w0 * (1.0 + s / C),
            "ZOPT" => w0 * (1.0 + s),
            "BETA" => s * C,
            _ => s,
        };
        value.is_finite().then_some(value)
    }

    fn own_to_linear(&self, p: f64) -> Option<f64> {
        let (f0, w0) = (self.rest_frequency, self.rest_wavelength);
        let value = match self.kind.name {
            "AFRQ" => p * TAU,
            "ENER" => p * PLANCK,
            "WAVN" => p / C,
            "VRAD" => C * (1.0 - p / f0),
            "VOPT" => C * (p / w0 - 1.0),
            "ZOPT" => p / w0 - 1.0,
            "BETA" => p / C,
            _ => p,
        };
        value.is_finite().then_some(value)
    }

    /// dP/dS.
    fn own_slope(&self) -> Option<f64> {
        let slope = match self.kind.name {
            "AFRQ" => 1.0 / TAU,
            "ENER" => 1.0 / PLANCK,
            "WAVN" | "BETA" => C,
            "VRAD" => -self.rest_frequency / C,
            "VOPT" => self.rest_wavelength / C,
            "ZOPT" => self.rest_wavelength,
            _ => 1.0,
        };
        (slope != 0.0).then_some(slope)
    }
}

impl Grism {
    /// Wavelength at an offset (equations 47 to 51): the grism parameter is tan(β − βr + θ) + tan θ.
    fn wavelength(&self, offset: f64) -> f64 {
        let gamma = -self.theta.tan() + offset * self.rate();
        let beta = gamma.atan() + self.angle + self.theta;
        let Grism { gm, index, wave, .. } = self;
        // gm λ = n sin α + n' sin α (λ − λr) + sin β.
        (index.0 - index.1 * wave + beta.sin()) / (gm - index.1)
    }

    fn offset(&self, wavelength: f64) -> Option<f64> {
        let Grism { gm, index, wave, .. } = self;
        let sin = gm * wavelength - index.0 - index.1 * (wavelength - wave);
        let beta = (sin.abs() <= 1.0).then(|| sin.asin())?;
        Some(((beta - self.angle - self.theta).tan() + self.theta.tan()) / self.rate())
    }

    /// dΓ/dλ at the reference.
    fn rate(&self) -> f64 {
        (self.gm - self.index.1) / (self.angle.cos() * self.theta.cos().powi(2))
    }
}

/// The X of an algorithm code `X2P` whose P fits the coordinate.
fn via(code: &str, kind: Kind) -> Option<Basic> {
    let basic = |letter: char| match letter {
        'F' => Some(Basic::Frequency),
        'W' => Some(Basic::Wavelength),
        'A' => Some(Basic::AirWavelength),
        'V' => Some(Basic::Velocity),
        _ => None,
    };
    let mut letters = code.chars();
    let (x, two, p) = (letters.next()?, letters.next()?, letters.next()?);
    (two == '2' && basic(p)? == kind.basic).then(|| basic(x)).flatten()
}

/// RESTFRQ and RESTWAV: a header that has both seldom has them consistent to the last digit.
#[derive(Clone, Copy, Debug)]
struct Rest {
    frequency: f64,
    wavelength: f64,
}

impl Rest {
    /// The rest wavelength for a conversion: that of the frequency where a frequency takes part.
    fn between(self, a: Basic, b: Basic) -> f64 {
        let frequency = a == Basic::Frequency || b == Basic::Frequency;
        if frequency { C / self.frequency } else { self.wavelength }
    }
}

/// One basic variable to another (Table 4), by way of the wavelength in vacuum.
fn convert(value: f64, from: Basic, to: Basic, rest: Rest) -> Option<f64> {
    if from == to {
        return Some(value);
    }
    let rest_wavelength = rest.between(from, to);
    let wave = match from {
        Basic::Frequency => C / value,
        Basic::Wavelength => value,
        Basic::AirWavelength => value * air_index(value),
        Basic::Velocity => rest_wavelength * ((C + value) / (C - value)).sqrt(),
    };
    let result = match to {
        Basic::Frequency => C / wave,
        Basic::Wavelength => wave,
        Basic::AirWavelength => {
            // The index is that of the wavelength in air: two steps from vacuum settle it.
            let first = wave / air_index(wave);
            wave / air_index(wave / air_index(first))
        }
        Basic::Velocity => {
            let ratio = (wave / rest_wavelength).powi(2);
            C * (ratio - 1.0) / (ratio + 1.0)
        }
    };
    result.is_finite().then_some(result)
}

/// d(to)/d(from).
fn slope(value: f64, from: Basic, to: Basic, rest: Rest) -> Option<f64> {
    if from == to {
        return Some(1.0);
    }
    let wave = convert(value, from, Basic::Wavelength, rest)?;
    let result = convert(value, from, to, rest)?;
    let rest_wavelength = rest.between(from, to);
    // dλ/dP of each side.
    let to_wave = |basic: Basic, p: f64| match basic {
        Basic::Frequency => -C / (p * p),
        Basic::Wavelength => 1.0,
        Basic::AirWavelength => {
            let h = p * 1e-4;
            ((p + h) * air_index(p + h) - (p - h) * air_index(p - h)) / (2.0 * h)
        }
        Basic::Velocity => rest_wavelength * C / ((C - p) * (C * C - p * p).sqrt()),
    };
    let slope = to_wave(from, value) / to_wave(to, result);
    (slope.is_finite() && wave.is_finite()).then_some(slope)
}

/// Refractive index of dry air at a wavelength in air (metres): equation 65 of Paper III
/// (IUGG 1999).
fn air_index(wave: f64) -> f64 {
    let s = 1e-12 / (wave * wave);
    1.0 + 1e-6 * (287.6155 + 1.62887 * s + 0.01360 * s * s)
}
