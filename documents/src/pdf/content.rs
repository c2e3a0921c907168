//! What content shows: its text, in its order.
//!
//! Colours, clipping, layers and text modes make no difference: white text, invisible
//! text and layers that are off are read like any other. Pictures are not decoded,
//! paths and shadings not looked at.

use std::rc::Rc;

use super::file::File;
use super::font::{Fonts, TextFont};
use super::inline;
use super::layout::{Layout, Run, Space, sixty_fourths};
use super::object::{Dict, Item, Object, Parser};
use super::strings::text_string;
use crate::{Reason, Text};

/// How deep forms may draw forms.
const FORMS: usize = 28;
/// How deep graphics states may be saved.
const STATES: usize = 4096;
/// Most operands of an operator that are kept.
const OPERANDS: usize = 64;
/// Most bytes of a string that are laid out as one run.
const RUN: usize = 1 << 15;

/// Most pictures of a page that are kept.
const PICTURES: usize = 4096;

/// A matrix as PDF writes it.
pub(crate) type Matrix = [f64; 6];

pub(crate) const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// First `a`, then `b`.
pub(crate) fn multiply(a: Matrix, b: Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

#[derive(Clone)]
struct State<'s> {
    ctm: Matrix,
    spacing: f64,
    word_spacing: f64,
    stretch: f64,
    leading: f64,
    font: Option<Rc<TextFont<'s>>>,
    size: f64,
    rise: f64,
}

/// A picture that a page shows, for telling scans.
pub(crate) struct Picture {
    /// Null for a picture that stands in the content.
    pub(crate) object: Object,
    /// Maps the unit square to the page.
    pub(crate) matrix: Matrix,
}

/// Reads content.
pub(crate) struct Reader<'r, 'f, 'a, 'b, 's> {
    pub(crate) file: &'f File<'a, 'b>,
    pub(crate) fonts: &'r Fonts<'s>,
    pub(crate) text: &'r mut Text,
    pub(crate) layout: Layout,
    /// Pictures shown, in order.
    pub(crate) pictures: Vec<Picture>,
    /// Why some of the content was not read.
    pub(crate) trouble: Option<Reason>,
    /// The forms that are being drawn, by where their streams begin.
    open: Vec<usize>,
}

impl<'r, 'f, 'a, 'b, 's> Reader<'r, 'f, 'a, 'b, 's> {
    pub(crate) fn new(file: &'f File<'a, 'b>, fonts: &'r Fonts<'s>, text: &'r mut Text) -> Self {
        Self {
            file,
            fonts,
            text,
            layout: Layout::default(),
            pictures: Vec::new(),
            trouble: None,
            open: Vec::new(),
        }
    }

    /// Reads content from its beginning, and ends its last line.
    ///
    /// # Errors
    /// Only if the budget is spent.
    pub(crate) fn read(
        &mut self,
        content: &[u8],
        resources: &Dict,
        ctm: Matrix,
    ) -> Result<(), Reason> {
        let state = State {
            ctm,
            spacing: 0.0,
            word_spacing: 0.0,
            stretch: 1.0,
            leading: 0.0,
            font: None,
            size: 0.0,
            rise: 0.0,
        };
        self.run(content, resources, state)?;
        self.layout.end_line(self.file, self.text)
    }

    /// Reads a form as if content drew it.
    ///
    /// # Errors
    /// Only if the budget is spent.
    pub(crate) fn read_form(&mut self, form: &Object, resources: &Dict) -> Result<(), Reason> {
        let name: Rc<[u8]> = b"F".as_slice().into();
        let forms = Dict::from([(name, form.clone())]);
        let mut resources = resources.clone();
        resources.insert(b"XObject".as_slice().into(), Object::Dict(Rc::new(forms)));
        self.read(b"/F Do", &resources, IDENTITY)
    }

    fn note(&mut self, reason: Reason) {
        self.trouble.get_or_insert(reason);
    }

    fn run(&mut self, content: &[u8], resources: &Dict, state: State<'s>) -> Result<(), Reason> {
        self.file.work(content.len() / 8 + 1)?;
        let mut run = Running {
            reader: self,
            resources,
            state,
            saved: Vec::new(),
            line: IDENTITY,
            pen: IDENTITY,
            marks: Vec::new(),
        };
        let mut parser = Parser::content(content);
        let mut operands: Vec<Object> = Vec::new();
        loop {
            match parser.next() {
                Ok(Item::Value(value)) => {
                    if operands.len() < OPERANDS {
                        operands.push(value);
                    }
                }
                Ok(Item::Keyword(b"BI")) => {
                    inline::skip(&mut parser.lexer, content);
                    run.picture(Object::Null)?;
                    operands.clear();
                }
                Ok(Item::Keyword(operator)) => {
                    let values = parser.take_values();
                    run.reader.file.work(values + 4)?;
                    run.operator(operator, &operands)?;
                    operands.clear();
                }
                Ok(Item::End) => break,
                Err(reason) => {
                    run.reader.note(reason);
                    break;
                }
            }
        }
        let open = run.marks.iter().any(|actual| *actual);
        if open {
            self.layout.end_actual();
        }
        Ok(())
    }
}

/// Content while it is read.
struct Running<'x, 'r, 'f, 'a, 'b, 's> {
    reader: &'x mut Reader<'r, 'f, 'a, 'b, 's>,
    resources: &'x Dict,
    state: State<'s>,
    saved: Vec<State<'s>>,
    /// The text line matrix, and the text matrix.
    line: Matrix,
    pen: Matrix,
    /// For each open mark, whether it has a replacement.
    marks: Vec<bool>,
}

impl<'s> Running<'_, '_, '_, '_, '_, 's> {
    fn operator(&mut self, operator: &[u8], operands: &[Object]) -> Result<(), Reason> {
        // As other readers do: the operands that stand nearest to the operator.
        let number = |from_end: usize| {
            let at = operands.len().checked_sub(from_end)?;
            operands.get(at)?.as_number()
        };
        let all = |count: usize| (1..=count).rev().map(number).collect::<Option<Vec<f64>>>();
        let matrix = || <Matrix>::try_from(all(6)?).ok();
        match operator {
            b"q" if self.saved.len() < STATES => self.saved.push(self.state.clone()),
            b"Q" => {
                if let Some(state) = self.saved.pop() {
                    self.state = state;
                }
            }
            b"cm" => {
                if let Some(matrix) = matrix() {
                    self.state.ctm = multiply(matrix, self.state.ctm);
                }
            }
            b"BT" => self.set_line(IDENTITY),
            b"Tc" => self.state.spacing = number(1).unwrap_or(0.0),
            b"Tw" => self.state.word_spacing = number(1).unwrap_or(0.0),
            b"Tz" => self.state.stretch = number(1).unwrap_or(100.0) / 100.0,
            b"TL" => self.state.leading = number(1).unwrap_or(0.0),
            b"Ts" => self.state.rise = number(1).unwrap_or(0.0),
            b"Tf" => {
                self.state.size = number(1).unwrap_or(0.0);
                if let Some(name) = operands.iter().rev().find_map(Object::as_name) {
                    let fonts = self.reader.file.entry(self.resources, b"Font");
                    let entry = fonts.as_dict().and_then(|fonts| fonts.get(name)).cloned();
                    self.set_font(&entry.unwrap_or_default())?;
                }
            }
            b"gs" => self.graphics_state(operands)?,
            b"Td" | b"TD" => {
                if let (Some(x), Some(y)) = (number(2), number(1)) {
                    if operator == b"TD" {
                        self.state.leading = -y;
                    }
                    self.move_line(x, y);
                }
            }
            b"Tm" => {
                if let Some(matrix) = matrix() {
                    self.set_line(matrix);
                }
            }
            b"T*" => self.next_line(),
            b"Tj" => self.show_operand(operands)?,
            b"'" => {
                self.next_line();
                self.show_operand(operands)?;
            }
            b"\"" => {
                if let (Some(word), Some(char)) = (number(3), number(2)) {
                    self.state.word_spacing = word;
                    self.state.spacing = char;
                }
                self.next_line();
                self.show_operand(operands)?;
            }
            b"TJ" => {
                if let Some(array) = operands.last().and_then(Object::as_array) {
                    self.show_spread(&array.clone())?;
                }
            }
            b"Do" => {
                if let Some(name) = operands.last().and_then(Object::as_name) {
                    self.draw(name)?;
                }
            }
            b"BMC" => self.marks.push(false),
            b"BDC" => self.begin_mark(operands),
            b"EMC" => {
                if self.marks.pop() == Some(true) {
                    self.reader.layout.end_actual();
                }
            }
            _ => {}
        }
        if self.marks.len() > STATES {
            self.marks.clear();
        }
        Ok(())
    }

    fn set_line(&mut self, matrix: Matrix) {
        self.line = matrix;
        self.pen = matrix;
    }

    fn move_line(&mut self, x: f64, y: f64) {
        self.set_line(multiply([1.0, 0.0, 0.0, 1.0, x, y], self.line));
    }

    fn next_line(&mut self) {
        self.move_line(0.0, -self.state.leading);
    }

    fn set_font(&mut self, entry: &Object) -> Result<(), Reason> {
        self.state.font = Some(self.reader.fonts.get(self.reader.file, entry)?);
        Ok(())
    }

    /// A named graphics state may hold a font.
    fn graphics_state(&mut self, operands: &[Object]) -> Result<(), Reason> {
        let file = self.reader.file;
        let Some(name) = operands.last().and_then(Object::as_name) else { return Ok(()) };
        let states = file.entry(self.resources, b"ExtGState");
        let state = states.as_dict().map(|states| file.entry(states, name));
        let font = state.as_ref().and_then(Object::as_dict).map(|state| file.entry(state, b"Font"));
        if let Some([font, size]) =
            font.as_ref().and_then(Object::as_array).map(|font| font.as_slice())
        {
            self.state.size = file.resolve(size).as_number().unwrap_or(0.0);
            self.set_font(font)?;
        }
        Ok(())
    }

    fn show_operand(&mut self, operands: &[Object]) -> Result<(), Reason> {
        match operands.last().and_then(Object::as_string) {
            Some(string) => self.show(string, 0),
            None => Ok(()),
        }
    }

    /// Character spacing in 64ths of the size.
    fn spacing(&self) -> i64 {
        sixty_fourths(self.state.spacing / self.state.size).unwrap_or(0)
    }

    /// Shows strings with shifts between them.
    fn show_spread(&mut self, array: &[Object]) -> Result<(), Reason> {
        let spread = self.spread(array);
        for item in array {
            match item {
                Object::String(string) => self.show(string, spread)?,
                item => {
                    if let Some(shift) = item.as_number() {
                        let shift = -shift / 1000.0 * self.state.size;
                        self.advance(shift);
                    }
                }
            }
        }
        Ok(())
    }

    /// Letters one by one with much the same space between all of them are a spread
    /// word: that space, in 64ths of the size.
    fn spread(&self, array: &[Object]) -> i64 {
        let bytes =
            if self.state.font.as_ref().is_none_or(|font| font.is_simple()) { 1 } else { 2 };
        let mut least = i64::MAX;
        let mut gaps = 0;
        let mut before = false;
        for item in array {
            match item {
                Object::String(string) if string.len() == bytes => {
                    if before {
                        return 0;
                    }
                    before = true;
                }
                Object::String(string) if !string.is_empty() => return 0,
                item => {
                    let Some(shift) =
                        item.as_number().and_then(|shift| sixty_fourths(-shift / 1000.0))
                    else {
                        continue;
                    };
                    if before {
                        least = least.min(shift);
                        gaps += 1;
                    }
                    before = false;
                }
            }
        }
        if gaps >= 3 && (1..=26).contains(&least) { least } else { 0 }
    }

    /// Moves the pen along the line.
    fn advance(&mut self, by: f64) {
        let horizontal = self.state.font.as_ref().is_none_or(|font| font.horizontal);
        let shift = if horizontal { (by * self.state.stretch, 0.0) } else { (0.0, by) };
        self.pen = multiply([1.0, 0.0, 0.0, 1.0, shift.0, shift.1], self.pen);
    }

    /// Where the pen is on the page.
    fn position(&self) -> (f64, f64) {
        let place = multiply(
            [1.0, 0.0, 0.0, 1.0, 0.0, self.state.rise],
            multiply(self.pen, self.state.ctm),
        );
        (place[4], place[5])
    }

    /// Shows a string. `spread` is what each letter of a spread word is followed by, in
    /// 64ths of the size: it counts as spacing, not as a gap.
    fn show(&mut self, string: &[u8], spread: i64) -> Result<(), Reason> {
        if self.state.font.is_none() {
            self.set_font(&Object::Null)?;
        }
        let Some(font) = self.state.font.clone() else { return Ok(()) };
        let matrix = multiply(self.pen, self.state.ctm);
        let space = Space {
            matrix: [matrix[0], matrix[1], matrix[2], matrix[3]],
            size: if self.state.size == 0.0 { 1.0 } else { self.state.size },
            stretch: if self.state.stretch == 0.0 { 1.0 } else { self.state.stretch },
            horizontal: font.horizontal,
        };
        let mut at = 0;
        while at < string.len() {
            let start = self.position();
            let mut glyphs: Vec<Rc<str>> = Vec::new();
            let stop = at.saturating_add(RUN);
            while at < string.len() && at < stop {
                let (glyph, code, length) = font.read(string, at);
                at += length;
                let mut by = glyph.advance / 1000.0 * self.state.size + self.state.spacing;
                if code == 32 && length == 1 {
                    by += self.state.word_spacing;
                }
                self.advance(by);
                glyphs.push(glyph.text.unwrap_or_else(|| "\u{fffd}".into()));
            }
            self.reader.file.work(glyphs.len().saturating_mul(4) + 8)?;
            let pen = self.pen;
            self.advance(spread as f64 / 64.0 * self.state.size);
            let end = self.position();
            self.pen = pen;
            let run = Run { glyphs, start, end, space, spacing: self.spacing() + spread };
            self.reader.layout.push(self.reader.file, self.reader.text, run)?;
        }
        Ok(())
    }

    fn begin_mark(&mut self, operands: &[Object]) {
        let file = self.reader.file;
        let properties = match operands.last() {
            Some(Object::Name(name)) => {
                let all = file.entry(self.resources, b"Properties");
                all.as_dict().map_or(Object::Null, |all| file.entry(all, name))
            }
            Some(other) => other.clone(),
            None => Object::Null,
        };
        let actual = properties.as_dict().and_then(|properties| {
            let actual = file.entry(properties, b"ActualText");
            actual.as_string().map(text_string)
        });
        let outermost = !self.marks.iter().any(|actual| *actual);
        match actual.filter(|_| outermost) {
            Some(actual) => {
                self.reader.layout.begin_actual(&actual);
                self.marks.push(true);
            }
            None => self.marks.push(false),
        }
    }

    fn picture(&mut self, object: Object) -> Result<(), Reason> {
        self.reader.file.work(16)?;
        let picture = Picture { object, matrix: self.state.ctm };
        if self.reader.pictures.len() < PICTURES {
            self.reader.pictures.push(picture);
        }
        Ok(())
    }

    fn draw(&mut self, name: &[u8]) -> Result<(), Reason> {
        let file = self.reader.file;
        file.work(256)?;
        let objects = file.entry(self.resources, b"XObject");
        let object = objects.as_dict().map_or(Object::Null, |objects| file.entry(objects, name));
        let Some(stream) = object.as_stream() else { return Ok(()) };
        match file.entry(&stream.dict, b"Subtype").as_name() {
            Some(b"Image") => {
                return self.picture(object.clone());
            }
            Some(b"Form") | None => {}
            Some(_) => return Ok(()),
        }
        if self.reader.open.contains(&stream.start) {
            return Ok(());
        }
        if self.reader.open.len() >= FORMS {
            self.reader.note(Reason::TooDeep);
            return Ok(());
        }
        let content = match file.unpack(stream) {
            Ok(content) if content.left.is_none() => content.bytes,
            Ok(_) => {
                self.reader.note(Reason::Damaged);
                return Ok(());
            }
            Err(reason) => {
                file.stop_if_spent()?;
                self.reader.note(reason);
                return Ok(());
            }
        };
        let own = file.entry(&stream.dict, b"Resources");
        let resources = own.as_dict().map_or(self.resources, |own| own.as_ref());
        let mut state = self.state.clone();
        if let Some(matrix) = read_matrix(file, &file.entry(&stream.dict, b"Matrix")) {
            state.ctm = multiply(matrix, state.ctm);
        }
        self.reader.open.push(stream.start);
        let done = self.reader.run(&content, resources, state);
        self.reader.open.pop();
        done
    }
}

/// A matrix from an array.
pub(crate) fn read_matrix(file: &File<'_, '_>, array: &Object) -> Option<Matrix> {
    let numbers: Option<Vec<f64>> =
        array.as_array()?.iter().take(6).map(|number| file.resolve(number).as_number()).collect();
    Matrix::try_from(numbers?).ok()
}
