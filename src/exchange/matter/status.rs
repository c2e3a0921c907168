//! What was done in a matter, what is kept, and what comes next.
//!
//! Only looks: nothing is verified here, and nothing written.

use std::fmt;
use std::fs;

use serde::Serialize;

use super::{Matter, VERSION, exists};
use crate::corpus::commitment::{Commitment, MAX_COMMITMENT_BYTES};
use crate::corpus::items;
use crate::exchange::commitment_files::{PUBLIC, SECRET, STORE, public_file};
use crate::exchange::error::ExchangeError;
use crate::exchange::folder::{partial_of, unfinished_of};
use crate::exchange::formats::bundle::{self, BundleInfo, MAX_INFO_BYTES};
use crate::exchange::formats::json;
use crate::exchange::formats::request;
use crate::exchange::formats::text::Sha256Hex;
use crate::field::ScalarHex;
use crate::files::read_capped;
use crate::printable::{count, printable};

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is done.
    Done,
    /// It was interrupted.
    Unfinished,
    /// It is still to do.
    Open,
    /// Something does not fit together; the step says what.
    Problem,
}

/// One step of a matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// `documents`, `commit`, `request`, `respond`.
    pub name: &'static str,
    /// How far it is.
    pub state: State,
    /// What there is.
    pub detail: String,
}

/// What was done in a matter, what is kept, and what comes next.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The name of the matter.
    pub matter: String,
    /// The version of Candor that began it.
    pub candor: String,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// What to keep, and what to hand over.
    pub keep: Vec<String>,
    /// The next command, or what is waited for.
    pub next: String,
}

pub(super) fn of(matter: &Matter) -> Result<Status, ExchangeError> {
    let (commit, root) = commit(matter)?;
    let (asked, digest) = asked(matter, root);
    let steps = vec![documents(matter), commit, asked, respond(matter, digest)?];
    let mut keep = Vec::new();
    if root.is_some() {
        let folder = matter.commitment();
        keep.push(format!(
            "keep and back up {}; never hand it over",
            folder.join(SECRET).display()
        ));
        keep.push(format!("hand over {}", folder.join(PUBLIC).display()));
    }
    if exists(&matter.bundle()) {
        keep.push(format!("hand over {}", matter.bundle().display()));
    }
    Ok(Status {
        matter: matter.record.matter.clone(),
        candor: matter.record.candor.clone(),
        next: next(matter, &steps),
        steps,
        keep,
    })
}

fn step(name: &'static str, state: State, detail: impl Into<String>) -> Step {
    Step { name, state, detail: detail.into() }
}

fn documents(matter: &Matter) -> Step {
    let folder = matter.documents();
    if !exists(&folder) {
        let detail = format!("there is no folder {}", folder.display());
        return step("documents", State::Open, detail);
    }
    match items::files(&folder) {
        Ok(files) if files.is_empty() => {
            step("documents", State::Open, format!("{} holds no files", folder.display()))
        }
        Ok(files) => {
            let files = files.len() as u64;
            let state = match matter.record.committed {
                Some(committed) if committed != files => State::Problem,
                _ => State::Done,
            };
            let files = count(files, "file", "files");
            step("documents", state, format!("{}: {files}", folder.display()))
        }
        Err(error) => step("documents", State::Problem, error.to_string()),
    }
}

fn commit(matter: &Matter) -> Result<(Step, Option<ScalarHex>), ExchangeError> {
    let folder = matter.commitment();
    if !exists(&folder) {
        let partial = partial_of(&folder)?;
        return Ok(match (exists(&partial), matter.record.root) {
            (_, Some(root)) => {
                let detail = format!(
                    "root {root} is recorded, but {} is gone: restore it from a copy",
                    folder.display()
                );
                (step("commit", State::Problem, detail), None)
            }
            (true, None) => {
                let detail = "interrupted; nothing of it is kept".to_owned();
                (step("commit", State::Unfinished, detail), None)
            }
            (false, None) => (step("commit", State::Open, "no commitment yet"), None),
        });
    }
    let file = public_file(&folder)?;
    let bytes = read_capped(&file, MAX_COMMITMENT_BYTES)?;
    let commitment = match Commitment::from_json(&bytes) {
        Ok(commitment) => commitment,
        Err(error) => return Ok((step("commit", State::Problem, error.to_string()), None)),
    };
    let root = ScalarHex(commitment.root);
    let detail = format!("root {root}, {}", count(commitment.documents, "document", "documents"));
    let secret = folder.join(SECRET).join(STORE);
    if !exists(&secret) {
        let detail = format!("{detail}; {} is gone: restore it from a copy", secret.display());
        return Ok((step("commit", State::Problem, detail), Some(root)));
    }
    if let Err(error) = matter.check_root(root) {
        return Ok((step("commit", State::Problem, error.to_string()), Some(root)));
    }
    Ok((step("commit", State::Done, detail), Some(root)))
}

fn asked(matter: &Matter, root: Option<ScalarHex>) -> (Step, Option<Sha256Hex>) {
    let folder = matter.request();
    if !exists(&folder) {
        return (step("request", State::Open, "no request yet"), None);
    }
    let (asked, digest) = match request::look(&folder) {
        Ok(found) => found,
        Err(error) => return (step("request", State::Problem, error.to_string()), None),
    };
    let detail = format!("request {digest} for view {}", asked.view);
    if root.is_some_and(|root| root != asked.root) {
        let detail = format!("{detail}, but it is for root {}", asked.root);
        return (step("request", State::Problem, detail), Some(digest));
    }
    (step("request", State::Done, detail), Some(digest))
}

fn respond(matter: &Matter, digest: Option<Sha256Hex>) -> Result<Step, ExchangeError> {
    let bundle = matter.bundle();
    if !exists(&bundle) {
        let proofs = unfinished_of(&bundle)?.join(bundle::PROOFS);
        return Ok(match fs::read_dir(&proofs).map(Iterator::count) {
            Ok(proofs) => {
                let proofs = count(proofs as u64, "proof is", "proofs are");
                let place = partial_of(&bundle)?;
                let detail = format!("interrupted; {proofs} kept in {}", place.display());
                step("respond", State::Unfinished, detail)
            }
            Err(_) => step("respond", State::Open, "no bundle yet"),
        });
    }
    let path = bundle.join(bundle::INFO);
    let info = read_capped(&path, MAX_INFO_BYTES as u64).map_err(|error| error.to_string());
    let info = info.and_then(|bytes| {
        json::from_document::<BundleInfo>(&bytes).map_err(|error| error.to_string())
    });
    Ok(match info {
        Err(problem) => step("respond", State::Problem, printable(&problem)),
        Ok(info) if digest.is_some_and(|digest| digest != info.request) => {
            let detail = format!("{} answers request {}", bundle.display(), info.request);
            step("respond", State::Problem, detail)
        }
        Ok(info) => {
            let documents = count(info.documents, "document", "documents");
            let proofs = count(info.batches, "proof", "proofs");
            let detail = format!("{}: {documents}, {proofs}", bundle.display());
            step("respond", State::Done, detail)
        }
    })
}

/// The first thing that is not done.
fn next(matter: &Matter, steps: &[Step]) -> String {
    let open = steps.iter().find(|step| step.state != State::Done);
    let Some(step) = open else {
        return "judge verify-bundle".to_owned();
    };
    match (step.name, step.state) {
        ("documents", State::Problem) => "restore the documents as they were committed".to_owned(),
        ("documents", _) => {
            format!("put the documents into the folder {}", matter.documents().display())
        }
        ("commit" | "request" | "respond", State::Problem) => {
            format!("see `{}` above", step.name)
        }
        ("commit", _) if matter.record.views.is_empty() => {
            "responder commit-corpus --view VIEW (see \"Choosing views\" in the user guide)"
                .to_owned()
        }
        ("commit", _) => "responder commit-corpus".to_owned(),
        ("request", _) => format!(
            "put the folder that requester issue-request writes here, as {}",
            matter.request().display()
        ),
        _ => "responder respond".to_owned(),
    }
}

/// The page that `responder status` prints.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "matter     {}", printable(&self.matter))?;
        if self.candor != VERSION {
            writeln!(
                f,
                "version    begun with Candor {}; this is {VERSION}, which may not be able to read it",
                printable(&self.candor)
            )?;
        }
        for step in &self.steps {
            let state = match step.state {
                State::Done => "done",
                State::Unfinished => "unfinished",
                State::Open => "open",
                State::Problem => "PROBLEM",
            };
            writeln!(f, "{:<10} {state:<11} {}", step.name, printable(&step.detail))?;
        }
        for line in &self.keep {
            writeln!(f, "           {}", printable(line))?;
        }
        writeln!(f, "next       {}", printable(&self.next))
    }
}
