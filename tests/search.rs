//! Search terms over documents as they come: expanded, committed, searched, verified.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use candor::corpus::views::ViewId;
use candor::exchange::hits::{self, HitReport, hits};
use candor::exchange::issue::{SearchOptions, SearchQuestion, TermList, issue_search};
use candor::exchange::respond::{self, respond};
use candor::exchange::{
    Beside, CommitOptions, Outcome, Release, Report, Silent, commit, commit_unless_empty, expand,
    verify_bundle, verify_bundle_with,
};
use candor::{CoarseKind, DateSource, Dialect};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("documents/tests/data")
}

struct Matter {
    folder: tempfile::TempDir,
}

impl Matter {
    /// Documents of many kinds, expanded and committed under a view of terms.
    fn new(names: &[&str], view: &str) -> Self {
        let matter = Self { folder: tempfile::tempdir().unwrap() };
        let source = matter.path("source/ada");
        fs::create_dir_all(&source).unwrap();
        for name in names {
            fs::copy(data().join(name), source.join(name)).unwrap();
        }
        let options = expand::Options {
            source: &matter.path("source"),
            out: &matter.path("items"),
            custodian: None,
            dedupe: expand::Dedupe::None,
            known: None,
            ocr_text: None,
        };
        expand(&options, &Silent).unwrap();
        let views: [ViewId; 2] = [view.parse().unwrap(), "mail/thread".parse().unwrap()];
        let options = CommitOptions {
            documents: &matter.path("items"),
            views: &views,
            acquisition: &[],
            vocabularies: &[],
            out: &matter.path("commit"),
        };
        commit(&options, &Silent, &mut rand_core::OsRng).unwrap();
        matter
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Searches, answers and verifies; gives the report and the names of the released
    /// files' items, without their folder.
    fn search(&self, view: &str, terms: &str, release: Release) -> (Report, BTreeSet<String>) {
        for folder in ["request", "bundle"] {
            let _ = fs::remove_dir_all(self.path(folder));
        }
        let terms = TermList::line(terms, Dialect::Candor);
        let (items, commitment) = (self.path("items"), self.path("commit"));
        let (request, bundle) = (self.path("request"), self.path("bundle"));
        let question = SearchQuestion::new(&terms, view.parse().unwrap());
        let options = SearchOptions {
            release,
            accept_outside: &CoarseKind::ALL,
            ..SearchOptions::new(question, &commitment, &request)
        };
        issue_search(&options).unwrap();
        let question = respond::Question {
            corpus: &items,
            commitment: &commitment,
            request: &request,
            batch: None,
        };
        let options = respond::Options::new(question, &bundle);
        respond(&options, &Silent, &mut rand_core::OsRng).unwrap();
        let report = verify_bundle(commitment.as_path(), &request, &bundle, &Silent).unwrap();
        let openings = fs::read_to_string(self.path("bundle/data/openings.jsonl")).unwrap();
        let name = |line: &str| {
            let (_, rest) = line.split_once(r#""path":"ada/"#).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        (report, openings.lines().map(name).collect())
    }

    /// What each line of a list finds, without a proof.
    fn hits(&self, view: &str, list: &str, out: Option<&Path>) -> HitReport {
        let file = self.path("list.txt");
        fs::write(&file, list).unwrap();
        let options = hits::Options {
            documents: &self.path("items"),
            terms: &TermList::read(&file, Dialect::Candor).unwrap(),
            view: view.parse().unwrap(),
            dates: vec![DateSource::Header, DateSource::Property, DateSource::File],
            out,
        };
        hits(&options, &Silent).unwrap()
    }
}

fn names<const N: usize>(list: [&str; N]) -> BTreeSet<String> {
    list.map(str::to_owned).into()
}

#[test]
fn what_holds_the_terms_is_released_with_its_family_and_nothing_else() {
    let view = "text/terms-33";
    let matter = Matter::new(
        &["mail-nested-rfc822.eml", "mbox-rd.mbox", "docx-tracked.docx", "text-terms.txt"],
        view,
    );
    // A word of the innermost attachment brings the whole mail.
    let (report, released) = matter.search(view, "zqclbnikua", Release::Family);
    assert_eq!(report.outcome, Outcome::Verified, "{report:?}");
    assert_eq!(released.len(), 4, "{released:?}");
    assert!(released.iter().all(|name| name.starts_with("mail-nested-rfc822.eml")));
    // Alone, it is the attachment that holds it.
    let (report, released) = matter.search(view, "zqclbnikua", Release::Item);
    assert_eq!(report.outcome, Outcome::Verified, "{report:?}");
    assert_eq!(released.len(), 1, "{released:?}");
    assert!(released.iter().all(|name| name.ends_with("inner-note.txt")));
    // Fields of the mail are inherited; text and date of a document count.
    let both = "from:cid@example.org AND zqclbnikua AND date:2019-05-01..2019-05-31";
    assert_eq!(matter.search(view, both, Release::Item).1.len(), 1);
    let other = "from:cid@example.org AND zqclbnikua AND date:2020-01-01..2020-05-31";
    assert_eq!(matter.search(view, other, Release::Item).1.len(), 0);
    let (_, released) = matter.search(view, "\"zqylzszsut zqdcmpdarj\"", Release::Family);
    assert_eq!(released, names(["text-terms.txt"]));
    let (_, released) = matter.search(view, "\"zqdcmpdarj zqylzszsut\"", Release::Family);
    assert_eq!(released, names([]));
}

#[test]
fn beginnings_and_nearness_are_found_in_the_view_that_holds_them() {
    let view = "text/terms-264";
    let matter = Matter::new(&["text-terms.txt", "docx-utf16.docx"], view);
    let (report, released) = matter.search(view, "zqylz* AND NOT zqlvlxfevn", Release::Family);
    assert_eq!(report.outcome, Outcome::Verified, "{report:?}");
    assert_eq!(released, names(["text-terms.txt"]));
    let (_, released) = matter.search(view, "zqylzszsut w/3 zqdcmpdarj", Release::Family);
    assert_eq!(released, names(["text-terms.txt"]));
}

#[test]
fn a_hit_report_counts_what_a_search_finds() {
    let view = "text/terms-33";
    let matter = Matter::new(
        &["mail-nested-rfc822.eml", "docx-tracked.docx", "text-terms.txt", "pages.tiff"],
        view,
    );
    let list = "zqclbnikua\n\"zqylzszsut zqdcmpdarj\"\nzqylzszsut w/3 zqdcmpdarj\nzqylzszsut AND NOT                 zqdcmpdarj\nnowhere\n";
    let out = matter.path("hits.csv");
    let report = matter.hits(view, list, Some(&out));
    let counts: Vec<_> = report
        .lines
        .iter()
        .map(|line| [line.held, line.with_family, line.alone, line.wide, line.settled_away])
        .collect();
    // The mail's innermost attachment, with the three others of its family; the text file,
    // which the last but one finds until it is read.
    assert_eq!(
        counts,
        [[1, 4, 1, 1, 0], [1, 1, 0, 1, 0], [1, 1, 0, 1, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 0]],
        "{report}"
    );
    let all = report.all;
    assert_eq!([all.held, all.with_family, all.wide, all.settled_away], [2, 5, 2, 0]);
    assert_eq!(report.items, report.read + report.unreadable + report.outside);
    assert!(report.outside >= 1, "{report}");
    // A proof finds what is wide, and the judge reads what is released.
    for line in &report.lines {
        let (found, _) = matter.search(view, &line.search, Release::Item);
        assert_eq!(found.matching, line.wide, "{}", line.search);
        let search = found.search.unwrap();
        let [judged] = &search.lines[..] else { panic!("{search:?}") };
        assert_eq!(
            [judged.hits.held, judged.hits.wide, judged.hits.settled_away, search.disclosed],
            [line.held, line.wide, line.settled_away, line.wide],
            "{}",
            line.search
        );
        assert!(judged.expected_chance_matches < 1.0 && !judged.beyond_chance, "{judged:?}");
    }
    let (commitment, request) = (matter.path("commit"), matter.path("request"));
    let (found, _) = matter.search(view, "zqylzszsut AND NOT zqdcmpdarj", Release::Item);
    assert_eq!(found.released, 1);
    let (list, bundle) = (matter.path("lines.csv"), matter.path("bundle"));
    let beside = Beside { hits: Some(&list), ..Beside::default() };
    let page = verify_bundle_with(commitment.as_path(), &request, &bundle, beside, &Silent);
    let page = page.unwrap().to_string();
    assert!(page.contains("expected by chance") && page.contains("1 document matches"), "{page}");
    let written = fs::read_to_string(&list).unwrap();
    let (head, row) = written.trim_end().split_once('\n').unwrap();
    assert_eq!(head, "leaf,path,held,wide only");
    assert!(row.ends_with("ada/text-terms.txt,,1"), "{written}");
    // Nothing is overwritten.
    verify_bundle_with(commitment.as_path(), &request, &bundle, beside, &Silent).unwrap_err();
    let written = fs::read_to_string(&out).unwrap();
    let mut rows = written.lines();
    assert_eq!(rows.next(), Some("line,search,items,with family,alone,wide,settled away,share"));
    assert!(rows.next().unwrap().starts_with("1,zqclbnikua,1,4,1,1,0,"), "{written}");
    assert!(rows.last().unwrap().starts_with("all,,2,5,,2,0,"), "{written}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&out).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_view_that_reads_nothing_stops_the_commitment() {
    let matter = Matter::new(&["text-terms.txt"], "text/terms-33");
    let views: [ViewId; 2] =
        ["text/terms-33".parse().unwrap(), "image/gray-28x28".parse().unwrap()];
    let options = CommitOptions {
        documents: &matter.path("items"),
        views: &views,
        acquisition: &[],
        vocabularies: &[],
        out: &matter.path("second"),
    };
    let error = commit_unless_empty(&options, |_| false, &Silent, &mut rand_core::OsRng);
    let error = error.unwrap_err().to_string();
    for part in ["image/gray-28x28 reads none", "text/terms-132 reads them", "--allow-empty-view"] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!options.out.exists());
    let may_be_empty = |view: &ViewId| *view == views[1];
    commit_unless_empty(&options, may_be_empty, &Silent, &mut rand_core::OsRng).unwrap();
}
