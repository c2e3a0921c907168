//! A new lot: all that leaves the judge nothing to choose later.

use std::fmt;
use std::path::{Path, PathBuf};

use candor::exchange::folder::write_folder;
use candor::exchange::formats::request;
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::{ExchangeError, commitment_files};
use candor::field::ScalarHex;
use candor::files::write_atomically;
use serde::Serialize;

use super::folder::{LotFolder, Secret};
use crate::formats::filed::signature_of;
use crate::formats::{Artefact, Decimal, Families, Filed, Lot, Stratum};
use crate::signature::{Namespace, SigningKey, how_to_sign};

/// What a lot is about.
#[derive(Clone, Copy, Debug)]
pub struct CommitOptions<'a> {
    /// The commitment that the responder published, or the folder that holds it.
    pub commitment: &'a Path,
    /// The folder of the request; `None` for a lot over the root alone.
    pub request: Option<&'a Path>,
    /// What is drawn from, in any order.
    pub strata: &'a [Stratum],
    /// What is opened beside a drawn item.
    pub families: Families,
    /// Bases on which a drawn leaf may stay closed, in any order.
    pub excuse: &'a [String],
    /// The chance of error.
    pub error: Decimal,
    /// The folder of the lot before, if this is not the first of the root.
    pub after: Option<&'a Path>,
    /// A private key to sign with, if the program is to sign.
    pub key: Option<&'a Path>,
    /// The folder to write. Must not exist.
    pub out: &'a Path,
}

/// What was fixed.
#[derive(Clone, Debug, Serialize)]
pub struct Committed {
    /// Digest of the lot.
    pub lot: Sha256Hex,
    /// Root of the corpus.
    pub root: ScalarHex,
    /// Digest of the request.
    pub request: Option<Sha256Hex>,
    /// Its number among the lots of the root.
    pub number: u64,
    /// What is drawn from.
    pub strata: Vec<Stratum>,
    /// To whom it is opened.
    pub recipient: String,
    /// Fingerprint of the key that signed it, if the program did.
    pub signed: Option<String>,
    /// `lot.json`.
    #[serde(skip)]
    pub file: PathBuf,
}

impl fmt::Display for Committed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "lot        {} ({} of its root)", self.lot, self.number)?;
        writeln!(f, "root       {}", self.root)?;
        match self.request {
            Some(request) => writeln!(f, "request    {request}")?,
            None => writeln!(f, "request    none: drawn from all documents")?,
        }
        for Stratum { population, sample } in &self.strata {
            writeln!(f, "draws      {sample} of {population}")?;
        }
        writeln!(f, "opened to  {}", self.recipient)?;
        let file = self.file.display();
        match &self.signed {
            Some(key) => {
                writeln!(f, "signed     by {key}\nnext       hand over {file} and its .sig")?
            }
            None => {
                let command = how_to_sign(Namespace::Lot, &self.file);
                writeln!(f, "next       {command}\n           then hand over {file} and its .sig")?;
            }
        }
        writeln!(
            f,
            "Keep the file secret to yourself: whoever has it before the seal knows the sample."
        )
    }
}

/// Commits to a lot.
///
/// # Errors
/// If an input cannot be used, the lot before has not ended, or the folder cannot be
/// written.
pub fn commit(options: &CommitOptions<'_>) -> Result<Committed, ExchangeError> {
    let key = options.key.map(SigningKey::read).transpose()?;
    let commitment = commitment_files::read(options.commitment)?;
    let root = ScalarHex(commitment.root);
    let request = options.request.map(|folder| request_of(folder, root)).transpose()?;
    let (number, previous) = match options.after {
        Some(folder) => after(folder, root)?,
        None => (1, None),
    };
    let secret = Secret::fresh();
    // Drawn above, so it is there.
    let nonce_sha256 = secret.nonce.as_ref().map_or(Sha256Hex([0; 32]), |nonce| nonce.sha256());
    let mut strata = options.strata.to_vec();
    strata.sort_by(|one, other| one.population.cmp(&other.population));
    let mut excuse = options.excuse.to_vec();
    excuse.sort_unstable();
    let lot = Lot {
        format: Lot::FORMAT.to_owned(),
        root,
        request,
        number,
        previous,
        nonce_sha256,
        recipient: secret.identity.to_public().into(),
        strata,
        families: options.families,
        excuse,
        error: options.error,
    };
    if let Some(problem) = lot.problem() {
        return Err(ExchangeError::input("the lot", problem, "change the arguments"));
    }
    let lot = Filed::of(lot);
    let signature = key.as_ref().map(|key| key.sign(Namespace::Lot, &lot.bytes)).transpose()?;
    write_folder(options.out, |folder| {
        secret.write_into(folder)?;
        let path = folder.join(LotFolder::LOT);
        lot.write(&path)?;
        match &signature {
            Some(signature) => {
                Ok(write_atomically(&signature_of(&path), 0o644, signature.as_bytes())?)
            }
            None => Ok(()),
        }
    })?;
    Ok(Committed {
        lot: lot.digest,
        root,
        request,
        number,
        strata: lot.value.strata,
        recipient: lot.value.recipient.to_string(),
        signed: key.as_ref().map(SigningKey::fingerprint),
        file: options.out.join(LotFolder::LOT),
    })
}

/// The digest of a request for this root.
fn request_of(folder: &Path, root: ScalarHex) -> Result<Sha256Hex, ExchangeError> {
    let (request, digest) = request::look(folder)?;
    if request.root == root {
        return Ok(digest);
    }
    let expected = format!("a request for root {root}");
    Err(ExchangeError::mismatch(folder.display(), expected, format!("one for {}", request.root)))
}

/// Number and predecessor of the lot that follows one that has ended.
fn after(folder: &Path, root: ScalarHex) -> Result<(u64, Option<Sha256Hex>), ExchangeError> {
    let before = LotFolder::open(folder)?;
    if before.lot.value.root != root {
        let problem = format!("is a lot of root {}", before.lot.value.root);
        return Err(ExchangeError::file(folder, problem, "name the last lot of this root"));
    }
    if !before.has_ended() {
        let advice = "draw it, or end it: judge lot void --lot LOT --reason REASON";
        return Err(ExchangeError::file(folder, "has neither a drawing nor an end", advice));
    }
    Ok((before.lot.value.number.saturating_add(1), Some(before.lot.digest)))
}
