//! Constant tensors: initializers, Constant nodes, and what is computed from
//! them alone.

use super::error::Problem;
use super::proto::TensorProto;
use super::shape;

/// A constant float tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// Its dimensions; empty for a scalar.
    pub shape: Vec<usize>,
    /// Its values; in a [`super::Graph`] all finite.
    pub values: Vec<f64>,
}

impl Constant {
    /// A scalar.
    #[must_use]
    pub fn scalar(value: f64) -> Self {
        Self { shape: Vec::new(), values: vec![value] }
    }

    pub(crate) fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self { shape: self.shape.clone(), values: self.values.iter().map(|&v| f(v)).collect() }
    }
}

/// A constant of any kind that occurs in a graph. Floats may be infinite or no
/// numbers; whoever uses them as weights checks.
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
pub(crate) const INT32: i32 = 6;
pub(crate) const INT64: i32 = 7;
pub(crate) const BOOL: i32 = 9;
pub(crate) const DOUBLE: i32 = 11;

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
        16 => "bfloat16",
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

/// Decodes a tensor whose data is in the file itself.
pub(crate) fn decode(tensor: &TensorProto) -> Result<Literal, Problem> {
    if tensor.data_location != 0 || !tensor.external_data.is_empty() {
        return Err(Problem::new(
            "its data is in another file",
            "save the model as one file: onnx.save(onnx.load(\"model.onnx\"), \"one.onnx\") where that file is found",
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
    let literal = match tensor.data_type {
        FLOAT => {
            let values: Vec<f32> =
                if from_raw { chunks(raw, f32::from_le_bytes)? } else { tensor.float_data.clone() };
            Literal::float(shape, values.into_iter().map(f64::from).collect())
        }
        DOUBLE => {
            let values = if from_raw {
                chunks(raw, f64::from_le_bytes)?
            } else {
                tensor.double_data.clone()
            };
            Literal::float(shape, values)
        }
        INT64 => {
            let values =
                if from_raw { chunks(raw, i64::from_le_bytes)? } else { tensor.int64_data.clone() };
            Literal::Int { shape, values }
        }
        INT32 => {
            let values =
                if from_raw { chunks(raw, i32::from_le_bytes)? } else { tensor.int32_data.clone() };
            Literal::Int { shape, values: values.into_iter().map(i64::from).collect() }
        }
        BOOL => {
            let values = if from_raw {
                raw.iter().map(|&byte| byte != 0).collect()
            } else {
                tensor.int32_data.iter().map(|&value| value != 0).collect()
            };
            Literal::Bool { shape, values }
        }
        other => {
            return Err(Problem::new(
                format!("{} is not supported", type_name(other)),
                "export the model in float32, without quantisation or half precision",
            ));
        }
    };
    let got = literal.len();
    if got != expected {
        return Err(Problem::malformed(format!(
            "shape {:?} calls for {expected} values, the file has {got}",
            literal.shape()
        )));
    }
    Ok(literal)
}
