//! Timestamps in the notation of DALI 1.1 §3.3.3: `YYYY-MM-DD[Thh:mm[:ss[.fff]]][Z]`.

use crate::ast::IntervalUnit;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Microseconds since 1970-01-01; `None` where `text` is no timestamp. A blank may stand for the
/// `T`; more digits than microseconds are cut off.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let (date, clock) = match text.split_once(['T', 't', ' ']) {
        Some((date, clock)) => (date, Some(clock)),
        None => (text, None),
    };
    let mut date = date.split('-');
    let (year, month, day) = (digits(date.next()?)?, digits(date.next()?)?, digits(date.next()?)?);
    let in_month = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    if date.next().is_some() || !in_month || year > 9999 {
        return None;
    }
    let micros = clock.map_or(Some(0), parse_clock)?;
    Some(days_from_civil(year, month, day) * DAY + micros)
}

fn parse_clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hour = digits(parts.next()?)?;
    let minute = digits(parts.next()?)?;
    let (second, fraction) = match parts.next() {
        Some(seconds) => seconds.split_once('.').unwrap_or((seconds, "")),
        None => ("0", ""),
    };
    let second = digits(second)?;
    // 60 is a leap second.
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut micros = 0;
    if !fraction.is_empty() {
        let padded: String = fraction.chars().chain(std::iter::repeat('0')).take(6).collect();
        digits(fraction.get(6..).filter(|rest| !rest.is_empty()).unwrap_or("0"))?;
        micros = digits(&padded)?;
    }
    Some(((hour * 60 + minute) * 60 + second) * SECOND + micros)
}

fn digits(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, whose year is begun in March here so that the
/// leap day comes last.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 1
        - 719_468
}

/// Microseconds of an interval literal; `None` for units whose length varies and for bad text.
pub(super) fn interval(text: &str, unit: IntervalUnit) -> Option<i64> {
    let seconds = match unit {
        IntervalUnit::Day => 86_400.0,
        IntervalUnit::Hour => 3_600.0,
        IntervalUnit::Minute => 60.0,
        IntervalUnit::Second => 1.0,
        IntervalUnit::Year | IntervalUnit::Month => return None,
    };
    let micros = (text.trim().parse::<f64>().ok()? * seconds * 1e6).round();
    (micros.abs() < 9e18).then_some(micros as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_known_instants() {
        // From Python's datetime.
        for (text, micros) in [
            ("1970-01-01", Some(0)),
            ("2000-01-01T12:00:00", Some(946_728_000_000_000)),
            ("2024-02-29T23:59:59.123456Z", Some(1_709_251_199_123_456)),
            ("1858-11-17", Some(-3_506_716_800_000_000)),
            ("2026-11-22 21:40:00.5", Some(1_795_383_600_500_000)),
            ("2023-02-29", None),
            ("2023-13-01", None),
            ("2023-01-01T25:00:00", None),
            ("2023-01", None),
            ("yesterday", None),
        ] {
            assert_eq!(parse(text), micros, "{text}");
        }
    }
}
