//! The gates of a batch's circuit.
//!
//! Each gate has a section of the same name in `docs/argument.md`, and each is
//! written down twice here, side by side: as an *expression*, which the
//! verifier evaluates at one point, and as *values* in every row of a coset,
//! which the prover's quotient is made of. Nothing of the values is trusted: a
//! quotient of anything but the expressions is refused.
//!
//! The constraints come in this order: look-up helpers, table helpers, the
//! gates of [`gated_strips`], the sums.

pub(crate) mod lookup;
pub(crate) mod product;
pub(crate) mod sbox;
pub(crate) mod sums;

use halo2_proofs::plonk::Expression;

use super::fixed_columns::FixedColumns;
use crate::argument::rows::RowKind;
use crate::field::Scalar;

/// What the verifier evaluates.
pub(crate) type Expr = Expression<Scalar>;

/// The challenges drawn between the phases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChallengeSet<T> {
    /// Where look-ups are evaluated.
    pub(crate) alpha: T,
    /// Compresses (tag, q, y).
    pub(crate) theta: T,
    /// Separates the lanes.
    pub(crate) sigma: T,
}

/// The challenges, drawn.
#[cfg(feature = "prove")]
pub(crate) type Drawn = ChallengeSet<Scalar>;

/// The strips whose every row satisfies a gate, the random ones included: the
/// kind of each, and its first data column, counted through all lanes.
pub(crate) fn gated_strips(fixed_columns: &FixedColumns) -> Vec<(RowKind, usize)> {
    let lane = &fixed_columns.lane;
    let mut strips = Vec::new();
    for before in (0..fixed_columns.lanes).map(|index| index * lane.columns()) {
        for kind in [RowKind::Sbox, RowKind::Product, RowKind::Inner] {
            let of_kind = 0..lane.strips(kind);
            strips.extend(of_kind.map(|strip| (kind, before + lane.first_column(kind, strip))));
        }
    }
    strips
}
