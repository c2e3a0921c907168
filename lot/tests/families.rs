//! What is opened beside a drawn item.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use candor::corpus::Store;
use candor::exchange::expand::Dedupe;
use candor_lot::formats::Families;
use candor_lot::responder::relatives;
use candor_testing::expanded::mail;
use common::{Court, archive, stopped};

/// A mail with two attachments, an archive that holds a mail, a text and an archive with
/// another text, an archive with the same name elsewhere, and a loose text.
fn court() -> Court {
    let inner = mail("inner", &[("plan.txt", b"the plan".to_vec())]);
    let nested = archive(&[("deep.txt", b"deep".to_vec())]);
    let files = [
        ("a.eml", mail("outer", &[("one.txt", b"one".to_vec()), ("two.txt", b"two".to_vec())])),
        (
            "box.tar",
            archive(&[
                ("inner.eml", inner),
                ("note.txt", b"note".to_vec()),
                ("nested.tar", nested),
            ]),
        ),
        ("other.tar", archive(&[("note.txt", b"another note".to_vec())])),
        ("loose.txt", b"loose".to_vec()),
    ];
    Court::expanded(&files, Dedupe::None).0
}

/// Documents in which equal ones are dropped, and one text stands twice on disk.
fn with_repeats() -> Court {
    let memo = mail("memo", &[("advice.txt", b"the advice".to_vec())]);
    let files = [
        ("a.eml", memo.clone()),
        ("box.tar", archive(&[("again.eml", memo), ("note.txt", b"note".to_vec())])),
        ("x.txt", b"same".to_vec()),
        ("y.txt", b"same".to_vec()),
    ];
    Court::expanded(&files, Dedupe::Global).0
}

#[test]
fn equal_bytes_do_not_go_out_elsewhere() {
    let court = with_repeats();
    let leaves = leaves(&court.case.store());
    let names: Vec<&str> = leaves.keys().map(String::as_str).collect();
    assert_eq!(names, ["a.eml", "a.eml/advice.txt", "box.tar", "box.tar/note.txt", "x.txt"]);
    let store = court.case.store();
    let carrier = |opened: &[&str], closed: &[&str]| {
        let of = |names: &[&str]| names.iter().map(|name| leaves[*name]).collect();
        let documents = court.case.documents();
        let found = relatives::carrier(&documents, &store, &of(opened), &of(closed)).unwrap();
        found.map(|(around, leaf)| {
            let name = |leaf| leaves.iter().find(|(_, at)| **at == leaf).unwrap().0.as_str();
            (name(around), name(leaf))
        })
    };
    // The archive holds the mail that was dropped, with its attachment.
    let whole = Some(("box.tar", "a.eml"));
    assert_eq!(carrier(&["box.tar"], &["a.eml"]), whole);
    let inner = Some(("box.tar", "a.eml/advice.txt"));
    assert_eq!(carrier(&["box.tar", "x.txt"], &["a.eml/advice.txt"]), inner);
    assert_eq!(carrier(&["box.tar/note.txt", "x.txt"], &["a.eml/advice.txt"]), None);
    assert_eq!(carrier(&["box.tar"], &["x.txt"]), None);
}

#[test]
fn a_copy_of_what_stays_closed_is_not_opened() {
    let court = Court::committed(|case| {
        for name in ["x.txt", "y.txt"] {
            case.add(name, b"same");
        }
        case.add("z.txt", b"other");
    });
    let leaves = leaves(&court.case.store());
    court.commit(&["all=all"], "lot");
    court.seal("lot", "seal.json");
    court.draw("lot", "seal.json");
    let list = court.path("missing.csv");
    fs::write(&list, format!("leaf,basis,reason\n{},x,y\n", leaves["x.txt"])).unwrap();
    let found = stopped(court.try_open("lot/drawing.json", Some(&list), "opened"));
    let expected = format!("leaf {} would go out with leaf {};", leaves["x.txt"], leaves["y.txt"]);
    assert!(found.contains(&expected), "{found}");
}

fn leaves(store: &Store) -> BTreeMap<String, u64> {
    let entries = (0_u64..).zip(&store.entries);
    entries.map(|(leaf, entry)| (entry.record.path.to_string(), leaf)).collect()
}

#[test]
fn families_and_contents_go_with_a_drawn_item() {
    let court = court();
    let store = court.case.store();
    let leaves = leaves(&store);
    let names: Vec<&str> = leaves.keys().map(String::as_str).collect();
    let all = [
        "a.eml",
        "a.eml/one.txt",
        "a.eml/two.txt",
        "box.tar",
        "box.tar/inner.eml",
        "box.tar/inner.eml/plan.txt",
        "box.tar/nested.tar",
        "box.tar/nested.tar/deep.txt",
        "box.tar/note.txt",
        "loose.txt",
        "other.tar",
        "other.tar/note.txt",
    ];
    assert_eq!(names, all);
    let opened = |drawn: &[&str], families| {
        let drawn: BTreeSet<u64> = drawn.iter().map(|name| leaves[*name]).collect();
        let found = relatives::of(&court.case.documents(), &store, &drawn, families).unwrap();
        let mut names: Vec<&str> = leaves
            .iter()
            .filter(|(_, leaf)| found.contains(leaf))
            .map(|(name, _)| name.as_str())
            .collect();
        names.sort_unstable();
        names
    };
    for families in [Families::Top, Families::Whole] {
        assert_eq!(opened(&["loose.txt"], families), ["loose.txt"]);
        assert_eq!(opened(&["box.tar"], families), all[3..9]);
        assert_eq!(opened(&["box.tar/nested.tar"], families), all[6..8]);
        assert_eq!(opened(&["box.tar/note.txt"], families), ["box.tar/note.txt"]);
        assert_eq!(opened(&["other.tar"], families), all[10..]);
    }
    assert_eq!(opened(&["a.eml"], Families::Top), ["a.eml"]);
    assert_eq!(opened(&["a.eml/two.txt"], Families::Top), ["a.eml", "a.eml/two.txt"]);
    assert_eq!(opened(&["a.eml/two.txt"], Families::Whole), all[..3]);
    assert_eq!(opened(&["a.eml"], Families::Whole), all[..3]);
}

#[test]
fn nothing_that_stays_closed_goes_out_inside_something_else() {
    let court = court();
    let leaves = leaves(&court.case.store());
    court.commit(&["all=all"], "lot");
    court.seal("lot", "seal.json");
    court.draw("lot", "seal.json");
    let list = court.path("missing.csv");
    for (closed, around) in [
        ("a.eml/one.txt", "a.eml"),
        ("box.tar/inner.eml/plan.txt", "box.tar/inner.eml"),
        ("box.tar/nested.tar/deep.txt", "box.tar/nested.tar"),
        ("box.tar/note.txt", "box.tar"),
    ] {
        fs::write(&list, format!("leaf,basis,reason\n{},x,y\n", leaves[closed])).unwrap();
        let found = stopped(court.try_open("lot/drawing.json", Some(&list), "opened"));
        let expected =
            format!("leaf {} would go out with leaf {};", leaves[closed], leaves[around]);
        assert!(found.contains(&expected), "{found}");
    }
    // With all that hold it.
    let closed = ["box.tar", "box.tar/nested.tar", "box.tar/nested.tar/deep.txt"];
    let lines = closed.map(|name| format!("{},x,y\n", leaves[name]));
    fs::write(&list, format!("leaf,basis,reason\n{}", lines.concat())).unwrap();
    let opened = court.try_open("lot/drawing.json", Some(&list), "opened").unwrap();
    assert_eq!((opened.documents, opened.missing), (9, 3));
    let statement = fs::read_to_string(court.path("opened/opened.json")).unwrap();
    assert!(!statement.contains("box.tar"));
}
