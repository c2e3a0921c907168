//! A document on a page, with what is known of it.

use candor::exchange::formats::bundle::FamilyOpening;
use candor_documents::{DateFrom, Kind, Record};
use maud::{Markup, html};

use crate::kinds::kind_words;
use crate::parts::{digest, facts};
use crate::preview::Preview;
use crate::text::{grouped, line, name, size};

/// A document whose file is at hand.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) leaf: u64,
    pub(crate) kind: Kind,
    pub(crate) bytes: u64,
    pub(crate) sha256: [u8; 32],
    /// Its name in the bundle.
    pub(crate) file: String,
    pub(crate) record: Record,
    /// Its place in a family of several, if that is opened.
    pub(crate) family: Option<(u32, u32)>,
    /// Where a search is asked, the lines that it holds, from 0.
    pub(crate) held: Option<Vec<usize>>,
    /// Why it is there, in a clause.
    pub(crate) why: String,
    pub(crate) preview: Preview,
}

impl Entry {
    /// The place in a family that an opening shows, unless the document is alone in it.
    pub(crate) fn place(family: Option<&FamilyOpening>) -> Option<(u32, u32)> {
        family.filter(|family| family.count > 1).map(|family| (family.ordinal, family.count))
    }

    /// The entry on a page; `lines` are those of the search that is asked.
    pub(crate) fn shown(&self, lines: &[String]) -> Markup {
        let thumb = matches!(self.preview, Preview::Picture(_));
        let what = format!("Document {}", self.leaf);
        html! {
            article.document.with-thumb[thumb] {
                @if thumb { (self.preview.shown(&what)) }
                div {
                    h3 { "Document " (self.leaf) ": " (name(&self.record.path)) }
                    p.lines { (self.why) (self.held(lines)) }
                    (facts(&self.facts()))
                    @if !thumb { (self.preview.shown(&what)) }
                }
            }
        }
    }

    fn held(&self, lines: &[String]) -> Markup {
        let Some(held) = &self.held else { return Markup::default() };
        html! {
            @if held.is_empty() {
                @if lines.len() == 1 { " Its text does not hold the search." }
                @else { " Its text holds no line." }
            } @else if lines.len() == 1 {
                " Its text holds the search."
            } @else {
                " Its text holds "
                @for (at, number) in held.iter().take(MOST_LINES).enumerate() {
                    @if at > 0 { "; " }
                    "line " (number.saturating_add(1))
                    @if let Some(text) = lines.get(*number) { " (" code { (line(text)) } ")" }
                }
                @if held.len() > MOST_LINES { "; and " (held.len().saturating_sub(MOST_LINES)) " more" }
                "."
            }
        }
    }

    fn facts(&self) -> Vec<(&'static str, Markup)> {
        let record = &self.record;
        let mut facts = vec![
            (
                "File",
                html! { code { (self.file) } ", " (kind_words(self.kind)) ", " (size(self.bytes)) },
            ),
            ("SHA-256", digest(&hex(&self.sha256))),
        ];
        if let Some(date) = record.date {
            let text = date.to_string().replace('T', " ");
            facts.push((
                "Date on record",
                html! { (text.trim_end_matches('Z')) " UTC, from " (date_from(record.date_from)) },
            ));
        }
        if let Some(custodian) = &record.custodian {
            facts.push(("Custodian on record", name(custodian)));
        }
        if let Some((ordinal, count)) = self.family {
            let place = if ordinal == 0 {
                format!("Top item of a family of {}", grouped(count.into()))
            } else {
                format!(
                    "Member {} of a family of {}",
                    grouped(u64::from(ordinal).saturating_add(1)),
                    grouped(count.into())
                )
            };
            facts.push(("Family", html! { (place) }));
        }
        facts
    }
}

/// Most lines of a search that are named for one document.
const MOST_LINES: usize = 8;

const fn date_from(from: DateFrom) -> &'static str {
    match from {
        DateFrom::None => "nowhere",
        DateFrom::Header => "the header of a mail",
        DateFrom::Property => "a property of the document",
        DateFrom::File => "the time of the file",
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
