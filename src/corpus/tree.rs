//! The Merkle tree over the leaves, and proofs that a leaf stands in it.
//!
//! Two nodes make `H(NODE, [left, right])`; a last node without a sibling is
//! carried up as it is. That leaves no doubt about what is a leaf: leaves and
//! nodes have different domains, and the number of leaves is under the root.

use rs_merkle::{Hasher, MerkleProof, MerkleTree};

use crate::field::{self, Scalar, ScalarHex};
use crate::hash::sponge::{self, Domain};

/// A node: a scalar in `rs_merkle`'s terms.
#[derive(Clone, Copy, PartialEq)]
struct Node(Scalar);

impl From<Node> for Vec<u8> {
    fn from(node: Node) -> Self {
        field::encode(&node.0).to_vec()
    }
}

impl TryFrom<Vec<u8>> for Node {
    type Error = Vec<u8>;

    fn try_from(bytes: Vec<u8>) -> Result<Self, Vec<u8>> {
        let scalar =
            <&[u8; field::SCALAR_BYTES]>::try_from(bytes.as_slice()).ok().and_then(field::decode);
        scalar.map(Self).ok_or(bytes)
    }
}

#[derive(Clone)]
struct NodeHasher;

impl Hasher for NodeHasher {
    type Hash = Node;

    /// Required by the trait, but never reached: leaves come hashed, and
    /// [`Self::concat_and_hash`] does not go through bytes. The name keeps it
    /// apart from every node all the same.
    fn hash(data: &[u8]) -> Node {
        Node(sponge::hash(Domain::Node, "bytes", &sponge::pack(data)))
    }

    fn concat_and_hash(left: &Node, right: Option<&Node>) -> Node {
        right.map_or(*left, |right| Node(sponge::hash(Domain::Node, "", &[left.0, right.0])))
    }
}

/// The tree, with all its nodes in memory.
pub struct Tree {
    inner: MerkleTree<NodeHasher>,
    merkle_root: Scalar,
    count: usize,
}

impl Tree {
    /// Builds the tree; `None` without leaves.
    #[must_use]
    pub fn new(leaves: &[Scalar]) -> Option<Self> {
        let nodes: Vec<Node> = leaves.iter().copied().map(Node).collect();
        let inner: MerkleTree<NodeHasher> = MerkleTree::from_leaves(&nodes);
        let merkle_root = inner.root()?.0;
        Some(Self { inner, merkle_root, count: leaves.len() })
    }

    /// The top node. Not yet the root of a corpus: see [`corpus_root`].
    #[must_use]
    pub fn merkle_root(&self) -> Scalar {
        self.merkle_root
    }

    /// Proves that a leaf stands at `index`; `None` if there is no such leaf.
    #[must_use]
    pub fn prove(&self, index: u64) -> Option<Membership> {
        let position = usize::try_from(index).ok().filter(|&i| i < self.count)?;
        let proof = self.inner.proof(&[position]);
        let siblings = proof.proof_hashes().iter().map(|node| node.0).collect();
        Some(Membership { index, siblings })
    }
}

/// The top node of leaves that come one after the other, in memory that grows
/// with the height of the tree alone.
#[derive(Clone, Debug, Default)]
pub struct Frontier {
    /// Complete subtrees from the left, heights descending.
    subtrees: Vec<(u32, Scalar)>,
}

impl Frontier {
    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Scalar) {
        let mut node = (0, leaf);
        while let Some((height, left)) = self.subtrees.pop_if(|(height, _)| *height == node.0) {
            node = (height + 1, sponge::hash(Domain::Node, "", &[left, node.1]));
        }
        self.subtrees.push(node);
    }

    /// The top node, as [`Tree::merkle_root`]; `None` without leaves.
    #[must_use]
    pub fn merkle_root(&self) -> Option<Scalar> {
        // A lone node is carried up until it meets the subtree on its left.
        let subtrees = self.subtrees.iter().rev().map(|(_, node)| *node);
        subtrees.reduce(|right, left| sponge::hash(Domain::Node, "", &[left, right]))
    }
}

/// `H(ROOT, [number of leaves, top node, digest of the header])`.
#[must_use]
pub fn corpus_root(count: u64, merkle_root: Scalar, header_digest: Scalar) -> Scalar {
    sponge::hash(Domain::Root, "", &[Scalar::from(count), merkle_root, header_digest])
}

/// A proof that a leaf stands at an index. Hostile until checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Where the leaf stands, from 0.
    pub index: u64,
    /// The siblings on the way up, from the leaf's; levels where the node is
    /// carried up have none.
    pub siblings: Vec<Scalar>,
}

/// A membership proof that cannot be right, whatever the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MembershipError {
    /// No such leaf.
    #[error("leaf index {index} is not below the number of leaves, {count}")]
    Index {
        /// As claimed.
        index: u64,
        /// As committed.
        count: u64,
    },
    /// The path has another length.
    #[error("expected {expected} siblings, got {got}")]
    Siblings {
        /// What index and number of leaves demand.
        expected: usize,
        /// What the proof holds.
        got: usize,
    },
    /// It leads to another root.
    #[error("the path leads to root {got}, not to the committed {expected}")]
    Root {
        /// The committed root, in hexadecimal.
        expected: ScalarHex,
        /// Where the path leads.
        got: ScalarHex,
    },
}

impl Membership {
    /// The top node that the path from `leaf` leads to in a tree of `count`
    /// leaves. Exactly one length of path is accepted for each index.
    ///
    /// # Errors
    /// If the index or the number of siblings cannot be right.
    pub fn merkle_root(&self, leaf: Scalar, count: u64) -> Result<Scalar, MembershipError> {
        let index_error = MembershipError::Index { index: self.index, count };
        if self.index >= count {
            return Err(index_error);
        }
        let (Ok(position), Ok(leaves)) = (usize::try_from(self.index), usize::try_from(count))
        else {
            return Err(index_error);
        };
        let expected = siblings_on_path(self.index, count);
        let wrong_length = MembershipError::Siblings { expected, got: self.siblings.len() };
        if self.siblings.len() != expected {
            return Err(wrong_length);
        }
        let siblings = self.siblings.iter().copied().map(Node).collect();
        MerkleProof::<NodeHasher>::new(siblings)
            .root(&[position], &[Node(leaf)], leaves)
            .map(|node| node.0)
            .map_err(|_| wrong_length)
    }
}

fn siblings_on_path(mut index: u64, mut count: u64) -> usize {
    let mut siblings = 0;
    while count > 1 {
        if index ^ 1 < count {
            siblings += 1;
        }
        index /= 2;
        count = count.div_ceil(2);
    }
    siblings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u64) -> Vec<Scalar> {
        (0..count).map(|i| Scalar::from(100 + i)).collect()
    }

    fn node(left: Scalar, right: Scalar) -> Scalar {
        sponge::hash(Domain::Node, "", &[left, right])
    }

    /// The definition: pair up, carry a last lone node.
    fn by_definition(mut level: Vec<Scalar>) -> Scalar {
        while level.len() > 1 {
            level = level
                .chunks(2)
                .map(|pair| match pair {
                    [left, right] => node(*left, *right),
                    lone => lone[0],
                })
                .collect();
        }
        level[0]
    }

    #[test]
    fn the_top_node_is_as_defined_for_every_shape() {
        assert!(Tree::new(&[]).is_none());
        let mut frontier = Frontier::default();
        assert!(frontier.merkle_root().is_none());
        for count in 1..=19 {
            let tree = Tree::new(&leaves(count)).unwrap();
            assert_eq!(tree.merkle_root(), by_definition(leaves(count)), "{count}");
            frontier.push(Scalar::from(100 + count - 1));
            assert_eq!(frontier.merkle_root(), Some(tree.merkle_root()), "{count}");
        }
    }

    #[test]
    fn every_leaf_is_proved_and_nothing_else() {
        for count in 1..=19 {
            let leaves = leaves(count);
            let tree = Tree::new(&leaves).unwrap();
            let top = Ok(tree.merkle_root());
            assert!(tree.prove(count).is_none());
            for (index, &leaf) in (0..).zip(&leaves) {
                let proof = tree.prove(index).unwrap();
                assert_eq!(proof.merkle_root(leaf, count), top);
                assert_ne!(proof.merkle_root(Scalar::from(9), count), top);
                for other in 0..count + 2 {
                    if other != index {
                        let moved = Membership { index: other, ..proof.clone() };
                        assert_ne!(moved.merkle_root(leaf, count), top, "{index} {other}");
                    }
                }
                for i in 0..proof.siblings.len() {
                    let mut broken = proof.clone();
                    broken.siblings[i] += Scalar::from(1);
                    assert_ne!(broken.merkle_root(leaf, count), top);
                }
                let mut long = proof.clone();
                long.siblings.push(Scalar::from(0));
                assert!(matches!(
                    long.merkle_root(leaf, count),
                    Err(MembershipError::Siblings { .. })
                ));
                let mut short = proof.clone();
                if short.siblings.pop().is_some() {
                    assert!(short.merkle_root(leaf, count).is_err());
                }
            }
        }
    }

    #[test]
    fn an_inner_node_is_no_leaf_and_the_count_is_under_the_root() {
        let all = leaves(4);
        let nodes = [node(all[0], all[1]), node(all[2], all[3])];
        let top = Tree::new(&all).unwrap().merkle_root();
        // The same top node can be read as two leaves, so the count must count.
        assert_eq!(Tree::new(&nodes).unwrap().merkle_root(), top);
        let header = Scalar::from(1);
        assert_ne!(corpus_root(4, top, header), corpus_root(2, top, header));
    }

    #[test]
    fn absurd_claims_are_errors() {
        let proof = Membership { index: u64::MAX - 1, siblings: Vec::new() };
        assert!(proof.merkle_root(Scalar::from(0), u64::MAX).is_err());
        assert!(proof.merkle_root(Scalar::from(0), 0).is_err());
    }
}
