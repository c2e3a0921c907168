//! Every operator: the integer program against the float model.

use crate::model::float_bits::FiniteF64;
use crate::model::onnx::writer::{Writer, float, int, ints, string};
use crate::model::onnx::{self};
use crate::model::predicate::Predicate;
use crate::model::quality::{Decision, Quality, quality};
use crate::model::quantize::{
    CalibratedRanges, ChannelOrder, CompileOptions, Compiled, InputScaling, PixelValues, ViewDims,
    compile,
};
use crate::model::reference::{FloatModel, calibrate};

const DOCUMENTS: usize = 24;

pub(super) struct Case {
    pub(super) dims: ViewDims,
    pub(super) scaling: InputScaling,
    pub(super) predicate: Predicate,
}

impl Case {
    pub(super) fn new(channels: usize, height: usize, width: usize) -> Self {
        Self {
            dims: ViewDims { height, width, channels },
            scaling: InputScaling::default(),
            predicate: Predicate::match_class([0]),
        }
    }

    /// Random bytes, some documents with extreme ones.
    pub(super) fn documents(&self) -> Vec<Vec<u8>> {
        let mut writer = Writer::new(13, &[1], 99);
        (0..DOCUMENTS)
            .map(|document| {
                (0..self.dims.len())
                    .map(|_| match document {
                        0 => 0,
                        1 => 255,
                        _ => (writer.random() * 128.0 + 128.0) as u8,
                    })
                    .collect()
            })
            .collect()
    }

    pub(super) fn compile(&self, bytes: &[u8]) -> (Compiled, Quality) {
        self.compile_with(bytes, |ranges| ranges)
    }

    /// The same with ranges that are not quite those of calibration.
    pub(super) fn compile_with(
        &self,
        bytes: &[u8],
        change: impl FnOnce(CalibratedRanges) -> CalibratedRanges,
    ) -> (Compiled, Quality) {
        let graph = onnx::read(bytes).unwrap();
        let documents = self.documents();
        let views = documents.iter().map(Vec::as_slice);
        let ranges = calibrate(&graph, self.dims, &self.scaling, views).unwrap();
        let options = CompileOptions {
            view: "test".to_owned(),
            dims: self.dims,
            scaling: self.scaling.clone(),
            predicate: self.predicate.clone(),
            ranges: change(ranges),
        };
        let compiled = compile(&graph, &options).unwrap();
        let model = FloatModel::new(&graph, self.dims, &self.scaling).unwrap();
        let views = documents.iter().map(|view| (view.as_slice(), None));
        let samples = model.samples(views).unwrap();
        let decision = Decision::on_raw_scores(&self.predicate, &model).unwrap();
        let figures = quality(&compiled, &decision, true, samples).unwrap();
        (compiled, figures)
    }

    /// The scores differ by at most `levels` levels.
    fn close(&self, bytes: &[u8], levels: f64) {
        let (compiled, figures) = self.compile(bytes);
        let scores = compiled.scores.unwrap();
        let error = figures.max_score_error.unwrap() / scores.unit;
        assert!(error <= levels, "{error} levels of {:?}", compiled.precision);
    }
}

#[test]
fn convolutions() {
    let attributes = [
        vec![],
        vec![ints("pads", &[1, 0, 2, 1]), ints("strides", &[2, 1])],
        vec![ints("dilations", &[2, 1]), ints("pads", &[2, 2, 2, 2])],
        vec![string("auto_pad", "SAME_UPPER"), ints("strides", &[2, 2])],
        vec![string("auto_pad", "SAME_LOWER"), ints("strides", &[3, 2])],
        vec![string("auto_pad", "VALID"), ints("kernel_shape", &[3, 2])],
    ];
    for (seed, attributes) in attributes.into_iter().enumerate() {
        let mut w = Writer::new(11, &[1, 3, 7, 8], seed as u64);
        let weights = w.weights(&[4, 3, 3, 2], 0.0, 1.0);
        let bias = w.weights(&[4], 0.0, 1.0);
        let y = w.node("Conv", &["x", &weights, &bias], attributes);
        let mut case = Case::new(3, 7, 8);
        let numbers = |list: [f64; 3]| list.map(|v| FiniteF64::new(v).unwrap()).to_vec();
        case.scaling.values = PixelValues::Standardised {
            mean: numbers([0.4, 0.5, 0.6]),
            std: numbers([0.2, 0.3, 0.25]),
        };
        case.scaling.channels = ChannelOrder::Bgr;
        case.close(&w.finish(&y), 1.1);
    }
}

#[test]
fn grouped_and_one_dimensional_convolutions() {
    let mut w = Writer::new(9, &[1, 4, 5, 5], 7);
    let weights = w.weights(&[8, 1, 3, 3], 0.0, 1.0);
    let first = w.node("Conv", &["x", &weights], vec![int("group", 4)]);
    let relu = w.node("Relu", &[&first], vec![]);
    let line = w.integers(&[1, 8, 9]);
    let line = w.node("Reshape", &[&relu, &line], vec![]);
    let weights = w.weights(&[2, 8, 3], 0.0, 1.0);
    let y = w.node("Conv", &[&line, &weights], vec![ints("pads", &[1, 1])]);
    Case::new(4, 5, 5).close(&w.finish(&y), 4.0);
}

#[test]
fn dense_layers() {
    for transposed in [0, 1] {
        let mut w = Writer::new(13, &[1, 12], 3 + transposed);
        let shape = if transposed == 1 { [5, 12] } else { [12, 5] };
        let weights = w.weights(&shape, 0.0, 1.0);
        let bias = w.weights(&[5], 0.0, 1.0);
        let attributes =
            vec![int("transB", transposed as i64), float("alpha", 0.5), float("beta", 2.0)];
        let y = w.node("Gemm", &["x", &weights, &bias], attributes);
        let mut case = Case::new(1, 1, 12);
        case.scaling.values = PixelValues::Raw;
        case.close(&w.finish(&y), 1.1);
    }
    let mut w = Writer::new(13, &[1, 3, 4], 5);
    let right = w.weights(&[4, 5], 0.0, 1.0);
    let left = w.weights(&[2, 3], 0.0, 1.0);
    let y = w.node("MatMul", &["x", &right], vec![]);
    let y = w.node("Sigmoid", &[&y], vec![]);
    let y = w.node("MatMul", &[&left, &y], vec![]);
    Case::new(1, 3, 4).close(&w.finish(&y), 4.0);
}

#[test]
fn arithmetic_with_constants() {
    let mut w = Writer::new(13, &[1, 2, 3, 4], 11);
    let row = w.weights(&[4], 0.0, 1.0);
    let channel = w.weights(&[2, 1, 1], 2.0, 1.0);
    let scalar = w.floats(&[], vec![0.25]);
    let y = w.node("Add", &["x", &row], vec![]);
    let y = w.node("Mul", &[&channel, &y], vec![]);
    let y = w.node("Sub", &[&row, &y], vec![]);
    let y = w.node("Div", &[&y, &scalar], vec![]);
    let y = w.node("Sub", &[&y, &scalar], vec![]);
    Case::new(2, 3, 4).close(&w.finish(&y), 1.1);
}

#[test]
fn activations() {
    for opset in [10, 13] {
        let mut w = Writer::new(opset, &[1, 1, 4, 4], 21);
        let weights = w.weights(&[3, 1, 2, 2], 0.0, 2.0);
        let conv = w.node("Conv", &["x", &weights], vec![]);
        let leaky = w.node("LeakyRelu", &[&conv], vec![float("alpha", 0.2)]);
        let clip = if opset < 11 {
            w.node("Clip", &[&conv], vec![float("min", -0.5), float("max", 0.75)])
        } else {
            let (low, high) = (w.floats(&[], vec![-0.5]), w.floats(&[], vec![0.75]));
            w.node("Clip", &[&conv, &low, &high], vec![])
        };
        let sigmoid = w.node("Sigmoid", &[&conv], vec![]);
        let relu = w.node("Relu", &[&conv], vec![]);
        let y = w.node("Concat", &[&leaky, &clip, &sigmoid, &relu], vec![int("axis", 1)]);
        let weights = w.weights(&[5, 12, 1, 1], 0.0, 1.0);
        let y = w.node("Conv", &[&y, &weights], vec![]);
        Case::new(1, 4, 4).close(&w.finish(&y), 8.0);
    }
}

#[test]
fn normalisation_and_residual_sums() {
    let mut w = Writer::new(15, &[1, 2, 5, 5], 31);
    let block = |w: &mut Writer, x: &str| {
        let weights = w.weights(&[2, 2, 3, 3], 0.0, 0.7);
        let conv = w.node("Conv", &[x, &weights], vec![ints("pads", &[1, 1, 1, 1])]);
        let (gamma, beta) = (w.weights(&[2], 1.0, 0.3), w.weights(&[2], 0.0, 0.3));
        let (mean, variance) = (w.weights(&[2], 0.0, 0.3), w.weights(&[2], 1.0, 0.3));
        w.node("BatchNormalization", &[&conv, &gamma, &beta, &mean, &variance], vec![])
    };
    let first = block(&mut w, "x");
    let relu = w.node("Relu", &[&first], vec![]);
    let second = block(&mut w, &relu);
    let sum = w.node("Add", &[&second, &relu], vec![]);
    // Without an activation: the next block needs a step of its own.
    let third = block(&mut w, &sum);
    let sum = w.node("Sub", &[&third, &sum], vec![]);
    let drop = w.node("Dropout", &[&sum], vec![]);
    let y = w.node("GlobalAveragePool", &[&drop], vec![]);
    Case::new(2, 5, 5).close(&w.finish(&y), 12.0);
}

#[test]
fn pools() {
    let pads = |list: &[i64]| ints("pads", list);
    for (operator, extra) in [
        ("MaxPool", vec![]),
        ("AveragePool", vec![int("count_include_pad", 0)]),
        ("AveragePool", vec![int("count_include_pad", 1)]),
    ] {
        for relu_after in [false, true] {
            let mut w = Writer::new(12, &[1, 1, 7, 7], 41);
            let weights = w.weights(&[2, 1, 2, 2], 0.0, 1.0);
            let conv = w.node("Conv", &["x", &weights], vec![]);
            let mut attributes =
                vec![ints("kernel_shape", &[3, 3]), ints("strides", &[2, 1]), pads(&[1, 1, 1, 1])];
            attributes.extend(extra.clone());
            let mut y = w.node(operator, &[&conv], attributes);
            if relu_after {
                y = w.node("Relu", &[&y], vec![]);
            }
            Case::new(1, 7, 7).close(&w.finish(&y), 5.0);
        }
    }
}

#[test]
fn layouts() {
    // Channels last, as exporters from TensorFlow write it.
    let mut w = Writer::new(13, &[1, 4, 5, 3], 51);
    let y = w.node("Transpose", &["x"], vec![ints("perm", &[0, 3, 1, 2])]);
    let weights = w.weights(&[2, 3, 3, 3], 0.0, 1.0);
    let y = w.node("Conv", &[&y, &weights], vec![]);
    let y = w.node("Transpose", &[&y], vec![ints("perm", &[0, 2, 3, 1])]);
    let channel = w.weights(&[2], 1.0, 0.5);
    let y = w.node("Mul", &[&y, &channel], vec![]);
    let y = w.node("Relu", &[&y], vec![]);
    let axes = w.integers(&[-1]);
    let y = w.node("Unsqueeze", &[&y, &axes], vec![]);
    let zero = w.integers(&[0]);
    let y = w.node("Squeeze", &[&y, &zero], vec![]);
    let y = w.node("Cast", &[&y], vec![int("to", 1)]);
    let y = w.node("Identity", &[&y], vec![]);
    let shape = w.integers(&[1, -1]);
    let y = w.node("Reshape", &[&y, &shape], vec![]);
    let weights = w.weights(&[12, 4], 0.0, 1.0);
    let y = w.node("MatMul", &[&y, &weights], vec![]);
    let y = w.node("Softmax", &[&y], vec![]);
    Case::new(3, 4, 5).close(&w.finish(&y), 6.0);
}
