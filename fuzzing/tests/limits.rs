//! No file with known answers takes a reader more than 30 seconds or 2 GB: its text, its
//! members, their texts, and every view of each.

use std::path::Path;
use std::time::{Duration, Instant};

use candor_documents::filter::Layout;
use candor_documents::hashing::HashedView;
use candor_documents::terms::ItemFacts;
use candor_documents::thread::of_item;
use candor_documents::{Budget, Record, family, kind_of, plain_bytes, read};
use candor_fuzzing::memory::measured;

const MOST_TIME: Duration = Duration::from_secs(30);
const MOST_BYTES: usize = 2_000_000_000;

/// Reads an item and makes its views, the largest of each kind.
fn item(bytes: &[u8]) {
    let kind = kind_of(bytes);
    #[cfg(feature = "library")]
    {
        let views = ["image/rgb-1024x1024", "image/gray-1024x1024-fit", "text/terms-264-family"]
            .map(|view| view.parse().expect("a view"));
        let _ = candor::corpus::views::canonicalise_views(bytes, &views);
    }
    let facts = ItemFacts::of(bytes, kind, &Record::of_file(b"a/b".to_vec()));
    let _ = of_item(bytes, kind);
    let Ok(content) = read(bytes, kind, &mut Budget::new()) else { return };
    for layout in Layout::ALL {
        let _ = layout.view(&content, &facts);
    }
    let _ = (plain_bytes::head(&content.text, 1 << 16), plain_bytes::ends(&content.text, 1 << 16));
    for view in ["text/words-16384", "text/words12-16384-signed", "text/chars-16384-l2"] {
        let view = HashedView::of_name(view).expect("a view");
        let _ = view.view(content.text.as_str());
    }
}

/// Does all that is done with a file.
fn all(bytes: &[u8]) -> usize {
    item(bytes);
    let mut members = 0;
    let walked: Result<(), ()> = family(
        bytes,
        kind_of(bytes),
        &mut |_, bytes| {
            members += 1;
            item(&bytes);
            Ok(())
        },
        &mut |_| (),
    );
    assert!(walked.is_ok());
    members
}

#[test]
fn no_file_takes_more_than_30_seconds_or_2_gb() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../documents/tests/data");
    let (mut files, mut members) = (0, 0);
    let (mut slowest, mut largest) = ((Duration::ZERO, String::new()), (0, String::new()));
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let start = Instant::now();
        let (found, taken) = measured(|| all(&bytes));
        let took = start.elapsed();
        assert!(took < MOST_TIME, "{name} took {took:?}");
        assert!(taken.peak < MOST_BYTES, "{name} took {} bytes", taken.peak);
        files += 1;
        members += found;
        slowest = slowest.max((took, name.clone()));
        largest = largest.max((taken.peak, name));
    }
    println!("{files} files, {members} members; slowest: {slowest:?}; most memory: {largest:?}");
    assert!(files > 50 && members > 40, "{files} files, {members} members");
}
