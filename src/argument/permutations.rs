//! Which permutations tie the bytes of a view to its digest, and what enters them.
//!
//! A view in one piece is one chain of permutations over all its bytes. Of a view in
//! chunks ([`sponge::is_chunked`]) only the chunks with a byte that the program reads
//! are hashed, then the groups that such a chunk is in, then the top. Whatever else
//! enters is *free*, like the salt: its S-box row stands in no relation. That the
//! prover cannot choose it to any advantage is the sponge's binding: a digest of the
//! top that has two openings is a collision.

use ff::Field;

use crate::field::Scalar;
use crate::hash::sponge::{
    self, CHUNK_BYTES, Domain, GROUP_CHUNKS, MAX_UNGROUPED_CHUNKS, RATE, WIDE_WIDTH, WORD_BYTES,
    capacity,
};
use crate::model::program::Program;

/// What is added to one lane before a permutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A value that no relation constrains.
    Free(Free),
    /// A word of bytes that have cells.
    Word {
        /// The first byte's cell, counted over all cells of bytes.
        cell: usize,
        /// Number of bytes, in consecutive cells.
        len: usize,
    },
    /// Lane 1 of the result of an earlier permutation.
    Digest(usize),
}

/// Where the prover takes a free value from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Free {
    /// The salt.
    Salt,
    /// The word of this number, without a byte that is read.
    Word(usize),
    /// The digest of the chunk of this number, which is not opened.
    Chunk(usize),
    /// The digest of the group of this number, none of whose chunks is opened.
    Group(usize),
}

/// One permutation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permutation {
    /// The capacity that a sponge begins with, all other lanes zero; `None` if the
    /// state is the result of the permutation before.
    pub capacity: Option<Scalar>,
    /// What is added to lanes 1, 2, …; at most [`RATE`].
    pub inputs: Vec<Input>,
}

impl Permutation {
    /// The state before the inputs are added, given the result of the permutation
    /// before.
    #[must_use]
    pub fn start(&self, before: Option<&[Scalar; WIDE_WIDTH]>) -> [Scalar; WIDE_WIDTH] {
        let zero = [Scalar::ZERO; WIDE_WIDTH];
        match (self.capacity, before) {
            (Some(capacity), _) => {
                let mut state = zero;
                state[0] = capacity;
                state
            }
            (None, before) => before.copied().unwrap_or(zero),
        }
    }
}

/// All permutations of a document's trace, in the order of their rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permutations {
    /// They; lane 1 of the last one's result is the view digest.
    pub list: Vec<Permutation>,
    /// The positions in the view of the bytes that have cells, ascending.
    pub bytes: Vec<usize>,
}

impl Permutations {
    /// Those of a program's traces.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        let len = program.input_len();
        let read = program.reads();
        if sponge::is_chunked(program.view(), len) {
            let permutations = Self::of_chunks(program, &read);
            permutations.assert_hashed(&read);
            return permutations;
        }
        let words = (0..len).step_by(WORD_BYTES);
        let words = words.map(|cell| Input::Word { cell, len: (len - cell).min(WORD_BYTES) });
        let inputs: Vec<Input> = std::iter::once(Input::Free(Free::Salt)).chain(words).collect();
        let mut list = Vec::new();
        push_sponge(&mut list, capacity(Domain::View, program.view(), len as u32), &inputs);
        let permutations = Self { list, bytes: (0..len).collect() };
        permutations.assert_hashed(&read);
        permutations
    }

    /// Every byte that is read has a cell, and every cell is hashed in its place, once.
    fn assert_hashed(&self, read: &[bool]) {
        let mut hashed = Vec::with_capacity(self.bytes.len());
        for input in self.list.iter().flat_map(|permutation| &permutation.inputs) {
            if let Input::Word { cell, len } = *input {
                let word = &self.bytes[cell..cell + len];
                let start = word[0];
                assert_eq!(start % WORD_BYTES, 0, "a word begins elsewhere");
                assert!(word.iter().copied().eq(start..start + len), "a word has a gap");
                hashed.extend(cell..cell + len);
            }
        }
        assert!(hashed.into_iter().eq(0..self.bytes.len()), "a cell is not hashed, or twice");
        let read = read.iter().enumerate().filter(|(_, read)| **read);
        for (at, _) in read {
            assert!(self.bytes.binary_search(&at).is_ok(), "byte {at} is read but not opened");
        }
    }

    fn of_chunks(program: &Program, read: &[bool]) -> Self {
        let (view, len) = (program.view(), program.input_len());
        let mut list = Vec::new();
        let mut bytes = Vec::new();
        let mut chunks = Vec::new();
        for (chunk, reads) in read.chunks(CHUNK_BYTES).enumerate() {
            if !reads.contains(&true) {
                chunks.push(Input::Free(Free::Chunk(chunk)));
                continue;
            }
            let words = reads.chunks(WORD_BYTES).enumerate().map(|(word, reads)| {
                let word = chunk * RATE + word;
                if !reads.contains(&true) {
                    return Input::Free(Free::Word(word));
                }
                let cell = bytes.len();
                bytes.extend((word * WORD_BYTES..).take(reads.len()));
                Input::Word { cell, len: reads.len() }
            });
            let words: Vec<Input> = words.collect();
            let capacity = capacity(Domain::Chunk, view, reads.len() as u32);
            chunks.push(push_sponge(&mut list, capacity, &words));
        }
        let mut tops = chunks;
        if tops.len() > MAX_UNGROUPED_CHUNKS {
            let groups = tops.chunks(GROUP_CHUNKS).enumerate().map(|(group, digests)| {
                let opened = digests.iter().any(|input| matches!(input, Input::Digest(_)));
                if !opened {
                    return Input::Free(Free::Group(group));
                }
                let capacity = capacity(Domain::ChunkGroup, view, digests.len() as u32);
                push_sponge(&mut list, capacity, digests)
            });
            tops = groups.collect();
        }
        tops.insert(0, Input::Free(Free::Salt));
        push_sponge(&mut list, capacity(Domain::ChunkedView, view, len as u32), &tops);
        Self { list, bytes }
    }
}

/// Appends a sponge over `inputs` and gives its digest.
fn push_sponge(list: &mut Vec<Permutation>, capacity: Scalar, inputs: &[Input]) -> Input {
    for (position, inputs) in inputs.chunks(RATE).enumerate() {
        let capacity = (position == 0).then_some(capacity);
        list.push(Permutation { capacity, inputs: inputs.to_vec() });
    }
    Input::Digest(list.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::argument::adjoint::Coefficients;
    use crate::argument::rows::RowKind;
    use crate::argument::shape::Shape;
    use crate::argument::testing::{self, CHUNKED_READS};
    use crate::argument::transcript::Weights;

    #[test]
    fn only_chunks_with_a_byte_that_is_read_are_opened() {
        let program = testing::chunked_program();
        let permutations = Permutations::of(&program);
        let inputs = || permutations.list.iter().flat_map(|permutation| &permutation.inputs);
        let free = |pick: fn(&Free) -> bool| {
            inputs().filter(|input| matches!(input, Input::Free(free) if pick(free))).count()
        };
        // Chunks 0, 8, 9 and 43 of 44, in groups 0, 1 and 5 of 6: four chunks, three
        // groups and the top over the salt and six digests.
        assert_eq!(permutations.list.len(), 4 + 3 + 1);
        assert_eq!(free(|free| matches!(free, Free::Salt)), 1);
        assert_eq!(free(|free| matches!(free, Free::Chunk(_))), 7 + 6 + 3);
        assert_eq!(free(|free| matches!(free, Free::Group(_))), 3);
        // Five words hold the six bytes; the last word of the view has 23.
        assert_eq!(permutations.bytes.len(), 4 * WORD_BYTES + 23);
        for read in CHUNKED_READS {
            assert!(permutations.bytes.contains(&read), "{read}");
        }
    }

    #[test]
    fn a_byte_that_is_read_has_the_coefficients_of_its_node_and_of_its_word() {
        let program = testing::chunked_program();
        let shape = Shape::of(&program);
        let weights = Weights { tau: Scalar::from(0x7f4a_7c15), rho: Scalar::from(0x9e37_79b9) };
        let coefficients = Coefficients::of(&program, &shape, weights);
        let cells: Vec<Scalar> = coefficients
            .rows(RowKind::Table)
            .take(shape.byte_rows)
            .flat_map(|row| [row[0], row[1]])
            .take(shape.permutations.bytes.len())
            .collect();
        let radix = Scalar::from(256);
        for (position, at) in shape.permutations.bytes.iter().enumerate() {
            assert!(!bool::from(cells[position].is_zero()), "byte {at} stands in no relation");
            // Within a word a byte's weight is 256 times that of the byte before, but
            // for what the nodes that read it add.
            let read = |at: usize| CHUNKED_READS.contains(&at);
            if at % WORD_BYTES > 0 && !read(at - 1) {
                assert_eq!(cells[position] == radix * cells[position - 1], !read(*at), "{at}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "is read but not opened")]
    fn a_byte_that_is_read_but_not_opened_cannot_be_built() {
        let program = testing::chunked_program();
        let mut read = vec![false; program.input_len()];
        read[CHUNKED_READS[0]] = true;
        let permutations = Permutations::of_chunks(&program, &read);
        permutations.assert_hashed(&program.reads());
    }

    #[test]
    #[should_panic(expected = "a cell is not hashed")]
    fn a_cell_that_is_not_hashed_cannot_be_built() {
        let program = testing::chunked_program();
        let mut permutations = Permutations::of(&program);
        for input in &mut permutations.list[1].inputs {
            if matches!(input, Input::Word { .. }) {
                *input = Input::Free(Free::Salt);
            }
        }
        permutations.assert_hashed(&program.reads());
    }
}
