//! The artefacts that the parties hand each other, and the judge's checks.
//!
//! * [`commitment`]: publishing a corpus
//! * [`unreadable`], [`unseen`]: what the responder is told of its documents
//! * [`issue`], [`featurize`]: the requester's side (feature `issue`)
//! * [`request`]: what is asked, and whether it is well formed
//! * [`respond`]: the responder's side (feature `prove`)
//! * [`bundle`], [`leaves`], [`bag`]: what the responder hands over
//! * [`verify`], [`report`]: the judge
//!
//! `docs/formats.md` has the exact bytes.

pub mod bag;
pub mod bundle;
pub mod commitment;
#[cfg(any(feature = "issue", feature = "prove"))]
mod csv;
mod error;
#[cfg(feature = "issue")]
pub mod featurize;
mod files;
#[cfg(feature = "issue")]
pub mod issue;
mod json;
pub mod leaves;
mod progress;
mod proofs;
mod report;
pub mod request;
#[cfg(feature = "prove")]
pub mod respond;
mod sealed;
pub mod text;
pub mod unreadable;
pub mod unseen;
pub mod verify;

pub use commitment::{CommitSummary, commit};
pub use error::{Check, ExchangeError, Failure};
pub use progress::{Progress, Silent};
pub use report::{CheckReport, Report, Verdict};
pub use verify::{DocumentReport, verify_bundle, verify_document};
