//! All lots of a root: whoever could leave out those that did not suit has chosen the
//! sample.

use std::path::{Path, PathBuf};

use candor::exchange::ExchangeError;
use candor::exchange::formats::text::Sha256Hex;
use serde::Serialize;

use crate::formats::{Drawing, Filed, Void};
use crate::judge::LotFolder;

/// A lot, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "Written")]
pub struct Link {
    /// Its number among the lots of the root.
    pub number: u64,
    /// Its digest.
    pub lot: Sha256Hex,
    /// How it ended.
    pub end: End,
}

/// How a lot ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It was drawn.
    Drawn,
    /// It was not.
    Void {
        /// Why.
        reason: String,
        /// Whether the nonce was shown, and with it the sample that was dropped.
        nonce_shown: bool,
    },
    /// It has not ended.
    Open,
}

/// A lot as reports have it: each with the same keys.
#[derive(Serialize)]
struct Written {
    number: u64,
    lot: Sha256Hex,
    state: &'static str,
    reason: Option<String>,
    nonce_shown: Option<bool>,
}

impl From<Link> for Written {
    fn from(Link { number, lot, end }: Link) -> Self {
        let (state, reason, nonce_shown) = match end {
            End::Drawn => ("drawn", None, None),
            End::Open => ("open", None, None),
            End::Void { reason, nonce_shown } => ("void", Some(reason), Some(nonce_shown)),
        };
        Self { number, lot, state, reason, nonce_shown }
    }
}

/// The lot in a folder with the others, from number 1 on without a gap.
///
/// # Errors
/// If one is missing, or is of another root.
pub fn chain(lot: &Path, others: &[PathBuf]) -> Result<Vec<Link>, ExchangeError> {
    let folders = [lot].into_iter().chain(others.iter().map(PathBuf::as_path));
    let folders = folders.map(|path| Ok((path, LotFolder::open(path)?)));
    let mut folders: Vec<(&Path, LotFolder)> = folders.collect::<Result<_, ExchangeError>>()?;
    let root = folders.first().map(|(_, first)| first.lot.value.root);
    if let Some((path, _)) = folders.iter().find(|(_, folder)| Some(folder.lot.value.root) != root)
    {
        let problem = "holds a lot of another root";
        return Err(ExchangeError::file(path, problem, "give the lots of this root only"));
    }
    folders.sort_by_key(|(_, folder)| folder.lot.value.number);
    folders.dedup_by_key(|(_, folder)| folder.lot.digest);
    let mut previous = None;
    for (number, (path, folder)) in (1..).zip(&folders) {
        let lot = &folder.lot.value;
        if lot.number != number {
            let problem = format!("lot number {number} of this root is not given");
            let advice = "name the folder of every other lot, void ones too, with --other-lot";
            return Err(ExchangeError::input("--other-lot", problem, advice));
        }
        if lot.previous != previous {
            let problem = "does not follow the lot that was given as the one before";
            let advice = "give the folders of one chain of lots";
            return Err(ExchangeError::file(path, problem, advice));
        }
        previous = Some(folder.lot.digest);
    }
    folders.iter().map(|(_, folder)| link(folder)).collect()
}

fn link(folder: &LotFolder) -> Result<Link, ExchangeError> {
    let belongs = |path: PathBuf, lot: Sha256Hex| {
        if lot == folder.lot.digest {
            return Ok(());
        }
        let advice = "restore the folder of the lot from a copy";
        Err(ExchangeError::file(path, "is of another lot", advice))
    };
    let end = if folder.void().exists() {
        let void = Filed::<Void>::own(&folder.void())?.value;
        belongs(folder.void(), void.lot)?;
        End::Void { reason: void.reason, nonce_shown: void.nonce.is_some() }
    } else if folder.drawing().exists() {
        belongs(folder.drawing(), Filed::<Drawing>::own(&folder.drawing())?.value.lot)?;
        End::Drawn
    } else {
        End::Open
    };
    Ok(Link { number: folder.lot.value.number, lot: folder.lot.digest, end })
}
