//! Views against values that another program computed from the documents:
//! `scripts/view-vectors.py` wrote `tests/vectors/views.json`.

use std::collections::BTreeMap;
use std::fs;

use candor::{ViewId, canonicalise_views};
use candor_testing::repository;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    pictures: Vec<Case>,
    family: Case,
}

/// A file and its views, in digits.
#[derive(Deserialize)]
struct Case {
    file: String,
    views: BTreeMap<String, String>,
}

fn vectors() -> Vectors {
    let bytes = fs::read(repository().join("tests/vectors/views.json")).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Where a view differs from its vector: name, first byte, number of bytes.
fn differences(case: &Case) -> Vec<String> {
    let file = hex::decode(&case.file).unwrap();
    let views: Vec<ViewId> = case.views.keys().map(|name| name.parse().unwrap()).collect();
    let made = canonicalise_views(&file, &views);
    let mut wrong = Vec::new();
    for ((name, expected), made) in case.views.iter().zip(made) {
        let (expected, made) = (hex::decode(expected).unwrap(), made.unwrap());
        assert_eq!(expected.len(), made.len(), "{name}");
        let differ = expected.iter().zip(&made).enumerate().filter(|(_, (a, b))| a != b);
        let places: Vec<_> = differ.map(|(at, _)| at).collect();
        if let Some(first) = places.first() {
            wrong.push(format!("{name}: {} bytes, the first is {first}", places.len()));
        }
    }
    wrong
}

#[test]
fn pictures_that_keep_their_proportions_are_those_of_the_vectors() {
    let pictures = vectors().pictures;
    assert_eq!(pictures.len(), 6);
    for case in &pictures {
        assert_eq!(differences(case), [""; 0]);
    }
}

#[test]
fn terms_of_a_family_are_those_of_the_vectors() {
    let family = vectors().family;
    assert_eq!(family.views.len(), 3);
    assert_eq!(differences(&family), [""; 0]);
}
