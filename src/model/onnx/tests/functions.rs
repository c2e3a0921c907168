//! Functions of one element: what each computes, and which nodes become one.

#![allow(clippy::approx_constant, reason = "values as another program printed them")]

use super::super::proto::AttributeProto;
use super::super::read;
use super::super::writer::{Writer, float, int, string};
use crate::model::graph::{Activation, Graph, Op};
use crate::model::operators::evaluate;

/// Where functions are looked at.
const AT: [f64; 4] = [-3.0, -0.75, 0.5, 2.5];

/// An operator, its attributes, and its values at [`AT`].
type Known = (&'static str, Vec<AttributeProto>, [f64; 4]);

/// Computed by Python's `math` from the definitions in ONNX.
#[rustfmt::skip]
fn known() -> Vec<Known> {
    vec![
        ("HardSwish", vec![], [-0.0, -0.28125, 0.2916666666666667, 2.291666666666667]),
        ("HardSigmoid", vec![], [0.0, 0.35, 0.6, 1.0]),
        ("HardSigmoid", vec![float("alpha", 0.25), float("beta", 0.75)], [0.0, 0.5625, 0.875, 1.0]),
        ("Gelu", vec![], [-0.00404969409489031, -0.16997051428265114, 0.34573123063700656, 2.4844758366855597]),
        ("Gelu", vec![string("approximate", "tanh")], [-0.0036373920817729943, -0.17003944483437966, 0.34571400982514394, 2.484915733910001]),
        ("Mish", vec![], [-0.1456474612756246, -0.27649471450546514, 0.3752452113048951, 2.471392304557881]),
        ("Elu", vec![], [-0.950212931632136, -0.5276334472589853, 0.5, 2.5]),
        ("Elu", vec![float("alpha", 2.0)], [-1.900425863264272, -1.0552668945179706, 0.5, 2.5]),
        ("Selu", vec![], [-1.6705687339891528, -0.9276320187347418, 0.5253505110740662, 2.626752555370331]),
        ("Selu", vec![float("alpha", 0.5), float("gamma", 3.0)], [-1.4253193974482041, -0.791450170888478, 1.5, 7.5]),
        ("Celu", vec![], [-0.950212931632136, -0.5276334472589853, 0.5, 2.5]),
        ("Celu", vec![float("alpha", 2.0)], [-1.5537396797031404, -0.6254214424180555, 0.5, 2.5]),
        ("Softplus", vec![], [0.04858735157374206, 0.38687100611489994, 0.9740769841801067, 2.5788897342925496]),
        ("Softsign", vec![], [-0.75, -0.42857142857142855, 0.3333333333333333, 0.7142857142857143]),
        ("ThresholdedRelu", vec![], [0.0, 0.0, 0.0, 2.5]),
        ("ThresholdedRelu", vec![float("alpha", 0.25)], [0.0, 0.0, 0.5, 2.5]),
        ("Shrink", vec![], [-3.0, -0.75, 0.0, 2.5]),
        ("Shrink", vec![float("bias", 0.25), float("lambd", 1.5)], [-2.75, 0.0, 0.0, 2.25]),
        ("Swish", vec![], [-0.14227761953270035, -0.24061597561845527, 0.3112296656009273, 2.3103545499468914]),
        ("Swish", vec![float("alpha", 1.5)], [-0.03296082789177954, -0.18381375984927878, 0.3395893495876965, 2.442556575224936]),
        ("LeakyRelu", vec![float("alpha", -0.5)], [1.5, 0.375, 0.5, 2.5]),
        ("Tanh", vec![], [-0.9950547536867305, -0.6351489523872873, 0.46211715726000974, 0.9866142981514303]),
        ("Erf", vec![], [-0.9999779095030014, -0.7111556336535151, 0.5204998778130465, 0.999593047982555]),
        ("Exp", vec![], [0.049787068367863944, 0.4723665527410147, 1.6487212707001282, 12.182493960703473]),
        ("Abs", vec![], [3.0, 0.75, 0.5, 2.5]),
        ("Neg", vec![], [3.0, 0.75, -0.5, -2.5]),
        ("Sin", vec![], [-0.1411200080598672, -0.6816387600233341, 0.479425538604203, 0.5984721441039565]),
        ("Cos", vec![], [-0.9899924966004454, 0.7316888688738209, 0.8775825618903728, -0.8011436155469337]),
        ("Tan", vec![], [0.1425465430742778, -0.9315964599440725, 0.5463024898437905, -0.7470222972386603]),
        ("Atan", vec![], [-1.2490457723982544, -0.6435011087932844, 0.4636476090008061, 1.1902899496825317]),
        ("Sinh", vec![], [-10.017874927409903, -0.82231673193583, 0.5210953054937474, 6.0502044810397875]),
        ("Cosh", vec![], [10.067661995777765, 1.2946832846768448, 1.1276259652063807, 6.132289479663686]),
        ("Asinh", vec![], [-1.8184464592320668, -0.6931471805599453, 0.48121182505960347, 1.6472311463710958]),
        ("Floor", vec![], [-3.0, -1.0, 0.0, 2.0]),
        ("Ceil", vec![], [-3.0, 0.0, 1.0, 3.0]),
        ("Round", vec![], [-3.0, -1.0, 0.0, 2.0]),
        ("Sign", vec![], [-1.0, -1.0, 1.0, 1.0]),
    ]
}

fn graph(opset: i64, shape: &[i64], make: impl FnOnce(&mut Writer) -> String) -> Graph {
    let mut w = Writer::new(opset, shape, 1);
    let output = make(&mut w);
    read(&w.finish(&output)).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(make: impl FnOnce(&mut Writer) -> String) -> String {
    let mut w = Writer::new(20, &[1, 4], 1);
    let output = make(&mut w);
    read(&w.finish(&output)).expect_err("must be refused").to_string()
}

fn values(graph: &Graph, at: &[f64]) -> Vec<f64> {
    evaluate::tensor(graph, at.to_vec(), graph.output)
}

fn same(found: &[f64], expected: &[f64]) -> bool {
    let close = |(l, r): (&f64, &f64)| (l - r).abs() <= 1e-12 * (1.0 + r.abs());
    found.len() == expected.len() && found.iter().zip(expected).all(close)
}

/// The kinds of a graph's operators.
fn kinds(graph: &Graph) -> String {
    let kinds: Vec<&str> = graph.nodes.iter().map(|node| super::accepted::kind(&node.op)).collect();
    kinds.join(" ")
}

#[test]
fn every_function_is_the_one_that_onnx_defines() {
    for (operator, attributes, expected) in known() {
        let of_document = graph(24, &[1, 4], |w| w.node(operator, &["x"], attributes.clone()));
        let found = values(&of_document, &AT);
        assert!(same(&found, &expected), "{operator}: {found:?}, not {expected:?}");
        // Over constants, added to a document of zeros.
        let of_constants = graph(24, &[1, 4], |w| {
            let constant = w.floats(&[1, 4], AT.map(|x| x as f32).to_vec());
            let y = w.node(operator, &[&constant], attributes);
            w.node("Add", &["x", &y], vec![])
        });
        let found = values(&of_constants, &[0.0; 4]);
        assert!(same(&found, &expected), "{operator} folded: {found:?}, not {expected:?}");
    }
    let at = [0.25, 0.5, 1.0, 4.0];
    for (operator, expected) in [
        ("Log", [-1.386_294_361_119_890_6, -0.693_147_180_559_945_3, 0.0, 1.386_294_361_119_890_6]),
        ("Sqrt", [0.5, 0.707_106_781_186_547_6, 1.0, 2.0]),
        ("Reciprocal", [4.0, 2.0, 1.0, 0.25]),
        ("Acosh", [f64::NAN, f64::NAN, 0.0, 2.063_437_068_895_560_5]),
        (
            "Asin",
            [0.252_680_255_142_078_65, 0.523_598_775_598_298_9, 1.570_796_326_794_896_6, f64::NAN],
        ),
        ("Acos", [1.318_116_071_652_818, 1.047_197_551_196_597_9, 0.0, f64::NAN]),
        ("Atanh", [0.255_412_811_882_995_36, 0.549_306_144_334_054_8, f64::INFINITY, f64::NAN]),
    ] {
        let found = values(&graph(13, &[1, 4], |w| w.node(operator, &["x"], vec![])), &at);
        for (found, expected) in found.iter().zip(expected) {
            let alike = found.is_finite() == expected.is_finite();
            assert!(alike && (!expected.is_finite() || same(&[*found], &[expected])), "{operator}");
        }
    }
}

#[test]
fn constants_beside_a_tensor_are_part_of_the_function() {
    let scalar = |operator: &'static str, first: bool, number: f32| {
        let graph = graph(13, &[1, 4], |w| {
            let constant = w.floats(&[], vec![number]);
            let inputs = if first { [&constant, "x"] } else { ["x", &constant] };
            w.node(operator, &inputs, vec![])
        });
        (kinds(&graph), values(&graph, &AT))
    };
    let (kind, found) = scalar("Pow", false, 2.0);
    assert!(kind == "function" && same(&found, &[9.0, 0.5625, 0.25, 6.25]), "{found:?}");
    let (_, found) = scalar("Pow", false, 3.0);
    assert!(same(&found, &[-27.0, -0.421_875, 0.125, 15.625]), "{found:?}");
    let (_, found) = scalar("Pow", true, 2.0);
    assert!(same(&found, &[0.125, 2f64.powf(-0.75), 2f64.sqrt(), 2f64.powf(2.5)]), "{found:?}");
    let (kind, found) = scalar("Div", true, 3.0);
    assert!(kind == "function" && same(&found, &[-1.0, -4.0, 6.0, 1.2]), "{found:?}");
    let (kind, found) = scalar("Max", true, 0.5);
    assert!(kind == "activation" && same(&found, &[0.5, 0.5, 0.5, 2.5]), "{found:?}");
    let (kind, found) = scalar("Min", false, 0.5);
    assert!(kind == "activation" && same(&found, &[-3.0, -0.75, 0.5, 0.5]), "{found:?}");
    // A constant for each element, which broadcasts the tensor.
    let row = |operator: &'static str, first: bool| {
        let graph = graph(13, &[1, 4], |w| {
            let constant = w.floats(&[2, 1], vec![1.0, -1.0]);
            let inputs = if first { [&constant, "x"] } else { ["x", &constant] };
            let y = w.node(operator, &inputs, vec![]);
            w.node("Flatten", &[&y], vec![int("axis", 0)])
        });
        values(&graph, &AT)
    };
    let third = 1.0 / 3.0;
    let expected = [-third, -4.0 * third, 2.0, 0.4, third, 4.0 * third, -2.0, -0.4];
    assert!(same(&row("Div", true), &expected));
    assert!(same(&row("Max", false), &[1.0, 1.0, 1.0, 2.5, -1.0, -0.75, 0.5, 2.5]));
    assert!(same(&row("Min", true), &[-3.0, -0.75, 0.5, 1.0, -3.0, -1.0, -1.0, -1.0]));
    // An integer exponent, and one that broadcasts.
    let graph = graph(13, &[1, 4], |w| {
        let two = w.integers(&[2]);
        let shape = w.integers(&[1, 1, 1]);
        let two = w.node("Reshape", &[&two, &shape], vec![]);
        w.node("Pow", &["x", &two], vec![])
    });
    assert_eq!(graph.shape(graph.output), [1, 1, 4]);
    assert!(same(&values(&graph, &AT), &[9.0, 0.5625, 0.25, 6.25]));
}

#[test]
fn slopes_may_be_any_and_differ() {
    let slopes = |shape: &[i64], slopes: &[f32]| {
        let graph = graph(16, &[1, 2, 2], |w| {
            let slope = w.floats(shape, slopes.to_vec());
            let y = w.node("PRelu", &["x", &slope], vec![]);
            w.node("Flatten", &[&y], vec![])
        });
        (kinds(&graph), values(&graph, &AT))
    };
    let (kind, found) = slopes(&[1], &[0.5]);
    assert!(kind == "activation reshape" && same(&found, &[-1.5, -0.375, 0.5, 2.5]), "{found:?}");
    let (kind, found) = slopes(&[2, 1], &[-2.0, -2.0]);
    assert!(kind == "function reshape" && same(&found, &[6.0, 1.5, 0.5, 2.5]), "{found:?}");
    let (kind, found) = slopes(&[2], &[3.0, -0.5]);
    assert_eq!(kind, "activation affine sum reshape");
    assert!(same(&found, &[-9.0, 0.375, 0.5, 2.5]), "{found:?}");
    let wide = refusal(|w| {
        let slope = w.floats(&[3, 1], vec![1.0, 2.0, 3.0]);
        w.node("PRelu", &["x", &slope], vec![])
    });
    assert!(wide.contains("broadcast"), "{wide}");
}

#[test]
fn odd_parameters_are_refused() {
    let with = |operator: &'static str, attribute: AttributeProto| {
        refusal(|w| w.node(operator, &["x"], vec![attribute]))
    };
    assert!(with("Celu", float("alpha", 0.0)).contains("alpha"));
    assert!(with("Elu", float("alpha", f32::NAN)).contains("finite"));
    assert!(with("Selu", float("gamma", f32::INFINITY)).contains("finite"));
    assert!(with("Shrink", float("lambd", -1.0)).contains("lambd"));
    assert!(with("Gelu", string("approximate", "sigmoid")).contains("approximate"));
    assert!(with("Tanh", float("alpha", 1.0)).contains("alpha"));
    let each = refusal(|w| {
        let exponents = w.floats(&[4], vec![1.0, 2.0, 3.0, 4.0]);
        w.node("Pow", &["x", &exponents], vec![])
    });
    assert!(each.contains("different number"), "{each}");
    let none = refusal(|w| {
        let exponent = w.floats(&[], vec![f32::NAN]);
        w.node("Pow", &["x", &exponent], vec![])
    });
    assert!(none.contains("finite"), "{none}");
}

/// What a chain of nodes over `x` becomes, and that it computes what the nodes do one by one: in
/// the other model all that they compute is read once more, so they stay apart.
fn chained(chain: impl Fn(&mut Writer) -> String) -> String {
    let one = graph(20, &[1, 4], |w| chain(w));
    let apart = graph(20, &[1, 4], |w| {
        let last = chain(w);
        let inner: Vec<String> = w
            .graph()
            .node
            .iter()
            .map(|node| node.output[0].clone())
            .filter(|y| *y != last)
            .collect();
        let inputs: Vec<&str> = [&last].into_iter().chain(&inner).map(String::as_str).collect();
        w.node("Concat", &inputs, vec![int("axis", 1)])
    });
    assert!(apart.nodes.len() > one.nodes.len(), "{} {}", kinds(&one), kinds(&apart));
    for shift in 0..50 {
        let at = AT.map(|x| x * 1.37 + 0.1 * f64::from(shift - 25));
        assert_eq!(values(&one, &at), values(&apart, &at)[..4], "at {at:?}");
    }
    kinds(&one)
}

#[test]
fn chains_over_one_tensor_become_one_function() {
    // Softplus, spelled out.
    let spelled = |w: &mut Writer| {
        let y = w.node("Exp", &["x"], vec![]);
        let one = w.floats(&[1, 1], vec![1.0]);
        let y = w.node("Add", &[&y, &one], vec![]);
        w.node("Log", &[&y], vec![])
    };
    assert_eq!(chained(spelled), "function");
    let two = |w: &mut Writer| {
        let y = w.node("Relu", &["x"], vec![]);
        w.node("Tanh", &[&y], vec![])
    };
    assert_eq!(chained(two), "function");
    // A sum with itself takes a step of its own before the next layer.
    let residual = |w: &mut Writer| {
        let y = w.node("Tanh", &["x"], vec![]);
        w.node("Sub", &["x", &y], vec![])
    };
    assert_eq!(chained(residual), "function");
    // The greater of two tensors, of which one is a part of the other.
    let leaky = |w: &mut Writer| {
        let tenth = w.floats(&[], vec![0.1]);
        let y = w.node("Mul", &["x", &tenth], vec![]);
        w.node("Max", &["x", &y], vec![])
    };
    assert_eq!(kinds(&graph(13, &[1, 4], leaky)), "function");
    // Scales at both ends stay outside.
    let scaled = |w: &mut Writer| {
        let two = w.floats(&[1, 4], vec![2.0; 4]);
        let y = w.node("Mul", &["x", &two], vec![]);
        let y = w.node("Sin", &[&y], vec![]);
        let y = w.node("Abs", &[&y], vec![]);
        w.node("Mul", &[&y, &two], vec![])
    };
    assert_eq!(chained(scaled), "affine function affine");
}

/// As exporters spell them.
#[test]
fn products_of_a_tensor_with_its_own_functions_are_one_function() {
    let silu = |w: &mut Writer| {
        let y = w.node("Sigmoid", &["x"], vec![]);
        w.node("Mul", &["x", &y], vec![])
    };
    assert_eq!(chained(silu), "function");
    let square = |w: &mut Writer| w.node("Mul", &["x", "x"], vec![]);
    assert_eq!(kinds(&graph(13, &[1, 4], square)), "function");
    let quotient = |w: &mut Writer| {
        let y = w.node("Abs", &["x"], vec![]);
        let one = w.floats(&[], vec![1.0]);
        let y = w.node("Add", &[&y, &one], vec![]);
        w.node("Div", &["x", &y], vec![])
    };
    assert_eq!(chained(quotient), "function");
    let hard_swish = |w: &mut Writer| {
        let (three, zero, six) =
            (w.floats(&[], vec![3.0]), w.floats(&[], vec![0.0]), w.floats(&[], vec![6.0]));
        let y = w.node("Add", &["x", &three], vec![]);
        let y = w.node("Clip", &[&y, &zero, &six], vec![]);
        let y = w.node("Div", &[&y, &six], vec![]);
        w.node("Mul", &["x", &y], vec![])
    };
    assert_eq!(chained(hard_swish), "function");
    let hard_sigmoid = |w: &mut Writer| {
        let y = w.node("HardSigmoid", &["x"], vec![]);
        w.node("Mul", &[&y, "x"], vec![])
    };
    assert_eq!(chained(hard_sigmoid), "function");
    let erf = |w: &mut Writer| {
        let (root, one, half) =
            (w.floats(&[], vec![1.414]), w.floats(&[], vec![1.0]), w.floats(&[], vec![0.5]));
        let y = w.node("Div", &["x", &root], vec![]);
        let y = w.node("Erf", &[&y], vec![]);
        let y = w.node("Add", &[&y, &one], vec![]);
        let y = w.node("Mul", &["x", &y], vec![]);
        w.node("Mul", &[&y, &half], vec![])
    };
    // The half stays behind it, where it costs nothing.
    assert_eq!(chained(erf), "function affine");
    let tanh = |w: &mut Writer| {
        let (three, small, root) =
            (w.floats(&[], vec![3.0]), w.floats(&[], vec![0.0447]), w.floats(&[], vec![0.7979]));
        let y = w.node("Pow", &["x", &three], vec![]);
        let y = w.node("Mul", &[&y, &small], vec![]);
        let y = w.node("Add", &["x", &y], vec![]);
        let y = w.node("Mul", &[&y, &root], vec![]);
        let y = w.node("Tanh", &[&y], vec![]);
        let y = w.node("Mul", &["x", &y], vec![]);
        w.node("Add", &["x", &y], vec![])
    };
    assert_eq!(chained(tanh), "function");
    let mish = |w: &mut Writer| {
        let y = w.node("Softplus", &["x"], vec![]);
        let y = w.node("Tanh", &[&y], vec![]);
        w.node("Mul", &["x", &y], vec![])
    };
    assert_eq!(chained(mish), "function");
    // Of two tensors, only what belongs to one of them.
    let gated = graph(13, &[1, 2, 2], |w| {
        let axes = w.integers(&[1]);
        let mean = w.node("ReduceSum", &["x", &axes], vec![]);
        let gate = w.node("Tanh", &[&mean], vec![]);
        let gate = w.node("Mul", &[&gate, &mean], vec![]);
        w.node("Mul", &["x", &gate], vec![])
    });
    assert!(kinds(&gated).ends_with("function product"), "{}", kinds(&gated));
}

#[test]
fn what_another_node_reads_stays() {
    let graph = graph(20, &[1, 4], |w| {
        let inner = w.node("Relu", &["x"], vec![]);
        let y = w.node("Tanh", &[&inner], vec![]);
        let y = w.node("Erf", &[&y], vec![]);
        w.node("Concat", &[&y, &inner], vec![int("axis", 1)])
    });
    // The relu is read beside the chain; the two functions are one.
    assert_eq!(kinds(&graph), "activation function concat");
}

#[test]
fn models_of_monotone_functions_stay_as_they_are() {
    let kept = |operators: &[&str]| {
        kinds(&graph(13, &[1, 4], |w| {
            operators.iter().fold("x".to_owned(), |y, operator| w.node(operator, &[&y], vec![]))
        }))
    };
    assert_eq!(kept(&["Relu", "Clip", "Sigmoid"]), "activation activation activation");
    assert_eq!(kept(&["LeakyRelu", "Relu"]), "activation activation");
    // The last sigmoid is seen through, so it costs nothing.
    assert_eq!(kept(&["Tanh", "Sigmoid"]), "function activation");
    assert_eq!(kept(&["Tanh", "Abs", "Softmax"]), "function softmax");
    let residual = graph(13, &[1, 4], |w| {
        let y = w.node("Relu", &["x"], vec![]);
        w.node("Add", &["x", &y], vec![])
    });
    assert_eq!(kinds(&residual), "activation sum");
}

#[test]
fn bounds_in_a_row_are_one_clip() {
    let graph = graph(13, &[1, 4], |w| {
        let (low, high) = (w.floats(&[], vec![-1.0]), w.floats(&[], vec![2.0]));
        let y = w.node("Max", &["x", &low], vec![]);
        w.node("Min", &[&high, &y], vec![])
    });
    let [node] = graph.nodes.as_slice() else { panic!("{}", kinds(&graph)) };
    assert_eq!(node.op, Op::Activation(Activation::Clip { low: -1.0, high: 2.0 }));
    assert_eq!(node.operator, "Max, Min");
}

#[test]
fn long_chains_are_cut_without_growing() {
    let graph = graph(13, &[1, 4], |w| {
        (0..1000).fold("x".to_owned(), |y, at| {
            w.node(if at % 2 == 0 { "Tanh" } else { "Cos" }, &[&y], vec![])
        })
    });
    assert_eq!(graph.nodes.len(), 1000usize.div_ceil(64));
}
