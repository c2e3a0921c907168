//! A case with a judge and a responder who sign, and the steps of a lot.

#![allow(dead_code, reason = "each test file uses a part")]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use candor::exchange::expand::{self, Dedupe};
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::{ExchangeError, ExpandSummary, Progress, Silent};
use candor_lot::formats::{Artefact, Drawing, Families, Filed};
use candor_lot::judge::{
    CommitOptions, Committed, DrawOptions, DrawReport, LotFolder, commit, draw,
};
use candor_lot::responder::{OpenOptions, OpenReport, SealOptions, SealReport, open, seal};
use candor_lot::signature::{Authority, Namespace, Principal, SigningKey};
use candor_testing::{Case, copy};
use ssh_key::private::Ed25519Keypair;
use ssh_key::{LineEnding, PrivateKey};
use tempfile::TempDir;

pub(crate) const JUDGE: &str = "judge@court.example";
pub(crate) const RESPONDER: &str = "counsel@firm.example";

/// Two sevens that match, of which one is withheld, three others, a text and a damaged
/// picture.
static ANSWERED: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::new(folder.path()).with_views(&["image/gray-28x28"]).with_samples(&[
        "0004_label7.png",
        "0038_label7.png",
        "0001_label8.png",
        "0033_label3.gif",
        "0000_label4.png",
    ]);
    case.add("notes.txt", b"call them about the fours");
    let case = case.with_damaged().withholding(&[("0004_label7.png", "privileged")]);
    let _ = case.answered();
    folder
});

/// A tar archive of files with one time.
pub(crate) fn archive(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1_557_819_000);
        tar.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    tar.into_inner().unwrap()
}

/// How a lot is sealed, where it matters.
#[derive(Default)]
pub(crate) struct How {
    pub(crate) judge: Option<&'static str>,
    pub(crate) digest: Option<Sha256Hex>,
    pub(crate) voids: Vec<&'static str>,
    pub(crate) at_most: Option<u64>,
}

/// A folder of its own with the answered case, keys and `allowed_signers`.
pub(crate) struct Court {
    pub(crate) folder: TempDir,
    pub(crate) case: Case,
}

impl Court {
    pub(crate) fn new() -> Self {
        Self::of(ANSWERED.path())
    }

    /// With documents that are committed and nothing asked: for lots over the root alone.
    pub(crate) fn committed(fill: impl FnOnce(&Case)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = Case::new(folder.path()).with_views(&["image/gray-28x28"]);
        fill(&case);
        case.commit();
        Self::of(folder.path())
    }

    /// With these files expanded and committed to: for lots over the root alone. Gives also
    /// what expansion found.
    pub(crate) fn expanded(files: &[(&str, Vec<u8>)], dedupe: Dedupe) -> (Self, ExpandSummary) {
        let source = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(source.path().join(name), bytes).unwrap();
        }
        let mut summary = None;
        let court = Self::committed(|case| {
            let options = expand::Options {
                source: source.path(),
                out: &case.documents(),
                custodian: None,
                dedupe,
                known: None,
                ocr_text: None,
            };
            summary = Some(expand::expand(&options, &Silent).unwrap().summary);
        });
        (court, summary.unwrap())
    }

    /// With the answered case, drawn from and opened; and the drawn leaves.
    pub(crate) fn with_opened() -> (Self, Vec<u64>) {
        let court = Self::new();
        court.opened();
        let drawing = Filed::<Drawing>::own(&court.path("lot/drawing.json")).unwrap();
        let leaves = drawing.value.leaves();
        (court, leaves)
    }

    /// With a copy of an answered case.
    pub(crate) fn of(answered: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(answered, folder.path());
        let case = Case::new(folder.path()).with_views(&["image/gray-28x28"]);
        let court = Self { folder, case };
        let lines = [(JUDGE, "judge", 1), (RESPONDER, "responder", 2)].map(|(name, file, seed)| {
            let key = PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]));
            let text = key.to_openssh(LineEnding::LF).unwrap();
            fs::write(court.path(file), text.as_bytes()).unwrap();
            format!("{name} {}\n", key.public_key().to_openssh().unwrap())
        });
        fs::write(court.path("signers"), lines.concat()).unwrap();
        court
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn commit(&self, strata: &[&str], out: &str) -> Committed {
        self.try_commit(strata, None, out).unwrap()
    }

    pub(crate) fn try_commit(
        &self,
        strata: &[&str],
        after: Option<&str>,
        out: &str,
    ) -> Result<Committed, ExchangeError> {
        let strata: Vec<_> = strata.iter().map(|text| text.parse().unwrap()).collect();
        let over_all = strata.iter().any(|s: &candor_lot::formats::Stratum| {
            s.population == candor_lot::formats::Population::All
        });
        let (request, key) = (self.case.request(), self.path("judge"));
        let after = after.map(|name| self.path(name));
        commit(&CommitOptions {
            commitment: &self.case.commitment_file(),
            request: (!over_all).then_some(request.as_path()),
            strata: &strata,
            families: Families::Top,
            excuse: &["privilege/ac".to_owned()],
            error: "0.05".parse().unwrap(),
            after: after.as_deref(),
            key: Some(&key),
            out: &self.path(out),
        })
    }

    /// Seals `LOT/lot.json` into a file.
    pub(crate) fn seal(&self, lot: &str, out: &str) -> SealReport {
        self.try_seal(lot, out, &How::default()).unwrap()
    }

    pub(crate) fn try_seal(
        &self,
        lot: &str,
        out: &str,
        how: &How,
    ) -> Result<SealReport, ExchangeError> {
        let (request, bundle) = (self.case.request(), self.case.bundle());
        let (signers, key) = (self.path("signers"), self.path("responder"));
        let name = how.judge.unwrap_or(JUDGE);
        let signed = Authority::Signed(Principal { name, allowed_signers: &signers });
        let voids: Vec<PathBuf> = how.voids.iter().map(|name| self.path(name)).collect();
        let options = SealOptions {
            lot: &self.path(lot).join("lot.json"),
            authority: how.digest.map_or(signed, Authority::Digest),
            commitment: &self.case.commitment(),
            answer: Some((&request, &bundle)),
            voids: &voids,
            at_most: how.at_most.unwrap_or(1000),
            key: Some(&key),
            out: &self.path(out),
        };
        seal(&options, &Silent)
    }

    pub(crate) fn draw(&self, lot: &str, seal: &str) -> DrawReport {
        self.try_draw(lot, seal).unwrap()
    }

    pub(crate) fn try_draw(&self, lot: &str, seal: &str) -> Result<DrawReport, ExchangeError> {
        self.try_draw_while(lot, seal, &Silent)
    }

    pub(crate) fn try_draw_while(
        &self,
        lot: &str,
        seal: &str,
        progress: &dyn Progress,
    ) -> Result<DrawReport, ExchangeError> {
        let (request, bundle) = (self.case.request(), self.case.bundle());
        let over_all = LotFolder::open(&self.path(lot))?.lot.value.request.is_none();
        draw(
            &DrawOptions {
                lot: &self.path(lot),
                seal: &self.path(seal),
                authority: Authority::Signed(Principal {
                    name: RESPONDER,
                    allowed_signers: &self.path("signers"),
                }),
                commitment: &self.case.commitment_file(),
                answer: (!over_all).then_some((&request, &bundle)),
            },
            progress,
        )
    }

    pub(crate) fn open(&self, drawing: &str, out: &str) -> OpenReport {
        self.try_open(drawing, None, out).unwrap()
    }

    pub(crate) fn try_open(
        &self,
        drawing: &str,
        missing: Option<&Path>,
        out: &str,
    ) -> Result<OpenReport, ExchangeError> {
        let (request, bundle) = (self.case.request(), self.case.bundle());
        open(
            &OpenOptions {
                drawing: &self.path(drawing),
                documents: &self.case.documents(),
                commitment: &self.case.commitment(),
                answer: Some((&request, &bundle)),
                missing,
                key: Some(&self.path("responder")),
                out: &self.path(out),
            },
            &Silent,
        )
    }

    /// What the judge finds in the package: name and bytes of each file, in order.
    pub(crate) fn package(&self, lot: &str, opened: &str) -> Vec<(String, Vec<u8>)> {
        let secret = LotFolder::open(&self.path(lot)).unwrap().secret().unwrap();
        let file = fs::File::open(self.path(opened).join("opened.age")).unwrap();
        let decryptor = age::Decryptor::new_buffered(std::io::BufReader::new(file)).unwrap();
        let identity = &secret.identity as &dyn age::Identity;
        let mut archive = tar::Archive::new(decryptor.decrypt(std::iter::once(identity)).unwrap());
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            assert!(entry.header().entry_type().is_file());
            let name = entry.path().unwrap().to_str().unwrap().to_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (name, bytes)
        });
        entries.collect()
    }

    /// The whole way, with the largest lot.
    pub(crate) fn opened(&self) -> OpenReport {
        self.commit(STRATA, "lot");
        self.seal("lot", "seal.json");
        self.draw("lot", "seal.json");
        self.open("lot/drawing.json", "opened")
    }

    /// Changes a file of a lot; it keeps its one encoding.
    pub(crate) fn change<T: Artefact>(&self, name: &str, change: impl FnOnce(&mut T)) {
        let mut filed = Filed::<T>::own(&self.path(name)).unwrap();
        change(&mut filed.value);
        fs::write(self.path(name), Filed::of(filed.value).bytes).unwrap();
    }

    /// Signs a file again, with the key of a party.
    pub(crate) fn sign(&self, key: &str, name: &str, namespace: Namespace) {
        let (path, key) = (self.path(name), SigningKey::read(&self.path(key)).unwrap());
        key.sign_beside(&path, namespace, &fs::read(&path).unwrap()).unwrap();
    }
}

/// Every stratum of the case but what is disclosed.
pub(crate) const STRATA: &[&str] = &["withheld=5", "nonmatching=1,2", "unreadable=1", "outside=1"];

/// The message of a file of the other party that does not hold: exit code 1.
pub(crate) fn refused<T>(found: Result<T, ExchangeError>) -> String {
    match found {
        Err(error @ (ExchangeError::Mismatch { .. } | ExchangeError::Refused(_))) => {
            error.to_string()
        }
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("accepted"),
    }
}

/// The message of anything else: exit code 2.
pub(crate) fn stopped<T>(found: Result<T, ExchangeError>) -> String {
    match found {
        Err(error @ (ExchangeError::Mismatch { .. } | ExchangeError::Refused(_))) => {
            panic!("a failed check: {error}")
        }
        Err(other) => other.to_string(),
        Ok(_) => panic!("accepted"),
    }
}
