//! The float reference: calibration, and the scores that an integer program is
//! measured against.
//!
//! Nothing here takes part in a proof or its judgement.

use rayon::prelude::*;

use super::channels::Furthest;
use super::evaluate;
use super::float_bits::NotFinite;
use super::graph::{Graph, TensorRef};
use super::predicate::PredicateError;
use super::quantize::{
    CalibratedRanges, CompileError, InputMap, InputScaling, ViewDims, raw_scores,
};

/// A document's view, its true class if known, and the model's scores.
#[derive(Clone, Debug)]
pub struct Sample<'a> {
    /// The bytes of the view.
    pub view: &'a [u8],
    /// The true class.
    pub label: Option<usize>,
    /// What the model says.
    pub scores: Vec<f64>,
}

/// Why the float model gives no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FloatError {
    /// View and model do not fit.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The predicate does not fit the model.
    #[error(transparent)]
    Predicate(#[from] PredicateError),
    /// A document makes the model overflow.
    #[error(
        "tensor `{tensor}` is not finite on document {document}; remove it, or use another model"
    )]
    NotFinite {
        /// The tensor.
        tensor: String,
        /// The position of the document.
        document: usize,
        /// The number.
        source: NotFinite,
    },
    /// There are no documents.
    #[error("there are no documents to measure on; give at least one, better hundreds")]
    NoDocuments,
    /// A document has the wrong number of bytes.
    #[error("a view has {got} bytes, expected {expected}")]
    Length {
        /// Bytes expected.
        expected: usize,
        /// Bytes found.
        got: usize,
    },
}

/// A model ready to run on the bytes of views.
pub struct FloatModel<'a> {
    graph: &'a Graph,
    input: InputMap,
    bytes: usize,
}

impl<'a> FloatModel<'a> {
    /// Fits a model to a view.
    ///
    /// # Errors
    /// If the view does not fit the model.
    pub fn new(
        graph: &'a Graph,
        dims: ViewDims,
        scaling: &InputScaling,
    ) -> Result<Self, FloatError> {
        let input = scaling.map(dims, &graph.input.shape)?;
        Ok(Self { graph, input, bytes: dims.len() })
    }

    /// The model.
    #[must_use]
    pub const fn graph(&self) -> &Graph {
        self.graph
    }

    /// The model's input tensor.
    fn input(&self, view: &[u8]) -> Result<Vec<f64>, FloatError> {
        if view.len() != self.bytes {
            return Err(FloatError::Length { expected: self.bytes, got: view.len() });
        }
        let InputMap { index, scale, offset, wide } = &self.input;
        let element = |((at, scale), offset): ((&u32, &f64), &f64)| {
            let lower = f64::from(view[*at as usize]);
            let upper = if *wide { f64::from(view[*at as usize + 1]) } else { 0.0 };
            (lower + 256.0 * upper) * scale + offset
        };
        Ok(index.iter().zip(scale).zip(offset).map(element).collect())
    }

    /// The raw scores of a document, those before a final softmax or sigmoid.
    ///
    /// # Errors
    /// If the view has the wrong length.
    pub fn scores(&self, view: &[u8]) -> Result<Vec<f64>, FloatError> {
        let (raw, _) = raw_scores(self.graph);
        Ok(evaluate::tensor(self.graph, self.input(view)?, raw))
    }

    /// Documents with their raw scores.
    ///
    /// # Errors
    /// If a view has the wrong length.
    pub fn samples<'v>(
        &self,
        documents: impl IntoIterator<Item = (&'v [u8], Option<usize>)>,
    ) -> Result<Vec<Sample<'v>>, FloatError> {
        let sample =
            |(view, label): (&'v [u8], _)| Ok(Sample { view, label, scores: self.scores(view)? });
        let mut samples = Vec::new();
        for chunk in chunks(documents) {
            let chunk = chunk.into_par_iter().map(sample);
            samples.extend(chunk.collect::<Result<Vec<_>, FloatError>>()?);
        }
        Ok(samples)
    }

    /// Calls `see` with the index of each node and its tensor, in order.
    ///
    /// # Errors
    /// If the view has the wrong length.
    pub fn walk(&self, view: &[u8], mut see: impl FnMut(usize, &[f64])) -> Result<(), FloatError> {
        let input = self.input(view)?;
        evaluate::walk(self.graph, input, |index, values| {
            see(index, values);
            Ok(())
        })
    }

    /// As [`Self::scores`], where one tensor is another than the model's.
    pub(crate) fn scores_with(
        &self,
        view: &[u8],
        tensor: usize,
        change: impl Fn(&mut [f64]),
    ) -> Result<Vec<f64>, FloatError> {
        let (raw, _) = raw_scores(self.graph);
        let mut scores = self.input(view)?;
        evaluate::walk_changing(self.graph, scores.clone(), |index, values| {
            if index == tensor {
                change(values);
            }
            if raw == TensorRef::Node(index) {
                scores = values.to_vec();
            }
            Ok::<_, FloatError>(())
        })?;
        Ok(scores)
    }

    /// What one document does to the ranges of all tensors.
    fn observe(&self, view: &[u8], nothing: &Furthest) -> Result<Observed, FloatError> {
        let (raw, _) = raw_scores(self.graph);
        let mut observed = Observed { ends: Vec::new(), scores: None, furthest: nothing.clone() };
        self.walk(view, |index, values| {
            observed.ends.push(ends(values));
            observed.furthest.see(index, values);
            if raw == TensorRef::Node(index) {
                observed.scores = Some(ends(&centred(values)));
            }
        })?;
        Ok(observed)
    }
}

/// The ends of each node's tensor, and of the scores less their mean, and how far channels go.
struct Observed {
    ends: Vec<(f64, f64)>,
    scores: Option<(f64, f64)>,
    furthest: Furthest,
}

/// The smallest and largest of some numbers; one that is not finite if there
/// is any.
fn ends(values: &[f64]) -> (f64, f64) {
    if let Some(odd) = values.iter().find(|value| !value.is_finite()) {
        return (*odd, *odd);
    }
    let widen = |(low, high): (f64, f64), value: &f64| (low.min(*value), high.max(*value));
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), widen)
}

/// Scores less their mean: what they differ by.
pub(crate) fn centred(scores: &[f64]) -> Vec<f64> {
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    scores.iter().map(|score| score - mean).collect()
}

/// Documents that are taken and walked at a time.
const CHUNK: usize = 64;

/// Takes documents in chunks, so that the iterator's owner sees the progress.
pub(crate) fn chunks<T>(documents: impl IntoIterator<Item = T>) -> impl Iterator<Item = Vec<T>> {
    let mut documents = documents.into_iter();
    std::iter::from_fn(move || {
        let chunk: Vec<T> = documents.by_ref().take(CHUNK).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// Records the range of every tensor over the calibration documents, given as
/// the bytes of their views.
///
/// # Errors
/// If there are no documents, or a value is not finite.
pub fn calibrate<'a>(
    graph: &Graph,
    dims: ViewDims,
    scaling: &InputScaling,
    documents: impl IntoIterator<Item = &'a [u8]>,
) -> Result<CalibratedRanges, FloatError> {
    let model = FloatModel::new(graph, dims, scaling)?;
    let mut ranges = CalibratedRanges::default();
    let mut any = false;
    let nothing = Furthest::of(graph);
    let mut furthest = nothing.clone();
    for (chunk, views) in chunks(documents).enumerate() {
        any = true;
        let observed: Vec<Observed> =
            views.par_iter().map(|view| model.observe(view, &nothing)).collect::<Result<_, _>>()?;
        for (at, document) in observed.iter().enumerate() {
            furthest.join(&document.furthest);
            for (node, (low, high)) in graph.nodes.iter().zip(&document.ends) {
                let not_finite = |source| FloatError::NotFinite {
                    tensor: node.output.clone(),
                    document: chunk * CHUNK + at,
                    source,
                };
                ranges.observe(&node.output, *low).map_err(not_finite)?;
                ranges.observe(&node.output, *high).map_err(not_finite)?;
            }
            for end in document.scores.into_iter().flat_map(|(low, high)| [low, high]) {
                ranges.observe_centred(end).map_err(|source| FloatError::NotFinite {
                    tensor: "the scores less their mean".to_owned(),
                    document: chunk * CHUNK + at,
                    source,
                })?;
            }
        }
    }
    for (node, exponents) in furthest.units() {
        ranges.set_channels(&graph.nodes[node].output, exponents);
    }
    if any { Ok(ranges) } else { Err(FloatError::NoDocuments) }
}
