//! Every regular file under a directory.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use crate::files::explain;

/// Longest relative path, in bytes.
pub const MAX_PATH_BYTES: usize = 1 << 16;

/// A file that was found.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// The path under the directory: components joined by `/`; any bytes on
    /// Unix, UTF-8 elsewhere.
    pub path: Vec<u8>,
    /// Where to read it.
    pub location: PathBuf,
}

/// The directory cannot be taken as a corpus.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The directory itself.
    #[error("{} is not a folder; name the one that holds the documents", .0.display())]
    NotADirectory(PathBuf),
    /// Something could not be listed.
    #[error("cannot read {}: {}; no file is skipped, so make it readable or move it out of the folder", path.display(), explain(source))]
    Unreadable {
        /// What could not be read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Neither file nor directory.
    #[error("{} is a {kind}; only regular files can be committed, so replace it by the file it points to or move it out of the folder", path.display())]
    NotAFile {
        /// The entry.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// A name that cannot stand in the commitment.
    #[error("the path {} is too long or not valid Unicode; rename it", .0.display())]
    BadPath(PathBuf),
}

/// All regular files under `directory`, by the bytes of their relative paths.
/// Hidden files count. Symbolic links inside are not followed.
///
/// # Errors
/// At the first entry that is neither a regular file nor a directory, or that
/// cannot be read: nothing is left out in silence.
pub fn scan(directory: &Path) -> Result<Vec<Found>, ScanError> {
    let metadata = fs::metadata(directory)
        .map_err(|source| ScanError::Unreadable { path: directory.to_owned(), source })?;
    if !metadata.is_dir() {
        return Err(ScanError::NotADirectory(directory.to_owned()));
    }
    let mut found = Vec::new();
    for entry in WalkDir::new(directory).follow_links(false).min_depth(1) {
        let entry = entry.map_err(|error| ScanError::Unreadable {
            path: error.path().unwrap_or(directory).to_owned(),
            source: error.into(),
        })?;
        let kind = entry.file_type();
        if kind.is_dir() {
            continue;
        }
        let location = entry.into_path();
        if !kind.is_file() {
            return Err(ScanError::NotAFile { kind: describe(kind), path: location });
        }
        let path = location
            .strip_prefix(directory)
            .ok()
            .and_then(path_bytes)
            .filter(|path| is_canonical_path(path))
            .ok_or_else(|| ScanError::BadPath(location.clone()))?;
        found.push(Found { path, location });
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Refuses what [`scan`] refuses, at a path where it found a file before: a link
/// could lead anywhere, and a pipe or device may never end.
pub(crate) fn still_a_file(path: &Path) -> Result<(), ScanError> {
    let metadata = fs::symlink_metadata(path)
        .map_err(|source| ScanError::Unreadable { path: path.to_owned(), source })?;
    if metadata.is_file() {
        return Ok(());
    }
    Err(ScanError::NotAFile { kind: describe(metadata.file_type()), path: path.to_owned() })
}

/// Whether a walk of a folder can give these bytes as a path on any system: not
/// empty, at most [`MAX_PATH_BYTES`], no NUL, and components joined by single
/// `/`, none of them `.` or `..`. The answer is the same on every system, so a
/// backslash, which Unix allows in names, may stand in it.
#[must_use]
pub fn is_walked_path(path: &[u8]) -> bool {
    path.len() <= MAX_PATH_BYTES
        && !path.contains(&0)
        && path.split(|&byte| byte == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
}

/// Whether these bytes are a path that [`scan`] could give on this system.
/// Joined to a directory it cannot lead out of it.
#[must_use]
pub fn is_canonical_path(path: &[u8]) -> bool {
    is_walked_path(path)
        && to_path(path).is_some_and(|path| {
            path.components().all(|component| matches!(component, Component::Normal(_)))
        })
}

/// The path of these bytes, relative; `None` if the system has no such path.
/// Check [`is_canonical_path`] before joining it to anything.
#[must_use]
pub fn to_path(path: &[u8]) -> Option<PathBuf> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Some(PathBuf::from(std::ffi::OsStr::from_bytes(path)))
    }
    #[cfg(not(unix))]
    {
        std::str::from_utf8(path).ok().map(PathBuf::from)
    }
}

/// A relative path as bytes; `None` if the system's own spelling is not one of them.
pub(crate) fn path_bytes(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for component in path.components() {
        if !bytes.is_empty() {
            bytes.push(b'/');
        }
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            bytes.extend_from_slice(component.as_os_str().as_bytes());
        }
        #[cfg(not(unix))]
        bytes.extend_from_slice(component.as_os_str().to_str()?.as_bytes());
    }
    Some(bytes)
}

/// What an entry is that is no regular file.
pub(crate) fn describe(kind: fs::FileType) -> &'static str {
    if kind.is_symlink() {
        return "symbolic link";
    }
    if kind.is_dir() {
        return "directory";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_socket() {
            return "socket";
        }
        if kind.is_fifo() {
            return "named pipe";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "device";
        }
    }
    "special file"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_file_in_order_of_path_bytes() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("b/empty")).unwrap();
        for name in ["b/z", ".hidden", "b-", "a"] {
            fs::write(root.join(name), name).unwrap();
        }
        let paths: Vec<Vec<u8>> = scan(root).unwrap().into_iter().map(|f| f.path).collect();
        assert_eq!(paths, [&b".hidden"[..], b"a", b"b-", b"b/z"]);
    }

    #[cfg(unix)]
    #[test]
    fn names_need_not_be_unicode() {
        use std::os::unix::ffi::OsStrExt;
        let directory = tempfile::tempdir().unwrap();
        let name = std::ffi::OsStr::from_bytes(b"\xff\xfe");
        fs::write(directory.path().join(name), "x").unwrap();
        let found = scan(directory.path()).unwrap();
        assert_eq!(found[0].path, b"\xff\xfe");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_sockets_are_errors_that_name_the_path() {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        let error = scan(directory.path()).err().unwrap().to_string();
        assert!(error.contains("link is a symbolic link"), "{error}");
        fs::remove_file(&link).unwrap();

        let _socket = std::os::unix::net::UnixListener::bind(directory.path().join("s")).unwrap();
        let error = scan(directory.path()).err().unwrap().to_string();
        assert!(error.contains("is a socket"), "{error}");
    }

    #[test]
    fn a_file_or_nothing_is_no_directory() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        assert!(matches!(scan(&file), Err(ScanError::Unreadable { .. })));
        fs::write(&file, "x").unwrap();
        assert!(matches!(scan(&file), Err(ScanError::NotADirectory(_))));
    }

    #[test]
    fn paths_that_could_lead_astray_are_not_canonical() {
        assert!(is_canonical_path(b"a/b..c/.d"));
        for path in [&b""[..], b"/a", b"a/", b"a//b", b".", b"../a", b"a/..", b"a/./b", b"a\0b"] {
            assert!(!is_canonical_path(path), "{path:?}");
            assert!(!is_walked_path(path), "{path:?}");
        }
        assert!(is_walked_path(b"C:\\a/ /\xff"));
    }
}
