//! The artefacts that the parties hand each other, and the judge's checks.
//!
//! * [`formats`]: the bytes of request and bundle
//! * [`commit`]: publishing a corpus
//! * [`unreadable`], [`unseen`]: what the responder is told of its documents
//! * [`issue`], [`featurize`]: the requester's side (feature `issue`)
//! * [`respond`]: the responder's side (feature `prove`)
//! * [`verify`], [`report`]: the judge
//!
//! `docs/formats.md` has the exact bytes.

pub mod commit;
mod error;
#[cfg(feature = "issue")]
pub mod featurize;
mod folder;
pub mod formats;
#[cfg(feature = "issue")]
pub mod issue;
mod progress;
mod proofs;
mod report;
#[cfg(feature = "prove")]
pub mod respond;
mod sealed;
pub mod unreadable;
pub mod unseen;
pub mod verify;

pub use commit::{CommitSummary, commit};
pub use error::{Check, ExchangeError, Failure};
pub use progress::{Progress, Silent};
pub use report::{CheckReport, Outcome, Report};
pub use verify::{DocumentReport, verify_bundle, verify_document};
