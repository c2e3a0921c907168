//! Real tensors as affine functions of integer nodes.

use std::ops::Range;
use std::rc::Rc;

use super::coefficients::Coefficients;
use super::rounding::Errors;
use crate::model::graph::Window;
use crate::model::linear::Places;
use crate::model::program::NodeId;

/// A number for each element of a tensor.
#[derive(Clone, Debug)]
pub(crate) enum PerElement {
    /// The same for all.
    Uniform(f64),
    /// One for each.
    Each(Rc<Vec<f64>>),
}

impl PerElement {
    /// From a list; equal numbers are recognised.
    pub(crate) fn from_vec(values: Vec<f64>) -> Self {
        match values.first() {
            Some(first) if values.iter().all(|value| value == first) => Self::Uniform(*first),
            _ => Self::Each(Rc::new(values)),
        }
    }

    pub(crate) fn at(&self, index: usize) -> f64 {
        match self {
            Self::Uniform(value) => *value,
            Self::Each(values) => values[index],
        }
    }

    pub(crate) fn zip(&self, other: &Self, len: usize, f: impl Fn(f64, f64) -> f64) -> Self {
        match (self, other) {
            (Self::Uniform(l), Self::Uniform(r)) => Self::Uniform(f(*l, *r)),
            _ => Self::from_vec((0..len).map(|i| f(self.at(i), other.at(i))).collect()),
        }
    }

    pub(crate) fn select(&self, index: &[Option<u32>]) -> Self {
        match self {
            Self::Uniform(value) if index.iter().all(Option::is_some) => Self::Uniform(*value),
            _ => Self::from_vec(
                index.iter().map(|at| at.map_or(0.0, |at| self.at(at as usize))).collect(),
            ),
        }
    }

    /// The number of each channel of `plane` elements; `None` if it varies
    /// inside a channel.
    pub(crate) fn by_channel(&self, channels: usize, plane: usize) -> Option<Vec<f64>> {
        match self {
            Self::Uniform(value) => Some(vec![*value; channels]),
            Self::Each(values) => values
                .chunks_exact(plane)
                .map(|chunk| chunk.iter().all(|v| *v == chunk[0]).then_some(chunk[0]))
                .collect(),
        }
    }
}

/// A linear map of the integers of one node.
#[derive(Clone, Debug)]
pub(crate) enum Map {
    /// `scale[i] · x[i]`.
    Scaled(PerElement),
    /// A convolution; weights as in [`crate::model::graph::Conv`].
    Conv(FloatConv),
    /// A matrix.
    Dense(FloatDense),
}

#[derive(Clone, Debug)]
pub(crate) struct FloatConv {
    pub(crate) window: Window,
    pub(crate) channels: usize,
    pub(crate) groups: usize,
    pub(crate) weights: Coefficients,
}

#[derive(Clone, Debug)]
pub(crate) struct FloatDense {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) weights: Coefficients,
}

impl FloatConv {
    pub(crate) fn plane(&self) -> usize {
        self.window.output[0] * self.window.output[1]
    }

    /// Multiplications that [`Self::apply`] takes.
    pub(crate) fn work(&self, input: &PerElement) -> usize {
        let in_group = self.window.input[0] / self.groups;
        let places = match input {
            PerElement::Uniform(0.0) => 0,
            input => match self.by_channel(input) {
                Some((_, [down, across])) => down.taps.len().saturating_mul(across.taps.len()),
                None => self.plane(),
            },
        };
        let outputs = self.channels.saturating_mul(places);
        outputs.saturating_mul(in_group.saturating_mul(self.window.area()))
    }

    /// The numbers of the channels of a tensor with one for each, and what the places
    /// of the output see of it.
    fn by_channel(&self, input: &PerElement) -> Option<(Vec<f64>, [Places; 2])> {
        let [channels, height, width] = self.window.input;
        let numbers = input.by_channel(channels, height * width)?;
        let places = [0, 1].map(|axis| {
            Places::new((0..self.window.output[axis]).map(|at| self.window.taps(axis, at)))
        });
        let [down, across] = &places;
        let distinct = down.taps.len().checked_mul(across.taps.len())?;
        (distinct <= self.plane()).then_some((numbers, places))
    }

    /// The convolution of a real tensor.
    pub(crate) fn apply(&self, input: &PerElement) -> Vec<f64> {
        if matches!(input, PerElement::Uniform(0.0)) {
            return vec![0.0; self.channels * self.plane()];
        }
        let Window { input: [in_channels, height, width], output: [rows, columns], .. } =
            self.window;
        let mut output = Vec::with_capacity(self.channels * rows * columns);
        let mut weights = Vec::new();
        if let Some((numbers, [down, across])) = self.by_channel(input) {
            for channel in 0..self.channels {
                self.weights.row(channel, &mut weights);
                let sums: Vec<Vec<f64>> = down
                    .taps
                    .iter()
                    .map(|i| {
                        let sum = |j: &Range<usize>| {
                            self.sum((channel, &weights), (i, j), |c, _, _| numbers[c])
                        };
                        across.taps.iter().map(sum).collect()
                    })
                    .collect();
                for place in &down.of {
                    output.extend(across.of.iter().map(|at| sums[*place][*at]));
                }
            }
            return output;
        }
        for channel in 0..self.channels {
            self.weights.row(channel, &mut weights);
            for row in 0..rows {
                for column in 0..columns {
                    let taps = (&self.window.taps(0, row), &self.window.taps(1, column));
                    output.push(self.sum((channel, &weights), taps, |own, i, j| {
                        let y = self.window.source(0, row, i).unwrap_or(height);
                        let x = self.window.source(1, column, j).unwrap_or(width);
                        debug_assert!(own < in_channels && y < height && x < width);
                        input.at((own * height + y) * width + x)
                    }));
                }
            }
        }
        output
    }

    /// An output: the sum over taps of its channel's weights times what they see, in one order.
    fn sum(
        &self,
        (channel, weights): (usize, &[f64]),
        (down, across): (&Range<usize>, &Range<usize>),
        input: impl Fn(usize, usize, usize) -> f64,
    ) -> f64 {
        let (in_group, out_group) =
            (self.window.input[0] / self.groups, self.channels / self.groups);
        let first = channel / out_group * in_group;
        let [height, width] = self.window.kernel;
        let mut sum = 0.0;
        for own in 0..in_group {
            let weights = &weights[own * height * width..];
            for i in down.clone() {
                for j in across.clone() {
                    sum += weights[i * width + j] * input(first + own, i, j);
                }
            }
        }
        sum
    }
}

impl FloatDense {
    /// The matrix on a tensor of `columns` elements, of which its own input
    /// holds those with the given indices.
    pub(crate) fn gathered(&self, columns: usize, index: &[Option<u32>]) -> Self {
        let mut weights = Vec::with_capacity(self.rows * columns);
        self.weights.each_row(|row| {
            let mut sums = vec![0.0; columns];
            for (weight, at) in row.iter().zip(index) {
                if let Some(at) = at {
                    sums[*at as usize] += weight;
                }
            }
            weights.extend(sums);
        });
        let weights = Coefficients::new(weights.into(), columns);
        Self { rows: self.rows, columns, weights }
    }

    pub(crate) fn apply(&self, input: &PerElement) -> Vec<f64> {
        let mut output = Vec::with_capacity(self.rows);
        self.weights.each_row(|row| {
            output.push(row.iter().enumerate().map(|(i, w)| w * input.at(i)).sum());
        });
        output
    }
}

/// One summand: a map of a node, then a selection of its outputs.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) node: NodeId,
    pub(crate) map: Map,
    /// Element i is element `select[i]` of the map's output, or zero.
    pub(crate) select: Option<Rc<Vec<Option<u32>>>>,
}

/// `real = Σ terms + offset`.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) len: usize,
    pub(crate) terms: Vec<Term>,
    pub(crate) offset: PerElement,
}

impl Value {
    /// `scale · node + offset`.
    pub(crate) fn scaled(node: NodeId, len: usize, scale: PerElement, offset: PerElement) -> Self {
        let term = Term { node, map: Map::Scaled(scale), select: None };
        Self { len, terms: vec![term], offset }
    }

    /// `(node, scale, offset)` if the value is `scale · node + offset` with one
    /// scale above zero and one offset for all elements.
    pub(crate) fn plain(&self) -> Option<(NodeId, f64, f64)> {
        match (self.terms.as_slice(), &self.offset) {
            (
                [Term { node, map: Map::Scaled(PerElement::Uniform(scale)), select: None }],
                PerElement::Uniform(offset),
            ) if *scale > 0.0 => Some((*node, *scale, *offset)),
            _ => None,
        }
    }

    /// Numbers that it holds.
    pub(crate) fn size(&self) -> usize {
        self.terms.iter().map(Term::size).sum::<usize>() + self.len
    }

    /// The value times a number for each element; `None` if a weighted term
    /// cannot absorb them.
    pub(crate) fn times(&self, factors: &PerElement) -> Option<Self> {
        let terms =
            self.terms.iter().map(|term| term.times(factors, self.len)).collect::<Option<_>>()?;
        let offset = self.offset.zip(factors, self.len, |l, r| l * r);
        Some(Self { len: self.len, terms, offset })
    }
}

impl Term {
    /// Numbers that it holds.
    pub(crate) fn size(&self) -> usize {
        let weights = match &self.map {
            Map::Scaled(PerElement::Uniform(_)) => 0,
            Map::Scaled(PerElement::Each(scales)) => scales.len(),
            Map::Conv(conv) => conv.weights.len(),
            Map::Dense(dense) => dense.weights.len(),
        };
        weights + self.select.as_ref().map_or(0, |select| select.len())
    }

    /// Its node and scale, if that is one above zero for all elements and none moves.
    pub(crate) fn uniform(&self) -> Option<(NodeId, f64)> {
        match (&self.map, &self.select) {
            (Map::Scaled(PerElement::Uniform(scale)), None) if *scale > 0.0 => {
                Some((self.node, *scale))
            }
            _ => None,
        }
    }

    /// The largest magnitude of its coefficients.
    pub(crate) fn largest(&self) -> f64 {
        let largest = |list: &[f64]| list.iter().fold(0.0, |most: f64, c| most.max(c.abs()));
        match &self.map {
            Map::Scaled(PerElement::Uniform(scale)) => scale.abs(),
            Map::Scaled(PerElement::Each(scales)) => largest(scales),
            Map::Conv(FloatConv { weights, .. }) | Map::Dense(FloatDense { weights, .. }) => {
                weights.over_rows(0.0, largest, f64::max)
            }
        }
    }

    /// What rounding the coefficients times a factor may do to a sum, where
    /// the node's integers reach so far.
    pub(super) fn rounding(&self, factor: f64, reach: f64) -> Errors {
        let of_row = |row: &[f64]| {
            let mut errors = Errors::default();
            row.iter().for_each(|weight| errors.add(weight * factor, reach));
            errors
        };
        let worst =
            |rows: &mut dyn Iterator<Item = Errors>| rows.fold(Errors::default(), Errors::worse);
        match &self.map {
            Map::Scaled(PerElement::Uniform(scale)) => of_row(&[*scale]),
            Map::Scaled(PerElement::Each(scales)) => worst(&mut scales.chunks(1).map(of_row)),
            Map::Conv(FloatConv { weights, .. }) | Map::Dense(FloatDense { weights, .. }) => {
                weights.over_rows(Errors::default(), of_row, Errors::worse)
            }
        }
    }

    fn times(&self, factors: &PerElement, len: usize) -> Option<Self> {
        let map = match &self.map {
            Map::Scaled(scale) => Map::Scaled(scale.zip(factors, len, |l, r| l * r)),
            Map::Conv(conv) => {
                let rows = self.by_row(factors, conv.channels, conv.plane())?;
                let mut conv = conv.clone();
                conv.weights = conv.weights.times(rows);
                Map::Conv(conv)
            }
            Map::Dense(dense) => {
                let rows = self.by_row(factors, dense.rows, 1)?;
                let mut dense = dense.clone();
                dense.weights = dense.weights.times(rows);
                Map::Dense(dense)
            }
        };
        Some(Self { node: self.node, map, select: self.select.clone() })
    }

    /// The factor of each row of weights, of which each makes `plane` outputs.
    fn by_row(&self, factors: &PerElement, rows: usize, plane: usize) -> Option<Vec<f64>> {
        let Some(select) = &self.select else { return factors.by_channel(rows, plane) };
        let mut found: Vec<Option<f64>> = vec![None; rows];
        for (element, source) in select.iter().enumerate() {
            let Some(source) = source else { continue };
            let (slot, factor) = (&mut found[*source as usize / plane], factors.at(element));
            if slot.is_some_and(|old| old != factor) {
                return None;
            }
            *slot = Some(factor);
        }
        Some(found.into_iter().map(|factor| factor.unwrap_or(0.0)).collect())
    }
}
