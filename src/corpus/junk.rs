//! Files that operating systems leave among documents.
//!
//! They are committed to like any other file: nothing is dropped in silence.
//! But the responder is told, since they would stand among the documents that
//! cannot be read.

/// How a kind of such files is recognised by its path, whatever the case of its
/// letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// The file's whole name.
    Name(&'static str),
    /// The beginning of the file's name.
    Prefix(&'static str),
    /// The name of a folder around it.
    Folder(&'static str),
}

/// A kind of files that an operating system leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Junk(Mark);

/// Folders first: whatever lies in one is named after it.
const KINDS: [Mark; 13] = [
    Mark::Folder("__MACOSX"),
    Mark::Folder(".Spotlight-V100"),
    Mark::Folder(".Trashes"),
    Mark::Folder(".fseventsd"),
    Mark::Folder(".TemporaryItems"),
    Mark::Folder("System Volume Information"),
    Mark::Folder("$RECYCLE.BIN"),
    Mark::Name("Thumbs.db"),
    Mark::Name("ehthumbs.db"),
    Mark::Name("ehthumbs_vista.db"),
    Mark::Name("desktop.ini"),
    Mark::Name(".DS_Store"),
    Mark::Prefix("._"),
];

impl Junk {
    /// Every kind, in the order in which they are tried.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.into_iter().map(Self)
    }

    /// The kind of a path under the corpus, if it is of one.
    #[must_use]
    pub fn of(path: &[u8]) -> Option<Self> {
        let (folders, name) = match path.iter().rposition(|byte| *byte == b'/') {
            Some(end) => (path.get(..end).unwrap_or_default(), path.get(end..).unwrap_or_default()),
            None => (&b""[..], path),
        };
        let name = name.strip_prefix(b"/").unwrap_or(name);
        Self::all().find(|kind| match kind.0 {
            Mark::Name(whole) => name.eq_ignore_ascii_case(whole.as_bytes()),
            Mark::Prefix(prefix) => name.starts_with(prefix.as_bytes()),
            Mark::Folder(folder) => folders
                .split(|byte| *byte == b'/')
                .any(|part| part.eq_ignore_ascii_case(folder.as_bytes())),
        })
    }

    /// The kind of a folder that an operating system leaves, if its path ends in
    /// one.
    #[must_use]
    fn of_folder(path: &[u8]) -> Option<Self> {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        Self::all().find(|kind| match kind.0 {
            Mark::Folder(folder) => name.eq_ignore_ascii_case(folder.as_bytes()),
            Mark::Name(_) | Mark::Prefix(_) => false,
        })
    }

    /// Whether a path is that of a file or a folder which an operating system
    /// leaves.
    #[must_use]
    pub fn is_left_at(path: &str) -> bool {
        Self::of(path.as_bytes()).or_else(|| Self::of_folder(path.as_bytes())).is_some()
    }

    /// What it is called in reports: `.DS_Store`, `._*`, `__MACOSX/`.
    #[must_use]
    pub fn name(self) -> String {
        match self.0 {
            Mark::Name(name) => name.to_owned(),
            Mark::Prefix(prefix) => format!("{prefix}*"),
            Mark::Folder(folder) => format!("{folder}/"),
        }
    }

    /// The test of `find` that finds it.
    #[must_use]
    pub fn find_test(self) -> String {
        match self.0 {
            Mark::Name(name) => format!("-iname '{name}'"),
            Mark::Prefix(prefix) => format!("-name '{prefix}*'"),
            Mark::Folder(folder) => format!("-ipath '*/{folder}/*'"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systems_leave_is_told_from_documents() {
        for (path, name) in [
            ("Thumbs.db", "Thumbs.db"),
            ("a/b/THUMBS.DB", "Thumbs.db"),
            ("a/ehthumbs.db", "ehthumbs.db"),
            ("a/.DS_Store", ".DS_Store"),
            ("Desktop.ini", "desktop.ini"),
            ("a/._scan.png", "._*"),
            ("__MACOSX/a/scan.png", "__MACOSX/"),
            ("x/.Spotlight-V100/Store/1", ".Spotlight-V100/"),
            (".Trashes/501/scan.png", ".Trashes/"),
            ("System Volume Information/x", "System Volume Information/"),
            ("$Recycle.Bin/S-1/$R1.png", "$RECYCLE.BIN/"),
            ("__MACOSX/._a", "__MACOSX/"),
        ] {
            assert_eq!(Junk::of(path.as_bytes()).map(Junk::name).as_deref(), Some(name), "{path}");
        }
        for path in [
            "scan.png",
            "Thumbs.db/scan.png",
            "my Thumbs.db",
            "DS_Store",
            ".hidden.png",
            "__MACOSX",
            "a._b",
            "x__MACOSX/a.png",
            "_.png",
        ] {
            assert_eq!(Junk::of(path.as_bytes()), None, "{path}");
        }
    }
}
