//! Gate "S-box": `v = u^5`.

use super::Expr;
#[cfg(feature = "prove")]
use crate::proof::arithmetic::Arithmetic;

/// `v − u^5`.
pub(crate) fn expression([u, v]: [Expr; 2]) -> Expr {
    let square = u.clone() * u.clone();
    v - square.clone() * square * u
}

/// Adds the same to each row of a sum, times a weight.
#[cfg(feature = "prove")]
pub(crate) fn add_values<A: Arithmetic>(
    arithmetic: &A,
    [u, v]: [&[A::Block]; 2],
    weight: &A::Constant,
    sum: &mut [A::Block],
) {
    for ((sum, u), v) in sum.iter_mut().zip(u).zip(v) {
        let mut square = u.clone();
        arithmetic.multiply(&mut square, u);
        let mut power = u.clone();
        arithmetic.multiply(&mut power, &square);
        arithmetic.multiply(&mut power, &square);
        let mut gate = v.clone();
        arithmetic.subtract(&mut gate, &power);
        arithmetic.add_scaled(sum, gate, weight);
    }
}
