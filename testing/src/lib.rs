//! What the tests of all packages share.
//!
//! * [`Case`]: documents, a commitment, a request and a bundle in one folder
//! * [`files`], [`program`]: the repository's samples, folders, running a program
//! * [`models`]: tiny ONNX models
//! * [`expanded`]: mails, and folders of items as expansion writes them
//! * [`mails`]: mail as it comes, made up, as much as is asked for
//! * [`opening()`]: what opens a committed document
//! * [`peak`]: memory and time that the process took
//! * [`dishonest`]: a responder that commits to what it likes
//! * [`tampered`], [`attack`]: what is done to an honest bundle and request
//! * [`vectors`]: tampered bundles as files
//! * [`documented`], [`json`]: the reports that `docs/formats.md` describes
//!
//! Everything here panics where something goes wrong: it is for tests alone.

#![allow(clippy::missing_panics_doc, reason = "all of it panics, see above")]

pub mod attack;
pub mod case;
pub mod dishonest;
pub mod documented;
pub mod expanded;
pub mod files;
pub mod json;
pub mod mails;
pub mod models;
pub mod opening;
pub mod peak;
pub mod program;
pub mod tampered;
pub mod vectors;

pub use case::Case;
pub use files::{copy, golden, repository, sample};
pub use opening::opening;
pub use program::{run, words};
