//! The words by which the program withholds a document.

use serde::Serialize;

/// Why the program itself withholds a document that matches: the judge, to whom alone it
/// is opened, reads it again. In the list of withheld documents its name stands for a
/// reason, and no reason of the responder's own is one of these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The wide form of a line holds of it, and no line does.
    Settled,
    /// Not even the wide form of a line holds of its own tokens: bits of its filter
    /// coincide.
    ChanceMatch,
    /// It matches only because it has no date.
    Undated,
}

impl Basis {
    /// Every basis.
    pub const ALL: [Self; 3] = [Self::Settled, Self::ChanceMatch, Self::Undated];

    /// The word in artefacts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::ChanceMatch => "chance-match",
            Self::Undated => "undated",
        }
    }

    /// The basis of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|basis| basis.name() == name)
    }
}
