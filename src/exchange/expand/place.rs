//! Where items stand, and the folder in which they wait for their number.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use candor_documents::{Content, Kind, Reason};

use crate::corpus::dates::dates_itself;
use crate::corpus::items::{ITEMS, ITEMS_A_FOLDER};
use crate::exchange::error::ExchangeError;
use crate::exchange::folder::private;
use crate::exchange::opening::Look;
use crate::exchange::opening::item::Item;

/// Makes a folder that its owner alone can read; it may exist.
pub(super) fn make_folder(path: &Path) -> Result<(), ExchangeError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(ExchangeError::io(path)(error))
        }
        _ => Ok(()),
    }
}

/// Removes items from a number on, which a run left that was stopped.
pub(super) fn remove_from(whole: &Path, number: u64) -> Result<(), ExchangeError> {
    let items = whole.join(ITEMS);
    let numbered = |path: &Path| -> Option<u64> { path.file_name()?.to_str()?.parse().ok() };
    let list = |path: &Path| -> Result<Vec<PathBuf>, ExchangeError> {
        let entries = fs::read_dir(path).map_err(ExchangeError::io(path))?;
        let entries = entries.map(|entry| entry.map(|entry| entry.path()));
        entries.collect::<Result<_, _>>().map_err(ExchangeError::io(path))
    };
    for folder in list(&items)? {
        match numbered(&folder) {
            Some(below) if below < number / ITEMS_A_FOLDER => {}
            Some(same) if same == number / ITEMS_A_FOLDER => {
                for file in list(&folder)? {
                    if numbered(&file).is_none_or(|item| item >= number) {
                        fs::remove_file(&file).map_err(ExchangeError::io(&file))?;
                    }
                }
            }
            _ => fs::remove_dir_all(&folder).map_err(ExchangeError::io(&folder))?,
        }
    }
    Ok(())
}

/// Writes items into a folder in which they wait for their number.
pub(super) struct Spool {
    folder: PathBuf,
}

impl Spool {
    /// An empty folder.
    pub(super) fn create(folder: PathBuf) -> Result<Self, ExchangeError> {
        remove_folder(&folder)?;
        make_folder(&folder)?;
        Ok(Self { folder })
    }
}

/// Removes a folder with all that is in it, if it is there.
pub(super) fn remove_folder(folder: &Path) -> Result<(), ExchangeError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(ExchangeError::io(folder)(error))
        }
        _ => Ok(()),
    }
}

/// A file in the folder.
pub(super) struct Waiting {
    file: File,
    path: PathBuf,
}

impl Waiting {
    /// A new file that its owner alone can read.
    pub(super) fn create(path: PathBuf) -> Result<Self, ExchangeError> {
        let file = private(OpenOptions::new().write(true).create_new(true), 0o600)
            .open(&path)
            .map_err(ExchangeError::io(&path))?;
        Ok(Self { file, path })
    }

    /// Where it is.
    pub(super) fn path(self) -> PathBuf {
        self.path
    }
}

impl Write for Waiting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Look for Spool {
    type Sink = Waiting;
    type Seen = PathBuf;

    fn sink(&self, family: u64, ordinal: u32) -> Result<Waiting, ExchangeError> {
        Waiting::create(self.folder.join(format!("{family}-{ordinal}")))
    }

    /// What may say when it was written, and of which it is good to know before the
    /// commitment that it cannot be read.
    fn reads(&self, kind: Kind) -> bool {
        dates_itself(kind)
    }

    fn look(
        &self,
        _: &Item,
        _: &[u8],
        _: Option<&Result<Content, Reason>>,
        sink: Waiting,
    ) -> Result<PathBuf, ExchangeError> {
        Ok(sink.path())
    }
}
