//! Families that are the same.
//!
//! A family is dropped only as a whole, and only if a kept one has as many items, each
//! with the same SHA-256, and the same message id. Mails with the same message id but
//! other bytes are kept: one of them may hold what the other has not.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Which families are dropped that are there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dedupe {
    /// None.
    #[default]
    None,
    /// Those that the same custodian has.
    Custodian,
    /// Those that any custodian has.
    Global,
}

impl FromStr for Dedupe {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "custodian" => Ok(Self::Custodian),
            "global" => Ok(Self::Global),
            other => Err(format!("`{other}` is not none, custodian or global")),
        }
    }
}

impl fmt::Display for Dedupe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Custodian => "custodian",
            Self::Global => "global",
        })
    }
}

/// What is the same of the same families.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::exchange) struct Key([u8; 16]);

impl Key {
    /// The key of a family: the message id hash of its top item, in digits, and the
    /// SHA-256 of its items in their order, in digits.
    pub(in crate::exchange) fn of<'d>(
        dedupe: Dedupe,
        custodian: Option<&[u8]>,
        mih: Option<&str>,
        digests: impl Iterator<Item = &'d str>,
    ) -> Self {
        let mut hash = Sha256::new();
        if dedupe == Dedupe::Custodian {
            let custodian = custodian.unwrap_or_default();
            hash.update((custodian.len() as u64).to_be_bytes());
            hash.update(custodian);
        }
        hash.update(mih.unwrap_or("-"));
        for digest in digests {
            hash.update([b'\n']);
            hash.update(digest);
        }
        let digest: [u8; 32] = hash.finalize().into();
        Self(digest.first_chunk().copied().unwrap_or_default())
    }
}

/// The families that were kept, with the numbers of their top items.
#[derive(Default)]
pub(super) struct Kept(HashMap<Key, u64>);

impl Kept {
    /// The top item of the same family, if there is one.
    pub(super) fn find(&self, key: Key) -> Option<u64> {
        self.0.get(&key).copied()
    }

    pub(super) fn add(&mut self, key: Key, top: u64) {
        self.0.entry(key).or_insert(top);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_families_are_the_same() {
        let key = |dedupe, custodian: &str, mih, digests: &[&str]| {
            Key::of(dedupe, Some(custodian.as_bytes()), mih, digests.iter().copied())
        };
        let global = |custodian, digests| key(Dedupe::Global, custodian, Some("m"), digests);
        let first = global("a", &["1", "2"]);
        assert!(first == global("b", &["1", "2"]));
        assert!(first != global("a", &["1"]) && first != global("a", &["2", "1"]));
        assert!(first != key(Dedupe::Global, "a", None, &["1", "2"]));
        let own = |custodian| key(Dedupe::Custodian, custodian, None, &["1"]);
        assert!(own("a") == own("a") && own("a") != own("b"));
        assert_eq!("custodian".parse(), Ok(Dedupe::Custodian));
        assert!("Global".parse::<Dedupe>().is_err());
    }
}
