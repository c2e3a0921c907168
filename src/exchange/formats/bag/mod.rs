//! The BagIt bag (RFC 8493) around a bundle: strict access to the files of a
//! bag that someone else wrote.
//!
//! * [`seal`]: writes the tag files of a bag
//! * `source`, `archive`: the bag's files in a folder, or in a zip or tar archive
//! * `manifest`, `entries`: manifests and lists, read line by line
//! * `aside`: files that operating systems add

mod archive;
mod aside;
mod entries;
mod manifest;
mod source;
mod write;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use self::aside::LeftAside;
pub(crate) use self::entries::Entries;
pub(crate) use self::manifest::ManifestReader;
use self::source::{Kind, Source};
pub use self::write::seal;
use super::bundle::{self, Entry};
use super::content::Content;
use super::judge_copy;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::formats::sealed::{Reading, Seal};

const DECLARATION: &str = "bagit.txt";
const DECLARATION_TEXT: &[u8] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
const BAG_INFO: &str = "bag-info.txt";
/// Lists the payload.
pub(crate) const MANIFEST: &str = "manifest-sha256.txt";
const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";
const MAX_TAG_BYTES: usize = 1 << 12;
/// No proof is longer.
pub(crate) const MAX_PROOF_BYTES: u64 = 1 << 24;

/// SHA-256 and length of what a reader gives.
pub(crate) fn hash(mut input: impl Read) -> io::Result<([u8; 32], u64)> {
    let mut hasher = Sha256::new();
    let length = io::copy(&mut input, &mut hasher)?;
    Ok((hasher.finalize().into(), length))
}

/// A bag that someone else wrote. Nothing in it is trusted.
#[derive(Debug)]
pub(crate) struct Bag {
    source: Source,
    left_aside: LeftAside,
}

/// A file of the payload: its name, its length, and what to do with its digest.
pub(crate) type Listed<D> = Result<(String, u64, D), Stop>;

/// The files of each folder of the payload, as the lists and `bundle.json` count them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub(crate) batches: u64,
    pub(crate) released: u64,
    pub(crate) substitutes: u64,
}

/// What the digest of a tag manifest fixes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    /// That digest.
    pub(crate) digest: [u8; 32],
    /// Digest of the openings.
    pub(crate) openings: [u8; 32],
}

/// What the payload files with fixed names held when they were parsed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FirstReadings {
    pub(crate) info: Seal,
    pub(crate) commitment: Seal,
    pub(crate) leaves: Seal,
    pub(crate) openings: Seal,
    pub(crate) outside: Seal,
    pub(crate) substitutes: Seal,
    pub(crate) unreadable: Seal,
    pub(crate) withheld: Seal,
    pub(crate) vocabularies: VocabularySeals,
}

/// The vocabularies of views of tokens, of which a bundle holds those that its commitment
/// names.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct VocabularySeals {
    pub(crate) wordpiece: Option<Seal>,
    pub(crate) bpe: Option<Seal>,
}

impl FirstReadings {
    /// The files that the manifest lists before the proofs.
    fn before_proofs(&self) -> impl Iterator<Item = (&'static str, Seal)> {
        let bpe = self.vocabularies.bpe.map(|seal| (bundle::BPE, seal));
        bpe.into_iter().chain([
            (bundle::INFO, self.info),
            (bundle::COMMITMENT, self.commitment),
            (bundle::LEAVES, self.leaves),
            (bundle::OPENINGS, self.openings),
            (bundle::OUTSIDE, self.outside),
        ])
    }

    /// The files that it lists after all others.
    fn last(&self) -> impl Iterator<Item = (&'static str, Seal)> {
        let wordpiece = self.vocabularies.wordpiece.map(|seal| (bundle::WORDPIECE, seal));
        [(bundle::UNREADABLE, self.unreadable), (bundle::WITHHELD, self.withheld)]
            .into_iter()
            .chain(wordpiece)
    }
}

/// A line of a manifest.
fn line(digest: &[u8; 32], name: &str) -> String {
    format!("{}  {name}\n", hex::encode(digest))
}

fn failed(subject: &str, expected: impl ToString, found: impl ToString) -> Stop {
    Failure::new(Check::Parsing, subject, expected.to_string(), found.to_string()).into()
}

impl Bag {
    /// The bag in a folder, or in a zip or tar archive, which is read in place.
    pub(crate) fn open(root: &Path) -> Result<Self, ExchangeError> {
        Ok(Self { source: Source::open(root)?, left_aside: LeftAside::default() })
    }

    /// Where a file of the bag stands.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.source.path(name)
    }

    /// Opens a regular file (never through a link) and gives its length, both
    /// of what was opened, whatever stands at the path later.
    pub(crate) fn file(&self, name: &str) -> Result<(Content, u64), Stop> {
        self.source.file(name)
    }

    /// The first names of files that operating systems add, once the tree was
    /// checked, and their number.
    pub(crate) fn left_aside(&self) -> (Vec<String>, u64) {
        self.left_aside.found()
    }

    /// Opens a file to be read once from beginning to end.
    pub(crate) fn reading(&self, name: &str) -> Result<Reading, Stop> {
        let (file, length) = self.file(name)?;
        Ok(Reading::new(self.path(name), file, length))
    }

    /// Opens a file whose length is known.
    pub(crate) fn file_of(&self, name: &str, length: u64) -> Result<Content, Stop> {
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
        Ok(Entries::new(name, self.reading(name)?, documents))
    }

    /// Checks that the bag holds exactly the known files, that none is a link,
    /// and that the manifests are those of the files. `released` and `substitutes` give
    /// the files of these folders in order. Gives the seals of the manifests of
    /// payload and of tag files.
    pub(crate) fn check_files<D, E>(
        &self,
        first: &FirstReadings,
        counted: Counted,
        released: impl Iterator<Item = Listed<D>>,
        substitutes: impl Iterator<Item = Listed<E>>,
        mut progress: impl FnMut(u64),
    ) -> Result<[Seal; 2], Stop>
    where
        D: FnOnce(&[u8; 32]),
        E: FnOnce(&[u8; 32]) -> Result<(), Stop>,
    {
        self.check_tree(first, counted)?;
        let (mut bytes, mut files) = (0u64, 0u64);
        let mut manifest = ManifestReader::open(self, MANIFEST)?;
        let mut add = |manifest: &mut ManifestReader, seal: &Seal, name: &str| {
            manifest.expect(&seal.digest, name)?;
            bytes = bytes.saturating_add(seal.length);
            files = files.saturating_add(1);
            Ok::<_, Stop>(())
        };
        for (name, seal) in first.before_proofs() {
            add(&mut manifest, &seal, name)?;
        }
        for batch in 0..counted.batches {
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
        add(&mut manifest, &first.substitutes, bundle::SUBSTITUTE_LIST)?;
        for file in substitutes {
            let (name, length, check) = file?;
            let file = self.file_of(&name, length)?;
            let seal = Reading::new(self.path(&name), file, length).seal()?;
            check(&seal.digest)?;
            add(&mut manifest, &seal, &name)?;
            progress(length);
        }
        for (name, seal) in first.last() {
            add(&mut manifest, &seal, name)?;
        }
        let seal = manifest.end()?;
        let tags = self.check_tags(&seal, bytes, files)?;
        Ok([seal, tags])
    }

    /// What the tag manifest of this bag fixes; no file but the two manifests is read.
    pub(crate) fn named_by_tag_manifest(&self) -> Result<Named, Stop> {
        let bytes = self.read(TAG_MANIFEST, MAX_TAG_BYTES)?;
        let payload = manifest::digest_in(bytes.as_slice(), MANIFEST);
        let payload =
            payload.ok_or_else(|| failed(TAG_MANIFEST, "a line for the manifest", "none"))?;
        let mut manifest = ManifestReader::open(self, MANIFEST)?;
        let openings = manifest.find(bundle::OPENINGS)?;
        if manifest.into_reading().seal()?.digest != payload {
            return Err(failed(MANIFEST, "the file that the tag manifest lists", "another"));
        }
        Ok(Named { digest: Sha256::digest(&bytes).into(), openings })
    }

    /// The payload's manifest once more, at the first proof.
    pub(crate) fn proof_digests(&self, first: &FirstReadings) -> Result<ManifestReader, Stop> {
        let mut manifest = ManifestReader::open(self, MANIFEST)?;
        for (name, _) in first.before_proofs() {
            manifest.digest_of(name)?;
        }
        Ok(manifest)
    }

    fn check_tags(&self, payload: &Seal, bytes: u64, files: u64) -> Result<Seal, Stop> {
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
        manifest.end()
    }

    /// Every entry of every directory is known and of the right kind. What
    /// operating systems add is left aside, never opened.
    fn check_tree(&self, first: &FirstReadings, counted: Counted) -> Result<(), Stop> {
        let kinds = |files: &[&'static str], folders: &[&'static str]| {
            let files = files.iter().map(|name| (*name, Kind::File));
            files.chain(folders.iter().map(|name| (*name, Kind::Folder))).collect()
        };
        self.check_folder("", &kinds(&[DECLARATION, BAG_INFO, MANIFEST, TAG_MANIFEST], &["data"]))?;
        let base = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
        let files = first.before_proofs().chain(first.last()).map(|(name, _)| base(name));
        let files: Vec<_> = files.chain([base(bundle::SUBSTITUTE_LIST)]).collect();
        let folders = [bundle::PROOFS, bundle::RELEASED, bundle::SUBSTITUTES];
        self.check_folder("data", &kinds(&files, &folders.map(base)))?;
        self.check_count(bundle::PROOFS, counted.batches)?;
        self.check_count(bundle::RELEASED, counted.released)?;
        self.check_count(bundle::SUBSTITUTES, counted.substitutes)
    }

    /// Checks that the folder or archive is a judge's copy of `documents` files and of
    /// nothing else. That they are the right ones follows when each is found.
    pub(crate) fn check_judge_copy(&self, documents: u64) -> Result<(), Stop> {
        let known = [
            (judge_copy::INFO, Kind::File),
            (judge_copy::OPENINGS, Kind::File),
            (judge_copy::FILES, Kind::Folder),
        ];
        self.check_folder("", &known.into())?;
        self.check_count(judge_copy::FILES, documents)
    }

    fn check_folder(&self, folder: &str, known: &BTreeMap<&'static str, Kind>) -> Result<(), Stop> {
        let listed = self.source.list(folder, &mut |name, kind| {
            let subject = Path::new(folder).join(name).display().to_string();
            if self.left_aside.takes(&subject) {
                return Ok(());
            }
            match name.to_str().and_then(|name| known.get(name)) {
                None => Err(failed(&subject, "no such file in a bundle", "one")),
                Some(expected) if *expected == kind => Ok(()),
                Some(expected) => Err(failed(&subject, expected, kind)),
            }
        })?;
        if listed { Ok(()) } else { Err(failed(folder, Kind::Folder, "none")) }
    }

    /// A folder of `count` regular files. That they are the right ones follows
    /// when each expected name is found: names in a folder differ.
    fn check_count(&self, folder: &str, count: u64) -> Result<(), Stop> {
        let mut found = 0u64;
        let listed = self.source.list(folder, &mut |name, kind| {
            let subject = Path::new(folder).join(name).display().to_string();
            if self.left_aside.takes(&subject) {
                return Ok(());
            }
            if kind != Kind::File {
                return Err(failed(folder, "regular files only", kind));
            }
            found = found.saturating_add(1);
            if found > count {
                return Err(failed(folder, format!("{count} files"), "more"));
            }
            Ok(())
        })?;
        match (listed, found < count) {
            (_, false) => Ok(()),
            (true, true) => Err(failed(folder, format!("{count} files"), format!("{found} files"))),
            (false, true) => Err(failed(folder, format!("{count} files"), "no folder")),
        }
    }
}
