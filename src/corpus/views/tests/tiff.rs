//! TIFFs of every kind, written tag by tag by `scripts/tiff-variants.py`, so that
//! their pixels are known.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Variant {
    file: String,
    refused: Option<AbsentReason>,
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
                Err(reason) => assert_eq!(reason, AbsentReason::Corrupt, "{file} {end}"),
            }
        }
        let cut = &bytes[..bytes.len() - 24];
        assert_eq!(canonicalise_file(cut, &view), Err(AbsentReason::Corrupt), "{file}");
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
