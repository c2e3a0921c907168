//! What was examined, and what not.

use candor::exchange::{Outcome, Report, SearchReport};
use maud::{Markup, html};

use super::known_by;
use super::seen::Counts;
use crate::parts::{Column, Tone, note, table, verdict};
use crate::text::{counted, grouped, line};

/// What came out, in words.
pub(super) fn verdict_of(report: &Report) -> Markup {
    match report.outcome {
        Outcome::Verified => verdict(
            Tone::Good,
            "Verified",
            &html! {
                "Exactly the documents that match were released."
                @if report.outside_not_checked > 0 {
                    " Kinds that the request leaves aside are the responder’s word."
                }
            },
        ),
        Outcome::Incomplete => verdict(
            Tone::Open,
            "Verified, but incomplete",
            &html! {
                "Everything that the bundle states is correct. "
                (open_ends(report).join("; ")) "."
            },
        ),
        Outcome::Failed => {
            verdict(Tone::Bad, "Does not verify", &html! { "Nothing in this bundle is verified." })
        }
    }
}

/// Why a verification is incomplete.
fn open_ends(report: &Report) -> Vec<String> {
    let of = |number: u64, one: &str, many: &str| (number > 0).then(|| counted(number, one, many));
    let by_program = report.by_basis.total().saturating_sub(report.read_again);
    let ends = [
        of(
            report.withheld.saturating_sub(report.produced),
            "document is withheld by the responder",
            "documents are withheld by the responder",
        ),
        of(
            by_program,
            "is withheld by the program and was not read again",
            "are withheld by the program and were not read again",
        ),
        of(
            report.not_examined,
            "cannot be read and is not released",
            "cannot be read and are not released",
        ),
        of(
            report.outside_not_accepted,
            "is said to be of a kind that the request does not leave aside",
            "are said to be of kinds that the request does not leave aside",
        ),
    ];
    let ends: Vec<String> = ends.into_iter().flatten().collect();
    if ends.is_empty() {
        let strict = of(
            report.outside_not_checked,
            "is only said to be of a kind that the request leaves aside",
            "are only said to be of kinds that the request leaves aside",
        );
        return strict.into_iter().collect();
    }
    ends
}

/// The figures at the top.
pub(super) fn figures_of(report: &Report) -> Vec<(String, &'static str)> {
    let not_examined = report.examined.map(|examined| report.documents.saturating_sub(examined));
    vec![
        (grouped(report.documents), "documents committed to"),
        (report.examined.map_or_else(|| "–".to_owned(), grouped), "examined"),
        (not_examined.map_or_else(|| "–".to_owned(), grouped), "not examined"),
        (grouped(report.matching), "match"),
        (grouped(report.released), "released"),
        (grouped(report.withheld.saturating_add(report.by_basis.total())), "withheld"),
    ]
}

/// Every document once, by what became of it and by whose word that is known.
pub(super) fn shown(report: &Report, counts: &Counts) -> Markup {
    let mut rows = Vec::new();
    let mut row = |what: Markup, number: u64, by: &str| {
        if number > 0 {
            rows.push(vec![what, html! { (grouped(number)) }, html! { (by) }]);
        }
    };
    row(
        html! { "Match, and are released" },
        counts.matching_released,
        "proof and file: checks 4 and 5",
    );
    let basis = report.by_basis;
    let by_responder = counts.matching_withheld.saturating_sub(basis.total());
    row(
        html! { "Match, and are withheld by the responder" },
        by_responder,
        "proof: check 4; the reason is the responder’s word",
    );
    let again = if report.read_again == basis.total() {
        "proof: check 4; read again by the judge: check 5"
    } else {
        "proof: check 4; why they are withheld is the responder’s word"
    };
    row(
        html! { "Match by the filter; withheld since no line holds of their text" },
        basis.settled,
        again,
    );
    row(html! { "Match by the filter; withheld as chance matches" }, basis.chance_matches, again);
    row(html! { "Match; withheld for want of a date" }, basis.undated, again);
    row(
        html! { "Do not match; released with the family of a match" },
        counts.others_released,
        "proof and file: checks 4 and 5",
    );
    row(
        html! { "Do not match; withheld from the family of a match" },
        counts.others_withheld,
        "proof: check 4",
    );
    row(
        html! { "Do not match; nothing of them is opened" },
        counts.closed,
        "proof: checks 4 and 6",
    );
    for (what, (released, not)) in &counts.missing {
        row(html! { "Released; " (what) }, *released, "file: check 7");
        row(html! { "Not released; " (what) }, *not, "the responder’s word");
    }
    html! {
        p {
            "Of " (grouped(report.documents)) " documents that the root fixes, "
            (report.examined.map_or_else(|| "none".to_owned(), grouped))
            " were examined: a proof shows what the question says of them, or the judge has the file. "
            "Each document stands in the table once."
        }
        (known_by("What became of each document", &rows))
        @if report.produced > 0 {
            p {
                "Of the withheld documents, " (grouped(report.produced))
                " were handed over in earlier bundles, in which the judge looked them up (check 5)."
            }
        }
        @if report.families_not_checked > 0 {
            (note(&html! {
                "The top item of " (counted(report.families_not_checked, "family", "families"))
                " is not released, so that nobody can check what belongs to it."
            }))
        }
        @if let Some(misses) = report.expected_misses {
            (note(&html! {
                "NOT is asked of the filter: at most " (format!("{misses:.3}"))
                " documents are expected to be lost by a chance match."
            }))
        }
        @if basis.total() > 0 && report.read_again != basis.total() {
            (note(&html! {
                "The judge did not read again what the program withholds. Ask the responder for the judge’s copy, and verify with it."
            }))
        }
    }
}

/// What each line of a search finds among the released documents.
pub(super) fn searched(report: &Report, search: &SearchReport) -> Markup {
    let columns = [
        Column::number("Line"),
        Column::text("Search"),
        Column::number("Hold it"),
        Column::number("With families"),
        Column::number("Hold it alone"),
        Column::number("Found beyond it"),
        Column::number("By chance, expected"),
    ];
    let rows: Vec<Vec<Markup>> = search
        .lines
        .iter()
        .map(|found| {
            let hits = &found.hits;
            vec![
                html! { (hits.line) },
                html! { code { (line(&hits.search)) } },
                html! { (grouped(hits.held)) },
                html! { (grouped(hits.with_family)) },
                html! { (grouped(hits.alone)) },
                html! { (grouped(hits.settled_away)) },
                html! { "at most " (format!("{:.3}", found.expected_chance_matches)) },
            ]
        })
        .collect();
    let beyond: Vec<u64> = search
        .lines
        .iter()
        .filter(|found| found.beyond_chance)
        .map(|found| found.hits.line)
        .collect();
    html! {
        p {
            "Proved: " (grouped(report.matching)) " documents match in all. Which lines they meet is recomputed from the "
            (grouped(search.disclosed)) " that are released and were read. Of those withheld nothing can be said by line."
        }
        (table("Released documents by line", &columns, &rows))
        @for number in beyond {
            (note(&html! {
                "Line " (number) " matches by chance more often than chance explains. Its terms may have been chosen for that."
            }))
        }
    }
}
