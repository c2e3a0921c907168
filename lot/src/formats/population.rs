//! The names of the strata into which a bundle divides a corpus.

use std::fmt;
use std::str::FromStr;

use candor::CoarseKind;
use candor::exchange::formats::bundle::Basis;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const DISCLOSED: &str = "disclosed";
const WITHHELD: &str = "withheld";
const NONMATCHING: &str = "nonmatching";
const UNREADABLE: &str = "unreadable";
const OUTSIDE: &str = "outside";
const ALL: &str = "all";

/// A stratum. Their order is that of lots and drawings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Population {
    /// What the bundle discloses.
    Disclosed,
    /// What it withholds, on bases of this class or on any.
    Withheld(Option<String>),
    /// What does not match, and is neither disclosed nor withheld.
    Nonmatching,
    /// What the view cannot read, and is neither disclosed nor withheld.
    Unreadable,
    /// What is outside the view, of this kind or of any, and neither disclosed nor
    /// withheld. The kind is the responder's word.
    Outside(Option<CoarseKind>),
    /// Every leaf, for a lot over the root alone.
    All,
}

impl Population {
    /// Whether every leaf of `other` is one of this stratum too.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _)
            | (Self::Withheld(None), Self::Withheld(_))
            | (Self::Outside(None), Self::Outside(_)) => true,
            _ => self == other,
        }
    }

    /// The stratum of which this one is a part, whatever its basis or kind.
    #[must_use]
    pub fn whole(&self) -> Option<Self> {
        match self {
            Self::Withheld(Some(_)) => Some(Self::Withheld(None)),
            Self::Outside(Some(_)) => Some(Self::Outside(None)),
            _ => None,
        }
    }
}

impl fmt::Display for Population {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disclosed => f.write_str(DISCLOSED),
            Self::Withheld(None) => f.write_str(WITHHELD),
            Self::Withheld(Some(basis)) => write!(f, "{WITHHELD}:{basis}"),
            Self::Nonmatching => f.write_str(NONMATCHING),
            Self::Unreadable => f.write_str(UNREADABLE),
            Self::Outside(None) => f.write_str(OUTSIDE),
            Self::Outside(Some(kind)) => write!(f, "{OUTSIDE}:{kind}"),
            Self::All => f.write_str(ALL),
        }
    }
}

/// A text that names no stratum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPopulation(String);

impl fmt::Display for NoPopulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no stratum: write disclosed, withheld, withheld:BASIS, nonmatching, \
             unreadable, outside, outside:KIND or all; a basis as in withheld.jsonl, free text \
             and what names a leaf or a bundle as other, carries and produced",
            candor::printable::printable(&self.0)
        )
    }
}

impl std::error::Error for NoPopulation {}

impl FromStr for Population {
    type Err = NoPopulation;

    fn from_str(text: &str) -> Result<Self, NoPopulation> {
        let unknown = || NoPopulation(text.to_owned());
        Ok(match text.split_once(':') {
            None => match text {
                DISCLOSED => Self::Disclosed,
                WITHHELD => Self::Withheld(None),
                NONMATCHING => Self::Nonmatching,
                UNREADABLE => Self::Unreadable,
                OUTSIDE => Self::Outside(None),
                ALL => Self::All,
                _ => return Err(unknown()),
            },
            Some((WITHHELD, basis)) if Basis::is_class(basis) => {
                Self::Withheld(Some(basis.to_owned()))
            }
            Some((OUTSIDE, kind)) => Self::Outside(Some(kind.parse().map_err(|_| unknown())?)),
            Some(_) => return Err(unknown()),
        })
    }
}

impl Serialize for Population {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Population {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stratum_has_one_name() {
        let names = [
            "disclosed",
            "withheld",
            "withheld:other",
            "withheld:privilege/ac",
            "nonmatching",
            "unreadable",
            "outside",
            "outside:text",
            "outside:other",
            "all",
        ];
        let parsed: Vec<Population> = names.iter().map(|name| name.parse().unwrap()).collect();
        assert!(parsed.is_sorted());
        for (name, population) in names.iter().zip(&parsed) {
            assert_eq!(population.to_string(), *name);
        }
        for odd in [
            "",
            "All",
            "nonmatching:",
            "withheld:",
            "withheld:privilege/x",
            "withheld:carries/7",
            "outside:Text",
            "x",
        ] {
            assert!(odd.parse::<Population>().is_err(), "{odd:?}");
        }
    }

    #[test]
    fn a_whole_holds_its_parts() {
        let of = |name: &str| name.parse::<Population>().unwrap();
        for (whole, part) in
            [("withheld", "withheld:foia/b5"), ("outside", "outside:text"), ("all", "nonmatching")]
        {
            assert!(of(whole).holds(&of(part)) && !of(part).holds(&of(whole)));
        }
        assert!(of("unreadable").holds(&of("unreadable")));
        assert!(!of("withheld:foia/b5").holds(&of("withheld:foia/b6")));
    }
}
