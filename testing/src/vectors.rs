//! Tampered bundles as files, for judges that are not this one.
//!
//! ```text
//! OUT/cases.json
//! OUT/honest/commitment.json   request/   bundle/
//! OUT/NAME/…                   what of these is another in the case NAME
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::attack::Others;
use crate::case::Case;
use crate::files::{copy, document};
use crate::models;
use crate::tampered::{Attack, Mutation};

/// An entry of `cases.json`. Paths are relative to its folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// The case's folder.
    pub name: String,
    /// What was done.
    pub about: String,
    /// The check that refuses it, 1 to 7; nothing if the bundle passes them all.
    pub check: Option<u8>,
    /// With which code the judge's program ends: 1 for a check that fails, 3 for a
    /// bundle that is verified but incomplete.
    pub exit_code: i32,
    /// The judge's commitment.
    pub commitment: PathBuf,
    /// The judge's request.
    pub request: PathBuf,
    /// The bundle.
    pub bundle: PathBuf,
}

/// The stored vectors: `tests/vectors/bundles`.
#[must_use]
pub fn stored() -> PathBuf {
    crate::files::repository().join("tests/vectors/bundles")
}

/// The entries of a folder's `cases.json`.
#[must_use]
pub fn read(folder: &Path) -> Vec<Vector> {
    document(&folder.join("cases.json"))
}

/// Eight digits of the sample corpus and a file that is no picture.
pub const FEW: [&str; 9] = [
    "0000_label4.png",
    "0001_label8.png",
    "0004_label7.png",
    "0008_label1.png",
    "0011_label0.png",
    "0033_label3.gif",
    "0095_label7.jpg",
    "0104_label7.bmp",
    "note.txt",
];

/// A small case, of two views and in two batches, answered; and others to steal
/// from. All under a folder, which must be empty.
#[must_use]
pub fn small(folder: &Path) -> (Case, Others) {
    let model = folder.join("model.onnx");
    fs::write(&model, models::halves()).unwrap();
    let honest = Case::new(folder.join("honest"))
        .with_views(&["image/gray-4x4", "image/rgb-2x2"])
        .asking(model, "image/gray-4x4", 1)
        .in_batches_of(5)
        .with_samples(&FEW)
        .with_damaged()
        .answered();
    let other_model = models::made_up([1, 4, 4], 2);
    let other_view = models::made_up([3, 2, 2], 4);
    let others = Others::of(&honest, folder, 0, &other_model, &other_view);
    (honest, others)
}

/// Writes an honest case and mutations of it; the number of mutations that are left
/// out, because a copy of their files would not be what they are (links, pipes).
pub fn write(out: &Path, (honest, others): (&Case, &Others), mutations: &[Mutation]) -> usize {
    let parts = |name: &str| {
        let at = |part: &str| Path::new(name).join(part);
        [at("commitment.json"), at("request"), at("bundle")]
    };
    let of = |case: &Case| [case.commitment_file(), case.request(), case.bundle()];
    for (from, to) in of(honest).iter().zip(parts("honest")) {
        put(from, &out.join(to));
    }
    let [commitment, request, bundle] = parts("honest");
    let mut vectors = vec![Vector {
        name: "honest".to_owned(),
        about: "the case as it was answered".to_owned(),
        check: None,
        exit_code: 3,
        commitment,
        request,
        bundle,
    }];
    let folder = tempfile::tempdir().unwrap();
    let mut left_out = 0;
    for (about, check, mutate) in mutations {
        let case = Attack::on(honest, Some(others), &folder.path().join("attack"), mutate);
        if of(&case).iter().all(|part| is_plain(part)) {
            let name = slug(about);
            let (now, before) = (of(&case), of(honest));
            let (changed, same) = (parts(&name), parts("honest"));
            let [commitment, request, bundle] = [0, 1, 2].map(|part| {
                if contents(&now[part]) == contents(&before[part]) {
                    return same[part].clone();
                }
                put(&now[part], &out.join(&changed[part]));
                changed[part].clone()
            });
            let (about, check) = ((*about).to_owned(), Some(*check));
            vectors.push(Vector { name, about, check, exit_code: 1, commitment, request, bundle });
        } else {
            left_out += 1;
        }
        fs::remove_dir_all(case.root()).unwrap();
    }
    let text = serde_json::to_string_pretty(&vectors).unwrap() + "\n";
    fs::write(out.join("cases.json"), text).unwrap();
    left_out
}

/// A name that every file system takes.
fn slug(about: &str) -> String {
    let kept = about.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' });
    let kept = kept.collect::<String>().to_ascii_lowercase();
    kept.split_whitespace().collect::<Vec<_>>().join("-")
}

/// Copies a file or folder to a place that is not there.
fn put(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    if from.is_dir() {
        copy(from, to);
    } else {
        fs::copy(from, to).unwrap();
    }
}

/// Whether there are files and folders alone.
fn is_plain(path: &Path) -> bool {
    let kind = fs::symlink_metadata(path).unwrap().file_type();
    let inside = || fs::read_dir(path).unwrap().all(|entry| is_plain(&entry.unwrap().path()));
    kind.is_file() || kind.is_dir() && inside()
}

/// All that is at a path, in order: folders as such, files with their bytes.
fn contents(path: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    if !path.is_dir() {
        return vec![(PathBuf::new(), Some(fs::read(path).unwrap()))];
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name());
    let mut found = vec![(PathBuf::new(), None)];
    for name in entries {
        let inside = contents(&path.join(&name)).into_iter();
        found.extend(inside.map(|(at, bytes)| (Path::new(&name).join(at), bytes)));
    }
    found.sort();
    found
}
