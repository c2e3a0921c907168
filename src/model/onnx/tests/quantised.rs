//! Quantised models: which integers, and what is refused of them.

use super::super::proto::OperatorSetProto;
use super::super::read;
use super::super::writer::{Writer, float, int, ints};
use crate::model::evaluate;
use crate::model::graph::Graph;

const FLOAT: i32 = 1;
const UINT8: i32 = 2;
const INT8: i32 = 3;
const INT32: i32 = 6;

fn number(w: &mut Writer, value: f32) -> String {
    w.floats(&[], vec![value])
}

/// `x` on integers, and what made them.
fn quantised(w: &mut Writer, x: &str, scale: f32, data_type: i32, zero: i32) -> [String; 3] {
    let (scale, zero) = (number(w, scale), w.small(data_type, &[], &[zero]));
    [w.node("QuantizeLinear", &[x, &scale, &zero], vec![]), scale, zero]
}

fn try_model(shape: &[i64], make: impl FnOnce(&mut Writer) -> String) -> Result<Graph, String> {
    let mut w = Writer::new(17, shape, 1);
    w.model.opset_import.push(OperatorSetProto { domain: "com.microsoft".into(), version: 1 });
    let output = make(&mut w);
    read(&w.finish(&output)).map_err(|error| error.to_string())
}

fn scores(shape: &[i64], input: &[f64], make: impl FnOnce(&mut Writer) -> String) -> Vec<f64> {
    let graph = try_model(shape, make).unwrap_or_else(|error| panic!("{error}"));
    evaluate::tensor(&graph, input.to_vec(), graph.output)
}

fn refusal(shape: &[i64], make: impl FnOnce(&mut Writer) -> String, parts: &[&str]) {
    let message = try_model(shape, make).expect_err("must be refused");
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing: {message}");
    }
}

/// Puts a node into onnxruntime's domain.
fn of_onnxruntime(w: &mut Writer, operator: &str, inputs: &[&str]) -> String {
    let output = w.node(operator, inputs, vec![]);
    w.graph().node.last_mut().unwrap().domain = "com.microsoft".into();
    output
}

#[test]
fn halves_go_to_even_and_the_type_has_ends() {
    let input = [0.5, 1.5, 2.5, -0.5, -1.5, 1e9];
    let found = scores(&[1, 6], &input, |w| {
        let [q, scale, zero] = quantised(w, "x", 1.0, INT8, 3);
        w.node("DequantizeLinear", &[&q, &scale, &zero], vec![])
    });
    assert_eq!(found, [0.0, 2.0, 2.0, 0.0, -2.0, 124.0]);
    // Without a zero point the type is uint8.
    let found = scores(&[1, 6], &input, |w| {
        let scale = number(w, 1.0);
        let q = w.node("QuantizeLinear", &["x", &scale], vec![]);
        w.node("DequantizeLinear", &[&q, &scale], vec![])
    });
    assert_eq!(found, [0.0, 2.0, 2.0, 0.0, 0.0, 255.0]);
}

#[test]
fn an_output_of_integers_is_these_integers() {
    let found = scores(&[1, 3], &[-1.0, 0.0, 0.6], |w| {
        let [q, ..] = quantised(w, "x", 0.1, UINT8, 10);
        w.node("Identity", &[&q], vec![])
    });
    assert_eq!(found, [0.0, 10.0, 16.0]);
}

/// What stands between the two is over integers: 0 is the zero point of no one.
#[test]
fn between_the_two_are_integers() {
    let over = |operator: &str, lists: &[(&str, &[i64])], integers: &[i32]| {
        scores(&[1, 1, 1, 4], &[-0.4, 0.3, 0.1, -0.2], |w| {
            let [q, scale, zero] = quantised(w, "x", 0.1, INT8, -1);
            let mut inputs = vec![q];
            if operator == "Pad" {
                inputs.push(w.integers(&[0, 0, 0, 0, 0, 0, 0, 1]));
            }
            for integer in integers {
                inputs.push(w.small(INT8, &[], &[*integer]));
            }
            let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
            let lists = lists.iter().map(|(name, list)| ints(name, list)).collect();
            let y = w.node(operator, &inputs, lists);
            w.node("DequantizeLinear", &[&y, &scale, &zero], vec![])
        })
        .iter()
        .map(|real| (real * 10.0).round() as i64 - 1)
        .collect::<Vec<_>>()
    };
    // The integers are -5, 2, 0, -3.
    assert_eq!(over("Identity", &[], &[]), [-5, 2, 0, -3]);
    assert_eq!(over("Relu", &[], &[]), [0, 2, 0, 0]);
    assert_eq!(over("Clip", &[], &[-4, 1]), [-4, 1, 0, -3]);
    assert_eq!(over("Pad", &[], &[7]), [-5, 2, 0, -3, 7]);
    assert_eq!(over("Pad", &[], &[]), [-5, 2, 0, -3, 0]);
    assert_eq!(over("Transpose", &[("perm", &[3, 0, 1, 2])], &[]), [-5, 2, 0, -3]);
    assert_eq!(over("MaxPool", &[("kernel_shape", &[1, 2])], &[]), [2, 2, 0]);
}

/// Weights with a scale for each channel, a bias of 32 bits, and a tensor that is read with another
/// scale than it was made with.
#[test]
fn products_have_scales_of_their_own() {
    let found = scores(&[1, 2], &[1.0, 2.0], |w| {
        let [q, ..] = quantised(w, "x", 0.5, UINT8, 1);
        // The integers are 3 and 5; read as 2 · (integer - 4) they are -2 and 2.
        let (scale, zero) = (number(w, 2.0), w.small(UINT8, &[], &[4]));
        let b = w.small(INT8, &[2, 2], &[1, 2, 3, 4]);
        let (b_scale, b_zero) = (w.floats(&[2], vec![1.0, 0.5]), w.small(INT8, &[2], &[1, 0]));
        let (y_scale, y_zero) = (number(w, 0.25), w.small(INT8, &[], &[0]));
        let inputs = [&q, &scale, &zero, &b, &b_scale, &b_zero, &y_scale, &y_zero];
        let y = w.node("QLinearMatMul", &inputs.map(String::as_str), vec![]);
        w.node("DequantizeLinear", &[&y, &y_scale, &y_zero], vec![])
    });
    // (-2, 2) · ((0, 1), (2, 2)).
    assert_eq!(found, [4.0, 2.0]);
    let found = scores(&[1, 1, 1, 2], &[1.0, 2.0], |w| {
        let [q, scale, zero] = quantised(w, "x", 0.5, UINT8, 1);
        let weights = w.small(INT8, &[2, 1, 1, 1], &[2, -4]);
        let (w_scale, w_zero) = (w.floats(&[2], vec![1.0, 0.5]), w.small(INT8, &[], &[0]));
        let (y_scale, y_zero) = (number(w, 0.5), w.small(INT8, &[], &[0]));
        let bias = w.small(INT32, &[2], &[3, -8]);
        let inputs = [&q, &scale, &zero, &weights, &w_scale, &w_zero, &y_scale, &y_zero, &bias];
        let y = w.node("QLinearConv", &inputs.map(String::as_str), vec![]);
        w.node("DequantizeLinear", &[&y, &y_scale, &y_zero], vec![])
    });
    assert_eq!(found, [3.5, 5.5, -4.0, -6.0]);
    let found = scores(&[1, 2], &[1.0, 2.0], |w| {
        let [q, _, zero] = quantised(w, "x", 0.5, UINT8, 1);
        let b = w.small(INT8, &[2, 1], &[10, 20]);
        let sums = w.node("MatMulInteger", &[&q, &b, &zero], vec![]);
        let real = w.node("Cast", &[&sums], vec![int("to", i64::from(FLOAT))]);
        let scale = number(w, 0.5);
        w.node("Mul", &[&real, &scale], vec![])
    });
    assert_eq!(found, [50.0]);
}

#[test]
fn operators_of_onnxruntime_round_their_result() {
    let found = scores(&[1, 1, 1, 4], &[0.0, 1.0, 2.0, 4.0], |w| {
        let [q, scale, zero] = quantised(w, "x", 1.0, UINT8, 0);
        let (half, one) = (number(w, 0.5), w.small(UINT8, &[], &[1]));
        let sum = of_onnxruntime(w, "QLinearAdd", &[&q, &scale, &zero, &q, &half, &one, &half]);
        let mean = [sum.as_str(), &half, "", &scale, &zero];
        let y = of_onnxruntime(w, "QLinearGlobalAveragePool", &mean);
        w.node("DequantizeLinear", &[&y, &scale, &zero], vec![])
    });
    // The sums x + (x - 1) / 2 are at least 0: 0, 1, 2.5, 5.5; their mean is 2.25.
    assert_eq!(found, [2.0]);
    let found = scores(&[1, 2], &[0.0, 3.0], |w| {
        let [q, scale, zero] = quantised(w, "x", 1.0, INT8, 0);
        let small = number(w, 0.125);
        let slope = w.node(
            "QLinearLeakyRelu",
            &[&q, &scale, &zero, &scale, &zero],
            vec![float("alpha", 0.5)],
        );
        w.graph().node.last_mut().unwrap().domain = "com.microsoft".into();
        let y = of_onnxruntime(w, "QLinearSigmoid", &[&slope, &scale, &zero, &small, &zero]);
        let both = [scale.as_str(), &zero, &y, &small, &zero, &q, &scale, &zero];
        let y = w.node("QLinearConcat", &both, vec![int("axis", 1)]);
        w.graph().node.last_mut().unwrap().domain = "com.microsoft".into();
        w.node("DequantizeLinear", &[&y, &scale, &zero], vec![])
    });
    assert_eq!(found, [0.0, 1.0, 0.0, 3.0]);
}

#[test]
fn scales_and_zero_points_are_held_to_their_types() {
    for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e-40, 1e38] {
        refusal(
            &[1, 4],
            |w| quantised(w, "x", scale, UINT8, 0)[0].clone(),
            &["(QuantizeLinear)", "; "],
        );
    }
    for (data_type, zero) in [(UINT8, -1), (UINT8, 256), (INT8, 200)] {
        let make = |w: &mut Writer| quantised(w, "x", 1.0, data_type, zero)[0].clone();
        refusal(&[1, 4], make, &["(QuantizeLinear)", "zero point", "its type holds"]);
    }
    let make = |w: &mut Writer| quantised(w, "x", 1.0, INT32, 0)[0].clone();
    refusal(&[1, 4], make, &["int32", "quantise to uint8 or int8"]);
    let several = |w: &mut Writer| {
        let scale = w.floats(&[4], vec![1.0; 4]);
        w.node("QuantizeLinear", &["x", &scale], vec![])
    };
    refusal(&[1, 4], several, &["4 scales", "one scale a tensor"]);
}

#[test]
fn integers_are_no_numbers_before_they_are_dequantised() {
    for operator in ["Add", "Mul", "MatMul", "Conv", "Softmax", "AveragePool", "LeakyRelu"] {
        let make = |w: &mut Writer| {
            let [q, ..] = quantised(w, "x", 1.0, UINT8, 0);
            w.node(operator, &[&q, &q], vec![])
        };
        refusal(&[1, 1, 2, 2], make, &[operator, "DequantizeLinear"]);
    }
    let two = |w: &mut Writer| {
        let [one, ..] = quantised(w, "x", 1.0, UINT8, 0);
        let [other, ..] = quantised(w, "x", 2.0, UINT8, 0);
        w.node("Concat", &[&one, &other], vec![int("axis", 1)])
    };
    refusal(&[1, 4], two, &["another scale", "QLinearConcat"]);
    let again = |w: &mut Writer| {
        let [q, scale, zero] = quantised(w, "x", 1.0, UINT8, 0);
        w.node("QuantizeLinear", &[&q, &scale, &zero], vec![])
    };
    refusal(&[1, 4], again, &["integers already"]);
    let floats = |w: &mut Writer| {
        let scale = number(w, 1.0);
        w.node("DequantizeLinear", &["x", &scale], vec![])
    };
    refusal(&[1, 4], floats, &["no integers"]);
    let dynamic = |w: &mut Writer| w.node("DynamicQuantizeLinear", &["x"], vec![]);
    refusal(&[1, 4], dynamic, &["its scale depends on the document", "static"]);
}

#[test]
fn weights_are_integers_of_few_bits() {
    let product = |weights: (i32, i32), scales: Vec<f32>| {
        move |w: &mut Writer| {
            let [q, scale, zero] = quantised(w, "x", 1.0, UINT8, 0);
            let b = w.small(weights.0, &[2, 1], &[weights.1; 2]);
            let (b_scale, b_zero) =
                (w.floats(&[scales.len() as i64], scales), w.small(INT8, &[], &[0]));
            let inputs = [&q, &scale, &zero, &b, &b_scale, &b_zero, &scale, &zero];
            w.node("QLinearMatMul", &inputs.map(String::as_str), vec![])
        }
    };
    refusal(&[1, 2], product((INT32, i32::MIN), vec![1.0]), &["(QLinearMatMul)", "-2147483648"]);
    refusal(&[1, 2], product((INT8, 1), vec![-1.0]), &["a scale of -1"]);
    refusal(&[1, 2], product((INT8, 1), vec![1.0; 3]), &["3 scales"]);
    assert!(try_model(&[1, 2], product((INT8, 1), vec![1.0])).is_ok());
}

#[test]
fn an_input_of_integers_is_cut_to_its_type() {
    for (data_type, expected) in [(UINT8, [0.0, 3.0, 255.0]), (INT8, [-5.0, 3.0, 127.0])] {
        let graph = try_model(&[1, 3], |w| {
            let tensor = w.graph().input[0].r#type.as_mut().unwrap().tensor_type.as_mut().unwrap();
            tensor.elem_type = data_type;
            let (scale, zero) = (number(w, 0.5), w.small(data_type, &[], &[1]));
            w.node("DequantizeLinear", &["x", &scale, &zero], vec![])
        })
        .unwrap();
        let found = evaluate::tensor(&graph, vec![-5.0, 3.2, 400.0], graph.output);
        assert_eq!(found, expected.map(|integer| (integer - 1.0) / 2.0));
    }
}
