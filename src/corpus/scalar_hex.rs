//! Serde form of a [`Scalar`]: 64 lower-case hexadecimal digits of its
//! little-endian bytes. For `#[serde(with = "…")]`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

use crate::field::{self, Scalar};

/// Writes one scalar.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(scalar: &Scalar, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&field::to_hex(scalar))
}

/// Reads one scalar.
///
/// # Errors
/// If it is not the canonical spelling of a residue.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scalar, D::Error> {
    parse(&String::deserialize(deserializer)?)
}

fn parse<E: Error>(text: &str) -> Result<Scalar, E> {
    field::from_hex(text).ok_or_else(|| {
        E::custom(
            "not a field element: expected 64 lower-case hexadecimal digits below the modulus",
        )
    })
}

/// The same for a list.
pub mod list {
    use super::{Deserialize, Deserializer, Scalar, Serializer, field, parse};

    /// Writes the list.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(scalars: &[Scalar], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(scalars.iter().map(field::to_hex))
    }

    /// Reads the list.
    ///
    /// # Errors
    /// If an element is not the canonical spelling of a residue.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Scalar>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| parse(text)).collect()
    }
}
