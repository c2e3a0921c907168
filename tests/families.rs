//! Families: what is released with a match, what of them is checked, and false ones.

use candor::CoarseKind;
use candor::corpus::FamilyPlace;
use candor::corpus::store::{Entry, Store};
use candor::exchange::formats::bag;
use candor::exchange::formats::bundle::{Basis, FamilyOpening, Opening, Withheld};
use candor::exchange::{Outcome, Release, Report};
use candor::field::{Scalar, ScalarHex};
use candor_documents::Name;
use candor_testing::expanded::{mail, picture};
use candor_testing::files::{lines, write_lines};
use candor_testing::{Case, dishonest, models, repository};

/// A picture that matches.
fn yes(shade: u8) -> Vec<u8> {
    picture(shade, 255)
}

/// One that does not.
fn no(shade: u8) -> Vec<u8> {
    picture(255, shade)
}

/// A mail with a match, one without, one with a mail that has a match and with equal
/// entries, and loose pictures.
fn case() -> Case {
    let inner = mail("inner", &[("deep.bmp", yes(3)), ("deep.txt", b"a word".to_vec())]);
    let same = || ("same.bmp", no(4));
    let tops = [
        (
            "alice/a.eml",
            mail("a", &[("yes.bmp", yes(1)), ("no.bmp", no(1)), ("n.txt", b"x y".to_vec())]),
        ),
        ("alice/b.eml", mail("b", &[("no.bmp", no(2))])),
        ("bob/c.eml", mail("c", &[("in.eml", inner), same(), same()])),
        ("bob/loose yes.bmp", yes(5)),
        ("bob/loose no.bmp", no(5)),
    ];
    let case = Case::temporary();
    let model = case.path("model.onnx");
    std::fs::write(&model, models::halves()).unwrap();
    case.with_views(&["image/gray-4x4"])
        .asking(model, "image/gray-4x4", 1)
        .accepting_outside(&[CoarseKind::Text])
        .with_items_of(&tops)
}

fn path(entry: &Entry) -> String {
    entry.record.path.to_string()
}

fn of<'a>(store: &'a mut Store, name: &str) -> &'a mut Entry {
    store.entries.iter_mut().find(|entry| path(entry) == name).unwrap_or_else(|| panic!("{name}"))
}

/// Paths that are disclosed, in order; and paths that are withheld, with their reasons.
fn handed_over(case: &Case) -> (Vec<String>, Vec<(String, String)>) {
    let store = case.store();
    let openings: Vec<Opening> = lines(&case.bundle().join("data/openings.jsonl"));
    let released = openings.into_iter().filter_map(|opening| opening.record);
    let mut released: Vec<String> = released.map(|record| record.line.path.to_string()).collect();
    released.sort();
    let withheld: Vec<Withheld> = lines(&case.bundle().join("data/withheld.jsonl"));
    let mut withheld: Vec<(String, String)> = withheld
        .into_iter()
        .map(|line| {
            let reason = match line.carries() {
                Some(leaf) => format!("carries {}", path(&store.entries[leaf as usize])),
                None => line.basis.to_string(),
            };
            (path(&store.entries[line.leaf as usize]), reason)
        })
        .collect();
    withheld.sort();
    (released, withheld)
}

fn pair(path: &str, reason: &str) -> (String, String) {
    (path.to_owned(), reason.to_owned())
}

const A: [&str; 4] =
    ["alice/a.eml", "alice/a.eml/n.txt", "alice/a.eml/no.bmp", "alice/a.eml/yes.bmp"];

fn assert_refused(report: &Report, check: u8, expected: &str, what: &str) {
    let failure = report.failure.as_ref().unwrap_or_else(|| panic!("{what}: {:?}", report.outcome));
    assert_eq!(failure.check.id(), check, "{what}: {failure}");
    assert!(failure.to_string().contains(expected), "{what}: {failure}");
}

#[test]
fn a_match_brings_its_whole_family() {
    let case = case().asked().responded();
    let report = case.verify();
    assert_eq!(report.failure, None);
    assert_eq!(report.outcome, Outcome::Verified);
    let (released, withheld) = handed_over(&case);
    assert_eq!(released[..4], A);
    assert!(withheld.is_empty());
    let others = released[4..].iter().filter(|path| path.starts_with("bob/c.eml")).count();
    assert_eq!((others, released.len()), (6, 11), "{released:?}");
    assert_eq!(released[10], "bob/loose yes.bmp");
    // Mails and texts of released families are seen to be what they are said to be.
    assert_eq!((report.documents, report.matching, report.released), (14, 3, 11));
    assert_eq!((report.outside, report.outside_not_checked), (6, 1));
    assert_eq!((report.examined, report.families_not_checked), (Some(13), 0));
}

#[test]
fn an_item_alone_is_released_where_the_request_says_so() {
    let case = case().releasing(Release::Item).asked();
    let summary = case.respond();
    let report = case.verify();
    assert_eq!((report.failure, report.outcome), (None, Outcome::Verified));
    let (released, withheld) = handed_over(&case);
    assert_eq!((released.len(), withheld.len(), report.released), (3, 0, 3));
    assert_eq!(summary.undisclosed_parents, 2);
    let mails: Vec<String> = summary.told.undisclosed_parents.iter().map(Name::to_string).collect();
    assert!(mails.iter().any(|mail| mail == "alice/a.eml"), "{mails:?}");
    // The mail is withheld, and its headers would go out with the picture in it.
    std::fs::remove_dir_all(case.bundle()).unwrap();
    let case = case.withholding(&[("alice/a.eml", "privileged")]);
    let refused = case.try_respond().unwrap_err().to_string();
    assert!(refused.contains("alice/a.eml/yes.bmp: it has inherited"), "{refused}");
    assert!(refused.contains("of alice/a.eml, which is withheld"), "{refused}");
    // It is refused before anything is proved.
    let left = std::fs::read_dir(case.bundle().parent().unwrap()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("bundle")), "{left:?}");
}

#[test]
fn what_carries_a_withheld_member_is_kept_back_and_logged() {
    let listed = [("alice/a.eml/no.bmp", "privileged")];
    let case = case().asked().withholding(&listed);
    let summary = case.respond();
    let kept = [(Name(b"alice/a.eml".to_vec()), Name(b"alice/a.eml/no.bmp".to_vec()))];
    assert_eq!((summary.kept_back, summary.told.kept_back.as_slice()), (1, kept.as_slice()));
    let (released, withheld) = handed_over(&case);
    assert_eq!(released[..2], ["alice/a.eml/n.txt", "alice/a.eml/yes.bmp"]);
    let expected = [
        pair("alice/a.eml", "carries alice/a.eml/no.bmp"),
        pair("alice/a.eml/no.bmp", "other/privileged"),
    ];
    assert_eq!(withheld, expected);
    let report = case.verify();
    assert_eq!((&report.failure, report.outcome), (&None, Outcome::Incomplete));
    assert_eq!((report.withheld, report.families_not_checked), (2, 1));
    // What is told of it is secret.
    let public =
        serde_json::to_string(&summary).unwrap() + &serde_json::to_string(&report).unwrap();
    assert!(!public.contains("alice"), "{public}");

    // Leaves that are named without being carried.
    let store = case.store();
    let leaf = |name: &str| store.entries.iter().position(|e| path(e) == name).unwrap();
    let [top, held, other] = ["alice/a.eml", "alice/a.eml/no.bmp", "bob/loose yes.bmp"].map(leaf);
    let file = case.bundle().join("data/withheld.jsonl");
    let honest: Vec<Withheld> = lines(&file);
    for (from, to) in [(top, top), (top, other), (top, 1000), (held, top), (held, held)] {
        let mut changed = honest.clone();
        let line = changed.iter_mut().find(|line| line.leaf == from as u64).unwrap();
        line.basis = Basis::Carries(to as u64).into();
        write_lines(&file, &changed);
        bag::seal(&case.bundle()).unwrap();
        let what = format!("{from} carries {to}");
        assert_refused(&case.verify(), 5, "to be withheld for itself", &what);
    }
}

/// A picture of several pages is seen by its first; the others are items in it.
#[test]
fn an_item_that_carries_a_withheld_one_opens_both_places() {
    let pages = std::fs::read(repository().join("documents/tests/data/pages.tiff")).unwrap();
    let listed = [("pages.tiff/p", "privileged")];
    let mut kept_back = 0;
    for class in [0, 1] {
        let case = Case::temporary();
        let model = case.path("model.onnx");
        std::fs::write(&model, models::halves()).unwrap();
        let case = case
            .with_views(&["image/gray-4x4"])
            .asking(model, "image/gray-4x4", class)
            .with_items_of(&[("pages.tiff", pages.clone()), ("loose.bmp", yes(1))])
            .releasing(Release::Item);
        case.commit();
        let mut store = case.store();
        // Its last page, by a name that a list can give.
        let last = store.entries.iter().map(|entry| entry.family.ordinal).max().unwrap();
        assert!(last > 0);
        let page = store.entries.iter_mut().find(|entry| entry.family.ordinal == last).unwrap();
        page.record.path = Name(b"pages.tiff/p".to_vec());
        dishonest::publish(&case, &mut store);
        case.ask();
        let case = case.withholding(&listed);
        let summary = case.respond();
        let report = case.verify();
        assert_eq!(report.failure, None);
        let (released, withheld) = handed_over(&case);
        if summary.kept_back == 0 {
            assert!(!released.contains(&"pages.tiff".to_owned()));
            continue;
        }
        kept_back += 1;
        let expected =
            [pair("pages.tiff", "carries pages.tiff/p"), pair("pages.tiff/p", "other/privileged")];
        assert_eq!(withheld, expected);
        let file = case.bundle().join("data/openings.jsonl");
        let (places, others): (Vec<Opening>, Vec<Opening>) =
            lines(&file).into_iter().partition(|opening: &Opening| opening.family.is_some());
        assert_eq!((places.len(), report.outcome), (2, Outcome::Incomplete));
        // Neither place may be kept to oneself.
        for (place, wanted) in [(0, "carries another"), (1, "")] {
            let top = places.iter().position(|place| place.family.unwrap().ordinal == 0).unwrap();
            let kept = if place == 0 { 1 - top } else { top };
            let mut changed = [others.clone(), vec![places[kept].clone()]].concat();
            changed.sort_by_key(|opening| opening.leaf);
            write_lines(&file, &changed);
            bag::seal(&case.bundle()).unwrap();
            assert_refused(&case.verify(), 5, wanted, "one place");
        }
    }
    assert_eq!(kept_back, 1);
}

#[test]
fn nothing_tells_of_families_where_items_are_released() {
    let case = case().releasing(Release::Item).asked().responded();
    let honest: Vec<Opening> = lines(&case.bundle().join("data/openings.jsonl"));
    let store = case.store();
    let place = |entry: &Entry| FamilyOpening {
        id: ScalarHex(entry.family.id),
        ordinal: entry.family.ordinal,
        count: entry.family.count,
        salt: ScalarHex(entry.family_salt),
    };
    let judged = |openings: &[Opening]| {
        write_lines(&case.bundle().join("data/openings.jsonl"), openings);
        bag::seal(&case.bundle()).unwrap();
        case.verify()
    };
    // A place beside a released item tells more than was asked for.
    let mut more = honest.clone();
    more[0].family = Some(place(&store.entries[more[0].leaf as usize]));
    assert_refused(&judged(&more), 5, "no family opened where items are released", "more");
    // One that nothing is said of.
    let leaf = store.entries.iter().position(|e| path(e) == "alice/b.eml").unwrap();
    let opening = Opening {
        leaf: leaf as u64,
        file: None,
        record: None,
        family: Some(place(&store.entries[leaf])),
        view_salts: None,
        membership: store
            .tree()
            .unwrap()
            .prove(leaf as u64)
            .unwrap()
            .siblings
            .into_iter()
            .map(ScalarHex)
            .collect(),
    };
    let mut more = honest.clone();
    more.push(opening);
    more.sort_by_key(|opening| opening.leaf);
    assert_refused(&judged(&more), 5, "released or listed as withheld", "a place alone");
    assert_eq!(judged(&honest).outcome, Outcome::Verified);
}

/// What a responder commits to falsely.
type Lie = (&'static str, &'static str, fn(&mut Store));

/// A stranger takes the place of a member, which becomes a family of its own.
fn swap(store: &mut Store, member: &str, stranger: &str) {
    let place = of(store, member).family;
    let own = of(store, stranger).family;
    of(store, stranger).family = place;
    of(store, member).family = own;
}

const LIES: &[Lie] = &[
    ("one member with another count", "a family of", |store| {
        of(store, A[3]).family.count += 1;
    }),
    ("all members with a count too large", "all 5 members", |store| {
        A.iter().for_each(|name| of(store, name).family.count += 1);
    }),
    ("an ordinal twice", "each once", |store| {
        let place = of(store, A[2]).family;
        of(store, A[3]).family = place;
    }),
    ("two members exchanged", "with SHA-256", |store| swap(store, A[2], A[3])),
    ("an id that two families share", "a family of", |store| {
        let id = of(store, A[0]).family.id;
        for entry in &mut store.entries {
            if path(entry).starts_with("bob/c.eml") {
                entry.family.id = id;
            }
        }
    }),
    ("an id that a stranger shares", "a family of", |store| {
        of(store, "bob/loose no.bmp").family.id = of(store, A[0]).family.id;
    }),
    ("a stranger as a further member", "one more", |store| {
        let place = of(store, A[0]).family;
        A.iter().for_each(|name| of(store, name).family.count = 5);
        of(store, "bob/loose no.bmp").family = FamilyPlace { ordinal: 4, count: 5, ..place };
    }),
    ("a stranger in the place of a member", "with SHA-256", |store| {
        swap(store, A[2], "bob/loose no.bmp");
    }),
    ("a child of somebody else", "with SHA-256", |store| swap(store, A[2], "alice/b.eml/no.bmp")),
    ("a child that is committed to twice", "each once", |store| {
        let mut twice = of(store, A[2]).clone();
        twice.item = Some(1000);
        twice.family_salt = Scalar::from(77);
        twice.views[0].salt = Scalar::from(78);
        let bytes = no(1);
        let view = candor::canonicalise_file(&bytes, &store.header.views[0]).unwrap();
        twice.views[0].digest =
            candor::hash::sponge::view_digest("image/gray-4x4", Scalar::from(78), &view);
        store.entries.push(twice);
    }),
    ("a member left out, the others counted anew", "one without", |store| {
        let alone = FamilyPlace { id: Scalar::from(5), ordinal: 0, count: 1 };
        let last = of(store, A[1]);
        assert_eq!(last.family.ordinal, 3);
        last.family = alone;
        [A[0], A[2], A[3]].iter().for_each(|name| of(store, name).family.count -= 1);
    }),
    ("another subject inherited", "the fields of the mail", |store| {
        let inherited = &mut of(store, A[3]).record.inherited;
        inherited.as_mut().unwrap().subject = Some("another".to_owned());
    }),
    ("nothing inherited", "the fields of the mail", |store| {
        of(store, A[3]).record.inherited = None;
    }),
    ("another parent", "stands in member", |store| {
        let deep = "bob/c.eml/in.eml/deep.bmp";
        let deep = store
            .entries
            .iter()
            .map(path)
            .find(|name| name.ends_with("deep.bmp"))
            .unwrap_or(deep.to_owned());
        of(store, &deep).record.parent = Some(0);
    }),
    ("a member said to be made", "stand in its top item", |store| {
        of(store, A[3]).record.made = true;
    }),
    ("a member under another name", "at the path alice/a.eml/yes.bmp", |store| {
        of(store, A[3]).record.path = Name(b"alice/a.eml/holiday.bmp".to_vec());
    }),
    ("a member of another custodian", "with the custodian of its top item", |store| {
        of(store, A[3]).record.custodian = Some(Name(b"bob".to_vec()));
    }),
    ("a member said to come from a container", "taken from no container", |store| {
        of(store, A[3]).record.container = Some(Name(b"alice/a.zip".to_vec()));
    }),
    ("a member with another date", "the date that expansion gives it", |store| {
        of(store, A[3]).record.date = candor_documents::Moment::from_seconds(1_000_000_000);
    }),
    ("a top item with another date", "with its own date, 2019-05-14", |store| {
        of(store, A[0]).record.date = None;
        of(store, A[0]).record.date_from = candor_documents::DateFrom::None;
    }),
    ("a top item that stands in another", "stands in no other", |store| {
        of(store, A[0]).record.parent = Some(1);
    }),
    ("a top item that inherits", "stands in no other", |store| {
        of(store, A[0]).record.inherited = Some(candor_documents::Inherited::default());
    }),
];

#[test]
fn false_families_are_refused() {
    let case = case();
    case.commit();
    let honest = case.store();
    let duplicate = case.documents().join(candor::corpus::items::item_path(1000));
    std::fs::create_dir_all(duplicate.parent().unwrap()).unwrap();
    std::fs::write(duplicate, no(1)).unwrap();
    let mut wrong = Vec::new();
    for (what, expected, lie) in LIES {
        let mut store = honest.clone();
        lie(&mut store);
        dishonest::publish(&case, &mut store);
        case.ask();
        case.respond();
        let report = case.verify();
        match &report.failure {
            Some(failure) if failure.check.id() == 5 && failure.to_string().contains(expected) => {}
            other => wrong.push(format!("{what}: {other:?} {:?}", report.outcome)),
        }
        for made in [case.request(), case.bundle()] {
            std::fs::remove_dir_all(made).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A claim about a withheld top item is checked by nobody yet: the report counts it.
#[test]
fn without_its_top_item_the_structure_of_a_family_is_not_checked() {
    let case = case();
    case.commit();
    let mut store = case.store();
    of(&mut store, A[3]).record.inherited = None;
    dishonest::publish(&case, &mut store);
    case.ask();
    let case = case.withholding(&[(A[0], "privileged")]).responded();
    let report = case.verify();
    assert_eq!((&report.failure, report.outcome), (&None, Outcome::Incomplete));
    assert_eq!((report.families_not_checked, report.withheld), (1, 1));
    assert!(report.to_string().contains("(structure not checked: 1)"), "{report}");
}

#[test]
fn a_family_that_is_not_opened_whole_is_refused() {
    let case = case().asked().responded();
    let file = case.bundle().join("data/openings.jsonl");
    let honest: Vec<Opening> = lines(&file);
    let store = case.store();
    let leaf = |name: &str| store.entries.iter().position(|e| path(e) == name).unwrap() as u64;
    let judged = |openings: &[Opening]| {
        write_lines(&file, openings);
        bag::seal(&case.bundle()).unwrap();
        case.verify()
    };
    // A member that does not match is opened, but said to be of no family.
    let mut changed = honest.clone();
    changed.iter_mut().find(|opening| opening.leaf == leaf(A[2])).unwrap().family = None;
    assert_refused(&judged(&changed), 5, "each once", "a member's place not opened");
    let mut changed = honest.clone();
    changed.iter_mut().find(|opening| opening.leaf == leaf(A[3])).unwrap().family = None;
    assert_refused(&judged(&changed), 5, "the family of a matching document", "a match's place");
    // One that is left out.
    let mut changed = honest.clone();
    let at = changed.iter().position(|opening| opening.leaf == leaf(A[2])).unwrap();
    let left_out = case.bundle().join(changed.remove(at).file_name().unwrap());
    let bytes = std::fs::read(&left_out).unwrap();
    std::fs::remove_file(&left_out).unwrap();
    assert_refused(&judged(&changed), 5, "each once", "a member left out");
    std::fs::write(&left_out, bytes).unwrap();
    // Another salt, another count.
    for change in [
        (|family: &mut FamilyOpening| family.salt = ScalarHex(Scalar::from(1)))
            as fn(&mut FamilyOpening),
        |family| family.count += 1,
        |family| family.id = ScalarHex(Scalar::from(1)),
    ] {
        let mut changed = honest.clone();
        change(changed[0].family.as_mut().unwrap());
        assert_refused(&judged(&changed), 5, "family commitment", "another place");
    }
    assert_eq!(judged(&honest).outcome, Outcome::Verified);
}

#[test]
fn a_family_without_a_match_is_not_opened() {
    let case = case().asked().responded();
    let store = case.store();
    let file = case.bundle().join("data/openings.jsonl");
    let mut openings: Vec<Opening> = lines(&file);
    let tree = store.tree().unwrap();
    let mut withheld = Vec::new();
    for (entry, leaf) in store.entries.iter().zip(0..) {
        if path(entry).starts_with("alice/b.eml") {
            openings.push(Opening {
                leaf,
                file: None,
                record: None,
                family: Some(FamilyOpening {
                    id: ScalarHex(entry.family.id),
                    ordinal: entry.family.ordinal,
                    count: entry.family.count,
                    salt: ScalarHex(entry.family_salt),
                }),
                view_salts: None,
                membership: tree.prove(leaf).unwrap().siblings.into_iter().map(ScalarHex).collect(),
            });
            withheld.push(Withheld::of(leaf, "privilege/ac".parse().unwrap()));
        }
    }
    assert_eq!(withheld.len(), 2);
    openings.sort_by_key(|opening| opening.leaf);
    write_lines(&file, &openings);
    write_lines(&case.bundle().join("data/withheld.jsonl"), &withheld);
    bag::seal(&case.bundle()).unwrap();
    assert_refused(&case.verify(), 6, "nothing disclosed", "a family without a match");
}
