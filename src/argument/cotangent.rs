//! What a node's elements have collected in the backward pass.

use ff::Field;

use crate::field::Scalar;
use crate::model::linear::Conv2d;

/// τ^0, τ^1, …, as many as are needed.
pub(super) struct Powers(Vec<Scalar>);

impl Powers {
    /// The first `len` powers of τ.
    pub(super) fn of(tau: Scalar, len: usize) -> Self {
        let powers = std::iter::successors(Some(Scalar::ONE), |power| Some(*power * tau));
        Self(powers.take(len).collect())
    }

    /// τ^exponent.
    pub(super) fn at(&self, exponent: usize) -> Scalar {
        self.0[exponent]
    }

    /// The first `len` powers.
    pub(super) fn first(&self, len: usize) -> &[Scalar] {
        &self.0[..len]
    }

    /// τ to each of the exponents.
    fn each(&self, exponents: &[u32]) -> Vec<Scalar> {
        exponents.iter().map(|exponent| self.at(*exponent as usize)).collect()
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
    /// Element e has this times τ to the e-th exponent: the same, read in another order.
    Moved(Scalar, Vec<u32>),
    /// One by one.
    Dense(Vec<Scalar>),
}

impl Cotangent {
    /// Adds `factor · τ^e` to that of each element e.
    pub(super) fn add_powers(&mut self, factor: Scalar, len: usize, powers: &Powers) {
        match self {
            Self::Zero => *self = Self::Powers(factor),
            Self::Powers(sum) => *sum += factor,
            Self::Moved(..) | Self::Dense(_) => {
                let sums = self.dense(len, powers).iter_mut();
                sums.zip(&powers.0).for_each(|(sum, power)| *sum += factor * power);
            }
        }
    }

    /// What each element has times τ^e, of a node that is read in its own order alone.
    pub(super) fn factor(self) -> Scalar {
        match self {
            Self::Zero => Scalar::ZERO,
            Self::Powers(factor) => factor,
            Self::Moved(..) | Self::Dense(_) => {
                unreachable!("the program's builder refuses any other reader")
            }
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
            Self::Dense(sums) => sums,
            other => other.values(len, powers),
        }
    }

    /// The same, kept as it is.
    pub(super) fn values(&self, len: usize, powers: &Powers) -> Vec<Scalar> {
        match self {
            Self::Zero => vec![Scalar::ZERO; len],
            Self::Powers(factor) => powers.first(len).iter().map(|power| factor * power).collect(),
            Self::Moved(factor, exponents) => {
                powers.each(exponents).into_iter().map(|power| factor * power).collect()
            }
            Self::Dense(sums) => sums.clone(),
        }
    }

    /// A vector for each axis of a convolution's output whose outer product this is, if
    /// there are such vectors.
    pub(super) fn axes(&self, conv: &Conv2d, powers: &Powers) -> Option<[Vec<Scalar>; 3]> {
        let [channels, rows, columns] = conv.output;
        let (factor, exponents) = match self {
            Self::Zero | Self::Dense(_) => return None,
            Self::Powers(factor) => {
                let axis = |len: usize, step: usize| (0..len).map(|i| (i * step) as u32).collect();
                let axes: [Vec<u32>; 3] =
                    [axis(channels, rows * columns), axis(rows, columns), axis(columns, 1)];
                (factor, axes)
            }
            Self::Moved(factor, exponents) => (factor, separated(exponents, conv.output)?),
        };
        let mut axes = exponents.map(|exponents| powers.each(&exponents));
        axes[0].iter_mut().for_each(|power| *power *= factor);
        Some(axes)
    }
}

/// Exponents of each axis that add up to those of every element; `None` if there are none.
fn separated(exponents: &[u32], [channels, rows, columns]: [usize; 3]) -> Option<[Vec<u32>; 3]> {
    let plane = rows * columns;
    let of_channels: Vec<u32> = (0..channels).map(|c| exponents[c * plane]).collect();
    let above = |at: usize| exponents[at].checked_sub(exponents[0]);
    let of_rows: Vec<u32> = (0..rows).map(|y| above(y * columns)).collect::<Option<_>>()?;
    let of_columns: Vec<u32> = (0..columns).map(above).collect::<Option<_>>()?;
    let sums = of_channels.iter().flat_map(|c| {
        let of_columns = &of_columns;
        of_rows.iter().flat_map(move |y| of_columns.iter().map(move |x| c + y + x))
    });
    sums.eq(exponents.iter().copied()).then_some([of_channels, of_rows, of_columns])
}
