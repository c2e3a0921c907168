//! How a comparison of a tensor with zero becomes steps of the program.
//!
//! Over levels it is a table. Over a sum it is asked of the accumulator's own integers, which
//! are far finer than levels: one step, as where a score is compared with a threshold. What
//! calibration saw has no part in it.

use std::rc::Rc;

use super::tables::levels_of;
use crate::model::graph::{Elementary, Function, Unary};
use crate::model::linear::LinearMap;
use crate::model::lowering::{
    CompileError, Emitter, Lowering, Map, PerElement, Shared, Term, Value,
};
use crate::model::program::MAX_SHIFT;

/// Which comparison a function is, if it is nothing else.
pub(super) fn only(function: &Function) -> Option<Unary> {
    match function.steps().last() {
        Some(Elementary::Unary(unary, _)) if function.is_comparison() => Some(*unary),
        _ => None,
    }
}

pub(super) fn lower(
    comparison: Unary,
    node: usize,
    lowering: &mut Lowering<'_>,
) -> Result<Rc<Value>, CompileError> {
    let tensor = lowering.input(node);
    let value = lowering.value(tensor)?;
    let emitter = &mut lowering.emitter;
    if let Some((step, scale)) = levels_of(&value, emitter) {
        let (low, high) = emitter.quotients(&step)?;
        let entries = high.saturating_sub(low).saturating_add(1);
        if emitter.own_tables.allow(entries, value.len, emitter.precision.levels) {
            emitter.own_tables.grant(entries, entries, value.len);
            let holds = |q: i64| i64::from(comparison.apply(scale.real(q)) > 0.0);
            let step = emitter.own_step(step, holds)?;
            return Ok(truth(vec![(step, 1.0)], value.len));
        }
    }
    let whole = lowering.emitter.as_whole_numbers(&value)?;
    if let Some(node) = whole {
        return of_whole(comparison, (node, value.len), &mut lowering.emitter);
    }
    let (low, high) = lowering.range(tensor)?;
    let unit = lowering.emitter.unit(low, high);
    let step = |bound: i64| -> Result<_, CompileError> {
        let emitter = &mut lowering.emitter;
        let shift = emitter.finest_shift(&value, unit);
        // x >= bound exactly where (x − bound + 2^(s−1) + 2^(s−1)) >> s >= 1.
        let extra = |shift: u32| ((1i64 << shift) >> 1).saturating_sub(bound);
        let sum = emitter.accumulate_at(shift, &value, unit, 0.0, extra)?;
        emitter.step(sum.node, Shared::Step, sum.shift)
    };
    let terms = answers(comparison, step)?;
    Ok(truth(terms, value.len))
}

/// What a comparison is made of: whether a number is at least 0, or at least 1.
fn answers(
    comparison: Unary,
    mut step: impl FnMut(i64) -> Result<usize, CompileError>,
) -> Result<Vec<(usize, f64)>, CompileError> {
    Ok(match comparison {
        Unary::IsPositive => vec![(step(1)?, 1.0)],
        Unary::IsNotNegative => vec![(step(0)?, 1.0)],
        // Not below zero, and not above.
        _ => vec![(step(0)?, 1.0), (step(1)?, -1.0)],
    })
}

/// A comparison of whole numbers, which is exact: as many low bits are dropped as the table of
/// such steps has no room for.
fn of_whole(
    comparison: Unary,
    (node, len): (usize, usize),
    emitter: &mut Emitter,
) -> Result<Rc<Value>, CompileError> {
    let (low, high) = emitter.range(node)?;
    let width = high.saturating_sub(low);
    let fits = |shift: &u32| width >> shift <= emitter.precision.levels;
    let shift = (0..=MAX_SHIFT).find(fits).ok_or(CompileError::TooWide)?;
    let terms = answers(comparison, |bound| {
        // x >= bound exactly where (x − bound + 2^(s−1) + 2^(s−1)) >> s >= 1, of which the step
        // adds one half itself.
        let same = LinearMap::Scale { len, factor: 1 };
        let half = if shift == 0 { 1 } else { 1i64 << (shift.saturating_sub(1)) };
        let start = half.saturating_sub(bound);
        let sum = emitter.linear(vec![(node, same)], vec![start; len])?;
        emitter.step(sum, Shared::Step, shift)
    })?;
    Ok(truth(terms, len))
}

/// A sum of nodes that hold 0 and 1.
fn truth(nodes: Vec<(usize, f64)>, len: usize) -> Rc<Value> {
    let term =
        |(node, scale)| Term { node, map: Map::Scaled(PerElement::Uniform(scale)), select: None };
    let terms = nodes.into_iter().map(term).collect();
    Rc::new(Value { len, terms, offset: PerElement::Uniform(0.0) })
}
