//! Requests that are not what they were, or not what the bundle answers: check 2.

use std::fs;

use candor::field::Scalar;
use candor::field::ScalarHex;
use candor::model::predicate::Predicate;

use super::Mutation;
use crate::attack::append;
use crate::files::{copy, sha256};

pub(super) const MUTATIONS: &[Mutation] = &[
    ("a weight in the model changed, the program left", 2, |a| a.change_weight()),
    ("a byte of the program changed", 2, |a| {
        let path = a.case.request().join("program.bin");
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 9;
        bytes[last] ^= 1;
        fs::write(path, bytes).unwrap();
    }),
    ("a byte of the program changed, and its digest", 2, |a| {
        let path = a.case.request().join("program.bin");
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 9;
        bytes[last] ^= 1;
        fs::write(path, &bytes).unwrap();
        a.request(|request| request.program_sha256 = sha256(&bytes));
    }),
    ("a byte appended to the program", 2, |a| append(&a.case.request().join("program.bin"))),
    ("the class changed", 2, |a| {
        a.request(|request| {
            request.classifier_mut().unwrap().predicate = Predicate::match_class([3])
        });
    }),
    ("the class replaced by a threshold", 2, |a| {
        let above = candor::model::float_bits::FiniteF64::new(0.5).unwrap();
        a.request(|request| {
            request.classifier_mut().unwrap().predicate = Predicate::MatchScore { index: 7, above }
        });
    }),
    ("the scaling of the input changed", 2, |a| {
        use candor::model::quantize::PixelValues;
        a.request(|request| request.classifier_mut().unwrap().input.values = PixelValues::Raw);
    }),
    ("the other view asked for", 2, |a| {
        a.request(|request| request.view = "image/rgb-8x8".parse().unwrap());
    }),
    ("a recorded scale changed", 2, |a| {
        let path = a.case.request().join("request.json");
        let text = fs::read_to_string(&path).unwrap();
        let (before, after) = text.split_once("\"high\": \"40").unwrap();
        fs::write(path, format!("{before}\"high\": \"41{after}")).unwrap();
    }),
    ("a figure of quality changed", 2, |a| {
        a.request(|request| request.classifier_mut().unwrap().quality.matched_by_both += 1)
    }),
    ("the request addressed to another root", 2, |a| {
        a.request(|request| request.root = ScalarHex(Scalar::from(1)));
    }),
    ("the request of another root", 2, |a| {
        fs::remove_dir_all(a.case.request()).unwrap();
        copy(&a.others().root.request(), &a.case.request());
    }),
    ("an unknown key in the request", 2, |a| {
        let path = a.case.request().join("request.json");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen('{', "{\n  \"extra\": 1,", 1)).unwrap();
    }),
];
