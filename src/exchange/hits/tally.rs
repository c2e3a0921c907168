//! Counts over items and their families.

use std::collections::BTreeMap;

use super::lines::{Met, Set};
use super::report::{AllHits, LineHits};

/// Counts of one line, or of all.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    held: u64,
    with_family: u64,
    alone: u64,
    settled: u64,
    chance: u64,
}

/// A family with its items so far and the lines that one of them holds.
#[derive(Debug, Default)]
struct Family {
    items: u64,
    held: Set,
}

/// Counts of every line. Takes some hundred bytes for each family of more than one item.
#[derive(Debug)]
pub(in crate::exchange) struct Tally<Id: Ord> {
    items: u64,
    lines: Vec<Counts>,
    all: Counts,
    families: BTreeMap<Id, Family>,
}

impl<Id: Ord> Tally<Id> {
    /// Of so many lines, none met yet.
    pub(in crate::exchange) fn new(lines: usize) -> Self {
        let lines = vec![Counts::default(); lines];
        Self { items: 0, lines, all: Counts::default(), families: BTreeMap::new() }
    }

    /// Counts an item; `family` is `None` if it is alone in its own, and `met` if it was
    /// not read.
    pub(in crate::exchange) fn add(&mut self, family: Option<Id>, met: Option<&Met>) {
        self.items = self.items.saturating_add(1);
        let none = Met::default();
        let met = met.unwrap_or(&none);
        for line in met.held.iter() {
            let Some(counts) = self.lines.get_mut(line) else { continue };
            counts.held = counts.held.saturating_add(1);
            counts.alone = counts.alone.saturating_add(u64::from(met.held.len() == 1));
        }
        for line in met.settled.iter() {
            let Some(counts) = self.lines.get_mut(line) else { continue };
            counts.settled = counts.settled.saturating_add(1);
        }
        for line in met.chance.iter() {
            let Some(counts) = self.lines.get_mut(line) else { continue };
            counts.chance = counts.chance.saturating_add(1);
        }
        let all = &mut self.all;
        match (met.held.is_empty(), met.settled.is_empty(), met.chance.is_empty()) {
            (false, ..) => all.held = all.held.saturating_add(1),
            (true, false, _) => all.settled = all.settled.saturating_add(1),
            (true, true, false) => all.chance = all.chance.saturating_add(1),
            (true, true, true) => {}
        }
        match family {
            None => self.with_family(1, &met.held),
            Some(id) => {
                let family = self.families.entry(id).or_default();
                family.items = family.items.saturating_add(1);
                family.held.join(&met.held);
            }
        }
    }

    fn with_family(&mut self, items: u64, held: &Set) {
        for line in held.iter() {
            let Some(counts) = self.lines.get_mut(line) else { continue };
            counts.with_family = counts.with_family.saturating_add(items);
        }
        if !held.is_empty() {
            self.all.with_family = self.all.with_family.saturating_add(items);
        }
    }

    /// What was counted, each line with its number in the list and its text.
    pub(in crate::exchange) fn finish<'a>(
        mut self,
        lines: impl Iterator<Item = (u64, &'a str)>,
    ) -> (Vec<LineHits>, AllHits) {
        for Family { items, held } in std::mem::take(&mut self.families).into_values() {
            self.with_family(items, &held);
        }
        let items = self.items.max(1) as f64;
        let line = |((line, search), counts): ((u64, &str), &Counts)| {
            let settled_away = counts.settled.saturating_add(counts.chance);
            LineHits {
                line,
                search: search.to_owned(),
                held: counts.held,
                with_family: counts.with_family,
                alone: counts.alone,
                wide: counts.held.saturating_add(settled_away),
                settled_away,
                by_chance: counts.chance,
                share: counts.held as f64 / items,
            }
        };
        let of_lines = lines.zip(&self.lines).map(line).collect();
        let Counts { held, with_family, settled, chance, .. } = self.all;
        let wide = held.saturating_add(settled).saturating_add(chance);
        (of_lines, AllHits { held, with_family, wide, settled_away: wide.saturating_sub(held) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(lines: &[usize]) -> Set {
        let mut set = Set::default();
        lines.iter().for_each(|line| set.add(*line));
        set
    }

    #[test]
    fn items_and_families_are_counted_once() {
        let mut tally = Tally::new(3);
        let met = |held: &[usize], settled: &[usize], chance: &[usize]| Met {
            held: set(held),
            settled: set(settled),
            chance: set(chance),
        };
        tally.add(Some(7), Some(&met(&[0], &[1], &[])));
        tally.add(Some(7), None);
        tally.add(Some(7), Some(&met(&[0, 1], &[], &[])));
        tally.add(None, Some(&met(&[1], &[], &[2])));
        tally.add(Some(8), Some(&met(&[], &[], &[2])));
        tally.add(None, Some(&met(&[], &[], &[])));
        let names = (1..).zip(["a", "b", "c"]);
        let (lines, all) = tally.finish(names);
        let counts = |line: &LineHits| {
            [line.held, line.with_family, line.alone, line.wide, line.settled_away, line.by_chance]
        };
        assert_eq!(counts(&lines[0]), [2, 3, 1, 2, 0, 0]);
        assert_eq!(counts(&lines[1]), [2, 4, 1, 3, 1, 0]);
        assert_eq!(counts(&lines[2]), [0, 0, 0, 2, 2, 2]);
        assert!((lines[0].share - 2.0 / 6.0).abs() < 1e-12);
        assert_eq!([all.held, all.with_family, all.wide, all.settled_away], [3, 4, 4, 1]);
    }
}
