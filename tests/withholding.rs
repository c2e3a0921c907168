//! What is withheld, on which basis and with what in its place: as a responder lists it,
//! as a bundle says it, and as a judge checks and logs it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use candor::CoarseKind;
use candor::exchange::formats::bag;
use candor::exchange::formats::bundle::{Basis, Opening, Substitute, Withheld};
use candor::exchange::index::{Reason, ReleasedIndex};
use candor::exchange::log::{LogKind, Standing, WithheldLog, withheld_log};
use candor::exchange::respond::{Options, TemplateOptions, respond, withhold_template};
use candor::exchange::{
    Beside, ExchangeError, Outcome, Release, Report, Silent, verify_bundle_with, verify_document,
};
use candor_testing::expanded::{mail, picture};
use candor_testing::files::{copy, files, lines, sha256, write_lines};
use candor_testing::{Case, models};

/// A picture that matches.
fn yes(shade: u8) -> Vec<u8> {
    picture(shade, 255)
}

/// One that does not.
fn no(shade: u8) -> Vec<u8> {
    picture(255, shade)
}

/// Two mails, one with two matches and one with one, and four loose pictures, three of
/// which match.
fn case() -> Case {
    let tops = [
        ("alice/a.eml", mail("a", &[("yes.bmp", yes(1)), ("also.bmp", yes(2)), ("no.bmp", no(1))])),
        ("bob/b.eml", mail("b", &[("yes.bmp", yes(3)), ("n.txt", b"x y".to_vec())])),
        ("bob/one.bmp", yes(5)),
        ("bob/two.bmp", yes(6)),
        ("bob/three.bmp", yes(7)),
        ("bob/four.bmp", no(8)),
    ];
    let case = Case::temporary();
    let model = case.path("model.onnx");
    fs::write(&model, models::halves()).unwrap();
    case.with_views(&["image/gray-4x4"])
        .asking(model, "image/gray-4x4", 1)
        .accepting_outside(&[CoarseKind::Text])
        .with_items_of(&tops)
}

fn leaf(case: &Case, path: &str) -> u64 {
    let store = case.store();
    let found = store.entries.iter().position(|e| e.record.path.to_string() == path);
    found.unwrap_or_else(|| panic!("{path}")) as u64
}

fn withheld(case: &Case) -> Vec<Withheld> {
    lines(&case.bundle().join("data/withheld.jsonl"))
}

fn substitutes(case: &Case) -> Vec<Substitute> {
    lines(&case.bundle().join("data/substitutes.jsonl"))
}

/// Verifies with what stands beside the bundle.
fn judged(case: &Case, beside: Beside<'_>) -> Result<Report, ExchangeError> {
    let commitment = case.commitment_file();
    verify_bundle_with(commitment.as_path(), &case.request(), &case.bundle(), beside, &Silent)
}

fn log(case: &Case, kind: LogKind, produced: &[PathBuf]) -> (Report, Option<WithheldLog>) {
    let (commitment, beside) = (case.commitment_file(), Beside { produced, ..Beside::default() });
    let (request, bundle) = (case.request(), case.bundle());
    withheld_log(commitment.as_path(), &request, &bundle, beside, kind, &Silent).unwrap()
}

/// The cells of a CSV file, the first line first.
fn cells(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
    let row = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn refused(case: Case, expected: &str) -> Case {
    let error = case.try_respond().unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    assert!(!case.bundle().exists());
    case
}

fn digest(bundle: &Path) -> String {
    sha256(&fs::read(bundle.join("tagmanifest-sha256.txt")).unwrap()).to_string()
}

const HEADINGS: &str = "path,basis,description,harm,segregable,author\n";

#[test]
fn each_basis_is_stated_counted_and_logged() {
    let case = case().asked();
    let list = format!(
        "{HEADINGS}\
         alice/a.eml/also.bmp,privilege/ac; privilege/wp,=advice on the fee,,none,K. Roe*\n\
         bob/one.bmp,foia/b7c,,identity of a witness,,\n\
         bob/two.bmp,gdpr/third-party,,,,\n\
         bob/three.bmp,\"other/sealed; by order\",,,,\n\
         bob/four.bmp,foia/b5,does not match: nothing is said of it,,,\n"
    );
    let case = case.withholding_list(&list).redacting(&[
        ("bob/one.bmp", b"[redacted]", "foia/b6,the face"),
        ("alice/a.eml", b"a mail without its attachments", ","),
        ("bob/four.bmp", b"[not handed over]", "foia/b6,"),
    ]);
    let summary = case.respond();
    assert_eq!((summary.withheld, summary.substitutes, summary.kept_back), (5, 2, 1));
    let report = case.verify();
    assert_eq!((&report.failure, report.outcome), (&None, Outcome::Incomplete));
    assert_eq!((report.matching, report.withheld, report.substitutes), (6, 5, 2));
    let expected = [
        ("carries", 1),
        ("foia/b7c", 1),
        ("gdpr/third-party", 1),
        ("other", 1),
        ("privilege/ac", 1),
    ];
    let counts = |all: &[candor::exchange::BasisCount]| -> Vec<(&'static str, u64)> {
        all.iter().map(|count| (count.basis, count.documents)).collect()
    };
    assert_eq!(counts(&report.withheld_by_basis), expected);
    assert_eq!(counts(&summary.withheld_by_basis), expected);
    let page = report.to_string();
    for told in [
        "withheld by basis, which is the responder's word: carries 1, foia/b7c 1,",
        "In the place of 2 documents withheld, the bundle holds a redacted copy.",
        "2 redacted copies, not the committed bytes",
    ] {
        assert!(page.contains(told), "{page}");
    }
    // Of what does not match, nothing is said; of the others, what counsel wrote.
    let text = fs::read_to_string(case.bundle().join("data/withheld.jsonl")).unwrap();
    assert!(!text.contains("bmp") && !text.contains("nothing is said"), "{text}");
    let of = |path: &str| {
        let leaf = leaf(&case, path);
        withheld(&case).into_iter().find(|line| line.leaf == leaf).unwrap()
    };
    assert_eq!(of("alice/a.eml/also.bmp").basis.to_string(), "privilege/ac; privilege/wp");
    assert_eq!(of("bob/three.bmp").basis.to_string(), "other/sealed; by order");
    assert!(of("bob/two.bmp").log.is_none());
    assert!(of("bob/one.bmp").has_substitute() && of("alice/a.eml").has_substitute());
    let copies = substitutes(&case);
    let copy = copies.iter().find(|copy| copy.leaf == leaf(&case, "bob/one.bmp")).unwrap();
    assert_eq!(
        (copy.basis.to_string().as_str(), copy.passages.as_deref()),
        ("foia/b6", Some("the face"))
    );
    assert_eq!(fs::read(case.bundle().join(copy.file_name())).unwrap(), b"[redacted]");
    let copy = copies.iter().find(|copy| copy.leaf == leaf(&case, "alice/a.eml")).unwrap();
    assert_eq!(copy.basis.first(), &Basis::Carries(leaf(&case, "alice/a.eml/also.bmp")));

    // It is no document of the corpus.
    let file = case.bundle().join(copy.file_name());
    let report = verify_document(&case.commitment_file(), &case.bundle(), &file).unwrap();
    let failure = report.failure.unwrap();
    assert_eq!((report.outcome, failure.leaf), (Outcome::Failed, Some(copy.leaf)));
    assert!(failure.to_string().contains("a redacted copy, which is not the committed bytes"));

    // The log has a row for each, and every column says who vouches for it.
    for kind in [LogKind::Privilege, LogKind::Vaughn] {
        let (report, log) = log(&case, kind, &[]);
        let log = log.unwrap();
        assert_eq!((log.rows.len(), log.redacted(), log.outcome), (5, 2, Outcome::Incomplete));
        assert_eq!((log.root, Some(log.request)), (report.root, report.request));
        assert_eq!(log.bundle.to_string(), digest(&case.bundle()));
        let path = case.path(&format!("{kind:?}.csv"));
        log.write_csv(&path).unwrap();
        let table = cells(&path);
        assert_eq!(table.len(), 6);
        let proved = ["no. (proved)", "leaf (proved)", "matches (proved)", "family (proved)"];
        assert_eq!(table[0][..4], proved);
        let standing = |column: &candor::exchange::log::Column| match column.standing() {
            Standing::Proved => "(proved)",
            Standing::Claimed => "(claimed)",
        };
        for (heading, column) in table[0].iter().zip(log.columns()) {
            assert!(heading.ends_with(standing(column)), "{heading}");
        }
        let number = leaf(&case, "alice/a.eml/also.bmp").to_string();
        let row = table.iter().find(|row| row[1] == number).unwrap();
        let top = leaf(&case, "alice/a.eml");
        assert_eq!(row[2..5], ["yes", &format!("member 3 of 4, below leaf {top}"), "withheld"]);
        // No cell is a formula to a spreadsheet.
        assert!(row.contains(&"'=advice on the fee".to_owned()), "{row:?}");
        assert!(log.write_csv(&path).is_err(), "nothing is overwritten");
        let summary = log.summary();
        assert!(summary.to_string().contains("5 documents are withheld; 2 with a redacted copy"));
    }
    // A bundle that fails a check has none.
    write_lines(&case.bundle().join("data/substitutes.jsonl"), &copies[..1]);
    bag::seal(&case.bundle()).unwrap();
    let (report, log) = log(&case, LogKind::Privilege, &[]);
    assert!(report.outcome == Outcome::Failed && log.is_none());
}

#[test]
fn a_list_that_cannot_hold_is_refused_before_anything_is_proved() {
    let mut case = case().asked();
    let redacted = b"[redacted]";
    for (line, copies, expected) in [
        ("bob/one.bmp,privelege/ac,,,,", vec![], "is no known basis"),
        (
            "bob/one.bmp,settled,,,,",
            vec![],
            "listed as settled, but the program does not withhold it",
        ),
        ("bob/one.bmp,carries/1,,,,", vec![], "listed as carries/1, but the program does not"),
        ("bob/one.bmp,foia/b5,,,released,", vec![], "no redacted copy is given"),
        (
            "bob/one.bmp,foia/b5,,,none,",
            vec![("bob/one.bmp", &redacted[..], ",")],
            "nothing of it is said to be segregable",
        ),
        (
            "bob/two.bmp,foia/b5,,,,",
            vec![("bob/one.bmp", &redacted[..], ",")],
            "but is released itself",
        ),
        (
            "bob/two.bmp,foia/b5,,,,",
            vec![("bob/two.bmp", &redacted[..], ","), ("bob/two.bmp", &redacted[..], ",")],
            "is listed twice",
        ),
        (
            "bob/two.bmp,foia/b5,,,,",
            vec![("bob/two.bmp", &redacted[..], "settled,")],
            "no passage is blacked out",
        ),
        (
            "bob/two.bmp,foia/b5,,,,",
            vec![("nosuch", &redacted[..], ",")],
            "there is no such document",
        ),
    ] {
        case = case.withholding_list(&format!("{HEADINGS}{line}\n")).redacting(&copies);
        case = refused(case, expected);
    }
    let produced = format!("bob/two.bmp,produced/{},,,,", "ab".repeat(32));
    case = case.withholding_list(&format!("{HEADINGS}{produced}\n"));
    case = refused(
        case.redacting(&[("bob/two.bmp", redacted.as_slice(), ",")]),
        "is said to be produced already",
    );
    // The document itself, or another of the corpus, is no redacted copy.
    for bytes in [yes(6), no(8)] {
        case = case.redacting(&[("bob/two.bmp", &bytes, "foia/b6,")]);
        case = refused(case, "is byte for byte a document of the corpus");
    }
}

#[test]
fn what_was_produced_before_is_looked_up() {
    let case = case().asked();
    let first = case.path("first bundle");
    case.respond();
    fs::rename(case.bundle(), &first).unwrap();
    let named = digest(&first);
    let list =
        format!("path,basis\nbob/one.bmp,produced/{named}\nalice/a.eml/yes.bmp,produced/{named}\n");
    let case = case.withholding_list(&list);
    // What was produced is no secret, so what holds it is released.
    let summary = case.respond();
    assert_eq!((summary.withheld, summary.kept_back), (2, 0));
    let report = case.verify();
    assert_eq!((&report.failure, report.outcome), (&None, Outcome::Incomplete));
    assert_eq!((report.withheld, report.produced), (2, 0));
    assert!(report.to_string().contains("give the bundles that they are in with --produced"));
    let given = [first.clone()];
    let with = |given: &[PathBuf]| judged(&case, Beside { produced: given, ..Beside::default() });
    let report = with(&given).unwrap();
    assert_eq!((&report.failure, report.outcome), (&None, Outcome::Verified));
    assert_eq!((report.withheld, report.produced), (2, 2));
    let (_, log) = log(&case, LogKind::Privilege, &given);
    let confirmed = |row: &candor::exchange::log::LogRow| row.confirmed.is_some();
    assert!(log.unwrap().rows.iter().all(confirmed));

    // Given twice, or of no use, or no bundle.
    let error = with(&[first.clone(), first.clone()]).unwrap_err().to_string();
    assert!(error.contains("is given twice"), "{error}");
    let error = with(&[first.clone(), case.bundle()]).unwrap_err().to_string();
    assert!(error.contains("no document is said to be in it"), "{error}");
    let error = with(&[case.commitment()]).unwrap_err().to_string();
    assert!(error.contains("is not a bundle"), "{error}");

    // Openings that its manifests do not fix; a file that is not there, or another.
    let kept = case.path("kept");
    copy(&first, &kept);
    let openings = first.join("data/openings.jsonl");
    let mut less: Vec<Opening> = lines(&openings);
    less.retain(|opening| opening.leaf != leaf(&case, "bob/two.bmp"));
    write_lines(&openings, &less);
    let error = with(&given).unwrap_err().to_string();
    assert!(error.contains("not those that its manifest lists"), "{error}");
    fs::remove_dir_all(&first).unwrap();
    copy(&kept, &first);
    let one = leaf(&case, "bob/one.bmp");
    let file = first.join(format!("data/released/{one:08}.bmp"));
    fs::write(&file, yes(9)).unwrap();
    let failure = with(&given).unwrap().failure.unwrap();
    assert_eq!((failure.check.id(), failure.leaf), (5, Some(one)), "{failure}");
    fs::remove_file(&file).unwrap();
    let failure = with(&given).unwrap().failure.unwrap().to_string();
    assert!(failure.contains("one whose file is not in it"), "{failure}");
    // Another bundle with that name does not open the document.
    let other = case.withholding_nothing();
    let other = other.withholding_list("path,basis\nbob/one.bmp,foia/b5\n");
    other.respond_anew();
    let second = other.path("second bundle");
    fs::rename(other.bundle(), &second).unwrap();
    let list = format!("path,basis\nbob/one.bmp,produced/{}\n", digest(&second));
    let case = other.withholding_list(&list);
    case.respond();
    let failure =
        judged(&case, Beside { produced: &[second], ..Beside::default() }).unwrap().failure;
    let failure = failure.unwrap().to_string();
    assert!(failure.contains("one that it does not open"), "{failure}");
}

#[test]
fn the_template_lists_what_would_be_released_and_can_be_filled_in() {
    let case = case().asked();
    let (corpus, commitment) = (case.documents(), case.commitment());
    let (request, out) = (case.request(), case.path("template.csv"));
    let question = candor::exchange::respond::Question {
        corpus: &corpus,
        commitment: &commitment,
        request: &request,
        batch: None,
    };
    let options = TemplateOptions {
        question,
        out: &out,
        release_unreadable: false,
        withhold_chance_matches: false,
    };
    let summary = withhold_template(&options, &Silent).unwrap();
    assert_eq!((summary.matching, summary.rows, summary.by_basis.total()), (6, 10, 0));
    let error = withhold_template(&options, &Silent).unwrap_err().to_string();
    assert!(error.contains("already exists"), "{error}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let table = cells(&out);
    let column = |name: &str| table[0].iter().position(|heading| heading == name).unwrap();
    let paths: Vec<&str> = table[1..].iter().map(|row| row[column("path")].as_str()).collect();
    assert_eq!(
        paths,
        [
            "alice/a.eml",
            "alice/a.eml/yes.bmp",
            "alice/a.eml/also.bmp",
            "alice/a.eml/no.bmp",
            "bob/b.eml",
            "bob/b.eml/yes.bmp",
            "bob/b.eml/n.txt",
            "bob/one.bmp",
            "bob/three.bmp",
            "bob/two.bmp",
        ]
    );
    let first = leaf(&case, "alice/a.eml/yes.bmp");
    let why = |row: usize| table[row][column("(why)")].as_str();
    assert_eq!([why(1), why(2)], [&format!("family of {first}"), "matches"]);
    assert_eq!(table[1][column("(kind)")], "mail");
    assert_eq!(table[1][column("(subject)")], table[2][column("(subject)")]);
    assert!(!table[1][column("(from)")].is_empty());
    // As it is, it withholds nothing.
    let text = fs::read_to_string(&out).unwrap();
    let case = case.withholding_list(&text);
    assert_eq!((case.respond().withheld, case.verify().outcome), (0, Outcome::Verified));
    // With bases, what has one; and nothing of the columns for people goes out.
    let filled = |row: &Vec<String>| -> Vec<String> {
        let mut row = row.clone();
        if row[column("path")] == "bob/b.eml/n.txt" || row[column("path")] == "bob/one.bmp" {
            row[column("basis")] = "privilege/ac".to_owned();
        }
        row
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    table.iter().for_each(|row| writer.write_record(filled(row)).unwrap());
    let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
    fs::remove_dir_all(case.bundle()).unwrap();
    let case = case.withholding_list(&text);
    let summary = case.respond();
    assert_eq!((summary.withheld, summary.kept_back), (3, 1));
    let bare = withheld(&case).iter().all(|line| line.log.is_none());
    assert!(bare && case.verify().outcome == Outcome::Incomplete);
}

#[test]
fn the_index_says_why_each_file_is_released() {
    let case = case().asked();
    let case = case.withholding_list("path,basis\nbob/one.bmp,foia/b5\n").responded();
    let index = ReleasedIndex::default();
    let report = judged(&case, Beside { watch: Some(&index), ..Beside::default() }).unwrap();
    assert_eq!(report.outcome, Outcome::Incomplete);
    let rows = index.rows();
    assert_eq!(rows.len() as u64, report.released);
    let numbers: Vec<u64> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=9).collect::<Vec<_>>());
    let of = |path: &str| rows.iter().position(|row| row.name.to_string() == path).unwrap();
    let top = of("alice/a.eml");
    // A family stands together, in its order.
    let names = ["alice/a.eml/yes.bmp", "alice/a.eml/also.bmp", "alice/a.eml/no.bmp"];
    assert_eq!(names.map(of), [top + 1, top + 2, top + 3]);
    let first = leaf(&case, names[0]);
    assert_eq!(rows[top].reason, Reason::Family(first));
    assert_eq!(
        (rows[top + 1].reason, rows[top + 3].reason),
        (Reason::Matches, Reason::Family(first))
    );
    assert!(!rows[top].sender.is_empty());
    assert_eq!(rows[top].sender, rows[top + 1].sender);
    assert!(rows.iter().all(|row| row.lines.is_empty()));
    let path = case.path("released.csv");
    index.write(&path).unwrap();
    let table = cells(&path);
    assert_eq!(table[0], ["number", "leaf", "name", "sender", "date", "lines met", "reason"]);
    assert_eq!(table.len(), 10);
    assert_eq!(table[top + 1][6], format!("family of {first}"));
    let withheld: BTreeSet<&str> = table.iter().map(|row| row[2].as_str()).collect();
    assert!(!withheld.contains("bob/one.bmp"));
}

/// What a redacted copy's list and bytes disclose is what counsel gives; nothing else of
/// the document.
#[test]
fn nothing_of_a_withheld_document_is_told_but_what_counsel_wrote() {
    let case = case().releasing(Release::Item).asked();
    let list = format!("{HEADINGS}bob/one.bmp,privilege/ac,advice,,,\nbob/two.bmp,foia/b6,,,,\n");
    let case = case.withholding_list(&list);
    let case = case.redacting(&[("bob/two.bmp", b"[black]", ",all of it")]);
    let summary = case.respond();
    let (report, log) = log(&case, LogKind::Vaughn, &[]);
    let path = case.path("log.csv");
    log.unwrap().write_csv(&path).unwrap();
    let mut told = vec![
        fs::read(&path).unwrap(),
        serde_json::to_vec(&report).unwrap(),
        serde_json::to_vec(&summary).unwrap(),
        report.to_string().into_bytes(),
    ];
    told.extend(
        files(&case.bundle()).iter().map(|name| fs::read(case.bundle().join(name)).unwrap()),
    );
    told.extend(files(&case.bundle()).iter().map(|name| name.display().to_string().into_bytes()));
    let store = case.store();
    for name in ["bob/one.bmp", "bob/two.bmp"] {
        let entry = &store.entries[leaf(&case, name) as usize];
        let secrets: [Vec<u8>; 7] = [
            name.into(),
            name.trim_start_matches("bob/").into(),
            entry.sha256.into(),
            hex::encode(entry.sha256).into(),
            candor::field::encode(&entry.salt).into(),
            hex::encode(candor::field::encode(&entry.salt)).into(),
            hex::encode(candor::field::encode(&entry.record_salt)).into(),
        ];
        for secret in &secrets {
            let leaks =
                told.iter().filter(|text| text.windows(secret.len()).any(|w| w == &secret[..]));
            assert_eq!(leaks.count(), 0, "{name}: {secret:?}");
        }
    }
}

/// As a responder would who changes its mind: the same proofs, another list.
#[test]
fn a_copy_that_changes_while_it_is_taken_stops_the_answer() {
    let case = case().asked();
    let case = case.redacting(&[("bob/two.bmp", b"[black]", "foia/b6,")]);
    let swapped = case.path("redacted-0.txt");
    let error = case.answering(|options: &Options<'_>| {
        let answer = candor::exchange::respond::Answer::open(options, &Silent).unwrap();
        fs::write(&swapped, "[white]").unwrap();
        answer.prove(&Silent, &mut rand_core::OsRng).unwrap_err().to_string()
    });
    assert!(error.contains("changed while it was copied"), "{error}");
    fs::write(&swapped, "[black]").unwrap();
    let summary =
        case.answering(|options| respond(options, &Silent, &mut rand_core::OsRng)).unwrap();
    assert_eq!((summary.withheld, summary.substitutes), (1, 1));
    assert!(summary.proving.proofs_reused > 0);
}
