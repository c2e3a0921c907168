//! Floating-point numbers that survive storage bit for bit.

use serde::{Deserialize, Serialize};

/// A finite `f64`, stored as the 16 hexadecimal digits of its bits (big-endian).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FiniteF64(u64);

/// The number is infinite or no number, or its spelling is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a finite number")]
pub struct NotFinite(String);

impl FiniteF64 {
    /// Wraps a finite number; -0 becomes 0.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn new(value: f64) -> Result<Self, NotFinite> {
        if value.is_finite() {
            Ok(Self((value + 0.0).to_bits()))
        } else {
            Err(NotFinite(value.to_string()))
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl TryFrom<String> for FiniteF64 {
    type Error = NotFinite;

    fn try_from(text: String) -> Result<Self, NotFinite> {
        let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let bits =
            (lower && text.len() == 16).then(|| u64::from_str_radix(&text, 16).ok()).flatten();
        match bits.map(|bits| (bits, Self::new(f64::from_bits(bits)))) {
            Some((bits, Ok(value))) if value.0 == bits => Ok(value),
            _ => Err(NotFinite(format!("`{text}`"))),
        }
    }
}

impl From<FiniteF64> for String {
    fn from(value: FiniteF64) -> Self {
        format!("{:016x}", value.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_spelling_is_read() {
        let third = FiniteF64::new(1.0 / 3.0).unwrap();
        let text = String::from(third);
        assert_eq!(FiniteF64::try_from(text.clone()).unwrap(), third);
        assert!(FiniteF64::try_from(text.to_uppercase()).is_err());
        assert!(FiniteF64::try_from("7ff0000000000000".to_owned()).is_err());
        assert!(FiniteF64::try_from("8000000000000000".to_owned()).is_err());
        assert!(FiniteF64::try_from("+fd5555555555555".to_owned()).is_err());
        assert!(FiniteF64::new(f64::NAN).is_err());
    }
}
