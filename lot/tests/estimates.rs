//! From a filled sheet to figures, and what is no sheet of the audit.

mod common;
mod repacked;

use std::fs;
use std::path::PathBuf;

use candor::exchange::ExchangeError;
use candor::field::ScalarHex;
use candor_lot::audit::sheet::Secret;
use candor_lot::estimate::chain::{End, chain};
use candor_lot::estimate::figures::{Name, Thresholds};
use candor_lot::estimate::{Estimate, EstimateOptions, estimate};
use candor_lot::judge::{VoidOptions, void};
use common::{Court, stopped};

const ALL: &[&str] =
    &["disclosed=all", "withheld=all", "nonmatching=all", "unreadable=all", "outside=all"];

/// Everything drawn, opened and audited.
fn audited(strata: &[&str]) -> Court {
    let court = Court::new();
    court.commit(strata, "lot");
    court.seal("lot", "seal.json");
    court.draw("lot", "seal.json");
    court.open("lot/drawing.json", "opened");
    assert_eq!(court.audit("lot", Some("opened"), "audit").unwrap().exit_code(), 0);
    court
}

/// Fills the sheet as `answer` says of each leaf, and writes it as a spreadsheet does.
fn fill(court: &Court, name: &str, answer: impl Fn(u64) -> &'static str) -> PathBuf {
    let rows = Secret::read(&court.path("audit")).unwrap().rows;
    let lines = (1..)
        .zip(rows)
        .map(|(number, row)| format!("{number};{};{};a remark\r\n", row.file, answer(row.leaf)));
    let text = format!("\u{feff}row;file;responsive;remark\r\n{}", lines.collect::<String>());
    let path = court.path(name);
    fs::write(&path, text).unwrap();
    path
}

fn of(estimate: &Estimate, name: Name) -> [String; 2] {
    estimate.figures.iter().find(|figure| figure.name == name).unwrap().interval.decimals()
}

#[test]
fn a_corpus_that_is_read_whole_is_known() {
    let court = audited(ALL);
    let statuses = court.case.store();
    let withheld = statuses.entries.iter().position(|entry| entry.path() == b"0004_label7.png");
    // The disclosed seven, the one that is withheld, and the text.
    let sevens = fill(&court, "coded.csv", |leaf| {
        let name = statuses.entries[leaf as usize].path();
        if name.ends_with(b"label7.png") || name.ends_with(b".txt") { "YES" } else { "no" }
    });
    assert!(withheld.is_some());
    let estimate = court.estimate("audit", Some(&sevens), &Thresholds::default()).unwrap();
    assert_eq!(estimate.exit_code(), 0, "{estimate}");
    let same = |share: &str| [share.to_owned(), share.to_owned()];
    assert_eq!(of(&estimate, Name::Precision), same("1.000000"));
    assert_eq!(of(&estimate, Name::Elusion), same("0.000000"));
    assert_eq!(of(&estimate, Name::RecallExamined), same("0.500000"));
    assert_eq!(of(&estimate, Name::RecallAll), ["0.333333".to_owned(), "0.333334".to_owned()]);
    assert_eq!(estimate.withheld_responsive.map(|found| (found.low, found.high)), Some((1, 1)));
    let coding = estimate.coding.as_ref().unwrap();
    assert_eq!((coding.rows, coding.coded, coding.responsive), (7, 7, 3));
    // The digest fixes the sheet, and is of its bytes and the salt.
    let other = fill(&court, "other.csv", |_| "no");
    let other = court.estimate("audit", Some(&other), &Thresholds::default()).unwrap();
    assert_ne!(other.coding.unwrap().sheet, coding.sheet);
    let salt = Secret::read(&court.path("audit")).unwrap().salt;
    assert!(!serde_json::to_string(&estimate).unwrap().contains(&salt.to_string()));
}

#[test]
fn rows_without_an_answer_are_at_their_worst() {
    let court = audited(ALL);
    let sheet = fill(&court, "coded.csv", |leaf| if leaf == 0 { "" } else { "no" });
    let estimate = court.estimate("audit", Some(&sheet), &Thresholds::default()).unwrap();
    assert_eq!((estimate.exit_code(), estimate.at_worst), (3, true));
    assert_eq!(of(&estimate, Name::Richness), ["0.000000".to_owned(), "0.142858".to_owned()]);
    // Without a sheet the leaves are counted.
    let estimate = court.estimate("audit", None, &Thresholds::default()).unwrap();
    assert_eq!((estimate.exit_code(), estimate.figures.len()), (0, 1));
    // Nothing was opened: nothing is known.
    court.audit("lot", None, "nothing").unwrap();
    let estimate = court.estimate("nothing", None, &Thresholds::default()).unwrap();
    assert_eq!(of(&estimate, Name::FalseLeaves)[1], "1.000000");
    assert_eq!(estimate.exit_code(), 3);
}

#[test]
fn another_sheet_is_not_taken() {
    let court = audited(ALL);
    let sheet = fill(&court, "coded.csv", |_| "no");
    let honest = fs::read_to_string(&sheet).unwrap();
    let lines: Vec<&str> = honest.split_inclusive('\n').collect();
    for (text, problem) in [
        (honest.replace(";no;", ";maybe;"), "responsive is yes, no or empty"),
        (lines[..6].concat(), "row 6 is missing"),
        (honest.clone() + lines[1], "stands in it twice"),
        (honest.clone() + "8;rows/00008/item.png;no;\r\n", "no row 8 of that file"),
        (honest.replacen("rows/00001", "rows/00002", 1), "no row 1 of that file"),
        (honest.replace("responsive", "answer"), "does not name the columns"),
        (honest.replace(";a remark", ";a;b"), "columns"),
        (String::new(), "does not name the columns"),
    ] {
        fs::write(&sheet, text).unwrap();
        let found = stopped(court.estimate("audit", Some(&sheet), &Thresholds::default()));
        assert!(found.contains(problem) && found.contains("coded.csv"), "{problem}: {found}");
    }
    // Sorted otherwise, it is the same sheet.
    let sorted: String = [lines[0]].into_iter().chain(lines[1..].iter().rev().copied()).collect();
    fs::write(&sheet, sorted).unwrap();
    assert!(court.estimate("audit", Some(&sheet), &Thresholds::default()).is_ok());
}

#[test]
fn every_lot_of_the_root_stands_in_the_report() {
    let court = Court::new();
    court.commit(&["nonmatching=1"], "void");
    void(&VoidOptions { lot: &court.path("void"), with_nonce: true, reason: "a slip" }).unwrap();
    court.try_commit(&["nonmatching=all"], Some("void"), "lot").unwrap();
    fs::copy(court.path("void/lot.json"), court.path("lot.json")).unwrap();
    fs::copy(court.path("void/void.json"), court.path("void.json")).unwrap();
    let how = common::How { voids: vec!["void.json"], ..Default::default() };
    court.try_seal("lot", "seal.json", &how).unwrap();
    court.draw("lot", "seal.json");
    court.open("lot/drawing.json", "opened");
    court.audit("lot", Some("opened"), "audit").unwrap();
    let estimated = |others: &[PathBuf]| -> Result<Estimate, ExchangeError> {
        estimate(&EstimateOptions {
            lot: &court.path("lot"),
            audit: &court.path("audit"),
            coded: None,
            others,
            look: None,
            thresholds: &Thresholds::default(),
        })
    };
    assert!(stopped(estimated(&[])).contains("lot number 1 of this root is not given"));
    let estimate = estimated(&[court.path("void")]).unwrap();
    let ends: Vec<_> = estimate.lots.iter().map(|link| (link.number, link.end.clone())).collect();
    let void = End::Void { reason: "a slip".to_owned(), nonce_shown: true };
    assert_eq!(ends, [(1, void), (2, End::Drawn)]);
    assert!(estimate.to_string().contains("void (a slip), its nonce shown"));
    // Of another root, or another chain.
    let other = Court::committed(|case| case.add("a.txt", b"a"));
    other.commit(&["all=1"], "lot");
    assert!(stopped(estimated(&[other.path("lot")])).contains("another root"));
    court.commit(&["nonmatching=2"], "twin");
    assert!(stopped(chain(&court.path("lot"), &[court.path("twin")])).contains("does not follow"));
    // The audit of another lot.
    let found = stopped(estimate_of(&court, "void"));
    assert!(found.contains("drawing.json"), "{found}");
    assert_eq!(estimate.root, ScalarHex(court.case.store().root));
}

fn estimate_of(court: &Court, lot: &str) -> Result<Estimate, ExchangeError> {
    estimate(&EstimateOptions {
        lot: &court.path(lot),
        audit: &court.path("audit"),
        coded: None,
        others: &[],
        look: None,
        thresholds: &Thresholds::default(),
    })
}
