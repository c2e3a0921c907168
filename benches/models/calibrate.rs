//! Calibration without a float library: the graphs of the benches' models,
//! walked node by node. (`candor::model::float` does it for any model, and
//! takes minutes to build.)

use candor::model::onnx::{Activation, Conv, Graph, Op, TensorRef, Window, broadcast_index};
use candor::model::quantize::Scales;
use rayon::prelude::*;

/// The range of every tensor over documents given as the model's input.
pub(crate) fn calibrate(graph: &Graph, documents: &[Vec<f32>]) -> Scales {
    let mut scales = Scales::default();
    for document in documents {
        let mut tensors: Vec<Vec<f32>> = Vec::with_capacity(graph.nodes.len());
        for (index, node) in graph.nodes.iter().enumerate() {
            let tensor = |tensor: &TensorRef| match tensor {
                TensorRef::Input => document.as_slice(),
                TensorRef::Node(index) => &tensors[*index],
            };
            let inputs: Vec<&[f32]> = node.inputs.iter().map(tensor).collect();
            let output = run(graph, index, &inputs);
            let ends = |ends: (f32, f32), v: &f32| (ends.0.min(*v), ends.1.max(*v));
            let (low, high) = output.iter().fold((f32::INFINITY, f32::NEG_INFINITY), ends);
            for end in [low, high] {
                scales.observe(&node.output, f64::from(end)).expect("a finite activation");
            }
            tensors.push(output);
        }
    }
    scales
}

fn run(graph: &Graph, index: usize, inputs: &[&[f32]]) -> Vec<f32> {
    let node = &graph.nodes[index];
    let input = inputs[0];
    match &node.op {
        Op::View | Op::Softmax => input.to_vec(),
        Op::Conv(conv) => convolution(conv, input),
        Op::Dense(dense) => {
            assert_eq!((dense.outer, dense.inner), (1, 1), "a layer over all elements");
            let row = |(o, row): (usize, &[f64])| {
                let bias = dense.bias.get(o).copied().unwrap_or(0.0);
                let sum: f64 = row.iter().zip(input).map(|(w, x)| w * f64::from(*x)).sum();
                (sum + bias) as f32
            };
            dense.weights.chunks(dense.inputs).enumerate().map(row).collect()
        }
        Op::Affine { scale, offset } => {
            let [scale, offset] = [scale, offset].map(|constant| {
                let index = broadcast_index(&constant.shape, &node.shape);
                index.into_iter().map(|at| constant.values[at] as f32)
            });
            input.iter().zip(scale).zip(offset).map(|((x, s), o)| x * s + o).collect()
        }
        Op::Sum { subtract } => {
            assert_eq!(inputs[1].len(), input.len(), "two tensors of one shape");
            let sign = if *subtract { -1.0 } else { 1.0 };
            input.iter().zip(inputs[1]).map(|(x, y)| x + sign * y).collect()
        }
        Op::Activation(activation) => {
            let (low, high) = match *activation {
                Activation::Relu => (0.0, f32::INFINITY),
                Activation::Clip { low, high } => (low as f32, high as f32),
                _ => unreachable!("no bench has this activation"),
            };
            input.iter().map(|x| x.clamp(low, high)).collect()
        }
        Op::AveragePool { window, .. } => average(window, input),
        Op::MaxPool(_) | Op::Transpose { .. } | Op::Concat { .. } | Op::Gather(_) => {
            unreachable!("no bench has this layer")
        }
    }
}

fn convolution(conv: &Conv, input: &[f32]) -> Vec<f32> {
    let window = &conv.window;
    let [channels, height, width] = window.input;
    let [rows, columns] = window.output;
    let [down, across] = window.kernel;
    let own = channels / conv.groups;
    let mut output = vec![0.0; conv.channels * rows * columns];
    output.par_chunks_mut(rows * columns).enumerate().for_each(|(channel, plane)| {
        plane.fill(conv.bias[channel] as f32);
        let first = channel / (conv.channels / conv.groups) * own;
        for source in 0..own {
            let input = &input[(first + source) * height * width..][..height * width];
            let kernel = &conv.weights[(channel * own + source) * down * across..];
            for (tap, weight) in kernel[..down * across].iter().enumerate() {
                let weight = *weight as f32;
                for (y, row) in plane.chunks_exact_mut(columns).enumerate() {
                    let Some(from) = window.source(0, y, tap / across) else { continue };
                    let from = &input[from * width..][..width];
                    for (x, sum) in row.iter_mut().enumerate() {
                        if let Some(at) = window.source(1, x, tap % across) {
                            *sum += weight * from[at];
                        }
                    }
                }
            }
        }
    });
    output
}

/// Means of windows without padding.
fn average(window: &Window, input: &[f32]) -> Vec<f32> {
    let [channels, height, width] = window.input;
    let [rows, columns] = window.output;
    let [down, across] = window.kernel;
    assert_eq!(window.padding, [0, 0], "no padding");
    let mut output = Vec::with_capacity(channels * rows * columns);
    for plane in input.chunks_exact(height * width) {
        for y in 0..rows {
            for x in 0..columns {
                let corner = y * window.stride[0] * width + x * window.stride[1];
                let taps = (0..down).flat_map(|i| (0..across).map(move |j| i * width + j));
                let sum: f32 = taps.map(|tap| plane[corner + tap]).sum();
                output.push(sum / (down * across) as f32);
            }
        }
    }
    output
}
