//! The backward pass through nodes whose cells are hints.
//!
//! Relations, their numbers and their cells are those of `docs/argument.md`, "Hints".

use ff::Field;

use super::{Pass, Step};
use crate::argument::rows::RowKind;
use crate::field::{Scalar, from_i64};
use crate::model::program::hints::target;
use crate::model::program::{LIMB_BITS, NodeId, Op};

/// 2^12, what an upper limb weighs.
const LIMB: u64 = 1 << LIMB_BITS;

impl Pass<'_> {
    /// Adds `coefficient · Σ 2^(12·i)·limb_i` where two limbs stand as q and r of a row.
    fn two_limbs(&mut self, row: usize, coefficient: Scalar) {
        let cells = self.coefficients.row_mut(RowKind::Table, row);
        cells[0] += coefficient;
        cells[1] += coefficient * Scalar::from(LIMB);
    }

    /// The weights of relation `number` of a node, for each of `rows` rows of elements.
    fn weights(&self, node: NodeId, number: usize, rows: usize) -> Vec<Scalar> {
        let weight = self.powers[self.shape.first_relation[node] + number];
        self.elements.first(rows).iter().map(|element| weight * element).collect()
    }

    /// `Σ coefficients[row] · quotient`, for each quotient of a table step in rows of `len`,
    /// each times its factor.
    fn quotients(&mut self, of: NodeId, len: usize, coefficients: &[Scalar]) {
        let first = self.shape.first_row[of];
        let mut exponents = self.program.exponents_of_elements(of);
        let mut sum = Scalar::ZERO;
        for (row, coefficient) in coefficients.iter().enumerate() {
            for element in row * len..(row + 1) * len {
                let exponent = exponents.next().unwrap_or(0);
                let coefficient = match exponent {
                    0 => *coefficient,
                    _ => coefficient * Scalar::from(1 << exponent),
                };
                self.coefficients.row_mut(RowKind::Table, first + element)[0] += coefficient;
                sum += coefficient;
            }
        }
        self.coefficients.constant -= sum * from_i64::<Scalar>(self.low_of(of));
    }

    /// The smallest argument of a table step's table.
    fn low_of(&self, of: NodeId) -> i64 {
        match self.program.nodes()[of].op {
            Op::Table { table, .. } => self.program.tables()[table].low,
            _ => unreachable!("the builder refuses quotients of any other node"),
        }
    }

    /// The elements as those of a step, whose argument is less L; `y` are their
    /// coefficients. Then of each row
    /// `2^s·L` in all of them, and `Σ y + (2^t − 1)·a − b = 2^t·B + 1`.
    pub(super) fn softmax(&mut self, node: NodeId, mut y: Vec<Scalar>) {
        let Op::Softmax { input, table, shift, row, digits, low } = self.program.nodes()[node].op
        else {
            unreachable!("only a softmax is given");
        };
        let table = &self.program.tables()[table];
        let sums = self.weights(node, 1, y.len() / row);
        for (y, sum) in y.chunks_exact_mut(row).zip(&sums) {
            y.iter_mut().for_each(|y| *y += sum);
        }
        let step = Step::of(table, shift);
        let len = y.len();
        let weight = self.steps(node, y, &step);
        self.add_powers(input, -weight);
        if self.program.has_upper_limb(shift) {
            self.upper_limbs(node, weight);
        }
        let scaled = weight * step.scale;
        let first = self.shape.first_row[node] + len;
        let factor = Scalar::from((1 << digits) - 1);
        let one = table.get(0).unwrap_or(0) >> digits;
        let total = from_i64::<Scalar>((one << digits) + 1);
        let (low, mut offsets) = (from_i64::<Scalar>(low), Scalar::ZERO);
        for (at, sum) in sums.iter().enumerate() {
            let elements = (at * row..(at + 1) * row).map(|element| self.elements.at(element));
            let offset = scaled * elements.sum::<Scalar>();
            offsets += offset;
            self.two_limbs(first + 2 * at, offset);
            let digits = [factor * sum, -*sum];
            let cells = self.coefficients.row_mut(RowKind::Table, first + 2 * at + 1);
            cells[..2].copy_from_slice(&digits);
            self.coefficients.constant += total * sum;
        }
        self.coefficients.constant -= offsets * low;
    }

    /// Elements of coefficients `values`, each the quotient of a row of a table step.
    pub(super) fn rounded(&mut self, of: NodeId, values: &[Scalar]) {
        self.quotients(of, 1, values);
    }

    /// `Σ 2^(12·i)·limb_i − x = 0`; the limbs themselves have the coefficients `values`.
    pub(super) fn limbs(&mut self, node: NodeId, (input, count): (NodeId, u32), values: &[Scalar]) {
        let count = count as usize;
        let weights = self.weights(node, 0, values.len() / count);
        let first = self.shape.first_row[node];
        for (at, value) in values.iter().enumerate() {
            let weight = weights[at / count] * Scalar::from(LIMB).pow([(at % count) as u64]);
            let cells = self.coefficients.row_mut(RowKind::Table, first + at / 2);
            cells[at % 2] = weight + value;
        }
        let weight = self.powers[self.shape.first_relation[node]];
        self.add_powers(input, -weight);
    }

    /// `n·mean + rem − 2^e·H = ⌊n/2⌋` and `rem + rem' = n − 1`; the means have the
    /// coefficients `values`.
    pub(super) fn mean(&mut self, node: NodeId, values: &[Scalar]) {
        let Op::Mean { of, row, bits, low } = self.program.nodes()[node].op else {
            unreachable!("only a mean is given");
        };
        let [divisions, bounds] = [0, 1].map(|number| self.weights(node, number, values.len()));
        let (len, low) = (Scalar::from(row as u64), from_i64::<Scalar>(low));
        let half = Scalar::from(row as u64 / 2);
        let first = self.shape.first_row[node];
        for (at, value) in values.iter().enumerate() {
            let (division, bound) = (divisions[at], bounds[at]);
            let mean = len * division + value;
            self.two_limbs(first + 3 * at, mean);
            self.two_limbs(first + 3 * at + 1, division + bound);
            self.two_limbs(first + 3 * at + 2, bound);
            self.coefficients.constant +=
                half * division + (len - Scalar::ONE) * bound - mean * low;
        }
        let fine = -Scalar::from(1u64 << bits);
        let sums: Vec<Scalar> = divisions.iter().map(|division| fine * division).collect();
        self.quotients(of, row, &sums);
    }

    /// The products `H·H`, `t·v` and `t·(t·v)`, and the two differences; the roots t have
    /// the coefficients `values`.
    pub(super) fn rsqrt(&mut self, node: NodeId, values: &[Scalar]) {
        let Op::Rsqrt { of, row, mean, bits, epsilon, limbs } = self.program.nodes()[node].op
        else {
            unreachable!("only a reciprocal root is given");
        };
        let rows = values.len();
        let squares = if mean.is_some() { 2 } else { 0 };
        let products = squares / 2 + 2;
        let weights = |number| self.weights(node, number, rows);
        let sums = (mean.is_some()).then(|| [weights(0), weights(1)]);
        let [roots, variances, again, once, below, above] =
            [0, 1, 2, 3, 4, 5].map(|number| weights(squares + number));
        let (table_row, product_row) =
            (self.shape.first_row[node], self.shape.first_product_row[node]);
        let target = from_i64::<Scalar>(target(row, bits) as i64);
        let epsilon = from_i64::<Scalar>(epsilon);
        for (at, value) in values.iter().enumerate() {
            let first = product_row + products * at;
            if let Some([left, right]) = &sums {
                // v has −H².
                let cells = self.coefficients.row_mut(RowKind::Product, first);
                cells.copy_from_slice(&[left[at], right[at], variances[at]]);
            }
            let first = first + products - 2;
            let (below, above) = (below[at], above[at]);
            let cells = self.coefficients.row_mut(RowKind::Product, first);
            // above = t²·v + 2·t·v + v − 1 − target.
            cells.copy_from_slice(&[roots[at], variances[at] - above, -once[at] - above.double()]);
            let cells = self.coefficients.row_mut(RowKind::Product, first + 1);
            cells.copy_from_slice(&[again[at], once[at], below - above]);
            let first = table_row + (1 + limbs as usize) * at;
            self.two_limbs(first, *value - roots[at] - again[at]);
            let mut power = Scalar::ONE;
            for limb in 1..=limbs as usize {
                let cells = self.coefficients.row_mut(RowKind::Table, first + limb);
                cells[..2].copy_from_slice(&[below * power, above * power]);
                power *= Scalar::from(LIMB);
            }
            self.coefficients.constant +=
                variances[at] * epsilon + (below - above) * target - above;
        }
        if let Some([left, right]) = sums {
            let sums: Vec<Scalar> = left.iter().zip(right).map(|(x, y)| -(*x + y)).collect();
            self.quotients(of, row, &sums);
        }
        // v has n·S, S the sum of the step's values, each times the square of its factor.
        let len = Scalar::from(row as u64);
        let mut exponents = self.program.exponents_of_elements(of);
        let squares = self.dense(of).chunks_exact_mut(row);
        for (squares, variance) in squares.zip(&variances) {
            let coefficient = len * variance;
            for square in squares {
                *square -= match exponents.next().unwrap_or(0) {
                    0 => coefficient,
                    exponent => coefficient * Scalar::from(1 << (2 * exponent)),
                };
            }
        }
    }
}
