//! Bits of entropy-coded data.
#![deny(clippy::arithmetic_side_effects)]

/// The data end before the picture does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missing;

/// Reads bits up to the next marker.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The bits that are loaded, from the highest.
    buffer: u32,
    loaded: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, buffer: 0, loaded: 0 }
    }

    /// The next 16 bits; zeros after the end.
    pub(super) fn peek(&mut self) -> u32 {
        while self.loaded < 16 {
            let (byte, length) = match self.bytes.get(self.at..) {
                Some([0xff, 0, ..]) => (0xff, 2),
                Some([0xff, ..] | []) | None => break,
                Some([byte, ..]) => (*byte, 1),
            };
            // Fewer than 16 are loaded, so the shift is above 8.
            let shift = 24_u32.saturating_sub(self.loaded);
            self.buffer |= u32::from(byte).wrapping_shl(shift);
            self.loaded = self.loaded.saturating_add(8);
            self.at = self.at.saturating_add(length);
        }
        self.buffer >> 16
    }

    /// Passes over up to 16 bits.
    pub(super) fn skip(&mut self, count: u32) -> Result<(), Missing> {
        if count > self.loaded {
            self.peek();
        }
        self.loaded = self.loaded.checked_sub(count).ok_or(Missing)?;
        self.buffer = self.buffer.checked_shl(count).unwrap_or(0);
        Ok(())
    }

    /// Up to 16 bits as a number.
    pub(super) fn take(&mut self, count: u32) -> Result<u32, Missing> {
        let value = self.peek().checked_shr(16_u32.saturating_sub(count)).unwrap_or(0);
        self.skip(count)?;
        Ok(value)
    }

    /// Where the first byte stands of which no bit was taken.
    pub(super) fn position(&self) -> usize {
        let mut at = self.at;
        for _ in 0..self.loaded >> 3 {
            let before = self.bytes.get(..at).unwrap_or_default();
            at = at.saturating_sub(if before.ends_with(&[0xff, 0]) { 2 } else { 1 });
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffing_is_left_out_and_markers_end_the_data() {
        let bytes = [0xff, 0x00, 0x12, 0x34, 0xff, 0x00, 0xff, 0xd0];
        let mut bits = Bits::new(&bytes, 0);
        assert_eq!(bits.peek(), 0xff12);
        assert_eq!(bits.position(), 0);
        assert_eq!(bits.take(4), Ok(0xf));
        assert_eq!(bits.position(), 2);
        assert_eq!(bits.take(16), Ok(0xf123));
        assert_eq!(bits.position(), 4);
        assert_eq!(bits.take(12), Ok(0x4ff));
        assert_eq!(bits.position(), 6);
        assert_eq!(bits.take(1), Err(Missing));
    }
}
