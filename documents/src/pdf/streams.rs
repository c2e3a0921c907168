//! The bytes of streams, under budget.

use std::rc::Rc;

use super::file::{File, find};
use super::filter::{Filter, Predictor};
use super::lexer::is_space;
use super::object::{Dict, Object, Stream};
use crate::{Budget, Reason};

/// Most filters of one stream.
const FILTERS: usize = 8;

/// A stream whose filters are undone as far as they are no picture formats.
#[derive(Debug)]
pub(crate) struct Unpacked {
    pub(crate) bytes: Vec<u8>,
    /// The first filter that is not undone, with its parameters.
    pub(crate) left: Option<(Rc<[u8]>, Rc<Dict>)>,
    /// Whether the data were whole.
    pub(crate) whole: bool,
}

impl File<'_, '_> {
    /// Where the bytes of a stream stand, after the word `stream`.
    pub(super) fn stream_range(&self, after: usize, dict: &Dict) -> Result<(usize, usize), Reason> {
        let start = match self.data().get(after..).unwrap_or_default() {
            [b'\r', b'\n', ..] => after + 2,
            [b'\n' | b'\r', ..] => after + 1,
            [b' ', b'\n', ..] => after + 2,
            [b' ', b'\r', b'\n', ..] => after + 3,
            _ => after,
        };
        let length = self.entry(dict, b"Length").as_integer();
        if let Some(end) = length
            .and_then(|length| usize::try_from(length).ok())
            .and_then(|l| start.checked_add(l))
            && let Some(rest) = self.data().get(end..)
        {
            let spaces = rest.iter().take(4).take_while(|byte| is_space(**byte)).count();
            if rest.get(spaces..).is_some_and(|rest| rest.starts_with(b"endstream")) {
                return Ok((start, end));
            }
        }
        // The length is wrong: the stream goes to the word that ends it.
        let rest = self.data().get(start..).unwrap_or_default();
        let end = find(rest, b"endstream").or_else(|| find(rest, b"endobj")).unwrap_or(rest.len());
        self.work(end / 2)?;
        let bytes = rest.get(..end).unwrap_or_default();
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        Ok((start, start + bytes.len()))
    }

    /// The bytes of a stream as they stand in the file, decrypted.
    ///
    /// # Errors
    /// [`Reason::Encrypted`] if no key opens them.
    pub(crate) fn raw(&self, stream: &Stream) -> Result<Vec<u8>, Reason> {
        let bytes = self.data().get(stream.start..stream.end).unwrap_or_default();
        self.work(bytes.len() / 16)?;
        match &self.crypt {
            Some(crypt) => crypt.stream(stream.id, &stream.dict, bytes),
            None => Ok(bytes.to_vec()),
        }
    }

    /// Undoes the filters of a stream. The first time, its bytes are taken from the
    /// budget; after that, only the work.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] or [`Reason::Bomb`] beyond [`Budget::STREAM_BYTES`],
    /// [`Reason::Encrypted`], [`Reason::Damaged`].
    pub(crate) fn unpack(&self, stream: &Stream) -> Result<Unpacked, Reason> {
        let raw = self.raw(stream)?;
        let packed = raw.len();
        let mut data = Unpacked { bytes: raw, left: None, whole: true };
        let first_time = self.unpacked.borrow_mut().insert(stream.start);
        // Streams may share bytes of the file: what is copied counts, too.
        if first_time {
            self.spend(|budget| budget.take_bytes(packed))?;
        }
        for (at, (name, parameters)) in self.filters(&stream.dict).into_iter().enumerate() {
            if at >= FILTERS {
                return Err(Reason::TooDeep);
            }
            if name.as_ref() == b"Crypt" {
                continue;
            }
            let integer =
                |key: &[u8], default| self.entry(&parameters, key).as_integer().unwrap_or(default);
            let Some(filter) = Filter::of(&name, integer(b"EarlyChange", 1) != 0) else {
                data.left = Some((name, parameters));
                break;
            };
            let left = self.spend(|budget| Ok(budget.bytes_left()))?;
            let most = Budget::STREAM_BYTES.min(usize::try_from(left).unwrap_or(usize::MAX));
            let decoded = match filter.decode(&data.bytes, most) {
                // What is left of the budget is less than a stream may have.
                Err(_) if most < Budget::STREAM_BYTES => {
                    return self.spend(|_| Err(Reason::TooLarge));
                }
                Err(Reason::TooLarge) if packed < most / 1032 => return Err(Reason::Bomb),
                decoded => decoded?,
            };
            data.bytes = decoded.bytes;
            data.whole &= decoded.whole;
            if first_time {
                let size = data.bytes.len();
                self.spend(|budget| budget.take_bytes(size))?;
            }
            self.work(data.bytes.len() / 8)?;
            if matches!(filter, Filter::Flate | Filter::Lzw { .. }) {
                let predictor = Predictor {
                    kind: integer(b"Predictor", 1),
                    colors: integer(b"Colors", 1),
                    bits: integer(b"BitsPerComponent", 8),
                    columns: integer(b"Columns", 1),
                };
                data.bytes = predictor.undo(std::mem::take(&mut data.bytes))?;
            }
        }
        Ok(data)
    }

    /// The filters of a stream, each with its parameters.
    pub(crate) fn filters(&self, dict: &Dict) -> Vec<(Rc<[u8]>, Rc<Dict>)> {
        let either = |long: &[u8], short: &[u8]| {
            let value = self.entry(dict, long);
            if value.is_null() { self.entry(dict, short) } else { value }
        };
        let filter = either(b"Filter", b"F");
        let parameters = either(b"DecodeParms", b"DP");
        let names = match &filter {
            Object::Array(array) => {
                array.iter().take(FILTERS + 1).map(|name| self.resolve(name)).collect()
            }
            name => vec![name.clone()],
        };
        let mut out = Vec::new();
        for (at, name) in names.into_iter().enumerate() {
            let Object::Name(name) = name else { continue };
            let own = match &parameters {
                Object::Array(array) => array.get(at).map_or(Object::Null, |own| self.resolve(own)),
                own if at == 0 => own.clone(),
                _ => Object::Null,
            };
            out.push((name, own.as_dict().cloned().unwrap_or_default()));
        }
        out
    }
}
