//! Times as documents and archives write them.

use crate::Moment;

/// Seconds since 1970 of a date and a time of day; a leap second is the second before.
/// `None` if there is no such day or time.
pub(crate) fn seconds(date: (i64, u32, u32), time: (u32, u32, u32)) -> Option<i64> {
    let ((year, month, day), (hour, minute, second)) = (date, time);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let of_day = i64::from(hour * 3600 + minute * 60 + second.min(59));
    Some(Moment::from_date(year, month.into(), day.into(), of_day)?.seconds())
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
    let date = (year.into(), month, day);
    let Some(time) = time else { return seconds(date, (0, 0, 0)) };
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
    seconds(date, (hour, minute, second))?.checked_sub(offset)
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
    fn iso_times_are_read() {
        assert_eq!(parse_iso("2019-05-14T07:30:00Z"), Some(1_557_819_000));
        assert_eq!(parse_iso("2019-05-14T09:30:00.1234567+02:00"), Some(1_557_819_000));
        assert_eq!(parse_iso("2019-05-14T07:30:00"), Some(1_557_819_000));
        assert_eq!(parse_iso("2019-05-14"), Some(1_557_792_000));
        assert_eq!(parse_iso("2019"), Some(1_546_300_800));
        for wrong in ["", "2019-13-01", "2019-05-14T25:00:00Z", "14.5.2019", "+019-01-01"] {
            assert_eq!(parse_iso(wrong), None, "{wrong}");
        }
    }
}
