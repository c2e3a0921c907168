//! Follows one scan of a frame, symbol by symbol.
#![deny(clippy::arithmetic_side_effects)]

use super::bits::Bits;
use super::huffman::{Broken, Table};
use super::segments::next_marker;

/// A component of the frame.
pub(super) struct Component {
    pub(super) id: u8,
    /// Blocks across and down of a scan of this component alone.
    pub(super) own: (usize, usize),
    /// The same as the decoder counts them.
    pub(super) counted: (usize, usize),
    /// Blocks across and down of one unit of a scan of several.
    pub(super) unit: (usize, usize),
    /// Blocks across with padding.
    pub(super) stride: usize,
    /// Which coefficients of each block are not zero so far (progressive only).
    pub(super) nonzero: Vec<u64>,
    /// Which coefficients have come with all their bits.
    pub(super) finished: u64,
}

/// What a scan header says.
pub(super) struct Scan<'t> {
    pub(super) progressive: bool,
    pub(super) first: u8,
    pub(super) last: u8,
    pub(super) refines: bool,
    /// The tables of each component, by their place in the scan.
    pub(super) tables: Vec<(Option<&'t Table>, Option<&'t Table>)>,
    pub(super) restart: usize,
    /// Units across and down.
    pub(super) units: (usize, usize),
}

/// Follows the data from `at` and says where they end.
pub(super) fn follow(
    bytes: &[u8],
    at: usize,
    scan: &Scan,
    components: &mut [&mut Component],
) -> Result<usize, Broken> {
    let mut bits = Bits::new(bytes, at);
    let mut run = 0_u32;
    let mut left = scan.restart;
    let mut expected = 0xd0_u8;
    let alone = components.len() == 1;
    for y in 0..scan.units.1 {
        for x in 0..scan.units.0 {
            if scan.restart > 0 {
                if left == 0 {
                    let marker = next_marker(bytes, bits.position()).ok_or(Broken::Missing)?;
                    if marker.code != expected {
                        return Err(Broken::Missing);
                    }
                    bits = Bits::new(bytes, marker.after);
                    run = 0;
                    left = scan.restart;
                    expected = 0xd0 | (expected.wrapping_add(1) & 7);
                }
                left = left.saturating_sub(1);
            }
            for (component, tables) in components.iter_mut().zip(&scan.tables) {
                let unit = if alone { (1, 1) } else { component.unit };
                for row in 0..unit.1 {
                    for column in 0..unit.0 {
                        let across = x.saturating_mul(unit.0).saturating_add(column);
                        let down = y.saturating_mul(unit.1).saturating_add(row);
                        let block = down.saturating_mul(component.stride).saturating_add(across);
                        let mut none = 0;
                        let nonzero = component.nonzero.get_mut(block).unwrap_or(&mut none);
                        follow_block(&mut bits, scan, *tables, nonzero, &mut run)?;
                    }
                }
            }
        }
    }
    Ok(bits.position())
}

fn follow_block(
    bits: &mut Bits,
    scan: &Scan,
    (dc, ac): (Option<&Table>, Option<&Table>),
    nonzero: &mut u64,
    run: &mut u32,
) -> Result<(), Broken> {
    if scan.first == 0 {
        if scan.refines {
            bits.skip(1)?;
        } else {
            let size = dc.ok_or(Broken::Code)?.symbol(bits)?;
            if size > 11 {
                return Err(Broken::Code);
            }
            bits.skip(size.into())?;
        }
    }
    let first = scan.first.max(1);
    if first > scan.last {
        return Ok(());
    }
    let ac = ac.ok_or(Broken::Code)?;
    if scan.refines {
        refine(bits, ac, (first, scan.last), nonzero, run)
    } else {
        first_pass(bits, ac, (first, scan.last), scan.progressive.then_some(nonzero), run)
    }
}

fn first_pass(
    bits: &mut Bits,
    table: &Table,
    (first, last): (u8, u8),
    mut nonzero: Option<&mut u64>,
    run: &mut u32,
) -> Result<(), Broken> {
    if *run > 0 {
        *run = run.saturating_sub(1);
        return Ok(());
    }
    let mut index = first;
    while index <= last {
        let symbol = table.symbol(bits)?;
        let (zeros, size) = (symbol >> 4, symbol & 15);
        if size == 0 {
            if zeros == 15 {
                index = index.saturating_add(16);
                continue;
            }
            *run = run_of(bits, zeros)?;
            break;
        }
        index = index.saturating_add(zeros);
        if index > last {
            break;
        }
        bits.skip(size.into())?;
        if let Some(nonzero) = &mut nonzero {
            **nonzero |= bit(index);
        }
        index = index.saturating_add(1);
    }
    Ok(())
}

/// Blocks after this one that end before they begin.
fn run_of(bits: &mut Bits, zeros: u8) -> Result<u32, Broken> {
    let base = 1_u32.wrapping_shl(zeros.into()).saturating_sub(1);
    Ok(base.saturating_add(bits.take(zeros.into())?))
}

fn bit(index: u8) -> u64 {
    1_u64.checked_shl(index.into()).unwrap_or(0)
}

fn refine(
    bits: &mut Bits,
    table: &Table,
    (first, last): (u8, u8),
    nonzero: &mut u64,
    run: &mut u32,
) -> Result<(), Broken> {
    if *run > 0 {
        *run = run.saturating_sub(1);
        pass_over(bits, (first, last), *nonzero, 64)?;
        return Ok(());
    }
    let mut index = first;
    while index <= last {
        let symbol = table.symbol(bits)?;
        let (zeros, size) = (symbol >> 4, symbol & 15);
        let mut skipped = zeros;
        match size {
            0 if zeros == 15 => {}
            0 => {
                *run = run_of(bits, zeros)?;
                skipped = 64;
            }
            1 => bits.skip(1)?,
            _ => return Err(Broken::Code),
        }
        index = pass_over(bits, (index, last), *nonzero, skipped)?;
        if size == 1 {
            *nonzero |= bit(index);
        }
        index = index.saturating_add(1);
    }
    Ok(())
}

/// Passes over a number of zero coefficients, reading a bit for each other one, and
/// gives the place of the zero after them.
fn pass_over(
    bits: &mut Bits,
    (first, last): (u8, u8),
    nonzero: u64,
    mut zeros: u8,
) -> Result<u8, Broken> {
    for index in first..=last {
        if nonzero & bit(index) == 0 {
            if zeros == 0 {
                return Ok(index);
            }
            zeros = zeros.saturating_sub(1);
        } else {
            bits.skip(1)?;
        }
    }
    Ok(last)
}
