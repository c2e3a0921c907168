//! The values of the groups of embeddings, which follow from τ.

use crate::argument::deferred::Folding;
use crate::field::Scalar;
use crate::proof::fixed_columns::GROUP_ROWS;

/// The value f of each id, in the groups of the fixed columns, each [`GROUP_ROWS`] high.
/// What is left of an embedding's last group repeats the value of its first entry, as the
/// ids do: a zero there would be an entry of its own.
#[must_use]
pub(crate) fn public_columns(folding: &Folding) -> Vec<Vec<Scalar>> {
    let group = |values: &[Scalar]| {
        let mut column = values.to_vec();
        column.resize(GROUP_ROWS, values[0]);
        column
    };
    folding.embeddings().iter().flat_map(|values| values.chunks(GROUP_ROWS).map(group)).collect()
}
