//! The page of a request that was measured on the requester's own documents.

use candor::corpus::document::read_document;
use candor::exchange::issue::{Confusion, Evaluation, Nearest, Retrieval, Sweep};
use candor::model::quality::Quality;
use candor::statistics::Interval;
use candor_documents::Name;
use maud::{Markup, html};

use crate::asked::Asked;
use crate::frame::{Head, VERSION, frame};
use crate::parts::{Column, Sections, Tone, digest, facts, figures, table, verdict};
use crate::plot::{Curve, Span, curves, percent, spans};
use crate::preview::Preview;
use crate::text::{grouped, name};
use crate::time::Stated;

/// How many of the documents nearest the border the page shows.
pub const NEAREST: usize = 20;
/// Most classes that a matrix of confusion has columns for.
const MOST_COLUMNS: usize = 12;
/// Most labels that are listed.
const MOST_LABELS: usize = 200;

/// The page of an evaluation. Reads the documents nearest the border again, for what is
/// shown of them.
#[must_use]
pub fn page(evaluation: &Evaluation, stated: Stated) -> String {
    let request = evaluation.request.to_string();
    let foot = format!("Evaluation, request {}", request.get(..16).unwrap_or(&request));
    let head = Head {
        kind: "Evaluation of a request",
        title: "How well the request finds what is sought",
        foot: &foot,
        stated: Some(stated),
        wide: false,
    };
    let asked = Asked::of(&evaluation.asked);
    let quality = &evaluation.quality;
    let mut sections = Sections::default();
    sections.add("What is asked", asked.shown());
    sections.add("Program and model", agreement(quality));
    sections.add("Recall and precision", retrieved(evaluation.retrieval.as_ref()));
    sections.add("Against the threshold", swept(evaluation.curve.as_ref(), &asked));
    sections.add("Margins", margins(quality));
    sections.add("Confusion", confused(&evaluation.confusion, &asked));
    sections.add("The documents nearest the border", nearest(&evaluation.nearest, &asked));
    sections.add(
        "Digests and versions",
        facts(&[
            ("Request", digest(&request)),
            (
                "Cost",
                html! {
                    "about " (format!("{:.0}", evaluation.cost.milliseconds_per_document))
                    " ms of proving for each document"
                },
            ),
            ("Program", html! { (VERSION) ", " code { "requester" } }),
        ]),
    );
    let body = html! {
        (summary(evaluation))
        (figures(&[
            (grouped(quality.documents as u64), "documents read"),
            (grouped(evaluation.unreadable), "not read by the view"),
            (grouped(quality.program_matches() as u64), "match"),
            (grouped(quality.labelled as u64), "labelled"),
        ]))
        (sections.shown())
    };
    frame(&head, &body)
}

fn summary(evaluation: &Evaluation) -> Markup {
    let quality = &evaluation.quality;
    let otherwise = quality.documents.saturating_sub(quality.same_decision) as u64;
    let found = |found: &Retrieval| {
        format!(
            "Of {} labelled documents that should match, {} do; of {} labelled documents that match, {} should.",
            grouped(found.relevant),
            grouped(found.relevant_and_matching),
            grouped(found.matching),
            grouped(found.relevant_and_matching)
        )
    };
    let found = evaluation.retrieval.as_ref().map_or_else(
        || "No document is labelled, so nothing is known of recall and precision.".to_owned(),
        found,
    );
    if otherwise == 0 {
        let same = html! { "Program and model decide alike on every document. " (found) };
        verdict(Tone::Good, "Program and model agree", &same)
    } else {
        let differs = html! {
            "Program and model decide otherwise on " (grouped(otherwise)) " of "
            (grouped(quality.documents as u64)) " documents. " (found)
        };
        verdict(Tone::Open, "Program and model differ", &differs)
    }
}

fn agreement(quality: &Quality) -> Markup {
    let all = quality.documents as u64;
    let of = |number: usize| html! { (grouped(number as u64)) " of " (grouped(all)) };
    let mut rows = vec![("Same decision", of(quality.same_decision))];
    if let Some(same) = quality.same_top_class {
        rows.push(("Same top class", of(same)));
    }
    rows.push(("Match by both", html! { (grouped(quality.matched_by_both as u64)) }));
    rows.push(("By the model alone", html! { (grouped(quality.matched_by_model_only as u64)) }));
    rows.push((
        "By the program alone",
        html! { (grouped(quality.matched_by_program_only as u64)) },
    ));
    if let Some(error) = quality.max_score_error {
        rows.push(("Scores", html! { "differ by at most " (format!("{error:.4}")) }));
    }
    let labelled = quality.labelled;
    let right =
        |number: usize| html! { (grouped(number as u64)) " of " (grouped(labelled as u64)) };
    if let Some(correct) = quality.program_correct {
        rows.push(("Top class is the label, program", right(correct)));
    }
    if let Some(correct) = quality.float_correct {
        rows.push(("Top class is the label, model", right(correct)));
    }
    html! {
        p { "Only the program is proved. It is made of the model in whole numbers, and may decide otherwise near the border." }
        (facts(&rows))
    }
}

/// The ends of an interval as shares.
fn ends(interval: &Interval) -> (f64, f64) {
    (f64::from(interval.low) / 1e6, f64::from(interval.high) / 1e6)
}

/// A share, if it is one of something.
fn share(of: u64, found: u64) -> Option<f64> {
    (of > 0).then(|| found as f64 / of as f64)
}

fn retrieved(found: Option<&Retrieval>) -> Markup {
    let Some(found) = found else {
        return html! { p { "No document is labelled." } };
    };
    let both = found.relevant_and_matching;
    let span = |name, interval, of| {
        let (low, high) = ends(interval);
        Span { name, low: Some(low), guess: share(of, both), high }
    };
    html! {
        p {
            "Recall is the share of documents that should match of which the program says so; precision is the share of matches that should match. "
            "The spans say where they lie in documents of this kind, with 95 % confidence each (Clopper and Pearson). They do not hold if the documents were chosen otherwise than at random."
        }
        (spans("Recall and precision, with 95 % confidence", &[
            span("Recall", &found.recall, found.relevant),
            span("Precision", &found.precision, found.matching),
        ]))
        (facts(&[
            ("Should match", html! { (grouped(found.relevant)) " labelled documents" }),
            ("Match", html! { (grouped(found.matching)) " labelled documents" }),
            ("Both", html! { (grouped(both)) }),
        ]))
    }
}

fn swept(sweep: Option<&Sweep>, asked: &Asked) -> Markup {
    let Some(sweep) = sweep else {
        return html! { p { "The request cannot be put as a threshold of one score: it asks for several classes, or the model ends in a softmax." } };
    };
    let labelled: Vec<_> = sweep
        .thresholds
        .iter()
        .filter_map(|threshold| threshold.found.map(|found| (threshold.above, found)))
        .collect();
    let points = |of: &dyn Fn(&Retrieval) -> Option<f64>| -> Vec<(f64, f64)> {
        labelled
            .iter()
            .filter_map(|(above, found)| of(found).map(|share| (*above, share)))
            .collect()
    };
    let recall = points(&|found| share(found.relevant, found.relevant_and_matching));
    let precision = points(&|found| share(found.matching, found.relevant_and_matching));
    let columns = [
        Column::number("Threshold"),
        Column::number("Released"),
        Column::number("Missed"),
        Column::number("Recall"),
        Column::number("with 95 % confidence"),
        Column::number("Precision"),
        Column::number("with 95 % confidence"),
    ];
    let shown = |number: Option<f64>| number.map_or_else(|| "–".to_owned(), percent);
    let between = |interval: Option<Interval>| {
        let (low, high) = interval.as_ref().map(ends).unwrap_or((0.0, 1.0));
        html! { @if interval.is_some() { (percent(low)) "–" (percent(high)) } @else { "–" } }
    };
    let rows: Vec<Vec<Markup>> = sweep
        .thresholds
        .iter()
        .map(|threshold| {
            let found = threshold.found;
            let recall = found.and_then(|found| share(found.relevant, found.relevant_and_matching));
            let precision =
                found.and_then(|found| share(found.matching, found.relevant_and_matching));
            vec![
                html! { (threshold.above) },
                html! { (grouped(threshold.releases)) },
                html! { @if let Some(misses) = threshold.misses { (grouped(misses)) } @else { "–" } },
                html! { (shown(recall)) },
                between(threshold.recall),
                html! { (shown(precision)) },
                between(threshold.precision),
            ]
        })
        .collect();
    html! {
        p {
            "What the request would release and miss if it asked for score " (sweep.score)
            " above another threshold, by the model’s scores."
        }
        @if recall.is_empty() && precision.is_empty() {
            p { "No document is labelled, so that recall and precision are not known." }
        } @else {
            (curves(
                "Recall and precision against the threshold",
                "threshold",
                [Curve { name: "recall", points: &recall }, Curve { name: "precision", points: &precision }],
                asked.threshold(),
            ))
        }
        (table("By threshold", &columns, &rows))
    }
}

fn margins(quality: &Quality) -> Markup {
    let columns = [
        Column::text("Margin, in percent of the range of scores"),
        Column::number("Documents"),
        Column::number("Decided otherwise by the program"),
    ];
    let mut low = 0;
    let mut rows = Vec::new();
    for class in &quality.margins {
        rows.push(vec![
            html! { (low) " to " (class.up_to_percent) " %" },
            html! { (grouped(class.documents as u64)) },
            html! { (grouped(class.decided_otherwise as u64)) },
        ]);
        low = class.up_to_percent;
    }
    html! {
        p { "The margin of a document is what its scores would have to change by for the other decision. Disagreement at small margins is rounding; at large ones something is wrong." }
        (table("How clear the model’s decisions are", &columns, &rows))
    }
}

fn confused(rows: &[Confusion], asked: &Asked) -> Markup {
    if rows.is_empty() {
        return html! { p { "No document is labelled." } };
    }
    let mut classes: Vec<usize> =
        rows.iter().flat_map(|row| row.top.iter().map(|top| top.class)).collect();
    classes.sort_unstable();
    classes.dedup();
    let matrix = !classes.is_empty() && classes.len() <= MOST_COLUMNS;
    let names: Vec<String> = classes.iter().map(|class| asked.class_name(*class)).collect();
    let mut columns =
        vec![Column::text("Label"), Column::number("Documents"), Column::number("Match")];
    if matrix {
        columns.extend(names.iter().map(|name| Column::number(name)));
    }
    let cells = |row: &Confusion| {
        let mut cells = vec![
            html! { (asked.class_name(row.label)) },
            html! { (grouped(row.documents)) },
            html! { (grouped(row.matching)) },
        ];
        if matrix {
            cells.extend(classes.iter().map(|class| {
                let top = row.top.iter().find(|top| top.class == *class);
                let number = top.map_or(0, |top| top.documents);
                html! { @if number > 0 { (grouped(number)) } @else { span.zero { "0" } } }
            }));
        }
        cells
    };
    let shown: Vec<Vec<Markup>> = rows.iter().take(MOST_LABELS).map(cells).collect();
    html! {
        p {
            "For each label: how many documents, how many of them match"
            @if matrix { ", and which class the program takes them for" }
            "."
        }
        (table("Labels against what the program says", &columns, &shown))
        (crate::parts::rest(MOST_LABELS as u64, rows.len() as u64, "labels"))
    }
}

fn nearest(nearest: &[Nearest], asked: &Asked) -> Markup {
    html! {
        p {
            "The documents whose scores are nearest to the other decision, the nearest first. Look at them: a wrong label here costs little, and a doubtful one shows where the question is unclear."
        }
        @for (number, one) in (1u64..).zip(nearest) { (document(number, one, asked)) }
    }
}

fn document(number: u64, one: &Nearest, asked: &Asked) -> Markup {
    let preview = match read_document(&one.location) {
        Ok(reading) => {
            let record = reading.record(one.file.clone().into_bytes());
            Preview::of(&reading, &record)
        }
        Err(_) => Preview::None("The file could not be read again."),
    };
    let thumb = matches!(preview, Preview::Picture(_));
    let yes = |matches: bool| if matches { "matches" } else { "does not match" };
    let what = format!("Document nearest the border, number {number}");
    let mut rows = vec![
        ("Margin", html! { (percent(one.margin)) " of the range of scores" }),
        ("By the program", html! { (yes(one.by_program)) }),
        ("By the model", html! { (yes(one.by_model)) }),
    ];
    if let Some(label) = one.label {
        rows.push(("Label", html! { (asked.class_name(label)) }));
    }
    html! {
        article.document.with-thumb[thumb] {
            @if thumb { (preview.shown(&what)) }
            div {
                h3 { (number) ". " (name(&Name(one.file.clone().into_bytes()))) }
                (facts(&rows))
                @if !thumb { (preview.shown(&what)) }
            }
        }
    }
}
