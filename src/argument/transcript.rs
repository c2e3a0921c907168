//! The schedule of commitments and challenges.
//!
//! A challenge must come after everything that it is to bind. So the type of a
//! [`Schedule`] says what it has absorbed, and only one of the right type takes
//! a commitment or gives a challenge:
//!
//! 1. [`Stated`]: versions, keys and the whole statement;
//! 2. [`FirstCommitted`]: the data commitments of the first round too; it gives τ;
//! 3. [`TauDrawn`]: nothing more, but τ is known; only now does it take those of the
//!    second round, whose cells depend on τ;
//! 4. [`SecondCommitted`]: all data commitments; it gives ρ and the binding.
//!
//! The coefficients follow from τ and ρ. Everything after that is the proof library's
//! transcript, which begins with the binding (`docs/argument.md`,
//! "Transcripts").

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

/// What relations are weighted by: relation w of a copy by a power of ρ, and its part
/// about element e of a step by τ^e besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Separates the elements of a step. Drawn after the first round of commitments.
    pub tau: Scalar,
    /// Separates the relations. Drawn after the second.
    pub rho: Scalar,
}

/// The challenges of a statement and its data commitments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenges {
    /// τ and ρ.
    pub weights: Weights,
    /// Binds the proof's own transcript to all of it.
    pub binding: Scalar,
}

/// Commitments to the data columns of the first round of all lanes, 48 bytes each, lane
/// after lane.
#[derive(Clone, Copy, Debug)]
pub struct FirstRound<'a>(pub &'a [[u8; 48]]);

/// The same of the second round.
#[derive(Clone, Copy, Debug)]
pub struct SecondRound<'a>(pub &'a [[u8; 48]]);

/// What a transcript has absorbed: the statement and its keys.
#[derive(Debug)]
pub struct Stated;

/// What a transcript has absorbed: the commitments of the first round too.
#[derive(Debug)]
pub struct FirstCommitted;

/// What a transcript has absorbed: no more, but τ is drawn.
#[derive(Debug)]
pub struct TauDrawn {
    tau: Scalar,
}

/// What a transcript has absorbed: the commitments of the second round too.
#[derive(Debug)]
pub struct SecondCommitted {
    tau: Scalar,
}

/// The transcript of a statement, so far.
pub struct Schedule<Phase> {
    absorbed: Absorbed,
    phase: Phase,
}

impl Schedule<Stated> {
    /// Absorbs versions, keys and the whole statement. A field chosen after τ
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
        Self { absorbed, phase: Stated }
    }

    /// Absorbs the commitments of the first round and their number. A cell chosen after
    /// τ would break the argument.
    #[must_use]
    pub fn commit(self, data: FirstRound<'_>) -> Schedule<FirstCommitted> {
        let Self { mut absorbed, .. } = self;
        absorbed.commitments(data.0);
        Schedule { absorbed, phase: FirstCommitted }
    }
}

impl Schedule<FirstCommitted> {
    /// Draws τ.
    #[must_use]
    pub fn draw(self) -> Schedule<TauDrawn> {
        let tau = self.absorbed.challenge(b"tau");
        Schedule { absorbed: self.absorbed, phase: TauDrawn { tau } }
    }
}

impl Schedule<TauDrawn> {
    /// τ, which the cells of the second round depend on.
    #[must_use]
    pub const fn tau(&self) -> Scalar {
        self.phase.tau
    }

    /// Absorbs the commitments of the second round and their number. A cell chosen after
    /// ρ would break the argument.
    #[must_use]
    pub fn commit(self, data: SecondRound<'_>) -> Schedule<SecondCommitted> {
        let Self { mut absorbed, phase: TauDrawn { tau } } = self;
        absorbed.commitments(data.0);
        Schedule { absorbed, phase: SecondCommitted { tau } }
    }
}

impl Schedule<SecondCommitted> {
    /// Draws ρ and the binding.
    #[must_use]
    pub fn challenges(self) -> Challenges {
        let Self { absorbed, phase: SecondCommitted { tau } } = self;
        let rho = absorbed.challenge(b"rho");
        Challenges { weights: Weights { tau, rho }, binding: absorbed.challenge(b"binding") }
    }
}

/// Blake2b-512 over fixed-width fields, the domain string first.
struct Absorbed(State);

impl Absorbed {
    fn new() -> Self {
        let mut state = Params::new().hash_length(64).personal(b"candor batch v3").to_state();
        state.update(b"candor: statement of one batch, version 3\n");
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

    fn commitments(&mut self, commitments: &[[u8; 48]]) {
        self.number(commitments.len() as u64);
        for commitment in commitments {
            self.bytes(commitment);
        }
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

    type Commitments<'a> = [&'a [[u8; 48]]; 2];

    fn challenges(statement: &Statement, keys: &Keys, data: Commitments<'_>) -> Challenges {
        let first = Schedule::new(statement, keys).commit(FirstRound(data[0])).draw();
        let tau = first.tau();
        let drawn = first.commit(SecondRound(data[1])).challenges();
        assert_eq!(drawn.weights.tau, tau);
        drawn
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
        let drawn = challenges(&statement(), &keys, [&[[8; 48], [9; 48]], &[[10; 48]]]);
        assert_eq!(
            to_hex(&drawn.weights.tau),
            "b25dd2a2c69ad9077d423152af8f366606bac626fdd10786f88bc8901b5d6a44"
        );
        assert_eq!(
            to_hex(&drawn.weights.rho),
            "fdac0f313cc3d20ee1a4894fbf2185929e60460f6e237be80691bc566ab5ab14"
        );
        assert_eq!(
            to_hex(&drawn.binding),
            "c658f0b4b2e3f80cbdcbda1c1bdbdceeaf593db96251151f0e56b8a86f9f6847"
        );
    }

    #[test]
    fn every_field_and_commitment_moves_the_challenges() {
        let keys = Keys { setup: [6; 32], verifying_key: Scalar::from(7) };
        let commitments: Commitments<'_> = [&[[8; 48], [9; 48]], &[[10; 48]]];
        let base = challenges(&statement(), &keys, commitments);
        let Weights { tau, rho } = base.weights;
        assert!(tau != rho && rho != base.binding && tau != base.binding);
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
        let all_move = |moved: Challenges, name: &str| {
            assert_ne!(moved.weights.tau, tau, "{name}");
            assert_ne!(moved.weights.rho, rho, "{name}");
            assert_ne!(moved.binding, base.binding, "{name}");
        };
        for (index, mutate) in mutations.iter().enumerate() {
            let mut changed = statement();
            mutate(&mut changed);
            all_move(challenges(&changed, &keys, commitments), &format!("mutation {index}"));
        }
        let other_keys =
            [Keys { setup: [0; 32], ..keys }, Keys { verifying_key: Scalar::from(8), ..keys }];
        for keys in other_keys {
            all_move(challenges(&statement(), &keys, commitments), "keys");
        }
        for first in [&[[8; 48]][..], &[[9; 48], [8; 48]], &[[8; 48], [9; 48], [0; 48]]] {
            all_move(challenges(&statement(), &keys, [first, commitments[1]]), "first round");
        }
        // The second round is chosen when τ is known, and moves the rest.
        for second in [&[][..], &[[11; 48]], &[[10; 48], [0; 48]]] {
            let moved = challenges(&statement(), &keys, [commitments[0], second]);
            assert_eq!(moved.weights.tau, tau);
            assert_ne!(moved.weights.rho, rho);
            assert_ne!(moved.binding, base.binding);
        }
        // A commitment cannot change sides.
        let moved = challenges(&statement(), &keys, [&[[8; 48], [9; 48], [10; 48]], &[]]);
        all_move(moved, "all in the first round");
    }
}
