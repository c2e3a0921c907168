//! Rules and ranges of the nodes whose cells are hints: for every input exactly one
//! assignment of them satisfies the relations. The lemmas are in `docs/argument.md`,
//! "Hints"; here are their conditions, on the tables and ranges at hand.

use thiserror::Error;

use super::{ProgramBuilder, ProgramError};
use crate::model::linear::{Gather, LinearMap, MAX_WEIGHT, Range};
use crate::model::program::hints::target;
use crate::model::program::softmax::{DIGITS, Profile};
use crate::model::program::{HINT_BITS, LIMB_BITS, MAX_SHIFT, NodeId, Op, TableId};

/// Most limbs of a difference.
const MAX_LIMBS: u32 = 6;

/// The condition of a lemma that a node breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HintRule {
    /// Quotients are read of a node that has none.
    #[error("only a table step has quotients")]
    Quotients,
    /// A softmax's table is no exponential.
    #[error("a softmax's table must end at 0 and hold 2^t·T + δ, where T does not decrease")]
    Exponential,
    /// Two digits are not told apart.
    #[error("the steps of a row may add up to more than half of 2^t")]
    Digits,
    /// A row's offset or a mean leaves its two limbs.
    #[error("a hint may leave its range of 24 bits")]
    Range,
    /// A softmax row may stay above B.
    #[error("at its foot a softmax's table must hold at most B divided by the row's length")]
    Foot,
    /// An integer of several limbs does not fit them.
    #[error("a value may be negative, or longer than its limbs")]
    Limbs,
    /// A variance is not that of squares.
    #[error("a reciprocal root needs a table that holds the squares of its arguments")]
    Squares,
    /// A variance may be too small.
    #[error(
        "a reciprocal root needs an ε of at least 1, and at least row²/4^(bits of the mean + 1)"
    )]
    Epsilon,
    /// Factors are no rows of powers of two.
    #[error("factors of quotients must be powers of two up to 2^16, not all 1, of whole rows")]
    Factors,
    /// Mean and reciprocal root disagree.
    #[error("mean and reciprocal root must be of the same rows of the same step")]
    Mean,
}

/// What the values of a node add up to, in rows, none of them negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowSums {
    /// Elements of a row; rows follow each other.
    pub row: usize,
    /// The most that a row adds up to.
    pub most: i128,
}

impl ProgramBuilder {
    /// Adds the softmax of rows of `row` elements; `digits` is t of
    /// [`Table::softmax`](crate::model::program::Table::softmax).
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn push_softmax(
        &mut self,
        input: NodeId,
        (table, digits): (TableId, u32),
        shift: u32,
        row: usize,
    ) -> Result<NodeId, ProgramError> {
        let node = self.nodes();
        let quotients = quotients(&self.earlier(node, input)?, shift.min(MAX_SHIFT));
        let least = rows(node, &quotients, row)?.map(least_maximum).min();
        let low = least.and_then(|low| i64::try_from(low).ok());
        let low = low.ok_or(ProgramError::Magnitude { node })?;
        self.push(Op::Softmax { input, table, shift, row, digits, low })
    }

    /// Adds the means of rows of the quotients of a table step, in units of `2^-bits`.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn push_mean(&mut self, of: NodeId, row: usize, bits: u32) -> Result<NodeId, ProgramError> {
        let node = self.nodes();
        let means = self.means(node, of, row, bits)?;
        let low = means.iter().map(|mean| mean.low).min();
        let low = low.and_then(|low| i64::try_from(low).ok());
        let low = low.ok_or(ProgramError::Magnitude { node })?;
        self.push(Op::Mean { of, row, bits, low })
    }

    /// Adds the reciprocal roots of the variances of rows of the quotients of a table step
    /// whose values are their squares, of the mean squares if there is no mean.
    ///
    /// `epsilon` is in units of 1/row² of a square; what the mean's rounding asks for is
    /// added to it if it is less.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn push_rsqrt(
        &mut self,
        of: NodeId,
        row: usize,
        mean: Option<NodeId>,
        bits: u32,
        epsilon: i64,
    ) -> Result<NodeId, ProgramError> {
        let node = self.nodes();
        let least = self.least_epsilon(node, of, row, mean)?;
        let epsilon = i128::from(epsilon).max(least);
        let epsilon = i64::try_from(epsilon).map_err(|_| ProgramError::Magnitude { node })?;
        let limbs = self.difference_limbs(node, (of, row), bits, epsilon)?;
        self.push(Op::Rsqrt { of, row, mean, bits, epsilon, limbs })
    }

    /// Adds what a reciprocal root multiplies: `2^bits·q − mean` for each quotient of its
    /// rows, `bits` those of the mean; the quotient itself if there is no mean.
    ///
    /// [`Self::normalised`] bounds its product with the reciprocal root.
    ///
    /// # Errors
    /// As [`Self::push`]; if the node is no reciprocal root.
    pub fn push_centred(&mut self, rsqrt: NodeId) -> Result<NodeId, ProgramError> {
        let node = self.nodes();
        self.earlier(node, rsqrt)?;
        let Op::Rsqrt { of, row, mean, .. } = *self.op(rsqrt) else {
            return Err(ProgramError::Hint { node, rule: HintRule::Squares });
        };
        let mut centred = self.push(Op::Rounded { of })?;
        if let Some(mean) = mean {
            let Op::Mean { bits, .. } = *self.op(mean) else {
                return Err(ProgramError::Hint { node, rule: HintRule::Mean });
            };
            let (len, means) = (self.len(centred), self.len(mean));
            // No node has 2^32 elements.
            let index = (0..len).map(|at| Some((at / row) as u32)).collect();
            let repeat = LinearMap::Gather(Gather { input_len: means, index });
            let minus = LinearMap::Scale { len: means, factor: -1 };
            let minus = Op::Linear { terms: vec![(mean, minus)], bias: vec![0; means] };
            let minus = self.push(minus)?;
            let fine = LinearMap::Scale { len, factor: 1 << bits };
            let terms = vec![(centred, fine), (minus, repeat)];
            centred = self.push(Op::Linear { terms, bias: vec![0; len] })?;
        }
        self.centred.insert(centred, rsqrt);
        Ok(centred)
    }

    /// Of a node that [a reciprocal root multiplies](Self::push_centred) with that root:
    /// the most, in magnitude, of the product of an element with its row's root,
    /// 2^(a + e)·√row.
    #[must_use]
    pub fn normalised(&self, centred: NodeId, rsqrt: NodeId) -> Option<i128> {
        let (_, square) = self.normalised_rows(centred, rsqrt)?;
        i128::try_from(square.isqrt()).ok()
    }

    /// Of the same products: the elements of a row, and the most that their squares add up to in
    /// one, 2^(2(a + e))·row.
    pub(in crate::model::program) fn normalised_rows(
        &self,
        centred: NodeId,
        rsqrt: NodeId,
    ) -> Option<(usize, u128)> {
        if self.centred.get(&centred) != Some(&rsqrt) {
            return None;
        }
        let Op::Rsqrt { row, mean, bits, .. } = *self.op(rsqrt) else { return None };
        let fine = match mean.map(|mean| self.op(mean)) {
            Some(Op::Mean { bits, .. }) => *bits,
            _ => 0,
        };
        // row·2^(2a) is below 2^62 and e at most 24.
        Some((row, (row as u128) << (2 * (bits + fine))))
    }

    /// What rows of a node add up to: of a softmax, or of whole rows of one, moved.
    #[must_use]
    pub fn row_sums(&self, node: NodeId) -> Option<RowSums> {
        match self.op(node) {
            Op::Softmax { table, row, digits, .. } => {
                let profile = self.softmaxes.get(&(*table, *digits))?;
                Some(RowSums { row: *row, most: profile.row_sum() })
            }
            Op::Linear { terms, bias } => {
                let [(input, LinearMap::Gather(Gather { index, .. }))] = terms.as_slice() else {
                    return None;
                };
                let Op::Softmax { row, .. } = *self.op(*input) else { return None };
                let whole = |moved: &[Option<u32>]| {
                    let first = moved.first().copied().flatten().map(|from| from as usize);
                    first.is_some_and(|first| {
                        let from = |at: &Option<u32>| at.map(|at| at as usize);
                        first % row == 0
                            && moved.iter().map(from).eq((first..first + row).map(Some))
                    })
                };
                let moved = bias.iter().all(|b| *b == 0) && index.chunks(row).all(whole);
                if moved { self.row_sums(*input) } else { None }
            }
            _ => None,
        }
    }

    pub(super) fn bound_rounded(
        &self,
        node: NodeId,
        of: NodeId,
    ) -> Result<Vec<Range>, ProgramError> {
        self.earlier(node, of)?;
        let Op::Table { input, shift, .. } = *self.op(of) else {
            return Err(ProgramError::Hint { node, rule: HintRule::Quotients });
        };
        let quotients = quotients(&self.earlier(node, input)?, shift).into_iter();
        let factors = self.program.exponents_of_elements(of);
        Ok(quotients.zip(factors).map(|(q, k)| Range::new(q.low << k, q.high << k)).collect())
    }

    pub(super) fn bound_limbs(
        &self,
        node: NodeId,
        input: NodeId,
        count: u32,
    ) -> Result<Vec<Range>, ProgramError> {
        let ranges = self.earlier(node, input)?;
        let bits = count.saturating_mul(LIMB_BITS);
        let fits = |x: &Range| x.low >= 0 && x.high >> bits == 0;
        if !(1..=MAX_LIMBS).contains(&count) || !ranges.iter().all(fits) {
            return Err(ProgramError::Hint { node, rule: HintRule::Limbs });
        }
        Self::capped(ranges.len().saturating_mul(count as usize))?;
        let limb = |x: &Range, at: u32| {
            // A limb runs through its whole range unless it is the highest in use.
            let high = (x.high >> (at * LIMB_BITS)).min((1 << LIMB_BITS) - 1);
            Range::new(0, high)
        };
        Ok(ranges.iter().flat_map(|x| (0..count).map(move |at| limb(x, at))).collect())
    }

    /// Whether a table step's values are the squares of its quotients.
    fn squares(&self, node: NodeId, of: NodeId) -> Result<(), ProgramError> {
        match self.program.nodes.get(of).map(|step| &step.op) {
            Some(Op::Table { table, .. }) if self.table_of(node, *table)?.1.is_square() => Ok(()),
            _ => Err(ProgramError::Hint { node, rule: HintRule::Squares }),
        }
    }

    /// The sums of rows of a table step's quotients.
    fn sums(&self, node: NodeId, of: NodeId, row: usize) -> Result<Vec<Range>, ProgramError> {
        let quotients = self.bound_rounded(node, of)?;
        Ok(rows(node, &quotients, row)?.map(sum).collect())
    }

    fn means(
        &self,
        node: NodeId,
        of: NodeId,
        row: usize,
        bits: u32,
    ) -> Result<Vec<Range>, ProgramError> {
        if bits > HINT_BITS {
            return Err(ProgramError::Hint { node, rule: HintRule::Range });
        }
        let row_len = row as i128;
        let mean = |sum: Range| {
            let numerator = |end: i128| (end << bits) + row_len / 2;
            let numerator = Range::new(numerator(sum.low), numerator(sum.high));
            if !numerator.is_provable() {
                return Err(ProgramError::Magnitude { node });
            }
            let [low, high] = [numerator.low, numerator.high].map(|x| x.div_euclid(row_len));
            Ok(Range::new(low, high))
        };
        self.sums(node, of, row)?.into_iter().map(mean).collect()
    }

    pub(super) fn bound_mean(
        &self,
        node: NodeId,
        (of, row): (NodeId, usize),
        bits: u32,
        low: i64,
    ) -> Result<Vec<Range>, ProgramError> {
        let means = self.means(node, of, row, bits)?;
        hints_fit(node, low, &means)?;
        Ok(means)
    }

    /// The ranges of v of each row.
    fn variances(
        &self,
        node: NodeId,
        (of, row): (NodeId, usize),
        epsilon: i64,
    ) -> Result<Vec<Range>, ProgramError> {
        self.squares(node, of)?;
        let quotients = self.bound_rounded(node, of)?;
        let variance = |quotients: &[Range]| {
            // H² ≤ row·S, so v is at least ε; intervals alone do not see it.
            let high = |q: &Range| q.low.unsigned_abs().max(q.high.unsigned_abs()).pow(2);
            let sum = quotients.iter().map(high).fold(0u128, u128::saturating_add);
            let high =
                sum.saturating_mul(row as u128).saturating_add(epsilon.unsigned_abs().into());
            Range::new(epsilon.into(), high.try_into().unwrap_or(i128::MAX))
        };
        let variances: Vec<Range> = rows(node, &quotients, row)?.map(variance).collect();
        if !variances.iter().all(|v| v.is_provable()) {
            return Err(ProgramError::Magnitude { node });
        }
        Ok(variances)
    }

    /// The least ε: v is at least 1, and with a mean that is rounded to 2^-e at least
    /// row²/4^(e + 1), the square of half a unit of the mean.
    fn least_epsilon(
        &self,
        node: NodeId,
        of: NodeId,
        row: usize,
        mean: Option<NodeId>,
    ) -> Result<i128, ProgramError> {
        let Some(mean) = mean else { return Ok(1) };
        self.earlier(node, mean)?;
        let Op::Mean { of: mean_of, row: mean_row, bits, .. } = *self.op(mean) else {
            return Err(ProgramError::Hint { node, rule: HintRule::Mean });
        };
        if (mean_of, mean_row) != (of, row) {
            return Err(ProgramError::Hint { node, rule: HintRule::Mean });
        }
        let (squared, fine) = ((row as u128).pow(2), 1u128 << (2 * (bits + 1)));
        Ok((squared.div_ceil(fine) as i128).max(1))
    }

    /// Limbs that hold both differences of each row.
    fn difference_limbs(
        &self,
        node: NodeId,
        (of, row): (NodeId, usize),
        bits: u32,
        epsilon: i64,
    ) -> Result<u32, ProgramError> {
        let variances = self.variances(node, (of, row), epsilon)?;
        let target = root_target(node, row, bits)?;
        let longest = variances.iter().map(|v| difference(target, v.high)).max().unwrap_or(0);
        if !Range::point(longest).is_provable() {
            return Err(ProgramError::Magnitude { node });
        }
        Ok((i128::BITS - longest.leading_zeros()).div_ceil(LIMB_BITS).max(1))
    }

    pub(super) fn bound_rsqrt(
        &self,
        node: NodeId,
        (of, row): (NodeId, usize),
        mean: Option<NodeId>,
        (bits, epsilon, limbs): (u32, i64, u32),
    ) -> Result<Vec<Range>, ProgramError> {
        if i128::from(epsilon) < self.least_epsilon(node, of, row, mean)? {
            return Err(ProgramError::Hint { node, rule: HintRule::Epsilon });
        }
        let target = root_target(node, row, bits)?;
        let root = |v: Range| Range::new((target / v.high).isqrt(), (target / v.low).isqrt());
        let variances = self.variances(node, (of, row), epsilon)?;
        let longest = self.difference_limbs(node, (of, row), bits, epsilon)?;
        if limbs < longest || limbs > MAX_LIMBS {
            return Err(ProgramError::Hint { node, rule: HintRule::Limbs });
        }
        let roots: Vec<Range> = variances.into_iter().map(root).collect();
        hints_fit(node, 0, &roots)?;
        Ok(roots)
    }

    /// Checks a softmax's table, once.
    pub(super) fn profile(
        &mut self,
        node: NodeId,
        (table, digits): (TableId, u32),
    ) -> Result<(), ProgramError> {
        if !self.softmaxes.contains_key(&(table, digits)) {
            let (found, _) = self.table_of(node, table)?;
            let profile = DIGITS.contains(&digits).then(|| Profile::of(found, digits)).flatten();
            let rule = HintRule::Exponential;
            self.softmaxes
                .insert((table, digits), profile.ok_or(ProgramError::Hint { node, rule })?);
        }
        Ok(())
    }

    pub(super) fn bound_softmax(
        &self,
        node: NodeId,
        (input, shift): (NodeId, u32),
        (table, digits): (TableId, u32),
        (row, low): (usize, i64),
    ) -> Result<Vec<Range>, ProgramError> {
        if shift > MAX_SHIFT {
            return Err(ProgramError::Shift { node, shift });
        }
        let exponential = ProgramError::Hint { node, rule: HintRule::Exponential };
        let profile = self.softmaxes.get(&(table, digits)).ok_or(exponential)?;
        if !profile.digits_suffice(row) {
            return Err(ProgramError::Hint { node, rule: HintRule::Digits });
        }
        let (table, values) = self.table_of(node, table)?;
        let foot = ProgramError::Hint { node, rule: HintRule::Foot };
        let low_enough = i128::from(profile.low_enough(table, row).ok_or(foot)?);
        let quotients = quotients(&self.earlier(node, input)?, shift);
        let mut offsets = Vec::with_capacity(quotients.len() / row.max(1));
        let mut ranges = Vec::with_capacity(quotients.len());
        for quotients in rows(node, &quotients, row)? {
            // L is at least the greatest quotient, and takes it at most to `low_enough`.
            let greatest = quotients.iter().map(|q| q.high).max().unwrap_or(0);
            let offset = Range::new(least_maximum(quotients), greatest - low_enough);
            offsets.push(offset);
            for q in quotients {
                let argument = Range::new(q.low - offset.high, (q.high - offset.low).min(0));
                let missing = || super::coverage(node, argument);
                ranges.push(values.range(table.positions(argument).ok_or_else(missing)?));
            }
        }
        hints_fit(node, low, &offsets)?;
        Ok(ranges)
    }
}

/// The range of each quotient.
fn quotients(ranges: &[Range], shift: u32) -> Vec<Range> {
    let quotient = |x: i128| (x + ((1i128 << shift) >> 1)) >> shift;
    ranges.iter().map(|x| Range::new(quotient(x.low), quotient(x.high))).collect()
}

/// The rows of a node.
fn rows(
    node: NodeId,
    ranges: &[Range],
    row: usize,
) -> Result<impl Iterator<Item = &[Range]>, ProgramError> {
    if row == 0 || !ranges.len().is_multiple_of(row) {
        return Err(ProgramError::Length { node });
    }
    Ok(ranges.chunks_exact(row))
}

/// The least that the greatest element of a row may be.
fn least_maximum(row: &[Range]) -> i128 {
    row.iter().map(|x| x.low).max().unwrap_or(0)
}

fn sum(row: &[Range]) -> Range {
    // At most 2^22 elements below 2^62.
    row.iter().fold(Range::ZERO, |sum, x| Range::new(sum.low + x.low, sum.high + x.high))
}

/// Whether every hint less `low` has 24 bits.
fn hints_fit(node: NodeId, low: i64, hints: &[Range]) -> Result<(), ProgramError> {
    let least = i128::from(low);
    let fits = |hint: &Range| hint.low >= least && (hint.high - least) >> HINT_BITS == 0;
    if low.unsigned_abs() > MAX_WEIGHT as u64 || !hints.iter().all(fits) {
        return Err(ProgramError::Hint { node, rule: HintRule::Range });
    }
    Ok(())
}

/// [`target`], below 2^62.
fn root_target(node: NodeId, row: usize, bits: u32) -> Result<i128, ProgramError> {
    let fits = bits < 31 && Range::point(target(row, bits)).is_provable();
    if fits { Ok(target(row, bits)) } else { Err(ProgramError::Magnitude { node }) }
}

/// No difference of a reciprocal root is longer, whatever 1 ≤ v ≤ `variance` is.
///
/// The two of them are not negative and add up to 2·t·v + v − 1, with t·v ≤ √(target·v).
fn difference(target: i128, variance: i128) -> i128 {
    2 * (target * variance).isqrt() + variance
}
