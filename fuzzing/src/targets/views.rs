//! Documents under views.

use candor::corpus::views::{ViewId, canonicalise_views};

/// Small, large, of odd proportions; gray and colour.
const VIEWS: [&str; 4] = ["image/gray-28x28", "image/rgb-5x3", "image/gray-1x64", "image/rgb-1x1"];

/// Any bytes have all views or none, of the stated length and the same twice.
pub fn views(data: &[u8]) {
    let views = VIEWS.map(|view| view.parse::<ViewId>().expect("a view"));
    let first = canonicalise_views(data, &views);
    if let Ok(bytes) = &first {
        let lengths: Vec<usize> = bytes.iter().map(Vec::len).collect();
        assert_eq!(lengths, views.map(|view| view.byte_len()));
    }
    assert!(first == canonicalise_views(data, &views), "two answers for one file");
}
