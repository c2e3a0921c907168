//! ConvTranspose: the convolution with the kernel turned round, over the input with zeros between
//! its elements.

use super::{Built, Call, Chain, window};
use crate::model::graph::{Conv, Op, Problem, Window, shape};
use crate::model::operators::gather::Selection;
use crate::model::operators::window::{Padding, Spatial};

/// One spatial axis.
struct Axis {
    size: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    /// Elements of the full result that are cut off before the first.
    cut: usize,
    outputs: usize,
}

impl Axis {
    /// Zeros that the convolution needs before the first element, less what is cut off.
    fn before(&self) -> i64 {
        let reach = self.kernel.saturating_sub(1).saturating_mul(self.dilation);
        let signed = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        signed(reach).saturating_sub(signed(self.cut))
    }

    /// Length of what the convolution reads.
    fn read(&self) -> usize {
        self.kernel.saturating_sub(1).saturating_mul(self.dilation).saturating_add(self.outputs)
    }

    /// Which element of the input stands at each place; zeros are between and around them.
    fn places(&self) -> Vec<Option<u32>> {
        let before = self.before();
        let at = |place: usize| {
            let place = i64::try_from(place).ok()?.checked_sub(before)?;
            let place = usize::try_from(place).ok()?;
            let whole = place.is_multiple_of(self.stride);
            let element = place.checked_div(self.stride).filter(|at| whole && *at < self.size);
            element.and_then(|at| u32::try_from(at).ok())
        };
        (0..self.read()).map(at).collect()
    }
}

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 3)?;
    let (tensor, input) = call.tensor(0)?;
    let weights = call.required(1)?;
    let spatial = Spatial::of(input)?;
    let [channels, height, width] = spatial.input;
    let groups = usize::try_from(call.attributes.int_or("group", 1)?).unwrap_or(0);
    let misfit = || {
        let (weights, groups) = (&weights.shape, groups);
        Problem::malformed(format!(
            "weights {weights:?} in {groups} groups for {channels} channels"
        ))
    };
    let [own, per_group, kernel @ ..] = weights.shape.as_slice() else { return Err(misfit()) };
    if groups == 0
        || *own != channels
        || !channels.is_multiple_of(groups)
        || kernel.len() != spatial.rank
    {
        return Err(misfit());
    }
    let outputs = per_group.checked_mul(groups).ok_or_else(misfit)?;
    if let Some(stated) = call.attributes.sizes("kernel_shape", spatial.rank, 1)?
        && stated != kernel
    {
        return Err(Problem::malformed(format!("kernel_shape {stated:?} but weights {kernel:?}")));
    }
    let bias = match call.constant(2)? {
        None => vec![0.0; outputs],
        Some(bias) if bias.shape == [outputs] => bias.values.clone(),
        Some(bias) => {
            let problem = format!("a bias of shape {:?}, expected [{outputs}]", bias.shape);
            return Err(Problem::malformed(problem));
        }
    };
    let [rows, columns] = axes(call, &spatial, kernel)?;
    let result = [rows.outputs, columns.outputs];
    let shape = spatial.output_shape(outputs, result);
    shape::elements(&shape)?;
    let mut chain = Chain::new();
    let plain = |axis: &Axis| axis.stride == 1 && axis.before() >= 0;
    let (padding, read) = if plain(&rows) && plain(&columns) {
        let before = [&rows, &columns].map(|axis| usize::try_from(axis.before()).unwrap_or(0));
        (before, [height, width])
    } else {
        let read = [rows.read(), columns.read()];
        let stuffed = spatial.output_shape(channels, read);
        shape::elements(&stuffed)?;
        let mut selection = Selection::whole(input);
        for (axis, along) in (2..input.len()).rev().zip([&columns, &rows]) {
            selection.set(axis, along.places());
        }
        chain.then(tensor, Op::Gather(selection.gather()?), &stuffed);
        ([0, 0], read)
    };
    call.budget.elements(weights.values.len())?;
    let conv = Conv {
        window: Window {
            input: [channels, read[0], read[1]],
            output: result,
            kernel: [rows.kernel, columns.kernel],
            stride: [1, 1],
            dilation: [rows.dilation, columns.dilation],
            padding,
        },
        channels: outputs,
        groups,
        weights: turned(&weights.values, [channels, *per_group], groups).into(),
        bias,
    };
    chain.then(tensor, Op::Conv(conv), &shape);
    Ok(chain.build())
}

/// Where the result begins and ends along each axis.
fn axes(call: &mut Call<'_>, spatial: &Spatial, kernel: &[usize]) -> Result<[Axis; 2], Problem> {
    let [kernel, stride, dilation] = window::steps(call, spatial, kernel)?;
    let padding = window::padding(call, spatial)?;
    let more = call.attributes.sizes("output_padding", spatial.rank, 0)?;
    let more = spatial.pair(more, 0);
    let wanted = call.attributes.sizes("output_shape", spatial.rank, 1)?;
    let wanted = wanted.map(|list| spatial.pair(Some(list), 1));
    let [_, height, width] = spatial.input;
    let axis = |at: usize, size: usize| {
        let pick = |pair: [usize; 2]| if at == 0 { pair[0] } else { pair[1] };
        let (kernel, stride, dilation) = (pick(kernel), pick(stride), pick(dilation));
        let reach = kernel.saturating_sub(1).saturating_mul(dilation).saturating_add(1);
        let full = size.saturating_sub(1).saturating_mul(stride);
        let full = full.saturating_add(reach).saturating_add(pick(more));
        let outputs = match (wanted, padding) {
            (Some(wanted), _) => pick(wanted),
            (None, Padding::Explicit(before, after)) => {
                full.saturating_sub(pick(before).saturating_add(pick(after)))
            }
            (None, _) => size.saturating_mul(stride),
        };
        if outputs == 0 {
            return Err(Problem::malformed("its pads cut off all of its result"));
        }
        let total = match (padding, wanted) {
            (Padding::Explicit(..), None) => 0,
            _ => full.checked_sub(outputs).ok_or_else(|| beyond(outputs, full))?,
        };
        let half = total >> 1;
        let cut = match (padding, wanted) {
            (Padding::Explicit(before, _), None) => pick(before),
            (Padding::SameUpper, _) => half,
            _ => total.saturating_sub(half),
        };
        Ok(Axis { size, kernel, stride, dilation, cut, outputs })
    };
    Ok([axis(0, height)?, axis(1, width)?])
}

/// The refusal of a result that is to be longer than what there is.
fn beyond(outputs: usize, full: usize) -> Problem {
    Problem::new(
        format!("{outputs} outputs along an axis that has {full}: runtimes differ there"),
        "use explicit pads and output_padding",
    )
}

/// Weights `channels × outputs of a group × kernel` as those of a convolution: `outputs ×
/// channels of a group × kernel`, the kernel back to front.
fn turned(weights: &[f64], [channels, outputs]: [usize; 2], groups: usize) -> Vec<f64> {
    let kernels = channels.saturating_mul(outputs).max(1);
    let taps = weights.len().checked_div(kernels).unwrap_or(0);
    let own = channels.checked_div(groups).unwrap_or(0);
    let mut turned = Vec::with_capacity(weights.len());
    for group in 0..groups {
        for output in 0..outputs {
            for channel in 0..own {
                let from = group.saturating_mul(own).saturating_add(channel);
                let from = from.saturating_mul(outputs).saturating_add(output);
                let start = from.saturating_mul(taps);
                let kernel = weights.get(start..start.saturating_add(taps)).unwrap_or(&[]);
                turned.extend(kernel.iter().rev());
            }
        }
    }
    turned
}
