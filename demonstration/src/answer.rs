//! What becomes of a request: the responder answers, the judge verifies.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use candor::exchange::respond::{self, respond};
use candor::exchange::{Beside, verify_bundle_with, verify_document};
use candor_cli::Bars;
use candor_pages::verify::{self, Run, Seen};
use candor_pages::{Stated, write};
use rand_core::OsRng;

use crate::collection::{Collection, size};
use crate::released::released;
use crate::request::Request;

/// Issues, answers and judges one request, and prints what each party sees.
pub(crate) fn answer(
    collection: &Collection,
    letter: char,
    request: &Request,
) -> Result<(), Box<dyn Error>> {
    let folder = |name: &str| collection.folder.join(format!("{name}-{letter}"));
    let (asked, bundle) = (folder("request"), folder("bundle"));
    request.issue(collection, &asked)?;

    let start = Instant::now();
    let withhold = request.withheld.map(|(path, reason)| {
        let list = folder("withhold").with_extension("csv");
        fs::write(&list, format!("file,reason\n{path},\"{reason}\"\n")).map(|()| list)
    });
    let withhold: Option<PathBuf> = withhold.transpose()?;
    let (items, commitment) = (collection.items(), collection.commitment());
    let question =
        respond::Question { corpus: &items, commitment: &commitment, request: &asked, batch: None };
    let answered = respond(
        &respond::Options {
            withhold: withhold.as_deref(),
            ..respond::Options::new(question, &bundle)
        },
        &Bars::default(),
        &mut OsRng,
    )?;
    let examined = answered.documents - answered.outside;
    println!(
        "  The responder proves {examined} decisions in {:.1} s: {} match.",
        start.elapsed().as_secs_f64(),
        answered.matching
    );
    println!(
        "    It hands over {} documents, families whole ({} kB with all proofs):",
        answered.released,
        size(&bundle)?.div_ceil(1000)
    );
    for line in released(&bundle)? {
        println!("      {line}");
    }
    if let Some((_, reason)) = request.withheld {
        println!("    It withholds {} and says why: \"{reason}\".", answered.withheld);
    }
    println!(
        "    Of the others everyone learns that they do not match, or that the request leaves"
    );
    println!("    their kind aside, and no more.");

    let start = Instant::now();
    let (public, seen) = (collection.public(), Seen::new());
    let beside = Beside { watch: Some(&seen), ..Beside::default() };
    let report = verify_bundle_with(public.as_path(), &asked, &bundle, beside, &Bars::default())?;
    let run = Run { stated: Stated::now(), strict: false, judge_copy: false, produced: 0 };
    write(&folder("report").with_extension("html"), &verify::page(&report, seen, &run))?;
    let text = report.to_string();
    println!(
        "  The judge verifies, in {:.1} s, from commitment/PUBLIC, the request and the bundle:",
        start.elapsed().as_secs_f64()
    );
    for line in [text.lines().next(), text.lines().last()].into_iter().flatten() {
        println!("    {line}");
    }
    println!();
    Ok(())
}

/// Checks a released file on its own, and the same file with one bit changed.
pub(crate) fn check_one_file(collection: &Collection) -> Result<(), Box<dyn Error>> {
    let bundle = collection.folder.join("bundle-A");
    let released = first_file(&bundle.join("data/released"))?;
    let mut bytes = fs::read(&released)?;
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    let changed = collection.folder.join("changed");
    fs::write(&changed, bytes)?;
    println!("ONE FILE, later, and the same file with one bit changed:");
    for file in [&released, &changed] {
        let report = verify_document(&collection.public(), &bundle, file)?;
        let path = report.path.map_or(String::new(), |path| format!(", committed as {path}"));
        let shown = file.strip_prefix(&collection.folder)?.display();
        println!("  {:?}: {shown}{path}", report.outcome);
    }
    println!();
    Ok(())
}

fn first_file(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let files = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    files.iter().map(fs::DirEntry::path).min().ok_or_else(|| "nothing was released".into())
}
