//! Days and seconds since 1970 in the proleptic Gregorian calendar.

/// Days from 1970-01-01 to a date; `None` if there is no such day.
pub(crate) fn days_from_date(year: i64, month: u32, day: u32) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=length).contains(&day) || !(-9999..=9999).contains(&year) {
        return None;
    }
    // Years begin in March here, so that the leap day is a year's last.
    let (month, year) = (i64::from(month), if month <= 2 { year - 1 } else { year });
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    Some(era * 146_097 + year * 365 + year / 4 - year / 100 + day_of_year - 719_468)
}

/// Year, month and day of a number of days since 1970-01-01, within the years 1 to 9999.
pub(crate) fn date_from_days(days: i64) -> Option<(i64, u32, u32)> {
    if !(-719_162..=2_932_896).contains(&days) {
        return None;
    }
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = u32::try_from(day - (153 * month + 2) / 5 + 1).ok()?;
    let month = u32::try_from(if month < 10 { month + 3 } else { month - 9 }).ok()?;
    Some((era * 400 + year + i64::from(month <= 2), month, day))
}

/// Seconds since 1970; a leap second is the second before. `None` if there is no such
/// time of day.
pub(crate) fn seconds(days: i64, hour: u32, minute: u32, second: u32) -> Option<i64> {
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let second = second.min(59);
    days.checked_mul(86_400)?.checked_add(i64::from(hour * 3600 + minute * 60 + second))
}

/// Seconds since 1970 of a date and time in the form of XML Schema and ISO 8601:
/// `2019`, `2019-05`, `2019-05-14`, `2019-05-14T07:30:00.5+02:00`. Without a zone it is
/// UTC, without a time the day's first second.
pub(crate) fn parse_iso(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |part| number(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| number(part, 2))?;
    if parts.next().is_some() {
        return None;
    }
    let days = days_from_date(year.into(), month, day)?;
    let Some(time) = time else { return seconds(days, 0, 0, 0) };
    let (time, offset) = match time.find(['Z', '+', '-']) {
        Some(at) => (time.get(..at)?, zone(time.get(at..)?)?),
        None => (time, 0),
    };
    let mut parts = time.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute = number(parts.next()?, 2)?;
    // Fractions of a second are cut off.
    let second = parts.next().and_then(|part| part.split(['.', ',']).next());
    let second = second.map_or(Some(0), |part| number(part, 2))?;
    seconds(days, hour, minute, second)?.checked_sub(offset)
}

fn zone(text: &str) -> Option<i64> {
    let sign = match text.as_bytes().first()? {
        b'Z' => return (text.len() == 1).then_some(0),
        b'+' => 60,
        _ => -60,
    };
    let (hours, minutes) = match text.get(1..)?.split_once(':') {
        Some(parts) => parts,
        None => (text.get(1..3)?, text.get(3..)?),
    };
    let minutes = number(hours, 2)? * 60 + number(minutes, 2)?;
    Some(sign * i64::from(minutes))
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let stands = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if stands { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        assert_eq!(days_from_date(1970, 1, 1), Some(0));
        assert_eq!(days_from_date(2000, 2, 29), Some(11_016));
        assert_eq!(days_from_date(2019, 2, 29), None);
        for days in (-719_162..=2_932_896).step_by(17) {
            let (year, month, day) = date_from_days(days).unwrap();
            assert_eq!(days_from_date(year, month, day), Some(days));
        }
    }

    #[test]
    fn iso_times_are_read() {
        assert_eq!(parse_iso("2019-05-14T07:30:00Z"), Some(1_557_819_000));
        assert_eq!(parse_iso("2019-05-14T09:30:00.1234567+02:00"), Some(1_557_819_000));
        assert_eq!(parse_iso("2019-05-14T07:30:00"), Some(1_557_819_000));
        assert_eq!(parse_iso("2019-05-14"), Some(1_557_792_000));
        assert_eq!(parse_iso("2019"), days_from_date(2019, 1, 1).map(|days| days * 86_400));
        for wrong in ["", "2019-13-01", "2019-05-14T25:00:00Z", "14.5.2019", "+019-01-01"] {
            assert_eq!(parse_iso(wrong), None, "{wrong}");
        }
    }
}
