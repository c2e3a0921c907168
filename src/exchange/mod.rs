//! The artefacts that the parties hand each other, and the judge's checks.
//!
//! * [`formats`]: the bytes of request and bundle
//! * [`mod@commit`], [`commitment_files`]: publishing a corpus
//! * [`mod@expand`], [`scan`]: documents opened into items, or looked at beforehand
//! * [`hits`], [`term_list`]: what lists of search terms find
//! * [`held`]: what the responder holds, and what opens it
//! * [`matter`]: where the files of one matter stand
//! * [`unreadable`], [`unseen`]: what the responder is told of its documents
//! * [`issue`], [`featurize`]: the requester's side (feature `issue`)
//! * [`respond`]: the responder's side (feature `prove`)
//! * `settling`: what the text of a document settles of a search
//! * [`verify`], `report`: the judge
//! * [`mod@log`], [`index`]: what a bundle withholds and releases, as lists
//!
//! `docs/formats.md` has the exact bytes.

pub mod commit;
pub mod commitment_files;
pub mod cost;
mod error;
pub mod expand;
#[cfg(feature = "issue")]
pub mod featurize;
pub mod folder;
pub mod formats;
pub mod held;
pub mod hits;
pub mod index;
#[cfg(feature = "issue")]
pub mod issue;
pub mod log;
pub mod matter;
mod opening;
mod progress;
pub mod read_text;
mod report;
#[cfg(feature = "prove")]
pub mod respond;
pub mod scan;
mod settling;
pub mod term_list;
pub mod unreadable;
pub mod unseen;
pub mod verify;
pub mod vocabularies;

pub use commit::{CommitSummary, Options as CommitOptions, commit, commit_unless_empty};
pub use error::{Check, ExchangeError, Failure};
pub use expand::{ExpandSummary, expand};
pub use formats::request::Release;
pub use matter::Matter;
pub use progress::{Progress, Silent};
pub use report::{
    AcceptedDisagreement, BasisCount, CheckReport, CheckResult, DocumentReport, Finding, Outcome,
    Report, RootSource, SearchLine, SearchReport,
};
pub use settling::BasisCounts;
pub use verify::{
    All, Beside, BundleSeen, LeafSeen, OnRecord, ReleasedSeen, Watch, verify_bundle,
    verify_bundle_with, verify_document,
};
