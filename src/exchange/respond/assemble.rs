//! Puts the bundle together from proofs, decisions and the opening store.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use serde::Serialize;

use super::job::Job;
use super::release::Fate;
use super::unfinished::Unfinished;
use super::withholding::{Redaction, Said};
use crate::argument::statement::ARGUMENT_VERSION;
use crate::corpus::error::CorpusError;
use crate::corpus::missing::Missing;
use crate::corpus::scan::still_a_file;
use crate::corpus::tree::Tree;
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::bag;
use crate::exchange::formats::bundle::{
    self, Bases, Basis, BundleInfo, FORMAT, Opening, OutsideLine, Substitute, UnreadableLine,
    Withheld,
};
use crate::exchange::formats::json;
use crate::exchange::formats::leaves::{Record, Status};
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::held::{family_opening, membership, opening};
use crate::exchange::progress::Progress;
use crate::exchange::report::WithheldBases;
use crate::exchange::settling::BasisCounts;
use crate::field::ScalarHex;
use crate::files::FileError;

pub(super) struct Assembly<'a> {
    pub(super) job: &'a Job,
    pub(super) statuses: &'a [Status],
    pub(super) fates: &'a [Fate],
    pub(super) unfinished: &'a Unfinished,
}

#[derive(Default)]
pub(super) struct Assembled {
    pub(super) released: u64,
    /// For a reason of the responder's.
    pub(super) withheld: u64,
    pub(super) withheld_by_basis: WithheldBases,
    /// Redacted copies.
    pub(super) substitutes: u64,
    /// By the program.
    pub(super) by_basis: BasisCounts,
    pub(super) bytes_without_files: u64,
}

impl Assembly<'_> {
    pub(super) fn write(&self, progress: &dyn Progress) -> Result<Assembled, ExchangeError> {
        let mut done = Assembled::default();
        self.clear()?;
        let released = self.unfinished.path(bundle::RELEASED);
        fs::create_dir(&released).map_err(ExchangeError::io(&released))?;
        let mut leaves = Output::create(self, bundle::LEAVES)?;
        let mut openings = Output::create(self, bundle::OPENINGS)?;
        let mut outside = Output::create(self, bundle::OUTSIDE)?;
        let mut substitutes = Output::create(self, bundle::SUBSTITUTE_LIST)?;
        let mut unreadable = Output::create(self, bundle::UNREADABLE)?;
        let mut withheld = Output::create(self, bundle::WITHHELD)?;
        let tree = self.job.corpus.store.tree();
        progress.stage("writing the bundle", self.job.corpus.commitment.documents);
        for ((status, fate), leaf) in self.statuses.iter().zip(self.fates).zip(0..) {
            let document = self.job.corpus.document(leaf);
            let record = Record {
                commitments: document.commitments(),
                digests: document.view_digests(),
                status: *status,
            };
            let mut bytes = Vec::new();
            record.encode(&mut bytes);
            leaves.write(&bytes)?;
            let view = &document.views[self.job.request.view_index];
            let salt = ScalarHex(view.salt);
            match view.missing {
                Some(Missing::Unreadable(reason)) => {
                    unreadable.entry(&UnreadableLine { leaf, reason, salt })?;
                }
                Some(Missing::Outside(kind)) => {
                    outside.entry(&OutsideLine { leaf, kind, salt })?;
                }
                None => {}
            }
            match fate {
                Fate::Closed => {}
                Fate::Released { family } => {
                    self.release(leaf, *family, tree.as_ref(), &mut openings)?;
                    done.released += 1;
                }
                Fate::Settled { basis } => {
                    withheld.entry(&Withheld::of(leaf, Basis::Program(*basis)))?;
                    done.by_basis.add(*basis);
                }
                Fate::Withheld { said, family, substitute } => {
                    let Said { bases, log } = said.as_ref();
                    let line = Withheld { leaf, basis: bases.clone(), log: log.clone() };
                    withheld.entry(&line)?;
                    done.withheld += 1;
                    done.withheld_by_basis.add(line.basis());
                    if let Some(redaction) = substitute {
                        substitutes.entry(&self.substitute(leaf, redaction, bases)?)?;
                        done.substitutes += 1;
                    }
                    if *family {
                        openings.entry(&Opening {
                            leaf,
                            file: None,
                            record: None,
                            family: Some(family_opening(document)),
                            view_salts: None,
                            membership: membership(leaf, tree.as_ref()),
                        })?;
                    }
                }
            }
            progress.advance(1);
        }
        for output in [leaves, openings, outside, substitutes, unreadable, withheld] {
            output.finish()?;
        }
        let mut info = Output::create(self, bundle::INFO)?;
        info.write(&json::to_document(&BundleInfo {
            format: FORMAT.to_owned(),
            request: Sha256Hex(self.job.request.digest),
            root: ScalarHex(self.job.corpus.commitment.root),
            documents: self.job.corpus.commitment.documents,
            readable: self.job.plan.documents,
            argument: ARGUMENT_VERSION,
            copies: self.job.plan.lane.copies,
            lanes: self.job.plan.lanes,
            batches: self.job.plan.batches,
        }))?;
        info.finish()?;
        let mut copy = Output::create(self, bundle::COMMITMENT)?;
        copy.write(self.job.corpus.commitment.to_json().as_bytes())?;
        copy.finish()?;
        for published in self.job.corpus.vocabularies()? {
            let mut copy = Output::create(self, bundle::vocabulary_name(published.scheme))?;
            copy.write(&published.file)?;
            copy.finish()?;
        }
        let bag = self.unfinished.whole();
        bag::seal(&bag)?;
        done.bytes_without_files = size(&bag, &released)?;
        Ok(done)
    }

    /// Removes what an earlier run left, except proofs of this plan.
    fn clear(&self) -> Result<(), ExchangeError> {
        let data = self.unfinished.path("data");
        let proofs = self.unfinished.path(bundle::PROOFS);
        for path in entries(&self.unfinished.whole())?.into_iter().chain(entries(&data)?) {
            if path == data || path == proofs {
                continue;
            }
            let removed =
                if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(ExchangeError::io(&path))?;
        }
        let expected: std::collections::BTreeSet<_> = (0..self.job.plan.batches)
            .map(|batch| self.unfinished.path(&bundle::proof_name(batch)))
            .collect();
        for path in entries(&proofs)? {
            if !expected.contains(&path) {
                fs::remove_file(&path).map_err(ExchangeError::io(&path))?;
            }
        }
        Ok(())
    }

    fn release(
        &self,
        leaf: u64,
        family: bool,
        tree: Option<&Tree>,
        openings: &mut Output,
    ) -> Result<(), ExchangeError> {
        let document = self.job.corpus.document(leaf);
        let opening = opening(document, leaf, family, tree);
        let name = opening.released().map_or_else(String::new, |released| released.file_name());
        let source = self.job.corpus.path(document);
        let expected = (document.sha256, document.byte_length);
        let advice = "restore the file as it was committed, and run the command again";
        copy(&source, &self.unfinished.path(&name), expected, advice)?;
        openings.entry(&opening)
    }

    /// Copies a redacted copy into the bundle; gives its line, for a document that is
    /// withheld for these reasons.
    fn substitute(
        &self,
        leaf: u64,
        redaction: &Redaction,
        bases: &Bases,
    ) -> Result<Substitute, ExchangeError> {
        let folder = self.unfinished.path(bundle::SUBSTITUTES);
        fs::create_dir_all(&folder).map_err(ExchangeError::io(&folder))?;
        let Redaction { file, sha256, bytes, extension, passages, .. } = redaction;
        let line = Substitute {
            leaf,
            bytes: *bytes,
            sha256: Sha256Hex(*sha256),
            extension: extension.clone(),
            basis: redaction.bases_or(bases),
            passages: passages.clone(),
        };
        let advice = "leave redacted copies alone while the command runs, and run it again";
        copy(file, &self.unfinished.path(&line.file_name()), (*sha256, *bytes), advice)?;
        Ok(line)
    }
}

/// Copies a file that must have this digest and length.
fn copy(
    source: &Path,
    target: &Path,
    (sha256, bytes): ([u8; 32], u64),
    advice: &str,
) -> Result<(), ExchangeError> {
    still_a_file(source).map_err(CorpusError::from)?;
    // Not `fs::copy`, which would hand over the file's permissions as well;
    // and not more than one byte too many, of a file that grows.
    let from = File::open(source).map_err(ExchangeError::io(source))?;
    let mut from = from.take(bytes.saturating_add(1));
    let mut to = File::create(target).map_err(ExchangeError::io(target))?;
    io::copy(&mut from, &mut to).map_err(|error| {
        // The error does not say which of the two failed.
        let both = format!("{} to {}", source.display(), target.display());
        ExchangeError::from(FileError::io("copy", Path::new(&both))(error))
    })?;
    let copy = File::open(target).map_err(ExchangeError::io(target))?;
    if bag::hash(copy).map_err(ExchangeError::io(target))? != (sha256, bytes) {
        return Err(ExchangeError::file(source, "changed while it was copied", advice));
    }
    Ok(())
}

/// A file of the bundle that is being written.
struct Output {
    path: std::path::PathBuf,
    writer: BufWriter<File>,
}

impl Output {
    fn create(assembly: &Assembly<'_>, name: &str) -> Result<Self, ExchangeError> {
        let path = assembly.unfinished.path(name);
        let file = File::create(&path).map_err(ExchangeError::io(&path))?;
        Ok(Self { path, writer: BufWriter::new(file) })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExchangeError> {
        self.writer.write_all(bytes).map_err(ExchangeError::io(&self.path))
    }

    fn entry(&mut self, entry: &impl Serialize) -> Result<(), ExchangeError> {
        self.write(&json::to_line(entry))
    }

    fn finish(mut self) -> Result<(), ExchangeError> {
        self.writer.flush().map_err(ExchangeError::io(&self.path))?;
        self.writer.get_ref().sync_all().map_err(ExchangeError::io(&self.path))
    }
}

fn entries(directory: &Path) -> Result<Vec<std::path::PathBuf>, ExchangeError> {
    let listed = fs::read_dir(directory).map_err(ExchangeError::io(directory))?;
    listed.map(|entry| Ok(entry.map_err(ExchangeError::io(directory))?.path())).collect()
}

/// Bytes of all files under a folder, except those in one folder.
fn size(folder: &Path, except: &Path) -> Result<u64, ExchangeError> {
    let mut total = 0;
    for path in entries(folder)? {
        if path == except {
            continue;
        }
        let kind = fs::symlink_metadata(&path).map_err(ExchangeError::io(&path))?;
        total += if kind.is_dir() { size(&path, except)? } else { kind.len() };
    }
    Ok(total)
}
