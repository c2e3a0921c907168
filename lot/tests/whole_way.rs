//! A lot from its commitment to the package, and what of it is for whom.

mod common;

use std::collections::BTreeSet;
use std::fs;

use candor::exchange::Outcome;
use candor::exchange::formats::bundle::Opening;
use candor::exchange::formats::text::Sha256Hex;
use candor_lot::formats::{Drawing, Filed, MissingLeaf, Opened};
use candor_testing::files::sha256;
use common::{Court, STRATA};

#[test]
fn a_lot_is_sealed_drawn_and_opened() {
    let court = Court::new();
    let committed = court.commit(STRATA, "lot");
    assert_eq!((committed.number, committed.strata.len()), (1, 4));
    let sealed = court.seal("lot", "seal.json");
    let sizes: Vec<_> = sealed.strata.iter().map(|s| (s.size, s.sample)).collect();
    assert_eq!(sizes, [(1, 1), (3, 2), (1, 1), (1, 1)]);
    assert_eq!((sealed.sample, sealed.documents_at_most, sealed.again), (5, 5, false));
    assert_eq!(sealed.judge.as_ref().unwrap().by, common::JUDGE);
    assert_eq!(sealed.recipient, committed.recipient);
    let drawn = court.draw("lot", "seal.json");
    assert_eq!((drawn.bundle, drawn.seal), (Some(Outcome::Incomplete), sealed.seal));
    let strata: Vec<_> =
        drawn.strata.iter().map(|s| (s.population.to_string(), s.size, s.drawn)).collect();
    let expected = [
        ("disclosed", 1, None),
        ("withheld", 1, Some(1)),
        ("nonmatching", 3, Some(2)),
        ("unreadable", 1, Some(1)),
        ("outside", 1, Some(1)),
    ];
    assert_eq!(strata, expected.map(|(name, size, drawn)| (name.to_owned(), size, drawn)));
    let opened = court.open("lot/drawing.json", "opened");
    assert_eq!((opened.drawn, opened.opened, opened.documents), (5, 5, 5));

    // What the judge finds.
    let drawing = Filed::<Drawing>::own(&court.path("lot/drawing.json")).unwrap();
    let statement = Filed::<Opened>::own(&court.path("opened/opened.json")).unwrap();
    assert_eq!(statement.value.drawing, drawing.digest);
    let package = court.package("lot", "opened");
    let leaves = drawing.value.leaves();
    let mut names = vec!["manifest-sha256.txt".to_owned(), "openings.jsonl".into()];
    names.push("missing.jsonl".into());
    names.extend(leaves.iter().map(|leaf| format!("files/{leaf:08}")));
    assert_eq!(package.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), names);
    let lines = package[1..].iter().map(|(name, bytes)| format!("{}  {name}\n", sha256(bytes)));
    assert_eq!(String::from_utf8(package[0].1.clone()).unwrap(), lines.collect::<String>());
    assert_eq!(sha256(&package[0].1), statement.value.manifest);
    let store = court.case.store();
    let openings = String::from_utf8(package[1].1.clone()).unwrap();
    for ((line, leaf), (_, bytes)) in openings.lines().zip(&leaves).zip(&package[3..]) {
        let opening: Opening = serde_json::from_str(line).unwrap();
        let entry = &store.entries[*leaf as usize];
        assert_eq!((opening.leaf, opening.file.unwrap().sha256), (*leaf, sha256(bytes)));
        assert_eq!(opening.file.unwrap().sha256.0, entry.sha256);
        assert!(opening.family.is_some() && opening.view_salts.is_some());
    }
    // Modes of what is secret.
    #[cfg(unix)]
    for name in ["lot/secret", "opened/opened.age", "commit/SECRET/lots.jsonl"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = court.path(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // The nonce is public now, and no secret any more.
    assert!(fs::read_to_string(court.path("lot/secret")).unwrap().contains("\"nonce\": null"));
}

#[test]
fn nothing_of_a_closed_document_is_in_what_is_public() {
    let court = Court::new();
    let committed = court.commit(STRATA, "lot");
    let sealed = court.seal("lot", "seal.json");
    let drawn = court.draw("lot", "seal.json");
    let opened = court.open("lot/drawing.json", "opened");
    let mut public = vec![
        committed.to_string() + &serde_json::to_string(&committed).unwrap(),
        sealed.to_string() + &serde_json::to_string(&sealed).unwrap(),
        drawn.to_string() + &serde_json::to_string(&drawn).unwrap(),
        opened.to_string() + &serde_json::to_string(&opened).unwrap(),
    ];
    for name in ["lot/lot.json", "seal.json", "lot/drawing.json", "opened/opened.json"] {
        public.push(fs::read_to_string(court.path(name)).unwrap());
    }
    public
        .push(String::from_utf8_lossy(&fs::read(court.path("opened/opened.age")).unwrap()).into());
    let package = fs::read(court.path("opened/opened.age")).unwrap();
    let mut texts = 0;
    for entry in &court.case.store().entries {
        let path = String::from_utf8(entry.path().to_vec()).unwrap();
        let salt = candor::field::ScalarHex(entry.salt).to_string();
        for private in [hex::encode(entry.sha256), path, salt] {
            assert!(public.iter().all(|text| !text.contains(&private)), "{private}");
            texts += 1;
        }
        assert!(!package.windows(32).any(|window| window == entry.sha256));
    }
    assert_eq!(texts, 21);
}

#[test]
fn a_second_run_gives_the_same_seal_and_the_same_drawing() {
    let court = Court::new();
    court.commit(STRATA, "lot");
    let first = court.seal("lot", "seal.json");
    let bytes = fs::read(court.path("seal.json")).unwrap();
    // As a run that was killed after the ledger was written.
    fs::remove_file(court.path("seal.json")).unwrap();
    fs::remove_file(court.path("seal.json.sig")).unwrap();
    let again = court.seal("lot", "seal.json");
    assert!(again.again && again.seal == first.seal);
    assert_eq!(fs::read(court.path("seal.json")).unwrap(), bytes);
    // And where the file is there already.
    assert!(court.seal("lot", "seal.json").again);
    // A run of the judge that was killed between seal and drawing.
    fs::copy(court.path("seal.json"), court.path("lot/seal.json")).unwrap();
    fs::copy(court.path("seal.json.sig"), court.path("lot/seal.json.sig")).unwrap();
    let drawn = court.draw("lot", "lot/seal.json");
    // Opened twice, it is the same drawing and one line in the ledger.
    let one = court.open("lot/drawing.json", "opened");
    let two = court.open("lot/drawing.json", "opened again");
    assert_eq!((one.drawing, two.drawing), (drawn.drawing, drawn.drawing));
    let ledger = fs::read_to_string(court.path("commit/SECRET/lots.jsonl")).unwrap();
    assert_eq!(ledger.lines().count(), 2);
}

#[test]
fn a_lot_over_the_root_alone_draws_from_all() {
    let court = Court::committed(|case| {
        for number in 0..20 {
            case.add(&format!("{number}.txt"), format!("text {number}").as_bytes());
        }
    });
    court.commit(&["all=3,7"], "lot");
    court.seal("lot", "seal.json");
    let drawn = court.draw("lot", "seal.json");
    assert_eq!((drawn.bundle, drawn.strata[0].drawn), (None, Some(7)));
    let opened = court.open("lot/drawing.json", "opened");
    assert_eq!((opened.opened, opened.documents), (7, 7));
    assert_eq!(court.package("lot", "opened").len(), 10);
}

#[test]
fn what_stays_closed_is_listed_with_its_basis() {
    let court = Court::new();
    court.commit(STRATA, "lot");
    court.seal("lot", "seal.json");
    court.draw("lot", "seal.json");
    let drawing = Filed::<Drawing>::own(&court.path("lot/drawing.json")).unwrap();
    let leaves = drawing.value.leaves();
    let list = court.path("missing.csv");
    let (one, other) = (leaves[1], leaves[3]);
    let text = format!("leaf,basis,reason\n{other},lost,disk failed\n{one},privilege/ac,advice\n");
    fs::write(&list, text).unwrap();
    let opened = court.try_open("lot/drawing.json", Some(&list), "opened").unwrap();
    assert_eq!((opened.drawn, opened.opened, opened.excused, opened.missing), (5, 3, 1, 1));
    let line = |leaf, basis: &str, reason: &str| MissingLeaf {
        leaf,
        basis: basis.into(),
        reason: reason.into(),
    };
    let expected = vec![line(one, "privilege/ac", "advice"), line(other, "lost", "disk failed")];
    let statement = Filed::<Opened>::own(&court.path("opened/opened.json")).unwrap();
    assert_eq!(statement.value.missing, expected);
    let package = court.package("lot", "opened");
    let names: BTreeSet<_> = package.iter().map(|(name, _)| name.as_str()).collect();
    assert!(!names.contains(format!("files/{one:08}").as_str()));
    assert_eq!(package[2].1.split(|byte| *byte == b'\n').count(), 3);
    // A leaf that would stay closed anyway.
    let closed = (0..7).find(|leaf| !leaves.contains(leaf)).unwrap();
    fs::write(&list, format!("leaf,basis,reason\n{closed},x,y\n")).unwrap();
    let problem = common::stopped(court.try_open("lot/drawing.json", Some(&list), "o"));
    assert!(problem.contains("would not be opened"), "{problem}");
}

#[test]
fn a_digest_by_hand_stands_for_a_signature() {
    let court = Court::new();
    let lot = court.commit(STRATA, "lot").lot;
    fs::remove_file(court.path("lot/lot.json.sig")).unwrap();
    let problem = common::stopped(court.try_seal("lot", "seal.json", &Default::default()));
    assert!(problem.contains("no signature beside it"), "{problem}");
    let by_hand = |digest| common::How { digest: Some(digest), ..Default::default() };
    let wrong = common::refused(court.try_seal("lot", "seal.json", &by_hand(Sha256Hex([1; 32]))));
    assert!(wrong.contains("digest"), "{wrong}");
    let sealed = court.try_seal("lot", "seal.json", &by_hand(lot)).unwrap();
    assert_eq!(sealed.judge, None);
}
