//! Which lines of a search the disclosed documents meet: told in the report, and no part
//! of any check.

use std::path::Path;

use candor_documents::query::Wide;

use crate::exchange::error::{ExchangeError, Stop};
use crate::exchange::folder::write_list;
use crate::exchange::formats::bundle::Opening;
use crate::exchange::formats::request::{Question, Request};
use crate::exchange::formats::text::Name;
use crate::exchange::hits::{LineHits, Lines, Met, Tally, is_beyond_chance};
use crate::exchange::report::{SearchLine, SearchReport};
use crate::field;

/// A disclosed document, with the numbers of the lines that it meets, from 1.
pub(super) struct ItemHits {
    leaf: u64,
    path: Name,
    held: Vec<usize>,
    wide_only: Vec<usize>,
}

/// Writes which document meets which lines, as CSV.
///
/// # Errors
/// If it cannot be written.
pub(super) fn write(items: &[ItemHits], path: &Path) -> Result<(), ExchangeError> {
    let numbers = |lines: &[usize]| {
        let numbers = lines.iter().map(|line| line.saturating_add(1).to_string());
        numbers.collect::<Vec<_>>().join(" ")
    };
    let row = |item: &ItemHits| {
        let ItemHits { leaf, path, held, wide_only } = item;
        [leaf.to_string(), path.to_string(), numbers(held), numbers(wide_only)]
    };
    write_list(path, ["leaf", "path", "held", "wide only"], items.iter().map(row)).map(drop)
}

/// What is counted of a search while released files are checked.
pub(super) struct Searched<'a> {
    lines: Lines,
    texts: &'a [String],
    tally: Tally<[u8; field::SCALAR_BYTES]>,
    disclosed: u64,
    /// Each document, if a list of them is wanted.
    items: Option<Vec<ItemHits>>,
}

impl<'a> Searched<'a> {
    /// Nothing for a request that asks a model.
    pub(super) fn of(request: &'a Request, list: bool) -> Result<Option<Self>, Stop> {
        let Question::Search(search) = &request.question else { return Ok(None) };
        let lines = Lines::of(search, &request.view)
            .map_err(|error| ExchangeError::internal("reading the search", error))?;
        let tally = Tally::new(lines.len());
        let items = list.then(Vec::new);
        Ok(Some(Self { lines, texts: &search.lines, tally, disclosed: 0, items }))
    }

    /// The lines as they are asked.
    pub(super) const fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Counts a disclosed document.
    pub(super) fn add(&mut self, opening: &Opening, met: Option<&Met>) {
        self.disclosed = self.disclosed.saturating_add(1);
        self.tally.add(opening.family.map(|family| field::encode(&family.id.0)), met);
        let (Some(items), Some(met), Some(released)) = (&mut self.items, met, opening.released())
        else {
            return;
        };
        let mut wide_only: Vec<usize> = met.settled.iter().chain(met.chance.iter()).collect();
        wide_only.sort_unstable();
        items.push(ItemHits {
            leaf: opening.leaf,
            path: released.record.line.path.clone(),
            held: met.held.iter().collect(),
            wide_only,
        });
    }

    /// What was counted; of so many documents the decision is proved.
    pub(super) fn finish(self, proved: u64) -> (SearchReport, Option<Vec<ItemHits>>) {
        let Self { lines, texts, tally, disclosed, items } = self;
        let chances = lines.map_wide(Wide::chance_at_most);
        let (counted, all) = tally.finish((1..).zip(texts.iter().map(String::as_str)));
        let line = |(hits, chance): (LineHits, f64)| {
            let others = proved.saturating_sub(hits.held);
            let expected_chance_matches = others as f64 * chance;
            SearchLine {
                beyond_chance: is_beyond_chance(expected_chance_matches, hits.by_chance),
                expected_chance_matches,
                hits,
            }
        };
        let lines = counted.into_iter().zip(chances).map(line).collect();
        (SearchReport { disclosed, lines, all }, items)
    }
}
