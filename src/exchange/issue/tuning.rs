//! The search for the cheapest program that decides as its model does.
//!
//! Two things are free: which part of each tensor's values its range holds, and how
//! fine levels are, which costs tables and not rows. Both stand in the request, so the
//! judge compiles the same program without a search.

use serde::Serialize;

use crate::exchange::progress::Progress;
use crate::model::clipping::{Choice, Histograms};
use crate::model::graph::Graph;
use crate::model::program::{Op, Program};
use crate::model::quality::{Decision, Quality, quality, quality_while_passing};
use crate::model::quantize::{
    CompileError, CompileOptions, Compiled, ENOUGH_LEVELS, GROUPS, Precision, Trial, Trials,
};
use crate::model::reference::{FloatError, FloatModel, Sample};

/// How the program was chosen.
#[derive(Clone, Debug, Serialize)]
pub struct Tuning {
    /// Levels and shift.
    pub precision: Precision,
    /// Tensors whose range leaves out values that calibration saw.
    pub narrowed: u64,
    /// Programs that were run on the calibration documents.
    pub tried: u64,
}

/// The program that was chosen, and what it was compiled with.
pub(super) struct Tuned {
    pub(super) compiled: Compiled,
    pub(super) options: CompileOptions,
    pub(super) quality: Quality,
    pub(super) tuning: Tuning,
}

/// Groups that are tried after those of the compiler's own choice, up to [`MOST_WORTH`] times
/// what the rows are worth: they take a few times some percent of the time then.
const MORE_GROUPS: [i64; 2] = [128, 240];
const MOST_WORTH: i64 = 4;
/// Choices of ranges that are tried with so many groups.
const CHOICES_OF_MORE: usize = 2;

/// Groups of table columns that are worth it for programs of so many table rows: 3 for
/// 10^4 rows, 30 for 10^6, so that they take some percent of the time.
fn worth(rows: usize) -> i64 {
    // Below 2^24, so exact.
    let groups = 3.0 * (rows as f64 / 1e4).sqrt();
    (groups as i64).clamp(GROUPS[0], GROUPS[GROUPS.len() - 1])
}

/// Elements of steps and maxima, each a table row.
fn steps(program: &Program) -> usize {
    let is_step = |op: &Op| matches!(op, Op::Table { .. } | Op::Max { .. } | Op::Softmax { .. });
    program.nodes().iter().filter(|node| is_step(&node.op)).map(|node| node.len).sum()
}

/// The program that is tried first.
pub(super) fn first(graph: &Graph, options: &CompileOptions) -> Result<Compiled, CompileError> {
    let mut trials = Trials::new(graph, options)?;
    let worth = worth(steps(&trials.probe().program));
    let most = GROUPS[GROUPS.len() - 1];
    for groups in GROUPS.into_iter().filter(|groups| *groups >= worth) {
        let least = if groups == most { 0 } else { ENOUGH_LEVELS };
        match trials.within(groups, least)? {
            Trial::Fits(compiled) => return Ok(compiled),
            Trial::Over(compiled) if least == 0 => return Ok(compiled),
            _ => {}
        }
    }
    Err(CompileError::Internal("no precision was tried"))
}

/// Tries programs from the cheapest on: first as many tables as the rows are worth,
/// then more, and for each number of tables ranges that cut off more and more. After the
/// first, which is the compiler's own choice, scores are as coarse as the tables of other
/// tensors ask for, and accumulators as fine as the tables have room for. The first program on
/// which enough decisions agree is taken; if there is none, the one on which most do, of
/// equal ones the first.
///
/// A program that fails is not run on more documents than it takes to see that.
pub(super) fn tune(
    graph: &Graph,
    options: CompileOptions,
    model: &FloatModel<'_>,
    samples: &[Sample<'_>],
    (decision, agreement): (&Decision<'_>, f64),
    progress: &dyn Progress,
) -> Result<Tuned, FloatError> {
    let mut whole = Trials::new(graph, &options)?;
    let worth = worth(steps(&whole.probe().program));
    let most = GROUPS[GROUPS.len() - 1];
    let views = || samples.iter().map(|sample| sample.view);
    let mut histograms = None;
    let mut search = Search { decision, agreement, samples, tried: Vec::new(), best: None };
    let score_bits = whole.score_bits();
    let mut failed = None;
    let usual = GROUPS.into_iter().filter(|groups| *groups >= worth);
    let more = MORE_GROUPS.into_iter().filter(|groups| *groups <= MOST_WORTH * worth);
    for groups in usual.chain(more) {
        let least = if groups == most { 0 } else { ENOUGH_LEVELS };
        // The compiler's own choice comes first, until there is one.
        let own = search.tried.is_empty().then_some(None);
        let choices = Choice::all().take(if groups > most { CHOICES_OF_MORE } else { usize::MAX });
        for choice in own.into_iter().chain(choices.map(Some)) {
            let (ranges, narrowed) = match choice {
                None | Some(Choice::All) => (options.ranges.clone(), 0),
                Some(choice) => {
                    // Only a model that needs them pays for them.
                    let histograms = match &histograms {
                        Some(known) => known,
                        None => histograms.insert(Histograms::of(model, &options.ranges, views())?),
                    };
                    let found = histograms.ranges(&options.ranges, choice, search.levels());
                    if found.1 == 0 {
                        continue;
                    }
                    found
                }
            };
            let options = CompileOptions { ranges, ..options.clone() };
            progress.stage("compiling", 1);
            let trial = match choice {
                None => whole.within(groups, least),
                Some(_) => Trials::finer(graph, &options, score_bits)
                    .and_then(|mut trials| trials.within(groups, least)),
            };
            let compiled = match trial {
                Ok(Trial::Fits(compiled)) => compiled,
                Ok(Trial::Over(compiled)) if least == 0 => compiled,
                Ok(_) => continue,
                // There is a program already, if not a good one, or another kind may do.
                Err(error) if search.best.is_some() || choice.is_none() => {
                    failed = Some(error);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            if let Some(found) = search.run(compiled, options, narrowed, progress)? {
                return Ok(found);
            }
        }
    }
    match failed.filter(|_| search.best.is_none()) {
        Some(error) => Err(error.into()),
        None => search.best(),
    }
}

/// The program that [`tune`] finds, for tests of many models.
///
/// # Errors
/// If none can be compiled, or a document has the wrong length.
#[doc(hidden)]
pub fn program_for(
    graph: &Graph,
    options: CompileOptions,
    model: &FloatModel<'_>,
    samples: &[Sample<'_>],
    decision: &Decision<'_>,
    agreement: f64,
) -> Result<(Compiled, Quality), FloatError> {
    let wanted = (decision, agreement);
    let found = tune(graph, options, model, samples, wanted, &crate::exchange::Silent)?;
    Ok((found.compiled, found.quality))
}

struct Search<'a> {
    decision: &'a Decision<'a>,
    agreement: f64,
    samples: &'a [Sample<'a>],
    /// What was run: precisions with ranges.
    tried: Vec<(Precision, CompileOptions)>,
    best: Option<Tuned>,
}

impl Search<'_> {
    /// Levels for which ranges are chosen: those of what was tried last.
    fn levels(&self) -> i64 {
        self.tried.last().map_or(ENOUGH_LEVELS, |(precision, _)| precision.levels)
    }

    fn quality(
        &self,
        compiled: &Compiled,
        agreement: f64,
        progress: &dyn Progress,
    ) -> Result<Quality, FloatError> {
        progress.stage("running the program", self.samples.len() as u64);
        let ran = |count: usize| (0..count).for_each(|_| progress.advance(1));
        quality_while_passing(compiled, self.decision, self.samples, agreement, ran)
    }

    /// Runs a program; it is given back if it passes, and kept if it is the best so far.
    fn run(
        &mut self,
        compiled: Compiled,
        options: CompileOptions,
        narrowed: usize,
        progress: &dyn Progress,
    ) -> Result<Option<Tuned>, FloatError> {
        let precision = compiled.precision;
        if self.tried.iter().any(|(p, o)| *p == precision && o.ranges == options.ranges) {
            return Ok(None);
        }
        self.tried.push((precision, options.clone()));
        let quality = self.quality(&compiled, self.agreement, progress)?;
        let tried = self.tried.len() as u64;
        let tuning = Tuning { precision, narrowed: narrowed as u64, tried };
        let found = Tuned { compiled, options, quality, tuning };
        if found.quality.documents == self.samples.len() && found.quality.passes(self.agreement) {
            return Ok(Some(found));
        }
        if self.best.as_ref().is_none_or(|best| misses(&found.quality) < misses(&best.quality)) {
            self.best = Some(found);
        }
        Ok(None)
    }

    /// The best of those that failed, on all documents.
    fn best(mut self) -> Result<Tuned, FloatError> {
        let best = self.best.take().ok_or(CompileError::Internal("no precision was tried"))?;
        let mut tuning = best.tuning;
        tuning.tried = self.tried.len() as u64;
        let quality = match best.quality.documents == self.samples.len() {
            true => best.quality,
            false => quality(&best.compiled, self.decision, true, self.samples.iter().cloned())?,
        };
        Ok(Tuned { quality, tuning, ..best })
    }
}

/// What makes a program worse than another, in parts per million of the documents on which it
/// was run: clear decisions missed, then decisions missed, then top classes.
fn misses(quality: &Quality) -> [u64; 3] {
    let top = quality.same_top_class.map_or(0, |same| quality.documents - same);
    let missed = [quality.clear_disagreements(), quality.documents - quality.same_decision, top];
    missed.map(|count| count as u64 * 1_000_000 / quality.documents.max(1) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Silent;
    use crate::model::float_bits::FiniteF64;
    use crate::model::onnx;
    use crate::model::onnx::writer::Writer;
    use crate::model::predicate::Predicate;
    use crate::model::quantize::{InputScaling, ViewDims, compile, compile_at};
    use crate::model::reference::calibrate;

    #[test]
    fn tables_grow_with_rows() {
        assert_eq!([0, 1226, 10_000, 100_000].map(worth), [3, 3, 3, 9]);
        assert_eq!([1_000_000, 3_000_000, 16_000_000].map(worth), [30, 51, 64]);
    }

    /// Relu(400 a + b) − Relu(c) above 0, on documents where b and c differ by a few
    /// levels of gray and a is 0 on all but one.
    #[test]
    fn an_outlier_is_cut_off_where_decisions_need_it() {
        let dims = ViewDims { height: 2, width: 2, channels: 1 };
        let mut w = Writer::new(13, &[1, 1, 2, 2], 1);
        let flat = w.node("Flatten", &["x"], vec![]);
        let first = w.floats(&[4, 2], vec![400.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        let y = w.node("MatMul", &[&flat, &first], vec![]);
        let y = w.node("Relu", &[&y], vec![]);
        let last = w.floats(&[2, 1], vec![1.0, -1.0]);
        let y = w.node("MatMul", &[&y, &last], vec![]);
        let graph = onnx::read(&w.finish(&y)).unwrap();
        let mut pages: Vec<[u8; 4]> = (0..1200u32)
            .map(|at| {
                let b = (at * 37 % 250) as u8 + 3;
                let differ = [-3i8, -2, -1, 1, 2, 3][at as usize % 6];
                [0, b, b.saturating_add_signed(differ), 0]
            })
            .collect();
        pages.push([255, 9, 8, 0]);
        let views = || pages.iter().map(<[u8; 4]>::as_slice);
        let scaling = InputScaling::default();
        let ranges = calibrate(&graph, dims, &scaling, views()).unwrap();
        let predicate = Predicate::MatchScore { index: 0, above: FiniteF64::new(0.0).unwrap() };
        let options = CompileOptions {
            view: "test".to_owned(),
            dims,
            scaling: scaling.clone(),
            predicate: predicate.clone(),
            ranges,
        };
        let model = FloatModel::new(&graph, dims, &scaling).unwrap();
        let samples = model.samples(views().map(|view| (view, None))).unwrap();
        let decision = Decision::on_raw_scores(&predicate, &model).unwrap();
        let usual = compile(&graph, &options).unwrap();
        let usual = quality(&usual, &decision, true, samples.clone()).unwrap();
        assert!(!usual.passes(0.995), "{usual:?}");

        let tune = || {
            let options = options.clone();
            tune(&graph, options, &model, &samples, (&decision, 0.995), &Silent).unwrap()
        };
        let found = tune();
        assert!(found.quality.passes(0.995), "{:?} {:?}", found.tuning, found.quality);
        assert!(found.tuning.narrowed > 0 && found.tuning.tried > 1, "{:?}", found.tuning);
        // What the request records gives the same program, and so does another search.
        let program = found.compiled.program.encode();
        let recorded = compile_at(&graph, &found.options, found.tuning.precision).unwrap();
        assert_eq!(recorded.program.encode(), program);
        assert_eq!(tune().compiled.program.encode(), program);
        let other = Precision { levels: 1 << 20, ..found.tuning.precision };
        assert!(compile_at(&graph, &found.options, other).is_err());
    }
}
