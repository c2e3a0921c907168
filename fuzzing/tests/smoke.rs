//! A short run of every fuzzing target: all seeds, and some mutations of them
//! that are the same every time.

use std::panic::catch_unwind;
use std::time::Instant;

use candor_fuzzing::mutate::{Random, mutated};
use candor_fuzzing::seeds;

/// Other mutations: `CANDOR_FUZZ_SEED=7 cargo test -p candor-fuzzing`.
const SEED: &str = "CANDOR_FUZZ_SEED";

fn run(target: &str, mutations: usize) {
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

#[test]
fn onnx() {
    run("onnx", 40_000);
}

#[test]
fn request() {
    run("request", 600);
}

#[test]
fn bundle() {
    run("bundle", 150);
}

#[test]
fn views() {
    run("views", 40_000);
}

#[test]
fn tiff() {
    run("tiff", 40_000);
}

#[test]
fn exif() {
    run("exif", 10_000);
}

#[test]
fn proof() {
    run("proof", 60);
}
