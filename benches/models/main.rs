//! What known models cost, from the ONNX file to the verified proof:
//! `cargo bench --bench models [-- NAME…]`.
//!
//! A plain timed program, not criterion: a proof of the largest model takes
//! most of a minute and gigabytes. Each figure is one measurement, and each
//! model runs in two processes of its own, so that the most memory is its own: one
//! that calibrates, searches for a precision and proves, and one that does what a
//! judge does, which has the model's file, what the request records, and the proof.
//! Models marked `named` run only where they are named.
//! Weights and images are made ([`shapes`], [`images`]), the same on every
//! machine; cost depends on shapes alone.

mod blocks;
mod encoder;
mod images;
mod judge;
mod onnx;
mod prenorm;
mod shapes;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use candor::argument::plan::Plan;
use candor::argument::rows::RowKind;
use candor::argument::statement::{Context, Slot, Statement};
use candor::field::Scalar;
use candor::hash::sponge::view_digest;
use candor::model::graph::{Affine, Graph, Op};
use candor::model::onnx::Reading;
use candor::model::predicate::Predicate;
use candor::model::program::Program;
use candor::model::quantize::{
    CompileOptions, InputScaling, PixelValues, ViewDims, compile, table_entries,
};
use candor::model::reference::calibrate;
use candor::proof::{Phase, Prover, Watch, Witness};
use candor_testing::peak::megabytes as peak_megabytes;
use rand_core::OsRng;

use shapes::Shape;

/// Documents of a corpus large enough that batches are full.
const MANY: u64 = 1 << 20;
/// Images of calibration.
const CALIBRATION: u64 = 8;

fn main() {
    // Cargo hands `--bench` to every bench.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if let [flag, name, documents, folder] = arguments.as_slice()
        && ["--measure", "--judge"].contains(&flag.as_str())
    {
        let shape = shapes::ALL.into_iter().find(|shape| shape.name == name).expect("a model");
        let folder = Path::new(folder);
        let figures = match flag.as_str() {
            "--judge" => judge::measure(&shape, folder),
            _ => measure(&shape, documents == "batch", folder),
        };
        for (what, figure) in figures {
            println!("{what}\t{figure}");
        }
        return;
    }
    let mut columns: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for shape in shapes::ALL {
        let named = arguments.iter().any(|name| name == shape.name);
        if !named && (shape.named || !arguments.is_empty()) {
            continue;
        }
        columns.push((format!("{}, one", shape.title), apart(&shape, "one")));
        if shape.small {
            columns.push((format!("{}, batch", shape.title), apart(&shape, "batch")));
        }
    }
    assert!(!columns.is_empty(), "models: {:?}", shapes::ALL.map(|shape| shape.name));
    print_table(&columns);
}

/// Measures in other processes.
fn apart(shape: &Shape, documents: &str) -> Vec<(String, String)> {
    let program = std::env::current_exe().expect("the path of this program");
    let folder = tempfile::tempdir().expect("a folder");
    let run = |flag: &str| {
        let output = Command::new(&program)
            .args([flag, shape.name, documents])
            .arg(folder.path())
            .stderr(Stdio::inherit())
            .output()
            .expect("a process");
        assert!(output.status.success(), "{} failed: {}", shape.name, output.status);
        let text = String::from_utf8(output.stdout).expect("figures");
        let figure = |line: &str| line.split_once('\t').map(|(w, f)| (w.to_owned(), f.to_owned()));
        text.lines().filter_map(figure).collect::<Vec<_>>()
    };
    [run("--measure"), run("--judge")].concat()
}

fn print_table(columns: &[(String, Vec<(String, String)>)]) {
    let titles: Vec<&str> = columns.iter().map(|(title, _)| title.as_str()).collect();
    println!("| | {} |", titles.join(" | "));
    println!("| --- |{}", " --- |".repeat(columns.len()));
    for (index, (what, _)) in columns[0].1.iter().enumerate() {
        let figures: Vec<&str> = columns.iter().map(|(_, f)| f[index].1.as_str()).collect();
        println!("| {what} | {} |", figures.join(" | "));
    }
}

/// A clock that tells each stage on stderr, with the most memory so far.
struct Clock<'a> {
    name: &'a str,
    start: Instant,
}

impl Clock<'_> {
    /// Seconds since the last call.
    fn lap(&mut self, stage: &str) -> f64 {
        let seconds = self.start.elapsed().as_secs_f64();
        eprintln!("{}: {stage} {seconds:.2} s, {:.0} MB", self.name, peak_megabytes());
        self.start = Instant::now();
        seconds
    }
}

/// The view of a model, and how it is read.
fn view_of(shape: &Shape) -> (String, ViewDims, InputScaling) {
    let Shape { side, channels, .. } = *shape;
    let (view, dims, values) = match channels {
        2 => (format!("text/wordpiece-{side}"), ViewDims::of_tokens(side), PixelValues::Raw),
        _ => {
            let kind = if channels == 1 { "gray" } else { "rgb" };
            let dims = ViewDims { height: side, width: side, channels };
            (format!("image/{kind}-{side}x{side}"), dims, PixelValues::Unit)
        }
    };
    (view, dims, InputScaling { values, ..InputScaling::default() })
}

fn measure(shape: &Shape, batch: bool, folder: &Path) -> Vec<(&'static str, String)> {
    let file = (shape.onnx)();
    std::fs::write(folder.join(judge::MODEL), &file).expect("a model on disk");
    let mut clock = Clock { name: shape.name, start: Instant::now() };
    let size = file.len();
    let graph = candor::model::onnx::read_owned(file, &Reading::default()).expect("a model");
    clock.lap("reading");
    let (view, dims, scaling) = view_of(shape);
    let calibration: Vec<Vec<u8>> = (0..CALIBRATION).map(|i| images::image(shape, i)).collect();
    let views = calibration.iter().map(Vec::as_slice);
    let ranges = calibrate(&graph, dims, &scaling, views).expect("finite activations");
    clock.lap("calibration");

    let options =
        CompileOptions { view, dims, scaling, predicate: Predicate::match_class([3]), ranges };
    let compiled = compile(&graph, &options).expect("a program");
    let compiling = clock.lap("compile");
    let precision = compiled.precision;
    let program = compiled.program;
    let parameters = parameters(&graph);
    drop(graph);

    let layout = Plan::choose(&program, if batch { MANY } else { 1 }, None).expect("a layout");
    let count = u64::from(layout.copies) * u64::from(layout.lanes);
    let plan = Plan::new(&program, count, layout).expect("a plan");
    let (statement, documents) = batch_of(shape, &program, &plan);
    clock.lap("plain inference");

    let prover = Prover::new(program.clone(), layout.copies, layout.lanes).expect("a key");
    let keys = clock.lap("proving key");
    let mut watch = Watch::new(&|_| ());
    let proof = prover.prove_watched(&statement, &documents, &mut watch, &mut OsRng);
    let (proof, timings) = (proof.expect("a proof"), watch.timings());
    let proving = clock.lap("proof");
    let peak = peak_megabytes();
    judge::Recorded { precision, ranges: options.ranges, layout, batch }.write(&proof, folder);

    let seconds = |seconds: f64| format!("{seconds:.2} s");
    let rows = RowKind::ALL.map(|kind| plan.lane.rows(kind).to_string()).join(", ");
    vec![
        ("parameters", parameters.to_string()),
        ("file", format!("{:.1} MB", size as f64 / 1e6)),
        ("levels, shift", format!("{}, {}", precision.levels, precision.shift)),
        ("rows", rows),
        ("table entries", table_entries(&program).to_string()),
        ("copies, lanes", format!("{}, {}", layout.copies, layout.lanes)),
        ("data columns", (plan.lane.columns() * layout.lanes as usize).to_string()),
        ("search for a precision", seconds(compiling)),
        ("proving key", seconds(keys)),
        ("witness", seconds(timings[Phase::Witness].as_secs_f64())),
        ("commitments", seconds(timings[Phase::Commitments].as_secs_f64())),
        ("quotient", seconds(timings[Phase::Quotient].as_secs_f64())),
        ("opening", seconds(timings[Phase::Opening].as_secs_f64())),
        ("proof", seconds(proving)),
        ("**a document**", format!("**{:.3} s**", proving / count as f64)),
        ("most memory", format!("{peak:.0} MB")),
        ("proof bytes", proof.len().to_string()),
    ]
}

/// A full batch of made images.
fn batch_of(shape: &Shape, program: &Program, plan: &Plan) -> (Statement, Vec<Witness>) {
    let documents: Vec<Witness> = (0..plan.documents).map(|i| document(shape, i)).collect();
    (statement_of(program, plan, &documents), documents)
}

/// A document that was no part of calibration.
fn document(shape: &Shape, number: u64) -> Witness {
    Witness::new(images::image(shape, CALIBRATION + number), Scalar::from(number))
}

/// What is proved of a batch.
fn statement_of(program: &Program, plan: &Plan, documents: &[Witness]) -> Statement {
    let described: Vec<_> = (0..)
        .zip(documents)
        .map(|(leaf, w)| {
            let digest = view_digest(program.view(), w.salt, &w.bytes);
            (leaf, digest, program.matches(&w.bytes))
        })
        .collect();
    let context = Context { header: Scalar::from(1), root: Scalar::from(2), request: [3; 32] };
    Statement::of_batch(context, plan, 0, &described, &Slot::dummy(program))
}

/// Weights and biases, those of batch norms included.
fn parameters(graph: &Graph) -> usize {
    let constants = |op: &Op| match op {
        Op::Conv(conv) => conv.weights.len() + conv.bias.len(),
        Op::Dense(dense) => dense.weights.len() + dense.bias.len(),
        Op::Affine(Affine { scale, offset }) => scale.values.len() + offset.values.len(),
        Op::Embedding(embedding) => embedding.table.len(),
        _ => 0,
    };
    graph.nodes.iter().map(|node| constants(&node.op)).sum()
}
