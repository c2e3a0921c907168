//! Where the windows of convolutions and pools lie: the shape of their outputs.

use crate::model::graph::{Problem, Window};

/// A tensor `1 × channels × width` or `1 × channels × height × width`, seen as
/// two-dimensional.
pub(crate) struct Spatial {
    /// Spatial axes in the file: 1 or 2.
    pub(crate) rank: usize,
    /// Channels, height, width.
    pub(crate) input: [usize; 3],
}

impl Spatial {
    /// Sees a tensor so; refused if it has another rank or a batch.
    pub(crate) fn of(shape: &[usize]) -> Result<Self, Problem> {
        match *shape {
            [1, channels, width] => Ok(Self { rank: 1, input: [channels, 1, width] }),
            [1, channels, height, width] => Ok(Self { rank: 2, input: [channels, height, width] }),
            _ => Err(Problem::new(
                format!("an input of shape {shape:?} is not supported"),
                "use layers over 1×C×W or 1×C×H×W",
            )),
        }
    }

    /// The shape of an output of as many spatial axes.
    pub(crate) fn output_shape(&self, channels: usize, [height, width]: [usize; 2]) -> Vec<usize> {
        if self.rank == 1 { vec![1, channels, width] } else { vec![1, channels, height, width] }
    }

    /// The windows over this tensor.
    pub(crate) fn window(
        &self,
        [kernel, stride, dilation]: [[usize; 2]; 3],
        padding: Padding,
        ceil: Ceil,
    ) -> Result<Window, Problem> {
        let [_, height, width] = self.input;
        let axis = |size, kernel, stride, dilation| Axis { size, kernel, stride, dilation };
        let rows = axis(height, kernel[0], stride[0], dilation[0]);
        let columns = axis(width, kernel[1], stride[1], dilation[1]);
        let (top, rows) = rows.place(padding, 0, ceil)?;
        let (left, columns) = columns.place(padding, 1, ceil)?;
        Ok(Window {
            input: self.input,
            output: [rows, columns],
            kernel,
            stride,
            dilation,
            padding: [top, left],
        })
    }

    /// A list over the spatial axes as height and width.
    pub(crate) fn pair(&self, list: Option<Vec<usize>>, default: usize) -> [usize; 2] {
        // A missing height has its neutral value: kernel, stride, dilation 1.
        let neutral = if default == 0 { 0 } else { 1 };
        match list.as_deref() {
            Some([width]) => [neutral, *width],
            Some([height, width]) => [*height, *width],
            _ => [default, default],
        }
    }
}

impl Window {
    /// One window over the whole of each channel.
    pub(crate) fn whole(input: [usize; 3]) -> Self {
        let [_, height, width] = input;
        Self {
            input,
            output: [1, 1],
            kernel: [height, width],
            stride: [1, 1],
            dilation: [1, 1],
            padding: [0, 0],
        }
    }
}

/// Whether a window may end outside the padding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ceil {
    /// It may not.
    No,
    /// It may.
    Yes,
    /// It may, but what it means there is not agreed.
    Unclear,
}

/// What is beyond the edge.
#[derive(Clone, Copy)]
pub(crate) enum Padding {
    /// Above and to the left, then below and to the right.
    Explicit([usize; 2], [usize; 2]),
    /// As much as gives one window per stride; if it is odd, more at the end.
    SameUpper,
    /// The same, more at the beginning.
    SameLower,
}

/// Windows along one axis.
struct Axis {
    size: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
}

impl Axis {
    /// Padding before, and number of outputs; `at` is 0 for rows, 1 for columns.
    fn place(&self, padding: Padding, at: usize, ceil: Ceil) -> Result<(usize, usize), Problem> {
        let reach = self.kernel.saturating_sub(1).saturating_mul(self.dilation).saturating_add(1);
        let pick = |[rows, columns]: [usize; 2]| if at == 0 { rows } else { columns };
        let (before, after) = match padding {
            Padding::Explicit(before, after) => (pick(before), pick(after)),
            Padding::SameUpper | Padding::SameLower => {
                let outputs = self.size.div_ceil(self.stride);
                let span =
                    outputs.saturating_sub(1).saturating_mul(self.stride).saturating_add(reach);
                let total = span.saturating_sub(self.size);
                let less = total >> 1;
                let more = total.saturating_sub(less);
                if matches!(padding, Padding::SameUpper) { (less, more) } else { (more, less) }
            }
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

/// Every window must hold something that is not padding.
pub(crate) fn not_empty(window: &Window) -> Result<(), Problem> {
    for axis in 0..2 {
        let outputs = window.output.get(axis).copied().unwrap_or(0);
        if (0..outputs).any(|at| window.taps(axis, at).is_empty()) {
            return Err(Problem::malformed("a window lies in the padding alone"));
        }
    }
    Ok(())
}
