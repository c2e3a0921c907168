//! The folder of a lot.
//!
//! ```text
//! LOT/lot.json   lot.json.sig      to be published at once
//! LOT/secret                       for the judge alone, mode 0600
//! LOT/seal.json  seal.json.sig     the responder's, as it was drawn with
//! LOT/drawing.json                 or else void.json
//! ```

use std::fmt;
use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use candor::exchange::ExchangeError;
use candor::exchange::formats::json;
use candor::exchange::formats::text::Sha256Hex;
use candor::files::{read_capped, write_atomically};
use serde::{Deserialize, Serialize};

use crate::draw::Nonce;
use crate::formats::{Filed, Lot};

/// The first field of the secret.
const FORMAT: &str = "candor lot secret 1";
/// Longest secret.
const MAX_SECRET_BYTES: u64 = 1 << 12;

/// `LOT`.
#[derive(Clone, Debug)]
pub struct LotFolder {
    folder: PathBuf,
    /// `lot.json`.
    pub lot: Filed<Lot>,
}

impl LotFolder {
    /// The folder of a lot.
    ///
    /// # Errors
    /// If it holds no lot.
    pub fn open(folder: &Path) -> Result<Self, ExchangeError> {
        Ok(Self { folder: folder.to_owned(), lot: Filed::own(&folder.join(Self::LOT))? })
    }

    /// What the judge fixes.
    pub const LOT: &str = "lot.json";
    const SECRET: &str = "secret";

    /// Where the responder's seal is kept.
    #[must_use]
    pub fn seal(&self) -> PathBuf {
        self.folder.join("seal.json")
    }

    /// Where the drawing is.
    #[must_use]
    pub fn drawing(&self) -> PathBuf {
        self.folder.join("drawing.json")
    }

    /// Where it is said that the lot is void.
    #[must_use]
    pub fn void(&self) -> PathBuf {
        self.folder.join("void.json")
    }

    /// Whether the lot has ended, by a drawing or without one.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.drawing().exists() || self.void().exists()
    }

    /// The lot has not ended yet.
    ///
    /// # Errors
    /// If it has.
    pub fn check_open(&self) -> Result<(), ExchangeError> {
        for (path, problem) in [(self.drawing(), "is drawn"), (self.void(), "is void")] {
            if path.exists() {
                let problem = format!("{problem} already: {}", path.display());
                let advice = "commit to a new lot: judge lot commit --after LOT";
                return Err(ExchangeError::file(&self.folder, problem, advice));
            }
        }
        Ok(())
    }

    /// What only the judge knows of the lot.
    ///
    /// # Errors
    /// If it cannot be read, or belongs to another lot.
    pub fn secret(&self) -> Result<Secret, ExchangeError> {
        let path = self.folder.join(Self::SECRET);
        let secret = Secret::read(&path)?;
        let known = secret.identity.to_public() == *self.lot.value.recipient.key();
        let nonce =
            secret.nonce.as_ref().is_none_or(|nonce| nonce.sha256() == self.lot.value.nonce_sha256);
        if known && nonce {
            return Ok(secret);
        }
        let advice = "use the two files that judge lot commit wrote together";
        Err(ExchangeError::file(path, "belongs to another lot", advice))
    }

    /// Takes the nonce out of the secret, once it is public.
    ///
    /// # Errors
    /// If the secret cannot be written.
    pub fn forget_nonce(&self, secret: Secret) -> Result<(), ExchangeError> {
        let secret = Secret { nonce: None, ..secret };
        secret.write(&self.folder.join(Self::SECRET))
    }
}

/// `LOT/secret`.
pub struct Secret {
    /// The nonce, until it is shown.
    pub nonce: Option<Nonce>,
    /// What opens the package of this lot.
    pub identity: Identity,
}

// Secrets do not reach logs or panic messages.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: String,
    nonce: Option<Sha256Hex>,
    identity: String,
}

impl Secret {
    /// A fresh nonce, and a key for this lot alone.
    #[must_use]
    pub fn fresh() -> Self {
        Self { nonce: Some(Nonce::fresh()), identity: Identity::generate() }
    }

    /// Writes it into the folder that becomes a lot's, for its owner alone.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn write_into(&self, folder: &Path) -> Result<(), ExchangeError> {
        self.write(&folder.join(LotFolder::SECRET))
    }

    fn write(&self, path: &Path) -> Result<(), ExchangeError> {
        let written = Written {
            format: FORMAT.to_owned(),
            nonce: self.nonce.as_ref().map(|nonce| Sha256Hex(nonce.shown())),
            identity: self.identity.to_string().expose_secret().to_owned(),
        };
        Ok(write_atomically(path, 0o600, &json::to_document(&written))?)
    }

    fn read(path: &Path) -> Result<Self, ExchangeError> {
        // Nothing of its bytes stands in a message.
        let damaged = || {
            let advice = "restore it from a copy";
            ExchangeError::file(path, "is no secret of a lot, or is damaged", advice)
        };
        let bytes = read_capped(path, MAX_SECRET_BYTES)?;
        let written: Written = json::from_document(&bytes).map_err(|_| damaged())?;
        if written.format != FORMAT {
            return Err(damaged());
        }
        let identity = written.identity.parse().map_err(|_| damaged())?;
        Ok(Self { nonce: written.nonce.map(|nonce| Nonce::of(nonce.0)), identity })
    }
}
