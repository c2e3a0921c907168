//! What one proof says.

use ff::Field;

use super::plan::{Batch, Plan};
use crate::field::Scalar;
use crate::hash::sponge::view_digest;
use crate::model::program::Program;

/// Version of the argument; any change to what is proved changes it.
pub const ARGUMENT_VERSION: u32 = 3;

/// What all batches of one response share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Digest of the commitment's header.
    pub header: Scalar,
    /// The committed root.
    pub root: Scalar,
    /// Digest of the request.
    pub request: [u8; 32],
}

/// A place of a batch and what is proved of its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The document's leaf; `None` for the dummy that fills an empty slot.
    pub leaf: Option<u64>,
    /// The digest of its view.
    pub digest: Scalar,
    /// What the program says of it.
    pub decision: bool,
}

impl Slot {
    /// The public dummy: zero bytes under salt zero.
    #[must_use]
    pub fn dummy(program: &Program) -> Self {
        let bytes = vec![0; program.input_len()];
        Self {
            leaf: None,
            digest: view_digest(program.view(), Scalar::ZERO, &bytes),
            decision: program.matches(&bytes),
        }
    }
}

/// The statement of one batch proof: the program gives these decisions on the
/// documents with these digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What all batches share.
    pub context: Context,
    /// Number of this batch.
    pub batch: u64,
    /// Number of batches.
    pub batches: u64,
    /// Lanes of this batch.
    pub lanes: u32,
    /// Copies in each lane.
    pub copies: u32,
    /// The slots; lane l holds slots `l·copies ..`, one for each copy.
    pub slots: Vec<Slot>,
}

impl Statement {
    /// The statement of batch `index` of a plan about `documents`: leaf,
    /// digest and decision of each, in leaf order. Empty slots hold `dummy`.
    ///
    /// # Panics
    /// Unless there are as many documents as the batch has.
    #[must_use]
    pub fn of_batch(
        context: Context,
        plan: &Plan,
        index: u64,
        documents: &[(u64, Scalar, bool)],
        dummy: &Slot,
    ) -> Self {
        let Batch { count, lanes, .. } = plan.batch(index);
        assert_eq!(documents.len() as u64, count, "documents of batch {index}");
        let copies = plan.lane.copies;
        let mut slots: Vec<Slot> = documents
            .iter()
            .map(|(leaf, digest, decision)| Slot {
                leaf: Some(*leaf),
                digest: *digest,
                decision: *decision,
            })
            .collect();
        slots.resize(lanes as usize * copies as usize, dummy.clone());
        Self { context, batch: index, batches: plan.batches, lanes, copies, slots }
    }
}
