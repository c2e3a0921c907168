//! The audit: what was opened to the judge alone, against what was committed.
//!
//! * [`unpack`] reads the encrypted package, as a hostile archive
//! * [`check`](mod@check) compares each leaf, its family, what stands in containers
//! * [`record`] is `audit.json`, [`report`] what is printed
//! * [`sheet`] is the blind coding sheet
//!
//! All of it is read from files that another party wrote. What is published names leaves
//! and numbers of checks, and nothing else of a document.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod check;
pub mod record;
pub mod report;
pub mod sheet;
pub mod unpack;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candor::corpus::Commitment;
use candor::exchange::folder::{close_folder, refuse_existing, write_folder};
use candor::exchange::formats::request::CheckedRequest;
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::{ExchangeError, OnRecord, Progress, commitment_files};
use candor::field::ScalarHex;

pub use record::{Audit, AuditedLeaf, AuditedStratum, Fate, PackageState};
pub use report::AuditReport;

use self::check::{Found, Subject};
use self::unpack::{Package, Unpacked};
use crate::draw::verified::{Said, verified};
use crate::draw::{Nonce, Partition, drawing};
use crate::formats::{Artefact, Drawing, Filed, Lot, Opened, Seal};
use crate::judge::LotFolder;
use crate::signature::{Authority, Namespace, Signed};

/// The package as it came.
#[derive(Clone, Copy, Debug)]
pub struct Came<'a> {
    /// `opened.age`.
    pub package: &'a Path,
    /// `opened.json`; its signature stands beside it.
    pub statement: &'a Path,
    /// How it is known that the statement is the responder's.
    pub authority: Authority<'a>,
}

/// What is audited.
#[derive(Clone, Copy, Debug)]
pub struct AuditOptions<'a> {
    /// The folder of the lot, with seal and drawing.
    pub lot: &'a Path,
    /// The package; `None` if none came by the deadline: then every leaf is missing.
    pub came: Option<Came<'a>>,
    /// What the judge has on record of the commitment; not a copy from the bundle.
    pub commitment: &'a Path,
    /// Request and bundle; `None` for a lot over the root alone.
    pub answer: Option<(&'a Path, &'a Path)>,
    /// Whether to write the coding sheet, with copies of what was opened.
    pub sheet: bool,
    /// The folder to write. Must not exist.
    pub out: &'a Path,
}

/// The files of a lot that was drawn, each the one that the next names.
struct Drawn {
    folder: LotFolder,
    seal: Filed<Seal>,
    drawing: Filed<Drawing>,
}

impl Drawn {
    fn open(lot: &Path) -> Result<Self, ExchangeError> {
        let folder = LotFolder::open(lot)?;
        let seal = Filed::<Seal>::own(&folder.seal())?;
        let drawing = Filed::<Drawing>::own(&folder.drawing())?;
        let nonce = Nonce::of(drawing.value.nonce.0).sha256();
        let fits = seal.value.lot == folder.lot.digest
            && drawing.value.lot == folder.lot.digest
            && drawing.value.seal == seal.digest
            && nonce == folder.lot.value.nonce_sha256;
        if fits {
            return Ok(Self { folder, seal, drawing });
        }
        let problem = "holds lot, seal and drawing that do not belong together";
        Err(ExchangeError::file(lot, problem, "restore the folder from a copy"))
    }

    fn lot(&self) -> &Lot {
        &self.folder.lot.value
    }

    /// The drawing is the one that this bundle gives.
    fn check(&self, partition: &Partition) -> Result<(), ExchangeError> {
        let nonce = Nonce::of(self.drawing.value.nonce.0);
        let expected = drawing(&self.folder.lot, &self.seal, &nonce, partition);
        if expected.bytes == self.drawing.bytes {
            return Ok(());
        }
        let problem = "is not what lot, seal and bundle give";
        let advice = "restore it from a copy, and give the bundle that was drawn from";
        Err(ExchangeError::file(self.folder.drawing(), problem, advice))
    }
}

/// Audits what was opened, and writes the folder `out` with `audit.json`.
///
/// # Errors
/// Whatever leaves the audit undecided: no package whose statement is the responder's and
/// about this drawing, or an input that cannot be used. A false or missing leaf is a
/// finding.
pub fn audit(
    options: &AuditOptions<'_>,
    progress: &dyn Progress,
) -> Result<AuditReport, ExchangeError> {
    refuse_existing(options.out)?;
    let drawn = Drawn::open(options.lot)?;
    let commitment = commitment_files::read(options.commitment)?;
    if ScalarHex(commitment.root) != drawn.lot().root {
        let problem = format!("has another root than the lot, {}", drawn.lot().root);
        let advice = "give the commitment that the lot is about";
        return Err(ExchangeError::file(options.commitment, problem, advice));
    }
    let statement = options.came.map(|came| statement(&came, &drawn)).transpose()?;
    let mut report = None;
    write_folder(options.out, |folder| {
        close_folder(folder)?;
        let room = folder.join("package");
        fs::create_dir(&room).map_err(ExchangeError::io(&room))?;
        let (state, package) = match (options.came, &statement) {
            (Some(came), Some((filed, _))) => {
                let secret = drawn.folder.secret()?;
                let manifest = filed.value.manifest;
                let asked = unpack::Asked { manifest, documents: commitment.documents };
                let found = unpack::unpack(came.package, &secret.identity, asked, &room, progress)?;
                match found {
                    Unpacked::Package(package) => (PackageState::Opened, package),
                    Unpacked::Broken(problem) => {
                        (PackageState::Unusable { problem }, Package::default())
                    }
                }
            }
            _ => (PackageState::None, Package::default()),
        };
        let (partition, request, said) = said(options, &drawn, &commitment, &package, progress)?;
        drawn.check(&partition)?;
        if request.as_ref().map(|request| Sha256Hex(request.digest)) != drawn.lot().request {
            let problem = "is not the request of the lot";
            return Err(ExchangeError::input("--request", problem, "give the lot's own request"));
        }
        let subject = Subject {
            commitment: &commitment,
            request: request.as_deref(),
            package: &package,
            said: &said,
            lot: drawn.lot(),
            drawing: &drawn.drawing.value,
        };
        let found = check::check(&subject, progress)?;
        let rows = if options.sheet {
            sheet::write(&drawn, &package, &found, folder, progress)?
        } else {
            Vec::new()
        };
        let audit = Filed::of(audit_of(&drawn, statement.as_ref(), state, &found));
        audit.write(&folder.join(Audit::NAME))?;
        sheet::Secret::fresh(rows, found.equal.clone()).write(folder)?;
        fs::remove_dir_all(&room).map_err(ExchangeError::io(&room))?;
        report = Some(AuditReport::new(audit, found, options));
        Ok(())
    })?;
    report
        .ok_or_else(|| ExchangeError::file(options.out, "was not written", "run the command again"))
}

/// The responder's statement about this drawing. A statement of another, or one that is
/// not the responder's, leaves the audit undecided.
fn statement(
    came: &Came<'_>,
    drawn: &Drawn,
) -> Result<(Filed<Opened>, Option<Signed>), ExchangeError> {
    let undecided = |error: ExchangeError| match error {
        ExchangeError::Mismatch { subject, expected, found } => {
            let problem = format!("expected {expected}, found {found}");
            let advice = "ask the responder for the signed statement of this drawing; if none \
                          comes by the deadline, audit with --nothing-came";
            ExchangeError::input(subject, problem, advice)
        }
        error => error,
    };
    let filed = Filed::<Opened>::theirs(came.statement).map_err(undecided)?;
    let signed = came.authority.check(came.statement, &filed, Namespace::Opened);
    let signed = signed.map_err(undecided)?;
    if filed.value.drawing != drawn.drawing.digest {
        let expected = format!("a statement about drawing {}", drawn.drawing.digest);
        let found = format!("one about {}", filed.value.drawing);
        let error = ExchangeError::mismatch(came.statement.display(), expected, found);
        return Err(undecided(error));
    }
    Ok((filed, signed))
}

/// All leaves by stratum, the request, and what the bundle that was sealed says of those
/// that are opened. Nothing was drawn from a bundle that does not verify.
fn said(
    options: &AuditOptions<'_>,
    drawn: &Drawn,
    commitment: &Commitment,
    package: &Package,
    progress: &dyn Progress,
) -> Result<(Partition, Option<Arc<CheckedRequest>>, Said), ExchangeError> {
    match (drawn.seal.value.bundle, options.answer) {
        (Some(sealed), Some((request, bundle))) => {
            let wanted = package.openings.iter().map(|opening| opening.leaf).collect();
            let on_record = OnRecord::from(options.commitment);
            let strata = &drawn.lot().strata;
            let advice = "give the bundle that was drawn from";
            let found = verified(on_record, request, bundle, strata, &wanted, progress);
            let found = found.map_err(|error| match error {
                ExchangeError::Refused(failure) => {
                    let problem = format!("does not verify: {failure}");
                    ExchangeError::file(bundle, problem, advice)
                }
                error => error,
            })?;
            if found.digest == sealed {
                return Ok((found.partition, Some(found.request), found.said));
            }
            let problem = format!("is not the bundle that was sealed, {sealed}");
            Err(ExchangeError::file(bundle, problem, advice))
        }
        (Some(_), None) => {
            let advice = "give the request and the bundle that was drawn from";
            Err(ExchangeError::input("--bundle", "is missing", advice))
        }
        (None, Some(_)) => {
            let problem = "is given, and the lot is over the root alone";
            Err(ExchangeError::input("--bundle", problem, "leave it out"))
        }
        (None, None) => Ok((Partition::of_all(commitment.documents), None, Said::new())),
    }
}

fn audit_of(
    drawn: &Drawn,
    statement: Option<&(Filed<Opened>, Option<Signed>)>,
    package: PackageState,
    found: &Found,
) -> Audit {
    let lot = drawn.lot();
    let excused = |basis: &str| lot.excuse.iter().any(|excuse| excuse == basis);
    let leaf = |leaf: &u64| {
        let fate = found.leaves.get(leaf).cloned().unwrap_or(Fate::Missing { basis: None });
        let fate = match fate {
            Fate::Missing { basis: Some(basis) } if excused(&basis) => Fate::Excused { basis },
            fate => fate,
        };
        AuditedLeaf { leaf: *leaf, fate, seen: found.seen.contains(leaf) }
    };
    let strata = drawn.drawing.value.strata.iter().map(|stratum| AuditedStratum {
        population: stratum.population.clone(),
        size: stratum.size,
        drawn: stratum.drawn.iter().map(leaf).collect(),
    });
    Audit {
        format: Audit::FORMAT.to_owned(),
        lot: drawn.folder.lot.digest,
        seal: drawn.seal.digest,
        drawing: drawn.drawing.digest,
        opened: statement.map(|(filed, _)| filed.digest),
        opened_by: statement.and_then(|(_, signed)| signed.as_ref().map(|by| by.by.clone())),
        package,
        strata: strata.collect(),
        findings: found.findings.clone(),
        equal: found.equal.iter().map(|leaves| leaves.len() as u64).collect(),
        elsewhere: found.elsewhere,
    }
}

/// Where the parts of an audit stand.
#[must_use]
pub fn file_of(audit: &Path) -> PathBuf {
    audit.join(Audit::NAME)
}
