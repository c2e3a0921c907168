//! Layers with weights.

use crate::model::onnx::{Conv, Dense};

/// Elements of an output plane that are summed together: they stay in the
/// fastest cache while the input's channels pass.
const TILE: usize = 1024;

/// `y[m] = bias[m] + Σ weights[m][c][i][j] · x[c] shifted by (i, j)`, summed in
/// the order of c, i, j; beyond the edge is 0.
pub(super) fn conv(conv: &Conv, input: &[f64]) -> Vec<f64> {
    let window = &conv.window;
    let [channels, height, width] = window.input;
    let [rows, columns] = window.output;
    let [down, across] = window.kernel;
    let (own, plane) = (channels / conv.groups, rows * columns);
    let per_group = conv.channels / conv.groups;
    let mut output = vec![0.0; conv.channels * plane];
    let rows_of_tile = (TILE / columns).max(1);
    for top in (0..rows).step_by(rows_of_tile) {
        let bottom = rows.min(top + rows_of_tile);
        for (channel, out) in output.chunks_exact_mut(plane).enumerate() {
            out[top * columns..bottom * columns].fill(conv.bias[channel]);
            let first = channel / per_group * own;
            let weights = &conv.weights[channel * own * down * across..];
            for c in 0..own {
                let image = &input[(first + c) * height * width..][..height * width];
                for i in 0..down {
                    for j in 0..across {
                        let weight = weights[(c * down + i) * across + j];
                        for y in top..bottom {
                            let Some(source) = window.source(0, y, i) else { continue };
                            let row = &image[source * width..][..width];
                            let out = &mut out[y * columns..][..columns];
                            add_row(out, row, weight, window.stride[1], |x| window.source(1, x, j));
                        }
                    }
                }
            }
        }
    }
    output
}

/// `out[x] += weight · row[source(x)]`, where the sources that exist follow
/// each other by `stride`.
fn add_row(
    out: &mut [f64],
    row: &[f64],
    weight: f64,
    stride: usize,
    source: impl Fn(usize) -> Option<usize>,
) {
    let Some(first) = (0..out.len()).find(|x| source(*x).is_some()) else { return };
    let from = source(first).unwrap_or(0);
    let pairs = out[first..].iter_mut();
    if stride == 1 {
        pairs.zip(&row[from..]).for_each(|(y, x)| *y += weight * x);
    } else {
        pairs.zip(row[from..].iter().step_by(stride)).for_each(|(y, x)| *y += weight * x);
    }
}

/// `y[o][n][i] = Σ_k weights[n][k] · x[o][k][i] + bias[o][n][i]`.
pub(super) fn dense(dense: &Dense, input: &[f64]) -> Vec<f64> {
    let Dense { outer, inputs, outputs, inner, .. } = *dense;
    let mut output = Vec::with_capacity(outer * outputs * inner);
    for x in input.chunks_exact(inputs * inner) {
        for row in dense.weights.chunks_exact(inputs) {
            if inner == 1 {
                output.push(dot(row, x));
                continue;
            }
            let start = output.len();
            output.resize(start + inner, 0.0);
            for (weight, x) in row.iter().zip(x.chunks_exact(inner)) {
                output[start..].iter_mut().zip(x).for_each(|(y, x)| *y += weight * x);
            }
        }
    }
    output.iter_mut().zip(&dense.bias).for_each(|(y, bias)| *y += bias);
    output
}

/// The inner product, as eight interleaved sums that are added up at the end.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    const LANES: usize = 8;
    let (left, left_rest) = left.as_chunks::<LANES>();
    let (right, right_rest) = right.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (l, r) in left.iter().zip(right) {
        for ((sum, l), r) in sums.iter_mut().zip(l).zip(r) {
            *sum += l * r;
        }
    }
    for ((sum, l), r) in sums.iter_mut().zip(left_rest).zip(right_rest) {
        *sum += l * r;
    }
    sums.into_iter().sum()
}
