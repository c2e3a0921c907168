//! Huffman tables, to follow a scan without decoding it.
#![deny(clippy::arithmetic_side_effects)]

use super::bits::{Bits, Missing};

/// Why a scan cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The data end too early.
    Missing,
    /// No symbol has this code.
    Code,
}

impl From<Missing> for Broken {
    fn from(_: Missing) -> Self {
        Self::Missing
    }
}

/// One table.
#[derive(Clone)]
pub(super) struct Table {
    symbols: Vec<u8>,
    /// By the first eight bits: a symbol and its length, 0 if it is longer.
    short: [(u8, u8); 256],
    /// By length: the first code after those of this length, with all 16 bits,
    /// and what leads from a code to its symbol's place.
    long: [(u32, i64); 17],
}

impl Table {
    /// From the number of codes of each length and their symbols; `None` if
    /// there is no such code.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table =
            Self { symbols: symbols.to_vec(), short: [(0, 0); 256], long: [(0, 0); 17] };
        let mut code = 0_u32;
        let mut place = 0_usize;
        for (&count, length) in counts.iter().zip(1_u32..) {
            let first = code;
            let offset = i64::try_from(place).ok()?.checked_sub(i64::from(first))?;
            for _ in 0..count {
                let symbol = *symbols.get(place)?;
                if let Some(spread) = 8_u32.checked_sub(length) {
                    let start = usize::try_from(code.checked_shl(spread)?).ok()?;
                    let end = start.checked_add(1_usize.checked_shl(spread)?)?;
                    table.short.get_mut(start..end)?.fill((symbol, u8::try_from(length).ok()?));
                }
                code = code.checked_add(1)?;
                place = place.checked_add(1)?;
            }
            (code <= 1_u32.checked_shl(length)?).then_some(())?;
            let end = code.checked_shl(16_u32.checked_sub(length)?)?;
            *table.long.get_mut(usize::try_from(length).ok()?)? = (end, offset);
            code = code.checked_mul(2)?;
        }
        Some(table)
    }

    /// The next symbol.
    pub(super) fn symbol(&self, bits: &mut Bits) -> Result<u8, Broken> {
        let next = bits.peek();
        let (symbol, length) = self.short.get((next >> 8) as usize).copied().unwrap_or_default();
        if length > 0 {
            bits.skip(length.into())?;
            return Ok(symbol);
        }
        for (&(end, offset), length) in self.long.iter().zip(0_u32..).skip(9) {
            if next < end {
                let code = i64::from(next >> 16_u32.saturating_sub(length));
                let place = usize::try_from(code.saturating_add(offset)).ok();
                let symbol = place.and_then(|place| self.symbols.get(place)).copied();
                bits.skip(length)?;
                return symbol.ok_or(Broken::Code);
            }
        }
        // Zeros after the end are no code of theirs either.
        match bits.skip(16) {
            Ok(()) => Err(Broken::Code),
            Err(Missing) => Err(Broken::Missing),
        }
    }
}
