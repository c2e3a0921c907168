//! What a judge does not draw from.

mod common;

use std::fs;
use std::path::PathBuf;

use candor::exchange::Progress;
use candor::exchange::formats::text::Sha256Hex;
use candor_lot::formats::Seal;
use candor_lot::signature::Namespace;
use common::{Court, STRATA, refused, stopped};

/// A lot and its seal.
fn sealed() -> Court {
    let court = Court::new();
    court.commit(STRATA, "lot");
    court.seal("lot", "seal.json");
    court
}

impl Court {
    fn refuses(&self) -> String {
        let problem = refused(self.try_draw("lot", "seal.json"));
        assert!(!self.path("lot/drawing.json").exists());
        assert!(fs::read_to_string(self.path("lot/secret")).unwrap().contains("\"nonce\": \""));
        problem
    }
}

#[test]
fn a_seal_must_be_the_responders_and_of_this_lot_and_bundle() {
    let court = sealed();
    let whole = fs::read(court.path("seal.json")).unwrap();
    court.sign("judge", "seal.json", Namespace::Seal);
    assert!(court.refuses().contains("by another key"));
    court.sign("responder", "seal.json", Namespace::Opened);
    assert!(court.refuses().contains("candor-opened@1"));
    court.sign("responder", "seal.json", Namespace::Seal);
    court.change::<Seal>("seal.json", |seal| seal.salt = Sha256Hex([1; 32]));
    assert!(court.refuses().contains("other bytes"));
    for (change, problem) in [
        (&(|seal: &mut Seal| seal.lot = Sha256Hex([1; 32])) as &dyn Fn(&mut Seal), "seal of lot"),
        (&|seal| seal.root = "07".repeat(32).parse().unwrap(), "seal of root"),
        (&|seal| seal.request = Some(Sha256Hex([1; 32])), "seal of request"),
        (&|seal| seal.bundle = Some(Sha256Hex([1; 32])), "the bundle that"),
        (&|seal| seal.bundle = None, "without a"),
    ] {
        fs::write(court.path("seal.json"), &whole).unwrap();
        court.change("seal.json", change);
        court.sign("responder", "seal.json", Namespace::Seal);
        let found = court.refuses();
        assert!(found.contains(problem), "{found}");
    }
    fs::write(court.path("seal.json"), &whole).unwrap();
    fs::remove_file(court.path("seal.json.sig")).unwrap();
    assert!(stopped(court.try_draw("lot", "seal.json")).contains("no signature beside it"));
    court.sign("responder", "seal.json", Namespace::Seal);
    court.draw("lot", "seal.json");
}

#[test]
fn a_lot_has_one_seal() {
    let court = sealed();
    court.draw("lot", "seal.json");
    // The nonce is known; the responder looks for a salt that gives a better sample.
    court.change::<Seal>("seal.json", |seal| seal.salt = Sha256Hex([1; 32]));
    court.sign("responder", "seal.json", Namespace::Seal);
    let found = refused(court.try_draw("lot", "seal.json"));
    assert!(found.contains("a second seal"), "{found}");
    // The first one is drawn, and drawn once.
    assert!(stopped(court.try_draw("lot", "lot/seal.json")).contains("is drawn already"));
}

#[test]
fn a_bundle_made_anew_needs_a_new_lot() {
    let court = sealed();
    court.case.respond_anew();
    let found = stopped(court.try_seal("lot", "again.json", &Default::default()));
    assert!(found.contains("a bundle made anew needs a new lot"), "{found}");
    assert!(court.refuses().contains("the bundle that"));
}

#[test]
fn a_bundle_with_a_false_status_is_not_drawn_from() {
    let court = sealed();
    // A document that does not match is said to be unreadable, and the manifests fit.
    let leaves = court.case.bundle().join("data/leaves.bin");
    let mut bytes = fs::read(&leaves).unwrap();
    let width = bytes.len() / 7;
    let at = (0..7).map(|leaf| leaf * width + width - 1).find(|at| bytes[*at] == 0).unwrap();
    bytes[at] = 2;
    fs::write(&leaves, bytes).unwrap();
    candor::exchange::formats::bag::seal(&court.case.bundle()).unwrap();
    let found = court.refuses();
    assert!(found.contains("check 4"), "{found}");
    // Nor sealed, by a responder that looks first.
    fs::remove_file(court.path("commit/SECRET/lots.jsonl")).unwrap();
    let found = stopped(court.try_seal("lot", "again.json", &Default::default()));
    assert!(found.contains("does not verify"), "{found}");
}

/// Puts other leaves in place once the checks are done.
struct Swap(PathBuf);

impl Progress for Swap {
    fn stage(&self, name: &str, _total: u64) {
        if name == "listing what became of each document" {
            let mut bytes = fs::read(&self.0).unwrap();
            let width = bytes.len() / 7;
            let at = (0..7).map(|leaf| leaf * width + width - 1).find(|at| bytes[*at] == 0);
            bytes[at.unwrap()] = 1;
            fs::write(&self.0, bytes).unwrap();
        }
    }

    fn advance(&self, _units: u64) {}
}

#[test]
fn leaves_that_are_exchanged_before_the_draw_are_noticed() {
    let court = sealed();
    let swap = Swap(court.case.bundle().join("data/leaves.bin"));
    let found = stopped(court.try_draw_while("lot", "seal.json", &swap));
    assert!(found.contains("changed while the judge read it"), "{found}");
    assert!(!court.path("lot/drawing.json").exists());
    assert!(fs::read_to_string(court.path("lot/secret")).unwrap().contains("\"nonce\": \""));
}
