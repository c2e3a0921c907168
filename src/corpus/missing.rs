//! Why a document has no view.

use std::fmt;

use candor_documents::{CoarseKind, Kind};

use super::views::{UnreadableReason, ViewId};

/// Why a view shows nothing of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It is of a kind that the view reads, but cannot be read.
    Unreadable(UnreadableReason),
    /// It is of a kind that the view does not read.
    Outside(CoarseKind),
}

/// What a view shows of a document: its bytes, or why there are none.
pub type Shown = Result<Vec<u8>, Missing>;

/// Whether a view reads documents of a kind. All others are outside it, whatever
/// their bytes.
#[must_use]
pub fn covers(view: &ViewId, kind: Kind) -> bool {
    match view {
        ViewId::Image(_) => kind.coarse() == CoarseKind::Picture,
        ViewId::Text(_) => kind.coarse() == CoarseKind::Text,
        ViewId::Thread => matches!(kind, Kind::Mail | Kind::Msg),
    }
}

impl Missing {
    /// The largest code of a reason in a store; codes of kinds stand above it.
    const KINDS: u8 = 0x80;

    /// The code in a store, never 0.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Unreadable(reason) => reason.code(),
            Self::Outside(kind) => Self::KINDS | kind.code(),
        }
    }

    /// What a code stands for.
    pub(super) fn from_code(code: u8) -> Option<Self> {
        if code & Self::KINDS == 0 {
            return UnreadableReason::from_code(code).map(Self::Unreadable);
        }
        CoarseKind::from_code(code & !Self::KINDS).map(Self::Outside)
    }

    /// The reason, if the document is of a kind that the view reads.
    #[must_use]
    pub fn reason(self) -> Option<UnreadableReason> {
        match self {
            Self::Unreadable(reason) => Some(reason),
            Self::Outside(_) => None,
        }
    }

    /// The kind, if the view does not read it.
    #[must_use]
    pub fn kind(self) -> Option<CoarseKind> {
        match self {
            Self::Unreadable(_) => None,
            Self::Outside(kind) => Some(kind),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => reason.fmt(f),
            Self::Outside(kind) => write!(f, "a file outside the view, of the kind `{kind}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_one_thing() {
        let reasons = UnreadableReason::ALL.into_iter().map(Missing::Unreadable);
        let kinds = CoarseKind::ALL.into_iter().map(Missing::Outside);
        let all: Vec<Missing> = reasons.chain(kinds).collect();
        let found: Vec<u8> = (0..=255).filter(|code| Missing::from_code(*code).is_some()).collect();
        assert_eq!(found, all.iter().map(|missing| missing.code()).collect::<Vec<_>>());
        for missing in all {
            assert_eq!(Missing::from_code(missing.code()), Some(missing));
        }
    }
}
