//! Times of Windows.

use crate::Moment;

/// Ticks of 100 ns in a second.
const TICKS: u64 = 10_000_000;
/// Seconds from 1601-01-01 to 1970-01-01.
const TO_1970: i64 = 11_644_473_600;
/// Outlook's "no date": 4501-01-01.
const NO_DATE: u64 = 0x0cb3_4557_a3dd_4000;

/// The moment of ticks since 1601; `None` for "no date" and beyond the year 9999.
pub(crate) fn moment(ticks: u64) -> Option<Moment> {
    if ticks == 0 || ticks == NO_DATE {
        return None;
    }
    let seconds = i64::try_from(ticks / TICKS).ok()?.checked_sub(TO_1970)?;
    Moment::from_seconds(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_moments() {
        let text = |ticks| moment(ticks).map(|moment| moment.to_string());
        assert_eq!(text(116_444_736_000_000_000).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(text(132_022_926_009_999_999).as_deref(), Some("2019-05-14T07:30:00Z"));
        assert_eq!(text(1).as_deref(), Some("1601-01-01T00:00:00Z"));
        for none in [0, NO_DATE, u64::MAX] {
            assert_eq!(text(none), None);
        }
    }
}
