//! Windows of convolutions and pools.

/// Windows over the last two axes of a tensor `channels × height × width`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Channels, height, width of the input.
    pub input: [usize; 3],
    /// Height and width of the output.
    pub output: [usize; 2],
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Steps between windows.
    pub stride: [usize; 2],
    /// Steps inside a window.
    pub dilation: [usize; 2],
    /// Padding above and to the left; that below and to the right follows from
    /// `output`.
    pub padding: [usize; 2],
}

impl Window {
    /// The taps of a window, those in the padding included.
    pub(crate) fn area(&self) -> usize {
        self.kernel.iter().fold(1, |area: usize, taps| area.saturating_mul(*taps))
    }

    /// Whether each output sees the input at its own place, and no other.
    #[must_use]
    pub fn is_pointwise(&self) -> bool {
        let [_, rows, columns] = self.input;
        self.kernel == [1, 1]
            && self.stride == [1, 1]
            && self.padding == [0, 0]
            && self.output == [rows, columns]
    }

    /// The input row (or column) that tap `tap` of output position `at` reads,
    /// `None` in the padding. `axis` 0 is height, 1 is width.
    #[must_use]
    pub fn source(&self, axis: usize, at: usize, tap: usize) -> Option<usize> {
        let [_, height, width] = self.input;
        let size = if axis == 0 { height } else { width };
        let step = at.checked_mul(*self.stride.get(axis)?)?;
        let inside = tap.checked_mul(*self.dilation.get(axis)?)?;
        let position = step.checked_add(inside)?.checked_sub(*self.padding.get(axis)?)?;
        (position < size).then_some(position)
    }

    /// The taps of output position `at` that do not read padding. `axis` 0 is
    /// height, 1 is width.
    #[must_use]
    pub fn taps(&self, axis: usize, at: usize) -> std::ops::Range<usize> {
        let pick = |[rows, columns]: [usize; 2]| if axis == 0 { rows } else { columns };
        let [_, height, width] = self.input;
        let padding = pick(self.padding);
        let dilation = pick(self.dilation).max(1);
        let start = at.saturating_mul(pick(self.stride));
        let reach = pick([height, width]).saturating_add(padding).saturating_sub(start);
        let end = reach.div_ceil(dilation).min(pick(self.kernel));
        padding.saturating_sub(start).div_ceil(dilation).min(end)..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_are_those_that_have_a_source() {
        for sizes in 0..3usize.pow(5) {
            let digit = |place: u32| sizes / 3usize.pow(place) % 3;
            let window = Window {
                input: [1, 1 + digit(0), 1],
                output: [9, 1],
                kernel: [1 + 2 * digit(1), 1],
                stride: [1 + digit(2), 1],
                dilation: [1 + digit(3), 1],
                padding: [3 * digit(4), 0],
            };
            for at in 0..9 {
                let reads: Vec<usize> = (0..window.kernel[0])
                    .filter(|tap| window.source(0, at, *tap).is_some())
                    .collect();
                assert_eq!(window.taps(0, at).collect::<Vec<_>>(), reads, "{window:?}, {at}");
            }
        }
    }
}
