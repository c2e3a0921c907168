//! The report for people: one file that needs nothing else, runs nothing and loads
//! nothing. All that comes from documents is escaped.

use std::fmt::{Display, Write};

use super::counts::Counts;
use super::{Found, ScanReport};
use crate::exchange::expand::kind_name;
use crate::printable::{count, printable};

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>What the documents hold</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid #ccc; text-align: right; vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
td.text, th.text { text-align: left; }
.zero { color: #767676; }
.note { border-left: 4px solid #8a5a00; padding: .2rem .8rem; background: #fff7e6; }
code { background: #f0f0f0; padding: .1rem .3rem; overflow-wrap: anywhere; }
li { overflow-wrap: anywhere; }
</style>
</head>
<body>
"#;

/// The report as a page of HTML.
pub(super) fn page(report: &ScanReport) -> String {
    let mut page = Page(HEAD.to_owned());
    let all = &report.all;
    page.tag("h1", "What the documents hold");
    page.note(
        "Secret: this page names documents and custodians. Nothing was fixed or changed by it.",
    );
    page.text(&format!(
        "{} hold {} in {}: {} MB. Text was read of {}.",
        count(report.files, "file", "files"),
        count(all.items, "item", "items"),
        count(report.families, "family", "families"),
        megabytes(all.bytes),
        all.readable,
    ));
    page.text(
        "An item is a file, or something inside one: a mail of a mailbox, an attachment, an entry of an archive. A family is a mail or file with all that stands in it.",
    );
    kinds(&mut page, report);
    attention(&mut page, report);
    dates(&mut page, report);
    duplicates(&mut page, report);
    names(&mut page, report);
    next(&mut page, report);
    page.0.push_str("</body>\n</html>\n");
    page.0
}

fn kinds(page: &mut Page, report: &ScanReport) {
    page.tag("h2", "By kind");
    let rows = report.kinds.iter().map(|row| (kind_name(&row.kind), &row.counts));
    page.counts("kind", rows.chain([("all".to_owned(), &report.all)]));
    page.tag("h2", "By custodian");
    let name = |name: &Option<candor_documents::Name>| {
        name.as_ref().map_or("in no folder".to_owned(), ToString::to_string)
    };
    page.counts(
        "custodian",
        report.custodians.iter().map(|row| (name(&row.custodian), &row.counts)),
    );
}

fn attention(page: &mut Page, report: &ScanReport) {
    page.tag("h2", "What needs attention");
    let exceptions = &report.exceptions;
    if exceptions.rows == 0 {
        page.text("Everything could be opened.");
    } else {
        page.text(&format!(
            "{} could not be opened or read. The most frequent:",
            count(exceptions.rows, "item or part", "items or parts")
        ));
        let rows = exceptions.frequent.iter().map(|row| {
            let what = match row.detail.as_str() {
                "" => row.reason.name().to_owned(),
                detail => format!("{}: {detail}", row.reason.name()),
            };
            [what, row.rows.to_string(), row.advice.to_owned()]
        });
        page.table(["what", "how many", "what to do"], rows, 2);
    }
    if report.all.scans > 0 {
        page.note(&format!(
            "{} without text, as a rule scanned. No search of words finds them. Have an OCR engine read them, and give its texts to expand with --ocr-text.",
            count(report.all.scans, "PDF is", "PDFs are"),
        ));
    }
    if !report.chats.is_empty() {
        let chats = report.chats.iter().map(|chat| format!("{} of {}", chat.files, chat.app));
        page.note(&format!(
            "Exported chats: {}. An export is one document: consider how its messages are to be cut, and whether the chats of all custodians were collected.",
            chats.collect::<Vec<_>>().join(", ")
        ));
        page.found(&report.chat_files, report.chats.iter().map(|chat| chat.files).sum());
    }
    let links = &report.links;
    if links.mails > 0 {
        let services = links.services.iter().map(|one| format!("{} to {}", one.links, one.service));
        page.note(&format!(
            "{} to files with a cloud service ({} links). What a mail links to is not attached to it, and is not among the documents unless it was collected separately.",
            count(links.mails, "mail links", "mails link"),
            services.collect::<Vec<_>>().join(", "),
        ));
        page.found(&links.first, links.mails);
    }
}

fn dates(page: &mut Page, report: &ScanReport) {
    page.tag("h2", "Where dates come from");
    let dates = &report.dates;
    let row = |what: &str, number: u64, worth: &str| {
        [what.to_owned(), number.to_string(), worth.to_owned()]
    };
    let rows = [
        row("the header of a mail", dates.header, "when it was sent, as its sender says"),
        row(
            "a property of the document",
            dates.property,
            "when it was last saved, as its program says",
        ),
        row("the file's time", dates.file, "often only the day on which it was copied"),
        row("no date", dates.none, "a search by dates does not exclude it"),
    ];
    page.table(["source", "items", "what it is worth"], rows.into_iter(), 2);
}

fn duplicates(page: &mut Page, report: &ScanReport) {
    page.tag("h2", "What is there more than once");
    let found = &report.duplicates;
    let row = |what: &str, number: u64| [what.to_owned(), number.to_string()];
    let rows = [
        row("items whose bytes another item has", found.items),
        row("families that --dedupe custodian drops", found.families_custodian),
        row("families that --dedupe global drops", found.families_global),
        row("mails whose message id another mail has", found.same_message_id),
    ];
    page.table(["what", "how many"], rows.into_iter(), 9);
    page.text("Nothing is dropped unless expand is told to.");
}

fn names(page: &mut Page, report: &ScanReport) {
    if !report.names.any() {
        return;
    }
    page.tag("h2", "Names that other systems cannot hold");
    let names = &report.names;
    let row = |what: &str, number: u64| [what.to_owned(), number.to_string()];
    let rows = [
        row("the same as another, but for the case of letters", names.collide),
        row(
            "kept by Windows for itself, or with a character that it does not allow",
            names.reserved,
        ),
        row("end in a dot or a space", names.trailing),
        row("too long", names.too_long),
        row("not UTF-8", names.not_unicode),
        row("lead out of their archive", names.astray),
    ];
    page.table(["names", "how many"], rows.into_iter(), 9);
    page.text("Items stand under numbers, so this does no harm here. Copies made by name may lose some of them.");
}

fn next(page: &mut Page, report: &ScanReport) {
    page.tag("h2", "What comes next");
    let views = report.views.join(", ");
    page.text(&format!(
        "Views that suit these documents: {}. The text with most different words has {}.",
        if views.is_empty() { "none" } else { &views },
        report.words.most
    ));
    page.0.push_str("<ol>\n");
    for command in &report.next {
        let _ = writeln!(page.0, "<li><code>{}</code></li>", escape(command));
    }
    page.0.push_str("</ol>\n");
    let predicted = &report.predicted;
    page.text(&format!(
        "On this machine expand will take about {}, and {} MB on disk; commit-corpus about {}, and {} MB.",
        time(predicted.expand_seconds),
        megabytes(predicted.expand_bytes),
        time(predicted.commit_seconds),
        megabytes(predicted.commit_bytes),
    ));
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{:.0} seconds", s.max(1.0).ceil()),
        s if s < 5400.0 => format!("{:.0} minutes", s / 60.0),
        s => format!("{:.1} hours", s / 3600.0),
    }
}

/// Text that stands for itself, in elements and attributes.
fn escape(text: impl Display) -> String {
    let mut escaped = String::new();
    for char in text.to_string().chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            char => escaped.push(char),
        }
    }
    escaped
}

struct Page(String);

impl Page {
    fn tag(&mut self, tag: &str, text: &str) {
        let _ = writeln!(self.0, "<{tag}>{}</{tag}>", escape(text));
    }

    fn text(&mut self, text: &str) {
        self.tag("p", text);
    }

    fn note(&mut self, text: &str) {
        let _ = writeln!(self.0, "<p class=\"note\">{}</p>", escape(text));
    }

    fn found(&mut self, found: &[Found], all: u64) {
        self.0.push_str("<ul>\n");
        for found in found {
            let path = printable(&found.path.to_string());
            let _ = writeln!(self.0, "<li><code>{}</code></li>", escape(path));
        }
        let more = all.saturating_sub(found.len() as u64);
        if more > 0 {
            let _ = writeln!(self.0, "<li>and {more} more</li>");
        }
        self.0.push_str("</ul>\n");
    }

    fn counts<'c>(&mut self, first: &str, rows: impl Iterator<Item = (String, &'c Counts)>) {
        self.0.push_str("<table>\n<tr>");
        let _ = write!(self.0, "<th>{}</th>", escape(first));
        for (name, _) in Counts::default().columns() {
            let _ = write!(self.0, "<th>{}</th>", escape(name));
        }
        self.0.push_str("<th>MB</th></tr>\n");
        for (name, counts) in rows {
            let _ = write!(self.0, "<tr><td>{}</td>", escape(printable(&name)));
            for (_, number) in counts.columns() {
                let class = if number == 0 { " class=\"zero\"" } else { "" };
                let _ = write!(self.0, "<td{class}>{number}</td>");
            }
            let _ = writeln!(self.0, "<td>{}</td></tr>", megabytes(counts.bytes));
        }
        self.0.push_str("</table>\n");
    }

    /// A table; cells from column `text` on are aligned as text.
    fn table<const N: usize>(
        &mut self,
        heads: [&str; N],
        rows: impl Iterator<Item = [String; N]>,
        text: usize,
    ) {
        let class = |column: usize| if column >= text { " class=\"text\"" } else { "" };
        self.0.push_str("<table>\n<tr>");
        for (column, head) in heads.iter().enumerate() {
            let _ = write!(self.0, "<th{}>{}</th>", class(column), escape(head));
        }
        self.0.push_str("</tr>\n");
        for row in rows {
            self.0.push_str("<tr>");
            for (column, cell) in row.iter().enumerate() {
                let _ = write!(self.0, "<td{}>{}</td>", class(column), escape(printable(cell)));
            }
            self.0.push_str("</tr>\n");
        }
        self.0.push_str("</table>\n");
    }
}
