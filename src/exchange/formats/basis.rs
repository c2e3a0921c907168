//! Why a document is withheld: words with one meaning each, and free text.
//!
//! * [`Basis`]: one reason, with one spelling
//! * [`ByProgram`]: those that the program gives, which the judge can read again
//! * [`Claim`]: those that the law knows and counsel claims
//! * [`Bases`]: the reasons for one document, the first of which it is counted under

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text::Sha256Hex;
use super::words;

/// What a basis begins with that is free text.
pub const OTHER: &str = "other/";
/// What the basis of a document begins with that is withheld only because its bytes hold
/// those of another, which is withheld; that one's leaf follows.
pub const CARRIES: &str = "carries/";
/// What the basis of a document begins with that was handed over before; the digest of
/// that bundle's `tagmanifest-sha256.txt` follows.
pub const PRODUCED: &str = "produced/";
/// What documents are counted under that were handed over before.
pub const PRODUCED_CLASS: &str = "produced";
/// Longest free text after [`OTHER`], in Unicode scalar values.
pub const MAX_OTHER_CHARS: usize = 200;
/// Most bases for one document.
pub(crate) const MAX_BASES: usize = 8;

/// Why the program itself withholds a document that matches: the judge, to whom alone it
/// is opened, reads it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ByProgram {
    /// The wide form of a line holds of it, and no line does.
    Settled,
    /// Not even the wide form of a line holds of its own tokens: bits of its filter
    /// coincide.
    ChanceMatch,
    /// It matches only because it has no date.
    Undated,
}

impl ByProgram {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Settled, Self::ChanceMatch, Self::Undated];

    /// The word in artefacts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::ChanceMatch => "chance-match",
            Self::Undated => "undated",
        }
    }

    /// What it means, in a log.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Settled => "the text holds no line of the search",
            Self::ChanceMatch => "matches the filter by chance",
            Self::Undated => "matches for want of a date",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|basis| basis.name() == name)
    }
}

/// A basis that the law knows. That it applies is the responder's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    name: &'static str,
    meaning: &'static str,
}

const fn claim(name: &'static str, meaning: &'static str) -> Claim {
    Claim { name, meaning }
}

impl Claim {
    /// All of them, in the order in which they are listed to people. FOIA is
    /// 5 U.S.C. 552(b).
    pub const ALL: [Self; 36] = [
        claim("privilege/ac", "attorney-client privilege"),
        claim("privilege/wp", "attorney work product"),
        claim("privilege/common-interest", "common interest privilege"),
        claim("privilege/joint-defense", "joint defense privilege"),
        claim("privilege/legal-advice", "legal advice privilege"),
        claim("privilege/litigation", "litigation privilege"),
        claim("privilege/without-prejudice", "without prejudice privilege"),
        claim("privilege/mediation", "mediation privilege"),
        claim("privilege/deliberative", "deliberative process privilege"),
        claim("privilege/executive", "executive privilege"),
        claim("privilege/public-interest", "public interest immunity"),
        claim("privilege/state-secrets", "state secrets privilege"),
        claim("privilege/law-enforcement", "law enforcement privilege"),
        claim("privilege/informant", "informant's privilege"),
        claim("privilege/self-incrimination", "privilege against self-incrimination"),
        claim("privilege/medical", "physician or psychotherapist and patient privilege"),
        claim("privilege/spousal", "spousal privilege"),
        claim("privilege/clergy", "clergy privilege"),
        claim("privilege/journalist", "journalist's privilege"),
        claim("foia/b1", "exemption (b)(1): classified for national defense or foreign policy"),
        claim("foia/b2", "exemption (b)(2): internal personnel rules and practices"),
        claim("foia/b3", "exemption (b)(3): exempted by another statute"),
        claim("foia/b4", "exemption (b)(4): trade secrets, confidential business information"),
        claim("foia/b5", "exemption (b)(5): privileged memoranda within or among agencies"),
        claim("foia/b6", "exemption (b)(6): personal privacy"),
        claim("foia/b7", "exemption (b)(7): records compiled for law enforcement"),
        claim("foia/b7a", "exemption (b)(7)(A): enforcement proceedings"),
        claim("foia/b7b", "exemption (b)(7)(B): fair trial"),
        claim("foia/b7c", "exemption (b)(7)(C): personal privacy in law enforcement records"),
        claim("foia/b7d", "exemption (b)(7)(D): confidential source"),
        claim("foia/b7e", "exemption (b)(7)(E): techniques and procedures"),
        claim("foia/b7f", "exemption (b)(7)(F): life or physical safety"),
        claim("foia/b8", "exemption (b)(8): supervision of financial institutions"),
        claim("foia/b9", "exemption (b)(9): information on wells"),
        claim("gdpr/third-party", "personal data of others, Article 15(4) GDPR"),
        claim("gdpr/trade-secret", "trade secrets, Article 15(4) GDPR"),
    ];

    /// The word in artefacts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// What it means, in a log.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        self.meaning
    }

    /// The one of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|claim| claim.name == name)
    }
}

/// Why a document is withheld.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The program says so.
    Program(ByProgram),
    /// The responder claims what the law knows.
    Claim(Claim),
    /// Its bytes hold those of the document of this leaf, which is withheld for itself.
    Carries(u64),
    /// It was handed over in the bundle whose `tagmanifest-sha256.txt` has this digest.
    Produced(Sha256Hex),
    /// The responder's own words: 1 to [`MAX_OTHER_CHARS`] characters.
    Other(String),
}

/// Why a text is no basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BasisError {
    /// No known word, and no free text.
    #[error("no known basis")]
    Unknown,
    /// What follows `carries/` is not the number of a leaf.
    #[error("a basis that names no leaf")]
    NoLeaf,
    /// What follows `produced/` is not a digest.
    #[error("a basis that names no bundle by its digest")]
    NoBundle,
    /// What follows `other/` cannot be shown.
    #[error("{0}")]
    Words(&'static str),
    /// There is none, there are too many, or one stands there twice.
    #[error("no bases, too many, or one twice")]
    Number,
    /// A basis that excludes others stands beside one.
    #[error("a basis that stands alone beside another")]
    NotAlone,
}

impl Basis {
    /// What it is counted under: its name, or `carries`, `produced` or `other` without
    /// what follows. One of finitely many.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self {
            Self::Program(basis) => basis.name(),
            Self::Claim(claim) => claim.name(),
            Self::Carries(_) => "carries",
            Self::Produced(_) => PRODUCED_CLASS,
            Self::Other(_) => "other",
        }
    }

    /// Whether no other basis can stand beside it.
    #[must_use]
    pub const fn stands_alone(&self) -> bool {
        matches!(self, Self::Program(_) | Self::Carries(_) | Self::Produced(_))
    }

    /// Whether something can be counted under this name.
    #[must_use]
    pub fn is_class(name: &str) -> bool {
        ByProgram::of_name(name).is_some()
            || Claim::of_name(name).is_some()
            || ["carries", PRODUCED_CLASS, "other"].contains(&name)
    }

    /// What it means, in a log.
    #[must_use]
    pub fn meaning(&self) -> String {
        match self {
            Self::Program(basis) => basis.meaning().to_owned(),
            Self::Claim(claim) => claim.meaning().to_owned(),
            Self::Carries(leaf) => format!("holds leaf {leaf}, which is withheld"),
            Self::Produced(bundle) => format!("produced in bundle {bundle}"),
            Self::Other(words) => words.clone(),
        }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(basis) => f.write_str(basis.name()),
            Self::Claim(claim) => f.write_str(claim.name()),
            Self::Carries(leaf) => write!(f, "{CARRIES}{leaf}"),
            Self::Produced(bundle) => write!(f, "{PRODUCED}{bundle}"),
            Self::Other(words) => write!(f, "{OTHER}{words}"),
        }
    }
}

impl FromStr for Basis {
    type Err = BasisError;

    fn from_str(text: &str) -> Result<Self, BasisError> {
        if let Some(basis) = ByProgram::of_name(text) {
            return Ok(Self::Program(basis));
        }
        if let Some(claim) = Claim::of_name(text) {
            return Ok(Self::Claim(claim));
        }
        if let Some(leaf) = text.strip_prefix(CARRIES) {
            let number = leaf.parse().ok().filter(|number: &u64| number.to_string() == leaf);
            return number.map(Self::Carries).ok_or(BasisError::NoLeaf);
        }
        if let Some(bundle) = text.strip_prefix(PRODUCED) {
            return Sha256Hex::parse(bundle).map(Self::Produced).ok_or(BasisError::NoBundle);
        }
        let words = text.strip_prefix(OTHER).ok_or(BasisError::Unknown)?;
        words::check(words, MAX_OTHER_CHARS).map_err(BasisError::Words)?;
        Ok(Self::Other(words.to_owned()))
    }
}

/// Why one document is withheld: 1 to 8 different bases. One that
/// [stands alone](Basis::stands_alone) has none beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Bases {
    first: Basis,
    more: Vec<Basis>,
}

impl Bases {
    /// # Errors
    /// If there are none, too many, one twice, or one beside another that stands alone.
    pub fn new(bases: Vec<Basis>) -> Result<Self, BasisError> {
        let count = bases.len();
        if count > MAX_BASES {
            return Err(BasisError::Number);
        }
        if count > 1 && bases.iter().any(Basis::stands_alone) {
            return Err(BasisError::NotAlone);
        }
        let mut bases = bases.into_iter();
        let first = bases.next().ok_or(BasisError::Number)?;
        let more: Vec<Basis> = bases.collect();
        let all: std::collections::BTreeSet<&Basis> = more.iter().chain([&first]).collect();
        if all.len() != count {
            return Err(BasisError::Number);
        }
        Ok(Self { first, more })
    }

    /// The one that the document is counted under.
    #[must_use]
    pub const fn first(&self) -> &Basis {
        &self.first
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Basis> {
        [&self.first].into_iter().chain(&self.more)
    }
}

impl From<Basis> for Bases {
    fn from(first: Basis) -> Self {
        Self { first, more: Vec::new() }
    }
}

impl From<Bases> for Vec<String> {
    fn from(bases: Bases) -> Self {
        bases.iter().map(Basis::to_string).collect()
    }
}

impl TryFrom<Vec<String>> for Bases {
    type Error = BasisError;

    fn try_from(texts: Vec<String>) -> Result<Self, BasisError> {
        Self::new(texts.iter().map(|text| text.parse()).collect::<Result<_, _>>()?)
    }
}

/// The bases with `; ` between them, as in a cell of a list.
impl fmt::Display for Bases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.iter().map(Basis::to_string).collect();
        f.write_str(&all.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_basis_has_one_spelling() {
        let digest = "ab".repeat(32);
        let mut spelled: Vec<String> = Claim::ALL.map(|claim| claim.name().to_owned()).into();
        spelled.extend(ByProgram::ALL.map(|basis| basis.name().to_owned()));
        spelled.extend(
            ["carries/0", "carries/17", "other/Mandat d’avocat", "other/settled"]
                .map(str::to_owned),
        );
        spelled.push(format!("produced/{digest}"));
        for text in &spelled {
            let basis: Basis = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(basis.to_string(), *text);
            assert!(text.starts_with(basis.class()), "{text}");
        }
        let names: std::collections::BTreeSet<&String> = spelled.iter().collect();
        assert_eq!(names.len(), spelled.len());
        for (text, error) in [
            ("", BasisError::Unknown),
            ("privileged", BasisError::Unknown),
            ("privilege/AC", BasisError::Unknown),
            ("privilege/", BasisError::Unknown),
            ("foia/b10", BasisError::Unknown),
            (" settled", BasisError::Unknown),
            ("carries/", BasisError::NoLeaf),
            ("carries/017", BasisError::NoLeaf),
            ("carries/+1", BasisError::NoLeaf),
            ("carries/x", BasisError::NoLeaf),
            ("produced/ab", BasisError::NoBundle),
            (&format!("produced/{}", "AB".repeat(32)), BasisError::NoBundle),
        ] {
            assert_eq!(text.parse::<Basis>(), Err(error), "{text}");
        }
        for text in ["other/", "other/a\u{202e}b", "other/ a", "other/a\tb"] {
            assert!(matches!(text.parse::<Basis>(), Err(BasisError::Words(_))), "{text}");
        }
        assert!(format!("other/{}", "é".repeat(200)).parse::<Basis>().is_ok());
        assert!(format!("other/{}", "é".repeat(201)).parse::<Basis>().is_err());
    }

    #[test]
    fn bases_are_different_and_some_stand_alone() {
        let of = |texts: &[&str]| {
            Bases::try_from(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
        };
        let two = of(&["privilege/ac", "privilege/wp"]).unwrap();
        assert_eq!(two.first().class(), "privilege/ac");
        assert_eq!(two.to_string(), "privilege/ac; privilege/wp");
        assert_eq!(serde_json::to_string(&two).unwrap(), r#"["privilege/ac","privilege/wp"]"#);
        assert_ne!(of(&["privilege/wp", "privilege/ac"]), Ok(two));
        assert!(of(&["foia/b5", "other/seal of court"]).is_ok());
        assert_eq!(of(&[]), Err(BasisError::Number));
        assert_eq!(of(&["foia/b5", "foia/b5"]), Err(BasisError::Number));
        let many: Vec<&str> = Claim::ALL.iter().map(|claim| claim.name()).collect();
        assert!(of(&many[..MAX_BASES]).is_ok());
        assert_eq!(of(&many[..=MAX_BASES]), Err(BasisError::Number));
        let digest = format!("produced/{}", "ab".repeat(32));
        for alone in ["settled", "carries/3", &digest] {
            assert!(of(&[alone]).is_ok());
            assert_eq!(of(&[alone, "foia/b5"]), Err(BasisError::NotAlone), "{alone}");
            assert_eq!(of(&["foia/b5", alone]), Err(BasisError::NotAlone), "{alone}");
        }
    }
}
