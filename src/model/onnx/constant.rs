//! Constant tensors: initializers, Constant nodes, and what is computed from
//! them alone.

use super::proto::TensorProto;
use crate::model::graph::{Constant, Problem, shape};

/// A constant of any kind that occurs in a graph. Floats may be infinite or no
/// numbers; an operator that uses them as weights checks that they are finite.
#[derive(Clone, Debug)]
pub(crate) enum Literal {
    Float(Constant),
    /// Shapes, axes and the like.
    Int {
        shape: Vec<usize>,
        values: Vec<i64>,
    },
    /// Conditions and switches.
    Bool {
        shape: Vec<usize>,
        values: Vec<bool>,
    },
}

impl Literal {
    pub(crate) fn float(shape: Vec<usize>, values: Vec<f64>) -> Self {
        Self::Float(Constant { shape, values })
    }

    /// A list of integers.
    pub(crate) fn integers(values: Vec<i64>) -> Self {
        Self::Int { shape: vec![values.len()], values }
    }

    pub(crate) fn shape(&self) -> &[usize] {
        match self {
            Self::Float(Constant { shape, .. })
            | Self::Int { shape, .. }
            | Self::Bool { shape, .. } => shape,
        }
    }

    /// The number of its values.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Float(constant) => constant.values.len(),
            Self::Int { values, .. } => values.len(),
            Self::Bool { values, .. } => values.len(),
        }
    }

    /// What it holds, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Float(_) => "floats",
            Self::Int { .. } => "integers",
            Self::Bool { .. } => "truth values",
        }
    }

    pub(crate) fn with_shape(self, shape: Vec<usize>) -> Self {
        match self {
            Self::Float(constant) => Self::Float(Constant { shape, ..constant }),
            Self::Int { values, .. } => Self::Int { shape, values },
            Self::Bool { values, .. } => Self::Bool { shape, values },
        }
    }
}

pub(crate) const FLOAT: i32 = 1;
pub(crate) const UINT8: i32 = 2;
pub(crate) const INT8: i32 = 3;
pub(crate) const UINT16: i32 = 4;
pub(crate) const INT16: i32 = 5;
pub(crate) const INT32: i32 = 6;
pub(crate) const INT64: i32 = 7;
pub(crate) const BOOL: i32 = 9;
pub(crate) const FLOAT16: i32 = 10;
pub(crate) const DOUBLE: i32 = 11;
pub(crate) const UINT32: i32 = 12;
pub(crate) const UINT64: i32 = 13;
pub(crate) const BFLOAT16: i32 = 16;
pub(crate) const UINT4: i32 = 21;
pub(crate) const INT4: i32 = 22;

/// The name of an ONNX element type, for messages.
pub(crate) fn type_name(data_type: i32) -> String {
    match data_type {
        1 => "float32",
        2 => "uint8",
        3 => "int8",
        4 => "uint16",
        5 => "int16",
        6 => "int32",
        7 => "int64",
        8 => "string",
        9 => "bool",
        10 => "float16",
        11 => "float64",
        12 => "uint32",
        13 => "uint64",
        16 => "bfloat16",
        17..=20 => "8-bit float",
        21 => "uint4",
        22 => "int4",
        other => return format!("element type {other}"),
    }
    .to_owned()
}

pub(crate) fn finite(values: &[f64]) -> Result<(), Problem> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(at) => Err(Problem::new(
            format!("element {at} is not a finite number"),
            "train or export the model again without NaN or infinite weights",
        )),
    }
}

fn chunks<const N: usize, T>(raw: &[u8], decode: fn([u8; N]) -> T) -> Result<Vec<T>, Problem> {
    let (chunks, rest) = raw.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(Problem::malformed(format!("{} bytes are no multiple of {N}", raw.len())));
    }
    Ok(chunks.iter().map(|chunk| decode(*chunk)).collect())
}

fn beyond(value: i32) -> Problem {
    Problem::malformed(format!("{value} is beyond its type"))
}

/// The value of a half-precision number.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let exponent = i32::from((bits >> 10) & 0x1f);
    let magnitude = match exponent {
        0 => libm::ldexp(fraction, -24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => libm::ldexp(1024.0 + fraction, exponent.saturating_sub(25)),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

/// The value of the upper half of a single-precision number.
fn brain(bits: u16) -> f64 {
    f64::from(f32::from_bits(u32::from(bits).wrapping_shl(16)))
}

/// Half bytes, the lower one first; the last may be left over.
fn nibbles(bytes: &[u8], count: usize, signed: bool) -> Vec<i64> {
    let value = |nibble: u8| {
        let value = i64::from(nibble & 15);
        if signed && value > 7 { value.saturating_sub(16) } else { value }
    };
    bytes.iter().flat_map(|byte| [value(*byte), value(byte >> 4)]).take(count).collect()
}

fn unsigned(value: u64) -> Result<i64, Problem> {
    i64::try_from(value).map_err(|_| {
        Problem::new(format!("{value} is more than {}", i64::MAX), "use int64 for such numbers")
    })
}

/// The bytes that so many values of a type take; `None` for types that are not read.
pub(super) fn bytes(data_type: i32, count: usize) -> Option<usize> {
    let width: usize = match data_type {
        UINT4 | INT4 => return Some(count.div_ceil(2)),
        UINT8 | INT8 | BOOL => 1,
        UINT16 | INT16 | FLOAT16 | BFLOAT16 => 2,
        FLOAT | INT32 | UINT32 => 4,
        DOUBLE | INT64 | UINT64 => 8,
        _ => return None,
    };
    count.checked_mul(width)
}

/// Decodes a tensor whose data is in the file itself.
pub(crate) fn decode(tensor: &TensorProto) -> Result<Literal, Problem> {
    if tensor.data_location != 0 || !tensor.external_data.is_empty() {
        return Err(Problem::new(
            "its data is in another file",
            "keep that file beside the model, from where issue-request takes it in, or save the model as one file: onnx.save(onnx.load(\"model.onnx\"), \"one.onnx\")",
        ));
    }
    let shape: Vec<usize> = tensor
        .dims
        .iter()
        .map(|&dim| {
            usize::try_from(dim).map_err(|_| Problem::malformed(format!("dimension {dim}")))
        })
        .collect::<Result<_, _>>()?;
    let expected =
        if shape.contains(&0) && shape.len() == 1 { 0 } else { shape::elements(&shape)? };
    let raw = &tensor.raw_data;
    let from_raw = !raw.is_empty();
    let int = |values: Result<Vec<i64>, Problem>| {
        Ok(Literal::Int { shape: shape.clone(), values: values? })
    };
    let float = |values: Result<Vec<f64>, Problem>| Ok(Literal::float(shape.clone(), values?));
    // Before it is decoded: a byte may become eight.
    let bytes = bytes(tensor.data_type, expected);
    if from_raw && bytes.is_some_and(|bytes| bytes != raw.len()) {
        return Err(Problem::malformed(format!(
            "shape {shape:?} calls for {expected} values of {}, the file has {} bytes",
            type_name(tensor.data_type),
            raw.len()
        )));
    }
    // The small types share a field where they are not raw.
    let small = || tensor.int32_data.iter().copied();
    let literal = match (tensor.data_type, from_raw) {
        (FLOAT, true) => float(chunks(raw, |bytes| f64::from(f32::from_le_bytes(bytes)))),
        (FLOAT, false) => float(Ok(tensor.float_data.iter().copied().map(f64::from).collect())),
        (DOUBLE, true) => float(chunks(raw, f64::from_le_bytes)),
        (DOUBLE, false) => float(Ok(tensor.double_data.clone())),
        (FLOAT16, true) => float(chunks(raw, |bytes| half(u16::from_le_bytes(bytes)))),
        (FLOAT16, false) => {
            float(small().map(|v| u16::try_from(v).map(half).map_err(|_| beyond(v))).collect())
        }
        (BFLOAT16, true) => float(chunks(raw, |bytes| brain(u16::from_le_bytes(bytes)))),
        (BFLOAT16, false) => {
            float(small().map(|v| u16::try_from(v).map(brain).map_err(|_| beyond(v))).collect())
        }
        (INT4, true) => int(Ok(nibbles(raw, expected, true))),
        (UINT4, true) => int(Ok(nibbles(raw, expected, false))),
        (INT4 | UINT4, false) => {
            // A byte in each.
            let packed = small().map(|v| u8::try_from(v & 0xff).map_err(|_| beyond(v)));
            let packed = packed.collect::<Result<Vec<_>, _>>()?;
            if packed.len() != expected.div_ceil(2) {
                return Err(Problem::malformed(format!("{} bytes of half bytes", packed.len())));
            }
            int(Ok(nibbles(&packed, expected, tensor.data_type == INT4)))
        }
        (UINT32, true) => int(chunks(raw, |bytes| i64::from(u32::from_le_bytes(bytes)))),
        (UINT64, true) => {
            let values = chunks(raw, u64::from_le_bytes)?;
            int(values.into_iter().map(unsigned).collect())
        }
        (UINT32 | UINT64, false) => int(tensor.uint64_data.iter().copied().map(unsigned).collect()),
        (INT64, true) => int(chunks(raw, i64::from_le_bytes)),
        (INT64, false) => int(Ok(tensor.int64_data.clone())),
        (INT32, true) => int(chunks(raw, |bytes| i64::from(i32::from_le_bytes(bytes)))),
        (INT16, true) => int(chunks(raw, |bytes| i64::from(i16::from_le_bytes(bytes)))),
        (UINT16, true) => int(chunks(raw, |bytes| i64::from(u16::from_le_bytes(bytes)))),
        (INT8, true) => int(chunks(raw, |bytes| i64::from(i8::from_le_bytes(bytes)))),
        (UINT8, true) => int(chunks(raw, |bytes| i64::from(u8::from_le_bytes(bytes)))),
        (INT32 | INT16 | UINT16 | INT8 | UINT8, false) => int(Ok(small().map(i64::from).collect())),
        (BOOL, _) => {
            let values = if from_raw {
                raw.iter().map(|&byte| byte != 0).collect()
            } else {
                small().map(|value| value != 0).collect()
            };
            Ok(Literal::Bool { shape: shape.clone(), values })
        }
        (other, _) => Err(Problem::new(
            format!("{} is not supported", type_name(other)),
            "export the model in float32",
        )),
    }?;
    let got = literal.len();
    if got != expected {
        return Err(Problem::malformed(format!(
            "shape {:?} calls for {expected} values, the file has {got}",
            literal.shape()
        )));
    }
    Ok(literal)
}
