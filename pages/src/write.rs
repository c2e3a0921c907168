//! A page as a file.

use std::path::Path;

use candor::ExchangeError;
use candor::files::write_atomically;

/// Nothing is ever overwritten: to be asked before the work begins.
///
/// # Errors
/// If something stands there.
pub fn refuse_existing(path: &Path) -> Result<(), ExchangeError> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let advice = "choose another name, or move the old one away";
    Err(ExchangeError::file(path, "already exists", advice))
}

/// Writes a page so that its owner alone can read it, whole or not at all: it shows
/// documents.
///
/// # Errors
/// If something stands there, or the file cannot be written.
pub fn write(path: &Path, page: &str) -> Result<(), ExchangeError> {
    refuse_existing(path)?;
    Ok(write_atomically(path, 0o600, page.as_bytes())?)
}
