//! Tokens by id, as JSON lists them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::ImportError;
use crate::tokens::Vocabulary;

/// A map from tokens to ids, with whatever stands twice.
pub(super) struct Tokens(pub(super) Vec<(String, u32)>);

impl Tokens {
    /// The id of a token.
    pub(super) fn id(&self, wanted: &str) -> Option<u16> {
        let found = self.0.iter().find(|(token, _)| token == wanted)?;
        u16::try_from(found.1).ok()
    }

    /// The tokens in the order of their ids, which are those from 0 on, each once.
    pub(super) fn in_order(mut self) -> Result<Vec<String>, ImportError> {
        self.0.sort_by_key(|&(_, id)| id);
        let most = Vocabulary::MAX_TOKENS;
        if self.0.len() > most {
            let problem = format!("{} tokens, of which two bytes tell {most} apart", self.0.len());
            return Err(ImportError::File(problem));
        }
        for (expected, (token, id)) in (0..).zip(&self.0) {
            if *id != expected {
                let token: String = token.chars().take(64).collect();
                let problem = format!(
                    "ids are not those from 0 on, each once: `{token}` has {id} in the place of {expected}"
                );
                return Err(ImportError::File(problem));
            }
        }
        Ok(self.0.into_iter().map(|(token, _)| token).collect())
    }
}

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;

        impl<'de> Visitor<'de> for Map {
            type Value = Tokens;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from tokens to ids")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tokens, A::Error> {
                let mut tokens = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    tokens.push(entry);
                }
                Ok(Tokens(tokens))
            }
        }

        deserializer.deserialize_map(Map)
    }
}

/// A merge, as `"a b"` or `["a", "b"]`.
pub(super) struct Merge(pub(super) String);

impl<'de> Deserialize<'de> for Merge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Merge;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("two tokens")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Merge, E> {
                Ok(Merge(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Merge, A::Error> {
                let mut next = || list.next_element::<String>();
                match (next()?, next()?, next()?) {
                    (Some(left), Some(right), None) => Ok(Merge(format!("{left} {right}"))),
                    _ => Err(serde::de::Error::custom("a merge is two tokens")),
                }
            }
        }

        deserializer.deserialize_any(Either)
    }
}
