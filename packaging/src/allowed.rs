//! Whether the licences of all crates are among those that `deny.toml` allows.

use std::error::Error;

use serde::Deserialize;

use crate::licences::{Package, metadata};

const DENY: &str = include_str!("../../deny.toml");

#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
}

/// Crates of other people, for builds and tests too, whose licence is not
/// allowed: name, version, licence.
pub(crate) fn refused() -> Result<Vec<String>, Box<dyn Error>> {
    let allow = toml::from_str::<Deny>(DENY)?.licenses.allow;
    let refused = |package: &&Package| {
        let licence = package.license.as_deref().unwrap_or_default();
        package.source.is_some() && !allowed(licence, &allow)
    };
    let describe = |package: &Package| {
        format!(
            "{} {}: {}",
            package.name,
            package.version,
            package.license.as_deref().unwrap_or("none")
        )
    };
    Ok(metadata(&[])?.packages.iter().filter(refused).map(describe).collect())
}

/// Evaluates an SPDX expression: OR of AND of licences or of expressions in
/// parentheses. An old form writes `/` for OR. What follows WITH only allows more.
fn allowed(expression: &str, allow: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let result = any(&mut words, allow);
    result == Some(true) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

/// None if it is no expression.
fn any(words: &mut Words<'_>, allow: &[String]) -> Option<bool> {
    let mut result = all(words, allow)?;
    while words.next_if_eq(&"OR").is_some() {
        result |= all(words, allow)?;
    }
    Some(result)
}

fn all(words: &mut Words<'_>, allow: &[String]) -> Option<bool> {
    let mut result = one(words, allow)?;
    while words.next_if_eq(&"AND").is_some() {
        result &= one(words, allow)?;
    }
    Some(result)
}

fn one(words: &mut Words<'_>, allow: &[String]) -> Option<bool> {
    let word = words.next()?;
    if word == "(" {
        let result = any(words, allow)?;
        return (words.next()? == ")").then_some(result);
    }
    if words.next_if_eq(&"WITH").is_some() {
        words.next()?;
    }
    Some(allow.iter().any(|licence| licence == word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_crate_is_refused() {
        assert_eq!(refused().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn expressions_mean_what_they_say() {
        let allow = ["MIT".to_owned(), "Zlib".to_owned()];
        for (expression, expected) in [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("GPL-3.0-only OR MIT", true),
            ("GPL-3.0-only/MIT", true),
            ("GPL-3.0-only AND MIT", false),
            ("MIT AND Zlib", true),
            ("(GPL-3.0-only OR MIT) AND Zlib", true),
            ("GPL-3.0-only OR MIT AND ISC", false),
            ("MIT WITH LLVM-exception", true),
            ("", false),
            ("MIT OR", false),
            ("(MIT", false),
            ("MIT Zlib", false),
        ] {
            assert_eq!(allowed(expression, &allow), expected, "{expression}");
        }
    }
}
