//! Elements in another order.

use crate::model::onnx::{Gather, transpose_index};

/// The axes in another order.
pub(super) fn transpose(shape: &[usize], permutation: &[usize], input: &[f64]) -> Vec<f64> {
    transpose_index(shape, permutation).into_iter().map(|at| input[at]).collect()
}

/// Elements picked by their place, or a constant.
pub(super) fn gather(gather: &Gather, input: &[f64]) -> Vec<f64> {
    let element = |at: Option<u32>| at.map_or(gather.fill, |at| input[at as usize]);
    gather.index().into_iter().map(element).collect()
}

/// The inputs one after the other along an axis.
pub(super) fn concat(axis: usize, inputs: &[&[f64]], shapes: &[&[usize]]) -> Vec<f64> {
    let outer: usize = shapes[0][..axis].iter().product();
    let mut output = Vec::new();
    for at in 0..outer {
        for (input, shape) in inputs.iter().zip(shapes) {
            let len: usize = shape[axis..].iter().product();
            output.extend_from_slice(&input[at * len..][..len]);
        }
    }
    output
}
