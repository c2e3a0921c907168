//! The package: decrypted with the lot's key, and read as a hostile archive.
//!
//! Nothing is taken from it but regular files of the expected names, in the order of a
//! manifest whose digest was signed, each of the length that its opening states.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use age::x25519::Identity;
use age::{DecryptError, Decryptor};
use candor::exchange::folder::private;
use candor::exchange::formats::bundle::{MAX_LINE_BYTES, Opening};
use candor::exchange::formats::json;
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::{ExchangeError, Progress};
use sha2::{Digest, Sha256};
use tar::EntryType;

use crate::formats::MissingLeaf;
use crate::formats::package::{
    MANIFEST, MISSING, OPENINGS, file_name, manifest_line, missing_lines,
};

/// Longest header of an encrypted file.
const MAX_HEADER_BYTES: u64 = 1 << 16;
/// Longest manifest and longest list of missing leaves.
const MAX_LIST_BYTES: u64 = 1 << 28;
/// Longest openings.
const MAX_OPENINGS_BYTES: u64 = 1 << 30;
/// Most zeros after the last file.
const MAX_PADDING_BYTES: u64 = 1 << 20;

/// What the package has to be.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// SHA-256 of its manifest, as the responder stated it.
    pub manifest: Sha256Hex,
    /// Leaves of the corpus.
    pub documents: u64,
}

/// What is opened, its bytes in files of the judge's own.
#[derive(Debug, Default)]
pub struct Package {
    /// Of each document, leaves ascending: file, record, place and views.
    pub openings: Vec<Opening>,
    /// What stays closed, leaves ascending.
    pub missing: Vec<MissingLeaf>,
    /// Where the bytes are.
    folder: PathBuf,
}

impl Package {
    /// Where the bytes of a document are.
    #[must_use]
    pub fn path(&self, leaf: u64) -> PathBuf {
        self.folder.join(leaf.to_string())
    }
}

/// What became of a package with a statement.
#[derive(Debug)]
pub enum Unpacked {
    /// It is what the statement says.
    Package(Package),
    /// The responder stated it, and it cannot be used.
    Broken(String),
}

/// Why a package was not read to its end.
enum Trouble {
    /// It is at fault.
    Broken(String),
    /// It is not the one that was stated.
    Another,
    /// This machine is at fault.
    Undecided(ExchangeError),
}

fn broken(problem: impl Into<String>) -> Trouble {
    Trouble::Broken(problem.into())
}

/// An error of a stream: of the disk, or of what was read.
fn of_stream(path: &Path) -> impl Fn(io::Error) -> Trouble {
    let path = path.to_owned();
    move |error| match error.raw_os_error() {
        Some(_) => Trouble::Undecided(ExchangeError::io(&path)(error)),
        None => broken("it is cut off, or damaged"),
    }
}

/// Decrypts a package and unpacks it into an empty folder.
///
/// # Errors
/// If it is not the package that was stated, or this machine cannot read or write.
pub fn unpack(
    path: &Path,
    identity: &Identity,
    asked: Asked,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Unpacked, ExchangeError> {
    match read(path, identity, asked, folder, progress) {
        Ok(package) => Ok(Unpacked::Package(package)),
        Err(Trouble::Broken(problem)) => Ok(Unpacked::Broken(problem)),
        Err(Trouble::Undecided(error)) => Err(error),
        Err(Trouble::Another) => {
            // The encryption names no sender: anyone could have made it.
            let problem = "is not the package that the statement is about";
            let advice = "ask the responder for that package; if none comes by the deadline, \
                          audit with --nothing-came";
            Err(ExchangeError::file(path, problem, advice))
        }
    }
}

fn read(
    path: &Path,
    identity: &Identity,
    asked: Asked,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Package, Trouble> {
    let of_stream = of_stream(path);
    check_header(path)?;
    let file = File::open(path).map_err(&of_stream)?;
    let decrypted = Decryptor::new_buffered(BufReader::new(file))
        .and_then(|decryptor| decryptor.decrypt(std::iter::once(identity as &dyn age::Identity)));
    let stream = decrypted.map_err(|error| match error {
        DecryptError::Io(error) => of_stream(error),
        _ => broken("the lot's key does not decrypt it"),
    })?;
    let failed = Rc::new(Cell::new(false));
    let stream = Decrypted { input: stream, failed: Rc::clone(&failed) };
    let mut archive = tar::Archive::new(BufReader::with_capacity(1 << 16, stream));
    let mut files = Files {
        // Extended headers are refused like anything else that is no regular file.
        entries: archive.entries().map_err(&of_stream)?.raw(true),
        of_stream: &of_stream,
        failed,
    };
    let listed = read_manifest(&mut files, asked)?;
    let openings = read_openings(&mut files, &listed, asked.documents)?;
    let missing = read_missing(&mut files, &listed, &openings, asked.documents)?;
    progress.stage("unpacking what was opened", openings.len() as u64);
    let package = Package { openings, missing, folder: folder.to_owned() };
    for (opening, sha256) in package.openings.iter().zip(&listed.files) {
        let bytes = opening.file.as_ref().map_or(0, |file| file.bytes);
        let entry = files.next(&file_name(opening.leaf), bytes)?;
        if entry.size() != bytes {
            return Err(broken("a file is shorter than its opening says"));
        }
        let found = copy(entry, &package.path(opening.leaf), &of_stream)?;
        if found != *sha256 {
            return Err(broken("a file is not the one in its manifest"));
        }
        progress.advance(1);
    }
    files.finish()?;
    check_end(archive.into_inner(), &of_stream)?;
    Ok(package)
}

/// A header ends soon: the reader holds all of it.
fn check_header(path: &Path) -> Result<(), Trouble> {
    let file = File::open(path).map_err(of_stream(path))?;
    let mut start = Vec::new();
    file.take(MAX_HEADER_BYTES).read_to_end(&mut start).map_err(of_stream(path))?;
    let ends = start.windows(5).any(|window| window == b"\n--- ");
    if ends { Ok(()) } else { Err(broken("it is no file that age wrote")) }
}

/// The files of the archive, in the order in which they have to come.
struct Files<'a, R: Read, E> {
    entries: tar::Entries<'a, R>,
    of_stream: E,
    /// Whether it did not decrypt to its end.
    failed: Rc<Cell<bool>>,
}

impl<'a, R: Read, E: Fn(io::Error) -> Trouble> Files<'a, R, E> {
    /// The next file, of at most so many bytes.
    fn next(&mut self, name: &str, most: u64) -> Result<tar::Entry<'a, R>, Trouble> {
        let entry = match self.entries.next() {
            Some(entry) => entry.map_err(&self.of_stream)?,
            None => return Err(broken("a file of its manifest is not in it")),
        };
        if entry.header().entry_type() != EntryType::Regular {
            return Err(broken("it holds something other than regular files"));
        }
        if entry.path_bytes().as_ref() != name.as_bytes() {
            return Err(broken("its files are not those of its manifest, in that order"));
        }
        if entry.size() > most {
            return Err(broken("a file is longer than it may be"));
        }
        Ok(entry)
    }

    fn finish(&mut self) -> Result<(), Trouble> {
        match self.entries.next() {
            None => Ok(()),
            Some(Ok(_)) => Err(broken("it holds a file that is not in its manifest")),
            Some(Err(error)) => Err((self.of_stream)(error)),
        }
    }
}

/// What the manifest lists.
struct Listed {
    openings: Sha256Hex,
    missing: Sha256Hex,
    /// Leaves ascending.
    leaves: Vec<u64>,
    files: Vec<Sha256Hex>,
}

/// Until its digest is found to be the stated one, anyone may have written the archive.
fn read_manifest<R: Read, E: Fn(io::Error) -> Trouble>(
    files: &mut Files<'_, R, E>,
    asked: Asked,
) -> Result<Listed, Trouble> {
    let failed = Rc::clone(&files.failed);
    let unknown = |trouble| match trouble {
        Trouble::Broken(_) if !failed.get() => Trouble::Another,
        trouble => trouble,
    };
    let mut text = Vec::new();
    let mut entry = files.next(MANIFEST, MAX_LIST_BYTES).map_err(unknown)?;
    entry.read_to_end(&mut text).map_err(|error| unknown((files.of_stream)(error)))?;
    if Sha256Hex(Sha256::digest(&text).into()) != asked.manifest {
        return Err(Trouble::Another);
    }
    parse_manifest(&text).ok_or_else(|| broken("its manifest is not in its one spelling"))
}

fn parse_manifest(text: &[u8]) -> Option<Listed> {
    let mut lines = str::from_utf8(text).ok()?.split_inclusive('\n');
    let mut line = |name: Option<&str>| -> Option<Option<(Sha256Hex, String)>> {
        let Some(line) = lines.next() else { return Some(None) };
        let (digest, found) = line.strip_suffix('\n')?.split_once("  ")?;
        let digest = Sha256Hex::parse(digest)?;
        let fits = name.is_none_or(|name| name == found) && manifest_line(digest, found) == line;
        fits.then(|| Some((digest, found.to_owned())))
    };
    let (openings, _) = line(Some(OPENINGS))??;
    let (missing, _) = line(Some(MISSING))??;
    let (mut leaves, mut files): (Vec<u64>, Vec<Sha256Hex>) = (Vec::new(), Vec::new());
    while let Some((digest, name)) = line(None)? {
        let leaf: u64 = name.rsplit('/').next()?.parse().ok()?;
        if file_name(leaf) != name || leaves.last().is_some_and(|last| *last >= leaf) {
            return None;
        }
        leaves.push(leaf);
        files.push(digest);
    }
    Some(Listed { openings, missing, leaves, files })
}

fn read_openings<R: Read, E: Fn(io::Error) -> Trouble>(
    files: &mut Files<'_, R, E>,
    listed: &Listed,
    documents: u64,
) -> Result<Vec<Opening>, Trouble> {
    let entry = files.next(OPENINGS, MAX_OPENINGS_BYTES)?;
    let mut input = BufReader::new(Hashing { input: entry, hasher: Sha256::new() });
    let mut openings = Vec::new();
    for leaf in &listed.leaves {
        let mut line = Vec::new();
        let most = (MAX_LINE_BYTES as u64).saturating_add(1);
        (&mut input).take(most).read_until(b'\n', &mut line).map_err(&files.of_stream)?;
        // Nothing of its words: they would be published, and may quote it.
        let opening = Opening::of_line(&line)
            .map_err(|_| broken(format!("the opening of leaf {leaf} is not in order")))?;
        let whole = opening.released().is_some() && opening.family.is_some();
        if opening.leaf != *leaf || *leaf >= documents || !whole {
            return Err(broken("its openings are not those of its files, each whole"));
        }
        openings.push(opening);
    }
    let mut rest = Vec::new();
    (&mut input).take(1).read_to_end(&mut rest).map_err(&files.of_stream)?;
    let digest = Sha256Hex(input.into_inner().hasher.finalize().into());
    if !rest.is_empty() || digest != listed.openings {
        return Err(broken("its openings are not those of its manifest"));
    }
    Ok(openings)
}

fn read_missing<R: Read, E: Fn(io::Error) -> Trouble>(
    files: &mut Files<'_, R, E>,
    listed: &Listed,
    openings: &[Opening],
    documents: u64,
) -> Result<Vec<MissingLeaf>, Trouble> {
    let mut bytes = Vec::new();
    let mut entry = files.next(MISSING, MAX_LIST_BYTES)?;
    entry.read_to_end(&mut bytes).map_err(&files.of_stream)?;
    if Sha256Hex(Sha256::digest(&bytes).into()) != listed.missing {
        return Err(broken("its missing.jsonl is not the one in its manifest"));
    }
    let lines: Result<Vec<MissingLeaf>, String> =
        bytes.split_inclusive(|byte| *byte == b'\n').map(json::from_line).collect();
    let missing = lines.map_err(|_| broken("its missing.jsonl is not in order"))?;
    let opened = |leaf: u64| openings.binary_search_by_key(&leaf, |opening| opening.leaf).is_ok();
    let in_order = missing.is_sorted_by(|one, next| one.leaf < next.leaf)
        && missing.iter().all(|line| line.problem().is_none() && line.leaf < documents)
        && !missing.iter().any(|line| opened(line.leaf))
        && missing_lines(&missing) == bytes;
    if in_order { Ok(missing) } else { Err(broken("its missing.jsonl is not in order")) }
}

/// Copies a file for its owner alone; gives its SHA-256.
fn copy(
    entry: impl Read,
    to: &Path,
    of_stream: &impl Fn(io::Error) -> Trouble,
) -> Result<Sha256Hex, Trouble> {
    let undecided = |error| Trouble::Undecided(ExchangeError::io(to)(error));
    let file = private(OpenOptions::new().write(true).create_new(true), 0o600).open(to);
    let mut file = file.map_err(undecided)?;
    let mut input = Hashing { input: entry, hasher: Sha256::new() };
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = match input.read(&mut buffer) {
            Ok(0) => return Ok(Sha256Hex(input.hasher.finalize().into())),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(of_stream(error)),
        };
        file.write_all(buffer.get(..count).unwrap_or_default()).map_err(undecided)?;
    }
}

/// After the last file there are zeros, and the encryption ends as it was begun.
fn check_end(stream: impl Read, of_stream: &impl Fn(io::Error) -> Trouble) -> Result<(), Trouble> {
    let mut rest = Vec::new();
    stream.take(MAX_PADDING_BYTES).read_to_end(&mut rest).map_err(of_stream)?;
    let ends = (rest.len() as u64) < MAX_PADDING_BYTES && rest.iter().all(|byte| *byte == 0);
    if ends { Ok(()) } else { Err(broken("something follows its last file")) }
}

/// Notes whether what is decrypted fails.
struct Decrypted<R> {
    input: R,
    failed: Rc<Cell<bool>>,
}

impl<R: Read> Read for Decrypted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer);
        self.failed.set(self.failed.get() || read.is_err());
        read
    }
}

/// Hashes what passes through.
struct Hashing<R> {
    input: R,
    hasher: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}
