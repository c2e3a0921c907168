//! Transformers: products of tensors, softmaxes with masks, normalisations, ids of tokens.

use super::super::ends::Reading;
use super::super::writer::{Writer, float, int, ints};
use super::super::{read, read_as};
use super::accepted::kind;
use crate::model::graph::{Graph, Op};
use crate::model::operators::evaluate;

/// A model of the ids of four tokens, with the inputs that go along with them.
fn of_tokens(make: impl FnOnce(&mut Writer) -> String) -> Result<Graph, String> {
    let mut w = Writer::new(17, &[1, 4], 1);
    w.graph().input[0].name = "input_ids".into();
    w.graph().input[0].r#type.as_mut().unwrap().tensor_type.as_mut().unwrap().elem_type = 7;
    for name in ["attention_mask", "token_type_ids", "position_ids"] {
        let mut more = w.graph().input[0].clone();
        more.name = name.into();
        w.graph().input.push(more);
    }
    let y = make(&mut w);
    read(&w.finish(&y)).map_err(|error| error.to_string())
}

fn kinds(graph: &Graph) -> String {
    let kinds: Vec<&str> = graph.nodes.iter().map(|node| kind(&node.op)).collect();
    kinds.join(" ")
}

fn output(graph: &Graph, input: &[f64]) -> Vec<f64> {
    evaluate::tensor(graph, input.to_vec(), graph.output)
}

#[test]
fn tokens_pick_rows_of_tables() {
    let graph = of_tokens(|w| {
        let words = w.floats(&[4, 2], (0..8).map(|at| at as f32).collect());
        let types = w.floats(&[2, 2], vec![100.0, 200.0, 1.0, 1.0]);
        let places = w.floats(&[4, 2], vec![0.0, 0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
        let words = w.node("Gather", &[&words, "input_ids"], vec![]);
        let types = w.node("Gather", &[&types, "token_type_ids"], vec![int("axis", 0)]);
        let places = w.node("Gather", &[&places, "position_ids"], vec![]);
        let y = w.node("Add", &[&words, &types], vec![]);
        w.node("Add", &[&y, &places], vec![])
    });
    let graph = graph.unwrap();
    assert_eq!(kinds(&graph), "quantize embedding affine affine");
    // Beyond the table is its last row.
    let found = output(&graph, &[3.0, 0.0, 1.0, 9.0]);
    assert_eq!(found, [106.0, 207.0, 110.0, 221.0, 132.0, 243.0, 156.0, 267.0]);
}

#[test]
fn masks_follow_from_the_padding() {
    let mask = |make: fn(&mut Writer) -> String| {
        let graph = of_tokens(|w| {
            let y = make(w);
            w.node("Cast", &[&y], vec![int("to", 1)])
        });
        output(&graph.unwrap(), &[5.0, 7.0, 0.0, 0.0])
    };
    assert_eq!(mask(|_| "attention_mask".into()), [1.0, 1.0, 0.0, 0.0]);
    assert_eq!(
        mask(|w| w.node("Cast", &["attention_mask"], vec![int("to", 9)])),
        [1.0, 1.0, 0.0, 0.0]
    );
    let with = |operator: &'static str, number: i64| {
        let graph = of_tokens(|w| {
            let number = w.integers(&[number]);
            let y = w.node(operator, &["attention_mask", &number], vec![]);
            w.node("Cast", &[&y], vec![int("to", 1)])
        });
        output(&graph.unwrap(), &[5.0, 7.0, 0.0, 0.0])
    };
    assert_eq!(with("Equal", 0), [0.0, 0.0, 1.0, 1.0]);
    assert_eq!(with("Greater", 0), [1.0, 1.0, 0.0, 0.0]);
    assert_eq!(with("Sub", 1), [0.0, 0.0, -1.0, -1.0]);
    assert_eq!(with("LessOrEqual", 0), [0.0, 0.0, 1.0, 1.0]);
    // Another vocabulary has another id for it.
    let mut w = Writer::new(17, &[1, 4], 1);
    w.graph().input[0].name = "input_ids".into();
    w.graph().input[0].r#type.as_mut().unwrap().tensor_type.as_mut().unwrap().elem_type = 7;
    let mut more = w.graph().input[0].clone();
    more.name = "attention_mask".into();
    w.graph().input.push(more);
    let y = w.node("Mul", &["input_ids", "attention_mask"], vec![]);
    let y = w.node("Cast", &[&y], vec![int("to", 1)]);
    let graph = read_as(&w.finish(&y), &Reading { padding: 1, ..Reading::default() }).unwrap();
    assert_eq!(output(&graph, &[5.0, 1.0, 0.0, 1.0]), [5.0, 0.0, 0.0, 0.0]);
}

/// Scores of every token for every token, and what they become with a mask.
fn masked(mask: impl FnOnce(&mut Writer, &str) -> String) -> Graph {
    let graph = of_tokens(|w| {
        let words = w.floats(&[8, 3], (0..24).map(|at| (at as f32 * 0.7).sin()).collect());
        let x = w.node("Gather", &[&words, "input_ids"], vec![]);
        let turned = w.node("Transpose", &[&x], vec![ints("perm", &[0, 2, 1])]);
        let scores = w.node("MatMul", &[&x, &turned], vec![]);
        let scores = mask(w, &scores);
        w.node("Softmax", &[&scores], vec![int("axis", -1)])
    });
    graph.unwrap()
}

/// Shares of tokens that are padding, or come later if `causal`, are zero; others add up to one.
fn assert_masked(graph: &Graph, causal: bool) {
    let softmax = graph.nodes.iter().find(|node| matches!(node.op, Op::Softmax(_))).unwrap();
    let Op::Softmax(op) = &softmax.op else { unreachable!() };
    assert_eq!(op.closed.contains(&true), causal);
    let ids = [5.0, 7.0, 2.0, 0.0];
    let shares = output(graph, &ids);
    for (at, share) in shares.iter().enumerate() {
        let (row, column) = (at / 4, at % 4);
        let open = ids[column] != 0.0 && (!causal || column <= row);
        assert_eq!(*share > 0.0, open, "{row} {column}: {share}");
    }
    for row in shares.chunks(4) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
    // Whatever the masks add is gone.
    let sums = graph.nodes.iter().filter(|node| matches!(node.op, Op::Sum(_) | Op::Gate));
    assert_eq!(sums.count(), 0, "{}", kinds(graph));
}

/// Scores of which all are very negative differ from each other as any others do.
#[test]
fn very_negative_scores_are_no_mask() {
    let of = |add: &dyn Fn(&mut Writer, &str) -> String| {
        let mut w = Writer::new(17, &[1, 3], 3);
        let weights = w.weights(&[3, 3], 0.0, 1.0);
        let y = w.node("MatMul", &["x", &weights], vec![]);
        let y = add(&mut w, &y);
        let y = w.node("Softmax", &[&y], vec![int("axis", 1)]);
        read(&w.finish(&y)).unwrap()
    };
    let masks = |graph: &Graph| {
        let last = graph.nodes.last().unwrap();
        let Op::Softmax(op) = &last.op else { unreachable!() };
        op.closed.contains(&true) || last.inputs.len() > 1
    };
    let input = [0.0; 3];
    let offsets = of(&|w, y| {
        let offsets = w.floats(&[3], vec![-1230.0, -1227.0, -1228.0]);
        w.node("Add", &[y, &offsets], vec![])
    });
    assert!(!masks(&offsets));
    let shares = output(&offsets, &input);
    assert!(shares[1] > 0.7 && shares[2] > 2.0 * shares[0], "{shares:?}");
    // A part of them alone is masked.
    let some = of(&|w, y| {
        let offsets = w.floats(&[3], vec![-1230.0, 0.0, -1228.0]);
        w.node("Add", &[y, &offsets], vec![])
    });
    assert!(masks(&some));
    assert_eq!(output(&some, &input), [0.0, 1.0, 0.0]);
    // One that the document chooses, and that is never 0.
    let chosen = of(&|w, y| {
        let (zero, one) = (w.floats(&[], vec![0.0]), w.floats(&[], vec![-1500.0]));
        let other = w.floats(&[], vec![-1503.0]);
        let above = w.node("Greater", &["x", &zero], vec![]);
        let offsets = w.node("Where", &[&above, &one, &other], vec![]);
        w.node("Add", &[y, &offsets], vec![])
    });
    assert!(!masks(&chosen));
}

#[test]
fn masks_of_every_spelling_are_recognised() {
    // (1 − mask) · −10000, as BERT has it.
    let graph = masked(|w, scores| {
        let axes = w.integers(&[1]);
        let y = w.node("Unsqueeze", &["attention_mask", &axes], vec![]);
        let y = w.node("Cast", &[&y], vec![int("to", 1)]);
        let (one, much) = (w.floats(&[], vec![1.0]), w.floats(&[], vec![-10000.0]));
        let y = w.node("Sub", &[&one, &y], vec![]);
        let y = w.node("Mul", &[&y, &much], vec![]);
        w.node("Add", &[scores, &y], vec![])
    });
    assert_masked(&graph, false);
    // masked_fill, as DistilBERT has it.
    let graph = masked(|w, scores| {
        let (zero, axes) = (w.integers(&[0]), w.integers(&[1]));
        let y = w.node("Equal", &["attention_mask", &zero], vec![]);
        let y = w.node("Unsqueeze", &[&y, &axes], vec![]);
        let shape = w.node("Shape", &[scores], vec![]);
        let y = w.node("Expand", &[&y, &shape], vec![]);
        let none = w.floats(&[], vec![f32::NEG_INFINITY]);
        w.node("Where", &[&y, &none, scores], vec![])
    });
    assert_masked(&graph, false);
    // Where(allowed, 0, −∞), allowed by padding and place, as PyTorch's dynamo has it.
    let graph = masked(|w, scores| {
        let values: Vec<u8> = (0..16).map(|at| u8::from(at % 4 <= at / 4)).collect();
        let causal = w.truths(&[4, 4], &values);
        let axes = w.integers(&[1]);
        let y = w.node("Cast", &["attention_mask"], vec![int("to", 9)]);
        let y = w.node("Unsqueeze", &[&y, &axes], vec![]);
        let y = w.node("And", &[&causal, &y], vec![]);
        let (zero, none) = (w.floats(&[], vec![0.0]), w.floats(&[], vec![f32::NEG_INFINITY]));
        let y = w.node("Where", &[&y, &zero, &none], vec![]);
        w.node("Add", &[scores, &y], vec![])
    });
    let shares = output(&graph, &[5.0, 7.0, 2.0, 0.0]);
    assert_eq!(shares.iter().filter(|share| **share > 0.0).count(), 1 + 2 + 3 + 3);
    assert!(!kinds(&graph).contains("sum"), "{}", kinds(&graph));
    // A constant triangle, as GPT-2 has it, and the padding after it.
    let graph = masked(|w, scores| {
        let values: Vec<u8> = (0..16).map(|at| u8::from(at % 4 <= at / 4)).collect();
        let causal = w.truths(&[1, 4, 4], &values);
        let least = w.floats(&[], vec![f32::MIN]);
        let scores = w.node("Where", &[&causal, scores, &least], vec![]);
        let axes = w.integers(&[1]);
        let y = w.node("Unsqueeze", &["attention_mask", &axes], vec![]);
        let y = w.node("Cast", &[&y], vec![int("to", 1)]);
        let (one, much) = (w.floats(&[], vec![1.0]), w.floats(&[], vec![f32::MIN]));
        let y = w.node("Sub", &[&one, &y], vec![]);
        let y = w.node("Mul", &[&y, &much], vec![]);
        w.node("Add", &[&scores, &y], vec![])
    });
    assert_masked(&graph, true);
}

#[test]
fn an_infinite_number_that_is_no_mask_is_refused() {
    let message = of_tokens(|w| {
        let words = w.floats(&[8, 3], vec![0.5; 24]);
        let x = w.node("Gather", &[&words, "input_ids"], vec![]);
        let none = w.floats(&[3], vec![0.0, f32::NEG_INFINITY, 0.0]);
        w.node("Add", &[&x, &none], vec![])
    });
    let message = message.unwrap_err();
    assert!(message.contains("not a finite number"), "{message}");
}

/// A model of 2 × 3 numbers.
fn of_numbers(opset: i64, make: impl FnOnce(&mut Writer) -> String) -> Graph {
    let mut w = Writer::new(opset, &[1, 2, 3], 1);
    let y = make(&mut w);
    read(&w.finish(&y)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn spelled_out_normalisations_are_recognised() {
    type Spelling = fn(&mut Writer) -> String;
    let layer: [Spelling; 3] = [
        |w| {
            let mean = w.node("ReduceMean", &["x"], vec![ints("axes", &[-1])]);
            let less = w.node("Sub", &["x", &mean], vec![]);
            let two = w.floats(&[], vec![2.0]);
            let square = w.node("Pow", &[&less, &two], vec![]);
            let mean = w.node("ReduceMean", &[&square], vec![ints("axes", &[-1])]);
            let small = w.floats(&[], vec![0.25]);
            let sum = w.node("Add", &[&mean, &small], vec![]);
            let root = w.node("Sqrt", &[&sum], vec![]);
            w.node("Div", &[&less, &root], vec![])
        },
        |w| {
            let mean = w.node("ReduceMean", &["x"], vec![ints("axes", &[2])]);
            let less = w.node("Sub", &["x", &mean], vec![]);
            let again = w.node("Sub", &["x", &mean], vec![]);
            let square = w.node("Mul", &[&again, &again], vec![]);
            let mean = w.node("ReduceMean", &[&square], vec![ints("axes", &[2])]);
            let small = w.floats(&[], vec![0.25]);
            let sum = w.node("Add", &[&small, &mean], vec![]);
            let root = w.node("Sqrt", &[&sum], vec![]);
            let factor = w.node("Reciprocal", &[&root], vec![]);
            w.node("Mul", &[&factor, &less], vec![])
        },
        |w| {
            let one = w.floats(&[3], vec![1.0; 3]);
            w.node("LayerNormalization", &["x", &one], vec![float("epsilon", 0.25)])
        },
    ];
    let input = [1.0, 2.0, 6.0, -4.0, 0.5, 0.5];
    let expected: Vec<f64> = input
        .chunks(3)
        .flat_map(|run| {
            let mean = run.iter().sum::<f64>() / 3.0;
            let squares = run.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 3.0;
            run.iter().map(move |x| (x - mean) / (squares + 0.25).sqrt())
        })
        .collect();
    for make in layer {
        let graph = of_numbers(17, make);
        assert!(kinds(&graph).starts_with("standardise"), "{}", kinds(&graph));
        for (found, expected) in output(&graph, &input).iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-12);
        }
    }
    // Root mean squares, and vectors of length 1.
    let graph = of_numbers(17, |w| {
        let two = w.floats(&[], vec![2.0]);
        let square = w.node("Pow", &["x", &two], vec![]);
        let mean = w.node("ReduceMean", &[&square], vec![ints("axes", &[-1])]);
        let small = w.floats(&[], vec![0.25]);
        let sum = w.node("Add", &[&mean, &small], vec![]);
        let root = w.node("Sqrt", &[&sum], vec![]);
        w.node("Div", &["x", &root], vec![])
    });
    assert_eq!(kinds(&graph), "standardise");
    let found = output(&graph, &input);
    assert!((found[2] - 6.0 / (41.0f64 / 3.0 + 0.25).sqrt()).abs() < 1e-12);
    let graph = of_numbers(17, |w| {
        let length = w.node("ReduceL2", &["x"], vec![ints("axes", &[-1])]);
        let small = w.floats(&[], vec![1e-12]);
        let length = w.node("Clip", &[&length, &small], vec![]);
        let shape = w.node("Shape", &["x"], vec![]);
        let length = w.node("Expand", &[&length, &shape], vec![]);
        w.node("Div", &["x", &length], vec![])
    });
    assert_eq!(kinds(&graph), "standardise");
    let found = output(&graph, &input);
    assert!((found[0] - 1.0 / 41.0f64.sqrt()).abs() < 1e-9);
    // A mean over other elements is none of these.
    let graph = of_numbers(17, |w| {
        let two = w.floats(&[], vec![2.0]);
        let square = w.node("Pow", &["x", &two], vec![]);
        let mean = w.node("ReduceMean", &[&square], vec![ints("axes", &[1])]);
        let small = w.floats(&[], vec![0.25]);
        let sum = w.node("Add", &[&mean, &small], vec![]);
        let root = w.node("Sqrt", &[&sum], vec![]);
        w.node("Div", &["x", &root], vec![])
    });
    assert!(!kinds(&graph).contains("standardise"), "{}", kinds(&graph));
}

#[test]
fn softmax_may_lie_along_any_axis() {
    for (axis, opset) in [(1, 13), (2, 13), (2, 11)] {
        let graph = of_numbers(opset, |w| {
            let y = w.node("Softmax", &["x"], vec![int("axis", axis)]);
            w.node("Relu", &[&y], vec![])
        });
        let input = [1.0f64, 2.0, 6.0, -4.0, 0.5, 0.5];
        let found = output(&graph, &input);
        for (at, share) in found.iter().enumerate() {
            let run: Vec<usize> = match axis {
                1 => vec![at % 3, at % 3 + 3],
                _ => (at / 3 * 3..at / 3 * 3 + 3).collect(),
            };
            let sum: f64 = run.iter().map(|at| input[*at].exp()).sum();
            assert!((share - input[at].exp() / sum).abs() < 1e-12);
        }
    }
}

#[test]
fn bytes_are_counted_by_class() {
    let mut w = Writer::new(17, &[1, 3], 1);
    let whole = w.node("Cast", &["x"], vec![int("to", 7)]);
    let depth = w.integers(&[4]);
    let values = w.floats(&[2], vec![0.0, 1.0]);
    let y = w.node("OneHot", &[&whole, &depth, &values], vec![]);
    let graph = read(&w.finish(&y)).unwrap();
    assert_eq!(kinds(&graph), "function quantize embedding");
    let found = output(&graph, &[2.0, 0.0, 200.0]);
    assert_eq!(found, [0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn what_is_refused_of_tokens_is_named() {
    let refused = |make: fn(&mut Writer) -> String| of_tokens(make).unwrap_err();
    let divided = refused(|w| {
        let two = w.integers(&[2]);
        let y = w.node("Div", &["input_ids", &two], vec![]);
        w.node("Cast", &[&y], vec![int("to", 1)])
    });
    assert!(divided.contains("Div of whole numbers"), "{divided}");
    let axis = refused(|w| {
        let table = w.floats(&[2, 4], vec![0.0; 8]);
        w.node("Gather", &[&table, "input_ids"], vec![int("axis", 1)])
    });
    assert!(axis.contains("along axis 1"), "{axis}");
    let both = refused(|w| {
        let y = w.node("Gather", &["attention_mask", "input_ids"], vec![int("axis", 1)]);
        w.node("Cast", &[&y], vec![int("to", 1)])
    });
    assert!(both.contains("cast it to floats"), "{both}");
}

/// Vectors of four tokens, of which one is taken.
fn vectors(w: &mut Writer) -> String {
    let table = w.floats(&[8, 2], (0..16).map(|at| at as f32).collect());
    w.node("Gather", &[&table, "input_ids"], vec![])
}

#[test]
fn the_last_token_is_found_however_it_is_asked_for() {
    type Spelling = fn(&mut Writer) -> String;
    let spellings: [Spelling; 4] = [
        // How many there are, less one.
        |w| {
            let axes = w.integers(&[1]);
            let count = w.node("ReduceSum", &["attention_mask", &axes], vec![int("keepdims", 0)]);
            let one = w.integers(&[1]);
            w.node("Sub", &[&count, &one], vec![])
        },
        // The greatest place of one that is no padding, as GPT-2's classifier has it.
        |w| {
            let padding = w.integers(&[0]);
            let filled = w.node("Equal", &["input_ids", &padding], vec![]);
            let given = w.node("Not", &[&filled], vec![]);
            let given = w.node("Cast", &[&given], vec![int("to", 6)]);
            let places = w.integers(&[0, 1, 2, 3]);
            let product = w.node("Mul", &[&given, &places], vec![]);
            w.node("ArgMax", &[&product], vec![int("axis", -1), int("keepdims", 0)])
        },
        // Counted from the end.
        |w| {
            let axes = w.integers(&[1]);
            let count = w.node("ReduceSum", &["attention_mask", &axes], vec![int("keepdims", 0)]);
            let five = w.integers(&[5]);
            w.node("Sub", &[&count, &five], vec![])
        },
        // The last of those that are there.
        |w| {
            let last = vec![int("axis", 1), int("keepdims", 0), int("select_last_index", 1)];
            w.node("ArgMax", &["attention_mask"], last)
        },
    ];
    for make in spellings {
        for operator in ["Gather", "GatherND", "GatherElements"] {
            let mut w = Writer::new(17, &[1, 4], 1);
            w.graph().input[0].name = "input_ids".into();
            w.graph().input[0].r#type.as_mut().unwrap().tensor_type.as_mut().unwrap().elem_type = 7;
            let mut mask = w.graph().input[0].clone();
            mask.name = "attention_mask".into();
            w.graph().input.push(mask);
            let x = vectors(&mut w);
            let place = make(&mut w);
            let y = match operator {
                "Gather" => w.node("Gather", &[&x, &place], vec![int("axis", 1)]),
                "GatherND" => {
                    let to = w.integers(&[1, 1]);
                    let place = w.node("Reshape", &[&place, &to], vec![]);
                    let first = w.integers(&[0]);
                    let shape = w.integers(&[1, 1]);
                    let first = w.node("Reshape", &[&first, &shape], vec![]);
                    let both = w.node("Concat", &[&first, &place], vec![int("axis", -1)]);
                    w.node("GatherND", &[&x, &both], vec![])
                }
                _ => {
                    let to = w.integers(&[1, 1, 1]);
                    let place = w.node("Reshape", &[&place, &to], vec![]);
                    let shape = w.integers(&[1, 1, 2]);
                    let place = w.node("Expand", &[&place, &shape], vec![]);
                    w.node("GatherElements", &[&x, &place], vec![int("axis", 1)])
                }
            };
            let graph = read(&w.finish(&y)).unwrap_or_else(|error| panic!("{operator}: {error}"));
            for (ids, token) in [
                ([1.0, 5.0, 0.0, 0.0], 5.0),
                ([3.0, 0.0, 0.0, 0.0], 3.0),
                ([1.0, 2.0, 3.0, 4.0], 4.0),
            ] {
                let expected = [2.0 * token, 2.0 * token + 1.0];
                assert_eq!(output(&graph, &ids), expected, "{operator} {ids:?}");
            }
        }
    }
}

#[test]
fn ids_are_never_below_zero() {
    // Keras looks up id + 8 where an id is.
    let graph = of_tokens(|w| {
        let (zero, size) = (w.integers(&[0]), w.integers(&[8]));
        let below = w.node("Less", &["input_ids", &zero], vec![]);
        let moved = w.node("Add", &["input_ids", &size], vec![]);
        let ids = w.node("Where", &[&below, &moved, "input_ids"], vec![]);
        let table = w.floats(&[8, 2], vec![1.0; 16]);
        w.node("Gather", &[&table, &ids], vec![])
    });
    // Nothing reads the sum.
    assert_eq!(kinds(&graph.unwrap()), "quantize affine embedding");
}

#[test]
fn a_mask_may_be_made_of_a_mask() {
    // Where(1 − mask, −∞, 1 − mask), as older models of Hugging Face have it.
    let graph = of_numbers(17, |w| {
        let zero = w.floats(&[], vec![0.0]);
        let closed = w.node("Greater", &["x", &zero], vec![]);
        let closed = w.node("Cast", &[&closed], vec![int("to", 1)]);
        let again = w.node("Cast", &[&closed], vec![int("to", 9)]);
        let least = w.floats(&[], vec![f32::MIN]);
        let mask = w.node("Where", &[&again, &least, &closed], vec![]);
        let scores = w.node("Add", &["x", &mask], vec![]);
        let shares = w.node("Softmax", &[&scores], vec![int("axis", -1)]);
        w.node("Relu", &[&shares], vec![])
    });
    let found = output(&graph, &[1.0, -2.0, -3.0, -4.0, 0.5, 0.5]);
    let e = 1.0f64.exp();
    for (found, expected) in found.iter().zip([0.0, e / (e + 1.0), 1.0 / (e + 1.0), 1.0, 0.0, 0.0])
    {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
}

/// `exp(x − m) / Σ exp(x − m)` over an axis, as JAX writes it.
fn spelled_out(w: &mut Writer, less: &str, axis: i64) -> String {
    let none = w.floats(&[], vec![f32::NEG_INFINITY]);
    let less = w.node("Max", &[&none, less], vec![]);
    let axis = w.integers(&[axis]);
    let y = w.node("Sub", &["x", &less], vec![]);
    let powers = w.node("Exp", &[&y], vec![]);
    let sum = w.node("ReduceSum", &[&powers, &axis], vec![]);
    let shape = w.node("Shape", &["x"], vec![]);
    let sum = w.node("Expand", &[&sum, &shape], vec![]);
    w.node("Div", &[&powers, &sum], vec![])
}

#[test]
fn a_softmax_that_is_spelled_out_is_one() {
    let input = [1.0, 2.0, 6.0, -4.0, 0.5, 0.25];
    let by_definition = |run: fn(usize) -> usize, less: &dyn Fn(usize) -> f64| -> Vec<f64> {
        let power = |at: usize| (input[at] - less(at)).exp();
        let sum = |at: usize| (0..6).filter(|other| run(*other) == run(at)).map(power).sum::<f64>();
        (0..6).map(|at| power(at) / sum(at)).collect()
    };
    let close = |graph: &Graph, expected: &[f64]| {
        for (found, expected) in output(graph, &input).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    };
    let row = |at: usize| at / 3;
    let greatest = |w: &mut Writer| w.node("ReduceMax", &["x"], vec![ints("axes", &[2])]);
    let graph = of_numbers(17, |w| {
        let most = greatest(w);
        let y = spelled_out(w, &most, 2);
        w.node("Relu", &[&y], vec![])
    });
    assert_eq!(kinds(&graph), "softmax activation");
    close(&graph, &by_definition(row, &|_| 0.0));
    // At the end of a model it is seen through.
    let graph = of_numbers(17, |w| {
        let most = greatest(w);
        let y = spelled_out(w, &most, 2);
        let picked = w.integers(&[1]);
        w.node("Gather", &[&y, &picked], vec![int("axis", 1)])
    });
    assert!(kinds(&graph).starts_with("softmax"), "{}", kinds(&graph));
    // What is not the same for all of a run counts.
    let graph = of_numbers(17, |w| {
        let half = w.floats(&[], vec![0.5]);
        let y = w.node("Mul", &["x", &half], vec![]);
        let y = w.node("Relu", &[&y], vec![]);
        let y = spelled_out(w, &y, 2);
        w.node("Relu", &[&y], vec![])
    });
    assert!(kinds(&graph).contains("softmax"), "{}", kinds(&graph));
    close(&graph, &by_definition(row, &|at| (input[at] / 2.0).max(0.0)));
    // Shares of other runs than those that follow each other are none.
    let graph = of_numbers(17, |w| {
        let most = greatest(w);
        let y = spelled_out(w, &most, 1);
        w.node("Relu", &[&y], vec![])
    });
    let column = |at: usize| at % 3;
    close(&graph, &by_definition(column, &|at| if at < 3 { 6.0 } else { 0.5 }));
    // Nor are those of a sum of something else.
    let graph = of_numbers(17, |w| {
        let powers = w.node("Exp", &["x"], vec![]);
        let axes = w.integers(&[2]);
        let other = w.node("Sigmoid", &["x"], vec![]);
        let sum = w.node("ReduceSum", &[&other, &axes], vec![]);
        let y = w.node("Div", &[&powers, &sum], vec![]);
        w.node("Relu", &[&y], vec![])
    });
    assert!(!kinds(&graph).contains("softmax"), "{}", kinds(&graph));
}

#[test]
fn a_sum_that_is_changed_makes_no_softmax() {
    // How the sum of the powers is changed, and what of each run was subtracted from the scores.
    let divided = |change: Option<(&'static str, f32)>, less: Option<&'static str>| {
        let graph = of_numbers(17, |w| {
            let mut scores = "x".to_owned();
            if let Some(less) = less {
                let less = w.node(less, &["x"], vec![ints("axes", &[2])]);
                scores = w.node("Sub", &["x", &less], vec![]);
            }
            let powers = w.node("Exp", &[&scores], vec![]);
            let axes = w.integers(&[2]);
            let mut sum = w.node("ReduceSum", &[&powers, &axes], vec![]);
            if let Some((operator, number)) = change {
                let number = w.floats(&[], vec![number]);
                sum = w.node(operator, &[&sum, &number], vec![]);
            }
            let y = w.node("Div", &[&powers, &sum], vec![]);
            w.node("Relu", &[&y], vec![])
        });
        kinds(&graph).contains("softmax")
    };
    // Unless the greatest score is subtracted, a sum may be of any size.
    for less in [None, Some("ReduceMean"), Some("ReduceMin")] {
        assert!(divided(None, less));
        for change in [("Add", 1e-12), ("Max", 1e-9), ("Max", 1e-3), ("Min", 100.0), ("Mul", 1.01)]
        {
            assert!(!divided(Some(change), less), "{change:?} {less:?}");
        }
    }
    // With it, it is from 1 to the number of scores.
    let greatest = Some("ReduceMax");
    for change in [("Add", 1e-12), ("Max", 1e-3), ("Max", 1.0), ("Min", 3.0)] {
        assert!(divided(Some(change), greatest), "{change:?}");
    }
    for change in [("Add", 1e-3), ("Max", 1.01), ("Min", 2.5), ("Mul", 1.01)] {
        assert!(!divided(Some(change), greatest), "{change:?}");
    }
}

#[test]
fn the_greater_of_a_number_and_minus_infinity_is_the_number() {
    let with = |operator: &'static str, number: f32| {
        let mut w = Writer::new(17, &[1, 2, 3], 1);
        let number = w.floats(&[1, 1], vec![number]);
        let y = w.node(operator, &[&number, "x"], vec![]);
        let y = w.node("Relu", &[&y], vec![]);
        read(&w.finish(&y)).map(|graph| kinds(&graph)).map_err(|error| error.to_string())
    };
    assert_eq!(with("Max", f32::NEG_INFINITY).unwrap(), "activation");
    assert_eq!(with("Min", f32::INFINITY).unwrap(), "activation");
    for (operator, number) in [("Max", f32::INFINITY), ("Min", f32::NEG_INFINITY)] {
        let error = with(operator, number).unwrap_err();
        assert!(error.contains("finite"), "{error}");
    }
}
