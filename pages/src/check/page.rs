//! The page of a check before sending. It names documents: it is the responder's alone.

use candor::exchange::Outcome;
use maud::{Markup, html};

use super::BeforeSending;
use super::seen::{File, Kept, MOST_SHOWN};
use crate::entry::hex;
use crate::frame::{Head, VERSION, frame};
use crate::kinds::kind_words;
use crate::parts::{Column, Sections, Tone, digest, facts, figures, note, rest, table, verdict};
use crate::text::{counted, grouped, line, name, size};
use crate::time::Stated;

/// Most rows of a list.
const MOST_ROWS: usize = 1_000;
/// Most leaves that are named in one cell.
const MOST_LEAVES: usize = 12;

pub(super) fn page(found: &BeforeSending, kept: &Kept, lines: &[String], stated: Stated) -> String {
    let root = found.report.root.to_string();
    let foot = format!("For the responder alone. Root {}", root.get(..16).unwrap_or(&root));
    let head = Head {
        kind: "Check before sending",
        title: "What this bundle would hand over",
        foot: &foot,
        stated: Some(stated),
        wide: false,
    };
    let body = if found.outcome == Outcome::Failed {
        failed(found, kept)
    } else {
        verified(found, kept, lines)
    };
    frame(&head, &body)
}

fn failed(found: &BeforeSending, kept: &Kept) -> Markup {
    let mut sections = Sections::default();
    if let Some(failure) = &found.report.failure {
        let mut rows = vec![
            ("Check", html! { (failure.check.id()) " (" (failure.check.name()) ")" }),
            ("Where", line(&failure.subject)),
            ("Expected", line(&failure.expected)),
            ("Found", line(&failure.found)),
        ];
        if let Some(leaf) = failure.leaf {
            rows.insert(2, ("Document", html! { (leaf) }));
        }
        sections.add("What failed", facts(&rows));
    }
    if let Some(asked) = &kept.asked {
        sections.add("What was asked", asked.shown());
    }
    html! {
        (verdict(Tone::Bad, "Does not verify: do not send it", &html! {
            "The judge’s own verification fails on this bundle. Nothing else of it was looked at."
        }))
        (sections.shown())
    }
}

fn verified(found: &BeforeSending, kept: &Kept, lines: &[String]) -> Markup {
    let mut sections = Sections::default();
    if let Some(asked) = &kept.asked {
        sections.add("What was asked", asked.shown());
    }
    if found.screen_hits.is_some() {
        sections.add("Hits of the screen", screen(found, kept, lines));
    }
    sections.add("Families", families(found, kept));
    sections.add("Texts that are empty", list(kept, "Released without text", |file| file.blank,
        "Every released file of a kind that has text gives some.",
        "No text is read of these. A scan shows its pages to people all the same; a broken file shows nothing."));
    sections.add("Names that go public", names(found, kept));
    sections.add("Sizes", sizes(found, kept));
    sections.add("What the judge will say", judge(found, kept));
    html! {
        (note(&html! { "Secret: this page names documents and is not part of the bundle. Nothing was changed." }))
        (summary(found))
        (figures(&[
            (grouped(found.released), "files released"),
            (size(found.bytes), "in all"),
            (grouped(found.withheld), "withheld"),
            (grouped(found.broken_families), "families released in part"),
            (found.screen_hits.map_or_else(|| "–".to_owned(), grouped), "hits of the screen"),
        ]))
        (sections.shown())
    }
}

fn summary(found: &BeforeSending) -> Markup {
    let of = |number: u64, one: &str, many: &str| {
        (number > 0)
            .then(|| format!("{} {}", grouped(number), if number == 1 { one } else { many }))
    };
    let ends = [
        of(
            found.screen_hits.unwrap_or(0),
            "released file holds a line of the screen",
            "released files hold a line of the screen",
        ),
        of(
            found.carriers,
            "released file has a withheld one inside it",
            "released files have a withheld one inside them",
        ),
        of(found.broken_families, "family is released in part", "families are released in part"),
        of(found.empty_texts, "released file has no text", "released files have no text"),
        of(
            found.odd_names,
            "name has characters that cannot be seen",
            "names have characters that cannot be seen",
        ),
    ];
    let ends: Vec<String> = ends.into_iter().flatten().collect();
    if ends.is_empty() {
        let sentence = html! {
            "The judge’s own verification passes, and nothing of what is looked at here stands out. "
            "Whether the right documents are handed over is for people to judge."
        };
        verdict(Tone::Good, "Nothing stands out", &sentence)
    } else {
        let sentence = html! {
            "The judge’s own verification passes. Before the bundle is sent: " (ends.join("; ")) "."
        };
        verdict(Tone::Open, "To be looked at", &sentence)
    }
}

fn screen(found: &BeforeSending, kept: &Kept, lines: &[String]) -> Markup {
    let columns =
        [Column::number("Line"), Column::text("Search"), Column::number("Released files")];
    let hits =
        |at: usize| kept.files.values().filter(|file| file.hits.contains(&at)).count() as u64;
    let rows: Vec<Vec<Markup>> = (0..)
        .zip(lines)
        .take(MOST_ROWS)
        .map(|(at, text): (usize, &String)| {
            vec![
                html! { (at.saturating_add(1)) },
                html! { code { (line(text)) } },
                html! { (grouped(hits(at))) },
            ]
        })
        .collect();
    let all = found.screen_hits.unwrap_or(0);
    let not = found.not_screened.unwrap_or(0);
    html! {
        p {
            "Each released file was read, and held against each line exactly: nothing is found by chance. "
            @if not > 0 {
                "Of " (grouped(not)) " no text can be read, pictures among them; the screen says nothing of these."
            }
        }
        @if found.redacted > 0 {
            (note(&html! {
                (counted(found.redacted, "redacted copy is", "redacted copies are"))
                " handed over too. The screen does not read them: look whether each hides what it should, in its text as well as on the page."
            }))
        }
        (table("Released files by line of the screen", &columns, &rows))
        @for entry in kept.shown.values() { (entry.shown(lines)) }
        (rest(MOST_SHOWN as u64, all, "files that hold a line"))
    }
}

fn families(found: &BeforeSending, kept: &Kept) -> Markup {
    let carriers = kept.carriers();
    let broken = kept.broken();
    let carrier_rows: Vec<Vec<Markup>> = carriers
        .iter()
        .take(MOST_ROWS)
        .map(|(leaf, inside)| {
            vec![html! { (leaf) }, named(kept, *leaf), html! { "document " (inside) }]
        })
        .collect();
    let broken_rows: Vec<Vec<Markup>> = broken
        .iter()
        .take(MOST_ROWS)
        .map(|(released, withheld)| vec![leaves(released), leaves(withheld)])
        .collect();
    html! {
        @if !carriers.is_empty() {
            (note(&html! {
                "The bytes of these released files hold a document that is withheld. Whoever has the file has that document too. Withhold the file as well."
            }))
            (table("Released files that carry a withheld document",
                &[Column::number("Document"), Column::text("Name"), Column::text("Carries")], &carrier_rows))
            (rest(carrier_rows.len() as u64, carriers.len() as u64, "such files"))
        }
        @if found.kept_back > 0 {
            p {
                (counted(found.kept_back, "withheld document is", "withheld documents are"))
                " kept back only because of a document inside, which is withheld for itself."
            }
        }
        @if broken.is_empty() {
            p { "No family is released in part." }
        } @else {
            p { "Of these families some members are released and some are withheld. It is meant to be so if the withheld ones are privileged." }
            (table("Families released in part",
                &[Column::text("Released documents"), Column::text("Withheld documents")], &broken_rows))
            (rest(broken_rows.len() as u64, broken.len() as u64, "such families"))
        }
    }
}

fn leaves(leaves: &[u64]) -> Markup {
    let named: Vec<String> = leaves.iter().take(MOST_LEAVES).map(u64::to_string).collect();
    html! {
        (named.join(", "))
        @if leaves.len() > MOST_LEAVES { " and " (leaves.len().saturating_sub(MOST_LEAVES)) " more" }
    }
}

fn named(kept: &Kept, leaf: u64) -> Markup {
    kept.files.get(&leaf).map_or_else(|| html! { "–" }, |file| name(&file.name))
}

/// The files of which something holds.
fn list(kept: &Kept, caption: &str, is: impl Fn(&File) -> bool, none: &str, some: &str) -> Markup {
    let found: Vec<(&u64, &File)> = kept.files.iter().filter(|(_, file)| is(file)).collect();
    if found.is_empty() {
        return html! { p { (none) } };
    }
    html! {
        p { (some) }
        (files(caption, found.iter().copied().take(MOST_ROWS)))
        (rest(MOST_ROWS as u64, found.len() as u64, "files"))
    }
}

fn files<'k>(caption: &str, files: impl Iterator<Item = (&'k u64, &'k File)>) -> Markup {
    let columns = [
        Column::number("Document"),
        Column::text("Name"),
        Column::text("Kind"),
        Column::number("Size"),
    ];
    let rows: Vec<Vec<Markup>> = files
        .map(|(leaf, file)| {
            vec![
                html! { (leaf) },
                name(&file.name),
                html! { (kind_words(file.kind)) },
                html! { (size(file.bytes)) },
            ]
        })
        .collect();
    table(caption, &columns, &rows)
}

fn names(found: &BeforeSending, kept: &Kept) -> Markup {
    html! {
        p {
            "The path of each released file goes public with it, and may tell more than the file. It was committed to, so that it cannot be changed any more; a document whose name must not be known has to be withheld."
        }
        @if found.odd_names > 0 {
            (list(kept, "Names with characters that cannot be seen, or not in UTF-8", |file| file.odd, "",
                "In these names the marked characters cannot be seen, or change how the name is shown. They come from whoever named the file."))
        }
        (files("All names", kept.files.iter().take(MOST_ROWS)))
        (rest(MOST_ROWS as u64, found.released, "names"))
    }
}

/// How many of the largest files are listed.
const LARGEST: usize = 10;

fn sizes(found: &BeforeSending, kept: &Kept) -> Markup {
    let mut all: Vec<(&u64, &File)> = kept.files.iter().collect();
    all.sort_by_key(|(leaf, file)| (std::cmp::Reverse(file.bytes), **leaf));
    html! {
        p { "The released files have " (size(found.bytes)) " in all." }
        (files("The largest", all.into_iter().take(LARGEST)))
    }
}

fn judge(found: &BeforeSending, kept: &Kept) -> Markup {
    let report = &found.report;
    let says = match report.outcome {
        Outcome::Verified => "verified (exit code 0)",
        Outcome::Incomplete => "verified, but incomplete (exit code 3)",
        Outcome::Failed => "does not verify (exit code 1)",
    };
    let mut rows = vec![
        ("Outcome", html! { (says) }),
        (
            "Documents",
            html! {
                (grouped(report.documents)) ", of which " (grouped(report.matching)) " match; each match is released or listed as withheld (check 5)"
            },
        ),
        (
            "Not released",
            html! {
                (grouped(report.not_examined)) " that cannot be read; " (grouped(report.outside_not_checked)) " outside the view"
            },
        ),
        ("Root", digest(&report.root.to_string())),
    ];
    if let Some(request) = &report.request {
        rows.push(("Request", digest(&request.to_string())));
    }
    rows.push((
        "Bundle",
        html! { (digest(&hex(&kept.digest))) ", SHA-256 of its tagmanifest-sha256.txt" },
    ));
    rows.push(("Program", html! { (VERSION) ", " code { "responder" } }));
    facts(&rows)
}
