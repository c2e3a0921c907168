//! A response made on many machines: each proves some of the batches.
//!
//! Shard I of N proves the batches whose number leaves I − 1 when divided by
//! N. Its folder holds `shard.json` and the proofs under the names that they
//! have in the bundle.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::job::Job;
use super::unfinished::Session;
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::json;
use crate::files::read_capped;

/// The file that tells what a shard's proofs are of.
pub(super) const SHARD: &str = "shard.json";
/// Most shards of a response.
const MAX_SHARDS: u64 = 1 << 20;

/// One of several parts of a response, written `I/N`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    index: u64,
    count: u64,
}

/// Not of the form `I/N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a shard is written I/N, with I from 1 to N and N at most {MAX_SHARDS}, as in 3/8")]
pub struct ShardError;

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let (index, count) = text.split_once('/').ok_or(ShardError)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| ShardError);
        let (index, count) = (number(index)?, number(count)?);
        let possible = (1..=count).contains(&index) && count <= MAX_SHARDS;
        possible.then_some(Self { index, count }).ok_or(ShardError)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl Shard {
    /// The batches that it proves, of `batches` in all.
    pub(super) fn batches(self, batches: u64) -> Vec<u64> {
        (0..batches).filter(|batch| batch % self.count == self.index - 1).collect()
    }

    /// The shard that proves a batch.
    fn of_batch(self, batch: u64) -> Self {
        Self { index: batch % self.count + 1, ..self }
    }
}

/// `shard.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShardInfo {
    pub(super) shard: Shard,
    pub(super) session: Session,
}

impl ShardInfo {
    /// Reads that of a finished shard, which must be of this job.
    pub(super) fn read(folder: &Path, job: &Job) -> Result<Self, ExchangeError> {
        let path = folder.join(SHARD);
        let advice = "give the folders that `responder prove` wrote for this request";
        let info: Self = json::from_document(&read_capped(&path, 1 << 12)?)
            .map_err(|error| ExchangeError::file(&path, error, advice))?;
        if info.session != Session::of(job) {
            let problem =
                "was made for another request, corpus or batch size, or by another version";
            return Err(ExchangeError::file(&path, problem, advice));
        }
        Ok(info)
    }
}

/// The error about batches that no shard proves.
pub(super) fn missing(batches: &[u64], shards: &[ShardInfo]) -> ExchangeError {
    let list = |numbers: Vec<String>| match numbers.len() {
        0..=8 => numbers.join(", "),
        more => format!("{} and {} more", numbers[..8].join(", "), more - 8),
    };
    let subject = format!("batches {}", list(batches.iter().map(u64::to_string).collect()));
    let advice = match shards.first() {
        Some(first) => {
            let mut again: Vec<Shard> = batches.iter().map(|b| first.shard.of_batch(*b)).collect();
            again.sort_by_key(|shard| shard.index);
            again.dedup();
            let again = list(again.iter().map(ToString::to_string).collect());
            format!("run `responder prove` with --shard {again}")
        }
        None => "run `responder prove` for them".to_owned(),
    };
    ExchangeError::input(subject, "no shard holds a valid proof of them", advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_batch_is_in_one_shard() {
        for batches in [0, 1, 7, 20] {
            for count in [1, 3, 30] {
                let mut all: Vec<u64> =
                    (1..=count).flat_map(|index| Shard { index, count }.batches(batches)).collect();
                all.sort_unstable();
                assert!(all.into_iter().eq(0..batches));
            }
        }
        let shard: Shard = "2/3".parse().unwrap();
        assert!(shard.batches(9).into_iter().all(|batch| shard.of_batch(batch) == shard));
    }

    #[test]
    fn only_shards_that_exist_are_read() {
        assert_eq!("3/8".parse::<Shard>().unwrap().to_string(), "3/8");
        for wrong in ["", "3", "0/8", "9/8", "1/0", "-1/8", "1/9999999", "1/2/3", "a/b"] {
            assert_eq!(wrong.parse::<Shard>(), Err(ShardError), "{wrong}");
        }
    }
}
