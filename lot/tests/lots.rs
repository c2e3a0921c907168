//! What a responder does not seal.

mod common;

use std::fs;

use candor::exchange::formats::text::Sha256Hex;
use candor_lot::formats::{Lot, Stratum, Void};
use candor_lot::judge::{VoidOptions, void};
use candor_lot::signature::Namespace;
use common::{Court, How, refused, stopped};

/// Twenty texts.
fn court() -> Court {
    Court::committed(|case| {
        for number in 0..20 {
            case.add(&format!("{number}.txt"), format!("text {number}").as_bytes());
        }
    })
}

impl Court {
    /// Tries to seal, and leaves no trace of an attempt that fails.
    fn refuses(&self, lot: &str, how: &How) -> String {
        let ledger = self.path("commit/SECRET/lots.jsonl");
        let before = fs::read(&ledger).ok();
        let problem = refused(self.try_seal(lot, "refused.json", how));
        assert!(!self.path("refused.json").exists());
        assert_eq!(fs::read(&ledger).ok(), before);
        problem
    }

    fn void(&self, lot: &str, with_nonce: bool) {
        let lot = self.path(lot);
        void(&VoidOptions { lot: &lot, with_nonce, reason: "withdrawn" }).unwrap();
    }
}

/// Changes the lot, and signs it again as the judge.
fn change(court: &Court, change: impl FnOnce(&mut Lot)) {
    court.change("lot/lot.json", change);
    court.sign("judge", "lot/lot.json", Namespace::Lot);
}

#[test]
fn a_lot_must_be_the_judges() {
    let court = court();
    court.commit(&["all=3"], "lot");
    let as_other = How { judge: Some(common::RESPONDER), ..How::default() };
    assert!(court.refuses("lot", &as_other).contains("by another key"));
    let nobody = How { judge: Some("nobody"), ..How::default() };
    assert!(stopped(court.try_seal("lot", "s", &nobody)).contains("no key of nobody"));
    // By another key, under another purpose, of other bytes.
    court.sign("responder", "lot/lot.json", Namespace::Lot);
    assert!(court.refuses("lot", &How::default()).contains("by another key"));
    court.sign("judge", "lot/lot.json", Namespace::Seal);
    assert!(court.refuses("lot", &How::default()).contains("candor-seal@1"));
    court.sign("judge", "lot/lot.json", Namespace::Lot);
    court.change::<Lot>("lot/lot.json", |lot| lot.strata[0] = "all=20".parse().unwrap());
    assert!(court.refuses("lot", &How::default()).contains("other bytes"));
    // To another's key.
    court.change::<Lot>("lot/lot.json", |lot| {
        lot.strata[0] = "all=3".parse().unwrap();
        lot.recipient = age::x25519::Identity::generate().to_public().into();
    });
    assert!(court.refuses("lot", &How::default()).contains("other bytes"));
}

#[test]
fn a_lot_must_be_about_this_corpus_and_follow_the_last() {
    let court = court();
    court.commit(&["all=3"], "lot");
    let whole = fs::read(court.path("lot/lot.json")).unwrap();
    let other = "07".repeat(32);
    for (broken, problem) in [
        (&(|lot: &mut Lot| lot.root = other.parse().unwrap()) as &dyn Fn(&mut Lot), "root"),
        (
            &|lot| {
                lot.number = 2;
                lot.previous = Some(Sha256Hex([1; 32]));
            },
            "lot number 1",
        ),
    ] {
        fs::write(court.path("lot/lot.json"), &whole).unwrap();
        change(&court, broken);
        let found = court.refuses("lot", &How::default());
        assert!(found.contains(problem), "{found}");
    }
    // Another spelling, though it is signed.
    let text = String::from_utf8(whole.clone()).unwrap().replace("  \"number\"", " \"number\"");
    fs::write(court.path("lot/lot.json"), text).unwrap();
    court.sign("judge", "lot/lot.json", Namespace::Lot);
    assert!(court.refuses("lot", &How::default()).contains("canonical"));

    fs::write(court.path("lot/lot.json"), &whole).unwrap();
    court.sign("judge", "lot/lot.json", Namespace::Lot);
    court.seal("lot", "seal.json");
    // Another first lot, a second before the first has ended, a gap.
    court.commit(&["all=5"], "other");
    assert!(court.refuses("other", &How::default()).contains("lot number 2"));
    let early = court.try_commit(&["all=5"], Some("lot"), "second");
    assert!(stopped(early).contains("neither a drawing nor an end"));
    court.void("lot", false);
    court.try_commit(&["all=5"], Some("lot"), "second").unwrap();
    let open = court.refuses("second", &How::default());
    assert!(open.contains("lot 1 to have ended"), "{open}");
    court.void("second", false);
    court.try_commit(&["all=5"], Some("second"), "third").unwrap();
    let with_first = How { voids: vec!["lot/void.json"], ..How::default() };
    assert!(court.refuses("third", &with_first).contains("lot number 2"));
    // With both ends it follows.
    let voids = vec!["lot/void.json", "second/void.json"];
    court.try_seal("third", "seal3.json", &How { voids, ..How::default() }).unwrap();
    // And what is void is never opened.
    let drawn = court.try_draw("lot", "seal.json");
    assert!(stopped(drawn).contains("is void already"));
}

#[test]
fn a_lot_of_another_request_is_refused() {
    let court = Court::new();
    court.commit(&["nonmatching=1"], "lot");
    change(&court, |lot| lot.request = Some(Sha256Hex([1; 32])));
    assert!(court.refuses("lot", &How::default()).contains("request"));
    // A lot over all documents where one about the bundle was agreed is told apart.
    change(&court, |lot| {
        lot.request = None;
        lot.strata = vec!["all=1".parse::<Stratum>().unwrap()];
    });
    let sealed = court.try_seal("lot", "seal.json", &How::default()).unwrap();
    assert!(sealed.to_string().contains("1 of 7 of all"), "{sealed}");
}

#[test]
fn the_end_of_a_lot_is_its_own_and_a_forged_one_leaves_no_trace() {
    let court = court();
    court.commit(&["all=3"], "lot");
    court.seal("lot", "seal.json");
    court.void("lot", true);
    court.try_commit(&["all=3"], Some("lot"), "second").unwrap();
    let how = || How { voids: vec!["lot/void.json"], ..How::default() };
    // Another nonce than the lot's.
    let whole = fs::read(court.path("lot/void.json")).unwrap();
    court.change::<Void>("lot/void.json", |void| void.nonce = Some(Sha256Hex([1; 32])));
    assert!(court.refuses("second", &how()).contains("nonce"));
    // Of another lot than the one beside it.
    court.change::<Void>("lot/void.json", |void| void.lot = Sha256Hex([1; 32]));
    assert!(court.refuses("second", &how()).contains("the end of the lot beside it"));
    fs::write(court.path("lot/void.json"), whole).unwrap();
    let sealed = court.try_seal("second", "seal2.json", &how()).unwrap();
    assert_eq!((sealed.number, sealed.drawn_before), (2, 0));

    // A lot that was never sealed, made up by somebody: the judge's next lot does not name
    // it.
    court.draw("second", "seal2.json");
    court.open("second/drawing.json", "opened");
    court.try_commit(&["all=3"], Some("second"), "forged").unwrap();
    court.void("forged", false);
    court.try_commit(&["all=4"], Some("second"), "third").unwrap();
    let forged = How { voids: vec!["forged/void.json"], ..How::default() };
    assert!(court.refuses("third", &forged).contains("lot number 4"));
    let sealed = court.try_seal("third", "seal3.json", &How::default()).unwrap();
    assert_eq!((sealed.number, sealed.drawn_before), (3, 3));
}

#[test]
fn no_more_is_drawn_than_the_responder_agreed_to() {
    let court = court();
    court.commit(&["all=3,8"], "lot");
    let at_most = |number| How { at_most: Some(number), ..How::default() };
    let problem = stopped(court.try_seal("lot", "seal.json", &at_most(7)));
    assert!(problem.contains("8 documents would be drawn"), "{problem}");
    assert!(!court.path("commit/SECRET/lots.jsonl").exists());
    court.try_seal("lot", "seal.json", &at_most(8)).unwrap();
    court.draw("lot", "seal.json");
    court.open("lot/drawing.json", "opened");
    court.try_commit(&["all=all"], Some("lot"), "second").unwrap();
    let problem = stopped(court.try_seal("second", "seal2.json", &at_most(27)));
    assert!(problem.contains("28 documents"), "{problem}");
    court.try_seal("second", "seal2.json", &at_most(28)).unwrap();
}

#[test]
fn a_void_shows_its_nonce_or_not() {
    let court = court();
    court.commit(&["all=3"], "one");
    court.commit(&["all=3"], "other");
    court.void("one", true);
    court.void("other", false);
    let nonce = |name: &str| {
        let filed = candor_lot::formats::Filed::<Void>::own(&court.path(name)).unwrap();
        filed.value.nonce
    };
    let lot = candor_lot::judge::LotFolder::open(&court.path("one")).unwrap().lot;
    let shown = candor_lot::draw::Nonce::of(nonce("one/void.json").unwrap().0);
    assert_eq!(shown.sha256(), lot.value.nonce_sha256);
    assert_eq!(nonce("other/void.json"), None);
    for name in ["one", "other"] {
        let lot = court.path(name);
        let again = void(&VoidOptions { lot: &lot, with_nonce: true, reason: "again" });
        assert!(stopped(again).contains("is void already"));
    }
}
