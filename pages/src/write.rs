//! A page as a file.

use std::path::Path;

use candor::ExchangeError;
pub use candor::exchange::folder::refuse_existing;
use candor::files::write_atomically;

/// Writes a page so that its owner alone can read it, whole or not at all: it shows
/// documents.
///
/// # Errors
/// If something stands there, or the file cannot be written.
pub fn write(path: &Path, page: &str) -> Result<(), ExchangeError> {
    refuse_existing(path)?;
    Ok(write_atomically(path, 0o600, page.as_bytes())?)
}
