//! What one proof says, and the challenge ρ drawn from it.

use blake2b_simd::{Params, State};
use ff::Field;

use super::plan::{Batch, Plan};
use crate::field::{Scalar, encode, from_wide};
use crate::hash::sponge::view_digest;
use crate::model::program::Program;

/// Version of the argument; any change to what is proved changes it.
pub const ARGUMENT_VERSION: u32 = 1;

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

/// What the statement's challenge binds besides the statement itself.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    /// Digest of the setup's points.
    pub setup: [u8; 32],
    /// Digest of the verifying key.
    pub verifying_key: Scalar,
}

/// The challenges of a statement and its data commitments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenges {
    /// The base of the weights of the linear relations.
    pub rho: Scalar,
    /// Binds the proof's own transcript to all of it.
    pub binding: Scalar,
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

    /// Draws ρ from everything that is fixed before it: versions, keys, the
    /// whole statement and all data commitments (48 bytes each, in layout
    /// order). One cell or field chosen after ρ would break the argument.
    #[must_use]
    pub fn challenges(&self, keys: &Keys, commitments: &[[u8; 48]]) -> Challenges {
        let mut transcript = Transcript::new();
        transcript.number(u64::from(ARGUMENT_VERSION));
        transcript.bytes(&keys.setup);
        transcript.scalar(&keys.verifying_key);
        transcript.scalar(&self.context.header);
        transcript.scalar(&self.context.root);
        transcript.bytes(&self.context.request);
        transcript.number(self.batch);
        transcript.number(self.batches);
        transcript.number(u64::from(self.lanes));
        transcript.number(u64::from(self.copies));
        transcript.number(self.slots.len() as u64);
        for slot in &self.slots {
            // No leaf has the number u64::MAX: a corpus has fewer documents.
            transcript.number(slot.leaf.unwrap_or(u64::MAX));
            transcript.scalar(&slot.digest);
            transcript.bytes(&[u8::from(slot.decision)]);
        }
        transcript.number(commitments.len() as u64);
        for commitment in commitments {
            transcript.bytes(commitment);
        }
        Challenges { rho: transcript.challenge(b"rho"), binding: transcript.challenge(b"binding") }
    }
}

/// Blake2b-512 over fixed-width fields, the domain string first.
struct Transcript(State);

impl Transcript {
    fn new() -> Self {
        let mut state = Params::new().hash_length(64).personal(b"candor batch v1").to_state();
        state.update(b"candor: statement of one batch, version 1\n");
        Self(state)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    fn scalar(&mut self, scalar: &Scalar) {
        self.bytes(&encode(scalar));
    }

    /// A challenge under its own label; zero, which has probability 2^-255,
    /// would be no challenge and becomes one.
    fn challenge(&self, label: &[u8]) -> Scalar {
        let mut state = self.0.clone();
        state.update(&[0xff]);
        state.update(label);
        let challenge = from_wide(state.finalize().as_array());
        if bool::from(challenge.is_zero()) { Scalar::ONE } else { challenge }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::to_hex;

    fn statement() -> Statement {
        let slot = |leaf, digest, decision| Slot { leaf, digest: Scalar::from(digest), decision };
        Statement {
            context: Context { header: Scalar::from(1), root: Scalar::from(2), request: [3; 32] },
            batch: 0,
            batches: 1,
            lanes: 1,
            copies: 2,
            slots: vec![slot(Some(0), 4, true), slot(None, 5, false)],
        }
    }

    /// Computed by hashlib of Python from `docs/argument.md`, "Transcripts".
    #[test]
    fn challenges_are_those_of_the_specification() {
        let keys = Keys { setup: [6; 32], verifying_key: Scalar::from(7) };
        let challenges = statement().challenges(&keys, &[[8; 48], [9; 48]]);
        assert_eq!(
            to_hex(&challenges.rho),
            "7e55375ad65ec76cdcea25c58364d5e7cd77cdd868608d042f69131c838ace66"
        );
        assert_eq!(
            to_hex(&challenges.binding),
            "178b20bf3922af73afa59d6a9716afaa75310b566a2125ab0131a6e097695d24"
        );
    }

    #[test]
    fn every_field_and_commitment_moves_rho() {
        let keys = Keys { setup: [6; 32], verifying_key: Scalar::from(7) };
        let commitments = [[8; 48], [9; 48]];
        let base = statement().challenges(&keys, &commitments);
        assert_ne!(base.rho, base.binding);
        let mutations: [fn(&mut Statement); 11] = [
            |s| s.context.header += Scalar::ONE,
            |s| s.context.root += Scalar::ONE,
            |s| s.context.request[31] ^= 1,
            |s| s.batch = 1,
            |s| s.batches = 2,
            |s| s.lanes = 2,
            |s| s.copies = 1,
            |s| s.slots[0].leaf = Some(1),
            |s| s.slots[1].leaf = Some(1),
            |s| s.slots[0].digest += Scalar::ONE,
            |s| s.slots[1].decision = true,
        ];
        for (index, mutate) in mutations.iter().enumerate() {
            let mut changed = statement();
            mutate(&mut changed);
            let moved = changed.challenges(&keys, &commitments);
            assert_ne!(moved.rho, base.rho, "mutation {index}");
            assert_ne!(moved.binding, base.binding, "mutation {index}");
        }
        let other_keys =
            [Keys { setup: [0; 32], ..keys }, Keys { verifying_key: Scalar::from(8), ..keys }];
        for keys in other_keys {
            assert_ne!(statement().challenges(&keys, &commitments).rho, base.rho);
        }
        for commitments in [&[[8; 48]][..], &[[9; 48], [8; 48]], &[[8; 48], [9; 48], [0; 48]]] {
            assert_ne!(statement().challenges(&keys, commitments).rho, base.rho);
        }
    }
}
