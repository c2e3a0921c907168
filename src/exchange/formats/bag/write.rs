//! Writes the tag files of a bag.

use std::fs::{self, File};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{BAG_INFO, DECLARATION, DECLARATION_TEXT, MANIFEST, TAG_MANIFEST, hash, line};
use crate::exchange::error::ExchangeError;

/// Writes the four tag files over what stands in `root/data`.
///
/// # Errors
/// If a file cannot be read or written.
pub fn seal(root: &Path) -> Result<(), ExchangeError> {
    let mut names = Vec::new();
    collect(root, "data", &mut names)?;
    names.sort();
    let mut manifest = String::new();
    let mut bytes = 0u64;
    for name in &names {
        let path = root.join(name);
        let file = File::open(&path).map_err(ExchangeError::io(&path))?;
        let (digest, length) = hash(file).map_err(ExchangeError::io(&path))?;
        bytes = bytes.saturating_add(length);
        manifest.push_str(&line(&digest, name));
    }
    let info = format!(
        "Bag-Software-Agent: candor {}\nPayload-Oxum: {bytes}.{}\n",
        env!("CARGO_PKG_VERSION"),
        names.len()
    );
    let tags = [
        (BAG_INFO, info.as_bytes()),
        (DECLARATION, DECLARATION_TEXT),
        (MANIFEST, manifest.as_bytes()),
    ];
    let mut tag_manifest = String::new();
    for (name, text) in tags {
        write(&root.join(name), text)?;
        tag_manifest.push_str(&line(&Sha256::digest(text).into(), name));
    }
    write(&root.join(TAG_MANIFEST), tag_manifest.as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ExchangeError> {
    fs::write(path, bytes).map_err(ExchangeError::io(path))
}

fn collect(root: &Path, directory: &str, names: &mut Vec<String>) -> Result<(), ExchangeError> {
    let path = root.join(directory);
    for entry in fs::read_dir(&path).map_err(ExchangeError::io(&path))? {
        let entry = entry.map_err(ExchangeError::io(&path))?;
        let name = format!("{directory}/{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().map_err(ExchangeError::io(entry.path()))?;
        if kind.is_dir() {
            collect(root, &name, names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}
