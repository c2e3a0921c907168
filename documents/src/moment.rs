//! Moments as text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A second of the years 0 to 9999 in UTC, without leap seconds. As text it is
/// `2019-05-14T07:30:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Moment(i64);

const DAY: i64 = 86_400;
const FIRST: i64 = -719_528 * DAY;
const END: i64 = 2_932_897 * DAY;

impl Moment {
    /// The last second of the year 9999.
    pub const LAST: Self = Self(END - 1);

    /// Of seconds since 1970-01-01T00:00:00Z; `None` outside the years 0 to 9999.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        (FIRST..END).contains(&seconds).then_some(Self(seconds))
    }

    /// Of a date of the Gregorian calendar and seconds since its midnight; `None` if
    /// there is no such date, or it lies outside the years 0 to 9999.
    #[must_use]
    pub fn from_date(year: i64, month: i64, day: i64, seconds: i64) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if !(0..=9999).contains(&year) || !(1..=length).contains(&day) {
            return None;
        }
        // Years that begin in March, so that the leap day is the last.
        let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let era = y.div_euclid(400);
        let of_era = y.rem_euclid(400);
        let days =
            era * 146_097 + 365 * of_era + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 + day
                - 1
                - 719_468;
        Self::from_seconds((days * DAY).checked_add(seconds)?)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// Days since 1970-01-01, in UTC.
    #[must_use]
    pub fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// Year, month and day in UTC.
    #[must_use]
    pub fn date(self) -> (i64, i64, i64) {
        let days = self.day() + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        (era * 400 + year + i64::from(month <= 2), month, day)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let rest = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// A text that is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a moment; write it as 2019-05-14T07:30:00Z")]
pub struct MomentError;

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let number = |range: std::ops::Range<usize>| -> Option<i64> {
            let digits = text.get(range)?;
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let parse = || {
            let seconds = number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)?;
            Self::from_date(number(0..4)?, number(5..7)?, number(8..10)?, seconds)
        };
        parse().filter(|moment| moment.to_string() == text).ok_or(MomentError)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_dates_are_the_same() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_557_819_000, "2019-05-14T07:30:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (FIRST, "0000-01-01T00:00:00Z"),
            (END - 1, "9999-12-31T23:59:59Z"),
        ] {
            let moment = Moment::from_seconds(seconds).unwrap();
            assert_eq!(moment.to_string(), text);
            assert_eq!(text.parse(), Ok(moment));
        }
        for day in (-719_528..2_932_897).step_by(97) {
            let moment = Moment::from_seconds(day * DAY).unwrap();
            let (year, month, date) = moment.date();
            assert_eq!(Moment::from_date(year, month, date, 0), Some(moment));
        }
        assert_eq!(Moment::from_seconds(END), None);
        for text in ["2019-02-29T00:00:00Z", "2019-05-14T07:60:00Z", "2019-05-14 07:30:00Z", ""] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
