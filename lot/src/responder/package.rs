//! The encrypted package: one tar of regular files, to the lot's recipient alone.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::Path;

use age::Encryptor;
use candor::corpus::store::Entry;
use candor::corpus::tree::Tree;
use candor::exchange::ExchangeError;
use candor::exchange::Progress;
use candor::exchange::folder::private;
use candor::exchange::formats::json;
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::held::{OpenCorpus, opening};
use sha2::{Digest, Sha256};

use crate::formats::package::{
    MANIFEST, MISSING, OPENINGS, file_name, manifest_line, missing_lines,
};
use crate::formats::{MissingLeaf, Recipient};

/// What goes into a package.
#[derive(Clone, Copy, Debug)]
pub struct Package<'a> {
    /// The corpus.
    pub corpus: &'a OpenCorpus,
    /// Leaves that are opened, ascending.
    pub leaves: &'a [u64],
    /// Leaves that are not, ascending.
    pub missing: &'a [MissingLeaf],
    /// To whom.
    pub recipient: &'a Recipient,
}

impl Package<'_> {
    /// Writes the package to a new file in `folder`, and gives the SHA-256 of its manifest.
    ///
    /// # Errors
    /// If a document is not the committed one any more, or the file cannot be written.
    pub fn write(
        &self,
        folder: &Path,
        name: &str,
        progress: &dyn Progress,
    ) -> Result<Sha256Hex, ExchangeError> {
        progress.stage("opening documents to the judge", self.leaves.len() as u64);
        let path = folder.join(name);
        let io = |error: io::Error| ExchangeError::io(&path)(error);
        let tree = self.corpus.store.tree();
        let (openings, openings_sha256, length) =
            self.openings(folder, tree.as_ref()).map_err(io)?;
        let missing = missing_lines(self.missing);
        let manifest = self.manifest(openings_sha256, &missing);
        let file = private(OpenOptions::new().write(true).create_new(true), 0o600).open(&path);
        let file = BufWriter::new(file.map_err(io)?);
        let key = self.recipient.key() as &dyn age::Recipient;
        let encryptor = Encryptor::with_recipients(std::iter::once(key))
            .map_err(|error| io(io::Error::other(error)))?;
        let mut tar = tar::Builder::new(encryptor.wrap_output(file).map_err(io)?);
        append(&mut tar, MANIFEST, manifest.len() as u64, manifest.as_bytes()).map_err(io)?;
        append(&mut tar, OPENINGS, length, openings).map_err(io)?;
        append(&mut tar, MISSING, missing.len() as u64, missing.as_slice()).map_err(io)?;
        for leaf in self.leaves {
            self.append_document(&mut tar, *leaf, &path)?;
            progress.advance(1);
        }
        let stream = tar.into_inner().map_err(io)?;
        let mut file = stream.finish().map_err(io)?;
        file.flush().and_then(|()| file.get_ref().sync_all()).map_err(io)?;
        Ok(Sha256Hex(Sha256::digest(manifest.as_bytes()).into()))
    }

    fn document(&self, leaf: u64) -> &Entry {
        self.corpus.document(leaf)
    }

    /// The openings in a file without a name, their digest and their length.
    fn openings(&self, folder: &Path, tree: Option<&Tree>) -> io::Result<(File, Sha256Hex, u64)> {
        let mut output = BufWriter::new(tempfile::tempfile_in(folder)?);
        let (mut hasher, mut length) = (Sha256::new(), 0);
        for leaf in self.leaves {
            let line = json::to_line(&opening(self.document(*leaf), *leaf, true, tree));
            hasher.update(&line);
            length = u64::saturating_add(length, line.len() as u64);
            output.write_all(&line)?;
        }
        let mut file = output.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok((file, Sha256Hex(hasher.finalize().into()), length))
    }

    fn manifest(&self, openings: Sha256Hex, missing: &[u8]) -> String {
        let missing = Sha256Hex(Sha256::digest(missing).into());
        let mut text = manifest_line(openings, OPENINGS) + &manifest_line(missing, MISSING);
        for leaf in self.leaves {
            let sha256 = Sha256Hex(self.document(*leaf).sha256);
            text.push_str(&manifest_line(sha256, &file_name(*leaf)));
        }
        text
    }

    /// Copies a document, which must be the committed one to its last byte.
    fn append_document<W: Write>(
        &self,
        tar: &mut tar::Builder<W>,
        leaf: u64,
        path: &Path,
    ) -> Result<(), ExchangeError> {
        let document = self.document(leaf);
        let source = self.corpus.path(document);
        let changed = || {
            let advice = "restore the file from a copy, exactly as it was committed";
            ExchangeError::file(&source, "has changed since the commitment", advice)
        };
        let file = self.corpus.file(document)?;
        let mut hashing = Hashing {
            input: file.take(document.byte_length.saturating_add(1)),
            hasher: Sha256::new(),
            length: 0,
        };
        // A file that became shorter would leave the archive out of step.
        let written = append(tar, &file_name(leaf), document.byte_length, &mut hashing);
        let sha256: [u8; 32] = hashing.hasher.finalize().into();
        if hashing.length != document.byte_length || sha256 != document.sha256 {
            return Err(changed());
        }
        written.map_err(ExchangeError::io(path))
    }
}

/// Hashes what passes through.
struct Hashing<R> {
    input: R,
    hasher: Sha256,
    length: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        self.length = self.length.saturating_add(count as u64);
        Ok(count)
    }
}

/// Adds a regular file; nothing is told of the file that it is copied from.
fn append<W: Write>(
    tar: &mut tar::Builder<W>,
    name: &str,
    length: u64,
    bytes: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(length);
    tar.append_data(&mut header, name, bytes)
}
