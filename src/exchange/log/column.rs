//! What stands in the rows of a log, and who vouches for it.

use super::{LogKind, LogRow};
use crate::exchange::formats::bundle::{Basis, LogEntry};
use crate::exchange::formats::leaves::Status;

/// Who vouches for a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It follows from the bundle and what is proved in it.
    Proved,
    /// It is the responder's word.
    Claimed,
}

impl Standing {
    /// The word in headings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Claimed => "claimed",
        }
    }
}

/// A column of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The number in the log. That nothing is left out is proved.
    Number,
    /// The leaf.
    Leaf,
    /// Whether it matches the request, or why it is withheld though it does not.
    Matches,
    /// Where it stands in its family, if that is opened.
    Family,
    /// Whether it is withheld whole, or a redacted copy is handed over.
    Treatment,
    /// What it is.
    Kind,
    /// Its date.
    Date,
    /// Who wrote it.
    Author,
    /// To whom.
    Recipients,
    /// Who received a copy.
    Copies,
    /// What it is about.
    Description,
    /// The bases, as they are spelled in artefacts.
    Basis,
    /// The same in words.
    Meaning,
    /// The harm that is foreseen.
    Harm,
    /// What became of the rest of it.
    Segregable,
    /// How the judge confirmed the basis, if it could.
    Confirmed,
    /// Which passages of the redacted copy are blacked out.
    Passages,
    /// Why they are.
    PassagesBasis,
    /// The redacted copy's name in the bundle, and its SHA-256.
    Copy,
}

impl Column {
    /// The columns of a privilege log.
    pub(super) const PRIVILEGE: [Self; 17] = [
        Self::Number,
        Self::Leaf,
        Self::Matches,
        Self::Family,
        Self::Treatment,
        Self::Date,
        Self::Kind,
        Self::Author,
        Self::Recipients,
        Self::Copies,
        Self::Description,
        Self::Basis,
        Self::Meaning,
        Self::Confirmed,
        Self::Passages,
        Self::PassagesBasis,
        Self::Copy,
    ];
    /// The columns of a Vaughn index.
    pub(super) const VAUGHN: [Self; 18] = [
        Self::Number,
        Self::Leaf,
        Self::Matches,
        Self::Family,
        Self::Treatment,
        Self::Date,
        Self::Kind,
        Self::Author,
        Self::Recipients,
        Self::Description,
        Self::Basis,
        Self::Meaning,
        Self::Harm,
        Self::Segregable,
        Self::Confirmed,
        Self::Passages,
        Self::PassagesBasis,
        Self::Copy,
    ];

    /// Its name in a log.
    #[must_use]
    pub const fn name(self, kind: LogKind) -> &'static str {
        match self {
            Self::Number => "no.",
            Self::Leaf => "leaf",
            Self::Matches => "matches",
            Self::Family => "family",
            Self::Treatment => "treatment",
            Self::Kind => "document type",
            Self::Date => "date",
            Self::Author => "author",
            Self::Recipients => "recipients",
            Self::Copies => "copies",
            Self::Description => "description",
            Self::Basis => match kind {
                LogKind::Privilege => "basis",
                LogKind::Vaughn => "exemption",
            },
            Self::Meaning => match kind {
                LogKind::Privilege => "privilege",
                LogKind::Vaughn => "justification",
            },
            Self::Harm => "foreseeable harm",
            Self::Segregable => "segregable parts",
            Self::Confirmed => "basis confirmed",
            Self::Passages => "passages blacked out",
            Self::PassagesBasis => "blacked out for",
            Self::Copy => "redacted copy, not the committed bytes",
        }
    }

    /// Who vouches for it.
    #[must_use]
    pub const fn standing(self) -> Standing {
        match self {
            Self::Number
            | Self::Leaf
            | Self::Matches
            | Self::Family
            | Self::Treatment
            | Self::Confirmed
            | Self::Copy => Standing::Proved,
            Self::Kind
            | Self::Date
            | Self::Author
            | Self::Recipients
            | Self::Copies
            | Self::Description
            | Self::Basis
            | Self::Meaning
            | Self::Harm
            | Self::Segregable
            | Self::Passages
            | Self::PassagesBasis => Standing::Claimed,
        }
    }

    /// Whether nothing may stand in it.
    #[must_use]
    pub const fn may_be_empty(self) -> bool {
        !matches!(
            self,
            Self::Number
                | Self::Leaf
                | Self::Matches
                | Self::Treatment
                | Self::Basis
                | Self::Meaning
        )
    }

    /// What stands in it; empty if nothing is said.
    #[must_use]
    pub fn cell(self, row: &LogRow) -> String {
        let log = |field: fn(&LogEntry) -> Option<&String>| {
            row.withheld.log.as_ref().and_then(field).cloned().unwrap_or_default()
        };
        let copy = row.substitute.as_ref();
        match self {
            Self::Number => row.number.to_string(),
            Self::Leaf => row.withheld.leaf.to_string(),
            Self::Matches => match row.status {
                Status::Matched => "yes",
                Status::Unmatched => "no, but its family does",
                Status::Unreadable => "unreadable, but its family does",
                Status::Outside => "not of a kind asked about, but its family does",
            }
            .to_owned(),
            Self::Family => row.place.map_or_else(String::new, |place| {
                let member = place.ordinal.saturating_add(1);
                let of = format!("member {member} of {}", place.count);
                place.top.map_or(of.clone(), |top| format!("{of}, below leaf {top}"))
            }),
            Self::Treatment => {
                if copy.is_some() { "redacted copy handed over" } else { "withheld" }.to_owned()
            }
            Self::Kind => log(|log| log.kind.as_ref()),
            Self::Date => log(|log| log.date.as_ref()),
            Self::Author => log(|log| log.author.as_ref()),
            Self::Recipients => log(|log| log.recipients.as_ref()),
            Self::Copies => log(|log| log.cc.as_ref()),
            Self::Description => log(|log| log.description.as_ref()),
            Self::Basis => row.withheld.basis.to_string(),
            Self::Meaning => {
                let all: Vec<String> = row.withheld.basis.iter().map(Basis::meaning).collect();
                all.join("; ")
            }
            Self::Harm => log(|log| log.harm.as_ref()),
            Self::Segregable => {
                let said = row.withheld.log.as_ref().and_then(|log| log.segregable);
                said.map_or_else(String::new, |said| said.name().to_owned())
            }
            Self::Confirmed => row.confirmed.unwrap_or_default().to_owned(),
            Self::Passages => copy.and_then(|copy| copy.passages.clone()).unwrap_or_default(),
            Self::PassagesBasis => copy.map_or_else(String::new, |copy| copy.basis.to_string()),
            Self::Copy => copy.map_or_else(String::new, |copy| {
                format!("{}, SHA-256 {}", copy.file_name(), copy.sha256)
            }),
        }
    }
}
