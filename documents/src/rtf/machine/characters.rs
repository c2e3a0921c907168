//! From bytes and numbers to characters, and to where text goes.

use super::{Goes, Machine, Output};
use crate::hex::digit;
use crate::{Budget, Reason, encoding};

impl<O: Output> Machine<'_, O> {
    pub(super) fn reads_text(&self) -> bool {
        self.group.goes == Goes::Text && !(O::ORIGINAL && self.group.htmlrtf)
    }

    /// The code page of the font that is selected.
    pub(super) fn current_page(&self) -> u16 {
        let font =
            if self.group.rtl { self.group.rtl_font.or(self.group.font) } else { self.group.font };
        let page = font.or(self.default_font).and_then(|font| self.fonts.get(&font));
        page.copied().unwrap_or(self.page)
    }

    pub(super) fn bytes(&mut self, bytes: &[u8], budget: &mut Budget) -> Result<(), Reason> {
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

    pub(super) fn binary(&mut self, bytes: &[u8], budget: &mut Budget) -> Result<(), Reason> {
        if self.group.goes == Goes::Data {
            budget.take_bytes(bytes.len())?;
            self.data.extend_from_slice(bytes);
        }
        self.skip = self.skip.saturating_sub(1);
        Ok(())
    }

    /// Decodes the bytes that wait, and gives half a character that stayed alone.
    pub(super) fn flush(&mut self, budget: &mut Budget) -> Result<(), Reason> {
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

    pub(super) fn put(&mut self, text: &str, budget: &mut Budget) -> Result<(), Reason> {
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
    pub(super) fn char(&mut self, char: char, budget: &mut Budget) -> Result<(), Reason> {
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

    pub(super) fn end(&mut self, block: bool, budget: &mut Budget) -> Result<(), Reason> {
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

    pub(super) fn symbol(&mut self, symbol: u8, budget: &mut Budget) -> Result<(), Reason> {
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
    pub(super) fn unicode(&mut self, number: i32, budget: &mut Budget) -> Result<(), Reason> {
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
}
