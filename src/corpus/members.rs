//! What expansion records of the members of a family: a function of the top item's bytes
//! and record. So a judge who has the top item can tell a false record of a member.

use candor_documents::{Content, Kind, Member, Moment, Name, Record};

use super::dates::date;

/// The members of one family, in pre-order.
#[derive(Debug)]
pub struct Members {
    custodian: Option<Name>,
    /// By ordinal.
    places: Vec<Place>,
}

/// A member that others may stand in.
#[derive(Debug)]
struct Place {
    path: Vec<u8>,
    kind: Kind,
    /// Items that were taken out of it.
    children: u64,
}

impl Members {
    /// A family of which only the top item is known yet.
    #[must_use]
    pub fn of(top: &Record, kind: Kind) -> Self {
        let place = Place { path: top.path.0.clone(), kind, children: 0 };
        Self { custodian: top.custodian.clone(), places: vec![place] }
    }

    /// The record of the next member, but for its date, which [`dated`] adds; `None` if
    /// it is not the next one, or stands in none of those before.
    pub fn next(&mut self, member: &Member) -> Option<Record> {
        if member.ordinal as usize != self.places.len() {
            return None;
        }
        let parent = self.places.get_mut(member.parent as usize)?;
        parent.children = parent.children.saturating_add(1);
        let path = join(&parent.path, parent.kind, &member.name, parent.children);
        self.places.push(Place { path: path.clone(), kind: member.kind, children: 0 });
        Some(Record {
            custodian: self.custodian.clone(),
            parent: Some(member.parent),
            inherited: member.inherited.clone(),
            made: member.made,
            ..Record::of_file(path)
        })
    }

    /// The path and the kind of a member that was given already, or of the top item.
    #[must_use]
    pub fn place(&self, ordinal: u32) -> Option<(&[u8], Kind)> {
        self.places.get(ordinal as usize).map(|place| (place.path.as_slice(), place.kind))
    }
}

/// A record with its date, and as short as it has to be. `read` is what was read of the
/// item, if it is of a kind that is read for its date; `modified` the time that what it
/// stands in gives it.
#[must_use]
pub fn dated(record: Record, kind: Kind, read: Option<&Content>, modified: Option<i64>) -> Record {
    let modified = modified.and_then(Moment::from_seconds);
    let (date, date_from) = date(kind, read, record.inherited.as_ref(), modified);
    Record { date, date_from, ..record }.fitted()
}

/// Most bytes of a path that a name is added to.
const MOST_PATH: usize = 8192;

/// The path of what stands under `path`. Without a name, or with one that would make
/// the path too long, its number (from 1) among what was taken out there is its name.
#[must_use]
pub fn join(path: &[u8], kind: Kind, name: &[u8], number: u64) -> Vec<u8> {
    let gzip = if kind == Kind::Gzip { gunzipped(path) } else { None };
    let mut joined = path.to_vec();
    joined.push(b'/');
    match (name, gzip) {
        (b"", Some(stem)) => joined.extend_from_slice(stem),
        (b"", None) => joined.extend_from_slice(format!("#{number}").as_bytes()),
        (name, _) if path.len().saturating_add(name.len()) > MOST_PATH => {
            joined.extend_from_slice(format!("#{number}").as_bytes());
        }
        (name, _) => joined.extend_from_slice(name),
    }
    joined
}

/// The name of a gzip file without `.gz`.
fn gunzipped(path: &[u8]) -> Option<&[u8]> {
    let name = path.rsplit(|byte| *byte == b'/').next()?;
    let (stem, end) = name.split_at_checked(name.len().checked_sub(3)?)?;
    (end.eq_ignore_ascii_case(b".gz") && !stem.is_empty()).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_has_a_path() {
        let joined = |path: &str, kind, name: &str| {
            String::from_utf8(join(path.as_bytes(), kind, name.as_bytes(), 3)).unwrap()
        };
        assert_eq!(joined("a/x.zip", Kind::Zip, "b/c"), "a/x.zip/b/c");
        assert_eq!(joined("a/x.mbox", Kind::Mbox, ""), "a/x.mbox/#3");
        assert_eq!(joined("a/x.txt.GZ", Kind::Gzip, ""), "a/x.txt.GZ/x.txt");
        assert_eq!(joined("a/x.txt.gz", Kind::Gzip, "y"), "a/x.txt.gz/y");
        assert_eq!(joined("a/.gz", Kind::Gzip, ""), "a/.gz/#3");
        assert_eq!(joined("a", Kind::Zip, &"n".repeat(MOST_PATH)), "a/#3");
    }

    #[test]
    fn members_are_recorded_one_after_the_other() {
        let member = |ordinal, parent, name: &str, kind, made| Member {
            ordinal,
            parent,
            name: name.as_bytes().to_vec(),
            modified: None,
            kind,
            inherited: None,
            made,
        };
        let mut members = Members::of(&Record::of_file(b"ada/m.eml".to_vec()), Kind::Mail);
        assert_eq!(members.next(&member(2, 0, "late", Kind::Text, false)), None);
        let zip = members.next(&member(1, 0, "", Kind::Zip, false)).unwrap();
        assert_eq!((zip.path.0.as_slice(), zip.parent), (&b"ada/m.eml/#1"[..], Some(0)));
        let page = members.next(&member(2, 1, "p", Kind::Tiff, true)).unwrap();
        assert_eq!((page.path.0.as_slice(), page.made), (&b"ada/m.eml/#1/p"[..], true));
        assert_eq!(page.custodian, Some(Name(b"ada".to_vec())));
        assert_eq!(members.next(&member(3, 3, "x", Kind::Text, false)), None);
        assert_eq!(members.place(2), Some((&b"ada/m.eml/#1/p"[..], Kind::Tiff)));
    }
}
