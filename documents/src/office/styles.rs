//! Which cells of a workbook hold dates: numbers under a format that shows them so.

use std::collections::BTreeMap;

use crate::Moment;
use crate::xml::{Event, Ns, Xml};
use crate::{Budget, Reason};

/// For each cell format, whether it shows a date or a time.
#[derive(Debug, Default)]
pub(super) struct Styles(Vec<bool>);

impl Styles {
    /// Reads the part with the styles.
    ///
    /// # Errors
    /// As [`Xml::next`].
    pub(super) fn read(text: &str, budget: &mut Budget) -> Result<Self, Reason> {
        let mut own = BTreeMap::new();
        let mut styles = Vec::new();
        let mut in_cells = false;
        let mut xml = Xml::new(text);
        loop {
            match xml.next(budget)? {
                Event::Start(element) => {
                    let attribute = |name| xml.attribute(&element, Ns::None, name);
                    match element.name() {
                        (Ns::S, "numFmt") => {
                            if let (Some(id), Some(code)) =
                                (attribute("numFmtId")?, attribute("formatCode")?)
                            {
                                own.insert(id, is_date_format(&code));
                            }
                        }
                        (Ns::S, "cellXfs") => in_cells = true,
                        (Ns::S, "xf") if in_cells => {
                            let id = attribute("numFmtId")?.unwrap_or_default();
                            let date = own.get(&id).copied();
                            styles.push(date.unwrap_or_else(|| is_built_in_date(&id)));
                        }
                        _ => {}
                    }
                }
                Event::End(end) => in_cells &= end.name() != (Ns::S, "cellXfs"),
                Event::Text(_) => {}
                Event::Done => return Ok(Self(styles)),
            }
        }
    }

    /// Whether a cell under this format shows a date or a time.
    pub(super) fn is_date(&self, style: usize) -> bool {
        self.0.get(style).copied().unwrap_or(false)
    }
}

/// Formats that have a number and no code (18.8.30), those of East Asia and Thailand
/// among them.
fn is_built_in_date(id: &str) -> bool {
    let Ok(id) = id.parse::<u32>() else { return false };
    matches!(id, 14..=22 | 27..=36 | 45..=47 | 50..=58 | 71..=81)
}

/// Whether a format code has letters of a date or a time outside of quotation marks,
/// brackets and escapes.
fn is_date_format(code: &str) -> bool {
    let mut chars = code.chars();
    // Only the first section: the others are for negative numbers, zero and text.
    while let Some(char) = chars.next() {
        match char {
            ';' => return false,
            '"' => {
                for char in chars.by_ref() {
                    if char == '"' {
                        break;
                    }
                }
            }
            // Colours, conditions, languages; but [h], [mm], [ss] count hours.
            '[' => {
                let mut inner = String::new();
                for char in chars.by_ref() {
                    if char == ']' {
                        break;
                    }
                    inner.push(char.to_ascii_lowercase());
                }
                let letters = ["h", "m", "s"];
                if letters.iter().any(|letter| {
                    !inner.is_empty() && inner.trim_matches(|char| letter.contains(char)).is_empty()
                }) {
                    return true;
                }
            }
            '\\' | '_' | '*' => {
                chars.next();
            }
            // "General" has none of these letters but by chance: it is spelt out.
            'G' | 'g' if chars.as_str().to_ascii_lowercase().starts_with("eneral") => {
                chars.nth(5);
            }
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => return true,
            _ => {}
        }
    }
    false
}

/// The date, the time or both of a serial number, as `2019-05-14`, `07:30:00`,
/// `2019-05-14 07:30:00`; `None` if it is none. `from_1904` says from which day the
/// workbook counts.
pub(super) fn iso(serial: &str, from_1904: bool) -> Option<String> {
    let serial: f64 = serial.trim_ascii().parse().ok()?;
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    // Both are exact: a whole number below 2^22, and a product rounded to the nearest.
    let mut day = serial as i64;
    let mut second = ((serial - day as f64) * 86_400.0 + 0.5) as i64;
    if second >= 86_400 {
        (day, second) = (day + 1, 0);
    }
    let time = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    if day == 0 && !from_1904 {
        return Some(time);
    }
    let date = match (from_1904, day) {
        (true, day) => date(day - 24_107)?,
        // A day that never was: Lotus 1-2-3 took 1900 for a leap year.
        (false, 60) => "1900-02-29".to_owned(),
        (false, day) if day < 60 => date(day - 25_568)?,
        (false, day) => date(day - 25_569)?,
    };
    Some(if second == 0 { date } else { format!("{date} {time}") })
}

fn date(days: i64) -> Option<String> {
    let (year, month, day) = Moment::from_seconds(days.checked_mul(86_400)?)?.date();
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_by_format() {
        for code in ["yyyy\\-mm\\-dd", "[$-409]d/m/yy h:mm AM/PM;@", "[hh]:mm", "mmm", "[Red]d"] {
            assert!(is_date_format(code), "{code}");
        }
        for code in ["General", "0.00E+00", "#,##0 \"days\"", "[Red]0;d", "0\\d", "_-* #,##0", "@"]
        {
            assert!(!is_date_format(code), "{code}");
        }
    }

    #[test]
    fn serial_numbers_are_days() {
        let day = |serial, from_1904| iso(serial, from_1904).unwrap_or_default();
        assert_eq!(day("43599", false), "2019-05-14");
        assert_eq!(day("43599.3125", false), "2019-05-14 07:30:00");
        assert_eq!(day("42137", true), "2019-05-14");
        assert_eq!(day("1", false), "1900-01-01");
        assert_eq!(day("60", false), "1900-02-29");
        assert_eq!(day("61", false), "1900-03-01");
        assert_eq!(day("0.5", false), "12:00:00");
        assert_eq!(day("0.999999", false), "1900-01-01");
        assert_eq!(day("2958465.5", false), "9999-12-31 12:00:00");
        for none in ["-1", "2958466", "NaN", "inf", "x", ""] {
            assert_eq!(iso(none, false), None, "{none}");
        }
    }
}
