//! When a document was made, and who says so.

use std::time::{SystemTime, UNIX_EPOCH};

use candor_documents::{Content, DateFrom, DateSource, Inherited, Kind, Moment};

/// The date of a document, of which `read` is what was read. A mail has that of its
/// header; what stands in a mail has the mail's; else a document's own counts, or else
/// the file's time, on disk or in its container.
#[must_use]
pub fn date(
    kind: Kind,
    read: Option<&Content>,
    inherited: Option<&Inherited>,
    modified: Option<Moment>,
) -> (Option<Moment>, DateFrom) {
    let own = |source: DateSource| {
        let date = read?.meta.date.filter(|date| date.source == source)?;
        Moment::from_seconds(date.seconds)
    };
    let mail = matches!(kind, Kind::Mail | Kind::Msg);
    let sent = if mail { own(DateSource::Header) } else { None };
    let of_mail = || inherited.and_then(|inherited| inherited.date);
    let property = || Some((own(DateSource::Property)?, DateFrom::Property));
    let file = || Some((modified?, DateFrom::File));
    let header = sent.or_else(of_mail).map(|date| (date, DateFrom::Header));
    match header.or_else(property).or_else(file) {
        Some((date, from)) => (Some(date), from),
        None => (None, DateFrom::None),
    }
}

/// Whether expansion reads an item of this kind for the date that it gives itself. Of
/// other kinds it takes the mail's or the file's.
#[must_use]
pub const fn dates_itself(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Mail
            | Kind::Msg
            | Kind::Docx
            | Kind::Xlsx
            | Kind::Pptx
            | Kind::Odt
            | Kind::Ods
            | Kind::Odp
            | Kind::Pdf
            | Kind::Rtf
    )
}

/// A file's time in whole seconds, if a record can hold it.
#[must_use]
pub fn moment_of(time: SystemTime) -> Option<Moment> {
    let seconds = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).ok()?,
        Err(before) => {
            let before = before.duration();
            let whole = before.as_secs().checked_add(u64::from(before.subsec_nanos() > 0))?;
            i64::try_from(whole).ok()?.checked_neg()?
        }
    };
    Moment::from_seconds(seconds)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use candor_documents::{Budget, Dated, Meta, read};

    use super::*;

    #[test]
    fn times_are_rounded_down() {
        let at = |moment: Option<Moment>| moment.map(Moment::seconds);
        assert_eq!(at(moment_of(UNIX_EPOCH + Duration::from_millis(1900))), Some(1));
        assert_eq!(at(moment_of(UNIX_EPOCH - Duration::from_millis(900))), Some(-1));
        assert_eq!(at(moment_of(UNIX_EPOCH - Duration::from_secs(2))), Some(-2));
        assert_eq!(at(moment_of(UNIX_EPOCH + Duration::from_secs(1 << 40))), None);
    }

    #[test]
    fn dates_have_their_order() {
        let content = |seconds, source| Content {
            meta: Meta { date: Some(Dated { seconds, source }), ..Meta::default() },
            ..Content::default()
        };
        let mail = content(1, DateSource::Header);
        let document = content(2, DateSource::Property);
        let parent = Inherited { date: Moment::from_seconds(3), ..Inherited::default() };
        let of = |kind, read, inherited, modified: Option<i64>| {
            let modified = modified.and_then(Moment::from_seconds);
            let (date, from) = date(kind, read, inherited, modified);
            (date.map_or(-1, Moment::seconds), from)
        };
        assert_eq!(of(Kind::Mail, Some(&mail), Some(&parent), Some(4)), (1, DateFrom::Header));
        assert_eq!(of(Kind::Docx, Some(&document), Some(&parent), Some(4)), (3, DateFrom::Header));
        assert_eq!(of(Kind::Docx, Some(&document), None, Some(4)), (2, DateFrom::Property));
        assert_eq!(of(Kind::Png, None, None, Some(4)), (4, DateFrom::File));
        assert_eq!(of(Kind::Png, None, None, None), (-1, DateFrom::None));
        let dateless = Inherited::default();
        assert_eq!(of(Kind::Png, None, Some(&dateless), Some(4)), (4, DateFrom::File));
    }

    #[test]
    fn a_document_without_a_date_has_that_of_its_file() {
        let modified = Moment::from_seconds(5);
        let text = read(b"x", Kind::Text, &mut Budget::new()).unwrap();
        assert_eq!(date(Kind::Text, Some(&text), None, modified), (modified, DateFrom::File));
        assert_eq!(date(Kind::Pst, None, None, modified), (modified, DateFrom::File));
        assert_eq!(date(Kind::Empty, None, None, None), (None, DateFrom::None));
    }
}
