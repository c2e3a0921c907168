//! The first chunk: plain facts of an item. Code 0 always says that a fact is missing.

use crate::{
    Content, DateSource, Dated, Kind,
    terms::{ItemFacts, Terms, addresses, date, day, inherited_addresses},
};

/// A fact in the first chunk: a big-endian number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// The day of the date, in UTC; 1 is 1 January of year 1, 719,163 is 1970-01-01.
    Date,
    /// Where the date comes from: 1 header, 2 property, 3 file.
    DateSource,
    /// The coarse kind's code.
    CoarseKind,
    /// The kind's code ([`kind_code`]).
    Kind,
    /// The class of the size in bytes ([`size_class`]).
    SizeClass,
    /// One more than the number of recipients, at most 65,535; missing if the item is no
    /// mail and none holds it.
    Recipients,
    /// One more than the number of distinct words, at most 2²⁴ − 1.
    Words,
    /// 128 + one bit for each kind of signature that stands in it.
    Signatures,
}

impl Fact {
    /// Where its bytes stand in the view, all within the first word. Thirteen to 28 are
    /// reserved, and zero.
    #[must_use]
    pub fn bytes(self) -> std::ops::Range<usize> {
        match self {
            Self::Date => 0..3,
            Self::DateSource => 3..4,
            Self::CoarseKind => 4..5,
            Self::Kind => 5..6,
            Self::SizeClass => 6..7,
            Self::Recipients => 7..9,
            Self::Words => 9..12,
            Self::Signatures => 12..13,
        }
    }

    /// The greatest code that its bytes hold.
    #[must_use]
    pub fn most(self) -> u32 {
        (1 << (8 * self.bytes().len())) - 1
    }

    /// Its code in a view; 0, missing, if the view is too short.
    #[must_use]
    pub fn read(self, view: &[u8]) -> u32 {
        let bytes = view.get(self.bytes()).unwrap_or_default();
        bytes.iter().fold(0, |code, &byte| code << 8 | u32::from(byte))
    }

    fn write(self, view: &mut [u8], code: u32) {
        let range = self.bytes();
        let code = code.min(self.most()).to_be_bytes();
        let bytes = code.get(code.len() - range.len()..).unwrap_or_default();
        if let Some(place) = view.get_mut(range) {
            place.copy_from_slice(bytes);
        }
    }
}

/// Days from 31 December of the year before year 1 to 1970-01-01.
const FIRST_DAY: i64 = 719_163;

/// The code of a day that is counted from 1970-01-01; days of the years 1 to 9999.
#[must_use]
pub fn date_code(day: i64) -> u32 {
    u32::try_from(day.saturating_add(FIRST_DAY)).unwrap_or(0)
}

/// The class of a size: four classes an octave, so that each is at most a quarter wider
/// than its least size. Classes grow with sizes; 1 is the empty item.
#[must_use]
pub fn size_class(bytes: u64) -> u8 {
    if bytes < 4 {
        return bytes as u8 + 1;
    }
    let octave = bytes.ilog2();
    let quarter = bytes >> (octave - 2) & 3;
    ((octave - 2) * 4) as u8 + quarter as u8 + 5
}

/// The code of a kind: never 0, and the same in every version.
#[must_use]
pub fn kind_code(kind: Kind) -> u8 {
    match kind {
        Kind::Empty => 1,
        Kind::Text => 2,
        Kind::Html => 3,
        Kind::Rtf => 4,
        Kind::Mail => 5,
        Kind::Msg => 6,
        Kind::Docx => 7,
        Kind::Xlsx => 8,
        Kind::Pptx => 9,
        Kind::Odt => 10,
        Kind::Ods => 11,
        Kind::Odp => 12,
        Kind::Pdf => 13,
        Kind::OldOffice => 14,
        Kind::EncryptedOffice => 15,
        Kind::Zip => 16,
        Kind::Tar => 17,
        Kind::Gzip => 18,
        Kind::SevenZip => 19,
        Kind::Mbox => 20,
        Kind::Pst => 21,
        Kind::Rar => 22,
        Kind::OtherArchive => 23,
        Kind::Tnef => 24,
        Kind::Cms => 25,
        Kind::Nsf => 26,
        Kind::OneNote => 27,
        Kind::Png => 28,
        Kind::Jpeg => 29,
        Kind::Gif => 30,
        Kind::Bmp => 31,
        Kind::WebP => 32,
        Kind::Tiff => 33,
        Kind::OtherPicture => 34,
        Kind::SoundOrVideo => 35,
        Kind::Unknown => 36,
    }
}

/// The code of a date's source.
pub(crate) fn source_code(source: DateSource) -> u8 {
    match source {
        DateSource::Header => 1,
        DateSource::Property => 2,
        DateSource::File => 3,
    }
}

/// Writes the facts of an item.
pub(super) fn write(view: &mut [u8], terms: &Terms, content: &Content, facts: &ItemFacts) {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1);
    if let Some(Dated { seconds, source }) = date(content, facts) {
        Fact::Date.write(view, date_code(day(seconds)));
        Fact::DateSource.write(view, source_code(source).into());
    }
    if let Some(kind) = facts.kind {
        Fact::CoarseKind.write(view, kind.coarse() as u32);
        Fact::Kind.write(view, kind_code(kind).into());
    }
    if let Some(size) = facts.size {
        Fact::SizeClass.write(view, size_class(size).into());
    }
    let is_mail = matches!(facts.kind, Some(Kind::Mail | Kind::Msg));
    let own = is_mail.then(|| addresses(&content.meta));
    if let Some([_, to, cc, bcc]) = own.or(facts.inherited.as_ref().map(inherited_addresses)) {
        let count = [to, cc, bcc].iter().fold(0usize, |sum, field| sum.saturating_add(field.len()));
        Fact::Recipients.write(view, number(count));
    }
    Fact::Words.write(view, number(terms.words.len()));
    if let Some(signatures) = facts.signatures {
        Fact::Signatures.write(view, 128 | u32::from(signatures.bits()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{filter::Layout, terms::Signatures};

    #[test]
    fn size_classes_grow_and_are_a_quarter_wide() {
        let classes: Vec<u8> = (0..20).map(size_class).collect();
        assert_eq!(classes, [1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 13, 13]);
        assert_eq!(size_class(u64::MAX), 252);
        for octave in 3..64 {
            let least = 1u64 << octave;
            assert_eq!(size_class(least), size_class(least - 1) + 1);
        }
    }

    #[test]
    fn facts_stand_in_their_places() {
        let mut content = Content::default();
        content.meta.date = Some(Dated { seconds: 0, source: DateSource::Header });
        content.meta.to = vec!["a@b".into(), "c@d".into()];
        let mut facts = ItemFacts { kind: Some(Kind::Mail), ..ItemFacts::default() };
        facts.size = Some(1000);
        facts.signatures = Some(Signatures::SMIME);
        let view = Layout::TERMS_33.view(&content, &facts).unwrap();
        assert_eq!(view[..14], [0x0A, 0xF9, 0x3B, 1, 1, 5, 36, 0, 3, 0, 0, 1, 130, 0]);
        assert!(view[13..248].iter().all(|&byte| byte == 0));
        assert_eq!(Fact::Date.read(&view), 719_163);
        let view = Layout::TERMS_33.view(&Content::default(), &ItemFacts::default()).unwrap();
        assert_eq!(view[..13], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    }

    #[test]
    fn codes_of_kinds_are_distinct() {
        let kinds = [
            Kind::Empty,
            Kind::Text,
            Kind::Html,
            Kind::Rtf,
            Kind::Mail,
            Kind::Msg,
            Kind::Docx,
            Kind::Xlsx,
            Kind::Pptx,
            Kind::Odt,
            Kind::Ods,
            Kind::Odp,
            Kind::Pdf,
            Kind::OldOffice,
            Kind::EncryptedOffice,
            Kind::Zip,
            Kind::Tar,
            Kind::Gzip,
            Kind::SevenZip,
            Kind::Mbox,
            Kind::Pst,
            Kind::Rar,
            Kind::OtherArchive,
            Kind::Tnef,
            Kind::Cms,
            Kind::Nsf,
            Kind::OneNote,
            Kind::Png,
            Kind::Jpeg,
            Kind::Gif,
            Kind::Bmp,
            Kind::WebP,
            Kind::Tiff,
            Kind::OtherPicture,
            Kind::SoundOrVideo,
            Kind::Unknown,
        ];
        assert!(kinds.iter().zip(1..).all(|(&kind, code)| kind_code(kind) == code));
    }
}
