//! Functions of one element that need not be monotone, and extremes of a tensor and constants.

use super::super::constant::{self, Literal};
use super::{Argument, Built, Call, Chain};
use crate::model::graph::{
    Activation, Affine, Binary, Constant, Formula, Function, Op, Place, Problem, Sum, TensorRef,
    Unary, shape,
};

/// An operator that is one elementary function.
pub(super) fn unary(operator: &str) -> Option<Unary> {
    Some(match operator {
        "Abs" => Unary::Absolute,
        "Acos" => Unary::Acos,
        "Acosh" => Unary::Acosh,
        "Asin" => Unary::Asin,
        "Asinh" => Unary::Asinh,
        "Atan" => Unary::Atan,
        "Atanh" => Unary::Atanh,
        "Ceil" => Unary::Ceiling,
        "Cos" => Unary::Cos,
        "Cosh" => Unary::Cosh,
        "Erf" => Unary::Erf,
        "Exp" => Unary::Exp,
        "Floor" => Unary::Floor,
        "Log" => Unary::Log,
        "Neg" => Unary::Negate,
        "Reciprocal" => Unary::Reciprocal,
        "Round" => Unary::Round,
        "Sign" => Unary::Sign,
        "Sin" => Unary::Sin,
        "Sinh" => Unary::Sinh,
        "Sqrt" => Unary::Sqrt,
        "Tan" => Unary::Tan,
        "Tanh" => Unary::Tanh,
        _ => return None,
    })
}

/// An operator that is a function of its only input.
pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, shape) = call.tensor(0)?;
    let mut chain = Chain::new();
    match (call.operator, unary(call.operator)) {
        (_, Some(Unary::Negate)) => chain.then(tensor, scale(-1.0, 0.0), shape),
        (_, Some(unary)) => chain.then(tensor, Op::Function(Function::of(unary)), shape),
        ("HardSigmoid", _) => {
            let alpha = call.attributes.float_or("alpha", 0.2)?;
            let beta = call.attributes.float_or("beta", 0.5)?;
            chain.then(tensor, scale(alpha, beta), shape);
            chain.then(tensor, clip(0.0, 1.0), shape);
        }
        _ => chain.then(tensor, Op::Function(formula(call)?), shape),
    }
    Ok(chain.build())
}

fn scale(scale: f64, offset: f64) -> Op {
    let (scale, offset) = (Constant::scalar(scale), Constant::scalar(offset));
    Op::Affine(Affine { scale, offset })
}

const fn clip(low: f64, high: f64) -> Op {
    Op::Activation(Activation::Clip { low, high })
}

/// The functions that take more than one step.
fn formula(call: &mut Call<'_>) -> Result<Function, Problem> {
    let mut formula = Formula::new();
    let (f, x) = (&mut formula, Formula::ARGUMENT);
    let attributes = &mut call.attributes;
    let value = match call.operator {
        "Celu" => {
            let alpha = attributes.float_or("alpha", 1.0)?;
            if alpha == 0.0 {
                return Err(Problem::malformed("its `alpha` is 0, by which it divides"));
            }
            let scaled = f.with(Binary::Divide, x, alpha);
            let below = exponential(f, scaled, alpha);
            let below = f.with(Binary::Minimum, below, 0.0);
            let above = f.with(Binary::Maximum, x, 0.0);
            f.binary(Binary::Add, above, below)
        }
        "Elu" => {
            let alpha = attributes.float_or("alpha", 1.0)?;
            elu(f, x, alpha)
        }
        "Selu" => {
            let alpha = attributes.float_or("alpha", f64::from(1.673_263_2_f32))?;
            let gamma = attributes.float_or("gamma", f64::from(1.050_701_f32))?;
            let elu = elu(f, x, alpha);
            f.with(Binary::Multiply, elu, gamma)
        }
        "Gelu" => gelu(f, x, attributes.string("approximate")?.unwrap_or("none"))?,
        "HardSwish" => {
            let sixth = f.with(Binary::Multiply, x, 1.0 / 6.0);
            let moved = f.with(Binary::Add, sixth, 0.5);
            let bounds = Activation::Clip { low: 0.0, high: 1.0 };
            let share = f.unary(Unary::Activation(bounds), moved);
            f.binary(Binary::Multiply, x, share)
        }
        "Mish" => {
            let soft = softplus(f, x);
            let share = f.unary(Unary::Tanh, soft);
            f.binary(Binary::Multiply, x, share)
        }
        "Shrink" => {
            let bias = attributes.float_or("bias", 0.0)?;
            let lambda = attributes.float_or("lambd", 0.5)?;
            if lambda < 0.0 {
                return Err(Problem::new(
                    format!("its `lambd` is {lambda}, so both its cases hold near zero"),
                    "use a model with one of 0 or above",
                ));
            }
            let (least, most) = (f.constant(-lambda), f.constant(lambda));
            let (below, above) =
                (f.binary(Binary::Greater, least, x), f.binary(Binary::Greater, x, most));
            let (raised, lowered) =
                (f.with(Binary::Add, x, bias), f.with(Binary::Subtract, x, bias));
            let below = f.binary(Binary::Multiply, raised, below);
            let above = f.binary(Binary::Multiply, lowered, above);
            f.binary(Binary::Add, below, above)
        }
        "Softplus" => softplus(f, x),
        "Softsign" => {
            let size = f.unary(Unary::Absolute, x);
            let divisor = f.with(Binary::Add, size, 1.0);
            f.binary(Binary::Divide, x, divisor)
        }
        "Swish" => {
            let alpha = attributes.float_or("alpha", 1.0)?;
            let scaled = f.with(Binary::Multiply, x, alpha);
            let share = f.unary(Unary::Activation(Activation::Sigmoid), scaled);
            f.binary(Binary::Multiply, x, share)
        }
        "ThresholdedRelu" => {
            let alpha = attributes.float_or("alpha", 1.0)?;
            let above = f.with(Binary::Greater, x, alpha);
            f.binary(Binary::Multiply, x, above)
        }
        _ => return Err(Problem::malformed("it is no function of one element")),
    };
    Ok(formula.finish(value))
}

/// `alpha · (e^x − 1)`.
fn exponential(f: &mut Formula, x: Place, alpha: f64) -> Place {
    let power = f.unary(Unary::Exp, x);
    let less = f.with(Binary::Subtract, power, 1.0);
    f.with(Binary::Multiply, less, alpha)
}

/// `x` from zero on, `alpha · (e^x − 1)` below.
fn elu(f: &mut Formula, x: Place, alpha: f64) -> Place {
    let (above, below) = (f.with(Binary::Maximum, x, 0.0), f.with(Binary::Minimum, x, 0.0));
    let below = exponential(f, below, alpha);
    f.binary(Binary::Add, above, below)
}

/// `ln(1 + e^x)`, whose power does not overflow.
fn softplus(f: &mut Formula, x: Place) -> Place {
    let size = f.unary(Unary::Absolute, x);
    let negated = f.unary(Unary::Negate, size);
    let power = f.unary(Unary::Exp, negated);
    let rest = f.unary(Unary::LogOnePlus, power);
    let above = f.with(Binary::Maximum, x, 0.0);
    f.binary(Binary::Add, above, rest)
}

fn gelu(f: &mut Formula, x: Place, approximate: &str) -> Result<Place, Problem> {
    use std::f64::consts::{FRAC_2_PI, SQRT_2};
    let share = match approximate {
        "none" => {
            let scaled = f.with(Binary::Divide, x, SQRT_2);
            f.unary(Unary::Erf, scaled)
        }
        "tanh" => {
            let square = f.binary(Binary::Multiply, x, x);
            let cube = f.binary(Binary::Multiply, square, x);
            let cube = f.with(Binary::Multiply, cube, 0.044_715);
            let sum = f.binary(Binary::Add, x, cube);
            let scaled = f.with(Binary::Multiply, sum, FRAC_2_PI.sqrt());
            f.unary(Unary::Tanh, scaled)
        }
        other => {
            return Err(Problem::malformed(format!("its attribute `approximate` is `{other}`")));
        }
    };
    let half = f.with(Binary::Multiply, x, 0.5);
    let more = f.with(Binary::Add, share, 1.0);
    Ok(f.binary(Binary::Multiply, half, more))
}

/// A leaky relu of any slope.
fn leaky(alpha: f64) -> Op {
    if (0.0..=MAX_SLOPE).contains(&alpha) {
        return Op::Activation(Activation::LeakyRelu { alpha });
    }
    let mut f = Formula::new();
    let (above, below) = (
        f.with(Binary::Maximum, Formula::ARGUMENT, 0.0),
        f.with(Binary::Minimum, Formula::ARGUMENT, 0.0),
    );
    let below = f.with(Binary::Multiply, below, alpha);
    let value = f.binary(Binary::Add, above, below);
    Op::Function(f.finish(value))
}

/// Slopes up to this are monotone functions that may change places with a maximum.
const MAX_SLOPE: f64 = 1e6;

pub(super) fn leaky_relu(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let alpha = call.attributes.float_or("alpha", 0.01)?;
    let (tensor, shape) = call.tensor(0)?;
    Ok(Built::node(leaky(alpha), vec![tensor], shape.to_vec()))
}

/// PRelu: a slope below zero for each element, or for all.
pub(super) fn p_relu(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 2)?;
    let (tensor, shape) = call.tensor(0)?;
    let slope = call.required(1)?;
    if shape::broadcast(shape, &slope.shape)? != shape {
        return Err(Problem::malformed("its slopes do not broadcast to its input"));
    }
    if let Some(alpha) = slope.number() {
        return Ok(Built::node(leaky(alpha), vec![tensor], shape.to_vec()));
    }
    // x + (slope − 1) · min(x, 0)
    let mut chain = Chain::new();
    chain.then(tensor, clip(f64::NEG_INFINITY, 0.0), shape);
    let (scale, offset) = (slope.map(|slope| slope - 1.0), Constant::scalar(0.0));
    chain.then(tensor, Op::Affine(Affine { scale, offset }), shape);
    chain.with(tensor, Op::Sum(Sum { subtract: false }), shape);
    Ok(chain.build())
}

/// Pow, where base or exponent is one number.
pub(super) fn power(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 2)?;
    let exponent = !matches!(call.at(1), Argument::Tensor { .. });
    let (tensor, shape) = call.tensor(usize::from(!exponent))?;
    let at = usize::from(exponent);
    let constant = match call.literal(at)? {
        Literal::Int { shape, values } => Constant {
            shape: shape.clone(),
            values: values.iter().map(|value| *value as f64).collect(),
        },
        Literal::Float(constant) => constant.clone(),
        other => return Err(Problem::malformed(format!("input {at} holds {}", other.kind()))),
    };
    constant::finite(&constant.values)?;
    let Some(value) = constant.number() else {
        return Err(Problem::new(
            format!("{} is a different number for each element", call.called(at)),
            "use a model in which it is one number",
        ));
    };
    let (mut f, x) = (Formula::new(), Formula::ARGUMENT);
    let place = match value {
        2.0 if exponent => f.binary(Binary::Multiply, x, x),
        _ if exponent => f.with(Binary::Power, x, value),
        _ => {
            let base = f.constant(value);
            f.binary(Binary::Power, base, x)
        }
    };
    function(f.finish(place), tensor, shape, &constant)
}

/// A constant divided by a tensor.
pub(super) fn quotient(
    constant: &Constant,
    tensor: TensorRef,
    shape: &[usize],
) -> Result<Built, Problem> {
    let Some(value) = constant.number() else {
        let mut chain = Chain::new();
        chain.then(tensor, Op::Function(Function::of(Unary::Reciprocal)), shape);
        let affine = Affine { scale: constant.clone(), offset: Constant::scalar(0.0) };
        let shape = affine.shape(shape)?;
        chain.then(tensor, Op::Affine(affine), &shape);
        return Ok(chain.build());
    };
    let mut f = Formula::new();
    let dividend = f.constant(value);
    let place = f.binary(Binary::Divide, dividend, Formula::ARGUMENT);
    function(f.finish(place), tensor, shape, constant)
}

/// A function of a tensor, broadcast to the shape of the constant in it.
fn function(
    function: Function,
    tensor: TensorRef,
    shape: &[usize],
    constant: &Constant,
) -> Result<Built, Problem> {
    let mut chain = Chain::new();
    chain.then(tensor, Op::Function(function), shape);
    let wide = shape::broadcast(shape, &constant.shape)?;
    if wide != shape {
        let affine = Affine { scale: constant.map(|_| 1.0), offset: Constant::scalar(0.0) };
        chain.then(tensor, Op::Affine(affine), &wide);
    }
    Ok(chain.build())
}
