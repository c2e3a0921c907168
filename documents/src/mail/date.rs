//! The moment that a Date field names (RFC 5322, 3.3 and 4.3), and what mailers write
//! in its place: other orders, ISO 8601, no zone.

/// Seconds since 1970 in UTC, if the field names a moment.
pub(crate) fn read(field: &str) -> Option<i64> {
    let field = without_comments(field);
    let mut found = Found::default();
    for word in field.split([' ', '\t', ',']).filter(|word| !word.is_empty()) {
        found.add(word)?;
    }
    found.seconds()
}

/// The day of a moment, as `2019-05-14`.
pub(crate) fn iso_day(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

/// Seconds since 1970 of a year, month, day, hour, minute and second in UTC, if there
/// is such a moment.
pub(crate) fn of_civil([year, month, day, hour, minute, second]: [i64; 6]) -> Option<i64> {
    let clock = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    let time = clock.then_some(hour * 3600 + minute * 60 + second);
    Found { year: Some(year), month: Some(month), day: Some(day), time, ..Found::default() }
        .seconds()
}

const DAY: i64 = 86_400;

fn without_comments(field: &str) -> String {
    let mut depth = 0usize;
    let mut kept = String::with_capacity(field.len());
    for char in field.chars() {
        match char {
            '(' => depth = depth.saturating_add(1),
            ')' => {
                depth = depth.saturating_sub(1);
                kept.push(' ');
            }
            _ if depth == 0 => kept.push(char),
            _ => {}
        }
    }
    kept
}

/// The parts of a date that were found.
#[derive(Default)]
struct Found {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    /// Seconds of the day.
    time: Option<i64>,
    afternoon: Option<bool>,
    /// Seconds east of Greenwich.
    zone: Option<i64>,
}

impl Found {
    /// Adds a word. `None` if it contradicts what was found.
    fn add(&mut self, word: &str) -> Option<()> {
        if word.contains(':') {
            return self.add_time(word);
        }
        if let Some(offset) = offset(word).filter(|_| self.time.is_some()) {
            self.zone.get_or_insert(offset);
            return Some(());
        }
        if let Some(month) = month(word) {
            self.month.get_or_insert(month);
            return Some(());
        }
        if word.bytes().any(|byte| byte == b'-' || byte == b'/')
            && word.starts_with(|char: char| char.is_ascii_digit())
        {
            return self.add_joined(word);
        }
        let digits = word.trim_end_matches('.');
        let digits = ["st", "nd", "rd", "th"]
            .iter()
            .find_map(|end| digits.strip_suffix(end))
            .unwrap_or(digits);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.add_number(digits);
        }
        match word {
            "AM" | "am" => self.afternoon = Some(false),
            "PM" | "pm" => self.afternoon = Some(true),
            _ if self.time.is_some() => {
                if let Some(zone) = zone(word) {
                    self.zone.get_or_insert(zone);
                }
            }
            // A day of the week, right or wrong, or what is no part of a date.
            _ => {}
        }
        Some(())
    }

    fn add_number(&mut self, digits: &str) -> Option<()> {
        let number: i64 = digits.parse().ok().filter(|_| digits.len() <= 4)?;
        if digits.len() <= 2 && self.day.is_none() {
            self.day = Some(number);
        } else if self.year.is_none() {
            // `119` and `0102` come of counting years from 1900.
            self.year = Some(match (digits.len(), number) {
                (2, _) | (_, 0..50) if number < 50 => number + 2000,
                (_, 0..1000) => number + 1900,
                _ => number,
            });
        }
        Some(())
    }

    /// `2019-05-14`, `2019/05/14`, `14-May-2019`.
    fn add_joined(&mut self, word: &str) -> Option<()> {
        let mut parts = word.split(['-', '/']);
        let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
        if first.len() == 4 {
            // The time may follow after `T`.
            let (day, time) = third.split_once(['T', 't']).unwrap_or((third, ""));
            self.year = first.parse().ok();
            self.month = second.parse().ok();
            self.day = day.parse().ok();
            return if time.is_empty() { Some(()) } else { self.add_time(time) };
        }
        // Numbers alone are read by Americans and Europeans in two ways.
        self.month = Some(month(second)?);
        self.day = first.parse().ok();
        self.add_number(third)
    }

    /// `9:30`, `09:30:00`, `09:30:00.123`, with a zone at its end or a day before it in
    /// the forms of ISO 8601.
    fn add_time(&mut self, word: &str) -> Option<()> {
        if let Some((date, time)) = word.split_once(['T', 't'])
            && date.len() >= 8
            && date.starts_with(|char: char| char.is_ascii_digit())
        {
            self.add_joined(date)?;
            return self.add_time(time);
        }
        // A zone with a colon, apart from its time.
        if let Some(offset) = offset(word) {
            self.zone.get_or_insert(offset);
            return Some(());
        }
        let end = word
            .find(|char: char| !char.is_ascii_digit() && char != ':' && char != '.')
            .unwrap_or(word.len());
        let (clock, rest) = word.split_at_checked(end)?;
        let mut parts = clock.split(':');
        let number = |part: &str, most: i64| {
            let short =
                (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            short.then(|| part.parse::<i64>().ok())?.filter(|&number| number <= most)
        };
        let hours = number(parts.next()?, 23)?;
        let minutes = number(parts.next()?, 59)?;
        // Second 60 is a leap second: the same moment as the next second 0.
        let seconds = match parts.next() {
            Some(part) => number(part.split('.').next()?, 60)?,
            None => 0,
        };
        self.time.get_or_insert(hours * 3600 + minutes * 60 + seconds);
        match rest {
            "" => {}
            "AM" | "am" => self.afternoon = Some(false),
            "PM" | "pm" => self.afternoon = Some(true),
            zone_text => self.zone = offset(zone_text).or_else(|| zone(zone_text)).or(self.zone),
        }
        Some(())
    }

    fn seconds(&self) -> Option<i64> {
        let (year, month, day) = (self.year?, self.month?, self.day?);
        let valid = (1900..=9999).contains(&year) && (1..=12).contains(&month);
        if !valid || !(1..=days_in(year, month)).contains(&day) {
            return None;
        }
        let time = self.time?;
        let time = match self.afternoon {
            Some(afternoon) if time < 13 * 3600 => {
                time % (12 * 3600) + if afternoon { 12 * 3600 } else { 0 }
            }
            _ => time,
        };
        // A moment without a zone is one in UTC.
        Some(days(year, month, day) * DAY + time - self.zone.unwrap_or(0))
    }
}

/// `+0200`, `-08:00`, `GMT+2`: seconds east of Greenwich.
fn offset(word: &str) -> Option<i64> {
    let word = ["GMT", "UTC"].iter().find_map(|name| word.strip_prefix(name)).unwrap_or(word);
    let (sign, digits) = match word.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |part: &str| {
        let short = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        short.then(|| part.parse::<i64>().ok())?
    };
    Some(sign * (number(hours)? * 3600 + number(minutes)? * 60))
}

/// The zones that RFC 5322 keeps, and some that mailers of Europe write. Any other is
/// unknown, and read as UTC (RFC 5322, 4.3).
fn zone(word: &str) -> Option<i64> {
    const ZONES: [(&str, i64); 16] = [
        ("UT", 0),
        ("UTC", 0),
        ("GMT", 0),
        ("Z", 0),
        ("EST", -5),
        ("EDT", -4),
        ("CST", -6),
        ("CDT", -5),
        ("MST", -7),
        ("MDT", -6),
        ("PST", -8),
        ("PDT", -7),
        ("CET", 1),
        ("CEST", 2),
        ("MET", 1),
        ("MEST", 2),
    ];
    ZONES.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, hours)| hours * 3600)
}

/// The number of a month, by the first three letters of its English name.
fn month(word: &str) -> Option<i64> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.trim_end_matches('.').to_ascii_lowercase();
    let named = |name: &&str| {
        word.len() >= 3
            && (name.starts_with(word.as_str()) || word == "sept" && **name == *"september")
    };
    (1..).zip(NAMES.iter()).find(|(_, name)| named(name)).map(|(number, _)| number)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the years 1900 to 9999.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day ends them.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year / 4 - year / 100 + year / 400;
    year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// The date of a day counted from 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let rest = day - (365 * year + year / 4 - year / 100);
    let month = (5 * rest + 2) / 153;
    let day = rest - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    (year + era * 400, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_mail() {
        let moment = 1_557_819_000; // 2019-05-14T07:30:00Z
        for field in [
            "Tue, 14 May 2019 09:30:00 +0200",
            "Tue, 14 May 2019 09:30 +0200 (CEST)",
            "Mon, 14 May 2019 9:30:00 +0200",
            "14 May 19 07:30:00 GMT",
            "Tue, 14 May 119 07:30:00 -0000",
            "Tue, 14 May 0119 07:30:00 -0000",
            "14 May 2019 02:30:00 EST",
            "Tue May 14 07:30:00 2019",
            "Tue May 14 09:30:00 CEST 2019",
            "2019-05-14T07:30:00Z",
            "2019-05-14T09:30:00.250+02:00",
            "2019-05-14 09:30:00 +0200",
            "Tuesday, May 14th, 2019 07:30:00 AM",
            "14-May-2019 07:30:00 UT",
            "Tue, 14 May 2019 09:30:00 GMT+02:00",
            "(a (b)) 14 (c) May 2019 07:30:00 XYZ",
        ] {
            assert_eq!(read(field), Some(moment), "{field}");
        }
        assert_eq!(read("Sat, 31 Dec 2016 23:59:60 +0000"), Some(1_483_228_800));
        assert_eq!(read("14 May 2019 07:30:00 PM GMT"), Some(moment + 12 * 3600));
        for field in
            ["", "not a date at all", "31 Feb 2019 00:00:00 GMT", "14 May 2019", "99 99 9999 99:99"]
        {
            assert_eq!(read(field), None, "{field}");
        }
    }

    #[test]
    fn days_and_back() {
        assert_eq!(days(1970, 1, 1), 0);
        for day in [-25_567, -1, 0, 18_030, 2_932_896] {
            let (year, month, number) = civil(day);
            assert_eq!(days(year, month, number), day);
        }
        assert_eq!(iso_day(1_557_819_000), "2019-05-14");
        assert_eq!(iso_day(-1), "1969-12-31");
        assert!(iso_day(i64::MAX).ends_with(|char: char| char.is_ascii_digit()));
    }
}
