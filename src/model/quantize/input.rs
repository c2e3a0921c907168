//! From the bytes of a view to the model's input tensor.

use serde::{Deserialize, Serialize};

use crate::model::float_bits::FiniteF64;
use crate::model::lowering::{CompileError, InputMap};

/// The tensor of bytes that a view yields, channels last. Text is one row, and a view of tokens one
/// of two channels: the lower and the upper byte of each id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewDims {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// 1 for gray or text, 2 for tokens, 3 for colour.
    pub channels: usize,
}

impl ViewDims {
    /// Those of a view of so many tokens.
    #[must_use]
    pub const fn of_tokens(count: usize) -> Self {
        Self { height: 1, width: count, channels: 2 }
    }

    /// Whether it is a view of tokens.
    #[must_use]
    pub const fn holds_tokens(&self) -> bool {
        self.height == 1 && self.channels == 2
    }

    /// Number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.height.saturating_mul(self.width).saturating_mul(self.channels)
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shapes that an input over this view may have, the batch first: channels first
    /// or last, without channels, all in one row.
    fn shapes(&self) -> Vec<Vec<usize>> {
        let Self { height, width, channels } = *self;
        if self.holds_tokens() {
            return vec![vec![1, width]];
        }
        let mut shapes = vec![vec![1, channels, height, width], vec![1, height, width, channels]];
        if channels == 1 {
            shapes.push(vec![1, height, width]);
            shapes.push(vec![1, self.len()]);
        }
        shapes
    }

    /// The shape of an input of which a file states some sizes, if this view determines the
    /// others, and there are others.
    #[must_use]
    pub fn shape_of(&self, stated: &[Option<usize>]) -> Option<Vec<usize>> {
        if stated.iter().all(Option::is_some) {
            return None;
        }
        let mut fitting = self.fitting(stated);
        fitting.dedup();
        // Two of them: whether channels come first is not for the view to say.
        if fitting.len() == 1 { fitting.pop() } else { None }
    }

    /// Whether an input of which a file states these sizes may be over this view.
    #[must_use]
    pub fn fits(&self, stated: &[Option<usize>]) -> bool {
        !self.fitting(stated).is_empty()
    }

    fn fitting(&self, stated: &[Option<usize>]) -> Vec<Vec<usize>> {
        let fits = |shape: &Vec<usize>| {
            shape.len() == stated.len()
                && shape
                    .iter()
                    .zip(stated)
                    .all(|(own, stated)| stated.is_none_or(|size| size == *own))
        };
        self.shapes().into_iter().filter(fits).collect()
    }
}

/// How a byte becomes the model's input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputScaling {
    /// The values.
    pub values: PixelValues,
    /// The order of colour channels that the model wants.
    pub channels: ChannelOrder,
}

/// The values of a model's input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PixelValues {
    /// The bytes as they are, 0 to 255.
    Raw,
    /// `byte / 255`.
    Unit,
    /// `(byte / 255 − mean) / std`, one mean and one deviation for all channels
    /// or for each, in the model's channel order.
    Standardised {
        /// Means.
        mean: Vec<FiniteF64>,
        /// Deviations, above zero.
        std: Vec<FiniteF64>,
    },
}

/// The order of colour channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelOrder {
    /// Red first, as in the view.
    Rgb,
    /// Blue first.
    Bgr,
}

impl Default for InputScaling {
    fn default() -> Self {
        Self { values: PixelValues::Unit, channels: ChannelOrder::Rgb }
    }
}

fn misfit(problem: String) -> CompileError {
    CompileError::Input(problem)
}

impl InputScaling {
    /// (scale, offset) of each channel in the model's order.
    fn channels(&self, count: usize) -> Result<Vec<(f64, f64)>, CompileError> {
        let (mean, std) = match &self.values {
            PixelValues::Raw => return Ok(vec![(1.0, 0.0); count]),
            PixelValues::Unit => return Ok(vec![(1.0 / 255.0, 0.0); count]),
            PixelValues::Standardised { mean, std } => (mean, std),
        };
        let at = |list: &[FiniteF64], name: &str, channel: usize| match list {
            [one] => Ok(one.get()),
            list if list.len() == count => Ok(list[channel].get()),
            list => Err(misfit(format!(
                "{} values of {name} for {count} channels; give 1 or {count}",
                list.len()
            ))),
        };
        (0..count)
            .map(|channel| {
                let (mean, std) = (at(mean, "mean", channel)?, at(std, "std", channel)?);
                if std <= 0.0 {
                    return Err(misfit(format!("a std of {std}; it must be above 0")));
                }
                let (scale, offset) = (1.0 / (255.0 * std), -mean / std);
                if !(scale.is_finite() && offset.is_finite()) {
                    return Err(misfit(format!("a std of {std:e} and a mean of {mean:e}")));
                }
                Ok((scale, offset))
            })
            .collect()
    }

    /// The map from a view of tokens: their ids as they are.
    fn tokens(&self, count: usize, shape: &[usize]) -> Result<InputMap, CompileError> {
        if *shape != [1, count] {
            return Err(misfit(format!(
                "the model's input has shape {shape:?}, the view {count} tokens; choose the view that fits the model, or --input-shape 1,{count}"
            )));
        }
        if self.values != PixelValues::Raw {
            let problem = "ids of tokens are taken as they are; use --raw, and a model whose input is of int64";
            return Err(misfit(problem.to_owned()));
        }
        let index = (0..count).map(|at| (2 * at) as u32).collect();
        Ok(InputMap { index, scale: vec![1.0; count], offset: vec![0.0; count], wide: true })
    }

    /// The map from a view to an input of the given shape.
    pub(crate) fn map(&self, view: ViewDims, shape: &[usize]) -> Result<InputMap, CompileError> {
        if view.holds_tokens() {
            return self.tokens(view.width, shape);
        }
        let ViewDims { height, width, channels } = view;
        let channels_first = match *shape {
            [1, c, h, w] if [c, h, w] == [channels, height, width] => true,
            [1, h, w, c] if [c, h, w] == [channels, height, width] => false,
            [1, h, w] if channels == 1 && [h, w] == [height, width] => true,
            [1, d] if channels == 1 && d == view.len() => true,
            _ => {
                return Err(misfit(format!(
                    "the model's input has shape {shape:?}, the view has {channels} channels of {height}×{width}; choose the view that fits the model"
                )));
            }
        };
        let parameters = self.channels(channels)?;
        let reversed = self.channels == ChannelOrder::Bgr;
        if reversed && channels != 3 {
            return Err(misfit("bgr needs a view with three channels; use an rgb view".to_owned()));
        }
        let mut map =
            InputMap { index: Vec::new(), scale: Vec::new(), offset: Vec::new(), wide: false };
        let mut push = |pixel: usize, channel: usize| {
            let source = if reversed { channels - 1 - channel } else { channel };
            map.index.push((pixel * channels + source) as u32);
            map.scale.push(parameters[channel].0);
            map.offset.push(parameters[channel].1);
        };
        let pixels = height * width;
        if channels_first {
            (0..channels).for_each(|c| (0..pixels).for_each(|p| push(p, c)));
        } else {
            (0..pixels).for_each(|p| (0..channels).for_each(|c| push(p, c)));
        }
        Ok(map)
    }
}
