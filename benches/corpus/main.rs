//! What a corpus of mail costs, from the mailbox to the verified bundle:
//! `cargo bench --bench corpus [-- --items N] [STAGE…]`.
//!
//! A plain timed program, not criterion: a stage takes minutes on many mails. Mails are
//! made ([`candor_testing::mails`]), the same on every machine. Each stage runs in a
//! process of its own, so that the most memory is its own; its processor time is told
//! beside the time on the clock, because the two differ on a machine that is shared.
//! A stage may be named; those before it whose results it needs run as well.
//!
//! The folder of work is removed at the end, unless `CANDOR_BENCH_FOLDER` names one.

mod models;
mod stages;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use stages::{STAGES, Stage};

/// Mails, unless told otherwise.
const ITEMS: u64 = 1000;

fn main() {
    // Cargo hands `--bench` to every bench.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if let [flag, name, items, folder] = arguments.as_slice()
        && flag == "--measure"
    {
        let stage = STAGES.iter().find(|stage| stage.name == name).expect("a stage");
        let figures = (stage.run)(Path::new(folder), items.parse().expect("a number"));
        println!("{}", figures.line(stage));
        return;
    }
    let (mut items, mut chosen) = (ITEMS, Vec::new());
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--items" => items = rest.next().and_then(|n| n.parse().ok()).expect("--items N"),
            name => chosen.push(name),
        }
    }
    let names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
    assert!(chosen.iter().all(|name| names.contains(name)), "stages: {}", names.join(", "));

    let temporary = tempfile::tempdir().expect("a folder");
    let kept = std::env::var_os("CANDOR_BENCH_FOLDER").map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(temporary.path());
    println!("| {items} mails | items | s | ms an item | processor ms an item | MB | |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for stage in STAGES {
        if chosen.is_empty() || chosen.iter().any(|name| needs(name, stage)) {
            apart(&stage, items, folder);
        }
    }
}

/// Whether a stage is this one, or takes what this one makes.
fn needs(name: &str, stage: Stage) -> bool {
    let mut at = STAGES.iter().find(|other| other.name == name);
    while let Some(found) = at {
        if found.name == stage.name {
            return true;
        }
        at = found.after.and_then(|before| STAGES.iter().find(|other| other.name == before));
    }
    false
}

/// Runs a stage in another process, unless it was in a folder that was kept.
fn apart(stage: &Stage, items: u64, folder: &Path) {
    if stage.made.is_some_and(|made| folder.join(made).exists()) {
        println!("| {} | | | | | | there already |", stage.name);
        return;
    }
    let program = std::env::current_exe().expect("the path of this program");
    let status = Command::new(program)
        .args(["--measure", stage.name, &items.to_string()])
        .arg(folder)
        .stderr(Stdio::inherit())
        .status()
        .expect("a process");
    assert!(status.success(), "{} failed: {status}", stage.name);
}
