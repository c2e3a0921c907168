//! What of each leaf is handed over, once all decisions are known.

mod lists;

use std::collections::{BTreeMap, BTreeSet};

use super::withholding::{Redaction, Said, Withholding};
use crate::corpus::store::{Entry, Store};
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::bundle::{Basis, ByProgram};
use crate::exchange::formats::leaves::Status;
use crate::exchange::formats::request::Release;
use crate::exchange::formats::text::Name;
use crate::field;

/// What becomes of a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing of it is opened.
    Closed,
    /// Its file, record and views are opened; its place in its family, too, if `family`.
    Released {
        /// Whether that is so.
        family: bool,
    },
    /// It is listed with a reason; its place in its family is opened if `family`.
    Withheld {
        /// The reason, and what else is said. Few leaves have either.
        said: Box<Said>,
        /// Whether that is so.
        family: bool,
        /// The redacted copy that is handed over in its place.
        substitute: Option<Box<Redaction>>,
    },
    /// It is listed by the program, and opened to the judge alone. Its family is not asked
    /// for by it.
    Settled {
        /// Why.
        basis: ByProgram,
    },
}

/// What the responder is told of a release. It names documents, so it is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Items that are kept back although only others are to be withheld, which their
    /// bytes hold: the item, and the first of these.
    pub kept_back: Vec<(Name, Name)>,
    /// Mails that are not released although items in them are, which have inherited
    /// their headers.
    pub undisclosed_parents: Vec<Name>,
}

/// The fates of all leaves.
#[derive(Debug)]
pub(super) struct Fates {
    pub(super) of: Vec<Fate>,
    pub(super) told: Told,
}

/// What decides over them.
pub(super) struct Rules<'a> {
    pub(super) store: &'a Store,
    pub(super) statuses: &'a [Status],
    pub(super) scope: Release,
    /// What the responder's own lists say.
    pub(super) withheld: &'a Withholding,
    /// What the program withholds of what matches, where nothing else asks for it.
    pub(super) bases: &'a BTreeMap<u64, ByProgram>,
    pub(super) release_unreadable: bool,
}

/// A family's id, to be a key.
type Id = [u8; field::SCALAR_BYTES];

fn id(entry: &Entry) -> Id {
    field::encode(&entry.family.id)
}

impl Rules<'_> {
    /// Decides what is handed over.
    ///
    /// # Errors
    /// If an item would be released alone whose inherited headers are those of a mail
    /// that is on the responder's list, or a container that holds an item on it.
    pub(super) fn fates(&self) -> Result<Fates, ExchangeError> {
        let families = Families::of(self.store);
        let carried = self.carried(&families);
        let mut fates = match self.scope {
            Release::Family => self.by_family(&carried),
            Release::Item => self.by_item(&carried),
        };
        let containers = self.keep_containers(&mut fates)?;
        self.bring_in_lists(&mut fates)?;
        let told = Told {
            kept_back: self.kept_back(&fates, &carried).chain(containers).collect(),
            undisclosed_parents: self.undisclosed_parents(&fates, &families)?,
        };
        Ok(Fates { of: fates, told })
    }

    fn entries(&self) -> impl Iterator<Item = (u64, &Entry, Status)> {
        let statuses = self.statuses.iter().copied();
        (0..).zip(&self.store.entries).zip(statuses).map(|((leaf, e), status)| (leaf, e, status))
    }

    fn name(&self, leaf: u64) -> Name {
        self.store.entries[leaf as usize].record.path.clone()
    }

    /// Why the program withholds an item. What is listed, or holds what is listed, is not
    /// shown to the judge either: it is withheld for the responder's reason.
    fn basis(&self, leaf: u64, status: Status, carried: &BTreeMap<u64, u64>) -> Option<ByProgram> {
        let own = self.withheld.own.contains_key(&leaf) || carried.contains_key(&leaf);
        self.bases.get(&leaf).copied().filter(|_| status == Status::Matched && !own)
    }

    /// Items whose bytes hold those of a listed one, with the first such: its parent,
    /// the parent's parent, and so on.
    fn carried(&self, families: &Families<'_>) -> BTreeMap<u64, u64> {
        let mut carried = BTreeMap::new();
        for leaf in self.withheld.concealed() {
            for above in families.above(leaf) {
                carried.entry(above).or_insert(leaf);
            }
        }
        carried
    }

    /// Every member of a family in which something matches.
    fn by_family(&self, carried: &BTreeMap<u64, u64>) -> Vec<Fate> {
        let matching = self.entries().filter(|(leaf, _, status)| {
            *status == Status::Matched && self.basis(*leaf, *status, carried).is_none()
        });
        let matching: BTreeSet<Id> = matching.map(|(_, entry, _)| id(entry)).collect();
        let fate = |(leaf, entry, status): (u64, &Entry, Status)| {
            let family = true;
            if !matching.contains(&id(entry)) {
                return match self.basis(leaf, status, carried) {
                    Some(basis) => Fate::Settled { basis },
                    None => self.unreadable(leaf, status, carried),
                };
            }
            match (self.withheld.own.get(&leaf), carried.get(&leaf)) {
                (Some(said), _) => withheld(said.clone(), family),
                (None, Some(held)) => withheld(Said::of(Basis::Carries(*held)), family),
                (None, None) => Fate::Released { family },
            }
        };
        self.entries().map(fate).collect()
    }

    /// Every item that matches. One that is kept back only for what its bytes hold is
    /// logged with that, which is then logged, too.
    fn by_item(&self, carried: &BTreeMap<u64, u64>) -> Vec<Fate> {
        let kept = self.entries().filter(|(leaf, _, status)| {
            *status == Status::Matched && !self.withheld.own.contains_key(leaf)
        });
        let named: BTreeSet<u64> =
            kept.filter_map(|(leaf, ..)| carried.get(&leaf).copied()).collect();
        let fate = |(leaf, _, status): (u64, &Entry, Status)| {
            let matches = status == Status::Matched;
            match (self.withheld.own.get(&leaf), carried.get(&leaf)) {
                (Some(said), _) if matches || named.contains(&leaf) => {
                    withheld(said.clone(), named.contains(&leaf))
                }
                (None, Some(held)) if matches => withheld(Said::of(Basis::Carries(*held)), true),
                (None, None) if matches => match self.basis(leaf, status, carried) {
                    Some(basis) => Fate::Settled { basis },
                    None => Fate::Released { family: false },
                },
                _ => self.unreadable(leaf, status, carried),
            }
        };
        self.entries().map(fate).collect()
    }

    /// The fate of an item that nothing asks for.
    fn unreadable(&self, leaf: u64, status: Status, carried: &BTreeMap<u64, u64>) -> Fate {
        let kept = self.withheld.own.contains_key(&leaf) || carried.contains_key(&leaf);
        if status == Status::Unreadable && self.release_unreadable && !kept {
            return Fate::Released { family: false };
        }
        Fate::Closed
    }

    /// A container's entries are no members of its family, but its bytes hold them.
    /// Gives those that are not released after all, with what they hold.
    fn keep_containers(&self, fates: &mut [Fate]) -> Result<Vec<(Name, Name)>, ExchangeError> {
        let listed = |leaf: &u64| self.store.entries[*leaf as usize].record.container.clone();
        let held: BTreeMap<Name, u64> =
            self.withheld.concealed().filter_map(|leaf| Some((listed(&leaf)?, leaf))).collect();
        let mut kept = Vec::new();
        for ((leaf, entry, status), fate) in self.entries().zip(fates) {
            let Some(inside) = held.get(&entry.record.path) else { continue };
            if !matches!(fate, Fate::Released { .. } | Fate::Settled { .. }) {
                continue;
            }
            if status == Status::Matched {
                let problem = format!("it holds {}, which is withheld", self.name(*inside));
                let advice = "withhold the container, too, or release the item in it";
                return Err(ExchangeError::input(self.name(leaf), problem, advice));
            }
            *fate = Fate::Closed;
            kept.push((self.name(leaf), self.name(*inside)));
        }
        Ok(kept)
    }

    fn kept_back(
        &self,
        fates: &[Fate],
        carried: &BTreeMap<u64, u64>,
    ) -> impl Iterator<Item = (Name, Name)> {
        let kept = carried.iter().filter(|(leaf, _)| {
            let fate = fates.get(**leaf as usize);
            matches!(fate, Some(Fate::Withheld { .. })) && !self.withheld.own.contains_key(leaf)
        });
        kept.map(|(leaf, held)| (self.name(*leaf), self.name(*held)))
    }

    /// The mails whose headers go out with released items, but which do not themselves.
    fn undisclosed_parents(
        &self,
        fates: &[Fate],
        families: &Families<'_>,
    ) -> Result<Vec<Name>, ExchangeError> {
        let mut undisclosed = BTreeSet::new();
        for ((leaf, entry, _), fate) in self.entries().zip(fates) {
            let (released, settled) =
                (matches!(fate, Fate::Released { .. }), matches!(fate, Fate::Settled { .. }));
            if !(released || settled) || entry.record.inherited.is_none() {
                continue;
            }
            let entry_of = |leaf: u64| &self.store.entries[leaf as usize].record;
            // What stands between passes on what it inherits itself.
            let mail = families
                .above(leaf)
                .into_iter()
                .find(|above| entry_of(*above).inherited != entry.record.inherited);
            let Some(mail) = mail else { continue };
            if matches!(fates.get(mail as usize), Some(Fate::Released { .. })) {
                continue;
            }
            let alone = settled || self.scope == Release::Item;
            if alone && self.withheld.conceals(mail) {
                let problem = format!(
                    "it has inherited sender, recipients, subject and date of {}, which is withheld",
                    self.name(mail)
                );
                let advice = "withhold it, too, or release that mail";
                return Err(ExchangeError::input(self.name(leaf), problem, advice));
            }
            if released {
                undisclosed.insert(mail);
            }
        }
        Ok(undisclosed.into_iter().map(|mail| self.name(mail)).collect())
    }
}

fn withheld(said: Said, family: bool) -> Fate {
    Fate::Withheld { said: Box::new(said), family, substitute: None }
}

/// Which leaf stands where in each family.
struct Families<'a> {
    store: &'a Store,
    leaves: BTreeMap<(Id, u32), u64>,
}

impl<'a> Families<'a> {
    fn of(store: &'a Store) -> Self {
        let places = store.entries.iter().zip(0..);
        let leaves = places.map(|(entry, leaf)| ((id(entry), entry.family.ordinal), leaf));
        Self { store, leaves: leaves.collect() }
    }

    /// The items that an item stands in, the nearest first.
    fn above(&self, leaf: u64) -> Vec<u64> {
        let mut above = Vec::new();
        let mut entry = &self.store.entries[leaf as usize];
        let family = id(entry);
        while let Some(parent) = entry.record.parent {
            // A parent comes first, so this ends whatever the store says.
            let found = self.leaves.get(&(family, parent)).copied();
            let Some(found) = found.filter(|_| parent < entry.family.ordinal) else { break };
            above.push(found);
            entry = &self.store.entries[found as usize];
        }
        above
    }
}

#[cfg(test)]
mod tests;
