//! Files as the artefacts need them: written whole or not at all, read up to a
//! cap.

use std::fs::{File, Permissions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system refused.
    #[error("cannot {action} {}: {}", path.display(), explain(source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Longer than any valid file of its kind.
    #[error(
        "{} is longer than {max} bytes, more than any valid file of its kind; check that it is the right file",
        path.display()
    )]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The cap.
        max: u64,
    },
}

/// What the system's error means, and what to do next.
pub(crate) fn explain(error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    let plain = match error.kind() {
        Kind::NotFound => "there is no such file or folder; check the path",
        Kind::PermissionDenied => {
            "this account has no permission; change the permissions, or use an account that has it"
        }
        Kind::IsADirectory => "it is a folder; name the file in it",
        Kind::NotADirectory => "part of its path is a file, not a folder; check the path",
        Kind::AlreadyExists => "it already exists; choose another name, or move the old one away",
        Kind::StorageFull => "the disk is full; free some space and run the command again",
        Kind::QuotaExceeded => {
            "the disk quota is used up; free some space and run the command again"
        }
        Kind::ReadOnlyFilesystem => "the disk is read-only; choose a folder on another disk",
        Kind::FileTooLarge => "the file system cannot hold a file of this size; use another disk",
        Kind::OutOfMemory => "there is not enough memory; close other programs and try again",
        Kind::BrokenPipe => "whatever reads it has stopped; run the command again",
        _ => return format!("{error}; check the disk, and run the command again"),
    };
    plain.to_owned()
}

impl FileError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// Writes `bytes` to `path` so that after a crash it holds either its old
/// content or all of the new: a temporary file in the same directory, synced,
/// renamed over `path`, and the directory synced. `mode` are the Unix
/// permissions (less the umask); elsewhere they are ignored.
///
/// # Errors
/// If the directory or the file cannot be written.
pub fn write_atomically(path: &Path, mode: u32, bytes: &[u8]) -> Result<(), FileError> {
    let directory = directory_of(path);
    let mut file = temporary(path, mode)?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(FileError::io("write", path))?;
    file.persist(path).map_err(|error| FileError::io("write", path)(error.error))?;
    sync_directory(directory).map_err(FileError::io("sync", directory))
}

/// The directory in which a path stands.
pub(crate) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A temporary file in the directory of `path`, to be renamed to it.
pub(crate) fn temporary(path: &Path, mode: u32) -> Result<NamedTempFile, FileError> {
    let directory = directory_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".candor-");
    if let Some(permissions) = permissions(mode) {
        builder.permissions(permissions);
    }
    builder.tempfile_in(directory).map_err(FileError::io("create a file in", directory))
}

#[cfg(unix)]
fn permissions(mode: u32) -> Option<Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn permissions(_: u32) -> Option<Permissions> {
    None
}

/// Makes what was renamed into a directory last.
#[cfg(unix)]
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Reads a file of at most `max` bytes.
///
/// # Errors
/// If it cannot be read or is longer.
pub fn read_capped(path: &Path, max: u64) -> Result<Vec<u8>, FileError> {
    let file = File::open(path).map_err(FileError::io("open", path))?;
    let mut bytes = Vec::new();
    file.take(max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(FileError::io("read", path))?;
    if bytes.len() as u64 > max {
        return Err(FileError::TooLong { path: path.to_owned(), max });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_replace_and_leave_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        write_atomically(&path, 0o600, b"one").unwrap();
        write_atomically(&path, 0o600, b"two").unwrap();
        assert_eq!(read_capped(&path, 3).unwrap(), b"two");
        assert_eq!(directory.path().read_dir().unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = path.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn errors_name_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("long");
        write_atomically(&path, 0o644, b"four").unwrap();
        let error = read_capped(&path, 3).unwrap_err();
        assert!(matches!(error, FileError::TooLong { max: 3, .. }));
        let missing = read_capped(&directory.path().join("missing"), 3).unwrap_err();
        assert!(missing.to_string().contains("missing"));
    }
}
