//! Factors by which the quotients of a step count where they are read.
//!
//! A few channels of a row may be a thousand times as large as the others. One unit for all of
//! them leaves the others with a few steps, or needs a long table. So a step may round each
//! channel in a unit of its own, a power of two times the finest one. Whoever reads quotients
//! then reads `h = 2^k·q`, which count in the finest unit again, and the sum of squares takes
//! `4^k·y`, which is `h²`. So all that is known of rows of quotients holds of h.

use std::collections::BTreeMap;

use super::builder::{HintRule, ProgramBuilder, ProgramError};
use super::{NodeId, Op, Program, TableId};

/// The greatest k. Quotients are below 2^41 and those of squares below 2^21, so that
/// none counts for 2^62.
pub const MAX_EXPONENT: u8 = 16;

/// The exponents k of the quotients of each step that has some, again and again: that of
/// element e is `list[e % list.len()]`.
pub(crate) type Factors = BTreeMap<NodeId, Vec<u8>>;

impl Program {
    /// The exponents of the quotients of a step, of rows that follow each other; none if all
    /// are 0.
    #[must_use]
    pub fn exponents(&self, step: NodeId) -> &[u8] {
        self.factors.get(&step).map_or(&[], Vec::as_slice)
    }

    /// The exponent of the quotient of each element of a step.
    pub(crate) fn exponents_of_elements(&self, step: NodeId) -> impl Iterator<Item = u32> + '_ {
        let list = self.exponents(step);
        let list = if list.is_empty() { &[0] } else { list };
        list.iter().cycle().map(|k| u32::from(*k))
    }
}

impl ProgramBuilder {
    /// Adds a table step whose quotient of element e counts `2^exponents[e % exponents.len()]`
    /// where it is read.
    ///
    /// # Errors
    /// As [`Self::push`]; if the exponents are no period of the elements, if one is above
    /// [`MAX_EXPONENT`], or if all are 0.
    pub fn push_by_channel(
        &mut self,
        input: NodeId,
        (table, shift): (TableId, u32),
        exponents: Vec<u8>,
    ) -> Result<NodeId, ProgramError> {
        let node = self.push(Op::Table { input, table, shift })?;
        let fits = !exponents.is_empty() && self.len(node).is_multiple_of(exponents.len());
        let greatest = exponents.iter().copied().max().unwrap_or(0);
        if !fits || !(1..=MAX_EXPONENT).contains(&greatest) {
            return Err(ProgramError::Hint { node, rule: HintRule::Factors });
        }
        self.program.factors.insert(node, exponents);
        Ok(node)
    }
}
