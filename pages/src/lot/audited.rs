//! The page of an audit.

use candor::exchange::verify::audited::AuditCheck;
use candor_lot::audit::record::Fates;
use candor_lot::audit::{AuditReport, AuditedStratum, Fate, PackageState};
use maud::{Markup, html};

use super::population_words;
use crate::frame::{Head, VERSION, frame};
use crate::parts::{Column, Sections, Tone, digest, facts, figures, note, rest, table, verdict};
use crate::text::{grouped, line};
use crate::time::Stated;

/// Most leaves that are listed.
const MOST_ROWS: usize = 1_000;

/// The page of an audit.
#[must_use]
pub fn page(report: &AuditReport, stated: Stated) -> String {
    let lot = report.audit.lot.to_string();
    let foot = format!("Audit, lot {}", lot.get(..16).unwrap_or(&lot));
    let head = Head {
        kind: "Report of an audit",
        title: "What was opened of a sample drawn by lot",
        foot: &foot,
        stated: Some(stated),
        wide: false,
    };
    let mut sections = Sections::default();
    sections.add("What was drawn", drawn(&report.audit.strata));
    sections.add("Leaves that are not clean", unclean(report));
    sections.add("What is checked of each leaf", checks());
    sections.add("What this does not show", not_shown());
    sections.add("Digests and versions", identity(report));
    let Fates { clean, r#false, missing, excused } = report.counts;
    let body = html! {
        (summary(report))
        (figures(&[
            (grouped(clean.saturating_add(r#false).saturating_add(missing).saturating_add(excused)), "leaves drawn"),
            (grouped(clean), "clean"),
            (grouped(r#false), "false"),
            (grouped(missing), "missing"),
            (grouped(excused), "excused"),
        ]))
        (sections.shown())
    };
    frame(&head, &body)
}

fn summary(report: &AuditReport) -> Markup {
    match report.exit_code() {
        0 => verdict(
            Tone::Good,
            "Clean",
            &html! {
                "Every leaf that was drawn was opened, and is as it was committed."
            },
        ),
        3 => verdict(
            Tone::Open,
            "Clean, but for excused leaves",
            &html! {
                "Every leaf that was opened is as it was committed; those not opened stay closed on a basis that the lot allows."
            },
        ),
        _ => verdict(
            Tone::Bad,
            "Not clean",
            &html! {
                "A leaf is not as it was committed, or was not opened although it had to be."
            },
        ),
    }
}

fn drawn(strata: &[AuditedStratum]) -> Markup {
    let columns = [
        Column::text("Documents that are"),
        Column::number("In all"),
        Column::number("Drawn"),
        Column::number("Clean"),
        Column::number("False"),
        Column::number("Missing"),
        Column::number("Excused"),
    ];
    let rows: Vec<Vec<Markup>> = strata
        .iter()
        .map(|stratum| {
            let fates = Fates::of(&stratum.drawn);
            let number = |number: u64| html! { (grouped(number)) };
            vec![
                html! { (population_words(&stratum.population)) },
                number(stratum.size),
                number(stratum.drawn.len() as u64),
                number(fates.clean),
                number(fates.r#false),
                number(fates.missing),
                number(fates.excused),
            ]
        })
        .collect();
    html! {
        p {
            "Neither party could choose the sample: the judge had committed to a number before the bundle was fixed, and the responder added one of its own before it knew the judge’s. The two together give the leaves."
        }
        (table("Strata of the lot", &columns, &rows))
    }
}

fn unclean(report: &AuditReport) -> Markup {
    let leaves = report
        .audit
        .strata
        .iter()
        .flat_map(|stratum| stratum.drawn.iter().map(move |leaf| (&stratum.population, leaf)));
    let unclean: Vec<_> = leaves.filter(|(_, leaf)| leaf.fate != Fate::Clean).collect();
    let columns =
        [Column::number("Leaf"), Column::text("Stratum"), Column::text("What it turned out to be")];
    let rows: Vec<Vec<Markup>> = unclean
        .iter()
        .take(MOST_ROWS)
        .map(|(population, leaf)| {
            vec![html! { (leaf.leaf) }, html! { (population_words(population)) }, fate(&leaf.fate)]
        })
        .collect();
    let findings: Vec<Vec<Markup>> = report
        .audit
        .findings
        .iter()
        .take(MOST_ROWS)
        .map(|finding| vec![html! { (finding.leaf) }, html! { "not drawn" }, failed(finding.check)])
        .collect();
    html! {
        @if unclean.is_empty() && findings.is_empty() { p { "None." } }
        @if !rows.is_empty() {
            (table("Drawn leaves that are not clean", &columns, &rows))
            (rest(rows.len() as u64, unclean.len() as u64, "leaves"))
        }
        @if !findings.is_empty() {
            (table("False leaves that were opened beside the drawn ones; they are not counted", &columns, &findings))
            (rest(findings.len() as u64, report.audit.findings.len() as u64, "leaves"))
        }
        @if !report.audit.equal.is_empty() {
            (note(&html! {
                (grouped(report.audit.equal.len() as u64))
                " files stand under several of the opened leaves each. The number of documents may be padded."
            }))
        }
        @if report.audit.elsewhere > 0 {
            (note(&html! {
                (grouped(report.audit.elsewhere))
                " entries of containers have no leaf of their own, and stand under a leaf of another container: repeated families may have been dropped."
            }))
        }
    }
}

fn fate(fate: &Fate) -> Markup {
    match fate {
        Fate::Clean => html! { "as it was committed" },
        Fate::False { check } => failed(*check),
        Fate::Missing { basis: None } => html! { "missing" },
        Fate::Missing { basis: Some(basis) } => {
            html! { "missing; the responder says: " (line(basis)) }
        }
        Fate::Excused { basis } => html! { "excused: " (line(basis)) },
    }
}

fn failed(check: u8) -> Markup {
    let name = AuditCheck::from_id(check).map_or("of no name", AuditCheck::name);
    html! { strong { "FALSE" } ": check " (check) " (" (name) ")" }
}

const fn establishes(check: AuditCheck) -> &'static str {
    match check {
        AuditCheck::File => "The bytes are the committed ones.",
        AuditCheck::Record => "The record is the committed one.",
        AuditCheck::Place => "The place in a family is the committed one.",
        AuditCheck::Views => {
            "Each view, or why there is none, follows from the bytes and the record."
        }
        AuditCheck::Membership => "The leaf stands under the root.",
        AuditCheck::Decision => "The decision, or why there is none, is what the bundle says.",
        AuditCheck::Family => {
            "Expanding the top item of its family gives this member, and as many as committed."
        }
        AuditCheck::Container => "Each entry of a container is a leaf.",
    }
}

fn checks() -> Markup {
    let columns =
        [Column::number("Check"), Column::text("Name"), Column::text("What it establishes")];
    let rows: Vec<Vec<Markup>> = AuditCheck::ALL
        .iter()
        .map(|check| {
            vec![html! { (check.id()) }, html! { (check.name()) }, html! { (establishes(*check)) }]
        })
        .collect();
    table("Checks of a leaf that is opened", &columns, &rows)
}

fn not_shown() -> Markup {
    html! {
        ul {
            li { strong { "That no leaf is false." } " A sample bounds how many there are; it does not find a single hidden document. The page of the estimate has the bounds." }
            li { strong { "That the responder committed to all documents it has." } " What was left out before the commitment is in no sample." }
            li { strong { "What the documents say." } " Whether one is responsive is for the people who code the sample." }
        }
    }
}

fn identity(report: &AuditReport) -> Markup {
    let audit = &report.audit;
    let opened = match (&audit.package, &audit.opened_by) {
        (PackageState::Opened, Some(by)) => html! { "opened; " (line(by)) " signed its statement" },
        (PackageState::Opened, None) => {
            html! { "opened; the digest of its statement was given by hand" }
        }
        (PackageState::Unusable { problem }, _) => {
            html! { "cannot be used: " (line(problem)) "; every leaf is missing" }
        }
        (PackageState::None, _) => html! { "none came; every leaf is missing" },
    };
    let mut rows = vec![
        ("Lot", digest(&audit.lot.to_string())),
        ("Seal", digest(&audit.seal.to_string())),
        ("Drawing", digest(&audit.drawing.to_string())),
        ("Package", opened),
    ];
    if let Some(statement) = &audit.opened {
        rows.push(("Statement", digest(&statement.to_string())));
    }
    rows.push(("Audit", html! { (digest(&report.digest.to_string())) ", SHA-256 of audit.json" }));
    rows.push(("Program", html! { (VERSION) ", " code { "judge" } }));
    facts(&rows)
}
