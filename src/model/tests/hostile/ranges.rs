//! Weights, recorded ranges and predicates beyond reason. Ranges and predicate
//! come with a request, and whoever reads it compiles with them.

use super::*;
use crate::model::onnx::writer::float;
use crate::model::quantize::PixelValues;

/// Two layers with an activation between.
fn two_layers(seed: u64, spread: f32) -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 6], seed);
    let first = w.weights(&[6, 8], 0.0, spread);
    let second = w.weights(&[8, 3], 0.0, spread);
    let y = w.node("MatMul", &["x", &first], vec![]);
    let y = w.node("Relu", &[&y], vec![]);
    let y = w.node("MatMul", &["second", &y], vec![]);
    w.graph().node[2].input = vec!["t4".into(), second];
    w.finish(&y)
}

fn small() -> (Graph, CompileOptions) {
    let graph = onnx::read(&two_layers(3, 1.0)).unwrap();
    let options = options(&graph);
    (graph, options)
}

#[test]
fn numbers_without_a_value_are_refused() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut w = Writer::new(13, &[1, 4], 1);
        let mut values = vec![0.5; 8];
        values[5] = bad;
        let weights = w.floats(&[4, 2], values);
        let y = w.node("MatMul", &["x", &weights], vec![]);
        says(&refusal(w, &y), &["`t1`", "element 5", "finite"]);
        let mut w = Writer::new(13, &[1, 4], 1);
        let y = w.node("LeakyRelu", &["x"], vec![float("alpha", bad)]);
        says(&refusal(w, &y), &["(LeakyRelu)", "alpha"]);
    }
}

#[test]
fn weights_of_any_size_compile_or_name_the_node() {
    for spread in [1e-45, 1e-38, 1e-10, 1e10, 1e38, f32::MAX] {
        let outcome = outcome(&two_layers(5, spread));
        if spread > 1e5 {
            says(&outcome.unwrap_err(), &["node `n"]);
        } else {
            assert!(outcome.is_ok(), "{spread}: {outcome:?}");
        }
    }
    // Products of finite numbers that are not finite.
    let mut w = Writer::new(13, &[1, 4], 1);
    let huge = w.floats(&[4], vec![3e38, -3e38, 1e-45, 0.0]);
    let mut y = "x".to_owned();
    for _ in 0..20 {
        y = w.node("Mul", &[&y, &huge], vec![]);
    }
    let y = w.node("Relu", &[&y], vec![]);
    says(&refusal(w, &y), &["(Relu)", "calibration"]);
    let mut w = Writer::new(13, &[1, 4], 1);
    let zero = w.floats(&[4], vec![1.0, 0.0, 1.0, 1.0]);
    let y = w.node("Div", &["x", &zero], vec![]);
    says(&refusal(w, &y), &["(Div)", "finite"]);
}

#[test]
fn ranges_must_be_those_of_the_model() {
    let (graph, options) = small();
    assert!(compile(&graph, &options).is_ok());
    let refusal = |ranges: CalibratedRanges| {
        let options = CompileOptions { ranges, ..options.clone() };
        compile(&graph, &options).unwrap_err().to_string()
    };
    says(&refusal(CalibratedRanges::default()), &["`t3`", "no range"]);
    let mut more = options.ranges.clone();
    more.observe("nobody\u{1b}", 1.0).unwrap();
    says(&refusal(more), &["no tensor `nobody\\u{1b}`"]);
    // As JSON, the way a request brings them.
    let json = |low: &str, high: &str| {
        let range = format!(r#"{{"low":"{low}","high":"{high}"}}"#);
        let tensors = format!(r#"{{"t3":{range},"t4":{range},"t5":{range}}}"#);
        let text = format!(r#"{{"tensors":{tensors},"centred":null}}"#);
        serde_json::from_str::<CalibratedRanges>(&text).map_err(|error| error.to_string())
    };
    let bits = |value: f64| format!("{:016x}", value.to_bits());
    for bad in [f64::NAN, f64::INFINITY, -0.0] {
        says(&json(&bits(bad), &bits(1.0)).unwrap_err(), &["not a finite number"]);
    }
    says(&refusal(json(&bits(1.0), &bits(-1.0)).unwrap()), &["`t3`", "out of order"]);
}

#[test]
fn units_of_channels_must_be_those_of_standardised_rows() {
    let mut w = Writer::new(17, &[1, 4], 1);
    let matrix = w.weights(&[4, 4], 0.0, 1.0);
    let x = w.node("MatMul", &["x", &matrix], vec![]);
    let ones = w.floats(&[4], vec![1.0; 4]);
    let y = w.node("LayerNormalization", &[&x, &ones, &ones], vec![]);
    let graph = onnx::read(&w.finish(&y)).unwrap();
    let options = options(&graph);
    let plain = serde_json::to_string(&options.ranges).unwrap();
    let with = |channels: &str| {
        let text = plain.strip_suffix('}').unwrap();
        serde_json::from_str(&format!("{text},\"channels\":{{{channels}}}}}"))
    };
    let of = |channels: &str| -> Result<Compiled, String> {
        let ranges = with(channels).map_err(|error: serde_json::Error| error.to_string())?;
        compile(&graph, &CompileOptions { ranges, ..options.clone() })
            .map_err(|error| error.to_string())
    };
    let list = |name: &str, list: &str| of(&format!("\"{name}\":[{list}]"));
    let found = list(&x, "0,5,0,16").unwrap().program;
    let step = (0..found.nodes().len()).find(|step| !found.exponents(*step).is_empty()).unwrap();
    assert_eq!(found.exponents(step), [0, 5, 0, 16]);
    let problem = "units of the channels of tensor";
    for bad in ["", "0", "0,0,0,0", "1,2,3,4", "0,0,0,17", "0,1,0", "0,1,0,0,0"] {
        says(&list(&x, bad).err().unwrap(), &[problem, &x]);
    }
    says(&list(&y, "0,1,0,0").err().unwrap(), &[problem, &y]);
    says(&list("nobody", "0,1,0,0").err().unwrap(), &[problem, "nobody"]);
    for bad in ["256", "-1", "1.0", "null"] {
        assert!(list(&x, bad).is_err());
    }
    // Without units of channels they are not named, so a request has one spelling.
    let none: CalibratedRanges = with("").unwrap();
    assert_eq!(serde_json::to_string(&none).unwrap(), plain);
}

#[test]
fn absurd_ranges_compile_or_name_the_node() {
    let (graph, options) = small();
    let tiny = f64::from_bits(1);
    for (low, high) in [
        (-f64::MAX, f64::MAX),
        (0.0, f64::MAX),
        (-1e300, 1e-300),
        (-tiny, tiny),
        (0.0, 0.0),
        (0.0, tiny),
        (1e300, 1e301),
        (-5.0, -4.0),
        (0.0, 1e-30),
    ] {
        let ranges = ranges_of(&graph, low, high);
        let options = CompileOptions { ranges, ..options.clone() };
        let compiled = compile(&graph, &options);
        let again = compile(&graph, &options);
        match (compiled, again) {
            // Useless, but every document can still be judged.
            (Ok(compiled), Ok(again)) => {
                assert_eq!(compiled.program.encode(), again.program.encode());
                for byte in [0, 255] {
                    let _ = compiled.program.matches(&[byte; 6]);
                }
            }
            (Err(error), Err(again)) => {
                assert_eq!(error, again, "{low} to {high}");
                says(&error.to_string(), &["a layer's values"]);
            }
            _ => panic!("two outcomes for {low} to {high}"),
        }
    }
}

#[test]
fn absurd_input_scalings_are_refused() {
    let (graph, options) = small();
    let number = |value: f64| FiniteF64::new(value).unwrap();
    let refusal = |mean: Vec<FiniteF64>, std: Vec<FiniteF64>| {
        let mut options = options.clone();
        options.scaling.values = PixelValues::Standardised { mean, std };
        compile(&graph, &options).unwrap_err().to_string()
    };
    let half = || vec![number(0.5)];
    for std in [0.0, -1.0, f64::from_bits(1), -f64::MAX] {
        says(&refusal(half(), vec![number(std)]), &["std"]);
    }
    says(&refusal(vec![number(f64::MAX)], vec![number(1e-3)]), &["std", "mean"]);
    says(&refusal(half(), vec![]), &["0 values of std"]);
    says(&refusal(vec![number(0.5); 1000], half()), &["1000 values of mean"]);
    says(&refusal(vec![number(1e300)], half()), &["a layer's values"]);
}

#[test]
fn predicates_out_of_range_are_refused() {
    let (graph, options) = small();
    let refusal = |predicate: Predicate| {
        let options = CompileOptions { predicate, ..options.clone() };
        compile(&graph, &options).unwrap_err().to_string()
    };
    says(&refusal(Predicate::MatchClass(vec![3])), &["index 3", "3 scores"]);
    says(&refusal(Predicate::MatchClass(vec![u32::MAX])), &["4294967295"]);
    says(&refusal(Predicate::MatchClass(vec![1, 1])), &["ascending"]);
    says(&refusal(Predicate::MatchClass((0..100_000).collect())), &["index 3"]);
    let score =
        |index, above| Predicate::MatchScore { index, above: FiniteF64::new(above).unwrap() };
    says(&refusal(score(3, 0.0)), &["index 3"]);
    for above in [f64::MAX, -f64::MAX] {
        says(&refusal(score(0, above)), &["beyond what calibration saw"]);
    }
    let json = r#"{"match_score":{"index":0,"above":"7ff8000000000000"}}"#;
    assert!(serde_json::from_str::<Predicate>(json).is_err(), "a threshold that is no number");
}
