//! Candor: disclosure that proves itself.
//!
//! A *responder* commits to documents, a *requester* sends a classifier, the
//! responder proves in zero knowledge what the classifier says of every document
//! and releases exactly those that match, and a *judge* verifies all of it from
//! one bundle. `docs/protocol.md` tells the story, `docs/argument.md` has the
//! mathematics, `ARCHITECTURE.md` the layers and what holds them apart.
//!
//! # The public interface
//!
//! The four steps: [`commit()`], [`issue`], [`respond`] (or [`prove`] and
//! [`assemble`], and [`estimate`] before them), [`verify_bundle`] and
//! [`verify_document`]. What they are given and give back: [`ViewId`],
//! [`Predicate`], [`InputScaling`], [`Report`], [`Outcome`], [`ExchangeError`],
//! and a [`Progress`] to be told what goes on. Around them: [`featurize`] and
//! [`evaluate`] for the requester, [`Matter`] for the paths of a case.
//!
//! What is hidden from these pages is public for Candor's own tests, benches and
//! programs, and may change with any version.
//!
//! # The whole job
//!
//! ```no_run
//! # #[cfg(all(feature = "prove", feature = "issue"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::path::Path;
//!
//! use candor::{
//!     CommitOptions, IssueOptions, ModelQuestion, Predicate, Question, RespondOptions, Silent,
//!     ViewId, commit, issue, respond, verify_bundle,
//! };
//! use rand_core::OsRng;
//!
//! let view: ViewId = "image/gray-28x28".parse()?;
//! let [documents, commitment] = ["documents", "commitment"].map(Path::new);
//! let [request, bundle] = ["request", "bundle"].map(Path::new);
//!
//! // 1. The responder commits: `commitment/PUBLIC` is handed over, `SECRET` kept.
//! let options =
//!     CommitOptions { documents, views: &[view], acquisition: &[], vocabularies: &[], out: commitment };
//! commit(&options, &Silent, &mut OsRng)?;
//!
//! // 2. The requester turns a classifier into a request.
//! let [model, samples] = ["digits.onnx", "samples"].map(Path::new);
//! let question = ModelQuestion::new(model, view, samples, Predicate::match_class([7]));
//! issue(&IssueOptions::new(question, commitment, request), &Silent)?;
//!
//! // 3. The responder classifies, proves and releases.
//! let question = Question { corpus: documents, commitment, request, batch: None };
//! let options = RespondOptions::new(question, bundle);
//! respond(&options, &Silent, &mut OsRng)?;
//!
//! // 4. The judge verifies, from its own copies of commitment and request.
//! let report = verify_bundle(commitment, request, bundle, &Silent)?;
//! println!("{report}");
//! std::process::exit(report.outcome.exit_code().into());
//! # }
//! # #[cfg(not(all(feature = "prove", feature = "issue")))]
//! # fn main() {}
//! ```
//!
//! # Layers
//!
//! Each knows only those before it; `tests/architecture.rs` holds them to that.
//!
//! | folder | what it is |
//! | --- | --- |
//! | `field`, `hash`, `files`, `printable` | scalars, Poseidon, files, text |
//! | `statistics` | what a sample says of the whole |
//! | `corpus` | documents, views, commitments and the Merkle root |
//! | `model` | from ONNX to an exact integer program |
//! | `argument` | statement, trace and adjoint; knows no proof system and no documents |
//! | `proof` | the halo2 circuit, prover and verifier |
//! | `exchange` | what the parties hand each other, and the judge's checks |

#[doc(hidden)]
pub mod argument;
#[doc(hidden)]
pub mod corpus;
#[doc(hidden)]
pub mod exchange;
#[doc(hidden)]
pub mod field;
#[doc(hidden)]
pub mod files;
#[doc(hidden)]
pub mod hash;
#[doc(hidden)]
pub mod model;
#[doc(hidden)]
pub mod printable;
#[doc(hidden)]
pub mod proof;
mod readers;
#[doc(hidden)]
pub mod statistics;

#[doc(inline)]
pub use candor_documents::query::Dialect;
pub use candor_documents::{CoarseKind, DateSource};
#[doc(inline)]
pub use corpus::views::{
    Channels, UnreadableReason, ViewId, canonicalise_file, canonicalise_views,
};
#[doc(inline)]
pub use exchange::cost::{Cost, Estimate};
#[cfg(feature = "issue")]
#[doc(inline)]
pub use exchange::featurize::{Featurized, Options as FeaturizeOptions, featurize};
#[cfg(feature = "issue")]
#[doc(inline)]
pub use exchange::issue::{
    DEFAULT_AGREEMENT, EvaluateOptions, Evaluation, Issued, Labels, ModelQuestion,
    Options as IssueOptions, evaluate, issue,
};
#[cfg(feature = "prove")]
#[doc(inline)]
pub use exchange::respond::{
    Answer, Options as RespondOptions, Part, Question, Shard, ShardSummary, Summary, assemble,
    estimate, prove, respond,
};
#[doc(inline)]
pub use exchange::{
    Check, CheckReport, CheckResult, CommitOptions, CommitSummary, DocumentReport, ExchangeError,
    Failure, Finding, Matter, OnRecord, Outcome, Progress, Release, Report, RootSource, Silent,
    commit, verify_bundle, verify_bundle_with, verify_document,
};
#[doc(inline)]
pub use field::ScalarHex;
#[doc(inline)]
pub use model::predicate::Predicate;
#[doc(inline)]
pub use model::quantize::InputScaling;
