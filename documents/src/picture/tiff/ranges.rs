//! The bytes of the source that a page's offsets point to.

use std::ops::Range;

use super::directory::{Directory, Tiff, tag};
use crate::{Budget, Reason};

/// Most strips or tiles of a page.
const MAX_PIECES: u64 = 1 << 20;
/// The older scheme of JPEG, in which strips are parts of one stream.
const OLD_JPEG: u64 = 6;

/// Bytes of the source that a page needs, in order and without overlap.
#[derive(Debug, Default)]
pub(super) struct Ranges(Vec<Range<u64>>);

impl Ranges {
    /// What a page needs. `limits` are places where something else begins: bytes
    /// whose number is not told end there.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if something begins beyond the end of the file, or a tag's
    /// values are not there; [`Reason::TooLarge`] if there are too many strips.
    pub(super) fn of(
        tiff: &Tiff<'_>,
        page: &Directory,
        limits: &[u64],
        budget: &mut Budget,
    ) -> Result<Self, Reason> {
        let end = tiff.bytes.len() as u64;
        let mut found: Vec<Range<u64>> = Vec::new();
        let mut add = |start: u64, length: u64| {
            if start >= end && length > 0 {
                return Err(Reason::Damaged);
            }
            found.push(start..start.saturating_add(length).min(end));
            Ok(())
        };
        let strips = (tag::STRIP_OFFSETS, tag::STRIP_COUNTS, tag::TILE_COUNTS);
        let tiles = (tag::TILE_OFFSETS, tag::TILE_COUNTS, tag::STRIP_COUNTS);
        for (offsets, counts, other) in [strips, tiles] {
            let offsets = numbers(tiff, page, offsets, budget)?;
            let counts = match numbers(tiff, page, counts, budget)? {
                // Some writers say it by the tag of the other form.
                counts if counts.is_empty() => numbers(tiff, page, other, budget)?,
                counts => counts,
            };
            let mut ends: Vec<u64> = if counts.is_empty() { offsets.clone() } else { Vec::new() };
            ends.extend(limits);
            ends.sort_unstable();
            for (at, &offset) in offsets.iter().enumerate() {
                let next = ends.get(ends.partition_point(|&end| end <= offset));
                let to_next = || next.unwrap_or(&end).saturating_sub(offset);
                add(offset, counts.get(at).copied().unwrap_or_else(to_next))?;
            }
        }
        for (tag, length) in [
            (tag::JPEG_Q_TABLES, q_table as Length),
            (tag::JPEG_DC_TABLES, huffman_table),
            (tag::JPEG_AC_TABLES, huffman_table),
        ] {
            for offset in numbers(tiff, page, tag, budget)? {
                add(offset, length(tiff, offset).ok_or(Reason::Damaged)?)?;
            }
        }
        if let Some(stream) = tiff.first(page, tag::JPEG_STREAM).filter(|&offset| offset > 0) {
            let next = limits.iter().copied().filter(|&limit| limit > stream).min();
            let to_next = next.unwrap_or(end).saturating_sub(stream);
            add(stream, tiff.first(page, tag::JPEG_STREAM_LENGTH).unwrap_or(to_next))?;
            if tiff.first(page, tag::COMPRESSION) == Some(OLD_JPEG) {
                // What lies between the header of the stream and the strips is its own.
                let from =
                    found.iter().filter(|range| range.start > 0).map(|range| range.start).min();
                let to = found.iter().map(|range| range.end).max();
                found.extend(from.zip(to).map(|(from, to)| from..to));
            }
        }
        Ok(Self(merged(found)))
    }

    /// The ranges.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Range<u64>> {
        self.0.iter()
    }

    /// Where a place of the source stands in the ranges, if one of them holds it: the
    /// number of the range, and the bytes before it there.
    pub(super) fn find(&self, offset: u64) -> Option<(usize, u64)> {
        let at = self.0.partition_point(|range| range.start <= offset).checked_sub(1)?;
        let range = self.0.get(at).filter(|range| range.contains(&offset))?;
        Some((at, offset - range.start))
    }
}

type Length = fn(&Tiff<'_>, u64) -> Option<u64>;

fn q_table(_: &Tiff<'_>, _: u64) -> Option<u64> {
    Some(64)
}

fn huffman_table(tiff: &Tiff<'_>, offset: u64) -> Option<u64> {
    let lengths = tiff.slice(offset..offset.checked_add(16)?)?;
    Some(16 + lengths.iter().map(|&length| u64::from(length)).sum::<u64>())
}

/// All values of a tag; none if it is not there.
fn numbers(
    tiff: &Tiff<'_>,
    page: &Directory,
    tag: u16,
    budget: &mut Budget,
) -> Result<Vec<u64>, Reason> {
    let Some(entry) = page.entry(tag) else { return Ok(Vec::new()) };
    if entry.count > MAX_PIECES {
        return Err(Reason::TooLarge);
    }
    budget.take_work(entry.count)?;
    Ok(tiff.numbers(entry).ok_or(Reason::Damaged)?.collect())
}

/// The same bytes without overlaps, in order.
fn merged(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_are_copied_once() {
        let ranges = Ranges(merged(vec![20..30, 8..12, 12..14, 25..28, 5..5, 40..41]));
        assert_eq!(ranges.0, [8..14, 20..30, 40..41]);
        assert_eq!(ranges.find(13), Some((0, 5)));
        assert_eq!(ranges.find(29), Some((1, 9)));
        assert_eq!(ranges.find(14), None);
        assert_eq!(ranges.find(0), None);
    }
}
