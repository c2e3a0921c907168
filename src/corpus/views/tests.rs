//! Whole files through whole views.

use std::io::Cursor;

use ::image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage};

use super::*;

fn view(name: &str) -> ViewId {
    name.parse().unwrap()
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn ramp(width: u32, height: u32) -> DynamicImage {
    GrayImage::from_fn(width, height, |x, y| Luma([(40 * x + 7 * y) as u8])).into()
}

/// A file of `tests/vectors/images`.
fn vector(name: &str) -> Vec<u8> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/images/");
    std::fs::read(format!("{directory}{name}")).unwrap()
}

/// An uncompressed 3×2 gray TIFF of the bytes 1 to 6 with this orientation.
fn oriented_tiff(orientation: u16) -> Vec<u8> {
    let entries: [(u16, u16, u32, u32); 9] = [
        (256, 3, 1, 3),
        (257, 3, 1, 2),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (274, 3, 1, u32::from(orientation)),
        (277, 3, 1, 1),
        (279, 4, 1, 6),
    ];
    let mut bytes = b"II*\0".to_vec();
    bytes.extend(14u32.to_le_bytes());
    bytes.extend([1, 2, 3, 4, 5, 6]);
    bytes.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes
}

#[test]
fn lossless_formats_of_the_same_size_are_the_identity() {
    let image = ramp(6, 5);
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::WebP] {
        let image = match format {
            ImageFormat::Gif | ImageFormat::WebP => DynamicImage::from(image.to_rgba8()),
            ImageFormat::Bmp => DynamicImage::from(image.to_rgb8()),
            _ => image.clone(),
        };
        let bytes = encode(&image, format);
        let gray = canonicalise_file(&bytes, &view("image/gray-6x5")).unwrap();
        assert_eq!(gray, ramp(6, 5).as_bytes(), "{format:?}");
    }
}

#[test]
fn orientation_is_applied() {
    for (orientation, size, expected) in [
        (1, "3x2", [1, 2, 3, 4, 5, 6]),
        (2, "3x2", [3, 2, 1, 6, 5, 4]),
        (3, "3x2", [6, 5, 4, 3, 2, 1]),
        (4, "3x2", [4, 5, 6, 1, 2, 3]),
        (5, "2x3", [1, 4, 2, 5, 3, 6]),
        (6, "2x3", [4, 1, 5, 2, 6, 3]),
        (7, "2x3", [6, 3, 5, 2, 4, 1]),
        (8, "2x3", [3, 6, 2, 5, 1, 4]),
        (9, "3x2", [1, 2, 3, 4, 5, 6]),
    ] {
        let view = view(&format!("image/gray-{size}"));
        let bytes = oriented_tiff(orientation);
        let upright = canonicalise_file(&bytes, &view).unwrap();
        assert_eq!(upright, expected, "orientation {orientation}");
    }
}

#[test]
fn the_middle_is_the_same_however_the_picture_is_stored() {
    // 1 2 3 / 4 5 6 upright, and on its side 4 1 / 5 2 / 6 3.
    for (orientation, size, expected) in [
        (1, "1x1", vec![4]),
        (1, "1x2", vec![2, 5]),
        (2, "1x2", vec![2, 5]),
        (3, "1x2", vec![5, 2]),
        (6, "2x1", vec![5, 2]),
        (1, "2x2", vec![2, 3, 5, 6]),
        (2, "2x2", vec![3, 2, 6, 5]),
        (6, "2x2", vec![5, 2, 6, 3]),
    ] {
        let whole = view(&format!("image/gray-{size}-crop"));
        let shown = canonicalise_file(&oriented_tiff(orientation), &whole).unwrap();
        assert_eq!(shown, expected, "orientation {orientation}, {size}");
    }
}

/// A thousand strips of one pixel, each said to be nearly the whole file.
#[test]
fn strips_on_top_of_each_other_are_refused() {
    let strips = 1000u32;
    let data = 8 + 2 + 12 * 9 + 4;
    let counts = data + 4 * strips;
    let entries: [(u16, u16, u32, u32); 9] = [
        (256, 3, 1, 1),
        (257, 3, 1, strips),
        (258, 3, 1, 8),
        (259, 3, 1, 8),
        (262, 3, 1, 1),
        (273, 4, strips, data),
        (277, 3, 1, 1),
        (278, 3, 1, 1),
        (279, 4, strips, counts),
    ];
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes.extend(8u32.to_le_bytes().repeat(strips as usize));
    bytes.extend(8000u32.to_le_bytes().repeat(strips as usize));
    let result = canonicalise_file(&bytes, &view("image/gray-1x1"));
    assert_eq!(result, Err(UnreadableReason::TooMuchWork));
}

#[test]
fn transparent_pixels_become_white() {
    let image = RgbaImage::from_fn(2, 1, |x, _| Rgba([10, 20, 30, if x == 0 { 255 } else { 0 }]));
    let bytes = encode(&image.into(), ImageFormat::Png);
    let rgb = canonicalise_file(&bytes, &view("image/rgb-2x1")).unwrap();
    assert_eq!(rgb, [10, 20, 30, 255, 255, 255]);
}

#[test]
fn several_views_are_those_of_one_at_a_time() {
    let bytes = encode(&ramp(31, 17), ImageFormat::Png);
    let views = [view("image/gray-28x28"), view("image/rgb-5x7")];
    let together = canonicalise_views(&bytes, &views);
    for (view, shown) in views.iter().zip(&together) {
        assert_eq!(shown.as_ref().map(Vec::len), Ok(view.byte_len()));
        assert_eq!(&canonicalise_file(&bytes, view), shown);
    }
    assert_eq!(
        canonicalise_views(b"a note", &views),
        vec![Err(UnreadableReason::NotAnImage); 2],
        "each view has its own outcome"
    );
}

#[test]
fn what_is_no_image_has_no_view() {
    let view = view("image/gray-28x28");
    for bytes in [&b""[..], b"just a note\n", b"%PDF-1.7", b"qoif0000"] {
        assert_eq!(canonicalise_file(bytes, &view), Err(UnreadableReason::NotAnImage));
    }
}

#[test]
fn damaged_and_outsized_images_have_no_view() {
    let view = view("image/gray-28x28");
    let png = encode(&ramp(20, 20), ImageFormat::Png);
    let cut = &png[..png.len() / 2];
    assert_eq!(canonicalise_file(cut, &view), Err(UnreadableReason::Corrupt));

    // The header of a BMP that declares 2^14 × 2^14 pixels of three bytes.
    let mut bmp = encode(&DynamicImage::new_rgb8(1, 1), ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&(1u32 << 14).to_le_bytes());
    bmp[22..26].copy_from_slice(&(1u32 << 14).to_le_bytes());
    assert_eq!(canonicalise_file(&bmp, &view), Err(UnreadableReason::TooManyPixels));
}

/// A cut picture is damaged, wherever the cut is, unless only what follows the
/// pixels is gone.
#[test]
fn a_cut_is_noticed_in_every_format() {
    let picture = DynamicImage::from(RgbaImage::from_fn(23, 19, |x, y| {
        Rgba([(11 * x + y * y) as u8, (x * x * 3) as u8, (7 * y) as u8, 255])
    }));
    let mut files = vec![
        ("png", encode(&picture, ImageFormat::Png)),
        ("gif", encode(&picture, ImageFormat::Gif)),
        ("webp", encode(&picture, ImageFormat::WebP)),
        ("bmp", encode(&picture.to_rgb8().into(), ImageFormat::Bmp)),
    ];
    for name in [
        "field/32-alpha0.bmp",
        "field/small-frame.gif",
        "field/png-gray-2bit-trns0.png",
        "field/png-no-iend.png",
        "lossy.webp",
        "lossy-alpha.webp",
        "interlaced.png",
        "interlaced.gif",
        "rle8.bmp",
    ] {
        files.push((name, vector(name)));
    }
    let view = view("image/rgb-12x10");
    for (name, bytes) in files {
        let whole = canonicalise_file(&bytes, &view).unwrap();
        for end in 30..bytes.len() {
            match canonicalise_file(&bytes[..end], &view) {
                Ok(cut) => assert!(cut == whole, "{name}: {end} of {}", bytes.len()),
                Err(reason) => assert_eq!(reason, UnreadableReason::Corrupt, "{name} {end}"),
            }
        }
    }
}

/// A GIF of one frame, all of whose pixels are black, at a place on a screen.
fn gif(screen: [u16; 2], corner: [u16; 2], size: [u16; 2]) -> Vec<u8> {
    let picture = DynamicImage::from(RgbaImage::from_pixel(
        size[0].into(),
        size[1].into(),
        Rgba([0, 0, 0, 255]),
    ));
    let mut bytes = encode(&picture, ImageFormat::Gif);
    let frame = [&[b',', 0, 0, 0, 0][..], size.map(u16::to_le_bytes).as_flattened()].concat();
    let at = bytes.windows(frame.len()).position(|window| window == frame).unwrap();
    bytes[at + 1..at + 5].copy_from_slice(corner.map(u16::to_le_bytes).as_flattened());
    bytes[6..10].copy_from_slice(screen.map(u16::to_le_bytes).as_flattened());
    bytes
}

#[test]
fn a_gif_is_never_cropped() {
    // Screen, corner, size, and the size of the picture and of what is black.
    for (screen, corner, size, whole, black) in [
        ([4, 4], [0, 0], [4, 4], [4, 4], 16),
        ([6, 5], [1, 2], [3, 2], [6, 5], 6),
        ([4, 4], [0, 0], [6, 5], [6, 5], 30),
        ([4, 4], [3, 3], [6, 2], [6, 2], 12),
        ([0, 0], [0, 0], [3, 2], [3, 2], 6),
        ([0, 7], [1, 1], [3, 2], [3, 2], 6),
        ([4, 4], [3, 1], [3, 2], [6, 4], 6),
        ([4, 4], [2, 3], [3, 4], [5, 7], 12),
    ] {
        let view = ViewId::image(Channels::Gray, whole[0], whole[1]).unwrap();
        let pixels = canonicalise_file(&gif(screen, corner, size), &view).unwrap();
        // Were the picture of another size, some would be gray.
        let count = |value| pixels.iter().filter(|&&pixel| pixel == value).count();
        assert_eq!(count(0), black, "{screen:?} {corner:?} {size:?}");
        assert_eq!(count(255), pixels.len() - black, "{screen:?} {corner:?} {size:?}");
    }
}

/// A chunk of PNG.
fn chunk(kind: &[u8; 4], contents: &[u8]) -> Vec<u8> {
    let table =
        |byte: u32| (0..8).fold(byte, |c, _| c >> 1 ^ if c & 1 == 1 { 0xedb8_8320 } else { 0 });
    let sum = kind.iter().chain(contents);
    let sum = !sum.fold(u32::MAX, |sum, &byte| sum >> 8 ^ table((sum ^ u32::from(byte)) & 0xff));
    [&(contents.len() as u32).to_be_bytes()[..], kind, contents, &sum.to_be_bytes()].concat()
}

#[test]
fn chunks_of_png_that_change_the_picture_are_known_or_refused() {
    let png = encode(&ramp(6, 5), ImageFormat::Png);
    let view = view("image/gray-6x5");
    let plain = canonicalise_file(&png, &view).unwrap();
    let with = |kind: &[u8; 4], contents: &[u8]| {
        let mut bytes = png.clone();
        bytes.splice(33..33, chunk(kind, contents));
        canonicalise_file(&bytes, &view)
    };
    // Colour management and what is not the picture.
    for (kind, contents) in [
        (b"gAMA", &[0, 0, 0, 1][..]),
        (b"cHRM", &[0; 32]),
        (b"sRGB", &[0]),
        (b"cICP", &[9, 16, 0, 1]),
        (b"iCCP", b"name\0\0nothing that unpacks"),
        (b"sBIT", &[4]),
        (b"bKGD", &[0, 9]),
        (b"pHYs", &[0, 0, 0, 1, 0, 0, 0, 9, 1]),
        (b"zTXt", b"Raw profile type exif\0\0nothing"),
        (b"tEXt", b"Comment\0text"),
        (b"npTc", b"someone's own"),
    ] {
        let name = String::from_utf8_lossy(kind);
        assert_eq!(with(kind, contents).as_ref(), Ok(&plain), "{name}");
    }
    assert_eq!(with(b"tRNS", &[0, 0]).unwrap()[0], 255);
    assert_eq!(with(b"CgBI", &[0; 4]), Err(UnreadableReason::Unsupported));
    for (at, value) in [(26, 1), (27, 64), (28, 2)] {
        let mut bytes = png.clone();
        bytes[at] = value;
        let header: Vec<u8> = bytes[16..29].to_vec();
        bytes.splice(8..33, chunk(b"IHDR", &header));
        assert_eq!(canonicalise_file(&bytes, &view), Err(UnreadableReason::Unsupported), "{at}");
    }
}

#[test]
fn a_bmp_whose_pixels_begin_in_its_palette_is_read_after_it() {
    let bytes = vector("rle8.bmp");
    let view = view("image/rgb-9x7");
    let whole = canonicalise_file(&bytes, &view).unwrap();
    let mut moved = bytes.clone();
    moved[10..14].copy_from_slice(&54u32.to_le_bytes());
    assert_eq!(canonicalise_file(&moved, &view), Ok(whole));
    let mut top_down = bytes;
    top_down[22..26].copy_from_slice(&(-7i32).to_le_bytes());
    assert_eq!(canonicalise_file(&top_down, &view), Err(UnreadableReason::Unsupported));
}

#[test]
fn a_file_over_the_limit_is_not_decoded() {
    let mut png = encode(&ramp(2, 2), ImageFormat::Png);
    png.resize(MAX_FILE_BYTES as usize + 1, 0);
    assert_eq!(
        canonicalise_file(&png, &view("image/gray-2x2")),
        Err(UnreadableReason::TooManyBytes)
    );
}

#[test]
fn every_prefix_and_every_flipped_byte_gives_an_answer() {
    let view = view("image/gray-4x4");
    let image = DynamicImage::from(ramp(8, 8).to_rgb8());
    let lossless = [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::WebP];
    let mut files: Vec<Vec<u8>> = lossless.map(|format| encode(&image, format)).to_vec();
    for name in ["baseline-420.jpg", "progressive-444-wide.jpg", "adobe-cmyk.jpg"] {
        files.push(vector(name));
    }
    for bytes in files {
        for end in 0..bytes.len() {
            let _ = canonicalise_file(&bytes[..end], &view);
        }
        for i in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[i] ^= 0xff;
            if let Ok(bytes) = canonicalise_file(&bytes, &view) {
                assert_eq!(bytes.len(), view.byte_len());
            }
        }
    }
}

#[test]
fn reasons_have_distinct_stable_codes() {
    // Of pictures 1 to 8, of text from 17.
    for (code, reason) in (1..=8).chain(17..).zip(UnreadableReason::ALL) {
        assert_eq!(reason.code(), code);
        assert_eq!(UnreadableReason::from_code(code), Some(reason));
    }
    for free in [0, 9, 16, 26] {
        assert_eq!(UnreadableReason::from_code(free), None);
    }
}

/// The version names what the lock file holds.
#[test]
fn the_version_names_the_locked_decoders() {
    let lock = include_str!("../../../Cargo.lock");
    for part in CANONICALISER_VERSION.split_whitespace().skip(1) {
        let (name, version) = part.split_once('/').unwrap();
        let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        assert!(lock.contains(&entry), "{part}");
    }
}

mod field;
mod jpeg;
mod known_answers;
mod tiff;
mod tokens;
