//! Folders written whole or not at all.

use std::fs;
use std::path::Path;

use super::error::ExchangeError;

/// Fills a folder under a temporary name and moves it into place. `out` must
/// not exist.
pub(crate) fn write_folder(
    out: &Path,
    fill: impl FnOnce(&Path) -> Result<(), ExchangeError>,
) -> Result<(), ExchangeError> {
    refuse_existing(out)?;
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".candor-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let folder = builder.tempdir_in(parent).map_err(ExchangeError::io(parent))?;
    fill(folder.path())?;
    fs::rename(folder.path(), out).map_err(ExchangeError::io(out))?;
    // It is no longer there to be removed.
    let _ = folder.keep();
    Ok(())
}

/// Nothing is ever overwritten.
pub(crate) fn refuse_existing(out: &Path) -> Result<(), ExchangeError> {
    if out.symlink_metadata().is_ok() {
        let advice = "choose another --out, or remove it";
        return Err(ExchangeError::file(out, "already exists", advice));
    }
    Ok(())
}
