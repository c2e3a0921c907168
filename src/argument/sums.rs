//! Sums of integers times field elements.

use ff::Field;

use crate::field::{Scalar, SmallSums, from_i64};
use crate::model::linear::MAX_WEIGHT;
use crate::model::program::MAX_NODE_LEN;

/// `Σ integer · element`, of at most [`MAX_NODE_LEN`] terms.
pub(super) fn inner_product(
    integers: impl IntoIterator<Item = i64>,
    elements: &[Scalar],
) -> Scalar {
    const { assert!(MAX_NODE_LEN <= 1 << 24, "sums have room for 2^24 products by 40 bits") };
    let mut small = <Scalar as SmallSums>::Sum::default();
    let mut large = Scalar::ZERO;
    for (integer, element) in integers.into_iter().zip(elements) {
        if integer.unsigned_abs() <= MAX_WEIGHT as u64 {
            let (element, sum) = (std::iter::once(element), std::iter::once(&mut small));
            Scalar::add_products(integer, element, sum);
        } else {
            large += from_i64::<Scalar>(integer) * element;
        }
    }
    large + Scalar::reduced(&small)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inner_product_has_room_for_integers_of_any_size() {
        let integers = [i64::MAX, i64::MIN, i64::MAX, MAX_WEIGHT, -MAX_WEIGHT, 1, 0, i64::MIN];
        let elements: Vec<Scalar> = (1..9).map(|i| -Scalar::from(i)).collect();
        let naive = integers.iter().zip(&elements).map(|(w, e)| from_i64::<Scalar>(*w) * e);
        assert_eq!(inner_product(integers, &elements), naive.sum());
    }
}
