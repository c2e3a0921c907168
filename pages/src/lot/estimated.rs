//! The page of an estimate.

use candor::statistics::{Bounds, Interval, chance_to_miss};
use candor_lot::estimate::Estimate;
use candor_lot::estimate::chain::End;
use candor_lot::estimate::count::{Counted, StratumSeen};
use candor_lot::estimate::figures::{Figure, Name};
use maud::{Markup, html};

use super::population_words;
use crate::frame::{Head, VERSION, frame};
use crate::parts::{Column, Sections, Tone, digest, facts, note, table, verdict};
use crate::plot::{Span, spans};
use crate::text::{counted, grouped, line};
use crate::time::Stated;

/// The page of an estimate.
#[must_use]
pub fn page(estimate: &Estimate, stated: Stated) -> String {
    let lot = estimate.lot.to_string();
    let foot = format!("Estimate, lot {}", lot.get(..16).unwrap_or(&lot));
    let head = Head {
        kind: "Report of an estimate",
        title: "What a sample drawn by lot says of the whole",
        foot: &foot,
        stated: Some(stated),
        wide: false,
    };
    let mut sections = Sections::default();
    sections.add("The figures", figures_of(estimate));
    sections.add("What was seen of each stratum", strata(estimate));
    if !estimate.thresholds.is_empty() {
        sections.add("Thresholds", thresholds(estimate));
    }
    sections.add("All lots of this root", lots(estimate));
    sections.add("Who coded the sample", coding(estimate));
    sections.add("What this does not show", not_shown(estimate));
    sections.add("Digests and versions", identity(estimate));
    let body = html! { (summary(estimate)) (sections.shown()) };
    frame(&head, &body)
}

fn summary(estimate: &Estimate) -> Markup {
    match estimate.exit_code() {
        0 if estimate.thresholds.is_empty() => verdict(
            Tone::Good,
            "Counted in full",
            &html! {
                "Every leaf that was drawn enters the figures as it is."
            },
        ),
        0 => verdict(
            Tone::Good,
            "Every threshold is met",
            &html! {
                "Every leaf that was drawn enters the figures as it is."
            },
        ),
        3 => verdict(
            Tone::Open,
            "Counted, with something at its worst",
            &html! {
                "Leaves that are missing, excused or not coded, and strata of which nothing was drawn, are counted as the responder would wish least."
            },
        ),
        _ => verdict(
            Tone::Bad,
            "A threshold is not met",
            &html! {
                "Of the figures that were to be reached, at least one is not."
            },
        ),
    }
}

/// The ends of an interval as shares.
fn ends(interval: &Interval) -> (f64, f64) {
    (f64::from(interval.low) / 1e6, f64::from(interval.high) / 1e6)
}

const fn means(name: Name) -> &'static str {
    match name {
        Name::FalseLeaves => "Share of all documents that may not be as they were committed",
        Name::Elusion => "Share of what does not match that is responsive",
        Name::Precision => "Share of what was released that is responsive",
        Name::Richness => "Share of all documents that is responsive",
        Name::RecallExamined => {
            "Share of the responsive documents with a decision that was released"
        }
        Name::RecallAll => "Share of all responsive documents that was released",
    }
}

fn figures_of(estimate: &Estimate) -> Markup {
    let columns = [
        Column::text("Figure"),
        Column::text("What it is"),
        Column::number("At least"),
        Column::number("At most"),
        Column::text("Rests on"),
    ];
    let rows: Vec<Vec<Markup>> = estimate
        .figures
        .iter()
        .map(|figure| {
            let [low, high] = figure.interval.decimals();
            let low = if figure.name == Name::FalseLeaves { "–".to_owned() } else { low };
            vec![
                html! { (figure.name.words()) },
                html! { (means(figure.name)) },
                html! { (low) },
                html! { (high) },
                html! {
                    (counted(figure.sampled, "sampled stratum", "sampled strata")) ", α = " (figure.alpha.to_string()) " an end"
                    @if figure.at_worst { "; something is at its worst" }
                },
            ]
        })
        .collect();
    let (bounds, shares): (Vec<&Figure>, Vec<&Figure>) =
        estimate.figures.iter().partition(|figure| {
            matches!(figure.name, Name::FalseLeaves | Name::Elusion | Name::Richness)
        });
    let drawn = |figures: &[&Figure]| -> Vec<Span<'static>> {
        let span = |figure: &&Figure| {
            let (low, high) = ends(&figure.interval);
            let low = (figure.name != Name::FalseLeaves).then_some(low);
            Span { name: figure.name.words(), low, guess: None, high }
        };
        figures.iter().map(span).collect()
    };
    html! {
        p {
            "The intervals are exact for a sample without repetition from a finite number of documents. "
            "Each figure is wrong with a chance of at most " (estimate.error.to_string())
            @if estimate.looks.of > 1 {
                ", shared out among " (estimate.looks.of) " looks; this is look " (estimate.looks.look)
            }
            "."
        }
        (table("Figures with their intervals", &columns, &rows))
        @if !shares.is_empty() { (spans("Recall and precision", &drawn(&shares))) }
        @if !bounds.is_empty() { (spans("False leaves, and what was missed", &drawn(&bounds))) }
        @if let Some(Bounds { low, high }) = estimate.withheld_responsive {
            p {
                "Of the documents that were found and withheld, " (grouped(low)) " to " (grouped(high))
                " are responsive."
            }
        }
    }
}

fn between(counted: &Counted) -> Markup {
    let Bounds { low, high } = counted.bounds;
    html! {
        @if counted.sides == 1 { "at most " (grouped(high)) }
        @else { (grouped(low)) " to " (grouped(high)) }
    }
}

fn strata(estimate: &Estimate) -> Markup {
    let columns = [
        Column::text("Documents that are"),
        Column::number("In all"),
        Column::number("Drawn"),
        Column::number("Clean"),
        Column::number("False, seen"),
        Column::number("False, in all"),
        Column::number("Responsive, seen"),
        Column::number("Responsive, in all"),
    ];
    let rows: Vec<Vec<Markup>> = estimate
        .strata
        .iter()
        .map(|stratum| {
            let number = |number: u64| html! { (grouped(number)) };
            let seen = |counted: &Counted| {
                html! {
                    (grouped(counted.seen))
                    @if counted.missing > 0 { " and " (grouped(counted.missing)) " unknown" }
                }
            };
            let none = || html! { "–" };
            vec![
                html! { (population_words(&stratum.population)) },
                number(stratum.size),
                number(stratum.drawn),
                number(stratum.clean),
                seen(&stratum.r#false),
                between(&stratum.r#false),
                stratum.responsive.as_ref().map_or_else(none, seen),
                stratum.responsive.as_ref().map_or_else(none, between),
            ]
        })
        .collect();
    let sampled: Vec<&StratumSeen> =
        estimate.strata.iter().filter(|stratum| stratum.drawn > 0 && stratum.size > 0).collect();
    let names: Vec<String> =
        sampled.iter().map(|stratum| population_words(&stratum.population)).collect();
    let bounds: Vec<Span<'_>> = sampled
        .iter()
        .zip(&names)
        .map(|(stratum, name)| Span {
            name,
            low: None,
            guess: None,
            high: stratum.r#false.bounds.high as f64 / stratum.size as f64,
        })
        .collect();
    html! {
        (table("Strata; together they are the corpus", &columns, &rows))
        @if !bounds.is_empty() { (spans("Share of each stratum that may be false", &bounds)) }
        @for stratum in &estimate.strata {
            @if stratum.is_not_sampled() {
                (note(&html! {
                    "Nothing was drawn of the documents that are “" (population_words(&stratum.population))
                    "” (" (grouped(stratum.size)) "). Hiding is free there."
                }))
            } @else if stratum.clean > 0 && stratum.drawn < stratum.size {
                p {
                    "Of the stratum “" (population_words(&stratum.population)) "”, " (counted(stratum.clean, "clean leaf misses", "clean leaves miss"))
                    " one single false leaf with probability " (chance(stratum, 1)) ", and "
                    (grouped(stratum.size.div_ceil(100))) " of them with probability "
                    (chance(stratum, stratum.size.div_ceil(100))) "."
                }
            }
        }
    }
}

/// With which probability the clean leaves of a stratum miss so many false ones.
fn chance(stratum: &StratumSeen, number: u64) -> String {
    let millionths = chance_to_miss(stratum.size, number, stratum.clean);
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

fn thresholds(estimate: &Estimate) -> Markup {
    let columns = [Column::text("Figure"), Column::number("Threshold"), Column::text("Met")];
    let rows: Vec<Vec<Markup>> = estimate
        .thresholds
        .iter()
        .map(|threshold| {
            vec![
                html! { (threshold.figure.words()) },
                html! { (threshold.threshold.to_string()) },
                html! { @if threshold.met { "met" } @else { strong { "NOT MET" } } },
            ]
        })
        .collect();
    html! {
        p { "Recall and precision have to reach a threshold with their lower end, the others may not pass it with their upper end." }
        (table("Thresholds", &columns, &rows))
    }
}

fn lots(estimate: &Estimate) -> Markup {
    let columns = [Column::number("Lot"), Column::code("Digest"), Column::text("How it ended")];
    let rows: Vec<Vec<Markup>> = estimate
        .lots
        .iter()
        .map(|link| {
            let end = match &link.end {
                End::Drawn => html! { "drawn" },
                End::Open => html! { "not ended" },
                End::Void { reason, nonce_shown } => html! {
                    "void: " (line(reason)) "; its nonce is "
                    @if *nonce_shown { "shown" } @else { "not shown" }
                },
            };
            vec![html! { (link.number) }, html! { (link.lot.to_string()) }, end]
        })
        .collect();
    html! {
        p { "Every lot of the root stands here, void ones too: whoever could leave out lots that did not suit would choose the sample." }
        (table("Lots", &columns, &rows))
    }
}

fn coding(estimate: &Estimate) -> Markup {
    let Some(coding) = &estimate.coding else {
        return html! { p { "Nobody: only false leaves are counted." } };
    };
    facts(&[
        ("Coder", line(&coding.coder)),
        ("Rows", html! { (grouped(coding.coded)) " of " (grouped(coding.rows)) " coded" }),
        ("Responsive", html! { (grouped(coding.responsive)) }),
        ("Sheet", html! { (digest(&coding.sheet.to_string())) ", salted" }),
    ])
}

fn not_shown(estimate: &Estimate) -> Markup {
    html! {
        ul {
            li { strong { "That nothing is hidden." } " A sample bounds shares. It does not find a single document, and one that is hidden outside the commitment is in no sample." }
            li { strong { "That the documents are different from each other." } " The number of documents may be padded, which makes shares look smaller." }
            @if estimate.coding.is_some() {
                li { strong { "That the coder is right." } " The intervals do not hold the coder’s errors." }
            }
            li { strong { "Much about rare documents." } " Where few documents are responsive, a small elusion may be half of them: read recall with it." }
        }
    }
}

fn identity(estimate: &Estimate) -> Markup {
    let request = estimate.request.map_or_else(
        || html! { "none: a lot over all documents" },
        |request| digest(&request.to_string()),
    );
    facts(&[
        ("Root", digest(&estimate.root.to_string())),
        ("Request", request),
        ("Lot", html! { (digest(&estimate.lot.to_string())) ", number " (estimate.number) }),
        ("Audit", digest(&estimate.audit.to_string())),
        ("Program", html! { (VERSION) ", " code { "judge" } }),
    ])
}
