//! CCITT compression: ITU-T T.4 (Group 3) and T.6 (Group 4), and the Modified
//! Huffman of TIFF.
//!
//! A line is kept as the places where its colour changes, beginning with the
//! first black pixel. Lines must come out exactly as wide as the picture: what a
//! bad telephone line has damaged is refused, not guessed.
#![deny(clippy::arithmetic_side_effects)]

use super::fax_codes::{BLACK, LONGEST, Runs, WHITE};
use crate::corpus::views::UnreadableReason;

/// How lines are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Runs alone; every line begins at a multiple of this number of bits.
    Aligned(usize),
    /// Group 3 of one dimension.
    Group3,
    /// Group 3 of two: a bit after each end of line says how the next is coded.
    Group3Mixed,
    /// Group 4.
    Group4,
}

/// Decodes `rows` lines of `width` pixels, each a whole number of bytes, black
/// as 1.
pub(super) fn decode(
    data: &[u8],
    scheme: Scheme,
    width: usize,
    rows: usize,
) -> Result<Vec<u8>, UnreadableReason> {
    let line_bytes = width.div_ceil(8);
    let mut out = vec![0; line_bytes.saturating_mul(rows)];
    let mut bits = Bits { data, at: 0 };
    let mut line = Line { width, changes: Vec::new() };
    let mut reference = Line { width, changes: Vec::new() };
    for out in out.chunks_exact_mut(line_bytes.max(1)) {
        std::mem::swap(&mut line, &mut reference);
        line.changes.clear();
        let two_dimensions = match scheme {
            Scheme::Aligned(_) => false,
            Scheme::Group3 => {
                bits.end_of_line()?;
                false
            }
            Scheme::Group3Mixed => {
                if !bits.end_of_line()? {
                    return Err(UnreadableReason::Corrupt);
                }
                bits.take(1)? == 0
            }
            Scheme::Group4 => true,
        };
        if two_dimensions {
            line.read_against(&reference, &mut bits)?;
        } else {
            line.read_runs(&mut bits)?;
        }
        line.paint(out);
        if let Scheme::Aligned(unit) = scheme {
            bits.at = bits.at.next_multiple_of(unit.max(1));
        }
    }
    Ok(out)
}

struct Bits<'a> {
    data: &'a [u8],
    /// In bits.
    at: usize,
}

impl Bits<'_> {
    /// The next bits, up to 16; zeros after the end.
    fn peek(&self, count: u32) -> u32 {
        let rest = self.data.get(self.at >> 3..).unwrap_or_default();
        let byte = |i: usize| u32::from(rest.get(i).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        let above = word.wrapping_shl((self.at & 7) as u32) & 0xff_ffff;
        above.checked_shr(24_u32.saturating_sub(count)).unwrap_or(0)
    }

    fn skip(&mut self, count: u32) -> Result<(), UnreadableReason> {
        self.at = self.at.saturating_add(count as usize);
        if self.at > self.data.len().saturating_mul(8) {
            return Err(UnreadableReason::Corrupt);
        }
        Ok(())
    }

    fn take(&mut self, count: u32) -> Result<u32, UnreadableReason> {
        let value = self.peek(count);
        self.skip(count)?;
        Ok(value)
    }

    /// Passes over one end of line, with any zeros before it, if it comes next.
    fn end_of_line(&mut self) -> Result<bool, UnreadableReason> {
        if self.peek(11) != 0 {
            return Ok(false);
        }
        while self.peek(1) == 0 {
            self.skip(1)?;
        }
        self.skip(1)?;
        Ok(true)
    }

    /// One run of any length.
    fn run(&mut self, table: &Runs) -> Result<usize, UnreadableReason> {
        let mut sum = 0_usize;
        loop {
            let next = self.peek(LONGEST) as usize;
            let (run, length) = table.get(next).copied().unwrap_or((0, 0));
            if length == 0 {
                return Err(UnreadableReason::Corrupt);
            }
            self.skip(length.into())?;
            sum = sum.saturating_add(usize::from(run));
            if run < 64 {
                return Ok(sum);
            }
        }
    }
}

/// A coded line, by the places of its changes. White comes first, so those at
/// even indices are from white to black.
struct Line {
    width: usize,
    changes: Vec<usize>,
}

impl Line {
    /// Adds a change of colour. Two at one place are none.
    fn change(&mut self, at: usize) {
        if self.changes.last() == Some(&at) {
            self.changes.pop();
        } else {
            self.changes.push(at);
        }
    }

    fn read_runs(&mut self, bits: &mut Bits) -> Result<(), UnreadableReason> {
        let mut at = 0_usize;
        let mut black = false;
        while at < self.width {
            let run = bits.run(if black { &BLACK } else { &WHITE })?;
            at = at.saturating_add(run);
            if at > self.width {
                return Err(UnreadableReason::Corrupt);
            }
            self.change(at);
            black = !black;
        }
        Ok(())
    }

    fn read_against(&mut self, reference: &Self, bits: &mut Bits) -> Result<(), UnreadableReason> {
        // `at` is a0; at the start of a line it stands before the first pixel.
        let mut at = 0_usize;
        let mut begun = false;
        let mut black = false;
        // The first change of the reference that may be b1.
        let mut near = 0_usize;
        while at < self.width {
            // Changes only move right, so none before `near` counts again; one
            // step back is enough for the other parity.
            near = near.saturating_sub(2);
            while (reference.changes.get(near)).is_some_and(|&b| b < at || (begun && b == at)) {
                near = near.saturating_add(1);
            }
            if (near & 1 == 1) != black {
                near = near.saturating_add(1);
            }
            let b = |i: usize| reference.changes.get(i).copied().unwrap_or(self.width);
            let b1 = b(near);
            let after = |offset: usize| b1.saturating_add(offset);
            let before = |offset: usize| b1.checked_sub(offset).ok_or(UnreadableReason::Corrupt);
            let next = bits.peek(7);
            let a1 = match next {
                _ if next >> 6 == 1 => (1, b1),
                _ if next >> 4 == 0b011 => (3, after(1)),
                _ if next >> 4 == 0b010 => (3, before(1)?),
                _ if next >> 4 == 0b001 => {
                    bits.skip(3)?;
                    let (first, second) = if black { (&BLACK, &WHITE) } else { (&WHITE, &BLACK) };
                    let a1 = at.saturating_add(bits.run(first)?);
                    let a2 = a1.saturating_add(bits.run(second)?);
                    if a2 > self.width {
                        return Err(UnreadableReason::Corrupt);
                    }
                    self.change(a1);
                    self.change(a2);
                    at = a2;
                    begun = true;
                    continue;
                }
                _ if next >> 3 == 0b0001 => {
                    bits.skip(4)?;
                    at = b(near.saturating_add(1));
                    begun = true;
                    continue;
                }
                _ if next >> 1 == 0b00_0011 => (6, after(2)),
                _ if next >> 1 == 0b00_0010 => (6, before(2)?),
                0b000_0011 => (7, after(3)),
                0b000_0010 => (7, before(3)?),
                // The extensions: uncompressed stretches are the only known one.
                0b000_0001 => return Err(UnreadableReason::Unsupported),
                _ => return Err(UnreadableReason::Corrupt),
            };
            let (length, a1) = a1;
            if a1 < at || a1 > self.width {
                return Err(UnreadableReason::Corrupt);
            }
            bits.skip(length)?;
            self.change(a1);
            at = a1;
            begun = true;
            black = !black;
        }
        Ok(())
    }

    fn paint(&self, out: &mut [u8]) {
        let pairs = self.changes.chunks(2);
        for pair in pairs {
            let start = pair.first().copied().unwrap_or(self.width);
            let end = pair.get(1).copied().unwrap_or(self.width);
            fill(out, start, end.min(self.width));
        }
    }
}

/// Sets the bits from `start` up to `end`.
fn fill(out: &mut [u8], start: usize, end: usize) {
    let (first, last) = (start >> 3, end >> 3);
    let head = 0xff_u8 >> (start & 7);
    let tail = !(0xff_u8 >> (end & 7));
    if first == last {
        if let Some(byte) = out.get_mut(first) {
            *byte |= head & tail;
        }
        return;
    }
    if let Some(byte) = out.get_mut(first) {
        *byte |= head;
    }
    if let Some(bytes) = out.get_mut(first.saturating_add(1)..last) {
        bytes.fill(0xff);
    }
    if let Some(byte) = out.get_mut(last) {
        *byte |= tail;
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a panic is a failed test")]
mod tests {
    use super::*;

    /// Bits as text, to bytes.
    fn data(bits: &str) -> Vec<u8> {
        let bits: Vec<char> = bits.chars().filter(|bit| *bit != ' ').collect();
        let byte =
            |bits: &[char]| (0..8).fold(0, |sum, i| sum << 1 | u8::from(bits.get(i) == Some(&'1')));
        bits.chunks(8).map(byte).collect()
    }

    const EOL: &str = "000000000001";

    #[test]
    fn lines_of_runs_are_read() {
        // 4 white, 3 black, 9 white; then all black.
        let lines = ["1011 10 10100", "00110101 0000010111"];
        let expected = vec![0b0000_1110, 0, 0xff, 0xff];
        let ended = format!("{EOL}{}{EOL}{}{EOL}", lines[0], lines[1]);
        let filled = format!("{EOL}{}0000{EOL}{}00{EOL}", lines[0], lines[1]);
        let bare = lines.concat();
        for bits in [ended, filled, bare] {
            assert_eq!(decode(&data(&bits), Scheme::Group3, 16, 2), Ok(expected.clone()), "{bits}");
        }
        let aligned = format!("{}00000 {}", lines[0], lines[1]);
        assert_eq!(decode(&data(&aligned), Scheme::Aligned(8), 16, 2), Ok(expected.clone()));
        assert_eq!(decode(&data(&aligned), Scheme::Aligned(16), 16, 2), Ok(expected));
    }

    #[test]
    fn what_is_too_short_or_too_long_is_damaged() {
        let corrupt = Err(UnreadableReason::Corrupt);
        for bits in ["1011 10", "1011 10 10101 1011", "0000000000001", ""] {
            for scheme in [Scheme::Group3, Scheme::Aligned(8), Scheme::Group3Mixed] {
                assert_eq!(decode(&data(bits), scheme, 16, 1), corrupt, "{bits} {scheme:?}");
            }
        }
        for bits in ["", "001 1011 10", "0000000", "001 00110101 0000010111 1"] {
            assert_eq!(decode(&data(bits), Scheme::Group4, 15, 1), corrupt, "{bits}");
        }
    }

    #[test]
    fn uncompressed_stretches_are_not_known() {
        let result = decode(&data("0000001111"), Scheme::Group4, 16, 1);
        assert_eq!(result, Err(UnreadableReason::Unsupported));
    }

    #[test]
    fn every_prefix_and_every_byte_has_an_answer() {
        for first in 0..=255 {
            for second in 0..=255 {
                for scheme in [Scheme::Group3, Scheme::Group3Mixed, Scheme::Group4] {
                    let _ = decode(&[first, second, first, 0x5a], scheme, 9, 3);
                }
            }
        }
    }
}
