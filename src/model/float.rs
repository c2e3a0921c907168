//! The float model: calibration, and how closely the integer program follows.
//!
//! Inference is tract's; nothing here takes part in a proof or its judgement.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tract_onnx::prelude as tract;
use tract_onnx::prelude::{Datum, Framework, InferenceModelExt, IntoRunnable};

use super::onnx::{Graph, TensorRef};
use super::predicate::{Predicate, PredicateError, top_class};
use super::quantize::{
    CompileError, Compiled, InputMap, InputScaling, NotFinite, Scales, ViewDims, raw_scores,
    threshold,
};

/// Why float inference failed.
#[derive(Debug, thiserror::Error)]
pub enum FloatError {
    /// The inference library cannot run the model.
    #[error("float inference failed: {0}; check that the model runs in another runtime")]
    Inference(String),
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

impl FloatError {
    fn inference(error: impl std::fmt::Display) -> Self {
        Self::Inference(format!("{error:#}"))
    }
}

/// A model ready to run in floating point.
pub struct FloatModel {
    plan: Arc<tract::TypedRunnableModel>,
    input: InputMap,
    shape: Vec<usize>,
    bytes: usize,
}

impl FloatModel {
    /// Prepares the model to compute its raw scores (before a final softmax or
    /// sigmoid) from the bytes of a view.
    ///
    /// # Errors
    /// If the view does not fit the model or the library cannot run it.
    pub fn new(
        model: &[u8],
        graph: &Graph,
        dims: ViewDims,
        scaling: &InputScaling,
    ) -> Result<Self, FloatError> {
        let (raw, _) = raw_scores(graph);
        Self::with_outputs(model, graph, dims, scaling, &[raw])
    }

    fn with_outputs(
        model: &[u8],
        graph: &Graph,
        dims: ViewDims,
        scaling: &InputScaling,
        outputs: &[TensorRef],
    ) -> Result<Self, FloatError> {
        let input = scaling.map(dims, &graph.input.shape)?;
        let framework =
            tract_onnx::onnx().with_ignore_output_shapes(true).with_ignore_value_info(true);
        let mut bytes = model;
        let proto = framework.proto_model_for_read(&mut bytes).map_err(FloatError::inference)?;
        let parsed = framework.parse(&proto, None).map_err(FloatError::inference)?;
        let outlets =
            outputs
                .iter()
                .map(|tensor| {
                    let name = match tensor {
                        TensorRef::Input => &graph.input.name,
                        TensorRef::Node(index) => &graph.nodes[*index].output,
                    };
                    parsed.outlets_by_name.get(name).copied().ok_or_else(|| {
                        FloatError::Inference(format!("there is no tensor `{name}`"))
                    })
                })
                .collect::<Result<Vec<_>, _>>()?;
        let mut inference = parsed.model;
        let fact = tract::InferenceFact::dt_shape(f32::datum_type(), &graph.input.shape);
        inference.set_input_fact(0, fact).map_err(FloatError::inference)?;
        inference.select_output_outlets(&outlets).map_err(FloatError::inference)?;
        let plan = inference
            .into_optimized()
            .and_then(IntoRunnable::into_runnable)
            .map_err(FloatError::inference)?;
        let shape = graph.input.shape.clone();
        Ok(Self { plan, input, shape, bytes: dims.len() })
    }

    fn run(&self, view: &[u8]) -> Result<Vec<Vec<f64>>, FloatError> {
        if view.len() != self.bytes {
            return Err(FloatError::Length { expected: self.bytes, got: view.len() });
        }
        let InputMap { index, scale, offset } = &self.input;
        let values: Vec<f32> = index
            .iter()
            .zip(scale)
            .zip(offset)
            .map(|((at, scale), offset)| (f64::from(view[*at as usize]) * scale + offset) as f32)
            .collect();
        let input =
            tract::Tensor::from_shape(&self.shape, &values).map_err(FloatError::inference)?;
        let outputs = self
            .plan
            .run([tract::TValue::from(input)].into_iter().collect())
            .map_err(FloatError::inference)?;
        outputs
            .iter()
            .map(|output| {
                let output = output.cast_to::<f32>().map_err(FloatError::inference)?;
                let output = output.to_plain_array_view::<f32>().map_err(FloatError::inference)?;
                Ok(output.iter().copied().map(f64::from).collect())
            })
            .collect()
    }

    /// The raw scores of a document.
    ///
    /// # Errors
    /// If the view has the wrong length or the library fails.
    pub fn scores(&self, view: &[u8]) -> Result<Vec<f64>, FloatError> {
        self.run(view)?.into_iter().next().ok_or_else(|| FloatError::inference("no output"))
    }
}

/// Records the range of every tensor over the calibration documents, given as
/// the bytes of their views.
///
/// # Errors
/// If there are no documents, a value is not finite, or inference fails.
pub fn calibrate<'a>(
    model: &[u8],
    graph: &Graph,
    dims: ViewDims,
    scaling: &InputScaling,
    documents: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Scales, FloatError> {
    let tensors: Vec<TensorRef> = (0..graph.nodes.len()).map(TensorRef::Node).collect();
    let float = FloatModel::with_outputs(model, graph, dims, scaling, &tensors)?;
    let mut scales = Scales::default();
    let mut any = false;
    for (document, view) in documents.into_iter().enumerate() {
        any = true;
        for (node, values) in graph.nodes.iter().zip(float.run(view)?) {
            for value in values {
                scales.observe(&node.output, value).map_err(|source| FloatError::NotFinite {
                    tensor: node.output.clone(),
                    document,
                    source,
                })?;
            }
        }
    }
    if any { Ok(scales) } else { Err(FloatError::NoDocuments) }
}

/// How closely an integer program follows its float model on some documents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// Documents measured.
    pub documents: usize,
    /// Documents on which both have the same top class; absent where the
    /// program holds one score only.
    pub same_top_class: Option<usize>,
    /// Documents on which both give the same verdict.
    pub same_verdict: usize,
    /// Documents that match by the float model.
    pub float_matches: usize,
    /// Documents that match by the program.
    pub program_matches: usize,
    /// The largest difference of a score, in the float model's unit.
    pub max_score_error: Option<f64>,
    /// Documents whose label is the float model's top class, of those labelled.
    pub float_correct: Option<usize>,
    /// Documents whose label is the program's top class, of those labelled.
    pub program_correct: Option<usize>,
    /// Documents with a label.
    pub labelled: usize,
}

/// A document's view, and its true class if known.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// The bytes of the view.
    pub view: &'a [u8],
    /// The true class.
    pub label: Option<usize>,
}

/// Measures a program against its float model.
///
/// # Errors
/// If there are no documents, a view has the wrong length, or inference fails.
pub fn quality<'a>(
    compiled: &Compiled,
    float: &FloatModel,
    graph: &Graph,
    predicate: &Predicate,
    documents: impl IntoIterator<Item = Sample<'a>>,
) -> Result<Quality, FloatError> {
    let (_, link) = raw_scores(graph);
    let cut = threshold(predicate, link)?;
    let mut quality = Quality::default();
    let add = |counter: &mut Option<usize>, hit: bool| {
        *counter = Some(counter.unwrap_or(0) + usize::from(hit));
    };
    for Sample { view, label } in documents {
        let scores = float.scores(view)?;
        let by_float = match predicate {
            Predicate::MatchClass(_) => predicate.matches(&scores),
            Predicate::MatchScore { index, .. } => {
                scores.get(*index as usize).is_some_and(|score| *score > cut)
            }
        };
        let values = compiled.program.evaluate(view);
        let by_program = values[compiled.program.verdict()] == [1];
        quality.documents += 1;
        quality.labelled += usize::from(label.is_some());
        quality.same_verdict += usize::from(by_float == by_program);
        quality.float_matches += usize::from(by_float);
        quality.program_matches += usize::from(by_program);
        let top = top_class(&scores);
        if label.is_some() {
            add(&mut quality.float_correct, top == label);
        }
        if let Some(map) = &compiled.scores {
            let levels = &values[map.node];
            let own = top_class(levels);
            add(&mut quality.same_top_class, own == top);
            if label.is_some() {
                add(&mut quality.program_correct, own == label);
            }
            let error = levels
                .iter()
                .zip(&scores)
                .map(|(level, score)| (map.unit * *level as f64 + map.low - score).abs())
                .fold(quality.max_score_error.unwrap_or(0.0), f64::max);
            quality.max_score_error = Some(error);
        }
    }
    if quality.documents == 0 { Err(FloatError::NoDocuments) } else { Ok(quality) }
}
