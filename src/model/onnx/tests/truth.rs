//! Comparisons, truth values and choices that depend on the document.

use super::super::read;
use super::super::writer::{Writer, int};
use super::accepted::kind;
use crate::model::graph::Graph;
use crate::model::operators::evaluate;

/// Documents of four numbers.
const AT: [f64; 4] = [-2.0, 0.0, 0.5, 2.0];

fn graph(make: impl FnOnce(&mut Writer) -> String) -> Graph {
    let mut w = Writer::new(17, &[1, 4], 1);
    let output = make(&mut w);
    read(&w.finish(&output)).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(make: impl FnOnce(&mut Writer) -> String) -> String {
    let mut w = Writer::new(17, &[1, 4], 1);
    let output = make(&mut w);
    read(&w.finish(&output)).expect_err("must be refused").to_string()
}

fn kinds(graph: &Graph) -> String {
    let kinds: Vec<&str> = graph.nodes.iter().map(|node| kind(&node.op)).collect();
    kinds.join(" ")
}

fn values(make: impl FnOnce(&mut Writer) -> String) -> Vec<f64> {
    let graph = graph(make);
    evaluate::tensor(&graph, AT.to_vec(), graph.output)
}

fn float(w: &mut Writer, truth: &str) -> String {
    w.node("Cast", &[truth], vec![int("to", 1)])
}

/// A constant of truth values.
fn truths(w: &mut Writer, values: &[f32]) -> String {
    let floats = w.floats(&[values.len() as i64], values.to_vec());
    w.node("Cast", &[&floats], vec![int("to", 9)])
}

#[test]
fn comparisons_with_a_number_are_exact_on_it() {
    for (operator, expected, turned) in [
        ("Greater", [0.0, 0.0, 0.0, 1.0], [1.0, 1.0, 0.0, 0.0]),
        ("GreaterOrEqual", [0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0]),
        ("Less", [1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]),
        ("LessOrEqual", [1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 1.0, 1.0]),
        ("Equal", [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 1.0, 0.0]),
    ] {
        let of = |first: bool, shape: &[i64]| {
            values(|w| {
                let number = w.floats(shape, vec![0.5; shape.iter().product::<i64>() as usize]);
                let inputs = if first { ["x", &number] } else { [number.as_str(), "x"] };
                let y = w.node(operator, &inputs, vec![]);
                float(w, &y)
            })
        };
        assert_eq!(of(true, &[]), expected, "{operator}");
        assert_eq!(of(false, &[]), turned, "{operator} turned round");
        assert_eq!(of(true, &[4]), expected, "{operator}");
        // A column broadcasts the document.
        let wide: Vec<f64> = [expected, expected].concat();
        assert_eq!(of(true, &[2, 1]), wide, "{operator} broadcast");
    }
}

#[test]
fn comparisons_of_two_tensors_are_of_their_difference() {
    for (operator, expected) in [
        ("Greater", [0.0, 0.0, 1.0, 1.0]),
        ("GreaterOrEqual", [0.0, 1.0, 1.0, 1.0]),
        ("Less", [1.0, 0.0, 0.0, 0.0]),
        ("LessOrEqual", [1.0, 1.0, 0.0, 0.0]),
        ("Equal", [0.0, 1.0, 0.0, 0.0]),
    ] {
        let graph = graph(|w| {
            let places = w.integers(&[3, 1, 0, 2]);
            let other = w.node("Gather", &["x", &places], vec![int("axis", 1)]);
            let y = w.node(operator, &["x", &other], vec![]);
            float(w, &y)
        });
        assert!(kinds(&graph).ends_with("sum function"), "{}", kinds(&graph));
        assert_eq!(evaluate::tensor(&graph, AT.to_vec(), graph.output), expected, "{operator}");
    }
}

#[test]
fn truth_values_are_joined() {
    // x > 0 and x < 1, as truth values of the document.
    let pair = |w: &mut Writer| {
        let (zero, one) = (w.floats(&[], vec![0.0]), w.floats(&[], vec![1.0]));
        (w.node("Greater", &["x", &zero], vec![]), w.node("Less", &["x", &one], vec![]))
    };
    for (operator, expected, with_constant) in [
        ("And", [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 1.0, 0.0]),
        ("Or", [1.0, 1.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0]),
        ("Xor", [1.0, 1.0, 0.0, 1.0], [1.0, 0.0, 0.0, 1.0]),
        ("Equal", [0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0]),
    ] {
        let both = values(|w| {
            let (above, below) = pair(w);
            let y = w.node(operator, &[&above, &below], vec![]);
            float(w, &y)
        });
        assert_eq!(both, expected, "{operator}");
        for first in [true, false] {
            let one = values(|w| {
                let (above, _) = pair(w);
                let fixed = truths(w, &[1.0, 0.0, 1.0, 0.0]);
                let inputs = if first { [&above, &fixed] } else { [&fixed, &above] };
                let y = w.node(operator, &inputs.map(String::as_str), vec![]);
                float(w, &y)
            });
            assert_eq!(one, with_constant, "{operator} with a constant");
        }
    }
    let not = values(|w| {
        let (above, _) = pair(w);
        let y = w.node("Not", &[&above], vec![]);
        float(w, &y)
    });
    assert_eq!(not, [1.0, 1.0, 0.0, 0.0]);
    // Whatever is not zero is true; truth values move as floats do.
    let cast = values(|w| {
        let y = w.node("Cast", &["x"], vec![int("to", 9)]);
        let y = w.node("Transpose", &[&y], vec![]);
        let y = w.node("Cast", &[&y], vec![int("to", 7)]);
        float(w, &y)
    });
    assert_eq!(cast, [1.0, 0.0, 1.0, 1.0]);
    // Tensors of the document are finite.
    let finite = values(|w| {
        let (nan, infinite) = (w.node("IsNaN", &["x"], vec![]), w.node("IsInf", &["x"], vec![]));
        let odd = w.node("Or", &[&nan, &infinite], vec![]);
        let none = w.floats(&[], vec![9.0]);
        let x = w.node("Where", &[&odd, &none, "x"], vec![]);
        w.node("Neg", &[&x], vec![])
    });
    assert_eq!(finite, AT.map(|x| -x));
}

/// As exporters spell activations: one function each.
#[test]
fn choices_over_one_tensor_become_one_function() {
    let one = |make: &dyn Fn(&mut Writer) -> String| {
        let graph = graph(make);
        let far = |x: f64| evaluate::tensor(&graph, vec![x; 4], graph.output)[0];
        (kinds(&graph), evaluate::tensor(&graph, AT.to_vec(), graph.output), far(1000.0))
    };
    // CELU and ELU: the power overflows where it is not taken.
    let elu = |w: &mut Writer| {
        let (zero, one, alpha) =
            (w.floats(&[], vec![0.0]), w.floats(&[], vec![1.0]), w.floats(&[], vec![0.5]));
        let above = w.node("Greater", &["x", &zero], vec![]);
        let power = w.node("Exp", &["x"], vec![]);
        let less = w.node("Sub", &[&power, &one], vec![]);
        let below = w.node("Mul", &[&less, &alpha], vec![]);
        w.node("Where", &[&above, "x", &below], vec![])
    };
    let below = 0.5 * (f64::exp(-2.0) - 1.0);
    let (kind, found, far) = one(&elu);
    assert!(kind == "function" && far == 1000.0, "{kind} {far}");
    assert!((found[0] - below).abs() < 1e-15 && found[1..] == [0.0, 0.5, 2.0], "{found:?}");
    // Softplus with a threshold.
    let softplus = |w: &mut Writer| {
        let (most, one) = (w.floats(&[1], vec![20.0]), w.floats(&[1, 1], vec![1.0]));
        let power = w.node("Exp", &["x"], vec![]);
        let sum = w.node("Add", &[&power, &one], vec![]);
        let soft = w.node("Log", &[&sum], vec![]);
        let above = w.node("Greater", &["x", &most], vec![]);
        w.node("Where", &[&above, "x", &soft], vec![])
    };
    let (kind, found, far) = one(&softplus);
    assert!(kind == "function" && far == 1000.0, "{kind} {far}");
    assert!((found[3] - (1.0 + f64::exp(2.0)).ln()).abs() < 1e-15, "{found:?}");
    // Hard swish by cases, of numbers and of tensors.
    let hard = |w: &mut Writer| {
        let (low, high) = (w.floats(&[], vec![-1.5]), w.floats(&[], vec![1.5]));
        let (third, zero) = (w.floats(&[], vec![1.0 / 3.0]), w.floats(&[], vec![0.0]));
        let between = w.node("Add", &["x", &high], vec![]);
        let between = w.node("Mul", &["x", &between], vec![]);
        let between = w.node("Mul", &[&between, &third], vec![]);
        let above = w.node("GreaterOrEqual", &["x", &high], vec![]);
        let below = w.node("LessOrEqual", &["x", &low], vec![]);
        let inner = w.node("Where", &[&above, "x", &between], vec![]);
        w.node("Where", &[&below, &zero, &inner], vec![])
    };
    let (kind, found, far) = one(&hard);
    assert!(kind == "function" && far == 1000.0, "{kind} {far}");
    let third = f64::from(1.0f32 / 3.0);
    assert_eq!(found, [0.0, 0.0, 0.5 * 2.0 * third, 2.0]);
    // A mask multiplied in, as Keras writes a relu with a threshold.
    let masked = |w: &mut Writer| {
        let one = w.floats(&[], vec![1.0]);
        let above = w.node("Greater", &["x", &one], vec![]);
        let above = float(w, &above);
        w.node("Mul", &["x", &above], vec![])
    };
    assert_eq!(one(&masked), ("function".to_owned(), vec![0.0, 0.0, 0.0, 2.0], 1000.0));
}

#[test]
fn choices_among_several_tensors_are_gates() {
    // Where(x > 0, x, the sum of all x), and with constants for each element.
    let graph = graph(|w| {
        let zero = w.floats(&[], vec![0.0]);
        let above = w.node("Greater", &["x", &zero], vec![]);
        let axes = w.integers(&[1]);
        let sum = w.node("ReduceSum", &["x", &axes], vec![]);
        w.node("Where", &[&above, "x", &sum], vec![])
    });
    assert!(kinds(&graph).contains("gate"), "{}", kinds(&graph));
    assert_eq!(evaluate::tensor(&graph, AT.to_vec(), graph.output), [0.5, 0.5, 0.5, 2.0]);
    let constants = values(|w| {
        let zero = w.floats(&[], vec![0.0]);
        let above = w.node("Greater", &["x", &zero], vec![]);
        let (yes, no) =
            (w.floats(&[4], vec![1.0, 2.0, 3.0, 4.0]), w.floats(&[2, 1], vec![5.0, 1e30]));
        w.node("Where", &[&above, &yes, &no], vec![])
    });
    let far = f64::from(1e30f32);
    assert_eq!(constants, [5.0, 5.0, 3.0, 4.0, far, far, 3.0, 4.0]);
}

#[test]
fn bounds_may_be_of_the_document() {
    let bounds = |low: bool, high: bool| {
        values(|w| {
            let mean = w.node("ReduceMean", &["x"], vec![int("keepdims", 0)]);
            let zero = w.floats(&[], vec![0.0]);
            let low = if low { mean.clone() } else { zero };
            let high = if high { mean } else { w.floats(&[], vec![f32::INFINITY]) };
            w.node("Clip", &["x", &low, &high], vec![])
        })
    };
    assert_eq!(bounds(true, false), [0.125, 0.125, 0.5, 2.0]);
    assert_eq!(bounds(false, true), [0.0, 0.0, 0.125, 0.125]);
    // Out of order: everything is the upper one.
    assert_eq!(bounds(true, true), [0.125; 4]);
}

#[test]
fn what_is_no_truth_value_is_refused() {
    let over = |make: &dyn Fn(&mut Writer, &str) -> String| {
        refusal(|w| {
            let zero = w.floats(&[], vec![0.0]);
            let above = w.node("Greater", &["x", &zero], vec![]);
            make(w, &above)
        })
    };
    for (operator, reason) in [
        ("Add", "Add of truth values that depend on the document is not supported"),
        ("Greater", "Greater of truth values"),
        ("And", "does not hold truth values"),
        ("DequantizeLinear", "its input holds no integers"),
        ("QuantizeLinear", "its input holds integers already"),
    ] {
        let found = over(&|w, above| {
            let one = w.floats(&[], vec![1.0]);
            w.node(operator, &[above, &one], vec![])
        });
        assert!(found.contains(reason), "{operator}: {found}");
    }
    let found = over(&|w, above| w.node("Or", &["x", above], vec![]));
    assert!(found.contains("does not hold truth values"), "{found}");
    let found = over(&|w, above| w.node("Sigmoid", &[above], vec![]));
    assert!(found.contains("cast them to floats first"), "{found}");
    let infinite = refusal(|w| {
        let zero = w.floats(&[], vec![0.0]);
        let above = w.node("Greater", &["x", &zero], vec![]);
        let none = w.floats(&[], vec![f32::NEG_INFINITY]);
        w.node("Where", &[&above, "x", &none], vec![])
    });
    assert!(infinite.contains("not a finite number"), "{infinite}");
    let truth = refusal(|w| {
        let zero = w.floats(&[], vec![0.0]);
        let above = w.node("Greater", &["x", &zero], vec![]);
        let y = w.node("Where", &[&above, &above, &above], vec![]);
        float(w, &y)
    });
    assert!(truth.contains("integers or truth values"), "{truth}");
    let floats = refusal(|w| w.node("Where", &["x", "x", "x"], vec![]));
    assert!(floats.contains("its condition"), "{floats}");
}
