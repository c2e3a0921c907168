//! Days of the calendar.

use std::ops::RangeInclusive;

/// The first and last day that dates are asked about: years 1 to 9999.
pub(super) const ALL: RangeInclusive<i64> = -719_162..=2_932_896;

/// The days that a date names: a day (`2019-05-14`), a month (`2019-05`) or a year.
pub(super) fn days(text: &str) -> Option<RangeInclusive<i64>> {
    let number = |text: &str, digits: usize| {
        let all_digits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        all_digits.then(|| text.parse::<i64>().ok()).flatten()
    };
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4).filter(|&year| year > 0)?;
    let month = parts.next();
    let day = parts.next();
    if parts.next().is_some() {
        return None;
    }
    let Some(month) = month else { return Some(first(year, 1)..=first(year + 1, 1) - 1) };
    let month = number(month, 2).filter(|month| (1..=12).contains(month))?;
    let start = first(year, month);
    let next = if month == 12 { first(year + 1, 1) } else { first(year, month + 1) };
    let Some(day) = day else { return Some(start..=next - 1) };
    let day = number(day, 2).filter(|&day| day >= 1 && start + day <= next)?;
    Some(start + day - 1..=start + day - 1)
}

/// The first day of a month, counted from 1970-01-01, in the Gregorian calendar.
fn first(year: i64, month: i64) -> i64 {
    // Years from March on, so that a leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_before = (153 * month + 2) / 5;
    year * 365 + year / 4 - year / 100 + year / 400 + days_before - 719_468
}

/// A day as `YYYY-MM-DD`; the ends of the calendar for days beyond.
pub(super) fn show(day: i64) -> String {
    let day = day.clamp(*ALL.start(), *ALL.end());
    let mut year = (day + 719_162) / 366 + 1;
    while first(year + 1, 1) <= day {
        year += 1;
    }
    let month = (1..=12).rev().find(|&month| first(year, month) <= day).unwrap_or(1);
    format!("{year:04}-{month:02}-{:02}", day - first(year, month) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        assert_eq!(days("1970-01-01"), Some(0..=0));
        assert_eq!(days("2000-02"), Some(10_988..=11_016));
        assert_eq!(days("0001"), Some(-719_162..=-718_798));
        assert_eq!(days("9999-12-31"), Some(2_932_896..=2_932_896));
        for wrong in [
            "2019-02-29",
            "2019-13",
            "19-01-01",
            "2019-1-1",
            "2019-01-01-01",
            "",
            "0000",
            "2019-04-31",
        ] {
            assert_eq!(days(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn shows_what_it_reads() {
        for day in (*ALL.start()..=*ALL.end()).step_by(97) {
            assert_eq!(days(&show(day)), Some(day..=day));
        }
        assert_eq!(show(i64::MIN), "0001-01-01");
    }
}
