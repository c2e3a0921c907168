//! `lot.json`: all that the judge decides, before there is anything to choose from.

use std::fmt;
use std::str::FromStr;

use candor::exchange::formats::bundle::is_reason;
use candor::exchange::formats::text::Sha256Hex;
use candor::field::ScalarHex;
use serde::de::value::SeqAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::decimal::Decimal;
use super::filed::Artefact;
use super::population::{NoPopulation, Population};

/// Most strata of a lot.
const MAX_STRATA: usize = 64;
/// Most looks at a stratum.
const MAX_LOOKS: usize = 16;
/// Most bases that excuse a missing leaf.
const MAX_EXCUSES: usize = 64;
/// For a sample of everything.
const ALL: &str = "all";

/// `lot.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lot {
    /// [`Artefact::FORMAT`].
    pub format: String,
    /// Root of the corpus.
    pub root: ScalarHex,
    /// Digest of the request that the bundle answers; `None`: a lot over the root alone.
    pub request: Option<Sha256Hex>,
    /// 1, 2, … for each root.
    pub number: u64,
    /// Digest of the lot before.
    pub previous: Option<Sha256Hex>,
    /// What the nonce hashes to.
    pub nonce_sha256: Sha256Hex,
    /// To whom alone it is opened.
    pub recipient: Recipient,
    /// What is drawn from, in the order of [`Population`].
    pub strata: Vec<Stratum>,
    /// What is opened of the family of a drawn item.
    pub families: Families,
    /// Bases on which a drawn leaf may stay closed; ascending.
    pub excuse: Vec<String>,
    /// δ: the chance with which all that is said of the lot together may be wrong.
    pub error: Decimal,
}

/// A stratum, and how much is drawn of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stratum {
    /// The stratum.
    pub population: Population,
    /// How much.
    pub sample: Sample,
}

/// As people write it: `nonmatching=500,1500` or `outside=all`.
impl FromStr for Stratum {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, sample) = text.rsplit_once('=').ok_or("write a stratum as NAME=SIZE")?;
        let population = name.parse().map_err(|error: NoPopulation| error.to_string())?;
        let sample = match sample {
            ALL => Sample::All,
            _ => {
                let sizes = sample.split(',').map(|size| size.trim().parse());
                let sizes: Result<_, _> = sizes.collect();
                Sample::Looks(
                    sizes.map_err(|_| format!("`{sample}` is no size: write numbers, or all"))?,
                )
            }
        };
        let stratum = Self { population, sample };
        match problem_of_strata(std::slice::from_ref(&stratum)) {
            Some(problem) => Err(problem),
            None => Ok(stratum),
        }
    }
}

/// How much is drawn of a stratum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sample {
    /// One size for each look, ascending.
    Looks(Vec<u64>),
    /// All of it.
    All,
}

impl Sample {
    /// The size that is opened, of a stratum of `size` leaves.
    #[must_use]
    pub fn of(&self, size: u64) -> u64 {
        match self {
            Self::Looks(sizes) => sizes.last().map_or(0, |last| size.min(*last)),
            Self::All => size,
        }
    }

    /// The number of looks.
    #[must_use]
    pub fn looks(&self) -> u64 {
        match self {
            Self::Looks(sizes) => sizes.len() as u64,
            Self::All => 1,
        }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str(ALL),
            Self::Looks(sizes) => {
                let sizes: Vec<String> = sizes.iter().map(u64::to_string).collect();
                f.write_str(&sizes.join(","))
            }
        }
    }
}

impl Serialize for Sample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Looks(sizes) => sizes.serialize(serializer),
            Self::All => serializer.serialize_str(ALL),
        }
    }
}

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Sample;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("ascending sizes, or \"all\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Sample, E> {
                match text {
                    ALL => Ok(Sample::All),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, sizes: A) -> Result<Sample, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(sizes)).map(Sample::Looks)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// What is opened beside a drawn item. It is read, not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Families {
    /// All members of its family.
    Whole,
    /// The top item of its family.
    Top,
}

impl Families {
    /// The word in artefacts and arguments.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Top => "top",
        }
    }
}

impl FromStr for Families {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let known = [Self::Whole, Self::Top].into_iter().find(|families| families.name() == text);
        known.ok_or("write whole or top")
    }
}

/// A native age recipient, `age1…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient(age::x25519::Recipient);

impl Recipient {
    /// The key as the crate `age` has it.
    #[must_use]
    pub const fn key(&self) -> &age::x25519::Recipient {
        &self.0
    }
}

impl From<age::x25519::Recipient> for Recipient {
    fn from(key: age::x25519::Recipient) -> Self {
        Self(key)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Recipient {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Recipient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|problem| {
            de::Error::custom(format_args!("not a native age recipient: {problem}"))
        })
    }
}

impl Artefact for Lot {
    const FORMAT: &'static str = "candor lot 1";

    fn format(&self) -> &str {
        &self.format
    }

    fn problem(&self) -> Option<String> {
        if self.number == 0 || (self.number == 1) != self.previous.is_none() {
            return Some(
                "lots are numbered from 1, and all but the first name the one before".into(),
            );
        }
        if self.excuse.len() > MAX_EXCUSES || !self.excuse.is_sorted_by(|one, next| one < next) {
            return Some(format!("the bases that excuse are not in order, or over {MAX_EXCUSES}"));
        }
        if let Some(problem) = self.excuse.iter().find_map(|basis| is_reason(basis).err()) {
            return Some(format!("a basis that excuses: {problem}"));
        }
        if let Some(problem) = problem_of_strata(&self.strata) {
            return Some(problem);
        }
        let over_all = self.strata.iter().any(|stratum| stratum.population == Population::All);
        (over_all != self.request.is_none())
            .then(|| "a lot over the root alone draws from `all`, any other from its strata".into())
    }
}

/// What is wrong with the strata of a lot.
#[must_use]
pub fn problem_of_strata(strata: &[Stratum]) -> Option<String> {
    if strata.is_empty() || strata.len() > MAX_STRATA {
        return Some(format!("a lot has 1 to {MAX_STRATA} strata"));
    }
    if !strata.is_sorted_by(|one, next| one.population < next.population) {
        return Some("strata are not in order, or one is named twice".into());
    }
    for (number, Stratum { population, sample }) in (1..).zip(strata) {
        let later = strata.iter().skip(number);
        if let Some(other) = later
            .map(|other| &other.population)
            .find(|other| population.holds(other) || other.holds(population))
        {
            return Some(format!("the strata {population} and {other} share leaves"));
        }
        if let Sample::Looks(sizes) = sample {
            let possible = (1..=MAX_LOOKS).contains(&sizes.len())
                && sizes.first().is_some_and(|first| *first > 0)
                && sizes.is_sorted_by(|one, next| one < next);
            if !possible {
                return Some(format!(
                    "{population}: a sample is one to {MAX_LOOKS} ascending sizes from 1, or all"
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use candor::exchange::formats::json;

    use super::super::filed::Filed;
    use super::*;

    /// A lot that is in order.
    fn lot() -> Lot {
        let stratum = |name: &str, sample| Stratum { population: name.parse().unwrap(), sample };
        Lot {
            format: Lot::FORMAT.to_owned(),
            root: "07".repeat(32).parse().unwrap(),
            request: Some(Sha256Hex([2; 32])),
            number: 2,
            previous: Some(Sha256Hex([3; 32])),
            nonce_sha256: Sha256Hex([4; 32]),
            recipient: age::x25519::Identity::generate().to_public().into(),
            strata: vec![
                stratum("disclosed", Sample::All),
                stratum("nonmatching", Sample::Looks(vec![500, 1500])),
                stratum("outside", Sample::Looks(vec![300])),
            ],
            families: Families::Top,
            excuse: vec!["privilege/ac".into(), "privilege/wp".into()],
            error: "0.05".parse().unwrap(),
        }
    }

    #[test]
    fn a_lot_is_read_back() {
        let filed = Filed::of(lot());
        assert_eq!(Filed::parse(filed.bytes.clone()), Ok(filed.clone()));
        let text = String::from_utf8(filed.bytes).unwrap();
        let keys: Vec<&str> =
            text.lines().filter_map(|l| l.strip_prefix("  \"")?.split('"').next()).collect();
        let order = [
            "format",
            "root",
            "request",
            "number",
            "previous",
            "nonce_sha256",
            "recipient",
            "strata",
            "families",
            "excuse",
            "error",
        ];
        assert_eq!(keys, order);
        assert!(text.contains("\"sample\": \"all\"") && text.contains("\"error\": \"0.05\""));
    }

    #[test]
    fn nothing_else_is_read() {
        let broken = |change: &dyn Fn(&mut Lot)| {
            let mut lot = lot();
            change(&mut lot);
            Filed::<Lot>::parse(json::to_document(&lot)).unwrap_err()
        };
        let strata = |names: &[(&str, Sample)]| -> Vec<Stratum> {
            let of = |(name, sample): &(&str, Sample)| Stratum {
                population: name.parse().unwrap(),
                sample: sample.clone(),
            };
            names.iter().map(of).collect()
        };
        let one = || Sample::Looks(vec![1]);
        for (change, problem) in [
            (&(|lot: &mut Lot| lot.format = "candor lot 2".into()) as &dyn Fn(&mut Lot), "format"),
            (&|lot| lot.number = 0, "numbered"),
            (&|lot| lot.number = 1, "numbered"),
            (&|lot| lot.previous = None, "numbered"),
            (&|lot| lot.request = None, "root alone"),
            (&|lot| lot.strata = strata(&[("all", one())]), "root alone"),
            (&|lot| lot.strata = vec![], "1 to 64"),
            (&|lot| lot.strata = strata(&[("unreadable", one()), ("nonmatching", one())]), "order"),
            (&|lot| lot.strata = strata(&[("unreadable", one()), ("unreadable", one())]), "order"),
            (&|lot| lot.strata = strata(&[("outside", one()), ("outside:text", one())]), "share"),
            (
                &|lot| lot.strata = strata(&[("withheld", one()), ("withheld:other", one())]),
                "share",
            ),
            (&|lot| lot.strata = strata(&[("nonmatching", Sample::Looks(vec![]))]), "ascending"),
            (&|lot| lot.strata = strata(&[("nonmatching", Sample::Looks(vec![0]))]), "ascending"),
            (
                &|lot| lot.strata = strata(&[("nonmatching", Sample::Looks(vec![2, 2]))]),
                "ascending",
            ),
            (&|lot| lot.excuse = vec!["b".into(), "a".into()], "order"),
            (&|lot| lot.excuse = vec!["a\nb".into()], "control"),
        ] {
            let found = broken(change);
            assert!(found.contains(problem), "{found}: {problem}");
        }
        let text = String::from_utf8(Filed::of(lot()).bytes).unwrap();
        for (from, to) in [
            ("\"0.05\"", "\"0.050\""),
            ("\"0.05\"", "0.05"),
            ("\"all\"", "\"every\""),
            ("\"top\"", "\"none\""),
            ("age1", "age2"),
            ("\"families\"", "\"x\": 1,\n  \"families\""),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            assert!(Filed::<Lot>::parse(changed.into_bytes()).is_err(), "{from} {to}");
        }
    }

    #[test]
    fn a_stratum_is_read_as_people_write_it() {
        let of = |text: &str| text.parse::<Stratum>();
        let found = of("withheld:foia/b5=500, 1500").unwrap();
        assert_eq!(found.population.to_string(), "withheld:foia/b5");
        assert_eq!(found.sample, Sample::Looks(vec![500, 1500]));
        assert_eq!(of("outside=all").unwrap().sample, Sample::All);
        for odd in ["outside", "outside=", "outside=0", "outside=2,1", "x=1", "outside=-1"] {
            assert!(of(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_sample_is_no_more_than_there_is() {
        let looks = Sample::Looks(vec![500, 1500]);
        assert_eq!((looks.of(2000), looks.of(700), looks.looks()), (1500, 700, 2));
        assert_eq!((Sample::All.of(7), Sample::All.looks()), (7, 1));
    }
}
