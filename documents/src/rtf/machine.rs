//! What the tokens of RTF do: groups, fonts, code pages, and where text goes.

use std::collections::BTreeMap;

use super::destination::{self, Beside, Destination};
use super::token::{Token, Tokens, digit};
use crate::{Budget, Reason, encoding};

/// How deep groups may stand inside groups.
const DEPTH: usize = 4096;

/// What a machine gives. Text comes piece by piece; what stands beside a paragraph
/// comes whole, when it ends.
pub(super) trait Output {
    /// Whether the RTF is read as what HTML or text was made into: then only the text of
    /// the original is given, its markup included.
    const ORIGINAL: bool;

    /// Text of the main story.
    fn text(&mut self, text: &str, budget: &mut Budget) -> Result<(), Reason>;
    /// The end of a line in the main story.
    fn line(&mut self, budget: &mut Budget) -> Result<(), Reason>;
    /// The end of a paragraph, cell or page in the main story.
    fn block(&mut self, budget: &mut Budget) -> Result<(), Reason>;
    /// Text beside the main story. Blocks in it end in [`crate::Text::BLOCK`].
    fn beside(&mut self, text: String, budget: &mut Budget) -> Result<(), Reason>;
    /// The title.
    fn title(&mut self, _title: &str) {}
    /// When the document was made, or saved: year, month, day, hour, minute, second.
    fn time(&mut self, _saved: bool, _time: [i32; 6]) {}
    /// Whether pictures and objects are wanted.
    fn wants_data(&self) -> bool {
        false
    }
    /// The bytes of a picture, or of an object.
    fn data(&mut self, _object: bool, _bytes: Vec<u8>, _budget: &mut Budget) -> Result<(), Reason> {
        Ok(())
    }
}

/// Where the text of a group goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goes {
    /// To the innermost buffer, or to the main story.
    Text,
    Nowhere,
    /// Nowhere, but groups inside may go elsewhere.
    Held,
    Fonts,
    Name,
    Data,
    Time,
}

/// What ends with a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Nothing,
    Buffer(Beside),
    Data { object: bool },
    Time { saved: bool },
}

/// What a group has of its own.
#[derive(Clone, Copy, Debug)]
struct Group {
    goes: Goes,
    /// Where text goes around the container in which this group stands.
    outside: Goes,
    ends: Ends,
    font: Option<i32>,
    /// The font of text from right to left.
    rtl_font: Option<i32>,
    rtl: bool,
    /// How many characters follow `\u` for readers without Unicode.
    fallback: u32,
    /// Whether text is what RTF made of HTML, and no text of the HTML.
    htmlrtf: bool,
}

/// Reads RTF into an output.
pub(super) struct Machine<'o, O> {
    output: &'o mut O,
    group: Group,
    groups: Vec<Group>,
    /// Text beside the main story that has begun and not ended.
    buffers: Vec<String>,
    /// Bytes of text that are not decoded yet, and their code page.
    pending: Vec<u8>,
    pending_page: u16,
    /// The first half of a character that `\u` writes in two.
    high: Option<u16>,
    /// How many characters to skip after `\u`.
    skip: u32,
    /// Whether `\*` came last.
    starred: bool,
    /// The code page of the document, and of each font that has its own.
    page: u16,
    fonts: BTreeMap<i32, u16>,
    default_font: Option<i32>,
    /// The font that the table is at.
    entry: i32,
    property: String,
    time: [i32; 6],
    /// The data of a picture or object: its bytes, and the first digit of the next.
    data: Vec<u8>,
    nibble: Option<u8>,
}

impl<'o, O: Output> Machine<'o, O> {
    pub(super) fn new(output: &'o mut O) -> Self {
        let group = Group {
            goes: Goes::Text,
            outside: Goes::Text,
            ends: Ends::Nothing,
            font: None,
            rtl_font: None,
            rtl: false,
            fallback: 1,
            htmlrtf: false,
        };
        Self {
            output,
            group,
            groups: Vec::new(),
            buffers: Vec::new(),
            pending: Vec::new(),
            pending_page: 0,
            high: None,
            skip: 0,
            starred: false,
            page: 1252,
            fonts: BTreeMap::new(),
            default_font: None,
            entry: 0,
            property: String::new(),
            time: [0; 6],
            data: Vec::new(),
            nibble: None,
        }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`Reason::TooDeep`] if groups stand too deep inside each other,
    /// [`Reason::TooLarge`] if the budget does not allow it.
    pub(super) fn read(mut self, rtf: &[u8], budget: &mut Budget) -> Result<(), Reason> {
        for token in Tokens::new(rtf) {
            budget.take_work(1)?;
            let starred = std::mem::take(&mut self.starred);
            match token {
                Token::Open => {
                    self.skip = 0;
                    if self.groups.len() >= DEPTH {
                        return Err(Reason::TooDeep);
                    }
                    self.groups.push(self.group);
                    self.group.ends = Ends::Nothing;
                }
                Token::Close => {
                    self.skip = 0;
                    self.close(budget)?;
                }
                Token::Text(bytes) => self.bytes(bytes, budget)?,
                Token::Hex(byte) => self.bytes(&[byte], budget)?,
                Token::Binary(bytes) => self.binary(bytes, budget)?,
                Token::Symbol(symbol) => self.symbol(symbol, budget)?,
                Token::Word(word, number) => self.word(word, number, starred, budget)?,
            }
        }
        // Groups that the end of the file ends.
        while !self.groups.is_empty() {
            self.close(budget)?;
        }
        self.flush(budget)?;
        self.output.block(budget)
    }

    fn close(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        let ends = self.group.ends;
        if ends != Ends::Nothing {
            self.flush(budget)?;
        }
        match ends {
            Ends::Nothing => {}
            Ends::Buffer(kind) => {
                let text = self.buffers.pop().unwrap_or_default();
                match kind {
                    Beside::Field if !is_link(&text) => {}
                    Beside::Title => {
                        self.output.title(&text);
                        self.output.beside(text, budget)?;
                    }
                    _ => self.output.beside(text, budget)?,
                }
            }
            Ends::Data { object } => {
                let data = std::mem::take(&mut self.data);
                self.nibble = None;
                if !data.is_empty() {
                    self.output.data(object, data, budget)?;
                }
            }
            Ends::Time { saved } => self.output.time(saved, self.time),
        }
        if let Some(group) = self.groups.pop() {
            self.group = group;
        }
        Ok(())
    }

    fn reads_text(&self) -> bool {
        self.group.goes == Goes::Text && !(O::ORIGINAL && self.group.htmlrtf)
    }

    /// The code page of the font that is selected.
    fn current_page(&self) -> u16 {
        let font =
            if self.group.rtl { self.group.rtl_font.or(self.group.font) } else { self.group.font };
        let page = font.or(self.default_font).and_then(|font| self.fonts.get(&font));
        page.copied().unwrap_or(self.page)
    }

    fn bytes(&mut self, bytes: &[u8], budget: &mut Budget) -> Result<(), Reason> {
        let skipped = bytes.len().min(self.skip as usize);
        self.skip = self.skip.saturating_sub(u32::try_from(skipped).unwrap_or(u32::MAX));
        let bytes = bytes.get(skipped..).unwrap_or_default();
        match self.group.goes {
            Goes::Text if self.reads_text() && !bytes.is_empty() => {
                let page = self.current_page();
                if page != self.pending_page || self.high.is_some() {
                    self.flush(budget)?;
                    self.pending_page = page;
                }
                self.pending.extend_from_slice(bytes);
            }
            Goes::Name if self.property.len() < 64 => {
                self.property.extend(bytes.iter().take(64).map(|&byte| char::from(byte)));
            }
            Goes::Data => {
                for digit in bytes.iter().filter_map(|&byte| digit(byte)) {
                    match self.nibble.take() {
                        None => self.nibble = Some(digit),
                        Some(high) => {
                            budget.take_bytes(1)?;
                            self.data.push(high << 4 | digit);
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn binary(&mut self, bytes: &[u8], budget: &mut Budget) -> Result<(), Reason> {
        if self.group.goes == Goes::Data {
            budget.take_bytes(bytes.len())?;
            self.data.extend_from_slice(bytes);
        }
        self.skip = self.skip.saturating_sub(1);
        Ok(())
    }

    /// Decodes the bytes that wait, and gives half a character that stayed alone.
    fn flush(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        if self.high.take().is_some() {
            self.put("\u{fffd}", budget)?;
        }
        if self.pending.is_empty() {
            return Ok(());
        }
        let text =
            encoding::decode_code_page(&std::mem::take(&mut self.pending), self.pending_page);
        let control = |char: char| {
            if char.is_ascii_control() || matches!(char, '\u{80}'..='\u{9f}') { ' ' } else { char }
        };
        self.put(&text.chars().map(control).collect::<String>(), budget)
    }

    fn put(&mut self, text: &str, budget: &mut Budget) -> Result<(), Reason> {
        match self.buffers.last_mut() {
            Some(buffer) => {
                budget.take_bytes(text.len())?;
                buffer.push_str(text);
                Ok(())
            }
            None => self.output.text(text, budget),
        }
    }

    /// A character that no code page gives. It may stand for a fallback.
    fn char(&mut self, char: char, budget: &mut Budget) -> Result<(), Reason> {
        if self.skip > 0 {
            self.skip -= 1;
            return Ok(());
        }
        if !self.reads_text() {
            return Ok(());
        }
        self.flush(budget)?;
        self.put(char.encode_utf8(&mut [0; 4]), budget)
    }

    fn end(&mut self, block: bool, budget: &mut Budget) -> Result<(), Reason> {
        if !self.reads_text() {
            return Ok(());
        }
        self.flush(budget)?;
        match self.buffers.last_mut() {
            Some(buffer) => {
                if !buffer.ends_with(['\n', crate::Text::BLOCK]) {
                    buffer.push(if block { crate::Text::BLOCK } else { '\n' });
                }
                Ok(())
            }
            None if block => self.output.block(budget),
            None => self.output.line(budget),
        }
    }

    fn symbol(&mut self, symbol: u8, budget: &mut Budget) -> Result<(), Reason> {
        match symbol {
            b'*' => self.starred = true,
            b'~' => self.char('\u{a0}', budget)?,
            b'-' => self.char('\u{ad}', budget)?,
            b'_' => self.char('\u{2011}', budget)?,
            b'\\' | b'{' | b'}' => self.bytes(&[symbol], budget)?,
            b'\r' | b'\n' => self.end(true, budget)?,
            _ => {}
        }
        Ok(())
    }

    /// `\u`: a unit of UTF-16.
    fn unicode(&mut self, number: i32, budget: &mut Budget) -> Result<(), Reason> {
        // Units above 0x7FFF are written as negative numbers, and by some as they are.
        let unit = u16::try_from(number & 0xffff).unwrap_or(0);
        let skip = self.group.fallback;
        self.skip = 0;
        if self.reads_text() {
            let decoded = match (self.high.take(), unit) {
                (Some(high), 0xdc00..=0xdfff) => char::decode_utf16([high, unit]).next(),
                (lost, _) => {
                    if lost.is_some() {
                        self.put("\u{fffd}", budget)?;
                    }
                    char::decode_utf16([unit]).next()
                }
            };
            match decoded {
                Some(Ok(char)) if !char.is_ascii_control() => self.char(char, budget)?,
                Some(Err(_)) if matches!(unit, 0xd800..=0xdbff) => {
                    self.flush(budget)?;
                    self.high = Some(unit);
                }
                Some(Err(_)) => self.char('\u{fffd}', budget)?,
                _ => self.char(' ', budget)?,
            }
        }
        self.skip = skip;
        Ok(())
    }

    fn word(
        &mut self,
        word: &str,
        number: Option<i32>,
        starred: bool,
        budget: &mut Budget,
    ) -> Result<(), Reason> {
        if let Some(char) = destination::character(word) {
            return self.char(char, budget);
        }
        if let Some(number) = number
            && word == "u"
        {
            return self.unicode(number, budget);
        }
        self.skip = 0;
        if self.group.goes == Goes::Nowhere {
            return Ok(());
        }
        if self.group.goes == Goes::Fonts {
            self.font_word(word, number, budget)?;
            return Ok(());
        }
        if let Some(destination) = destination::of(word) {
            return self.enter(destination, budget);
        }
        if starred {
            self.group.goes = Goes::Nowhere;
            return Ok(());
        }
        match word {
            "par" | "sect" | "page" | "cell" | "nestcell" | "row" | "nestrow" | "column"
            | "sbkpage" => self.end(true, budget)?,
            "line" | "lbr" | "softline" => self.end(false, budget)?,
            "f" => self.group.font = number,
            "af" => self.group.rtl_font = number,
            "rtlch" => self.group.rtl = true,
            "ltrch" => self.group.rtl = false,
            "plain" => (self.group.font, self.group.rtl_font, self.group.rtl) = (None, None, false),
            "deff" => self.default_font = number,
            "uc" => self.group.fallback = u32::try_from(number.unwrap_or(1)).unwrap_or(0),
            "ansicpg" => {
                if let Some(page) =
                    number.and_then(|page| u16::try_from(page).ok()).filter(|&page| page > 0)
                {
                    self.page = page;
                }
            }
            "mac" => self.page = 10000,
            "pc" => self.page = 437,
            "pca" => self.page = 850,
            "htmlrtf" => {
                // Text before is decided by what stood before.
                self.flush(budget)?;
                self.group.htmlrtf = number != Some(0);
            }
            _ if self.group.goes == Goes::Time => self.time_word(word, number.unwrap_or(0)),
            _ => {}
        }
        Ok(())
    }

    fn time_word(&mut self, word: &str, number: i32) {
        let place = ["yr", "mo", "dy", "hr", "min", "sec"].iter().position(|part| *part == word);
        if let Some(part) = place.and_then(|place| self.time.get_mut(place)) {
            *part = number;
        }
    }

    fn font_word(
        &mut self,
        word: &str,
        number: Option<i32>,
        budget: &mut Budget,
    ) -> Result<(), Reason> {
        let Some(number) = number else { return Ok(()) };
        let page = match word {
            "f" => {
                self.entry = number;
                return Ok(());
            }
            "fcharset" => destination::page_of_charset(number),
            "cpg" => u16::try_from(number).ok().filter(|&page| page > 0),
            _ => return Ok(()),
        };
        if let Some(page) = page {
            budget.take_entries(1)?;
            self.fonts.insert(self.entry, page);
        }
        Ok(())
    }

    /// A control word that says what its group is.
    fn enter(&mut self, destination: Destination, budget: &mut Budget) -> Result<(), Reason> {
        let group = &mut self.group;
        if group.goes == Goes::Text {
            group.outside = Goes::Text;
        }
        let begins = match destination {
            Destination::Skip => Goes::Nowhere,
            Destination::Fonts => Goes::Fonts,
            Destination::HtmlTag if O::ORIGINAL => Goes::Text,
            // Of an original, nothing but its text and its markup is read.
            _ if O::ORIGINAL => Goes::Nowhere,
            Destination::HtmlTag => Goes::Nowhere,
            Destination::Container => Goes::Held,
            Destination::Outside => group.outside,
            Destination::Here => group.goes,
            Destination::PropertyName => {
                self.property.clear();
                Goes::Name
            }
            Destination::PropertyValue if !destination::is_read(self.property.trim_ascii()) => {
                Goes::Nowhere
            }
            Destination::PropertyValue => return self.open_buffer(Beside::Plain, budget),
            Destination::Beside(kind) => return self.open_buffer(kind, budget),
            Destination::Created | Destination::Saved => {
                self.time = [0; 6];
                group.ends = Ends::Time { saved: destination == Destination::Saved };
                Goes::Time
            }
            Destination::Picture | Destination::Object if !self.output.wants_data() => {
                Goes::Nowhere
            }
            Destination::Picture | Destination::Object => {
                self.data.clear();
                group.ends = Ends::Data { object: destination == Destination::Object };
                Goes::Data
            }
        };
        group.goes = begins;
        Ok(())
    }

    /// Begins text beside the main story, once in a group.
    fn open_buffer(&mut self, kind: Beside, budget: &mut Budget) -> Result<(), Reason> {
        if self.group.ends == Ends::Nothing {
            self.flush(budget)?;
            self.buffers.push(String::new());
            self.group.ends = Ends::Buffer(kind);
        }
        self.group.goes = Goes::Text;
        self.group.outside = Goes::Text;
        Ok(())
    }
}

/// Whether the instruction of a field is the target of a link.
fn is_link(instruction: &str) -> bool {
    instruction
        .trim_ascii_start()
        .get(..9)
        .is_some_and(|word| word.eq_ignore_ascii_case("HYPERLINK"))
}
