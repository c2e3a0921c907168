//! Sectors, and the chains that they form.

use super::{CUTOFF, END_OF_CHAIN, IN_HEADER, MAX_SECTOR, SHORT_SECTOR, SIGNATURE, u16_at, u32_at};
use crate::{Budget, Reason};

/// The sectors of a file.
#[derive(Clone, Debug)]
pub(super) struct Chains<'a> {
    bytes: &'a [u8],
    /// Bytes of a sector: 512 or 4,096.
    sector: usize,
    /// The sectors of the allocation table, in its order.
    table: Vec<u32>,
    /// The sectors of the allocation table of the short stream.
    short_table: Vec<u32>,
    /// The sectors of the short stream.
    short_stream: Vec<u32>,
}

impl<'a> Chains<'a> {
    /// Reads the header and the list of sectors of the allocation table.
    pub(super) fn open(bytes: &'a [u8], budget: &mut Budget) -> Result<Self, Reason> {
        if !bytes.starts_with(SIGNATURE) {
            return Err(Reason::Damaged);
        }
        let sector = match u16_at(bytes, 30) {
            Some(9) => 512,
            Some(12) => 4096,
            _ => return Err(Reason::Damaged),
        };
        let mut chains = Self {
            bytes,
            sector,
            table: Vec::new(),
            short_table: Vec::new(),
            short_stream: Vec::new(),
        };
        chains.read_table(budget)?;
        let first = chains.header(60)?;
        chains.short_table = chains.chain(first, budget)?;
        Ok(chains)
    }

    /// A number of the header.
    pub(super) fn header(&self, at: usize) -> Result<u32, Reason> {
        u32_at(self.bytes, at).ok_or(Reason::Damaged)
    }

    /// Says where the short stream begins.
    pub(super) fn set_short_stream(
        &mut self,
        first: u32,
        budget: &mut Budget,
    ) -> Result<(), Reason> {
        self.short_stream = self.chain(first, budget)?;
        Ok(())
    }

    /// Sectors that the file has, the last perhaps cut.
    fn sectors(&self) -> usize {
        self.bytes.len().saturating_sub(self.sector).div_ceil(self.sector)
    }

    fn read_table(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        for slot in 0..IN_HEADER {
            let sector = self.header(76 + 4 * slot)?;
            if sector <= MAX_SECTOR {
                self.table.push(sector);
            }
        }
        let most = self.sectors();
        let mut next = self.header(68)?;
        let mut lists = 0;
        while next <= MAX_SECTOR {
            // More lists than sectors: the chain runs in a circle.
            lists += 1;
            if lists > most {
                return Err(Reason::Damaged);
            }
            let list = self.sector_bytes(next).ok_or(Reason::Damaged)?;
            let slots = self.sector / 4 - 1;
            budget.take_work(slots as u64)?;
            for slot in 0..slots {
                match u32_at(list, 4 * slot) {
                    Some(sector) if sector <= MAX_SECTOR => self.table.push(sector),
                    _ => {}
                }
            }
            // A list that is filled up with zeroes names sector 0 again and again:
            // what lies beyond the file's sectors is never looked up.
            self.table.truncate(most);
            next = u32_at(list, 4 * slots).unwrap_or(END_OF_CHAIN);
        }
        Ok(())
    }

    /// The bytes of a sector: fewer than its size only at the end of the file.
    fn sector_bytes(&self, sector: u32) -> Option<&'a [u8]> {
        let start = usize::try_from(sector).ok()?.checked_add(1)?.checked_mul(self.sector)?;
        let end = start.checked_add(self.sector)?.min(self.bytes.len());
        self.bytes.get(start..end).filter(|bytes| !bytes.is_empty())
    }

    /// What follows a number in an allocation table that stands in these sectors.
    fn next_in(&self, table: &[u32], number: u32) -> Option<u32> {
        let slots = self.sector / 4;
        let number = usize::try_from(number).ok()?;
        let sector = *table.get(number / slots)?;
        u32_at(self.sector_bytes(sector)?, 4 * (number % slots))
    }

    /// The numbers of a chain, up to the first mark. A link to a sector that the
    /// table or the file does not have ends it, too: what is missing then shows
    /// where it is read.
    fn follow(
        &self,
        table: &[u32],
        first: u32,
        most: usize,
        budget: &mut Budget,
    ) -> Result<Vec<u32>, Reason> {
        let mut chain = Vec::new();
        let mut next = first;
        while next <= MAX_SECTOR {
            if chain.len() >= most {
                return Err(Reason::Damaged);
            }
            budget.take_work(1)?;
            chain.push(next);
            next = self.next_in(table, next).unwrap_or(END_OF_CHAIN);
        }
        Ok(chain)
    }

    /// The sectors of a chain.
    fn chain(&self, first: u32, budget: &mut Budget) -> Result<Vec<u32>, Reason> {
        self.follow(&self.table, first, self.sectors(), budget)
    }

    /// All bytes of a chain of sectors.
    pub(super) fn whole(&self, first: u32, budget: &mut Budget) -> Result<Vec<u8>, Reason> {
        let mut whole = Vec::new();
        for sector in self.chain(first, budget)? {
            let bytes = self.sector_bytes(sector).ok_or(Reason::Damaged)?;
            budget.take_bytes(bytes.len())?;
            whole.extend_from_slice(bytes);
        }
        Ok(whole)
    }

    /// The bytes of a stream.
    pub(super) fn stream(
        &self,
        first: u32,
        length: u64,
        budget: &mut Budget,
    ) -> Result<Vec<u8>, Reason> {
        let short = length < CUTOFF;
        let length = usize::try_from(length).map_err(|_| Reason::Damaged)?;
        let mut stream = Vec::new();
        let mut next = first;
        while stream.len() < length {
            let (piece, table) = if short {
                (self.short_sector(next), &self.short_table)
            } else {
                (self.sector_bytes(next), &self.table)
            };
            // A chain that runs in a circle ends with the stated length, which the
            // budget bounds.
            let piece = piece.filter(|_| next <= MAX_SECTOR).ok_or(Reason::Damaged)?;
            let piece = piece.get(..length - stream.len()).unwrap_or(piece);
            budget.take_bytes(piece.len())?;
            budget.take_work(1)?;
            stream.extend_from_slice(piece);
            next = self.next_in(table, next).unwrap_or(END_OF_CHAIN);
        }
        Ok(stream)
    }

    /// The bytes of a sector of the short stream.
    fn short_sector(&self, number: u32) -> Option<&'a [u8]> {
        let start = usize::try_from(number).ok()?.checked_mul(SHORT_SECTOR)?;
        let sector = self.sector_bytes(*self.short_stream.get(start / self.sector)?)?;
        let start = start % self.sector;
        let end = (start + SHORT_SECTOR).min(sector.len());
        sector.get(start..end).filter(|bytes| !bytes.is_empty())
    }
}
