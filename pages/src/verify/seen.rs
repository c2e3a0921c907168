//! What is kept of a verification for its page, while it runs.
//!
//! Memory is bounded whatever the bundle: of so many documents a small picture or the head
//! of the text is kept, of so many withheld ones a line, of the rest counts.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use candor::corpus::Missing;
use candor::exchange::formats::bundle::Withheld;
use candor::exchange::formats::leaves::Status;
use candor::exchange::{BundleSeen, LeafSeen, ReleasedSeen, Watch};

use crate::asked::Asked;
use crate::entry::{Entry, hex};
use crate::preview::Preview;

/// Most matches that are shown.
pub(crate) const MOST_MATCHES: usize = 100;
/// Most documents without a match of their own that are shown.
pub(crate) const MOST_OTHERS: usize = 50;
/// Most withheld documents that are listed.
pub(crate) const MOST_WITHHELD: usize = 1_000;

/// Is told what a verification finds, and keeps what its page shows.
#[derive(Default)]
pub struct Seen(Mutex<Kept>);

/// What was kept.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) bundle: Option<Bundle>,
    pub(crate) matches: BTreeMap<u64, Entry>,
    pub(crate) others: BTreeMap<u64, Entry>,
    pub(crate) withheld: Vec<Row>,
    pub(crate) counts: Counts,
}

/// What the bundle is.
pub(crate) struct Bundle {
    pub(crate) asked: Asked,
    pub(crate) digest: String,
    pub(crate) canonicaliser: String,
    pub(crate) expander: String,
    pub(crate) views: usize,
    pub(crate) argument: u32,
    pub(crate) layout: (u32, u32),
}

/// A withheld document. Nothing is known of it but what its list says.
pub(crate) struct Row {
    pub(crate) said: Withheld,
    /// The name in the bundle of the redacted copy in its place.
    pub(crate) substitute: Option<String>,
    pub(crate) matches: bool,
    pub(crate) family: Option<(u32, u32)>,
}

/// How many documents came to what.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) matching_released: u64,
    pub(crate) matching_withheld: u64,
    pub(crate) others_released: u64,
    pub(crate) others_withheld: u64,
    /// Not matching, and not opened in any way.
    pub(crate) closed: u64,
    /// By reason, or by kind: how many are released, and how many not.
    pub(crate) missing: BTreeMap<String, (u64, u64)>,
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not what was seen: none of it counts yet.
        f.write_str("Seen")
    }
}

impl Seen {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn into_kept(self) -> Kept {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Where a document goes, and how many go there.
    fn place(&mut self, matches: bool) -> (&mut BTreeMap<u64, Entry>, usize) {
        if matches { (&mut self.matches, MOST_MATCHES) } else { (&mut self.others, MOST_OTHERS) }
    }
}

impl Watch for Seen {
    fn bundle(&self, seen: &BundleSeen<'_>) {
        let header = &seen.commitment.header;
        self.kept().bundle = Some(Bundle {
            asked: Asked::of(seen.request),
            digest: hex(&seen.digest),
            canonicaliser: header.canonicaliser.clone(),
            expander: header.expander.clone(),
            views: header.views.len(),
            argument: seen.info.argument,
            layout: (seen.info.copies, seen.info.lanes),
        });
    }

    fn released(&self, seen: &ReleasedSeen<'_>) {
        let Some(released) = seen.opening.released() else { return };
        let leaf = released.leaf;
        {
            // Files are checked on many threads; those with the lowest numbers are shown.
            let mut kept = self.kept();
            let (place, most) = kept.place(seen.matches);
            let is_beyond = place.last_key_value().is_some_and(|(last, _)| *last < leaf);
            if place.len() >= most && is_beyond {
                return;
            }
        }
        let record = &released.record.line;
        let view = released.view_salts.len();
        let is_read = seen.shown.len() == view && seen.shown.iter().any(Result::is_ok);
        let why = match (seen.matches, is_read) {
            (true, _) => "Matches.",
            (false, true) => "Does not match; released as a member of a family with a match.",
            (false, false) => "No view reads it.",
        };
        let entry = Entry {
            leaf,
            kind: seen.reading.kind,
            bytes: seen.reading.byte_length,
            sha256: seen.reading.sha256,
            file: released.file_name(),
            record: record.clone(),
            family: Entry::place(seen.opening.family.as_ref()),
            held: seen.held.map(<[usize]>::to_vec),
            why: why.to_owned(),
            preview: Preview::of(seen.reading, record),
        };
        let mut kept = self.kept();
        let (place, most) = kept.place(seen.matches);
        place.insert(leaf, entry);
        if place.len() > most {
            place.pop_last();
        }
    }

    fn leaf(&self, seen: &LeafSeen<'_>) {
        let mut kept = self.kept();
        let disclosed = seen.is_disclosed();
        let matches = seen.record.status == Status::Matched;
        if let Some(missing) = seen.missing {
            if let Some(entry) = kept.others.get_mut(&seen.leaf) {
                entry.why = format!("Not read by the view: {missing}.");
            }
            let name = match missing {
                Missing::Unreadable(reason) => format!("cannot be read: {reason}"),
                Missing::Outside(kind) => format!("outside the view: of the kind {}", kind.name()),
            };
            let counts = kept.counts.missing.entry(name).or_default();
            let count = if disclosed { &mut counts.0 } else { &mut counts.1 };
            *count = count.saturating_add(1);
        } else {
            let counts = &mut kept.counts;
            let count = match (matches, disclosed, seen.withheld.is_some()) {
                (true, true, _) => &mut counts.matching_released,
                (true, false, _) => &mut counts.matching_withheld,
                (false, true, _) => &mut counts.others_released,
                (false, false, true) => &mut counts.others_withheld,
                (false, false, false) => &mut counts.closed,
            };
            *count = count.saturating_add(1);
        }
        let Some(withheld) = seen.withheld else { return };
        if kept.withheld.len() < MOST_WITHHELD {
            kept.withheld.push(Row {
                said: withheld.clone(),
                substitute: seen.substitute.map(|copy| copy.file_name()),
                matches,
                family: seen.opening.and_then(|opening| Entry::place(opening.family.as_ref())),
            });
        }
    }
}
