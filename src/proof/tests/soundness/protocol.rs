//! What a prover may do in the protocol, whatever its witness.

use ff::Field;
use rand_core::OsRng;

use super::{COPIES, Forgery, LANES, at, bench, shifted};
use crate::argument::lane::{DATA_ROWS, LAST_ROW, LaneLayout, RANDOM_ROWS, STRIP_ROWS};
use crate::argument::rows::RowKind;
use crate::argument::tables::{Entries, Entry, Tag};
use crate::argument::testing::forge::Hooks;
use crate::argument::trace::Trace;
use crate::field::{Scalar, encode};
use crate::proof::columns::data::first_round;
use crate::proof::scheme::{Kzg, ProofTranscript, prover_bases};

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
    let [one, two] = [(); 2].map(|()| first_round(&lane, &references, &mut OsRng));
    let looked_up = lane.strips(RowKind::Table) * RowKind::Table.columns();
    for (column, (one, two)) in one.iter().zip(&two).enumerate() {
        assert_eq!(one[..STRIP_ROWS], two[..STRIP_ROWS]);
        for row in STRIP_ROWS..STRIP_ROWS + RANDOM_ROWS {
            assert_ne!(one[row], two[row]);
        }
        // Where look-ups hide their helpers.
        for row in LAST_ROW + 1..DATA_ROWS {
            let is_random = column % lane.columns() < looked_up;
            assert_eq!(one[row] != two[row], is_random, "column {column}, row {row}");
        }
    }
    // Openings of a data column: at x, and inside the combination at x_3.
    let openings = bench.verifier.data_column_rotations().into_iter().max().unwrap() + 1;
    assert!(RANDOM_ROWS > openings + 1, "{openings} openings");
    // Every look-up that there is takes part in the rows that hide the helpers, and none in
    // those that hide the data.
    for active in bench.verifier.active_rows() {
        assert!(active[..STRIP_ROWS].contains(&true));
        assert!(!active[STRIP_ROWS..=LAST_ROW].contains(&true), "a look-up in a random row");
        assert!(!active[LAST_ROW + 1..DATA_ROWS].contains(&false), "a helper shows its cells");
    }

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
        let tag = Tag::range(shift);
        let count = entries.as_slice().iter().filter(|entry| entry.tag == tag).count();
        assert_eq!(count, 1 << shift);
        assert!(entries.position(tag, 1 << shift).is_none());
    }
    for row in bench.verifier.table_rows() {
        let known = |entry: &&Entry| [entry.tag.number(), entry.q, entry.y] == row;
        assert!(entries.as_slice().iter().any(|entry| known(&entry)), "{row:?}");
    }
}

/// Rule 10: multi-openings combine with full challenges, not truncated ones.
#[test]
fn challenges_are_not_truncated() {
    use halo2_proofs::poly::commitment::PolynomialCommitmentScheme;
    use halo2_proofs::poly::{EvaluationDomain, ProverQuery};
    use halo2_proofs::transcript::Transcript;

    let bases = prover_bases().unwrap();
    let domain = EvaluationDomain::<Scalar>::new(1, 12);
    let constant = |value: u64| {
        let mut coefficients = vec![Scalar::ZERO; 1 << 12];
        coefficients[0] = Scalar::from(value);
        domain.coeff_from_vec(coefficients)
    };
    let [one, two] = [constant(0), constant(1)];
    let point = Scalar::from(77);
    let queries = [ProverQuery::new(point, &one), ProverQuery::new(point, &two)];
    let mut transcript = ProofTranscript::init();
    Kzg::multi_open(bases, &queries, &mut transcript).unwrap();
    let proof = transcript.finalize();
    // The combination at x_3 is 0 + x_1·1 = x_1, the first challenge.
    let x1: Scalar = ProofTranscript::init().squeeze_challenge();
    assert_eq!(proof[48..80], encode(&x1));
    assert!(encode(&x1)[16..].iter().any(|byte| *byte != 0));
}
