//! Which elements each output along one axis is made of.

use std::ops::{Add, Div, Mul, Sub};

use crate::model::graph::Problem;

/// One axis.
pub(super) struct Axis {
    pub(super) size: usize,
    pub(super) outputs: usize,
    /// Outputs for each element, in single precision.
    pub(super) scale: f32,
    /// The same, exactly.
    pub(super) exact: f64,
    /// The part of the input that is wanted.
    pub(super) roi: (f64, f64),
}

/// Where an output lies in the input.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Coordinates {
    HalfPixel,
    HalfPixelSymmetric,
    TorchHalfPixel,
    AlignCorners,
    Asymmetric,
    HalfPixelNearest,
    CropAndResize,
}

impl Coordinates {
    pub(super) fn named(name: &str) -> Result<Self, Problem> {
        Ok(match name {
            "half_pixel" => Self::HalfPixel,
            "half_pixel_symmetric" => Self::HalfPixelSymmetric,
            "pytorch_half_pixel" => Self::TorchHalfPixel,
            "align_corners" => Self::AlignCorners,
            "asymmetric" => Self::Asymmetric,
            "tf_half_pixel_for_nn" => Self::HalfPixelNearest,
            "tf_crop_and_resize" => Self::CropAndResize,
            other => {
                let problem = format!("its coordinate_transformation_mode is `{other}`");
                return Err(Problem::malformed(problem));
            }
        })
    }

    /// In single precision, step by step as runtimes compute it: which element is nearest may
    /// depend on the last digit.
    fn single(self, axis: &Axis, at: usize) -> f32 {
        let (size, outputs) = (axis.size as f32, axis.outputs as f32);
        let roi = (axis.roi.0 as f32, axis.roi.1 as f32);
        self.place(at as f32, axis.scale, (size, outputs), axis.outputs == 1, roi)
    }

    /// The same in double precision, for weights.
    fn double(self, axis: &Axis, at: usize) -> f64 {
        let (size, outputs) = (axis.size as f64, axis.outputs as f64);
        self.place(at as f64, axis.exact, (size, outputs), axis.outputs == 1, axis.roi)
    }

    #[allow(clippy::arithmetic_side_effects, reason = "numbers are f32 or f64")]
    fn place<T: Real>(
        self,
        x: T,
        scale: T,
        (size, outputs): (T, T),
        one_output: bool,
        (start, end): (T, T),
    ) -> T {
        let [half, one, two] = [0.5, 1.0, 2.0].map(T::from);
        match self {
            Self::TorchHalfPixel | Self::AlignCorners if one_output => T::from(0.0),
            Self::HalfPixel | Self::TorchHalfPixel => (x + half) / scale - half,
            Self::HalfPixelNearest => (x + half) / scale,
            Self::Asymmetric => x / scale,
            Self::AlignCorners => x * (size - one) / (outputs - one),
            Self::HalfPixelSymmetric => {
                let adjustment = outputs / (scale * size);
                let offset = size / two * (one - adjustment);
                offset + (x + half) / scale - half
            }
            Self::CropAndResize if one_output => half * (start + end) * (size - one),
            Self::CropAndResize => {
                start * (size - one) + x * (end - start) * (size - one) / (outputs - one)
            }
        }
    }
}

/// `f32` or `f64`.
trait Real:
    Copy + From<f32> + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
}

impl Real for f32 {}
impl Real for f64 {}

/// Which of two neighbours is the nearest element.
#[derive(Clone, Copy)]
pub(super) enum Rounding {
    PreferFloor,
    PreferCeil,
    Floor,
    Ceil,
    /// Down where a tensor grows, up where it shrinks: before there was a choice.
    Simple,
}

impl Rounding {
    pub(super) fn named(name: &str) -> Result<Self, Problem> {
        Ok(match name {
            "round_prefer_floor" => Self::PreferFloor,
            "round_prefer_ceil" => Self::PreferCeil,
            "floor" => Self::Floor,
            "ceil" => Self::Ceil,
            other => return Err(Problem::malformed(format!("its nearest_mode is `{other}`"))),
        })
    }

    fn round(self, x: f32, scale: f32) -> f32 {
        match self {
            Self::Floor => x.floor(),
            Self::Ceil => x.ceil(),
            Self::Simple if scale < 1.0 => x.ceil(),
            Self::Simple => x.trunc(),
            Self::PreferFloor if x == x.trunc() + 0.5 => x.floor(),
            Self::PreferFloor | Self::PreferCeil => x.round(),
        }
    }
}

/// What an output is made of.
#[derive(Clone, Copy)]
pub(super) enum Filter {
    /// The nearest element.
    Nearest(Rounding),
    /// The two beside it.
    Linear,
    /// The four around it.
    Cubic { a: f64, exclude: bool },
}

/// An output: `Σ weights[i] · x[first + i]`, where `x` goes on at either end as it ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) first: i64,
    weights: [f64; 4],
    taps: u8,
}

impl Row {
    /// Without weights of zero at either end.
    fn new(first: i64, weights: &[f64]) -> Self {
        let used = |weight: &f64| *weight != 0.0;
        let start = weights.iter().position(used).unwrap_or(0);
        let end = weights.iter().rposition(used).map_or(0, |last| last.saturating_add(1));
        let own = weights.get(start..end).unwrap_or(&[]);
        let mut row = Self { first, weights: [0.0; 4], taps: 0 };
        row.first = first.saturating_add(i64::try_from(start).unwrap_or(0));
        for (slot, weight) in row.weights.iter_mut().zip(own) {
            *slot = *weight;
            row.taps = row.taps.saturating_add(1);
        }
        row
    }

    pub(super) fn weights(&self) -> &[f64] {
        self.weights.get(..usize::from(self.taps)).unwrap_or(&[])
    }

    /// The only element that it reads, as it is.
    pub(super) fn single(&self) -> Option<i64> {
        (self.weights() == [1.0]).then_some(self.first)
    }
}

/// All outputs along an axis; `None` for those outside the part that is wanted.
pub(super) struct Rows {
    pub(super) size: usize,
    pub(super) rows: Vec<Option<Row>>,
}

/// Coordinates this close to an element are meant to be there: weights are as exact.
const CLOSE: f64 = 1e-5;

/// Advice where runtimes read an axis in different ways.
const OTHERWISE: &str = "use mode half_pixel, asymmetric or pytorch_half_pixel, or state sizes";

impl Axis {
    /// Refuses what runtimes read in different ways.
    fn check(&self, coordinates: Coordinates, filter: Filter) -> Result<(), Problem> {
        let whole = (self.exact * self.size as f64 - self.outputs as f64).abs() < 1e-4;
        let by_length = match coordinates {
            Coordinates::AlignCorners => self.size > 1,
            Coordinates::CropAndResize => true,
            // Of one element, all outputs are that one.
            Coordinates::TorchHalfPixel => self.outputs == 1 && self.size > 1,
            _ => false,
        };
        if by_length && !whole {
            return Err(Problem::new(
                format!(
                    "the length of an axis, {} times {}, is rounded down before or after it is used: runtimes differ",
                    self.size, self.exact
                ),
                OTHERWISE,
            ));
        }
        if coordinates == Coordinates::HalfPixelNearest && !matches!(filter, Filter::Nearest(_)) {
            return Err(Problem::new("tf_half_pixel_for_nn is for mode nearest", OTHERWISE));
        }
        Ok(())
    }
}

impl Rows {
    pub(super) fn of(
        axis: &Axis,
        coordinates: Coordinates,
        filter: Filter,
    ) -> Result<Self, Problem> {
        axis.check(coordinates, filter)?;
        let last = axis.size.saturating_sub(1) as f32;
        let row = |at: usize| {
            let single = coordinates.single(axis, at);
            let crops = coordinates == Coordinates::CropAndResize;
            if crops && !(0.0..=last).contains(&single) {
                return None;
            }
            Some(match filter {
                Filter::Nearest(rounding) => {
                    let nearest = rounding.round(single, axis.scale).clamp(0.0, last);
                    Row::new(nearest as i64, &[1.0])
                }
                Filter::Linear => {
                    let (first, part) = split(coordinates.double(axis, at));
                    Row::new(first, &[1.0 - part, part])
                }
                Filter::Cubic { a, exclude } => {
                    let (first, part) = split(coordinates.double(axis, at));
                    cubic(first.saturating_sub(1), part, a, exclude.then_some(axis.size))
                }
            })
        };
        let rows: Vec<Option<Row>> = (0..axis.outputs).map(row).collect();
        let finite = |row: &Row| row.weights().iter().all(|weight| weight.is_finite());
        if rows.iter().flatten().any(|row| row.first.unsigned_abs() > 1 << 40 || !finite(row)) {
            return Err(Problem::malformed("its weights are not finite"));
        }
        let rows = Self { size: axis.size, rows };
        // Some runtimes leave an axis alone that keeps its size.
        if axis.scale == 1.0 && axis.outputs == axis.size && !rows.is_identity() {
            return Err(Problem::new(
                "an axis of scale 1 is cropped or moved: runtimes differ",
                OTHERWISE,
            ));
        }
        Ok(rows)
    }

    /// Whether every output is the element at its own place.
    pub(super) fn is_identity(&self) -> bool {
        self.rows.len() == self.size
            && self.rows.iter().enumerate().all(|(at, row)| {
                row.and_then(|row| row.single()).is_some_and(|from| usize::try_from(from) == Ok(at))
            })
    }

    /// Whether every output is one element as it is, or outside.
    pub(super) fn is_selection(&self) -> bool {
        self.rows.iter().flatten().all(|row| row.single().is_some())
    }

    /// The element at a place, of which there may be none.
    pub(super) fn nearest(&self, place: i64) -> Option<u32> {
        let last = i64::try_from(self.size.saturating_sub(1)).unwrap_or(i64::MAX);
        u32::try_from(place.clamp(0, last)).ok()
    }
}

/// The element before a coordinate, and how far it is from there.
fn split(x: f64) -> (i64, f64) {
    let near = x.round();
    if (x - near).abs() < CLOSE {
        return (near as i64, 0.0);
    }
    let floor = x.floor();
    (floor as i64, x - floor)
}

/// Weights of the four elements around a coordinate, which is `part` beyond the second.
/// Those outside `inside` elements count as zero, and the others for more.
fn cubic(first: i64, part: f64, a: f64, inside: Option<usize>) -> Row {
    let outer = |x: f64| ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
    let inner = |x: f64| ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    let rest = 1.0 - part;
    let mut weights = [outer(part + 1.0), inner(part), inner(rest), outer(rest + 1.0)];
    if part == 0.0 {
        weights = [0.0, 1.0, 0.0, 0.0];
    }
    if let Some(size) = inside {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        for (at, weight) in (first..).zip(&mut weights) {
            if !(0..size).contains(&at) {
                *weight = 0.0;
            }
        }
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
    }
    Row::new(first, &weights)
}
