//! Names that other systems cannot hold. Items stand under numbers, so such names do
//! no harm; but who copies the documents by their names loses some.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Most bytes of a name that all usual file systems hold.
const MOST_BYTES: usize = 255;
/// Most characters of a path that Windows takes without ado.
const MOST_PATH: usize = 259;
/// What Windows keeps for itself, with any extension.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// How many paths have which trouble; a path may have several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NameCounts {
    /// Two paths are the same, or the same but for the case of letters.
    pub collide: u64,
    /// A name that Windows keeps for itself, or a character that it does not allow.
    pub reserved: u64,
    /// A name ends in a dot or a space.
    pub trailing: u64,
    /// A name of more than 255 bytes, or a path of more than 259 characters.
    pub too_long: u64,
    /// A name is not UTF-8.
    pub not_unicode: u64,
    /// A path of a container leads out of it: `..`, or it begins at the root.
    pub astray: u64,
}

impl NameCounts {
    /// Whether there is any trouble.
    #[must_use]
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

/// Counts the trouble of paths, one after the other.
#[derive(Default)]
pub(in crate::exchange) struct Names {
    counts: NameCounts,
    /// The first bytes of the digest of each path without case, and how often it was.
    seen: BTreeMap<u64, u32>,
}

impl Names {
    /// Adds a path.
    pub(in crate::exchange) fn add(&mut self, path: &[u8]) {
        let text = String::from_utf8_lossy(path);
        let digest: [u8; 32] = Sha256::digest(text.to_lowercase()).into();
        let key = digest.first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        *self.seen.entry(key).or_default() += 1;
        let names = || text.split('/');
        let counts = &mut self.counts;
        counts.reserved += u64::from(names().any(is_reserved));
        counts.trailing += u64::from(names().any(|name| name.ends_with(['.', ' '])));
        let long = names().any(|name| name.len() > MOST_BYTES);
        counts.too_long += u64::from(long || text.chars().count() > MOST_PATH);
        counts.not_unicode += u64::from(std::str::from_utf8(path).is_err());
        counts.astray += u64::from(names().any(|name| matches!(name, "" | "." | "..")));
    }

    /// What was counted.
    pub(in crate::exchange) fn counts(mut self) -> NameCounts {
        let repeated = self.seen.values().filter(|count| **count > 1);
        self.counts.collide = repeated.map(|count| u64::from(*count)).sum();
        self.counts
    }
}

fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let port = port.is_some_and(|rest| {
        let mut rest = rest.chars();
        matches!(rest.next(), Some('1'..='9' | '¹' | '²' | '³')) && rest.next().is_none()
    });
    let taken = |char: char| char.is_control() || "<>:\"\\|?*".contains(char);
    port || RESERVED.contains(&stem.as_str()) || name.chars().any(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(paths: &[&[u8]]) -> NameCounts {
        let mut names = Names::default();
        paths.iter().for_each(|path| names.add(path));
        names.counts()
    }

    #[test]
    fn each_trouble_is_counted() {
        assert!(!counts(&[b"a/b.txt", b"a/c", b"comma.txt", b"com10", b"console"]).any());
        assert_eq!(counts(&[b"a/B", b"A/b", b"c", b"c"]).collide, 4);
        let reserved: [&[u8]; 6] = [b"a/CON", b"nul.txt", b"LPT1 .x", b"a:b", b"a\\b", b"a\nb"];
        assert_eq!(counts(&reserved).reserved, 6);
        assert_eq!(counts(&[b"a./b", b"b ", b".hidden"]).trailing, 2);
        assert_eq!(counts(&["é".repeat(128).as_bytes(), "ab/".repeat(87).as_bytes()]).too_long, 2);
        assert_eq!(counts(&[b"\xff"]).not_unicode, 1);
        assert_eq!(counts(&[b"z.zip/../x", b"z.zip//etc/passwd", b"a/..b"]).astray, 2);
    }
}
