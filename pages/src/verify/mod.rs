//! The page of a verification.

mod certificate;
mod checks;
mod examined;
mod seen;
#[cfg(test)]
mod tests;
mod withheld;

use candor::exchange::{Outcome, Report, RootSource};
use maud::{Markup, html};

pub use self::seen::Seen;
use self::seen::{Bundle, Kept, MOST_MATCHES, MOST_OTHERS};
use crate::claims::not_claimed;
use crate::entry::Entry;
use crate::frame::{Head, VERSION, frame};
use crate::parts::{
    Column, Sections, Tone, commands, digest, facts, figures, note, rest, table, verdict,
};
use crate::text::{grouped, line};
use crate::time::Stated;

/// How the verification was run, beside what its report says.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// When the page says that it was made.
    pub stated: Stated,
    /// Whether no one's word was taken for the kind of a document.
    pub strict: bool,
    /// Whether the judge read again what was opened to the judge alone.
    pub judge_copy: bool,
    /// How many earlier bundles were read.
    pub produced: usize,
}

/// The page of a verification: what was asked, what was examined and what not, each check,
/// and what was released and withheld. Of a failed one it says that, and why, and shows
/// nothing of the bundle.
#[must_use]
pub fn page(report: &Report, seen: Seen, run: &Run) -> String {
    let kept = seen.into_kept();
    let root = report.root.to_string();
    let foot = format!("Verification, root {}", root.get(..16).unwrap_or(&root));
    let head = Head {
        kind: "Report of a verification",
        title: "Whether a disclosure is complete and correct",
        foot: &foot,
        stated: Some(run.stated),
        wide: false,
    };
    let body = match report.outcome {
        Outcome::Failed => failed(report, &kept, run),
        Outcome::Verified | Outcome::Incomplete => verified(report, &kept, run),
    };
    frame(&head, &body)
}

fn failed(report: &Report, kept: &Kept, run: &Run) -> Markup {
    let why = match &report.failure {
        Some(failure) => html! {
            "Check " (failure.check.id()) " (" (failure.check.name()) ") failed. "
            "Nothing in this bundle is verified, and nothing of it is shown here."
        },
        None => html! { "Nothing in this bundle is verified." },
    };
    let mut sections = Sections::default();
    if let Some(failure) = &report.failure {
        let mut rows = vec![
            ("Where", line(&failure.subject)),
            ("Expected", line(&failure.expected)),
            ("Found", line(&failure.found)),
        ];
        if let Some(leaf) = failure.leaf {
            rows.insert(1, ("Document", html! { (grouped(leaf)) }));
        }
        sections.add("What failed", facts(&rows));
    }
    sections.add("The seven checks", checks::failed(report));
    if let Some(bundle) = &kept.bundle {
        let body = html! {
            p { "As the judge’s own copy of the request says:" }
            (bundle.asked.shown())
        };
        sections.add("What was asked", body);
    }
    sections.add("Digests and versions", identity(report, kept.bundle.as_ref()));
    sections.add("How to repeat this", repeat(report, kept.bundle.as_ref(), run));
    html! {
        (verdict(Tone::Bad, "Does not verify", &why))
        (sections.shown())
    }
}

fn verified(report: &Report, kept: &Kept, run: &Run) -> Markup {
    let mut sections = Sections::default();
    if let Some(bundle) = &kept.bundle {
        sections.add("What was asked", bundle.asked.shown());
    }
    sections.add("What was examined, and what not", examined::shown(report, &kept.counts));
    sections.add("The seven checks", checks::passed(report));
    if let Some(search) = &report.search {
        sections.add("What each line finds", examined::searched(report, search));
    }
    sections.add("Documents released", released(kept));
    sections.add("Documents withheld", withheld::shown(report, kept));
    sections.add("What this does not show", not_claimed());
    sections.add("Digests and versions", identity(report, kept.bundle.as_ref()));
    sections.add("How to repeat this", repeat(report, kept.bundle.as_ref(), run));
    if let Some(bundle) = &kept.bundle {
        sections
            .add_on_new_page("Template of a certificate", certificate::shown(report, bundle, run));
    }
    html! {
        (examined::verdict_of(report))
        (figures(&examined::figures_of(report)))
        (sections.shown())
    }
}

/// The documents that are released, those that match first.
fn released(kept: &Kept) -> Markup {
    let counts = &kept.counts;
    let lines = kept.bundle.as_ref().map(|bundle| bundle.asked.lines()).unwrap_or_default();
    let list = |entries: &std::collections::BTreeMap<u64, Entry>| {
        html! { @for entry in entries.values() { (entry.shown(lines)) } }
    };
    let missing = counts.missing.values().map(|(released, _)| *released);
    let others = missing.fold(counts.others_released, u64::saturating_add);
    html! {
        p {
            "Pictures are made smaller and anew from the released files, and texts are cut to their beginning. "
            "What a file’s own program would show may differ. Characters that cannot be seen stand as "
            span.mark { "\\u{…}" } "."
        }
        h3 { (grouped(counts.matching_released)) " that match" }
        (list(&kept.matches))
        (rest(MOST_MATCHES as u64, counts.matching_released, "documents that match"))
        @if others > 0 {
            h3 { (grouped(others)) " without a match of their own" }
            (list(&kept.others))
            (rest(MOST_OTHERS as u64, others, "such documents"))
        }
    }
}

fn identity(report: &Report, bundle: Option<&Bundle>) -> Markup {
    let from = match report.root_source {
        RootSource::Commitment => "of the judge’s own copy of the commitment",
        RootSource::Compared => "compared with the root that the judge gave",
        RootSource::Bundle => "of the bundle’s own copy: compare it with the root on record",
    };
    let mut rows = vec![("Root", html! { (digest(&report.root.to_string())) ", " (from) })];
    if let Some(request) = &report.request {
        rows.push(("Request", digest(&request.to_string())));
    }
    if let Some(bundle) = bundle {
        rows.push((
            "Bundle",
            html! { (digest(&bundle.digest)) ", SHA-256 of its tagmanifest-sha256.txt" },
        ));
        rows.push((
            "Views",
            html! { (bundle.views) ", made by " code { (line(&bundle.canonicaliser)) } },
        ));
        rows.push((
            "Items",
            match bundle.expander.as_str() {
                "none" => html! { "The documents were not taken out of each other." },
                expander => html! { "Taken out of each other by " code { (line(expander)) } },
            },
        ));
        let (copies, lanes) = bundle.layout;
        rows.push((
            "Proofs",
            html! {
                "Argument " (bundle.argument) ", " (grouped(copies.into())) " copies in "
                (grouped(lanes.into())) " lanes, on the setup of Ethereum’s ceremony"
            },
        ));
    }
    for earlier in &report.produced_in {
        rows.push(("Earlier bundle", digest(&earlier.to_string())));
    }
    rows.push(("Program", html! { (VERSION) ", " code { "judge" } }));
    html! {
        (note_of_root(report.root_source))
        (facts(&rows))
    }
}

fn note_of_root(source: RootSource) -> Markup {
    match source {
        RootSource::Bundle => note(&html! {
            "The judge gave no root and no commitment of its own. The responder may have chosen the root in the bundle; this report counts only if it is the one on record."
        }),
        RootSource::Commitment | RootSource::Compared => Markup::default(),
    }
}

/// The judge's command over several lines, with names to be replaced.
fn command(report: &Report, run: &Run) -> Vec<String> {
    let mut parts = vec!["judge verify-bundle".to_owned()];
    match report.root_source {
        RootSource::Commitment => parts.push("--commitment COMMITMENT".to_owned()),
        RootSource::Compared => parts.push(format!("--root {}", report.root)),
        RootSource::Bundle => {}
    }
    parts.push("--request REQUEST --bundle BUNDLE".to_owned());
    if run.judge_copy {
        parts.push("--judge-copy JUDGE-COPY".to_owned());
    }
    for number in 1..=run.produced {
        parts.push(format!("--produced EARLIER-BUNDLE-{number}"));
    }
    if run.strict {
        parts.push("--strict".to_owned());
    }
    parts.push(format!("--report report.html --time {}", run.stated.moment()));
    continued(parts)
}

/// Parts of one command, each on a line of its own.
fn continued(parts: Vec<String>) -> Vec<String> {
    let last = parts.len().saturating_sub(1);
    let line = |(at, part): (usize, String)| {
        let indent = if at == 0 { "" } else { "    " };
        let end = if at == last { "" } else { " \\" };
        format!("{indent}{part}{end}")
    };
    parts.into_iter().enumerate().map(line).collect()
}

fn repeat(report: &Report, bundle: Option<&Bundle>, run: &Run) -> Markup {
    let mut lines = Vec::new();
    if bundle.is_some() {
        lines.push("sha256sum BUNDLE/tagmanifest-sha256.txt".to_owned());
    }
    lines.extend(command(report, run));
    html! {
        p {
            "Anyone who has the commitment or its root, the request and the bundle can repeat the verification offline, with the same version of the program. "
            "Put the paths of your copies for the words in capital letters. "
            "The page that comes of it is the same, byte for byte."
        }
        (commands(&lines))
        @if bundle.is_some() {
            p { "The first command gives the digest of the bundle that stands above; the exit code of the second is " (report.outcome.exit_code()) "." }
        } @else {
            p { "The exit code is " (report.outcome.exit_code()) "." }
        }
    }
}

/// A table of two columns: a number, and what it counts.
fn known_by(caption: &str, rows: &[Vec<Markup>]) -> Markup {
    let columns = [
        Column::text("What became of them"),
        Column::number("Documents"),
        Column::text("Known by"),
    ];
    table(caption, &columns, rows)
}
