//! The models: published shapes with made weights.
//!
//! Weights are drawn so that squares keep their mean from layer to layer (He,
//! Zhang, Ren and Sun, "Delving deep into rectifiers", 2015): activations
//! neither die nor explode, as in a trained model.

use crate::encoder::Encoder;
use crate::onnx::writer::{Writer, int, ints};
use crate::prenorm;

/// A model and the view it reads.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// For the command line.
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) title: &'static str,
    /// Side of the square view, or tokens.
    pub(crate) side: usize,
    /// Channels of the view; 2 for tokens.
    pub(crate) channels: usize,
    /// Documents enough to fill batches: whether a full one is measured too.
    pub(crate) small: bool,
    /// It takes so long that it is measured only where it is named.
    pub(crate) named: bool,
    /// Writes the ONNX file.
    pub(crate) onnx: fn() -> Vec<u8>,
}

pub(crate) const ALL: [Shape; 10] = [
    Shape {
        name: "lenet5",
        title: "LeNet-5",
        side: 28,
        channels: 1,
        small: true,
        named: false,
        onnx: lenet5,
    },
    Shape {
        name: "cnn264k",
        title: "264k CNN",
        side: 32,
        channels: 3,
        small: true,
        named: false,
        onnx: cnn264k,
    },
    Shape {
        name: "mobilenet96",
        title: "MobileNet-v2 0.35/96",
        side: 96,
        channels: 3,
        small: false,
        named: false,
        onnx: || mobilenet_v2(96, 0.35),
    },
    Shape {
        name: "mobilenet224",
        title: "MobileNet-v2 0.5/224",
        side: 224,
        channels: 3,
        small: false,
        named: false,
        onnx: || mobilenet_v2(224, 0.5),
    },
    Shape {
        name: "encoder2",
        title: "2 layers of 64, 64 tokens",
        side: 64,
        channels: 2,
        small: true,
        named: false,
        onnx: || Encoder { layers: 2, width: 64, heads: 4, tokens: 64 }.onnx(),
    },
    Shape {
        name: "minilm64",
        title: "MiniLM-L6, 64 tokens",
        side: 64,
        channels: 2,
        small: false,
        named: false,
        onnx: || Encoder { layers: 6, width: 384, heads: 12, tokens: 64 }.onnx(),
    },
    Shape {
        name: "minilm128",
        title: "MiniLM-L6, 128 tokens",
        side: 128,
        channels: 2,
        small: false,
        named: true,
        onnx: || Encoder { layers: 6, width: 384, heads: 12, tokens: 128 }.onnx(),
    },
    Shape {
        name: "distilbert64",
        title: "DistilBERT, 64 tokens",
        side: 64,
        channels: 2,
        small: false,
        named: true,
        onnx: || Encoder { layers: 6, width: 768, heads: 12, tokens: 64 }.onnx(),
    },
    Shape {
        name: "gpt2-32",
        title: "GPT-2 small with its head, 32 tokens",
        side: 32,
        channels: 2,
        small: false,
        named: true,
        onnx: || prenorm::gpt2(32),
    },
    Shape {
        name: "vit96",
        title: "ViT-tiny/16, 96 pixels",
        side: 96,
        channels: 3,
        small: false,
        named: false,
        onnx: || prenorm::vit_tiny(96),
    },
];

/// LeNet-5 on 28×28 (LeCun, Bottou, Bengio and Haffner, 1998): two padded or
/// plain 5×5 convolutions with average pools, dense layers of 120, 84 and 10.
/// ReLU stands where the original has tanh, as is usual today.
fn lenet5() -> Vec<u8> {
    let mut net = Net::new([1, 28, 28], 5);
    net.convolution(6, 5, 1, 2, 1, 1.0).relu().average_pool(2);
    net.convolution(16, 5, 1, 0, 1, 2.0).relu().average_pool(2);
    net.dense(120, 2.0).relu().dense(84, 2.0).relu().dense(10, 2.0);
    net.finish()
}

/// A small CNN on 32×32×3 with 264 thousand parameters: two 3×3 convolutions
/// of 32 and 64 channels with average pools, a dense layer of 59 and one of 40.
fn cnn264k() -> Vec<u8> {
    let mut net = Net::new([3, 32, 32], 6);
    net.convolution(32, 3, 1, 1, 1, 1.0).relu().average_pool(2);
    net.convolution(64, 3, 1, 1, 1, 2.0).relu().average_pool(2);
    net.dense(59, 2.0).relu().dense(40, 2.0);
    net.finish()
}

/// MobileNet-v2 (Sandler, Howard, Zhu, Zhmoginov and Chen, 2018) with the
/// channel counts of Keras's `MobileNetV2(alpha, input_shape)`: the last
/// convolution has 1280 channels and there are the 1000 classes of ImageNet,
/// the shapes that 2210.08674 reports on. (Visual wake words is the same at 96
/// and 0.35 with two classes: a thousandth less work.)
fn mobilenet_v2(side: usize, width: f64) -> Vec<u8> {
    /// Expansion, channels, repetitions, first stride.
    const BLOCKS: [(usize, usize, usize, usize); 7] = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ];
    let scaled = |channels: usize| divisible(channels as f64 * width);
    let mut net = Net::new([3, side, side], 7);
    net.convolution(scaled(32), 3, 2, 1, 1, 1.0).batch_norm().relu6();
    for (expansion, channels, repetitions, first) in BLOCKS {
        for repetition in 0..repetitions {
            let stride = if repetition == 0 { first } else { 1 };
            net.inverted_residual(expansion, scaled(channels), stride);
        }
    }
    net.convolution(1280, 1, 1, 0, 1, 1.0).batch_norm().relu6();
    net.global_average_pool().dense(1000, 1.0);
    net.finish()
}

/// The multiple of 8 nearest to a number of channels, not below 90 % of it.
fn divisible(channels: f64) -> usize {
    let nearest = ((channels + 4.0) as usize / 8 * 8).max(8);
    if (nearest as f64) < 0.9 * channels { nearest + 8 } else { nearest }
}

/// A model that grows layer by layer.
struct Net {
    writer: Writer,
    /// The last tensor, and its channels, height and width.
    tensor: String,
    shape: [usize; 3],
}

impl Net {
    fn new(shape: [usize; 3], seed: u64) -> Self {
        let input = [&[1][..], &shape.map(|side| side as i64)].concat();
        Self { writer: Writer::new(17, &input, seed), tensor: "x".to_owned(), shape }
    }

    /// Weights whose squares have the mean `gain / fan_in`: gain 2 makes up for
    /// a ReLU before the layer, which halves the mean of squares.
    fn weights(&mut self, shape: &[i64], fan_in: usize, gain: f64) -> String {
        let spread = (3.0 * gain / fan_in as f64).sqrt();
        self.writer.weights(shape, 0.0, spread as f32)
    }

    fn push(&mut self, operator: &str, more: &[String], sizes: &[(&str, &[i64])]) -> &mut Self {
        let inputs: Vec<&str> =
            std::iter::once(&self.tensor).chain(more).map(String::as_str).collect();
        let attributes = sizes.iter().map(|(name, sizes)| ints(name, sizes)).collect();
        self.tensor = self.writer.node(operator, &inputs, attributes);
        self
    }

    fn convolution(
        &mut self,
        channels: usize,
        kernel: usize,
        stride: usize,
        padding: usize,
        groups: usize,
        gain: f64,
    ) -> &mut Self {
        let [inputs, height, width] = self.shape;
        let own = inputs / groups;
        let side = kernel as i64;
        let shape = [channels as i64, own as i64, side, side];
        let weights = self.weights(&shape, own * kernel * kernel, gain);
        let bias = self.writer.weights(&[channels as i64], 0.0, 0.05);
        let attributes = vec![
            ints("kernel_shape", &[side; 2]),
            ints("strides", &[stride as i64; 2]),
            ints("pads", &[padding as i64; 4]),
            int("group", groups as i64),
        ];
        self.tensor = self.writer.node("Conv", &[&self.tensor, &weights, &bias], attributes);
        let output = |size: usize| (size + 2 * padding - kernel) / stride + 1;
        self.shape = [channels, output(height), output(width)];
        self
    }

    fn batch_norm(&mut self) -> &mut Self {
        let channels = self.shape[0] as i64;
        let parameters: Vec<String> = [(1.0, 0.1), (0.0, 0.1), (0.0, 0.1), (1.0, 0.2)]
            .into_iter()
            .map(|(centre, spread)| self.writer.weights(&[channels], centre, spread))
            .collect();
        self.push("BatchNormalization", &parameters, &[])
    }

    fn relu(&mut self) -> &mut Self {
        self.push("Relu", &[], &[])
    }

    fn relu6(&mut self) -> &mut Self {
        let ends = [0.0, 6.0].map(|end| self.writer.floats(&[], vec![end]));
        self.push("Clip", &ends, &[])
    }

    fn average_pool(&mut self, side: usize) -> &mut Self {
        let [channels, height, width] = self.shape;
        self.shape = [channels, height / side, width / side];
        let sizes = [side as i64; 2];
        self.push("AveragePool", &[], &[("kernel_shape", &sizes), ("strides", &sizes)])
    }

    fn global_average_pool(&mut self) -> &mut Self {
        self.shape = [self.shape[0], 1, 1];
        self.push("GlobalAveragePool", &[], &[])
    }

    /// A dense layer over all elements.
    fn dense(&mut self, outputs: usize, gain: f64) -> &mut Self {
        let inputs = self.shape.iter().product::<usize>();
        self.push("Flatten", &[], &[]);
        self.shape = [outputs, 1, 1];
        let weights = self.weights(&[inputs as i64, outputs as i64], inputs, gain);
        let bias = self.writer.weights(&[outputs as i64], 0.0, 0.05);
        self.push("Gemm", &[weights, bias], &[])
    }

    /// Widen, filter each channel, narrow; added to the input where the shapes
    /// allow.
    fn inverted_residual(&mut self, expansion: usize, channels: usize, stride: usize) {
        let (input, shape) = (self.tensor.clone(), self.shape);
        let wide = shape[0] * expansion;
        if expansion > 1 {
            // Its input is the sum of layers without activation.
            self.convolution(wide, 1, 1, 0, 1, 1.0).batch_norm().relu6();
        }
        self.convolution(wide, 3, stride, 1, wide, 2.0).batch_norm().relu6();
        self.convolution(channels, 1, 1, 0, 1, 2.0).batch_norm();
        if self.shape == shape {
            self.push("Add", &[input], &[]);
        }
    }

    fn finish(self) -> Vec<u8> {
        self.writer.finish(&self.tensor)
    }
}
