//! What is kept of a bundle that is to be sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use candor::corpus::document::Reading;
use candor::exchange::formats::bundle::FamilyOpening;
use candor::exchange::{BundleSeen, LeafSeen, ReleasedSeen, Watch};
use candor_documents::{Budget, CoarseKind, Kind, Name, family};

use super::screen::Screen;
use crate::asked::Asked;
use crate::entry::Entry;
use crate::preview::Preview;
use crate::text::is_seen;

/// Most documents of a screen that are shown.
pub(super) const MOST_SHOWN: usize = 200;

/// A released file, by what may have to be looked at.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: Name,
    pub(super) kind: Kind,
    pub(super) bytes: u64,
    /// It is of a kind that has text, and none is read of it.
    pub(super) blank: bool,
    /// Its name has characters that cannot be seen, or is not UTF-8.
    pub(super) odd: bool,
    /// The screen could read it.
    pub(super) screened: bool,
    /// The lines of the screen that it holds, from 0.
    pub(super) hits: Vec<usize>,
    /// How many items stand in it.
    inside: u32,
}

/// A member of a family of several.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) ordinal: u32,
    pub(super) leaf: u64,
    pub(super) released: bool,
}

type Id = String;

/// Is told what a verification finds, and keeps what is looked at before sending.
pub(super) struct Before<'a> {
    screen: Option<&'a Screen>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) asked: Option<Asked>,
    pub(super) digest: [u8; 32],
    pub(super) files: BTreeMap<u64, File>,
    /// Documents that the screen finds, with what is shown of them.
    pub(super) shown: BTreeMap<u64, Entry>,
    pub(super) families: BTreeMap<Id, Vec<Member>>,
    /// Leaves that are kept back for what they carry.
    pub(super) kept_back: u64,
    pub(super) withheld: u64,
    /// Redacted copies.
    pub(super) redacted: u64,
}

impl fmt::Debug for Before<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Before")
    }
}

impl<'a> Before<'a> {
    pub(super) fn new(screen: Option<&'a Screen>) -> Self {
        Self { screen, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn into_kept(self) -> Kept {
        self.kept.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Released files that hold a withheld one, with the leaf of that.
    pub(super) fn carriers(&self) -> Vec<(u64, u64)> {
        let mut found = Vec::new();
        for members in self.families.values() {
            let withheld: BTreeMap<u32, u64> = members
                .iter()
                .filter(|member| !member.released)
                .map(|member| (member.ordinal, member.leaf))
                .collect();
            for member in members.iter().filter(|member| member.released) {
                let inside = self.files.get(&member.leaf).map_or(0, |file| file.inside);
                // What stands in an item follows it at once.
                let first = member.ordinal.saturating_add(1);
                let last = member.ordinal.saturating_add(inside);
                if first <= last
                    && let Some((_, leaf)) = withheld.range(first..=last).next()
                {
                    found.push((member.leaf, *leaf));
                }
            }
        }
        found.sort_unstable();
        found
    }

    /// Families of which some members are released and some are not: those released, and
    /// those not.
    pub(super) fn broken(&self) -> Vec<(Vec<u64>, Vec<u64>)> {
        let parts = |members: &Vec<Member>| {
            let of = |released: bool| {
                let leaves = members.iter().filter(|member| member.released == released);
                leaves.map(|member| member.leaf).collect::<BTreeSet<u64>>()
            };
            let parts: (Vec<u64>, Vec<u64>) =
                (of(true).into_iter().collect(), of(false).into_iter().collect());
            (!parts.0.is_empty() && !parts.1.is_empty()).then_some(parts)
        };
        let mut broken: Vec<_> = self.families.values().filter_map(parts).collect();
        broken.sort();
        broken
    }
}

/// How many items stand in a file, as its family is opened. Reads hostile bytes, on a
/// stack that they do not exhaust.
fn inside(reading: &Reading, place: Option<&FamilyOpening>) -> u32 {
    let Some(bytes) = reading.bytes.as_deref() else { return 0 };
    if place.is_none_or(|place| place.count < 2) {
        return 0;
    }
    // The items of a container are families of their own.
    let top = place.is_some_and(|place| place.ordinal == 0);
    let kind = if top && reading.kind.is_container() { Kind::Unknown } else { reading.kind };
    let count = || {
        let mut members = 0u32;
        let mut one = |_, _| {
            members = members.saturating_add(1);
            Ok::<(), ()>(())
        };
        let walked = family(bytes, kind, &mut one, &mut |_| ());
        walked.map_or(0, |()| members)
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(Budget::STACK);
        let thread = thread.spawn_scoped(scope, count);
        thread.ok().and_then(|thread| thread.join().ok()).unwrap_or(0)
    })
}

impl Watch for Before<'_> {
    fn bundle(&self, seen: &BundleSeen<'_>) {
        let mut kept = self.kept();
        kept.asked = Some(Asked::of(seen.request));
        kept.digest = seen.digest;
    }

    fn released(&self, seen: &ReleasedSeen<'_>) {
        let Some(released) = seen.opening.released() else { return };
        let (leaf, record, reading) = (released.leaf, &released.record.line, seen.reading);
        let text = (reading.kind.coarse() == CoarseKind::Text)
            .then(|| reading.searched(record, false).ok())
            .flatten();
        let blank = reading.kind.coarse() == CoarseKind::Text
            && text.is_none_or(|(content, _)| content.text.is_blank());
        let held = self.screen.and_then(|screen| screen.held(reading, record));
        let file = File {
            name: record.path.clone(),
            kind: reading.kind,
            bytes: reading.byte_length,
            blank,
            odd: !is_seen(&record.path),
            screened: held.is_some(),
            hits: held.unwrap_or_default(),
            inside: inside(reading, seen.opening.family.as_ref()),
        };
        let shown = (!file.hits.is_empty()).then(|| Entry {
            leaf,
            kind: reading.kind,
            bytes: reading.byte_length,
            sha256: reading.sha256,
            file: released.file_name(),
            record: record.clone(),
            family: Entry::place(seen.opening.family.as_ref()),
            held: Some(file.hits.clone()),
            why: if seen.matches { "Matches." } else { "Released with its family." }.to_owned(),
            preview: Preview::of(reading, record),
        });
        let mut kept = self.kept();
        kept.files.insert(leaf, file);
        if let Some(shown) = shown {
            kept.shown.insert(leaf, shown);
            if kept.shown.len() > MOST_SHOWN {
                kept.shown.pop_last();
            }
        }
    }

    fn leaf(&self, seen: &LeafSeen<'_>) {
        let mut kept = self.kept();
        if let Some(withheld) = seen.withheld {
            kept.withheld = kept.withheld.saturating_add(1);
            let carries = u64::from(withheld.carries().is_some());
            kept.kept_back = kept.kept_back.saturating_add(carries);
        }
        kept.redacted = kept.redacted.saturating_add(u64::from(seen.substitute.is_some()));
        let Some(place) = seen.opening.and_then(|opening| opening.family.as_ref()) else { return };
        if place.count > 1 {
            let released = seen.is_disclosed();
            let member = Member { ordinal: place.ordinal, leaf: seen.leaf, released };
            kept.families.entry(place.id.to_string()).or_default().push(member);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(inside: u32) -> File {
        File {
            name: Name(b"x".to_vec()),
            kind: Kind::Mail,
            bytes: 1,
            blank: false,
            odd: false,
            screened: true,
            hits: Vec::new(),
            inside,
        }
    }

    #[test]
    fn files_that_hold_a_withheld_one_and_families_in_part_are_found() {
        let mut kept = Kept::default();
        let member = |ordinal, leaf, released| Member { ordinal, leaf, released };
        // 0 holds 1 and 2, 2 holds 3; 4 stands beside them; 3 and 5 are withheld.
        let members = [
            member(0, 70, true),
            member(1, 71, true),
            member(2, 72, true),
            member(3, 73, false),
            member(4, 74, true),
            member(5, 75, false),
        ];
        kept.families.insert("one".into(), members.to_vec());
        kept.families.insert("two".into(), vec![member(0, 1, true), member(1, 2, true)]);
        kept.families.insert("three".into(), vec![member(0, 3, false), member(1, 4, false)]);
        for (leaf, inside) in [(70, 3), (71, 0), (72, 1), (74, 0), (1, 1), (2, 0)] {
            kept.files.insert(leaf, file(inside));
        }
        assert_eq!(kept.carriers(), [(70, 73), (72, 73)]);
        assert_eq!(kept.broken(), [(vec![70, 71, 72, 74], vec![73, 75])]);
    }
}
