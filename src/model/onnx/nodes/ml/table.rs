//! Operators over the columns of a row of features, and what names its scores.

use super::super::super::constant::Literal;
use super::super::{Argument, Source, Step};
use super::{Built, Call, Chain, features, labels, numbers};
use crate::model::graph::shape;
use crate::model::graph::{
    Affine, Branch, Child, Concat, Constant, Normalise, Op, Problem, Test, Trees,
};
use crate::model::operators::gather::Selection;

/// `(x − offset) · scale`, in two steps as runtimes round it.
pub(super) fn scaler(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, columns) = features(call)?;
    let shape = [1, columns];
    let mut column = |name| -> Result<Constant, Problem> {
        let values = numbers(call, name)?;
        match values.as_slice() {
            [one] => Ok(Constant::scalar(*one)),
            values if values.len() == columns => {
                Ok(Constant { shape: shape.to_vec(), values: values.to_vec() })
            }
            values => Err(Problem::malformed(format!(
                "{} values of `{name}` for {columns} features",
                values.len()
            ))),
        }
    };
    let (offset, scale) = (column("offset")?.map(|offset| -offset), column("scale")?);
    let mut chain = Chain::new();
    let (one, zero) = (Constant::scalar(1.0), Constant::scalar(0.0));
    chain.then(tensor, Op::Affine(Affine { scale: one, offset }), &shape);
    chain.then(tensor, Op::Affine(Affine { scale, offset: zero }), &shape);
    Ok(chain.build())
}

pub(super) fn normalizer(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, columns) = features(call)?;
    let normalise = match call.attributes.string("norm")?.unwrap_or("MAX") {
        "L1" => Normalise::L1,
        "L2" => Normalise::L2,
        "MAX" => {
            return Err(Problem::new(
                "division by the greatest element may turn the order of the scores",
                "use the norm L1 or L2, or leave it out",
            ));
        }
        other => return Err(Problem::malformed(format!("norm `{other}`"))),
    };
    Ok(Built::node(Op::Normalise(normalise), vec![tensor], vec![1, columns]))
}

/// No view holds NaN, so a model that replaces it replaces nothing.
pub(super) fn imputer(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, columns) = features(call)?;
    let advice = "impute NaN only, or replace the value before training";
    call.attributes.none("replaced_value_int64", advice)?;
    call.attributes.none("imputed_value_int64s", advice)?;
    call.attributes.ignore("imputed_value_floats");
    if let Some(value) = call.attributes.any_float("replaced_value_float")?
        && !value.is_nan()
    {
        return Err(Problem::new(format!("it replaces {value}"), advice));
    }
    Ok(Built::node(Op::Reshape, vec![tensor], vec![1, columns]))
}

/// 1 above a threshold, else 0: a tree of one question for each feature.
pub(super) fn binarizer(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, columns) = features(call)?;
    let threshold = call.attributes.float_or("threshold", 0.0)? as f32;
    call.budget.elements(columns.saturating_mul(columns))?;
    let columns_u32 = u32::try_from(columns).unwrap_or(u32::MAX);
    let branch = |feature| Branch {
        feature,
        test: Test::Greater(threshold),
        yes: Child::Leaf(feature),
        no: Child::Leaf(columns_u32),
    };
    let leaf = |feature| if feature == columns_u32 { Vec::new() } else { vec![(feature, 1)] };
    let trees = Trees {
        targets: columns,
        denominator: 1,
        base: vec![0; columns],
        roots: (0..columns_u32).map(Child::Branch).collect(),
        branches: (0..columns_u32).map(branch).collect(),
        leaves: (0..=columns_u32).map(leaf).collect(),
    };
    Ok(Built::node(Op::Trees(trees), vec![tensor], vec![1, columns]))
}

/// The columns with given numbers.
pub(super) fn extractor(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 2)?;
    let (tensor, input) = call.tensor(0)?;
    let Argument::Literal(Literal::Int { values, .. }) = call.at(1) else {
        return Err(Problem::new(
            "the columns that it picks are not constant",
            "use a model that picks constant columns",
        ));
    };
    let Some((last, columns)) = input.len().checked_sub(1).zip(input.last()) else {
        return Err(Problem::malformed("its input has no axes"));
    };
    let mut selection = Selection::whole(input);
    let place = |column: &i64| match usize::try_from(*column) {
        Ok(at) if at < *columns => Ok(u32::try_from(at).ok()),
        _ => Err(Problem::malformed(format!("column {column} of {columns}"))),
    };
    selection.set(last, values.iter().map(place).collect::<Result<_, _>>()?);
    shape::elements(&selection.shape)?;
    let shape = selection.shape.clone();
    Ok(Built::node(Op::Gather(selection.gather()?), vec![tensor], shape))
}

/// Rows of features one after the other.
pub(super) fn vectorizer(call: &mut Call<'_>) -> Result<Built, Problem> {
    let sizes = call.attributes.ints("inputdimensions")?;
    let (mut inputs, mut columns) = (Vec::new(), 0usize);
    for index in 0..call.arguments.len() {
        let (tensor, shape) = call.tensor(index)?;
        let [1, own] = shape else {
            return Err(Problem::malformed(format!("its input has shape {shape:?}")));
        };
        let stated = sizes.and_then(|sizes| sizes.get(index)).copied();
        if stated.is_some_and(|stated| usize::try_from(stated) != Ok(*own)) {
            return Err(Problem::malformed("its inputdimensions are not those of its inputs"));
        }
        inputs.push(Source::Tensor(tensor));
        columns = columns.saturating_add(*own);
    }
    if inputs.is_empty() {
        return Err(Call::missing(0));
    }
    let shape = vec![1, columns];
    shape::elements(&shape)?;
    Ok(Built::Steps(vec![Step { op: Op::Concat(Concat { axis: 1 }), inputs, shape }]))
}

/// Names for the scores: probabilities as a list of dictionaries, the same numbers.
pub(super) fn zip_map(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, columns) = features(call)?;
    let names = labels(call, "classlabels_int64s", "classlabels_strings")?;
    if names != columns {
        return Err(Problem::malformed(format!("{names} names for {columns} scores")));
    }
    Ok(Built::Same(tensor))
}
