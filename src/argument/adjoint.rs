//! The public coefficients of the linear check.
//!
//! Every linear relation of a trace has the form `cell − (linear map of other
//! cells) = constant`. Weight relation w by ρ^w, its part about element e of a step by
//! τ^e besides, and add them all up: what is left is one inner product of the trace
//! with the coefficients computed here, by a single backward pass through the program
//! and the sponge with the weights as cotangents. See "The linear check" in
//! `docs/argument.md`.

mod hints;
mod products;
mod sponge;

use ff::Field;
use rayon::prelude::*;

use super::cotangent::{Cotangent, Powers};
use super::rows::{PerKind, RowKind};
use super::shape::Shape;
use super::sums::inner_product;
use super::transcript::Weights;
use crate::field::{Scalar, from_i64};
use crate::model::linear::LinearMap;
use crate::model::program::{NodeId, Op, Program, Table};

/// Rows that are worth a task of their own.
const PIECE: usize = 1 << 12;

/// `Σ coefficient · cell = constant + digest_weight · digest + decision_weight · decision`
/// for the trace of one document, relations weighted by ρ^0, ρ^1, … and elements by τ^0, τ^1, …
///
/// Copy v of a lane weights its relation i by ρ^(v·R + i): its coefficients are
/// these times [`Coefficients::copy_factor`] to the v.
#[derive(Clone, Debug)]
pub struct Coefficients {
    /// Of the cells, row after row, [`RowKind::columns`] a row.
    cells: PerKind<Vec<Scalar>>,
    /// The right-hand side without the document's public values.
    pub constant: Scalar,
    /// Weight of the view digest.
    pub digest_weight: Scalar,
    /// Weight of the decision.
    pub decision_weight: Scalar,
    /// ρ^R, R the number of relations.
    pub copy_factor: Scalar,
}

impl Coefficients {
    /// One backward pass.
    #[must_use]
    pub fn of(program: &Program, shape: &Shape, weights: Weights) -> Self {
        let Weights { tau, rho } = weights;
        let mut powers = Vec::with_capacity(shape.relations + 1);
        let mut power = Scalar::ONE;
        for _ in 0..=shape.relations {
            powers.push(power);
            power *= rho;
        }
        let longest = program.nodes().iter().map(|node| node.len).max().unwrap_or(0);
        let mut pass = Pass {
            program,
            shape,
            elements: Powers::of(tau, longest),
            cotangents: program.nodes().iter().map(|_| Cotangent::Zero).collect(),
            coefficients: Self {
                cells: PerKind::of(|kind| vec![Scalar::ZERO; shape.rows[kind] * kind.columns()]),
                constant: Scalar::ZERO,
                digest_weight: powers[shape.digest_relation()],
                decision_weight: powers[shape.decision_relation()],
                copy_factor: powers[shape.relations],
            },
            powers,
        };
        pass.sponge();
        pass.nodes();
        pass.coefficients
    }

    /// The coefficients of the cells of a row of a kind.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, kind: RowKind, row: usize) -> &[Scalar] {
        let columns = kind.columns();
        &self.cells[kind][row * columns..(row + 1) * columns]
    }

    /// The coefficients of the cells of each row of a kind.
    pub fn rows(&self, kind: RowKind) -> impl Iterator<Item = &[Scalar]> {
        self.cells[kind].chunks_exact(kind.columns())
    }

    fn row_mut(&mut self, kind: RowKind, row: usize) -> &mut [Scalar] {
        let columns = kind.columns();
        &mut self.cells[kind][row * columns..(row + 1) * columns]
    }

    /// The right-hand side for one document.
    #[must_use]
    pub fn right_hand_side(&self, digest: Scalar, decision: bool) -> Scalar {
        let decision = if decision { self.decision_weight } else { Scalar::ZERO };
        self.constant + self.digest_weight * digest + decision
    }
}

/// What all rows of a table step share.
struct Step {
    /// `2^s`.
    scale: Scalar,
    has_remainder: bool,
    /// `2^(s-1) − 2^s·low`; without the first term if s is 0.
    constant: Scalar,
    /// The table's smallest value.
    min: Scalar,
}

impl Step {
    fn of(table: &Table, shift: u32) -> Self {
        let scale = Scalar::from(1u64 << shift);
        let half = from_i64::<Scalar>((1i64 << shift) >> 1);
        Self {
            scale,
            has_remainder: shift > 0,
            constant: half - scale * from_i64::<Scalar>(table.low),
            min: from_i64(table.min()),
        }
    }
}

struct Pass<'a> {
    program: &'a Program,
    shape: &'a Shape,
    /// Of ρ.
    powers: Vec<Scalar>,
    /// Of τ.
    elements: Powers,
    /// For each node the coefficient of each of its elements, so far.
    cotangents: Vec<Cotangent>,
    coefficients: Coefficients,
}

impl Pass<'_> {
    /// The coefficients of a node's elements so far, one by one.
    fn dense(&mut self, node: NodeId) -> &mut [Scalar] {
        self.cotangents[node].dense(self.program.nodes()[node].len, &self.elements)
    }

    /// Adds `factor · τ^e` to the coefficient of each element e of a node.
    fn add_powers(&mut self, node: NodeId, factor: Scalar) {
        let len = self.program.nodes()[node].len;
        self.cotangents[node].add_powers(factor, len, &self.elements);
    }

    /// Backwards through the nodes: when a node's turn comes, all that read
    /// it have added to its cotangent.
    fn nodes(&mut self) {
        let program = self.program;
        let decision_weight = self.coefficients.decision_weight;
        self.dense(program.decision())[0] += decision_weight;
        for (id, node) in program.nodes().iter().enumerate().rev() {
            let cotangent = std::mem::take(&mut self.cotangents[id]);
            match &node.op {
                Op::Input => self.input(&cotangent.into_dense(node.len, &self.elements)),
                Op::Linear { terms, bias } => self.linear(terms, bias, cotangent),
                Op::Table { input, table, shift } => {
                    let step = Step::of(&program.tables()[*table], *shift);
                    let values = cotangent.into_dense(node.len, &self.elements);
                    let weight = self.steps(id, values, &step);
                    self.add_powers(*input, -weight);
                    if program.has_upper_limb(*shift) {
                        self.upper_limbs(id, weight);
                    }
                }
                Op::Max { left, right, table } => {
                    // max(x, y) = y + relu(x − y).
                    let step = Step::of(&program.tables()[*table], 0);
                    let values = cotangent.into_dense(node.len, &self.elements);
                    for (y, g) in self.dense(*right).iter_mut().zip(&values) {
                        *y += g;
                    }
                    let weight = self.steps(id, values, &step);
                    self.add_powers(*left, -weight);
                    self.add_powers(*right, weight);
                }
                Op::Softmax { .. } => {
                    self.softmax(id, cotangent.into_dense(node.len, &self.elements));
                }
                Op::Rounded { of } => {
                    self.rounded(*of, &cotangent.into_dense(node.len, &self.elements));
                }
                Op::Limbs { input, count } => {
                    let values = cotangent.into_dense(node.len, &self.elements);
                    self.limbs(id, (*input, *count), &values);
                }
                Op::Mean { .. } => {
                    self.mean(id, &cotangent.into_dense(node.len, &self.elements));
                }
                Op::Rsqrt { .. } => {
                    self.rsqrt(id, &cotangent.into_dense(node.len, &self.elements));
                }
                Op::Product { left, right } => {
                    let values = cotangent.into_dense(node.len, &self.elements);
                    let [x, y] = self.relations(id);
                    let first = self.shape.first_row[id];
                    for (i, g) in values.into_iter().enumerate() {
                        let element = self.elements.at(i);
                        let cells = self.coefficients.row_mut(RowKind::Product, first + i);
                        cells.copy_from_slice(&[x * element, y * element, g]);
                    }
                    self.add_powers(*left, -x);
                    self.add_powers(*right, -y);
                }
                Op::Embedding { ids, table } => self.embedding(id, *ids, *table, cotangent),
                Op::MatMul { left, right, batch, rows, inner, columns } => {
                    let sizes = [*batch, *rows, *inner, *columns];
                    self.matmul(id, [*left, *right], sizes, cotangent);
                }
            }
        }
    }

    /// The weights of a node's first two relations.
    fn relations(&self, node: NodeId) -> [Scalar; 2] {
        let first = self.shape.first_relation[node];
        [self.powers[first], self.powers[first + 1]]
    }

    fn linear(&mut self, terms: &[(NodeId, LinearMap)], bias: &[i64], mut cotangent: Cotangent) {
        if let Cotangent::Zero = cotangent {
            return;
        }
        if bias.iter().any(|number| *number != 0) {
            let numbers = bias.iter().copied();
            self.coefficients.constant -= match &cotangent {
                Cotangent::Powers(factor) => {
                    inner_product(numbers, self.elements.first(bias.len())) * factor
                }
                Cotangent::Dense(values) => inner_product(numbers, values),
                other => inner_product(numbers, &other.values(bias.len(), &self.elements)),
            };
        }
        let mut others: Vec<&(NodeId, LinearMap)> = terms.iter().collect();
        others.retain(|(input, map)| !self.in_short(*input, map, &cotangent));
        for (input, map) in others {
            map.adjoint(cotangent.dense(bias.len(), &self.elements), self.dense(*input));
        }
    }

    /// Passes a cotangent through a map without writing it out, where that can be done.
    fn in_short(&mut self, input: NodeId, map: &LinearMap, cotangent: &Cotangent) -> bool {
        match (map, cotangent) {
            (LinearMap::Scale { factor, .. }, Cotangent::Powers(power)) => {
                self.add_powers(input, from_i64::<Scalar>(*factor) * power);
            }
            (LinearMap::Gather(gather), Cotangent::Powers(power)) => {
                let untouched = matches!(self.cotangents[input], Cotangent::Zero);
                let Some(exponents) = gather.permutation().filter(|_| untouched) else {
                    return false;
                };
                self.cotangents[input] = Cotangent::Moved(*power, exponents);
            }
            (LinearMap::Conv2d(conv), Cotangent::Powers(_) | Cotangent::Moved(..))
                if conv.suits_outer() =>
            {
                let Some(axes) = cotangent.axes(conv, &self.elements) else { return false };
                conv.adjoint_outer(axes.each_ref().map(Vec::as_slice), self.dense(input));
            }
            _ => return false,
        }
        true
    }

    /// The rows of a table step whose values have the coefficients `values`:
    /// `2^s·(q + low) + r − x = 2^(s-1)`, its value `y + min`; an upper limb of
    /// r stands elsewhere. Gives the relation's weight, which x takes with a
    /// minus.
    fn steps(&mut self, node: NodeId, values: Vec<Scalar>, step: &Step) -> Scalar {
        let weight = self.powers[self.shape.first_relation[node]];
        let (scaled, first) = (weight * step.scale, self.shape.first_row[node]);
        let elements: Scalar = self.elements.first(values.len()).iter().sum();
        let sum: Scalar = values.iter().sum();
        self.coefficients.constant += elements * weight * step.constant - sum * step.min;
        let columns = RowKind::Table.columns();
        let rows = &mut self.coefficients.cells[RowKind::Table][first * columns..];
        let rows = rows.par_chunks_exact_mut(columns).zip(self.elements.first(values.len()));
        rows.zip(values).with_min_len(PIECE).for_each(|((cells, element), g)| {
            let remainder = if step.has_remainder { weight * element } else { Scalar::ZERO };
            // Who reads the quotient has added to it already.
            cells[0] += scaled * element;
            cells[1..].copy_from_slice(&[remainder, g]);
        });
        weight
    }

    /// The upper limbs of a step's remainders; element e of the step weighs `weight · τ^e`.
    fn upper_limbs(&mut self, node: NodeId, weight: Scalar) {
        let weight = weight * Scalar::from(1u64 << self.program.lower_bits());
        for element in 0..self.program.nodes()[node].len {
            let (row, cell) = self.shape.limb(node, element);
            let coefficient = weight * self.elements.at(element);
            self.coefficients.row_mut(RowKind::Table, row)[cell] = coefficient;
        }
    }

    /// The bytes that have cells. Nothing reads the others: what is read has a cell,
    /// by [`Program::reads`].
    fn input(&mut self, cotangent: &[Scalar]) {
        let shape = self.shape;
        let cells = &shape.permutations.bytes;
        debug_assert!(
            (0..cotangent.len())
                .all(|at| cells.binary_search(&at).is_ok() || bool::from(cotangent[at].is_zero()))
        );
        for (row, pair) in cells.chunks(2).enumerate() {
            let row = self.coefficients.row_mut(RowKind::Table, row);
            for (cell, at) in row.iter_mut().zip(pair) {
                *cell = cotangent[*at];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::argument::deferred::{DeferredRows, Folding};
    use crate::argument::permutations::Input;
    use crate::argument::rows::Round;
    use crate::argument::testing;
    use crate::argument::trace::Trace;
    use crate::model::linear::{Dense, Gather};
    use crate::model::program::{ProgramBuilder, Table};

    fn left_hand_side(c: &Coefficients, t: &Trace, rows: &DeferredRows) -> Scalar {
        let of_kind = |kind: RowKind| {
            c.rows(kind).enumerate().map(move |(row, coefficients)| {
                let cells = match kind.round() {
                    Round::First => t.row(kind, row),
                    Round::Second => rows.row(kind, row),
                };
                coefficients.iter().zip(cells).map(|(c, t)| *c * t).sum::<Scalar>()
            })
        };
        RowKind::ALL.into_iter().flat_map(of_kind).sum()
    }

    #[test]
    fn the_linear_check_holds_on_every_document_and_no_cell_is_free() {
        for program in testing::programs() {
            let shape = Shape::of(&program);
            let rho = Scalar::from(0x1234_5678_9abc_def1).square().square();
            let tau = Scalar::from(0xfedc_ba98_7654_3217).square().square();
            let coefficients = Coefficients::of(&program, &shape, Weights { tau, rho });
            for document in testing::documents(&program) {
                let salt = Scalar::from(99).invert().unwrap();
                let trace = Trace::of(&program, &shape, &document, salt);
                let right = coefficients.right_hand_side(trace.digest, trace.decision);
                let rows = Folding::of(&program, tau).rows(&program, &trace.deferred);
                assert_eq!(left_hand_side(&coefficients, &trace, &rows), right);
                assert_ne!(
                    coefficients.right_hand_side(trace.digest, !trace.decision),
                    right,
                    "a flipped decision"
                );
            }
            let zero = |c: &Scalar| bool::from(c.is_zero());
            let unused = coefficients.rows(RowKind::Sbox).flatten().filter(|c| zero(c)).count();
            let inputs = shape.permutations.list.iter().flat_map(|p| &p.inputs);
            let free = inputs.filter(|input| matches!(input, Input::Free(_))).count();
            assert_eq!(unused, free, "only the salt's cell, and what is not opened, is free");
            for (row, lookups) in coefficients.rows(RowKind::Table).zip(&shape.lookups) {
                assert!(!zero(&row[0]));
                assert_eq!(zero(&row[1]), lookups.remainder.is_none());
            }
        }
    }

    /// What a step reads in another order, and a later sum as it stands.
    #[test]
    fn what_is_read_in_another_order_may_be_read_again() {
        let mut b = ProgramBuilder::new("image/gray-2x2", 4).unwrap();
        let same = b.table(Table::of(0, 255, |x| x)).unwrap();
        let first = b.push(Op::Table { input: 0, table: same, shift: 0 }).unwrap();
        let moved = Gather { input_len: 4, index: [2, 0, 3, 1].map(Some).to_vec() };
        let terms = vec![(first, LinearMap::Gather(moved))];
        let moved = b.push(Op::Linear { terms, bias: vec![0; 4] }).unwrap();
        let second = b.push(Op::Table { input: moved, table: same, shift: 0 }).unwrap();
        let sum = |node, weights: [i64; 4]| {
            let weights = weights.to_vec().into();
            (node, LinearMap::Dense(Dense { rows: 1, columns: 4, weights }))
        };
        let terms = vec![sum(first, [1, 2, 3, 4]), sum(second, [5, 6, 7, 8])];
        let sum = b.push(Op::Linear { terms, bias: vec![0] }).unwrap();
        let above = b.table(Table::of(0, 36 * 255, |x| i64::from(x > 500))).unwrap();
        let decision = b.push(Op::Table { input: sum, table: above, shift: 0 }).unwrap();
        let program = b.finish(decision).unwrap();
        let shape = Shape::of(&program);
        let (tau, rho) = (Scalar::from(1_000_003), Scalar::from(7_654_321));
        let coefficients = Coefficients::of(&program, &shape, Weights { tau, rho });
        let trace = Trace::of(&program, &shape, &[3, 50, 7, 200], Scalar::from(99));
        let rows = Folding::of(&program, tau).rows(&program, &trace.deferred);
        let right = coefficients.right_hand_side(trace.digest, trace.decision);
        assert_eq!(left_hand_side(&coefficients, &trace, &rows), right);
    }

    #[test]
    fn where_a_row_has_a_shift_its_quotient_weighs_that_power_of_two() {
        let mut seen = 0;
        for program in testing::programs().into_iter().chain([testing::tall_program()]) {
            let shape = Shape::of(&program);
            let weights = Weights { tau: Scalar::from(3), rho: Scalar::from(5) };
            let coefficients = Coefficients::of(&program, &shape, weights);
            assert_eq!(shape.shifts.len(), shape.rows[RowKind::Table]);
            for (row, shift) in coefficients.rows(RowKind::Table).zip(&shape.shifts) {
                if let Some(shift) = shift {
                    assert_eq!(row[0], row[1] * Scalar::from(1 << shift));
                    seen += 1;
                }
            }
        }
        assert!(seen > 9000);
    }

    #[test]
    fn every_relation_has_its_own_power_of_rho_and_every_element_one_of_tau() {
        for program in testing::programs() {
            let shape = Shape::of(&program);
            let weights = Weights { tau: Scalar::from(3), rho: Scalar::from(5) };
            let coefficients = Coefficients::of(&program, &shape, weights);
            let power = |relation: usize| weights.rho.pow([relation as u64]);
            let element = |e: usize| weights.tau.pow([e as u64]);
            assert_eq!(coefficients.copy_factor, power(shape.relations));
            assert_eq!(coefficients.digest_weight, power(shape.digest_relation()));
            assert_eq!(coefficients.decision_weight, power(shape.decision_relation()));
            let rows = |kind| coefficients.rows(kind).collect::<Vec<_>>();
            let [tables, products] = [RowKind::Table, RowKind::Product].map(rows);
            let [inner, embeddings] = [RowKind::Inner, RowKind::Embedding].map(rows);
            let mut relations = 0;
            for (id, node) in program.nodes().iter().enumerate() {
                let (first, relation) = (shape.first_row[id], shape.first_relation[id]);
                assert_eq!(relation, relations);
                match node.op {
                    Op::Input | Op::Linear { .. } | Op::Rounded { .. } => {}
                    Op::Table { .. } | Op::Max { .. } => {
                        let shift = if let Op::Table { shift, .. } = node.op { shift } else { 0 };
                        let scale = power(relation) * Scalar::from(1 << shift);
                        let is_read = program.nodes().iter().any(|node| match node.op {
                            Op::Rounded { of } | Op::Mean { of, .. } | Op::Rsqrt { of, .. } => {
                                of == id
                            }
                            _ => false,
                        });
                        for e in (0..node.len).filter(|_| !is_read) {
                            assert_eq!(tables[first + e][0], scale * element(e));
                        }
                        relations += 1;
                    }
                    Op::Product { .. } => {
                        for e in 0..node.len {
                            let expected = [0, 1].map(|i| power(relation + i) * element(e));
                            assert_eq!(products[first + e][..2], expected);
                        }
                        relations += 2;
                    }
                    Op::Embedding { ids, .. } => {
                        for t in 0..program.nodes()[ids].len {
                            assert_eq!(embeddings[first + t][0], power(relation + t));
                        }
                        relations += program.nodes()[ids].len;
                    }
                    // A cell that is chosen when τ is known shares its weight with no other.
                    Op::MatMul { batch, inner: k, .. } => {
                        for index in 0..batch * k {
                            let expected = [0, 1].map(|i| power(relation + 2 * index + i));
                            assert_eq!(inner[first + index][..2], expected);
                        }
                        relations += 2 * batch * k;
                    }
                    Op::Softmax { shift, row, digits, .. } => {
                        let scale = power(relation) * Scalar::from(1 << shift);
                        for e in 0..node.len {
                            assert_eq!(tables[first + e][0], scale * element(e));
                        }
                        for at in 0..node.len / row {
                            let [offset, ends] =
                                [0, 1].map(|i| tables[first + node.len + 2 * at + i]);
                            let sum: Scalar = (0..row).map(|j| element(at * row + j)).sum();
                            assert_eq!(offset[0], scale * sum);
                            let weight = power(relation + 1) * element(at);
                            assert_eq!(ends[0], weight * Scalar::from((1 << digits) - 1));
                            assert_eq!(ends[1], -weight);
                        }
                        relations += 2;
                    }
                    // Nothing reads the first limb of the one number there is.
                    Op::Limbs { .. } => {
                        assert_eq!(tables[first][0], power(relation));
                        relations += 1;
                    }
                    Op::Mean { .. } => {
                        for at in 0..node.len {
                            let [division, bound] =
                                [0, 1].map(|i| power(relation + i) * element(at));
                            assert_eq!(tables[first + 3 * at + 1][0], division + bound);
                            assert_eq!(tables[first + 3 * at + 2][0], bound);
                        }
                        relations += 2;
                    }
                    Op::Rsqrt { mean, limbs, .. } => {
                        let count = if mean.is_some() { 3 } else { 2 };
                        let product = shape.first_product_row[id];
                        for at in 0..node.len {
                            let weight = |i: usize| power(relation + i) * element(at);
                            let rows = &products[product + count * at..][..count];
                            if mean.is_some() {
                                assert_eq!(rows[0][..2], [weight(0), weight(1)]);
                            }
                            let [.., first_of_two, second] = rows else { panic!("two rows") };
                            let last = 2 * count;
                            assert_eq!(first_of_two[0], weight(last - 4));
                            assert_eq!(first_of_two[1], weight(last - 3) - weight(last + 1));
                            assert_eq!(second[..2], [weight(last - 2), weight(last - 1)]);
                            let row = first + (1 + limbs as usize) * at + 1;
                            assert_eq!(tables[row][..2], [weight(last), weight(last + 1)]);
                        }
                        relations += 2 * count + 2;
                    }
                }
            }
            assert_eq!(shape.sbox_relation(0), relations);
        }
        let program = testing::program();
        let shape = Shape::of(&program);
        let weights = Weights { tau: Scalar::from(3), rho: Scalar::from(5) };
        let coefficients = Coefficients::of(&program, &shape, weights);
        // The salt's row has a relation that nothing is weighted by.
        let sboxes = coefficients.rows(RowKind::Sbox).enumerate();
        for (row, cells) in sboxes.filter(|(row, _)| *row != 1) {
            assert_eq!(cells[0], weights.rho.pow([shape.sbox_relation(row) as u64]));
        }
    }
}
