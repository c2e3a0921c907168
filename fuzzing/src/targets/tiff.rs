//! TIFFs under views. The reader is our own, so here a panic is a finding.

use candor::corpus::views::{
    UnreadableReason, ViewId, canonicalise_views, canonicalise_without_net, unseen,
};

const VIEWS: [&str; 4] =
    ["image/gray-7x5", "image/rgb-5x3", "image/rgb-1x1", "image/gray-3x8-crop"];

/// Any bytes give each view its bytes, of the stated length, or a reason, the same with and
/// without the net that catches panics; and what is unseen can be told.
pub(crate) fn tiff(data: &[u8]) {
    let views = VIEWS.map(|view| view.parse::<ViewId>().expect("a view"));
    let first = canonicalise_without_net(data, &views);
    assert_eq!(first.len(), views.len());
    for (view, shown) in views.iter().zip(&first) {
        assert!(shown.as_ref().map_or(true, |bytes| bytes.len() == view.byte_len()));
        assert!(*shown != Err(UnreadableReason::NotPortable), "no file has this reason");
    }
    assert!(first == canonicalise_views(data, &views), "two answers for one file");
    assert!(unseen(data) == unseen(data), "two answers for one file");
}
