//! Operators over constants, against their definitions.

use super::super::proto::{AttributeProto, TensorProto};
use super::super::read;
use super::super::writer::{Writer, int, string};
use crate::model::graph::Op;

/// What is added to a row of as many elements when the model is read.
fn floats(length: i64, make: impl FnOnce(&mut Writer) -> String) -> Vec<f64> {
    let mut w = Writer::new(18, &[1, length], 1);
    let constant = make(&mut w);
    let row = w.integers(&[1, length]);
    let constant = w.node("Reshape", &[&constant, &row], vec![]);
    let y = w.node("Add", &["x", &constant], vec![]);
    let graph = read(&w.finish(&y)).unwrap_or_else(|error| panic!("{error}"));
    match &graph.nodes[0].op {
        Op::Affine(affine) => affine.offset.values.clone(),
        other => panic!("{other:?}"),
    }
}

fn numbers(length: i64, make: impl FnOnce(&mut Writer) -> String) -> Vec<f64> {
    floats(length, |w| {
        let found = make(w);
        w.node("Cast", &[&found], vec![int("to", 1)])
    })
}

fn refusal(make: impl FnOnce(&mut Writer) -> String) -> String {
    let mut w = Writer::new(18, &[1, 4], 1);
    let constant = make(&mut w);
    let constant = w.node("Cast", &[&constant], vec![int("to", 1)]);
    let y = w.node("Add", &["x", &constant], vec![]);
    read(&w.finish(&y)).expect_err("must be refused").to_string()
}

/// Integers of a shape.
fn table(w: &mut Writer, shape: &[i64], values: &[i64]) -> String {
    let (list, shape) = (w.integers(values), w.integers(shape));
    w.node("Reshape", &[&list, &shape], vec![])
}

fn raw(w: &mut Writer, data_type: i32, shape: &[i64], bytes: &[u8]) -> String {
    let name = format!("raw{}", w.graph().initializer.len());
    let tensor = TensorProto {
        dims: shape.to_vec(),
        data_type,
        name: name.clone(),
        raw_data: bytes.to_vec().into(),
        ..Default::default()
    };
    w.graph().initializer.push(tensor);
    name
}

#[test]
fn comparisons_choose() {
    for (operator, expected) in [
        ("Less", [1.0, 0.0, 0.0]),
        ("LessOrEqual", [1.0, 1.0, 0.0]),
        ("Greater", [0.0, 0.0, 1.0]),
        ("GreaterOrEqual", [0.0, 1.0, 1.0]),
        ("Equal", [0.0, 1.0, 0.0]),
    ] {
        let found = numbers(3, |w| {
            let (l, r) = (w.integers(&[1, 2, 3]), w.integers(&[2]));
            w.node(operator, &[&l, &r], vec![])
        });
        assert_eq!(found, expected, "{operator}");
    }
    for (operator, expected) in
        [("And", [1.0, 0.0, 0.0, 0.0]), ("Or", [1.0, 1.0, 1.0, 0.0]), ("Xor", [0.0, 1.0, 1.0, 0.0])]
    {
        let found = numbers(4, |w| {
            let (l, r) = (raw(w, 9, &[4], &[1, 1, 0, 0]), raw(w, 9, &[4], &[1, 0, 1, 0]));
            w.node(operator, &[&l, &r], vec![])
        });
        assert_eq!(found, expected, "{operator}");
    }
}

#[test]
fn integers_are_defined() {
    let two = |operator: &'static str, l: [i64; 2], r: i64, attributes: Vec<AttributeProto>| {
        numbers(2, |w| {
            let (l, r) = (w.integers(&l), w.integers(&[r]));
            w.node(operator, &[&l, &r], attributes)
        })
    };
    assert_eq!(two("Mod", [7, -7], 3, vec![]), [1.0, 2.0]);
    assert_eq!(two("Mod", [7, -7], 3, vec![int("fmod", 1)]), [1.0, -1.0]);
    assert_eq!(two("Div", [7, 9], 2, vec![]), [3.0, 4.0]);
    assert_eq!(two("Pow", [3, -2], 3, vec![]), [27.0, -8.0]);
    for (operator, l, r) in
        [("Mod", 1, 0), ("Div", 1, 0), ("Mul", 1 << 40, 1 << 40), ("Pow", 2, 99)]
    {
        let message = refusal(|w| {
            let (l, r) = (w.integers(&[l]), w.integers(&[r]));
            w.node(operator, &[&l, &r], vec![])
        });
        assert!(message.contains(operator) && message.contains("constant integers"), "{message}");
    }
    let least = |w: &mut Writer| {
        let (a, b, c) = (w.integers(&[5, 1]), w.integers(&[3, 4]), w.integers(&[i64::MAX]));
        w.node("Min", &[&a, &b, &c], vec![])
    };
    assert_eq!(numbers(2, least), [3.0, 1.0]);
    let narrow = refusal(|w| {
        let a = w.integers(&[300]);
        w.node("Cast", &[&a], vec![int("to", 3)])
    });
    assert!(narrow.contains("300 is beyond int8"), "{narrow}");
}

#[test]
fn ranges_masks_and_sums() {
    let range = |w: &mut Writer, list: [i64; 3]| {
        let list = list.map(|value| table(w, &[], &[value]));
        w.node("Range", &[&list[0], &list[1], &list[2]], vec![])
    };
    assert_eq!(numbers(3, |w| range(w, [7, 0, -3])), [7.0, 4.0, 1.0]);
    assert!(refusal(|w| range(w, [0, 1, 0])).contains("(Range)"));
    assert!(refusal(|w| range(w, [0, i64::MAX, 1])).contains("a range of"));
    let summed = |attributes: Vec<AttributeProto>| {
        numbers(6, |w| {
            let (values, axis) = (table(w, &[2, 3], &[1, 2, 3, 4, 5, 6]), table(w, &[], &[1]));
            w.node("CumSum", &[&values, &axis], attributes)
        })
    };
    assert_eq!(summed(vec![]), [1.0, 3.0, 6.0, 4.0, 9.0, 15.0]);
    assert_eq!(
        summed(vec![int("exclusive", 1), int("reverse", 1)]),
        [5.0, 3.0, 0.0, 11.0, 6.0, 0.0]
    );
    let triangle = |upper: i64, offset: i64| {
        numbers(6, |w| {
            let (values, k) = (table(w, &[2, 3], &[1, 2, 3, 4, 5, 6]), table(w, &[], &[offset]));
            w.node("Trilu", &[&values, &k], vec![int("upper", upper)])
        })
    };
    assert_eq!(triangle(1, 0), [1.0, 2.0, 3.0, 0.0, 5.0, 6.0]);
    assert_eq!(triangle(0, 1), [1.0, 2.0, 0.0, 4.0, 5.0, 6.0]);
    let hot = numbers(6, |w| {
        let (at, depth) = (w.integers(&[1, -1]), table(w, &[], &[3]));
        let values = w.integers(&[5, 7]);
        w.node("OneHot", &[&at, &depth, &values], vec![])
    });
    assert_eq!(hot, [5.0, 7.0, 5.0, 5.0, 5.0, 7.0]);
    let found = numbers(4, |w| {
        let values = table(w, &[2, 2], &[0, 3, 4, 0]);
        w.node("NonZero", &[&values], vec![])
    });
    assert_eq!(found, [0.0, 1.0, 1.0, 0.0]);
    let greatest = numbers(2, |w| {
        let values = table(w, &[2, 3], &[1, 9, 9, 4, 3, 2]);
        w.node("ArgMax", &[&values], vec![int("axis", 1)])
    });
    assert_eq!(greatest, [1.0, 0.0]);
}

#[test]
fn places_are_picked_and_replaced() {
    let source = |w: &mut Writer| table(w, &[2, 3], &[1, 2, 3, 4, 5, 6]);
    let picked = numbers(2, |w| {
        let (values, at) = (source(w), table(w, &[2, 2], &[1, 0, 0, -1]));
        w.node("GatherND", &[&values, &at], vec![])
    });
    assert_eq!(picked, [4.0, 3.0]);
    let rows = numbers(2, |w| {
        let (values, at) = (source(w), table(w, &[2, 1], &[2, 0]));
        w.node("GatherND", &[&values, &at], vec![int("batch_dims", 1)])
    });
    assert_eq!(rows, [3.0, 4.0]);
    let along = numbers(4, |w| {
        let (values, at) = (source(w), table(w, &[2, 2], &[2, 0, 1, -1]));
        w.node("GatherElements", &[&values, &at], vec![int("axis", 1)])
    });
    assert_eq!(along, [3.0, 1.0, 5.0, 6.0]);
    let replaced = numbers(6, |w| {
        let (values, at) = (source(w), table(w, &[1, 1], &[1]));
        let updates = table(w, &[1, 3], &[7, 8, 9]);
        w.node("ScatterND", &[&values, &at, &updates], vec![])
    });
    assert_eq!(replaced, [1.0, 2.0, 3.0, 7.0, 8.0, 9.0]);
    let spread = numbers(6, |w| {
        let (values, at) = (source(w), table(w, &[2, 1], &[0, 2]));
        let updates = table(w, &[2, 1], &[7, 8]);
        w.node("ScatterElements", &[&values, &at, &updates], vec![int("axis", 1)])
    });
    assert_eq!(spread, [7.0, 2.0, 3.0, 4.0, 5.0, 8.0]);
    for (operator, at) in [("GatherND", vec![2, 0]), ("GatherND", vec![0, 3])] {
        let message = refusal(|w| {
            let (values, at) = (source(w), table(w, &[1, 2], &at));
            w.node(operator, &[&values, &at], vec![])
        });
        assert!(message.contains("along an axis"), "{message}");
    }
    let added = refusal(|w| {
        let (values, at) = (source(w), table(w, &[1, 1], &[1]));
        w.node("ScatterND", &[&values, &at, &values], vec![string("reduction", "add")])
    });
    assert!(added.contains("reduction `add`"), "{added}");
    let parts = numbers(2, |w| {
        let values = source(w);
        let sizes = w.integers(&[1, 2]);
        let first = w.node("Split", &[&values, &sizes], vec![int("axis", 1)]);
        w.graph().node.last_mut().unwrap().output = vec![String::new(), first.clone()];
        let at = w.integers(&[0]);
        w.node("Gather", &[&first, &at], vec![])
    });
    assert_eq!(parts, [2.0, 3.0]);
}

#[test]
fn layers_over_constants_are_evaluated() {
    let found = floats(4, |w| {
        let image = w.floats(&[1, 1, 3, 3], (1..=9).map(|v| v as f32).collect());
        let weights = w.floats(&[1, 1, 2, 2], vec![1.0, 0.0, 0.0, 1.0]);
        w.node("Conv", &[&image, &weights], vec![])
    });
    assert_eq!(found, [6.0, 8.0, 12.0, 14.0]);
    let product = floats(4, |w| {
        let l = w.floats(&[2, 1, 2], vec![1.0, 2.0, 3.0, 4.0]);
        let r = w.floats(&[2, 2], vec![1.0, 0.0, 1.0, 1.0]);
        w.node("MatMul", &[&l, &r], vec![])
    });
    assert_eq!(product, [3.0, 2.0, 7.0, 4.0]);
    let gemm = floats(1, |w| {
        let l = w.floats(&[1, 2], vec![1.0, 2.0]);
        let r = w.floats(&[2, 1], vec![3.0, 4.0]);
        w.node("Gemm", &[&l, &r], vec![])
    });
    assert_eq!(gemm, [11.0]);
}

#[test]
fn weights_of_few_bits_are_unpacked() {
    let per_axis = floats(4, |w| {
        let small = raw(w, 3, &[2, 2], &[10, 0xf6, 3, 4]);
        let scale = w.floats(&[2], vec![0.5, 2.0]);
        let zero = raw(w, 3, &[2], &[0, 1]);
        w.node("DequantizeLinear", &[&small, &scale, &zero], vec![int("axis", 0)])
    });
    assert_eq!(per_axis, [5.0, -5.0, 4.0, 6.0]);
    let blocked = floats(4, |w| {
        // Half bytes, the lower first: 1, -1, 7, -8.
        let small = raw(w, 22, &[4], &[0xf1, 0x87]);
        let scale = w.floats(&[2], vec![1.0, 10.0]);
        w.node("DequantizeLinear", &[&small, &scale], vec![int("axis", 0), int("block_size", 2)])
    });
    assert_eq!(blocked, [1.0, -1.0, 70.0, -80.0]);
    let all = floats(2, |w| {
        let small = raw(w, 2, &[2], &[0, 255]);
        let (scale, zero) = (w.floats(&[], vec![0.5]), raw(w, 2, &[], &[128]));
        w.node("DequantizeLinear", &[&small, &scale, &zero], vec![])
    });
    assert_eq!(all, [-64.0, 63.5]);
    let brain = floats(2, |w| raw(w, 16, &[2], &[0x80, 0x3f, 0x40, 0xc0]));
    assert_eq!(brain, [1.0, -3.0]);
    let odd = refusal(|w| {
        let small = raw(w, 3, &[4], &[0; 4]);
        let scale = w.floats(&[3], vec![1.0; 3]);
        w.node("DequantizeLinear", &[&small, &scale], vec![int("axis", 0)])
    });
    assert!(odd.contains("a scale of shape [3]"), "{odd}");
    let far = refusal(|w| raw(w, 13, &[1], &[0xff; 8]));
    assert!(far.contains("is more than"), "{far}");
}
