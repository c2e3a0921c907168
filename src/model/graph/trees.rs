//! Ensembles of decision trees.

/// The sum of decision trees over the elements of one tensor, which are compared in single
/// precision as runtimes do.
///
/// Score k is `(base[k] + Σ over trees of the reached leaf's amount for k) / denominator`, a
/// fraction of whole numbers, so that equal scores are equal. Every branch has exactly one
/// parent or is a root, and comes after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trees {
    /// Number of scores.
    pub targets: usize,
    /// What all amounts are divided by, above zero.
    pub denominator: i64,
    /// What each score begins with.
    pub base: Vec<i64>,
    /// Where each tree begins.
    pub roots: Vec<Child>,
    /// The branches of all trees.
    pub branches: Vec<Branch>,
    /// The leaves of all trees: score and amount, in ascending order of scores.
    pub leaves: Vec<Vec<(u32, i64)>>,
}

/// What a branch leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// An index of [`Trees::branches`].
    Branch(u32),
    /// An index of [`Trees::leaves`].
    Leaf(u32),
}

/// A question about one element of the input.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// The element.
    pub feature: u32,
    /// The question.
    pub test: Test,
    /// Where a tree goes on if the answer is yes.
    pub yes: Child,
    /// Where it goes on otherwise.
    pub no: Child,
}

/// A question about a number in single precision. Thresholds are finite.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// `x < t`.
    Less(f32),
    /// `x <= t`.
    LessOrEqual(f32),
    /// `x > t`.
    Greater(f32),
    /// `x >= t`.
    GreaterOrEqual(f32),
    /// `x == t`.
    Equal(f32),
    /// `x != t`.
    NotEqual(f32),
    /// `x` is one of these.
    Member(Vec<f32>),
}

impl Test {
    /// The answer.
    #[must_use]
    pub fn holds(&self, x: f32) -> bool {
        match self {
            Self::Less(t) => x < *t,
            Self::LessOrEqual(t) => x <= *t,
            Self::Greater(t) => x > *t,
            Self::GreaterOrEqual(t) => x >= *t,
            Self::Equal(t) => x == *t,
            Self::NotEqual(t) => x != *t,
            Self::Member(list) => list.contains(&x),
        }
    }
}

impl Trees {
    /// The leaf that a tree reaches.
    pub(crate) fn reached(&self, root: Child, answer: impl Fn(&Branch) -> bool) -> &[(u32, i64)] {
        let mut child = root;
        loop {
            match child {
                Child::Leaf(leaf) => {
                    return self.leaves.get(leaf as usize).map_or(&[], Vec::as_slice);
                }
                Child::Branch(branch) => {
                    let Some(branch) = self.branches.get(branch as usize) else { return &[] };
                    child = if answer(branch) { branch.yes } else { branch.no };
                }
            }
        }
    }

    /// Numbers that it holds.
    pub(crate) fn size(&self) -> usize {
        let leaves = self.leaves.iter().map(Vec::len).sum::<usize>();
        let members = self.branches.iter().map(|branch| match &branch.test {
            Test::Member(list) => list.len(),
            _ => 0,
        });
        self.branches
            .len()
            .saturating_mul(4)
            .saturating_add(self.leaves.len())
            .saturating_add(leaves)
            .saturating_add(members.sum::<usize>())
            .saturating_add(self.base.len())
            .saturating_add(self.roots.len())
    }
}
