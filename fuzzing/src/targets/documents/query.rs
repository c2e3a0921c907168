//! Searches: a line, then the text of an item.

use candor_documents::DateSource;
use candor_documents::filter::{Layout, Load};
use candor_documents::query::{Dialect, Options, Query, Reading};
use candor_documents::terms::ItemFacts;

use super::terms::content;
use crate::memory::bounded;
use crate::targets::split;

/// The first line is a search, in the dialect that the first byte chooses; the rest is
/// text. What is understood prints as a line that is understood as the same; an item
/// that holds it holds its wide form.
pub(crate) fn query(data: &[u8]) {
    let (dialect, data) = split(data);
    let end = data.iter().position(|&byte| byte == b'\n').unwrap_or(data.len());
    let (line, text) = data.split_at(end);
    let line = String::from_utf8_lossy(line);
    let named = usize::from(dialect).checked_sub(1).and_then(|at| Dialect::NAMED.get(at));
    let dialect = named.map_or(Dialect::Candor, |(_, dialect)| *dialect);
    let parsed = bounded(|| Query::parse(&line, dialect));
    let query = match parsed {
        Err(refusal) => {
            let _ = refusal.to_string();
            assert!(refusal.at.start <= refusal.at.end && refusal.at.end <= line.len());
            return;
        }
        Ok(query) => query,
    };
    let shown = query.to_string();
    let again = Query::parse(&shown, Dialect::Candor);
    assert_eq!(again.as_ref(), Ok(&query), "{line} is shown as {shown}");

    let (content, facts) = (content(text), ItemFacts::default());
    let Ok(reading) = Reading::of(&content, &facts) else { return };
    for layout in Layout::ALL {
        let sources = vec![DateSource::Header, DateSource::Property, DateSource::File];
        let options = Options { wanted: layout.wanted(), sources, ..Options::default() };
        let Ok(wide) = query.wide(&options) else { continue };
        let Ok(view) = layout.view(&content, &facts) else { continue };
        if reading.holds(&query, &options) {
            assert!(wide.holds(layout, &view), "{shown} holds, its wide form does not");
        }
        let load = Load { words: 2_000, pairs: 5_000, near: 0 };
        let chances = [wide.chance_at_most(layout), wide.chance_of_miss(layout, load)];
        assert!(chances[0] <= 1.0 && chances.iter().all(|chance| *chance >= 0.0), "{chances:?}");
    }
}
