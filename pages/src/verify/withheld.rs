//! What is withheld, as its list says it.

use candor::exchange::Report;
use candor::exchange::formats::bundle::Basis;
use maud::{Markup, html};

use super::seen::{Kept, Row};
use crate::parts::{Column, note, rest, table};
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
        Column::text("Basis"),
        Column::text("What is said of it"),
    ];
    let rows: Vec<Vec<Markup>> = kept.withheld.iter().map(cells).collect();
    html! {
        p {
            (grouped(all)) " in all. Proved is that each matches, or stands in a family with a match, and that every such document is released or stands in this list. "
            "Basis and description are the responder’s words; whether they justify the withholding is for people to judge. "
            "Nothing else of these documents is known to the judge. "
            "The whole log, with all that the responder says, is made by " code { "judge log" } "."
        }
        @if report.substitutes > 0 {
            (note(&html! {
                @if report.substitutes == 1 { "One of them has a redacted copy" }
                @else { (grouped(report.substitutes)) " of them have a redacted copy" }
                " in the bundle. "
                "A redacted copy is not the committed bytes, and nothing is proved of it."
            }))
        }
        (table("Documents withheld", &columns, &rows))
        (rest(rows.len() as u64, all, "withheld documents"))
    }
}

fn cells(row: &Row) -> Vec<Markup> {
    vec![
        html! { (row.said.leaf) },
        html! { @if row.matches { "yes" } @else { "no" } },
        html! {
            @if let Some((ordinal, count)) = row.family {
                "member " (u64::from(ordinal).saturating_add(1)) " of " (count)
            } @else { "–" }
        },
        html! { (line(&row.said.basis.to_string())) },
        said(row),
    ]
}

fn said(row: &Row) -> Markup {
    let meanings: Vec<String> = row.said.basis.iter().map(Basis::meaning).collect();
    let description = row.said.log.as_ref().and_then(|log| log.description.as_ref());
    html! {
        (line(&meanings.join("; ")))
        @if let Some(text) = description { ": " (line(text)) }
        @if let Some(name) = &row.substitute {
            ". Redacted copy, not the committed bytes: " code { (line(name)) }
        }
    }
}
