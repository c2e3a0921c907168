//! Views in chunks: what is opened, what is free, and that neither can lie.

use std::sync::OnceLock;

use super::{Bench, testing};
use crate::argument::permutations::{Free, Input};
use crate::argument::testing::forge::{Hooks, InputHook};
use crate::argument::trace::Trace;
use crate::field::Scalar;
use crate::hash::sponge::{ChunkDigests, view_digest};

fn bench() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| Bench::of(testing::chunked_program()))
}

impl Bench {
    /// Number of the permutation and of its input that `pick` finds first.
    fn input(&self, pick: impl Fn(&Input) -> bool) -> (usize, usize) {
        let list = self.shape.permutations.list.iter().enumerate();
        let mut found = list.filter_map(|(number, permutation)| {
            permutation.inputs.iter().position(&pick).map(|position| (number, position))
        });
        found.next().unwrap()
    }

    fn digests(&self, slot: usize) -> ChunkDigests {
        ChunkDigests::of(self.program.view(), &self.bytes(slot))
    }

    fn with_input(&self, slot: usize, hook: InputHook) -> Vec<Trace> {
        let mut traces = self.honest();
        traces[slot] = self.trace(slot, &Hooks { input: Some(hook), ..Hooks::default() });
        traces
    }
}

fn replaced(at: (usize, usize), by: Scalar) -> InputHook {
    Box::new(move |number, position, value| if (number, position) == at { by } else { value })
}

#[test]
fn an_honest_witness_opens_some_chunks_and_is_accepted() {
    let bench = bench();
    for (slot, trace) in bench.assert_honest_is_accepted().iter().enumerate() {
        let digest = view_digest(bench.program.view(), super::salt(slot), &bench.bytes(slot));
        assert_eq!(trace.digest, digest);
    }
}

#[test]
fn another_digest_than_the_opened_chunks_is_refused() {
    let bench = bench();
    let digests = bench.digests(1);
    // Permutations 0 to 3 are chunks 0, 8, 9 and 43; 4 to 6 are groups 0, 1 and 5.
    let chunk_8 = bench.input(|input| *input == Input::Digest(1));
    let chunk_9 = bench.input(|input| *input == Input::Digest(2));
    let group_1 = bench.input(|input| *input == Input::Digest(5));
    assert_eq!([chunk_8, chunk_9], [(5, 0), (5, 1)]);
    let cases = [
        ("another chunk's digest", replaced(chunk_8, digests.chunks[9])),
        ("a chunk that is not opened", replaced(chunk_8, digests.chunks[10])),
        ("a group's digest for a chunk's", replaced(chunk_9, digests.groups[1])),
        ("a chunk's digest for a group's", replaced(group_1, digests.chunks[8])),
        ("another group's digest", replaced(group_1, digests.groups[0])),
        (
            "two chunks swapped",
            Box::new(move |number, position, value| match (number, position) {
                at if at == chunk_8 => digests.chunks[9],
                at if at == chunk_9 => digests.chunks[8],
                _ => value,
            }),
        ),
    ];
    for (name, hook) in cases {
        let traces = bench.with_input(1, hook);
        bench.assert_refused(name, &bench.statement(&traces), &traces);
    }
}

#[test]
fn a_free_value_other_than_the_committed_one_is_refused() {
    let bench = bench();
    let statement = bench.statement(&bench.honest());
    for (name, free) in [
        ("a word", bench.input(|input| matches!(input, Input::Free(Free::Word(_))))),
        ("a chunk", bench.input(|input| matches!(input, Input::Free(Free::Chunk(_))))),
        ("a group", bench.input(|input| matches!(input, Input::Free(Free::Group(_))))),
        ("the salt", bench.input(|input| matches!(input, Input::Free(Free::Salt)))),
    ] {
        let traces = bench.with_input(3, replaced(free, Scalar::from(77)));
        // The trace is one of another view, so its digest is another.
        bench.assert_refused(name, &statement, &traces);
    }
}

#[test]
fn bytes_other_than_the_hashed_ones_are_refused() {
    let bench = bench();
    for at in [testing::CHUNKED_READS[0], testing::CHUNKED_READS[5]] {
        let mut hashed = bench.documents[2].clone();
        hashed[at] ^= 1;
        let hooks = Hooks { hashed: Some(hashed), ..Hooks::default() };
        let mut traces = bench.honest();
        traces[2] = bench.trace(2, &hooks);
        bench.assert_refused("other bytes hashed", &bench.statement(&traces), &traces);
    }
}
