//! The list of redacted copies.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::find::{Finder, Wrong};
use super::list::bases;
use super::{Redaction, Said, Withholding};
use crate::corpus::error::CorpusError;
use crate::corpus::scan::still_a_file;
use crate::corpus::views::MAX_FILE_BYTES;
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::bag;
use crate::exchange::formats::bundle::{Bases, MAX_LONG_CHARS};
use crate::exchange::formats::csv::{Row, Table};
use crate::exchange::formats::words::{self, NO_EXTENSION, harmless_extension};
use crate::exchange::held::OpenCorpus;

impl Withholding {
    /// Reads the list of redacted copies, and the copies. One with a basis withholds its
    /// document for that, if the other list does not withhold it already.
    pub(super) fn read_redactions(
        &mut self,
        corpus: &OpenCorpus,
        list: &Path,
    ) -> Result<(), ExchangeError> {
        let table = Table::read(
            list,
            &["leaf", "path"],
            &["leaf", "path", "substitute", "basis", "passages"],
        )?;
        if !table.has("substitute") {
            let problem = "the first line does not name the column substitute";
            let advice = "write it as CSV with the columns path, substitute, basis and passages";
            return Err(ExchangeError::file(list, problem, advice));
        }
        let finder = Finder::new(corpus);
        let committed: BTreeSet<[u8; 32]> =
            corpus.store.entries.iter().map(|entry| entry.sha256).collect();
        for row in &table.rows {
            let wrong = |(problem, advice): Wrong| {
                let about = String::from_utf8_lossy(row.bytes("path"));
                let problem = format!("line {} ({about}): {problem}", row.line);
                ExchangeError::file(list, problem, advice)
            };
            let Some(name) = row.text("substitute").map_err(wrong)? else { continue };
            let (leaf, redaction) = {
                let leaf = one(&finder, row).map_err(wrong)?;
                let (bases, passages) = said(row).map_err(wrong)?;
                // The copies stand where their list does.
                let file = list.parent().unwrap_or_else(|| Path::new("")).join(&name);
                (leaf, read(file, bases, passages)?)
            };
            if committed.contains(&redaction.sha256) {
                let problem = "is byte for byte a document of the corpus, not a redacted copy";
                let advice = "give the redacted copy, or leave the line out";
                return Err(ExchangeError::file(&redaction.file, problem, advice));
            }
            if let Some(bases) = &redaction.bases
                && !self.foretold.contains_key(&leaf)
            {
                let said = Said { bases: bases.clone(), log: None };
                self.own.entry(leaf).or_insert(said);
            }
            if self.redactions.insert(leaf, redaction).is_some() {
                return Err(wrong(("is listed twice".to_owned(), "remove one of the lines")));
            }
        }
        Ok(())
    }
}

/// A copy stands in the place of one document.
fn one(finder: &Finder<'_>, row: &Row) -> Result<u64, Wrong> {
    match finder.find(row, "path")?.as_slice() {
        [leaf] => Ok(*leaf),
        several => {
            let problem = format!("{} documents have this path", several.len());
            Err((problem, "give the number of one under leaf"))
        }
    }
}

fn said(row: &Row) -> Result<(Option<Bases>, Option<String>), Wrong> {
    let bases = row.text("basis")?.map(|cell| bases(&cell)).transpose()?;
    if let Some(found) = &bases
        && found.first().stands_alone()
    {
        let problem = format!("no passage is blacked out as {found}");
        return Err((problem, "give the reason why passages are blacked out"));
    }
    let passages = row.text("passages")?;
    if let Some(text) = &passages {
        words::check(text, MAX_LONG_CHARS).map_err(|what| {
            (format!("passages: {what}"), "correct it; it is public, and the judge will read it")
        })?;
    }
    Ok((bases, passages))
}

fn read(
    file: PathBuf,
    bases: Option<Bases>,
    passages: Option<String>,
) -> Result<Redaction, ExchangeError> {
    still_a_file(&file).map_err(CorpusError::from)?;
    let opened = File::open(&file).map_err(ExchangeError::io(&file))?;
    let (sha256, bytes) = bag::hash(opened).map_err(ExchangeError::io(&file))?;
    if bytes > MAX_FILE_BYTES {
        let problem = "is a redacted copy of more than 64 MiB";
        return Err(ExchangeError::file(&file, problem, "make it smaller"));
    }
    let extension = file.extension().and_then(|extension| extension.to_str());
    let extension = extension.and_then(|extension| harmless_extension(extension.as_bytes()));
    let extension = extension.unwrap_or_else(|| NO_EXTENSION.to_owned());
    Ok(Redaction { file, sha256, bytes, extension, bases, passages })
}

impl Redaction {
    /// Why passages of it are blacked out, if its document is withheld for this.
    pub(in crate::exchange::respond) fn bases_or(&self, bases: &Bases) -> Bases {
        self.bases.clone().unwrap_or_else(|| bases.clone())
    }
}
