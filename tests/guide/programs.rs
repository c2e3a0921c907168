//! The three programs, beside the test's own executable.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

const NAMES: [&str; 3] = ["responder", "requester", "judge"];

/// The folder of the programs, as they are in the source. `cargo test
/// --workspace` builds them before; otherwise they are built here.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        // target/PROFILE/deps/guide-…
        let own = env::current_exe().unwrap();
        let folder = own.parent().and_then(Path::parent).unwrap().to_owned();
        let newest = sources().iter().map(|path| modified(path).unwrap()).max().unwrap();
        let program = |name: &&str| modified(&folder.join(name));
        if NAMES.iter().any(|name| program(name).is_none_or(|built| built < newest)) {
            build(&folder);
        }
        folder
    })
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

fn build(folder: &Path) {
    let profile = match folder.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        profile => profile,
    };
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["build", "--quiet", "--profile", profile]).arg("--target-dir");
    cargo.arg(folder.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
    for name in NAMES {
        cargo.args(["-p", name]);
    }
    assert!(cargo.status().unwrap().success(), "cannot build the programs");
}

/// The programs' source files.
pub(crate) fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let folders =
        ["src", "cli/src", "lot/src", "pages/src", "responder/src", "requester/src", "judge/src"];
    let mut folders: Vec<_> = folders.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(extension) if extension == "rs" => files.push(path),
                _ => {}
            }
        }
    }
    files
}
