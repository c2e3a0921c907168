//! A seal: the bundle is fixed, and neither side knows the sample.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use candor::corpus::Store;
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::{ExchangeError, OnRecord, Progress, commitment_files};
use candor::field::ScalarHex;
use candor::files::{read_capped, write_atomically};
use candor::printable::count;
use rand_core::{OsRng, RngCore};
use serde::Serialize;

use super::ledger::{Ledger, Link, State};
use super::relatives;
use crate::draw::Partition;
use crate::draw::verified::verified;
use crate::formats::filed::signature_of;
use crate::formats::{Artefact, Families, Filed, Lot, Population, Seal, Void};
use crate::signature::{Authority, Namespace, Signed, SigningKey, how_to_sign};

/// What is sealed.
#[derive(Clone, Copy, Debug)]
pub struct SealOptions<'a> {
    /// The judge's lot.
    pub lot: &'a Path,
    /// How it is known that the lot is the judge's.
    pub authority: Authority<'a>,
    /// The folder of the responder's own commitment, with both its folders.
    pub commitment: &'a Path,
    /// Request and bundle; `None` for a lot over the root alone.
    pub answer: Option<(&'a Path, &'a Path)>,
    /// Ends of earlier lots without a drawing: `void.json`, each with its `lot.json` beside
    /// it if it was never sealed.
    pub voids: &'a [PathBuf],
    /// Most leaves that may be drawn of this corpus, in all lots together.
    pub at_most: u64,
    /// A private key to sign with, if the program is to sign.
    pub key: Option<&'a Path>,
    /// The file to write.
    pub out: &'a Path,
}

/// A stratum, and what will be drawn of it.
#[derive(Clone, Debug, Serialize)]
pub struct ToBeDrawn {
    /// The stratum.
    pub population: Population,
    /// Its leaves.
    pub size: u64,
    /// How many of these will be drawn.
    pub sample: u64,
}

/// What was sealed, and what would be opened.
#[derive(Clone, Debug, Serialize)]
pub struct SealReport {
    /// Digest of the lot.
    pub lot: Sha256Hex,
    /// Its number among the lots of the root.
    pub number: u64,
    /// Who signed the lot; `None` if its digest was given by hand.
    pub judge: Option<Signed>,
    /// To which key it is opened.
    pub recipient: String,
    /// What will be drawn.
    pub strata: Vec<ToBeDrawn>,
    /// What is opened beside a drawn item.
    pub families: Families,
    /// Leaves that will be drawn.
    pub sample: u64,
    /// Most documents that are opened with their families; what stands in drawn containers
    /// comes on top.
    pub documents_at_most: u64,
    /// Leaves drawn in earlier lots that are not void.
    pub drawn_before: u64,
    /// Digest of the seal.
    pub seal: Sha256Hex,
    /// Whether the lot was sealed before, and this is the same seal.
    pub again: bool,
    /// Fingerprint of the key that signed the seal, if the program did.
    pub signed: Option<String>,
    /// `seal.json`.
    #[serde(skip)]
    pub file: PathBuf,
}

impl fmt::Display for SealReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "lot        {} (number {})", self.lot, self.number)?;
        match &self.judge {
            Some(Signed { by, key, .. }) => {
                writeln!(f, "judge      {by}, who signed it with {key}")?
            }
            None => writeln!(f, "judge      whoever gave you the digest of the lot")?,
        }
        writeln!(f, "opened to  {}", self.recipient)?;
        for ToBeDrawn { population, size, sample } in &self.strata {
            writeln!(f, "to open    {sample} of {size} of {population}")?;
        }
        writeln!(f, "           neither you nor the judge can choose which")?;
        let documents = count(self.documents_at_most, "document", "documents");
        let beside = match self.families {
            Families::Top => "the top item of each one's family",
            Families::Whole => "all of each one's family",
        };
        writeln!(f, "with it    {beside}: at most {documents}, and what stands in containers")?;
        writeln!(
            f,
            "in all     {} drawn before, {} with this lot",
            self.drawn_before,
            self.drawn_before.saturating_add(self.sample)
        )?;
        let again = if self.again { ", the same as before" } else { "" };
        writeln!(f, "seal       {}{again}", self.seal)?;
        let file = self.file.display();
        match &self.signed {
            Some(key) => {
                writeln!(f, "signed     by {key}\nnext       send {file} and its .sig to the judge")
            }
            None => {
                let command = how_to_sign(Namespace::Seal, &self.file);
                writeln!(
                    f,
                    "next       {command}\n           then send {file} and its .sig to the judge"
                )
            }
        }
    }
}

/// Seals a lot. Run again, it gives the same seal.
///
/// # Errors
/// [`ExchangeError::Mismatch`] if the lot is not the judge's, is about something else, or
/// does not follow the ledger; another error if an input cannot be used, or the bundle does
/// not verify.
pub fn seal(
    options: &SealOptions<'_>,
    progress: &dyn Progress,
) -> Result<SealReport, ExchangeError> {
    let key = options.key.map(SigningKey::read).transpose()?;
    let lot = Filed::<Lot>::theirs(options.lot)?;
    let judge = options.authority.check(options.lot, &lot, Namespace::Lot)?;
    let commitment = commitment_files::read(options.commitment)?;
    let root = ScalarHex(commitment.root);
    if lot.value.root != root {
        let (expected, found) = (format!("a lot of root {root}"), lot.value.root);
        return Err(ExchangeError::mismatch(options.lot.display(), expected, found));
    }
    let mut ledger = Ledger::open(options.commitment)?;
    let known = ledger.sealed(lot.digest);
    if known.is_none() {
        note_voids(&mut ledger, options)?;
        check_follows(&ledger.chain(), options.lot, &lot)?;
    }
    let (bundle, partition) = populations(options, &lot, commitment.documents, progress)?;
    let strata: Vec<ToBeDrawn> = to_be_drawn(&lot, &partition);
    let sample = strata.iter().map(|stratum| stratum.sample).sum();
    let drawn_before = drawn_before(&ledger.chain(), lot.digest);
    let again = known.is_some();
    let seal = match known {
        Some(known) if known.seal.value.bundle == bundle => known.seal,
        Some(known) => {
            let sealed = known.seal.value.bundle.map_or("none".into(), |digest| digest.to_string());
            let problem = format!("this lot is sealed for another bundle, {sealed}");
            let advice = "give that bundle; a bundle made anew needs a new lot";
            return Err(ExchangeError::input("--bundle", problem, advice));
        }
        None => {
            check_number(options.at_most, drawn_before, sample)?;
            let seal = fresh(&lot, bundle);
            ledger.note_seal(&lot, &seal, sample)?;
            seal
        }
    };
    put(options.out, &seal)?;
    if let Some(key) = &key {
        key.sign_beside(options.out, Namespace::Seal, &seal.bytes)?;
    }
    let store = Store::read(&commitment_files::secret_store(options.commitment)?)
        .map_err(|error| ExchangeError::file(options.commitment, error, "restore it"))?;
    Ok(SealReport {
        lot: lot.digest,
        number: lot.value.number,
        judge,
        recipient: lot.value.recipient.to_string(),
        documents_at_most: relatives::at_most(&store, &lot.value, &partition),
        strata,
        families: lot.value.families,
        sample,
        drawn_before,
        seal: seal.digest,
        again,
        signed: key.as_ref().map(SigningKey::fingerprint),
        file: options.out.to_owned(),
    })
}

/// A seal with a fresh salt.
fn fresh(lot: &Filed<Lot>, bundle: Option<Sha256Hex>) -> Filed<Seal> {
    let mut salt = [0; 32];
    OsRng.fill_bytes(&mut salt);
    Filed::of(Seal {
        format: Seal::FORMAT.to_owned(),
        lot: lot.digest,
        root: lot.value.root,
        request: lot.value.request,
        bundle,
        salt: Sha256Hex(salt),
    })
}

/// Digest of the bundle, and the strata that it gives. The bundle is verified as the judge
/// will do it.
fn populations(
    options: &SealOptions<'_>,
    lot: &Filed<Lot>,
    documents: u64,
    progress: &dyn Progress,
) -> Result<(Option<Sha256Hex>, Partition), ExchangeError> {
    let (asked, (request, bundle)) = match (lot.value.request, options.answer) {
        (None, _) => return Ok((None, Partition::of_all(documents))),
        (Some(asked), Some(answer)) => (asked, answer),
        (Some(_), None) => {
            let advice = "give the request and the bundle that answers it";
            return Err(ExchangeError::input("--bundle", "is missing", advice));
        }
    };
    let on_record = OnRecord::from(options.commitment);
    let found = verified(on_record, request, bundle, &lot.value.strata, &BTreeSet::new(), progress)
        .map_err(|error| match error {
            ExchangeError::Refused(failure) => ExchangeError::file(
                bundle,
                format!("does not verify: {failure}"),
                "make it again: the judge would refuse it",
            ),
            other => other,
        })?;
    if found.report.request != Some(asked) {
        let expected = "a lot about the request that the bundle answers";
        return Err(ExchangeError::mismatch(options.lot.display(), expected, asked));
    }
    Ok((Some(found.digest), found.partition))
}

fn to_be_drawn(lot: &Filed<Lot>, partition: &Partition) -> Vec<ToBeDrawn> {
    let strata = lot.value.strata.iter().map(|stratum| {
        let size = partition.leaves(&stratum.population).len() as u64;
        let population = stratum.population.clone();
        ToBeDrawn { population, size, sample: stratum.sample.of(size) }
    });
    strata.collect()
}

/// Leaves drawn in the other lots, unless these are void.
fn drawn_before(chain: &[Link], lot: Sha256Hex) -> u64 {
    let others = chain.iter().filter(|link| link.lot != lot && link.state != State::Void);
    others.map(|link| link.sample).sum()
}

fn check_number(at_most: u64, before: u64, sample: u64) -> Result<(), ExchangeError> {
    let all = before.saturating_add(sample);
    if all <= at_most {
        return Ok(());
    }
    let problem = format!("is {at_most}, and with this lot {all} documents would be drawn");
    let advice = "give a greater number if you agree to that, or have the lot made smaller";
    Err(ExchangeError::input("--at-most", problem, advice))
}

/// The lot is the next one, and every lot before it has ended.
fn check_follows(chain: &[Link], path: &Path, lot: &Filed<Lot>) -> Result<(), ExchangeError> {
    let last = chain.last();
    let number = last.map_or(1, |link| link.number.saturating_add(1));
    let wrong = |expected: String, found: String| {
        Err(ExchangeError::mismatch(path.display(), expected, found))
    };
    if lot.value.number != number {
        let found = lot.value.number;
        let hint = if found > number {
            "; give the void.json of each lot before it with --void"
        } else {
            ""
        };
        return wrong(format!("lot number {number} of this root{hint}"), found.to_string());
    }
    if lot.value.previous != last.map(|link| link.lot) {
        let name = |digest: Option<Sha256Hex>| digest.map_or("none".into(), |d| d.to_string());
        let expected = format!("a lot after {}", name(last.map(|link| link.lot)));
        return wrong(expected, format!("one after {}", name(lot.value.previous)));
    }
    match chain.iter().find(|link| link.state == State::Sealed) {
        None => Ok(()),
        Some(open) => {
            let expected = format!(
                "lot {} to have ended: open its drawing, or give its void.json with --void",
                open.number
            );
            wrong(expected, "a new lot".into())
        }
    }
}

/// Notes the ends of earlier lots.
fn note_voids(ledger: &mut Ledger, options: &SealOptions<'_>) -> Result<(), ExchangeError> {
    for path in options.voids {
        let void = Filed::<Void>::theirs(path)?;
        let known = ledger.sealed(void.value.lot);
        let lot = match known {
            Some(known) => known.lot,
            None => Filed::<Lot>::theirs(&path.with_file_name("lot.json"))?,
        };
        if lot.digest != void.value.lot {
            let expected = "the end of the lot beside it";
            return Err(ExchangeError::mismatch(path.display(), expected, void.value.lot));
        }
        if let Some(nonce) = void.value.nonce {
            let found = crate::draw::Nonce::of(nonce.0).sha256();
            if found != lot.value.nonce_sha256 {
                let expected = "the nonce of the lot";
                return Err(ExchangeError::mismatch(path.display(), expected, "another"));
            }
        }
        match ledger.chain().iter().find(|link| link.lot == lot.digest).map(|link| link.state) {
            Some(State::Void) => {}
            Some(State::Opened) => {
                let expected = "the end of a lot that was not drawn";
                return Err(ExchangeError::mismatch(path.display(), expected, "one that was"));
            }
            Some(State::Sealed) => ledger.note_void(&lot, void.digest),
            None => {
                // Never sealed. Only the next of the chain is taken; that it is the
                // judge's follows from the new lot, which names the last one.
                check_follows(&ledger.chain(), path, &lot)?;
                ledger.note_void(&lot, void.digest);
            }
        }
    }
    Ok(())
}

/// Writes the seal, unless it is there already.
fn put(path: &Path, seal: &Filed<Seal>) -> Result<(), ExchangeError> {
    if path.is_file() && read_capped(path, Seal::MAX_BYTES)? == seal.bytes {
        return Ok(());
    }
    if signature_of(path).exists() {
        let advice = "choose another name, or move it away: it is of another file";
        return Err(ExchangeError::file(signature_of(path), "already exists", advice));
    }
    if path.symlink_metadata().is_ok() {
        let advice = "choose another name, or move the old one away";
        return Err(ExchangeError::file(path, "already exists", advice));
    }
    Ok(write_atomically(path, 0o644, &seal.bytes)?)
}
