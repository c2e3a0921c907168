//! What a node's elements have collected in the backward pass.

use ff::Field;

use crate::field::Scalar;
use crate::model::program::Program;

/// τ^0, τ^1, …, as many as the longest node has elements.
pub(super) struct Powers(Vec<Scalar>);

impl Powers {
    /// The powers that a program's nodes need.
    pub(super) fn of(tau: Scalar, program: &Program) -> Self {
        let len = program.nodes().iter().map(|node| node.len).max().unwrap_or(0);
        Self(
            std::iter::successors(Some(Scalar::ONE), |power| Some(*power * tau))
                .take(len)
                .collect(),
        )
    }

    /// τ^exponent.
    pub(super) fn at(&self, exponent: usize) -> Scalar {
        self.0[exponent]
    }

    /// The first `len` powers.
    pub(super) fn first(&self, len: usize) -> &[Scalar] {
        &self.0[..len]
    }
}

/// The coefficients of a node's elements.
#[derive(Default)]
pub(super) enum Cotangent {
    /// Nothing reads the node.
    #[default]
    Zero,
    /// Element e has this times τ^e: what a step gives to its argument. Over a product
    /// of matrices it is an outer product.
    Powers(Scalar),
    /// One by one.
    Dense(Vec<Scalar>),
}

impl Cotangent {
    /// Adds `factor · τ^e` to that of each element e.
    pub(super) fn add_powers(&mut self, factor: Scalar, powers: &Powers) {
        match self {
            Self::Zero => *self = Self::Powers(factor),
            Self::Powers(sum) => *sum += factor,
            Self::Dense(sums) => {
                sums.iter_mut().zip(&powers.0).for_each(|(sum, power)| *sum += factor * power);
            }
        }
    }

    /// What each element has times τ^e, of a node that is read in its own order alone.
    pub(super) fn factor(self) -> Scalar {
        match self {
            Self::Zero => Scalar::ZERO,
            Self::Powers(factor) => factor,
            Self::Dense(_) => unreachable!("the program's builder refuses any other reader"),
        }
    }

    /// The coefficients one by one, to be added to.
    pub(super) fn dense(&mut self, len: usize, powers: &Powers) -> &mut [Scalar] {
        if !matches!(self, Self::Dense(_)) {
            *self = Self::Dense(std::mem::take(self).into_dense(len, powers));
        }
        let Self::Dense(sums) = self else { unreachable!("just made so") };
        sums
    }

    /// The coefficients one by one.
    pub(super) fn into_dense(self, len: usize, powers: &Powers) -> Vec<Scalar> {
        match self {
            Self::Zero => vec![Scalar::ZERO; len],
            Self::Powers(factor) => powers.first(len).iter().map(|power| factor * power).collect(),
            Self::Dense(sums) => sums,
        }
    }
}
