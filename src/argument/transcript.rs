//! The schedule of commitments and challenges.
//!
//! A challenge must come after everything that it is to bind. So the type of a
//! [`Schedule`] says what it has absorbed, and only one of the right type takes
//! a commitment or gives a challenge:
//!
//! 1. [`Stated`]: versions, keys and the whole statement;
//! 2. [`DataCommitted`]: the data commitments too; it gives ρ and the binding.
//!
//! The coefficients follow from ρ. Everything after that is the proof library's
//! transcript, which begins with the binding (`docs/argument.md`,
//! "Transcripts").

use std::marker::PhantomData;

use blake2b_simd::{Params, State};
use ff::Field;

use super::statement::{ARGUMENT_VERSION, Statement};
use crate::field::{Scalar, encode, from_wide};

/// What the challenges bind besides the statement itself.
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

/// Commitments to the data columns of all lanes, 48 bytes each, in the order of
/// the columns.
#[derive(Clone, Copy, Debug)]
pub struct DataCommitments<'a>(pub &'a [[u8; 48]]);

/// What a transcript has absorbed: the statement and its keys.
#[derive(Debug)]
pub enum Stated {}

/// What a transcript has absorbed: the data commitments too.
#[derive(Debug)]
pub enum DataCommitted {}

/// The transcript of a statement, so far.
pub struct Schedule<Phase> {
    absorbed: Absorbed,
    phase: PhantomData<Phase>,
}

impl Schedule<Stated> {
    /// Absorbs versions, keys and the whole statement. A field chosen after ρ
    /// would break the argument.
    #[must_use]
    pub fn new(statement: &Statement, keys: &Keys) -> Self {
        let mut absorbed = Absorbed::new();
        absorbed.number(u64::from(ARGUMENT_VERSION));
        absorbed.bytes(&keys.setup);
        absorbed.scalar(&keys.verifying_key);
        absorbed.scalar(&statement.context.header);
        absorbed.scalar(&statement.context.root);
        absorbed.bytes(&statement.context.request);
        absorbed.number(statement.batch);
        absorbed.number(statement.batches);
        absorbed.number(u64::from(statement.lanes));
        absorbed.number(u64::from(statement.copies));
        absorbed.number(statement.slots.len() as u64);
        for slot in &statement.slots {
            // No leaf has the number u64::MAX: a corpus has fewer documents.
            absorbed.number(slot.leaf.unwrap_or(u64::MAX));
            absorbed.scalar(&slot.digest);
            absorbed.bytes(&[u8::from(slot.decision)]);
        }
        Self { absorbed, phase: PhantomData }
    }

    /// Absorbs the data commitments and their number. A cell chosen after ρ
    /// would break the argument.
    #[must_use]
    pub fn commit(self, data: DataCommitments<'_>) -> Schedule<DataCommitted> {
        let Self { mut absorbed, .. } = self;
        absorbed.number(data.0.len() as u64);
        for commitment in data.0 {
            absorbed.bytes(commitment);
        }
        Schedule { absorbed, phase: PhantomData }
    }
}

impl Schedule<DataCommitted> {
    /// Draws ρ and the binding.
    #[must_use]
    pub fn challenges(self) -> Challenges {
        let Self { absorbed, .. } = self;
        Challenges { rho: absorbed.challenge(b"rho"), binding: absorbed.challenge(b"binding") }
    }
}

/// Blake2b-512 over fixed-width fields, the domain string first.
struct Absorbed(State);

impl Absorbed {
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
    use crate::argument::statement::{Context, Slot};
    use crate::field::to_hex;

    fn challenges(statement: &Statement, keys: &Keys, commitments: &[[u8; 48]]) -> Challenges {
        Schedule::new(statement, keys).commit(DataCommitments(commitments)).challenges()
    }

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
        let drawn = challenges(&statement(), &keys, &[[8; 48], [9; 48]]);
        assert_eq!(
            to_hex(&drawn.rho),
            "7e55375ad65ec76cdcea25c58364d5e7cd77cdd868608d042f69131c838ace66"
        );
        assert_eq!(
            to_hex(&drawn.binding),
            "178b20bf3922af73afa59d6a9716afaa75310b566a2125ab0131a6e097695d24"
        );
    }

    #[test]
    fn every_field_and_commitment_moves_rho() {
        let keys = Keys { setup: [6; 32], verifying_key: Scalar::from(7) };
        let commitments = [[8; 48], [9; 48]];
        let base = challenges(&statement(), &keys, &commitments);
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
            let moved = challenges(&changed, &keys, &commitments);
            assert_ne!(moved.rho, base.rho, "mutation {index}");
            assert_ne!(moved.binding, base.binding, "mutation {index}");
        }
        let other_keys =
            [Keys { setup: [0; 32], ..keys }, Keys { verifying_key: Scalar::from(8), ..keys }];
        for keys in other_keys {
            assert_ne!(challenges(&statement(), &keys, &commitments).rho, base.rho);
        }
        for commitments in [&[[8; 48]][..], &[[9; 48], [8; 48]], &[[8; 48], [9; 48], [0; 48]]] {
            assert_ne!(challenges(&statement(), &keys, commitments).rho, base.rho);
        }
    }
}
