//! The whole job on the sample corpus: `cargo run --release --locked -p demonstration`.
//!
//! Three parties who do not trust each other: the responder has documents, the
//! requester has search terms and classifiers, the judge decides whether exactly the
//! documents that match were handed over.
//!
//! * `collection`: what the responder holds, from the folder to the commitment
//! * `request`: the questions; `answer`: what becomes of one
//! * `released`: what a bundle hands over, for people
//! * `lot`: a sample of what was not handed over

mod answer;
mod collection;
mod lot;
mod released;
mod request;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;

use crate::answer::{answer, check_one_file};
use crate::collection::{Collection, size};
use crate::lot::draw_a_lot;
use crate::request::{of_tokens, requests};

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
    println!("FERRIS v. LARKFIELD LOANS, an invented case.");
    println!("Ann Ferris repaid a loan early. The leaflet said that this is free; the lender");
    println!("charged 480. She asks for its documents about the fee. The lender need not show");
    println!("the others, and she need not believe that it has searched them all.\n");

    let collection = Collection::commit(&sample, folder.clone())?;
    for (letter, request) in ('A'..).zip(requests(&sample)?) {
        println!("REQUEST {letter}. {}", request.title);
        answer(&collection, letter, &request)?;
    }
    let request = of_tokens(&sample)?;
    println!("REQUEST D. {}", request.title);
    let mailbox = Collection::commit_mailbox(&sample, folder.join("mailbox"))?;
    answer(&mailbox, 'D', &request)?;
    println!(
        "  The mailbox holds a second advertisement, which this model scores at 0.7, below two"
    );
    println!(
        "  letters of the office. Proved is what a model decides, not that it is a good one.\n"
    );
    check_one_file(&collection)?;
    draw_a_lot(&collection, 'A')?;

    println!("PROVED, for every document with the view that a request reads: whether it matches;");
    println!("and that each match was handed over with its family, or is listed with a reason.\n");
    println!("NOT PROVED: that the folder held all documents; that the text or the picture of a");
    println!("document that was not handed over was read from its file as it should be; the kind");
    println!("of a document that a request leaves aside; when the commitment was made. A declared");
    println!("search, the lot, and a date for the root deal with these.");
    println!("docs/claims.md has the full list.\n");

    let name = |path: &str| folder.join(path).display().to_string();
    println!("Everything is in {}: {} kB.", folder.display(), size(&folder)?.div_ceil(1000));
    println!("What the judge found, as pages for people: {} and B and C,", name("report-A.html"));
    println!("  and {}.", name("mailbox/report-D.html"));
    println!("Make the programs with `cargo build --release --locked`, and judge for yourself:");
    println!("  target/release/judge verify-bundle --commitment {} \\", name("commitment/PUBLIC"));
    println!("    --request {} --bundle {}", name("request-A"), name("bundle-A"));
    Ok(())
}
