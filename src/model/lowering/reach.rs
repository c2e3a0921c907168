//! How far values may go, without adding a node to the program.

use super::coefficients::Coefficients;
use super::emit::Emitter;
use super::error::CompileError;
use super::value::{FloatConv, FloatDense, Map, PerElement, Term, Value};
use crate::model::graph::Window;
use crate::model::program::RowNorm;

impl Emitter {
    /// An interval that holds all elements of a value, whatever the document. It is wider
    /// than need be where a value has several terms, or its elements differ.
    pub(crate) fn reach(&mut self, value: &Value) -> Result<(f64, f64), CompileError> {
        let (mut low, mut high) = match &value.offset {
            PerElement::Uniform(offset) => (*offset, *offset),
            PerElement::Each(offsets) => hull(offsets.iter().map(|offset| (*offset, *offset))),
        };
        for term in &value.terms {
            let (least, most) = self.range(term.node)?;
            self.spend(term.size())?;
            let norm = self.builder.row_norm(term.node);
            let (below, above) = term.reach((least as f64, most as f64), norm);
            low += below;
            high += above;
        }
        Ok((low, high))
    }
}

impl Term {
    /// An interval that holds its elements, where those of its node are in `range` and its rows
    /// have a norm.
    fn reach(&self, range: (f64, f64), norm: Option<RowNorm>) -> (f64, f64) {
        let rows = |weights: &Coefficients, range, norm: Option<RowNorm>| {
            let join = |one: Option<(f64, f64)>, other: Option<(f64, f64)>| match (one, other) {
                (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
                (one, other) => one.or(other),
            };
            let all =
                weights.over_rows(None, |row| Some(narrower(sum(row, range), norm, row)), join);
            all.unwrap_or((0.0, 0.0))
        };
        let (low, high) = match &self.map {
            Map::Scaled(PerElement::Uniform(scale)) => times(*scale, range),
            Map::Scaled(PerElement::Each(scales)) => {
                hull(scales.chunks(1).map(|scale| sum(scale, range)))
            }
            Map::Conv(FloatConv { weights, window, .. }) => {
                // Of windows at the border less is added up.
                let padded = window.padding != [0, 0];
                let range = if padded { (range.0.min(0.0), range.1.max(0.0)) } else { range };
                let norm = norm.filter(|norm| reads_rows(window, norm));
                rows(weights, range, norm)
            }
            Map::Dense(FloatDense { weights, .. }) => rows(weights, range, None),
        };
        match &self.select {
            Some(select) if select.contains(&None) => (low.min(0.0), high.max(0.0)),
            _ => (low, high),
        }
    }
}

/// Whether a convolution adds up whole rows, as the builder of the program sees it.
fn reads_rows(window: &Window, norm: &RowNorm) -> bool {
    let [channels, height, width] = window.input;
    (channels, height.saturating_mul(width)) == (norm.length, norm.stride)
        && (window.kernel, window.stride, window.padding) == ([1, 1], [1, 1], [0, 0])
}

/// What a norm leaves of the range of a sum over a row.
fn narrower((low, high): (f64, f64), norm: Option<RowNorm>, weights: &[f64]) -> (f64, f64) {
    let Some(norm) = norm.filter(|norm| norm.length == weights.len()) else { return (low, high) };
    let (sum, squares) =
        weights.iter().fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    let (middle, away) = (sum * norm.centre as f64, (squares * norm.most as f64).sqrt());
    (low.max(middle - away), high.min(middle + away))
}

/// Where a sum of numbers in `range` lies, each with its weight.
fn sum(weights: &[f64], range: (f64, f64)) -> (f64, f64) {
    weights
        .iter()
        .map(|weight| times(*weight, range))
        .fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1))
}

fn times(factor: f64, (low, high): (f64, f64)) -> (f64, f64) {
    let (one, other) = (factor * low, factor * high);
    (one.min(other), one.max(other))
}

fn hull(ranges: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    ranges.reduce(|hull, range| (hull.0.min(range.0), hull.1.max(range.1))).unwrap_or((0.0, 0.0))
}
