//! The page of a privilege log or a Vaughn index.

use candor::exchange::Outcome;
use candor::exchange::log::{LogKind, WithheldLog};
use maud::{Markup, html};

use crate::frame::{Head, VERSION, frame};
use crate::parts::{Column, Sections, Tone, digest, facts, note, rest, table, verdict};
use crate::text::{grouped, line};
use crate::time::Stated;

/// Most rows that a page shows; the CSV has all.
const MOST_ROWS: usize = 5_000;

/// The page of a log. It says of each column whether it is proved or claimed.
#[must_use]
pub fn page(log: &WithheldLog, stated: Stated) -> String {
    let root = log.root.to_string();
    let foot = format!("Candor {}, root {}", log.kind.title(), root.get(..16).unwrap_or(&root));
    let title = match log.kind {
        LogKind::Privilege => "Documents withheld as privileged or on another basis",
        LogKind::Vaughn => "Documents withheld, with the exemptions claimed",
    };
    let head =
        Head { kind: log.kind.title(), title, foot: &foot, stated: Some(stated), wide: true };
    frame(&head, &body(log))
}

fn body(log: &WithheldLog) -> Markup {
    let all = log.rows.len() as u64;
    let sentence = html! {
        "The bundle was verified, and this log was made of the same bytes in the same run. "
        @if all == 1 { "One document is withheld." }
        @else { (grouped(all)) " documents are withheld." }
        " Each of them is in the log."
    };
    let (tone, word) = match log.outcome {
        Outcome::Verified => (Tone::Good, "Verified"),
        Outcome::Incomplete | Outcome::Failed => (Tone::Open, "Verified but incomplete"),
    };
    let mut sections = Sections::default();
    sections.add("How to read it", reading(log));
    sections.add("Documents withheld", rows(log));
    sections.add("Digests and versions", identity(log));
    html! {
        (verdict(tone, word, &sentence))
        (sections.shown())
    }
}

fn reading(log: &WithheldLog) -> Markup {
    html! {
        p {
            "Columns headed " em { "proved" } " follow from the bundle: that the log is complete, which leaves of the commitment these are, "
            "whether each matches the request or belongs to a family that does, and what the bundle holds in its place. "
            "Columns headed " em { "claimed" } " are the responder’s word. "
            "Whether a basis applies is for people to judge. A column in which nothing stands is left out."
        }
        @if log.redacted() > 0 {
            (note(&html! {
                @if log.redacted() == 1 { "One of these documents has a redacted copy" }
                @else { (grouped(log.redacted())) " of these documents have a redacted copy" }
                " in the bundle. "
                "A redacted copy is not the committed bytes. Nothing is proved of it, not even that it was made from that document."
            }))
        }
    }
}

fn rows(log: &WithheldLog) -> Markup {
    // What nothing stands in would make the others narrow.
    let used: Vec<_> = log
        .columns()
        .iter()
        .filter(|column| {
            !column.may_be_empty() || log.rows.iter().any(|row| !column.cell(row).is_empty())
        })
        .collect();
    let headings: Vec<String> = used.iter().map(|column| log.heading(**column)).collect();
    let columns: Vec<Column<'_>> = headings.iter().map(|heading| Column::text(heading)).collect();
    let cells = |row| used.iter().map(|column| line(&column.cell(row))).collect();
    let shown: Vec<Vec<Markup>> = log.rows.iter().take(MOST_ROWS).map(cells).collect();
    html! {
        @if log.rows.is_empty() { p { "None." } }
        @else {
            (table(log.kind.title(), &columns, &shown))
            (rest(shown.len() as u64, log.rows.len() as u64, "withheld documents"))
        }
    }
}

fn identity(log: &WithheldLog) -> Markup {
    facts(&[
        ("Root", digest(&log.root.to_string())),
        ("Request", digest(&log.request.to_string())),
        ("Bundle", html! { (digest(&log.bundle.to_string())) ", of its tagmanifest-sha256.txt" }),
        ("Program", html! { (VERSION) }),
    ])
}

#[cfg(test)]
mod tests {
    use candor::exchange::formats::bundle::{Basis, LogEntry, Substitute, Withheld};
    use candor::exchange::formats::leaves::Status;
    use candor::exchange::formats::text::Sha256Hex;
    use candor::exchange::log::{LogRow, Place};
    use candor::field::{Scalar, ScalarHex};

    use super::*;

    fn log(kind: LogKind) -> WithheldLog {
        let said = LogEntry {
            description: Some("<script>advice</script>".to_owned()),
            author: Some("K. Roe*".to_owned()),
            ..LogEntry::default()
        };
        let basis: Basis = "foia/b6".parse().unwrap();
        let withheld = |leaf, log| Withheld { log, ..Withheld::of(leaf, basis.clone()) };
        let substitute = Substitute {
            leaf: 9,
            bytes: 3,
            sha256: Sha256Hex([7; 32]),
            extension: "pdf".to_owned(),
            basis: basis.clone().into(),
            passages: Some("page 2".to_owned()),
        };
        let row = |number, withheld, substitute| LogRow {
            number,
            status: Status::Matched,
            place: Some(Place { ordinal: 1, count: 3, top: Some(5) }),
            withheld,
            substitute,
            confirmed: None,
        };
        WithheldLog {
            kind,
            root: ScalarHex(Scalar::from(1)),
            request: Sha256Hex([1; 32]),
            bundle: Sha256Hex([2; 32]),
            outcome: Outcome::Incomplete,
            rows: vec![
                row(1, withheld(7, Some(said)), None),
                row(2, withheld(9, None), Some(substitute)),
            ],
        }
    }

    #[test]
    fn a_log_says_of_each_column_who_vouches_for_it() {
        let stated: Stated = "2026-01-02T03:04:05Z".parse().unwrap();
        for kind in [LogKind::Privilege, LogKind::Vaughn] {
            let page = page(&log(kind), stated);
            for shown in [
                kind.title(),
                "leaf (proved)",
                "matches (proved)",
                "description (claimed)",
                "member 2 of 3, below leaf 5",
                "&lt;script&gt;advice&lt;/script&gt;",
                "data/substitutes/00000009.pdf, SHA-256 0707",
                "A redacted copy is not the committed bytes.",
                "2 documents are withheld.",
                "Verified but incomplete",
            ] {
                assert!(page.contains(shown), "{kind:?}: {shown}");
            }
            // A column in which nothing stands is left out.
            assert!(!page.contains("recipients (claimed)") && !page.contains("<script"));
        }
        let vaughn = page(&log(LogKind::Vaughn), stated);
        assert!(vaughn.contains("exemption (claimed)") && vaughn.contains("(b)(6)"));
    }
}
