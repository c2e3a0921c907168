//! A mailbox from end to end: expanded, committed, searched, released and verified, and
//! all of it compared with what reading each item says.

use std::collections::BTreeSet;
use std::fs;

use candor::corpus::items::{LIST, item_path};
use candor::exchange::formats::bundle::Opening;
use candor::exchange::issue::{SearchOptions, SearchQuestion, TermList, issue_search};
use candor::exchange::respond::{self, respond};
use candor::exchange::{CommitOptions, commit, expand};
use candor::{CoarseKind, Dialect, Outcome, Release, Silent, ViewId, verify_bundle};
use candor_documents::filter::Layout;
use candor_documents::query::{Options, Query, Reading};
use candor_documents::terms::ItemFacts;
use candor_documents::{Budget, Content, Kind, Listed, kind_of, read};
use candor_testing::files;
use candor_testing::mails::{Mails, write_mbox};

const VIEW: &str = "text/terms-33";
const TERMS: &str = "(agreement OR \"the server\") AND (money OR credit OR from:ada.abel@example.com) AND date:2019-01-01..2019-12-31";

#[test]
fn a_mailbox_of_two_thousand_mails_is_released_as_reading_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir_all(path("source/ada")).unwrap();
    write_mbox(&path("source/ada/mail.mbox"), Mails::new(10).take(2000)).unwrap();
    let done = expand(
        &expand::Options {
            source: &path("source"),
            out: &path("items"),
            custodian: None,
            dedupe: expand::Dedupe::None,
            known: None,
            ocr_text: None,
        },
        &Silent,
    );
    let items = done.unwrap().summary.items;
    // The mailbox, its mails and their attachments.
    assert!((2101..2601).contains(&items), "{items}");

    let views: [ViewId; 2] = [VIEW.parse().unwrap(), "mail/thread".parse().unwrap()];
    let (documents, out) = (path("items"), path("commit"));
    let options = CommitOptions {
        documents: &documents,
        views: &views,
        acquisition: &[],
        vocabularies: &[],
        out: &out,
    };
    let committed = commit(&options, &Silent, &mut rand_core::OsRng).unwrap();
    assert_eq!(committed.documents, items);
    let terms = TermList::line(TERMS, Dialect::Candor);
    let (commitment, request) = (path("commit"), path("request"));
    let question = SearchQuestion::new(&terms, views[0]);
    let options = SearchOptions {
        release: Release::Item,
        accept_outside: &CoarseKind::ALL,
        ..SearchOptions::new(question, &commitment, &request)
    };
    issue_search(&options).unwrap();
    let question = respond::Question {
        corpus: &path("items"),
        commitment: &path("commit"),
        request: &path("request"),
        batch: None,
    };
    let out = path("bundle");
    respond(&respond::Options::new(question, &out), &Silent, &mut rand_core::OsRng).unwrap();
    let report = verify_bundle(commitment.as_path(), &request, &out, &Silent).unwrap();
    assert_eq!(report.outcome, Outcome::Verified, "{report}");
    assert_eq!(report.documents, items);

    let list = fs::read_to_string(path("items").join(LIST)).unwrap();
    let lines = list.lines().skip(1).map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Listed> = lines.collect();
    assert_eq!(lines.len() as u64, items);
    let (mut wide, mut held) = (BTreeSet::new(), BTreeSet::new());
    for line in &lines {
        let bytes = fs::read(path("items").join(item_path(line.item))).unwrap();
        let (by_filter, by_reading) = found(line, &bytes);
        wide.extend(by_filter.then(|| line.record.path.to_string()));
        held.extend(by_reading.then(|| line.record.path.to_string()));
    }
    let openings: Vec<Opening> = files::lines(&path("bundle/data/openings.jsonl"));
    let records = openings.into_iter().filter_map(|opening| opening.record);
    let released: BTreeSet<String> = records.map(|record| record.line.path.to_string()).collect();
    assert_eq!(released, wide);
    assert!(released.is_superset(&held), "{:?}", held.difference(&released));
    // A search that holds of few or of all would say little.
    assert!((20..600).contains(&held.len()), "{}", held.len());
    assert!(released.len() - held.len() < 20, "{} {}", released.len(), held.len());
}

/// Whether the search is found in an item by its filter, and by reading it.
fn found(line: &Listed, bytes: &[u8]) -> (bool, bool) {
    let kind = kind_of(bytes);
    if kind.is_container() || kind == Kind::Unknown {
        return (false, false);
    }
    let content: Content = read(bytes, kind, &mut Budget::new()).unwrap();
    let facts = ItemFacts::of(bytes, kind, &line.record);
    let query = Query::parse(TERMS, Dialect::Candor).unwrap();
    let layout = Layout::of_name(VIEW).unwrap();
    let options = Options { wanted: layout.wanted(), ..Options::default() };
    let view = layout.view(&content, &facts).unwrap();
    let by_filter = query.wide(&options).unwrap().holds(layout, &view);
    (by_filter, Reading::of(&content, &facts).unwrap().holds(&query, &options))
}
