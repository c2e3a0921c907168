//! What is shown of a document.

use candor::corpus::document::Reading;
use candor_documents::{CoarseKind, Record};
use maud::{Markup, html};

use crate::excerpt::Excerpt;
use crate::thumbnail::Thumbnail;

/// A picture of a document, or the head of its text, or why there is neither. Takes some
/// tens of kilobytes at most, whatever the document.
#[derive(Clone, Debug)]
pub enum Preview {
    /// It is a picture.
    Picture(Thumbnail),
    /// It has text.
    Text(Excerpt),
    /// There is nothing to be shown, and why.
    None(&'static str),
}

impl Preview {
    /// The preview of a document that was read.
    #[must_use]
    pub fn of(reading: &Reading, record: &Record) -> Self {
        match reading.kind.coarse() {
            CoarseKind::Picture => Thumbnail::of(reading, record)
                .map_or(Self::None("This picture cannot be read."), Self::Picture),
            CoarseKind::Text => Excerpt::of(reading, record)
                .map_or(Self::None("No text can be read of it."), Self::Text),
            _ => Self::None("Nothing is shown of a file of this kind."),
        }
    }

    /// The preview on a page; `what` names the document in words of the page's own, for
    /// those who do not see the picture.
    #[must_use]
    pub fn shown(&self, what: &str) -> Markup {
        match self {
            Self::Picture(thumbnail) => {
                let (width, height) = thumbnail.picture_size();
                let alt = format!("{what}, made smaller from {width} by {height} pixels");
                html! { div.thumb { (thumbnail.shown(&alt)) } }
            }
            Self::Text(excerpt) => excerpt.shown(),
            Self::None(why) => html! { p.nothing { (why) } },
        }
    }
}
