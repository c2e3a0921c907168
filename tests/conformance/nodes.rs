//! The node tests of the ONNX project: `CANDOR_NODE_TESTS=FOLDER cargo test
//! --release --test conformance node_tests -- --ignored --nocapture`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use candor::model::{evaluate, onnx};
use serde_json::Value;

fn floats(path: &Path) -> Vec<f64> {
    let bytes = fs::read(path).unwrap();
    bytes.as_chunks().0.iter().map(|chunk| f64::from(f32::from_le_bytes(*chunk))).collect()
}

#[test]
#[ignore = "a recipe: scripts/conformance/node_tests.py makes the folder"]
fn node_tests_give_the_stored_outputs() {
    let folder = std::env::var_os("CANDOR_NODE_TESTS").expect("CANDOR_NODE_TESTS");
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    // Of each operator: passed, refused, wrong.
    let mut table: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let mut wrong = 0;
    for path in &paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let about: Value =
            serde_json::from_slice(&fs::read(path.join("case.json")).unwrap()).unwrap();
        let operator = about["operator"].as_str().unwrap_or("several").to_owned();
        let row = table.entry(operator).or_default();
        let graph = match onnx::read(&fs::read(path.join("model.onnx")).unwrap()) {
            Ok(graph) => graph,
            Err(error) => {
                println!("{name} is refused: {error}");
                row[1] += 1;
                continue;
            }
        };
        let found = evaluate::tensor(&graph, floats(&path.join("input.f32")), graph.output);
        let expected = floats(&path.join("output.f32"));
        // Of the test itself; some outputs are written down to four digits.
        let relative = about["rtol"].as_f64().unwrap();
        let absolute = about["atol"].as_f64().unwrap().max(1e-6);
        let close = |(found, expected): (&f64, &f64)| {
            found == expected || (found - expected).abs() <= absolute + relative * expected.abs()
        };
        if found.len() == expected.len() && found.iter().zip(&expected).all(close) {
            row[0] += 1;
        } else {
            println!("{name} is wrong: {found:?}, expected {expected:?}");
            row[2] += 1;
            wrong += 1;
        }
    }
    println!("| operator | passed | refused | wrong |\n| --- | --- | --- | --- |");
    let mut sum = [0; 3];
    for (operator, row) in &table {
        println!("| {operator} | {} | {} | {} |", row[0], row[1], row[2]);
        sum.iter_mut().zip(row).for_each(|(sum, own)| *sum += own);
    }
    println!("| all | {} | {} | {} |", sum[0], sum[1], sum[2]);
    assert_eq!(wrong, 0);
}
