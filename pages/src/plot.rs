//! Small drawings: spans on an axis, and curves.
//!
//! What is drawn is also said in words or in a table beside it. Coordinates have one
//! decimal, so that equal figures give equal bytes.

use maud::{Markup, html};

/// Where a share of the whole lies.
#[derive(Clone, Debug)]
pub struct Span<'a> {
    /// What it is a share of.
    pub name: &'a str,
    /// The lowest it may be, from 0 to 1; `None` if only a highest is known.
    pub low: Option<f64>,
    /// The best guess, if there is one.
    pub guess: Option<f64>,
    /// The highest it may be.
    pub high: f64,
}

impl Span<'_> {
    fn ends(&self) -> String {
        match self.low {
            Some(low) => format!("{} to {}", percent(low), percent(self.high)),
            None => format!("at most {}", percent(self.high)),
        }
    }
}

const WIDTH: f64 = 440.0;
const LEFT: f64 = 12.0;
const RIGHT: f64 = 428.0;

/// Spans over one axis of percent.
#[must_use]
pub fn spans(title: &str, spans: &[Span<'_>]) -> Markup {
    let most = spans.iter().map(|span| span.high).fold(0.0, f64::max);
    let (end, step) = axis(most);
    let x = |share: f64| LEFT + (RIGHT - LEFT) * (share / end).clamp(0.0, 1.0);
    let rows = spans.len() as f64;
    let bottom = 44.0 * rows + 8.0;
    let height = bottom + 26.0;
    html! {
        figure {
            figcaption.caption { (title) }
            svg viewBox={ "0 0 " (one(WIDTH)) " " (one(height)) } role="img" aria-label=(said(title, spans)) {
                @for tick in ticks(end, step) {
                    line.grid x1=(one(x(tick))) x2=(one(x(tick))) y1="4" y2=(one(bottom)) {}
                    text.soft x=(one(x(tick))) y=(one(bottom + 18.0)) text-anchor=(anchor(tick, end)) {
                        (percent(tick))
                    }
                }
                line.axis x1=(one(LEFT)) x2=(one(RIGHT)) y1=(one(bottom)) y2=(one(bottom)) {}
                @for (row, span) in spans.iter().enumerate() {
                    @let y = 44.0 * row as f64 + 34.0;
                    text x=(one(LEFT)) y=(one(y - 14.0)) {
                        (span.name) ": " (span.ends())
                    }
                    line.span x1=(one(x(span.low.unwrap_or(0.0))))
                        x2=(one(x(span.high).max(x(span.low.unwrap_or(0.0)) + 2.0)))
                        y1=(one(y)) y2=(one(y)) {}
                    @if let Some(guess) = span.guess {
                        circle.dot cx=(one(x(guess))) cy=(one(y)) r="4.5" {}
                    }
                }
            }
        }
    }
}

/// What a drawing of spans says, for those who do not see it.
fn said(title: &str, spans: &[Span<'_>]) -> String {
    let said = |span: &Span<'_>| {
        let guess = span.guess.map(|guess| format!(", at best guess {}", percent(guess)));
        let guess = guess.unwrap_or_default();
        format!("{} {}{guess}", span.name, span.ends())
    };
    format!("{title}: {}", spans.iter().map(said).collect::<Vec<_>>().join("; "))
}

/// A curve over an axis.
#[derive(Clone, Debug)]
pub struct Curve<'a> {
    /// What it shows.
    pub name: &'a str,
    /// Its points, from left to right: the place on the axis, and a share from 0 to 1.
    pub points: &'a [(f64, f64)],
}

const TOP: f64 = 14.0;
const BASE: f64 = 240.0;
const START: f64 = 48.0;

/// Two curves of shares over one axis of any numbers, the second dashed; `own` marks a
/// place on the axis.
#[must_use]
pub fn curves(title: &str, across: &str, two: [Curve<'_>; 2], own: Option<f64>) -> Markup {
    let all = two.iter().flat_map(|curve| curve.points).map(|(at, _)| *at).chain(own);
    let (low, high) = all
        .filter(|at| at.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
    let (low, high) = match low.partial_cmp(&high) {
        Some(std::cmp::Ordering::Less) => (low, high),
        Some(std::cmp::Ordering::Equal) => (low - 0.5, low + 0.5),
        // There is no point.
        _ => (0.0, 1.0),
    };
    let x = |at: f64| START + (RIGHT - START) * ((at - low) / (high - low)).clamp(0.0, 1.0);
    let y = |share: f64| BASE - (BASE - TOP) * share.clamp(0.0, 1.0);
    let path = |points: &[(f64, f64)]| {
        let finite = |(at, share): &&(f64, f64)| at.is_finite() && share.is_finite();
        let points = points.iter().filter(finite);
        let points = points.map(|(at, share)| format!("{},{}", one(x(*at)), one(y(*share))));
        points.collect::<Vec<_>>().join(" ")
    };
    let [first, second] = &two;
    html! {
        figure {
            figcaption.caption { (title) }
            svg viewBox={ "0 0 " (one(WIDTH)) " 300" } role="img"
                aria-label={ (title) ". The figures stand in the table below." } {
                @for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
                    line.grid x1=(one(START)) x2=(one(RIGHT)) y1=(one(y(share))) y2=(one(y(share))) {}
                    text.soft x=(one(START - 6.0)) y=(one(y(share) + 4.0)) text-anchor="end" {
                        (percent(share))
                    }
                }
                line.axis x1=(one(START)) x2=(one(RIGHT)) y1=(one(BASE)) y2=(one(BASE)) {}
                @for (at, end) in [(low, "start"), (high, "end")] {
                    text.soft x=(one(x(at))) y=(one(BASE + 18.0)) text-anchor=(end) { (number(at)) }
                }
                text.soft x=(one((START + RIGHT) / 2.0)) y=(one(BASE + 18.0)) text-anchor="middle" {
                    (across)
                }
                @if let Some(own) = own {
                    line.own x1=(one(x(own))) x2=(one(x(own))) y1=(one(TOP)) y2=(one(BASE)) {}
                }
                polyline.one points=(path(first.points)) {}
                polyline.two points=(path(second.points)) {}
                line.one x1="48" x2="72" y1="284" y2="284" {}
                text x="78" y="288" { (first.name) }
                line.two x1="150" x2="174" y1="284" y2="284" {}
                text x="180" y="288" { (second.name) }
                @if own.is_some() {
                    line.own x1="280" x2="304" y1="284" y2="284" {}
                    text x="310" y="288" { "as requested" }
                }
            }
        }
    }
}

/// The end of an axis from 0, and the distance of its ticks: of one digit, so that four to
/// ten ticks stand on it.
fn axis(most: f64) -> (f64, f64) {
    const STEPS: [f64; 13] = [
        0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02,
        0.05, 0.1,
    ];
    let fits = |step: &&f64| most <= **step * 8.0;
    let step = STEPS.iter().find(fits).copied().unwrap_or(0.2);
    let steps = (most / step - 1e-9).ceil().max(1.0);
    ((steps * step).min(1.0), step)
}

fn ticks(end: f64, step: f64) -> impl Iterator<Item = f64> {
    (0..=10u32)
        .map(move |at| f64::from(at) * step)
        .take_while(move |tick| *tick <= end + step * 0.01)
}

fn anchor(tick: f64, end: f64) -> &'static str {
    if tick == 0.0 {
        "start"
    } else if tick + 1e-9 < end {
        "middle"
    } else {
        "end"
    }
}

fn one(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A share in percent, with as many decimals as it needs to be told from its neighbours.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let text = match percent {
        0.0 => "0".to_owned(),
        small if small < 0.1 => format!("{small:.3}"),
        small if small < 10.0 => format!("{small:.2}"),
        large => format!("{large:.1}"),
    };
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}%")
}

/// A number on an axis.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_on_a_tick_just_above_what_is_drawn() {
        for most in [0.0, 0.000_3, 0.003, 0.0123, 0.31, 0.99, 1.0] {
            let (end, step) = axis(most);
            assert!(end >= most && end <= 1.0 && (most == 0.0 || end - most <= step), "{most}");
            assert!(ticks(end, step).count() <= 9, "{most}: {end} {step}");
        }
    }

    #[test]
    fn shares_are_spelled_shortly() {
        let spelled = [0.0, 0.000_5, 0.012_34, 0.5, 1.0].map(percent);
        assert_eq!(spelled, ["0%", "0.05%", "1.23%", "50%", "100%"]);
    }

    #[test]
    fn nothing_that_is_no_number_is_drawn() {
        let empty = Curve { name: "a", points: &[] };
        let odd = Curve { name: "b", points: &[(f64::NAN, f64::INFINITY)] };
        let drawn = curves("t", "x", [empty, odd], None).into_string();
        assert!(
            drawn.contains("<svg") && !drawn.contains("inf") && !drawn.contains("NaN"),
            "{drawn}"
        );
    }
}
