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

#[cfg(test)]
mod tests {
    use std::fs;

    use candor::corpus::document::read_document;

    use super::*;

    fn preview(bytes: &[u8]) -> Preview {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), bytes).unwrap();
        let reading = read_document(file.path()).unwrap();
        Preview::of(&reading, &Record::of_file(b"x".to_vec()))
    }

    /// A picture of one colour with a text chunk, and with bytes after its end.
    fn picture((width, height): (u32, u32)) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.add_text_chunk("Comment".to_owned(), "PAYLOAD-IN".to_owned()).unwrap();
        let mut writer = encoder.write_header().unwrap();
        let pixels = [200, 100, 50].repeat((width * height) as usize);
        writer.write_image_data(&pixels).unwrap();
        writer.finish().unwrap();
        bytes.extend(b"PAYLOAD-BEHIND <script>");
        bytes
    }

    #[test]
    fn a_picture_is_made_anew_without_anything_but_pixels() {
        let original = picture((300, 100));
        let Preview::Picture(thumbnail) = preview(&original) else { panic!() };
        let png = thumbnail.png();
        assert!(png.len() < 2_000 && !original.windows(png.len()).any(|part| part == png));
        assert!(!png.windows(7).any(|part| part == b"PAYLOAD"));
        let mut chunks = Vec::new();
        let mut at = 8;
        while at < png.len() {
            let length = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
            chunks.push(String::from_utf8_lossy(&png[at + 4..at + 8]).into_owned());
            at += length + 12;
        }
        chunks.dedup();
        assert_eq!(chunks, ["IHDR", "IDAT", "IEND"]);
        assert_eq!(thumbnail.picture_size(), (300, 100));
        let shown = Preview::Picture(thumbnail).shown("Document 7").into_string();
        assert!(shown.contains("alt=\"Document 7, made smaller from 300 by 100 pixels\""));
        assert!(shown.contains("width=\"96\" height=\"32\"") && !shown.contains("http"));
    }

    #[test]
    fn what_cannot_be_read_is_not_shown() {
        let mut cut = picture((300, 100));
        cut.truncate(60);
        assert!(matches!(preview(&cut), Preview::None(_)));
        assert!(matches!(
            preview(b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>"),
            Preview::None(_) | Preview::Text(_)
        ));
        assert!(matches!(preview(b"\0\x01\x02\xff\xfe"), Preview::None(_)));
        assert!(matches!(preview(b" \n "), Preview::None(_)));
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let Preview::Text(excerpt) = preview("words and ".repeat(1_000).as_bytes()) else {
            panic!()
        };
        let shown = excerpt.shown().into_string();
        assert!(shown.len() < 900 && shown.contains("more characters"), "{shown}");
    }
}
