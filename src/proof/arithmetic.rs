//! Columns on a coset, and sums and products of their rows.
//!
//! The prover's gates are written once, over [`Arithmetic`]: a column stands in blocks
//! of rows, held as this machine multiplies them fastest, from the transform that makes
//! it to the sum that all gates go into.

use crate::argument::lane::ROWS;
use crate::field::Scalar;

/// Rows of a block: a few blocks fit a core's nearest cache.
pub(super) const BLOCK_ROWS: usize = 64;
/// Blocks of a column.
pub(super) const BLOCKS: usize = ROWS / BLOCK_ROWS;

/// A way to hold columns and to reckon with them.
pub(super) trait Arithmetic: Send + Sync + 'static {
    /// The values of a column in some rows.
    type Block: Clone + Send + Sync;
    /// A value that is the same in all rows.
    type Constant: Send + Sync;
    /// A coset of the roots of unity of as many as there are rows.
    type Coset: Send + Sync;

    /// A value for all rows.
    fn constant(&self, value: Scalar) -> Self::Constant;

    /// Zero in all rows of a block.
    fn zero(&self) -> Self::Block;

    /// Adds row by row.
    fn add(&self, sum: &mut Self::Block, other: &Self::Block);

    /// Subtracts row by row.
    fn subtract(&self, from: &mut Self::Block, other: &Self::Block);

    /// Multiplies row by row.
    fn multiply(&self, product: &mut Self::Block, other: &Self::Block);

    /// Multiplies all rows by a value.
    fn scale(&self, block: &mut Self::Block, by: &Self::Constant);

    /// Takes all rows from a value.
    fn subtract_from(&self, value: &Self::Constant, block: &mut Self::Block);

    /// The coset of a point.
    fn coset(&self, point: Scalar) -> Self::Coset;

    /// The values of a polynomial of as many coefficients as there are rows.
    fn values(&self, coset: &Self::Coset, polynomial: &[Scalar]) -> Vec<Self::Block>;

    /// The scalars of a column.
    fn scalars(&self, column: &[Self::Block]) -> Vec<Scalar>;

    /// Adds a block times a value.
    fn add_scaled(&self, sum: &mut Self::Block, mut block: Self::Block, by: &Self::Constant) {
        self.scale(&mut block, by);
        self.add(sum, &block);
    }
}
