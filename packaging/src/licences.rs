//! The licences of other people's crates, whose texts have to go with the programs.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use serde::Deserialize;

const RULE: &str = "----------------------------------------";
const PROGRAMS: [&str; 3] = ["responder", "requester", "judge"];
/// For crates that name a licence and come without its text.
const BSD: &str = "\
Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this
   list of conditions and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice,
   this list of conditions and the following disclaimer in the documentation
   and/or other materials provided with the distribution.

3. Neither the name of the copyright holder nor the names of its contributors
   may be used to endorse or promote products derived from this software without
   specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS \"AS IS\"
AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
";
const MIT: &str = include_str!("../../LICENSE-MIT");
const APACHE: &str = include_str!("../../LICENSE-APACHE");

/// What `cargo metadata` prints, as far as it matters here.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    license_file: Option<PathBuf>,
    authors: Vec<String>,
    /// None for members of the workspace.
    pub(crate) source: Option<String>,
    manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    /// None for what is linked, or is a macro that made code; else `build` or `dev`.
    kind: Option<String>,
}

/// What cargo says of the workspace and all that it depends on.
pub(crate) fn metadata(arguments: &[&str]) -> Result<Metadata, Box<dyn Error>> {
    let cargo = env::var_os("CARGO").unwrap_or("cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--locked"]).args(arguments);
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Each crate with its licence, then each text once, with the crates that it
/// came with.
pub(crate) fn collect(target: &str) -> Result<String, Box<dyn Error>> {
    let metadata = metadata(&["--filter-platform", target])?;
    let mut text = describe(&linked(&metadata))?;
    if target.contains("musl") {
        let musl = mit_of("2005-2020 Rich Felker, et al.").ok_or("no text of the MIT licence")?;
        write!(text, "\n{RULE}\nmusl, the C library\n\n{musl}")?;
    }
    Ok(text)
}

/// The crates of other people that the programs depend on, but not those that
/// only build scripts or tests use.
fn linked(metadata: &Metadata) -> Vec<&Package> {
    let nodes: BTreeMap<_, _> = metadata.resolve.nodes.iter().map(|n| (&n.id, n)).collect();
    let ours =
        |package: &&Package| package.source.is_none() && PROGRAMS.contains(&package.name.as_str());
    let mut open: Vec<_> = metadata.packages.iter().filter(ours).map(|p| &p.id).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if let (true, Some(node)) = (seen.insert(id), nodes.get(id)) {
            let linked = |d: &&Dependency| d.dep_kinds.iter().any(|kind| kind.kind.is_none());
            open.extend(node.deps.iter().filter(linked).map(|dependency| &dependency.pkg));
        }
    }
    let foreign = |package: &&Package| package.source.is_some() && seen.contains(&package.id);
    let mut packages: Vec<_> = metadata.packages.iter().filter(foreign).collect();
    packages.sort_by_key(|package| (&package.name, &package.version));
    packages
}

fn describe(packages: &[&Package]) -> Result<String, Box<dyn Error>> {
    let mut out = String::from("Crates that these programs are made of, with their licences\n\n");
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages {
        let name = format!("{} {}", package.name, package.version);
        let licence = package.license.as_deref().unwrap_or("see its text");
        writeln!(out, "{name}: {licence}")?;
        for text in texts_of(package)? {
            texts.entry(text).or_default().push(name.clone());
        }
    }
    for (text, names) in texts {
        write!(out, "\n{RULE}\n{}\n\n{}\n", names.join(", "), text.trim_end())?;
    }
    Ok(out)
}

/// The texts in a package's folder or, for lack of any, the standard text of a
/// licence that it names.
fn texts_of(package: &Package) -> Result<Vec<String>, Box<dyn Error>> {
    let folder = package.manifest_path.parent().unwrap_or(Path::new("."));
    let mut files: BTreeSet<PathBuf> =
        package.license_file.iter().map(|file| folder.join(file)).collect();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        let is_text = ["LICEN", "COPY", "NOTICE", "UNLICENSE"].iter().any(|s| name.starts_with(s));
        if is_text && entry.file_type()?.is_file() {
            files.insert(entry.path());
        }
    }
    if !files.is_empty() {
        let read = |file: &PathBuf| fs::read(file).map(|b| String::from_utf8_lossy(&b).into());
        return Ok(files.iter().map(read).collect::<io::Result<_>>()?);
    }
    let licence = package.license.as_deref().unwrap_or_default();
    if licence.contains("Apache-2.0") {
        return Ok(vec![APACHE.to_owned()]);
    }
    let authors = match package.authors.as_slice() {
        [] => format!("the authors of {}", package.name),
        authors => authors.join(", "),
    };
    match mit_of(&authors) {
        Some(text) if licence.contains("MIT") => Ok(vec![text]),
        _ if licence == "BSD-3-Clause" => Ok(vec![bsd_of(&authors)]),
        _ => Err(format!("{}: no text for the licence `{licence}`", package.name).into()),
    }
}

/// The MIT licence of other holders than ours.
fn mit_of(holders: &str) -> Option<String> {
    let grant = MIT.get(MIT.find("Permission is hereby granted")?..)?;
    Some(format!("MIT License\n\nCopyright (c) {holders}\n\n{grant}"))
}

/// The BSD licence of three clauses, of these holders.
fn bsd_of(holders: &str) -> String {
    format!("Copyright (c) {holders}\n\n{BSD}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_is_listed_with_its_text_and_what_only_tests_use_is_not() {
        let text = collect("x86_64-unknown-linux-gnu").unwrap();
        // Comes without a text; comes with one; is used in tests; is our own.
        assert!(text.contains("\nblst 0."));
        assert!(text.contains("\nrayon 1."));
        assert!(text.contains("Copyright (c) 2010 The Rust Project Developers"));
        assert!(!text.contains("\ncriterion "));
        assert!(!text.contains("\ncandor "));
        assert!(!text.contains("musl, the C library"));
    }

    #[test]
    fn a_licence_without_a_text_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let package = |licence: &str| Package {
            id: "id".into(),
            name: "name".into(),
            version: "1.0.0".into(),
            license: Some(licence.into()),
            license_file: None,
            authors: vec!["A. Author".into()],
            source: Some("registry".into()),
            manifest_path: folder.path().join("Cargo.toml"),
        };
        assert!(texts_of(&package("MIT")).unwrap()[0].contains("Copyright (c) A. Author\n"));
        assert!(texts_of(&package("Secret-1.0")).is_err());
        fs::write(folder.path().join("LICENSE"), "all yours").unwrap();
        assert_eq!(texts_of(&package("Secret-1.0")).unwrap(), ["all yours"]);
    }
}
