//! `candor.toml`: what a matter is called, where its files stand, and the root
//! that was recorded, so that inside its folder no paths are needed.
//!
//! The file is for people: it is read leniently in its order and spacing, and
//! strictly in its keys. No check rests on it: it names files, and what they
//! hold is checked as ever.

mod status;

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use status::{State, Status, Step};

use super::error::ExchangeError;
use crate::corpus::views::ViewId;
use crate::field::ScalarHex;
use crate::files::{read_capped, write_atomically};

/// The file's name.
pub const FILE: &str = "candor.toml";
const MAX_BYTES: u64 = 1 << 16;
/// This program's version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A matter, and the folder that its paths are relative to.
///
/// ```no_run
/// use candor::exchange::Matter;
///
/// if let Some(matter) = Matter::find()? {
///     println!("{}: {}", matter.record.matter, matter.documents().display());
/// }
/// # Ok::<(), candor::exchange::ExchangeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Matter {
    folder: PathBuf,
    /// What the file says.
    pub record: Record,
}

/// What `candor.toml` says. Paths are relative to its folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The name of the matter.
    pub matter: String,
    /// The version of Candor that began it.
    pub candor: String,
    /// The documents.
    pub documents: PathBuf,
    /// The views to commit under; may be empty until then.
    #[serde(default)]
    pub views: Vec<ViewId>,
    /// The vocabularies of views of tokens, as `commit-corpus --vocabulary` takes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vocabularies: Vec<PathBuf>,
    /// The folder of the commitment.
    pub commitment: PathBuf,
    /// The folder of the request.
    pub request: PathBuf,
    /// The bundle.
    pub bundle: PathBuf,
    /// The root, once there is a commitment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<ScalarHex>,
    /// The number of documents committed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<u64>,
}

impl Record {
    /// A new matter with the usual names of folders.
    #[must_use]
    pub fn new(matter: &str, documents: &Path, views: Vec<ViewId>) -> Self {
        Self {
            matter: matter.to_owned(),
            candor: VERSION.to_owned(),
            documents: documents.to_owned(),
            views,
            vocabularies: Vec::new(),
            commitment: "commitment".into(),
            request: "request".into(),
            bundle: "bundle".into(),
            root: None,
            committed: None,
        }
    }
}

impl Matter {
    /// Begins a matter: writes `candor.toml` into a folder that has none.
    ///
    /// # Errors
    /// If there is one, or it cannot be written.
    pub fn create(folder: &Path, record: Record) -> Result<Self, ExchangeError> {
        let path = folder.join(FILE);
        if path.symlink_metadata().is_ok() {
            let advice = "it describes another matter; make a separate folder for each matter";
            return Err(ExchangeError::file(path, "already exists", advice));
        }
        let matter = Self { folder: folder.to_owned(), record };
        matter.write()?;
        Ok(matter)
    }

    /// The matter of the current folder, or of the nearest folder above it.
    ///
    /// # Errors
    /// If there is a `candor.toml` that cannot be read.
    pub fn find() -> Result<Option<Self>, ExchangeError> {
        let here = std::env::current_dir().map_err(ExchangeError::io("the current folder"))?;
        for (up, folder) in here.ancestors().enumerate() {
            if folder.join(FILE).is_file() {
                // Short names in messages, where the file is near.
                let relative = match up {
                    0 => PathBuf::new(),
                    up => std::iter::repeat_n("..", up).collect(),
                };
                return Self::read(&relative).map(Some);
            }
        }
        Ok(None)
    }

    /// The matter that a folder's `candor.toml` describes.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(folder: &Path) -> Result<Self, ExchangeError> {
        let path = folder.join(FILE);
        let advice = "correct the file, or restore it from a copy";
        let bytes = read_capped(&path, MAX_BYTES)?;
        let text =
            str::from_utf8(&bytes).map_err(|error| ExchangeError::file(&path, error, advice))?;
        let record = toml::from_str(text)
            .map_err(|error| ExchangeError::file(&path, error.message(), advice))?;
        Ok(Self { folder: folder.to_owned(), record })
    }

    /// Records a commitment, and the views and vocabularies that it was made with.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn record_commitment(
        &mut self,
        root: ScalarHex,
        documents: u64,
        views: &[ViewId],
        vocabularies: &[PathBuf],
    ) -> Result<(), ExchangeError> {
        let vocabularies =
            vocabularies.iter().map(|path| self.within(path)).collect::<Result<_, _>>()?;
        self.record.root = Some(root);
        self.record.committed = Some(documents);
        self.record.views = views.to_vec();
        self.record.vocabularies = vocabularies;
        self.write()
    }

    /// A path as `candor.toml` has it: relative to the matter's folder if it is below it.
    fn within(&self, path: &Path) -> Result<PathBuf, ExchangeError> {
        let absolute = |path: &Path| fs::canonicalize(path).map_err(ExchangeError::io(path));
        let (folder, path) = (absolute(&self.folder.join("."))?, absolute(path)?);
        Ok(path.strip_prefix(folder).map_or_else(|_| path.clone(), Path::to_owned))
    }

    fn write(&self) -> Result<(), ExchangeError> {
        let path = self.folder.join(FILE);
        let text = toml::to_string(&self.record)
            .map_err(|error| ExchangeError::file(&path, error, "choose another name"))?;
        let text = format!(
            "# A matter of Candor. Paths are relative to this folder; inside it the\n\
             # commands need none. `responder status` says what comes next.\n\n{}\n",
            text.trim_end()
        );
        write_atomically(&path, 0o666, text.as_bytes())?;
        Ok(())
    }

    /// Where `candor.toml` stands.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// The documents.
    #[must_use]
    pub fn documents(&self) -> PathBuf {
        self.folder.join(&self.record.documents)
    }

    /// The vocabularies of views of tokens.
    #[must_use]
    pub fn vocabularies(&self) -> Vec<PathBuf> {
        self.record.vocabularies.iter().map(|path| self.folder.join(path)).collect()
    }

    /// The folder of the commitment.
    #[must_use]
    pub fn commitment(&self) -> PathBuf {
        self.folder.join(&self.record.commitment)
    }

    /// The folder of the request.
    #[must_use]
    pub fn request(&self) -> PathBuf {
        self.folder.join(&self.record.request)
    }

    /// The bundle.
    #[must_use]
    pub fn bundle(&self) -> PathBuf {
        self.folder.join(&self.record.bundle)
    }

    /// What was done, what is kept, and what comes next.
    ///
    /// # Errors
    /// If a folder of the matter cannot be read.
    pub fn status(&self) -> Result<Status, ExchangeError> {
        status::of(self)
    }

    /// Whether a commitment is the one that was recorded.
    ///
    /// # Errors
    /// If its root is another.
    pub fn check_root(&self, found: ScalarHex) -> Result<(), ExchangeError> {
        match self.record.root {
            Some(root) if root != found => {
                let problem = format!("records root {root}, but the commitment has root {found}");
                let advice = "restore the commitment that was handed over";
                Err(ExchangeError::file(self.file(), problem, advice))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a folder holds anything at all.
fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let views = vec!["image/gray-28x28".parse().unwrap()];
        let record = Record::new("Smith v. \"Jones\" #2", Path::new("papers"), views);
        let mut matter = Matter::create(folder.path(), record.clone()).unwrap();
        assert_eq!(Matter::read(folder.path()).unwrap().record, record);
        let again = Matter::create(folder.path(), record).unwrap_err().to_string();
        assert!(again.contains("already exists"), "{again}");

        let root = ScalarHex(crate::field::Scalar::from(7));
        let views = matter.record.views.clone();
        let inside = folder.path().join("lists/tokenizer.json");
        fs::create_dir(folder.path().join("lists")).unwrap();
        fs::write(&inside, "{}").unwrap();
        let elsewhere = tempfile::NamedTempFile::new().unwrap();
        let outside = fs::canonicalize(elsewhere.path()).unwrap();
        let given = [inside, outside.clone()];
        matter.record_commitment(root, 43, &views, &given).unwrap();
        assert_eq!(matter.record.vocabularies, [Path::new("lists/tokenizer.json"), &outside]);
        let read = Matter::read(folder.path()).unwrap();
        assert_eq!(read.record, matter.record);
        assert_eq!(read.documents(), folder.path().join("papers"));
        assert_eq!(read.vocabularies(), [folder.path().join("lists/tokenizer.json"), outside]);
        read.check_root(root).unwrap();
        let other = read.check_root(ScalarHex(crate::field::Scalar::from(8)));
        assert!(other.unwrap_err().to_string().contains("records root"));
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "matter = 1", "nonsense", "matter = \"x\"\nunknown = 1"] {
            fs::write(folder.path().join(FILE), text).unwrap();
            let error = Matter::read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(FILE) && error.contains("correct the file"), "{error}");
        }
    }
}
