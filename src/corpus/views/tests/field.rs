//! Files of the kinds that people report as read wrongly, each with the bytes
//! that are right; see `tests/vectors/images/field/README.md`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Expected {
    view: ViewId,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    file: String,
    /// `wrong`, `right-too`, `required` or `report`.
    refusal: String,
    #[serde(default)]
    reasons: Vec<UnreadableReason>,
    value: Option<String>,
    or_value: Option<String>,
    #[serde(default)]
    tolerance: u8,
}

/// What we do where the table leaves a choice: orientation in XMP and in raw
/// profiles is not read, all else is; see `docs/pictures.md`.
const AS_STORED: [&str; 2] = ["exif-raw-profile.png", "xmp-only.jpg"];

/// Of those that are not judged.
fn reported(file: &str) -> Result<(), UnreadableReason> {
    match file {
        "rgb-float-0-255.tif" => Err(UnreadableReason::Unsupported),
        "truncated-with-eoi.jpg" => Err(UnreadableReason::Corrupt),
        _ => Ok(()),
    }
}

#[test]
fn every_file_of_the_field_is_as_its_table_says() {
    let expected: Expected = serde_json::from_slice(&vector("field/expected.json")).unwrap();
    let mut wrong = BTreeMap::new();
    for case in &expected.cases {
        let got = canonicalise_file(&vector(&format!("field/{}", case.file)), &expected.view);
        let as_stored = AS_STORED.contains(&case.file.as_str());
        let value = if as_stored { &case.or_value } else { &case.value };
        let problem = match (case.refusal.as_str(), got) {
            ("required", Err(reason)) if case.reasons.contains(&reason) => continue,
            ("report", got) if got.clone().map(drop) == reported(&case.file) => {
                continue;
            }
            // The one coding that is left out.
            ("right-too", Err(UnreadableReason::Unsupported)) if case.file == "arithmetic.jpg" => {
                continue;
            }
            ("wrong" | "right-too", Ok(bytes)) => {
                let value = hex::decode(value.as_ref().unwrap()).unwrap();
                assert_eq!(bytes.len(), value.len());
                let off = bytes.iter().zip(&value).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
                if off <= case.tolerance {
                    continue;
                }
                format!("off by {off}, not {}", case.tolerance)
            }
            (_, got) => format!("{:?}", got.map(|_| "read")),
        };
        wrong.insert(&case.file, problem);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(expected.cases.len(), 53);
}

#[test]
fn what_no_view_shows_is_told() {
    for (file, unseen_there) in [
        ("pages-3.tif", Unseen { pages: 2, ..Unseen::default() }),
        ("thumbnail-first.tif", Unseen { reduced_first: true, ..Unseen::default() }),
        ("first-frame-clear.gif", Unseen { frames: 1, ..Unseen::default() }),
        ("palette-8.tif", Unseen::default()),
        ("orient-webp-8.webp", Unseen::default()),
    ] {
        assert_eq!(unseen(&vector(&format!("field/{file}"))), unseen_there, "{file}");
    }
}
