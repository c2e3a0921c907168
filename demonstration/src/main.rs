//! The whole job on the sample corpus: `cargo run --release --locked -p demonstration`.
//!
//! Three parties who do not trust each other: the responder has documents, the
//! requester has a classifier, the judge decides whether exactly the documents
//! that match were handed over.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use candor::exchange::issue::{self, issue};
use candor::exchange::respond::{self, respond};
use candor::exchange::{CommitOptions, Release, commit, verify_bundle, verify_document};
use candor::model::predicate::Predicate;
use candor::model::quantize::InputScaling;
use candor_cli::Bars;
use clap::Parser;
use rand_core::OsRng;

const VIEW: &str = "image/gray-28x28";
/// The requester looks for sevens.
const CLASS: u32 = 7;

/// Commits, asks, answers and verifies, on the sample corpus.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Args {
    /// The folder to write; without it, `discovery` in the project's folder,
    /// which is replaced.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no project's folder")?;
    let sample = home.join("sample_corpus");
    let folder = match Args::parse().out {
        Some(folder) => folder,
        None => {
            let folder = home.join("discovery");
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            folder
        }
    };
    fs::create_dir(&folder)?;
    let (documents, commitment) = (sample.join("documents"), folder.join("commitment"));
    let (request, bundle) = (folder.join("request"), folder.join("bundle"));
    let public = commitment.join("PUBLIC");
    let mut table = Vec::new();
    let mut step = |name: &'static str, start: Instant, written: u64| {
        table.push((name, start.elapsed().as_secs_f64(), written));
    };

    println!("1. The responder commits to every file under {}.", documents.display());
    let start = Instant::now();
    let view = VIEW.parse()?;
    let options =
        CommitOptions { documents: &documents, views: &[view], acquisition: &[], out: &commitment };
    let committed = commit(&options, &Bars::default(), &mut OsRng)?;
    step("commit-corpus", start, size(&public)?);
    println!("   Everyone sees the folder PUBLIC: {} documents, the view", committed.documents);
    println!("   {VIEW} and one root, {}.", committed.root);
    println!("   No one else sees the folder SECRET: salts and paths of all documents.\n");

    println!("2. The requester asks for images that its model takes for a {CLASS}.");
    let start = Instant::now();
    let issued = issue(
        &issue::Options {
            model: &sample.join("model.onnx"),
            view,
            commitment: &public,
            calibration: &sample.join("calibration"),
            reading: issue::Reading::default(),
            input: InputScaling::default(),
            predicate: Predicate::match_class([CLASS]),
            release: Release::Family,
            accept_outside: &[],
            agreement: issue::DEFAULT_AGREEMENT,
            accept_disagreement: false,
            out: &request,
        },
        &Bars::default(),
    )?;
    step("issue-request", start, size(&request)?);
    println!("   Everyone sees the model, the exact integer program compiled from it, and");
    println!(
        "   that both agree on {} of {} calibration documents.\n",
        issued.quality.same_decision, issued.quality.documents
    );

    println!("3. The responder runs the program on every document and proves each decision.");
    let start = Instant::now();
    let answer = respond(
        &respond::Options {
            question: respond::Question {
                corpus: &documents,
                commitment: &commitment,
                request: &request,
                batch: None,
            },
            out: &bundle,
            withhold: None,
            release_unreadable: false,
        },
        &Bars::default(),
        &mut OsRng,
    )?;
    step("respond", start, size(&bundle)?);
    println!("   {} of {} documents match and are released;", answer.matching, answer.documents);
    println!("   {} is no picture, and the bundle says so.", answer.outside);
    println!("   Of the others, everyone learns that they do not match, and nothing else.\n");

    println!("4. The judge verifies, from PUBLIC, the request and the bundle alone.");
    let start = Instant::now();
    let report = verify_bundle(&public, &request, &bundle, &Bars::default())?;
    step("verify-bundle", start, 0);
    for line in report.to_string().lines() {
        println!("   {line}");
    }
    println!();

    println!("   A released file on its own, and the same file with one bit flipped:");
    let attack = folder.join("tampered.png");
    let released = first_file(&bundle.join("data/released"))?;
    let mut bytes = fs::read(&released)?;
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    fs::write(&attack, bytes)?;
    for file in [&released, &attack] {
        let report = verify_document(&public, &bundle, file)?;
        let path = report.path.map_or(String::new(), |path| format!(", committed as {path}"));
        println!("   {:?}: {}{path}", report.outcome, file.strip_prefix(&folder)?.display());
    }

    println!("\n{:<14} {:>9} {:>14} {:>17}", "step", "seconds", "bytes written", "ms per document");
    for (name, seconds, written) in table {
        let each = seconds * 1000.0 / answer.documents as f64;
        println!("{name:<14} {seconds:>9.2} {written:>14} {each:>17.2}");
    }
    println!("\nAll artefacts are in {}.", folder.display());
    println!("Build the programs with `cargo build --release --locked`, and look at them again:");
    println!("  target/release/judge verify-bundle --commitment {} \\", public.display());
    println!("    --request {} --bundle {}", request.display(), bundle.display());
    Ok(())
}

fn first_file(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let files = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    files.iter().map(fs::DirEntry::path).min().ok_or_else(|| "nothing was released".into())
}

/// Bytes of a file, or of all files under a folder.
fn size(path: &Path) -> Result<u64, Box<dyn Error>> {
    if path.is_file() {
        return Ok(fs::metadata(path)?.len());
    }
    fs::read_dir(path)?.map(|entry| size(&entry?.path())).sum()
}
