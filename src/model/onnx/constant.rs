//! Constant tensors: initializers and Constant nodes.

use super::error::Problem;
use super::proto::TensorProto;
use super::shape;

/// A constant float tensor, row-major, every value finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// Its dimensions; empty for a scalar.
    pub shape: Vec<usize>,
    /// Its values.
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

/// A constant of either kind that occurs in a graph.
#[derive(Clone, Debug)]
pub(crate) enum Literal {
    Float(Constant),
    /// Shapes, axes and the like.
    Int {
        shape: Vec<usize>,
        values: Vec<i64>,
    },
}

impl Literal {
    pub(crate) fn shape(&self) -> &[usize] {
        match self {
            Self::Float(constant) => &constant.shape,
            Self::Int { shape, .. } => shape,
        }
    }

    /// The number of its values.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Float(constant) => constant.values.len(),
            Self::Int { values, .. } => values.len(),
        }
    }

    pub(crate) fn with_shape(self, shape: Vec<usize>) -> Self {
        match self {
            Self::Float(constant) => Self::Float(Constant { shape, ..constant }),
            Self::Int { values, .. } => Self::Int { shape, values },
        }
    }
}

pub(crate) const FLOAT: i32 = 1;
pub(crate) const INT32: i32 = 6;
pub(crate) const INT64: i32 = 7;
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
            "save the model as one file (onnx.save with save_as_external_data=False)",
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
            float(shape, values.into_iter().map(f64::from).collect())?
        }
        DOUBLE => {
            let values = if from_raw {
                chunks(raw, f64::from_le_bytes)?
            } else {
                tensor.double_data.clone()
            };
            float(shape, values)?
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
        other => {
            return Err(Problem::new(
                format!("{} is not supported", type_name(other)),
                "convert the model to float32",
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

fn float(shape: Vec<usize>, values: Vec<f64>) -> Result<Literal, Problem> {
    finite(&values)?;
    Ok(Literal::Float(Constant { shape, values }))
}
