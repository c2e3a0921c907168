//! The canonical encoding of a program: what `program.bin` holds (see
//! `docs/formats.md`). Nothing decodes it: the judge compiles again and compares.

use super::{LIMB_BITS, Node, Op, Program};
use crate::model::linear::{put_all, put_len, put_packed};

impl Program {
    /// The canonical encoding: what `program.bin` holds (see `docs/formats.md`).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = b"candor program 2\n".to_vec();
        put_len(&mut out, self.view.len());
        out.extend_from_slice(self.view.as_bytes());
        put_len(&mut out, self.tables.len());
        for table in &self.tables {
            put_all(&mut out, &[table.low]);
            put_len(&mut out, table.values.len());
            put_packed(&mut out, &table.values);
        }
        put_len(&mut out, self.embeddings.len());
        for embedding in &self.embeddings {
            put_len(&mut out, embedding.columns);
            put_len(&mut out, embedding.ids);
            put_len(&mut out, embedding.rows.len());
            embedding.rows.encode(&mut out);
        }
        put_len(&mut out, self.nodes.len());
        for (id, node) in self.nodes.iter().enumerate() {
            node.encode(self.exponents(id), &mut out);
        }
        put_len(&mut out, self.decision);
        // Programs with the usual limbs end here.
        if self.lower_bits != LIMB_BITS {
            put_len(&mut out, self.lower_bits as usize);
        }
        out
    }
}

impl Node {
    fn encode(&self, exponents: &[u8], out: &mut Vec<u8>) {
        match &self.op {
            Op::Input => {
                out.push(1);
                put_len(out, self.len);
            }
            Op::Linear { terms, bias } => {
                out.push(2);
                put_len(out, terms.len());
                for (node, map) in terms {
                    put_len(out, *node);
                    map.encode(out);
                }
                put_len(out, bias.len());
                put_packed(out, bias);
            }
            Op::Table { input, table, shift } => {
                // Steps whose quotients count for themselves have a number of their own.
                out.push(if exponents.is_empty() { 3 } else { 13 });
                put_len(out, *input);
                put_len(out, *table);
                put_len(out, *shift as usize);
                if !exponents.is_empty() {
                    put_len(out, exponents.len());
                    out.extend_from_slice(exponents);
                }
            }
            Op::Product { left, right } => {
                out.push(4);
                put_len(out, *left);
                put_len(out, *right);
            }
            Op::Max { left, right, table } => {
                out.push(5);
                put_len(out, *left);
                put_len(out, *right);
                put_len(out, *table);
            }
            Op::MatMul { left, right, batch, rows, inner, columns } => {
                out.push(6);
                for number in [left, right, batch, rows, inner, columns] {
                    put_len(out, *number);
                }
            }
            Op::Embedding { ids, table } => {
                out.push(7);
                put_len(out, *ids);
                put_len(out, *table);
            }
            Op::Softmax { input, table, shift, row, digits, low } => {
                out.push(8);
                put_len(out, *input);
                put_len(out, *table);
                put_len(out, *shift as usize);
                put_len(out, *row);
                put_len(out, *digits as usize);
                put_all(out, &[*low]);
            }
            Op::Rounded { of } => {
                out.push(9);
                put_len(out, *of);
            }
            Op::Limbs { input, count } => {
                out.push(10);
                put_len(out, *input);
                put_len(out, *count as usize);
            }
            Op::Mean { of, row, bits, low } => {
                out.push(11);
                put_len(out, *of);
                put_len(out, *row);
                put_len(out, *bits as usize);
                put_all(out, &[*low]);
            }
            Op::Rsqrt { of, row, mean, bits, epsilon, limbs } => {
                out.push(12);
                put_len(out, *of);
                put_len(out, *row);
                // No mean is node 0, which has no quotients.
                put_len(out, mean.unwrap_or(0));
                put_len(out, *bits as usize);
                put_all(out, &[*epsilon]);
                put_len(out, *limbs as usize);
            }
        }
    }
}
