//! An answer to judge, and the judge's program.

#![allow(dead_code, reason = "each test file uses a part")]

use std::fs;
use std::path::Path;

use candor::exchange::Silent;
use candor::exchange::formats::text::Sha256Hex;
use candor_lot::judge::LotFolder;
use candor_lot::responder::{SealOptions, seal};
use candor_lot::signature::Authority;
use candor_testing::{Case, run, words};

/// Commits to six digits, asks for sevens and answers, all under `folder`; and
/// answers again into `withheld`, without one of them.
pub(crate) fn answer(folder: &Path) {
    let case = Case::new(folder).with_views(&["image/gray-28x28"]).with_samples(&[
        "0004_label7.png",
        "0038_label7.png",
        "0001_label8.png",
        "0095_label7.jpg",
        "0033_label3.gif",
        "0000_label4.png",
    ]);
    let case = case.asked().withholding(&[("0004_label7.png", "privileged")]).responded();
    fs::rename(case.bundle(), case.path("withheld")).unwrap();
    case.withholding_nothing().respond();
}

pub(crate) fn judge(folder: &Path, arguments: &str) -> (i32, String, String) {
    run(env!("CARGO_BIN_EXE_judge"), folder, words(arguments))
}

/// A commitment to nine texts under `folder`, in `commit`.
pub(crate) fn committed(folder: &Path) -> Case {
    let case = Case::new(folder).with_views(&["image/gray-28x28"]);
    for number in 0..9 {
        case.add(&format!("{number}.txt"), format!("text {number}").as_bytes());
    }
    case.commit();
    case
}

/// Seals the lot in `lot`, of three of these texts at most, and gives the digest of
/// `seal.json`.
pub(crate) fn sealed(case: &Case) -> Sha256Hex {
    let lot = LotFolder::open(&case.path("lot")).unwrap().lot;
    let options = SealOptions {
        lot: &case.path("lot/lot.json"),
        authority: Authority::Digest(lot.digest),
        commitment: &case.commitment(),
        answer: None,
        voids: &[],
        at_most: 3,
        key: None,
        out: &case.path("seal.json"),
    };
    seal(&options, &Silent).unwrap().seal
}
