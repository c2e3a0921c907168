//! Properties whose numbers a file chooses: which names they stand for.

use std::collections::BTreeMap;

use super::NAMES;
use crate::compound::Compound;
use crate::{Budget, Reason};

/// Set of properties for headers of mail.
const INTERNET_HEADERS: [u8; 16] = set(0x0002_0386);
/// Set of properties of appointments, with those for begin and end.
const APPOINTMENT: [u8; 16] = set(0x0006_2002);
const APPOINTMENT_TIMES: [u32; 2] = [0x820d, 0x820e];
/// Set of properties of tasks, with those for begin and due date.
const TASK: [u8; 16] = set(0x0006_2003);
const TASK_TIMES: [u32; 2] = [0x8104, 0x8105];

/// Bytes of `{xxxxxxxx-0000-0000-C000-000000000046}`.
const fn set(first: u32) -> [u8; 16] {
    let [a, b, c, d] = first.to_le_bytes();
    [a, b, c, d, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46]
}

/// What is known of the properties of a file from 0x8000 on.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<u16, Known>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Header,
    Time,
}

impl Names {
    /// Reads the names of a file. What is damaged there hides no property: it is
    /// taken for one whose name is not known.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if the budget does not allow it.
    pub(super) fn read(compound: &Compound<'_>, budget: &mut Budget) -> Result<Self, Reason> {
        let mut names = Self::default();
        let Some(storage) = compound.find(Compound::ROOT, NAMES) else { return Ok(names) };
        let mut stream = |name| match compound.find_stream(storage, name, budget) {
            Err(Reason::TooLarge) => Err(Reason::TooLarge),
            stream => Ok(stream.ok().flatten().unwrap_or_default()),
        };
        let sets = stream("__substg1.0_00020102")?;
        let entries = stream("__substg1.0_00030102")?;
        for entry in entries.as_chunks::<8>().0 {
            budget.take_work(1)?;
            let [n0, n1, n2, n3, s0, s1, i0, i1] = *entry;
            let number = u32::from_le_bytes([n0, n1, n2, n3]);
            let set = u16::from_le_bytes([s0, s1]);
            // Bit 0: a name of letters, whose place is the number. The sets 1 and 2
            // are no entries of the list.
            let (is_text, set) = (set & 1 == 1, usize::from(set >> 1).checked_sub(3));
            let set = set.and_then(|set| sets.as_chunks::<16>().0.get(set));
            let known = match set {
                Some(&INTERNET_HEADERS) => Known::Header,
                Some(&APPOINTMENT) if !is_text && APPOINTMENT_TIMES.contains(&number) => {
                    Known::Time
                }
                Some(&TASK) if !is_text && TASK_TIMES.contains(&number) => Known::Time,
                _ => continue,
            };
            if let Some(id) = u16::from_le_bytes([i0, i1]).checked_add(0x8000) {
                names.0.insert(id, known);
            }
        }
        Ok(names)
    }

    /// Whether a property is a header of the mail.
    pub(super) fn is_header(&self, id: u16) -> bool {
        self.0.get(&id) == Some(&Known::Header)
    }

    /// Times that are read.
    pub(super) fn times(&self) -> impl Iterator<Item = u16> {
        self.0.iter().filter(|(_, known)| **known == Known::Time).map(|(&id, _)| id)
    }
}
