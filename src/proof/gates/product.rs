//! Gate "product": `z = x·y`.

use super::Expr;
#[cfg(feature = "prove")]
use crate::proof::arithmetic::Arithmetic;

/// `z − x·y`.
pub(crate) fn expression([x, y, z]: [Expr; 3]) -> Expr {
    z - x * y
}

/// Adds the same to each row of a sum, times a weight.
#[cfg(feature = "prove")]
pub(crate) fn add_values<A: Arithmetic>(
    arithmetic: &A,
    [x, y, z]: [&[A::Block]; 3],
    weight: &A::Constant,
    sum: &mut [A::Block],
) {
    for (((sum, x), y), z) in sum.iter_mut().zip(x).zip(y).zip(z) {
        let mut product = x.clone();
        arithmetic.multiply(&mut product, y);
        let mut gate = z.clone();
        arithmetic.subtract(&mut gate, &product);
        arithmetic.add_scaled(sum, gate, weight);
    }
}
