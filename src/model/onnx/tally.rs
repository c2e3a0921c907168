//! Which operators a model has, and what became of them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::proto::NodeProto;
use crate::printable::printable;

/// Most operators that are told apart.
const MAX_OPERATORS: usize = 256;

/// An operator of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorUse {
    /// The domain; empty for that of ONNX itself.
    pub domain: String,
    /// Its name.
    pub operator: String,
    /// Nodes of it that the output depends on, with functions and loops written out.
    pub nodes: usize,
    /// Those that are refused.
    pub refused: usize,
    /// Those that were not looked at, since they read what would have come of one that is
    /// refused. Nothing is known against them.
    pub passed_over: usize,
}

/// What became of the nodes, by domain and operator.
#[derive(Default)]
pub(super) struct Tally<'a>(BTreeMap<(&'a str, &'a str), [usize; 3]>);

const MET: usize = 0;
const REFUSED: usize = 1;
const PASSED_OVER: usize = 2;

impl<'a> Tally<'a> {
    pub(super) fn met(&mut self, node: &'a NodeProto) {
        self.count(node, MET);
    }

    pub(super) fn refused(&mut self, node: &'a NodeProto) {
        self.count(node, REFUSED);
    }

    pub(super) fn passed_over(&mut self, node: &'a NodeProto) {
        self.count(node, PASSED_OVER);
    }

    fn count(&mut self, node: &'a NodeProto, what: usize) {
        let domain = if node.domain == "ai.onnx" { "" } else { &node.domain };
        let key = (domain, node.op_type.as_str());
        if self.0.len() >= MAX_OPERATORS && !self.0.contains_key(&key) {
            return;
        }
        if let Some(count) = self.0.entry(key).or_default().get_mut(what) {
            *count = count.saturating_add(1);
        }
    }

    /// All of them, in the order of their names.
    pub(super) fn operators(&self) -> Vec<OperatorUse> {
        let of = |((domain, operator), counts): (&(&str, &str), &[usize; 3])| {
            let [nodes, refused, passed_over] = *counts;
            let (domain, operator) = (printable(domain), printable(operator));
            OperatorUse { domain, operator, nodes, refused, passed_over }
        };
        self.0.iter().map(of).collect()
    }
}
