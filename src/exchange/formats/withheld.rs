//! The list of withheld documents, and the list of redacted copies beside them.

use serde::{Deserialize, Serialize};

use super::basis::{Bases, Basis, ByProgram};
use super::entry::Entry;
use super::text::Sha256Hex;
use super::words::{self, harmless_extension};
use crate::corpus::views::MAX_FILE_BYTES;

/// The folder of redacted copies.
pub(crate) const SUBSTITUTES: &str = "data/substitutes";
/// Longest text of the fields [`LogEntry::kind`] and [`LogEntry::date`], in Unicode scalar
/// values.
pub const MAX_SHORT_CHARS: usize = 200;
/// Longest text of the others.
pub const MAX_LONG_CHARS: usize = 4_000;

/// A line of `withheld.jsonl`: a document that is not released although it matches or
/// belongs to a family that does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// Leaf index.
    pub leaf: u64,
    /// Why it is withheld.
    pub basis: Bases,
    /// What the responder says of it; never of a document that the program withholds.
    pub log: Option<LogEntry>,
}

/// What counsel writes of a withheld document: all of it the responder's word, and all of
/// it public. At least one field is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// What it is: a mail, a memorandum.
    pub kind: Option<String>,
    /// Its date, in any form.
    pub date: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// To whom.
    pub recipients: Option<String>,
    /// Who received a copy.
    pub cc: Option<String>,
    /// What it is about, so that the claim can be assessed without its content.
    pub description: Option<String>,
    /// The harm that is foreseen of a disclosure.
    pub harm: Option<String>,
    /// What became of the rest of it.
    pub segregable: Option<Segregable>,
}

/// What became of the parts of a withheld document that no basis covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Segregable {
    /// There are none that can be told apart: the responder's word.
    None,
    /// They are in the redacted copy that is in the bundle.
    Released,
}

impl Segregable {
    /// The word in artefacts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Released => "released",
        }
    }
}

impl LogEntry {
    /// The texts with their names and their greatest lengths.
    pub(crate) fn texts(&self) -> [(&'static str, Option<&String>, usize); 7] {
        [
            ("kind", self.kind.as_ref(), MAX_SHORT_CHARS),
            ("date", self.date.as_ref(), MAX_SHORT_CHARS),
            ("author", self.author.as_ref(), MAX_LONG_CHARS),
            ("recipients", self.recipients.as_ref(), MAX_LONG_CHARS),
            ("cc", self.cc.as_ref(), MAX_LONG_CHARS),
            ("description", self.description.as_ref(), MAX_LONG_CHARS),
            ("harm", self.harm.as_ref(), MAX_LONG_CHARS),
        ]
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Withheld {
    /// A document of which nothing more is said.
    #[must_use]
    pub fn of(leaf: u64, basis: Basis) -> Self {
        Self { leaf, basis: basis.into(), log: None }
    }

    /// What it is counted under.
    #[must_use]
    pub const fn basis(&self) -> &Basis {
        self.basis.first()
    }

    /// Why the program withholds it, if the program does.
    #[must_use]
    pub const fn by_program(&self) -> Option<ByProgram> {
        match self.basis() {
            Basis::Program(basis) => Some(*basis),
            _ => None,
        }
    }

    /// The leaf that this one carries, if it is withheld only because of that.
    #[must_use]
    pub const fn carries(&self) -> Option<u64> {
        match self.basis() {
            Basis::Carries(leaf) => Some(*leaf),
            _ => None,
        }
    }

    /// The bundle in which it was handed over, if it is withheld only because of that.
    #[must_use]
    pub const fn produced(&self) -> Option<Sha256Hex> {
        match self.basis() {
            Basis::Produced(bundle) => Some(*bundle),
            _ => None,
        }
    }

    /// Whether a redacted copy is said to be in the bundle.
    #[must_use]
    pub fn has_substitute(&self) -> bool {
        self.log.as_ref().is_some_and(|log| log.segregable == Some(Segregable::Released))
    }
}

impl Entry for Withheld {
    fn leaf(&self) -> u64 {
        self.leaf
    }

    fn problem(&self) -> Option<&'static str> {
        let log = self.log.as_ref()?;
        if self.by_program().is_some() {
            return Some("words on a document that the program withholds");
        }
        if log.is_empty() {
            return Some("an entry that says nothing");
        }
        let wrong = |(_, text, most): (_, Option<&String>, usize)| words::check(text?, most).err();
        log.texts().into_iter().find_map(wrong)
    }
}

/// A line of `substitutes.jsonl`: a redacted copy that is handed over in the place of a
/// withheld document. It is *not* what was committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Substitute {
    /// Leaf of the withheld document.
    pub leaf: u64,
    /// Length of the copy.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Sha256Hex,
    /// What the copy's name ends with, after the dot: 1 to 8 of a to z and 0 to 9.
    pub extension: String,
    /// Why passages are blacked out.
    pub basis: Bases,
    /// Which passages: the responder's word.
    pub passages: Option<String>,
}

impl Substitute {
    /// Name of the copy: its leaf, and a harmless extension.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{SUBSTITUTES}/{:08}.{}", self.leaf, self.extension)
    }
}

impl Entry for Substitute {
    fn leaf(&self) -> u64 {
        self.leaf
    }

    fn problem(&self) -> Option<&'static str> {
        if harmless_extension(self.extension.as_bytes()).as_ref() != Some(&self.extension) {
            return Some("an extension of other than 1 to 8 small letters and digits");
        }
        if self.bytes > MAX_FILE_BYTES {
            return Some("a redacted copy of more than 64 MiB");
        }
        if matches!(self.basis.first(), Basis::Program(_) | Basis::Produced(_)) {
            return Some("a basis that no passage is blacked out for");
        }
        words::check(self.passages.as_ref()?, MAX_LONG_CHARS).err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::formats::json;

    fn line(basis: &str, log: Option<LogEntry>) -> Withheld {
        Withheld { log, ..Withheld::of(7, basis.parse().unwrap()) }
    }

    #[test]
    fn a_line_has_one_encoding() {
        let said = LogEntry {
            description: Some("advice on the fee".to_owned()),
            segregable: Some(Segregable::None),
            ..LogEntry::default()
        };
        let written = json::to_line(&line("privilege/ac", Some(said)));
        let expected = r#"{"leaf":7,"basis":["privilege/ac"],"log":{"kind":null,"date":null,"author":null,"recipients":null,"cc":null,"description":"advice on the fee","harm":null,"segregable":"none"}}"#;
        assert_eq!(String::from_utf8(written).unwrap(), format!("{expected}\n"));
        let read = |text: &str| json::from_line::<Withheld>(format!("{text}\n").as_bytes());
        assert_eq!(read(expected).unwrap().basis().class(), "privilege/ac");
        assert!(read(r#"{"leaf":7,"basis":["settled"],"log":null}"#).is_ok());
        for wrong in [
            r#"{"leaf":7,"reason":"privileged"}"#,
            r#"{"leaf":7,"basis":["privileged"],"log":null}"#,
            r#"{"leaf":7,"basis":"settled","log":null}"#,
            r#"{"leaf":7,"basis":[],"log":null}"#,
            r#"{"leaf":7,"basis":["settled"]}"#,
            r#"{"leaf":7,"log":null,"basis":["settled"]}"#,
            r#"{"leaf":7,"basis":["settled"],"log":{}}"#,
            &expected.replace("none", "None"),
            &expected.replace("\"kind\":null,", ""),
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_said_of_a_document_can_be_read() {
        let said = |text: &str| LogEntry { harm: Some(text.to_owned()), ..LogEntry::default() };
        assert_eq!(line("foia/b5", None).problem(), None);
        assert_eq!(line("foia/b5", Some(said("candour of officials"))).problem(), None);
        assert!(line("foia/b5", Some(LogEntry::default())).problem().is_some());
        assert!(line("foia/b5", Some(said(""))).problem().is_some());
        assert!(line("foia/b5", Some(said("a\u{202e}b"))).problem().is_some());
        assert!(line("foia/b5", Some(said(&"é".repeat(MAX_LONG_CHARS)))).problem().is_none());
        assert!(line("foia/b5", Some(said(&"é".repeat(MAX_LONG_CHARS + 1)))).problem().is_some());
        let dated = LogEntry { date: Some("é".repeat(201)), ..LogEntry::default() };
        assert!(line("foia/b5", Some(dated)).problem().is_some());
        assert!(line("settled", Some(said("none"))).problem().is_some());
        assert_eq!(line("carries/3", Some(said("as leaf 3"))).problem(), None);
    }

    #[test]
    fn a_line_tells_what_it_is_counted_under() {
        assert_eq!(line("carries/17", None).carries(), Some(17));
        assert_eq!(line("settled", None).by_program(), Some(ByProgram::Settled));
        let digest = "ab".repeat(32);
        let produced = line(&format!("produced/{digest}"), None).produced();
        assert_eq!(produced.map(|digest| digest.to_string()), Some(digest));
        let other = line("other/privileged", None);
        assert_eq!((other.carries(), other.by_program(), other.produced()), (None, None, None));
    }

    #[test]
    fn redacted_copies_have_harmless_names() {
        let copy = Substitute {
            leaf: 12,
            bytes: 3,
            sha256: Sha256Hex([0; 32]),
            extension: "pdf".to_owned(),
            basis: Basis::Claim(super::super::basis::Claim::of_name("foia/b6").unwrap()).into(),
            passages: Some("page 2, lines 4 to 9".to_owned()),
        };
        assert_eq!(copy.problem(), None);
        assert_eq!(copy.file_name(), "data/substitutes/00000012.pdf");
        for extension in ["", "PDF", "p/f", "../x", "toolongxx", "p.f"] {
            let named = Substitute { extension: extension.to_owned(), ..copy.clone() };
            assert!(named.problem().is_some(), "{extension}");
        }
        let digest = format!("produced/{}", "ab".repeat(32));
        for basis in ["settled", &digest] {
            let based =
                Substitute { basis: basis.parse::<Basis>().unwrap().into(), ..copy.clone() };
            assert!(based.problem().is_some(), "{basis}");
        }
        let long = Substitute { bytes: MAX_FILE_BYTES + 1, ..copy.clone() };
        assert!(long.problem().is_some());
        assert!(Substitute { passages: Some(String::new()), ..copy }.problem().is_some());
    }
}
