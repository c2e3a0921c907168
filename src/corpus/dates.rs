//! When a document was made, and who says so.

use std::time::{SystemTime, UNIX_EPOCH};

use candor_documents::{Budget, DateFrom, DateSource, Kind, Moment, read};

/// The date of a document that stands in no mail: that of its own header or
/// property, or else the file's time. `bytes` is `None` if there are too many to hold.
#[must_use]
pub fn date_of(
    bytes: Option<&[u8]>,
    kind: Kind,
    modified: Option<Moment>,
) -> (Option<Moment>, DateFrom) {
    let own = bytes.and_then(|bytes| read(bytes, kind, &mut Budget::new()).ok());
    let own = own.and_then(|content| content.meta.date).and_then(|date| {
        let from = match date.source {
            DateSource::Header => DateFrom::Header,
            DateSource::Property => DateFrom::Property,
            DateSource::File => DateFrom::File,
        };
        Some((Moment::from_seconds(date.seconds)?, from))
    });
    let found = own.or_else(|| Some((modified?, DateFrom::File)));
    found.map_or((None, DateFrom::None), |(moment, from)| (Some(moment), from))
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
    fn a_document_without_a_date_has_that_of_its_file() {
        let modified = Moment::from_seconds(5);
        assert_eq!(date_of(Some(b"x"), Kind::Text, modified), (modified, DateFrom::File));
        assert_eq!(date_of(None, Kind::Pst, modified), (modified, DateFrom::File));
        assert_eq!(date_of(Some(b""), Kind::Empty, None), (None, DateFrom::None));
    }
}
