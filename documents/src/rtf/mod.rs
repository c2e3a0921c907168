//! RTF: its text by the code pages of its fonts, its pictures and objects, and the HTML
//! or text from which Outlook made it ([MS-OXRTFEX]).

mod destination;
mod machine;
mod object;
mod token;

use machine::{Machine, Output};
use token::{Token, Tokens};

use crate::mail::date;
use crate::{Budget, Child, Content, DateSource, Dated, Meta, Reason, Text, html, plain};

/// What RTF was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Original {
    /// HTML, decoded.
    Html(String),
    /// Plain text, decoded.
    Text(String),
}

/// Reads an item that is RTF. Of RTF that was made from HTML or text, the original is
/// read.
///
/// # Errors
/// [`Reason::TooDeep`] or [`Reason::TooLarge`].
pub(crate) fn read_item(bytes: &[u8], budget: &mut Budget) -> Result<Content, Reason> {
    let mut text = Text::new();
    let meta = read(bytes, &mut text, budget)?;
    Ok(Content { meta, text, unread: Vec::new() })
}

/// Adds the text of RTF, and gives its title and its date.
///
/// # Errors
/// [`Reason::TooDeep`] or [`Reason::TooLarge`].
pub(crate) fn read(bytes: &[u8], text: &mut Text, budget: &mut Budget) -> Result<Meta, Reason> {
    match original(bytes, budget)? {
        Some(Original::Html(html)) => {
            let subject = html::read_str(&html, text, budget)?;
            return Ok(Meta { subject, ..Meta::default() });
        }
        Some(Original::Text(original)) => {
            plain::add(&original, text, budget)?;
            return Ok(Meta::default());
        }
        None => {}
    }
    let mut reader =
        Reader { text, within: false, beside: Vec::new(), title: None, created: None, saved: None };
    Machine::new(&mut reader).read(bytes, budget)?;
    let Reader { title, created, saved, .. } = reader;
    let date = saved.or(created).map(|seconds| Dated { seconds, source: DateSource::Property });
    Ok(Meta { subject: title, date, ..Meta::default() })
}

/// The HTML or text from which RTF was made, if it was.
///
/// # Errors
/// [`Reason::TooDeep`] or [`Reason::TooLarge`].
pub(crate) fn original(bytes: &[u8], budget: &mut Budget) -> Result<Option<Original>, Reason> {
    // The words stand among the first ten tokens or so, before any text.
    let mut is_html = None;
    for token in Tokens::new(bytes).take(64) {
        match token {
            Token::Word("fromhtml", Some(1)) => is_html = Some(true),
            Token::Word("fromtext", _) => is_html = Some(false),
            _ => {}
        }
    }
    let Some(is_html) = is_html else { return Ok(None) };
    let mut unmade = Unmade { text: String::new() };
    Machine::new(&mut unmade).read(bytes, budget)?;
    Ok(Some(if is_html { Original::Html(unmade.text) } else { Original::Text(unmade.text) }))
}

/// Gives the pictures and objects of RTF.
///
/// # Errors
/// [`Reason::TooDeep`] or [`Reason::TooLarge`]; what `sink` says.
pub(crate) fn children(
    bytes: &[u8],
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), Reason> {
    Machine::new(&mut Parts { sink }).read(bytes, budget)
}

/// Writes the text of a document.
struct Reader<'t> {
    text: &'t mut Text,
    /// Whether a paragraph has begun.
    within: bool,
    /// What follows the paragraph.
    beside: Vec<String>,
    title: Option<String>,
    created: Option<i64>,
    saved: Option<i64>,
}

impl Output for Reader<'_> {
    const ORIGINAL: bool = false;

    fn text(&mut self, text: &str, budget: &mut Budget) -> Result<(), Reason> {
        self.within = true;
        self.text.push(text, budget)
    }

    fn line(&mut self, _budget: &mut Budget) -> Result<(), Reason> {
        self.text.end_line();
        Ok(())
    }

    fn block(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        self.text.end_block();
        self.within = false;
        for beside in std::mem::take(&mut self.beside) {
            self.text.push_block(&beside, budget)?;
        }
        Ok(())
    }

    fn beside(&mut self, text: String, budget: &mut Budget) -> Result<(), Reason> {
        if self.within {
            self.beside.push(text);
            return Ok(());
        }
        self.text.push_block(&text, budget)
    }

    fn title(&mut self, title: &str) {
        self.title.get_or_insert_with(|| title.trim_ascii().to_owned());
    }

    fn time(&mut self, saved: bool, [year, month, day, hour, minute, second]: [i32; 6]) {
        // The document does not say in which zone: it is read as UTC.
        let seconds = date::of_civil([year, month, day, hour, minute, second].map(i64::from));
        let time = if saved { &mut self.saved } else { &mut self.created };
        *time = time.or(seconds);
    }
}

/// Writes the original from which RTF was made.
struct Unmade {
    text: String,
}

impl Output for Unmade {
    const ORIGINAL: bool = true;

    fn text(&mut self, text: &str, budget: &mut Budget) -> Result<(), Reason> {
        budget.take_bytes(text.len())?;
        self.text.push_str(text);
        Ok(())
    }

    fn line(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        self.text("\r\n", budget)
    }

    fn block(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        self.text("\r\n", budget)
    }

    fn beside(&mut self, _text: String, _budget: &mut Budget) -> Result<(), Reason> {
        Ok(())
    }
}

/// Gives pictures and objects.
struct Parts<'s> {
    sink: &'s mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
}

impl Output for Parts<'_> {
    const ORIGINAL: bool = false;

    fn text(&mut self, _text: &str, _budget: &mut Budget) -> Result<(), Reason> {
        Ok(())
    }

    fn line(&mut self, _budget: &mut Budget) -> Result<(), Reason> {
        Ok(())
    }

    fn block(&mut self, _budget: &mut Budget) -> Result<(), Reason> {
        Ok(())
    }

    fn beside(&mut self, _text: String, _budget: &mut Budget) -> Result<(), Reason> {
        Ok(())
    }

    fn wants_data(&self) -> bool {
        true
    }

    fn data(&mut self, is_object: bool, bytes: Vec<u8>, budget: &mut Budget) -> Result<(), Reason> {
        budget.take_entries(1)?;
        let (name, bytes, detail) = if is_object {
            match object::embedded(&bytes) {
                Some(embedded) => (embedded.name, Ok(embedded.bytes), String::new()),
                None => (
                    Vec::new(),
                    Err(Reason::NotOpened),
                    "an embedded or linked object of OLE".to_owned(),
                ),
            }
        } else {
            (Vec::new(), Ok(bytes), String::new())
        };
        (self.sink)(Child { name, modified: None, bytes, detail }, budget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rtf: &str) -> String {
        let content = read_item(rtf.as_bytes(), &mut Budget::new()).unwrap();
        content.text.as_str().replace(Text::BLOCK, "|").replace('\n', "/")
    }

    #[test]
    fn characters() {
        let fonts = "{\\rtf1\\ansi\\ansicpg1250\\deff0{\\fonttbl{\\f0\\fcharset0 A;}{\\f1\\fcharset204 B;}{\\f2\\fcharset128 C;}{\\f3 D;}}";
        let rtf = format!("{fonts}caf\\'e9 {{\\f1 \\'e4\\'e0}} {{\\f2 \\'8c_}}\\f3\\'b3}}");
        assert_eq!(text(&rtf), "café да 契ł|");
        assert_eq!(
            text(
                "{\\rtf1 Z\\u246?r \\uc0 na\\u239ve \\uc2\\u26085\\'93\\'fax \\uc1\\u-10179?\\u-8704?}"
            ),
            "Zör naïve 日x 😀|"
        );
        assert_eq!(
            text("{\\rtf1 a\\~b\\_c\\-d\\emdash e\\{\\u8220\\'93q\\u-10179?}"),
            "a\u{a0}b\u{2011}c\u{ad}d—e{“q\u{fffd}|"
        );
        assert_eq!(text("{\\rtf1\\pc \\'82}"), "é|");
    }

    #[test]
    fn places() {
        assert_eq!(
            text("{\\rtf1 on{\\b e}{\\footnote note\\par two} more\\par next\\line x\\cell y}"),
            "one more|note|two|next/x|y|"
        );
        assert_eq!(
            text(
                "{\\rtf1{\\header head}{\\*\\unknown no}{\\stylesheet no;}{\\v yes}{\\pict 00}{\\*\\shpinst no{\\sp{\\sn wzName}{\\sv alt}}{\\sp{\\sn x}{\\sv no}}{\\shptxt box}}}"
            ),
            "head|yes|alt|box|"
        );
        assert_eq!(
            text("{\\rtf1{\\upr{no}{\\*\\ud yes}}{\\object no{\\*\\objdata 00}{\\result res}}}"),
            "yesres|"
        );
        assert_eq!(
            text(
                "{\\rtf1{\\field{\\*\\fldinst{ HYPERLINK \"http://x\"}}{\\fldrslt link}}{\\field{\\*\\fldinst PAGE}{\\fldrslt 1}}}"
            ),
            " HYPERLINK \"http://x\"|link1|"
        );
        assert_eq!(text("{\\rtf1 a\\bin3 }}}b"), "ab|");
    }

    #[test]
    fn properties() {
        let rtf = b"{\\rtf1{\\info{\\title T}{\\creatim\\yr2019\\mo5\\dy14\\hr7\\min30}}x}";
        let content = read_item(rtf, &mut Budget::new()).unwrap();
        assert_eq!(content.meta.subject.as_deref(), Some("T"));
        assert_eq!(
            content.meta.date,
            Some(Dated { seconds: 1_557_819_000, source: DateSource::Property })
        );
    }

    #[test]
    fn originals() {
        let rtf = b"{\\rtf1\\ansi\\ansicpg1251\\fromhtml1\\deff0{\\fonttbl{\\f0 A;}}{\\*\\htmltag64 <p>}\\htmlrtf \\par no\\htmlrtf0 \\'c4\\'e0{\\*\\mhtmltag no}{\\*\\htmltag84 &lt;}\\htmlrtf <\\htmlrtf0\\par{\\*\\htmltag72 </p>}}";
        let original = original(rtf, &mut Budget::new()).unwrap();
        assert_eq!(original, Some(Original::Html("<p>Да&lt;\r\n</p>\r\n".to_owned())));
        assert_eq!(text(std::str::from_utf8(rtf).unwrap()), "Да<|");
        assert_eq!(text("{\\rtf1\\ansi\\fromtext a\\par\nb}"), "a/b|");
    }

    #[test]
    fn parts() {
        let mut found = Vec::new();
        let rtf = b"{\\rtf1{\\*\\shppict{\\pict{\\*\\picprop x}\\pngblip 8950\n4e47}}{\\nonshppict{\\pict 00}}{\\object{\\*\\objdata 01}}}";
        children(rtf, &mut Budget::new(), &mut |child, _| {
            found.push(child.bytes);
            Ok(())
        })
        .unwrap();
        assert_eq!(found, [Ok(b"\x89PNG".to_vec()), Err(Reason::NotOpened)]);
    }

    #[test]
    fn depth_is_bounded() {
        let deep = [b"{\\rtf1".to_vec(), vec![b'{'; 1 << 20]].concat();
        assert_eq!(read_item(&deep, &mut Budget::new()), Err(Reason::TooDeep));
    }
}
