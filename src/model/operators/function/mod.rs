//! Functions of one element that need not be monotone.
//!
//! A comparison has a step of its own (`compare`). Any other function costs one row an element, with a table of its own over its argument, or two
//! where that table would be too long (`tables`).

mod compare;
mod tables;

use std::rc::Rc;

use super::{Operator, Tensor};
use crate::model::graph::{Binary, Elementary, Function, Place, Unary};
use crate::model::lowering::{CompileError, Lowering, Value};

/// What a step takes that is a series, beside one multiplication.
const SERIES: usize = 8;

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

impl Unary {
    /// The function's value, the same on every machine.
    pub(crate) fn apply(self, x: f64) -> f64 {
        match self {
            Self::Negate => -x,
            Self::Absolute => x.abs(),
            Self::Reciprocal => 1.0 / x,
            Self::Sqrt => x.sqrt(),
            Self::Exp => libm::exp(x),
            Self::Log => libm::log(x),
            Self::LogOnePlus => libm::log1p(x),
            Self::Erf => libm::erf(x),
            Self::Sin => libm::sin(x),
            Self::Cos => libm::cos(x),
            Self::Tan => libm::tan(x),
            Self::Asin => libm::asin(x),
            Self::Acos => libm::acos(x),
            Self::Atan => libm::atan(x),
            Self::Sinh => libm::sinh(x),
            Self::Cosh => libm::cosh(x),
            Self::Tanh => libm::tanh(x),
            Self::Asinh => libm::asinh(x),
            Self::Acosh => libm::acosh(x),
            Self::Atanh => libm::atanh(x),
            Self::Floor => x.floor(),
            Self::Ceiling => x.ceil(),
            Self::Round => x.round_ties_even(),
            Self::Truncate => x.trunc(),
            Self::Sign if x == 0.0 || x.is_nan() => x,
            Self::Sign => x.signum(),
            Self::IsPositive => truth(x > 0.0),
            Self::IsNotNegative => truth(x >= 0.0),
            Self::IsZero => truth(x == 0.0),
            Self::Activation(activation) => activation.apply(x),
        }
    }
}

impl Binary {
    /// The function's value, the same on every machine.
    pub(crate) fn apply(self, x: f64, y: f64) -> f64 {
        match self {
            Self::Add => x + y,
            Self::Subtract => x - y,
            Self::Multiply => x * y,
            Self::Divide => x / y,
            Self::Power => libm::pow(x, y),
            Self::Maximum | Self::Minimum if x.is_nan() || y.is_nan() => f64::NAN,
            // Of zeros with different signs the second: the library may take either.
            Self::Maximum => {
                if x > y {
                    x
                } else {
                    y
                }
            }
            Self::Minimum => {
                if x < y {
                    x
                } else {
                    y
                }
            }
            Self::Greater => truth(x > y),
            Self::Gate if x == 0.0 => 0.0,
            Self::Gate => y,
        }
    }
}

impl Function {
    /// Its value; `steps` is room for the values of its steps.
    pub(crate) fn apply(&self, x: f64, steps: &mut Vec<f64>) -> f64 {
        steps.clear();
        for step in self.steps() {
            let at = |place: Place| steps.get(place.index()).copied().unwrap_or(f64::NAN);
            let value = match *step {
                Elementary::Argument => x,
                Elementary::Constant(value) => value,
                Elementary::Unary(unary, x) => unary.apply(at(x)),
                Elementary::Binary(binary, x, y) => binary.apply(at(x), at(y)),
            };
            steps.push(value);
        }
        steps.last().copied().unwrap_or(x)
    }

    /// Multiplications that its value takes.
    pub(crate) fn cost(&self) -> usize {
        let series = |step: &Elementary| match step {
            Elementary::Argument | Elementary::Constant(_) => 0,
            Elementary::Unary(Unary::Negate | Unary::Absolute | Unary::Sign, _) => 1,
            Elementary::Unary(unary, _) if unary.compares() => 1,
            Elementary::Unary(..) | Elementary::Binary(Binary::Power, ..) => SERIES,
            Elementary::Binary(..) => 1,
        };
        self.steps().iter().map(series).fold(1, usize::saturating_add)
    }
}

impl Operator for Function {
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        let mut steps = Vec::new();
        inputs.iter().flat_map(|input| input.values).map(|x| self.apply(*x, &mut steps)).collect()
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        match compare::only(self) {
            Some(comparison) => compare::lower(comparison, node, lowering),
            None => tables::lower(self, node, lowering),
        }
    }

    fn constants(&self) -> usize {
        self.steps().len()
    }

    fn work(&self) -> usize {
        self.cost()
    }
}
