//! Gate "product": `z = x·y`.

use super::Expr;
#[cfg(feature = "prove")]
use crate::field::Scalar;

/// `z − x·y`.
pub(crate) fn expression([x, y, z]: [Expr; 3]) -> Expr {
    z - x * y
}

/// Adds the same to each row of a sum, times a weight.
#[cfg(feature = "prove")]
pub(crate) fn add_values([x, y, z]: [&[Scalar]; 3], weight: Scalar, sum: &mut [Scalar]) {
    for (((sum, x), y), z) in sum.iter_mut().zip(x).zip(y).zip(z) {
        *sum += weight * (*z - *x * y);
    }
}
