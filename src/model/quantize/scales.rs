//! What calibration recorded: the range of every tensor.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{CompileError, Exact};
use crate::model::onnx::Graph;
use crate::printable::printable;

/// The range of each tensor of a model over the calibration documents, by the
/// tensor's name.
///
/// Part of the request: the judge compiles the model with the same ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scales(BTreeMap<String, Interval>);

/// A closed interval of real numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Smallest value.
    pub low: Exact,
    /// Largest value.
    pub high: Exact,
}

impl Scales {
    /// Widens the range of a tensor to hold a value; values that are not
    /// finite are refused.
    ///
    /// # Errors
    /// If the value is not finite.
    pub fn observe(&mut self, tensor: &str, value: f64) -> Result<(), super::exact::NotFinite> {
        let value = Exact::new(value)?;
        match self.0.get_mut(tensor) {
            Some(range) if value.get() < range.low.get() => range.low = value,
            Some(range) if value.get() > range.high.get() => range.high = value,
            Some(_) => {}
            None => {
                self.0.insert(tensor.to_owned(), Interval { low: value, high: value });
            }
        }
        Ok(())
    }

    /// Checks that there is one range for each tensor of the graph and no other.
    pub(super) fn check(&self, graph: &Graph) -> Result<(), CompileError> {
        for node in &graph.nodes {
            let range = self.0.get(&node.output);
            let range = range.ok_or_else(|| {
                CompileError::Scales(format!("tensor `{}` has no range", printable(&node.output)))
            })?;
            if range.low.get() > range.high.get() {
                let name = printable(&node.output);
                let problem = format!("the range of tensor `{name}` is out of order");
                return Err(CompileError::Scales(problem));
            }
        }
        let known: BTreeSet<&str> = graph.nodes.iter().map(|node| node.output.as_str()).collect();
        match self.0.keys().find(|name| !known.contains(name.as_str())) {
            None => Ok(()),
            Some(name) => {
                let problem = format!("the model has no tensor `{}`", printable(name));
                Err(CompileError::Scales(problem))
            }
        }
    }

    /// The range of a tensor, widened to hold zero.
    pub(super) fn range(&self, tensor: &str) -> (f64, f64) {
        self.0
            .get(tensor)
            .map_or((0.0, 0.0), |range| (range.low.get().min(0.0), range.high.get().max(0.0)))
    }
}
