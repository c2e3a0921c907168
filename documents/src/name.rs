//! Names and paths of items, as bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::hex;

/// The name or path of an item: any bytes. As text, printable ASCII stands as it is,
/// any other byte (and `%`) as `%XX` with upper-case digits, so that a name has one
/// spelling and shows every byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub Vec<u8>);

/// A text that is not the one spelling of a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name: printable ASCII stands as it is, any other byte and `%` as %XX")]
pub struct NameError(String);

impl fmt::Display for Name {
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

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'%' {
                let byte =
                    rest.next().zip(rest.next()).and_then(|(high, low)| hex::byte(high, low));
                bytes.push(byte.ok_or_else(|| NameError(text.chars().take(64).collect()))?);
            } else {
                bytes.push(byte);
            }
        }
        let name = Self(bytes);
        let same = name.to_string() == text;
        same.then_some(name).ok_or_else(|| NameError(text.chars().take(64).collect()))
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        let name = Name(b"a/\xe4 100%\n".to_vec());
        assert_eq!(name.to_string(), "a/%E4 100%25%0A");
        assert_eq!(name.to_string().parse(), Ok(name));
        for other in ["%e4", "%41", "ä", "%", "%4"] {
            assert!(other.parse::<Name>().is_err(), "{other}");
        }
    }
}
