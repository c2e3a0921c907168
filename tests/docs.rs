//! What the documents name is there: functions, paths, links and anchors; and
//! nothing outside the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use candor_testing::repository;
use walkdir::WalkDir;

/// Names of other people's things, each as they spell it.
const FOREIGN_NAMES: [&str; 4] = [
    // A function of halo2, and an option of onnxruntime.
    "advice_column_phase",
    "graph_optimization_level",
    // A published set of test vectors for Poseidon.
    "poseidonperm_x5_255_3",
    // A model that was measured.
    "mnist_cnn_s2",
];

/// Where programs write: there only after a run.
const WRITTEN: [&str; 4] =
    ["fuzz/corpus", "fuzz/artifacts", "documents/families.jsonl", "documents/exceptions.csv"];

/// What would tell of the machine that a document was written on.
const OUTSIDE: [&str; 8] = [
    "../shared",
    "/work/",
    "/home/",
    "/root/",
    "static.crates.io",
    "index.crates.io",
    "pypi.org/simple",
    "proxy.golang.org",
];

/// All files of the repository with one of these extensions, relative to it.
fn sources(extensions: &[&str]) -> Vec<PathBuf> {
    let walk = WalkDir::new(repository()).sort_by_file_name().into_iter();
    let kept = walk.filter_entry(|entry| {
        let name = entry.file_name().to_str().unwrap();
        entry.depth() == 0 || !["target", ".git", "discovery", "node_modules"].contains(&name)
    });
    let files = kept.map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let named = files.map(|entry| entry.path().strip_prefix(repository()).unwrap().to_owned());
    named
        .filter(|path| path.extension().is_some_and(|e| extensions.contains(&e.to_str().unwrap())))
        .collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(repository().join(path)).unwrap()
}

/// Asserts that a list of what is wrong is empty, and shows it if not.
fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The pieces between pairs of backticks, code blocks left out.
fn quoted(text: &str) -> Vec<&str> {
    prose(text).flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

/// The lines outside code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    })
}

/// Words of letters, digits and underscores.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

#[test]
fn every_name_in_the_documents_is_in_the_code() {
    // Functions, what artefacts and reports have as keys, and files.
    let mut known: BTreeSet<String> = FOREIGN_NAMES.map(str::to_owned).into();
    for path in sources(&["rs", "py"]) {
        for line in read(&path).lines().filter(|line| !line.trim_start().starts_with("//")) {
            let mut before = "";
            for (at, word) in words(line).map(|word| (word.as_ptr() as usize, word)) {
                let after = line.get(at - line.as_ptr() as usize + word.len()..).unwrap();
                if ["fn", "def"].contains(&before) || after.starts_with([':', '"']) {
                    known.insert(word.to_owned());
                }
                before = word;
            }
        }
    }
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    known.extend(sources(&["rs", "py", "onnx"]).into_iter().map(stem));
    let mut wrong = Vec::new();
    for path in sources(&["md"]) {
        let text = read(&path);
        let names = quoted(&text).into_iter().filter(|name| {
            let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            name.chars().all(snake) && name.split('_').count() >= 3
        });
        let missing = names.filter(|name| !known.contains(*name));
        wrong.extend(missing.map(|name| format!("{}: `{name}`", path.display())));
    }
    assert_none(&wrong);
}

/// Whether some file or folder has this path, in which `*` stands for any part of
/// a name and `{a,b}` for either.
fn exists(path: &str) -> bool {
    if let Some((before, rest)) = path.split_once('{') {
        let (choices, after) = rest.split_once('}').expect("a closing brace");
        return choices.split(',').all(|choice| exists(&format!("{before}{choice}{after}")));
    }
    let mut found = vec![repository()];
    for part in path.split('/').filter(|part| !part.is_empty()) {
        found = match part.split_once('*') {
            None => found.into_iter().map(|at| at.join(part)).filter(|at| at.exists()).collect(),
            Some((start, end)) => {
                let entries = found.iter().filter_map(|at| fs::read_dir(at).ok()).flatten();
                let entries = entries.map(|entry| entry.unwrap());
                let fits = |name: &str| name.starts_with(start) && name.ends_with(end);
                let fitting = entries.filter(|entry| fits(entry.file_name().to_str().unwrap()));
                fitting.map(|entry| entry.path()).collect()
            }
        };
    }
    !found.is_empty()
}

/// The folders of a folder.
fn folders(path: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(path).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let names = folders.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name != "target" && name != "discovery" && name != ".git").collect()
}

/// A path in a text begins with a folder of the repository; in backticks also with
/// one of the library's.
#[test]
fn every_path_in_the_documents_is_there() {
    let top = folders(&repository());
    let library = folders(&repository().join("src"));
    let mut wrong = Vec::new();
    for path in sources(&["md"]) {
        let text = read(&path);
        let is_part = |c: char| c.is_alphanumeric() || "_-./*{,}".contains(c);
        let begins = |token: &str, with: &BTreeSet<String>| {
            token.split_once('/').is_some_and(|(first, _)| with.contains(first))
        };
        let tokens = text.split(|c| !is_part(c)).filter(|token| !token.contains(".."));
        let tokens = tokens.map(|token| token.trim_end_matches(['.', ',']));
        let named = tokens.filter(|token| begins(token, &top)).map(str::to_owned);
        let in_library = quoted(&text).into_iter().filter(|token| {
            token.chars().all(is_part) && !begins(token, &top) && begins(token, &library)
        });
        let named = named.chain(in_library.map(|token| format!("src/{token}")));
        let missing = named.filter(|token| {
            // Documents of a folder name what stands beside them.
            let beside = path.parent().unwrap().join(token);
            let written = WRITTEN.iter().any(|written| token.starts_with(written));
            !written && !exists(token) && !exists(beside.to_str().unwrap())
        });
        wrong.extend(missing.map(|token| format!("{}: {token}", path.display())));
    }
    assert_none(&wrong);
}

/// The anchors that a document's headings have.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for heading in prose(text).filter(|line| line.starts_with('#')) {
        let title = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let slug: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let again = (1..).map(|number| format!("{slug}-{number}"));
        let free = [slug.clone()].into_iter().chain(again).find(|slug| !anchors.contains(slug));
        anchors.insert(free.expect("a number"));
    }
    anchors
}

#[test]
fn every_link_in_the_documents_leads_somewhere() {
    let mut wrong = Vec::new();
    for path in sources(&["md"]) {
        let text = read(&path);
        let prose: Vec<&str> = prose(&text).collect();
        let prose = prose.join("\n");
        let targets = prose.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
        for target in targets.filter(|target| !target.contains("://")) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let to = match file {
                "" => path.clone(),
                file => path.parent().unwrap().join(file),
            };
            let leaves = depth(&to).is_none();
            let whole = repository().join(&to);
            if leaves || !whole.exists() {
                wrong.push(format!("{}: no file {target}", path.display()));
            } else if !anchor.is_empty() && !anchors(&read(&to)).contains(anchor) {
                wrong.push(format!("{}: no heading {target}", path.display()));
            }
        }
    }
    assert_none(&wrong);
}

/// How deep in the repository a path ends; `None` if it leaves it on its way.
fn depth(path: &Path) -> Option<usize> {
    path.components().try_fold(0usize, |depth, part| match part {
        Component::ParentDir => depth.checked_sub(1),
        Component::Normal(_) => Some(depth + 1),
        Component::CurDir => Some(depth),
        Component::RootDir | Component::Prefix(_) => None,
    })
}

#[test]
fn nothing_in_the_repository_points_out_of_it() {
    let mut wrong = Vec::new();
    for path in sources(&["md", "rs", "py", "sh", "toml", "yaml", "json"]) {
        if path.ends_with("tests/docs.rs") {
            continue;
        }
        let text = read(&path);
        let found = OUTSIDE.iter().filter(|outside| text.contains(**outside));
        wrong.extend(found.map(|outside| format!("{}: {outside}", path.display())));
    }
    assert_none(&wrong);
}

/// Each mutant changes something that stands once in a file that is there.
#[test]
fn every_mutant_quotes_the_code() {
    let text = read(Path::new("tests/mutants/mutants.json"));
    let mutants: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    for mutant in mutants.as_array().unwrap() {
        for change in mutant["changes"].as_array().unwrap() {
            let (file, old) = (change["file"].as_str().unwrap(), change["old"].as_str().unwrap());
            let text = fs::read_to_string(repository().join(file)).unwrap_or_default();
            let count = text.matches(old).count();
            if count != 1 {
                wrong.push(format!("{}: {count} times in {file}: {old}", mutant["name"]));
            }
        }
    }
    assert_none(&wrong);
}
