//! Quantised models, stored with the integers that onnxruntime computes: the graph's integers are
//! those, and the program's but for ties.

use std::path::Path;

use rand_core::OsRng;
use serde_json::Value;

use super::super::evaluate;
use super::super::float_bits::FiniteF64;
use super::super::graph::{Graph, Op, TensorRef};
use super::super::onnx;
use super::super::predicate::Predicate;
use super::super::quantize::{
    CompileOptions, Compiled, InputScaling, PixelValues, Precision, ViewDims, compile, compile_at,
    raw_scores,
};
use super::super::reference::calibrate;
use crate::argument::plan::{BatchShape, Plan};
use crate::field::Scalar;
use crate::proof::tests::statement;
use crate::proof::{Prover, Verifier, Witness};

struct Case {
    name: String,
    graph: Graph,
    options: CompileOptions,
    views: Vec<Vec<u8>>,
    /// The integers of the scores, by document.
    expected: Vec<Vec<i64>>,
    /// The real width between two of them.
    step: f64,
}

/// The stored cases.
fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/models/quantised");
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 18);
    paths.iter().map(|path| case(path)).collect()
}

fn case(path: &Path) -> Case {
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    let about: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let view = about["view"].as_str().unwrap().to_owned();
    let (width, height) = view.strip_prefix("image/gray-").unwrap().split_once('x').unwrap();
    let (width, height) = (width.parse().unwrap(), height.parse().unwrap());
    let dims = ViewDims { height, width, channels: 1 };
    let mut scaling = InputScaling::default();
    match about["input"].as_str().unwrap() {
        "--raw" => scaling.values = PixelValues::Raw,
        "b-128" => {
            let number = |value| vec![FiniteF64::new(value).unwrap()];
            let (mean, std) = (number(128.0 / 255.0), number(1.0 / 255.0));
            scaling.values = PixelValues::Standardised { mean, std };
        }
        _ => {}
    }
    let step = about["step"].as_f64().unwrap();
    let integer = |score: &Value| (score.as_f64().unwrap() / step).round() as i64;
    let row = |row: &Value| row.as_array().unwrap().iter().map(integer).collect();
    let expected = about["scores"].as_array().unwrap().iter().map(row).collect();
    let bytes = std::fs::read(path.with_extension("u8")).unwrap();
    let views: Vec<Vec<u8>> = bytes.chunks(dims.len()).map(<[u8]>::to_vec).collect();
    let model = std::fs::read(path.with_extension("onnx")).unwrap();
    let graph = onnx::read(&model).unwrap_or_else(|error| panic!("{name}: {error}"));
    let ranges = calibrate(&graph, dims, &scaling, views.iter().map(Vec::as_slice)).unwrap();
    let predicate = Predicate::match_class([0]);
    let options = CompileOptions { view, dims, scaling, predicate, ranges };
    Case { name, graph, options, views, expected, step }
}

impl Case {
    fn at(&self, levels: i64) -> Compiled {
        compile_at(&self.graph, &self.options, Precision { levels, shift: 12, score_bits: 0 })
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    fn input(&self, view: &[u8]) -> Vec<f64> {
        let map = self.options.scaling.map(self.options.dims, &self.graph.input.shape).unwrap();
        let parts = map.index.iter().zip(&map.scale).zip(&map.offset);
        parts.map(|((at, scale), offset)| f64::from(view[*at as usize]) * scale + offset).collect()
    }

    fn integers(&self, reals: &[f64]) -> Vec<i64> {
        reals.iter().map(|real| (real / self.step).round() as i64).collect()
    }
}

/// The definition gives onnxruntime's integers, all of them. The program's may be the next ones
/// where one before it was a tie.
#[test]
fn the_integers_are_those_of_onnxruntime() {
    let (mut all, mut others) = (0, 0);
    for case in cases() {
        let compiled = case.at(255);
        let (raw, _) = raw_scores(&case.graph);
        let scores = compiled.scores.unwrap();
        let mut own = 0;
        for (view, expected) in case.views.iter().zip(&case.expected) {
            let by_definition = evaluate::tensor(&case.graph, case.input(view), raw);
            assert_eq!(&case.integers(&by_definition), expected, "{}", case.name);
            let values = compiled.program.evaluate(view);
            let by_program = case.integers(&scores.reals(&values[scores.node]));
            for (found, expected) in by_program.iter().zip(expected) {
                own += usize::from(found != expected);
                assert!((found - expected).abs() <= 1, "{}: {found}, {expected}", case.name);
            }
            all += expected.len();
        }
        println!("{}: {own}", case.name);
        others += own;
    }
    println!("{others} of {all} integers of scores are the next ones");
    assert!(others * 50 <= all, "{others} of {all}");
}

/// How far from halfway between two integers a number is, in their distance.
fn from_tie(number: f64) -> f64 {
    (number - number.floor() - 0.5).abs()
}

/// Each integer of the program is the nearest to what the layer before it makes of the program's
/// own integers, or that is halfway between two but for a small part of their distance.
#[test]
fn each_integer_is_the_nearest_but_for_ties() {
    let (mut all, mut ties, mut near, mut farthest) = (0u64, 0u64, 0u64, 0.0f64);
    for case in cases() {
        let compiled = case.at(255);
        for view in &case.views {
            let values = compiled.program.evaluate(view);
            let mut before: Vec<Vec<f64>> = Vec::new();
            let result: Result<(), ()> =
                evaluate::walk_changing(&case.graph, case.input(view), |index, reals| {
                    let Op::Quantize(integers) = case.graph.nodes[index].op else {
                        before.push(reals.to_vec());
                        return Ok(());
                    };
                    let read = case.graph.nodes[index].inputs[0];
                    // A function before it may have been rounded with it.
                    let own = |owner: &Option<usize>| {
                        owner.is_some_and(|at| at == index || TensorRef::Node(at) == read)
                    };
                    let node = compiled.owners.iter().rposition(own);
                    // None where bytes are the integers already.
                    let node = node.filter(|node| values[*node].len() == reals.len());
                    for (at, real) in reals.iter_mut().enumerate() {
                        let (Some(node), TensorRef::Node(read)) = (node, read) else { break };
                        all += 1;
                        let own = integers.scale * values[node][at] as f64;
                        if own != *real {
                            let off = from_tie(before[read][at] / integers.scale);
                            let tie = off < 1e-9;
                            (ties, near) = (ties + u64::from(tie), near + u64::from(!tie));
                            farthest = farthest.max(off);
                            let next = (own - *real).abs() < 1.5 * integers.scale;
                            assert!(next, "{}: node {index}", case.name);
                        }
                        *real = own;
                    }
                    before.push(reals.to_vec());
                    Ok(())
                });
            result.unwrap();
        }
    }
    println!("{all} integers; others: {ties} ties, {near} nearly so, the farthest by {farthest:e}");
    assert!(all > 300_000 && farthest < 1e-4, "{all}, {farthest:e}");
}

#[test]
fn the_program_does_not_depend_on_levels() {
    for case in cases() {
        let [coarse, fine] = [127, 4095].map(|levels| case.at(levels).program.encode());
        assert_eq!(coarse, fine, "{}", case.name);
        let chosen = compile(&case.graph, &case.options).unwrap();
        assert_eq!(chosen.program.encode(), fine, "{}", case.name);
    }
}

#[test]
fn a_quantised_model_is_proved() {
    let case = cases().into_iter().find(|case| case.name == "plain-qlinear-channels").unwrap();
    let program = case.at(255).program;
    let salted = |(i, view): (u64, &Vec<u8>)| Witness::new(view.clone(), Scalar::from(9 + i));
    let BatchShape { copies, .. } = Plan::choose(&program, 1 << 20, None).unwrap();
    let plan = Plan::new(&program, 3, BatchShape { copies, lanes: 1 }).unwrap();
    let count = plan.batch(0).count as usize;
    let documents: Vec<Witness> = (0..).zip(&case.views[..count]).map(salted).collect();
    let statement = statement(&program, &plan, &documents);
    let prover = Prover::new(program.clone(), copies, statement.lanes).unwrap();
    let proof = prover.prove(&statement, &documents, &mut OsRng).unwrap();
    let verifier = Verifier::new(program, copies, statement.lanes).unwrap();
    assert_eq!(verifier.verify(&statement, &proof), Ok(()));
    let mut other = statement;
    other.slots[0].decision = !other.slots[0].decision;
    assert!(verifier.verify(&other, &proof).is_err());
}
