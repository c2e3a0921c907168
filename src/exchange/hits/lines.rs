//! Which lines of a list an item meets.

use candor_documents::Record;
use candor_documents::filter::{Layout, Truth};
use candor_documents::query::{Options, Query, Reading, Wide};

use crate::corpus::document;
use crate::corpus::views::ViewId;
use crate::exchange::formats::search::{Search, SearchError};

/// Lines as they are asked of a view.
pub(in crate::exchange) struct Lines {
    layout: Layout,
    /// Whether a top item is read with its family.
    family: bool,
    options: Options,
    lines: Vec<(Query, Wide)>,
}

/// A set of lines by number from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::exchange) struct Set(Vec<u64>);

/// Which lines an item meets, each in one of three ways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::exchange) struct Met {
    /// Its text holds the line.
    pub(in crate::exchange) held: Set,
    /// It holds what the filter asks for, and not the line: reading settles it.
    pub(in crate::exchange) settled: Set,
    /// It lacks what the filter asks for, and is found by chance.
    pub(in crate::exchange) chance: Set,
}

impl Lines {
    /// The lines of a search.
    ///
    /// # Errors
    /// If the view holds no terms, or nothing of a line can be asked of it.
    pub(in crate::exchange) fn of(search: &Search, view: &ViewId) -> Result<Self, SearchError> {
        let (layout, wide) = search.wide(view)?;
        let lines = search.queries()?.into_iter().zip(wide).collect();
        let family = view.is_of_families();
        Ok(Self { layout, family, options: search.options(layout), lines })
    }

    /// Their number.
    pub(in crate::exchange) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Something of each line's wide form.
    pub(in crate::exchange) fn map_wide<T>(&self, of: impl Fn(&Wide, Layout) -> T) -> Vec<T> {
        self.lines.iter().map(|(_, wide)| of(wide, self.layout)).collect()
    }

    /// Which lines an item meets whose view is `shown`.
    pub(in crate::exchange) fn met(
        &self,
        item: &document::Reading,
        record: &Record,
        shown: &[u8],
    ) -> Met {
        let wide: Vec<usize> = (0..)
            .zip(&self.lines)
            .filter(|(_, (_, wide))| wide.holds(self.layout, shown))
            .map(|(line, _)| line)
            .collect();
        if wide.is_empty() {
            return Met::default();
        }
        let judged = |met: &mut Met| {
            let (content, facts) = item.searched(record, self.family).ok()?;
            let reading = Reading::of(&content, &facts).ok()?;
            let mut truth: Option<Truth> = None;
            for &line in &wide {
                let (query, asked) = self.lines.get(line)?;
                if reading.holds(query, &self.options) {
                    met.held.add(line);
                    continue;
                }
                let truth = match &mut truth {
                    Some(truth) => truth,
                    none => none.insert(Truth::of(&content, &facts, self.layout.wanted()).ok()?),
                };
                let asked_for = asked.is_true(truth);
                if asked_for { &mut met.settled } else { &mut met.chance }.add(line);
            }
            Some(())
        };
        let mut met = Met::default();
        if judged(&mut met).is_none() {
            // The view was made of this text, so it can be read; if not, nothing is held.
            met = Met::default();
            wide.into_iter().for_each(|line| met.settled.add(line));
        }
        met
    }
}

impl Set {
    pub(in crate::exchange) fn add(&mut self, line: usize) {
        let word = line / 64;
        if self.0.len() <= word {
            self.0.resize(word.saturating_add(1), 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (line % 64);
        }
    }

    pub(in crate::exchange) fn join(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own |= other);
    }

    pub(in crate::exchange) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(in crate::exchange) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// The lines in order.
    pub(in crate::exchange) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..).zip(&self.0).flat_map(|(at, word): (usize, &u64)| {
            (0..64)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| at.saturating_mul(64) + bit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_was_added() {
        let (mut one, mut other) = (Set::default(), Set::default());
        [3, 64, 999].into_iter().for_each(|line| one.add(line));
        other.add(5);
        other.join(&one);
        assert_eq!(other.iter().collect::<Vec<_>>(), [3, 5, 64, 999]);
        assert_eq!((one.len(), one.is_empty(), Set::default().is_empty()), (3, false, true));
    }
}
