//! Audits of a court's lot, and packages that a dishonest responder makes and signs.

#![allow(dead_code, reason = "each test file uses a part")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use candor::exchange::formats::bundle::Opening;
use candor::exchange::{ExchangeError, Silent};
use candor_lot::audit::{AuditOptions, AuditReport, Came, Fate, audit};
use candor_lot::estimate::figures::Thresholds;
use candor_lot::estimate::{CodedBy, Estimate, EstimateOptions, estimate};
use candor_lot::formats::{Opened, Population, Stratum};
use candor_lot::judge::{CommitOptions, LotFolder, commit};
use candor_lot::signature::{Authority, Namespace, Principal};
use candor_testing::files::sha256;

use crate::common::{Court, RESPONDER};

/// Name and bytes of each file of a package.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

impl Court {
    /// A lot with other families or strata than most.
    pub(crate) fn commit_with(&self, strata: &[&str], families: &str, out: &str) {
        let strata: Vec<Stratum> = strata.iter().map(|text| text.parse().unwrap()).collect();
        let over_all = strata.iter().any(|stratum| stratum.population == Population::All);
        let request = self.case.request();
        commit(&CommitOptions {
            commitment: &self.case.commitment_file(),
            request: (!over_all).then_some(request.as_path()),
            strata: &strata,
            families: families.parse().unwrap(),
            excuse: &["privilege/ac".to_owned()],
            error: "0.05".parse().unwrap(),
            after: None,
            key: Some(&self.path("judge")),
            out: &self.path(out),
        })
        .unwrap();
    }

    /// Audits the package in a folder; `None`: nothing came.
    pub(crate) fn audit(
        &self,
        lot: &str,
        opened: Option<&str>,
        out: &str,
    ) -> Result<AuditReport, ExchangeError> {
        let over_all = LotFolder::open(&self.path(lot)).unwrap().lot.value.request.is_none();
        let (request, bundle) = (self.case.request(), self.case.bundle());
        let signers = self.path("signers");
        let files = opened.map(|folder| {
            (self.path(folder).join("opened.age"), self.path(folder).join("opened.json"))
        });
        let authority = Authority::Signed(Principal { name: RESPONDER, allowed_signers: &signers });
        audit(
            &AuditOptions {
                lot: &self.path(lot),
                came: files.as_ref().map(|(package, statement)| Came {
                    package,
                    statement,
                    authority,
                }),
                commitment: &self.case.commitment_file(),
                answer: (!over_all).then_some((&request, &bundle)),
                sheet: true,
                out: &self.path(out),
            },
            &Silent,
        )
    }

    /// What becomes of the leaves of a package with these files.
    pub(crate) fn audited(&self, change: impl FnOnce(&mut Files)) -> AuditReport {
        self.repack("opened", "repacked", change);
        let _ = fs::remove_dir_all(self.path("audited"));
        self.audit("lot", Some("repacked"), "audited").unwrap()
    }

    /// A package with other files, in order with its manifest and signed.
    pub(crate) fn repack(&self, from: &str, to: &str, change: impl FnOnce(&mut Files)) {
        let mut files = self.package("lot", from);
        files.remove(0);
        change(&mut files);
        let lines = files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256(bytes)));
        let manifest = lines.collect::<String>().into_bytes();
        files.insert(0, ("manifest-sha256.txt".to_owned(), manifest));
        self.pack(from, to, &files, &[]);
    }

    /// A package of exactly these files, with something after them, signed.
    pub(crate) fn pack(&self, from: &str, to: &str, files: &Files, after: &[u8]) {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            add(&mut tar, name, bytes);
        }
        let mut bytes = tar.into_inner().unwrap();
        bytes.extend(after);
        self.encrypt(from, to, &files[0].1, &bytes);
    }

    /// An archive as it is, encrypted to the lot's key; its statement names the manifest.
    pub(crate) fn encrypt(&self, from: &str, to: &str, manifest: &[u8], archive: &[u8]) {
        fs::create_dir_all(self.path(to)).unwrap();
        let lot = LotFolder::open(&self.path("lot")).unwrap();
        let key = lot.lot.value.recipient.key() as &dyn age::Recipient;
        let encryptor = age::Encryptor::with_recipients(std::iter::once(key)).unwrap();
        let file = fs::File::create(self.path(to).join("opened.age")).unwrap();
        let mut stream = encryptor.wrap_output(file).unwrap();
        stream.write_all(archive).unwrap();
        stream.finish().unwrap();
        fs::copy(self.path(from).join("opened.json"), self.path(to).join("opened.json")).unwrap();
        let statement = format!("{to}/opened.json");
        self.change::<Opened>(&statement, |opened| opened.manifest = sha256(manifest));
        let _ = fs::remove_file(self.path(&format!("{statement}.sig")));
        self.sign("responder", &statement, Namespace::Opened);
    }

    pub(crate) fn estimate(
        &self,
        audit: &str,
        sheet: Option<&Path>,
        thresholds: &Thresholds,
    ) -> Result<Estimate, ExchangeError> {
        let others: [PathBuf; 0] = [];
        estimate(&EstimateOptions {
            lot: &self.path("lot"),
            audit: &self.path(audit),
            coded: sheet.map(|sheet| CodedBy { sheet, coder: "A. Neutral" }),
            others: &others,
            look: None,
            thresholds,
        })
    }
}

/// Adds a regular file under any name.
pub(crate) fn add(tar: &mut tar::Builder<Vec<u8>>, name: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_cksum();
    tar.append(&header, bytes).unwrap();
}

/// Changes the openings of a package.
pub(crate) fn openings(files: &mut Files, mut change: impl FnMut(&mut Opening)) {
    let text = String::from_utf8(files[0].1.clone()).unwrap();
    let lines = text.lines().map(|line| {
        let mut opening: Opening = serde_json::from_str(line).unwrap();
        change(&mut opening);
        serde_json::to_string(&opening).unwrap() + "\n"
    });
    files[0].1 = lines.collect::<String>().into_bytes();
}

/// What became of a leaf, or of none but one.
pub(crate) fn fate(report: &AuditReport, leaf: u64) -> Fate {
    let mut leaves = report.audit.strata.iter().flat_map(|stratum| &stratum.drawn);
    leaves.find(|drawn| drawn.leaf == leaf).unwrap_or_else(|| panic!("{leaf}")).fate.clone()
}
