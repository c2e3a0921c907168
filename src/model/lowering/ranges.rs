//! What calibration recorded: the range of every tensor.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::error::CompileError;
use crate::model::float_bits::{FiniteF64, NotFinite};
use crate::model::graph::{Graph, Op, TensorRef};
use crate::model::program::MAX_EXPONENT;
use crate::printable::printable;

/// What a model's tensors were over the calibration documents.
///
/// Part of the request: the judge compiles the model with the same ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibratedRanges {
    /// The range of each tensor, by its name.
    tensors: BTreeMap<String, Interval>,
    /// The range of the raw scores less their mean in each document.
    centred: Option<Interval>,
    /// By its name, of a tensor whose rows are standardised and a few of whose channels go much
    /// further than the others: for each channel the power of two by which its unit is wider.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    channels: BTreeMap<String, Vec<u8>>,
}

/// A closed interval of real numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Smallest value.
    pub low: FiniteF64,
    /// Largest value.
    pub high: FiniteF64,
}

impl CalibratedRanges {
    /// Widens the range of a tensor to hold a value; values that are not
    /// finite are refused.
    ///
    /// # Errors
    /// If the value is not finite.
    pub fn observe(&mut self, tensor: &str, value: f64) -> Result<(), NotFinite> {
        let value = FiniteF64::new(value)?;
        match self.tensors.get_mut(tensor) {
            Some(range) => range.widen(value),
            None => {
                self.tensors.insert(tensor.to_owned(), Interval { low: value, high: value });
            }
        }
        Ok(())
    }

    /// Sets the range of a tensor that has one.
    #[cfg(feature = "issue")]
    pub(crate) fn narrow(&mut self, tensor: &str, low: FiniteF64, high: FiniteF64) {
        if let Some(range) = self.tensors.get_mut(tensor) {
            *range = Interval { low, high };
        }
    }

    /// Widens the range of the raw scores less their mean.
    ///
    /// # Errors
    /// If the value is not finite.
    pub fn observe_centred(&mut self, value: f64) -> Result<(), NotFinite> {
        let value = FiniteF64::new(value)?;
        self.centred.get_or_insert(Interval { low: value, high: value }).widen(value);
        Ok(())
    }

    /// Sets by which powers of two the units of a tensor's channels are wider.
    #[cfg(feature = "issue")]
    pub(crate) fn set_channels(&mut self, tensor: &str, exponents: Vec<u8>) {
        self.channels.insert(tensor.to_owned(), exponents);
    }

    /// By which powers of two the units of the channels of a tensor are wider, in rows of so many;
    /// nothing if all have one unit.
    pub(crate) fn channels(&self, tensor: &str, length: usize) -> Option<&[u8]> {
        self.channels.get(tensor).map(Vec::as_slice).filter(|list| list.len() == length)
    }

    /// Checks that units of channels are those of rows that are standardised, that the finest
    /// unit is one of them, and that not all are the finest.
    fn check_channels(&self, graph: &Graph) -> Result<(), CompileError> {
        // Once, and not for each name: a request may hold as many as the model has nodes.
        let read: BTreeSet<(&str, usize)> = graph
            .nodes
            .iter()
            .filter_map(|node| match (&node.op, node.inputs.first()) {
                (Op::Standardise(op), Some(TensorRef::Node(read))) => {
                    Some((graph.nodes[*read].output.as_str(), op.length))
                }
                _ => None,
            })
            .collect();
        for (name, exponents) in &self.channels {
            let is_read = read.contains(&(name.as_str(), exponents.len()));
            let range = |list: &[u8]| Some((*list.iter().min()?, *list.iter().max()?));
            let in_order = matches!(range(exponents), Some((0, 1..=MAX_EXPONENT)));
            if !is_read || !in_order {
                let name = printable(name);
                let problem = format!("units of the channels of tensor `{name}` do not fit it");
                return Err(CompileError::CalibratedRanges(problem));
            }
        }
        Ok(())
    }

    /// Checks that there is one range for each tensor of the graph and no other.
    pub(crate) fn check(&self, graph: &Graph) -> Result<(), CompileError> {
        for node in &graph.nodes {
            let range = self.tensors.get(&node.output);
            let range = range.ok_or_else(|| {
                CompileError::CalibratedRanges(format!(
                    "tensor `{}` has no range",
                    printable(&node.output)
                ))
            })?;
            if range.low.get() > range.high.get() {
                let name = printable(&node.output);
                let problem = format!("the range of tensor `{name}` is out of order");
                return Err(CompileError::CalibratedRanges(problem));
            }
        }
        self.check_channels(graph)?;
        if self.centred.is_some_and(|range| range.low.get() > range.high.get()) {
            let problem = "the range of the scores less their mean is out of order";
            return Err(CompileError::CalibratedRanges(problem.to_owned()));
        }
        let known: BTreeSet<&str> = graph.nodes.iter().map(|node| node.output.as_str()).collect();
        match self.tensors.keys().find(|name| !known.contains(name.as_str())) {
            None => Ok(()),
            Some(name) => {
                let problem = format!("the model has no tensor `{}`", printable(name));
                Err(CompileError::CalibratedRanges(problem))
            }
        }
    }

    /// The range of a tensor.
    pub(crate) fn range(&self, tensor: &str) -> (f64, f64) {
        self.tensors.get(tensor).map_or((0.0, 0.0), |range| range.ends())
    }

    /// The range of the raw scores less their mean, if it was recorded.
    pub(crate) fn centred(&self) -> Option<(f64, f64)> {
        self.centred.map(|range| range.ends())
    }
}

impl Interval {
    fn widen(&mut self, value: FiniteF64) {
        if value.get() < self.low.get() {
            self.low = value;
        }
        if value.get() > self.high.get() {
            self.high = value;
        }
    }

    const fn ends(self) -> (f64, f64) {
        (self.low.get(), self.high.get())
    }
}
