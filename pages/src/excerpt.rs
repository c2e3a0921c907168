//! The head of a document's text.

use candor::corpus::document::Reading;
use candor_documents::{Content, Record, Text};
use maud::{Markup, html};

use crate::text::{grouped, lines};

/// Most characters of an excerpt.
const MOST_CHARS: usize = 600;
/// Most lines of an excerpt.
const MOST_LINES: usize = 16;

/// The head of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    head: String,
    /// Characters that are not shown.
    more: u64,
}

impl Excerpt {
    /// The head of a document's text; `None` if there is no text to be read.
    #[must_use]
    pub fn of(reading: &Reading, record: &Record) -> Option<Self> {
        let (content, _) = reading.searched(record, false).ok()?;
        (!content.text.is_blank()).then(|| Self::of_content(&content))
    }

    /// The head of what was read of a document.
    #[must_use]
    pub fn of_content(content: &Content) -> Self {
        let text = content.text.as_str();
        let mut head = String::new();
        let (mut chars, mut ends, mut blank) = (0usize, 0usize, 0usize);
        for char in text.chars() {
            if chars >= MOST_CHARS || ends >= MOST_LINES {
                break;
            }
            chars = chars.saturating_add(1);
            match char {
                // Long runs of empty lines would be all that is seen.
                '\n' | Text::BLOCK if blank > 1 => {}
                '\n' | Text::BLOCK => {
                    head.push('\n');
                    (ends, blank) = (ends.saturating_add(1), blank.saturating_add(1));
                }
                char => {
                    head.push(char);
                    blank = 0;
                }
            }
        }
        let more = text.chars().skip(chars).count() as u64;
        Self { head: head.trim_matches('\n').to_owned(), more }
    }

    /// The excerpt on a page.
    #[must_use]
    pub fn shown(&self) -> Markup {
        html! {
            div.excerpt dir="auto" { (lines(&self.head)) }
            @if self.more > 0 {
                p.more { "… and " (grouped(self.more)) " more characters" }
            }
        }
    }
}
