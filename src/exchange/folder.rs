//! Folders written whole or not at all.
//!
//! A folder grows in `OUT.partial`, under a lock, and is renamed to `OUT` when
//! it is whole and on the disk.

use std::ffi::OsString;
#[cfg(feature = "prove")]
use std::fs::FileTimes;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
#[cfg(feature = "prove")]
use std::time::{Duration, SystemTime};

use super::error::ExchangeError;
use crate::files::{directory_of, sync_directory, write_atomically};

/// Where a folder grows.
const PARTIAL: &str = ".partial";
const LOCK: &str = "lock";
/// The folder in `OUT.partial` that becomes `OUT`.
const WHOLE: &str = "whole";

/// `OUT.partial`.
pub(super) fn partial_of(out: &Path) -> Result<PathBuf, ExchangeError> {
    beside(out, PARTIAL)
}

/// What unfinished work on `OUT` holds already, in a folder that becomes `OUT`.
pub(super) fn unfinished_of(out: &Path) -> Result<PathBuf, ExchangeError> {
    Ok(partial_of(out)?.join(WHOLE))
}

/// `OUT.partial`, locked for this process.
pub(super) struct Partial {
    folder: PathBuf,
    _lock: File,
}

impl Partial {
    /// The place where `out` grows; what an earlier run left there stays.
    pub(super) fn open(out: &Path) -> Result<Self, ExchangeError> {
        let folder = partial_of(out)?;
        let whole = folder.join(WHOLE);
        fs::create_dir_all(&whole).map_err(ExchangeError::io(&whole))?;
        let lock = folder.join(LOCK);
        let file = File::create(&lock).map_err(ExchangeError::io(&lock))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { folder, _lock: file }),
            Err(TryLockError::WouldBlock) => Err(ExchangeError::Busy(folder)),
            Err(TryLockError::Error(error)) => Err(ExchangeError::io(&lock)(error)),
        }
    }

    /// `OUT.partial` itself.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder that becomes `OUT`.
    pub(super) fn whole(&self) -> PathBuf {
        self.folder.join(WHOLE)
    }

    /// Moves the finished folder into place.
    pub(super) fn finish(self, out: &Path) -> Result<(), ExchangeError> {
        let whole = self.whole();
        sync_all(&whole)?;
        fs::rename(&whole, out).map_err(ExchangeError::io(out))?;
        let parent = directory_of(out);
        sync_directory(parent).map_err(ExchangeError::io(parent))?;
        sweep(&self.folder)
    }
}

/// Removes what is left of `OUT.partial`, the lock last, so that a run that is
/// killed here is recognised.
fn sweep(folder: &Path) -> Result<(), ExchangeError> {
    for entry in fs::read_dir(folder).map_err(ExchangeError::io(folder))? {
        let entry = entry.map_err(ExchangeError::io(folder))?;
        if entry.file_name() != LOCK {
            fs::remove_file(entry.path()).map_err(ExchangeError::io(&entry.path()))?;
        }
    }
    fs::remove_dir_all(folder).map_err(ExchangeError::io(folder))
}

/// Fills a folder and moves it into place. `out` must not exist.
///
/// # Errors
/// If it does, or cannot be filled.
pub fn write_folder(
    out: &Path,
    fill: impl FnOnce(&Path) -> Result<(), ExchangeError>,
) -> Result<(), ExchangeError> {
    refuse_existing(out)?;
    let partial = Partial::open(out)?;
    let whole = partial.whole();
    // An earlier run may have been killed half-way.
    fs::remove_dir_all(&whole).map_err(ExchangeError::io(&whole))?;
    fs::create_dir(&whole).map_err(ExchangeError::io(&whole))?;
    if let Err(error) = fill(&whole) {
        // The first error is the one to tell.
        let _ = fs::remove_dir_all(partial.folder());
        return Err(error);
    }
    partial.finish(out)
}

/// Nothing is ever overwritten.
///
/// # Errors
/// If something stands there.
pub fn refuse_existing(out: &Path) -> Result<(), ExchangeError> {
    if out.symlink_metadata().is_err() {
        return Ok(());
    }
    // A run that was killed just after it moved its result into place.
    let folder = partial_of(out)?;
    if folder.join(LOCK).exists() && !folder.join(WHOLE).exists() {
        sweep(&folder)?;
    } else {
        // If the lock was gone already, nothing else was left.
        let _ = fs::remove_dir(&folder);
    }
    Err(ExchangeError::file(out, "already exists", "choose another name, or move the old one away"))
}

/// What stands beside `OUT`, under its name with a suffix.
pub(super) fn beside(out: &Path, suffix: &str) -> Result<PathBuf, ExchangeError> {
    let name = out.file_name();
    let mut name = name.map(OsString::from).ok_or_else(|| {
        ExchangeError::file(out, "is not a name for a folder", "choose another --out")
    })?;
    name.push(suffix);
    Ok(out.with_file_name(name))
}

/// Syncs a folder with all that is under it; where the system can, its whole file system
/// in one call: a call for each of many small files takes several times as long as writing
/// them.
fn sync_all(folder: &Path) -> Result<(), ExchangeError> {
    #[cfg(target_os = "linux")]
    {
        let at = File::open(folder).map_err(ExchangeError::io(folder))?;
        rustix::fs::syncfs(&at).map_err(|error| ExchangeError::io(folder)(error.into()))
    }
    #[cfg(not(target_os = "linux"))]
    sync_tree(folder)
}

/// Syncs every file and folder under a folder.
#[cfg(not(target_os = "linux"))]
fn sync_tree(folder: &Path) -> Result<(), ExchangeError> {
    for entry in fs::read_dir(folder).map_err(ExchangeError::io(folder))? {
        let path = entry.map_err(ExchangeError::io(folder))?.path();
        if path.is_dir() {
            sync_tree(&path)?;
        } else {
            let file = File::open(&path).map_err(ExchangeError::io(&path))?;
            file.sync_all().map_err(ExchangeError::io(&path))?;
        }
    }
    sync_directory(folder).map_err(ExchangeError::io(folder))
}

/// Options that give a new file these permissions, where the system has any.
pub fn private(options: &mut OpenOptions, mode: u32) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options
}

/// Takes a folder's permissions away from all but its owner.
///
/// # Errors
/// If the system refuses.
pub fn close_folder(path: &Path) -> Result<(), ExchangeError> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(path, mode).map_err(ExchangeError::io(path))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// What spreadsheets take for the beginning of a formula.
const FORMULA: [u8; 6] = *b"=+-@\t\r";

/// A cell of a list for spreadsheets, which would take some beginnings for a formula.
pub(super) fn guarded(cell: String) -> String {
    let is_formula = cell.bytes().next().is_some_and(|first| FORMULA.contains(&first));
    if is_formula { format!("'{cell}") } else { cell }
}

/// What such a cell was before it was guarded, if it looks like one.
#[cfg(feature = "prove")]
pub(super) fn unguarded(cell: &[u8]) -> Option<&[u8]> {
    let rest = cell.strip_prefix(b"'")?;
    rest.first().is_some_and(|first| FORMULA.contains(first)).then_some(rest)
}

/// Writes a CSV file that its owner alone can read, unless it would hold no
/// lines. Gives whether it was written. No cell is a formula to a spreadsheet.
///
/// # Errors
/// If it cannot be written.
pub fn write_list<const N: usize>(
    path: &Path,
    columns: [&str; N],
    lines: impl ExactSizeIterator<Item = [String; N]>,
) -> Result<bool, ExchangeError> {
    if lines.len() == 0 {
        return Ok(false);
    }
    write_cells(path, columns.map(str::to_owned).into(), lines.map(Vec::from))?;
    Ok(true)
}

/// As [`write_list`], of any number of columns, and also without lines. The file must not
/// exist.
pub(super) fn write_table(
    path: &Path,
    columns: Vec<String>,
    lines: impl Iterator<Item = Vec<String>>,
) -> Result<(), ExchangeError> {
    refuse_existing(path)?;
    write_cells(path, columns, lines)
}

fn write_cells(
    path: &Path,
    columns: Vec<String>,
    lines: impl Iterator<Item = Vec<String>>,
) -> Result<(), ExchangeError> {
    let problem = |error: csv::Error| {
        ExchangeError::file(path, error, "free some disk space, and run the command again")
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).map_err(problem)?;
    for line in lines {
        writer.write_record(line.into_iter().map(guarded)).map_err(problem)?;
    }
    let bytes = writer.into_inner().map_err(|error| problem(error.into_error().into()))?;
    Ok(write_atomically(path, 0o600, &bytes)?)
}

/// 1980-01-01T00:00:00Z, the earliest that archives and file systems can hold.
#[cfg(feature = "prove")]
const FIXED_TIME: Duration = Duration::from_secs(315_532_800);

/// Gives everything under a folder, and the folder, one fixed time: when each
/// proof was finished would tell at which pace.
#[cfg(feature = "prove")]
pub(super) fn fix_times(folder: &Path) -> Result<(), ExchangeError> {
    for entry in fs::read_dir(folder).map_err(ExchangeError::io(folder))? {
        let path = entry.map_err(ExchangeError::io(folder))?.path();
        if path.is_dir() {
            fix_times(&path)?;
        } else {
            let file =
                File::options().append(true).open(&path).map_err(ExchangeError::io(&path))?;
            fix_time(&file, &path)?;
        }
    }
    // Elsewhere a folder cannot be opened as a file.
    #[cfg(unix)]
    fix_time(&File::open(folder).map_err(ExchangeError::io(folder))?, folder)?;
    Ok(())
}

#[cfg(feature = "prove")]
fn fix_time(file: &File, path: &Path) -> Result<(), ExchangeError> {
    let time = SystemTime::UNIX_EPOCH + FIXED_TIME;
    let times = FileTimes::new().set_accessed(time).set_modified(time);
    file.set_times(times).map_err(ExchangeError::io(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_appears_whole_or_not_at_all() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("out");
        // As a run that was killed leaves it.
        let left = root.path().join("out.partial").join(WHOLE);
        fs::create_dir_all(&left).unwrap();
        fs::write(left.join("old"), b"half").unwrap();
        let refused = write_folder(&out, |_| Err(ExchangeError::file("x", "no", "later")));
        assert!(refused.is_err() && !out.exists());
        assert_eq!(root.path().read_dir().unwrap().count(), 0);

        fs::create_dir_all(&left).unwrap();
        fs::write(left.join("old"), b"half").unwrap();
        write_folder(&out, |folder| {
            fs::write(folder.join("new"), b"whole").map_err(ExchangeError::io(folder))
        })
        .unwrap();
        let names: Vec<_> = out.read_dir().unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["new"]);
        assert_eq!(root.path().read_dir().unwrap().count(), 1);
        assert!(write_folder(&out, |_| Ok(())).is_err());
    }

    #[test]
    fn what_a_finished_run_left_is_swept() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("out");
        fs::create_dir(&out).unwrap();
        let partial = root.path().join("out.partial");
        for left in [&[LOCK, "session.json"][..], &[LOCK], &[]] {
            fs::create_dir(&partial).unwrap();
            for name in left {
                fs::write(partial.join(name), b"").unwrap();
            }
            assert!(refuse_existing(&out).is_err());
            assert!(!partial.exists(), "{left:?}");
        }
        // Whatever else bears the name is not ours.
        fs::create_dir(&partial).unwrap();
        fs::write(partial.join("letter.txt"), b"").unwrap();
        assert!(refuse_existing(&out).is_err());
        assert!(partial.join("letter.txt").exists());
    }

    #[test]
    fn one_process_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("out");
        let first = Partial::open(&out).unwrap();
        let refused = Partial::open(&out).map(|_| ()).unwrap_err();
        assert!(refused.to_string().contains("another process"), "{refused}");
        drop(first);
        assert!(Partial::open(&out).is_ok());
    }
}
