//! Where a bundle grows: `OUT.partial`, beside the bundle that it becomes.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::corpus::commit::Commitment;
use crate::exchange::bundle;
use crate::exchange::error::ExchangeError;
use crate::exchange::json;
use crate::exchange::request::CheckedRequest;
use crate::exchange::text::{Element, Sha256Hex};
use crate::files::{read_capped, write_atomically};

/// What the unfinished work belongs to; other work is refused, not mixed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Session {
    software: String,
    request: Sha256Hex,
    root: Element,
    lanes: u32,
}

/// The folder of unfinished work, locked for this process.
pub(super) struct Workplace {
    folder: PathBuf,
    _lock: File,
}

impl Workplace {
    pub(super) fn open(
        out: &Path,
        request: &CheckedRequest,
        commitment: &Commitment,
        lanes: u32,
    ) -> Result<Self, ExchangeError> {
        let mut name = out.file_name().map(OsString::from).ok_or_else(|| {
            ExchangeError::file(out, "not a name for a folder", "choose another --out")
        })?;
        name.push(".partial");
        let folder = out.with_file_name(name);
        let proofs = folder.join("bag").join(bundle::PROOFS);
        fs::create_dir_all(&proofs).map_err(ExchangeError::io(&proofs))?;
        let lock = folder.join("lock");
        let file = File::create(&lock).map_err(ExchangeError::io(&lock))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let problem = "another process is at work here";
                return Err(ExchangeError::file(&folder, problem, "wait for it, or end it"));
            }
            Err(TryLockError::Error(error)) => return Err(ExchangeError::io(&lock)(error)),
        }
        let session = Session {
            software: format!("candor {}", env!("CARGO_PKG_VERSION")),
            request: Sha256Hex(request.digest),
            root: Element(commitment.root),
            lanes,
        };
        let path = folder.join("session.json");
        if path.exists() {
            let bytes = read_capped(&path, 1 << 12)?;
            if json::from_document::<Session>(&bytes).as_ref() != Ok(&session) {
                let problem = "holds unfinished work on another request, corpus or batch size, or of another version";
                return Err(ExchangeError::file(
                    &folder,
                    problem,
                    "finish that first, or remove it",
                ));
            }
        } else {
            write_atomically(&path, 0o666, &json::to_document(&session))?;
        }
        Ok(Self { folder, _lock: file })
    }

    /// The bag.
    pub(super) fn bag(&self) -> PathBuf {
        self.folder.join("bag")
    }

    /// A file of the bag.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join("bag").join(name)
    }

    /// Moves the finished bag into place.
    pub(super) fn finish(self, out: &Path) -> Result<(), ExchangeError> {
        fs::rename(self.bag(), out).map_err(ExchangeError::io(out))?;
        fs::remove_dir_all(&self.folder).map_err(ExchangeError::io(&self.folder))
    }
}
