//! `opened.json`: what the responder says in public about what it opened.

use candor::exchange::formats::bundle::is_reason;
use candor::exchange::formats::text::Sha256Hex;
use serde::{Deserialize, Serialize};

use super::filed::Artefact;

/// `opened.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// [`Artefact::FORMAT`].
    pub format: String,
    /// Digest of the drawing.
    pub drawing: Sha256Hex,
    /// SHA-256 of the package's manifest. The salts of the openings are under it, so it
    /// tells nothing of a document.
    pub manifest: Sha256Hex,
    /// Leaves that were drawn.
    pub drawn: u64,
    /// Of these, leaves that are opened.
    pub opened: u64,
    /// Of these, leaves that are not; ascending.
    pub missing: Vec<MissingLeaf>,
}

/// A leaf that is not opened although it was to be. Also a line of the package's
/// `missing.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissingLeaf {
    /// The leaf.
    pub leaf: u64,
    /// The basis, which the lot may list as one that excuses.
    pub basis: String,
    /// Why.
    pub reason: String,
}

impl MissingLeaf {
    /// What is wrong with it, beyond its syntax.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        is_reason(&self.basis).and_then(|()| is_reason(&self.reason)).err()
    }
}

impl Artefact for Opened {
    const FORMAT: &'static str = "candor opened 1";
    const MAX_BYTES: u64 = 1 << 28;

    fn format(&self) -> &str {
        &self.format
    }

    fn problem(&self) -> Option<String> {
        if !self.missing.is_sorted_by(|one, next| one.leaf < next.leaf) {
            return Some("missing leaves are not in order, or one is named twice".into());
        }
        if let Some(problem) = self.missing.iter().find_map(MissingLeaf::problem) {
            return Some(format!("a missing leaf: {problem}"));
        }
        let missing = self.missing.len() as u64;
        (self.opened.checked_add(missing) != Some(self.drawn))
            .then(|| "opened and missing leaves are not all that were drawn".into())
    }
}

#[cfg(test)]
mod tests {
    use super::super::filed::Filed;
    use super::*;

    #[test]
    fn what_is_drawn_is_opened_or_missing() {
        let missing =
            |leaf, basis: &str| MissingLeaf { leaf, basis: basis.into(), reason: "r".into() };
        let of = |drawn, opened, missing| {
            let (format, digest) = (Opened::FORMAT.to_owned(), Sha256Hex([1; 32]));
            Filed::of(Opened { format, drawing: digest, manifest: digest, drawn, opened, missing })
        };
        let whole = of(3, 1, vec![missing(2, "a"), missing(7, "a")]);
        assert_eq!(Filed::parse(whole.bytes.clone()), Ok(whole));
        for odd in [
            of(3, 2, vec![missing(2, "a"), missing(7, "a")]),
            of(1, u64::MAX, vec![missing(2, "a"), missing(7, "a")]),
            of(3, 1, vec![missing(7, "a"), missing(2, "a")]),
            of(2, 1, vec![missing(7, "")]),
        ] {
            assert!(Filed::<Opened>::parse(odd.bytes).is_err());
        }
    }
}
