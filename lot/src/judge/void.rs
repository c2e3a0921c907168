//! The end of a lot without a drawing.

use std::fmt;
use std::path::{Path, PathBuf};

use candor::exchange::ExchangeError;
use candor::exchange::formats::text::Sha256Hex;
use serde::Serialize;

use super::folder::LotFolder;
use crate::formats::{Artefact, Filed, Void};

/// How a lot ends.
#[derive(Clone, Copy, Debug)]
pub struct VoidOptions<'a> {
    /// The folder of the lot.
    pub lot: &'a Path,
    /// Whether the nonce is shown, so that all see which sample was dropped.
    pub with_nonce: bool,
    /// Why.
    pub reason: &'a str,
}

/// That it has ended.
#[derive(Clone, Debug, Serialize)]
pub struct Voided {
    /// Digest of the lot.
    pub lot: Sha256Hex,
    /// Its number.
    pub number: u64,
    /// Whether the nonce is shown.
    pub nonce_shown: bool,
    /// Why.
    pub reason: String,
    /// `void.json`.
    #[serde(skip)]
    pub file: PathBuf,
}

impl fmt::Display for Voided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "lot        {} (number {}) is void", self.lot, self.number)?;
        writeln!(f, "reason     {}", self.reason)?;
        let shown = if self.nonce_shown {
            "shown: with the seal, anyone sees which sample was dropped"
        } else {
            "not shown: nobody sees which sample was dropped"
        };
        writeln!(f, "nonce      {shown}\nnext       publish {}", self.file.display())
    }
}

/// Ends a lot without drawing it.
///
/// # Errors
/// If it has ended already, or the file cannot be written.
pub fn void(options: &VoidOptions<'_>) -> Result<Voided, ExchangeError> {
    let folder = LotFolder::open(options.lot)?;
    folder.check_open()?;
    let secret = folder.secret()?;
    let nonce = match (&secret.nonce, options.with_nonce) {
        (Some(nonce), true) => Some(Sha256Hex(nonce.shown())),
        (None, true) => {
            let advice = "restore the file secret from a copy, or leave --with-nonce out";
            return Err(ExchangeError::file(options.lot, "has no nonce any more", advice));
        }
        (_, false) => None,
    };
    let void = Void {
        format: Void::FORMAT.to_owned(),
        lot: folder.lot.digest,
        nonce,
        reason: options.reason.to_owned(),
    };
    if let Some(problem) = void.problem() {
        return Err(ExchangeError::input("--reason", problem, "change the reason"));
    }
    Filed::of(void).write(&folder.void())?;
    if nonce.is_some() {
        folder.forget_nonce(secret)?;
    }
    Ok(Voided {
        lot: folder.lot.digest,
        number: folder.lot.value.number,
        nonce_shown: nonce.is_some(),
        reason: options.reason.to_owned(),
        file: folder.void(),
    })
}
