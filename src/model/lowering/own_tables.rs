//! What tables of functions of one element take, and whether a longer one is worth its
//! entries.
//!
//! A function over an argument that may go far beyond its calibrated range needs a long
//! table, one entry for each level that the argument may have, or a second row for each
//! element: the first cuts the argument off, so that the table needs as many entries as a
//! tensor has levels. Entries are paid once a batch, rows for each document.

/// Entries that cost as much as a row: 4,080 take 12 ms and a row 5.7 µs (`docs/performance.md`).
/// Batches of several documents would bear more.
const ENTRIES_OF_A_ROW: i64 = 2;

/// Most entries that functions take beyond the shortest tables: three quarters of what the
/// greatest number of groups holds. Others come after.
const MOST_ENTRIES: i64 = 48 * 4080;

/// The tables of functions in one program.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnTables {
    /// Of each function, in the order of the model.
    wishes: Vec<Wish>,
    /// Entries that were granted.
    granted: i64,
}

/// What a function would like to have.
#[derive(Clone, Copy, Debug)]
struct Wish {
    /// Entries of a table over all that its argument may be.
    entries: i64,
    /// Elements of its result.
    rows: i64,
}

impl OwnTables {
    /// Whether a function of so many elements may have a table of so many entries, where
    /// one of `levels + 1` would do with a second row.
    pub(crate) fn allow(&self, entries: i64, rows: usize, levels: i64) -> bool {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let more = entries.saturating_sub(levels + 1);
        let pays = more <= rows.saturating_mul(ENTRIES_OF_A_ROW);
        more <= 0 || pays && self.granted.saturating_add(entries) <= MOST_ENTRIES
    }

    /// Takes note of the table that a function gets, and of the one that it would like.
    pub(crate) fn grant(&mut self, granted: i64, wish: i64, rows: usize) {
        self.granted = self.granted.saturating_add(granted);
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.wishes.push(Wish { entries: wish, rows });
    }

    /// Entries granted so far.
    pub(crate) const fn granted(&self) -> i64 {
        self.granted
    }

    /// The entries of all functions where tensors have `levels` instead of `own`: arguments
    /// count in levels, so tables grow with them until a second row is cheaper.
    pub(crate) fn foreseen(&self, own: i64, levels: i64) -> i64 {
        let mut foreseen = Self::default();
        for wish in &self.wishes {
            let entries = wish.entries.saturating_mul(levels) / own.max(1);
            let rows = usize::try_from(wish.rows).unwrap_or(usize::MAX);
            let granted = if foreseen.allow(entries, rows, levels) { entries } else { levels + 1 };
            foreseen.granted = foreseen.granted.saturating_add(granted);
        }
        foreseen.granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_tables_are_for_many_elements() {
        let tables = OwnTables::default();
        assert!(tables.allow(256, 1, 255), "as short as with two rows");
        assert!(!tables.allow(1256, 499, 255));
        assert!(tables.allow(1256, 500, 255));
        assert!(!tables.allow(MOST_ENTRIES + 1, usize::MAX, 255));
    }

    #[test]
    fn what_is_granted_grows_with_the_levels_up_to_a_second_row() {
        let mut tables = OwnTables::default();
        tables.grant(2550, 2550, 10_000);
        tables.grant(256, 2550, 100);
        assert_eq!(tables.granted(), 2806);
        assert_eq!(tables.foreseen(255, 255), 2806);
        assert_eq!(tables.foreseen(255, 510), 5100 + 511);
        for _ in 0..100 {
            tables.grant(2550, 2550, 10_000);
        }
        assert!(tables.foreseen(255, 510) <= MOST_ENTRIES + 102 * 511);
    }
}
