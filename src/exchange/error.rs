//! Errors, split by whose fault they are.
//!
//! A [`Failure`] is what the judge is there to find: an artefact of another
//! party that does not hold. An [`ExchangeError`] is anything that stops a
//! command from reaching its result at all.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use crate::model::onnx::Refusals;
use crate::printable::printable;

/// The judge's checks, in the order in which they are made. Numbers and names
/// are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Check {
    /// Every file is known and strictly parsed.
    Parsing = 1,
    /// The request is well formed and addresses this corpus.
    Request = 2,
    /// The leaves hash to the committed root.
    Leaves = 3,
    /// Every leaf's decision is proved, or it is shown to be unreadable.
    Decisions = 4,
    /// Exactly the matching documents are released, each as committed.
    Release = 5,
    /// Nothing of any other document is disclosed.
    Privacy = 6,
    /// What is released as unreadable cannot be read.
    Unreadable = 7,
}

impl Check {
    /// All checks in order.
    pub const ALL: [Self; 7] = [
        Self::Parsing,
        Self::Request,
        Self::Leaves,
        Self::Decisions,
        Self::Release,
        Self::Privacy,
        Self::Unreadable,
    ];

    /// Its number in `docs/formats.md` and in reports.
    #[must_use]
    pub const fn id(self) -> u8 {
        self as u8
    }

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parsing => "parsing",
            Self::Request => "request",
            Self::Leaves => "leaves",
            Self::Decisions => "decisions",
            Self::Release => "release",
            Self::Privacy => "privacy",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A check that an artefact did not pass.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub struct Failure {
    /// The check.
    pub check: Check,
    /// What failed it: a file, or the part of the protocol.
    pub subject: String,
    /// The leaf, if the fault is in one document.
    pub leaf: Option<u64>,
    /// What should have been.
    pub expected: String,
    /// What was.
    pub found: String,
}

impl Failure {
    pub(crate) fn new(
        check: Check,
        subject: impl Into<String>,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> Self {
        Self {
            check,
            subject: printable(&subject.into()),
            leaf: None,
            expected: printable(&expected.to_string()),
            found: printable(&found.to_string()),
        }
    }

    pub(crate) fn of_leaf(mut self, leaf: u64) -> Self {
        self.leaf = Some(leaf);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "check {} ({}) failed: {}", self.check.id(), self.check.name(), self.subject)?;
        if let Some(leaf) = self.leaf {
            write!(f, ", document {leaf}")?;
        }
        write!(f, ": expected {}, found {}", self.expected, self.found)
    }
}

impl Serialize for Failure {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut out = serializer.serialize_struct("Failure", 5)?;
        out.serialize_field("check", &self.check.id())?;
        out.serialize_field("subject", &self.subject)?;
        out.serialize_field("leaf", &self.leaf)?;
        out.serialize_field("expected", &self.expected)?;
        out.serialize_field("found", &self.found)?;
        out.end()
    }
}

/// Why a command could not do its work, by whose fault it is.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The system refused a file.
    #[error(transparent)]
    File(#[from] crate::files::FileError),
    /// A document or the corpus cannot be used.
    #[error(transparent)]
    Corpus(#[from] crate::corpus::error::CorpusError),
    /// Something that the caller gave cannot be used.
    #[error("{subject}: {problem}; {advice}")]
    Input {
        /// The file or argument.
        subject: String,
        /// What is wrong.
        problem: String,
        /// What to do about it.
        advice: String,
    },
    /// A model that holds things that are not supported.
    #[error("{subject}: {refused}")]
    Model {
        /// The file.
        subject: String,
        /// What they are, each with what to do.
        refused: Refusals,
    },
    /// An artefact of another version of Candor.
    #[error(
        "{subject}: {what} {found}, and this program has {expected}; use the version of Candor that made it"
    )]
    Unsupported {
        /// The file.
        subject: String,
        /// What has a version: "it was made by compiler version".
        what: &'static str,
        /// The version that this program has.
        expected: u32,
        /// The version of the artefact.
        found: u32,
    },
    /// Another process is using what is needed.
    #[error("{}: another process is using this folder; wait for it to finish, or stop it", .0.display())]
    Busy(PathBuf),
    /// A fault of this program.
    #[error(
        "{doing}: {problem}; this is a fault of the program: please report it, with the request"
    )]
    Internal {
        /// What it was doing.
        doing: &'static str,
        /// What went wrong.
        problem: String,
    },
    /// A file was not the same when it was read again.
    #[error(
        "{} changed while the judge read it, so nothing was decided; copy the bundle to storage that no one else can write to, and verify the copy",
        .0.display()
    )]
    Changed(PathBuf),
    /// The other party's artefact fails a check, found before any work.
    #[error("{0}")]
    Refused(Failure),
    /// A file of the other party is not what it has to be, outside the judge's seven checks.
    #[error("{subject}: expected {expected}, found {found}")]
    Mismatch {
        /// The file.
        subject: String,
        /// What should have been.
        expected: String,
        /// What was.
        found: String,
    },
}

impl ExchangeError {
    /// Names the file in an error of the system.
    pub fn io(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| crate::files::FileError::io("use", &path)(source).into()
    }

    /// The message: a line, and one more for each thing that it lists.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let Self::Model { subject, refused } = self else { return vec![self.to_string()] };
        let mut lines = vec![format!("{subject}: the model cannot be used")];
        lines.extend(refused.lines());
        lines
    }

    /// A fault of this program.
    pub(crate) fn internal(doing: &'static str, problem: impl fmt::Display) -> Self {
        Self::Internal { doing, problem: printable(&problem.to_string()) }
    }

    /// An artefact of another version.
    pub(crate) fn unsupported(
        path: impl AsRef<Path>,
        what: &'static str,
        expected: u32,
        found: u32,
    ) -> Self {
        Self::Unsupported { subject: path.as_ref().display().to_string(), what, expected, found }
    }

    /// What is wrong with what, and what to do next.
    pub fn input(
        subject: impl fmt::Display,
        problem: impl fmt::Display,
        advice: impl fmt::Display,
    ) -> Self {
        Self::Input {
            subject: subject.to_string(),
            problem: printable(&problem.to_string()),
            advice: advice.to_string(),
        }
    }

    /// A file of the other party that is not what it has to be.
    pub fn mismatch(
        subject: impl fmt::Display,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> Self {
        Self::Mismatch {
            subject: subject.to_string(),
            expected: printable(&expected.to_string()),
            found: printable(&found.to_string()),
        }
    }

    /// As [`Self::input`], about a file.
    pub fn file(
        path: impl AsRef<Path>,
        problem: impl fmt::Display,
        advice: impl fmt::Display,
    ) -> Self {
        Self::input(path.as_ref().display(), problem, advice)
    }
}

/// What ends a verification early: a failed check, or an error that leaves it
/// undecided.
#[derive(Debug)]
pub(crate) enum Stop {
    Failed(Failure),
    Undecided(ExchangeError),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<ExchangeError> for Stop {
    fn from(error: ExchangeError) -> Self {
        Self::Undecided(error)
    }
}

impl From<Stop> for ExchangeError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Failed(failure) => Self::Refused(failure),
            Stop::Undecided(error) => error,
        }
    }
}
