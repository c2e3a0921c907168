//! What a program does to each layer of its model: what its ranges cut off, and what
//! rounding that layer alone does to the scores.

use rayon::prelude::*;
use serde::Serialize;

use super::graph::{Node, TensorRef};
use super::lowering::with_zero;
use super::operators;
use super::quantize::{CalibratedRanges, Compiled};
use super::reference::{FloatError, FloatModel, centred, chunks};

/// A tensor that the program holds as levels, and what that does to the scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerError {
    /// The node of the model.
    pub node: String,
    /// Its operator.
    pub operator: String,
    /// Root mean square of what the scores change by if this tensor alone is rounded
    /// and cut off, in percent of their range.
    pub percent: f64,
}

/// Most documents on which layers are rounded one at a time: it takes a run of the model
/// for each layer and document.
const DOCUMENTS: usize = 32;
/// Multiplications that may take, which is some seconds.
const MULTIPLICATIONS: usize = 1 << 35;

/// Documents on which so many layers of a model are rounded one at a time.
fn documents(model: &FloatModel<'_>, layers: usize) -> usize {
    let graph = model.graph();
    let work =
        |(at, node): (usize, &Node)| operators::work(&node.op, graph.len(TensorRef::Node(at)));
    let one = graph.nodes.iter().enumerate().map(work).fold(0, usize::saturating_add);
    let all = one.saturating_mul(layers).max(1);
    (MULTIPLICATIONS / all).clamp(1, DOCUMENTS)
}

/// How a tensor is rounded.
#[derive(Clone, Copy)]
struct Rounding {
    /// The node of the model.
    tensor: usize,
    unit: f64,
    base: f64,
    low: f64,
    high: f64,
}

impl Rounding {
    /// One for each tensor that the program holds as levels, in the model's order.
    fn all(compiled: &Compiled, model: &FloatModel<'_>, ranges: &CalibratedRanges) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for step in &compiled.steps {
            let (low, high) = with_zero(ranges.range(&model.graph().nodes[step.tensor].output));
            let rounding = Self { tensor: step.tensor, unit: step.unit, base: step.low, low, high };
            if all.iter().all(|known| known.tensor != step.tensor) {
                all.push(rounding);
            }
        }
        all.sort_by_key(|rounding| rounding.tensor);
        all
    }

    /// Whether a number is cut off rather than rounded.
    fn cuts(&self, real: f64) -> bool {
        real < self.low - self.unit || real > self.high + self.unit
    }

    fn round(&self, real: f64) -> f64 {
        let real = real.clamp(self.low, self.high.max(self.low));
        self.base + self.unit * ((real - self.base) / self.unit).round()
    }
}

/// Of each tensor that the program holds as levels, by its node in the model: the share
/// of its elements over all documents that its range cuts off, 0 to 1.
///
/// # Errors
/// If a view has the wrong length.
pub fn saturation<'a>(
    compiled: &Compiled,
    model: &FloatModel<'_>,
    ranges: &CalibratedRanges,
    views: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<(usize, f64)>, FloatError> {
    let roundings = Rounding::all(compiled, model, ranges);
    let mut counts = vec![(0u64, 0u64); roundings.len()];
    for chunk in chunks(views) {
        let of_one = |view: &&[u8]| {
            let mut counts = vec![(0u64, 0u64); roundings.len()];
            model.walk(view, |tensor, reals| {
                if let Ok(at) = roundings.binary_search_by_key(&tensor, |one| one.tensor) {
                    let cut = reals.iter().filter(|real| roundings[at].cuts(**real)).count();
                    counts[at] = (cut as u64, reals.len() as u64);
                }
            })?;
            Ok(counts)
        };
        let found: Vec<_> = chunk.par_iter().map(of_one).collect::<Result<_, FloatError>>()?;
        for (sum, (cut, all)) in found.iter().flat_map(|one| one.iter().enumerate()) {
            counts[sum].0 += cut;
            counts[sum].1 += all;
        }
    }
    let share = |(cut, all): (u64, u64)| cut as f64 / all.max(1) as f64;
    Ok(roundings.iter().zip(counts).map(|(one, counts)| (one.tensor, share(counts))).collect())
}

/// The tensors whose rounding changes the scores most, worst first. Each is rounded
/// and cut off as in the program, and all others stay as they are in the model, on at
/// most 32 documents, of large models fewer.
///
/// # Errors
/// If a view has the wrong length.
pub fn costliest_layers<'a>(
    compiled: &Compiled,
    model: &FloatModel<'_>,
    ranges: &CalibratedRanges,
    views: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<LayerError>, FloatError> {
    let views: Vec<&[u8]> = views.into_iter().collect();
    let roundings = Rounding::all(compiled, model, ranges);
    let every = views.len().div_ceil(documents(model, roundings.len())).max(1);
    let views: Vec<&[u8]> = views.into_iter().step_by(every).collect();
    let own = |view: &&[u8]| Ok(apart(&model.scores(view)?));
    let own: Vec<Vec<f64>> = views.par_iter().map(own).collect::<Result<_, FloatError>>()?;
    let widen = |(low, high): (f64, f64), score: &f64| (low.min(*score), high.max(*score));
    let (low, high) = own.iter().flatten().fold((f64::INFINITY, f64::NEG_INFINITY), widen);
    let range = if high > low { high - low } else { 1.0 };
    let mut layers = Vec::new();
    for rounding in roundings {
        let squares = |(view, own): (&&[u8], &Vec<f64>)| {
            let change = |reals: &mut [f64]| {
                reals.iter_mut().for_each(|real| *real = rounding.round(*real));
            };
            let scores = apart(&model.scores_with(view, rounding.tensor, change)?);
            Ok(scores.iter().zip(own).map(|(new, old)| (new - old) * (new - old)).sum::<f64>())
        };
        let squares: Vec<f64> =
            views.par_iter().zip(&own).map(squares).collect::<Result<_, FloatError>>()?;
        let count = own.iter().map(Vec::len).sum::<usize>().max(1);
        let node = &model.graph().nodes[rounding.tensor];
        layers.push(LayerError {
            node: node.name.clone(),
            operator: node.operator.clone(),
            percent: 100.0 * (squares.iter().sum::<f64>() / count as f64).sqrt() / range,
        });
    }
    layers.sort_by(|l, r| r.percent.total_cmp(&l.percent));
    Ok(layers)
}

/// Scores less their mean: a decision between classes does not see what all share.
fn apart(scores: &[f64]) -> Vec<f64> {
    if scores.len() > 1 { centred(scores) } else { scores.to_vec() }
}
