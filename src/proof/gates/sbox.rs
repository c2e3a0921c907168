//! Gate "S-box": `v = u^5`.

#[cfg(feature = "prove")]
use ff::Field;

use super::Expr;
#[cfg(feature = "prove")]
use crate::field::Scalar;

/// `v − u^5`.
pub(crate) fn expression([u, v]: [Expr; 2]) -> Expr {
    let square = u.clone() * u.clone();
    v - square.clone() * square * u
}

/// Adds the same to each row of a sum, times a weight.
#[cfg(feature = "prove")]
pub(crate) fn add_values([u, v]: [&[Scalar]; 2], weight: Scalar, sum: &mut [Scalar]) {
    for ((sum, u), v) in sum.iter_mut().zip(u).zip(v) {
        *sum += weight * (*v - u.square().square() * u);
    }
}
