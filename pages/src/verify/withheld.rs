//! What is withheld, as its list says it.

use candor::exchange::Report;
use candor::exchange::formats::bundle::Basis;
use maud::{Markup, html};

use super::seen::{Kept, Row};
use crate::parts::{Column, rest, table};
use crate::text::{grouped, line};

pub(super) fn shown(report: &Report, kept: &Kept) -> Markup {
    let all = report.withheld.saturating_add(report.by_basis.total());
    if all == 0 {
        return html! { p { "None." } };
    }
    let columns = [
        Column::number("Document"),
        Column::text("Matches"),
        Column::text("Family"),
        Column::text("Reason"),
    ];
    let rows: Vec<Vec<Markup>> = kept.withheld.iter().map(cells).collect();
    html! {
        p {
            (grouped(all)) " in all. Proved is that each matches, or stands in a family with a match, and that every such document is released or stands in this list. "
            "The reasons are the responder’s words; whether they justify the withholding is for people to judge. "
            "Nothing else of these documents is known to the judge."
        }
        (table("Documents withheld", &columns, &rows))
        (rest(rows.len() as u64, all, "withheld documents"))
    }
}

fn cells(row: &Row) -> Vec<Markup> {
    vec![
        html! { (row.leaf) },
        html! { @if row.matches { "yes" } @else { "no" } },
        html! {
            @if let Some((ordinal, count)) = row.family {
                "member " (u64::from(ordinal).saturating_add(1)) " of " (count)
            } @else { "–" }
        },
        reason(row),
    ]
}

fn reason(row: &Row) -> Markup {
    match (row.basis, row.carries) {
        (Some(Basis::Settled), _) => html! { "by the program: no line holds of its text" },
        (Some(Basis::ChanceMatch), _) => html! { "by the program: a chance match" },
        (Some(Basis::Undated), _) => html! { "by the program: it has no date" },
        (None, Some(leaf)) => html! { "carries document " (leaf) ", which is withheld" },
        (None, None) => line(&row.reason),
    }
}
