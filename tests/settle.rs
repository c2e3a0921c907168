//! What a search settles by the reading of the text, and what of it is opened to the judge
//! alone: honest, and forged in every way that a copy can be.

use std::fs;
use std::path::{Path, PathBuf};

use candor::corpus::{Store, ViewId};
use candor::exchange::formats::bag;
use candor::exchange::formats::bundle::{Bases, Basis, Opening, Withheld};
use candor::exchange::formats::judge_copy::{self, JudgeCopyInfo};
use candor::exchange::formats::search::{Not, Settle, Undated};
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::issue::{
    IssuedSearch, SearchOptions, SearchQuestion, TermList, issue_search,
};
use candor::exchange::respond::{self, Summary, respond};
use candor::exchange::{
    Beside, CommitOptions, ExchangeError, Outcome, Release, Report, Silent, commit,
    verify_bundle_with,
};
use candor::field::{Scalar, ScalarHex};
use candor::{CoarseKind, Dialect};
use candor_documents::filter::{Layout, TokenKind};
use candor_documents::terms::ItemFacts;
use candor_documents::{Budget, Content};
use candor_testing::expanded::{expand, mail};
use candor_testing::files::{change_document, lines, sha256, write_lines};
use candor_testing::{Case, models, opening};

const VIEW: &str = "text/terms-33";
const LINE: &str = "bonus w/2 pay";
const FAR: &str = "bonus one two three four five pay";

/// A search of a few documents, and how it is answered.
struct Matter {
    folder: tempfile::TempDir,
    line: String,
    release: Release,
    settle: Settle,
    undated: Undated,
    not: Not,
    may_miss: Option<f64>,
    family: bool,
    withhold_chance: bool,
}

impl Matter {
    fn new(tops: &[(&str, Vec<u8>)], line: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        expand(tops, &folder.path().join("items"));
        let views = [VIEW, "text/terms-33-family"];
        let views: Vec<ViewId> = views.iter().map(|view| view.parse().unwrap()).collect();
        let options = CommitOptions {
            documents: &folder.path().join("items"),
            views: &views,
            acquisition: &[],
            vocabularies: &[],
            out: &folder.path().join("commit"),
        };
        commit(&options, &Silent, &mut rand_core::OsRng).unwrap();
        Self {
            folder,
            line: line.to_owned(),
            release: Release::Item,
            settle: Settle::Judge,
            undated: Undated::Release,
            not: Not::Settle,
            may_miss: None,
            family: false,
            withhold_chance: false,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn try_ask(&self) -> Result<IssuedSearch, ExchangeError> {
        let terms = TermList::line(&self.line, Dialect::Candor);
        issue_search(&SearchOptions {
            question: SearchQuestion {
                not: self.not,
                may_miss: self.may_miss,
                settle: self.settle,
                undated: self.undated,
                family: self.family,
                ..SearchQuestion::new(&terms, VIEW.parse().unwrap())
            },
            commitment: &self.path("commit"),
            release: self.release,
            accept_outside: &CoarseKind::ALL,
            out: &self.path("request"),
        })
    }

    fn answering<T>(
        &self,
        copy: Option<&Path>,
        answer: impl FnOnce(&respond::Options<'_>) -> T,
    ) -> T {
        answer(&respond::Options {
            question: respond::Question {
                corpus: &self.path("items"),
                commitment: &self.path("commit"),
                request: &self.path("request"),
                batch: None,
            },
            out: &self.path("bundle"),
            withhold: None,
            redactions: None,
            release_unreadable: false,
            withhold_chance_matches: self.withhold_chance,
            judge_copy: copy,
        })
    }

    fn try_respond(&self, copy: Option<&Path>) -> Result<Summary, ExchangeError> {
        self.answering(copy, |options| respond(options, &Silent, &mut rand_core::OsRng))
    }

    /// Asks and answers, with a copy for the judge.
    fn answered(self) -> (Self, Summary) {
        self.try_ask().unwrap();
        let summary = self.try_respond(Some(&self.path("copy"))).unwrap();
        (self, summary)
    }

    fn verify(&self, copy: Option<&Path>) -> Report {
        let (commitment, request) = (self.path("commit"), self.path("request"));
        let bundle = self.path("bundle");
        verify_bundle_with(
            commitment.as_path(),
            &request,
            &bundle,
            Beside { judge_copy: copy, ..Beside::default() },
            &Silent,
        )
        .unwrap()
    }

    /// The judge's report with the copy, after both were sealed anew.
    fn judged(&self) -> Report {
        bag::seal(&self.path("bundle")).unwrap();
        let manifest = fs::read(self.path("bundle/manifest-sha256.txt")).unwrap();
        let openings: Vec<Opening> = lines(&self.path("copy/openings.jsonl"));
        change_document(&self.path("copy/judge-copy.json"), |info: &mut JudgeCopyInfo| {
            info.bundle = sha256(&manifest);
            info.documents = openings.len() as u64;
        });
        self.verify(Some(&self.path("copy")))
    }

    fn store(&self) -> Store {
        Store::read(&self.path("commit/SECRET/opening.store")).unwrap()
    }

    fn leaf(&self, name: &str) -> u64 {
        let store = self.store();
        let found = store.entries.iter().position(|e| e.record.path.to_string() == name);
        found.unwrap_or_else(|| panic!("{name}")) as u64
    }

    /// Paths that are released, and paths that are withheld with their reasons.
    fn handed_over(&self) -> (Vec<String>, Vec<(String, String)>) {
        let store = self.store();
        let name = |leaf: u64| store.entries[leaf as usize].record.path.to_string();
        let openings: Vec<Opening> = lines(&self.path("bundle/data/openings.jsonl"));
        let mut released: Vec<String> = openings.iter().map(|o| name(o.leaf)).collect();
        let withheld: Vec<Withheld> = lines(&self.path("bundle/data/withheld.jsonl"));
        let mut withheld: Vec<(String, String)> =
            withheld.into_iter().map(|line| (name(line.leaf), line.basis.to_string())).collect();
        released.sort();
        withheld.sort();
        (released, withheld)
    }

    /// What opens a document, honestly.
    fn opening(&self, leaf: u64) -> Opening {
        opening(&self.store(), leaf)
    }

    /// Puts a document's honest opening and bytes into the copy.
    fn open_to_judge(&self, leaf: u64, bytes: &[u8]) {
        let file = self.path("copy/openings.jsonl");
        let mut openings: Vec<Opening> = lines(&file);
        openings.push(self.opening(leaf));
        openings.sort_by_key(|opening| opening.leaf);
        write_lines(&file, &openings);
        fs::write(self.path("copy").join(judge_copy::file_name(leaf)), bytes).unwrap();
    }

    /// Withholds a released document on a basis that does not hold of it.
    fn withhold_falsely(&self, name: &str, reason: &str, bytes: &[u8]) {
        let leaf = self.leaf(name);
        let file = self.path("bundle/data/openings.jsonl");
        let mut openings: Vec<Opening> = lines(&file);
        let at = openings.iter().position(|opening| opening.leaf == leaf).unwrap();
        let gone = openings.remove(at);
        write_lines(&file, &openings);
        fs::remove_file(self.path("bundle").join(gone.file_name().unwrap())).unwrap();
        let file = self.path("bundle/data/withheld.jsonl");
        let mut withheld: Vec<Withheld> = lines(&file);
        withheld.push(Withheld::of(leaf, reason.parse().unwrap()));
        withheld.sort_by_key(|line| line.leaf);
        write_lines(&file, &withheld);
        self.open_to_judge(leaf, bytes);
    }
}

fn copy_tree(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    candor_testing::files::copy(from, to);
}

fn pair(path: &str, reason: &str) -> (String, String) {
    (path.to_owned(), reason.to_owned())
}

fn refused(report: &Report, expected: &str, what: &str) {
    let failure = report.failure.as_ref().unwrap_or_else(|| panic!("{what}: {report}"));
    assert_eq!((report.outcome, failure.check.id()), (Outcome::Failed, 5), "{what}: {failure}");
    let shown = serde_json::to_string(report).unwrap() + &report.to_string();
    assert!(failure.to_string().contains(expected), "{what}: {failure}");
    for secret in ["far", "near", ".txt", "bonus", "SHA-256"] {
        assert!(!shown.contains(secret), "{what} tells {secret}: {shown}");
    }
}

/// Two loose files that hold the words near and far, and two mails: one with a text that
/// holds them far apart, and one with such a text and one that holds the line.
fn tops() -> Vec<(&'static str, Vec<u8>)> {
    let far = || ("far.txt", FAR.as_bytes().to_vec());
    vec![
        ("loose near.txt", b"a bonus and pay".to_vec()),
        ("loose far.txt", FAR.as_bytes().to_vec()),
        ("loose other.txt", b"nothing of it".to_vec()),
        ("m.eml", mail("m", &[far()])),
        ("n.eml", mail("n", &[far(), ("near.txt", b"bonus pay".to_vec())])),
    ]
}

#[test]
fn what_the_line_does_not_hold_is_read_again_by_the_judge_alone() {
    let matter = Matter { release: Release::Family, ..Matter::new(&tops(), LINE) };
    matter.try_ask().unwrap();
    let missing = matter.try_respond(None).unwrap_err().to_string();
    assert!(missing.contains("--judge-copy: is missing: 2 matches are withheld"), "{missing}");
    assert!(!matter.path("bundle").exists());
    let summary = matter.try_respond(Some(&matter.path("copy"))).unwrap();
    assert_eq!((summary.matching, summary.withheld, summary.by_basis.settled), (5, 0, 2));
    // A settled item asks for no family; one in a family with a match goes with it.
    let (released, withheld) = matter.handed_over();
    assert_eq!(released, ["loose near.txt", "n.eml", "n.eml/far.txt", "n.eml/near.txt"]);
    assert_eq!(withheld, [pair("loose far.txt", "settled"), pair("m.eml/far.txt", "settled")]);
    let report = matter.verify(Some(&matter.path("copy")));
    assert_eq!((&report.failure, report.outcome), (&None, Outcome::Verified));
    assert_eq!((report.read_again, report.examined), (2, Some(report.documents)));
    assert!(report.to_string().contains("re-read by the judge on all"), "{report}");
    let report = matter.verify(None);
    assert_eq!((&report.failure, report.outcome), (&None, Outcome::Incomplete));
    assert_eq!((report.by_basis.settled, report.read_again, report.withheld), (2, 0, 0));
    assert_eq!(report.examined, Some(report.documents - 2));
    let page = report.to_string();
    assert!(page.contains("settled 2, chance matches 0, undated 0"), "{page}");
    assert!(page.contains("give it with --judge-copy"), "{page}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let copy = matter.path("copy");
        assert_eq!([mode(&copy), mode(&copy.join("files"))], [0o700; 2]);
        for file in candor_testing::files::files(&copy) {
            assert_eq!(mode(&copy.join(&file)), 0o600, "{}", file.display());
        }
    }
}

#[test]
fn shards_join_into_a_bundle_and_a_copy_for_the_judge() {
    let matter = Matter::new(&tops(), LINE);
    matter.try_ask().unwrap();
    let (part, copy) = (matter.path("part"), matter.path("copy"));
    let summary = matter.answering(Some(&copy), |options| {
        let shard = "1/1".parse().unwrap();
        respond::prove(&options.question, shard, &part, &Silent, &mut rand_core::OsRng).unwrap();
        assert!(!copy.exists(), "shards open nothing to anyone");
        respond::assemble(options, &[part], &Silent).unwrap()
    });
    assert_eq!((summary.by_basis.settled, summary.proving.proofs_reused), (3, 1));
    let report = matter.verify(Some(&copy));
    assert_eq!((&report.failure, report.outcome), (&None, Outcome::Verified));
    assert_eq!((report.read_again, report.examined), (3, Some(report.documents)));
}

/// What is done to an honest copy or bundle, and what the judge must say.
type Forgery = (&'static str, &'static str, fn(&Matter));

fn change_opening(matter: &Matter, change: impl FnOnce(&mut Vec<Opening>)) {
    let file = matter.path("copy/openings.jsonl");
    let mut openings: Vec<Opening> = lines(&file);
    change(&mut openings);
    write_lines(&file, &openings);
}

fn file_of(matter: &Matter, leaf: u64) -> PathBuf {
    matter.path("copy").join(judge_copy::file_name(leaf))
}

fn basis(name: &str) -> Bases {
    name.parse::<Basis>().unwrap().into()
}

fn change_reason(matter: &Matter, name: &str, reason: &str) {
    let (file, leaf) = (matter.path("bundle/data/withheld.jsonl"), matter.leaf(name));
    let mut withheld: Vec<Withheld> = lines(&file);
    withheld.iter_mut().find(|line| line.leaf == leaf).unwrap().basis = basis(reason);
    write_lines(&file, &withheld);
}

const FORGERIES: &[Forgery] = &[
    ("settled for chance", "withheld as chance-match", |matter| {
        change_reason(matter, "loose far.txt", "chance-match");
    }),
    ("undated where it is not asked", "does not let the program give", |matter| {
        change_reason(matter, "loose far.txt", "undated");
    }),
    ("a match that holds the line", "one that is to be released", |matter| {
        matter.withhold_falsely("loose near.txt", "settled", b"a bonus and pay");
    }),
    ("a match that holds the line, by chance", "one that is to be released", |matter| {
        matter.withhold_falsely("loose near.txt", "chance-match", b"a bonus and pay");
    }),
    ("other bytes of the same length", "as it was committed", |matter| {
        let leaf = matter.leaf("loose far.txt");
        fs::write(file_of(matter, leaf), FAR.replace("one", "two")).unwrap();
    }),
    ("bytes of another length", "as it was committed", |matter| {
        fs::write(file_of(matter, matter.leaf("loose far.txt")), "bonus").unwrap();
    }),
    ("the opening and bytes of another item", "as it was committed", |matter| {
        let [leaf, other] = ["loose far.txt", "loose other.txt"].map(|name| matter.leaf(name));
        let opening = Opening { leaf, ..matter.opening(other) };
        change_opening(matter, |all| *all.iter_mut().find(|o| o.leaf == leaf).unwrap() = opening);
        fs::write(file_of(matter, leaf), "nothing of it").unwrap();
    }),
    ("another record", "as it was committed", |matter| {
        change_opening(matter, |all| {
            all[0].record.as_mut().unwrap().line.made = true;
        });
    }),
    ("another salt of a view", "as it was committed", |matter| {
        change_opening(matter, |all| {
            all[0].view_salts.as_mut().unwrap()[0] = ScalarHex(Scalar::from(1));
        });
    }),
    ("a length that no view of text reads", "as it was committed", |matter| {
        change_opening(matter, |all| all[0].file.as_mut().unwrap().bytes = 1 << 40);
    }),
    ("no record", "openings in canonical spelling", |matter| {
        change_opening(matter, |all| all[0].record = None);
    }),
    ("one left out", "as many documents", |matter| {
        change_opening(matter, |all| drop(all.pop()));
    }),
    ("one for another", "that the program withholds", |matter| {
        let mut gone = 0;
        change_opening(matter, |all| gone = all.pop().unwrap().leaf);
        fs::remove_file(file_of(matter, gone)).unwrap();
        matter.open_to_judge(matter.leaf("loose other.txt"), b"nothing of it");
    }),
    ("one more", "as many documents", |matter| {
        matter.open_to_judge(matter.leaf("loose near.txt"), b"a bonus and pay");
    }),
    ("one more file", "exactly the files", |matter| {
        fs::write(matter.path("copy/files/00000099"), "bonus").unwrap();
    }),
    ("a file beside the others", "exactly the files", |matter| {
        fs::write(matter.path("copy/far.txt"), "bonus").unwrap();
    }),
    ("no file", "exactly the files", |matter| {
        fs::remove_file(file_of(matter, matter.leaf("loose far.txt"))).unwrap();
    }),
    ("no openings", "openings in canonical spelling", |matter| {
        fs::write(matter.path("copy/openings.jsonl"), "{\"leaf\":\"bonus\"}\n").unwrap();
    }),
];

#[test]
fn forged_bases_and_copies_are_refused() {
    let (matter, summary) = Matter::new(&tops(), LINE).answered();
    assert_eq!((summary.by_basis.settled, summary.released), (3, 2));
    let [bundle, copy] = ["bundle", "copy"].map(|name| matter.path(name));
    let [kept, kept_copy] = ["kept", "kept copy"].map(|name| matter.path(name));
    copy_tree(&bundle, &kept);
    copy_tree(&copy, &kept_copy);
    assert_eq!(matter.judged().outcome, Outcome::Verified);
    let mut wrong = Vec::new();
    for (what, expected, forge) in FORGERIES {
        copy_tree(&kept, &bundle);
        copy_tree(&kept_copy, &copy);
        forge(&matter);
        bag::seal(&bundle).unwrap();
        let manifest = sha256(&fs::read(bundle.join("manifest-sha256.txt")).unwrap());
        let withheld: Vec<Withheld> = lines(&bundle.join("data/withheld.jsonl"));
        let openings = fs::read_to_string(copy.join("openings.jsonl")).unwrap().lines().count();
        change_document(&copy.join("judge-copy.json"), |info: &mut JudgeCopyInfo| {
            info.bundle = manifest;
            // Where the copy does not hold as many, it says so: the count is compared.
            info.documents = if openings == 1 { withheld.len() } else { openings } as u64;
        });
        let report = matter.verify(Some(&copy));
        match &report.failure {
            Some(failure) if failure.to_string().contains(expected) => {
                refused(&report, expected, what);
            }
            other => wrong.push(format!("{what}: {other:?}, {:?}", report.outcome)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Of another bundle, request or commitment; of another format.
    copy_tree(&kept, &bundle);
    for (expected, change) in [
        ("for this bundle", (|info| info.bundle = Sha256Hex([1; 32])) as fn(&mut JudgeCopyInfo)),
        ("for this request", |info| info.request = Sha256Hex([1; 32])),
        ("for this commitment", |info| info.root = ScalarHex(Scalar::from(1))),
        ("as many documents", |info| info.documents += 1),
        ("candor judge copy 1", |info| info.format.push('0')),
    ] {
        copy_tree(&kept_copy, &copy);
        change_document(&copy.join("judge-copy.json"), change);
        refused(&matter.verify(Some(&copy)), expected, expected);
    }
}

#[test]
fn an_item_without_a_date_is_released_or_read_again() {
    let line = "pay AND date:2019-01-01..2019-12-31";
    let tops = vec![
        ("undated.txt", b"pay".to_vec()),
        ("m.eml", mail("m", &[("dated.txt", b"pay".to_vec())])),
        ("other.txt", b"nothing".to_vec()),
    ];
    for settle in [Settle::Release, Settle::Judge] {
        let matter = Matter { settle, undated: Undated::Exclude, ..Matter::new(&tops, line) };
        let (matter, summary) = matter.answered();
        assert_eq!((summary.by_basis.undated, summary.by_basis.total()), (1, 1));
        let (released, withheld) = matter.handed_over();
        assert_eq!(released, ["m.eml/dated.txt"]);
        assert_eq!(withheld, [pair("undated.txt", "undated")]);
        let outcome = |copy: Option<&Path>| matter.verify(copy).outcome;
        assert_eq!(outcome(Some(&matter.path("copy"))), Outcome::Verified);
        assert_eq!(outcome(None), Outcome::Incomplete);
        // One that has a date.
        matter.withhold_falsely("m.eml/dated.txt", "undated", b"pay");
        let report = matter.judged();
        let failure = report.failure.unwrap().to_string();
        assert!(failure.contains("one that is to be released"), "{failure}");
    }
    // Not said in the request, it is released; and a bundle that says it all the same fails.
    let matter = Matter { settle: Settle::Release, ..Matter::new(&tops, line) };
    let (matter, summary) = matter.answered();
    assert_eq!((summary.by_basis.total(), summary.released), (0, 2));
    assert_eq!(matter.verify(Some(&matter.path("copy"))).outcome, Outcome::Verified);
    matter.withhold_falsely("undated.txt", "undated", b"pay");
    let failure = matter.judged().failure.unwrap().to_string();
    assert!(failure.contains("does not let the program give"), "{failure}");
    change_reason(&matter, "undated.txt", "settled");
    let failure = matter.judged().failure.unwrap().to_string();
    assert!(failure.contains("does not let the program give"), "{failure}");
}

/// A text whose filter says that it holds a word which it does not hold; and the word.
fn coincidence() -> (String, String) {
    let words: Vec<String> = (0..4_000).map(|word| format!("w{word}")).collect();
    let text = words.join("\n\n");
    let mut content = Content::default();
    for word in &words {
        content.text.push(&format!("{word}\u{2029}"), &mut Budget::new()).unwrap();
    }
    let view = Layout::TERMS_33.view(&content, &ItemFacts::default()).unwrap();
    let found = (0..1_000_000)
        .map(|number| format!("q{number}"))
        .find(|word| Layout::TERMS_33.has(&view, TokenKind::Word, word));
    (text, found.unwrap())
}

#[test]
fn a_chance_match_is_released_unless_it_is_kept_back() {
    let (text, word) = coincidence();
    let tops = vec![("chance.txt", text.into_bytes()), ("holds.txt", word.clone().into_bytes())];
    let matter = |settle, withhold_chance| {
        Matter { settle, withhold_chance, ..Matter::new(&tops, &word) }.answered()
    };
    let (released, summary) = matter(Settle::Release, false);
    assert_eq!((summary.matching, summary.released), (2, 2));
    assert_eq!(released.verify(None).outcome, Outcome::Verified);
    for (settle, withhold) in [(Settle::Release, true), (Settle::Judge, false)] {
        let (matter, summary) = matter(settle, withhold);
        assert_eq!((summary.released, summary.by_basis.chance_matches), (1, 1));
        assert_eq!(matter.handed_over().1, [pair("chance.txt", "chance-match")]);
        let outcome = |copy: Option<&Path>| matter.verify(copy).outcome;
        assert_eq!(outcome(Some(&matter.path("copy"))), Outcome::Verified);
        assert_eq!(outcome(None), Outcome::Incomplete);
        matter.withhold_falsely("holds.txt", "chance-match", word.as_bytes());
        let failure = matter.judged().failure.unwrap().to_string();
        assert!(failure.contains("one that is to be released"), "{failure}");
    }
}

#[test]
fn not_is_asked_of_the_filter_if_that_is_accepted() {
    let tops = vec![("a.txt", b"pay".to_vec()), ("b.txt", b"pay draft".to_vec())];
    let line = "pay AND NOT draft";
    let word = Layout::TERMS_33.chance_at_most(TokenKind::Word);
    let matter = Matter { not: Not::Filter, ..Matter::new(&tops, line) };
    let strict = Matter { may_miss: Some(word), ..matter };
    let refused = strict.try_ask().unwrap_err().to_string();
    assert!(refused.contains("--may-miss") && refused.contains("to be lost"), "{refused}");
    let matter = Matter { may_miss: Some(2.0 * word), ..strict };
    let issued = matter.try_ask().unwrap();
    assert_eq!(issued.expected_misses, Some(2.0 * word));
    let summary = matter.try_respond(None).unwrap();
    assert_eq!((summary.matching, summary.by_basis.total()), (1, 0));
    let report = matter.verify(None);
    assert_eq!((report.outcome, report.expected_misses), (Outcome::Verified, Some(2.0 * word)));
    assert!(report.to_string().contains("NOT is asked of the filter"), "{report}");
    // Left to the reading, both are found, and one is settled.
    let (matter, summary) = Matter::new(&tops, line).answered();
    assert_eq!((summary.matching, summary.by_basis.settled), (2, 1));
    let report = matter.verify(Some(&matter.path("copy")));
    assert_eq!((report.outcome, report.expected_misses), (Outcome::Verified, None));
}

#[test]
fn a_family_is_asked_by_its_top_item_and_settled_by_its_text() {
    let tops = vec![
        ("m.eml", mail("m", &[("a.txt", b"bonus".to_vec()), ("b.txt", b"pay".to_vec())])),
        ("n.eml", mail("n", &[("a.txt", b"bonus pay".to_vec())])),
    ];
    let by_item = Matter { settle: Settle::Release, ..Matter::new(&tops, "bonus AND pay") };
    assert_eq!(by_item.answered().1.matching, 1);
    let matter = Matter { family: true, ..Matter::new(&tops, "bonus w/1 pay") };
    let (matter, summary) = matter.answered();
    assert_eq!((summary.matching, summary.by_basis.total()), (3, 0), "{summary:?}");
    assert_eq!(matter.verify(Some(&matter.path("copy"))).outcome, Outcome::Verified);
    // The words stand in two members, in the other order: the family does not hold it.
    let matter = Matter { family: true, ..Matter::new(&tops, "pay pre/1 bonus") };
    let (matter, summary) = matter.answered();
    assert_eq!((summary.matching, summary.by_basis.settled), (3, 3));
    let settled = ["m.eml", "n.eml", "n.eml/a.txt"].map(|name| pair(name, "settled"));
    assert_eq!(matter.handed_over(), (vec![], settled.to_vec()));
    assert_eq!(matter.verify(Some(&matter.path("copy"))).outcome, Outcome::Verified);
}

#[test]
fn nothing_is_withheld_by_the_program_where_a_model_is_asked() {
    let case = Case::temporary();
    let model = case.path("model.onnx");
    fs::write(&model, models::halves()).unwrap();
    let case = case.with_views(&["image/gray-4x4"]).asking(model, "image/gray-4x4", 1);
    case.add("yes.bmp", &candor_testing::expanded::picture(1, 255));
    let case = case.asked().withholding(&[("yes.bmp", "privileged")]).responded();
    assert_eq!(case.verify().outcome, Outcome::Incomplete);
    let file = case.bundle().join("data/withheld.jsonl");
    for reason in ["settled", "chance-match", "undated"] {
        let mut withheld: Vec<Withheld> = lines(&file);
        withheld[0].basis = basis(reason);
        write_lines(&file, &withheld);
        bag::seal(&case.bundle()).unwrap();
        let failure = case.verify().failure.unwrap().to_string();
        assert!(failure.contains("does not let the program give"), "{failure}");
    }
    let refused = case.answering(|options| {
        let copy = case.path("copy");
        let _ = fs::remove_dir_all(case.bundle());
        let options = respond::Options { judge_copy: Some(&copy), ..options.clone() };
        respond(&options, &Silent, &mut rand_core::OsRng).unwrap_err().to_string()
    });
    assert!(refused.contains("--judge-copy: the request asks a model"), "{refused}");
}
