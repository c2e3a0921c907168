//! Bytes as text: hexadecimal values and file paths, each with one spelling.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::corpus::scan::is_walked_path;

/// A SHA-256 digest as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sha256Hex(pub [u8; 32]);

/// A relative path: printable ASCII as it is, any other byte (and `%`) as `%XX`.
/// Only what a walk of a folder can give is read: no empty component, no `.` or
/// `..`, no NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathText(pub Vec<u8>);

impl fmt::Display for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Display for PathText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in &self.0 {
            match byte {
                b'%' => f.write_str("%25")?,
                0x20..=0x7e => write!(f, "{}", char::from(*byte))?,
                _ => write!(f, "%{byte:02X}")?,
            }
        }
        Ok(())
    }
}

impl Sha256Hex {
    /// Reads what `Display` writes; `None` for any other spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl PathText {
    /// Reads what `Display` writes of a path that a folder can hold; `None` for
    /// anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'%' {
                let pair = [rest.next()?, rest.next()?];
                let mut escaped = [0];
                hex::decode_to_slice(pair, &mut escaped).ok()?;
                bytes.extend(escaped);
            } else {
                bytes.push(byte);
            }
        }
        let path = Self(bytes);
        (is_walked_path(&path.0) && path.to_string() == text).then_some(path)
    }
}

macro_rules! as_text {
    ($type:ty, $what:literal) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| de::Error::custom(concat!("not ", $what)))
            }
        }
    };
}

as_text!(Sha256Hex, "a SHA-256 digest in 64 lower-case hexadecimal digits");
as_text!(PathText, "a relative path that a folder can hold, in its canonical spelling");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_one_spelling() {
        let path = PathText(b"caf\xc3\xa9/100%.png".to_vec());
        assert_eq!(path.to_string(), "caf%C3%A9/100%25.png");
        assert_eq!(PathText::parse(&path.to_string()), Some(path));
        for other in ["%c3", "%41", "%", "%4", "a%zz", "é"] {
            assert_eq!(PathText::parse(other), None, "{other}");
        }
        let astray = ["", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a%00b"];
        for path in astray {
            assert_eq!(PathText::parse(path), None, "{path}");
        }
        for path in ["a\\b", "..a/b..", " ", "C:/a", "%FF.png", "~/x"] {
            assert!(PathText::parse(path).is_some(), "{path}");
        }
        assert_eq!(Sha256Hex::parse(&"A".repeat(64)), None);
        assert_eq!(Sha256Hex::parse(&"a".repeat(62)), None);
    }
}
