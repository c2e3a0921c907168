//! What a proof shows of each column, counted from the constraint system.

use std::collections::{BTreeMap, BTreeSet};

use ff::PrimeField;
use halo2_proofs::plonk::ConstraintSystem;
use halo2_proofs::poly::Rotation;

use super::case;
use crate::argument::lane::{MASK_ROWS, RANDOM_ROWS, RESERVED_ROWS};
use crate::argument::rows::RowKind;
use crate::field::Scalar;
use crate::proof::gates::lookup::LOOKUPS_PER_HELPER;

/// The rotations at which each column is opened.
fn rotations(
    queries: impl Iterator<Item = (usize, Rotation)>,
    columns: usize,
) -> BTreeMap<usize, BTreeSet<i32>> {
    let mut rotations: BTreeMap<_, BTreeSet<_>> =
        (0..columns).map(|column| (column, BTreeSet::new())).collect();
    for (column, rotation) in queries {
        if let Some(found) = rotations.get_mut(&column) {
            found.insert(rotation.0);
        }
    }
    rotations
}

/// Only gates open columns.
fn assert_gates_alone(cs: &ConstraintSystem<Scalar>) {
    assert!(cs.lookups().is_empty() && cs.trashcans().is_empty());
    assert!(cs.permutation().columns.is_empty());
}

/// Linear functionals of a column that a proof shows: for each rotation the
/// value at x, and, through commitment and quotient, that at τ; and where
/// several rotations make a point set of their own, which nothing masks, the
/// value at x_3.
fn shown(rotations: &BTreeSet<i32>) -> usize {
    let at_x3 = usize::from(rotations.len() > 1);
    2 * rotations.len() + at_x3
}

#[test]
fn random_rows_outnumber_what_is_shown_of_every_column() {
    let verifier = &case().verifier;
    let cs = verifier.constraint_system();
    assert_gates_alone(cs);

    // Data columns: this crate's random rows.
    let queries = cs.instance_queries().iter().map(|(column, at)| (column.index(), *at));
    let data = rotations(queries, verifier.data_columns());
    for (column, rotations) in &data {
        assert!(!rotations.is_empty(), "data column {column} is never opened");
        assert!(RANDOM_ROWS > shown(rotations), "data column {column}: {rotations:?}");
    }

    // Advice columns, the sums among them: random in the reserved rows, but for look-up
    // helpers, which stand after the multiplicities and have rows of random look-ups.
    let first = verifier.groups();
    let lookup_helpers = first..first + verifier.lookups().div_ceil(LOOKUPS_PER_HELPER);
    assert!(!lookup_helpers.is_empty());
    assert_eq!(RESERVED_ROWS, cs.blinding_factors() + 1);
    let queries = cs.advice_queries().iter().map(|(column, at)| (column.index(), *at));
    let advice = rotations(queries, cs.num_advice_columns());
    for (column, rotations) in &advice {
        assert!(!rotations.is_empty(), "advice column {column} is never opened");
        let random = if lookup_helpers.contains(column) { MASK_ROWS } else { RESERVED_ROWS };
        assert!(random > shown(rotations), "advice column {column}: {rotations:?}");
    }
    let sums = advice.values().filter(|rotations| rotations.len() > 1).count();
    assert_eq!(sums, 3, "look-up sum, linear sum and right-hand side");
}

/// The bounds of `docs/argument.md` section 10 for strips whose random rows
/// satisfy a gate.
#[test]
fn random_rows_of_gated_strips_are_close_to_uniform() {
    // A strip's columns are opened at x, and shown at τ.
    let functionals = |kind: RowKind| 2 * kind.columns() as i32;
    let rows = RANDOM_ROWS as i32;
    let bits = f64::from(Scalar::NUM_BITS) - 1.0;
    // S-box: half of 4^(k-1) · p^((f - (k-1))/2).
    let sbox = 2.0 * f64::from(rows - 1) - 1.0
        + bits * f64::from(functionals(RowKind::Sbox) - (rows - 1)) / 2.0;
    assert!(sbox < -256.0, "2^{sbox}");
    // Product: p^(f/2) times at most 1/p for all rows but one.
    let product = bits * (f64::from(functionals(RowKind::Product)) / 2.0 - f64::from(rows - 1));
    assert!(product < -256.0, "2^{product}");
}
