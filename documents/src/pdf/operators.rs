//! The operators of content that matter for its text.

use std::rc::Rc;

use super::content::{IDENTITY, Matrix, Running, STATES, multiply};
use super::layout::{Run, Space, sixty_fourths};
use super::object::Object;
use super::strings::text_string;
use crate::Reason;

/// Most bytes of a string that are laid out as one run.
const RUN: usize = 1 << 15;

impl<'s> Running<'_, '_, '_, '_, '_, 's> {
    pub(super) fn operator(&mut self, operator: &[u8], operands: &[Object]) -> Result<(), Reason> {
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
                let replaced = self.marks.pop().unwrap_or(false);
                if replaced {
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
}
