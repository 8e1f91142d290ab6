//! Dates in FITS headers and in the archive: parsing, MJD, time scales.

use std::time::{SystemTime, UNIX_EPOCH};

/// MJD of 1970-01-01T00:00:00.
const UNIX_MJD: f64 = 40_587.0;
/// Seconds of a day.
pub(crate) const DAY: f64 = 86_400.0;

/// TAI − UTC in seconds from each MJD (UTC) on: IERS Bulletin C. Before 1972 the difference was
/// not whole; 10 s is then off by less than 10 s, below the precision of dates of that age.
const LEAP_SECONDS: [(f64, f64); 28] = [
    (41_317.0, 10.0),
    (41_499.0, 11.0),
    (41_683.0, 12.0),
    (42_048.0, 13.0),
    (42_413.0, 14.0),
    (42_778.0, 15.0),
    (43_144.0, 16.0),
    (43_509.0, 17.0),
    (43_874.0, 18.0),
    (44_239.0, 19.0),
    (44_786.0, 20.0),
    (45_151.0, 21.0),
    (45_516.0, 22.0),
    (46_247.0, 23.0),
    (47_161.0, 24.0),
    (47_892.0, 25.0),
    (48_257.0, 26.0),
    (48_804.0, 27.0),
    (49_169.0, 28.0),
    (49_534.0, 29.0),
    (50_083.0, 30.0),
    (50_630.0, 31.0),
    (51_179.0, 32.0),
    (53_736.0, 33.0),
    (54_832.0, 34.0),
    (56_109.0, 35.0),
    (57_204.0, 36.0),
    (57_754.0, 37.0),
];

/// Time scales of the FITS `TIMESYS` keyword (FITS 4.0 §9.2.1) that differ from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// UTC, and UT1 and GMT, which are within a second of it.
    Utc,
    /// International atomic time.
    Tai,
    /// Terrestrial time, and TDB and ET, which are within 2 ms of it.
    Tt,
}

impl Scale {
    /// Reads `TIMESYS`; anything unknown is taken as UTC, the standard's default.
    pub(crate) fn from_timesys(text: &str) -> Scale {
        match text.trim().to_ascii_uppercase().as_str() {
            "TAI" | "IAT" => Scale::Tai,
            "TT" | "TDT" | "ET" | "TDB" => Scale::Tt,
            _ => Scale::Utc,
        }
    }

    /// Turns an MJD of this scale into an MJD of UTC.
    pub(crate) fn to_utc(self, mjd: f64) -> f64 {
        let offset = |tai_utc: f64| match self {
            Scale::Utc => 0.0,
            Scale::Tai => tai_utc,
            Scale::Tt => tai_utc + 32.184,
        };
        let step =
            LEAP_SECONDS.iter().rev().find(|(from, leap)| mjd - offset(*leap) / DAY >= *from);
        let leap = step.map_or(LEAP_SECONDS[0].1, |(_, leap)| *leap);
        mjd - offset(leap) / DAY
    }
}

/// MJD of a calendar date (proleptic Gregorian), or `None` where it does not exist.
fn mjd_of_date(year: i64, month: i64, day: i64) -> Option<f64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=length).contains(&day) || !(1000..=9999).contains(&year) {
        return None;
    }
    // Days from 1858-11-17 by counting March as the first month (Hatcher 1984, QJRAS 25, 53).
    let y = if month <= 2 { year - 1 } else { year };
    let m = (month + 9) % 12;
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1;
    Some((days - 678_881) as f64)
}

/// Fraction of a day of `hh:mm[:ss[.s…]]`; 24:00 and leap seconds are allowed.
pub(crate) fn day_fraction(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches('Z');
    let mut parts = text.split(':');
    let hours: f64 = parts.next()?.trim().parse().ok()?;
    let minutes: f64 = parts.next()?.trim().parse().ok()?;
    let seconds: f64 = parts.next().map_or(Some(0.0), |s| s.trim().parse().ok())?;
    let fits = (0.0..=24.0).contains(&hours)
        && (0.0..60.0).contains(&minutes)
        && (0.0..61.0).contains(&seconds)
        && parts.next().is_none();
    fits.then_some((hours * 3600.0 + minutes * 60.0 + seconds) / DAY)
}

/// MJD of a FITS date: `yyyy-mm-dd[Thh:mm:ss[.s…]]`, the old `dd/mm/yy` (19yy, FITS 4.0 §9.1.1),
/// and what is found in its stead: `yyyy/mm/dd`, `yyyymmdd`, a blank for the `T`.
///
/// The second value says whether the text held a time of day.
pub(crate) fn parse_date(text: &str) -> Option<(f64, bool)> {
    let text = text.trim();
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) if !time.trim().is_empty() => (date, Some(time)),
        Some((date, _)) => (date, None),
        None => (text, None),
    };
    let number = |s: &str| -> Option<i64> {
        (!s.is_empty() && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse().ok())?
    };
    let parts: Vec<&str> = date.split(['-', '/']).collect();
    let mjd = match parts.as_slice() {
        [y, m, d] if y.len() == 4 => mjd_of_date(number(y)?, number(m)?, number(d)?)?,
        [d, m, y] if y.len() == 2 && date.contains('/') => {
            mjd_of_date(1900 + number(y)?, number(m)?, number(d)?)?
        }
        [d, m, y] if y.len() == 4 && date.contains('/') => {
            mjd_of_date(number(y)?, number(m)?, number(d)?)?
        }
        [compact] if compact.len() == 8 => mjd_of_date(
            number(compact.get(..4)?)?,
            number(compact.get(4..6)?)?,
            number(compact.get(6..)?)?,
        )?,
        _ => return None,
    };
    match time {
        Some(time) => Some((mjd + day_fraction(time)?, true)),
        None => Some((mjd, false)),
    }
}

/// ISO 8601 text of an MJD, to the millisecond.
pub(crate) fn iso_from_mjd(mjd: f64) -> String {
    let millis = (mjd * DAY * 1000.0).round();
    let days = (millis / (DAY * 1000.0)).floor();
    let rest = (millis - days * DAY * 1000.0) as i64;
    let (year, month, day) = civil(days as i64);
    let (h, m, s, ms) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{ms:03}Z")
}

/// Calendar date of a whole MJD.
fn civil(mjd: i64) -> (i64, i64, i64) {
    let days = mjd + 678_881;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let m = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * m + 2) / 5 + 1;
    let month = if m < 10 { m + 3 } else { m - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Now, as an MJD of UTC.
pub(crate) fn now_mjd() -> f64 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64());
    UNIX_MJD + seconds / DAY
}

/// Now, as ISO 8601 UTC text to the millisecond.
pub(crate) fn now_iso() -> String {
    iso_from_mjd(now_mjd())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values from astropy.time.Time(...).mjd.
    #[test]
    fn dates_in_every_notation() {
        let cases = [
            ("2010-05-08", 55_324.0, false),
            ("2006-04-13T06:32:38.9441", 53_838.272_672_964_1, true),
            ("01/12/51", 33_981.0, false),
            ("28/09/98", 51_084.0, false),
            ("1858-11-17", 0.0, false),
            ("20101010", 55_479.0, false),
            ("2000/02/29 12:00:00", 51_603.5, true),
            ("07/10/1986", 46_710.0, false),
        ];
        for (text, expected, timed) in cases {
            let (mjd, has_time) = parse_date(text).unwrap_or_else(|| panic!("{text}"));
            assert!((mjd - expected).abs() < 1e-9, "{text}: {mjd}");
            assert_eq!(has_time, timed, "{text}");
        }
        for text in [
            "",
            "N/A",
            "2001-02-29",
            "31/04/99",
            "2010-13-01",
            "99-01-01",
            "T",
            "é-é-é",
            "12345678é",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    /// Expected values from astropy.time.Time(mjd, scale=…).utc.mjd.
    #[test]
    fn time_scales() {
        assert!((Scale::Tt.to_utc(54_743.030_641_56) - 54_743.029_887_11).abs() < 1e-8);
        assert!((Scale::Tai.to_utc(57_755.0) - 57_754.999_571_759).abs() < 1e-9);
        assert_eq!(Scale::from_timesys("tai"), Scale::Tai);
        assert_eq!(Scale::from_timesys("LOCAL"), Scale::Utc);
    }

    #[test]
    fn iso_and_back() {
        for mjd in [0.0, 40_587.0, 51_603.5, 55_324.485_285_763_9, 60_000.999_999_999] {
            let text = iso_from_mjd(mjd);
            let (back, _) = parse_date(&text).unwrap_or_else(|| panic!("{text}"));
            assert!((back - mjd).abs() * DAY < 0.001, "{text}");
        }
    }
}
