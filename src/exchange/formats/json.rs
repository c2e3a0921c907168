//! JSON with exactly one encoding of each value.
//!
//! A document is accepted only if writing the parsed value again gives the
//! same bytes. So there are no unknown or repeated keys, no other order, no
//! other spelling of a number, and a digest of the bytes is a digest of the
//! value.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The value as indented JSON with a final newline.
#[must_use]
pub fn to_document<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// The value as one line of JSON with its newline.
#[must_use]
pub fn to_line<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Reads what [`to_document`] wrote.
///
/// # Errors
/// What is wrong with the bytes.
pub fn from_document<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    from(bytes, to_document)
}

/// Reads what [`to_line`] wrote.
///
/// # Errors
/// What is wrong with the bytes.
pub fn from_line<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    from(bytes, to_line)
}

fn from<T: Serialize + DeserializeOwned>(
    bytes: &[u8],
    write: fn(&T) -> Vec<u8>,
) -> Result<T, String> {
    let value: T = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if write(&value) != bytes {
        return Err("not in the canonical spelling".into());
    }
    Ok(value)
}
