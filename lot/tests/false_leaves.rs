//! Leaves that a responder committed to falsely: the audit finds what no bundle shows.

mod common;
mod repacked;

use std::collections::BTreeMap;

use candor::corpus::store::{Entry, Store};
use candor::corpus::{FamilyPlace, Missing, UnreadableReason};
use candor::exchange::expand::Dedupe;
use candor::{CoarseKind, canonicalise_file};
use candor_documents::Moment;
use candor_lot::audit::{AuditReport, Fate};
use candor_lot::formats::Families;
use candor_lot::responder::relatives;
use candor_testing::Case;
use candor_testing::dishonest::{self, Document};
use candor_testing::expanded::mail;
use common::{Court, archive};

/// Documents with false views, answered as they were committed; all that is not released
/// is drawn.
fn answered(documents: &[Document]) -> (Court, AuditReport) {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::new(folder.path()).with_views(&["image/gray-28x28"]);
    for document in documents {
        case.add(document.name, &document.file);
    }
    let store = dishonest::commit(&case, documents);
    case.ask();
    dishonest::respond(&case, &store, documents);
    let court = Court::of(folder.path());
    court.commit(&["nonmatching=all", "unreadable=all", "outside=all"], "lot");
    court.seal("lot", "seal.json");
    court.draw("lot", "seal.json");
    court.open("lot/drawing.json", "opened");
    let report = court.audit("lot", Some("opened"), "audit").unwrap();
    (court, report)
}

/// What became of each drawn leaf.
fn fates(report: &AuditReport) -> BTreeMap<u64, Fate> {
    let leaves = report.audit.strata.iter().flat_map(|stratum| &stratum.drawn);
    leaves.map(|drawn| (drawn.leaf, drawn.fate.clone())).collect()
}

#[test]
fn false_views_reasons_and_kinds_are_found() {
    let seven = Document::honest("0004_label7.png");
    let four = Document::honest("0000_label4.png");
    let text =
        |view| Document { name: "a.txt", file: b"some words".to_vec(), view, released: false };
    let unreadable = |reason| Err(Missing::Unreadable(reason));
    let damaged = Document {
        name: "damaged.png",
        file: four.file[..60].to_vec(),
        view: canonicalise_file(&four.file[..60], &dishonest::view()).map_err(Missing::Unreadable),
        released: false,
    };
    let other_reason = match damaged.view {
        Err(Missing::Unreadable(UnreadableReason::Corrupt)) => UnreadableReason::TooManyPixels,
        _ => UnreadableReason::Corrupt,
    };
    let documents = [
        four.clone(),
        // Seven, seen as the four.
        Document { view: four.view.clone(), ..seven.clone() },
        // A blank view.
        Document { name: "blank.png", view: Ok(vec![255; 28 * 28]), ..seven.clone() },
        // A picture that is said not to be readable, and one that is said to be a text.
        Document { name: "c.png", view: unreadable(UnreadableReason::Corrupt), ..seven.clone() },
        Document { name: "d.png", view: Err(Missing::Outside(CoarseKind::Text)), ..seven.clone() },
        // For another reason than it has, or of another kind than it is.
        Document { name: "e.png", view: unreadable(other_reason), ..damaged.clone() },
        text(Err(Missing::Outside(CoarseKind::Other))),
        // Honest ones.
        damaged,
        Document { name: "b.txt", ..text(Err(Missing::Outside(CoarseKind::Text))) },
    ];
    let (court, report) = answered(&documents);
    // The bundle verifies.
    assert_eq!(court.case.verify().failure, None);
    let fates = fates(&report);
    assert_eq!(fates.len(), documents.len(), "{report}");
    for (leaf, fate) in fates {
        let honest = [0, 7, 8].contains(&leaf);
        let expected = if honest { Fate::Clean } else { Fate::False { check: 4 } };
        assert_eq!(fate, expected, "{leaf}: {report}");
    }
    assert_eq!((report.exit_code(), report.counts.r#false), (1, 6));
}

const A: [&str; 3] = ["a.eml", "a.eml/one.txt", "a.eml/two.txt"];

/// Expanded mails and containers, committed to with a lie; all leaves, or those of `drawn`
/// paths, are opened as a lot over the root has them.
fn expanded(families: &str, lie: &dyn Fn(&mut Store)) -> (BTreeMap<String, u64>, AuditReport) {
    let inner = mail("inner", &[("plan.txt", b"the plan".to_vec())]);
    let nested = archive(&[("deep.txt", b"deep".to_vec())]);
    let boxed = [
        ("inner.eml", inner),
        ("note.txt", b"note".to_vec()),
        ("same.txt", b"same".to_vec()),
        ("nested.tar", nested),
        ("x/same.txt", b"same".to_vec()),
    ];
    let files = [
        ("a.eml", mail("outer", &[("one.txt", b"one".to_vec()), ("two.txt", b"two".to_vec())])),
        ("b.eml", mail("other", &[])),
        ("box.tar", archive(&boxed)),
        ("loose.txt", b"loose".to_vec()),
    ];
    let (court, _) = Court::expanded(&files, Dedupe::None);
    let mut store = court.case.store();
    lie(&mut store);
    dishonest::publish(&court.case, &mut store);
    court.commit_with(&["all=all"], families, "lot");
    court.seal("lot", "seal.json");
    court.draw("lot", "seal.json");
    court.open("lot/drawing.json", "opened");
    let report = court.audit("lot", Some("opened"), "audit").unwrap();
    let leaves = (0_u64..).zip(&store.entries);
    let leaves = leaves.map(|(leaf, entry)| (entry.record.path.to_string(), leaf)).collect();
    (leaves, report)
}

fn of<'a>(store: &'a mut Store, name: &str) -> &'a mut Entry {
    let find = |entry: &&mut Entry| entry.record.path.to_string() == name;
    store.entries.iter_mut().find(find).unwrap_or_else(|| panic!("{name}"))
}

/// The paths of leaves that are false, with the check.
fn wrong(leaves: &BTreeMap<String, u64>, report: &AuditReport) -> Vec<(String, u8)> {
    let fates = fates(report);
    let of = |(name, leaf): (&String, &u64)| match fates.get(leaf) {
        Some(Fate::False { check }) => Some((name.clone(), *check)),
        _ => None,
    };
    leaves.iter().filter_map(of).collect()
}

#[test]
fn an_honest_expansion_is_clean() {
    for families in ["top", "whole"] {
        let (leaves, report) = expanded(families, &|_| {});
        assert_eq!((report.exit_code(), report.counts.clean), (0, 13), "{report}");
        assert_eq!((leaves.len(), report.audit.elsewhere), (13, 0));
    }
}

/// A lie about the family of `a.eml`, and whom it makes false.
type Lie = (&'static str, fn(&mut Store), &'static [&'static str]);

const LIES: &[Lie] = &[
    ("the date of a mail", |store| of(store, A[0]).record.date = moment(1), &[A[0]]),
    ("the date of an attachment", |store| of(store, A[1]).record.date = moment(1), &[A[1]]),
    (
        "what an attachment inherits",
        |store| of(store, A[1]).record.inherited.as_mut().unwrap().subject = Some("other".into()),
        &[A[1]],
    ),
    (
        "whose an attachment is",
        |store| of(store, A[1]).record.custodian = Some("eve".parse().unwrap()),
        &[A[1]],
    ),
    ("bytes that were made", |store| of(store, A[2]).record.made = true, &[A[2]]),
    ("one count", |store| of(store, A[1]).family.count += 1, &[A[1]]),
    ("all counts", |store| A.iter().for_each(|name| of(store, name).family.count += 1), &A),
    (
        "two ordinals exchanged",
        |store| {
            let (one, two) = (of(store, A[1]).family, of(store, A[2]).family);
            of(store, A[1]).family = two;
            of(store, A[2]).family = one;
        },
        &[A[1], A[2]],
    ),
    (
        "an ordinal twice",
        |store| {
            let place = of(store, A[1]).family;
            of(store, A[2]).family = place;
        },
        &[A[1], A[2]],
    ),
    (
        "a stranger as a member",
        |store| {
            let place = of(store, A[0]).family;
            of(store, "loose.txt").family = FamilyPlace { ordinal: 2, ..place };
            of(store, A[2]).family = FamilyPlace { ordinal: 0, count: 1, ..of(store, A[2]).family };
            of(store, A[2]).family.id = candor::field::Scalar::from(5);
        },
        &["loose.txt"],
    ),
];

fn moment(seconds: i64) -> Option<Moment> {
    Moment::from_seconds(seconds)
}

#[test]
fn families_that_are_not_what_their_top_item_holds_are_found() {
    for (what, lie, expected) in LIES {
        let (leaves, report) = expanded("top", lie);
        let found = wrong(&leaves, &report);
        for name in *expected {
            assert!(found.contains(&((*name).to_owned(), 7)), "{what}: {name} in {found:?}");
        }
        let others = found.iter().filter(|(name, _)| !expected.contains(&name.as_str()));
        // A member that was cut loose stands for no top item.
        let others: Vec<_> = others.filter(|(name, _)| !A.contains(&name.as_str())).collect();
        assert!(others.is_empty(), "{what}: {others:?}");
        assert_eq!(report.exit_code(), 1, "{what}");
    }
}

#[test]
fn a_container_that_does_not_give_its_items_is_false() {
    // Short of an entry: no leaf has its bytes.
    let (leaves, report) = expanded("top", &|store| {
        store.entries.retain(|entry| entry.record.path.to_string() != "box.tar/note.txt");
    });
    assert_eq!(wrong(&leaves, &report), [("box.tar".to_owned(), 8)], "{report}");
    // An entry of two with the same bytes: they stand under the other's leaf alone.
    let (leaves, report) = expanded("top", &|store| {
        store.entries.retain(|entry| entry.record.path.to_string() != "box.tar/same.txt");
    });
    assert_eq!((wrong(&leaves, &report), report.audit.elsewhere), (Vec::new(), 1));
    assert!(report.to_string().contains("1 entry of containers under a leaf of another"));
    // A leaf that says it stands in it, and does not; one that hides where it stands.
    let stray: &[Lie] = &[
        (
            "stray",
            |store| of(store, "loose.txt").record.container = Some("box.tar".parse().unwrap()),
            &["loose.txt"],
        ),
        (
            "another date",
            |store| of(store, "box.tar/note.txt").record.date = moment(1),
            &["box.tar/note.txt"],
        ),
        (
            "another name",
            |store| {
                of(store, "box.tar/note.txt").record.path = "box.tar/nothing.txt".parse().unwrap();
            },
            &["box.tar/nothing.txt"],
        ),
        (
            "short below",
            |store| {
                let name = "box.tar/nested.tar/deep.txt";
                store.entries.retain(|entry| entry.record.path.to_string() != name);
            },
            &["box.tar/nested.tar"],
        ),
    ];
    for (what, lie, expected) in stray {
        let (leaves, report) = expanded("top", lie);
        let expected: Vec<_> = expected.iter().map(|name| ((*name).to_owned(), 8)).collect();
        assert_eq!(wrong(&leaves, &report), expected, "{what}: {report}");
    }
}

#[test]
fn without_its_top_item_or_its_whole_family_a_leaf_is_missing() {
    let left_out = |name: &'static str| {
        move |store: &mut Store| {
            store.entries.retain(|entry| entry.record.path.to_string() != name);
        }
    };
    // Its attachments are told by no top item.
    let (leaves, report) = expanded("top", &left_out(A[0]));
    let fates_of = |report: &AuditReport, leaves: &BTreeMap<String, u64>, names: &[&str]| {
        let fates = fates(report);
        names.iter().map(|name| fates[&leaves[*name]].clone()).collect::<Vec<_>>()
    };
    let missing = || Fate::Missing { basis: None };
    assert_eq!(fates_of(&report, &leaves, &A[1..]), [missing(), missing()]);
    // An attachment that is no leaf is missed where families are opened whole.
    let (leaves, report) = expanded("whole", &left_out(A[2]));
    assert_eq!(fates_of(&report, &leaves, &A[..2]), [missing(), missing()]);
    assert_eq!((report.exit_code(), report.counts.missing), (1, 2), "{report}");
    let (_, report) = expanded("top", &left_out(A[2]));
    assert_eq!(report.exit_code(), 0);
}

/// Families in a container that repeat others are no leaves where expansion drops them; what
/// was kept in their place is opened with it.
#[test]
fn what_was_dropped_because_it_repeats_stands_elsewhere() {
    let letter = mail("letter", &[("one.txt", b"one".to_vec())]);
    let boxed = archive(&[("copy.eml", letter.clone()), ("note.txt", b"note".to_vec())]);
    let files = [("a.eml", letter), ("box.tar", boxed)];
    let (court, found) = Court::expanded(&files, Dedupe::Global);
    assert_eq!(found.duplicates.families, 1);
    let store = court.case.store();
    let leaf = |name: &str| {
        let at = store.entries.iter().position(|entry| entry.record.path.to_string() == name);
        at.unwrap() as u64
    };
    let drawn = [leaf("box.tar")].into();
    let documents = court.case.documents();
    let opened = relatives::of(&documents, &store, &drawn, Families::Top).unwrap();
    let expected = ["box.tar", "box.tar/note.txt", "a.eml"].map(leaf);
    assert_eq!(opened, expected.into());
    court.commit(&["all=all"], "lot");
    court.seal("lot", "seal.json");
    court.draw("lot", "seal.json");
    court.open("lot/drawing.json", "opened");
    let report = court.audit("lot", Some("opened"), "audit").unwrap();
    assert_eq!((report.exit_code(), report.audit.elsewhere), (0, 1), "{report}");
}

/// The views are checked without any request too.
#[test]
fn false_views_under_a_root_alone_are_found() {
    let court = Court::committed(|case| {
        case.add("a.txt", b"a");
        case.add("b.txt", b"b");
    });
    let mut store = court.case.store();
    let view = &mut store.entries[0].views[0];
    view.missing = Some(Missing::Outside(CoarseKind::Sound));
    view.digest = candor::corpus::leaf::marker(
        &dishonest::view(),
        Missing::Outside(CoarseKind::Sound),
        view.salt,
    );
    dishonest::publish(&court.case, &mut store);
    court.commit(&["all=all"], "lot");
    court.seal("lot", "seal.json");
    court.draw("lot", "seal.json");
    court.open("lot/drawing.json", "opened");
    let report = court.audit("lot", Some("opened"), "audit").unwrap();
    let fates = fates(&report);
    assert_eq!((&fates[&0], &fates[&1]), (&Fate::False { check: 5 }, &Fate::Clean));
}
