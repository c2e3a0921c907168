//! Small files that call for much work or memory.

use std::process::Command;
use std::time::Instant;

use super::*;
use crate::model::onnx::proto::{NodeProto, TensorProto};
use crate::model::onnx::writer::{int, ints, string};

const CHILD: &str = "CANDOR_TEST_GREEDY";

/// Each would take gigabytes or hours if nothing counted. They run in a process
/// of their own, so that its peak memory can be read.
#[test]
fn greedy_models_are_refused_in_little_memory() {
    if std::env::var_os(CHILD).is_some() {
        run();
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "model::tests::hostile::greedy::greedy_models_are_refused_in_little_memory",
        ])
        .arg("--nocapture")
        .env(CHILD, "1")
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    println!("{stdout}");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The most memory that this process had at once; Linux tells.
fn peak_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

type Greedy = (&'static str, fn() -> Vec<u8>, &'static [&'static str]);

fn run() {
    let models: [Greedy; 26] = [
        ("a picture made large", || resized(4096, "linear"), &["(Resize)", "elements"]),
        ("pictures made large again and again", resized_often, &["(Resize)", "elements"]),
        ("an odd size", || resized(1447, "cubic"), &["(Resize)", "elements"]),
        ("few elements between many zeros", spread_apart, &["(ConvTranspose)", "elements"]),
        ("running sums of a long axis", running_sums, &["(CumSum)", "elements"]),
        ("a sum over many axes", outer_product, &["(Einsum)", "elements"]),
        ("many numbered elements", numbered, &["(Where)", "elements"]),
        ("products of broadcasts", products_of_broadcasts, &["(Mul)", "elements"]),
        ("packed integers", packed_integers, &["packed integers"]),
        ("packed dimensions", packed_dimensions, &["packed integers"]),
        ("folded constants", folded_constants, &["(Add)", "elements"]),
        ("repeated constants", repeated_constants, &["(Expand)", "elements"]),
        ("constants turned over", constants_turned_over, &["(Slice)", "elements"]),
        ("products of constants", products_of_constants, &["(MatMul)", "multiplications"]),
        ("padded planes", padded_planes, &["(Pad)", "elements"]),
        ("shared weights", shared_weights, &["(MatMul)", "elements"]),
        ("many convolutions", many_convolutions, &["(Conv)", "multiplications"]),
        ("wide concatenation", wide_concatenation, &["(Concat)", "too large"]),
        (
            "one layer in many concatenations",
            || concatenations(110, false),
            &["(Concat)", "memory"],
        ),
        ("steps on many concatenations", || concatenations(20, true), &["too"]),
        ("one convolution, many readers", many_readers, &["(Sigmoid)", "too"]),
        ("scaled convolutions", scaled_convolutions, &["(Mul)"]),
        ("windows in padding", windows_in_padding, &["(MaxPool)"]),
        ("wide tables", wide_tables, &["(LeakyRelu)", "too"]),
        ("broadcasts", broadcasts, &["(Add)", "elements"]),
        ("almost too many convolutions", heavy, &["calibration saw"]),
    ];
    for (name, model, parts) in models {
        let bytes = model();
        let start = Instant::now();
        let outcome = outcome(&bytes);
        let seconds = start.elapsed().as_secs_f64();
        let peak = peak_mebibytes();
        println!("{name}: {seconds:.1} s, {peak} MiB so far: {:?}", outcome.as_ref().err());
        says(&outcome.unwrap_err(), parts);
        // Ten on an idle machine.
        assert!(seconds < 60.0, "{name}: {seconds} s");
        assert!(peak < 1024, "{name}: {peak} MiB");
    }
    let start = Instant::now();
    says(&alternating_classes(), &["too large: nodes"]);
    println!(
        "alternating classes: {:.1} s, {} MiB",
        start.elapsed().as_secs_f64(),
        peak_mebibytes()
    );
}

/// One byte each in the file, eight in memory.
fn packed_integers() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 4], 1);
    let y = w.node("Relu", &["x"], vec![]);
    let tensor = TensorProto {
        name: "many".into(),
        data_type: 7,
        int64_data: vec![0; 60 << 20],
        ..Default::default()
    };
    w.graph().initializer.push(tensor);
    w.finish(&y)
}

fn packed_dimensions() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 4], 1);
    let y = w.node("Relu", &["x"], vec![]);
    let tensor = TensorProto { name: "many".into(), dims: vec![1; 60 << 20], ..Default::default() };
    w.graph().initializer.push(tensor);
    w.finish(&y)
}

/// One small layer 1024 times in each of many concatenations, each of which
/// holds an index for each of its elements and inputs.
fn concatenations(count: usize, steps: bool) -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 4], 1);
    let weights = w.weights(&[4, 16], 0.0, 1.0);
    let y = w.node("MatMul", &["x", &weights], vec![]);
    let narrow = w.weights(&[16384, 2], 0.0, 1.0);
    let mut all = Vec::new();
    for _ in 0..count {
        let wide = w.node("Concat", &vec![y.as_str(); 1024], vec![int("axis", 1)]);
        all.push(if steps {
            let relu = w.node("Relu", &[&wide], vec![]);
            w.node("MatMul", &[&relu, &narrow], vec![])
        } else {
            wide
        });
    }
    let y = if steps {
        let mut sum = all[0].clone();
        for next in &all[1..] {
            sum = w.node("Add", &[&sum, next], vec![]);
        }
        sum
    } else {
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        w.node("Concat", &names, vec![int("axis", 1)])
    };
    w.finish(&y)
}

/// A few kilobytes whose sums have 2^24 elements each.
fn folded_constants() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 4096], 1);
    let mut sum = w.weights(&[4096, 1], 0.0, 1.0);
    let row = w.weights(&[1, 4096], 0.0, 1.0);
    for _ in 0..4000 {
        sum = w.node("Add", &[&sum, &row], vec![]);
    }
    let y = w.node("Add", &["x", &sum], vec![]);
    w.finish(&y)
}

/// A few bytes that become 2^24 elements, again and again.
fn repeated_constants() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 4096], 1);
    let shape = w.integers(&[4096, 4096]);
    let row = w.weights(&[1, 4096], 0.0, 1.0);
    let mut y = "x".to_owned();
    for _ in 0..1000 {
        let all = w.node("Expand", &[&row, &shape], vec![]);
        let one = w.node("ReduceMax", &[&all], vec![int("keepdims", 0)]);
        y = w.node("Add", &[&y, &one], vec![]);
    }
    w.finish(&y)
}

/// One axis of 2^24 places, each with an index.
fn constants_turned_over() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 4], 1);
    let size = w.integers(&[1 << 24]);
    let mut all = w.node("ConstantOfShape", &[&size], vec![]);
    let (start, end, axis) = (w.integers(&[i64::MAX]), w.integers(&[i64::MIN]), w.integers(&[0]));
    let step = w.integers(&[-1]);
    for _ in 0..100 {
        all = w.node("Slice", &[&all, &start, &end, &axis, &step], vec![]);
    }
    let y = w.node("Mul", &["x", &all], vec![]);
    w.finish(&y)
}

/// Little memory, much work.
fn products_of_constants() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 400], 1);
    let weights = w.weights(&[400, 400], 0.0, 0.1);
    let mut product = weights.clone();
    for _ in 0..4000 {
        product = w.node("MatMul", &[&product, &weights], vec![]);
    }
    let y = w.node("MatMul", &["x", &product], vec![]);
    w.finish(&y)
}

/// Each plane is wider than the one before.
fn padded_planes() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 1, 8, 8], 1);
    let pads = w.integers(&[0, 0, 100, 100, 0, 0, 100, 100]);
    let mut y = "x".to_owned();
    for _ in 0..2000 {
        y = w.node("Pad", &[&y, &pads], vec![]);
    }
    w.finish(&y)
}

/// Every node would keep a copy.
fn shared_weights() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 3000], 1);
    let weights = w.weights(&[3000, 3000], 0.0, 0.01);
    let mut y = "x".to_owned();
    for _ in 0..4000 {
        y = w.node("MatMul", &[&y, &weights], vec![]);
    }
    w.finish(&y)
}

fn convolutions(channels: i64, side: i64, layers: usize) -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 1, side, side], 1);
    let first = w.weights(&[channels, 1, 3, 3], 0.0, 0.1);
    let weights = w.weights(&[channels, channels, 3, 3], 0.0, 0.1);
    let pads = || vec![ints("pads", &[1; 4])];
    let mut y = w.node("Conv", &["x", &first], pads());
    for _ in 0..layers {
        let relu = w.node("Relu", &[&y], vec![]);
        y = w.node("Conv", &[&relu, &weights], pads());
    }
    let y = w.node("GlobalAveragePool", &[&y], vec![]);
    w.finish(&y)
}

fn many_convolutions() -> Vec<u8> {
    convolutions(256, 64, 8)
}

/// Almost as much as a model may ask for, in vain.
fn heavy() -> Vec<u8> {
    convolutions(32, 64, 13)
}

/// Each input becomes a term as long as the output.
fn wide_concatenation() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 4], 1);
    let weights = w.weights(&[4, 1], 0.0, 1.0);
    let y = w.node("MatMul", &["x", &weights], vec![]);
    w.graph().node.push(NodeProto {
        input: vec![y; 400_000],
        output: vec!["wide".into()],
        op_type: "Concat".into(),
        attribute: vec![int("axis", 1)],
        ..Default::default()
    });
    w.finish("wide")
}

/// Each activation would have the weights again, in its own scale.
fn many_readers() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 2000], 1);
    let weights = w.weights(&[2000, 2000], 0.0, 0.01);
    let y = w.node("MatMul", &["x", &weights], vec![]);
    let mut sum = w.node("Sigmoid", &[&y], vec![]);
    for _ in 0..1000 {
        let next = w.node("Sigmoid", &[&y], vec![]);
        sum = w.node("Add", &[&sum, &next], vec![]);
    }
    w.finish(&sum)
}

/// Each factor goes into a copy of the weights.
fn scaled_convolutions() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 1, 1400, 1400], 1);
    let weights = w.weights(&[2, 1, 1400, 1400], 0.0, 0.01);
    let factor = w.floats(&[], vec![1.001]);
    let mut y = w.node("Conv", &["x", &weights], vec![]);
    for _ in 0..4000 {
        y = w.node("Mul", &[&y, &factor], vec![]);
    }
    w.finish(&y)
}

/// Windows that see one row of the input each, far inside the padding.
fn windows_in_padding() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 1, 1, 64], 1);
    let attributes = vec![ints("kernel_shape", &[8000, 1]), ints("pads", &[7999, 0, 7999, 0])];
    let y = w.node("MaxPool", &["x"], attributes);
    w.finish(&y)
}

/// A table of almost 2^20 entries for each node.
fn wide_tables() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 4], 1);
    let wide = w.floats(&[], vec![400.0]);
    let mut y = "x".to_owned();
    for _ in 0..2000 {
        y = w.node("Mul", &[&y, &wide], vec![]);
        y = w.node("LeakyRelu", &[&y], vec![]);
    }
    w.finish(&y)
}

/// Two vectors whose sum is a matrix of 2^22 elements, again and again.
fn broadcasts() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 2048], 1);
    let shape = w.integers(&[2048, 1]);
    let column = w.node("Reshape", &["x", &shape], vec![]);
    let mut y = "x".to_owned();
    for _ in 0..4000 {
        y = w.node("Add", &[&y, &column], vec![]);
    }
    w.finish(&y)
}

fn resized(side: i64, mode: &str) -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 1, 97, 89], 1);
    let sizes = w.integers(&[1, 1, side, side - 6]);
    let y = w.node("Resize", &["x", "", "", &sizes], vec![string("mode", mode)]);
    w.finish(&y)
}

/// To the double size and back.
fn resized_often() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 1, 512, 512], 1);
    let (twice, half) =
        (w.floats(&[4], vec![1.0, 1.0, 2.0, 2.0]), w.floats(&[4], vec![1.0, 1.0, 0.5, 0.5]));
    let mut y = "x".to_owned();
    for _ in 0..2000 {
        for scales in [&twice, &half] {
            y = w.node("Resize", &[&y, "", scales], vec![string("mode", "linear")]);
        }
    }
    w.finish(&y)
}

fn spread_apart() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 64, 8, 8], 1);
    let weights = w.weights(&[64, 1, 1, 1], 0.0, 1.0);
    let y = w.node("ConvTranspose", &["x", &weights], vec![ints("strides", &[1000, 1000])]);
    w.finish(&y)
}

fn running_sums() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 1_000_000], 1);
    let axis = w.integers(&[1]);
    let y = w.node("CumSum", &["x", &axis], vec![]);
    w.finish(&y)
}

fn outer_product() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 3000], 1);
    let weights = w.weights(&[3000], 0.0, 1.0);
    let y = w.node("Einsum", &["x", &weights], vec![string("equation", "bi,j->bij")]);
    let y = w.node("Einsum", &[&y, &weights], vec![string("equation", "bij,k->bk")]);
    w.finish(&y)
}

/// Each element of a megabyte is numbered, again and again.
fn numbered() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 1 << 20], 1);
    let shape = w.integers(&[1, 1 << 20]);
    let zeros = w.node("ConstantOfShape", &[&shape], vec![]);
    let no = w.node("Cast", &[&zeros], vec![int("to", 9)]);
    let mut y = "x".to_owned();
    for _ in 0..1000 {
        y = w.node("Where", &[&no, &y, "x"], vec![]);
    }
    w.finish(&y)
}

fn products_of_broadcasts() -> Vec<u8> {
    let mut w = Writer::new(13, &[1, 2048], 1);
    let shape = w.integers(&[2048, 1]);
    let column = w.node("Reshape", &["x", &shape], vec![]);
    let mut y = "x".to_owned();
    for _ in 0..4000 {
        y = w.node("Mul", &[&y, &column], vec![]);
    }
    w.finish(&y)
}

/// Every other class of half a million: a few steps for each.
fn alternating_classes() -> String {
    let mut w = Writer::new(13, &[1, 1 << 19], 1);
    let y = w.node("Relu", &["x"], vec![]);
    let graph = onnx::read(&w.finish(&y)).unwrap();
    let mut options = options(&graph);
    options.predicate = Predicate::match_class((0..1 << 18).map(|class| 2 * class));
    let error: CompileError = compile(&graph, &options).unwrap_err();
    error.to_string()
}
