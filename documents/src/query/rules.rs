//! How lists of other programs are read.

use super::ast::Nearness;

/// Whose syntax a line is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The grammar of `docs/text/search.md`, in which nothing has two readings.
    Candor,
    /// Relativity, by dtSearch: words side by side are a phrase, OR binds before AND,
    /// all punctuation parts words.
    Relativity,
    /// Nuix: words side by side are ANDed, AND binds before OR.
    Nuix,
    /// DISCO: words side by side are ORed, AND binds before OR, `!` ends a stem.
    Disco,
    /// Lexis: words side by side are a phrase, OR binds before all else, `!` ends a stem.
    Lexis,
    /// Lucene, by its classic parser: words side by side are ORed; AND beside OR does not
    /// bind by any order, so it is refused.
    Lucene,
}

impl Dialect {
    /// Every dialect but Candor's own, with its name.
    pub const NAMED: [(&'static str, Self); 5] = [
        ("relativity", Self::Relativity),
        ("nuix", Self::Nuix),
        ("disco", Self::Disco),
        ("lexis", Self::Lexis),
        ("lucene", Self::Lucene),
    ];

    /// The dialect of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|(known, _)| *known == name).map(|(_, dialect)| dialect)
    }

    pub(super) fn beside(self) -> Beside {
        match self {
            Self::Candor => Beside::Refused,
            Self::Relativity | Self::Lexis => Beside::Phrase,
            Self::Nuix => Beside::And,
            Self::Disco | Self::Lucene => Beside::Or,
        }
    }

    pub(super) fn order(self) -> Order {
        match self {
            Self::Candor | Self::Lucene => Order::Refused,
            Self::Relativity => Order::OrThenAnd,
            Self::Nuix | Self::Disco => Order::AndThenOr,
            Self::Lexis => Order::OrThenNearThenAnd,
        }
    }

    /// Whether `and` is an operator like `AND`. Lucene knows capitals alone.
    pub(super) fn ignores_case(self) -> bool {
        !matches!(self, Self::Candor | Self::Lucene)
    }

    /// Whether `*` stands for any ending. For DISCO and Lexis it is one letter.
    pub(super) fn star_is_any_ending(self) -> bool {
        !matches!(self, Self::Disco | Self::Lexis)
    }

    /// Whether `!` at the end of a word stands for any ending.
    pub(super) fn bang_is_any_ending(self) -> bool {
        matches!(self, Self::Candor | Self::Disco | Self::Lexis)
    }

    /// Whether punctuation within a word parts it into a phrase.
    pub(super) fn parts_at_punctuation(self) -> bool {
        self == Self::Relativity
    }

    /// Whether `"a b"~5` is proximity.
    pub(super) fn has_slop(self) -> bool {
        matches!(self, Self::Nuix | Self::Lucene)
    }

    /// The connector that signs alone stand for.
    pub(super) fn sign(self, sign: &str) -> Option<Sign> {
        match (self, sign) {
            (Self::Disco, "&") | (Self::Lucene | Self::Nuix, "&&") => Some(Sign::And),
            (Self::Disco, "|") | (Self::Lucene | Self::Nuix, "||") => Some(Sign::Or),
            (Self::Disco, "%") | (Self::Lucene, "!") => Some(Sign::Not),
            _ => None,
        }
    }

    /// What `w/5` and its like stand for, in lower case: how near, and what is left of
    /// the word, the number.
    pub(super) fn proximity(self, word: &str) -> Option<(Nearness, &str)> {
        let before = match self {
            Self::Disco => &["pre/", "w+", "+"][..],
            Self::Lexis => &["pre/", "onear/", "+"],
            Self::Lucene => return None,
            _ => &["pre/"],
        };
        let within = match self {
            Self::Disco => &["w/", "/"][..],
            Self::Lexis => &["w/", "near/", "/"],
            _ => &["w/"],
        };
        let rest = |starts: &[&str]| starts.iter().find_map(|start| word.strip_prefix(start));
        let found = match (rest(before), rest(within)) {
            (Some(rest), _) => (Nearness::Before, rest),
            (None, Some(rest)) => (Nearness::Within, rest),
            (None, None) if self == Self::Lexis => {
                (Nearness::NotWithin, word.strip_prefix("not/")?)
            }
            (None, None) => return None,
        };
        // Only a number or nothing makes it an operator; `w/o` is a word.
        found.1.bytes().all(|byte| byte.is_ascii_digit()).then_some(found)
    }
}

/// What words side by side are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    Refused,
    Phrase,
    And,
    Or,
}

/// What binds first where AND and OR, and proximity, stand without parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Proximity; AND beside OR is refused.
    Refused,
    /// Proximity, then AND, then OR.
    AndThenOr,
    /// OR, then AND; proximity beside OR is refused.
    OrThenAnd,
    /// OR, then proximity, then AND.
    OrThenNearThenAnd,
}

/// A connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    And,
    Or,
    Not,
}
