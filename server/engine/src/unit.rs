//! Units of IVOA VOUnits 1.1 and how they convert, for `IN_UNIT`.

use std::collections::BTreeMap;

/// Why a text is no unit, or why one does not become another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// Not a unit of VOUnits.
    #[error("{0:?} is no unit")]
    Unknown(String),
    /// Units of different quantities.
    #[error("{from} cannot become {to}")]
    Different {
        /// The unit of the value.
        from: String,
        /// The unit asked for.
        to: String,
    },
}

/// What a value in unit `from` is multiplied by to be in unit `to`.
///
/// # Errors
/// Texts that are no units, and units of different quantities.
pub fn factor(from: &str, to: &str) -> Result<f64, UnitError> {
    if from.trim() == to.trim() {
        return Ok(1.0);
    }
    let (a, b) = (Unit::parse(from)?, Unit::parse(to)?);
    if a.dimensions() != b.dimensions() {
        return Err(UnitError::Different { from: from.to_owned(), to: to.to_owned() });
    }
    Ok(a.scale / b.scale)
}

/// A scale and powers of base units.
#[derive(Clone, Debug, Default)]
struct Unit {
    scale: f64,
    powers: BTreeMap<&'static str, f64>,
}

impl Unit {
    fn one() -> Self {
        Self { scale: 1.0, powers: BTreeMap::new() }
    }

    /// The powers in twelfths, without those that cancelled.
    #[allow(clippy::cast_possible_truncation)] // powers are small
    fn dimensions(&self) -> Vec<(&'static str, i64)> {
        let twelfths =
            self.powers.iter().map(|(base, power)| (*base, (power * 12.0).round() as i64));
        twelfths.filter(|(_, power)| *power != 0).collect()
    }

    fn times(&mut self, other: &Unit, power: f64) {
        self.scale *= other.scale.powf(power);
        for (base, own) in &other.powers {
            *self.powers.entry(base).or_default() += own * power;
        }
    }

    fn parse(text: &str) -> Result<Self, UnitError> {
        let mut reader = Reader { text, rest: text.trim() };
        let unit = reader.product(0)?;
        if reader.rest.is_empty() { Ok(unit) } else { Err(reader.bad()) }
    }
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn bad(&self) -> UnitError {
        UnitError::Unknown(self.text.to_owned())
    }

    fn eat(&mut self, mark: &str) -> bool {
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Factors with `.`, `*` or a blank between, or `/` before a divisor.
    fn product(&mut self, depth: usize) -> Result<Unit, UnitError> {
        let mut unit = Unit::one();
        if depth > 8 {
            return Err(self.bad());
        }
        let mut divide = self.eat("/");
        loop {
            let (factor, power) = self.factor(depth)?;
            unit.times(&factor, if divide { -power } else { power });
            let blanks = self.take(char::is_whitespace).len();
            divide = self.eat("/");
            let marked = divide || self.eat(".") || self.eat("*");
            let ends = self.rest.is_empty() || self.rest.starts_with(')');
            match (marked, ends) {
                (true, true) => return Err(self.bad()),
                (false, true) => return Ok(unit),
                (false, false) if blanks == 0 => return Ok(unit),
                _ => {}
            }
            self.take(char::is_whitespace);
        }
    }

    fn factor(&mut self, depth: usize) -> Result<(Unit, f64), UnitError> {
        let unit = if self.eat("(") {
            let inner = self.product(depth + 1)?;
            if !self.eat(")") {
                return Err(self.bad());
            }
            inner
        } else if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            let number = self.take(|c| c.is_ascii_digit() || c == '.');
            let scale = number.trim_end_matches('.').parse().map_err(|_| self.bad())?;
            Unit { scale, ..Unit::one() }
        } else {
            let name = self.take(|c| c.is_alphabetic() || c == '_' || c == '%');
            named(name).ok_or_else(|| self.bad())?
        };
        Ok((unit, self.power()?))
    }

    /// `**2`, `^2`, `**(-1/2)`, `2`, `-1`
    fn power(&mut self) -> Result<f64, UnitError> {
        let marked = self.eat("**") || self.eat("^");
        let bare = self.rest.strip_prefix(['+', '-']).unwrap_or(self.rest);
        if !marked && !bare.starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(1.0);
        }
        let grouped = marked && self.eat("(");
        // Without parentheses a point begins the next factor.
        let sign = if self.eat("-") { -1.0 } else { 1.0 };
        self.eat("+");
        let text = self.take(|c| c.is_ascii_digit() || (grouped && c == '.'));
        let size: f64 = text.parse().map_err(|_| self.bad())?;
        let mut power = sign * size;
        if grouped {
            if self.eat("/") {
                let below: f64 =
                    self.take(|c| c.is_ascii_digit()).parse().map_err(|_| self.bad())?;
                power /= below;
            }
            if !self.eat(")") {
                return Err(self.bad());
            }
        }
        if power.is_finite() && power.abs() <= 100.0 { Ok(power) } else { Err(self.bad()) }
    }
}

/// SI prefixes.
const PREFIXES: &[(&str, f64)] = &[
    ("da", 1e1),
    ("h", 1e2),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
    ("Z", 1e21),
    ("Y", 1e24),
    ("d", 1e-1),
    ("c", 1e-2),
    ("m", 1e-3),
    ("u", 1e-6),
    ("n", 1e-9),
    ("p", 1e-12),
    ("f", 1e-15),
    ("a", 1e-18),
    ("z", 1e-21),
    ("y", 1e-24),
];

const DEGREE: f64 = std::f64::consts::PI / 180.0;
/// CODATA 2022.
const ATOMIC_MASS: f64 = 1.660_539_068_92e-27;
const RYDBERG: f64 = 2.179_872_361_103e-18;
/// IAU 2015 B3 with CODATA 2018, and the constants of 2012 B2.
const SOLAR_MASS: f64 = 1.988_409_870_698_051e30;
const PARSEC: f64 = 3.085_677_581_491_367e16;
const UNIT_OF_LENGTH: f64 = 149_597_870_700.0;

/// Name, whether prefixes go with it, scale, and powers of base units.
type Known = (&'static str, bool, f64, &'static [(&'static str, f64)]);

const FORCE: &[(&str, f64)] = &[("kg", 1.0), ("m", 1.0), ("s", -2.0)];
const ENERGY: &[(&str, f64)] = &[("kg", 1.0), ("m", 2.0), ("s", -2.0)];
const POWER: &[(&str, f64)] = &[("kg", 1.0), ("m", 2.0), ("s", -3.0)];
const FIELD: &[(&str, f64)] = &[("kg", 1.0), ("s", -2.0), ("A", -1.0)];

/// VOUnits 1.1, tables 1 to 4, with the spellings of FITS.
const UNITS: &[Known] = &[
    ("m", true, 1.0, &[("m", 1.0)]),
    ("g", true, 1e-3, &[("kg", 1.0)]),
    ("s", true, 1.0, &[("s", 1.0)]),
    ("A", true, 1.0, &[("A", 1.0)]),
    ("K", true, 1.0, &[("K", 1.0)]),
    ("mol", true, 1.0, &[("mol", 1.0)]),
    ("cd", true, 1.0, &[("cd", 1.0)]),
    ("rad", true, 1.0, &[("rad", 1.0)]),
    ("sr", true, 1.0, &[("rad", 2.0)]),
    ("deg", true, DEGREE, &[("rad", 1.0)]),
    ("arcmin", true, DEGREE / 60.0, &[("rad", 1.0)]),
    ("arcsec", true, DEGREE / 3600.0, &[("rad", 1.0)]),
    ("mas", false, DEGREE / 3.6e6, &[("rad", 1.0)]),
    ("uas", false, DEGREE / 3.6e9, &[("rad", 1.0)]),
    ("min", false, 60.0, &[("s", 1.0)]),
    ("h", false, 3600.0, &[("s", 1.0)]),
    ("d", true, 86_400.0, &[("s", 1.0)]),
    ("a", true, 31_557_600.0, &[("s", 1.0)]),
    ("yr", true, 31_557_600.0, &[("s", 1.0)]),
    ("Hz", true, 1.0, &[("s", -1.0)]),
    ("N", true, 1.0, FORCE),
    ("dyn", true, 1e-5, FORCE),
    ("Pa", true, 1.0, &[("kg", 1.0), ("m", -1.0), ("s", -2.0)]),
    ("J", true, 1.0, ENERGY),
    ("erg", true, 1e-7, ENERGY),
    ("eV", true, 1.602_176_634e-19, ENERGY),
    ("Ry", true, RYDBERG, ENERGY),
    ("W", true, 1.0, POWER),
    ("solLum", true, 3.828e26, POWER),
    ("Lsun", true, 3.828e26, POWER),
    ("C", true, 1.0, &[("A", 1.0), ("s", 1.0)]),
    ("V", true, 1.0, &[("kg", 1.0), ("m", 2.0), ("s", -3.0), ("A", -1.0)]),
    ("Ohm", true, 1.0, &[("kg", 1.0), ("m", 2.0), ("s", -3.0), ("A", -2.0)]),
    ("ohm", true, 1.0, &[("kg", 1.0), ("m", 2.0), ("s", -3.0), ("A", -2.0)]),
    ("S", true, 1.0, &[("kg", -1.0), ("m", -2.0), ("s", 3.0), ("A", 2.0)]),
    ("F", true, 1.0, &[("kg", -1.0), ("m", -2.0), ("s", 4.0), ("A", 2.0)]),
    ("Wb", true, 1.0, &[("kg", 1.0), ("m", 2.0), ("s", -2.0), ("A", -1.0)]),
    ("H", true, 1.0, &[("kg", 1.0), ("m", 2.0), ("s", -2.0), ("A", -2.0)]),
    ("T", true, 1.0, FIELD),
    ("G", true, 1e-4, FIELD),
    ("lm", true, 1.0, &[("cd", 1.0), ("rad", 2.0)]),
    ("lx", true, 1.0, &[("cd", 1.0), ("rad", 2.0), ("m", -2.0)]),
    ("Jy", true, 1e-26, &[("kg", 1.0), ("s", -2.0)]),
    (
        "R",
        true,
        1e10 / (4.0 * std::f64::consts::PI),
        &[("ph", 1.0), ("m", -2.0), ("s", -1.0), ("rad", -2.0)],
    ),
    ("barn", true, 1e-28, &[("m", 2.0)]),
    ("D", true, 1e-29 / 2.997_924_58, &[("A", 1.0), ("s", 1.0), ("m", 1.0)]),
    ("Angstrom", false, 1e-10, &[("m", 1.0)]),
    ("angstrom", false, 1e-10, &[("m", 1.0)]),
    ("AU", false, UNIT_OF_LENGTH, &[("m", 1.0)]),
    ("au", false, UNIT_OF_LENGTH, &[("m", 1.0)]),
    ("pc", true, PARSEC, &[("m", 1.0)]),
    ("lyr", true, 9_460_730_472_580_800.0, &[("m", 1.0)]),
    ("solRad", false, 695_700_000.0, &[("m", 1.0)]),
    ("Rsun", false, 695_700_000.0, &[("m", 1.0)]),
    ("solMass", false, SOLAR_MASS, &[("kg", 1.0)]),
    ("Msun", false, SOLAR_MASS, &[("kg", 1.0)]),
    ("u", true, ATOMIC_MASS, &[("kg", 1.0)]),
    ("mag", true, 1.0, &[("mag", 1.0)]),
    ("dex", false, 1.0, &[("dex", 1.0)]),
    ("ph", false, 1.0, &[("ph", 1.0)]),
    ("photon", false, 1.0, &[("ph", 1.0)]),
    ("ct", false, 1.0, &[("ct", 1.0)]),
    ("count", false, 1.0, &[("ct", 1.0)]),
    ("adu", false, 1.0, &[("adu", 1.0)]),
    ("electron", false, 1.0, &[("electron", 1.0)]),
    ("pix", false, 1.0, &[("pix", 1.0)]),
    ("pixel", false, 1.0, &[("pix", 1.0)]),
    ("voxel", false, 1.0, &[("voxel", 1.0)]),
    ("beam", false, 1.0, &[("beam", 1.0)]),
    ("chan", false, 1.0, &[("chan", 1.0)]),
    ("bin", false, 1.0, &[("bin", 1.0)]),
    ("bit", true, 1.0, &[("bit", 1.0)]),
    ("byte", true, 8.0, &[("bit", 1.0)]),
    ("%", false, 1e-2, &[]),
];

/// A unit with or without a prefix. A name of its own wins: `mas` is no milli-year.
fn named(name: &str) -> Option<Unit> {
    let known = |name: &str, prefixed: bool| {
        UNITS.iter().find(|unit| unit.0 == name && (unit.1 || !prefixed))
    };
    let (scale, &(_, _, own, powers)) = match known(name, false) {
        Some(unit) => (1.0, unit),
        None => PREFIXES.iter().find_map(|(prefix, scale)| {
            let rest = name.strip_prefix(prefix)?;
            known(rest, true).map(|unit| (*scale, unit))
        })?,
    };
    Some(Unit { scale: scale * own, powers: powers.iter().copied().collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_kept_apart() {
        for (from, to) in [("deg", "s"), ("mag", "Jy"), ("m", "Hz"), ("ct", "ph"), ("m.s**-1", "m")]
        {
            assert!(matches!(factor(from, to), Err(UnitError::Different { .. })), "{from} {to}");
        }
        for bad in
            ["", "parsnip", "m**", "m/", "(m", "m)", "mdeg/arcmin)", "kkm", "**2", "m s**(1/0)"]
        {
            assert!(matches!(factor(bad, "m"), Err(UnitError::Unknown(_))), "{bad}");
        }
    }

    #[test]
    fn equal_texts_need_no_reading() {
        assert_eq!(factor("log(cm.s**-2)", "log(cm.s**-2)"), Ok(1.0));
    }
}
