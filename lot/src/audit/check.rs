//! Each leaf that is opened, the families of those drawn, and what stands in containers.

use std::collections::{BTreeMap, BTreeSet};

use candor::corpus::Commitment;
use candor::exchange::formats::bundle::{FamilyOpening, Opening};
use candor::exchange::formats::request::CheckedRequest;
use candor::exchange::verify::audited::{
    AuditCheck, Item, Members, Said as SaidOf, Tops, check_container, check_family, check_leaves,
};
use candor::exchange::{ExchangeError, Progress};
use candor::field;

use super::record::{Fate, Finding};
use super::unpack::Package;
use crate::draw::verified::Said;
use crate::formats::{Drawing, Families, Lot};

/// Documents that are read at a time.
const DOCUMENTS_AT_A_TIME: usize = 64;

/// What is audited, and against what.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The judge's own.
    pub commitment: &'a Commitment,
    /// The judge's own; `None` for a lot over the root alone.
    pub request: Option<&'a CheckedRequest>,
    /// What was opened.
    pub package: &'a Package,
    /// What the bundle says of it.
    pub said: &'a Said,
    /// The lot.
    pub lot: &'a Lot,
    /// What was drawn of it.
    pub drawing: &'a Drawing,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Of each drawn leaf.
    pub leaves: BTreeMap<u64, Fate>,
    /// False leaves that were not drawn.
    pub findings: Vec<Finding>,
    /// Leaves whose opened bytes are the committed ones.
    pub seen: BTreeSet<u64>,
    /// Leaves with the same bytes, where there are several.
    pub equal: Vec<Vec<u64>>,
    /// Entries of containers that stand under a leaf of another container alone.
    pub elsewhere: u64,
}

/// Audits all that is opened.
///
/// # Errors
/// If a file of the judge's own cannot be read.
pub fn check(subject: &Subject<'_>, progress: &dyn Progress) -> Result<Found, ExchangeError> {
    let package = subject.package;
    let mut wrong = wrong_leaves(subject, progress)?;
    // Whose bytes, record and place are the committed ones; a false view says nothing
    // against these where the leaves are known.
    let usable = |leaf: &u64| match wrong.get(leaf) {
        None => true,
        Some(AuditCheck::Views | AuditCheck::Decision) => subject.request.is_some(),
        Some(_) => false,
    };
    let opened: Vec<&Opening> =
        package.openings.iter().filter(|opening| usable(&opening.leaf)).collect();
    let seen: BTreeSet<u64> = opened.iter().map(|opening| opening.leaf).collect();
    let expanded = subject.commitment.header.is_expanded();

    let (mut members, mut not_whole) = (BTreeSet::new(), BTreeSet::new());
    let families = families(&opened);
    progress.stage("expanding families again", families.len() as u64);
    for family in families.values() {
        let (whole, found) = check_one_family(subject, expanded, family)?;
        members.extend(found.wrong);
        if !whole {
            not_whole.extend(family.iter().map(|opening| opening.leaf));
        }
        progress.advance(1);
    }
    for leaf in members {
        wrong.entry(leaf).or_insert(AuditCheck::Family);
    }
    let mut elsewhere = 0_u64;
    if expanded {
        let (of_containers, repeated) = containers(subject, &opened, progress)?;
        elsewhere = repeated;
        for leaf in of_containers {
            wrong.entry(leaf).or_insert(AuditCheck::Container);
        }
    }
    Ok(Found {
        leaves: fates(subject, &wrong, &not_whole),
        findings: findings(subject, &wrong),
        seen,
        equal: equal(&opened),
        elsewhere,
    })
}

/// The first of checks 1 to 6 that each leaf fails.
fn wrong_leaves(
    subject: &Subject<'_>,
    progress: &dyn Progress,
) -> Result<BTreeMap<u64, AuditCheck>, ExchangeError> {
    let Subject { commitment, request, package, said, .. } = *subject;
    progress.stage("checking what was opened", package.openings.len() as u64);
    let mut wrong = BTreeMap::new();
    for openings in package.openings.chunks(DOCUMENTS_AT_A_TIME) {
        let paths: Vec<_> = openings.iter().map(|opening| package.path(opening.leaf)).collect();
        let leaves: Vec<(Item<'_>, Option<SaidOf<'_>>)> = openings
            .iter()
            .zip(&paths)
            .map(|(opening, path)| {
                let said = said.get(&opening.leaf);
                let said = said.map(|(record, missing)| SaidOf { record, missing: *missing });
                (Item { opening, path }, said)
            })
            .collect();
        let found = check_leaves(commitment, request, &leaves)?;
        let failed = openings.iter().zip(found);
        wrong.extend(failed.filter_map(|(opening, check)| Some((opening.leaf, check?))));
        progress.advance(openings.len() as u64);
    }
    Ok(wrong)
}

/// Members of one family, top item first.
type Family<'a> = Vec<&'a Opening>;

fn families<'a>(opened: &[&'a Opening]) -> BTreeMap<[u8; field::SCALAR_BYTES], Family<'a>> {
    let mut families: BTreeMap<_, Family<'a>> = BTreeMap::new();
    for opening in opened {
        let Some(FamilyOpening { id, .. }) = opening.family else { continue };
        families.entry(field::encode(&id.0)).or_default().push(opening);
    }
    for family in families.values_mut() {
        family.sort_by_key(|opening| opening.family.map(|family| family.ordinal));
    }
    families
}

/// Whether all is opened of a family that the lot asks for, and which members are false.
fn check_one_family(
    subject: &Subject<'_>,
    expanded: bool,
    family: &[&Opening],
) -> Result<(bool, Members), ExchangeError> {
    let Some((top, others)) = family.split_first() else { return Ok((false, Members::default())) };
    if top.family.is_none_or(|family| family.ordinal > 0) {
        return Ok((false, Members::default()));
    }
    let path = subject.package.path(top.leaf);
    let members = check_family(expanded, Item { opening: top, path: &path }, others)?;
    let whole = match subject.lot.families {
        Families::Top => true,
        Families::Whole => family.len() as u64 >= u64::from(members.count),
    };
    Ok((whole, members))
}

/// Leaves that are false because of what drawn containers hold, and how many entries stand
/// under other leaves alone.
fn containers(
    subject: &Subject<'_>,
    opened: &[&Opening],
    progress: &dyn Progress,
) -> Result<(BTreeSet<u64>, u64), ExchangeError> {
    let drawn = subject.drawing.leaves();
    let tops = Tops::of(opened.iter().copied());
    let of_drawn = |opening: &&&Opening| {
        drawn.binary_search(&opening.leaf).is_ok() || tops.were_taken_from(opening)
    };
    let asked: Vec<&&Opening> = opened.iter().filter(of_drawn).collect();
    progress.stage("opening containers again", asked.len() as u64);
    let (mut wrong, mut elsewhere) = (BTreeSet::new(), 0_u64);
    for opening in asked {
        let path = subject.package.path(opening.leaf);
        progress.advance(1);
        let Some(contents) = check_container(Item { opening, path: &path }, &tops)? else {
            continue;
        };
        if contents.short > 0 {
            wrong.insert(opening.leaf);
        }
        elsewhere = elsewhere.saturating_add(contents.elsewhere);
        wrong.extend(contents.wrong);
    }
    Ok((wrong, elsewhere))
}

/// What became of each drawn leaf.
fn fates(
    subject: &Subject<'_>,
    wrong: &BTreeMap<u64, AuditCheck>,
    not_whole: &BTreeSet<u64>,
) -> BTreeMap<u64, Fate> {
    let package = subject.package;
    let opened: BTreeSet<u64> = package.openings.iter().map(|opening| opening.leaf).collect();
    let missing: BTreeMap<u64, &str> =
        package.missing.iter().map(|line| (line.leaf, line.basis.as_str())).collect();
    let fate = |leaf: &u64| {
        if !opened.contains(leaf) {
            let basis = missing.get(leaf).map(|basis| (*basis).to_owned());
            return Fate::Missing { basis };
        }
        match wrong.get(leaf) {
            Some(check) => Fate::False { check: check.id() },
            // Without the rest of its family nobody can tell.
            None if not_whole.contains(leaf) => Fate::Missing { basis: None },
            None => Fate::Clean,
        }
    };
    subject.drawing.leaves().iter().map(|leaf| (*leaf, fate(leaf))).collect()
}

/// False leaves that were not drawn.
fn findings(subject: &Subject<'_>, wrong: &BTreeMap<u64, AuditCheck>) -> Vec<Finding> {
    let drawn = subject.drawing.leaves();
    let others = wrong.iter().filter(|(leaf, _)| drawn.binary_search(leaf).is_err());
    others.map(|(leaf, check)| Finding { leaf: *leaf, check: check.id() }).collect()
}

/// Leaves with the same bytes.
fn equal(opened: &[&Opening]) -> Vec<Vec<u64>> {
    let mut by_bytes: BTreeMap<[u8; 32], Vec<u64>> = BTreeMap::new();
    for opening in opened {
        let Some(file) = &opening.file else { continue };
        by_bytes.entry(file.sha256.0).or_default().push(opening.leaf);
    }
    let mut equal: Vec<Vec<u64>> =
        by_bytes.into_values().filter(|leaves| leaves.len() > 1).collect();
    // Not in the order of the digests.
    equal.sort();
    equal
}
