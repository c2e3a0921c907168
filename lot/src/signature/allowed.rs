//! `allowed_signers`: which keys are a principal's, as `ssh-keygen` reads it.
//!
//! A line has a list of patterns of principals, options, and a public key. Candor reads
//! `namespaces`. It refuses certificate authorities, and validity in time, since it goes
//! by no clock; both only where they concern the principal that is asked for.

use std::path::{Path, PathBuf};

use candor::exchange::ExchangeError;
use candor::files::read_capped;
use ssh_key::PublicKey;

use super::Namespace;

/// Longest file.
const MAX_BYTES: u64 = 1 << 20;

/// An `allowed_signers` file.
#[derive(Clone, Debug)]
pub struct AllowedSigners {
    path: PathBuf,
    text: String,
}

impl AllowedSigners {
    /// Reads the file.
    ///
    /// # Errors
    /// If it cannot be read or is no text.
    pub fn read(path: &Path) -> Result<Self, ExchangeError> {
        Self::parse(path, read_capped(path, MAX_BYTES)?)
    }

    /// The file with these bytes; messages name it by the path.
    ///
    /// # Errors
    /// If it is no text.
    pub fn parse(path: &Path, bytes: Vec<u8>) -> Result<Self, ExchangeError> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let advice = "write it as ssh-keygen -Y verify expects it";
            ExchangeError::file(path, error.utf8_error(), advice)
        })?;
        Ok(Self { path: path.to_owned(), text })
    }

    /// The keys with which a principal may sign in a namespace, at least one.
    ///
    /// # Errors
    /// If there is none, or a line about the principal cannot be used.
    pub fn keys_of(
        &self,
        principal: &str,
        namespace: Namespace,
    ) -> Result<Vec<PublicKey>, ExchangeError> {
        let mut keys = Vec::new();
        for (number, line) in (1_u64..).zip(self.text.lines()) {
            let wrong = |problem: String| {
                let problem = format!("line {number}: {problem}");
                ExchangeError::file(&self.path, problem, "correct the line")
            };
            let line = line.trim_matches([' ', '\t', '\r']);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (principals, rest) =
                word(line).ok_or_else(|| wrong("a quote is not closed".into()))?;
            if !is_listed(principal, principals) {
                continue;
            }
            let entry = Entry::parse(rest).map_err(wrong)?;
            if let Some(problem) = entry.refused {
                return Err(wrong(problem.into()));
            }
            if entry.namespaces.is_none_or(|list| is_listed(namespace.name(), list)) {
                keys.push(entry.key);
            }
        }
        if keys.is_empty() {
            let name = namespace.name();
            let problem = format!("has no key of {principal} for {name}");
            let advice = "name a principal of the file, or add a line with its key";
            return Err(ExchangeError::file(&self.path, problem, advice));
        }
        Ok(keys)
    }
}

/// What stands after the principals.
struct Entry<'a> {
    key: PublicKey,
    namespaces: Option<&'a str>,
    /// Why the line cannot be used, although it is well formed.
    refused: Option<&'static str>,
}

impl<'a> Entry<'a> {
    fn parse(rest: &'a str) -> Result<Self, String> {
        let rest = rest.trim_start_matches([' ', '\t']);
        // As ssh-keygen does: what is no key is options, and a key after them.
        if let Ok(key) = PublicKey::from_openssh(rest) {
            return Ok(Self { key, namespaces: None, refused: None });
        }
        let end = end_of_options(rest).ok_or("a quote is not closed")?;
        let (options, key) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let key = key.trim_start_matches([' ', '\t']);
        let key = PublicKey::from_openssh(key)
            .map_err(|error| format!("no public key after the principals and options: {error}"))?;
        let mut entry = Self { key, namespaces: None, refused: None };
        for option in split_outside_quotes(options) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            match name.to_ascii_lowercase().as_str() {
                "namespaces" if entry.namespaces.is_none() => {
                    entry.namespaces = Some(value.trim_matches('"'));
                }
                "cert-authority" => {
                    entry.refused =
                        Some("a certificate authority; give the principal's own key instead");
                }
                "valid-after" | "valid-before" => {
                    entry.refused = Some(
                        "a key with a validity in time; Candor goes by no clock: give a key without",
                    );
                }
                _ => return Err(format!("the option `{name}` is not known, or is given twice")),
            }
        }
        Ok(entry)
    }
}

/// The first word of a line, which may be in quotes, and the rest; `None` if a quote is
/// not closed.
fn word(line: &str) -> Option<(&str, &str)> {
    match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"'),
        None => Some(line.split_once([' ', '\t']).unwrap_or((line, ""))),
    }
}

/// Where options end: at the first space outside quotes.
fn end_of_options(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            '"' if !escaped => quoted = !quoted,
            ' ' | '\t' if !quoted => return Some(at),
            _ => {}
        }
        escaped = char == '\\' && !escaped;
    }
    (!quoted).then_some(text.len())
}

/// The parts of a list between commas that stand in no quotes.
fn split_outside_quotes(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |char| {
        quoted ^= char == '"';
        char == ',' && !quoted
    })
}

/// Whether a text is in a list of patterns: one fits, and none with a `!` before it.
fn is_listed(text: &str, patterns: &str) -> bool {
    let mut listed = false;
    for pattern in patterns.split(',') {
        match pattern.strip_prefix('!') {
            Some(pattern) if fits(text.as_bytes(), pattern.as_bytes()) => return false,
            Some(_) => {}
            None => listed |= fits(text.as_bytes(), pattern.as_bytes()),
        }
    }
    listed
}

/// Whether a text fits a pattern with `*` for any characters and `?` for one.
fn fits(text: &[u8], pattern: &[u8]) -> bool {
    // Where the last `*` stood, and how much of the text it has taken.
    let (mut at, mut next) = (0_usize, 0_usize);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(at) {
        match pattern.get(next) {
            Some(b'*') => {
                star = Some((next, at));
                next = next.saturating_add(1);
            }
            Some(b'?') => (at, next) = (at.saturating_add(1), next.saturating_add(1)),
            Some(other) if other == byte => {
                (at, next) = (at.saturating_add(1), next.saturating_add(1));
            }
            _ => match star {
                Some((place, taken)) => {
                    let taken = taken.saturating_add(1);
                    star = Some((place, taken));
                    (at, next) = (taken, place.saturating_add(1));
                }
                None => return false,
            },
        }
    }
    pattern.get(next..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_those_of_ssh() {
        for (text, pattern, expected) in [
            ("judge@court", "judge@court", true),
            ("judge@court", "*@court", true),
            ("judge@court", "j*e@*", true),
            ("judge@court", "judge@?ourt", true),
            ("judge@court", "judge", false),
            ("judge@court", "*@cour", false),
            ("judge@court", "", false),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "a*a*a*a*a*a*a*a*c", false),
        ] {
            assert_eq!(fits(text.as_bytes(), pattern.as_bytes()), expected, "{text} {pattern}");
        }
        assert!(is_listed("a@x", "b@x,a@*"));
        assert!(!is_listed("a@x", "*@x,!a@x"));
        assert!(!is_listed("a@x", "!b@x"));
    }

    #[test]
    fn options_end_outside_quotes() {
        assert_eq!(end_of_options("namespaces=\"a b\" ssh-ed25519 AA"), Some(16));
        assert_eq!(end_of_options("namespaces=\"a b"), None);
        let parts: Vec<&str> = split_outside_quotes("a=\"x,y\",b").collect();
        assert_eq!(parts, ["a=\"x,y\"", "b"]);
        assert_eq!(word("\"a b\" c"), Some(("a b", " c")));
        assert_eq!(word("\"a"), None);
    }
}
