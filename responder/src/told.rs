//! What the responder is told of documents that need a look. It names files, so
//! it goes to standard error and not into a report.

use std::fmt::Write;
use std::path::Path;

use candor::exchange::read_text::ReadText;
use candor::exchange::respond::{Summary, Told};
use candor::exchange::unreadable::{UnreadableFiles, code};
use candor::exchange::{BasisCount, BasisCounts, ExpandSummary};
use candor::printable::{count, printable};

/// The documents that no view reads, by reason, the first of them by name, and
/// what an operating system left among them; nothing if there are none.
pub(crate) fn unreadable(found: &UnreadableFiles) -> String {
    let mut text = String::new();
    if found.documents > 0 {
        let _ = writeln!(text, "note: {}:", unread(found.documents));
        for count in &found.reasons {
            let reason = code(count.reason);
            let _ = writeln!(text, "  {:>7} {reason:<16} {}", count.documents, count.advice);
        }
        for entry in &found.first {
            let path = printable(&entry.path.to_string());
            let _ = writeln!(text, "  {path} ({})", code(entry.reason));
        }
        if let Some(list) = &found.list {
            let list = printable(&list.display().to_string());
            let _ = writeln!(text, "  All are listed in {list}. Keep it secret: it names files.");
        }
    }
    if let Some(command) = &found.find_junk {
        let all: u64 = found.junk.iter().map(|count| count.files).sum();
        let kinds = found.junk.iter().map(|count| format!("{} {}", count.files, count.kind));
        let kinds = kinds.collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "note: operating systems left {} ({kinds}).", files(all));
        let command = printable(command);
        let _ = writeln!(text, "  They count as documents. This command lists them:\n  {command}");
    }
    text
}

/// What a release discloses or keeps back beyond what was asked for, by name.
pub(crate) fn release(found: &Told) -> String {
    const FIRST: usize = 5;
    let mut text = String::new();
    if !found.kept_back.is_empty() {
        let kept = found.kept_back.len() as u64;
        let kept = count(
            kept,
            "item is kept back, whose bytes hold",
            "items are kept back, whose bytes hold",
        );
        let _ = writeln!(text, "note: {kept} what is withheld:");
        for (item, held) in found.kept_back.iter().take(FIRST) {
            let [item, held] = [item, held].map(|name| printable(&name.to_string()));
            let _ = writeln!(text, "  {item} (holds {held})");
        }
    }
    if !found.undisclosed_parents.is_empty() {
        let mails = found.undisclosed_parents.len() as u64;
        let mails = count(mails, "mail is", "mails are");
        let _ = writeln!(
            text,
            "note: {mails} not released, but sender, recipients, subject and date go out with items in them:"
        );
        for mail in found.undisclosed_parents.iter().take(FIRST) {
            let _ = writeln!(text, "  {}", printable(&mail.to_string()));
        }
    }
    text
}

/// What the responder withholds, by basis, if anything.
pub(crate) fn withheld_by_basis(summary: &Summary) -> String {
    if summary.withheld == 0 {
        return String::new();
    }
    let one = |count: &BasisCount| format!("{} {}", count.basis, count.documents);
    let all: Vec<String> = summary.withheld_by_basis.iter().map(one).collect();
    let copies = match summary.substitutes {
        0 => String::new(),
        copies => format!("; {}", count(copies, "redacted copy", "redacted copies")),
    };
    format!("withheld   {}{copies}\n", all.join(", "))
}

/// What the program withholds, if anything.
pub(crate) fn withheld_by_program(found: &BasisCounts) -> String {
    if found.total() == 0 {
        return String::new();
    }
    let BasisCounts { settled, chance_matches, undated } = found;
    format!(
        "judge only {}: settled {settled}, chance matches {chance_matches}, undated {undated}\n",
        count(found.total(), "match", "matches")
    )
}

/// What needs a look after an expansion, and where the lists are.
pub(crate) fn expanded(found: &ExpandSummary, out: &Path) -> String {
    let mut text = String::new();
    let list = |name: &str| printable(&out.join(name).display().to_string());
    if found.exceptions.rows > 0 {
        let rows = count(found.exceptions.rows, "exception", "exceptions");
        let _ = writeln!(text, "note: {rows}, with what to do: {}.", list("exceptions.csv"));
    }
    if let Some(known) = found.known.as_ref().filter(|known| !known.agrees()) {
        let _ = writeln!(
            text,
            "WARNING: the source is not what the list says: {} missing, {} not listed, {} with another digest or size. Each is named in {}. Find out why before you commit.",
            files(known.missing),
            files(known.not_listed),
            files(known.differing),
            list("known.csv"),
        );
    }
    if let Some(unused) = found.ocr.map(|ocr| ocr.unused).filter(|unused| *unused > 0) {
        let texts = count(unused, "OCR text belongs", "OCR texts belong");
        let _ = writeln!(text, "WARNING: {texts} to no item. Check their names.");
    }
    let _ = writeln!(text, "note: keep the folder secret: it holds the documents and their names.");
    text
}

fn files(number: u64) -> String {
    count(number, "file", "files")
}

fn unread(number: u64) -> String {
    count(number, "file cannot be read", "files cannot be read")
}
/// The text of a file, or its tokens, one on each line after its kind.
pub(crate) fn text(read: &ReadText) -> String {
    let Some(terms) = &read.terms else {
        // A hostile text must not steer a terminal; --json gives it as it is.
        let harmless = |char: char| !char.is_control() || matches!(char, '\n' | '\t');
        let text = read.text.as_deref().unwrap_or_default().chars();
        return text.map(|char| if harmless(char) { char } else { '\u{fffd}' }).collect();
    };
    let kinds = [
        ("word", &terms.words),
        ("pair", &terms.pairs),
        ("field", &terms.fields),
        ("prefix", &terms.prefixes),
        ("near", &terms.near),
    ];
    let lines = kinds
        .iter()
        .flat_map(|(kind, tokens)| tokens.iter().map(move |token| format!("{kind}\t{token}\n")));
    lines.collect()
}

/// What of a file is not read.
pub(crate) fn unread_parts(read: &ReadText) -> String {
    let mut text = String::new();
    if let Some(reason) = read.reason {
        let _ = writeln!(text, "note: nothing is read: {reason}");
    }
    for (part, reason) in &read.unread {
        let _ = writeln!(text, "note: not read in it: {} ({reason})", printable(part));
    }
    text
}
