//! Windows of convolutions and pools: strides, dilations, padding.

use super::super::error::Problem;
use super::super::graph::{Op, Window};
use super::super::shape;
use super::{Built, Call};

/// A tensor `1 × channels × width` or `1 × channels × height × width`, seen as
/// two-dimensional.
pub(super) struct Spatial {
    /// Spatial axes in the file: 1 or 2.
    pub(super) rank: usize,
    pub(super) input: [usize; 3],
}

impl Spatial {
    pub(super) fn of(shape: &[usize]) -> Result<Self, Problem> {
        match *shape {
            [1, channels, width] => Ok(Self { rank: 1, input: [channels, 1, width] }),
            [1, channels, height, width] => Ok(Self { rank: 2, input: [channels, height, width] }),
            _ => Err(Problem::new(
                format!("an input of shape {shape:?} is not supported"),
                "use layers over 1×C×W or 1×C×H×W",
            )),
        }
    }

    pub(super) fn output_shape(&self, channels: usize, [height, width]: [usize; 2]) -> Vec<usize> {
        if self.rank == 1 { vec![1, channels, width] } else { vec![1, channels, height, width] }
    }

    /// A list over the spatial axes as height and width.
    fn pair(&self, list: Option<Vec<usize>>, default: usize) -> [usize; 2] {
        // A missing height has its neutral value: kernel, stride, dilation 1.
        let neutral = if default == 0 { 0 } else { 1 };
        match list.as_deref() {
            Some([width]) => [neutral, *width],
            Some([height, width]) => [*height, *width],
            _ => [default, default],
        }
    }
}

/// Whether a window may end outside the padding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ceil {
    No,
    Yes,
    /// It may, but what it means there is not agreed.
    Unclear,
}

/// Reads strides, dilations, pads, auto_pad.
pub(super) fn window(
    call: &mut Call<'_>,
    spatial: &Spatial,
    kernel: &[usize],
    ceil: Ceil,
) -> Result<Window, Problem> {
    let kernel = spatial.pair(Some(kernel.to_vec()), 1);
    let stride = call.attributes.sizes("strides", spatial.rank, 1)?;
    let stride = spatial.pair(stride, 1);
    let dilation = call.attributes.sizes("dilations", spatial.rank, 1)?;
    let dilation = spatial.pair(dilation, 1);
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
    let [_, height, width] = spatial.input;
    let axis = |size, kernel, stride, dilation, before, after| {
        Axis { size, kernel, stride, dilation }.place(auto, before, after, ceil)
    };
    let (top, rows) = axis(height, kernel[0], stride[0], dilation[0], before[0], after[0])?;
    let (left, columns) = axis(width, kernel[1], stride[1], dilation[1], before[1], after[1])?;
    Ok(Window {
        input: spatial.input,
        output: [rows, columns],
        kernel,
        stride,
        dilation,
        padding: [top, left],
    })
}

struct Axis {
    size: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
}

impl Axis {
    /// Padding before, and number of outputs.
    fn place(
        &self,
        auto: &str,
        before: usize,
        after: usize,
        ceil: Ceil,
    ) -> Result<(usize, usize), Problem> {
        let reach = self.kernel.saturating_sub(1).saturating_mul(self.dilation).saturating_add(1);
        let (before, after) = match auto {
            "NOTSET" => (before, after),
            "VALID" => (0, 0),
            "SAME_UPPER" | "SAME_LOWER" => {
                let outputs = self.size.div_ceil(self.stride);
                let span =
                    outputs.saturating_sub(1).saturating_mul(self.stride).saturating_add(reach);
                let total = span.saturating_sub(self.size);
                let less = total >> 1;
                let more = total.saturating_sub(less);
                if auto == "SAME_UPPER" { (less, more) } else { (more, less) }
            }
            other => return Err(Problem::malformed(format!("auto_pad `{other}`"))),
        };
        let padded = self.size.saturating_add(before).saturating_add(after);
        let room = padded.checked_sub(reach).ok_or_else(|| {
            Problem::malformed(format!(
                "a window of {reach} is wider than the padded input {padded}"
            ))
        })?;
        let steps = room.checked_div(self.stride).unwrap_or(0);
        let mut outputs = steps.saturating_add(1);
        // One more window that ends outside, unless it begins there.
        if ceil != Ceil::No && !room.is_multiple_of(self.stride) {
            let start = outputs.saturating_mul(self.stride);
            if start < self.size.saturating_add(before) {
                if ceil == Ceil::Unclear {
                    return Err(Problem::new(
                        "ceil_mode with count_include_pad is not supported where a window ends outside the padding: runtimes divide by different numbers",
                        "use ceil_mode 0 or count_include_pad 0",
                    ));
                }
                outputs = outputs.saturating_add(1);
            }
        }
        Ok((before, outputs))
    }
}

fn kernel_shape(call: &mut Call<'_>, spatial: &Spatial) -> Result<Vec<usize>, Problem> {
    call.attributes
        .sizes("kernel_shape", spatial.rank, 1)?
        .ok_or_else(|| Problem::malformed("kernel_shape is missing"))
}

/// Every window must hold something that is not padding.
fn not_empty(window: &Window) -> Result<(), Problem> {
    for axis in 0..2 {
        let outputs = window.output.get(axis).copied().unwrap_or(0);
        if (0..outputs).any(|at| window.taps(axis, at).is_empty()) {
            return Err(Problem::malformed("a window lies in the padding alone"));
        }
    }
    Ok(())
}

fn pool(
    call: &mut Call<'_>,
    count_padding: bool,
) -> Result<(Window, Spatial, super::TensorRef), Problem> {
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
    // The order of the indices, which nobody asks for.
    call.attributes.flag("storage_order")?;
    let (window, spatial, tensor) = pool(call, false)?;
    let shape = spatial.output_shape(spatial.input[0], window.output);
    Ok(Built::node(Op::MaxPool(window), vec![tensor], shape))
}

pub(super) fn average_pool(call: &mut Call<'_>) -> Result<Built, Problem> {
    let count_padding = call.attributes.flag("count_include_pad")?;
    let (window, spatial, tensor) = pool(call, count_padding)?;
    let shape = spatial.output_shape(spatial.input[0], window.output);
    let op = Op::AveragePool { window, count_padding };
    Ok(Built::node(op, vec![tensor], shape))
}

/// GlobalAveragePool and GlobalMaxPool: one window over everything.
pub(super) fn global_pool(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, shape) = call.tensor(0)?;
    let spatial = Spatial::of(shape)?;
    let [channels, height, width] = spatial.input;
    let window = Window {
        input: spatial.input,
        output: [1, 1],
        kernel: [height, width],
        stride: [1, 1],
        dilation: [1, 1],
        padding: [0, 0],
    };
    let shape = spatial.output_shape(channels, [1, 1]);
    let op = match call.operator {
        "GlobalMaxPool" => Op::MaxPool(window),
        _ => Op::AveragePool { window, count_padding: false },
    };
    Ok(Built::node(op, vec![tensor], shape))
}
