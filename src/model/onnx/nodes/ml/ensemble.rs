//! TreeEnsembleClassifier, TreeEnsembleRegressor and TreeEnsemble.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::constant::{self, Literal};
use super::forest::{Forest, Listed, MAX_NODES, finite};
use super::{Built, Call, Chain, Post, features, labels, numbers};
use crate::model::graph::{Op, Problem, TensorRef, Test};

const SINGLE: &str = "export the model with a float32 input (FloatTensorType)";

fn built(
    call: &mut Call<'_>,
    forest: Forest,
    post: Post,
    tensor: TensorRef,
    features: usize,
) -> Result<Built, Problem> {
    let shape = [1, forest.targets];
    let trees = forest.build(features, call.budget)?;
    let mut chain = Chain::new();
    chain.then(tensor, Op::Trees(trees), &shape);
    post.add(&mut chain, tensor, &shape);
    Ok(chain.build())
}

fn bounded(count: usize, what: &str) -> Result<(), Problem> {
    if (1..=MAX_NODES).contains(&count) {
        return Ok(());
    }
    Err(Problem::new(
        format!("its trees have {count} {what}, supported are 1 to {MAX_NODES}"),
        "use fewer or smaller trees",
    ))
}

/// The lists that classifier and regressor share.
struct Nodes {
    nodes: Vec<Listed>,
    roots: Vec<usize>,
    /// Where the node of a tree with an identifier is.
    places: BTreeMap<(i64, i64), usize>,
}

fn nodes(call: &mut Call<'_>) -> Result<Nodes, Problem> {
    for name in ["nodes_hitrates", "nodes_hitrates_as_tensor", "nodes_missing_value_tracks_true"] {
        call.attributes.ignore(name);
    }
    call.attributes.none("nodes_values_as_tensor", SINGLE)?;
    call.attributes.none("base_values_as_tensor", SINGLE)?;
    let modes = call.attributes.strings("nodes_modes")?.unwrap_or_default();
    bounded(modes.len(), "nodes")?;
    let mut list = |name| -> Result<&[i64], Problem> {
        let list = call.attributes.ints(name)?.unwrap_or(&[]);
        if list.len() != modes.len() {
            let problem = format!("`{name}` has {} values for {} nodes", list.len(), modes.len());
            return Err(Problem::malformed(problem));
        }
        Ok(list)
    };
    let (trees, ids) = (list("nodes_treeids")?, list("nodes_nodeids")?);
    let (feature, yes, no) =
        (list("nodes_featureids")?, list("nodes_truenodeids")?, list("nodes_falsenodeids")?);
    let values = call.attributes.floats("nodes_values")?.unwrap_or(&[]);
    if values.len() != modes.len() {
        return Err(Problem::malformed("its nodes_values are not one for each node"));
    }
    let mut places = BTreeMap::new();
    for (at, key) in trees.iter().copied().zip(ids.iter().copied()).enumerate() {
        if places.insert(key, at).is_some() {
            let (tree, id) = key;
            return Err(Problem::malformed(format!("tree {tree} has two nodes {id}")));
        }
    }
    let mut nodes = Vec::with_capacity(modes.len());
    let mut children = BTreeSet::new();
    let lists = modes.iter().zip(trees).zip(values).zip(feature).zip(yes.iter().zip(no));
    for ((((mode, tree), value), feature), (yes, no)) in lists {
        let test = match *mode {
            "LEAF" => {
                nodes.push(Listed::Leaf);
                continue;
            }
            "BRANCH_LEQ" => Test::LessOrEqual(finite(*value)?),
            "BRANCH_LT" => Test::Less(finite(*value)?),
            "BRANCH_GTE" => Test::GreaterOrEqual(finite(*value)?),
            "BRANCH_GT" => Test::Greater(finite(*value)?),
            "BRANCH_EQ" => Test::Equal(finite(*value)?),
            "BRANCH_NEQ" => Test::NotEqual(finite(*value)?),
            other => return Err(Problem::malformed(format!("a node of mode `{other}`"))),
        };
        let child = |id: &i64| {
            places.get(&(*tree, *id)).copied().ok_or_else(|| {
                Problem::malformed(format!(
                    "tree {tree} leads to node {id}, which it does not have"
                ))
            })
        };
        let (yes, no) = (child(yes)?, child(no)?);
        children.extend([yes, no]);
        nodes.push(Listed::Branch { feature: *feature, test, yes, no });
    }
    // A tree begins at the node that no other leads to.
    let mut roots: BTreeMap<i64, usize> = BTreeMap::new();
    for (at, tree) in trees.iter().enumerate() {
        if !children.contains(&at) && roots.insert(*tree, at).is_some() {
            return Err(Problem::malformed(format!("tree {tree} begins at two nodes")));
        }
    }
    if let Some(tree) = trees.iter().find(|tree| !roots.contains_key(*tree)) {
        return Err(Problem::malformed(format!("tree {tree} has no beginning: it is a cycle")));
    }
    Ok(Nodes { nodes, roots: roots.into_values().collect(), places })
}

/// What each node adds to scores.
fn amounts(
    call: &mut Call<'_>,
    found: &Nodes,
    names: [&'static str; 4],
    targets: usize,
) -> Result<Vec<Vec<(u32, f64)>>, Problem> {
    let [trees, ids, scores, weights] = names;
    let weights = numbers(call, weights)?;
    call.budget.elements(weights.len())?;
    let mut list = |name| -> Result<&[i64], Problem> {
        let list = call.attributes.ints(name)?.unwrap_or(&[]);
        if list.len() != weights.len() {
            let problem = format!("`{name}` has {} values for {}", list.len(), weights.len());
            return Err(Problem::malformed(problem));
        }
        Ok(list)
    };
    let (trees, ids, scores) = (list(trees)?, list(ids)?, list(scores)?);
    let mut amounts = vec![Vec::new(); found.nodes.len()];
    for (((tree, id), score), weight) in trees.iter().zip(ids).zip(scores).zip(&weights) {
        let at = found.places.get(&(*tree, *id)).copied();
        let leaf = at.filter(|at| matches!(found.nodes.get(*at), Some(Listed::Leaf)));
        let slot = leaf.and_then(|at| amounts.get_mut(at)).ok_or_else(|| {
            Problem::malformed(format!("node {id} of tree {tree} has an amount and is no leaf"))
        })?;
        let inside = usize::try_from(*score).ok().filter(|at| *at < targets);
        let score = inside.and_then(|at| u32::try_from(at).ok()).ok_or_else(|| {
            Problem::malformed(format!("an amount for score {score} of {targets}"))
        })?;
        slot.push((score, *weight));
    }
    Ok(amounts)
}

pub(super) fn classifier(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, columns) = features(call)?;
    let classes = labels(call, "classlabels_int64s", "classlabels_strings")?;
    let found = nodes(call)?;
    call.attributes.none("class_weights_as_tensor", SINGLE)?;
    let post = Post::of(call)?;
    let names = ["class_treeids", "class_nodeids", "class_ids", "class_weights"];
    let mut amounts = amounts(call, &found, names, classes.max(1))?;
    let mut base = numbers(call, "base_values")?;
    let mut post = post;
    if classes == 2 {
        // One score of two classes is listed as the first class's and speaks for the second.
        if amounts.iter().flatten().any(|(score, _)| *score != 0) || base.len() > 1 {
            return Err(Problem::new(
                "it has scores for both of two classes, where runtimes take another class than the greater score's",
                "export one score for two classes, as scikit-learn, XGBoost and LightGBM do",
            ));
        }
        let shift = base.first().copied().unwrap_or(0.0);
        let shares = amounts.iter().flatten().all(|(_, weight)| *weight >= 0.0);
        // Without a transform the first class gets the rest of 1 where all numbers are shares.
        let rest = if shares && post != Post::Logistic { 1.0 } else { 0.0 };
        for own in &mut amounts {
            let both = own.iter().flat_map(|(_, weight)| [(0, -weight), (1, *weight)]).collect();
            *own = both;
        }
        base = vec![rest - shift, shift];
        if post == Post::Softmax {
            // Runtimes leave a single score as it is.
            post = Post::None;
        }
    }
    if base.is_empty() {
        base = vec![0.0; classes];
    }
    if base.len() != classes {
        return Err(Problem::malformed(format!(
            "{} base values for {classes} classes",
            base.len()
        )));
    }
    let Nodes { nodes, roots, .. } = found;
    let forest = Forest {
        nodes,
        roots,
        amounts,
        targets: classes,
        base,
        average: false,
        shared_leaves: false,
    };
    built(call, forest, post, tensor, columns)
}

/// Whether the sum over trees is divided by their number.
fn average(aggregate: &str) -> Result<bool, Problem> {
    match aggregate {
        "SUM" => Ok(false),
        "AVERAGE" => Ok(true),
        other => Err(Problem::new(
            format!("the aggregate function {other} is not supported"),
            "use a model that adds up its trees, or averages them",
        )),
    }
}

pub(super) fn regressor(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, columns) = features(call)?;
    let targets = usize::try_from(call.attributes.int_or("n_targets", 1)?).unwrap_or(0);
    let average = average(call.attributes.string("aggregate_function")?.unwrap_or("SUM"))?;
    let found = nodes(call)?;
    call.attributes.none("target_weights_as_tensor", SINGLE)?;
    let post = Post::of(call)?;
    let names = ["target_treeids", "target_nodeids", "target_ids", "target_weights"];
    let amounts = amounts(call, &found, names, targets)?;
    let mut base = numbers(call, "base_values")?;
    if base.is_empty() {
        call.budget.elements(targets)?;
        base = vec![0.0; targets];
    }
    let Nodes { nodes, roots, .. } = found;
    let forest = Forest { nodes, roots, amounts, targets, base, average, shared_leaves: false };
    built(call, forest, post, tensor, columns)
}

/// A tensor attribute of numbers that fit single precision.
fn single(call: &mut Call<'_>, name: &'static str) -> Result<Vec<f32>, Problem> {
    let Some(tensor) = call.attributes.tensor(name)? else { return Ok(Vec::new()) };
    let values = match constant::decode(tensor)? {
        Literal::Float(constant) => constant.values,
        Literal::Int { values, .. } => values.iter().map(|value| *value as f64).collect(),
        Literal::Bool { .. } => return Err(Problem::malformed(format!("`{name}` holds truths"))),
    };
    call.budget.elements(values.len())?;
    let exact = |value: &f64| value.is_nan() || f64::from(*value as f32) == *value;
    if !values.iter().all(exact) {
        return Err(Problem::new(format!("`{name}` is not in single precision"), SINGLE));
    }
    Ok(values.into_iter().map(|value| value as f32).collect())
}

/// The operator of version 5: one list of branches, one of leaves.
pub(super) fn general(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, columns) = features(call)?;
    for name in ["nodes_hitrates", "nodes_missing_value_tracks_true"] {
        call.attributes.ignore(name);
    }
    let average = average(match call.attributes.int_or("aggregate_function", 1)? {
        0 => "AVERAGE",
        1 => "SUM",
        2 => "MIN",
        _ => "MAX",
    })?;
    let post = Post::named(match call.attributes.int_or("post_transform", 0)? {
        0 => "NONE",
        1 => "SOFTMAX",
        2 => "LOGISTIC",
        3 => "SOFTMAX_ZERO",
        _ => "PROBIT",
    })?;
    let targets = usize::try_from(call.attributes.int_or("n_targets", 1)?).unwrap_or(0);
    let modes = single(call, "nodes_modes")?;
    let splits = single(call, "nodes_splits")?;
    let weights = single(call, "leaf_weights")?;
    let mut members = single(call, "membership_values")?
        .split(|value| value.is_nan())
        .map(<[f32]>::to_vec)
        .collect::<Vec<_>>()
        .into_iter();
    bounded(modes.len(), "branches")?;
    bounded(weights.len(), "leaves")?;
    let count = modes.len();
    let mut list = |name, count: usize| -> Result<&[i64], Problem> {
        let list = call.attributes.ints(name)?.unwrap_or(&[]);
        if list.len() != count {
            let problem = format!("`{name}` has {} values, expected {count}", list.len());
            return Err(Problem::malformed(problem));
        }
        Ok(list)
    };
    let feature = list("nodes_featureids", count)?;
    let (yes, yes_leaf) = (list("nodes_truenodeids", count)?, list("nodes_trueleafs", count)?);
    let (no, no_leaf) = (list("nodes_falsenodeids", count)?, list("nodes_falseleafs", count)?);
    let scores = list("leaf_targetids", weights.len())?;
    let roots = call.attributes.ints("tree_roots")?.unwrap_or(&[]);
    if splits.len() != count {
        return Err(Problem::malformed("its nodes_splits are not one for each branch"));
    }
    let place = |at: i64, leaf: bool| {
        let (first, own) = if leaf { (count, weights.len()) } else { (0, count) };
        let at = usize::try_from(at).ok().filter(|at| *at < own);
        at.map(|at| first.saturating_add(at))
            .ok_or_else(|| Problem::malformed("a tree leads to a node that does not exist"))
    };
    let mut nodes = Vec::with_capacity(count.saturating_add(weights.len()));
    let lists = modes
        .iter()
        .zip(&splits)
        .zip(feature)
        .zip(yes.iter().zip(yes_leaf))
        .zip(no.iter().zip(no_leaf));
    for ((((mode, split), feature), (yes, yes_leaf)), (no, no_leaf)) in lists {
        let test = match *mode as i64 {
            0 => Test::LessOrEqual(finite(*split)?),
            1 => Test::Less(finite(*split)?),
            2 => Test::GreaterOrEqual(finite(*split)?),
            3 => Test::Greater(finite(*split)?),
            4 => Test::Equal(finite(*split)?),
            5 => Test::NotEqual(finite(*split)?),
            6 => {
                let list = members.next().filter(|list| !list.is_empty());
                Test::Member(list.ok_or_else(|| {
                    Problem::malformed("a set of values is missing in membership_values")
                })?)
            }
            other => return Err(Problem::malformed(format!("a node of mode {other}"))),
        };
        nodes.push(Listed::Branch {
            feature: *feature,
            test,
            yes: place(*yes, *yes_leaf != 0)?,
            no: place(*no, *no_leaf != 0)?,
        });
    }
    nodes.extend(weights.iter().map(|_| Listed::Leaf));
    let mut amounts = vec![Vec::new(); count];
    for (score, weight) in scores.iter().zip(&weights) {
        let inside = usize::try_from(*score).ok().filter(|at| *at < targets);
        let score = inside.and_then(|at| u32::try_from(at).ok()).ok_or_else(|| {
            Problem::malformed(format!("an amount for score {score} of {targets}"))
        })?;
        if !weight.is_finite() {
            return Err(Problem::new(
                "a leaf's weight is not a finite number",
                "train or export the model again",
            ));
        }
        amounts.push(vec![(score, f64::from(*weight))]);
    }
    let roots = roots.iter().map(|root| place(*root, false)).collect::<Result<Vec<_>, _>>()?;
    if roots.is_empty() {
        return Err(Problem::malformed("it has no trees"));
    }
    call.budget.elements(targets)?;
    let base = vec![0.0; targets];
    let forest = Forest { nodes, roots, amounts, targets, base, average, shared_leaves: true };
    built(call, forest, post, tensor, columns)
}
