//! Every mutation of an honest bundle and request is refused, by the check that
//! is there for it. The mutations are in `testing/src/tampered/`.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use candor::argument::statement::ARGUMENT_VERSION;
use candor::exchange::formats::bag;
use candor::exchange::formats::bundle::BundleInfo;
use candor::exchange::formats::request::Request;
use candor::exchange::{ExchangeError, OnRecord, Outcome, Silent, verify_bundle};
use candor::model::quantize::COMPILER_VERSION;
use candor_testing::attack::Others;
use candor_testing::case::asked;
use candor_testing::files::change_document;
use candor_testing::tampered::{Attack, mutations};
use candor_testing::{golden, models, sample};

#[test]
fn every_mutation_is_refused_by_its_check() {
    let folder = tempfile::tempdir().unwrap();
    let honest = asked(&folder.path().join("honest")).responded();
    let mut model = fs::read(sample().join("model.onnx")).unwrap();
    let middle = model.len() / 2;
    model[middle] ^= 0x10;
    let others = Others::of(&honest, folder.path(), 3, &model, &models::made_up([3, 8, 8], 4));
    for case in [&honest, &others.request, &others.root, &others.program, &others.view] {
        assert_eq!(case.verify().outcome, Outcome::Incomplete, "{}", case.root().display());
    }

    let mutations = mutations();
    let mut wrong = Vec::new();
    for (name, check, mutate) in &mutations {
        let case = Attack::on(&honest, Some(&others), &folder.path().join("attack"), mutate);
        let Ok(report) = catch_unwind(AssertUnwindSafe(|| case.try_verify())) else {
            wrong.push(format!("{name}: the judge panicked"));
            continue;
        };
        match &report {
            Ok(report) if report.outcome == Outcome::Failed => {
                let failure = report.failure.as_ref().unwrap();
                if failure.check.id() != *check {
                    wrong.push(format!("{name}: expected check {check}, got {failure}"));
                }
                if failure.expected == failure.found {
                    wrong.push(format!("{name}: tells nothing: {failure}"));
                }
            }
            Ok(report) => wrong.push(format!("{name}: {:?}", report.outcome)),
            Err(error) => wrong.push(format!("{name}: undecided: {error}")),
        }
        fs::remove_dir_all(case.root()).unwrap();
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), mutations.len(), wrong.join("\n"));
}

/// A judge without a commitment of its own reads the bundle's copy, which must
/// then be canonical itself.
#[test]
fn a_judge_without_a_commitment_takes_no_other_spelling_of_the_copy() {
    let folder = tempfile::tempdir().unwrap();
    candor_testing::copy(&golden(), folder.path());
    let bundle = folder.path().join("bundle");
    let copy = bundle.join("data/commitment.json");
    let honest = fs::read_to_string(&copy).unwrap();
    let judged = |text: &str| {
        fs::write(&copy, text).unwrap();
        bag::seal(&bundle).unwrap();
        verify_bundle(OnRecord::default(), &folder.path().join("request"), &bundle, &Silent)
    };
    assert_eq!(judged(&honest).unwrap().outcome, Outcome::Incomplete);
    for other in [
        format!("{honest}\n"),
        honest.trim_end().to_owned(),
        honest.replace("\n  ", ""),
        honest.replace(": ", ":"),
        honest.replacen('{', "{\n  \"extra\": 1,", 1),
        String::new(),
    ] {
        let Err(ExchangeError::Refused(failure)) = judged(&other) else {
            panic!("{other:?} is not refused");
        };
        let found = (failure.check.id(), failure.subject.as_str());
        assert_eq!(found, (1, "data/commitment.json"), "{other}: {failure}");
    }
}

/// Neither a decision for nor one against: another release may know it.
#[test]
fn another_version_is_not_decided() {
    let folder = tempfile::tempdir().unwrap();
    let case = asked(folder.path()).responded();
    let bundle = case.bundle().join("data/bundle.json");
    change_document(&bundle, |info: &mut BundleInfo| info.argument += 1);
    let undecided = case.try_verify().unwrap_err().to_string();
    let other = format!("argument version {}", ARGUMENT_VERSION + 1);
    assert!(undecided.contains(&other), "{undecided}");
    change_document(&bundle, |info: &mut BundleInfo| info.argument -= 1);
    let request = case.request().join("request.json");
    change_document(&request, |request: &mut Request| request.compiler += 1);
    let undecided = case.try_verify().unwrap_err().to_string();
    let other = format!("compiler version {}", COMPILER_VERSION + 1);
    assert!(undecided.contains(&other), "{undecided}");
}
