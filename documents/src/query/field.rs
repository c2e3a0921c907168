//! What is asked of a field: `name:value`.

use std::ops::{Range, RangeInclusive};

use crate::terms::{ADDRESS_FIELDS, EXACT_FIELDS, TEXT_FIELDS, exact_value, value};

use super::{
    ast::{Field, Query, Value},
    day, kinds, pattern,
    refusal::Refusal,
    rules::Dialect,
};

/// Most numbers of a `number:` range.
const MOST_NUMBERS: u64 = 64;

/// The query of a field.
///
/// # Errors
/// What is not known or has two readings.
pub(super) fn parse(
    name: &str,
    text: &str,
    quoted: bool,
    at: Range<usize>,
    dialect: Dialect,
) -> Result<Query, Refusal> {
    let refuse = |what: String| Refusal::new(at.clone(), what);
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "date" => return Ok(Query::Date(dates(text, &at)?)),
        "size" => return Ok(Query::Size(sizes(text, &at)?)),
        "number" => return Ok(Query::Number(numbers(text, &at)?)),
        "kind" => {
            let kind = kinds::of_name(&text.to_ascii_lowercase());
            return kind.map(Query::Kind).ok_or_else(|| {
                refuse(format!("`{text}` is no kind")).or(format!("one of {}", kinds::names()))
            });
        }
        _ => {}
    }
    let find = |names: &[&'static str]| names.iter().copied().find(|known| *known == lower);
    if let Some(name) = find(&TEXT_FIELDS) {
        let pattern = if quoted {
            pattern::of_phrase(text, at.clone(), dialect)?
        } else {
            pattern::of_word(text, at.clone(), dialect)?
        };
        if pattern.units.iter().any(|unit| unit.stem) {
            return Err(refuse("beginnings of words are not held for fields".into())
                .or("an OR of the forms"));
        }
        return Ok(Query::Field(Field { name, value: Value::Text(pattern) }));
    }
    let form = if let Some(name) = find(&ADDRESS_FIELDS) {
        value(text).map(|form| (name, form))
    } else if let Some(name) = find(&EXACT_FIELDS) {
        exact_value(name, text).map(|form| (name, form))
    } else {
        let known =
            [&ADDRESS_FIELDS[..], &TEXT_FIELDS, &EXACT_FIELDS, &["kind", "date", "size", "number"]];
        return Err(refuse(format!("`{name}` is no field"))
            .or(format!("\"{name}:{text}\" for the text"))
            .or(format!("one of {}", known.concat().join(", "))));
    };
    let Some((name, form)) = form else {
        return Err(refuse("the value is empty or too long".into()));
    };
    if form.contains([' ', '*', '?', ',', ';', '"']) {
        return Err(refuse(format!("`{name}` holds addresses, domains or ids, whole and one at a time, and no names beside them"))
            .or(format!("{name}:alice@example.com, {name}:alice or {name}:@example.com")));
    }
    Ok(Query::Field(Field { name, value: Value::Exact(form) }))
}

/// The ends of `A..B`; an open end is empty.
fn ends<'a>(text: &'a str, at: &Range<usize>) -> Result<(&'a str, &'a str), Refusal> {
    let ends = text.split_once("..").unwrap_or((text, text));
    if ends.0.is_empty() && ends.1.is_empty() {
        return Err(Refusal::new(at.clone(), "a range has an end").or("A..B, A.. or ..B"));
    }
    Ok(ends)
}

fn in_order<T: PartialOrd>(
    first: T,
    last: T,
    at: &Range<usize>,
) -> Result<RangeInclusive<T>, Refusal> {
    if first > last {
        return Err(Refusal::new(at.clone(), "the range ends before it begins"));
    }
    Ok(first..=last)
}

fn dates(text: &str, at: &Range<usize>) -> Result<RangeInclusive<i64>, Refusal> {
    let (first, last) = ends(text, at)?;
    let days = |text: &str| {
        if text.is_empty() {
            return Ok(day::ALL);
        }
        day::days(text).ok_or_else(|| {
            let mut refusal = Refusal::new(at.clone(), format!("`{text}` is no date"));
            for reading in other_orders(text) {
                refusal = refusal.or(reading);
            }
            refusal.or("2019-05-14, 2019-05 or 2019")
        })
    };
    in_order(*days(first)?.start(), *days(last)?.end(), at)
}

/// What `5/6/2019` may be: the month first, or the day.
fn other_orders(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let [one, two, year] = parts.as_slice() else { return Vec::new() };
    let mut readings: Vec<String> = [(one, two), (two, one)]
        .into_iter()
        .map(|(month, day)| format!("{year}-{month:0>2}-{day:0>2}"))
        .filter(|reading| day::days(reading).is_some())
        .collect();
    readings.dedup();
    readings
}

fn sizes(text: &str, at: &Range<usize>) -> Result<RangeInclusive<u64>, Refusal> {
    let (first, last) = ends(text, at)?;
    let bytes = |text: &str, open: u64| {
        if text.is_empty() {
            return Ok(open);
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let shift = match unit {
            "" => Some(0),
            "KiB" => Some(10),
            "MiB" => Some(20),
            "GiB" => Some(30),
            _ => None,
        };
        let number = number.parse::<u64>().ok();
        match (number, shift) {
            (Some(number), Some(shift)) => number.checked_mul(1 << shift),
            _ => None,
        }
        .ok_or_else(|| {
            Refusal::new(
                at.clone(),
                format!("`{text}` is no size; a KB may be 1,000 or 1,024 bytes"),
            )
            .or("bytes, KiB, MiB or GiB: size:1000..2MiB")
        })
    };
    in_order(bytes(first, 0)?, bytes(last, u64::MAX)?, at)
}

fn numbers(text: &str, at: &Range<usize>) -> Result<RangeInclusive<u64>, Refusal> {
    let (first, last) = ends(text, at)?;
    let number = |text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit())
            && (text == "0" || !text.starts_with('0'));
        text.parse::<u64>().ok().filter(|_| plain).ok_or_else(|| {
            Refusal::new(at.clone(), format!("`{text}` is no whole number")).or("number:1430..1439")
        })
    };
    let range = in_order(number(first)?, number(last)?, at)?;
    if range.end() - range.start() >= MOST_NUMBERS {
        return Err(Refusal::new(at.clone(), "a range of numbers is an OR of at most 64 words")
            .or("a stem of their first digits"));
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understood(name: &str, value: &str) -> String {
        match parse(name, value, false, 0..0, Dialect::Candor) {
            Ok(query) => query.to_string(),
            Err(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn values_are_brought_into_the_form_of_their_field() {
        assert_eq!(understood("From", "Alice@Example.com"), "from:alice@example.com");
        assert_eq!(understood("domain", "@Example.com"), "domain:example.com");
        assert_eq!(understood("mid", "<A@b>"), "mid:A@b");
        assert_eq!(understood("subject", "E-Mail"), "subject:e-mail");
        assert_eq!(understood("kind", "PDF"), "kind:pdf");
        assert_eq!(understood("date", "2019-02..2019-03-05"), "date:2019-02-01..2019-03-05");
        assert_eq!(understood("date", "2020.."), "date:2020-01-01..9999-12-31");
        assert_eq!(understood("size", "..2MiB"), "size:0..2097152");
        assert_eq!(understood("number", "1430..1439"), "number:1430..1439");
    }

    #[test]
    fn refusals_say_what_to_write() {
        assert!(understood("date", "5/6/2019").contains("write 2019-05-06 or 2019-06-05"));
        assert!(understood("date", "2020..2019").contains("ends before"));
        assert!(understood("date", "..").contains("has an end"));
        assert!(understood("size", "1MB..").contains("1,000 or 1,024"));
        assert!(understood("size", "99999999999GiB").contains("is no size"));
        assert!(understood("number", "1..100").contains("64"));
        assert!(understood("number", "007").contains("whole number"));
        assert!(
            understood("http", "//x").contains("\"http:////x\" for the text")
                || understood("http", "//x").contains("is no field")
        );
        assert!(understood("subject", "merg*").contains("beginnings"));
        assert!(understood("from", "a,b").contains("one at a time"));
        assert!(understood("kind", "doc").contains("docx"));
    }
}
