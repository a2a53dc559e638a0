//! Points in time as text: RFC 3339, as the Device API writes it and every family reads it.
//!
//! The calendar is the Gregorian one, reckoned in eras of 400 years that begin on a 1st of March (Howard Hinnant's
//! `civil_from_days` and `days_from_civil`): a date library is larger than a component may be.

/// Unix milliseconds in seconds.
pub fn seconds(ms: i64) -> i64 {
    ms.div_euclid(1000)
}

/// Unix milliseconds as RFC 3339, UTC, to the second.
pub fn rfc3339(ms: i64) -> String {
    let seconds = seconds(ms);
    let (days, time) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", time / 3600, time / 60 % 60, time % 60)
}

/// Unix milliseconds of an RFC 3339 date and time: with an offset or `Z`, a `T` or a space between the two, and any fraction
/// of a second. A leap second is the one after it. `None` for anything else.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let (ms, zone) = match rest.strip_prefix('.') {
        Some(fraction) => {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let shown = format!("{:0<3}", fraction.get(..digits.min(3))?);
            if digits == 0 {
                return None;
            }
            (shown.parse::<i64>().ok()?, fraction.get(digits..)?)
        }
        None => (0, rest),
    };
    let offset = match zone {
        "Z" | "z" => 0,
        zone => {
            let sign = if zone.strip_prefix('+').is_some() { 1 } else { -1 };
            let [hours, minutes] = numbers(zone.strip_prefix(['+', '-'])?, ':', [2, 2])?;
            (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))?
        }
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let exists = (1..=12).contains(&month) && (1..=last).contains(&day);
    if !exists || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (shifted_year, shifted_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (shifted_year.div_euclid(400), shifted_year.rem_euclid(400));
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some((((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000 + ms)
}

/// `N` numbers of so many digits each.
fn numbers<const N: usize>(text: &str, between: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(between);
    let mut found = [0; N];
    for (number, digits) in found.iter_mut().zip(digits) {
        let part = parts.next()?;
        let plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = part.parse().ok().filter(|_| plain)?;
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_moments_are_read() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-06-15T12:00:00Z", 1_781_524_800_000),
            ("2026-06-15t12:00:00.5z", 1_781_524_800_500),
            ("2026-06-15 14:00:00.123456+02:00", 1_781_524_800_123),
            ("2026-06-15T06:30:00-05:30", 1_781_524_800_000),
            ("2024-02-29T23:59:60Z", 1_709_251_200_000),
        ] {
            assert_eq!(parse_rfc3339(text), Some(ms), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2026-06-15",
            "2026-06-15T12:00:00",
            "2026-06-15T12:00Z",
            "2026-02-29T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-00-01T12:00:00Z",
            "2026-04-31T12:00:00Z",
            "2026-06-15T24:00:00Z",
            "2026-06-15T12:60:00Z",
            "2026-06-15T12:00:00.Z",
            "2026-06-15T12:00:00+2:00",
            "2026-06-15T12:00:00+24:00",
            "+026-06-15T12:00:00Z",
            "2026-06-15T12:00:00Zz",
            "äöüäöüäöüäöü",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(seconds in -62_167_219_200_i64..253_402_300_800) {
            prop_assert_eq!(parse_rfc3339(&rfc3339(seconds * 1000)), Some(seconds * 1000));
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,40}") {
            let _ = parse_rfc3339(&text);
        }

        #[test]
        fn an_offset_moves_it(seconds in 0_i64..4_000_000_000, minutes in -1439_i64..1440) {
            let local = rfc3339((seconds + minutes * 60) * 1000);
            let (sign, off) = if minutes < 0 { ('-', -minutes) } else { ('+', minutes) };
            let text = format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), off / 60, off % 60);
            prop_assert_eq!(parse_rfc3339(&text), Some(seconds * 1000));
        }
    }
}
