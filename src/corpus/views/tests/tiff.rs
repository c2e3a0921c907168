//! TIFFs of every kind, written tag by tag by `scripts/tiff-variants.py`, so that
//! their pixels are known.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Variant {
    file: String,
    refused: Option<UnreadableReason>,
    width: Option<u16>,
    height: Option<u16>,
    rgb: Option<String>,
}

fn variants() -> Vec<Variant> {
    serde_json::from_slice(&vector("tiff/expected.json")).unwrap()
}

#[test]
fn every_variant_has_the_pixels_it_was_written_from() {
    let variants = variants();
    let mut wrong = Vec::new();
    for Variant { file, refused, width, height, rgb } in &variants {
        let view = ViewId::image(Channels::Rgb, width.unwrap_or(5), height.unwrap_or(5)).unwrap();
        let got = canonicalise_file(&vector(&format!("tiff/{file}")), &view);
        let expected = match refused {
            Some(reason) => Err(*reason),
            None => Ok(hex::decode(rgb.as_ref().unwrap()).unwrap()),
        };
        if got != expected {
            wrong.push((file, got.map(|_| "other pixels")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(variants.len() > 200);
}

/// Tags come first in these files and pixels last.
#[test]
fn a_file_whose_pixels_are_cut_off_is_damaged() {
    for Variant { file, .. } in variants().iter().filter(|variant| variant.refused.is_none()) {
        let bytes = vector(&format!("tiff/{file}"));
        let view = view("image/rgb-5x5");
        let whole = canonicalise_file(&bytes, &view).unwrap();
        // Compressed data may end in marks and padding of which no pixel depends.
        for end in bytes.len() - 40.min(bytes.len() / 3)..bytes.len() {
            match canonicalise_file(&bytes[..end], &view) {
                Ok(views) => assert_eq!(views, whole, "{file} {end}"),
                Err(reason) => assert_eq!(reason, UnreadableReason::Corrupt, "{file} {end}"),
            }
        }
        let cut = &bytes[..bytes.len() - 24];
        assert_eq!(canonicalise_file(cut, &view), Err(UnreadableReason::Corrupt), "{file}");
    }
}

#[test]
fn every_prefix_and_every_flipped_byte_of_a_variant_gives_an_answer() {
    let view = view("image/gray-4x4");
    for Variant { file, .. } in variants().iter().step_by(3) {
        let bytes = vector(&format!("tiff/{file}"));
        for end in 0..bytes.len() {
            let _ = canonicalise_file(&bytes[..end], &view);
        }
        // The tags, and every tenth byte of the pixels.
        for i in (0..bytes.len()).filter(|i| i % 10 == 0 || *i + 300 > bytes.len()) {
            let mut bytes = bytes.clone();
            bytes[i] ^= 0xff;
            if let Ok(bytes) = canonicalise_file(&bytes, &view) {
                assert_eq!(bytes.len(), view.byte_len());
            }
        }
    }
}

/// A TIFF of one strip.
fn one_strip(
    size: (u32, u32),
    bits: u32,
    samples: u32,
    compression: u32,
    photometric: u32,
    data: &[u8],
) -> Vec<u8> {
    let entries: [(u16, u16, u32, u32); 9] = [
        (256, 4, 1, size.0),
        (257, 4, 1, size.1),
        (258, 3, 1, bits),
        (259, 3, 1, compression),
        (262, 3, 1, photometric),
        (273, 4, 1, 8 + 2 + 9 * 12 + 4),
        (277, 3, 1, samples),
        (278, 4, 1, u32::MAX),
        (279, 4, 1, data.len() as u32),
    ];
    let mut bytes = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, kind, count, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes.extend_from_slice(data);
    bytes
}

/// A bilevel page of 20,000 × 20,000 and a 600-dpi colour A3 page.
#[test]
fn large_scans_are_read() {
    // Each line is the one above it: one bit.
    let blank = one_strip((20_000, 20_000), 1, 1, 4, 0, &[0xff; 2500]);
    assert_eq!(canonicalise_file(&blank, &view("image/gray-2x2")), Ok(vec![255; 4]));

    // 7016 · 3 = 164 · 128 + 56 bytes of one value.
    let row = [[0x81, 200].repeat(164), vec![201, 200]].concat();
    let a3 = one_strip((7016, 9921), 8, 3, 32773, 2, &row.repeat(9921));
    assert_eq!(canonicalise_file(&a3, &view("image/rgb-1x2")), Ok(vec![200; 6]));
}

/// More samples than any scan has.
#[test]
fn what_decodes_to_far_too_much_is_refused() {
    for (size, samples) in [((1 << 26, 8), 64), ((1 << 15, 1 << 14), 64)] {
        let bytes = one_strip(size, 32, samples, 8, 1, &[0; 100]);
        let result = canonicalise_file(&bytes, &view("image/gray-1x1"));
        assert_eq!(result, Err(UnreadableReason::TooMuchWork));
    }
    let two_gigabytes = one_strip((1 << 15, 1 << 12), 32, 4, 8, 2, &[0; 100]);
    let result = canonicalise_file(&two_gigabytes, &view("image/gray-1x1"));
    assert_eq!(result, Err(UnreadableReason::TooMuchMemory));
}
