//! What is known of an item beside its content.

use crate::{Content, DateFrom, DateSource, Dated, Inherited, Kind, Record, mail};

/// What is known of an item beside its content: from its bytes, its record and its
/// family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFacts {
    /// What it is; `None` if that is not told.
    pub kind: Option<Kind>,
    /// Its length in bytes; `None` if that is not told.
    pub size: Option<u64>,
    /// Its path, from the record; bytes that are not UTF-8 as U+FFFD.
    pub path: Option<String>,
    /// Whose it is, from the record, in the same way.
    pub custodian: Option<String>,
    /// The date of the record.
    pub recorded: Option<Dated>,
    /// What it inherits of the mail that holds it.
    pub inherited: Option<Inherited>,
    /// Its message ids.
    pub message_ids: Vec<String>,
    /// Message ids that its headers In-Reply-To and References name.
    pub references: Vec<String>,
    /// The kinds of signature that stand in it; `None` if nobody looked for them.
    pub signatures: Option<Signatures>,
    /// The domains (`d=`) of its DKIM signatures.
    pub dkim_domains: Vec<String>,
}

impl ItemFacts {
    /// What its bytes and its record say of an item. Signatures and pointers are looked for
    /// in mails and in Outlook messages.
    #[must_use]
    pub fn of(bytes: &[u8], kind: Kind, record: &Record) -> Self {
        let text = |name: &crate::Name| String::from_utf8_lossy(&name.0).into_owned();
        let source = match record.date_from {
            DateFrom::None => None,
            DateFrom::Header => Some(DateSource::Header),
            DateFrom::Property => Some(DateSource::Property),
            DateFrom::File => Some(DateSource::File),
        };
        let recorded = record.date.zip(source);
        let found = mail::thread::signatures_of(bytes, kind);
        let signatures = found.as_ref().map(|found| {
            let named = Signatures::ALL.into_iter().filter(|(_, name)| found.kinds.contains(name));
            named.fold(Signatures::default(), |all, (kind, _)| all.and(kind))
        });
        let found = found.unwrap_or_default();
        Self {
            kind: Some(kind),
            size: Some(bytes.len() as u64),
            path: Some(text(&record.path)),
            custodian: record.custodian.as_ref().map(text),
            recorded: recorded.map(|(moment, source)| Dated { seconds: moment.seconds(), source }),
            inherited: record.inherited.clone(),
            message_ids: found.message_ids,
            references: found.references,
            signatures,
            dkim_domains: found.dkim_domains,
        }
    }
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
    /// An ARC seal or signature.
    pub const ARC: Self = Self(8);

    /// Every kind, with its name in searches.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::DKIM, "dkim"), (Self::SMIME, "smime"), (Self::OPENPGP, "pgp"), (Self::ARC, "arc")];

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
/// else a property of the document, else that of the record. A date outside of the years
/// 1 to 9999 counts as none.
#[must_use]
pub fn date(content: &Content, facts: &ItemFacts) -> Option<Dated> {
    let own = content.meta.date.filter(is_in_calendar);
    let inherited = facts.inherited.as_ref().and_then(|mail| mail.date);
    let inherited = inherited
        .map(|moment| Dated { seconds: moment.seconds(), source: DateSource::Header })
        .filter(is_in_calendar);
    own.filter(|date| date.source == DateSource::Header)
        .or(inherited)
        .or(own)
        .or(facts.recorded.filter(is_in_calendar))
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
    use crate::{Budget, Moment, kind_of, read};

    #[test]
    fn a_mails_date_goes_before_a_files() {
        let dated = |seconds, source| Some(Dated { seconds, source });
        let mut content = Content::default();
        let mut facts = ItemFacts::default();
        assert_eq!(date(&content, &facts), None);
        facts.recorded = dated(-1, DateSource::File);
        assert_eq!(date(&content, &facts).map(|date| day(date.seconds)), Some(-1));
        content.meta.date = dated(5, DateSource::Property);
        assert_eq!(date(&content, &facts), content.meta.date);
        facts.inherited = Some(Inherited { date: Moment::from_seconds(7), ..Inherited::default() });
        assert_eq!(date(&content, &facts), dated(7, DateSource::Header));
        content.meta.date = dated(9, DateSource::Header);
        assert_eq!(date(&content, &facts), content.meta.date);
        content.meta.date = dated(i64::MAX, DateSource::Header);
        assert_eq!(date(&content, &facts), dated(7, DateSource::Header));
    }

    #[test]
    fn a_mail_and_its_record_say_what_is_known() {
        let mail = b"From: a@b.c\r\nTo: d@e.f\r\nMessage-ID: <x@y>\r\nReferences: <r@s> <t@u>\r\n\
            Date: Tue, 14 May 2019 07:30:00 +0000\r\nDKIM-Signature: v=1; d=B.c; h=from\r\n\r\nbody\r\n";
        let kind = kind_of(mail);
        let record = Record::of_file(b"jones/box/\xff.eml".to_vec());
        let facts = ItemFacts::of(mail, kind, &record);
        let content = read(mail, kind, &mut Budget::new()).unwrap();
        assert_eq!(facts.kind, Some(Kind::Mail));
        assert_eq!(facts.custodian.as_deref(), Some("jones"));
        assert_eq!(facts.path.as_deref(), Some("jones/box/\u{FFFD}.eml"));
        assert_eq!(facts.signatures, Some(Signatures::DKIM));
        assert_eq!(
            (facts.dkim_domains, facts.references),
            (vec!["b.c".into()], vec!["r@s".into(), "t@u".into()])
        );
        assert_eq!(
            date(&content, &ItemFacts::default()).map(|date| day(date.seconds)),
            Some(18_030)
        );
    }
}
