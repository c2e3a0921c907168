//! What the responder's own lists say: which documents are withheld and why, and which
//! redacted copies are handed over in their place.
//!
//! * `list`: the list of documents, typed or of two columns
//! * `redactions`: the list of redacted copies
//! * `find`: the documents that a line of a list is about

mod find;
mod list;
mod redactions;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub(super) use self::list::HEADINGS;
use super::Options;
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::bundle::{Bases, Basis, LogEntry};
use crate::exchange::held::OpenCorpus;

/// Why a document is withheld, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) bases: Bases,
    pub(super) log: Option<LogEntry>,
}

impl Said {
    /// A basis of which nothing more is said.
    pub(super) fn of(basis: Basis) -> Self {
        Self { bases: basis.into(), log: None }
    }
}

/// A redacted copy as the list gives it, with what it held when the list was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redaction {
    pub(super) file: PathBuf,
    pub(super) sha256: [u8; 32],
    pub(super) bytes: u64,
    pub(super) extension: String,
    /// Why passages are blacked out, where it is another reason than the document's.
    pub(super) bases: Option<Bases>,
    pub(super) passages: Option<String>,
}

/// What the lists say, by leaf.
#[derive(Debug, Default)]
pub(super) struct Withholding {
    /// What is withheld for a reason of the responder's.
    pub(super) own: BTreeMap<u64, Said>,
    /// What the list says of documents that the program itself withholds, or keeps back
    /// for what they hold. It must be what the program finds.
    pub(super) foretold: BTreeMap<u64, Said>,
    pub(super) redactions: BTreeMap<u64, Redaction>,
}

impl Withholding {
    /// Reads the lists that were given.
    ///
    /// # Errors
    /// If one cannot be read, or says what cannot be.
    pub(super) fn read(corpus: &OpenCorpus, options: &Options<'_>) -> Result<Self, ExchangeError> {
        let mut withholding = Self::default();
        if let Some(list) = options.withhold {
            withholding.read_list(corpus, list)?;
        }
        if let Some(list) = options.redactions {
            withholding.read_redactions(corpus, list)?;
        }
        Ok(withholding)
    }

    /// Whether nothing is said.
    pub(super) fn is_empty(&self) -> bool {
        self.own.is_empty() && self.foretold.is_empty() && self.redactions.is_empty()
    }

    /// Whether a document is withheld because its content is not to be known; not if it
    /// was handed over before.
    pub(super) fn conceals(&self, leaf: u64) -> bool {
        self.own.get(&leaf).is_some_and(Said::conceals)
    }

    /// The leaves of which that is so.
    pub(super) fn concealed(&self) -> impl Iterator<Item = u64> + '_ {
        self.own.iter().filter(|(_, said)| said.conceals()).map(|(leaf, _)| *leaf)
    }
}

impl Said {
    fn conceals(&self) -> bool {
        !matches!(self.bases.first(), Basis::Produced(_))
    }
}
