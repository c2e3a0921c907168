//! The invariants of `ARCHITECTURE.md` that can be read off the source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Path relative to the repository, and text, of each Rust file below a folder.
fn sources(folder: &str) -> Vec<(String, String)> {
    let files = WalkDir::new(root().join(folder)).sort_by_file_name().into_iter();
    let files = files.map(Result::unwrap).map(|entry| entry.path().to_owned());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let named = files.map(|path| {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    named.collect()
}

/// What stands before a file's tests, without comments.
fn code(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    lines.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_test(name: &str) -> bool {
    name.contains("/tests") || name.contains("/testing")
}

/// The layers in order, and what each may know beside itself.
const LAYERS: [(&str, &[&str]); 11] = [
    ("field", &[]),
    ("files", &[]),
    ("printable", &[]),
    ("readers", &[]),
    ("statistics", &[]),
    ("hash", &["field"]),
    ("corpus", &["field", "files", "hash", "printable", "readers"]),
    ("model", &["field", "printable"]),
    ("argument", &["field", "hash", "model"]),
    ("proof", &["argument", "field", "model"]),
    (
        "exchange",
        &[
            "argument",
            "corpus",
            "field",
            "files",
            "hash",
            "model",
            "printable",
            "proof",
            "readers",
            "statistics",
        ],
    ),
];

/// The folders of `src` that a file names with `crate::`.
fn named(code: &str) -> BTreeSet<String> {
    let after = code.split("crate::").skip(1);
    let names = after.map(|rest| {
        rest.chars().take_while(|char| char.is_ascii_lowercase() || *char == '_').collect()
    });
    names.filter(|name: &String| LAYERS.iter().any(|(layer, _)| layer == name)).collect()
}

#[test]
fn each_layer_knows_only_those_below_it() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, text) in sources("src") {
        let layer = name["src/".len()..].split(['/', '.']).next().unwrap();
        let Some((_, allowed)) = LAYERS.iter().find(|(known, _)| *known == layer) else {
            assert_eq!(name, "src/lib.rs");
            continue;
        };
        seen.insert(layer.to_owned());
        for used in named(&code(&text)) {
            if used != layer && !allowed.contains(&used.as_str()) && !is_test(&name) {
                wrong.push(format!("{name} uses {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(seen.len(), LAYERS.len());
}

/// Modules of one folder, by file, with what each imports of the others.
fn imports(folder: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut modules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let path: String = folder["src/".len()..].replace('/', "::");
    let files = sources(folder);
    let below = |name: &str| -> Option<String> {
        let rest = name.strip_prefix(folder)?.trim_start_matches('/');
        let first = rest.split('/').next()?;
        let module = first.trim_end_matches(".rs");
        (module != "mod" && !is_test(name)).then(|| module.to_owned())
    };
    let names: BTreeSet<String> = files.iter().filter_map(|(name, _)| below(name)).collect();
    for (name, text) in &files {
        let Some(module) = below(name) else { continue };
        let code = code(text);
        let depth = name[folder.len()..].trim_start_matches('/').matches('/').count();
        // `use super::` of a file that stands directly in the folder.
        let mut starts = vec![format!("crate::{path}::")];
        if depth == 0 {
            starts.push("use super::".to_owned());
        }
        let used = starts.iter().flat_map(|start| {
            let rests: Vec<&str> = code.split(start.as_str()).skip(1).collect();
            rests.into_iter().flat_map(|rest| {
                let end = rest.find(';').unwrap_or(rest.len());
                let list = &rest[..end];
                let first: Vec<String> = match list.strip_prefix('{') {
                    Some(group) => group
                        .split([',', '}'])
                        .map(|item| item.trim().split("::").next().unwrap_or_default().to_owned())
                        .collect(),
                    None => {
                        vec![list.split([':', ' ', '(', '<']).next().unwrap_or_default().to_owned()]
                    }
                };
                first
            })
        });
        let used: Vec<_> = used.filter(|used| names.contains(used) && *used != module).collect();
        modules.entry(module).or_default().extend(used);
    }
    modules
}

/// A way from a module back to itself, if there is one.
fn circle(modules: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn follow(
        modules: &BTreeMap<String, BTreeSet<String>>,
        way: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> bool {
        let last = way.last().cloned().unwrap_or_default();
        for next in modules.get(&last).into_iter().flatten() {
            if let Some(at) = way.iter().position(|module| module == next) {
                way.drain(..at);
                return true;
            }
            if !done.contains(next) {
                way.push(next.clone());
                if follow(modules, way, done) {
                    return true;
                }
            }
        }
        done.extend(way.pop());
        false
    }
    let mut done = BTreeSet::new();
    modules.keys().find_map(|module| {
        let mut way = vec![module.clone()];
        follow(modules, &mut way, &mut done).then_some(way)
    })
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    for folder in [
        "src/corpus",
        "src/corpus/views",
        "src/corpus/views/image",
        "src/model",
        "src/argument",
        "src/exchange",
        "src/exchange/expand",
        "src/exchange/formats",
        "src/exchange/hits",
        "src/exchange/opening",
        "src/exchange/respond",
        "src/exchange/scan",
        "src/exchange/verify",
        "src/proof",
        "lot/src",
        "pages/src",
    ] {
        let modules = imports(folder);
        assert!(modules.len() > 2, "{folder}: {modules:?}");
        assert_eq!(circle(&modules), None, "{folder}");
    }
}

#[test]
fn a_circle_would_be_found() {
    let module = |name: &str, used: &[&str]| {
        (name.to_owned(), used.iter().map(|name| (*name).to_owned()).collect())
    };
    let open = BTreeMap::from([module("a", &["b", "c"]), module("b", &["c"]), module("c", &[])]);
    assert_eq!(circle(&open), None);
    let closed = BTreeMap::from([module("a", &["b"]), module("b", &["c"]), module("c", &["b"])]);
    assert_eq!(circle(&closed), Some(vec!["b".to_owned(), "c".to_owned()]));
}

#[test]
fn the_libraries_print_nothing() {
    let libraries = ["src", "documents/src", "lot/src", "pages/src"].map(sources);
    for (name, text) in libraries.into_iter().flatten() {
        if is_test(&name) {
            continue;
        }
        for print in ["println!", "eprintln!", "print!(", "dbg!"] {
            assert!(!code(&text).contains(print), "{name} prints");
        }
    }
}

/// Two platforms may round these differently, and a judge on one compiles what a requester did
/// on the other. `libm` has them.
const OF_THE_PLATFORM: [&str; 22] = [
    "acos", "asin", "atan", "atan2", "cbrt", "cos", "cosh", "exp", "exp2", "exp_m1", "hypot", "ln",
    "ln_1p", "log", "log10", "log2", "powf", "powi", "sin", "sinh", "tan", "tanh",
];

#[test]
fn programs_depend_on_no_function_of_the_platform() {
    for (name, text) in sources("src/model").into_iter().filter(|(name, _)| !is_test(name)) {
        let code = code(&text);
        let longer =
            |rest: &str| rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        for function in OF_THE_PLATFORM {
            let path = format!("f64::{function}");
            let named = |(at, path): (usize, &str)| !longer(&code[at + path.len()..]);
            let called = code.contains(&format!(".{function}("));
            assert!(!called && !code.match_indices(&path).any(named), "{name} calls {function}");
        }
    }
}

#[test]
fn nobody_parses_a_program() {
    // `program.bin` is compared with what the compiler makes; there is no reader.
    for (name, text) in sources("src/model").into_iter().chain(sources("src/exchange")) {
        for reader in ["fn decode_program", "impl TryFrom<&[u8]> for Program", "fn from_bytes"] {
            assert!(!text.contains(reader), "{name} has `{reader}`");
        }
    }
    let program = sources("src/model").into_iter().map(|(_, text)| text).collect::<String>();
    assert!(program.contains("candor program 2"), "the encoder is there");
}

#[test]
fn command_line_crates_are_thin() {
    for program in ["judge", "requester", "responder"] {
        let lines: usize = sources(&format!("{program}/src"))
            .iter()
            .map(|(_, text)| code(text).lines().count())
            .sum();
        assert!(lines < 1100, "{program} has {lines} lines: move work into the library");
    }
    assert!(Path::new(&root().join("ARCHITECTURE.md")).is_file());
}
