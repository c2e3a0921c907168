//! A look at the wire format before anything is decoded.
//!
//! An empty protobuf message takes two bytes in a file and hundreds in memory.
//! So the fields of the nested messages are counted first. A packed integer
//! takes one byte in a file and eight in memory; models need few (shapes and
//! axes), so their bytes are counted too. Other contents of tensors grow by a
//! small factor only.

use super::error::OnnxError;

/// Fields allowed in all of them together.
const MAX_FIELDS: usize = 500_000;

/// Bytes of packed integers allowed in all of them together.
const MAX_INTEGER_BYTES: usize = 1 << 20;

/// What may still come.
struct Budget {
    fields: usize,
    integer_bytes: usize,
}

/// The messages that are entered, and packed integers.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    Integers,
    Leaf,
}

impl Kind {
    fn child(self, field: u64) -> Self {
        match (self, field) {
            (Self::Model, 7) => Self::Graph,
            (Self::Graph, 1) => Self::Node,
            (Self::Graph, 11 | 12) => Self::ValueInfo,
            (Self::Node, 5) => Self::Attribute,
            (Self::Graph | Self::Attribute, 5) => Self::Tensor,
            (Self::Tensor, 1 | 5 | 7) | (Self::Attribute, 8) => Self::Integers,
            (Self::ValueInfo, 2) => Self::Type,
            (Self::Type, 1) => Self::TensorType,
            (Self::TensorType, 2) => Self::Shape,
            _ => Self::Leaf,
        }
    }
}

/// Refuses files whose structure (not weights) is out of proportion.
pub(super) fn check(bytes: &[u8]) -> Result<(), OnnxError> {
    let mut budget = Budget { fields: MAX_FIELDS, integer_bytes: MAX_INTEGER_BYTES };
    walk(bytes, Kind::Model, &mut budget)
}

fn malformed() -> OnnxError {
    OnnxError::Malformed("a field is cut off".to_owned())
}

/// Takes from what is left of `limit`.
fn spend(left: &mut usize, amount: usize, limit: usize, what: &str) -> Result<(), OnnxError> {
    *left = left.checked_sub(amount).ok_or_else(|| OnnxError::Model {
        problem: format!("its graph has more than {limit} {what}"),
        advice: "use a smaller model".to_owned(),
    })?;
    Ok(())
}

fn walk(mut bytes: &[u8], kind: Kind, budget: &mut Budget) -> Result<(), OnnxError> {
    while !bytes.is_empty() {
        spend(&mut budget.fields, 1, MAX_FIELDS, "fields")?;
        let key = varint(&mut bytes)?;
        match key & 7 {
            0 => {
                varint(&mut bytes)?;
            }
            1 => skip(&mut bytes, 8)?,
            5 => skip(&mut bytes, 4)?,
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).map_err(|_| malformed())?;
                let (inner, rest) = bytes.split_at_checked(length).ok_or_else(malformed)?;
                bytes = rest;
                match kind.child(key >> 3) {
                    Kind::Leaf => {}
                    Kind::Integers => {
                        let left = &mut budget.integer_bytes;
                        spend(left, length, MAX_INTEGER_BYTES, "bytes of packed integers")?;
                    }
                    child => walk(inner, child, budget)?,
                }
            }
            other => return Err(OnnxError::Malformed(format!("wire type {other}"))),
        }
    }
    Ok(())
}

/// Calls `see` with each field of the outermost message that holds bytes.
pub(super) fn top_level(
    mut bytes: &[u8],
    mut see: impl FnMut(u64, &[u8]) -> Result<(), OnnxError>,
) -> Result<(), OnnxError> {
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        match key & 7 {
            0 => {
                varint(&mut bytes)?;
            }
            1 => skip(&mut bytes, 8)?,
            5 => skip(&mut bytes, 4)?,
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).map_err(|_| malformed())?;
                let (inner, rest) = bytes.split_at_checked(length).ok_or_else(malformed)?;
                bytes = rest;
                see(key >> 3, inner)?;
            }
            other => return Err(OnnxError::Malformed(format!("wire type {other}"))),
        }
    }
    Ok(())
}

fn skip(bytes: &mut &[u8], count: usize) -> Result<(), OnnxError> {
    *bytes = bytes.get(count..).ok_or_else(malformed)?;
    Ok(())
}

fn varint(bytes: &mut &[u8]) -> Result<u64, OnnxError> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or_else(malformed)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).wrapping_shl(shift);
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(OnnxError::Malformed("a number is longer than ten bytes".to_owned()))
}
