//! Dense layers: products with a constant matrix.

use std::rc::Rc;

use super::{Operator, Tensor};
use crate::model::graph::shape::{self, strided_index};
use crate::model::graph::{Dense, Floats, Problem, TensorRef, Window};
use crate::model::lowering::{
    Coefficients, CompileError, FloatConv, FloatDense, Lowering, Map, PerElement, Term, Value, some,
};

/// A layer without weights and bias, and the shape of its output.
pub(crate) struct Product {
    pub(crate) outer: usize,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) inner: usize,
    pub(crate) shape: Vec<usize>,
}

/// A product as NumPy has it: a vector on the left is a row, on the right a
/// column, and that axis is dropped again; leading axes broadcast. The weights
/// are the left factor if `constant_first`.
pub(crate) fn product(
    input: &[usize],
    weights: &[usize],
    constant_first: bool,
) -> Result<Product, Problem> {
    let (first, second, ones) = one_matrix(weights, !constant_first)?;
    let no_fit = || if constant_first { misfit(weights, input) } else { misfit(input, weights) };
    // Axes before the two of the matrix, and those two.
    let (lead, rows, columns) = match input {
        [] => return Err(no_fit()),
        [length] if constant_first => (&[][..], *length, 1),
        [length] => (&[][..], 1, *length),
        [lead @ .., rows, columns] => (lead, *rows, *columns),
    };
    if if constant_first { second != rows } else { first != columns } {
        return Err(no_fit());
    }
    let mut shape = vec![1; ones.saturating_sub(lead.len())];
    shape.extend_from_slice(lead);
    let batch = shape::elements(lead)?;
    let (vector, single) = (weights.len() == 1, input.len() == 1);
    if constant_first {
        if !vector {
            shape.push(first);
        }
        if !single {
            shape.push(columns);
        }
        Ok(Product { outer: batch, inputs: second, outputs: first, inner: columns, shape })
    } else {
        if !single {
            shape.push(rows);
        }
        if !vector {
            shape.push(second);
        }
        let outer = batch.saturating_mul(rows);
        Ok(Product { outer, inputs: first, outputs: second, inner: 1, shape })
    }
}

/// Weights as one matrix: `(rows, columns, leading ones)`. A vector is a column
/// or a row.
fn one_matrix(shape: &[usize], right: bool) -> Result<(usize, usize, usize), Problem> {
    match shape {
        [] => Err(Problem::malformed("a scalar has no matrix product")),
        [length] if right => Ok((*length, 1, 0)),
        [length] => Ok((1, *length, 0)),
        [lead @ .., rows, columns] if lead.iter().all(|dim| *dim == 1) => {
            Ok((*rows, *columns, lead.len()))
        }
        _ => Err(Problem::new(
            format!("weights of shape {shape:?} are more than one matrix"),
            "use a model whose products have one matrix each, or a grouped convolution",
        )),
    }
}

pub(crate) fn misfit(left: &[usize], right: &[usize]) -> Problem {
    Problem::malformed(format!("inputs of shapes {left:?} and {right:?} do not fit"))
}
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
impl Operator for Dense {
    /// `y[o][n][i] = Σ_k weights[n][k] · x[o][k][i] + bias[o][n][i]`.
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        let input = inputs[0].values;
        let mut output = match &self.weights {
            Floats::Single(weights) => self.products(weights, input),
            Floats::Double(weights) => self.products(weights, input),
        };
        output.iter_mut().zip(&self.bias).for_each(|(y, bias)| *y += bias);
        output
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let tensor = lowering.input(node);
        let Dense { outer, inputs, outputs, inner, .. } = *self;
        let mut value = if (outer, inner) == (1, 1) {
            let value = lowering.fit(tensor, |_| true)?;
            let float = FloatDense { rows: outputs, columns: inputs, weights: self.coefficients() };
            let offset = PerElement::from_vec(float.apply(&value.offset));
            let terms = value.terms.iter().filter_map(|term| {
                let Map::Scaled(scale) = &term.map else { return None };
                let mut own = float.clone();
                let scales = (0..inputs).map(|at| scale.at(at)).collect();
                own.weights = own.weights.reading(scales, 1, outputs);
                // A few elements spread over many, as a mean that is taken from
                // each pixel: their coefficients are summed before they are
                // rounded.
                let spread = lowering.emitter.gathered(term.node);
                let spread = spread
                    .filter(|(source, _)| 4 * lowering.emitter.builder.len(*source) <= inputs);
                let node = match spread {
                    Some((source, index)) => {
                        own = own.gathered(lowering.emitter.builder.len(source), index);
                        source
                    }
                    None => term.node,
                };
                Some(Term { node, map: Map::Dense(own), select: None })
            });
            Value { len: outputs, terms: terms.collect(), offset }
        } else {
            self.repeated(tensor, lowering)?
        };
        if !self.bias.is_empty() {
            let bias = PerElement::from_vec(self.bias.clone());
            value.offset = value.offset.zip(&bias, value.len, |l, r| l + r);
        }
        Ok(Rc::new(value))
    }

    fn constants(&self) -> usize {
        self.weights.len().saturating_add(self.bias.len())
    }

    fn lowering_work(&self) -> usize {
        1
    }

    fn work(&self) -> usize {
        self.inputs
    }
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
impl Dense {
    fn coefficients(&self) -> Coefficients {
        Coefficients::new(self.weights.clone(), self.inputs)
    }

    /// The products of the matrix, in whatever precision its entries are.
    fn products<W: Copy + Into<f64>>(&self, weights: &[W], input: &[f64]) -> Vec<f64> {
        let Self { outer, inputs, outputs, inner, .. } = *self;
        let mut output = Vec::with_capacity(outer * outputs * inner);
        for x in input.chunks_exact(inputs * inner) {
            for row in weights.chunks_exact(inputs) {
                if inner == 1 {
                    output.push(dot(row, x));
                    continue;
                }
                let start = output.len();
                output.resize(start + inner, 0.0);
                for (weight, x) in row.iter().zip(x.chunks_exact(inner)) {
                    let weight: f64 = (*weight).into();
                    output[start..].iter_mut().zip(x).for_each(|(y, x)| *y += weight * x);
                }
            }
        }
        output
    }

    /// Whether each input of the matrix has one scale wherever it stands.
    fn goes_by_inputs(&self, scale: &PerElement) -> bool {
        let PerElement::Each(scales) = scale else { return true };
        let Self { outer, inputs, inner, .. } = *self;
        let place = |o: usize, k: usize, i: usize| (o * inputs + k) * inner + i;
        let same = |o: usize, i: usize| {
            (0..inputs).all(|k| scales[place(o, k, i)] == scales[place(0, k, 0)])
        };
        (0..outer).all(|o| (0..inner).all(|i| same(o, i)))
    }

    /// A matrix over one axis of many is a 1×1 convolution between two
    /// transpositions.
    fn repeated(
        &self,
        tensor: TensorRef,
        lowering: &mut Lowering<'_>,
    ) -> Result<Value, CompileError> {
        let Dense { outer, inputs, outputs, inner, .. } = *self;
        let to_front = strided_index(&[(inputs, inner), (outer, inputs * inner), (inner, 1)]);
        let back = strided_index(&[(outer, inner), (outputs, outer * inner), (inner, 1)]);
        let value = lowering.fit(tensor, |scale| self.goes_by_inputs(scale))?;
        let moved = lowering.emitter.select(&value, &some(to_front))?;
        let conv = FloatConv {
            window: Window {
                input: [inputs, outer, inner],
                output: [outer, inner],
                kernel: [1, 1],
                stride: [1, 1],
                dilation: [1, 1],
                padding: [0, 0],
            },
            channels: outputs,
            groups: 1,
            weights: self.coefficients(),
        };
        let offset = PerElement::from_vec(lowering.emitter.convolved(&conv, &moved.offset)?);
        let mut terms = Vec::new();
        for term in &moved.terms {
            let Map::Scaled(scale) = &term.map else { continue };
            let mut own = conv.clone();
            // Moved, those of one input are one after the other.
            let scales = (0..inputs).map(|at| scale.at(at * outer * inner)).collect();
            own.weights = own.weights.reading(scales, 1, outputs);
            terms.push(Term { node: term.node, map: Map::Conv(own), select: None });
        }
        let value = Value { len: outer * outputs * inner, terms, offset };
        lowering.emitter.select(&value, &some(back))
    }
}

/// The inner product, as eight interleaved sums that are added up at the end.
fn dot<W: Copy + Into<f64>>(left: &[W], right: &[f64]) -> f64 {
    const LANES: usize = 8;
    let (left, left_rest) = left.as_chunks::<LANES>();
    let (right, right_rest) = right.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (l, r) in left.iter().zip(right) {
        for ((sum, l), r) in sums.iter_mut().zip(l).zip(r) {
            *sum += (*l).into() * r;
        }
    }
    for ((sum, l), r) in sums.iter_mut().zip(left_rest).zip(right_rest) {
        *sum += (*l).into() * r;
    }
    sums.into_iter().sum()
}
