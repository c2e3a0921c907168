//! Decisions on exact sums, which may be far wider than a table.
//!
//! Whether an integer is above zero is one row: `x ≥ 1` exactly where
//! `(x − 1 + 2^(s−1) + 2^(s−1)) >> s ≥ 1`, whatever s is.

use super::decision::combine;
use crate::model::linear::{Conv2d, LinearMap};
use crate::model::lowering::{CompileError, Emitter, Shared};
use crate::model::program::{LIMB_BITS, NodeId};

/// Differences wider than this are divided before they are looked up.
pub(super) const WIDE: i64 = 1 << 12;
/// Most pairs of scores that are compared.
const MAX_PAIRS: usize = 1 << 18;

/// 1 for elements above zero, else 0.
fn positive(emitter: &mut Emitter, node: NodeId) -> Result<NodeId, CompileError> {
    let (low, high) = emitter.range(node)?;
    let width = high.saturating_sub(low);
    let shift = [0, LIMB_BITS, 2 * LIMB_BITS];
    let enough = |shift: &u32| width >> shift <= WIDE;
    let shift = shift.into_iter().find(enough).unwrap_or(2 * LIMB_BITS);
    if shift == 0 {
        return emitter.step(node, Shared::Step, 0);
    }
    let len = emitter.builder.len(node);
    let same = LinearMap::Scale { len, factor: 1 };
    let moved = emitter.linear(vec![(node, same)], vec![(1i64 << (shift - 1)) - 1; len])?;
    emitter.step(moved, Shared::Step, shift)
}

/// Whether a score, a fraction with the given denominator, is above a threshold.
pub(super) fn above(
    emitter: &mut Emitter,
    score: NodeId,
    threshold: f64,
    denominator: i64,
) -> Result<NodeId, CompileError> {
    let least = floor(threshold, denominator);
    let lead = combine(emitter, &[(score, 1)], least.saturating_neg())?;
    positive(emitter, lead)
}

/// The greatest integer whose fraction is not above a threshold. A fraction that is as close to
/// the threshold as 64 bits can tell is meant by it: of tenths, three are not above 0.3.
fn floor(threshold: f64, denominator: i64) -> i64 {
    let parts = threshold * denominator as f64;
    // Beyond all sums.
    let parts = parts.clamp(-(1i64 << 60) as f64, (1i64 << 60) as f64);
    let nearest = parts.round();
    if nearest / denominator as f64 == threshold {
        return nearest as i64;
    }
    parts.floor() as i64
}

/// Whether the first of the greatest scores is a member: whether some member is ahead of all
/// others that are none, of those before it by one at least.
pub(super) fn winner(
    emitter: &mut Emitter,
    scores: NodeId,
    member: &[bool],
) -> Result<NodeId, CompileError> {
    let (inside, outside): (Vec<usize>, Vec<usize>) =
        (0..member.len()).partition(|class| member[*class]);
    let (rows, columns) = (inside.len(), outside.len());
    if rows * columns > MAX_PAIRS {
        return Err(CompileError::TooWide);
    }
    let pairs = || inside.iter().flat_map(|own| outside.iter().map(move |other| (*own, *other)));
    let own = pairs().map(|(own, _)| Some(own as u32)).collect::<Vec<_>>();
    let other = pairs().map(|(_, other)| Some(other as u32)).collect::<Vec<_>>();
    let lead = pairs().map(|(own, other)| i64::from(own < other)).collect::<Vec<_>>();
    let (own, other) = (emitter.gather(scores, &own)?, emitter.gather(scores, &other)?);
    let times = |factor| LinearMap::Scale { len: rows * columns, factor };
    let lead = emitter.linear(vec![(own, times(1)), (other, times(-1))], lead)?;
    let ahead = positive(emitter, lead)?;
    let ahead = if columns == 1 {
        ahead
    } else {
        let of_all = summed(emitter, ahead, rows, columns, 1 - columns as i64)?;
        emitter.step(of_all, Shared::Step, 0)?
    };
    if rows == 1 {
        return Ok(ahead);
    }
    let some = summed(emitter, ahead, 1, rows, 0)?;
    emitter.step(some, Shared::Step, 0)
}

/// The sums of rows of elements, plus a number.
fn summed(
    emitter: &mut Emitter,
    node: NodeId,
    rows: usize,
    columns: usize,
    bias: i64,
) -> Result<NodeId, CompileError> {
    let map = LinearMap::Conv2d(Conv2d {
        input: [1, rows, columns],
        output: [1, rows, 1],
        kernel: [1, columns],
        stride: [1, 1],
        padding: [0, 0],
        dilation: [1, 1],
        groups: 1,
        weights: vec![1; columns].into(),
    });
    emitter.linear(vec![(node, map)], vec![bias; rows])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_met_exactly() {
        assert_eq!(floor(0.3, 10), 3);
        assert_eq!(floor(0.1 + 0.2, 10), 3, "a little above three tenths");
        assert_eq!(floor(0.299, 10), 2);
        assert_eq!(floor(-0.3, 10), -3);
        assert_eq!(floor(-0.31, 10), -4);
        assert_eq!(floor(0.0, 7), 0);
        assert_eq!(floor(1e300, 10), 1 << 60);
        for denominator in 1..300 {
            for count in -300..300 {
                let threshold = f64::from(count) / denominator as f64;
                assert_eq!(floor(threshold, denominator), i64::from(count));
            }
        }
    }
}
