//! Where a bundle or a shard grows: `OUT.partial`, beside what it becomes.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::job::Job;
use crate::argument::statement::ARGUMENT_VERSION;
use crate::exchange::error::ExchangeError;
use crate::exchange::folder::{Partial, fix_times};
use crate::exchange::formats::bundle;
use crate::exchange::formats::json;
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::progress::Progress;
use crate::field::ScalarHex;
use crate::files::{read_capped, write_atomically};

/// What the unfinished work belongs to; other work is refused, not mixed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Session {
    software: String,
    request: Sha256Hex,
    root: ScalarHex,
    argument: u32,
    copies: u32,
    lanes: u32,
}

impl Session {
    pub(super) fn of(job: &Job) -> Self {
        let layout = job.layout();
        Self {
            software: format!("candor {}", env!("CARGO_PKG_VERSION")),
            request: Sha256Hex(job.request.digest),
            root: ScalarHex(job.corpus.commitment.root),
            argument: ARGUMENT_VERSION,
            copies: layout.copies,
            lanes: layout.lanes,
        }
    }
}

/// The folder of unfinished work.
pub(super) struct Unfinished(Partial);

impl Unfinished {
    pub(super) fn open(
        out: &Path,
        job: &Job,
        progress: &dyn Progress,
    ) -> Result<Self, ExchangeError> {
        let partial = Partial::open(out)?;
        let folder = partial.folder();
        progress.if_stopped(&format!(
            "finished proofs are kept in {}; run the same command again to go on",
            folder.display()
        ));
        let session = Session::of(job);
        let path = folder.join("session.json");
        if path.exists() {
            let bytes = read_capped(&path, 1 << 12)?;
            if json::from_document::<Session>(&bytes).as_ref() != Ok(&session) {
                let problem = "holds unfinished work on another request, corpus or batch size, or of another version";
                let advice = "finish that work with its own command, or delete the folder";
                return Err(ExchangeError::file(folder, problem, advice));
            }
        } else {
            write_atomically(&path, 0o666, &json::to_document(&session))?;
        }
        let unfinished = Self(partial);
        let proofs = unfinished.path(bundle::PROOFS);
        fs::create_dir_all(&proofs).map_err(ExchangeError::io(&proofs))?;
        Ok(unfinished)
    }

    /// The folder that becomes the result.
    pub(super) fn whole(&self) -> PathBuf {
        self.0.whole()
    }

    /// A file beside it, gone when the work is finished.
    pub(super) fn draft(&self, name: &str) -> PathBuf {
        self.0.folder().join(name)
    }

    /// A file of it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.whole().join(name)
    }

    /// Moves the finished folder into place, all its times being one.
    pub(super) fn finish(self, out: &Path) -> Result<(), ExchangeError> {
        fix_times(&self.whole())?;
        self.0.finish(out)
    }
}
