//! Normalisations by the document's own mean and deviation: LayerNormalization and its like.
//! Scale and bias after them are constants.

use std::collections::BTreeSet;

use super::{Built, Call, Chain, runs};
use crate::model::graph::{Affine, Constant, Op, Problem, Standardise, shape};

/// The epsilon of MeanVarianceNormalization, which is added to the deviation itself, is too small
/// to be seen beside any deviation but that of equal elements: those become 0 either way.
const NONE: f64 = 0.0;

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    match call.operator {
        "LayerNormalization" => layer(call, true),
        "RMSNormalization" => layer(call, false),
        "InstanceNormalization" | "GroupNormalization" => groups(call),
        "LpNormalization" => lp(call),
        _ => mean_variance(call),
    }
}

/// The product of sizes.
fn count(sizes: &[usize]) -> usize {
    sizes.iter().fold(1, |product: usize, size| product.saturating_mul(*size))
}

/// An epsilon that is a number and not below zero.
fn epsilon(call: &mut Call<'_>) -> Result<f64, Problem> {
    let epsilon = call.attributes.float_or("epsilon", 1e-5)?;
    if (0.0..=f64::from(f32::MAX)).contains(&epsilon) {
        return Ok(epsilon);
    }
    Err(Problem::malformed(format!("its epsilon is {epsilon}")))
}

/// LayerNormalization and RMSNormalization: runs from an axis on.
fn layer(call: &mut Call<'_>, centred: bool) -> Result<Built, Problem> {
    call.arity(2, if centred { 3 } else { 2 })?;
    let epsilon = epsilon(call)?;
    call.attributes.int("stash_type")?;
    let axis = call.attributes.int_or("axis", -1)?;
    let (tensor, own) = call.tensor(0)?;
    let axis = shape::axis(axis, own.len())?;
    let length = count(own.get(axis..).unwrap_or(&[]));
    let scale = call.required(1)?.clone();
    let offset = call.constant(2)?.cloned().unwrap_or_else(|| Constant::scalar(0.0));
    let affine = Affine { scale, offset };
    if affine.shape(own)? != own {
        return Err(Problem::malformed("its scale or bias does not broadcast to its input"));
    }
    let mut chain = Chain::new();
    chain.then(tensor, Op::Standardise(Standardise { length, centred, epsilon, scale: 1.0 }), own);
    chain.then(tensor, Op::Affine(affine), own);
    Ok(chain.build())
}

/// InstanceNormalization, where each channel is a group, and GroupNormalization.
fn groups(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(3, 3)?;
    let epsilon = epsilon(call)?;
    let (tensor, own) = call.tensor(0)?;
    let [batch, channels, spatial @ ..] = own else {
        return Err(Problem::malformed(format!("an input of shape {own:?} has no channels")));
    };
    let groups = if call.operator == "GroupNormalization" {
        call.attributes.int("stash_type")?;
        let groups = call.attributes.int_or("num_groups", 0)?;
        usize::try_from(groups)
            .ok()
            .filter(|groups| *groups > 0 && channels.is_multiple_of(*groups))
    } else {
        Some(*channels)
    };
    let groups =
        groups.ok_or_else(|| Problem::malformed("its groups do not divide its channels"))?;
    let each = channels.checked_div(groups).unwrap_or(1);
    let length = each.saturating_mul(count(spatial));
    debug_assert!(*batch > 0, "no tensor is empty");
    // Before opset 21 one scale for each group.
    let by_channel = |index: usize| -> Result<Constant, Problem> {
        let constant = call.required(index)?;
        let values = match constant.values.len() {
            own if own == *channels => constant.values.clone(),
            own if own == groups && call.opset < 21 => {
                let repeated = |value: &f64| std::iter::repeat_n(*value, each);
                constant.values.iter().flat_map(repeated).collect()
            }
            other => {
                let problem =
                    format!("{other} values of {} for {channels} channels", call.called(index));
                return Err(Problem::malformed(problem));
            }
        };
        let mut shape = vec![1; own.len()];
        if let Some(slot) = shape.get_mut(1) {
            *slot = *channels;
        }
        Ok(Constant { shape, values })
    };
    let affine = Affine { scale: by_channel(1)?, offset: by_channel(2)? };
    let mut chain = Chain::new();
    let standardise = Standardise { length, centred: true, epsilon, scale: 1.0 };
    chain.then(tensor, Op::Standardise(standardise), own);
    chain.then(tensor, Op::Affine(affine), own);
    Ok(chain.build())
}

/// LpNormalization with p = 2: the root of the sum of squares, not of their mean.
fn lp(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let axis = call.attributes.int_or("axis", -1)?;
    let p = call.attributes.int_or("p", 2)?;
    if p != 2 {
        return Err(Problem::new(
            format!("a division by a sum of powers, p = {p}, is not supported"),
            "use a model with p = 2",
        ));
    }
    let (tensor, own) = call.tensor(0)?;
    let axis = shape::axis(axis, own.len())?;
    let length = own.get(axis).copied().unwrap_or(1);
    let scale = 1.0 / (length as f64).sqrt();
    let op = Standardise { length, centred: false, epsilon: NONE, scale };
    Ok(runs::along(tensor, own, &BTreeSet::from([axis]), Op::Standardise(op)))
}

/// MeanVarianceNormalization over any axes.
fn mean_variance(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let list = call.attributes.ints("axes")?.unwrap_or(&[0, 2, 3]);
    let (tensor, own) = call.tensor(0)?;
    let axes = list.iter().map(|axis| shape::axis(*axis, own.len()));
    let axes: BTreeSet<usize> = axes.collect::<Result<_, _>>()?;
    let sizes: Vec<usize> = axes.iter().filter_map(|axis| own.get(*axis).copied()).collect();
    let op = Standardise { length: count(&sizes), centred: true, epsilon: NONE, scale: 1.0 };
    Ok(runs::along(tensor, own, &axes, Op::Standardise(op)))
}
