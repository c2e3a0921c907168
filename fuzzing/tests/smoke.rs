//! A short run of every fuzzing target: all seeds, and some mutations of them
//! that are the same every time.

use std::panic::{catch_unwind, resume_unwind};
use std::thread;
use std::time::Instant;

use candor_documents::Budget;
use candor_fuzzing::mutate::{Random, mutated};
use candor_fuzzing::{TARGETS, seeds};

/// Other mutations: `CANDOR_FUZZ_SEED=7 cargo test -p candor-fuzzing`.
const SEED: &str = "CANDOR_FUZZ_SEED";

/// Runs a target as documents are read: on a thread with that stack.
fn run(target: &'static str, mutations: usize) {
    let thread = thread::Builder::new().stack_size(Budget::STACK);
    let done = thread.spawn(move || run_here(target, mutations)).unwrap().join();
    done.unwrap_or_else(|panic| resume_unwind(panic));
}

fn run_here(target: &str, mutations: usize) {
    let check = |bytes: &[u8]| candor_fuzzing::run(target, bytes);
    let start = Instant::now();
    let seeds = seeds(target);
    assert!(!seeds.is_empty());
    for seed in &seeds {
        check(seed);
    }
    let number = std::env::var(SEED).ok().map_or(1, |text| text.parse().unwrap());
    let mut random = Random::new(number);
    for mutation in 0..mutations {
        let [seed, other] = [0; 2].map(|_| &seeds[random.below(seeds.len())]);
        let bytes = mutated(seed, other, &mut random);
        if catch_unwind(|| check(&bytes)).is_err() {
            let path = std::env::temp_dir().join(format!("candor-{target}-{number}-{mutation}"));
            std::fs::write(&path, &bytes).unwrap();
            panic!("mutation {mutation} of {SEED}={number}, kept in {}", path.display());
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{target}: {} seeds, {mutations} mutations, {SEED}={number}, {seconds:.1} s",
        seeds.len()
    );
}

/// A test of each target, with a number of mutations.
macro_rules! smoke {
    ($($(#[$when:meta])? $target:ident $mutations:literal;)*) => {$(
        #[test]
        $(#[$when])?
        fn $target() {
            run(stringify!($target), $mutations);
        }
    )*
    const TESTED: &[&str] = &[$($(#[$when])? stringify!($target)),*];};
}

smoke! {
    #[cfg(feature = "library")] onnx 40_000;
    #[cfg(feature = "library")] metadata 40_000;
    #[cfg(feature = "library")] inspect 2_000;
    #[cfg(feature = "library")] request 600;
    #[cfg(feature = "library")] bundle 150;
    #[cfg(feature = "library")] views 40_000;
    #[cfg(feature = "library")] tiff 40_000;
    #[cfg(feature = "library")] exif 10_000;
    #[cfg(feature = "library")] proof 60;
    #[cfg(feature = "library")] lot 20_000;
    pdf 1_500;
    msg 3_000;
    pst 4_000;
    zip 4_000;
    office 600;
    xml 1_500;
    mail 4_000;
    rtf 4_000;
    html 4_000;
    text 2_000;
    seven_zip 2_000;
    tar 10_000;
    gzip 10_000;
    mbox 4_000;
    pages 4_000;
    terms 300;
    query 2_000;
    tokens 60;
    family 600;
}

#[test]
fn every_target_is_tested() {
    let targets: Vec<&str> = TARGETS.iter().map(|(target, _)| *target).collect();
    assert_eq!(TESTED, targets);
    // And given to the fuzzer.
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/Cargo.toml");
    let manifest = std::fs::read_to_string(manifest).unwrap();
    for target in targets {
        assert!(manifest.contains(&format!("name = \"{target}\"\n")), "{target}");
    }
}
