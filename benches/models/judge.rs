//! What a judge does, in a process of its own: the model's file is read and compiled from what the
//! request records, the program is written out as the one that came is compared with, and the
//! proof is verified.

use std::fs;
use std::path::Path;
use std::time::Instant;

use candor::argument::plan::{BatchShape, Plan};
use candor::model::onnx::{Reading, read_owned};
use candor::model::predicate::Predicate;
use candor::model::quantize::{CalibratedRanges, CompileOptions, Precision, compile_at};
use candor::proof::Verifier;
use candor_testing::peak::megabytes as peak_megabytes;

use crate::shapes::Shape;
use crate::{Clock, MANY, document, statement_of, view_of};

/// The model's file.
pub(crate) const MODEL: &str = "model.onnx";
const RECORDED: &str = "recorded.json";
const PROOF: &str = "proof";

/// What a request records of a model, and a bundle of its batches.
pub(crate) struct Recorded {
    pub(crate) precision: Precision,
    pub(crate) ranges: CalibratedRanges,
    pub(crate) layout: BatchShape,
    pub(crate) batch: bool,
}

impl Recorded {
    pub(crate) fn write(&self, proof: &[u8], folder: &Path) {
        let layout = [self.layout.copies, self.layout.lanes, u32::from(self.batch)];
        let recorded = serde_json::to_vec(&(self.precision, &self.ranges, layout));
        fs::write(folder.join(RECORDED), recorded.expect("numbers")).expect("a file");
        fs::write(folder.join(PROOF), proof).expect("a file");
    }

    fn read(folder: &Path) -> Self {
        let bytes = fs::read(folder.join(RECORDED)).expect("a file");
        let (precision, ranges, layout) = serde_json::from_slice(&bytes).expect("numbers");
        let [copies, lanes, batch]: [u32; 3] = layout;
        Self { precision, ranges, layout: BatchShape { copies, lanes }, batch: batch == 1 }
    }
}

pub(crate) fn measure(shape: &Shape, folder: &Path) -> Vec<(&'static str, String)> {
    let Recorded { precision, ranges, layout, batch } = Recorded::read(folder);
    let proof = fs::read(folder.join(PROOF)).expect("a proof");
    let all = Instant::now();
    let mut clock = Clock { name: shape.name, start: all };
    let file = fs::read(folder.join(MODEL)).expect("a model");
    let graph = read_owned(file, &Reading::default()).expect("a model");
    let reading = clock.lap("judge: reading");
    let (view, dims, scaling) = view_of(shape);
    let predicate = Predicate::match_class([3]);
    let options = CompileOptions { view, dims, scaling, predicate, ranges };
    let program = compile_at(&graph, &options, precision).expect("a program").program;
    drop(graph);
    let compiling = clock.lap("judge: compile");
    // Its digest is taken; its bytes are not needed again.
    let length = program.encode().len();
    let writing = clock.lap("judge: writing the program");

    let count = u64::from(layout.copies) * u64::from(layout.lanes);
    let plan = Plan::new(&program, count, layout).expect("a plan");
    // What the bundle says: no work of the judge's.
    assert_eq!(Plan::choose(&program, if batch { MANY } else { 1 }, None), Ok(layout));
    let documents: Vec<_> = (0..plan.documents).map(|i| document(shape, i)).collect();
    let statement = statement_of(&program, &plan, &documents);
    let told = clock.lap("plain inference");
    let verifier = Verifier::new(program, layout.copies, layout.lanes).expect("a key");
    let key = clock.lap("verifying key");
    verifier.verify(&statement, &proof).expect("a proof that verifies");
    let verifying = clock.lap("verification");
    let all = all.elapsed().as_secs_f64() - told;

    let seconds = |seconds: f64| format!("{seconds:.2} s");
    vec![
        ("judge: reading", seconds(reading)),
        ("judge: compile", seconds(compiling)),
        ("judge: program.bin", format!("{:.1} MB, {writing:.2} s", length as f64 / 1e6)),
        ("verifying key", seconds(key)),
        ("verification", seconds(verifying)),
        ("**judge, in all**", format!("**{all:.2} s**")),
        ("judge's most memory", format!("{:.0} MB", peak_megabytes())),
    ]
}
