//! A look at the wire format before anything is decoded.
//!
//! An empty protobuf message takes two bytes in a file and hundreds in memory.
//! So the fields of the nested messages (model, graph, nodes, inputs) are
//! counted first; tensor contents are not entered, they grow by a small factor
//! only.

use super::error::OnnxError;

/// Fields allowed in all of them together.
const MAX_FIELDS: usize = 500_000;

/// The messages that are entered.
#[derive(Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    Leaf,
}

impl Kind {
    fn child(self, field: u64) -> Self {
        match (self, field) {
            (Self::Model, 7) => Self::Graph,
            (Self::Graph, 1) => Self::Node,
            (Self::Graph, 11 | 12) => Self::ValueInfo,
            (Self::ValueInfo, 2) => Self::Type,
            (Self::Type, 1) => Self::TensorType,
            (Self::TensorType, 2) => Self::Shape,
            _ => Self::Leaf,
        }
    }
}

/// Refuses files whose structure (not weights) is out of proportion.
pub(super) fn check(bytes: &[u8]) -> Result<(), OnnxError> {
    let mut left = MAX_FIELDS;
    walk(bytes, Kind::Model, &mut left)
}

fn malformed() -> OnnxError {
    OnnxError::Malformed("a field is cut off".to_owned())
}

fn walk(mut bytes: &[u8], kind: Kind, left: &mut usize) -> Result<(), OnnxError> {
    while !bytes.is_empty() {
        *left = left.checked_sub(1).ok_or_else(|| OnnxError::Model {
            problem: format!("its graph has more than {MAX_FIELDS} fields"),
            advice: "use a smaller model".to_owned(),
        })?;
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
                let child = kind.child(key >> 3);
                if !matches!(child, Kind::Leaf) {
                    walk(inner, child, left)?;
                }
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
