//! What is known of an item beside its content.

use crate::{Content, DateSource, Dated, Kind, Meta};

/// What is known of an item beside its content: from its bytes, its record and its
/// family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFacts {
    /// What it is; `None` if that is not told.
    pub kind: Option<Kind>,
    /// Its length in bytes; `None` if that is not told.
    pub size: Option<u64>,
    /// Its path in the container, from the record.
    pub path: Option<String>,
    /// Whose it is, from the record.
    pub custodian: Option<String>,
    /// The file's time on disk or in its container, in seconds since 1970.
    pub file_time: Option<i64>,
    /// What the mail that holds it says about itself.
    pub inherited: Option<Meta>,
    /// Message ids that its headers In-Reply-To and References name.
    pub references: Vec<String>,
    /// The kinds of signature that stand in it; `None` if nobody looked for them.
    pub signatures: Option<Signatures>,
    /// The domains (`d=`) of its DKIM signatures.
    pub dkim_domains: Vec<String>,
}

/// Kinds of signature that stand in an item. That one stands there does not say that it
/// is valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signatures(u8);

impl Signatures {
    /// A DKIM-Signature header.
    pub const DKIM: Self = Self(1);
    /// S/MIME: CMS, detached or opaque.
    pub const SMIME: Self = Self(2);
    /// OpenPGP.
    pub const OPENPGP: Self = Self(4);
    /// A signature within a PDF.
    pub const PDF: Self = Self(8);
    /// A signature within an office package.
    pub const OFFICE: Self = Self(16);

    /// Every kind, with its name in searches.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::DKIM, "dkim"),
        (Self::SMIME, "smime"),
        (Self::OPENPGP, "openpgp"),
        (Self::PDF, "pdf"),
        (Self::OFFICE, "office"),
    ];

    /// Both these and others.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether all of `others` are among these.
    #[must_use]
    pub fn has(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// One bit a kind, the highest free.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }
}

/// The first and the last day that a date may have: years 1 to 9999.
const DAYS: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;

/// The date of an item: its own if it is a mail, else that of the mail that holds it,
/// else a property of the document, else the file's time. A date outside of the years 1
/// to 9999 counts as none.
#[must_use]
pub fn date(content: &Content, facts: &ItemFacts) -> Option<Dated> {
    let own = content.meta.date.filter(is_in_calendar);
    let inherited = facts.inherited.as_ref().and_then(|mail| mail.date).filter(is_in_calendar);
    let file = facts.file_time.map(|seconds| Dated { seconds, source: DateSource::File });
    own.filter(|date| date.source == DateSource::Header)
        .or(inherited)
        .or(own)
        .or(file.filter(is_in_calendar))
}

fn is_in_calendar(date: &Dated) -> bool {
    DAYS.contains(&day(date.seconds))
}

/// The day of a moment, in UTC, counted from 1970-01-01.
#[must_use]
pub fn day(seconds: i64) -> i64 {
    seconds.div_euclid(86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mails_date_goes_before_a_files() {
        let dated = |seconds, source| Some(Dated { seconds, source });
        let mut content = Content::default();
        let mut facts = ItemFacts::default();
        assert_eq!(date(&content, &facts), None);
        facts.file_time = Some(-1);
        assert_eq!(date(&content, &facts).map(|date| day(date.seconds)), Some(-1));
        content.meta.date = dated(5, DateSource::Property);
        assert_eq!(date(&content, &facts), content.meta.date);
        facts.inherited = Some(Meta { date: dated(7, DateSource::Header), ..Meta::default() });
        assert_eq!(date(&content, &facts), dated(7, DateSource::Header));
        content.meta.date = dated(9, DateSource::Header);
        assert_eq!(date(&content, &facts), content.meta.date);
        content.meta.date = dated(i64::MAX, DateSource::Header);
        assert_eq!(date(&content, &facts), dated(7, DateSource::Header));
    }
}
