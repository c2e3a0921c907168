//! Writes what is opened to the judge alone.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;

use super::job::Job;
use super::release::Fate;
use crate::exchange::error::ExchangeError;
use crate::exchange::folder::{close_folder, private, write_folder};
use crate::exchange::formats::bag::{MANIFEST, hash};
use crate::exchange::formats::json;
use crate::exchange::formats::judge_copy::{
    FILES, FORMAT, INFO, JudgeCopyInfo, OPENINGS, file_name,
};
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::held::opening;
use crate::exchange::progress::Progress;
use crate::field::ScalarHex;

/// Writes the judge's copy for the bundle in `bag`, whose manifests are there. Nobody but
/// the owner can read it, from its first byte on.
pub(super) fn write(
    job: &Job,
    fates: &[Fate],
    bag: &Path,
    out: &Path,
    progress: &dyn Progress,
) -> Result<(), ExchangeError> {
    let manifest = bag.join(MANIFEST);
    let manifest = File::open(&manifest).and_then(hash).map_err(ExchangeError::io(&manifest))?;
    let settled = || (0..).zip(fates).filter(|(_, fate)| matches!(fate, Fate::Settled { .. }));
    let documents = settled().count() as u64;
    progress.stage("writing the judge's copy", documents);
    write_folder(out, |folder| {
        close_folder(folder)?;
        let files = folder.join(FILES);
        fs::create_dir(&files).map_err(ExchangeError::io(&files))?;
        close_folder(&files)?;
        let info = json::to_document(&JudgeCopyInfo {
            format: FORMAT.to_owned(),
            root: ScalarHex(job.corpus.commitment.root),
            request: Sha256Hex(job.request.digest),
            bundle: Sha256Hex(manifest.0),
            documents,
        });
        put(&folder.join(INFO), &info)?;
        let path = folder.join(OPENINGS);
        let mut openings = BufWriter::new(create(&path)?);
        let tree = job.corpus.store.tree();
        for (leaf, _) in settled() {
            let document = job.corpus.document(leaf);
            let line = json::to_line(&opening(document, leaf, false, tree.as_ref()));
            openings.write_all(&line).map_err(ExchangeError::io(&path))?;
            // What matches a view of text was short enough to be held.
            let bytes = job.corpus.read(document)?.bytes.unwrap_or_default();
            put(&folder.join(file_name(leaf)), &bytes)?;
            progress.advance(1);
        }
        openings.flush().map_err(ExchangeError::io(&path))
    })
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), ExchangeError> {
    create(path)?.write_all(bytes).map_err(ExchangeError::io(path))
}

/// A new file that its owner alone can read.
fn create(path: &Path) -> Result<File, ExchangeError> {
    let file = private(OpenOptions::new().write(true).create_new(true), 0o600).open(path);
    file.map_err(ExchangeError::io(path))
}
