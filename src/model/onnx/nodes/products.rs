//! Matrix products: Gemm and MatMul.

use super::super::constant;
use super::steps::Steps;
use super::{Argument, Built, Call, Chain, Source, Step, einsum, layout};
use crate::model::graph::{Affine, Constant, Dense, MatMul, Op, Problem, Sum, TensorRef, shape};
use crate::model::operators::dense::{self, Product, misfit};
use crate::model::operators::matmul::{self, Shapes};

/// `rows × columns` of a matrix.
fn matrix(shape: &[usize], what: &str) -> Result<(usize, usize), Problem> {
    match shape {
        [rows, columns] => Ok((*rows, *columns)),
        _ => Err(Problem::malformed(format!("{what} of shape {shape:?} is not a matrix"))),
    }
}

/// The values of a matrix of this size, its axes exchanged.
fn transposed(values: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    let mut turned = Vec::with_capacity(values.len());
    for column in 0..columns {
        turned.extend(values.iter().skip(column).step_by(columns.max(1)).take(rows));
    }
    turned
}

/// `alpha · A · B + beta · C`, A or B a constant.
pub(super) fn gemm(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 3)?;
    let alpha = call.attributes.float_or("alpha", 1.0)?;
    let beta = call.attributes.float_or("beta", 1.0)?;
    let transposes = [call.attributes.flag("transA")?, call.attributes.flag("transB")?];
    let shapes = [call.shape(0)?, call.shape(1)?];
    let mut sizes = [(0, 0); 2];
    for ((shape, flip), slot) in shapes.iter().zip(transposes).zip(&mut sizes) {
        let (rows, columns) = matrix(shape, "an input")?;
        *slot = if flip { (columns, rows) } else { (rows, columns) };
    }
    let [(rows, depth), (other, columns)] = sizes;
    if depth != other {
        return Err(misfit(shapes[0], shapes[1]));
    }
    let shape = [rows, columns];
    let constant_first = match (call.at(0), call.at(1)) {
        (Argument::Tensor { .. }, Argument::Literal(_)) => false,
        (Argument::Literal(_), Argument::Tensor { .. }) => true,
        (Argument::Tensor { .. }, Argument::Tensor { .. }) => {
            return gemm_of_tensors(call, [alpha, beta], transposes, [rows, depth, columns]);
        }
        _ => return Err(Problem::malformed("an input is missing")),
    };
    let (at, weights_at) = if constant_first { (1, 0) } else { (0, 1) };
    let (tensor, input) = call.tensor(at)?;
    let weights = call.required(weights_at)?;
    // Row n of the layer's matrix makes output n: rows of A, columns of B.
    let flip = transposes.get(weights_at) == Some(&!constant_first);
    let (first, second) = matrix(&weights.shape, "a weight tensor")?;
    let mut matrix =
        if flip { weights.values.clone() } else { transposed(&weights.values, first, second) };
    matrix.iter_mut().for_each(|weight| *weight *= alpha);
    finite(&matrix)?;
    let addend = Addend::of(call, beta, &shape)?;
    let mut chain = Chain::new();
    if transposes.get(at) == Some(&true) {
        let turned: Vec<usize> = input.iter().rev().copied().collect();
        chain.then(tensor, layout::transposition(input, vec![1, 0]), &turned);
    }
    let (outer, inputs, outputs, inner) =
        if constant_first { (1, depth, rows, columns) } else { (rows, depth, columns, 1) };
    let bias = match &addend {
        Addend::Constant(bias) => bias.clone(),
        _ => Vec::new(),
    };
    let dense = Dense { outer, inputs, outputs, inner, weights: matrix.into(), bias };
    chain.then(tensor, Op::Dense(dense), &shape);
    Ok(match addend {
        Addend::Tensor(addend, own) => chain.plus(addend, own, beta, &shape),
        _ => chain.build(),
    })
}

/// Gemm of two tensors.
fn gemm_of_tensors(
    call: &mut Call<'_>,
    [alpha, beta]: [f64; 2],
    transposes: [bool; 2],
    [rows, inner, columns]: [usize; 3],
) -> Result<Built, Problem> {
    let shape = [rows, columns];
    let addend = Addend::of(call, beta, &shape)?;
    let mut steps = Steps::default();
    let mut sides = Vec::with_capacity(2);
    for (index, turned) in transposes.into_iter().enumerate() {
        let (tensor, own) = call.tensor(index)?;
        let side = (Source::Tensor(tensor), own.to_vec());
        sides.push(if turned { steps.turn(side, vec![1, 0]) } else { side }.0);
    }
    let product = Op::MatMul(MatMul { batch: 1, rows, inner, columns });
    let mut result = steps.add(product, sides, shape.to_vec());
    if alpha != 1.0 {
        result = steps.scaled(result, alpha);
    }
    match addend {
        Addend::None => {}
        Addend::Constant(bias) => {
            let offset = Constant { shape: shape.to_vec(), values: bias };
            let affine = Affine { scale: Constant::scalar(1.0), offset };
            steps.add(Op::Affine(affine), vec![result.0], shape.to_vec());
        }
        Addend::Tensor(addend, own) => {
            let addend = steps.scaled((Source::Tensor(addend), own.to_vec()), beta);
            let inputs = vec![result.0, addend.0];
            steps.add(Op::Sum(Sum { subtract: false }), inputs, shape.to_vec());
        }
    }
    Ok(steps.build())
}

/// The product of two tensors as NumPy has it.
fn of_tensors(left: (TensorRef, &[usize]), right: (TensorRef, &[usize])) -> Result<Built, Problem> {
    let Shapes { product, spread, shape } = matmul::shapes(left.1, right.1)?;
    let mut steps = Steps::default();
    let mut sides = Vec::with_capacity(2);
    for ((tensor, own), to) in [left, right].into_iter().zip(spread) {
        let side = (Source::Tensor(tensor), own.to_vec());
        // Axes of one element more or less make no difference.
        let same = shape::elements(own)? == shape::elements(&to)?;
        sides.push(if same { side } else { steps.spread(side, &to)? }.0);
    }
    steps.add(Op::MatMul(product), sides, shape);
    Ok(steps.build())
}

/// The third input of Gemm.
enum Addend<'a> {
    None,
    /// As large as the product, times beta.
    Constant(Vec<f64>),
    Tensor(TensorRef, &'a [usize]),
}

impl<'a> Addend<'a> {
    fn of(call: &Call<'a>, beta: f64, product: &[usize]) -> Result<Self, Problem> {
        let own = match call.at(2) {
            Argument::Missing => return Ok(Self::None),
            Argument::Literal(literal) => literal.shape(),
            Argument::Tensor { shape, .. } => shape,
        };
        if shape::broadcast(own, product)? != product {
            return Err(Problem::malformed(format!(
                "a third input of shape {own:?} does not broadcast to {product:?}"
            )));
        }
        if let Argument::Tensor { tensor, shape } = call.at(2) {
            return Ok(Self::Tensor(tensor, shape));
        }
        let constant = call.required(2)?;
        let bias: Vec<f64> = shape::broadcast_index(own, product)
            .into_iter()
            .filter_map(|index| constant.values.get(index).map(|value| value * beta))
            .collect();
        finite(&bias)?;
        Ok(Self::Constant(bias))
    }
}

impl Chain {
    /// Ends in a sum with another tensor times a factor.
    fn plus(mut self, addend: TensorRef, own: &[usize], factor: f64, shape: &[usize]) -> Built {
        let product = Source::Step(self.0.len().saturating_sub(1));
        let scaled = Source::Step(self.0.len());
        let (scale, offset) = (Constant::scalar(factor), Constant::scalar(0.0));
        self.0.push(Step {
            op: Op::Affine(Affine { scale, offset }),
            inputs: vec![Source::Tensor(addend)],
            shape: own.to_vec(),
        });
        self.0.push(Step {
            op: Op::Sum(Sum { subtract: false }),
            inputs: vec![product, scaled],
            shape: shape.to_vec(),
        });
        self.build()
    }
}

fn finite(values: &[f64]) -> Result<(), Problem> {
    constant::finite(values).map_err(|_| {
        Problem::new("its weights times alpha or beta are infinite", "use smaller ones")
    })
}

/// A product of a tensor and a constant, or of two tensors.
pub(super) fn matmul(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 2)?;
    let constant_first = match (call.at(0), call.at(1)) {
        (Argument::Tensor { .. }, Argument::Literal(_)) => false,
        (Argument::Literal(_), Argument::Tensor { .. }) => true,
        (
            Argument::Tensor { tensor: left, shape: left_shape },
            Argument::Tensor { tensor: right, shape: right_shape },
        ) => return of_tensors((left, left_shape), (right, right_shape)),
        _ => return Err(Problem::malformed("an input is missing")),
    };
    let (at, weights_at) = if constant_first { (1, 0) } else { (0, 1) };
    let (tensor, input) = call.tensor(at)?;
    let weights = call.required(weights_at)?;
    let several = weights.shape.iter().rev().skip(2).any(|dim| *dim > 1);
    if several {
        return einsum::matrices(call, (tensor, input), weights, constant_first);
    }
    let Product { outer, inputs, outputs, inner, shape } =
        dense::product(input, &weights.shape, constant_first)?;
    let weights = if constant_first {
        weights.values.clone()
    } else {
        transposed(&weights.values, inputs, outputs)
    };
    let dense = Dense { outer, inputs, outputs, inner, weights: weights.into(), bias: Vec::new() };
    Ok(Built::node(Op::Dense(dense), vec![tensor], shape))
}
