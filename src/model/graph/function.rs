//! Functions of one real number, as lists of elementary steps.

use super::op::Activation;

/// Most steps of a function; a list of ONNX's own takes ten.
pub(crate) const MAX_STEPS: usize = 128;

/// A function of one real number. Each step reads earlier ones; the last is the value.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    steps: Vec<Elementary>,
}

/// One step of a function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Elementary {
    /// The function's argument, always the first step.
    Argument,
    /// A number.
    Constant(f64),
    /// A function of an earlier step.
    Unary(Unary, Place),
    /// A function of two earlier steps.
    Binary(Binary, Place, Place),
}

/// An earlier step of the same function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(usize);

/// Functions of one number, from the `libm` crate where IEEE 754 does not have them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unary {
    /// `-x`
    Negate,
    /// `|x|`
    Absolute,
    /// `1 / x`
    Reciprocal,
    /// The square root.
    Sqrt,
    /// `e^x`
    Exp,
    /// The natural logarithm.
    Log,
    /// `ln(1 + x)`
    LogOnePlus,
    /// The error function.
    Erf,
    /// The sine, as all angles in radians.
    Sin,
    /// The cosine.
    Cos,
    /// The tangent.
    Tan,
    /// The angle with this sine.
    Asin,
    /// The angle with this cosine.
    Acos,
    /// The angle with this tangent.
    Atan,
    /// The hyperbolic sine.
    Sinh,
    /// The hyperbolic cosine.
    Cosh,
    /// The hyperbolic tangent.
    Tanh,
    /// The inverse of the hyperbolic sine.
    Asinh,
    /// The inverse of the hyperbolic cosine.
    Acosh,
    /// The inverse of the hyperbolic tangent.
    Atanh,
    /// The greatest integer that is not above.
    Floor,
    /// The least integer that is not below.
    Ceiling,
    /// The nearest integer, of two the even one.
    Round,
    /// The nearest integer that is not farther from zero.
    Truncate,
    /// -1, 0 or 1.
    Sign,
    /// 1 for a number above zero, else 0.
    IsPositive,
    /// 1 for zero or a number above it, else 0.
    IsNotNegative,
    /// 1 for zero, else 0.
    IsZero,
    /// One of the monotone functions that are operators of their own.
    Activation(Activation),
}

/// Functions of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `x + y`
    Add,
    /// `x − y`
    Subtract,
    /// `x · y`
    Multiply,
    /// `x / y`
    Divide,
    /// `x^y`
    Power,
    /// The greater one; not a number if one of them is none.
    Maximum,
    /// The lesser one; not a number if one of them is none.
    Minimum,
    /// 1 if x is greater than y, else 0.
    Greater,
    /// y where x is not zero, else 0, whatever y is there.
    Gate,
}

impl Place {
    /// The position of the step.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

impl Unary {
    /// Whether it asks about its argument, and is 0 or 1.
    #[must_use]
    pub const fn compares(self) -> bool {
        matches!(self, Self::IsPositive | Self::IsNotNegative | Self::IsZero)
    }
}

impl Function {
    /// Whether it is a comparison and nothing else.
    pub(crate) fn is_comparison(&self) -> bool {
        matches!(self.steps.as_slice(), [Elementary::Argument, Elementary::Unary(unary, _)] if unary.compares())
    }

    /// Whether a comparison is one of its steps.
    pub(crate) fn compares(&self) -> bool {
        let asks =
            |step: &Elementary| matches!(step, Elementary::Unary(unary, _) if unary.compares());
        self.steps.iter().any(asks)
    }

    /// The function of a single elementary one.
    #[must_use]
    pub fn of(unary: Unary) -> Self {
        let mut formula = Formula::new();
        let value = formula.unary(unary, Formula::ARGUMENT);
        formula.finish(value)
    }

    /// Its steps, the argument first.
    #[must_use]
    pub fn steps(&self) -> &[Elementary] {
        &self.steps
    }
}

/// A function in the making. A step that is there already is not added again.
#[derive(Clone, Debug)]
pub(crate) struct Formula {
    steps: Vec<Elementary>,
}

impl Formula {
    /// The argument, which every formula has.
    pub(crate) const ARGUMENT: Place = Place(0);

    pub(crate) fn new() -> Self {
        Self { steps: vec![Elementary::Argument] }
    }

    /// How many steps it has.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    pub(crate) fn constant(&mut self, value: f64) -> Place {
        self.step(Elementary::Constant(value))
    }

    pub(crate) fn unary(&mut self, unary: Unary, x: Place) -> Place {
        self.step(Elementary::Unary(unary, x))
    }

    pub(crate) fn binary(&mut self, binary: Binary, x: Place, y: Place) -> Place {
        self.step(Elementary::Binary(binary, x, y))
    }

    /// `x` and a number.
    pub(crate) fn with(&mut self, binary: Binary, x: Place, number: f64) -> Place {
        let number = self.constant(number);
        self.binary(binary, x, number)
    }

    /// The value of a whole function at an earlier step.
    pub(crate) fn apply(&mut self, function: &Function, x: Place) -> Place {
        let mut places: Vec<Place> = Vec::with_capacity(function.steps.len());
        for step in &function.steps {
            // Steps read earlier ones alone, so each is there.
            let at = |place: Place| places.get(place.0).copied().unwrap_or(Self::ARGUMENT);
            places.push(match *step {
                Elementary::Argument => x,
                Elementary::Constant(value) => self.constant(value),
                Elementary::Unary(unary, x) => {
                    let x = at(x);
                    self.unary(unary, x)
                }
                Elementary::Binary(binary, x, y) => {
                    let (x, y) = (at(x), at(y));
                    self.binary(binary, x, y)
                }
            });
        }
        places.last().copied().unwrap_or(x)
    }

    /// The function whose value is this step.
    pub(crate) fn finish(mut self, value: Place) -> Function {
        self.steps.truncate(value.0.saturating_add(1));
        Function { steps: self.steps }
    }

    fn step(&mut self, step: Elementary) -> Place {
        let same = |other: &Elementary| match (*other, step) {
            // Zero has two signs.
            (Elementary::Constant(l), Elementary::Constant(r)) => l.to_bits() == r.to_bits(),
            (other, step) => other == step,
        };
        let found = self.steps.iter().position(same);
        Place(found.unwrap_or_else(|| {
            self.steps.push(step);
            self.steps.len().saturating_sub(1)
        }))
    }
}
