//! What no proof reaches: a sample of what was not handed over, opened to the judge alone.

use std::error::Error;
use std::path::Path;

use candor_cli::Bars;
use candor_lot::audit::{AuditOptions, Came, audit};
use candor_lot::formats::{Families, Filed, Opened};
use candor_lot::judge::{CommitOptions, DrawOptions, commit, draw};
use candor_lot::responder::{OpenOptions, SealOptions, open, seal};
use candor_lot::signature::Authority;

use crate::collection::Collection;

/// How many documents are drawn of those that do not match, and how many of those whose
/// kind was left aside.
const DRAWN: [u64; 2] = [6, 6];

/// Draws a lot from what an answer did not hand over, opens and audits it. The parties tell
/// each other the digests of their files; in a real case they sign them.
pub(crate) fn draw_a_lot(collection: &Collection, letter: char) -> Result<(), Box<dyn Error>> {
    let path = |name: &str| collection.folder.join(name);
    let [request, bundle] =
        ["request", "bundle"].map(|name| collection.folder.join(format!("{name}-{letter}")));
    let answer: Option<(&Path, &Path)> = Some((&request, &bundle));
    let (public, commitment) = (collection.public(), collection.commitment());
    let (lot, sealed, opened) = (path("lot"), path("seal.json"), path("opened"));
    let [closed, aside] = DRAWN;
    let strata = [format!("nonmatching={closed}").parse()?, format!("outside={aside}").parse()?];
    let bars = Bars::default();

    let fixed = commit(&CommitOptions {
        commitment: &public,
        request: Some(&request),
        strata: &strata,
        families: Families::Top,
        excuse: &[],
        error: "0.05".parse()?,
        after: None,
        key: None,
        out: &lot,
    })?;
    let seal = seal(
        &SealOptions {
            lot: &lot.join("lot.json"),
            authority: Authority::Digest(fixed.lot),
            commitment: &commitment,
            answer,
            voids: &[],
            at_most: DRAWN.iter().sum(),
            key: None,
            out: &sealed,
        },
        &bars,
    )?;
    draw(
        &DrawOptions {
            lot: &lot,
            seal: &sealed,
            authority: Authority::Digest(seal.seal),
            commitment: &public,
            answer,
        },
        &bars,
    )?;
    let drawing = lot.join("drawing.json");
    open(
        &OpenOptions {
            drawing: &drawing,
            documents: &collection.items(),
            commitment: &commitment,
            answer,
            missing: None,
            key: None,
            out: &opened,
        },
        &bars,
    )?;
    let statement = opened.join("opened.json");
    let digest = Filed::<Opened>::own(&statement)?.digest;
    let audited = audit(
        &AuditOptions {
            lot: &lot,
            came: Some(Came {
                package: &opened.join("opened.age"),
                statement: &statement,
                authority: Authority::Digest(digest),
            }),
            commitment: &public,
            answer,
            sheet: false,
            out: &path("audit"),
        },
        &bars,
    )?;
    println!("A LOT of what request {letter} did not find, which neither side can choose:");
    println!(
        "  The judge draws {closed} documents that do not match, and {aside} of kinds left aside. The"
    );
    println!("  responder opens them to the judge alone, who reads each again and compares it");
    println!("  with the commitment:");
    let text = audited.to_string();
    for line in text.lines().filter(|line| line.starts_with("drawn") || line.starts_with("outcome"))
    {
        println!("    {line}");
    }
    println!();
    Ok(())
}
