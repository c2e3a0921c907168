//! Nodes whose cells are hints, in plain integers.

use super::{Violation, Walk};
use crate::model::program::hints::target;
use crate::model::program::{LIMB_BITS, NodeId, Op};

impl Walk<'_> {
    fn row(&self, row: usize) -> [i128; 3] {
        self.trace.table[row].map(i128::from)
    }

    /// The number of which two limbs stand in a row.
    fn two_limbs(&self, row: usize) -> i128 {
        let [low, high, _] = self.row(row);
        low + (high << LIMB_BITS)
    }

    /// The quotients of a table step, from their cells, each times its factor.
    pub(super) fn quotients(&self, of: NodeId) -> Vec<i128> {
        let node = &self.program.nodes()[of];
        let Op::Table { table, .. } = node.op else { return Vec::new() };
        let (first, low) = (self.shape.first_row[of], self.program.tables()[table].low);
        let quotients = (first..first + node.len).map(|row| self.row(row)[0] + i128::from(low));
        quotients.zip(self.program.exponents_of_elements(of)).map(|(q, k)| q << k).collect()
    }

    /// `xs` are the arguments, less what upper limbs stand for.
    pub(super) fn softmax(&self, id: NodeId, xs: Vec<i128>) -> Result<Vec<i128>, Violation> {
        let Op::Softmax { table, shift, row, digits, low, .. } = self.program.nodes()[id].op else {
            return Err(Violation::Shape);
        };
        let first = self.shape.first_row[id];
        let ends = first + xs.len();
        let offset = |at: usize| i128::from(low) + self.two_limbs(ends + 2 * (at / row));
        // What is left of an argument when L is taken from its quotient.
        let xs = xs.iter().enumerate().map(|(at, x)| x - (offset(at) << shift));
        let values = self.steps(first, xs, table, shift)?;
        let one = i128::from(self.program.tables()[table].get(0).unwrap_or(0) >> digits);
        for (at, values) in values.chunks_exact(row).enumerate() {
            let row = ends + 2 * at + 1;
            let [below, above, _] = self.row(row);
            // D and Δ are the digits of the sum.
            let (sum, steps) = (one - below, above + 1 + below);
            if values.iter().sum::<i128>() != (sum << digits) + steps {
                return Err(Violation::Hint { row });
            }
        }
        Ok(values)
    }

    pub(super) fn limbs(
        &self,
        id: NodeId,
        input: &[i128],
        count: u32,
    ) -> Result<Vec<i128>, Violation> {
        let (first, count) = (self.shape.first_row[id], count as usize);
        let cell = |at: usize| self.row(first + at / 2)[at % 2];
        let limbs: Vec<i128> = (0..input.len() * count).map(cell).collect();
        for (element, (x, limbs)) in input.iter().zip(limbs.chunks_exact(count)).enumerate() {
            let sum = limbs.iter().rev().fold(0, |sum, limb| (sum << LIMB_BITS) + limb);
            if sum != *x {
                return Err(Violation::Hint { row: first + element * count / 2 });
            }
        }
        Ok(limbs)
    }

    pub(super) fn means(&self, id: NodeId) -> Result<Vec<i128>, Violation> {
        let Op::Mean { of, row, bits, low } = self.program.nodes()[id].op else {
            return Err(Violation::Shape);
        };
        let len = row as i128;
        let mean = |(at, quotients): (usize, &[i128])| {
            let first = self.shape.first_row[id] + 3 * at;
            let mean = i128::from(low) + self.two_limbs(first);
            let [remainder, rest] = [1, 2].map(|next| self.two_limbs(first + next));
            let numerator = (quotients.iter().sum::<i128>() << bits) + len / 2;
            let divides = len * mean + remainder == numerator && remainder + rest == len - 1;
            if divides { Ok(mean) } else { Err(Violation::Hint { row: first }) }
        };
        self.quotients(of).chunks_exact(row).enumerate().map(mean).collect()
    }

    pub(super) fn roots(&self, id: NodeId, values: &[Vec<i128>]) -> Result<Vec<i128>, Violation> {
        let Op::Rsqrt { of, row, mean, bits, epsilon, limbs } = self.program.nodes()[id].op else {
            return Err(Violation::Shape);
        };
        let target = target(row, bits);
        let products = if mean.is_some() { 3 } else { 2 };
        let quotients = self.quotients(of);
        let exponents = self.program.exponents_of_elements(of);
        let squares: Vec<i128> =
            values[of].iter().zip(exponents).map(|(y, k)| y << (2 * k)).collect();
        let pairs = quotients.chunks_exact(row).zip(squares.chunks_exact(row));
        let root = |(at, (quotients, squares)): (usize, (&[i128], &[i128]))| {
            let mut product = self.shape.first_product_row[id] + products * at;
            let mut next = |x: i128, y: i128| {
                product += 1;
                self.products(product - 1, &[x], &[y]).map(|product| product[0])
            };
            let mut variance = row as i128 * squares.iter().sum::<i128>() + i128::from(epsilon);
            if mean.is_some() {
                let sum = quotients.iter().sum::<i128>();
                variance -= next(sum, sum)?;
            }
            let first = self.shape.first_row[id] + (1 + limbs as usize) * at;
            let root = self.two_limbs(first);
            let once = next(root, variance)?;
            let twice = next(root, once)?;
            let difference = |cell: usize| {
                let limbs = (first + 1..=first + limbs as usize).rev();
                limbs.fold(0, |sum, row| (sum << LIMB_BITS) + self.row(row)[cell])
            };
            let least = difference(0) == target - twice;
            let most = difference(1) == twice + 2 * once + variance - 1 - target;
            if least && most { Ok(root) } else { Err(Violation::Hint { row: first }) }
        };
        pairs.enumerate().map(root).collect()
    }
}
