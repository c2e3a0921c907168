//! The files of a bag, wherever they stand.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::failed;
use crate::exchange::error::{ExchangeError, Stop};
use crate::exchange::formats::content::Content;

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// A link, a device, a pipe.
    Other,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a regular file",
            Self::Folder => "a folder",
            Self::Other => "a link or a device",
        })
    }
}

/// Where the files of a bag stand.
#[derive(Debug)]
pub(super) enum Source {
    Folder(PathBuf),
    Archive(Archive),
}

impl Source {
    /// A folder, or a zip or tar archive.
    pub(super) fn open(root: &Path) -> Result<Self, ExchangeError> {
        let kind = fs::metadata(root).map_err(ExchangeError::io(root))?;
        if kind.is_dir() {
            return Ok(Self::Folder(root.to_owned()));
        }
        Archive::open(root).map(Self::Archive)
    }

    /// Where a file of the bag stands, for messages.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::Folder(root) => root.join(name),
            Self::Archive(archive) => archive.path().join(name),
        }
    }

    /// Visits what stands directly in a folder of the bag; `false` if there is
    /// no such folder.
    pub(super) fn list(
        &self,
        folder: &str,
        visit: &mut dyn FnMut(&OsStr, Kind) -> Result<(), Stop>,
    ) -> Result<bool, Stop> {
        let root = match self {
            Self::Folder(root) => root,
            Self::Archive(archive) => return archive.list(folder, visit),
        };
        let path = root.join(folder);
        let entries = match fs::read_dir(&path) {
            Err(error) if is_missing(&error) => return Ok(false),
            other => other.map_err(ExchangeError::io(&path))?,
        };
        for entry in entries {
            let entry = entry.map_err(ExchangeError::io(&path))?;
            let kind = entry.file_type().map_err(ExchangeError::io(entry.path()))?;
            let kind = match (kind.is_file(), kind.is_dir()) {
                (true, _) => Kind::File,
                (_, true) => Kind::Folder,
                _ => Kind::Other,
            };
            visit(&entry.file_name(), kind)?;
        }
        Ok(true)
    }

    /// Opens a regular file, never through a link, with its length.
    pub(super) fn file(&self, name: &str) -> Result<(Content, u64), Stop> {
        let root = match self {
            Self::Folder(root) => root,
            Self::Archive(archive) => return archive.file(name),
        };
        let path = root.join(name);
        let kind = match fs::symlink_metadata(&path) {
            Err(error) if is_missing(&error) => return Err(failed(name, "a file", "none")),
            other => other.map_err(ExchangeError::io(&path))?,
        };
        if !kind.is_file() {
            return Err(failed(name, Kind::File, "something else"));
        }
        let file = File::open(&path).map_err(ExchangeError::io(&path))?;
        let opened = file.metadata().map_err(ExchangeError::io(&path))?;
        if !is_same_file(&kind, &opened) {
            return Err(ExchangeError::Changed(path).into());
        }
        let length = opened.len();
        Ok((Content::File(file), length))
    }
}

/// Whether what was opened is the file that was looked at before.
pub(super) fn is_same_file(seen: &fs::Metadata, opened: &fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if (seen.dev(), seen.ino()) != (opened.dev(), opened.ino()) {
            return false;
        }
    }
    opened.is_file() && seen.len() == opened.len()
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
