//! What is opened of families: part of checks 5 and 6.
//!
//! All of it is kept while these checks run: some hundred bytes for each leaf whose place
//! in a family is opened.

use std::collections::{BTreeMap, BTreeSet};

use candor_documents::{Member as Expanded, Record, family};
use sha2::{Digest, Sha256};

use super::Parsed;
use super::recorded::{Claimed, opened_as, with_its_date, wrong_date};
use crate::corpus::members::Members;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::formats::bundle::{self, FamilyOpening, FileOpening, Opening, Withheld};
use crate::exchange::formats::leaves::Status;
use crate::exchange::formats::request::Release;
use crate::exchange::formats::text::Sha256Hex;
use crate::exchange::progress::Progress;
use crate::field;
use crate::readers;

/// A family's id, to be a key.
type Id = [u8; field::SCALAR_BYTES];

/// A leaf whose place is opened.
struct Member {
    leaf: u64,
    ordinal: u32,
    count: u32,
    matches: bool,
    /// `None` if it is withheld.
    claim: Option<Claim>,
}

/// What is claimed of a released member.
struct Claim {
    file: FileOpening,
    /// The file's name and the record, of a top item.
    top: Option<Box<(String, Record)>>,
    record: Claimed,
}

impl Claim {
    fn of(opening: &Opening) -> Option<Self> {
        let released = opening.released()?;
        let record = &released.record.line;
        let is_top = opening.family.is_some_and(|family| family.ordinal == 0);
        Some(Self {
            file: *released.file,
            top: is_top.then(|| Box::new((released.file_name(), record.clone()))),
            record: Claimed::of(record),
        })
    }
}

/// A member that is withheld only because it carries another, which is withheld.
struct Carries {
    id: Id,
    leaf: u64,
    ordinal: u32,
    carried: u64,
}

/// All places that are opened, by family.
#[derive(Default)]
pub(super) struct Families {
    members: BTreeMap<Id, Vec<Member>>,
    carries: Vec<Carries>,
    /// The families in which a member matches, once they were checked.
    matching: BTreeSet<Id>,
}

/// How many families are opened, and of how many the structure was not checked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Structure {
    pub(super) families: u64,
    pub(super) not_checked: u64,
}

fn failed(leaf: u64, subject: &str, expected: impl ToString, found: impl ToString) -> Stop {
    let (expected, found) = (expected.to_string(), found.to_string());
    Failure::new(Check::Release, subject, expected, found).of_leaf(leaf).into()
}

impl Families {
    /// A leaf's place, if it is opened.
    pub(super) fn add(&mut self, opening: &Opening, status: Status, withheld: Option<&Withheld>) {
        let Some(FamilyOpening { id, ordinal, count, .. }) = opening.family else { return };
        let (id, leaf) = (field::encode(&id.0), opening.leaf);
        if let Some(carried) = withheld.and_then(Withheld::carries) {
            self.carries.push(Carries { id, leaf, ordinal, carried });
        }
        self.members.entry(id).or_default().push(Member {
            leaf,
            ordinal,
            count,
            matches: status == Status::Matched,
            claim: Claim::of(opening),
        });
    }

    /// Whether the family that an opening names has a member that matches.
    pub(super) fn matches(&self, opening: &FamilyOpening) -> bool {
        self.matching.contains(&field::encode(&opening.id.0))
    }

    /// Each family is opened whole, if families are released; and what is kept back
    /// only for what it carries carries that. Then the top items are expanded again.
    pub(super) fn check(
        &mut self,
        parsed: &Parsed<'_>,
        scope: Release,
        progress: &dyn Progress,
    ) -> Result<Structure, Stop> {
        for (id, members) in &mut self.members {
            members.sort_by_key(|member| (member.ordinal, member.leaf));
            if members.iter().any(|member| member.matches) {
                self.matching.insert(*id);
            }
        }
        self.check_carries(scope)?;
        let mut structure = Structure::default();
        progress.stage("checking families", self.matching.len() as u64);
        let expanded = parsed.commitment.header.is_expanded();
        for (_, members) in self.members.iter().filter(|(id, _)| self.matching.contains(*id)) {
            check_places(members, scope)?;
            structure.families = structure.families.saturating_add(1);
            let checked = match scope {
                Release::Item => true,
                Release::Family if expanded => expand(parsed, members)?,
                Release::Family => alone(members)?,
            };
            structure.not_checked = structure.not_checked.saturating_add(u64::from(!checked));
            progress.advance(1);
        }
        Ok(structure)
    }

    fn check_carries(&self, scope: Release) -> Result<(), Stop> {
        let mut named = BTreeSet::new();
        for Carries { id, leaf, ordinal, carried } in &self.carries {
            let members = self.members.get(id).into_iter().flatten();
            let found = members.into_iter().any(|member| {
                member.leaf == *carried && member.claim.is_none() && member.ordinal > *ordinal
            });
            let for_itself = !self.carries.iter().any(|other| other.leaf == *carried);
            if !found || !for_itself {
                let expected =
                    format!("leaf {carried} to be withheld for itself, below this one in a family");
                return Err(failed(*leaf, bundle::WITHHELD, expected, "another"));
            }
            named.extend([*leaf, *carried]);
        }
        if scope == Release::Family {
            return Ok(());
        }
        // Nothing else tells of families then.
        let other = self.members.values().flatten().find(|member| !named.contains(&member.leaf));
        other.map_or(Ok(()), |member| {
            let expected = "no family opened where items are released";
            Err(failed(member.leaf, bundle::OPENINGS, expected, "one"))
        })
    }
}

/// The members have one count and different ordinals; all of them, if the family is
/// released.
fn check_places(members: &[Member], scope: Release) -> Result<(), Stop> {
    let Some(first) = members.first() else { return Ok(()) };
    let mut next = 0u32;
    for member in members {
        if member.count != first.count {
            let expected =
                format!("a family of {} members as leaf {} says", first.count, first.leaf);
            return Err(failed(member.leaf, bundle::OPENINGS, expected, member.count));
        }
        let fits = match scope {
            Release::Family => member.ordinal == next,
            Release::Item => member.ordinal >= next,
        };
        if !fits {
            let expected = format!("the family's members in order, each once: ordinal {next}");
            let found = format!("ordinal {}", member.ordinal);
            return Err(failed(member.leaf, bundle::OPENINGS, expected, found));
        }
        next = member.ordinal.saturating_add(1);
    }
    if scope == Release::Family && next != first.count {
        let expected = format!("all {} members of its family", first.count);
        return Err(failed(first.leaf, bundle::OPENINGS, expected, format!("{next} of them")));
    }
    Ok(())
}

/// Where nothing was expanded, each document is a family of its own.
fn alone(members: &[Member]) -> Result<bool, Stop> {
    match members {
        [Member { count: 1, .. }] => Ok(true),
        [first, ..] => {
            let expected = "a family of one: the documents were not expanded";
            Err(failed(first.leaf, bundle::OPENINGS, expected, format!("{} members", first.count)))
        }
        [] => Ok(true),
    }
}

/// Expands a released top item again and compares every member with what is claimed of
/// it. Whether there was anything to compare with: not if the top item is withheld, or
/// too long to be expanded.
fn expand(parsed: &Parsed<'_>, members: &[Member]) -> Result<bool, Stop> {
    let Some((top, below)) = members.split_first() else { return Ok(false) };
    let Some(Claim { file, top: Some(named), .. }) = &top.claim else { return Ok(false) };
    let (name, record) = named.as_ref();
    if record.parent.is_some() || record.inherited.is_some() {
        let expected = "a top item that stands in no other and inherits nothing";
        return Err(failed(top.leaf, bundle::OPENINGS, expected, "another"));
    }
    let reading = parsed.released(name, top.leaf, file)?;
    let Some(bytes) = &reading.bytes else { return Ok(false) };
    if let Some(expected) = wrong_date(record, reading.kind, bytes) {
        return Err(failed(top.leaf, bundle::OPENINGS, expected, "another date"));
    }
    let kind = opened_as(reading.kind);
    let mut rest = below.iter();
    let mut members = Members::of(record, kind);
    let compare = &mut |found: Expanded, bytes: Vec<u8>| {
        compare(top.leaf, name, rest.next(), &mut members, &found, &bytes)
    };
    readers::on_large_stack(|| family(bytes, kind, compare, &mut |_| ()))?;
    match rest.next() {
        None => Ok(true),
        Some(more) => {
            let expected = format!("the {} members that {name} holds", more.ordinal);
            Err(failed(more.leaf, bundle::OPENINGS, expected, "one more"))
        }
    }
}

/// A member as expansion finds it, and as it was committed to.
fn compare(
    top: u64,
    name: &str,
    member: Option<&Member>,
    members: &mut Members,
    found: &Expanded,
    bytes: &[u8],
) -> Result<(), Stop> {
    // Also of a withheld member: those in it are named after it.
    let record = members.next(found);
    let Some(member) = member else {
        let expected = format!("a family with member {} of {name}", found.ordinal);
        return Err(failed(top, bundle::OPENINGS, expected, "one without"));
    };
    let Some(claim) = &member.claim else { return Ok(()) };
    let wrong = |expected: String, what: &str| failed(member.leaf, name, expected, what);
    let sha256: [u8; 32] = Sha256::digest(bytes).into();
    if claim.file.sha256.0 != sha256 {
        let expected = format!("member {} with SHA-256 {}", found.ordinal, Sha256Hex(sha256));
        return Err(wrong(expected, &format!("SHA-256 {}", claim.file.sha256)));
    }
    let Some(record) = record else {
        let error = "a member without a parent before it";
        return Err(ExchangeError::internal("expanding a family", error).into());
    };
    let record = with_its_date(record, found, bytes);
    claim.record.check(&record).map_err(|(expected, what)| wrong(expected, what))
}
