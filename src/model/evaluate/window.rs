//! Pools.

use crate::model::onnx::Window;

/// Calls `see` with the elements of each window that are not padding.
fn windows(window: &Window, input: &[f64], mut see: impl FnMut(&mut dyn Iterator<Item = f64>)) {
    let [channels, height, width] = window.input;
    let [rows, columns] = window.output;
    for image in input.chunks_exact(height * width).take(channels) {
        for y in 0..rows {
            for x in 0..columns {
                let across = move |row: usize| {
                    let tap = move |j| window.source(1, x, j).map(|column| image[row + column]);
                    window.taps(1, x).filter_map(tap)
                };
                let down = |i| window.source(0, y, i).map(|row| across(row * width));
                see(&mut window.taps(0, y).filter_map(down).flatten());
            }
        }
    }
}

/// The greatest element of each window; padding never wins.
pub(super) fn max_pool(window: &Window, input: &[f64]) -> Vec<f64> {
    let mut output = Vec::new();
    windows(window, input, |taps| output.push(taps.fold(f64::NEG_INFINITY, f64::max)));
    output
}

/// The mean of each window; padding counts as zeros or not at all.
pub(super) fn average_pool(window: &Window, count_padding: bool, input: &[f64]) -> Vec<f64> {
    let all = window.kernel[0] * window.kernel[1];
    let mut output = Vec::new();
    windows(window, input, |taps| {
        let (mut count, mut sum) = (0, 0.0);
        for x in taps {
            count += 1;
            sum += x;
        }
        output.push(sum / if count_padding { all } else { count } as f64);
    });
    output
}
