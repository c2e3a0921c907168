//! Leaf by leaf through the bundle, with what its lists say of each.
//!
//! Every check reads the lists anew, since they may be too long to keep. What a
//! check finds counts only if it read the same bytes as the first check did.

use super::{Leaves, Parsed};
use crate::exchange::error::{ExchangeError, Stop};
use crate::exchange::formats::bag::{Bag, Entries};
use crate::exchange::formats::bundle::{
    self, Entry, Opening, OutsideLine, Substitute, UnreadableLine, Withheld,
};
use crate::exchange::formats::leaves::Record;
use crate::exchange::formats::sealed::{Reading, Seal};

/// Which lists a check looks at, beside the leaves.
#[derive(Clone, Copy, Default)]
pub(super) struct Lists {
    pub(super) openings: bool,
    pub(super) outside: bool,
    pub(super) substitutes: bool,
    pub(super) unreadable: bool,
    pub(super) withheld: bool,
}

/// A leaf, with its entries in the lists that were asked for.
pub(super) struct Row {
    pub(super) leaf: u64,
    pub(super) record: Record,
    pub(super) opening: Option<Opening>,
    pub(super) outside: Option<OutsideLine>,
    pub(super) substitute: Option<Substitute>,
    pub(super) unreadable: Option<UnreadableLine>,
    pub(super) withheld: Option<Withheld>,
}

impl Parsed<'_> {
    /// Visits every leaf in order. Whatever comes of it, a file that is not as
    /// it was read first makes it an error.
    pub(super) fn each(
        &self,
        lists: Lists,
        mut visit: impl FnMut(Row) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut pass = self.open(lists)?;
        let outcome = loop {
            match pass.next() {
                Ok(Some(row)) => match visit(row) {
                    Ok(()) => {}
                    Err(stop) => break Err(stop),
                },
                Ok(None) => break Ok(()),
                Err(stop) => break Err(stop),
            }
        };
        if_unchanged(outcome, pass.readings(self))
    }

    fn open(&self, lists: Lists) -> Result<Pass, Stop> {
        Ok(Pass {
            leaves: again(self.bag, bundle::LEAVES, self.leaves())?,
            openings: self.entries(bundle::OPENINGS, lists.openings)?,
            outside: self.entries(bundle::OUTSIDE, lists.outside)?,
            substitutes: self.entries(bundle::SUBSTITUTE_LIST, lists.substitutes)?,
            unreadable: self.entries(bundle::UNREADABLE, lists.unreadable)?,
            withheld: self.entries(bundle::WITHHELD, lists.withheld)?,
        })
    }

    fn entries<T: Entry>(
        &self,
        name: &'static str,
        asked: bool,
    ) -> Result<Option<Entries<T>>, Stop> {
        let entries = || again(self.bag, name, self.bag.entries(name, self.info.documents));
        asked.then(entries).transpose()
    }
}

/// What came of readings, a failure too, if they found what was found first.
pub(super) fn if_unchanged<T>(
    outcome: Result<T, Stop>,
    readings: impl IntoIterator<Item = (Reading, Seal)>,
) -> Result<T, Stop> {
    if matches!(outcome, Err(Stop::Undecided(_))) {
        return outcome;
    }
    for (reading, seal) in readings {
        reading.expect(seal)?;
    }
    outcome
}

/// What could be opened before can be opened again, or it has changed.
pub(super) fn again<T>(bag: &Bag, name: &str, opened: Result<T, Stop>) -> Result<T, Stop> {
    opened.map_err(|stop| match stop {
        Stop::Failed(_) => ExchangeError::Changed(bag.path(name)).into(),
        Stop::Undecided(error) => error.into(),
    })
}

struct Pass {
    leaves: Leaves,
    openings: Option<Entries<Opening>>,
    outside: Option<Entries<OutsideLine>>,
    substitutes: Option<Entries<Substitute>>,
    unreadable: Option<Entries<UnreadableLine>>,
    withheld: Option<Entries<Withheld>>,
}

impl Pass {
    fn next(&mut self) -> Result<Option<Row>, Stop> {
        let Some(record) = self.leaves.next() else { return Ok(None) };
        let (leaf, record) = record?;
        let opening = of_leaf(&mut self.openings, leaf)?;
        let outside = of_leaf(&mut self.outside, leaf)?;
        let substitute = of_leaf(&mut self.substitutes, leaf)?;
        let unreadable = of_leaf(&mut self.unreadable, leaf)?;
        let withheld = of_leaf(&mut self.withheld, leaf)?;
        Ok(Some(Row { leaf, record, opening, outside, substitute, unreadable, withheld }))
    }

    fn readings(self, parsed: &Parsed<'_>) -> impl Iterator<Item = (Reading, Seal)> {
        let first = &parsed.first;
        let lists = [
            self.openings.map(|entries| (entries.into_reading(), first.openings)),
            self.outside.map(|entries| (entries.into_reading(), first.outside)),
            self.substitutes.map(|entries| (entries.into_reading(), first.substitutes)),
            self.unreadable.map(|entries| (entries.into_reading(), first.unreadable)),
            self.withheld.map(|entries| (entries.into_reading(), first.withheld)),
        ];
        let leaves = (self.leaves.into_reading(), first.leaves);
        [Some(leaves)].into_iter().chain(lists).flatten()
    }
}

fn of_leaf<T: Entry>(entries: &mut Option<Entries<T>>, leaf: u64) -> Result<Option<T>, Stop> {
    match entries {
        Some(entries) => entries.of_leaf(leaf),
        None => Ok(None),
    }
}
