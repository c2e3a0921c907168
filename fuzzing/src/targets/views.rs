//! Documents under views.

use candor::corpus::views::{ViewId, canonicalise_views};

/// Small, large, of odd proportions; gray and colour.
const VIEWS: [&str; 4] = ["image/gray-28x28", "image/rgb-5x3", "image/gray-1x64", "image/rgb-1x1"];

/// Any bytes give each view its bytes, of the stated length, or a reason, and the
/// same twice.
pub(crate) fn views(data: &[u8]) {
    let views = VIEWS.map(|view| view.parse::<ViewId>().expect("a view"));
    let first = canonicalise_views(data, &views);
    assert_eq!(first.len(), views.len());
    for (view, shown) in views.iter().zip(&first) {
        assert!(shown.as_ref().map_or(true, |bytes| bytes.len() == view.byte_len()));
    }
    assert!(first == canonicalise_views(data, &views), "two answers for one file");
}
