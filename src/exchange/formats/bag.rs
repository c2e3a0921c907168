//! The BagIt bag (RFC 8493) around a bundle: manifests, and strict access to
//! the files of a bag that somebody else wrote.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::bundle::{self, Entry, MAX_LINE_BYTES};
use super::json;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::sealed::{Reading, Seal};

const DECLARATION: &str = "bagit.txt";
const DECLARATION_TEXT: &[u8] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
const BAG_INFO: &str = "bag-info.txt";
/// Lists the payload.
pub(crate) const MANIFEST: &str = "manifest-sha256.txt";
const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";
const MAX_TAG_BYTES: usize = 1 << 12;
/// No proof is longer.
pub(crate) const MAX_PROOF_BYTES: u64 = 1 << 24;

/// Writes the four tag files over what stands in `root/data`.
///
/// # Errors
/// If a file cannot be read or written.
pub fn seal(root: &Path) -> Result<(), ExchangeError> {
    let mut names = Vec::new();
    collect(root, "data", &mut names)?;
    names.sort();
    let mut manifest = String::new();
    let mut bytes = 0u64;
    for name in &names {
        let path = root.join(name);
        let file = File::open(&path).map_err(ExchangeError::io(&path))?;
        let (digest, length) = hash(file).map_err(ExchangeError::io(&path))?;
        bytes = bytes.saturating_add(length);
        manifest.push_str(&line(&digest, name));
    }
    let info = format!(
        "Bag-Software-Agent: candor {}\nPayload-Oxum: {bytes}.{}\n",
        env!("CARGO_PKG_VERSION"),
        names.len()
    );
    let tags = [
        (BAG_INFO, info.as_bytes()),
        (DECLARATION, DECLARATION_TEXT),
        (MANIFEST, manifest.as_bytes()),
    ];
    let mut tag_manifest = String::new();
    for (name, text) in tags {
        write(&root.join(name), text)?;
        tag_manifest.push_str(&line(&Sha256::digest(text).into(), name));
    }
    write(&root.join(TAG_MANIFEST), tag_manifest.as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ExchangeError> {
    fs::write(path, bytes).map_err(ExchangeError::io(path))
}

fn line(digest: &[u8; 32], name: &str) -> String {
    format!("{}  {name}\n", hex::encode(digest))
}

fn collect(root: &Path, directory: &str, names: &mut Vec<String>) -> Result<(), ExchangeError> {
    let path = root.join(directory);
    for entry in fs::read_dir(&path).map_err(ExchangeError::io(&path))? {
        let entry = entry.map_err(ExchangeError::io(&path))?;
        let name = format!("{directory}/{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().map_err(ExchangeError::io(entry.path()))?;
        if kind.is_dir() {
            collect(root, &name, names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}

/// SHA-256 and length of what a reader gives.
pub(crate) fn hash(mut input: impl Read) -> io::Result<([u8; 32], u64)> {
    let mut hasher = Sha256::new();
    let length = io::copy(&mut input, &mut hasher)?;
    Ok((hasher.finalize().into(), length))
}

/// Whether what was opened is the file that was looked at before.
fn is_same_file(seen: &fs::Metadata, opened: &fs::Metadata) -> bool {
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

/// A bag that somebody else wrote. Nothing in it is trusted.
#[derive(Debug)]
pub(crate) struct Bag {
    root: PathBuf,
}

/// Payload files that the manifest lists before the proofs.
const BEFORE_PROOFS: [&str; 4] =
    [bundle::UNREADABLE, bundle::INFO, bundle::LEAVES, bundle::OPENINGS];

/// What the payload files with fixed names held when they were parsed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FirstReadings {
    pub(crate) unreadable: Seal,
    pub(crate) info: Seal,
    pub(crate) leaves: Seal,
    pub(crate) openings: Seal,
    pub(crate) withheld: Seal,
}

impl FirstReadings {
    fn before_proofs(&self) -> impl Iterator<Item = (&'static str, &Seal)> {
        BEFORE_PROOFS.into_iter().zip([&self.unreadable, &self.info, &self.leaves, &self.openings])
    }
}

fn failed(subject: &str, expected: impl ToString, found: impl ToString) -> Stop {
    Failure::new(Check::Parsing, subject, expected.to_string(), found.to_string()).into()
}

impl Bag {
    /// The bag in a directory.
    pub(crate) fn open(root: &Path) -> Result<Self, ExchangeError> {
        let kind = fs::metadata(root).map_err(ExchangeError::io(root))?;
        if !kind.is_dir() {
            return Err(ExchangeError::file(root, "not a directory", "give the bundle's folder"));
        }
        Ok(Self { root: root.to_owned() })
    }

    /// Where a file of the bag stands.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Opens a regular file (never through a link) and gives its length, both
    /// of what was opened, whatever stands at the path later.
    pub(crate) fn file(&self, name: &str) -> Result<(File, u64), Stop> {
        let path = self.path(name);
        let kind = match fs::symlink_metadata(&path) {
            Err(error) if is_missing(&error) => {
                return Err(failed(name, "a file", "none"));
            }
            other => other.map_err(ExchangeError::io(&path))?,
        };
        if !kind.is_file() {
            return Err(failed(name, "a regular file", "something else"));
        }
        let file = File::open(&path).map_err(ExchangeError::io(&path))?;
        let opened = file.metadata().map_err(ExchangeError::io(&path))?;
        if !is_same_file(&kind, &opened) {
            return Err(ExchangeError::Changed(path).into());
        }
        Ok((file, opened.len()))
    }

    /// Opens a file to be read once from beginning to end.
    pub(crate) fn reading(&self, name: &str) -> Result<Reading, Stop> {
        let (file, length) = self.file(name)?;
        Ok(Reading::new(self.path(name), file, length))
    }

    /// Opens a file whose length is known.
    pub(crate) fn file_of(&self, name: &str, length: u64) -> Result<File, Stop> {
        let (file, found) = self.file(name)?;
        if found != length {
            return Err(failed(name, format!("{length} bytes"), format!("{found} bytes")));
        }
        Ok(file)
    }

    /// Reads a whole file of at most `cap` bytes.
    pub(crate) fn read(&self, name: &str, cap: usize) -> Result<Vec<u8>, Stop> {
        let (file, length) = self.file(name)?;
        let too_long = || failed(name, format!("at most {cap} bytes"), format!("{length} bytes"));
        if length > cap as u64 {
            return Err(too_long());
        }
        let mut bytes = Vec::new();
        let limit = (cap as u64).saturating_add(1);
        file.take(limit).read_to_end(&mut bytes).map_err(ExchangeError::io(self.path(name)))?;
        if bytes.len() > cap {
            return Err(too_long());
        }
        Ok(bytes)
    }

    /// Reads a `.jsonl` file entry by entry, leaves ascending below `documents`.
    pub(crate) fn entries<T: Entry>(
        &self,
        name: &'static str,
        documents: u64,
    ) -> Result<Entries<T>, Stop> {
        let input = self.reading(name)?;
        Ok(Entries { name, input, documents, next: 0, peeked: None, kind: PhantomData })
    }

    /// Checks that the bag holds exactly the known files, that none is a link,
    /// and that the manifests are those of the files. `released` gives for each
    /// released file, in order, its name, its length, and what to do with its
    /// digest. Gives the seal of the payload's manifest.
    pub(crate) fn check_files<D: FnOnce(&[u8; 32])>(
        &self,
        first: &FirstReadings,
        batches: u64,
        releases: u64,
        released: impl Iterator<Item = Result<(String, u64, D), Stop>>,
        mut progress: impl FnMut(u64),
    ) -> Result<Seal, Stop> {
        self.check_tree(batches, releases)?;
        let (mut bytes, mut files) = (0u64, 0u64);
        let mut manifest = ManifestReader::open(self, MANIFEST)?;
        let mut add = |manifest: &mut ManifestReader, seal: &Seal, name: &str| {
            manifest.expect(&seal.digest, name)?;
            bytes = bytes.saturating_add(seal.length);
            files = files.saturating_add(1);
            Ok::<_, Stop>(())
        };
        for (name, seal) in first.before_proofs() {
            add(&mut manifest, seal, name)?;
        }
        for batch in 0..batches {
            let name = bundle::proof_name(batch);
            let (file, length) = self.file(&name)?;
            if length > MAX_PROOF_BYTES {
                let expected = format!("at most {MAX_PROOF_BYTES} bytes");
                return Err(failed(&name, expected, format!("{length} bytes")));
            }
            add(&mut manifest, &Reading::new(self.path(&name), file, length).seal()?, &name)?;
            progress(length);
        }
        for file in released {
            let (name, length, tell) = file?;
            let file = self.file_of(&name, length)?;
            let seal = Reading::new(self.path(&name), file, length).seal()?;
            add(&mut manifest, &seal, &name)?;
            tell(&seal.digest);
            progress(length);
        }
        add(&mut manifest, &first.withheld, bundle::WITHHELD)?;
        let seal = manifest.end()?;
        self.check_tags(&seal, bytes, files)?;
        Ok(seal)
    }

    /// The payload's manifest once more, at the first proof.
    pub(crate) fn proof_digests(&self) -> Result<ManifestReader, Stop> {
        let mut manifest = ManifestReader::open(self, MANIFEST)?;
        for name in BEFORE_PROOFS {
            manifest.digest_of(name)?;
        }
        Ok(manifest)
    }

    fn check_tags(&self, payload: &Seal, bytes: u64, files: u64) -> Result<(), Stop> {
        let declaration = self.read(DECLARATION, MAX_TAG_BYTES)?;
        if declaration != DECLARATION_TEXT {
            return Err(failed(DECLARATION, "the declaration of BagIt 1.0", "something else"));
        }
        let info = self.read(BAG_INFO, MAX_TAG_BYTES)?;
        let agent = info.strip_prefix(b"Bag-Software-Agent: candor ");
        let mut lines = agent.unwrap_or_default().splitn(2, |b| *b == b'\n');
        let version = lines.next().unwrap_or_default();
        let plain = |b: &u8| b.is_ascii_alphanumeric() || b".-+".contains(b);
        let oxum = format!("Payload-Oxum: {bytes}.{files}\n");
        let agreed = lines.next() == Some(oxum.as_bytes());
        if version.is_empty() || !version.iter().all(plain) || !agreed {
            let expected = format!("the software's version and {}", oxum.trim_end());
            return Err(failed(BAG_INFO, expected, "something else"));
        }
        let mut manifest = ManifestReader::open(self, TAG_MANIFEST)?;
        let tags = [
            (BAG_INFO, Seal::of(&info)),
            (DECLARATION, Seal::of(&declaration)),
            (MANIFEST, *payload),
        ];
        for (name, seal) in tags {
            manifest.expect(&seal.digest, name)?;
        }
        manifest.end().map(|_| ())
    }

    /// Every entry of every directory is known and of the right kind.
    fn check_tree(&self, batches: u64, releases: u64) -> Result<(), Stop> {
        let kinds = |files: &[&'static str], directories: &[&'static str]| {
            let files = files.iter().map(|name| (*name, false));
            files.chain(directories.iter().map(|name| (*name, true))).collect()
        };
        self.check_directory(
            "",
            &kinds(&[DECLARATION, BAG_INFO, MANIFEST, TAG_MANIFEST], &["data"]),
        )?;
        let base = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
        let files =
            [bundle::INFO, bundle::LEAVES, bundle::OPENINGS, bundle::UNREADABLE, bundle::WITHHELD];
        let directories = [bundle::PROOFS, bundle::RELEASED];
        self.check_directory("data", &kinds(&files.map(base), &directories.map(base)))?;
        self.check_count(bundle::PROOFS, batches)?;
        self.check_count(bundle::RELEASED, releases)
    }

    fn check_directory(
        &self,
        directory: &str,
        known: &BTreeMap<&'static str, bool>,
    ) -> Result<(), Stop> {
        let path = self.path(directory);
        for entry in fs::read_dir(&path).map_err(ExchangeError::io(&path))? {
            let entry = entry.map_err(ExchangeError::io(&path))?;
            let name = entry.file_name();
            let kind = entry.file_type().map_err(ExchangeError::io(entry.path()))?;
            let subject = format!("{}", Path::new(directory).join(&name).display());
            match name.to_str().and_then(|name| known.get(name)) {
                None => return Err(failed(&subject, "no such file in a bundle", "one")),
                Some(true) if kind.is_dir() => {}
                Some(false) if kind.is_file() => {}
                Some(true) => return Err(failed(&subject, "a directory", "something else")),
                Some(false) => return Err(failed(&subject, "a regular file", "something else")),
            }
        }
        Ok(())
    }

    /// A directory of `count` regular files. That they are the right ones
    /// follows when each expected name is found: names in a directory differ.
    fn check_count(&self, directory: &str, count: u64) -> Result<(), Stop> {
        let path = self.path(directory);
        let entries = match fs::read_dir(&path) {
            Err(error) if is_missing(&error) && count == 0 => return Ok(()),
            Err(error) if is_missing(&error) => {
                return Err(failed(directory, format!("{count} files"), "no directory"));
            }
            other => other.map_err(ExchangeError::io(&path))?,
        };
        let mut found = 0u64;
        for entry in entries {
            let entry = entry.map_err(ExchangeError::io(&path))?;
            let kind = entry.file_type().map_err(ExchangeError::io(entry.path()))?;
            if !kind.is_file() {
                return Err(failed(directory, "regular files only", "something else"));
            }
            found = found.saturating_add(1);
            if found > count {
                return Err(failed(directory, format!("{count} files"), "more"));
            }
        }
        if found < count {
            return Err(failed(directory, format!("{count} files"), format!("{found} files")));
        }
        Ok(())
    }
}

/// A manifest, read in step with the files that it lists.
pub(crate) struct ManifestReader {
    name: &'static str,
    input: Reading,
}

impl ManifestReader {
    fn open(bag: &Bag, name: &'static str) -> Result<Self, Stop> {
        Ok(Self { name, input: bag.reading(name)? })
    }

    fn expect(&mut self, digest: &[u8; 32], name: &str) -> Result<(), Stop> {
        let expected = line(digest, name);
        let found = self.input.line(expected.len())?;
        if found != expected.as_bytes() {
            // Escaped, since the difference may be in the end of the line.
            let found = String::from_utf8_lossy(&found);
            return Err(failed(self.name, expected.escape_default(), found.escape_default()));
        }
        Ok(())
    }

    /// The digest in the next line, which was found to be about `name` when the
    /// manifest was read before.
    pub(crate) fn digest_of(&mut self, name: &str) -> Result<[u8; 32], ExchangeError> {
        let cap = line(&[0; 32], name).len();
        let found = self.input.line(cap)?;
        let digest = found.first_chunk::<64>().and_then(|digits| {
            let mut digest = [0; 32];
            hex::decode_to_slice(digits, &mut digest).ok()?;
            (line(&digest, name).as_bytes() == found).then_some(digest)
        });
        digest.ok_or_else(|| ExchangeError::Changed(self.input.path().to_owned()))
    }

    /// The file as it was read, to be compared with other readings of it.
    pub(crate) fn into_reading(self) -> Reading {
        self.input
    }

    fn end(mut self) -> Result<Seal, Stop> {
        let rest = self.input.line(1)?;
        if !rest.is_empty() {
            return Err(failed(self.name, "the end", "more lines"));
        }
        Ok(self.input.seal()?)
    }
}

/// The entries of a `.jsonl` file.
#[derive(Debug)]
pub(crate) struct Entries<T> {
    name: &'static str,
    input: Reading,
    documents: u64,
    next: u64,
    peeked: Option<T>,
    kind: PhantomData<T>,
}

impl<T: Entry> Entries<T> {
    /// The entry of this leaf, if there is one; leaves must be asked for in
    /// ascending order, and those between are passed over.
    pub(crate) fn of_leaf(&mut self, leaf: u64) -> Result<Option<T>, Stop> {
        while self.peeked.as_ref().is_none_or(|entry| entry.leaf() < leaf) {
            self.peeked = self.read()?;
            if self.peeked.is_none() {
                return Ok(None);
            }
        }
        Ok(self.peeked.take_if(|entry| entry.leaf() == leaf))
    }

    /// The file as it was read, to be compared with other readings of it.
    pub(crate) fn into_reading(self) -> Reading {
        self.input
    }

    fn read(&mut self) -> Result<Option<T>, Stop> {
        let bytes = self.input.line(MAX_LINE_BYTES)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let entry: T = json::from_line(&bytes)
            .map_err(|error| failed(self.name, "a line of canonical JSON", error))?;
        if !(self.next..self.documents).contains(&entry.leaf()) {
            let expected = format!("ascending leaves below {}", self.documents);
            return Err(failed(self.name, expected, format!("leaf {}", entry.leaf())));
        }
        if let Some(problem) = entry.problem() {
            return Err(failed(self.name, "a well-formed entry", problem));
        }
        self.next = entry.leaf().saturating_add(1);
        Ok(Some(entry))
    }
}

impl<T: Entry> Iterator for Entries<T> {
    type Item = Result<T, Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.peeked.take() {
            Some(entry) => Some(Ok(entry)),
            None => self.read().transpose(),
        }
    }
}
