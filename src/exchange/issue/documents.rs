//! Documents of the requester's own.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::corpus::document::read_document;
use crate::corpus::error::CorpusError;
use crate::corpus::scan::{Found, scan};
use crate::corpus::views::View;
use crate::exchange::error::ExchangeError;
use crate::exchange::featurize::listed_name;
use crate::exchange::formats::csv::with_slashes;
use crate::exchange::progress::Progress;
use crate::readers;

/// The readable documents under a directory: relative path and view.
pub(super) struct Documents {
    pub(super) views: Vec<(String, Vec<u8>)>,
    /// Where each of them stands on the disk.
    pub(super) locations: Vec<PathBuf>,
    pub(super) unreadable: u64,
    names: HashSet<String>,
}

impl Documents {
    pub(super) fn read(
        directory: &Path,
        view: &View,
        progress: &dyn Progress,
    ) -> Result<Self, ExchangeError> {
        let files = scan(directory).map_err(CorpusError::from)?;
        progress.stage("reading documents", files.len() as u64);
        let read = |file: &Found| {
            let reading = read_document(&file.location)?;
            progress.advance(1);
            let name = listed_name(&file.path);
            let record = reading.record(file.path.clone());
            let shown = reading.canonicalise_one(&record, view).ok();
            Ok(shown.map(|bytes| ((name, bytes), file.location.clone())))
        };
        let found: Vec<Option<_>> = readers::in_parallel(|| {
            files.par_iter().map(read).collect::<Result<_, ExchangeError>>()
        })?;
        let all = found.len();
        let (views, locations): (Vec<_>, Vec<_>) = found.into_iter().flatten().unzip();
        if views.is_empty() {
            let problem = format!("holds no document that {} can read", view.id());
            return Err(ExchangeError::file(
                directory,
                problem,
                "give a folder of documents like those of the corpus",
            ));
        }
        let unreadable = (all - views.len()) as u64;
        let names = views.iter().map(|(name, _)| name.clone()).collect();
        Ok(Self { views, locations, unreadable, names })
    }

    /// The document that a list names, which may have `\` between folders; a
    /// name of none of them stays as it is.
    pub(super) fn name_of(&self, listed: &[u8]) -> String {
        let [name, other] = [listed.to_vec(), with_slashes(listed)].map(|name| listed_name(&name));
        if !self.names.contains(&name) && self.names.contains(&other) { other } else { name }
    }
}
