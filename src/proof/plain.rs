//! Columns on a coset, one scalar after the other: where the processor has no vectors.

use ff::Field;

use super::arithmetic::{Arithmetic, BLOCK_ROWS};
use super::roots::powers;
use super::transform::Transform;
use crate::argument::lane::ROWS;
use crate::field::Scalar;

/// One scalar after the other.
pub(super) struct Plain {
    /// On the roots of unity themselves.
    transform: Transform,
}

impl Plain {
    pub(super) fn new() -> Self {
        Self { transform: Transform::of_rows() }
    }
}

type PlainBlock = [Scalar; BLOCK_ROWS];

impl Arithmetic for Plain {
    type Block = PlainBlock;
    type Constant = Scalar;
    /// The powers of its point.
    type Coset = Vec<Scalar>;

    fn constant(&self, value: Scalar) -> Scalar {
        value
    }

    fn zero(&self) -> PlainBlock {
        [Scalar::ZERO; BLOCK_ROWS]
    }

    fn add(&self, sum: &mut PlainBlock, other: &PlainBlock) {
        sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
    }

    fn subtract(&self, from: &mut PlainBlock, other: &PlainBlock) {
        from.iter_mut().zip(other).for_each(|(from, other)| *from -= other);
    }

    fn multiply(&self, product: &mut PlainBlock, other: &PlainBlock) {
        product.iter_mut().zip(other).for_each(|(product, other)| *product *= other);
    }

    fn scale(&self, block: &mut PlainBlock, by: &Scalar) {
        block.iter_mut().for_each(|value| *value *= by);
    }

    fn subtract_from(&self, value: &Scalar, block: &mut PlainBlock) {
        block.iter_mut().for_each(|taken| *taken = *value - *taken);
    }

    fn coset(&self, point: Scalar) -> Vec<Scalar> {
        powers(Scalar::ONE, point, ROWS)
    }

    fn values(&self, coset: &Vec<Scalar>, polynomial: &[Scalar]) -> Vec<PlainBlock> {
        let mut values: Vec<Scalar> =
            polynomial.iter().zip(coset).map(|(c, power)| *c * power).collect();
        self.transform.values(&mut values);
        let (blocks, rest) = values.as_chunks::<BLOCK_ROWS>();
        assert!(rest.is_empty(), "a coefficient for each row");
        blocks.to_vec()
    }

    fn scalars(&self, column: &[PlainBlock]) -> Vec<Scalar> {
        column.as_flattened().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;
    use crate::proof::roots::root;
    use crate::proof::simd::Ifma;

    /// The residue r − 1 is that of the largest element there is.
    fn largest() -> Scalar {
        -Scalar::from(2).invert().unwrap().pow([256])
    }

    /// Columns whose values on the coset are random, extreme and zero.
    fn columns<A: Arithmetic>(
        arithmetic: &A,
        coset: &A::Coset,
        point: Scalar,
    ) -> [Vec<A::Block>; 3] {
        let plain = Plain::new();
        let polynomial = |values: Vec<Scalar>| {
            let mut coefficients = values;
            plain.transform.coefficients(&mut coefficients);
            let unshift = powers(Scalar::ONE, point.invert().unwrap(), ROWS);
            coefficients.iter_mut().zip(unshift).for_each(|(c, power)| *c *= power);
            coefficients
        };
        let random: Vec<Scalar> =
            (0..ROWS as u64).map(|i| largest() * Scalar::from(i * i)).collect();
        [random, vec![largest(); ROWS], vec![Scalar::ZERO; ROWS]]
            .map(|values| arithmetic.values(coset, &polynomial(values)))
    }

    /// All that there is to do, upon one another.
    fn chain<A: Arithmetic>(arithmetic: &A, point: Scalar) -> Vec<Scalar> {
        let coset = arithmetic.coset(point);
        let columns = columns(arithmetic, &coset, point);
        let constants = [largest(), Scalar::ZERO, -Scalar::ONE].map(|c| arithmetic.constant(c));
        let mut all = Vec::new();
        for one in &columns {
            for other in &columns {
                for constant in &constants {
                    let mut results: Vec<A::Block> = one.clone();
                    for (result, other) in results.iter_mut().zip(other) {
                        let sum = &mut arithmetic.zero();
                        for _ in 0..3 {
                            arithmetic.add(result, other);
                            arithmetic.subtract(sum, result);
                            arithmetic.subtract(result, &sum.clone());
                            arithmetic.add(sum, &result.clone());
                            arithmetic.multiply(result, other);
                            arithmetic.subtract_from(constant, result);
                            arithmetic.add_scaled(sum, result.clone(), constant);
                        }
                        arithmetic.subtract(result, sum);
                    }
                    all.extend(arithmetic.scalars(&results));
                }
            }
        }
        all
    }

    #[test]
    fn all_ways_agree() {
        if let Some(processor) = Ifma::detect() {
            let point = Scalar::random(OsRng);
            assert!(chain(&processor, point) == chain(&Plain::new(), point));
        }
    }

    #[test]
    fn values_are_those_of_the_polynomial() {
        let plain = Plain::new();
        let polynomial: Vec<Scalar> = (0..ROWS).map(|_| Scalar::random(OsRng)).collect();
        let point = Scalar::random(OsRng);
        let values = plain.scalars(&plain.values(&plain.coset(point), &polynomial));
        let at = |x: Scalar| polynomial.iter().rev().fold(Scalar::ZERO, |sum, c| sum * x + c);
        for (row, x) in powers(point, root(ROWS), ROWS).into_iter().enumerate().step_by(97) {
            assert_eq!(values[row], at(x));
        }
    }
}
