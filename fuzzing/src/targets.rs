//! The targets, one file each; those of documents in a folder.

#[cfg(feature = "library")]
pub(crate) mod bundle;
pub(crate) mod documents;
#[cfg(feature = "library")]
pub(crate) mod exif;
#[cfg(feature = "library")]
pub(crate) mod inspect;
#[cfg(feature = "library")]
pub(crate) mod lot;
#[cfg(feature = "library")]
pub(crate) mod onnx;
#[cfg(feature = "library")]
pub(crate) mod proof;
#[cfg(feature = "library")]
pub(crate) mod request;
#[cfg(feature = "library")]
pub(crate) mod tiff;
#[cfg(feature = "library")]
pub(crate) mod views;

#[cfg(feature = "library")]
use candor::model::graph::Graph;
#[cfg(feature = "library")]
use candor::model::quantize::CalibratedRanges;

use crate::Target;
use documents::{archive, item, office, query, terms, tokens};

/// All targets.
pub const TARGETS: &[Target] = &[
    #[cfg(feature = "library")]
    ("onnx", onnx::onnx),
    #[cfg(feature = "library")]
    ("metadata", onnx::metadata),
    #[cfg(feature = "library")]
    ("inspect", inspect::inspected),
    #[cfg(feature = "library")]
    ("request", request::request),
    #[cfg(feature = "library")]
    ("bundle", bundle::bundle),
    #[cfg(feature = "library")]
    ("views", views::views),
    #[cfg(feature = "library")]
    ("tiff", tiff::tiff),
    #[cfg(feature = "library")]
    ("exif", exif::exif),
    #[cfg(feature = "library")]
    ("proof", proof::proof),
    #[cfg(feature = "library")]
    ("lot", lot::lot),
    ("pdf", item::pdf),
    ("msg", item::msg),
    ("pst", archive::pst),
    ("zip", archive::zip),
    ("office", office::office),
    ("xml", office::xml),
    ("mail", item::mail),
    ("rtf", item::rtf),
    ("html", item::html),
    ("text", item::text),
    ("seven_zip", archive::seven_zip),
    ("tar", archive::tar),
    ("gzip", archive::gzip),
    ("mbox", archive::mbox),
    ("pages", item::pages),
    ("terms", terms::terms),
    ("query", query::query),
    ("tokens", tokens::tokens),
    ("family", item::family),
];

/// The first byte, which says what is done with the others.
fn split(data: &[u8]) -> (u8, &[u8]) {
    data.split_first().map_or((0, data), |(first, rest)| (*first, rest))
}

/// One range for every tensor of a model.
#[cfg(feature = "library")]
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
