//! The targets, one file each.

pub(crate) mod bundle;
pub(crate) mod exif;
pub(crate) mod onnx;
pub(crate) mod proof;
pub(crate) mod request;
pub(crate) mod tiff;
pub(crate) mod views;

use candor::model::graph::Graph;
use candor::model::quantize::CalibratedRanges;

/// The first byte, which says what is done with the others.
fn split(data: &[u8]) -> (u8, &[u8]) {
    data.split_first().map_or((0, data), |(first, rest)| (*first, rest))
}

/// One range for every tensor of a model.
pub(crate) fn ranges(graph: &Graph, low: f64, high: f64) -> CalibratedRanges {
    let mut ranges = CalibratedRanges::default();
    for node in &graph.nodes {
        for end in [low, high] {
            ranges.observe(&node.output, end).expect("a finite number");
        }
    }
    for end in [low, high] {
        ranges.observe_centred(end).expect("a finite number");
    }
    ranges
}
