//! A look at the wire format before anything is decoded.
//!
//! An empty protobuf message takes two bytes in a file and hundreds in memory.
//! So the fields of the nested messages are counted first. A packed integer
//! takes one byte in a file and eight in memory; models need few (shapes and
//! axes), so their bytes are counted too. Other contents of tensors grow by a
//! small factor only. Decision trees are long lists in attributes, which most writers do not
//! pack: their numbers and strings have budgets of their own.

use super::error::OnnxError;

/// Fields allowed in all of them together.
const MAX_FIELDS: usize = 500_000;

/// Bytes of packed integers allowed in all of them together.
const MAX_INTEGER_BYTES: usize = 1 << 20;

/// Numbers in attributes allowed in all of them together, packed or not: eight bytes each.
const MAX_NUMBERS: usize = 1 << 24;

/// Strings in attributes allowed in all of them together: some dozens of bytes each.
const MAX_STRINGS: usize = 1 << 20;

/// Messages inside each other: a subgraph is three deeper than the graph around it.
const MAX_DEPTH: usize = 90;

const NUMBERS: &str = "numbers in attributes";

/// What may still come.
struct Budget {
    numbers: usize,
    strings: usize,
    fields: usize,
    integer_bytes: usize,
}

/// The messages that are entered, and packed integers.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Model,
    Graph,
    Function,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TensorType,
    Shape,
    Integers,
    Numbers,
    Strings,
    Leaf,
}

impl Kind {
    pub(super) fn child(self, field: u64) -> Self {
        match (self, field) {
            (Self::Model, 7) | (Self::Attribute, 6) => Self::Graph,
            (Self::Model, 25) => Self::Function,
            (Self::Graph, 1) | (Self::Function, 7) => Self::Node,
            (Self::Graph, 11 | 12) => Self::ValueInfo,
            (Self::Node, 5) | (Self::Function, 11) => Self::Attribute,
            (Self::Graph | Self::Attribute, 5) => Self::Tensor,
            (Self::Tensor, 1 | 5 | 7 | 11) => Self::Integers,
            (Self::Attribute, 7 | 8) => Self::Numbers,
            (Self::Attribute, 9) => Self::Strings,
            (Self::ValueInfo, 2) => Self::Type,
            (Self::Type, 1) => Self::TensorType,
            (Self::TensorType, 2) => Self::Shape,
            _ => Self::Leaf,
        }
    }
}

/// Refuses files whose structure (not weights) is out of proportion.
pub(super) fn check(bytes: &[u8]) -> Result<(), OnnxError> {
    let mut budget = Budget {
        numbers: MAX_NUMBERS,
        strings: MAX_STRINGS,
        fields: MAX_FIELDS,
        integer_bytes: MAX_INTEGER_BYTES,
    };
    walk(bytes, Kind::Model, 0, &mut budget)
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

fn walk(bytes: &[u8], kind: Kind, depth: usize, budget: &mut Budget) -> Result<(), OnnxError> {
    if depth > MAX_DEPTH {
        return Err(OnnxError::Malformed("its graphs are nested too deeply".to_owned()));
    }
    for field in fields(bytes) {
        let Field { number, inner, .. } = field?;
        let child = kind.child(number);
        match child {
            Kind::Numbers => spend(&mut budget.numbers, 1, MAX_NUMBERS, NUMBERS)?,
            Kind::Strings => {
                spend(&mut budget.strings, 1, MAX_STRINGS, "strings in attributes")?;
            }
            _ => spend(&mut budget.fields, 1, MAX_FIELDS, "fields")?,
        }
        let Some(inner) = inner else { continue };
        match child {
            Kind::Leaf | Kind::Strings => {}
            // An integer takes a byte at least.
            Kind::Numbers => spend(&mut budget.numbers, inner.len(), MAX_NUMBERS, NUMBERS)?,
            Kind::Integers => {
                let left = &mut budget.integer_bytes;
                spend(left, inner.len(), MAX_INTEGER_BYTES, "bytes of packed integers")?;
            }
            child => walk(inner, child, depth.saturating_add(1), budget)?,
        }
    }
    Ok(())
}

/// A field of a message.
pub(super) struct Field<'a> {
    pub(super) number: u64,
    /// Its bytes, key and length included.
    #[cfg_attr(not(feature = "issue"), allow(dead_code, reason = "only `external` reads it"))]
    pub(super) whole: &'a [u8],
    /// What is inside, if it has a length.
    pub(super) inner: Option<&'a [u8]>,
    /// Its number, if it is one in a varint.
    #[cfg_attr(not(feature = "issue"), allow(dead_code, reason = "only `external` reads it"))]
    pub(super) value: u64,
}

/// The fields of a message in their order; nothing follows an error.
pub(super) fn fields(bytes: &[u8]) -> impl Iterator<Item = Result<Field<'_>, OnnxError>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let found = field(&mut rest);
        if found.is_err() {
            rest = &[];
        }
        Some(found)
    })
}

fn field<'a>(bytes: &mut &'a [u8]) -> Result<Field<'a>, OnnxError> {
    let start = *bytes;
    let key = varint(bytes)?;
    let (mut inner, mut value) = (None, 0);
    match key & 7 {
        0 => value = varint(bytes)?,
        1 => skip(bytes, 8)?,
        5 => skip(bytes, 4)?,
        2 => {
            let length = usize::try_from(varint(bytes)?).map_err(|_| malformed())?;
            let (own, rest) = bytes.split_at_checked(length).ok_or_else(malformed)?;
            *bytes = rest;
            inner = Some(own);
        }
        other => return Err(OnnxError::Malformed(format!("wire type {other}"))),
    }
    let whole = start.get(..start.len().saturating_sub(bytes.len())).unwrap_or(start);
    Ok(Field { number: key >> 3, whole, inner, value })
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
