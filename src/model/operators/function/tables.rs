//! How a function becomes steps of the program.
//!
//! Its table holds the nearest level of the function at each argument. Three ways lead to
//! the argument:
//!
//! * It is levels of a node already: the table is over those.
//! * It is a sum: the accumulator counts in a unit in which the function does not change by
//!   more than two levels from one argument to the next, and the table is over all that
//!   the sum may be. Beyond the calibrated range the function's own value is taken.
//! * Where that table would cost more than a second row for each element, the argument is
//!   first cut off to levels over the range in which it was calibrated, as every layer
//!   is; beyond it the function has the value that it has at the end.
//!
//! Its result is cut off to its own calibrated range, as all steps are.

use std::rc::Rc;

use crate::model::graph::{Function, TensorRef};
use crate::model::lowering::{Accumulator, CompileError, Emitter, Grid, Lowering, Value};

/// Levels that a function may change by from one argument to the next.
const STEEP: f64 = 2.0;
/// Parts of a level in which an argument may count.
const FINEST: u32 = 16;
/// A function with comparisons in it counts its argument over this part of the range or more.
const JUMPS: f64 = 4.0;
/// Arguments at which a function is looked at, for each level.
const SAMPLES: i64 = 4;

pub(super) fn lower(
    function: &Function,
    node: usize,
    lowering: &mut Lowering<'_>,
) -> Result<Rc<Value>, CompileError> {
    let tensor = lowering.input(node);
    let value = lowering.value(tensor)?;
    let levels = lowering.emitter.precision.levels;
    let range = lowering.calibrated(tensor)?;
    let result = lowering.range(TensorRef::Node(node))?;
    let Some(grid) = Grid::over(result, levels) else {
        return Ok(Rc::new(lowering.emitter.constant(value.len, result.0)?));
    };
    let curve = Curve::of(function, range, &grid, lowering)?;
    let (step, real, wish) = argument(&curve, tensor, &value, lowering)?;
    let (low, high) = lowering.emitter.quotients(&step)?;
    let entries = high.saturating_sub(low).saturating_add(1);
    lowering.emitter.own_tables.grant(entries, wish.max(entries), value.len);
    let table = curve.table((low, high), real, lowering)?;
    let entry = |q: i64| {
        let at = usize::try_from(q.saturating_sub(low)).ok();
        at.and_then(|at| table.get(at)).copied().unwrap_or(0)
    };
    let step = lowering.emitter.own_step(step, entry)?;
    Ok(Rc::new(lowering.emitter.on_grid(step, value.len, &grid)?))
}

/// `real = unit · q + base`.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    unit: f64,
    base: f64,
}

impl Scale {
    pub(super) fn real(self, q: i64) -> f64 {
        self.unit * q as f64 + self.base
    }
}

/// The accumulator of the argument, what its quotients stand for, and how many entries a
/// table over all that the argument may be has.
fn argument(
    curve: &Curve<'_>,
    tensor: TensorRef,
    value: &Value,
    lowering: &mut Lowering<'_>,
) -> Result<(Accumulator, Scale, i64), CompileError> {
    let (levels, rows) = (lowering.emitter.precision.levels, value.len);
    if let Some((step, scale)) = levels_of(value, &lowering.emitter) {
        let (low, high) = lowering.emitter.quotients(&step)?;
        let entries = high.saturating_sub(low).saturating_add(1);
        if lowering.emitter.own_tables.allow(entries, rows, levels) {
            return Ok((step, scale, entries));
        }
    }
    let (low, high) = lowering.emitter.reach(value)?;
    let core = curve.core;
    let coarse = lowering.emitter.unit(core.0, core.1);
    let mut parts = curve.parts(coarse, lowering)?;
    // Saturates: what is as wide as that is never allowed.
    let entries = |unit: f64| ((high - low) / unit) as i64;
    let wish = entries(coarse).saturating_add(2);
    while parts >= 1 {
        let unit = coarse / f64::from(parts);
        if lowering.emitter.own_tables.allow(entries(unit).saturating_add(2), rows, levels) {
            let step = lowering.emitter.accumulate(value, unit, 0.0, |_| 0)?;
            return Ok((step, Scale { unit, base: 0.0 }, wish));
        }
        parts /= 2;
    }
    let levels = Rc::new(lowering.emitter.requantise(value, core)?);
    if let TensorRef::Node(index) = tensor
        && core == curve.range
    {
        lowering.record(index, &levels);
    }
    let (step, scale) = levels_of(&levels, &lowering.emitter)
        .ok_or(CompileError::Internal("an argument has no levels"))?;
    Ok((step, scale, wish))
}

/// A value that is levels of a node already.
pub(super) fn levels_of(value: &Value, emitter: &Emitter) -> Option<(Accumulator, Scale)> {
    let (node, unit, base) = emitter.levels(value)?;
    Some((Accumulator { node, shift: 0 }, Scale { unit, base }))
}

/// The nearest finite value on one side of a place, and how far it is.
type Nearest = Option<(usize, f64)>;

/// A function over the calibrated range of its argument.
struct Curve<'a> {
    function: &'a Function,
    grid: &'a Grid,
    /// The calibrated range.
    range: (f64, f64),
    /// What is left of it without ends on which the function stays within half a level.
    core: (f64, f64),
}

impl<'a> Curve<'a> {
    /// # Errors
    /// If the function is not finite somewhere on the range.
    fn of(
        function: &'a Function,
        range: (f64, f64),
        grid: &'a Grid,
        lowering: &mut Lowering<'_>,
    ) -> Result<Self, CompileError> {
        let (low, high) = range;
        let span = high - low;
        if !span.is_finite() {
            return Err(CompileError::TooWide);
        }
        let count = SAMPLES.saturating_mul(lowering.emitter.precision.levels).max(1);
        let mut curve = Self { function, grid, range, core: range };
        let place = |at: i64| low + span * (at as f64 / count as f64);
        let values = curve.values(0..=count, place, lowering)?;
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(CompileError::NotFinite { at: place(at as i64) });
        }
        let flat = |values: &mut dyn Iterator<Item = &f64>| {
            let mut seen = (f64::INFINITY, f64::NEG_INFINITY);
            let count = values.take_while(|value| {
                seen = (seen.0.min(**value), seen.1.max(**value));
                seen.1 - seen.0 <= grid.unit / 2.0
            });
            i64::try_from(count.count()).unwrap_or(i64::MAX)
        };
        let (first, last) = (flat(&mut values.iter()), flat(&mut values.iter().rev()));
        // The last places at which it still is what it is at the ends.
        let (first, last) = (first.saturating_sub(1), count.saturating_sub(last.saturating_sub(1)));
        if first < last {
            let end = |at: i64, own: f64| if at == 0 || at == count { own } else { place(at) };
            curve.core = (end(first, low), end(last, high));
        }
        if function.compares() {
            // Next to a jump alone, units would be far too fine for what sums may be.
            let (from, to) = curve.core;
            let room = ((span / JUMPS - (to - from)) / 2.0).max(0.0);
            curve.core = ((from - room).max(low), (to + room).min(high));
        }
        Ok(curve)
    }

    fn values(
        &self,
        at: std::ops::RangeInclusive<i64>,
        place: impl Fn(i64) -> f64,
        lowering: &mut Lowering<'_>,
    ) -> Result<Vec<f64>, CompileError> {
        let count = at.end().saturating_sub(*at.start()).saturating_add(1);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        lowering.emitter.spend(count.saturating_mul(self.function.cost()))?;
        let mut steps = Vec::new();
        Ok(at.map(|at| self.function.apply(place(at), &mut steps)).collect())
    }

    /// Into how many parts a unit of the argument has to be divided: a power of two. Where
    /// no number of parts makes jumps smaller, one.
    fn parts(&self, unit: f64, lowering: &mut Lowering<'_>) -> Result<u32, CompileError> {
        let (low, high) = self.core;
        let mut parts = 1u32;
        let mut coarse = None;
        loop {
            let unit = unit / f64::from(parts);
            let count = ((high - low) / unit).ceil() as i64;
            let values = self.values(0..=count, |at| low + unit * at as f64, lowering)?;
            let jumps = values.iter().zip(values.iter().skip(1)).map(|(one, next)| {
                let jump = (next - one).abs();
                if jump.is_finite() { jump } else { 0.0 }
            });
            let jump = jumps.fold(0.0, f64::max);
            if jump <= STEEP * self.grid.unit {
                return Ok(parts);
            }
            let first = *coarse.get_or_insert(jump);
            if parts >= FINEST {
                return Ok(if jump > first / 2.0 { 1 } else { parts });
            }
            parts = parts.saturating_mul(2);
        }
    }

    /// The levels of the function at all arguments. Where it is not finite, which is beyond the
    /// calibrated range, that of the nearest argument where it is, of two the lower.
    fn table(
        &self,
        (low, high): (i64, i64),
        scale: Scale,
        lowering: &mut Lowering<'_>,
    ) -> Result<Vec<i64>, CompileError> {
        let width = high.checked_sub(low).filter(|width| *width < 1 << 20);
        width.ok_or(CompileError::TooWide)?;
        let values = self.values(low..=high, |q| scale.real(q), lowering)?;
        let inside = |real: f64| (self.range.0..=self.range.1).contains(&real);
        let odd =
            (low..).zip(&values).find(|(q, value)| !value.is_finite() && inside(scale.real(*q)));
        if let Some((q, _)) = odd {
            return Err(CompileError::NotFinite { at: scale.real(q) });
        }
        // The nearest finite values before and after each place, with their distance.
        let nearest = |values: &mut dyn Iterator<Item = &f64>| {
            let mut last: Nearest = None;
            let each = values.map(|value| {
                last = match last {
                    _ if value.is_finite() => Some((0, *value)),
                    Some((distance, last)) => Some((distance.saturating_add(1), last)),
                    None => None,
                };
                last
            });
            each.collect::<Vec<_>>()
        };
        let before = nearest(&mut values.iter());
        let after = nearest(&mut values.iter().rev());
        let level = |(before, after): (&Nearest, &Nearest)| {
            let value = match (before, after) {
                (Some(one), Some(other)) => {
                    if other.0 < one.0 {
                        other.1
                    } else {
                        one.1
                    }
                }
                (Some(only), None) | (None, Some(only)) => only.1,
                (None, None) => return Err(CompileError::NotFinite { at: scale.real(low) }),
            };
            Ok(self.grid.level(value))
        };
        before.iter().zip(after.iter().rev()).map(level).collect()
    }
}
