//! Audits of what was opened beside a bundle: honest, and dishonest in every way that a
//! package can be.

mod common;
mod repacked;

use std::fs;

use candor::corpus::store::Entry;
use candor::exchange::formats::bundle::Opening;
use candor::field::{Scalar, ScalarHex};
use candor_lot::audit::sheet::Secret;
use candor_lot::audit::{Audit, Fate, PackageState};
use candor_lot::formats::{Drawing, Filed, Lot};
use candor_lot::signature::Namespace;
use candor_testing::files::{files, sha256};
use common::{Court, STRATA, stopped};
use repacked::{fate, openings};

#[test]
fn an_honest_package_is_clean() {
    let (court, leaves) = Court::with_opened();
    let report = court.audit("lot", Some("opened"), "audit").unwrap();
    assert_eq!((report.exit_code(), report.counts.clean), (0, 5), "{report}");
    assert_eq!(report.audit.package, PackageState::Opened);
    assert_eq!(report.audit.opened_by.as_deref(), Some(common::RESPONDER));
    assert!(report.to_string().contains("outcome    clean: every drawn leaf"));
    let written = Filed::<Audit>::own(&court.path("audit/audit.json")).unwrap();
    assert_eq!((written.value, written.digest), (report.audit.clone(), report.digest));

    // The sheet: every drawn document, without leaf, stratum or decision.
    let secret = Secret::read(&court.path("audit")).unwrap();
    let mut rows: Vec<u64> = secret.rows.iter().map(|row| row.leaf).collect();
    let sheet = fs::read_to_string(court.path("audit/coding/sheet.csv")).unwrap();
    let lines: Vec<&str> = sheet.lines().collect();
    assert_eq!(lines[0], "row,file,responsive,remark");
    let store = court.case.store();
    for (line, row) in lines[1..].iter().zip(&secret.rows) {
        let copy = fs::read(court.path("audit/coding").join(&row.file)).unwrap();
        assert_eq!(sha256(&copy).0, store.entries[row.leaf as usize].sha256);
        assert!(line.ends_with(&format!("{},,", row.file)), "{line}");
    }
    assert_eq!(lines.len(), 6);
    rows.sort_unstable();
    assert_eq!(rows, leaves);
    // Nothing else is left of the package.
    let left: Vec<String> =
        files(&court.path("audit")).iter().map(|path| path.display().to_string()).collect();
    assert_eq!(left.len(), 8, "{left:?}");
    #[cfg(unix)]
    for name in left.iter().filter(|name| *name != "audit.json") {
        use std::os::unix::fs::PermissionsExt;
        let mode = court.path("audit").join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn the_rows_are_in_the_order_of_the_tickets() {
    let (court, leaves) = Court::with_opened();
    court.audit("lot", Some("opened"), "audit").unwrap();
    let drawing = Filed::<Drawing>::own(&court.path("lot/drawing.json")).unwrap();
    let (lot, seal) = (drawing.value.lot, drawing.value.seal);
    let nonce = candor_lot::draw::Nonce::of(drawing.value.nonce.0);
    let seed = candor_lot::draw::Seed::new(lot, seal, &nonce);
    let expected = candor_lot::draw::sample(&seed, &leaves, u64::MAX);
    let rows = Secret::read(&court.path("audit")).unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.leaf).collect::<Vec<_>>(), expected);
}

#[test]
fn nothing_of_a_closed_document_is_in_what_an_audit_publishes() {
    let (court, leaves) = Court::with_opened();
    let clean = court.audit("lot", Some("opened"), "audit").unwrap();
    let broken = court.audited(|files| openings(files, |opening| opening.leaf = leaves[0]));
    let wrong = court.audited(|files| files[2].1.push(0));
    let estimate = court.estimate("audit", None, &Default::default()).unwrap();
    let mut public = vec![
        fs::read_to_string(court.path("audit/audit.json")).unwrap(),
        fs::read_to_string(court.path("audit/coding/sheet.csv")).unwrap(),
        estimate.to_string() + &serde_json::to_string(&estimate).unwrap(),
    ];
    for report in [&clean, &broken, &wrong] {
        public.push(report.to_string() + &serde_json::to_string(report).unwrap());
    }
    for Entry { sha256, salt, record_salt, record, .. } in &court.case.store().entries {
        let salts = [salt, record_salt].map(|salt| ScalarHex(*salt).to_string());
        for private in [hex::encode(sha256), record.path.to_string()].iter().chain(&salts) {
            assert!(public.iter().all(|text| !text.contains(private)), "{private}");
        }
    }
}

#[test]
fn what_is_not_as_committed_is_false_by_the_check_that_finds_it() {
    let (court, leaves) = Court::with_opened();
    let leaf = leaves[2];
    let of_leaf = |change: &dyn Fn(&mut Opening)| {
        court.audited(|files| {
            openings(files, |opening| {
                if opening.leaf == leaf {
                    change(opening);
                }
            });
        })
    };
    let salt = ScalarHex(Scalar::from(7));
    let other = sha256(b"another");
    let reports = [
        (1, of_leaf(&|opening| opening.file.as_mut().unwrap().salt = salt)),
        (1, of_leaf(&|opening| opening.file.as_mut().unwrap().sha256 = other)),
        (1, {
            court.audited(|files| {
                let name = format!("files/{leaf:08}");
                let file = files.iter_mut().find(|(found, _)| *found == name).unwrap();
                file.1[0] ^= 1;
            })
        }),
        (2, of_leaf(&|opening| opening.record.as_mut().unwrap().salt = salt)),
        (2, of_leaf(&|opening| opening.record.as_mut().unwrap().line.made = true)),
        (3, of_leaf(&|opening| opening.family.as_mut().unwrap().id = salt)),
        (3, of_leaf(&|opening| opening.family.as_mut().unwrap().count = 2)),
        (4, of_leaf(&|opening| opening.view_salts.as_mut().unwrap()[0] = salt)),
        (4, of_leaf(&|opening| opening.view_salts.as_mut().unwrap().push(salt))),
        (5, of_leaf(&|opening| opening.membership[0] = salt)),
        (
            5,
            of_leaf(&|opening| {
                opening.membership.pop();
            }),
        ),
    ];
    for (number, (check, report)) in reports.iter().enumerate() {
        assert_eq!(fate(report, leaf), Fate::False { check: *check }, "{number}: {report}");
        assert_eq!((report.exit_code(), report.counts.clean, report.counts.r#false), (1, 4, 1));
        assert!(report.to_string().contains(&format!("leaves {leaf}")), "{report}");
    }
    // What is not the committed document is not shown to the coder; a false view is of
    // the committed one.
    let seen = |report: &candor_lot::audit::AuditReport| {
        let mut leaves = report.audit.strata.iter().flat_map(|stratum| &stratum.drawn);
        leaves.find(|drawn| drawn.leaf == leaf).unwrap().seen
    };
    assert!(!seen(&reports[0].1) && seen(&reports[7].1));
}

#[test]
fn what_is_left_out_is_missing_and_what_the_lot_excuses_is_excused() {
    let (court, leaves) = Court::with_opened();
    // Without a word.
    let report = court.audited(|files| {
        let name = format!("files/{:08}", leaves[1]);
        files.retain(|(found, _)| *found != name);
        let text = String::from_utf8(files[0].1.clone()).unwrap();
        let keep = text.lines().enumerate().filter(|(at, _)| *at != 1);
        files[0].1 = keep.map(|(_, line)| format!("{line}\n")).collect::<String>().into_bytes();
    });
    assert_eq!(fate(&report, leaves[1]), Fate::Missing { basis: None });
    assert_eq!((report.exit_code(), report.counts.missing), (1, 1));
    // On a basis that the lot lists, and on one that it does not.
    for (basis, code) in [("privilege/ac", 3), ("privilege/other", 1)] {
        let list = court.path("missing.csv");
        fs::write(&list, format!("leaf,basis,reason\n{},{basis},mandate\n", leaves[1])).unwrap();
        let out = format!("opened {code}");
        court.try_open("lot/drawing.json", Some(&list), &out).unwrap();
        let report = court.audit("lot", Some(&out), &format!("audit {code}")).unwrap();
        let expected = match code {
            3 => Fate::Excused { basis: basis.to_owned() },
            _ => Fate::Missing { basis: Some(basis.to_owned()) },
        };
        assert_eq!((report.exit_code(), fate(&report, leaves[1])), (code, expected));
    }
    // The lot excuses it, not the responder: bases of another lot do not count.
    let excused = Filed::<Lot>::own(&court.path("lot/lot.json")).unwrap().value.excuse;
    assert_eq!(excused, ["privilege/ac"]);
}

#[test]
fn without_a_package_every_leaf_is_missing() {
    let (court, _) = Court::with_opened();
    let report = court.audit("lot", None, "audit").unwrap();
    assert_eq!((report.exit_code(), report.counts.missing), (1, 5));
    assert_eq!((&report.audit.package, report.audit.opened), (&PackageState::None, None));
    // Signed, and it does not decrypt.
    let file = court.path("opened/opened.age");
    let honest = fs::read(&file).unwrap();
    let other = age::x25519::Identity::generate().to_public();
    let foreign = age::encrypt(&other, b"x").unwrap();
    let cut = honest[..honest.len() - 100].to_vec();
    let mut flipped = honest.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let cases = [foreign, cut, flipped, b"no age file".to_vec(), Vec::new()];
    for (number, bytes) in cases.into_iter().enumerate() {
        fs::write(&file, bytes).unwrap();
        let report = court.audit("lot", Some("opened"), &format!("audit {number}")).unwrap();
        assert_eq!((report.exit_code(), report.counts.missing), (1, 5), "{number}");
        assert!(matches!(report.audit.package, PackageState::Unusable { .. }));
        assert!(report.audit.opened.is_some());
    }
}

#[test]
fn a_package_that_nobody_stands_for_decides_nothing() {
    let (court, _) = Court::with_opened();
    let audit = |opened| court.audit("lot", Some(opened), "audit");
    // Of another package than is stated: anyone can encrypt to the judge.
    court.repack("opened", "repacked", |files| files[1].1.clear());
    let foreign = fs::read(court.path("opened/opened.age")).unwrap();
    fs::write(court.path("repacked/opened.age"), foreign).unwrap();
    court.repack("opened", "other", |files| {
        files.truncate(3);
    });
    fs::copy(court.path("other/opened.age"), court.path("repacked/opened.age")).unwrap();
    fs::copy(court.path("opened/opened.json"), court.path("repacked/opened.json")).unwrap();
    fs::copy(court.path("opened/opened.json.sig"), court.path("repacked/opened.json.sig")).unwrap();
    assert!(stopped(audit("repacked")).contains("not the package that the statement is about"));
    // Signed by another, or in another namespace, or not at all.
    court.sign_anew("judge", Namespace::Opened);
    assert!(stopped(audit("opened")).contains("one by another key"));
    court.sign_anew("responder", Namespace::Seal);
    assert!(stopped(audit("opened")).contains("in the namespace candor-seal@1"));
    fs::remove_file(court.path("opened/opened.json.sig")).unwrap();
    assert!(stopped(audit("opened")).contains("no signature beside it"));
    // About another drawing.
    court.change::<candor_lot::formats::Opened>("opened/opened.json", |opened| {
        opened.drawing = sha256(b"another");
    });
    court.sign_anew("responder", Namespace::Opened);
    assert!(stopped(audit("opened")).contains("a statement about drawing"));
    assert!(!court.path("audit").exists() && !court.path("audit.partial").exists());
}

#[test]
fn another_bundle_request_or_lot_decides_nothing() {
    let (court, _) = Court::with_opened();
    let stop = |court: &Court| stopped(court.audit("lot", Some("opened"), "audit"));
    let drawing = fs::read(court.path("lot/drawing.json")).unwrap();
    court.change::<Drawing>("lot/drawing.json", |drawing| drawing.strata[2].drawn.reverse());
    assert!(stop(&court).contains("a statement about drawing"));
    fs::write(court.path("lot/drawing.json"), drawing).unwrap();
    court.change::<candor_lot::formats::Seal>("lot/seal.json", |seal| seal.salt = sha256(b"x"));
    assert!(stop(&court).contains("do not belong together"));
    // Made anew: other proofs, another digest.
    let (court, _) = Court::with_opened();
    court.case.respond_anew();
    assert!(stop(&court).contains("not the bundle that was sealed"));
}

impl Court {
    fn sign_anew(&self, key: &str, namespace: Namespace) {
        let _ = fs::remove_file(self.path("opened/opened.json.sig"));
        self.sign(key, "opened/opened.json", namespace);
    }
}

#[test]
fn equal_files_are_counted() {
    let court = Court::committed(|case| {
        for name in ["a.txt", "b.txt", "c.txt"] {
            case.add(name, b"the same");
        }
        case.add("d.txt", b"another");
    });
    court.commit(&["all=all"], "lot");
    court.seal("lot", "seal.json");
    court.draw("lot", "seal.json");
    court.open("lot/drawing.json", "opened");
    let report = court.audit("lot", Some("opened"), "audit").unwrap();
    assert_eq!((report.exit_code(), report.audit.equal.as_slice()), (0, &[3][..]));
    // Which leaves these are is for the judge alone.
    assert_eq!(Secret::read(&court.path("audit")).unwrap().equal, report.equal);
    assert_eq!(report.equal[0].len(), 3);
    assert!(!serde_json::to_string(&report).unwrap().contains(&format!("{:?}", report.equal)));
}

#[test]
fn strata_are_as_the_lot_names_them() {
    let (court, _) = Court::with_opened();
    let report = court.audit("lot", Some("opened"), "audit").unwrap();
    let drawn: Vec<_> = report
        .audit
        .strata
        .iter()
        .map(|stratum| (stratum.population.to_string(), stratum.size, stratum.drawn.len()))
        .collect();
    let expected = [
        ("disclosed", 1, 0),
        ("withheld", 1, 1),
        ("nonmatching", 3, 2),
        ("unreadable", 1, 1),
        ("outside", 1, 1),
    ];
    assert_eq!(drawn, expected.map(|(name, size, drawn)| (name.to_owned(), size, drawn)));
    assert_eq!(STRATA.len(), 4);
}
