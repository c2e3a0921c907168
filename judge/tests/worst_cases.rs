//! Bundles and requests made to exhaust the judge: it answers soon, in little
//! memory, and with a decision or an error.
//!
//! The judge runs under a limit on its address space, so more memory than that
//! aborts it, and is killed when its time is up.
#![cfg(target_os = "linux")]

mod common;

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use candor::exchange::formats::bag;
use candor::exchange::formats::bundle::{BundleInfo, Opening};
use candor::exchange::formats::request::Request;
use candor_testing::copy;
use candor_testing::files::{change_document, lines, sha256};
use common::answer;

/// Address space of the judge; resident memory is below it.
const MEMORY_KIB: u64 = 1 << 20;
const TIME: Duration = Duration::from_secs(10);
/// Larger than memory, and than what can be hashed in time.
const HUGE: u64 = 256 << 30;

/// What is attacked: a copy of an honest commitment, request and bundle.
struct Case(PathBuf);

type Worst = (&'static str, i32, fn(&Case));

const WORST: &[Worst] = &[
    ("leaves without end", 1, |c| c.stretch("bundle/data/leaves.bin")),
    ("leaves without end, and as many documents", 1, |c| {
        c.stretch("bundle/data/leaves.bin");
        c.info(|info| {
            info.documents = HUGE / 65;
            info.readable = info.documents;
        });
        fs::File::options()
            .write(true)
            .open(c.path("bundle/data/leaves.bin"))
            .and_then(|file| file.set_len(HUGE / 129 * 129))
            .unwrap();
    }),
    ("a proof without end", 1, |c| c.stretch("bundle/data/proofs/00000000.proof")),
    ("a released file without end", 1, |c| c.stretch(&c.released())),
    ("a released file without end, opened as such", 1, |c| {
        c.stretch(&c.released());
        let path = c.path("bundle/data/openings.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        let mut opening: Opening = serde_json::from_str(first).unwrap();
        opening.file.as_mut().unwrap().bytes = HUGE;
        fs::write(path, serde_json::to_string(&opening).unwrap() + "\n" + rest).unwrap();
    }),
    ("openings without end", 1, |c| c.stretch("bundle/data/openings.jsonl")),
    ("openings of nothing but zeros", 1, |c| {
        fs::write(c.path("bundle/data/openings.jsonl"), b"").unwrap();
        c.stretch("bundle/data/openings.jsonl");
    }),
    ("unreadable without end", 1, |c| c.stretch("bundle/data/unreadable.jsonl")),
    ("redacted copies without end", 1, |c| c.stretch("bundle/data/substitutes.jsonl")),
    ("withheld documents without end", 1, |c| c.stretch("bundle/data/withheld.jsonl")),
    ("a description without end", 1, |c| c.stretch("bundle/data/bundle.json")),
    ("a manifest without end", 1, |c| c.stretch("bundle/manifest-sha256.txt")),
    ("a tag manifest without end", 1, |c| c.stretch("bundle/tagmanifest-sha256.txt")),
    ("a declaration without end", 1, |c| c.stretch("bundle/bagit.txt")),
    ("a software's name without end", 1, |c| c.stretch("bundle/bag-info.txt")),
    ("a model without end", 1, |c| c.stretch("request/model.onnx")),
    ("a program without end", 1, |c| c.stretch("request/program.bin")),
    ("a request without end", 1, |c| c.stretch("request/request.json")),
    ("a commitment without end", 2, |c| c.stretch("commit/PUBLIC/commitment.json")),
    ("counts near 2^64", 1, |c| {
        c.info(|info| {
            (info.documents, info.readable, info.batches) = (u64::MAX, u64::MAX, u64::MAX);
        });
    }),
    ("a batch for each document there could be", 1, |c| {
        c.info(|info| info.batches = info.readable)
    }),
    ("lanes near 2^32", 1, |c| c.info(|info| info.lanes = u32::MAX)),
    ("twenty thousand files nobody knows", 1, |c| {
        for number in 0..20_000 {
            File::create(c.path(&format!("bundle/data/proofs/{number}.x"))).unwrap();
        }
    }),
    ("a description nested without end", 1, |c| c.nest("bundle/data/bundle.json", 4000)),
    ("an opening nested without end", 1, |c| c.nest("bundle/data/openings.jsonl", 200_000)),
    ("a request nested without end", 1, |c| c.nest("request/request.json", 4_000_000)),
    ("a commitment nested without end", 2, |c| c.nest("commit/PUBLIC/commitment.json", 60_000)),
    ("a model nested without end", 1, |c| {
        // A graph (7) with a node (1) with an attribute (5) with a graph (6) …
        let mut model = Vec::new();
        for tag in [0x0a, 0x32, 0x2a].into_iter().cycle().take(20_002).chain([0x3a]) {
            let mut outer = vec![tag];
            let mut length = model.len();
            while length >= 0x80 {
                outer.push(length as u8 | 0x80);
                length >>= 7;
            }
            outer.push(length as u8);
            // Built from the inside out, and reversed at the end.
            model.extend(outer.into_iter().rev());
        }
        model.reverse();
        c.model(&model);
    }),
    ("a model that declares a weight of 2^60 numbers", 1, |c| {
        let name = b"huge";
        let mut tensor = vec![0x08];
        tensor.extend([0x80; 8]);
        tensor.push(0x10);
        tensor.extend([0x10, 1, 0x42, name.len() as u8]);
        tensor.extend(name);
        let graph = [&[0x2a, tensor.len() as u8][..], &tensor].concat();
        c.model(&[&[0x3a, graph.len() as u8][..], &graph, &[0x42, 2, 0x10, 13]].concat());
    }),
    ("a model of many million empty nodes", 1, |c| {
        let nodes = [0x0a, 0].repeat(10 << 20);
        let mut model = vec![0x42, 2, 0x10, 13, 0x3a];
        let mut length = nodes.len();
        while length >= 0x80 {
            model.push(length as u8 | 0x80);
            length >>= 7;
        }
        model.push(length as u8);
        model.extend(nodes);
        c.model(&model);
    }),
];

impl Case {
    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes a file huge without using the disk.
    fn stretch(&self, name: &str) {
        let file = File::options().write(true).open(self.path(name)).unwrap();
        file.set_len(HUGE).unwrap();
    }

    fn nest(&self, name: &str, depth: usize) {
        fs::write(self.path(name), "[".repeat(depth)).unwrap();
    }

    fn info(&self, change: impl FnOnce(&mut BundleInfo)) {
        change_document(&self.path("bundle/data/bundle.json"), change);
    }

    /// The first released file.
    fn released(&self) -> String {
        let openings: Vec<Opening> = lines(&self.path("bundle/data/openings.jsonl"));
        format!("bundle/{}", openings[0].file_name().unwrap())
    }

    /// Replaces the model, and its digest in the request.
    fn model(&self, bytes: &[u8]) {
        fs::write(self.path("request/model.onnx"), bytes).unwrap();
        change_document(&self.path("request/request.json"), |request: &mut Request| {
            request.classifier_mut().unwrap().model_sha256 = sha256(bytes);
        });
    }

    /// Runs the judge; its exit code, or `None` if it had to be killed.
    fn judge(&self) -> (Option<i32>, String) {
        let script = format!(
            "ulimit -v {MEMORY_KIB} && exec {:?} verify-bundle --commitment \
             commit/PUBLIC/commitment.json --request request --bundle bundle",
            env!("CARGO_BIN_EXE_judge")
        );
        let log = self.path("log");
        let file = File::create(&log).unwrap();
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .current_dir(&self.0)
            // Each thread reserves address space for its stack and heap.
            .env("RAYON_NUM_THREADS", "2")
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .unwrap();
        let end = Instant::now() + TIME;
        let code = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status.code();
            }
            if Instant::now() > end {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        (code, fs::read_to_string(log).unwrap())
    }
}

#[test]
fn the_worst_input_costs_little_and_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let honest = folder.path().join("honest");
    fs::create_dir(&honest).unwrap();
    answer(&honest);
    let honest = Case(honest);
    // The limits are no obstacle to honest work.
    assert_eq!(honest.judge().0, Some(0), "{}", honest.judge().1);

    let mut wrong = Vec::new();
    for (name, expected, make) in WORST {
        let case = Case(folder.path().join("case"));
        for part in ["commit", "request", "bundle"] {
            copy(&honest.path(part), &case.path(part));
        }
        make(&case);
        let start = Instant::now();
        let (code, errors) = case.judge();
        let seconds = start.elapsed().as_secs_f64();
        if code != Some(*expected) || errors.contains("panicked") {
            wrong.push(format!("{name}: {code:?} after {seconds:.1} s {errors}"));
        }
        fs::remove_dir_all(&case.0).unwrap();
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), WORST.len(), wrong.join("\n"));
}

/// The manifests are true, so that what is behind them is reached.
#[test]
fn a_long_proof_behind_true_manifests_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    answer(folder.path());
    let case = Case(folder.path().to_owned());
    let proof = case.path("bundle/data/proofs/00000000.proof");
    let file = File::options().write(true).open(proof).unwrap();
    for (length, said) in [((1 << 24) + 1, "check 1"), (1 << 24, "check 4")] {
        file.set_len(length).unwrap();
        bag::seal(&case.path("bundle")).unwrap();
        let (code, out, _) = common::judge(
            folder.path(),
            "verify-bundle --commitment commit/PUBLIC/commitment.json --request request --bundle bundle",
        );
        assert_eq!(code, 1, "{out}");
        assert!(out.contains(said), "{out}");
    }
}
