//! The seven checks.

use candor::exchange::{Check, CheckResult, Report};
use maud::{Markup, html};

use crate::parts::digest;

/// What a check establishes.
const fn establishes(check: Check) -> &'static str {
    match check {
        Check::Parsing => {
            "The bundle holds exactly the files that it should, undamaged, each in its one spelling."
        }
        Check::Request => {
            "The program is what the compiler makes of the question; commitment, request and bundle belong together."
        }
        Check::Leaves => "The bundle is about all documents that were committed to.",
        Check::Decisions => {
            "Each document’s decision is proved, or it is shown to be committed as one that the view does not read."
        }
        Check::Release => {
            "Each match is released, with its family if that was asked for, or withheld with a reason; each released file is the committed one and is decided alike in the clear."
        }
        Check::Privacy => {
            "Nothing is opened of a document that does not match, nor stands in a family with a match."
        }
        Check::Unreadable => {
            "Each file released as unreadable cannot be read, and each released as outside the view is of the stated kind."
        }
    }
}

fn row(id: u8, name: &str, (class, result): (&str, &str), what: &Markup) -> Markup {
    html! {
        li {
            span.number { (id) }
            h3 { (capital(name)) }
            span.result.(class) { (result) }
            div.what { (what) }
        }
    }
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Each check with what it found.
pub(super) fn passed(report: &Report) -> Markup {
    let rows = Check::ALL.iter().zip(&report.checks).map(|(check, found)| {
        let what = html! {
            p.shows { (establishes(*check)) }
            @if let Some(finding) = &found.finding { p { (sentence(&finding.to_string())) } }
        };
        row(found.id, found.name, result(found.result), &what)
    });
    html! {
        p { "The judge recomputes everything from its own copies and from the bundle. The checks run in this order, and the first that fails ends the verification." }
        ol.checks { @for row in rows { (row) } }
        @if !report.left_aside.is_empty() {
            p { "Files that operating systems add were left aside: "
                @for (at, name) in report.left_aside.iter().enumerate() {
                    @if at > 0 { ", " } code { (crate::text::line(name)) }
                }
                "."
            }
        }
    }
}

/// Which checks were made before one failed. What they found does not count.
pub(super) fn failed(report: &Report) -> Markup {
    let rows = Check::ALL.iter().zip(&report.checks).map(|(check, found)| {
        let result = match found.result {
            CheckResult::Passed => ("not-run", "no longer counts"),
            other => result(other),
        };
        row(found.id, found.name, result, &html! { p.shows { (establishes(*check)) } })
    });
    html! {
        p { "The first check that fails ends the verification. What the others found does not count." }
        ol.checks { @for row in rows { (row) } }
    }
}

const fn result(result: CheckResult) -> (&'static str, &'static str) {
    match result {
        CheckResult::Passed => ("passed", "passed"),
        CheckResult::Failed => ("failed", "FAILED"),
        CheckResult::NotRun => ("not-run", "not run"),
    }
}

/// A clause as a sentence; digests in it may break anywhere.
fn sentence(clause: &str) -> Markup {
    let clause = capital(clause);
    let is_digest = |word: &str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    html! {
        @for (at, word) in clause.split(' ').enumerate() {
            @if at > 0 { " " }
            @if is_digest(word) { (digest(word)) } @else { (word) }
        }
        "."
    }
}
