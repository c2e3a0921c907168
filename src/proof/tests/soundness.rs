//! Witnesses that break one clause, refused by circuit and twin alike.
//!
//! A dishonest prover commits to its broken witness faithfully and runs the
//! real protocol. Everything that follows from the break is computed from it,
//! so that the clause in question alone can refuse it.

use std::sync::{Arc, OnceLock};

use ff::Field;
use rand_core::OsRng;

use crate::argument::plan::{LaneLayout, RANDOM_ROWS, STRIP_ROWS};
use crate::argument::shape::Shape;
use crate::argument::statement::{Context, Slot, Statement};
use crate::argument::tables::Entries;
use crate::argument::testing;
use crate::argument::testing::forge::{self, ArgumentHook, Hooks, RowHook};
use crate::argument::trace::Trace;
use crate::field::Scalar;
use crate::model::program::{Op, Program, Table};
use crate::proof::columns::advice::{SecondPhase, multiplicity_columns};
use crate::proof::columns::data::data_columns;
use crate::proof::gates::Drawn;
use crate::proof::{Prover, Verifier, Watch};

const COPIES: u32 = 3;
const LANES: u32 = 2;

struct Bench {
    program: Arc<Program>,
    shape: Shape,
    prover: Prover,
    verifier: Verifier,
    documents: Vec<Vec<u64>>,
}

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| Bench::of(testing::program()))
}

type Forgery = fn(&mut SecondPhase, &Drawn);

fn salt(slot: usize) -> Scalar {
    Scalar::from(slot as u64 + 5).invert().unwrap()
}

impl Bench {
    fn of(program: Program) -> Self {
        let program = Arc::new(program);
        let documents = testing::documents(&program);
        let wide = |bytes: &Vec<u8>| bytes.iter().copied().map(u64::from).collect();
        Self {
            shape: Shape::of(&program),
            prover: Prover::new(program.clone(), COPIES, LANES).unwrap(),
            verifier: Verifier::new(program.clone(), COPIES, LANES).unwrap(),
            documents: documents.iter().skip(2).take(6).map(wide).collect(),
            program,
        }
    }

    fn trace(&self, slot: usize, hooks: &Hooks) -> Trace {
        forge::trace(&self.program, &self.shape, &self.documents[slot], salt(slot), hooks)
    }

    fn honest(&self) -> Vec<Trace> {
        (0..self.documents.len()).map(|slot| self.trace(slot, &Hooks::default())).collect()
    }

    /// The statement that goes with traces, true of them or not.
    fn statement(&self, traces: &[Trace]) -> Statement {
        let slot = |(leaf, trace): (u64, &Trace)| Slot {
            leaf: Some(leaf),
            digest: trace.digest,
            decision: trace.decision,
        };
        Statement {
            context: Context { header: Scalar::ONE, root: Scalar::from(2), request: [3; 32] },
            batch: 0,
            batches: 1,
            lanes: LANES,
            copies: COPIES,
            slots: (0..).zip(traces).map(slot).collect(),
        }
    }

    /// Counts what look-ups there are and leaves out those that hit nothing.
    fn multiplicities(&self, traces: &[Trace]) -> Vec<Vec<Scalar>> {
        let entries = Entries::of(&self.program);
        let mut counts = vec![0; entries.as_slice().len()];
        for trace in traces {
            for ([q, r, _], lookups) in trace.table.iter().zip(&self.shape.lookups) {
                let hits = [Some((lookups.step, q)), lookups.remainder.map(|tag| (tag, r))];
                for (tag, q) in hits.into_iter().flatten() {
                    if let Some(position) = entries.position(tag, *q) {
                        counts[position] += 1;
                    }
                }
            }
        }
        multiplicity_columns(&counts)
    }

    fn prove(&self, statement: &Statement, traces: &[Trace]) -> Vec<u8> {
        self.prove_forged(statement, traces, self.multiplicities(traces), |_, _| ())
    }

    fn prove_forged(
        &self,
        statement: &Statement,
        traces: &[Trace],
        multiplicities: Vec<Vec<Scalar>>,
        forge: Forgery,
    ) -> Vec<u8> {
        let traces: Vec<&Trace> = traces.iter().collect();
        let lane = LaneLayout::new(&self.shape, COPIES);
        let data = data_columns(&lane, &traces, &mut OsRng);
        let mut watch = Watch::new(&|_| ());
        let proof = self.prover.prove_columns(
            statement,
            data,
            multiplicities,
            forge,
            &mut watch,
            &mut OsRng,
        );
        proof.unwrap()
    }

    fn accepts(&self, statement: &Statement, proof: &[u8]) -> bool {
        self.verifier.verify(statement, proof).is_ok()
    }

    /// Circuit and twin must agree that the traces are no witness.
    fn assert_refused(&self, name: &str, statement: &Statement, traces: &[Trace]) {
        let twin = statement.check(&self.program, traces);
        assert!(twin.is_err(), "{name}: the twin accepts");
        let proof = self.prove(statement, traces);
        assert!(!self.accepts(statement, &proof), "{name}: the verifier accepts");
    }

    /// The first row of the n-th node that a predicate picks.
    fn row_of(&self, pick: fn(&Op) -> bool) -> usize {
        let node = self.program.nodes().iter().position(|node| pick(&node.op)).unwrap();
        self.shape.first_row[node]
    }

    fn step_row(&self) -> usize {
        self.row_of(|op| matches!(op, Op::Table { .. }))
    }
}

#[test]
fn the_honest_witness_is_accepted_by_both() {
    let bench = bench();
    let traces = bench.honest();
    let statement = bench.statement(&traces);
    assert_eq!(statement.check(&bench.program, &traces), Ok(()));
    assert!(bench.accepts(&statement, &bench.prove(&statement, &traces)));
    // The forger without hooks is the honest prover.
    for (slot, trace) in traces.iter().enumerate() {
        let bytes: Vec<u8> = bench.documents[slot].iter().map(|b| *b as u8).collect();
        let honest = Trace::of(&bench.program, &bench.shape, &bytes, salt(slot));
        assert_eq!((&honest.table, &honest.product), (&trace.table, &trace.product));
        assert_eq!((&honest.sbox, honest.digest), (&trace.sbox, trace.digest));
    }
    let decisions: Vec<bool> = traces.iter().map(|trace| trace.decision).collect();
    assert!(decisions.contains(&true) && decisions.contains(&false));
}

/// A row hook that acts in one row.
fn at(row: usize, change: fn([u64; 3], &Table) -> [u64; 3]) -> Option<RowHook> {
    Some(Box::new(move |here, cells, table| if here == row { change(cells, table) } else { cells }))
}

/// An argument hook that adds to x in one row.
fn shifted(row: usize, by: i64) -> Option<ArgumentHook> {
    Some(Box::new(move |here, x| if here == row { x + by } else { x }))
}

#[test]
fn broken_table_rows_are_refused() {
    let bench = bench();
    let row = bench.step_row();
    let max_row = bench.row_of(|op| matches!(op, Op::Max { .. }));
    // (q − 1, r + 2^s, T[q − 1]): the division still holds.
    let borrow = |[q, r, _]: [u64; 3], table: &Table| {
        let y = table.values[q as usize - 1] - table.min();
        [q - 1, r + (1 << 6), y as u64]
    };
    let cases: [(&str, Hooks); 6] = [
        (
            "y is not the table's value",
            Hooks { row: at(row, |[q, r, y], _| [q, r, y + 1]), ..Hooks::default() },
        ),
        ("r out of range, division kept", Hooks { row: at(row, borrow), ..Hooks::default() }),
        (
            "q past the table",
            Hooks {
                row: at(row, |[_, r, y], t| [t.values.len() as u64, r, y]),
                ..Hooks::default()
            },
        ),
        ("a tap or bias dropped", Hooks { argument: shifted(row, 41), ..Hooks::default() }),
        (
            "a maximum of something else",
            Hooks { argument: shifted(max_row, 1), ..Hooks::default() },
        ),
        (
            "relu of a maximum off by one",
            Hooks { row: at(max_row, |[q, r, y], _| [q, r, y + 1]), ..Hooks::default() },
        ),
    ];
    for (name, hooks) in cases {
        let mut traces = bench.honest();
        traces[1] = bench.trace(1, &hooks);
        bench.assert_refused(name, &bench.statement(&traces), &traces);
    }
}

#[test]
fn broken_limbs_are_refused() {
    let bench = Bench::of(testing::fine_program());
    let honest = bench.honest();
    let statement = bench.statement(&honest);
    assert_eq!(statement.check(&bench.program, &honest), Ok(()));
    assert!(bench.accepts(&statement, &bench.prove(&statement, &honest)));

    let first = bench.step_row();
    let node = bench.shape.first_row.iter().position(|row| *row == first).unwrap();
    let node = (node..).find(|node| matches!(bench.program.nodes()[*node].op, Op::Table { .. }));
    let limb = |element| bench.shape.limb(node.unwrap(), element);
    // (q − 1, T[q − 1]): what q stands for must come from elsewhere.
    let less = |[q, r, _]: [u64; 3], table: &Table| {
        [q - 1, r, (table.values[q as usize - 1] - table.min()) as u64]
    };
    type Edit = fn(&mut u64);
    let cases: [(&str, usize, Option<RowHook>, Edit); 5] = [
        ("an upper limb off by one", 0, None, |limb| *limb ^= 1),
        ("the other cell of its row", 1, None, |limb| *limb ^= 1),
        ("the last one of an odd number", 2, None, |limb| *limb ^= 1),
        ("an upper limb out of range, division kept", 0, at(first, less), |limb| *limb += 1 << 5),
        (
            "a lower limb out of range, division kept",
            0,
            at(first, |[q, r, y], _| [q, r + (1 << 12), y]),
            |limb| *limb = limb.wrapping_sub(1),
        ),
    ];
    for (name, element, row, edit) in cases {
        // Not every document has a quotient or limb to take one from.
        let (row_of_limb, cell) = limb(element);
        let slot = (0..honest.len())
            .find(|slot| {
                honest[*slot].table[row_of_limb][cell] > 0 && honest[*slot].table[first][0] > 0
            })
            .unwrap();
        let mut traces = bench.honest();
        traces[slot] = bench.trace(slot, &Hooks { row, ..Hooks::default() });
        edit(&mut traces[slot].table[row_of_limb][cell]);
        bench.assert_refused(name, &bench.statement(&traces), &traces);
    }
}

#[test]
fn the_other_rounding_at_a_tie_is_refused() {
    // At a tie r = 0; rounding the other way is (q − 1, r = 2^s), one past
    // the range's last entry.
    let bench = bench();
    let first = bench.step_row();
    let ties = |trace: &Trace| (first..first + 24).find(|row| trace.table[*row][1] == 0);
    let mut traces = bench.honest();
    let mut changed = bench.documents.clone();
    // Move one byte until some row of slot 0 is a tie.
    let (bytes, row) = (0..256)
        .find_map(|value| {
            changed[0][17] = value;
            let trace =
                forge::trace(&bench.program, &bench.shape, &changed[0], salt(0), &Hooks::default());
            ties(&trace).map(|row| (changed[0].clone(), row))
        })
        .unwrap();
    let round_down = |[q, r, _]: [u64; 3], table: &Table| {
        let y = table.values[q as usize - 1] - table.min();
        [q - 1, r + (1 << 6), y as u64]
    };
    let hooks = Hooks { row: at(row, round_down), ..Hooks::default() };
    traces[0] = forge::trace(&bench.program, &bench.shape, &bytes, salt(0), &hooks);
    assert_eq!(traces[0].table[row][1], 64);
    bench.assert_refused("the other rounding", &bench.statement(&traces), &traces);
}

#[test]
fn broken_bytes_and_hashes_are_refused() {
    let bench = bench();
    let honest = bench.honest();
    let mut cases: Vec<(&str, Trace)> = Vec::new();

    // 256 in one byte and one less in the next packs to the same word.
    let mut bytes = bench.documents[2].clone();
    let at = bytes[..30].windows(2).position(|pair| pair[1] > 0).unwrap();
    bytes[at] += 256;
    bytes[at + 1] -= 1;
    let overflow = forge::trace(&bench.program, &bench.shape, &bytes, salt(2), &Hooks::default());
    assert_eq!(overflow.digest, honest[2].digest);
    cases.push(("a byte of 256", overflow));

    let mut hashed = bench.documents[2].clone();
    hashed[34] ^= 1;
    let hooks = Hooks { hashed: Some(hashed), ..Hooks::default() };
    cases.push(("other bytes hashed than classified", bench.trace(2, &hooks)));

    let in_row = |row: usize, change: fn([Scalar; 2]) -> [Scalar; 2]| Hooks {
        sbox: Some(Box::new(move |here, cells| if here == row { change(cells) } else { cells })),
        ..Hooks::default()
    };
    let wrong_power = |[u, v]: [Scalar; 2]| [u, v + Scalar::ONE];
    let wrong_state = |[u, _]: [Scalar; 2]| {
        let u = u + Scalar::ONE;
        [u, u.square().square() * u]
    };
    for row in [0, 1, 40, 128] {
        cases.push(("v is not u^5", bench.trace(2, &in_row(row, wrong_power))));
    }
    // Row 1 is the salt's, which may be anything.
    for row in [0, 2, 9, 36, 93, 128] {
        cases.push(("a round constant or matrix entry", bench.trace(2, &in_row(row, wrong_state))));
    }
    for (name, trace) in cases {
        let mut traces = honest.clone();
        traces[2] = trace;
        bench.assert_refused(name, &bench.statement(&traces), &traces);
    }
}

#[test]
fn broken_products_are_refused() {
    let bench = bench();
    let in_row = |change: fn([i64; 3]) -> [i64; 3]| Hooks {
        product: Some(Box::new(move |row, cells| if row == 3 { change(cells) } else { cells })),
        ..Hooks::default()
    };
    let cases: [(&str, Hooks); 3] = [
        ("z is not x·y", in_row(|[x, y, z]| [x, y, z + 1])),
        ("x is not its map", in_row(|[x, y, _]| [x + 1, y, (x + 1) * y])),
        ("y is not its map", in_row(|[x, y, _]| [x, y - 1, x * (y - 1)])),
    ];
    for (name, hooks) in cases {
        let mut traces = bench.honest();
        traces[5] = bench.trace(5, &hooks);
        bench.assert_refused(name, &bench.statement(&traces), &traces);
    }
}

#[test]
fn false_statements_are_refused() {
    let bench = bench();
    let traces = bench.honest();
    let statement = bench.statement(&traces);
    let decisions: Vec<bool> = traces.iter().map(|trace| trace.decision).collect();
    let yes = decisions.iter().position(|v| *v).unwrap();
    let no = decisions.iter().position(|v| !*v).unwrap();
    let flip = |slots: &[usize]| {
        let mut changed = statement.clone();
        slots.iter().for_each(|slot| changed.slots[*slot].decision ^= true);
        changed
    };
    bench.assert_refused("a match denied", &flip(&[yes]), &traces);
    bench.assert_refused("a match invented", &flip(&[no]), &traces);

    // Rule 1: errors of two copies, or two lanes, cancel in a plain sum.
    let pair = |same_lane: bool| {
        let lane = |slot: usize| slot / COPIES as usize;
        let all = (0..6).flat_map(|a| (0..6).map(move |b| (a, b)));
        all.filter(|(a, b)| decisions[*a] && !decisions[*b])
            .find(|(a, b)| (lane(*a) == lane(*b)) == same_lane)
    };
    for (name, same_lane) in [("decisions of two copies", true), ("decisions of two lanes", false)]
    {
        let (a, b) = pair(same_lane).unwrap();
        bench.assert_refused(name, &flip(&[a, b]), &traces);
    }
    for (a, b) in [(0, 1), (0, 3)] {
        let mut digests = statement.clone();
        let digest = digests.slots[a].digest;
        digests.slots[a].digest = std::mem::replace(&mut digests.slots[b].digest, digest);
        bench.assert_refused("digests swapped", &digests, &traces);
        let mut cells = traces.clone();
        cells.swap(a, b);
        bench.assert_refused("cells swapped", &statement, &cells);
    }
}

#[test]
fn errors_chosen_to_cancel_are_refused() {
    let bench = bench();
    let row = bench.step_row();
    let mut two_relations = bench.honest();
    let hooks = Hooks {
        argument: Some(Box::new(move |here, x| match here {
            _ if here == row => x + 3,
            _ if here == row + 1 => x - 3,
            _ => x,
        })),
        ..Hooks::default()
    };
    two_relations[0] = bench.trace(0, &hooks);
    bench.assert_refused("two relations", &bench.statement(&two_relations), &two_relations);
    for (name, other) in [("two copies", 1), ("two lanes", 3)] {
        let mut traces = bench.honest();
        for (slot, by) in [(0, 5), (other, -5)] {
            let hooks = Hooks { argument: shifted(row, by), ..Hooks::default() };
            traces[slot] = bench.trace(slot, &hooks);
        }
        bench.assert_refused(name, &bench.statement(&traces), &traces);
    }
}

/// Rules 2 and 5: what a prover may do once it knows the challenges.
#[test]
fn forged_second_phases_are_refused() {
    let bench = bench();
    let mut traces = bench.honest();
    let row = bench.step_row();

    // A forged look-up whose imbalance is put into a helper in a row that no
    // look-up uses, and the sums recomputed: everything balances but for the
    // helper's gate in that row.
    let hooks = Hooks { row: at(row, |[q, r, y], _| [q, r, y + 1]), ..Hooks::default() };
    traces[0] = bench.trace(0, &hooks);
    let statement = bench.statement(&traces);
    let balanced: Forgery = |second, _| {
        let imbalance = *second.lookup_sum.last().unwrap();
        assert_ne!(imbalance, Scalar::ZERO);
        second.lookup_helpers[0][STRIP_ROWS + 1] -= imbalance;
        second.lookup_sum[STRIP_ROWS + 2..].iter_mut().for_each(|v| *v -= imbalance);
        assert_eq!(*second.lookup_sum.last().unwrap(), Scalar::ZERO);
    };
    let counts = bench.multiplicities(&traces);
    let proof = bench.prove_forged(&statement, &traces, counts.clone(), balanced);
    assert!(!bench.accepts(&statement, &proof), "a helper in an inactive row");
    let on_the_table: Forgery = |second, _| {
        let imbalance = *second.lookup_sum.last().unwrap();
        second.table_helpers[0][STRIP_ROWS + 1] += imbalance;
        second.lookup_sum[STRIP_ROWS + 2..].iter_mut().for_each(|v| *v -= imbalance);
    };
    let proof = bench.prove_forged(&statement, &traces, counts.clone(), on_the_table);
    assert!(!bench.accepts(&statement, &proof), "a table helper in a filler row");

    // The imbalance taken off before the first row.
    let elsewhere: Forgery = |second, _| {
        let imbalance = *second.lookup_sum.last().unwrap();
        second.lookup_sum.iter_mut().for_each(|v| *v -= imbalance);
    };
    let proof = bench.prove_forged(&statement, &traces, counts, elsewhere);
    assert!(!bench.accepts(&statement, &proof), "the look-up sum starts elsewhere");
}

/// A false relation, made good where one of the two sums starts.
#[test]
fn sums_that_start_elsewhere_are_refused() {
    let bench = bench();
    let mut traces = bench.honest();
    let hooks = Hooks { argument: shifted(bench.step_row(), 5), ..Hooks::default() };
    traces[0] = bench.trace(0, &hooks);
    let statement = bench.statement(&traces);
    let counts = bench.multiplicities(&traces);
    let linear: Forgery = |second, _| {
        let gap = *second.rhs_sum.last().unwrap() - second.linear_sum.last().unwrap();
        assert_ne!(gap, Scalar::ZERO);
        second.linear_sum.iter_mut().for_each(|v| *v += gap);
    };
    let right_hand_side: Forgery = |second, drawn| {
        let gap = *second.linear_sum.last().unwrap() - second.rhs_sum.last().unwrap();
        // Each lane's step multiplies by σ.
        let mut part = gap;
        for value in second.rhs_sum.iter_mut().rev().take(LANES as usize + 1) {
            *value += part;
            part *= drawn.sigma.invert().unwrap();
        }
        assert_eq!(second.rhs_sum.last(), second.linear_sum.last());
    };
    for (name, forge) in [("linear sum", linear), ("right-hand side", right_hand_side)] {
        let proof = bench.prove_forged(&statement, &traces, counts.clone(), forge);
        assert!(!bench.accepts(&statement, &proof), "{name}");
    }
}

#[test]
fn forged_multiplicities_are_refused() {
    let bench = bench();
    let traces = bench.honest();
    let statement = bench.statement(&traces);
    let honest = bench.multiplicities(&traces);
    for (group, row) in [(0, 0), (0, 255), (honest.len() - 1, 3)] {
        let mut forged = honest.clone();
        forged[group][row] += Scalar::ONE;
        let proof = bench.prove_forged(&statement, &traces, forged, |_, _| ());
        assert!(!bench.accepts(&statement, &proof));
    }
}

/// Rule 3: a data column replaced after ρ was drawn.
#[test]
fn a_commitment_of_another_proof_is_refused() {
    let bench = bench();
    let traces = bench.honest();
    let statement = bench.statement(&traces);
    let [mut one, other] = [(); 2].map(|()| bench.prove(&statement, &traces));
    assert!(bench.accepts(&statement, &one) && bench.accepts(&statement, &other));
    one[48..96].copy_from_slice(&other[48..96]);
    assert!(!bench.accepts(&statement, &one));
}

/// Rule 4: fresh random rows in every data column, apart from all data, more
/// of them than openings; and no commitment ever twice.
#[test]
fn random_rows_hide_and_are_never_data() {
    let bench = bench();
    let traces = bench.honest();
    let statement = bench.statement(&traces);
    let lane = LaneLayout::new(&bench.shape, COPIES);
    let references: Vec<&Trace> = traces.iter().collect();
    let [one, two] = [(); 2].map(|()| data_columns(&lane, &references, &mut OsRng));
    for (one, two) in one.iter().zip(&two) {
        assert_eq!(one[..STRIP_ROWS], two[..STRIP_ROWS]);
        for row in STRIP_ROWS..STRIP_ROWS + RANDOM_ROWS {
            assert_ne!(one[row], two[row]);
        }
    }
    // Openings of a data column: at x, and inside the combination at x_3.
    let openings = bench.verifier.data_column_rotations().into_iter().max().unwrap() + 1;
    assert!(RANDOM_ROWS > openings + 1, "{openings} openings");
    assert!(bench.verifier.active_rows_end() <= STRIP_ROWS, "a look-up in a random row");

    let columns = 48 * LANES as usize * lane.columns();
    let [one, two] = [(); 2].map(|()| bench.prove(&statement, &traces));
    let commitments = |proof: &[u8]| -> std::collections::BTreeSet<Vec<u8>> {
        proof[..columns].chunks(48).map(<[u8]>::to_vec).collect()
    };
    assert!(commitments(&one).is_disjoint(&commitments(&two)));
    assert_eq!(commitments(&one).len(), columns / 48);
}

/// Rule 6: ranges have exactly 2^s entries, and no row of a table group holds
/// an entry of no table.
#[test]
fn table_groups_hold_entries_alone() {
    let bench = bench();
    let entries = Entries::of(&bench.program);
    for shift in [5, 6, 8] {
        let tag = crate::argument::tables::Tag::range(shift);
        let count = entries.as_slice().iter().filter(|entry| entry.tag == tag).count();
        assert_eq!(count, 1 << shift);
        assert!(entries.position(tag, 1 << shift).is_none());
    }
    for row in bench.verifier.table_rows() {
        let known =
            |entry: &&crate::argument::tables::Entry| [entry.tag.number(), entry.q, entry.y] == row;
        assert!(entries.as_slice().iter().any(|entry| known(&entry)), "{row:?}");
    }
}

/// Rule 10: multi-openings combine with full challenges, not truncated ones.
#[test]
fn challenges_are_not_truncated() {
    use halo2_proofs::poly::commitment::PolynomialCommitmentScheme;
    use halo2_proofs::poly::{EvaluationDomain, ProverQuery};
    use halo2_proofs::transcript::Transcript;

    let bases = crate::proof::scheme::prover_bases().unwrap();
    let domain = EvaluationDomain::<Scalar>::new(1, 12);
    let constant = |value: u64| {
        let mut coefficients = vec![Scalar::ZERO; 1 << 12];
        coefficients[0] = Scalar::from(value);
        domain.coeff_from_vec(coefficients)
    };
    let [one, two] = [constant(0), constant(1)];
    let point = Scalar::from(77);
    let queries = [ProverQuery::new(point, &one), ProverQuery::new(point, &two)];
    let mut transcript = crate::proof::scheme::ProofTranscript::init();
    crate::proof::scheme::Kzg::multi_open(bases, &queries, &mut transcript).unwrap();
    let proof = transcript.finalize();
    // The combination at x_3 is 0 + x_1·1 = x_1, the first challenge.
    let x1: Scalar = crate::proof::scheme::ProofTranscript::init().squeeze_challenge();
    assert_eq!(proof[48..80], crate::field::encode(&x1));
    assert!(crate::field::encode(&x1)[16..].iter().any(|byte| *byte != 0));
}
