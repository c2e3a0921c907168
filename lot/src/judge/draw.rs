//! The sample, once the responder has fixed the bundle without knowing the nonce.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::{ExchangeError, OnRecord, Outcome, Progress, commitment_files};
use candor::field::ScalarHex;
use candor::files::write_atomically;
use serde::Serialize;

use super::folder::LotFolder;
use crate::draw::verified::{Bundle, verified};
use crate::draw::{Nonce, Partition, drawing};
use crate::formats::filed::signature_of;
use crate::formats::{Filed, Lot, Population, Seal};
use crate::signature::{Authority, Namespace, Signed};

/// What is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct DrawOptions<'a> {
    /// The folder of the lot.
    pub lot: &'a Path,
    /// The responder's seal.
    pub seal: &'a Path,
    /// How it is known that the seal is the responder's.
    pub authority: Authority<'a>,
    /// What the judge has on record of the commitment; not a copy from the bundle.
    pub commitment: &'a Path,
    /// Request and bundle; `None` for a lot over the root alone.
    pub answer: Option<(&'a Path, &'a Path)>,
}

/// A stratum, and what was drawn of it.
#[derive(Clone, Debug, Serialize)]
pub struct StratumDrawn {
    /// The stratum.
    pub population: Population,
    /// Its leaves.
    pub size: u64,
    /// How many were drawn; `None` if the lot does not name the stratum.
    pub drawn: Option<u64>,
}

/// What was drawn.
#[derive(Clone, Debug, Serialize)]
pub struct DrawReport {
    /// Digest of the lot.
    pub lot: Sha256Hex,
    /// Its number among the lots of the root.
    pub number: u64,
    /// Digest of the seal.
    pub seal: Sha256Hex,
    /// Who signed the seal; `None` if its digest was given by hand.
    pub sealed_by: Option<Signed>,
    /// Digest of the drawing.
    pub drawing: Sha256Hex,
    /// What the verification of the bundle came to, if there is a bundle.
    pub bundle: Option<Outcome>,
    /// All strata, together the whole corpus.
    pub strata: Vec<StratumDrawn>,
    /// `drawing.json`.
    #[serde(skip)]
    pub file: PathBuf,
}

impl fmt::Display for DrawReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "lot        {} (number {})", self.lot, self.number)?;
        match &self.sealed_by {
            Some(Signed { by, key, .. }) => {
                writeln!(f, "seal       {}, signed by {by} with {key}", self.seal)?
            }
            None => writeln!(f, "seal       {}, as given by hand", self.seal)?,
        }
        match self.bundle {
            Some(Outcome::Verified) => writeln!(f, "bundle     verified")?,
            Some(_) => writeln!(f, "bundle     verified but incomplete")?,
            None => writeln!(f, "bundle     none: drawn from all documents")?,
        }
        for StratumDrawn { population, size, drawn } in &self.strata {
            match (drawn, population) {
                (Some(drawn), _) => writeln!(f, "drawn      {drawn} of {size} of {population}")?,
                (None, Population::Disclosed) => writeln!(f, "not drawn  {size} of {population}")?,
                (None, _) => writeln!(
                    f,
                    "not drawn  {size} of {population}: what is false there stays unseen"
                )?,
            }
        }
        writeln!(f, "drawing    {}", self.drawing)?;
        writeln!(f, "next       hand over {}", self.file.display())
    }
}

/// Draws a lot: verifies the bundle that the seal names, and takes the populations from the
/// same run over the same bytes.
///
/// # Errors
/// [`ExchangeError::Refused`] if a check of the bundle fails, [`ExchangeError::Mismatch`] if
/// the seal is another's or of something else, or the lot has another seal already; another
/// error if the lot has ended or an input cannot be used.
pub fn draw(
    options: &DrawOptions<'_>,
    progress: &dyn Progress,
) -> Result<DrawReport, ExchangeError> {
    let folder = LotFolder::open(options.lot)?;
    let lot = &folder.lot;
    let seal = Filed::<Seal>::theirs(options.seal)?;
    // Before anything else: a second seal is a finding, whatever became of the first.
    let sealed_by = options.authority.check(options.seal, &seal, Namespace::Seal)?;
    check_only_seal(&folder, options.seal, &seal)?;
    folder.check_open()?;
    let secret = folder.secret()?;
    let Some(nonce) = secret.nonce.clone() else {
        let advice = "restore the file secret from a copy";
        return Err(ExchangeError::file(options.lot, "has no nonce any more", advice));
    };
    check_seal(lot, options.seal, &seal)?;
    let commitment = commitment_files::read(options.commitment)?;
    let root = ScalarHex(commitment.root);
    if root != lot.value.root {
        let problem = format!("has root {root}, and the lot {}", lot.value.root);
        let advice = "give the commitment that the lot is about";
        return Err(ExchangeError::file(options.commitment, problem, advice));
    }
    let (outcome, partition) = match (lot.value.request, options.answer) {
        (Some(digest), Some((request, path))) => {
            let on_record = OnRecord::from(options.commitment);
            let Bundle { report, digest: bundle, partition, .. } =
                verified(on_record, request, path, &lot.value.strata, &BTreeSet::new(), progress)?;
            check_bundle(digest, options, &seal, (request, path), report.request, bundle)?;
            (Some(report.outcome), partition)
        }
        (None, None) => (None, Partition::of_all(commitment.documents)),
        (Some(_), None) => {
            let advice = "give the request and the bundle that the seal names";
            return Err(ExchangeError::input("--bundle", "is missing", advice));
        }
        (None, Some(_)) => {
            let problem = "is given, and the lot is over the root alone";
            return Err(ExchangeError::input("--bundle", problem, "leave it out"));
        }
    };
    finish(&folder, &seal, (&nonce, secret), (outcome, &partition), sealed_by)
}

/// The lot has no other seal.
fn check_only_seal(
    folder: &LotFolder,
    path: &Path,
    seal: &Filed<Seal>,
) -> Result<(), ExchangeError> {
    if !folder.seal().exists() {
        return Ok(());
    }
    let kept = Filed::<Seal>::own(&folder.seal())?;
    if kept.digest == seal.digest {
        return Ok(());
    }
    let expected = format!("the one seal of this lot, {}", kept.digest);
    Err(ExchangeError::mismatch(
        path.display(),
        expected,
        format!("a second seal, {}", seal.digest),
    ))
}

/// The seal is of this lot.
fn check_seal(lot: &Filed<Lot>, path: &Path, seal: &Filed<Seal>) -> Result<(), ExchangeError> {
    let wrong = |what: &str, expected: String, found: String| {
        let expected = format!("a seal of {what} {expected}");
        Err(ExchangeError::mismatch(path.display(), expected, format!("one of {found}")))
    };
    if seal.value.lot != lot.digest {
        return wrong("lot", lot.digest.to_string(), seal.value.lot.to_string());
    }
    if seal.value.root != lot.value.root {
        return wrong("root", lot.value.root.to_string(), seal.value.root.to_string());
    }
    if seal.value.request != lot.value.request {
        let name = |digest: Option<Sha256Hex>| digest.map_or("none".into(), |d| d.to_string());
        return wrong("request", name(lot.value.request), name(seal.value.request));
    }
    Ok(())
}

/// What was verified is what the lot and the seal name.
fn check_bundle(
    asked: Sha256Hex,
    options: &DrawOptions<'_>,
    seal: &Filed<Seal>,
    (request, bundle): (&Path, &Path),
    verified: Option<Sha256Hex>,
    found: Sha256Hex,
) -> Result<(), ExchangeError> {
    if verified != Some(asked) {
        let problem = format!("is not the request of the lot, {asked}");
        return Err(ExchangeError::file(request, problem, "give the request that the lot names"));
    }
    if seal.value.bundle == Some(found) {
        return Ok(());
    }
    let sealed = seal.value.bundle.map_or("none".into(), |digest| digest.to_string());
    let expected = format!("the bundle that {} names, {sealed}", options.seal.display());
    Err(ExchangeError::mismatch(bundle.display(), expected, found))
}

/// Keeps the seal, writes the drawing, and forgets the nonce, in this order: a run that is
/// killed can be repeated.
fn finish(
    folder: &LotFolder,
    seal: &Filed<Seal>,
    (nonce, secret): (&Nonce, super::folder::Secret),
    (outcome, partition): (Option<Outcome>, &Partition),
    sealed_by: Option<Signed>,
) -> Result<DrawReport, ExchangeError> {
    let lot = &folder.lot;
    let drawing = drawing(lot, seal, nonce, partition);
    let kept = folder.seal();
    if let Some(Signed { signature, .. }) = &sealed_by {
        write_atomically(&signature_of(&kept), 0o644, signature)?;
    }
    write_atomically(&kept, 0o644, &seal.bytes)?;
    drawing.write(&folder.drawing())?;
    folder.forget_nonce(secret)?;
    let strata = drawing.value.strata.iter().map(|stratum| {
        let named = lot.value.strata.iter().any(|asked| asked.population == stratum.population);
        StratumDrawn {
            population: stratum.population.clone(),
            size: stratum.size,
            drawn: named.then_some(stratum.drawn.len() as u64),
        }
    });
    Ok(DrawReport {
        lot: lot.digest,
        number: lot.value.number,
        seal: seal.digest,
        sealed_by,
        drawing: drawing.digest,
        bundle: outcome,
        strata: strata.collect(),
        file: folder.drawing(),
    })
}
