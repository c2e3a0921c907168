//! Each operator by its definition, element by element, as slow as it is plain:
//! what the tables here hold the library against, beside other people's runtimes.

use candor::model::onnx::{
    Activation, Conv, Dense, Graph, Op, TensorRef, Window, broadcast_index, transpose_index,
};

/// Every tensor of a graph: those of its nodes, in order.
pub(crate) fn tensors(graph: &Graph, input: &[f64]) -> Vec<Vec<f64>> {
    let mut tensors: Vec<Vec<f64>> = Vec::with_capacity(graph.nodes.len());
    for (index, node) in graph.nodes.iter().enumerate() {
        let of = |tensor: &TensorRef| match tensor {
            TensorRef::Input => input,
            TensorRef::Node(index) => tensors[*index].as_slice(),
        };
        let inputs: Vec<&[f64]> = node.inputs.iter().map(of).collect();
        let shapes: Vec<&[usize]> = node.inputs.iter().map(|input| graph.shape(*input)).collect();
        let output = run(graph, index, &inputs, &shapes);
        assert_eq!(output.len(), graph.len(TensorRef::Node(index)), "{node:?}");
        tensors.push(output);
    }
    tensors
}

fn run(graph: &Graph, index: usize, inputs: &[&[f64]], shapes: &[&[usize]]) -> Vec<f64> {
    let node = &graph.nodes[index];
    let spread = |values: &[f64], shape: &[usize]| -> Vec<f64> {
        broadcast_index(shape, &node.shape).into_iter().map(|at| values[at]).collect()
    };
    let x = inputs[0];
    match &node.op {
        Op::View => x.to_vec(),
        Op::Affine { scale, offset } => spread(x, shapes[0])
            .iter()
            .zip(spread(&scale.values, &scale.shape))
            .zip(spread(&offset.values, &offset.shape))
            .map(|((x, scale), offset)| x * scale + offset)
            .collect(),
        Op::Sum { subtract } => {
            let sign = if *subtract { -1.0 } else { 1.0 };
            let (left, right) = (spread(x, shapes[0]), spread(inputs[1], shapes[1]));
            left.iter().zip(right).map(|(l, r)| l + sign * r).collect()
        }
        Op::Activation(activation) => x.iter().map(|x| function(*activation, *x)).collect(),
        Op::Conv(conv) => convolution(conv, x),
        Op::Dense(dense) => product(dense, x),
        Op::MaxPool(window) => {
            pool(window, x, |seen, _| seen.iter().copied().fold(f64::MIN, f64::max))
        }
        Op::AveragePool { window, count_padding } => pool(window, x, |seen, taps| {
            let count = if *count_padding { taps } else { seen.len() };
            seen.iter().sum::<f64>() / count as f64
        }),
        Op::Transpose { permutation } => {
            transpose_index(shapes[0], permutation).into_iter().map(|at| x[at]).collect()
        }
        Op::Concat { axis } => {
            let outer: usize = node.shape[..*axis].iter().product();
            let mut output = Vec::new();
            for row in 0..outer {
                for (values, shape) in inputs.iter().zip(shapes) {
                    let size: usize = shape[*axis..].iter().product();
                    output.extend(&values[row * size..][..size]);
                }
            }
            output
        }
        Op::Gather(gather) => gather
            .index()
            .into_iter()
            .map(|at| at.map_or(gather.fill, |at| x[at as usize]))
            .collect(),
        Op::Softmax => {
            let most = x.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = x.iter().map(|x| (x - most).exp()).sum();
            if node.operator == "LogSoftmax" {
                x.iter().map(|x| x - most - sum.ln()).collect()
            } else {
                x.iter().map(|x| (x - most).exp() / sum).collect()
            }
        }
    }
}

fn function(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Relu => x.max(0.0),
        Activation::LeakyRelu { alpha } => {
            if x < 0.0 {
                alpha * x
            } else {
                x
            }
        }
        Activation::Clip { low, high } => x.max(low).min(high),
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
    }
}

/// What each window sees, and the number of its taps, padding included.
fn pool(window: &Window, x: &[f64], f: impl Fn(&[f64], usize) -> f64) -> Vec<f64> {
    let [channels, height, width] = window.input;
    let mut output = Vec::new();
    for channel in 0..channels {
        for row in 0..window.output[0] {
            for column in 0..window.output[1] {
                let mut seen = Vec::new();
                for i in 0..window.kernel[0] {
                    for j in 0..window.kernel[1] {
                        let from = (window.source(0, row, i), window.source(1, column, j));
                        if let (Some(y), Some(x_at)) = from {
                            seen.push(x[(channel * height + y) * width + x_at]);
                        }
                    }
                }
                output.push(f(&seen, window.kernel[0] * window.kernel[1]));
            }
        }
    }
    output
}

fn convolution(conv: &Conv, x: &[f64]) -> Vec<f64> {
    let window = &conv.window;
    let [channels, height, width] = window.input;
    let [down, across] = window.kernel;
    let own = channels / conv.groups;
    let mut output = Vec::new();
    for channel in 0..conv.channels {
        let first = channel / (conv.channels / conv.groups) * own;
        for row in 0..window.output[0] {
            for column in 0..window.output[1] {
                let mut sum = conv.bias[channel];
                for source in 0..own {
                    for i in 0..down {
                        for j in 0..across {
                            let from = (window.source(0, row, i), window.source(1, column, j));
                            if let (Some(y), Some(x_at)) = from {
                                let weight = conv.weights
                                    [((channel * own + source) * down + i) * across + j];
                                sum += weight * x[((first + source) * height + y) * width + x_at];
                            }
                        }
                    }
                }
                output.push(sum);
            }
        }
    }
    output
}

fn product(dense: &Dense, x: &[f64]) -> Vec<f64> {
    let mut output = Vec::new();
    for outer in 0..dense.outer {
        for row in dense.weights.chunks(dense.inputs) {
            for inner in 0..dense.inner {
                let at = |k: usize| x[(outer * dense.inputs + k) * dense.inner + inner];
                output.push(row.iter().enumerate().map(|(k, weight)| weight * at(k)).sum());
            }
        }
    }
    if !dense.bias.is_empty() {
        output.iter_mut().zip(&dense.bias).for_each(|(sum, bias): (&mut f64, _)| *sum += bias);
    }
    output
}
