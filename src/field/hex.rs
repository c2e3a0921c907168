//! Scalars as text: 64 lower-case hexadecimal digits of their little-endian
//! bytes.
//!
//! [`ScalarHex`] is such a text as a type; [`serialize`] and [`deserialize`] are
//! for `#[serde(with = "…")]` on a [`Scalar`].

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Scalar, from_hex, to_hex};

/// A scalar that is read and written in its one spelling.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ScalarHex(pub Scalar);

impl fmt::Display for ScalarHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl fmt::Debug for ScalarHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits of a number below the modulus; copy the whole number")]
pub struct NotAScalar;

/// As people hand it on: in any case, and with spaces around it.
///
/// ```
/// use candor::field::ScalarHex;
///
/// let root: ScalarHex = format!(" 0A{}\n", "0".repeat(62)).parse()?;
/// assert_eq!(root.to_string(), format!("0a{}", "0".repeat(62)));
/// # Ok::<(), candor::field::hex::NotAScalar>(())
/// ```
impl std::str::FromStr for ScalarHex {
    type Err = NotAScalar;

    fn from_str(text: &str) -> Result<Self, NotAScalar> {
        from_hex(&text.trim().to_ascii_lowercase()).map(Self).ok_or(NotAScalar)
    }
}

impl Serialize for ScalarHex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(&self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for ScalarHex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer).map(Self)
    }
}

/// Writes one scalar.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(scalar: &Scalar, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_hex(scalar))
}

/// Reads one scalar.
///
/// # Errors
/// If it is not the canonical spelling of a residue.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scalar, D::Error> {
    let text = String::deserialize(deserializer)?;
    from_hex(&text).ok_or_else(|| {
        D::Error::custom(
            "not a field element below the modulus in 64 lower-case hexadecimal digits",
        )
    })
}
