//! The stored tampered bundles (`tests/vectors/bundles`), as any judge may be
//! given them.

use candor_testing::run;
use candor_testing::vectors::{read, stored};

#[test]
fn the_stored_bundles_end_with_the_stated_exit_codes() {
    let vectors = read(&stored());
    let mut wrong = Vec::new();
    for vector in &vectors {
        let parts = [&vector.commitment, &vector.request, &vector.bundle];
        let [commitment, request, bundle] = parts.map(|part| part.to_str().unwrap());
        let arguments = ["verify-bundle", "--json", "--commitment", commitment];
        let arguments = arguments.into_iter().chain(["--request", request, "--bundle", bundle]);
        let (code, out, errors) = run(env!("CARGO_BIN_EXE_judge"), &stored(), arguments);
        let report: serde_json::Value = serde_json::from_str(&out).unwrap_or_default();
        let check = report["failure"]["check"].as_u64();
        if code != vector.exit_code || check != vector.check.map(u64::from) {
            wrong.push(format!("{}: {code}, check {check:?} {errors}", vector.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
    for check in 1..=7 {
        assert!(vectors.iter().any(|vector| vector.check == Some(check)), "none for {check}");
    }
}
