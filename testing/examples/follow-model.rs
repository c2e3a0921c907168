//! How a program follows a model over views that another program wrote, and what it costs:
//!
//! ```sh
//! cargo run --release -p candor-testing --example follow-model -- \
//!     MODEL VIEW CALIBRATION VIEWS [tensor=NAME] [levels=N] [classes=N,…] [prove] [nodes]
//! ```
//!
//! `CALIBRATION` and `VIEWS` hold the bytes of views, one after the other; `VIEW` is a name such
//! as `text/wordpiece-64`. With a tensor's name it tells the cosine of that tensor in the program
//! and in the model. With `prove` one view is proved and verified; with `nodes` rows and entries
//! of tables are told for each node of the model.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Instant;

use candor::argument::plan::Plan;
use candor::argument::rows::RowKind;
use candor::argument::shape::Shape;
use candor::argument::statement::{Context, Slot, Statement};
use candor::field::Scalar;
use candor::hash::sponge::view_digest;
use candor::model::graph::Graph;
use candor::model::onnx;
use candor::model::predicate::Predicate;
use candor::model::program::{LIMB_BITS, Op, Program};
use candor::model::quantize::{
    CompileOptions, Compiled, InputScaling, PixelValues, Precision, ViewDims, compile, compile_at,
    table_entries,
};
use candor::model::reference::{FloatModel, calibrate};
use candor::proof::{Prover, Verifier, Watch, Witness};
use candor_testing::peak;
use rand_core::OsRng;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, view, calibration, views, rest @ ..] = arguments.as_slice() else {
        panic!("MODEL VIEW CALIBRATION VIEWS");
    };
    let value = |key: &str| rest.iter().find_map(|word| word.strip_prefix(key));
    let has = |word: &str| rest.iter().any(|other| other == word);
    let graph = onnx::read(&fs::read(model).expect("a model")).expect("a model");
    let (dims, values) = dims_of(view);
    let scaling = InputScaling { values, ..InputScaling::default() };
    let read = |path: &str| fs::read(path).expect("views");
    let (calibration, views) = (read(calibration), read(views));
    let ranges = calibrate(&graph, dims, &scaling, calibration.chunks_exact(dims.len()));
    let ranges = ranges.expect("finite tensors");
    let classes = value("classes=").unwrap_or("1").split(',');
    let classes = classes.map(|class| class.parse().expect("a class"));
    let options = CompileOptions {
        view: view.clone(),
        dims,
        scaling,
        predicate: Predicate::match_class(classes),
        ranges,
    };
    let start = Instant::now();
    let compiled = match value("levels=") {
        Some(levels) => {
            let levels = levels.parse().expect("a number of levels");
            compile_at(&graph, &options, Precision { levels, shift: 12, score_bits: 0 })
        }
        None => compile(&graph, &options),
    };
    let compiled = compiled.expect("a program");
    println!("compiled in {:.1} s: {:?}", start.elapsed().as_secs_f64(), compiled.precision);
    let shape = Shape::of(&compiled.program);
    println!("rows: {}", shape.rows);
    println!("entries of tables: {}", table_entries(&compiled.program));
    if has("nodes") {
        by_node(&compiled, &graph);
    }
    let float = FloatModel::new(&graph, dims, &options.scaling).expect("a model that fits");
    follow(&compiled, &float, &views, value("tensor="), &options.predicate);
    if has("prove") {
        prove(&compiled.program, &views[..dims.len()]);
    }
}

fn dims_of(view: &str) -> (ViewDims, PixelValues) {
    let sides = view.rsplit(['-', 'x']).map_while(|side| side.parse().ok());
    let sides: Vec<usize> = sides.collect();
    match *sides {
        [width, height] => {
            let channels = if view.starts_with("image/gray") { 1 } else { 3 };
            (ViewDims { height, width, channels }, PixelValues::Unit)
        }
        [tokens] => (ViewDims::of_tokens(tokens), PixelValues::Raw),
        _ => panic!("a view such as image/gray-28x28 or text/wordpiece-64"),
    }
}

/// Rows and entries of tables for each node of the model; a table that several nodes read is
/// that of the first.
fn by_node(compiled: &Compiled, graph: &Graph) {
    let program = &compiled.program;
    let mut seen = BTreeSet::new();
    let mut costs: BTreeMap<Option<usize>, [usize; 3]> = BTreeMap::new();
    for (node, owner) in program.nodes().iter().zip(&compiled.owners) {
        let cost = costs.entry(*owner).or_default();
        let own = match node.op {
            Op::Table { table, .. } | Op::Max { table, .. } | Op::Softmax { table, .. } => {
                cost[0] += node.len;
                seen.insert(table).then_some(table)
            }
            Op::Product { .. } => {
                cost[0] += node.len;
                None
            }
            _ => None,
        };
        cost[2] += own.map_or(0, |table| program.tables()[table].values.len());
        if let Op::Table { shift, .. } | Op::Softmax { shift, .. } = node.op
            && shift > LIMB_BITS
        {
            cost[1] += node.len.div_ceil(2);
        }
    }
    for (owner, [rows, limbs, entries]) in costs {
        let of = |at: usize| {
            let node = &graph.nodes[at];
            let op = format!("{:?}", node.op);
            let end = op.find(['(', '{', ' ']).unwrap_or(op.len());
            format!("{} {} {:?}", &op[..end], node.output, node.shape)
        };
        let name = owner.map_or_else(|| "view and decision".to_owned(), of);
        if rows > 0 {
            println!("{rows:>8} rows {limbs:>7} of limbs {entries:>7} entries  {name}");
        }
    }
}

fn follow(
    compiled: &Compiled,
    model: &FloatModel<'_>,
    views: &[u8],
    tensor: Option<&str>,
    predicate: &Predicate,
) {
    let graph = model.graph();
    let names = graph.nodes.iter().map(|node| node.output.as_str());
    let index = tensor.map(|name| names.clone().position(|other| other == name).expect(name));
    let step = index.and_then(|index| compiled.steps.iter().rfind(|step| step.tensor == index));
    if index.is_some() && step.is_none() {
        println!("the program does not hold that tensor");
    }
    let (mut agree, mut count, mut cosines) = (0, 0, Vec::new());
    let mut lengths = Vec::new();
    for view in views.chunks_exact(compiled.program.input_len()) {
        let values = compiled.program.evaluate(view);
        let scores = model.scores(view).expect("a view of the right length");
        let said = values[compiled.program.decision()][0] == 1;
        agree += usize::from(said == predicate.matches(&scores));
        count += 1;
        let (Some(index), Some(step)) = (index, step) else { continue };
        let mut real = Vec::new();
        let mut keep = |at: usize, values: &[f64]| {
            if at == index {
                real = values.to_vec();
            }
        };
        model.walk(view, &mut keep).expect("a view of the right length");
        let own = values[step.node].iter().map(|q| *q as f64 * step.unit + step.low);
        let (mut dot, mut one, mut other) = (0.0, 0.0, 0.0);
        for (x, y) in own.zip(&real) {
            (dot, one, other) = (dot + x * y, one + x * x, other + y * y);
        }
        cosines.push(dot / (one * other).sqrt());
        lengths.push((one / other).sqrt());
    }
    println!("decided alike: {agree} of {count}");
    if !cosines.is_empty() {
        let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
        cosines.sort_by(f64::total_cmp);
        lengths.sort_by(f64::total_cmp);
        println!(
            "cosine: mean {mean:.5}, least {:.5}, 5 % below {:.5}; length: {:.3} to {:.3}",
            cosines[0],
            cosines[cosines.len() / 20],
            lengths[0],
            lengths[lengths.len() - 1]
        );
    }
}

fn prove(program: &std::sync::Arc<Program>, view: &[u8]) {
    let layout = Plan::choose(program, 1, None).expect("a layout");
    let plan = Plan::new(program, 1, layout).expect("a plan");
    let rows = RowKind::ALL.map(|kind| plan.lane.rows(kind).to_string()).join(", ");
    println!("columns {}, rows {rows}", plan.lane.columns());
    let witness = Witness::new(view.to_vec(), Scalar::from(7));
    let digest = view_digest(program.view(), witness.salt, &witness.bytes);
    let described = [(0, digest, program.matches(view))];
    let context = Context { header: Scalar::from(1), root: Scalar::from(2), request: [3; 32] };
    let statement = Statement::of_batch(context, &plan, 0, &described, &Slot::dummy(program));
    let mut start = Instant::now();
    let mut lap = |what: &str| {
        println!("{what}: {:.2} s, {:.0} MB", start.elapsed().as_secs_f64(), peak::megabytes());
        start = Instant::now();
    };
    let prover = Prover::new(program.clone(), layout.copies, layout.lanes).expect("a key");
    lap("prover's key");
    let mut watch = Watch::new(&|_| ());
    let proof = prover.prove_watched(&statement, &[witness], &mut watch, &mut OsRng);
    let proof = proof.expect("a proof");
    lap("proof");
    drop(prover);
    let verifier = Verifier::new(program.clone(), layout.copies, layout.lanes).expect("a key");
    lap("verifier's key");
    verifier.verify(&statement, &proof).expect("a proof that verifies");
    lap("verification");
    println!("proof of {} bytes", proof.len());
}
