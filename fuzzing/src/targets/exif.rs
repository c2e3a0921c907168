//! EXIF blocks inside pictures of several formats.

use std::fs;
use std::sync::LazyLock;

use candor::corpus::views::{ViewId, canonicalise_file};

use candor_testing::repository;

const PREFIX: &[u8] = b"Exif\0\0";

/// A JPEG, a PNG and a WebP without EXIF.
static PICTURES: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
    ["adobe-rgb.jpg", "interlaced.png", "lossy.webp"].map(|name| {
        fs::read(repository().join("tests/vectors/images").join(name)).expect("a picture")
    })
});

/// Any block leaves a picture readable and turns it in one of eight ways; with
/// the prefix or without it, in one segment or in two, it says the same.
pub(crate) fn exif(data: &[u8]) {
    // What a segment holds.
    let data = data.get(..data.len().min(65_000)).unwrap_or_default();
    let view: ViewId = "image/rgb-3x5".parse().expect("a view");
    let seen = |bytes: &[u8]| canonicalise_file(bytes, &view).expect("a picture");
    let with_prefix = [PREFIX, data].concat();
    let has_prefix = data.starts_with(PREFIX);

    let [jpeg, png, webp] = &*PICTURES;
    let whole = seen(&in_jpeg(jpeg, &[&with_prefix]));
    let (first, rest) = data.split_at(data.len() / 2);
    let begins_anew = matches!(rest, [b'I', b'I', ..] | [b'M', b'M', ..]);
    if !first.is_empty() && !begins_anew && !has_prefix {
        let pieces = [[PREFIX, first].concat(), [PREFIX, rest].concat()];
        assert!(seen(&in_jpeg(jpeg, &[&pieces[0], &pieces[1]])) == whole, "two segments");
    }
    if !has_prefix {
        assert!(seen(&in_png(png, data)) == seen(&in_png(png, &with_prefix)), "PNG");
        assert!(seen(&in_webp(webp, data)) == seen(&in_webp(webp, &with_prefix)), "WebP");
    }
}

fn in_jpeg(picture: &[u8], segments: &[&[u8]]) -> Vec<u8> {
    let mut bytes = picture[..2].to_vec();
    for segment in segments {
        bytes.extend([0xff, 0xe1]);
        bytes.extend((segment.len() as u16 + 2).to_be_bytes());
        bytes.extend_from_slice(segment);
    }
    bytes.extend_from_slice(&picture[2..]);
    bytes
}

/// Before the data.
fn in_png(picture: &[u8], block: &[u8]) -> Vec<u8> {
    let chunk = [&(block.len() as u32).to_be_bytes()[..], b"eXIf", block, &crc(block)].concat();
    [&picture[..33], &chunk, &picture[33..]].concat()
}

fn crc(block: &[u8]) -> [u8; 4] {
    let step = |sum: u32, &byte: &u8| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            sum >> 1 ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    };
    (!b"eXIf".iter().chain(block).fold(u32::MAX, step)).to_be_bytes()
}

fn in_webp(picture: &[u8], block: &[u8]) -> Vec<u8> {
    let mut bytes = picture.to_vec();
    bytes.extend_from_slice(b"EXIF");
    bytes.extend((block.len() as u32).to_le_bytes());
    bytes.extend_from_slice(block);
    bytes.extend(vec![0; block.len() % 2]);
    let length = (bytes.len() as u32 - 8).to_le_bytes();
    bytes[4..8].copy_from_slice(&length);
    bytes
}

/// Blocks of both byte orders, whole and cut.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let little = b"II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x04\0\0\0abc\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x04\0\0\0\x01\0\0\0\x08\0\0\0\0";
    let long = b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0";
    vec![little.to_vec(), big.to_vec(), long.to_vec(), little[..24].to_vec()]
}
