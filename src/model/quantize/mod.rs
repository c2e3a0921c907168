//! From a float graph to an integer program.
//!
//! [`compile`] is a pure function of the model, the view, the recorded ranges and
//! precision, and the predicate. It uses IEEE addition, multiplication, division, square
//! root and rounding, and the `libm` crate, nothing of the platform: the judge
//! runs it again and compares the program's bytes.
//!
//! Linear layers compose in real numbers as long as they can (batch norm and
//! scales fold into weights, residual sums become several terms); only where a
//! nonlinear function follows, or two weighted layers follow each
//! other, is a tensor requantised by a table step.

mod decision;
mod exact;
mod input;
mod lower;

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

pub use input::{ChannelOrder, InputScaling, PixelValues, ViewDims};

use super::graph::{Activation, Graph, Op, TensorRef};
#[cfg(feature = "issue")]
pub(crate) use super::lowering::InputMap;
pub use super::lowering::{CalibratedRanges, CompileError, Interval, Precision, Step};
use super::lowering::{Emitter, Found, Lowering, PerElement, Ranges, Shared, Value, Work};
use super::predicate::{Predicate, PredicateError};
use super::program::{MAX_LOWER_BITS, Op as ProgramOp, Program, ProgramBuilder};

/// Version of the compiler: another one may make another program of the same
/// model. Whatever changes a program raises it.
pub const COMPILER_VERSION: u32 = 3;

/// Everything that determines a program beside the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileOptions {
    /// The identifier of the view, as in `image/gray-28x28`.
    pub view: String,
    /// The dimensions of the view.
    pub dims: ViewDims,
    /// How bytes become the model's input.
    pub scaling: InputScaling,
    /// What is asked of the scores.
    pub predicate: Predicate,
    /// The ranges of the model's tensors.
    pub ranges: CalibratedRanges,
}

/// A compiled model.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The program.
    pub program: Arc<Program>,
    /// The precision that was chosen.
    pub precision: Precision,
    /// The node of the scores before the predicate, and real = unit · y + low.
    pub scores: Option<Scores>,
    /// Where the program holds tensors of the model, in order.
    pub steps: Vec<Step>,
    /// For each node of the program the node of the model for which it stands there;
    /// `None` for what belongs to the view or the decision.
    pub owners: Vec<Option<usize>>,
}

/// Where a program holds the scores of a `match_class` predicate, less what all
/// of them share (about their mean).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// The program's node.
    pub node: usize,
    /// The real width of one level.
    pub unit: f64,
    /// The real value of 0.
    pub low: f64,
    /// The scores are those of the model less their mean; else they are the
    /// model's.
    pub centred: bool,
}

impl Scores {
    /// The real numbers that levels stand for.
    #[must_use]
    pub fn reals(&self, levels: &[i64]) -> Vec<f64> {
        levels.iter().map(|level| self.unit * *level as f64 + self.low).collect()
    }
}

/// Distinct entries that a group of table columns holds, see `docs/argument.md`.
const GROUP: i64 = 4080;
/// Groups of table columns that a program may take, from the cheapest on: more
/// only where fewer leave less than [`ENOUGH_LEVELS`]. Groups are paid once a
/// batch.
pub(crate) const GROUPS: [i64; 9] = [3, 4, 6, 8, 12, 16, 24, 32, 64];
/// Levels below which a program is rather given more tables.
pub(crate) const ENOUGH_LEVELS: i64 = 255;
/// The precision of the program from which others are foreseen.
const PROBE: Precision = Precision { levels: 255, shift: SHIFTS[0], score_bits: 0 };
/// Levels tried.
const LEVELS: [i64; 20] = [
    4095, 3071, 2047, 1535, 1279, 1023, 895, 767, 703, 639, 575, 511, 447, 383, 319, 255, 223, 191,
    159, 127,
];
/// Levels tried before those by the requester's search, after the program that the compiler
/// would choose.
const FINER_LEVELS: [i64; 4] = [16_383, 12_287, 8191, 6143];
/// Shifts tried.
const SHIFTS: [u32; 3] = [12, 11, 10];
/// Shifts tried before those by that search: remainders that take a longer range, once a batch,
/// and no rows.
const LONGER_SHIFTS: [u32; 4] = [16, 15, 14, 13];

/// Levels that a request may name.
const ALLOWED_LEVELS: RangeInclusive<i64> = 15..=16_383;
/// Shifts that a request may name.
const ALLOWED_SHIFTS: RangeInclusive<u32> = 8..=MAX_LOWER_BITS;
/// Bits by which a request may make scores coarser.
const ALLOWED_SCORE_BITS: RangeInclusive<u32> = 0..=MOST_SCORE_BITS;
/// Of 4095 levels this leaves 255.
const MOST_SCORE_BITS: u32 = 4;

/// Compiles a model with a precision that is given.
///
/// # Errors
/// If view, ranges, predicate or precision do not fit the model, or the program would
/// be out of proportion.
pub fn compile_at(
    graph: &Graph,
    options: &CompileOptions,
    precision: Precision,
) -> Result<Compiled, CompileError> {
    check(graph, options)?;
    let Precision { levels, shift, score_bits } = precision;
    if !ALLOWED_LEVELS.contains(&levels)
        || !ALLOWED_SHIFTS.contains(&shift)
        || !ALLOWED_SCORE_BITS.contains(&score_bits)
    {
        return Err(CompileError::Precision { levels, shift, score_bits });
    }
    let mut work = Work::of_file(graph.bytes);
    at(graph, options, precision, &mut work)
}

/// Compiles a model with a precision that the compiler chooses: the best that few
/// tables allow.
///
/// # Errors
/// If view, ranges or predicate do not fit the model, or the program would be out of
/// proportion.
pub fn compile(graph: &Graph, options: &CompileOptions) -> Result<Compiled, CompileError> {
    let mut trials = Trials::new(graph, options)?;
    let mut last = None;
    for groups in GROUPS {
        let least = if Some(&groups) == GROUPS.last() { 0 } else { ENOUGH_LEVELS };
        match trials.within(groups, least)? {
            Trial::Fits(compiled) => return Ok(compiled),
            Trial::Over(compiled) => last = Some(compiled),
            Trial::Nothing => {}
        }
    }
    last.ok_or(CompileError::Internal("no precision was tried"))
}

fn check(graph: &Graph, options: &CompileOptions) -> Result<(), CompileError> {
    options.ranges.check(graph)?;
    Ok(options.predicate.check(graph.scores())?)
}

/// A program of one precision.
fn at(
    graph: &Graph,
    options: &CompileOptions,
    precision: Precision,
    work: &mut Work,
) -> Result<Compiled, CompileError> {
    let (_, found) = pass(graph, options, precision, None, work)?;
    Ok(pass(graph, options, precision, Some(found.shared), work)?.0)
}

/// The same, if its tables take so many entries at most. It takes one pass to see that they do
/// not; else how many they take.
fn at_most(
    graph: &Graph,
    options: &CompileOptions,
    precision: Precision,
    budget: i64,
    work: &mut Work,
) -> Result<Result<Compiled, i64>, CompileError> {
    let (first, found) = pass(graph, options, precision, None, work)?;
    let lengths = first.program.tables().iter().map(|table| table.values.len());
    // Those that steps share become one for each kind, or less; the others stay what they are.
    let ranges: BTreeSet<&(i64, i64)> = found.shared.values().collect();
    let joined: i64 = ranges.into_iter().map(|(low, high)| high - low + 1).sum();
    let apart = lengths.sum::<usize>().saturating_sub(found.others) as i64;
    let entries = table_entries(&first.program) - apart + joined;
    if entries > budget {
        return Ok(Err(entries));
    }
    let (compiled, _) = pass(graph, options, precision, Some(found.shared), work)?;
    let entries = table_entries(&compiled.program);
    Ok(if entries <= budget { Ok(compiled) } else { Err(entries) })
}

/// Programs of one model, by what their tables may take.
pub(crate) struct Trials<'a> {
    graph: &'a Graph,
    options: &'a CompileOptions,
    /// A program of a middling precision, from which others are foreseen.
    probe: Compiled,
    found: Found,
    work: Work,
    /// Finer levels and longer remainders are tried, and precisions whose tables are known to be
    /// too long are passed over.
    searching: bool,
}

/// What [`Trials::within`] found.
pub(crate) enum Trial {
    /// A program whose tables fit.
    Fits(Compiled),
    /// The last that was tried where any is worth a trial; its tables do not.
    Over(Compiled),
    /// No precision that is worth a trial has tables that fit.
    Nothing,
}

impl<'a> Trials<'a> {
    pub(crate) fn new(graph: &'a Graph, options: &'a CompileOptions) -> Result<Self, CompileError> {
        check(graph, options)?;
        let mut work = Work::of_file(graph.bytes);
        let (probe, found) = pass(graph, options, PROBE, None, &mut work)?;
        Ok(Self { graph, options, probe, found, work, searching: false })
    }

    /// Programs of which the scores are coarser by so many bits, with levels and accumulators
    /// beyond those that the compiler chooses by itself. Of these, those are passed over that are
    /// bound to need too long tables, by what others needed.
    #[cfg(feature = "issue")]
    pub(crate) fn finer(
        graph: &'a Graph,
        options: &'a CompileOptions,
        score_bits: u32,
    ) -> Result<Self, CompileError> {
        check(graph, options)?;
        let mut work = Work::of_file(graph.bytes);
        let precision = Precision { score_bits, ..PROBE };
        let (probe, found) = pass(graph, options, precision, None, &mut work)?;
        Ok(Self { graph, options, probe, found, work, searching: true })
    }

    /// The bits by which scores have to be coarser so that their tables are about as long as those
    /// of other tensors: a sum over a wide layer may go far beyond what occurs, and there are few
    /// scores to pay for that.
    #[cfg(feature = "issue")]
    pub(crate) fn score_bits(&self) -> u32 {
        let length = |(low, high): &(i64, i64)| high - low + 1;
        let others = |kind: &Shared| self.found.before_scores.get(kind).map_or(0, length);
        let all: i64 = self.found.before_scores.values().map(length).sum();
        let with = |bits: u32| {
            let longer = |(kind, range): (&Shared, _)| others(kind).max(length(range) >> bits);
            self.found.shared.iter().map(longer).sum::<i64>()
        };
        if all == 0 {
            return 0;
        }
        let mut allowed = ALLOWED_SCORE_BITS;
        allowed.find(|bits| with(*bits) <= all + all / 4).unwrap_or(MOST_SCORE_BITS)
    }

    /// A program of a middling precision.
    #[cfg(feature = "issue")]
    pub(crate) fn probe(&self) -> &Compiled {
        &self.probe
    }

    /// The most precise program of at least so many levels whose tables take at most
    /// so many groups.
    pub(crate) fn within(&mut self, groups: i64, least: i64) -> Result<Trial, CompileError> {
        let budget = groups * GROUP;
        let mut last = None;
        let probe = self.probe.precision;
        // Entries of the last that needed too many, those of its remainders apart, and its levels.
        let mut needed: Option<(i64, i64)> = None;
        let list = candidates(&self.probe.program, &self.found, probe, budget, self.searching);
        let mut list = list.into_iter().peekable();
        while let Some(precision) = list.next() {
            if precision.levels < least {
                continue;
            }
            let over = |(entries, levels): (i64, i64)| {
                // Entries beside those that grow with the levels are small there.
                let entries = entries / levels.max(1) * precision.levels;
                entries + (1 << precision.shift) > budget + budget / 32
            };
            if self.searching && list.peek().is_some() && needed.is_some_and(over) {
                continue;
            }
            if self.searching {
                // As much as whoever compiles this precision alone may take.
                self.work = Work::of_file(self.graph.bytes);
            }
            match at_most(self.graph, self.options, precision, budget, &mut self.work)? {
                Ok(compiled) => return Ok(Trial::Fits(compiled)),
                Err(entries) => {
                    needed = Some((entries - (1 << precision.shift), precision.levels));
                }
            }
            last = Some(precision);
        }
        Ok(match last.filter(|_| least == 0) {
            Some(last) => Trial::Over(at(self.graph, self.options, last, &mut self.work)?),
            None => Trial::Nothing,
        })
    }
}

/// The expected relative error of a layer, up to a factor: rounding to a level
/// gives 0.29 / levels, and rounding some 64 weights, inputs half full, gives
/// about 4 · 0.29 / 2^shift.
fn expected_error(precision: &Precision) -> f64 {
    let level = 1.0 / precision.levels as f64;
    let weights = 4.0 / (1i64 << precision.shift) as f64;
    level * level + weights * weights
}

/// Precisions worth trying, best first. Ranges of quotients grow with the
/// levels, so most need no trial.
fn candidates(
    program: &Program,
    found: &Found,
    Precision { levels, score_bits, .. }: Precision,
    budget: i64,
    searching: bool,
) -> Vec<Precision> {
    let shared: i64 = found.shared.values().map(|(low, high)| high - low + 1).sum();
    let tables = table_entries(program) - (1 << SHIFTS[0]) - 256 - found.own.granted();
    // Those for a file's own integers, and for scores in nats, are what they are.
    let own = |(kind, (low, high)): (&Shared, &(i64, i64))| match kind {
        Shared::Integers(_) | Shared::Exponential(_) => high - low + 1,
        _ => 0,
    };
    let fixed: i64 = found.shared.iter().map(own).sum();
    // Without sharing each step has its own table, so the least is a bound.
    let values = tables.min(shared) - fixed;
    let mut list = Vec::new();
    let (finer, longer): (&[i64], &[u32]) =
        if searching { (&FINER_LEVELS, &LONGER_SHIFTS) } else { (&[], &[]) };
    for candidate in finer.iter().copied().chain(LEVELS) {
        for shift in longer.iter().copied().chain(SHIFTS) {
            let values = values.saturating_mul(candidate) / levels + fixed;
            let entries = values + found.own.foreseen(levels, candidate) + (1 << shift) + 256;
            if entries <= budget + budget / 50 {
                list.push(Precision { levels: candidate, shift, score_bits });
            }
        }
    }
    list.sort_by(|l, r| expected_error(l).total_cmp(&expected_error(r)));
    if list.is_empty() {
        // Shorter remainders would spare less than a group, and cost wide layers half a row an
        // element.
        let levels = LEVELS[LEVELS.len() - 1];
        list.push(Precision { levels, shift: SHIFTS[0], score_bits });
    }
    list
}

/// Distinct entries of all tables: those of the program, one for each remainder
/// of each shift, and 256 for bytes.
#[must_use]
pub fn table_entries(program: &Program) -> i64 {
    let tables: usize = program.tables().iter().map(|table| table.values.len()).sum();
    let shifts: BTreeSet<u32> = program
        .nodes()
        .iter()
        .filter_map(|node| match node.op {
            ProgramOp::Table { shift, .. } => Some(program.limbs(shift)),
            _ => None,
        })
        .flatten()
        .filter(|bits| *bits > 0)
        .collect();
    let remainders: i64 = shifts.into_iter().map(|bits| 1i64 << bits).sum();
    remainders + 256 + i64::try_from(tables).unwrap_or(i64::MAX / 2)
}

fn pass(
    graph: &Graph,
    options: &CompileOptions,
    precision: Precision,
    known: Option<Ranges>,
    work: &mut Work,
) -> Result<(Compiled, Found), CompileError> {
    let dims = options.dims;
    if dims.is_empty() {
        return Err(CompileError::Input("the view is empty".to_owned()));
    }
    let map = options.scaling.map(dims, &graph.input.shape)?;
    let builder = match known {
        Some(_) => ProgramBuilder::new(options.view.clone(), dims.len())?,
        None => ProgramBuilder::for_trial(options.view.clone(), dims.len())?,
    };
    let builder = builder.of_file(graph.bytes).with_lower_bits(precision.shift);
    let mut emitter = Emitter::new(builder, precision, known, *work);
    let index: Vec<Option<u32>> = map.index.iter().copied().map(Some).collect();
    let node = emitter.gather(0, &index)?;
    let (scale, offset) =
        (PerElement::from_vec(map.scale.clone()), PerElement::from_vec(map.offset.clone()));
    let mut input = Value::scaled(node, index.len(), scale, offset);
    if map.wide {
        let upper: Vec<Option<u32>> = map.index.iter().map(|lower| Some(lower + 1)).collect();
        let upper = emitter.gather(0, &upper)?;
        let scale = PerElement::from_vec(map.scale.iter().map(|scale| 256.0 * scale).collect());
        input
            .terms
            .extend(Value::scaled(upper, index.len(), scale, PerElement::Uniform(0.0)).terms);
    }
    let (raw, link) = raw_scores(graph);
    let threshold = threshold(&options.predicate, link)?;
    let mut lowering = Lowering::new(graph, &options.ranges, emitter, (map, input), raw);
    lowering.claim(None);
    lower::lower(&mut lowering, raw)?;
    #[cfg(feature = "issue")]
    lowering.emitter.scores_follow();
    let (decision, scores) = lowering.decision(raw, &options.predicate, threshold)?;
    lowering.claim(None);
    let (steps, owners) = (lowering.steps, lowering.owners);
    let (program, found, left) = lowering.emitter.finish(decision)?;
    *work = left;
    Ok((Compiled { program: Arc::new(program), precision, scores, steps, owners }, found))
}

/// What follows the raw scores, up to the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Nothing.
    None,
    /// A softmax or another division of all scores by one number.
    Softmax,
    /// A sigmoid.
    Sigmoid,
}

/// The scores before a final softmax or sigmoid, which are monotone.
pub(crate) fn raw_scores(graph: &Graph) -> (TensorRef, Link) {
    let mut tensor = graph.output;
    let mut link = Link::None;
    // A normalisation keeps the order of what is below it, which may be a softmax or sigmoid.
    let mut below = true;
    while let TensorRef::Node(index) = tensor {
        let Some(node) = graph.nodes.get(index) else { break };
        match node.op {
            Op::Reshape => {}
            Op::Normalise(_) if link == Link::None => link = Link::Softmax,
            Op::Softmax(_) if below && node.is_softmax_of_all() => {
                (link, below) = (Link::Softmax, false)
            }
            Op::Activation(Activation::Sigmoid) if below => {
                below = false;
                link = if link == Link::None { Link::Sigmoid } else { link };
            }
            _ => break,
        }
        match node.inputs.first() {
            Some(input) => tensor = *input,
            None => break,
        }
    }
    (tensor, link)
}

/// The threshold for a raw score.
pub(crate) fn threshold(predicate: &Predicate, link: Link) -> Result<f64, PredicateError> {
    let Predicate::MatchScore { above, .. } = predicate else { return Ok(0.0) };
    let above = above.get();
    match link {
        Link::None => Ok(above),
        Link::Softmax => Err(PredicateError::Softmax),
        Link::Sigmoid if above > 0.0 && above < 1.0 => Ok(libm::log(above / (1.0 - above))),
        Link::Sigmoid => Err(PredicateError::Threshold(above)),
    }
}
