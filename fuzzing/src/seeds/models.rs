//! Models that say something of themselves: entries of their metadata, and nothing else.

/// Keys and values that are understood, alone and together, and others.
const ENTRIES: [&[(&str, &str)]; 6] = [
    &[("candor.view", "image/rgb-8x8-fit"), ("candor.scaling", "imagenet")],
    &[("candor.mean", "0.5, 0.25,-1"), ("candor.std", "1,1,2"), ("candor.channels", "bgr")],
    &[("candor.classes", "cat,dog,  "), ("candor.match", "label:dog,0"), ("author", "candor.view")],
    &[("candor.score", "index:1"), ("candor.threshold", "-1e-3")],
    &[("candor.view", "a"), ("candor.view", "b")],
    &[("candor.threshold", "1e999"), ("candor.other", "")],
];

/// Files with these entries, field 14 of a model.
pub(super) fn saying() -> Vec<Vec<u8>> {
    let field = |number: u8, bytes: &[u8]| {
        let length = u8::try_from(bytes.len()).expect("a short entry");
        // Lengths from 128 on take two bytes.
        let length = if length < 128 { vec![length] } else { vec![length, 1] };
        [&[number << 3 | 2][..], &length, bytes].concat()
    };
    let entry = |(key, value): &(&str, &str)| {
        field(14, &[field(1, key.as_bytes()), field(2, value.as_bytes())].concat())
    };
    let models = ENTRIES.iter().map(|entries| {
        let entries = entries.iter().map(entry).collect::<Vec<_>>().concat();
        [&[8, 8][..], &entries].concat()
    });
    models.collect()
}
