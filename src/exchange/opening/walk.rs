//! Every file of a source, in one order, and what is no file.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};

use candor_documents::Moment;
use walkdir::WalkDir;

use crate::corpus::dates::moment_of;
use crate::corpus::scan::{ScanError, describe, is_walked_path, path_bytes};
use crate::exchange::error::ExchangeError;
use crate::files::explain;

/// Files that a message names at most.
const NAMED: usize = 5;

/// Something on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::exchange) struct Found {
    /// The path under the source, with `/` between names.
    pub(in crate::exchange) path: Vec<u8>,
    pub(in crate::exchange) location: PathBuf,
    /// Bytes; 0 for what is no file.
    pub(in crate::exchange) length: u64,
    /// Seconds since 1970, rounded down.
    pub(in crate::exchange) modified: Option<i64>,
    /// Why it is no item, if it is no regular file: "symbolic link to …".
    pub(in crate::exchange) odd: Option<String>,
}

/// What stands under a source, by the bytes of the paths. Links are not followed.
///
/// # Errors
/// Everything that cannot be read, at once, before anything else is done.
pub(in crate::exchange) fn walk(source: &Path) -> Result<Vec<Found>, ExchangeError> {
    let unreadable = |path: &Path, source| ScanError::Unreadable { path: path.to_owned(), source };
    let metadata = fs::metadata(source).map_err(|error| corpus(unreadable(source, error)))?;
    let mut found = Vec::new();
    let mut refused = Vec::new();
    if metadata.is_dir() {
        for entry in WalkDir::new(source).follow_links(false).min_depth(1) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) => {
                    let path = entry.path().strip_prefix(source).ok().and_then(path_bytes);
                    let path = path
                        .filter(|path| is_walked_path(path))
                        .ok_or_else(|| corpus(ScanError::BadPath(entry.path().to_owned())))?;
                    look(path, entry.into_path(), &mut found, &mut refused);
                }
                Err(error) => {
                    let path = error.path().unwrap_or(source).to_owned();
                    refused.push((path, explain(&error.into())));
                }
            }
        }
    } else if metadata.is_file() {
        let name = source.file_name().and_then(|name| path_bytes(Path::new(name)));
        let name = name.ok_or_else(|| corpus(ScanError::BadPath(source.to_owned())))?;
        // A link that the caller names is followed.
        let location = fs::canonicalize(source).map_err(ExchangeError::io(source))?;
        look(name, location, &mut found, &mut refused);
    } else {
        let kind = describe(metadata.file_type());
        return Err(corpus(ScanError::NotAFile { kind, path: source.to_owned() }));
    }
    if !refused.is_empty() {
        return Err(unreadable_files(&mut refused));
    }
    if found.iter().all(|found| found.odd.is_some()) {
        let advice = "name the folder that holds the documents";
        return Err(ExchangeError::file(source, "holds no files", advice));
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn look(
    path: Vec<u8>,
    location: PathBuf,
    found: &mut Vec<Found>,
    refused: &mut Vec<(PathBuf, String)>,
) {
    let metadata = match fs::symlink_metadata(&location) {
        Ok(metadata) => metadata,
        Err(error) => return refused.push((location, explain(&error))),
    };
    let odd = (!metadata.is_file()).then(|| odd(&metadata, &location));
    // That it can be listed does not mean that it can be read.
    if odd.is_none()
        && let Err(error) = File::open(&location)
    {
        return refused.push((location, explain(&error)));
    }
    let length = if odd.is_none() { metadata.len() } else { 0 };
    let modified = metadata.modified().ok().and_then(moment_of).map(Moment::seconds);
    found.push(Found { path, location, length, modified, odd });
}

fn odd(metadata: &Metadata, location: &Path) -> String {
    let kind = describe(metadata.file_type());
    match fs::read_link(location) {
        Ok(target) => format!("{kind} to {}", target.display()),
        Err(_) => kind.to_owned(),
    }
}

fn corpus(error: ScanError) -> ExchangeError {
    crate::corpus::error::CorpusError::Scan(error).into()
}

fn unreadable_files(refused: &mut [(PathBuf, String)]) -> ExchangeError {
    refused.sort();
    let all = refused.len();
    let mut lines: Vec<String> = refused
        .iter()
        .take(NAMED)
        .map(|(path, why)| format!("{} ({why})", path.display()))
        .collect();
    if all > NAMED {
        lines.push(format!("and {} more", all - NAMED));
    }
    let problem = match all {
        1 => "1 file or folder cannot be read".to_owned(),
        all => format!("{all} files or folders cannot be read"),
    };
    ExchangeError::input(
        problem,
        lines.join(", "),
        "no file is skipped, so make them readable for this account or move them out of the source; nothing was written",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stand_in_the_order_of_their_paths() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("b/empty")).unwrap();
        for name in ["b/z", ".hidden", "b-", "a"] {
            fs::write(root.path().join(name), name).unwrap();
        }
        let found = walk(root.path()).unwrap();
        let paths: Vec<_> = found.iter().map(|found| found.path.as_slice()).collect();
        assert_eq!(paths, [&b".hidden"[..], b"a", b"b-", b"b/z"]);
        assert!(found.iter().all(|found| found.odd.is_none() && found.modified.is_some()));
        let one = walk(&root.path().join("b/z")).unwrap();
        assert_eq!((one.len(), one[0].path.as_slice(), one[0].length), (1, &b"z"[..], 3));
        assert!(walk(&root.path().join("b/empty")).is_err());
        assert!(walk(&root.path().join("nothing")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_and_sockets_are_told_of_and_not_followed() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a"), "a").unwrap();
        std::os::unix::fs::symlink("/etc", root.path().join("link")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(root.path().join("s")).unwrap();
        let found = walk(root.path()).unwrap();
        let odd: Vec<_> = found.iter().map(|found| found.odd.as_deref()).collect();
        assert_eq!(odd, [None, Some("symbolic link to /etc"), Some("socket")]);
    }
}
