//! Documents of the requester's own.

use std::path::Path;

use rayon::prelude::*;

use crate::corpus::document::read_document;
use crate::corpus::error::CorpusError;
use crate::corpus::scan::{Found, scan};
use crate::corpus::views::ViewId;
use crate::exchange::error::ExchangeError;
use crate::exchange::featurize::listed_name;
use crate::exchange::progress::Progress;

/// The readable documents under a directory: relative path and view.
pub(super) struct Documents {
    pub(super) views: Vec<(String, Vec<u8>)>,
    pub(super) unreadable: u64,
}

impl Documents {
    pub(super) fn read(
        directory: &Path,
        view: ViewId,
        progress: &dyn Progress,
    ) -> Result<Self, ExchangeError> {
        let files = scan(directory).map_err(CorpusError::from)?;
        progress.stage("reading documents", files.len() as u64);
        let read = |file: &Found| {
            let reading = read_document(&file.location)?;
            progress.advance(1);
            let name = listed_name(&file.path);
            let views = reading.canonicalise(&[view]).unwrap_or_default();
            Ok(views.into_iter().next().map(|view| (name, view)))
        };
        let found: Vec<Option<_>> =
            files.par_iter().map(read).collect::<Result<_, ExchangeError>>()?;
        let all = found.len();
        let views: Vec<_> = found.into_iter().flatten().collect();
        if views.is_empty() {
            let problem = format!("holds no document that {view} can read");
            return Err(ExchangeError::file(directory, problem, "give a directory of such files"));
        }
        let unreadable = (all - views.len()) as u64;
        Ok(Self { views, unreadable })
    }
}
