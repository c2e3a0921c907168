//! Byte-pair encoding: neighbours are joined in the order of the vocabulary's merges.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::Text;

/// The merges of a vocabulary.
#[derive(Clone, Debug)]
pub(super) struct Merges {
    /// The ids of the single bytes.
    pub(super) bytes: Box<[u16; 256]>,
    /// The rank of each pair, and what it becomes.
    pub(super) pairs: HashMap<(u16, u16), (u32, u16)>,
}

/// A token of the word at hand, and its neighbours that are left.
#[derive(Clone, Copy)]
struct Symbol {
    id: u16,
    before: Option<u32>,
    after: Option<u32>,
    joined: bool,
}

/// What may be joined next: the least rank, then the place furthest to the left.
type Candidate = Reverse<(u32, u32, u16, u16)>;

impl Merges {
    /// Appends the ids of a word of at most 2¹⁶ bytes. Of a word that is not empty there is
    /// at least one.
    pub(super) fn join(&self, word: &str, ids: &mut Vec<u16>) {
        let mut symbols: Vec<Symbol> = Vec::with_capacity(word.len());
        for byte in bytes(word) {
            let at = u32::try_from(symbols.len()).unwrap_or(u32::MAX);
            let id = self.bytes.get(usize::from(byte)).copied().unwrap_or_default();
            if let Some(last) = symbols.last_mut() {
                last.after = Some(at);
            }
            let before = at.checked_sub(1);
            symbols.push(Symbol { id, before, after: None, joined: false });
        }
        let mut queue: BinaryHeap<Candidate> =
            (0..).zip(&symbols).filter_map(|(at, _)| self.candidate(&symbols, at)).collect();
        while let Some(Reverse((_, at, left, right))) = queue.pop() {
            if let Some(before) = self.merge(&mut symbols, at, (left, right)) {
                queue.extend(before.and_then(|before| self.candidate(&symbols, before)));
                queue.extend(self.candidate(&symbols, at));
            }
        }
        ids.extend(symbols.iter().filter(|symbol| !symbol.joined).map(|symbol| symbol.id));
    }

    /// The pair that begins at a place, if it may be joined.
    fn candidate(&self, symbols: &[Symbol], at: u32) -> Option<Candidate> {
        let left = symbols.get(at as usize)?;
        let right = symbols.get(left.after? as usize)?;
        let (rank, _) = self.pairs.get(&(left.id, right.id))?;
        Some(Reverse((*rank, at, left.id, right.id)))
    }

    /// Joins a pair, unless one of its tokens is part of another meanwhile; gives the place
    /// before it.
    fn merge(&self, symbols: &mut [Symbol], at: u32, pair: (u16, u16)) -> Option<Option<u32>> {
        let left = *symbols.get(at as usize).filter(|symbol| !symbol.joined)?;
        let next = left.after?;
        let right = *symbols.get(next as usize)?;
        let (_, id) = *self.pairs.get(&pair).filter(|_| (left.id, right.id) == pair)?;
        if let Some(after) = right.after.and_then(|after| symbols.get_mut(after as usize)) {
            after.before = Some(at);
        }
        symbols.get_mut(next as usize)?.joined = true;
        *symbols.get_mut(at as usize)? = Symbol { id, after: right.after, ..left };
        Some(left.before)
    }
}

/// The bytes of a word, its block ends as line ends.
fn bytes(word: &str) -> impl Iterator<Item = u8> {
    word.chars().map(|point| if point == Text::BLOCK { '\n' } else { point }).flat_map(|point| {
        let mut buffer = [0; 4];
        let length = point.encode_utf8(&mut buffer).len();
        buffer.into_iter().take(length)
    })
}
