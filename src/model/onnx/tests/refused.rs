//! What is refused: each message names what it is, and a way out.

use super::super::proto::TensorProto;
use super::super::read;
use super::super::writer::{Writer, float, int, ints, string};

fn refusal(opset: i64, shape: &[i64], make: impl FnOnce(&mut Writer) -> String) -> String {
    let mut w = Writer::new(opset, shape, 1);
    let output = make(&mut w);
    read(&w.finish(&output)).expect_err("must be refused").to_string()
}

pub(super) fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing: {message}");
    }
}

fn also(w: &mut Writer, name: &str) {
    w.graph().node.last_mut().unwrap().output.push(name.into());
}

#[test]
fn names_are_checked_even_where_nobody_reads() {
    let unknown = refusal(13, &[1, 4], |w| {
        w.node("Relu", &["nobody"], vec![]);
        w.node("Relu", &["x"], vec![])
    });
    says(&unknown, &["(Relu)", "`nobody`", "not computed by an earlier node"]);
    let twice = refusal(13, &[1, 4], |w| {
        let y = w.node("Relu", &["x"], vec![]);
        w.node("Erf", &["x"], vec![]);
        also(w, &y.clone());
        y
    });
    says(&twice, &["(Erf)", "computed twice"]);
    let weights = refusal(13, &[1, 4], |w| {
        let unread = w.weights(&[1], 0.0, 1.0);
        let tensor = w.graph().initializer[0].clone();
        assert_eq!(tensor.name, unread);
        w.graph().initializer.push(tensor);
        w.node("Relu", &["x"], vec![])
    });
    says(&weights, &["used twice"]);
}

#[test]
fn a_softmax_inside_names_its_reader() {
    for operator in ["Relu", "Sigmoid", "LogSoftmax"] {
        let message = refusal(13, &[1, 4], |w| {
            let y = w.node("LogSoftmax", &["x"], vec![]);
            let y = w.node("Identity", &[&y], vec![]);
            w.node(operator, &[&y], vec![])
        });
        says(
            &message,
            &[
                "(LogSoftmax)",
                "not the model's output",
                &format!("({operator}) reads it"),
                "ends in",
            ],
        );
    }
}

#[test]
fn further_outputs_that_are_read_are_named() {
    let mask = refusal(11, &[1, 4], |w| {
        w.node("Dropout", &["x"], vec![]);
        also(w, "mask");
        w.node("Cast", &["mask"], vec![int("to", 1)])
    });
    says(&mask, &["(Dropout)", "the mask `mask` is read"]);
    let indices = refusal(12, &[1, 1, 4, 4], |w| {
        w.node("MaxPool", &["x"], vec![ints("kernel_shape", &[2, 2])]);
        also(w, "indices");
        w.node("Cast", &["indices"], vec![int("to", 1)])
    });
    says(&indices, &["(MaxPool)", "the indices `indices` are read"]);
}

#[test]
fn training_is_refused() {
    let dropout = |value: bool| {
        move |w: &mut Writer| {
            let tensor = TensorProto {
                data_type: 9,
                name: "training".into(),
                int32_data: vec![i32::from(value)],
                ..Default::default()
            };
            w.graph().initializer.push(tensor);
            w.node("Dropout", &["x", "", "training"], vec![])
        }
    };
    says(&refusal(13, &[1, 4], dropout(true)), &["(Dropout)", "training_mode", "model.eval()"]);
    let computed = refusal(13, &[1, 4], |w| w.node("Dropout", &["x", "", "x"], vec![]));
    says(&computed, &["(Dropout)", "training_mode"]);
    // Before opset 14, naming the mean and variance means the batch's own.
    for (opset, named) in [(9, true), (13, true), (14, false)] {
        let message = refusal(opset, &[1, 2, 3], |w| {
            let one = w.weights(&[2], 1.0, 0.5);
            let attributes = if named { vec![] } else { vec![int("training_mode", 1)] };
            let y = w.node("BatchNormalization", &["x", &one, &one, &one, &one], attributes);
            if named {
                for name in ["mean", "variance", "saved_mean", "saved_variance"] {
                    also(w, name);
                }
            }
            y
        });
        says(&message, &["(BatchNormalization)", "training mode", "model.eval()"]);
    }
}

#[test]
fn numbers_that_are_none_are_named() {
    for (opset, low, high, part) in [
        (13, f32::NAN, 1.0, "not a number"),
        (13, f32::INFINITY, f32::INFINITY, "infinite"),
        (13, f32::NEG_INFINITY, f32::NEG_INFINITY, "infinite"),
        (10, f32::NAN, 1.0, "not a number"),
        (10, f32::INFINITY, f32::INFINITY, "infinite"),
    ] {
        let message = refusal(opset, &[1, 4], |w| {
            if opset < 11 {
                return w.node("Clip", &["x"], vec![float("min", low), float("max", high)]);
            }
            let (low, high) = (w.floats(&[], vec![low]), w.floats(&[], vec![high]));
            w.node("Clip", &["x", &low, &high], vec![])
        });
        says(&message, &["(Clip)", part]);
    }
    let weight = |make: fn(&mut Writer, &str) -> String| {
        refusal(13, &[1, 1, 2, 2], |w| {
            let bad = w.floats(&[1, 1, 1, 1], vec![f32::INFINITY]);
            make(w, &bad)
        })
    };
    let finite = ["`t1`", "element 0 is not a finite number", "without NaN"];
    says(&weight(|w, bad| w.node("Conv", &["x", bad], vec![])), &finite);
    says(&weight(|w, bad| w.node("Add", &["x", bad], vec![])), &finite);
    says(&weight(|w, bad| w.node("Mul", &[bad, "x"], vec![])), &finite);
    let folded = refusal(13, &[1, 1], |w| {
        let zero = w.floats(&[1], vec![0.0]);
        let infinite = w.node("Reciprocal", &[&zero], vec![]);
        w.node("Mul", &["x", &infinite], vec![])
    });
    says(&folded, &["(Mul)", "finite"]);
}

#[test]
fn what_is_not_linear_is_named() {
    let picked = refusal(13, &[1, 2], |w| w.node("Gather", &["x", "x"], vec![]));
    says(&picked, &["(Gather)", "indices are computed from the document"]);
    let product = refusal(13, &[1, 2], |w| w.node("ReduceProd", &["x"], vec![]));
    says(&product, &["(ReduceProd)", "product of elements"]);
}

#[test]
fn constants_that_are_not_folded_name_the_way() {
    let message = refusal(13, &[1, 1, 3, 3], |w| {
        let image = w.weights(&[1, 1, 3, 3], 0.0, 1.0);
        let y = w.node("Hardmax", &[&image], vec![]);
        w.node("Add", &["x", &y], vec![])
    });
    says(&message, &["(Hardmax)", "over constants", "onnxruntime", "ORT_ENABLE_BASIC"]);
    let nothing = refusal(13, &[1, 3], |w| {
        let one = w.weights(&[3], 0.0, 1.0);
        w.node("Relu", &[&one], vec![])
    });
    says(&nothing, &["does not depend on its input"]);
}

#[test]
fn inputs_and_outputs_are_one() {
    let two = refusal(13, &[1, 3], |w| {
        let mut more = w.graph().input[0].clone();
        more.name = "mask".into();
        w.graph().input.push(more);
        w.node("Add", &["x", "mask"], vec![])
    });
    says(&two, &["2 inputs (`x`, `mask`), expected one"]);
    let mut w = Writer::new(13, &[1, 3], 1);
    let y = w.node("Relu", &["x"], vec![]);
    let bytes = w.finish(&y);
    // A second graph message is merged with the first: the output twice.
    let more = [bytes.as_slice(), &[0x3a, 5, 0x62, 3, 0x0a, 1, b'z']].concat();
    says(&read(&more).unwrap_err().to_string(), &["2 outputs", "--output"]);
    says(&refusal(13, &[3], |w| w.node("Relu", &["x"], vec![])), &["the batch, is 3"]);
    says(
        &refusal(13, &[1], |w| w.node("Relu", &["x"], vec![])),
        &["no axis beside the batch", "1×784"],
    );
}

#[test]
fn selections_are_bounded() {
    for (operator, list, part) in [
        ("Tile", &[1 << 30, 1 << 30][..], "limits"),
        ("Expand", &[1 << 40, 4], "limits"),
        ("Tile", &[-1, 1], "not a shape"),
        ("Pad", &[0, 1 << 40, 0, 0], "limits"),
        ("Pad", &[0, -3, 0, -3], "Pad"),
        ("Pad", &[0, 1], "2 pads for 2 axes"),
        ("Reshape", &[3, 3], "does not become"),
    ] {
        let message = refusal(13, &[1, 4], |w| {
            let list = w.integers(list);
            w.node(operator, &["x", &list], vec![])
        });
        says(&message, &[operator, part]);
    }
    let reflected = refusal(13, &[1, 4], |w| {
        let pads = w.integers(&[0, 4, 0, 0]);
        w.node("Pad", &["x", &pads], vec![string("mode", "reflect")])
    });
    says(&reflected, &["(Pad)", "reflects more"]);
    let steps = refusal(13, &[1, 4], |w| {
        let (zero, one) = (w.integers(&[0]), w.integers(&[1]));
        w.node("Slice", &["x", &zero, &one, &one, &zero], vec![])
    });
    says(&steps, &["(Slice)", "a step of 0"]);
    let empty = refusal(13, &[1, 4], |w| {
        let (zero, one) = (w.integers(&[0]), w.integers(&[1]));
        w.node("Slice", &["x", &zero, &zero, &one], vec![])
    });
    says(&empty, &["(Slice)", "empty"]);
    let beyond = refusal(13, &[1, 4], |w| {
        let list = w.integers(&[4]);
        w.node("Gather", &["x", &list], vec![int("axis", 1)])
    });
    says(&beyond, &["(Gather)", "index 4 along an axis of 4"]);
    let overflow = refusal(13, &[1, 4], |w| {
        let big = w.integers(&[1 << 30]);
        let bigger = w.node("Mul", &[&big, &big], vec![]);
        w.node("Reshape", &["x", &bigger], vec![])
    });
    says(&overflow, &["(Mul)", "constant integers"]);
}
