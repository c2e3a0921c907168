//! Opens what was drawn, to the judge alone.
//!
//! Nothing but a drawing is taken from outside: to whom it is opened, and how much, stands
//! in the lot that was sealed; which leaves it is, follows from lot, seal, bundle and nonce.
//! A drawing needs no signature: its nonce is the key, and the lot with its hash was
//! authenticated.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use candor::exchange::folder::{close_folder, refuse_existing, write_folder, write_list};
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::held::OpenCorpus;
use candor::exchange::{ExchangeError, OnRecord, Progress};
use candor::printable::count;
use serde::Serialize;

use super::ledger::{Ledger, SealedLot, State};
use super::missing::{self, Missing};
use super::package::Package;
use super::relatives;
use crate::draw::verified::{Bundle, verified};
use crate::draw::{Nonce, Partition, drawing};
use crate::formats::{Artefact, Drawing, Filed, MissingLeaf, Opened};
use crate::signature::{Namespace, SigningKey, how_to_sign};

/// The encrypted package.
pub const PACKAGE: &str = "opened.age";
/// The statement to all.
pub const STATEMENT: &str = "opened.json";

/// What is opened.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions<'a> {
    /// The judge's drawing.
    pub drawing: &'a Path,
    /// The folder of the documents.
    pub documents: &'a Path,
    /// The folder of the responder's own commitment, with both its folders.
    pub commitment: &'a Path,
    /// Request and bundle; `None` for a lot over the root alone.
    pub answer: Option<(&'a Path, &'a Path)>,
    /// The list of leaves that stay closed.
    pub missing: Option<&'a Path>,
    /// A private key to sign with, if the program is to sign.
    pub key: Option<&'a Path>,
    /// The folder to write. Must not exist.
    pub out: &'a Path,
}

/// What was opened.
#[derive(Clone, Debug, Serialize)]
pub struct OpenReport {
    /// Digest of the lot.
    pub lot: Sha256Hex,
    /// Its number among the lots of the root.
    pub number: u64,
    /// Digest of the drawing.
    pub drawing: Sha256Hex,
    /// To which key it is encrypted.
    pub recipient: String,
    /// Leaves that were drawn.
    pub drawn: u64,
    /// Of these, leaves that are opened.
    pub opened: u64,
    /// Of these, leaves that are not, on a basis that the lot excuses.
    pub excused: u64,
    /// Of these, leaves that are not, on another basis: the audit counts them as false.
    pub missing: u64,
    /// Documents in the package, with families and what stands in containers.
    pub documents: u64,
    /// Fingerprint of the key that signed the statement, if the program did.
    pub signed: Option<String>,
    /// The folder.
    #[serde(skip)]
    pub out: PathBuf,
}

impl fmt::Display for OpenReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "lot        {} (number {})", self.lot, self.number)?;
        writeln!(f, "drawing    {}", self.drawing)?;
        writeln!(f, "opened     {} of {} drawn", self.opened, self.drawn)?;
        if self.excused > 0 {
            writeln!(f, "excused    {}", self.excused)?;
        }
        if self.missing > 0 {
            writeln!(f, "missing    {}: the audit counts each as false", self.missing)?;
        }
        let documents = count(self.documents, "document", "documents");
        writeln!(f, "package    {documents}, encrypted to {}", self.recipient)?;
        let (package, statement) = (self.out.join(PACKAGE), self.out.join(STATEMENT));
        let (package, statement) = (package.display(), statement.display());
        match &self.signed {
            Some(key) => writeln!(
                f,
                "signed     by {key}\nnext       send {package}, {statement} and its .sig to the judge"
            ),
            None => {
                let command = how_to_sign(Namespace::Opened, &self.out.join(STATEMENT));
                writeln!(
                    f,
                    "next       {command}\n           then send {package}, {statement} and its .sig to the judge"
                )
            }
        }
    }
}

/// What would be opened, for the responder alone.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Each document with its leaf, why it is opened and its path, leaves ascending.
    pub documents: Vec<PreviewLine>,
}

impl Preview {
    /// Writes it as a list for spreadsheets, for its owner alone, with empty columns for
    /// basis and reason: filled, it is a list of what stays closed.
    ///
    /// # Errors
    /// If something stands there, or it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ExchangeError> {
        refuse_existing(path)?;
        let lines = self.documents.iter().map(|line| {
            let drawn_from = line.drawn_from.clone().unwrap_or_default();
            [line.leaf.to_string(), String::new(), String::new(), drawn_from, line.path.clone()]
        });
        let columns = ["leaf", "basis", "reason", "(drawn from)", "(file)"];
        write_list(path, columns, lines).map(|_| ())
    }
}

/// A document that would be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewLine {
    /// Its leaf.
    pub leaf: u64,
    /// The stratum from which it is drawn; `None` if it is opened beside a drawn item.
    pub drawn_from: Option<String>,
    /// Its path, as committed.
    pub path: String,
}

/// A drawing that is the one which lot, seal and bundle give.
struct Checked {
    lot: SealedLot,
    drawing: Filed<Drawing>,
    corpus: OpenCorpus,
    ledger: Ledger,
}

/// What would be opened, for the responder alone. Nothing is written.
///
/// # Errors
/// As [`open`].
pub fn preview(
    options: &OpenOptions<'_>,
    progress: &dyn Progress,
) -> Result<Preview, ExchangeError> {
    let Checked { lot, drawing, corpus, .. } = check(options, progress)?;
    let drawn_from: BTreeMap<u64, String> = drawing
        .value
        .strata
        .iter()
        .flat_map(|stratum| {
            stratum.drawn.iter().map(|leaf| (*leaf, stratum.population.to_string()))
        })
        .collect();
    let drawn: BTreeSet<u64> = drawn_from.keys().copied().collect();
    let families = lot.lot.value.families;
    let opened = relatives::of(options.documents, &corpus.store, &drawn, families)?;
    let documents = opened.into_iter().map(|leaf| PreviewLine {
        leaf,
        drawn_from: drawn_from.get(&leaf).cloned(),
        path: corpus.document(leaf).record.path.to_string(),
    });
    Ok(Preview { documents: documents.collect() })
}

/// Opens a drawing.
///
/// # Errors
/// [`ExchangeError::Mismatch`] if the drawing is not the one which lot, seal and bundle give,
/// and then nothing is opened; another error if an input cannot be used, or the folder cannot
/// be written.
pub fn open(
    options: &OpenOptions<'_>,
    progress: &dyn Progress,
) -> Result<OpenReport, ExchangeError> {
    refuse_existing(options.out)?;
    let key = options.key.map(SigningKey::read).transpose()?;
    let closed = options.missing.map(missing::read).transpose()?.unwrap_or_default();
    let Checked { lot, drawing, corpus, mut ledger } = check(options, progress)?;
    let drawn = drawing.value.leaves();
    let open_drawn: BTreeSet<u64> =
        drawn.iter().copied().filter(|leaf| !closed.contains_key(leaf)).collect();
    let families = lot.lot.value.families;
    let opened = relatives::of(options.documents, &corpus.store, &open_drawn, families)?;
    let (missing, stated) = closed_leaves(options, &closed, &drawn, &opened)?;
    let leaves: Vec<u64> = opened.into_iter().filter(|leaf| !closed.contains_key(leaf)).collect();
    check_carriers(options, &corpus, &leaves, &closed)?;
    let (excused, not_excused): (Vec<&MissingLeaf>, _) =
        stated.iter().partition(|leaf| lot.lot.value.excuse.contains(&leaf.basis));
    let (excused, not_excused) = (excused.len() as u64, not_excused.len() as u64);
    write_folder(options.out, |folder| {
        close_folder(folder)?;
        let recipient = &lot.lot.value.recipient;
        let package = Package { corpus: &corpus, leaves: &leaves, missing: &missing, recipient };
        let manifest = package.write(folder, PACKAGE, progress)?;
        let statement = Filed::of(Opened {
            format: Opened::FORMAT.to_owned(),
            drawing: drawing.digest,
            manifest,
            drawn: drawn.len() as u64,
            opened: open_drawn.len() as u64,
            missing: stated.clone(),
        });
        let path = folder.join(STATEMENT);
        statement.write(&path)?;
        if let Some(key) = &key {
            key.sign_beside(&path, Namespace::Opened, &statement.bytes)?;
        }
        ledger.note_opened(lot.lot.digest, drawing.digest)
    })?;
    Ok(OpenReport {
        lot: lot.lot.digest,
        number: lot.lot.value.number,
        drawing: drawing.digest,
        recipient: lot.lot.value.recipient.to_string(),
        drawn: drawn.len() as u64,
        opened: open_drawn.len() as u64,
        excused,
        missing: not_excused,
        documents: leaves.len() as u64,
        signed: key.as_ref().map(SigningKey::fingerprint),
        out: options.out.to_owned(),
    })
}

/// Nothing that stays closed goes out inside something else.
fn check_carriers(
    options: &OpenOptions<'_>,
    corpus: &OpenCorpus,
    opened: &[u64],
    closed: &Missing,
) -> Result<(), ExchangeError> {
    let opened = opened.iter().copied().collect();
    let closed = closed.keys().copied().collect();
    let found = relatives::carrier(options.documents, &corpus.store, &opened, &closed)?;
    let Some((around, leaf)) = found else { return Ok(()) };
    let problem = format!("the bytes of leaf {leaf} would go out with leaf {around}");
    let advice = format!("list leaf {around} too, with its basis");
    Err(ExchangeError::file(options.missing.unwrap_or(options.drawing), problem, advice))
}

/// What stays closed: all of it for the judge, and the drawn leaves for all. Which other
/// leaves belong to a drawn one's family is not for all.
fn closed_leaves(
    options: &OpenOptions<'_>,
    closed: &Missing,
    drawn: &[u64],
    opened: &BTreeSet<u64>,
) -> Result<(Vec<MissingLeaf>, Vec<MissingLeaf>), ExchangeError> {
    let is_drawn = |leaf: &u64| drawn.binary_search(leaf).is_ok();
    if let Some(leaf) = closed.keys().find(|leaf| !is_drawn(leaf) && !opened.contains(leaf)) {
        let problem = format!("leaf {leaf} would not be opened");
        let advice = "remove the line; --preview lists what would be";
        return Err(ExchangeError::file(
            options.missing.unwrap_or(options.drawing),
            problem,
            advice,
        ));
    }
    let missing: Vec<MissingLeaf> = closed.values().cloned().collect();
    let stated = missing.iter().filter(|missing| is_drawn(&missing.leaf)).cloned().collect();
    Ok((missing, stated))
}

/// Checks a drawing against lot, seal and one's own copy of the bundle.
fn check(options: &OpenOptions<'_>, progress: &dyn Progress) -> Result<Checked, ExchangeError> {
    let path = options.drawing;
    let found = Filed::<Drawing>::theirs(path)?;
    let wrong = |expected: &str, found: &dyn fmt::Display| {
        ExchangeError::mismatch(path.display(), expected, found)
    };
    let ledger = Ledger::open(options.commitment)?;
    let lot = ledger
        .sealed(found.value.lot)
        .ok_or_else(|| wrong("a drawing of a lot that was sealed here", &found.value.lot))?;
    let is_void = |state| state == State::Void;
    if ledger.chain().iter().any(|link| link.lot == lot.lot.digest && is_void(link.state)) {
        return Err(wrong("a drawing of a lot that has not ended", &"one of a void lot"));
    }
    if found.value.seal != lot.seal.digest {
        return Err(wrong("the seal that was given for the lot", &found.value.seal));
    }
    let nonce = Nonce::of(found.value.nonce.0);
    if nonce.sha256() != lot.lot.value.nonce_sha256 {
        return Err(wrong("the nonce of the lot", &"another"));
    }
    let corpus = OpenCorpus::open(options.documents, options.commitment)?;
    let partition = populations(options, &lot, &corpus, progress)?;
    let expected = drawing(&lot.lot, &lot.seal, &nonce, &partition);
    if found.bytes != expected.bytes {
        let problem = difference(&expected.value, &found.value);
        return Err(wrong("what lot, seal and bundle give", &problem));
    }
    Ok(Checked { lot, drawing: found, corpus, ledger })
}

/// The strata of one's own copy of the sealed bundle.
fn populations(
    options: &OpenOptions<'_>,
    lot: &SealedLot,
    corpus: &OpenCorpus,
    progress: &dyn Progress,
) -> Result<Partition, ExchangeError> {
    let Some(sealed) = lot.seal.value.bundle else {
        return Ok(Partition::of_all(corpus.commitment.documents));
    };
    let Some((request, bundle)) = options.answer else {
        let advice = "give the request and the bundle that was sealed";
        return Err(ExchangeError::input("--bundle", "is missing", advice));
    };
    let on_record = OnRecord::from(options.commitment);
    let Bundle { digest, partition, .. } =
        verified(on_record, request, bundle, &lot.lot.value.strata, &BTreeSet::new(), progress)?;
    if digest == sealed {
        return Ok(partition);
    }
    let expected = format!("the bundle that was sealed, {sealed}");
    Err(ExchangeError::mismatch(bundle.display(), expected, digest))
}

/// In what two drawings differ.
fn difference(expected: &Drawing, found: &Drawing) -> String {
    let names = |drawing: &Drawing| -> Vec<String> {
        drawing.strata.iter().map(|stratum| stratum.population.to_string()).collect()
    };
    if names(expected) != names(found) {
        return "other strata".into();
    }
    for (expected, found) in expected.strata.iter().zip(&found.strata) {
        let what = if expected.size != found.size {
            "another size"
        } else if expected.leaves_sha256 != found.leaves_sha256 {
            "other leaves to draw from"
        } else if expected.drawn != found.drawn {
            "other leaves drawn"
        } else {
            continue;
        };
        return format!("{what} of {}", expected.population);
    }
    "another drawing".into()
}
