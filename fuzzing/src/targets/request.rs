//! Requests: JSON, program, model.

use std::fs;
use std::sync::LazyLock;

use candor::exchange::formats::request::Request;
use candor::exchange::{ExchangeError, Outcome};

use super::split;
use candor_testing::Case;
use candor_testing::files::sha256;

use crate::case::{case, files};

const MODEL: &str = "model.onnx";
const REQUEST: &str = "request.json";

/// The honest files.
static FILES: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| files(&case().request()));

/// Puts bytes in the place of one of a request's files: the judge accepts the
/// honest bytes alone. To get odd values past the parser, whatever parses as a
/// request is tried in its canonical spelling too; to get odd models to the
/// compiler, the request names their digest.
pub(crate) fn request(data: &[u8]) {
    let (which, bytes) = split(data);
    let (name, honest) = &FILES[usize::from(which) % FILES.len()];
    let case = case();
    check(&case, &[(name, bytes)], bytes == honest);
    match (name.as_str(), serde_json::from_slice::<Request>(bytes)) {
        (REQUEST, Ok(value)) => {
            let canonical = document(&value);
            check(&case, &[(name, &canonical)], canonical == *honest);
        }
        (MODEL, _) => {
            let original = FILES.iter().find(|(name, _)| name == REQUEST);
            let (_, original) = original.expect("a request");
            let mut naming: Request = serde_json::from_slice(original).expect("a request");
            if let Some(classifier) = naming.classifier_mut() {
                classifier.model_sha256 = sha256(bytes);
            }
            check(&case, &[(name, bytes), (REQUEST, &document(&naming))], bytes == honest);
        }
        _ => {}
    }
}

fn document(request: &Request) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(request).expect("it was read from JSON");
    bytes.push(b'\n');
    bytes
}

fn check(case: &Case, changes: &[(&str, &[u8])], honest: bool) {
    let put = |name: &str, bytes: &[u8]| {
        fs::write(case.request().join(name), bytes).expect("a file of the request");
    };
    changes.iter().for_each(|(name, bytes)| put(name, bytes));
    let outcome = case.try_verify();
    for (name, bytes) in FILES.iter() {
        put(name, bytes);
    }
    match outcome {
        Ok(report) if honest => assert_eq!(report.outcome, Outcome::Incomplete, "{report:?}"),
        Ok(report) => assert_eq!(report.outcome, Outcome::Failed, "{report:?}"),
        // A request for another version of the compiler.
        Err(ExchangeError::Unsupported { .. }) => {}
        Err(error) => panic!("the judge cannot decide: {error}"),
    }
}

/// The honest files, as the target takes them.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    (0u8..).zip(FILES.iter()).map(|(at, (_, bytes))| [&[at][..], bytes].concat()).collect()
}
