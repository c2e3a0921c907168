//! A bag inside a zip or tar archive, read where it stands.
//!
//! The archive's list of files is read once, as it is opened; a file's bytes are
//! read whenever they are asked for. Nothing that the archive says is trusted: a
//! name that comes twice, an encrypted file or an unknown compression is refused,
//! and what a file holds is compared with the manifests as in a folder.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::failed;
use super::source::{Kind, is_same_file};
use crate::corpus::junk::Junk;
use crate::exchange::error::{ExchangeError, Stop};
use crate::exchange::formats::content::Content;
use crate::printable::printable;

/// The file at the top of every bag.
const MARK: &str = "bagit.txt";

/// Where a file of the archive is.
#[derive(Clone, Copy, Debug)]
struct Member {
    kind: Kind,
    /// Of its bytes as they stand in the archive.
    start: u64,
    stored: u64,
    /// Of its bytes as they were.
    length: u64,
    compressed: bool,
}

/// An archive with its list of files.
#[derive(Debug)]
pub(super) struct Archive {
    path: PathBuf,
    seen: Metadata,
    /// By name in the bag. A folder that the archive does not list by itself is
    /// known by what it holds.
    members: BTreeMap<String, Member>,
}

impl Archive {
    /// Reads the list of files of a zip or tar archive.
    ///
    /// # Errors
    /// If it is neither, or cannot be read.
    pub(super) fn open(path: &Path) -> Result<Self, ExchangeError> {
        let mut file = File::open(path).map_err(ExchangeError::io(path))?;
        let seen = file.metadata().map_err(ExchangeError::io(path))?;
        let mut first = Vec::new();
        let mut head = Read::by_ref(&mut file).take(265);
        head.read_to_end(&mut first).map_err(ExchangeError::io(path))?;
        file.seek(SeekFrom::Start(0)).map_err(ExchangeError::io(path))?;
        let listed = match first.as_slice() {
            [b'P', b'K', 3 | 5 | 7, _, ..] => of_zip(path, file)?,
            _ if first.get(257..262) == Some(b"ustar") => of_tar(path, file)?,
            [0x1f, 0x8b, ..] => {
                let problem = "is compressed as a whole, so it cannot be read in place";
                return Err(ExchangeError::file(path, problem, "unpack it and give the folder"));
            }
            _ => {
                let problem = "is neither a folder nor a zip or tar archive";
                return Err(ExchangeError::file(path, problem, "give the bundle as it was sent"));
            }
        };
        Ok(Self { path: path.to_owned(), seen, members: by_name(path, listed)? })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// As [`Source::list`](super::source::Source::list).
    pub(super) fn list(
        &self,
        folder: &str,
        visit: &mut dyn FnMut(&OsStr, Kind) -> Result<(), Stop>,
    ) -> Result<bool, Stop> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut found = folder.is_empty()
            || self.members.get(folder).is_some_and(|member| member.kind == Kind::Folder);
        let mut last: Option<&str> = None;
        for (name, member) in self.members.range(prefix.clone()..) {
            let Some(below) = name.strip_prefix(&prefix) else { break };
            found = true;
            let (name, kind) = match below.split_once('/') {
                Some((name, _)) => (name, Kind::Folder),
                None => (below, member.kind),
            };
            // What a folder holds comes right after its own entry, or others of it.
            if last != Some(name) {
                last = Some(name);
                visit(OsStr::new(name), kind)?;
            }
        }
        Ok(found)
    }

    /// As [`Source::file`](super::source::Source::file).
    pub(super) fn file(&self, name: &str) -> Result<(Content, u64), Stop> {
        let Some(member) = self.members.get(name) else {
            return Err(failed(name, "a file", "none"));
        };
        if member.kind != Kind::File {
            return Err(failed(name, Kind::File, member.kind));
        }
        let mut file = File::open(&self.path).map_err(ExchangeError::io(&self.path))?;
        let opened = file.metadata().map_err(ExchangeError::io(&self.path))?;
        if !is_same_file(&self.seen, &opened) {
            return Err(ExchangeError::Changed(self.path.clone()).into());
        }
        file.seek(SeekFrom::Start(member.start)).map_err(ExchangeError::io(&self.path))?;
        let part = file.take(member.stored);
        let content = if member.compressed {
            // One byte more, so that a file longer than it states is noticed.
            let limit = member.length.saturating_add(1);
            Content::Compressed(Box::new(DeflateDecoder::new(part).take(limit)))
        } else {
            Content::Part(part)
        };
        Ok((content, member.length))
    }
}

fn refused(path: &Path, problem: impl std::fmt::Display) -> ExchangeError {
    ExchangeError::file(path, problem, "unpack it and give the folder")
}

fn of_zip(path: &Path, file: File) -> Result<Vec<(String, Member)>, ExchangeError> {
    let mut archive = ZipArchive::new(file).map_err(|error| refused(path, error))?;
    if archive.has_duplicate_names() {
        return Err(refused(path, "lists a name twice"));
    }
    let mut listed = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|error| refused(path, error))?;
        // Some programs for Windows write `\\` between folders.
        let name = String::from_utf8_lossy(entry.name_raw()).replace('\\', "/");
        let about = |what: &str| refused(path, format!("{} {what}", printable(&name)));
        if entry.encrypted() {
            return Err(about("is encrypted"));
        }
        let kind = match (entry.is_symlink(), name.ends_with('/')) {
            (true, _) => Kind::Other,
            (_, true) => Kind::Folder,
            _ => Kind::File,
        };
        let compressed = match entry.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            _ => return Err(about("is compressed in a way that this program does not read")),
        };
        let start = entry.data_start().ok_or_else(|| about("has no beginning"))?;
        let (stored, length) = (entry.compressed_size(), entry.size());
        if !compressed && stored != length {
            return Err(about("has two lengths"));
        }
        listed.push((name, Member { kind, start, stored, length, compressed }));
    }
    Ok(listed)
}

fn of_tar(path: &Path, file: File) -> Result<Vec<(String, Member)>, ExchangeError> {
    let mut archive = tar::Archive::new(file);
    let mut listed = Vec::new();
    for entry in archive.entries_with_seek().map_err(|error| refused(path, error))? {
        let entry = entry.map_err(|error| refused(path, error))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = match entry.header().entry_type() {
            tar::EntryType::Regular => Kind::File,
            tar::EntryType::Directory => Kind::Folder,
            _ => Kind::Other,
        };
        let (start, length) = (entry.raw_file_position(), entry.size());
        listed.push((name, Member { kind, start, stored: length, length, compressed: false }));
    }
    Ok(listed)
}

/// The files under their names in the bag: below the one folder around it, if
/// the archive was made of the bundle's folder and not of what is in it.
fn by_name(
    path: &Path,
    listed: Vec<(String, Member)>,
) -> Result<BTreeMap<String, Member>, ExchangeError> {
    let mut members = BTreeMap::new();
    for (name, member) in listed {
        let name = name.strip_prefix("./").unwrap_or(&name).trim_end_matches('/').to_owned();
        if name.is_empty() || name == "." {
            continue;
        }
        match members.entry(name) {
            Entry::Vacant(free) => {
                free.insert(member);
            }
            Entry::Occupied(taken) => {
                let problem = format!("lists {} twice", printable(taken.key()));
                return Err(refused(path, problem));
            }
        }
    }
    if members.contains_key(MARK) {
        return Ok(members);
    }
    let suffix = format!("/{MARK}");
    let top = members.keys().filter(|name| !Junk::is_left_at(name));
    let Some(folder) = top.clone().find_map(|name| name.strip_suffix(&suffix)) else {
        return Ok(members);
    };
    let (folder, around) = (folder.to_owned(), format!("{folder}/"));
    let alone = top.clone().all(|name| *name == folder || name.starts_with(&around));
    if folder.contains('/') || !alone {
        return Ok(members);
    }
    let inside = |(name, member): (String, Member)| match name.strip_prefix(&around) {
        Some(name) => Some((name.to_owned(), member)),
        // Beside the folder there is only what operating systems add.
        None => (name != folder).then_some((name, member)),
    };
    Ok(members.into_iter().filter_map(inside).collect())
}
