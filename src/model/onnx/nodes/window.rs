//! Windows of convolutions and pools: strides, dilations, padding.

use super::{Built, Call};
use crate::model::graph::{AveragePool, MaxPool, Op, Problem, TensorRef, Window, shape};
use crate::model::operators::window::{Ceil, Padding, Spatial, not_empty};

/// Kernel, strides and dilations.
pub(super) fn steps(
    call: &mut Call<'_>,
    spatial: &Spatial,
    kernel: &[usize],
) -> Result<[[usize; 2]; 3], Problem> {
    let kernel = spatial.pair(Some(kernel.to_vec()), 1);
    let stride = call.attributes.sizes("strides", spatial.rank, 1)?;
    let stride = spatial.pair(stride, 1);
    let dilation = call.attributes.sizes("dilations", spatial.rank, 1)?;
    let dilation = spatial.pair(dilation, 1);
    Ok([kernel, stride, dilation])
}

/// What pads and auto_pad say.
pub(super) fn padding(call: &mut Call<'_>, spatial: &Spatial) -> Result<Padding, Problem> {
    let both = spatial.rank.saturating_mul(2);
    let pads = call.attributes.sizes("pads", both, 0)?;
    let (before, after) = match pads.as_deref() {
        None => ([0, 0], [0, 0]),
        Some(list) => {
            let (before, after) = list.split_at_checked(spatial.rank).unwrap_or((list, &[]));
            (spatial.pair(Some(before.to_vec()), 0), spatial.pair(Some(after.to_vec()), 0))
        }
    };
    let explicit = pads.is_some_and(|list| list.iter().any(|pad| *pad != 0));
    let auto = call.attributes.string("auto_pad")?.unwrap_or("NOTSET");
    let auto = if auto.is_empty() { "NOTSET" } else { auto };
    if explicit && auto != "NOTSET" {
        return Err(Problem::malformed("both pads and auto_pad are given"));
    }
    match auto {
        "NOTSET" => Ok(Padding::Explicit(before, after)),
        "VALID" => Ok(Padding::Explicit([0, 0], [0, 0])),
        "SAME_UPPER" => Ok(Padding::SameUpper),
        "SAME_LOWER" => Ok(Padding::SameLower),
        other => Err(Problem::malformed(format!("auto_pad `{other}`"))),
    }
}

/// Reads strides, dilations, pads, auto_pad.
pub(super) fn window(
    call: &mut Call<'_>,
    spatial: &Spatial,
    kernel: &[usize],
    ceil: Ceil,
) -> Result<Window, Problem> {
    let steps = steps(call, spatial, kernel)?;
    spatial.window(steps, padding(call, spatial)?, ceil)
}

fn kernel_shape(call: &mut Call<'_>, spatial: &Spatial) -> Result<Vec<usize>, Problem> {
    call.attributes
        .sizes("kernel_shape", spatial.rank, 1)?
        .ok_or_else(|| Problem::malformed("kernel_shape is missing"))
}

fn pool(call: &mut Call<'_>, count_padding: bool) -> Result<(Window, Spatial, TensorRef), Problem> {
    call.arity(1, 1)?;
    let (tensor, input) = call.tensor(0)?;
    let spatial = Spatial::of(input)?;
    let kernel = kernel_shape(call, &spatial)?;
    let ceil = match (call.attributes.flag("ceil_mode")?, count_padding) {
        (false, _) => Ceil::No,
        (true, false) => Ceil::Yes,
        (true, true) => Ceil::Unclear,
    };
    let window = window(call, &spatial, &kernel, ceil)?;
    not_empty(&window)?;
    // An average is a convolution with that many ones.
    shape::elements(&[spatial.input[0], window.kernel[0], window.kernel[1]])?;
    Ok((window, spatial, tensor))
}

pub(super) fn max_pool(call: &mut Call<'_>) -> Result<Built, Problem> {
    // The order of the indices, an output that is refused if it is read.
    call.attributes.flag("storage_order")?;
    let (window, spatial, tensor) = pool(call, false)?;
    let shape = spatial.output_shape(spatial.input[0], window.output);
    Ok(Built::node(Op::MaxPool(MaxPool { window }), vec![tensor], shape))
}

pub(super) fn average_pool(call: &mut Call<'_>) -> Result<Built, Problem> {
    let count_padding = call.attributes.flag("count_include_pad")?;
    let (window, spatial, tensor) = pool(call, count_padding)?;
    let shape = spatial.output_shape(spatial.input[0], window.output);
    let op = Op::AveragePool(AveragePool { window, count_padding });
    Ok(Built::node(op, vec![tensor], shape))
}

/// GlobalAveragePool and GlobalMaxPool: one window over everything.
pub(super) fn global_pool(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, shape) = call.tensor(0)?;
    let spatial = Spatial::of(shape)?;
    let window = Window::whole(spatial.input);
    let shape = spatial.output_shape(spatial.input[0], [1, 1]);
    let op = match call.operator {
        "GlobalMaxPool" => Op::MaxPool(MaxPool { window }),
        _ => Op::AveragePool(AveragePool { window, count_padding: false }),
    };
    Ok(Built::node(op, vec![tensor], shape))
}
