//! What a responder does not open.

mod common;

use std::fs;

use candor::exchange::formats::text::Sha256Hex;
use candor_lot::draw::leaves_sha256;
use candor_lot::formats::{Drawing, Filed};
use candor_lot::judge::{VoidOptions, void};
use common::{Court, How, STRATA, refused, stopped};

impl Court {
    fn refuses(&self) -> String {
        let problem = refused(self.try_open("lot/drawing.json", None, "opened"));
        assert!(!self.path("opened").exists() && !self.path("opened.partial").exists());
        let ledger = fs::read_to_string(self.path("commit/SECRET/lots.jsonl")).unwrap();
        assert!(!ledger.contains("\"event\":\"opened\""));
        problem
    }
}

#[test]
fn a_drawing_must_be_the_one_that_lot_seal_and_bundle_give() {
    let court = Court::new();
    court.commit(STRATA, "lot");
    court.seal("lot", "seal.json");
    court.draw("lot", "seal.json");
    let whole = fs::read(court.path("lot/drawing.json")).unwrap();
    let stratum = |drawing: &mut Drawing, name: &str| {
        let found = drawing.strata.iter().position(|s| s.population.to_string() == name);
        found.unwrap()
    };
    for (change, problem) in [
        (
            &(|d: &mut Drawing| d.lot = Sha256Hex([1; 32])) as &dyn Fn(&mut Drawing),
            "a lot that was sealed here",
        ),
        (&|d| d.seal = Sha256Hex([1; 32]), "the seal that was given"),
        (&|d| d.nonce = Sha256Hex([1; 32]), "the nonce of the lot"),
        // The one of three that was not drawn instead of one that was.
        (
            &|d| {
                let at = stratum(d, "nonmatching");
                let taken = d.leaves();
                let store: Vec<u64> = (0..7).filter(|leaf| !taken.contains(leaf)).collect();
                d.strata[at].drawn[0] = store[0];
            },
            "other leaves drawn of nonmatching",
        ),
        (
            &|d| {
                let at = stratum(d, "nonmatching");
                d.strata[at].drawn.reverse()
            },
            "other leaves drawn",
        ),
        (
            &|d| {
                let at = stratum(d, "nonmatching");
                d.strata[at].drawn.truncate(1)
            },
            "other leaves drawn",
        ),
        (
            &|d| {
                let at = stratum(d, "nonmatching");
                d.strata[at].size += 1
            },
            "another size of nonmatching",
        ),
        (
            &|d| {
                let at = stratum(d, "nonmatching");
                d.strata[at].leaves_sha256 = leaves_sha256(&[0, 1, 2]);
            },
            "other leaves to draw from",
        ),
        (
            &|d| {
                d.strata.pop();
            },
            "other strata",
        ),
        (
            &|d| {
                let at = stratum(d, "disclosed");
                d.strata[at].drawn = vec![6; 1]
            },
            "",
        ),
    ] {
        fs::write(court.path("lot/drawing.json"), &whole).unwrap();
        court.change("lot/drawing.json", change);
        let found = court.refuses();
        assert!(found.contains(problem), "{found}");
    }
    let text = String::from_utf8(whole.clone()).unwrap() + "\n";
    fs::write(court.path("lot/drawing.json"), text).unwrap();
    assert!(court.refuses().contains("canonical"));
    // From another bundle than the one that was sealed.
    fs::write(court.path("lot/drawing.json"), &whole).unwrap();
    let kept = court.path("kept");
    fs::rename(court.case.bundle(), &kept).unwrap();
    court.case.respond();
    assert!(court.refuses().contains("the bundle that was sealed"));
    fs::remove_dir_all(court.case.bundle()).unwrap();
    fs::rename(&kept, court.case.bundle()).unwrap();
    // A document that has changed is no fault of the drawing.
    let path = court.case.documents().join("notes.txt");
    let text = fs::read(&path).unwrap();
    fs::write(&path, b"call them about the nines").unwrap();
    let found = stopped(court.try_open("lot/drawing.json", None, "opened"));
    assert!(found.contains("has changed since the commitment"), "{found}");
    assert!(!court.path("opened").exists());
    fs::write(&path, text).unwrap();
    court.open("lot/drawing.json", "opened");
}

#[test]
fn what_anybody_could_write_opens_nothing() {
    // A drawing of a lot that nobody sealed, though all else is right.
    let court = Court::new();
    court.commit(STRATA, "lot");
    court.seal("lot", "seal.json");
    court.draw("lot", "seal.json");
    fs::remove_file(court.path("commit/SECRET/lots.jsonl")).unwrap();
    let found = refused(court.try_open("lot/drawing.json", None, "opened"));
    assert!(found.contains("a lot that was sealed here"), "{found}");
}

#[test]
fn a_lot_that_is_void_is_not_opened() {
    let court = Court::committed(|case| {
        for number in 0..9 {
            case.add(&format!("{number}.txt"), format!("text {number}").as_bytes());
        }
    });
    court.commit(&["all=3"], "lot");
    court.seal("lot", "seal.json");
    // A judge that draws, keeps the drawing back, and says that the lot is void.
    court.draw("lot", "seal.json");
    fs::rename(court.path("lot/drawing.json"), court.path("kept.json")).unwrap();
    let lot = court.path("lot");
    void(&VoidOptions { lot: &lot, with_nonce: false, reason: "an error" }).unwrap();
    court.try_commit(&["all=3"], Some("lot"), "second").unwrap();
    let how = How { voids: vec!["lot/void.json"], ..How::default() };
    court.try_seal("second", "seal2.json", &how).unwrap();
    let found = refused(court.try_open("kept.json", None, "opened"));
    assert!(found.contains("void lot"), "{found}");
    let drawing = Filed::<Drawing>::own(&court.path("kept.json")).unwrap();
    assert_eq!(drawing.value.number(), 3);
}
