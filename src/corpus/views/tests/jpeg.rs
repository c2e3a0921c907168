//! Every kind of JPEG that is read, and why the others are not.
//!
//! The files were written by libjpeg-turbo (Pillow 12): two patches of one
//! colour side by side.

use super::*;

/// The mean colours of the two halves.
fn halves(bytes: &[u8], size: &str) -> Result<[[u8; 3]; 2], UnreadableReason> {
    let rgb = canonicalise_file(bytes, &view(&format!("image/rgb-{size}")))?;
    Ok([rgb[..3].try_into().unwrap(), rgb[3..].try_into().unwrap()])
}

fn assert_halves(name: &str, bytes: &[u8], size: &str, expected: [[u8; 3]; 2]) {
    let got = halves(bytes, size).unwrap();
    for (got, expected) in got.as_flattened().iter().zip(expected.as_flattened()) {
        assert!(got.abs_diff(*expected) <= 4, "{name}: {got} is not near {expected}");
    }
}

/// Where a marker stands.
fn position(bytes: &[u8], marker: u8) -> usize {
    bytes.windows(2).position(|pair| pair == [0xff, marker]).unwrap()
}

#[test]
fn every_colour_space_and_process_is_read() {
    let rgb = [[200, 60, 30], [20, 90, 220]];
    for (name, size, expected) in [
        ("baseline-420.jpg", "2x1", rgb),
        ("progressive-444-wide.jpg", "2x1", rgb),
        ("adobe-rgb.jpg", "2x1", rgb),
        ("gray.jpg", "2x1", [[50; 3], [180; 3]]),
        // Turned right by a quarter: the left half comes to the top.
        ("orientation-6.jpg", "1x2", rgb),
        ("adobe-cmyk.jpg", "2x1", [[225, 112, 49], [0, 255, 191]]),
    ] {
        assert_halves(name, &vector(name), size, expected);
    }
    // The same numbers taken for YCCK. Inks by libjpeg-turbo: (153, 255, 254,
    // 30) and (88, 0, 225, 0).
    let mut ycck = vector("adobe-cmyk.jpg");
    let adobe = ycck.windows(5).position(|window| window == b"Adobe").unwrap();
    ycck[adobe + 11] = 2;
    assert_halves("YCCK", &ycck, "2x1", [[90, 0, 1], [167, 255, 30]]);
}

#[test]
fn other_processes_and_outsized_frames_are_refused() {
    let gray = vector("gray.jpg");
    let frame = position(&gray, 0xc0);
    let changed = |changes: &[(usize, u8)]| {
        let mut bytes = gray.clone();
        for &(offset, value) in changes {
            bytes[frame + offset] = value;
        }
        canonicalise_file(&bytes, &view("image/gray-2x1"))
    };
    assert!(changed(&[]).is_ok());
    let unsupported = Err(UnreadableReason::Unsupported);
    // Arithmetic coding, hierarchical, lossless, 12 bits, height told later.
    assert_eq!(changed(&[(1, 0xc9)]), unsupported);
    assert_eq!(changed(&[(1, 0xc5)]), unsupported);
    assert_eq!(changed(&[(1, 0xc3)]), unsupported);
    assert_eq!(changed(&[(1, 0xc1), (4, 12)]), unsupported);
    assert_eq!(changed(&[(5, 0), (6, 0)]), unsupported);
    // JPEG-LS.
    assert_eq!(changed(&[(1, 0xf7)]), unsupported);
    // 65535 high; 65500 by 65500.
    assert_eq!(changed(&[(5, 0xff), (6, 0xff)]), unsupported);
    let side = 65_500u16.to_be_bytes();
    let square = [(5, side[0]), (6, side[1]), (7, side[0]), (8, side[1])];
    assert_eq!(changed(&square), Err(UnreadableReason::TooManyPixels));
}

#[test]
fn many_scans_are_refused() {
    let bytes = vector("progressive-444-wide.jpg");
    let scan = position(&bytes, 0xda);
    let rest = &bytes[scan + 2..];
    let end = rest.windows(2).position(|pair| pair[0] == 0xff && pair[1] != 0).unwrap();
    let scan = &bytes[scan..scan + 2 + end];
    let repeated = |times: usize| {
        let mut long = bytes.clone();
        let at = position(&bytes, 0xda);
        long.splice(at..at, scan.repeat(times));
        canonicalise_file(&long, &view("image/rgb-2x1"))
    };
    assert_eq!(repeated(100), repeated(0));
    assert_eq!(repeated(256), Err(UnreadableReason::TooMuchWork));
}

#[test]
fn jpeg_inside_tiff_is_read_by_the_same_decoder() {
    let bytes = vector("jpeg-inside.tiff");
    assert_halves("jpeg-inside.tiff", &bytes, "2x1", [[200, 60, 30], [20, 90, 220]]);
    // The older scheme, Compression = 6, without the stream that it needs.
    let entry = [3, 1, 3, 0, 1, 0, 0, 0, 7];
    let at = bytes.windows(entry.len()).position(|window| window == entry).unwrap();
    let mut old = bytes;
    old[at + 8] = 6;
    let result = canonicalise_file(&old, &view("image/gray-2x1"));
    assert_eq!(result, Err(UnreadableReason::Unsupported));
}

/// The last marker.
fn end_mark(bytes: &[u8]) -> usize {
    bytes.windows(2).rposition(|pair| pair == [0xff, 0xd9]).unwrap()
}

/// Whatever is cut off, an end mark behind it does not make it whole.
#[test]
fn a_cut_is_noticed_with_and_without_an_end_mark() {
    let view = view("image/rgb-12x10");
    for name in ["baseline-420.jpg", "progressive-444-wide.jpg", "adobe-cmyk.jpg", "gray.jpg"] {
        let bytes = vector(name);
        let whole = canonicalise_file(&bytes, &view).unwrap();
        let data = position(&bytes, 0xda);
        let end = end_mark(&bytes);
        assert_eq!(canonicalise_file(&bytes[..end], &view).as_ref(), Ok(&whole), "{name}");
        // The first scan's data begin after its header.
        for cut in data + 14..end - 1 {
            let closed = [&bytes[..cut], &[0xff, 0xd9]].concat();
            for bytes in [&bytes[..cut], &closed] {
                match canonicalise_file(bytes, &view) {
                    Err(reason) => assert_eq!(reason, UnreadableReason::Corrupt, "{name} {cut}"),
                    // Between scans of a progressive picture, or at padding.
                    Ok(other) if other == whole => {}
                    Ok(_) => assert!(
                        name.starts_with("progressive") && bytes.len() > cut,
                        "{name} {cut}"
                    ),
                }
            }
        }
    }
}

#[test]
fn what_comes_after_the_picture_is_not_looked_at() {
    let view = view("image/rgb-12x10");
    for name in ["baseline-420.jpg", "progressive-444-wide.jpg", "field/no-eoi.jpg"] {
        let bytes = vector(name);
        let whole = canonicalise_file(&bytes, &view).unwrap();
        let end = if name.contains("no-eoi") { bytes.len() } else { end_mark(&bytes) };
        for trailer in [
            &b""[..],
            b"\xff",
            b"\xff\xd9 a trailer",
            b"SEFH a trailer without a mark",
            b"\0\0\0\x10\xff\xc4\xff\xd8",
            b"\xff\xda\0\x03\x01",
            b"\xff\xe2\xff\xff short",
            b"\xff\xff\xff\xd9",
        ] {
            let long = [&bytes[..end], trailer].concat();
            assert_eq!(canonicalise_file(&long, &view).as_ref(), Ok(&whole), "{name} {trailer:?}");
        }
    }
}
