//! The pages of an audit and of an estimate.

mod common;
mod repacked;

use std::fs;

use candor_lot::audit::sheet::Secret;
use candor_lot::estimate::figures::Thresholds;
use candor_pages::Stated;
use candor_pages::lot::{audit_page, estimate_page};
use common::{Court, STRATA};

fn stated() -> Stated {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

#[test]
fn pages_say_what_was_drawn_and_what_it_bounds_and_nothing_private() {
    let court = Court::new();
    court.commit(STRATA, "lot");
    court.seal("lot", "seal.json");
    court.draw("lot", "seal.json");
    court.open("lot/drawing.json", "opened");
    let audit = court.audit("lot", Some("opened"), "audit").unwrap();
    let audited = audit_page(&audit, stated());
    assert_eq!(audited, audit_page(&audit, stated()));
    for said in
        ["not matching, and closed", "Clean", &audit.audit.lot.to_string(), common::RESPONDER]
    {
        assert!(audited.contains(said), "{said}");
    }
    let rows = Secret::read(&court.path("audit")).unwrap().rows;
    let lines = (1..).zip(&rows).map(|(number, row)| format!("{number},{},no,\n", row.file));
    let sheet = court.path("coded.csv");
    let text = format!("row,file,responsive,remark\n{}", lines.collect::<String>());
    fs::write(&sheet, text).unwrap();
    let thresholds = Thresholds { elusion: Some("0.01".parse().unwrap()), ..Thresholds::default() };
    let estimate = court.estimate("audit", Some(&sheet), &thresholds).unwrap();
    let estimated = estimate_page(&estimate, stated());
    for said in [
        "A threshold is not met",
        "NOT MET",
        "All lots of this root",
        "<svg",
        "Hiding is free there",
    ] {
        assert!(estimated.contains(said), "{said}");
    }
    for page in [&audited, &estimated] {
        assert!(page.contains("Content-Security-Policy") && !page.contains("<script"));
        for entry in &court.case.store().entries {
            let name = String::from_utf8(entry.path().to_vec()).unwrap();
            assert!(!page.contains(&name) && !page.contains(&hex(&entry.sha256)), "{name}");
        }
    }
    // For people to look at.
    if let Some(folder) = std::env::var_os("CANDOR_KEEP_PAGES") {
        fs::create_dir_all(&folder).unwrap();
        let folder = std::path::Path::new(&folder);
        fs::write(folder.join("audit.html"), audited).unwrap();
        fs::write(folder.join("estimate.html"), estimated).unwrap();
    }
}

#[test]
fn the_page_of_an_audit_to_which_nothing_came_says_so() {
    let court = Court::new();
    court.commit(STRATA, "lot");
    court.seal("lot", "seal.json");
    court.draw("lot", "seal.json");
    let audit = court.audit("lot", None, "audit").unwrap();
    let page = audit_page(&audit, stated());
    let top = page.split("<h2").next().unwrap();
    assert!(top.contains("Not clean") && top.contains("verdict bad"), "{top}");
    assert!(page.contains("none came; every leaf is missing"));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
