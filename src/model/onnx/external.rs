//! Weights that lie in files beside a model, taken into the model's own file.
//!
//! The file is copied field by field; only tensors whose data is elsewhere change. So what
//! other programs read of the copy is what they read of the original.

use prost::encoding::{WireType, encode_key, encode_varint};

use super::error::OnnxError;
use super::read::MAX_MODEL_BYTES;
use super::scan::{self, Field, Kind};
use crate::model::graph::Problem;

/// Where the data of a tensor is.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// A path, relative to the model's folder.
    pub(crate) location: String,
    /// Bytes before it in that file.
    pub(crate) offset: u64,
    /// How many bytes it has; `None` for all that follow.
    pub(crate) length: Option<u64>,
}

/// Reads a place, at most so many bytes.
pub(crate) type Load<'a> = dyn FnMut(&Place, usize) -> Result<Vec<u8>, Problem> + 'a;

/// The model with all of its weights inside. `load` reads a place, at most so many bytes.
///
/// # Errors
/// If the file cannot be decoded, a place is malformed or cannot be read, or the
/// whole would be larger than [`MAX_MODEL_BYTES`].
pub(crate) fn taken_in(bytes: Vec<u8>, load: &mut Load<'_>) -> Result<Vec<u8>, OnnxError> {
    scan::check(&bytes)?;
    if !any_elsewhere(&bytes, Kind::Model)? {
        return Ok(bytes);
    }
    let mut copy = Copy { load, taken: 0, any: false };
    let whole = copy.message(&bytes, Kind::Model)?;
    if !copy.any {
        return Ok(bytes);
    }
    if whole.len() > MAX_MODEL_BYTES {
        return Err(OnnxError::FileTooLarge { got: whole.len(), limit: MAX_MODEL_BYTES });
    }
    Ok(whole)
}

struct Copy<'a, 'l> {
    load: &'a mut Load<'l>,
    /// Bytes read from other files.
    taken: usize,
    any: bool,
}

/// Whether the data of any tensor may be in another file: then everything is copied.
fn any_elsewhere(bytes: &[u8], kind: Kind) -> Result<bool, OnnxError> {
    for field in scan::fields(bytes) {
        let Field { number, inner, value, .. } = field?;
        let found = match (kind, kind.child(number), inner) {
            (Kind::Tensor, _, None) => number == DATA_LOCATION && value != 0,
            (
                _,
                Kind::Graph | Kind::Function | Kind::Node | Kind::Attribute | Kind::Tensor,
                Some(inner),
            ) => any_elsewhere(inner, kind.child(number))?,
            _ => false,
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

const RAW_DATA: u32 = 9;
const NAME: u64 = 8;
const EXTERNAL_DATA: u64 = 13;
const DATA_LOCATION: u64 = 14;

impl Copy<'_, '_> {
    fn message(&mut self, bytes: &[u8], kind: Kind) -> Result<Vec<u8>, OnnxError> {
        if matches!(kind, Kind::Tensor)
            && let Some(tensor) = self.tensor(bytes)?
        {
            return Ok(tensor);
        }
        let mut copy = Vec::with_capacity(bytes.len());
        for field in scan::fields(bytes) {
            let Field { number, whole, inner, .. } = field?;
            match (kind.child(number), inner) {
                (
                    Kind::Leaf | Kind::Integers | Kind::Numbers | Kind::Strings | Kind::ValueInfo,
                    _,
                )
                | (_, None) => {
                    copy.extend_from_slice(whole);
                }
                (child, Some(inner)) => {
                    let inner = self.message(inner, child)?;
                    encode_key(
                        u32::try_from(number).unwrap_or(0),
                        WireType::LengthDelimited,
                        &mut copy,
                    );
                    encode_varint(inner.len() as u64, &mut copy);
                    copy.extend_from_slice(&inner);
                }
            }
        }
        Ok(copy)
    }

    /// A tensor with its data, if that is in another file.
    fn tensor(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, OnnxError> {
        let mut copy = Vec::new();
        let mut name = "";
        let mut elsewhere = false;
        let mut entries = Vec::new();
        for field in scan::fields(bytes) {
            let Field { number, whole, inner, value } = field?;
            match (number, inner) {
                (DATA_LOCATION, None) => elsewhere = value != 0,
                (EXTERNAL_DATA, Some(entry)) => entries.push(entry),
                _ => copy.extend_from_slice(whole),
            }
            if let (NAME, Some(inner)) = (number, inner) {
                name = std::str::from_utf8(inner).unwrap_or("");
            }
        }
        if !elsewhere {
            return Ok(None);
        }
        let place = place(&entries)?.map_err(|problem| problem.in_tensor(name))?;
        let left = MAX_MODEL_BYTES.saturating_sub(self.taken);
        let data = (self.load)(&place, left).map_err(|problem| problem.in_tensor(name))?;
        self.taken = self.taken.saturating_add(data.len());
        self.any = true;
        encode_key(RAW_DATA, WireType::LengthDelimited, &mut copy);
        encode_varint(data.len() as u64, &mut copy);
        copy.extend_from_slice(&data);
        Ok(Some(copy))
    }
}

/// What the entries of `external_data` say; a checksum is left to those who write one.
fn place(entries: &[&[u8]]) -> Result<Result<Place, Problem>, OnnxError> {
    let mut place = Place::default();
    let mut seen = Vec::new();
    for entry in entries {
        let (mut key, mut value) = ("", "");
        for field in scan::fields(entry) {
            let Field { number, inner, .. } = field?;
            let text = inner.and_then(|inner| std::str::from_utf8(inner).ok()).unwrap_or("");
            match number {
                1 => key = text,
                2 => value = text,
                _ => {}
            }
        }
        if seen.contains(&key) {
            return Ok(Err(Problem::malformed(format!("its data's `{key}` is given twice"))));
        }
        seen.push(key);
        let number = value.parse::<u64>();
        match (key, number) {
            ("location", _) => value.clone_into(&mut place.location),
            ("offset", Ok(number)) => place.offset = number,
            ("length", Ok(number)) => place.length = Some(number),
            ("offset" | "length", Err(_)) => {
                return Ok(Err(Problem::malformed(format!("its data's {key} is `{value}`"))));
            }
            _ => {}
        }
    }
    Ok(Ok(place))
}
