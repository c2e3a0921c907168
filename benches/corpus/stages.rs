//! The stages, and what is measured of each.

use std::fs;
use std::path::Path;
use std::time::Instant;

use candor::exchange::issue::{SearchOptions, SearchQuestion, TermList, issue_search};
use candor::exchange::respond::{self, respond};
use candor::exchange::{CommitOptions, commit, expand};
use candor::{CoarseKind, Dialect, Outcome, Release, Silent, ViewId, verify_bundle};
use candor_testing::mails::{Mails, write_mbox};
use candor_testing::peak;
use rand_core::OsRng;

use crate::models;

/// Five words and a phrase among them, as parties write them: a few mails hold them.
const TERMS: &str = "(agreement OR \"mailing list\") AND (money OR credit OR server)";

/// A step of the whole.
#[derive(Clone, Copy)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    /// The stage before it, whose results it takes.
    pub(crate) after: Option<&'static str>,
    /// What it leaves for others.
    pub(crate) made: Option<&'static str>,
    pub(crate) run: fn(&Path, u64) -> Figures,
}

const fn stage(
    name: &'static str,
    after: Option<&'static str>,
    run: fn(&Path, u64) -> Figures,
) -> Stage {
    Stage { name, after, made: None, run }
}

pub(crate) const STAGES: [Stage; 15] = [
    Stage { made: Some("source"), ..stage("generate", None, generate) },
    Stage { made: Some("items"), ..stage("expand", Some("generate"), expanded) },
    Stage {
        made: Some("commit-33"),
        ..stage("commit-33", Some("expand"), |at, _| {
            committed(at, "commit-33", &["text/terms-33", "text/words-4096", "mail/thread"])
        })
    },
    Stage {
        made: Some("commit-264"),
        ..stage("commit-264", Some("expand"), |at, _| {
            committed(at, "commit-264", &["text/terms-264", "text/words-4096", "mail/thread"])
        })
    },
    Stage {
        made: Some("commit-132"),
        ..stage("commit-132", Some("expand"), |at, _| {
            committed(at, "commit-132", &["text/terms-132"])
        })
    },
    stage("query-33", Some("commit-33"), |at, _| searched(at, "text/terms-33", "33")),
    stage("verify-33", Some("query-33"), |at, _| verified(at, "commit-33", "query-33")),
    stage("query-132", Some("commit-132"), |at, _| searched(at, "text/terms-132", "132")),
    stage("verify-132", Some("query-132"), |at, _| verified(at, "commit-132", "query-132")),
    stage("query-264", Some("commit-264"), |at, _| searched(at, "text/terms-264", "264")),
    stage("verify-264", Some("query-264"), |at, _| verified(at, "commit-264", "query-264")),
    stage("model-lr", Some("commit-33"), |at, _| modelled(at, "model-lr", &models::linear())),
    stage("verify-lr", Some("model-lr"), |at, _| verified(at, "commit-33", "model-lr")),
    stage("model-mlp", Some("commit-33"), |at, _| modelled(at, "model-mlp", &models::layers())),
    stage("verify-mlp", Some("model-mlp"), |at, _| verified(at, "commit-33", "model-mlp")),
];

/// What was measured of a stage.
pub(crate) struct Figures {
    items: u64,
    seconds: f64,
    processor: f64,
    what: String,
}

impl Figures {
    /// Its line of the table.
    pub(crate) fn line(&self, stage: &Stage) -> String {
        let Self { items, seconds, processor, what } = self;
        let each = |seconds: f64| seconds * 1000.0 / *items as f64;
        format!(
            "| {} | {items} | {seconds:.2} | {:.3} | {:.3} | {:.0} | {what} |",
            stage.name,
            each(*seconds),
            each(*processor),
            peak::megabytes(),
        )
    }
}

/// Times what is done, and says of how many items.
fn timed(work: impl FnOnce() -> (u64, String)) -> Figures {
    let (start, before) = (Instant::now(), peak::processor_seconds());
    let (items, what) = work();
    let seconds = start.elapsed().as_secs_f64();
    Figures { items, seconds, processor: peak::processor_seconds() - before, what }
}

fn generate(at: &Path, items: u64) -> Figures {
    timed(|| {
        let folder = at.join("source/ada");
        fs::create_dir_all(&folder).expect("a folder");
        let mails = Mails::new(1).take(items as usize);
        let bytes = write_mbox(&folder.join("mail.mbox"), mails).expect("a mailbox");
        (items, format!("{:.1} MB", bytes as f64 / 1e6))
    })
}

fn expanded(at: &Path, _: u64) -> Figures {
    let source = at.join("source");
    let bytes = fs::metadata(source.join("ada/mail.mbox")).expect("a mailbox").len();
    let options = expand::Options {
        source: &source,
        out: &at.join("items"),
        custodian: None,
        dedupe: expand::Dedupe::None,
        known: None,
        ocr_text: None,
    };
    let mut figures = timed(|| {
        let done = expand(&options, &Silent).expect("items");
        (done.summary.items, String::new())
    });
    figures.what = format!("{:.1} MB/s", bytes as f64 / 1e6 / figures.seconds);
    figures
}

fn committed(at: &Path, name: &str, views: &[&str]) -> Figures {
    let parsed: Vec<ViewId> = views.iter().map(|view| view.parse().expect("a view")).collect();
    let documents = at.join("items");
    let out = at.join(name);
    let options = CommitOptions {
        documents: &documents,
        views: &parsed,
        acquisition: &[],
        vocabularies: &[],
        out: &out,
    };
    timed(|| {
        let done = commit(&options, &Silent, &mut OsRng).expect("a commitment");
        (done.documents, views.join(", "))
    })
}

fn searched(at: &Path, view: &str, chunks: &str) -> Figures {
    let (commitment, request) =
        (at.join(format!("commit-{chunks}")), at.join(format!("request-{chunks}")));
    let terms = TermList::line(TERMS, Dialect::Candor);
    let view = view.parse().expect("a view");
    let question = SearchQuestion::new(&terms, view);
    let options = SearchOptions {
        release: Release::Item,
        accept_outside: &CoarseKind::ALL,
        ..SearchOptions::new(question, &commitment, &request)
    };
    let _ = fs::remove_dir_all(&request);
    issue_search(&options).expect("a request");
    answered(at, &commitment, &request, &format!("query-{chunks}"))
}

fn modelled(at: &Path, name: &str, model: &[u8]) -> Figures {
    let request = at.join(format!("request-{name}"));
    let _ = fs::remove_dir_all(&request);
    models::request(at, &at.join("commit-33"), model, &request);
    answered(at, &at.join("commit-33"), &request, name)
}

/// Answers a request.
fn answered(at: &Path, commitment: &Path, request: &Path, name: &str) -> Figures {
    let out = at.join(name);
    let _ = fs::remove_dir_all(&out);
    let items = at.join("items");
    let question = respond::Question { corpus: &items, commitment, request, batch: None };
    let options = respond::Options::new(question, &out);
    fs::write(at.join(format!("{name}.request")), request.as_os_str().as_encoded_bytes())
        .expect("a note");
    timed(|| {
        let done = respond(&options, &Silent, &mut OsRng).expect("a bundle");
        let proved = done.documents - done.outside - done.unreadable;
        let rows: Vec<usize> = done.rows_per_document.0.to_vec();
        let phases = serde_json::to_string(&done.proving.phases).expect("JSON");
        (proved, format!("{} match, rows {rows:?}, {phases}", done.matching))
    })
}

fn verified(at: &Path, commitment: &str, name: &str) -> Figures {
    let request = fs::read_to_string(at.join(format!("{name}.request"))).expect("a note");
    timed(|| {
        let (commitment, bundle) = (at.join(commitment), at.join(name));
        let report = verify_bundle(commitment.as_path(), Path::new(&request), &bundle, &Silent);
        let report = report.expect("a report");
        // A mail of a whole book's length has more terms than a filter takes.
        assert_ne!(report.outcome, Outcome::Failed, "{report}");
        (report.examined.unwrap_or_default(), format!("{} unreadable", report.unreadable))
    })
}
