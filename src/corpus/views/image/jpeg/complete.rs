//! Whether a JPEG stream holds all of its picture.
//!
//! The decoder takes what is missing for zeros as soon as a marker follows, so a
//! file cut off and closed with an end mark would be read as a picture with a
//! flat lower part. And it insists on the end mark, which tells nothing: files
//! with all of their data lack it. So the entropy-coded data are followed here,
//! symbol by symbol, before they are decoded: every scan must hold all of its
//! blocks. What comes after the last one is not looked at.
#![deny(clippy::arithmetic_side_effects)]

use super::huffman::{Broken, Table};
use super::scan::{Component, Scan, follow};
use super::segments::{has_segment, next_marker, segment};
use crate::corpus::views::UnreadableReason;

/// Frame, tables and progress.
struct Stream {
    frame: Option<Frame>,
    dc: [Option<Table>; 4],
    ac: [Option<Table>; 4],
    restart: usize,
}

struct Frame {
    progressive: bool,
    components: Vec<Component>,
    /// Units of a scan of several components.
    units: (usize, usize),
}

impl Frame {
    fn is_complete(&self) -> bool {
        self.components.iter().all(|component| component.finished == u64::MAX)
    }
}

/// The stream is not one that can be followed here; the decoder knows why.
struct Unknown;

/// What a scan led to.
enum Step {
    /// Go on from here.
    At(usize),
    Refused(UnreadableReason),
}

/// Where the data of the picture end; `None` if the stream cannot be followed,
/// so that the decoder has the word.
pub(super) fn check(bytes: &[u8], max_scans: u32) -> Result<Option<usize>, UnreadableReason> {
    let mut stream =
        Stream { frame: None, dc: [const { None }; 4], ac: [const { None }; 4], restart: 0 };
    let mut at = 2;
    let mut scans = 0_u32;
    // Where a picture that was complete ended.
    let mut end = None;
    loop {
        // What is no marker after the last scan is none of the picture's.
        let marks = bytes.get(at..).unwrap_or_default();
        if end.is_some() && !matches!(marks, [0xff, 0xc0..=0xff, ..]) {
            return Ok(end);
        }
        let Some(marker) = next_marker(bytes, at) else {
            // Cut off between two scans.
            return if end.is_some() { Ok(end) } else { Err(UnreadableReason::Corrupt) };
        };
        at = marker.after;
        match marker.code {
            0xd9 => return Ok(Some(end.unwrap_or(marker.after.saturating_sub(2)))),
            code if !has_segment(code) => continue,
            _ => {}
        }
        let Some((contents, after)) = segment(bytes, at) else {
            return Ok(end);
        };
        at = after;
        if marker.code == 0xda {
            scans = scans.saturating_add(1);
            if scans > max_scans {
                return Err(UnreadableReason::TooMuchWork);
            }
            match stream.scan(bytes, contents, after) {
                Ok(Step::At(next)) => at = next,
                Ok(Step::Refused(_)) if end.is_some() => return Ok(end),
                Ok(Step::Refused(reason)) => return Err(reason),
                Err(Unknown) => return Ok(end),
            }
            if stream.frame.as_ref().is_some_and(Frame::is_complete) {
                end = Some(at);
            }
        } else if stream.segment(marker.code, contents).is_none() {
            return Ok(end);
        }
    }
}

impl Stream {
    /// Takes a segment; `None` if it cannot be understood.
    fn segment(&mut self, code: u8, contents: &[u8]) -> Option<()> {
        match code {
            0xc0..=0xc2 if self.frame.is_none() => {
                self.frame = Some(frame(code == 0xc2, contents)?);
            }
            0xc0..=0xc3 | 0xc5..=0xcb | 0xcd..=0xcf => return None,
            0xc4 => self.tables(contents)?,
            0xdd => self.restart = usize::from(u16::from_be_bytes(*contents.first_chunk()?)),
            _ => {}
        }
        Some(())
    }

    fn tables(&mut self, mut contents: &[u8]) -> Option<()> {
        while let Some((&kind, rest)) = contents.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let length = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(length)?;
            let place = usize::from(kind & 15);
            let tables = if kind >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(place)? = Some(Table::new(counts, symbols)?);
            contents = rest;
        }
        Some(())
    }

    /// Follows the scan with this header.
    fn scan(&mut self, bytes: &[u8], header: &[u8], at: usize) -> Result<Step, Unknown> {
        let frame = self.frame.as_mut().ok_or(Unknown)?;
        let (&count, rest) = header.split_first().ok_or(Unknown)?;
        let (chosen, rest) =
            rest.split_at_checked(usize::from(count).saturating_mul(2)).ok_or(Unknown)?;
        let &[first, last, precision, ..] = rest else {
            return Err(Unknown);
        };
        let chosen = chosen.as_chunks::<2>().0;
        // Components stand in a scan in the order of the frame, each once.
        let place = |id: u8| frame.components.iter().position(|component| component.id == id);
        let places: Option<Vec<usize>> = chosen.iter().map(|&[id, _]| place(id)).collect();
        let places = places.filter(|places| places.is_sorted_by(|a, b| a < b)).ok_or(Unknown)?;
        if places.is_empty() {
            return Err(Unknown);
        }
        let (first, last) = if frame.progressive { (first, last) } else { (0, 63) };
        let (high, low) = if frame.progressive { (precision >> 4, precision & 15) } else { (0, 0) };
        if last > 63 || first > last {
            return Err(Unknown);
        }
        let mut tables = Vec::new();
        for &[_, numbers] in chosen {
            let dc = self.dc.get(usize::from(numbers >> 4)).and_then(Option::as_ref);
            let ac = self.ac.get(usize::from(numbers & 15)).and_then(Option::as_ref);
            let lacks_dc = first == 0 && high == 0 && dc.is_none();
            if lacks_dc || (last > 0 && ac.is_none()) {
                // Motion JPEG leaves them out; the decoder fills them in.
                return Err(Unknown);
            }
            tables.push((dc, ac));
        }
        let mut components: Vec<&mut Component> = (frame.components.iter_mut().enumerate())
            .filter(|(place, _)| places.contains(place))
            .map(|(_, component)| component)
            .collect();
        let units = match components.as_slice() {
            [only] => {
                // The decoder counts the blocks of such a component otherwise.
                if only.own.0 != only.counted.0 || only.own.1 != only.counted.1 {
                    return Ok(Step::Refused(UnreadableReason::Unsupported));
                }
                only.own
            }
            _ => frame.units,
        };
        let scan = Scan {
            progressive: frame.progressive,
            first,
            last,
            refines: high > 0,
            tables,
            restart: self.restart,
            units,
        };
        let end = match follow(bytes, at, &scan, &mut components) {
            Ok(end) => end,
            Err(Broken::Missing | Broken::Code) => {
                return Ok(Step::Refused(UnreadableReason::Corrupt));
            }
        };
        if low == 0 {
            let above = u64::MAX.checked_shl(u32::from(last).saturating_add(1)).unwrap_or(0);
            let below = u64::MAX.checked_shl(first.into()).unwrap_or(0);
            for component in &mut components {
                component.finished |= below & !above;
            }
        }
        Ok(Step::At(end))
    }
}

/// Reads a frame header that the decoder has already accepted.
fn frame(progressive: bool, contents: &[u8]) -> Option<Frame> {
    let &[_, h0, h1, w0, w1, count, ref rest @ ..] = contents else {
        return None;
    };
    let height = usize::from(u16::from_be_bytes([h0, h1]));
    let width = usize::from(u16::from_be_bytes([w0, w1]));
    let specs = rest.as_chunks::<3>().0.get(..usize::from(count))?;
    let factors =
        |&[_, factors, _]: &[u8; 3]| (usize::from(factors >> 4), usize::from(factors & 15));
    let across = specs.iter().map(|spec| factors(spec).0).max()?;
    let down = specs.iter().map(|spec| factors(spec).1).max()?;
    let units = (div_ceil(width, across.checked_mul(8)?)?, div_ceil(height, down.checked_mul(8)?)?);
    let components = specs
        .iter()
        .map(|spec| {
            let (&[id, ..], (h, v)) = (spec, factors(spec));
            let own = |size: usize, factor: usize, most: usize| {
                Some(div_ceil(size.checked_mul(factor)?, most)?.div_ceil(8))
            };
            let padded = (units.0.checked_mul(h)?, units.1.checked_mul(v)?);
            let blocks = padded.0.checked_mul(padded.1)?;
            Some(Component {
                id,
                own: (own(width, h, across)?, own(height, v, down)?),
                counted: (padded.0.min(width.div_ceil(8)), padded.1.min(height.div_ceil(8))),
                unit: (h, v),
                stride: padded.0,
                nonzero: vec![0; if progressive { blocks } else { 0 }],
                finished: 0,
            })
        })
        .collect::<Option<_>>()?;
    Some(Frame { progressive, components, units })
}

fn div_ceil(number: usize, by: usize) -> Option<usize> {
    (by > 0).then(|| number.div_ceil(by))
}
