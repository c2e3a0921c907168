//! A list made at collection, compared with what is there now.
//!
//! The lists are those of hashdeep: two lines that begin with `%%%%`, the second of which
//! names the columns, comments that begin with `##`, then a line for each file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use candor_documents::Name;
use serde::Serialize;

use super::ledger::Sourced;
use crate::exchange::error::ExchangeError;
use crate::files::read_capped;

/// Longest list that is read.
const MAX_BYTES: u64 = 4 << 30;
const ADVICE: &str = "make it with hashdeep -c md5,sha256 -r, and give the file as it is";

/// What a list says of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Stated {
    size: Option<u64>,
    md5: Option<String>,
    sha256: Option<String>,
}

/// A list of files.
#[derive(Debug, Default)]
pub(super) struct Known {
    files: Vec<(Vec<u8>, Stated)>,
}

/// How a list and the source compare.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KnownSummary {
    /// Lines of the list.
    pub listed: u64,
    /// Files that are as the list says.
    pub same: u64,
    /// Files of the list that are not in the source.
    pub missing: u64,
    /// Files of the source that are not on the list.
    pub not_listed: u64,
    /// Files whose digest or size differs.
    pub differing: u64,
}

impl KnownSummary {
    /// Whether source and list are the same.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.missing + self.not_listed + self.differing == 0
    }
}

/// A difference: path, what it is, what the list says, what is there.
pub(super) type Difference = [String; 4];

impl Known {
    /// Reads a list.
    ///
    /// # Errors
    /// If it cannot be read, or has neither MD5 nor SHA-256.
    pub(super) fn read(path: &Path) -> Result<Self, ExchangeError> {
        let bytes = read_capped(path, MAX_BYTES)?;
        let wrong = |line: usize, problem: &str| {
            let problem =
                if line == 0 { problem.to_owned() } else { format!("line {line} {problem}") };
            ExchangeError::file(path, problem, ADVICE)
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let lines = bytes.split(|byte| *byte == b'\n');
        let mut lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)).zip(1..);
        if !lines.next().is_some_and(|(line, _)| line.starts_with(b"%%%% HASHDEEP-1.")) {
            return Err(wrong(0, "is no list of hashdeep"));
        }
        let columns = lines.next().and_then(|(line, _)| line.strip_prefix(b"%%%% "));
        let columns = Columns::read(columns.unwrap_or_default())
            .ok_or_else(|| wrong(2, "names no columns filename and md5 or sha256"))?;
        let mut files = Vec::new();
        for (line, number) in lines {
            if line.is_empty() || line.starts_with(b"##") {
                continue;
            }
            let file = columns.file(line);
            files.push(file.ok_or_else(|| wrong(number, "does not have the columns of the list"))?);
        }
        Ok(Self { files })
    }

    /// Compares the list with files. Paths of the list may be those of another machine:
    /// the folder that most of them share with the source's own is taken off.
    pub(super) fn compare(
        &self,
        sourced: impl Iterator<Item = Result<Sourced, ExchangeError>>,
    ) -> Result<(KnownSummary, Vec<Difference>), ExchangeError> {
        let sourced: Result<HashMap<Vec<u8>, Sourced>, ExchangeError> =
            sourced.map(|file| file.map(|file| (file.path.0.clone(), file))).collect();
        let sourced = sourced?;
        let root = self.root(&sourced);
        let mut unlisted: BTreeSet<&[u8]> = sourced.keys().map(Vec::as_slice).collect();
        let mut summary = KnownSummary { listed: self.files.len() as u64, ..Default::default() };
        let mut found = Vec::new();
        for (path, stated) in &self.files {
            let own = path.strip_prefix(root.as_slice()).unwrap_or(path);
            let finding = match sourced.get(own) {
                None => {
                    summary.missing += 1;
                    ("missing", String::new())
                }
                Some(file) => {
                    unlisted.remove(own);
                    if stated.fits(file) {
                        summary.same += 1;
                        continue;
                    }
                    summary.differing += 1;
                    ("differs", Stated::of(file).text())
                }
            };
            found.push([
                Name(own.to_vec()).to_string(),
                finding.0.into(),
                stated.text(),
                finding.1,
            ]);
        }
        summary.not_listed = unlisted.len() as u64;
        for path in unlisted {
            if let Some(file) = sourced.get(path) {
                let own = Stated::of(file).text();
                found.push([
                    Name(path.to_vec()).to_string(),
                    "not listed".into(),
                    String::new(),
                    own,
                ]);
            }
        }
        found.sort();
        Ok((summary, found))
    }

    /// What stands before the source's own paths in most lines of the list.
    fn root(&self, sourced: &HashMap<Vec<u8>, Sourced>) -> Vec<u8> {
        let mut roots: BTreeMap<&[u8], u64> = BTreeMap::new();
        for (path, _) in &self.files {
            let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
            for at in slashes.map(|(at, _)| at + 1).chain([0]) {
                let (root, rest) = path.split_at(at);
                if sourced.contains_key(rest) {
                    *roots.entry(root).or_default() += 1;
                }
            }
        }
        // Of those that are as frequent, the shortest.
        let best =
            roots.iter().max_by_key(|(root, count)| (**count, std::cmp::Reverse(root.len())));
        best.map(|(root, _)| root.to_vec()).unwrap_or_default()
    }
}

impl Stated {
    fn of(file: &Sourced) -> Self {
        Self {
            size: Some(file.bytes),
            md5: Some(file.md5.clone()),
            sha256: Some(file.sha256.clone()),
        }
    }

    fn fits(&self, file: &Sourced) -> bool {
        self.size.is_none_or(|size| size == file.bytes)
            && self.md5.as_ref().is_none_or(|md5| *md5 == file.md5)
            && self.sha256.as_ref().is_none_or(|sha256| *sha256 == file.sha256)
    }

    fn text(&self) -> String {
        let size = self.size.map(|size| format!("{size} bytes"));
        let md5 = self.md5.as_ref().map(|md5| format!("md5 {md5}"));
        let sha256 = self.sha256.as_ref().map(|sha256| format!("sha256 {sha256}"));
        [size, md5, sha256].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Where a list has what.
struct Columns {
    count: usize,
    name: usize,
    size: Option<usize>,
    md5: Option<usize>,
    sha256: Option<usize>,
}

impl Columns {
    fn read(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?.to_lowercase();
        let names: Vec<&str> = text.split(',').map(str::trim).collect();
        let place = |name: &str| names.iter().position(|other| *other == name);
        let (md5, sha256) = (place("md5"), place("sha256"));
        let name = place("filename")?;
        md5.or(sha256)?;
        Some(Self { count: names.len(), name, size: place("size"), md5, sha256 })
    }

    /// A line; commas in the name of the file are part of it.
    fn file(&self, line: &[u8]) -> Option<(Vec<u8>, Stated)> {
        let parts: Vec<&[u8]> = line.split(|byte| *byte == b',').collect();
        let more = parts.len().checked_sub(self.count)?;
        let field = |column: Option<usize>| -> Option<Option<String>> {
            let Some(column) = column else { return Some(None) };
            let at = if column > self.name { column + more } else { column };
            let text = std::str::from_utf8(parts.get(at)?).ok()?;
            Some(Some(text.trim().to_lowercase()))
        };
        let size = match field(self.size)? {
            Some(text) => Some(text.parse().ok()?),
            None => None,
        };
        let digest = |column, length: usize| {
            let digest = field(column)?;
            let right = |text: &String| text.len() == length && hex::decode(text).is_ok();
            digest.as_ref().is_none_or(right).then_some(digest)
        };
        let stated = Stated { size, md5: digest(self.md5, 32)?, sha256: digest(self.sha256, 64)? };
        let name = parts.get(self.name..=self.name + more)?.join(&b',');
        Some((spelled(&name), stated))
    }
}

/// A path with `/` between names, without `./` before it.
fn spelled(name: &[u8]) -> Vec<u8> {
    let mut path = name.to_vec();
    if !path.contains(&b'/') {
        path.iter_mut().filter(|byte| **byte == b'\\').for_each(|byte| *byte = b'/');
    }
    path.strip_prefix(b"./").map(<[u8]>::to_vec).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: &str = "d41d8cd98f00b204e9800998ecf8427e";
    const OTHER: &str = "900150983cd24fb0d6963f7d28e17f72";

    fn known(text: &str) -> Result<Known, ExchangeError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.txt");
        std::fs::write(&path, text).unwrap();
        Known::read(&path)
    }

    fn compare(list: &str, files: &[(&str, &str)]) -> (KnownSummary, Vec<Difference>) {
        let sourced = files.iter().map(|(path, md5)| {
            let path = Name(path.as_bytes().to_vec());
            Ok(Sourced { path, bytes: 3, sha256: "00".repeat(32), md5: (*md5).to_owned() })
        });
        known(list).unwrap().compare(sourced).unwrap()
    }

    #[test]
    fn every_difference_is_found() {
        let list = format!(
            "%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## made by hand\n\
             3,{ZERO},{zeros},/mnt/case/a, b.txt\n3,{ZERO},{zeros},/mnt/case/c/d.txt\n\
             3,{OTHER},{zeros},/mnt/case/e.txt\n4,{ZERO},{zeros},/mnt/case/f.txt\n",
            zeros = "00".repeat(32)
        );
        let files = [("a, b.txt", ZERO), ("e.txt", ZERO), ("f.txt", ZERO), ("g.txt", ZERO)];
        let (summary, found) = compare(&list, &files);
        let expected = KnownSummary { listed: 4, same: 1, missing: 1, not_listed: 1, differing: 2 };
        assert_eq!(summary, expected);
        let found: Vec<_> = found.iter().map(|[path, what, ..]| format!("{path} {what}")).collect();
        let all = ["c/d.txt missing", "e.txt differs", "f.txt differs", "g.txt not listed"];
        assert_eq!(found, all);
        assert!(!summary.agrees());
    }

    #[test]
    fn columns_may_stand_in_any_order() {
        let list = format!(
            "%%%% HASHDEEP-1.0\r\n%%%% filename,md5,size\r\nC:\\x\\a,b\\c.txt,{},3\r\n",
            ZERO.to_uppercase()
        );
        let (summary, _) = compare(&list, &[("a,b/c.txt", ZERO)]);
        assert!(summary.agrees() && summary.same == 1);
        let list = format!("%%%% HASHDEEP-1.0\n%%%% md5,filename\n{ZERO},./a\n");
        assert!(compare(&list, &[("a", ZERO)]).0.agrees());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let head = "%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n";
        for text in [
            "",
            "size,md5,filename\n",
            "%%%% HASHDEEP-1.0\n%%%% size,filename\n",
            &format!("{head}3,{ZERO}\n"),
            &format!("{head}x,{ZERO},a\n"),
            &format!("{head}3,zz,a\n"),
        ] {
            let error = known(text).unwrap_err().to_string();
            assert!(error.contains("list.txt") && error.contains("hashdeep"), "{error}");
        }
    }
}
