//! Which characters the codes of a font stand for, and how far they advance.
//!
//! hayro-font decides that: `ToUnicode`, the names of glyphs by the Adobe Glyph List,
//! predefined character maps. It never sees the file. It is given a small PDF of our
//! own with the one font, in which every number is checked and every stream is
//! unpacked; font programs are left out but where their own encoding is all there is.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use hayro_cmap::{BfString, CMapName, load_embedded};
use hayro_font::{CMapResolverFn, Font, FontCache, FontData, FontGlyph, FontResolverFn};
use hayro_syntax::Pdf;
use hayro_syntax::object::{Dict as FontDict, ObjectIdentifier};

use super::file::File;
use super::font_dict;
use super::object::{Dict, Object};
use crate::Reason;

/// Most different fonts of one document.
const FONTS: usize = 1 << 16;
/// Most bytes of text of one glyph: what no ligature reaches.
const GLYPH: usize = 1024;
/// Most memory that all fonts of a document may take, by our estimate.
const MEMORY: usize = 256 << 20;

/// Holds the small PDFs, which fonts borrow from.
pub(crate) struct Shelf {
    slots: Vec<OnceCell<Box<Pdf>>>,
    used: Cell<usize>,
}

impl Shelf {
    pub(crate) fn new() -> Self {
        Self { slots: (0..2 * FONTS).map(|_| OnceCell::new()).collect(), used: Cell::new(0) }
    }

    fn put(&self, pdf: Pdf) -> Option<&Pdf> {
        let slot = self.slots.get(self.used.get())?;
        self.used.set(self.used.get() + 1);
        Some(slot.get_or_init(|| Box::new(pdf)))
    }
}

/// The fonts of a document.
pub(crate) struct Fonts<'s> {
    shelf: &'s Shelf,
    by_reference: RefCell<BTreeMap<u32, Rc<TextFont<'s>>>>,
    /// Fonts by the small PDF that describes them, so that equal ones are read once.
    by_content: RefCell<BTreeMap<Vec<u8>, Rc<TextFont<'s>>>>,
    memory: Cell<usize>,
    resolver: FontResolverFn,
    cmaps: CMapResolverFn,
}

/// A font.
pub(crate) struct TextFont<'s> {
    /// What is asked, in this order.
    fonts: Vec<Font<'s>>,
    pub(crate) horizontal: bool,
    known: RefCell<BTreeMap<(u32, usize), Glyph>>,
}

/// What hayro gives, or nothing if it panics: the panic is its own, on data that are
/// bounded here.
fn guarded<T>(ask: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(ask)).ok()
}

/// What a code of a font stands for.
#[derive(Clone, Debug)]
pub(crate) struct Glyph {
    /// Its characters, if anything says which.
    pub(crate) text: Option<Rc<str>>,
    /// How far it advances along the line, in thousandths of the font's size.
    pub(crate) advance: f64,
}

impl<'s> Fonts<'s> {
    pub(crate) fn new(shelf: &'s Shelf) -> Self {
        let program: FontData = Arc::new(empty_program());
        Self {
            shelf,
            by_reference: RefCell::default(),
            by_content: RefCell::default(),
            memory: Cell::new(0),
            resolver: Arc::new(move |_| Some((program.clone(), 0))),
            cmaps: Arc::new(|name: CMapName<'_>| load_embedded(name)),
        }
    }

    /// The font of a dictionary entry; Helvetica if there is none.
    ///
    /// # Errors
    /// Only if a limit is passed.
    pub(crate) fn get(
        &self,
        file: &File<'_, '_>,
        entry: &Object,
    ) -> Result<Rc<TextFont<'s>>, Reason> {
        if let Object::Reference(number) = entry
            && let Some(font) = self.by_reference.borrow().get(number)
        {
            return Ok(font.clone());
        }
        let object = file.resolve(entry);
        let font = match object.as_dict() {
            Some(dict) => self.read(file, dict)?,
            None => self.read(file, &font_dict::helvetica())?,
        };
        if let Object::Reference(number) = entry {
            self.by_reference.borrow_mut().insert(*number, font.clone());
        }
        Ok(font)
    }

    fn read(&self, file: &File<'_, '_>, dict: &Dict) -> Result<Rc<TextFont<'s>>, Reason> {
        let plan = font_dict::plan(file, dict)?;
        let key = plan.first().map(|small| small.bytes.clone()).unwrap_or_default();
        if let Some(font) = self.by_content.borrow().get(&key) {
            return Ok(font.clone());
        }
        let mut fonts = Vec::new();
        for small in plan {
            file.work(1000 + small.bytes.len())?;
            self.memory.set(self.memory.get().saturating_add(small.memory));
            if self.memory.get() > MEMORY {
                return file.spend(|_| Err(Reason::TooLarge));
            }
            let Some(Ok(pdf)) = guarded(|| Pdf::new(small.bytes)) else { continue };
            let pdf = match self.shelf.put(pdf) {
                Some(pdf) => pdf,
                None => return file.spend(|_| Err(Reason::TooLarge)),
            };
            let Ok(number) = i32::try_from(small.font) else { continue };
            let font = guarded(|| {
                let dict = pdf.xref().get::<FontDict<'_>>(ObjectIdentifier::new(number as _, 0))?;
                FontCache::new().font(&dict, &self.resolver, &self.cmaps)
            });
            fonts.extend(font.flatten());
        }
        let font = Rc::new(TextFont {
            horizontal: fonts.first().is_none_or(Font::is_horizontal),
            fonts,
            known: RefCell::default(),
        });
        self.by_content.borrow_mut().insert(key, font.clone());
        Ok(font)
    }
}

impl TextFont<'_> {
    /// Whether every code is one byte.
    pub(crate) fn is_simple(&self) -> bool {
        self.read(&[0, 65], 0).2 == 1
    }

    /// Reads the code at `at`: its glyph, its value, and how many bytes it has, at
    /// least one.
    pub(crate) fn read(&self, bytes: &[u8], at: usize) -> (Glyph, u32, usize) {
        let Some(first) = self.fonts.first() else {
            return (Glyph { text: None, advance: 500.0 }, 0, 1);
        };
        if at >= bytes.len() {
            return (Glyph { text: None, advance: 0.0 }, 0, 1);
        }
        let (code, length) = guarded(|| first.read_code(bytes, at)).unwrap_or((0, 1));
        let length = length.max(1);
        if let Some(glyph) = self.known.borrow().get(&(code, length)) {
            return (glyph.clone(), code, length);
        }
        let unknown = Glyph { text: None, advance: 500.0 };
        let glyph = guarded(|| self.glyph(first, code)).unwrap_or(unknown);
        self.known.borrow_mut().insert((code, length), glyph.clone());
        (glyph, code, length)
    }

    fn glyph(&self, first: &Font<'_>, code: u32) -> Glyph {
        let advance = first.code_advance(code);
        let advance = if self.horizontal { advance.x } else { advance.y };
        let text = self.fonts.iter().find_map(|font| {
            let unicode = match font.glyph(hayro_font::GlyphId::NOTDEF, code) {
                FontGlyph::Outline(glyph) => glyph.as_unicode(),
                FontGlyph::Type3(glyph) => glyph.as_unicode(),
            }?;
            let text = match unicode {
                BfString::Char(char) => char.to_string(),
                BfString::String(string) => string,
            };
            let text = clean(&text);
            (!text.is_empty() && text.len() <= GLYPH).then_some(text)
        });
        Glyph { text: text.map(Rc::from), advance: if advance.is_finite() { advance } else { 0.0 } }
    }
}

/// Tabs and line ends become spaces. Other control characters stand for nothing that
/// anyone reads: a font that names them names no characters.
fn clean(text: &str) -> String {
    text.chars()
        .filter_map(|char| match char {
            '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some(' '),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => None,
            char => Some(char),
        })
        .collect()
}

/// A font program without glyphs, in place of fonts that are not there: only names
/// and widths are asked for.
fn empty_program() -> Vec<u8> {
    let head: [u16; 27] = [
        1, 0, 1, 0, 0, 0, 0x5f0f, 0x3cf5, 0, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0,
        0,
    ];
    let maxp: [u16; 3] = [0, 0x5000, 1];
    let mut out = Vec::new();
    let mut word = |word: u16| out.extend_from_slice(&word.to_be_bytes());
    for value in [1, 0, 2, 32, 1, 0] {
        word(value);
    }
    for value in [0x6865, 0x6164, 0, 0, 0, 44, 0, 54, 0x6d61, 0x7870, 0, 0, 0, 100, 0, 6] {
        word(value);
    }
    head.into_iter().chain([0]).chain(maxp).for_each(&mut word);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Budget;
    use crate::pdf::object::{Item, Parser};

    fn texts(font: &str, bytes: &[u8]) -> (String, f64) {
        let pdf = b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj 2 0 obj <</Kids[]>> endobj trailer <</Root 1 0 R>>";
        let budget = &mut Budget::new();
        let file = File::open(pdf, budget).unwrap();
        let shelf = Shelf::new();
        let fonts = Fonts::new(&shelf);
        let Item::Value(dict) = Parser::object(font.as_bytes(), 0, None).next().unwrap() else {
            panic!()
        };
        let font = fonts.get(&file, &dict).unwrap();
        let (mut at, mut text, mut advance) = (0, String::new(), 0.0);
        while at < bytes.len() {
            let (glyph, _, length) = font.read(bytes, at);
            text.push_str(glyph.text.as_deref().unwrap_or("?"));
            advance += glyph.advance;
            at += length;
        }
        (text, advance)
    }

    #[test]
    fn fonts_of_all_kinds() {
        let (text, advance) = texts(
            "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            b"A\x80 \xe9",
        );
        assert_eq!(text, "A\u{20ac} \u{e9}");
        assert!((advance - 667.0 - 556.0 - 278.0 - 556.0).abs() < 0.01);
        let (text, advance) = texts(
            "<</Subtype/TrueType/BaseFont/X/FirstChar 65/Widths[100 200]/LastChar 66>>",
            b"AB",
        );
        assert_eq!((text.as_str(), advance), ("AB", 300.0));
        let (text, _) = texts(
            "<</Subtype/Type3/Encoding<</Differences[1/zero/one/f_f_i/uni0416]>>/FontMatrix[0.01 0 0 0.01 0 0]>>",
            &[1, 2, 3, 4, 5],
        );
        assert_eq!(text, "01ffi\u{416}?");
        let (text, advance) = texts(
            "<</Subtype/Type0/BaseFont/X/Encoding/UniJIS-UTF16-H/DescendantFonts[<</Subtype/CIDFontType0/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>/W[0 4294967295 500]>>]>>",
            "日本".encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>().as_slice(),
        );
        assert_eq!((text.as_str(), advance), ("日本", 1000.0));
        assert_eq!(texts("null", b"ab").0, "ab");
        assert_eq!(texts("<</Subtype/Type0/Encoding/Nonsense>>", b"\0a\0b").0, "??");
    }
}
