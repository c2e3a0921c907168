//! What was written down so far, so that a run that is stopped can go on.
//!
//! Four logs grow by a line at a time. A checkpoint says how many files of the source
//! are done with, and how long the logs were then; what stands behind it is dropped
//! when the work goes on.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use candor_documents::{Listed, Name, Reason};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::exchange::error::ExchangeError;
use crate::exchange::folder::private;
use crate::files::{read_capped, write_atomically};

const CHECKPOINT: &str = "checkpoint.json";
const CHECKPOINT_BYTES: u64 = 1 << 16;

/// A row of the list of exceptions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Noted {
    /// The item, if it is one.
    pub(super) item: Option<u64>,
    pub(super) path: Name,
    pub(super) reason: Reason,
    pub(super) detail: String,
}

/// A family that was not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dropped {
    /// The top item of the family that was kept.
    pub(super) kept: u64,
    pub(super) path: Name,
    pub(super) custodian: Option<Name>,
    pub(super) items: u64,
    /// Of all its items.
    pub(super) bytes: u64,
    /// Of its top item.
    pub(super) sha256: String,
    pub(super) mih: Option<String>,
}

/// A file of the source, whether its family was kept or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sourced {
    pub(super) path: Name,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    pub(super) md5: String,
}

/// How far the work has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checkpoint {
    /// Digest of the source and the options.
    pub(super) session: String,
    /// Files of the source that are done with.
    pub(super) files: usize,
    /// Items that were written.
    pub(super) items: u64,
    listed: u64,
    noted: u64,
    dropped: u64,
    sourced: u64,
}

/// A file that grows by lines of JSON.
pub(super) struct Log {
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
}

impl Log {
    /// Opens a log at the length that it had.
    fn open(path: PathBuf, bytes: u64) -> Result<Self, ExchangeError> {
        let file = private(OpenOptions::new().create(true).append(true), 0o600)
            .open(&path)
            .map_err(ExchangeError::io(&path))?;
        file.set_len(bytes).map_err(ExchangeError::io(&path))?;
        Ok(Self { path, file: BufWriter::with_capacity(1 << 16, file), bytes })
    }

    pub(super) fn add(&mut self, value: &impl Serialize) -> Result<(), ExchangeError> {
        let line = serde_json::to_string(value).map_err(io::Error::other);
        let mut line = line.map_err(ExchangeError::io(&self.path))?;
        line.push('\n');
        self.bytes += line.len() as u64;
        self.file.write_all(line.as_bytes()).map_err(ExchangeError::io(&self.path))
    }

    pub(super) fn flush(&mut self) -> Result<(), ExchangeError> {
        self.file.flush().map_err(ExchangeError::io(&self.path))
    }

    /// Its lines so far, one at a time.
    pub(super) fn lines<T: DeserializeOwned>(
        &self,
    ) -> Result<impl Iterator<Item = Result<T, ExchangeError>> + use<T>, ExchangeError> {
        let path = self.path.clone();
        let file = File::open(&path).map_err(ExchangeError::io(&path))?;
        Ok(BufReader::new(file).lines().map(move |line| {
            let line = line.map_err(ExchangeError::io(&path))?;
            serde_json::from_str(&line).map_err(|error| {
                let advice = "remove the folder, and run the command again";
                ExchangeError::file(&path, error, advice)
            })
        }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The logs of unfinished work.
pub(super) struct Ledger {
    folder: PathBuf,
    pub(super) listed: Log,
    pub(super) noted: Log,
    pub(super) dropped: Log,
    pub(super) sourced: Log,
}

impl Ledger {
    /// The logs at a checkpoint, or empty.
    pub(super) fn open(
        folder: &Path,
        checkpoint: Option<&Checkpoint>,
    ) -> Result<Self, ExchangeError> {
        let open = |name: &str, length: Option<u64>| {
            Log::open(folder.join(name), length.unwrap_or_default())
        };
        Ok(Self {
            folder: folder.to_owned(),
            listed: open("listed.jsonl", checkpoint.map(|checkpoint| checkpoint.listed))?,
            noted: open("noted.jsonl", checkpoint.map(|checkpoint| checkpoint.noted))?,
            dropped: open("dropped.jsonl", checkpoint.map(|checkpoint| checkpoint.dropped))?,
            sourced: open("sourced.jsonl", checkpoint.map(|checkpoint| checkpoint.sourced))?,
        })
    }

    /// The checkpoint that an earlier run left, if it left one that is whole.
    pub(super) fn checkpoint(folder: &Path) -> Option<Checkpoint> {
        let bytes = read_capped(&folder.join(CHECKPOINT), CHECKPOINT_BYTES).ok()?;
        let checkpoint: Checkpoint = serde_json::from_slice(&bytes).ok()?;
        let has = |name: &str, length: u64| {
            fs::metadata(folder.join(name)).is_ok_and(|metadata| metadata.len() >= length)
        };
        let whole = has("listed.jsonl", checkpoint.listed)
            && has("noted.jsonl", checkpoint.noted)
            && has("dropped.jsonl", checkpoint.dropped)
            && has("sourced.jsonl", checkpoint.sourced);
        whole.then_some(checkpoint)
    }

    /// How far the work has come, to be written down with [`Self::check`].
    pub(super) fn mark(&self, session: &str, files: usize, items: u64) -> Checkpoint {
        Checkpoint {
            session: session.to_owned(),
            files,
            items,
            listed: self.listed.bytes,
            noted: self.noted.bytes,
            dropped: self.dropped.bytes,
            sourced: self.sourced.bytes,
        }
    }

    /// Writes down how far the work had come.
    pub(super) fn check(&mut self, checkpoint: &Checkpoint) -> Result<(), ExchangeError> {
        self.flush()?;
        let text = serde_json::to_string(checkpoint).map_err(io::Error::other);
        let path = self.folder.join(CHECKPOINT);
        let text = text.map_err(ExchangeError::io(&path))?;
        Ok(write_atomically(&path, 0o600, text.as_bytes())?)
    }

    pub(super) fn flush(&mut self) -> Result<(), ExchangeError> {
        self.listed.flush()?;
        self.noted.flush()?;
        self.dropped.flush()?;
        self.sourced.flush()
    }

    /// The items that were listed.
    pub(super) fn items(
        &self,
    ) -> Result<impl Iterator<Item = Result<Listed, ExchangeError>> + use<>, ExchangeError> {
        self.listed.lines()
    }
}
