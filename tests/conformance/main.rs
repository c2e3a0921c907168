//! Models against what others say of them: stored answers of onnxruntime, and
//! the ONNX project's node tests. `scripts/conformance` makes the data anew.

mod cases;
mod classifiers;
mod nodes;

use std::path::{Path, PathBuf};

use cases::{Case, Table, field, of_model, random};

fn vectors(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/models").join(folder)
}

/// Models as people have them: the decision on every document that is not close
/// is the one that onnxruntime gives.
#[test]
fn field_models_decide_as_onnxruntime_does() {
    let table = Table::of(field(&vectors("field")));
    println!("{table}");
    assert_eq!(table.refused(), 0);
    assert_eq!(table.wrong(), 0);
}

/// Models as exporters write them.
#[test]
fn exported_models_decide_as_onnxruntime_does() {
    let cases = random(&vectors("exported"));
    // One of them is computed in 16 bits.
    check_graphs(&cases, false, 5e-3);
    let table = Table::of(cases);
    println!("{table}");
    assert_eq!(table.refused(), 0);
    assert_eq!(table.wrong(), 0);
}

/// Transformers as Optimum, PyTorch and tf2onnx write them.
#[test]
fn exported_transformers_decide_as_onnxruntime_does() {
    // More documents take long without optimisation.
    let cases: Vec<Case> =
        random(&vectors("encoders")).into_iter().map(|case| case.with(12)).collect();
    check_graphs(&cases, false, 1e-5);
    let table = Table::of(cases);
    println!("{table}");
    assert_eq!((table.refused(), table.wrong()), (0, 0));
}

/// The same for others, and more of each exporter: `CANDOR_EXPORTED=FOLDER cargo test --release
/// --test conformance more_models_of_exporters -- --ignored --nocapture`.
#[test]
#[ignore = "a recipe: scripts/conformance/encoders.py makes the folder"]
fn more_models_of_exporters_decide_as_onnxruntime_does() {
    let folder = std::env::var_os("CANDOR_EXPORTED").expect("CANDOR_EXPORTED");
    let cases = random(Path::new(&folder));
    for case in &cases {
        match case.graph_differs(false) {
            Ok(most) if most < 1e-4 => {}
            Ok(most) => println!("{} differs by {most}", case.name()),
            Err(refusal) => println!("{} is refused: {refusal}", case.name()),
        }
    }
    let table = Table::of(cases);
    println!("{table}");
    assert_eq!((table.refused(), table.wrong()), (0, 0));
}

/// The transformer of the sample corpus, on mails that it was not trained on.
#[test]
fn the_trained_transformer_scores_as_in_onnxruntime() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_corpus/mail_transformer.onnx");
    let case = of_model(&vectors("tokens").join("mail_transformer.json"), &model);
    // More of them take long without optimisation.
    let most = case.with(6).graph_differs(false).unwrap();
    assert!(most < 1e-5, "{most}");
}

/// Models that come quantised; their integers are compared beside the compiler.
#[test]
fn quantised_models_decide_as_onnxruntime_does() {
    let cases = random(&vectors("quantised"));
    check_graphs(&cases, true, 1e-6);
    let table = Table::of(cases);
    println!("{table}");
    assert_eq!(table.refused(), 0);
    assert_eq!(table.wrong(), 0);
}

/// Networks of the usual kinds, narrow.
#[test]
fn networks_decide_as_onnxruntime_does() {
    check_networks(&vectors("networks"));
}

/// The same for others: `CANDOR_NETWORKS=FOLDER cargo test --release --test conformance
/// more_networks -- --ignored --nocapture`. Those at the usual sizes run through the programs,
/// with scripts/conformance/prove_networks.py.
#[test]
#[ignore = "a recipe: scripts/conformance/networks.py makes the folder"]
fn more_networks_decide_as_onnxruntime_does() {
    let folder = std::env::var_os("CANDOR_NETWORKS").expect("CANDOR_NETWORKS");
    check_networks(Path::new(&folder));
}

fn check_networks(folder: &Path) {
    let table = Table::of(random(folder));
    println!("{table}");
    assert_eq!((table.refused(), table.wrong()), (0, 0));
}

/// A stored part of the thousand models of the recipe.
#[test]
fn random_models_decide_as_onnxruntime_does() {
    check_random(random(&vectors("random")));
}

/// All of them: `CANDOR_RANDOM_MODELS=FOLDER cargo test --release --test
/// conformance thousand -- --ignored --nocapture`.
#[test]
#[ignore = "a recipe: scripts/conformance/random_models.py makes the folder"]
fn thousand_random_models_decide_as_onnxruntime_does() {
    let folder = std::env::var_os("CANDOR_RANDOM_MODELS").expect("CANDOR_RANDOM_MODELS");
    check_random(random(Path::new(&folder)));
}

/// Classifiers as scikit-learn, XGBoost and LightGBM export them. Trees are exact: every decision
/// is the library's, on thresholds too.
#[test]
fn exported_classifiers_decide_as_their_libraries_do() {
    check_classifiers(&vectors("classifiers"));
}

/// The same with forests of the usual size, or other seeds: `CANDOR_CLASSIFIERS=FOLDER cargo test
/// --release --test conformance more_exported -- --ignored --nocapture`.
#[test]
#[ignore = "a recipe: scripts/conformance/classifiers.py makes the folder"]
fn more_exported_classifiers_decide_as_their_libraries_do() {
    let folder = std::env::var_os("CANDOR_CLASSIFIERS").expect("CANDOR_CLASSIFIERS");
    check_classifiers(Path::new(&folder));
}

fn check_classifiers(folder: &Path) {
    let models = classifiers::read(folder);
    assert!(!models.is_empty());
    let mut count = classifiers::Count::default();
    models.iter().for_each(|model| model.check(&mut count));
    let classifiers::Count { models, decisions, wrong, disputed } = &count;
    println!("{models} models, {decisions} decisions, {disputed} disputed, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The reader's graph is the model: evaluated by definition, it gives the scores
/// that onnxruntime gives, but for what 32 bits round.
#[test]
fn graphs_compute_the_stored_scores() {
    check_graphs(&field(&vectors("field")), false, 1e-3);
    check_graphs(&random(&vectors("random")), true, 1e-3);
}

fn check_graphs(cases: &[Case], raw: bool, close: f64) {
    for case in cases {
        match case.graph_differs(raw) {
            Ok(most) => assert!(most < close, "{}: {most}", case.name()),
            Err(refusal) => println!("{} is refused: {refusal}", case.name()),
        }
    }
}

fn check_random(cases: Vec<Case>) {
    check_graphs(&cases, true, 1e-3);
    let table = Table::of(cases);
    println!("{table}");
    assert_eq!(table.wrong(), 0, "wrong");
    assert!(table.refused() * 20 <= table.len(), "more than 5 % are refused");
}
