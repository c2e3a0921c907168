//! Quantised models whose scales are beyond reason.

use super::*;

const UINT8: i32 = 2;
const INT8: i32 = 3;
const INT32: i32 = 6;

/// A dense layer over integers, with these scales of input, weights and result.
fn layer(scales: [f32; 3], weight: i32, bias: i32) -> Vec<u8> {
    let mut w = Writer::new(17, &[1, 6], 1);
    let [x_scale, w_scale, y_scale] = scales.map(|scale| w.floats(&[], vec![scale]));
    let zero = w.small(UINT8, &[], &[3]);
    let q = w.node("QuantizeLinear", &["x", &x_scale, &zero], vec![]);
    let weights = w.small(INT8, &[6, 3], &[weight; 18]);
    let w_zero = w.small(INT8, &[], &[0]);
    let inputs = [&q, &x_scale, &zero, &weights, &w_scale, &w_zero, &y_scale, &zero];
    let y = w.node("QLinearMatMul", &inputs.map(String::as_str), vec![]);
    let sums = w.small(INT32, &[3], &[bias; 3]);
    let sums = w.node("DequantizeLinear", &[&sums, &w_scale], vec![]);
    let y = w.node("DequantizeLinear", &[&y, &y_scale, &zero], vec![]);
    let y = w.node("Add", &[&y, &sums], vec![]);
    let y = w.node("QuantizeLinear", &[&y, &y_scale, &zero], vec![]);
    w.finish(&y)
}

#[test]
fn scales_of_any_size_compile_or_name_the_node() {
    let sizes = [f32::MIN_POSITIVE, 1e-30, 1e-9, 1e-3, 1.0, 1e9, 1e30, 1e36];
    let (mut compiled, mut refused) = (0, 0);
    for x in sizes {
        for weights in sizes {
            for y in sizes {
                for (weight, bias) in [(127, i32::MAX), (-128, i32::MIN), (1, 0)] {
                    match outcome(&layer([x, weights, y], weight, bias)) {
                        Ok(_) => compiled += 1,
                        Err(message) => {
                            says(&message, &["node `n"]);
                            refused += 1;
                        }
                    }
                }
            }
        }
    }
    println!("{compiled} compiled, {refused} refused");
    assert!(compiled > 100 && refused > 100, "{compiled}, {refused}");
}

/// Each would take a table of its own; together they are refused or cheap.
#[test]
fn many_roundings_are_bounded() {
    let mut w = Writer::new(17, &[1, 6], 1);
    let zero = w.small(UINT8, &[], &[3]);
    let mut y = "x".to_owned();
    for round in 0..1500 {
        let scale = w.floats(&[], vec![1.0 + round as f32 / 1000.0]);
        let q = w.node("QuantizeLinear", &[&y, &scale, &zero], vec![]);
        y = w.node("DequantizeLinear", &[&q, &scale, &zero], vec![]);
    }
    let outcome = outcome(&w.finish(&y));
    if let Err(message) = outcome {
        says(&message, &["too"]);
    }
}
