//! From lists of nodes to trees, every reference checked.

use std::collections::VecDeque;

use super::super::super::budget::Budget;
use super::fraction;
use crate::model::graph::{Branch, Child, Problem, Test, Trees};

/// Most nodes of an ensemble.
pub(super) const MAX_NODES: usize = 1 << 19;
/// Most questions in a row.
const MAX_DEPTH: usize = 512;
/// Most scores.
const MAX_TARGETS: usize = 4096;

/// A node as a file has it, its references resolved.
pub(super) enum Listed {
    Branch { feature: i64, test: Test, yes: usize, no: usize },
    Leaf,
}

/// A tensor of trees before its numbers are counted.
pub(super) struct Forest {
    /// All nodes of all trees.
    pub(super) nodes: Vec<Listed>,
    /// Where trees begin.
    pub(super) roots: Vec<usize>,
    /// Of each node what it adds to scores; empty for branches.
    pub(super) amounts: Vec<Vec<(u32, f64)>>,
    pub(super) targets: usize,
    /// One for each score.
    pub(super) base: Vec<f64>,
    /// The sum over trees is divided by their number, `base` is not.
    pub(super) average: bool,
    /// Leaves may be shared.
    pub(super) shared_leaves: bool,
}

/// Finite single-precision thresholds.
pub(super) fn finite(threshold: f32) -> Result<f32, Problem> {
    if threshold.is_finite() {
        return Ok(threshold);
    }
    Err(Problem::new(
        "a threshold is not a finite number",
        "train or export the model again without infinite thresholds",
    ))
}

impl Forest {
    /// The trees over an input of so many features.
    pub(super) fn build(self, features: usize, budget: &mut Budget) -> Result<Trees, Problem> {
        let Self { nodes, roots, amounts, targets, base, average, shared_leaves } = self;
        if !(1..=MAX_TARGETS).contains(&targets) || base.len() != targets {
            return Err(Problem::new(
                format!("it has {targets} scores, supported are 1 to {MAX_TARGETS}"),
                "use a model with fewer classes",
            ));
        }
        // A row for each branch, with what it adds to each score.
        budget.elements(nodes.len().saturating_mul(targets))?;
        let order = Order::of(&nodes, &roots, shared_leaves)?;
        let sums = |list: &Vec<(u32, f64)>| list.iter().map(|(_, v)| v.abs()).fold(0.0, f64::max);
        let trees = roots.len().max(1) as f64;
        let largest = base.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        let divisor = if average { trees } else { 1.0 };
        // Twice what all leaves add: no sum of rows goes beyond that by much.
        let bound = 2.0 * amounts.iter().map(sums).sum::<f64>() + largest * divisor;
        let leaves = amounts.iter().flatten().map(|(_, value)| *value);
        let numbers = leaves.chain(base.iter().map(|value| value * divisor));
        let unit = fraction::common(numbers, bound)?;
        let denominator = if average {
            i64::try_from(roots.len()).ok().and_then(|trees| unit.get().checked_mul(trees))
        } else {
            Some(unit.get())
        };
        let too_many = || Problem::new("it has too many trees", "use fewer trees");
        let denominator = denominator.filter(|d| *d < 1 << 52).ok_or_else(too_many)?;
        let mut trees = Trees {
            targets,
            denominator,
            base: base.iter().map(|value| unit.count(value * divisor)).collect(),
            roots: Vec::with_capacity(roots.len()),
            branches: Vec::new(),
            leaves: Vec::new(),
        };
        let child = |node: usize| order.places.get(node).copied().unwrap_or(Child::Leaf(0));
        for node in order.visited {
            match nodes.get(node) {
                Some(Listed::Branch { feature, test, yes, no }) => {
                    let inside = usize::try_from(*feature).ok().filter(|at| *at < features);
                    let inside = inside.and_then(|at| u32::try_from(at).ok());
                    let feature = inside.ok_or_else(|| {
                        Problem::malformed(format!(
                            "a tree asks for feature {feature} of {features}"
                        ))
                    })?;
                    let (test, yes, no) = (test.clone(), child(*yes), child(*no));
                    trees.branches.push(Branch { feature, test, yes, no });
                }
                Some(Listed::Leaf) => {
                    let own = amounts.get(node).map_or(&[][..], Vec::as_slice);
                    let mut own: Vec<(u32, i64)> =
                        own.iter().map(|(score, value)| (*score, unit.count(*value))).collect();
                    own.retain(|(_, amount)| *amount != 0);
                    own.sort_unstable();
                    if own.iter().zip(own.iter().skip(1)).any(|(l, r)| l.0 == r.0) {
                        return Err(Problem::malformed("a leaf has two amounts for one score"));
                    }
                    trees.leaves.push(own);
                }
                None => return Err(Problem::malformed("a node is missing")),
            }
        }
        trees.roots = roots.into_iter().map(child).collect();
        if trees.leaves.is_empty() {
            trees.leaves.push(Vec::new());
        }
        Ok(trees)
    }
}

/// Nodes from the roots down.
struct Order {
    visited: Vec<usize>,
    /// Of each node its number among branches or leaves.
    places: Vec<Child>,
}

impl Order {
    /// Follows all trees. Every node must be reached, once: so there are no cycles.
    fn of(nodes: &[Listed], roots: &[usize], shared_leaves: bool) -> Result<Self, Problem> {
        let mut places: Vec<Option<Child>> = vec![None; nodes.len()];
        let mut visited = Vec::with_capacity(nodes.len());
        let (mut branches, mut leaves) = (0u32, 0u32);
        let mut open: VecDeque<(usize, usize)> = roots.iter().map(|root| (*root, 0)).collect();
        while let Some((node, depth)) = open.pop_front() {
            let missing = || Problem::malformed("a tree leads to a node that does not exist");
            let listed = nodes.get(node).ok_or_else(missing)?;
            let place = places.get_mut(node).ok_or_else(missing)?;
            let leaf = matches!(listed, Listed::Leaf);
            if place.is_some() {
                if leaf && shared_leaves {
                    continue;
                }
                return Err(Problem::malformed(
                    "a node of its trees is reached in two ways, or leads to itself",
                ));
            }
            if depth > MAX_DEPTH {
                return Err(Problem::new(
                    format!("a tree is deeper than {MAX_DEPTH}"),
                    "limit the depth of trees (max_depth)",
                ));
            }
            visited.push(node);
            let counter = if leaf { &mut leaves } else { &mut branches };
            *place = Some(if leaf { Child::Leaf(*counter) } else { Child::Branch(*counter) });
            *counter = counter.saturating_add(1);
            if let Listed::Branch { yes, no, .. } = listed {
                open.extend([*yes, *no].map(|child| (child, depth.saturating_add(1))));
            }
        }
        let places = places.into_iter().collect::<Option<Vec<Child>>>().ok_or_else(|| {
            Problem::malformed("some nodes of its trees are reached from no root")
        })?;
        Ok(Self { visited, places })
    }
}
