//! Animations that are built here.

use std::borrow::Cow;

use super::children;
use crate::{Budget, Child, Kind, Reason};

fn open(bytes: &[u8], kind: Kind) -> (Vec<Child>, Result<(), Reason>) {
    let mut found = Vec::new();
    let result = children(bytes, kind, &mut Budget::new(), &mut |child, _| {
        found.push(child);
        Ok(())
    });
    (found, result)
}

/// The pixels of a PNG of red, green, blue and opacity.
fn pixels(png: &Child) -> Vec<[u8; 4]> {
    let bytes = png.bytes.as_ref().unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    pixels.as_chunks().0.to_vec()
}

const RED: [u8; 4] = [255, 0, 0, 255];
const BLUE: [u8; 4] = [0, 0, 255, 255];
const NONE: [u8; 4] = [0; 4];

/// A GIF of two pixels, whose frames have a place, colours and a disposal.
fn gif(frames: &[(u16, &[u8], gif::DisposalMethod)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder =
        gif::Encoder::new(&mut bytes, 2, 1, &[255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0]).unwrap();
    for &(left, colours, dispose) in frames {
        let frame = gif::Frame {
            left,
            width: colours.len() as u16,
            height: 1,
            dispose,
            transparent: Some(2),
            buffer: Cow::Borrowed(colours),
            ..gif::Frame::default()
        };
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    bytes
}

#[test]
fn frames_of_gif_are_laid_on_each_other() {
    use gif::DisposalMethod::{Background, Keep, Previous};
    let file =
        gif(&[(0, &[0, 2], Keep), (1, &[1], Previous), (0, &[1], Background), (1, &[0], Keep)]);
    let (frames, result) = open(&file, Kind::Gif);
    assert_eq!(result, Ok(()));
    let found: Vec<_> = frames.iter().map(pixels).collect();
    assert_eq!(found, [[RED, NONE], [RED, BLUE], [BLUE, NONE], [NONE, RED]]);
    assert_eq!(frames[3].name, b"frame-4.png");
    // The same bytes every time.
    assert_eq!(open(&file, Kind::Gif).0, frames);

    assert_eq!(open(&gif(&[(0, &[0, 1], Keep)]), Kind::Gif), (Vec::new(), Ok(())));
    let (frames, result) = open(&file[..file.len() - 20], Kind::Gif);
    assert_eq!((frames.len(), result), (3, Err(Reason::Damaged)));
}

#[test]
fn frames_of_png_are_laid_on_each_other() {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(2, 0).unwrap();
    encoder.set_blend_op(png::BlendOp::Over).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[RED, RED].concat()).unwrap();
    writer.set_frame_dimension(1, 1).unwrap();
    writer.set_frame_position(1, 0).unwrap();
    writer.write_image_data(&[0, 0, 255, 128]).unwrap();
    writer.finish().unwrap();
    let (frames, result) = open(&bytes, Kind::Png);
    assert_eq!(result, Ok(()));
    let found: Vec<_> = frames.iter().map(pixels).collect();
    assert_eq!(found, [[RED, RED], [RED, [127, 0, 128, 255]]]);

    // A picture that stands still has no frames; one of them is such a picture.
    let still = frames[0].bytes.as_ref().unwrap();
    assert_eq!(open(still, Kind::Png), (Vec::new(), Ok(())));
}

/// An animation of two lossless frames, as libwebp writes it.
const WEBP: &[u8] = b"RIFF\x86\0\0\0WEBPVP8X\x0a\0\0\0\x12\0\0\0\x01\0\0\0\0\0\
ANIM\x06\0\0\0\0\0\0\0\0\0ANMF(\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\x02\
VP8L\x0f\0\0\0/\x01\0\0\0\x07\x10\xfd\x8f\xfe\x07\x22\xa2\xff\x01\0\
ANMF*\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\
VP8L\x11\0\0\0/\x01\0\0\x10\x0f\x101\xff\xf3\x1f\x8c\x0aD\xf4?\0\0";

#[test]
fn frames_of_webp_are_laid_on_each_other() {
    let (frames, result) = open(WEBP, Kind::WebP);
    assert_eq!(result, Ok(()));
    let found: Vec<_> = frames.iter().map(pixels).collect();
    // The decoder blends as libwebp does, which rounds down.
    assert_eq!(found, [[RED, RED], [RED, [0, 0, 254, 255]]]);

    // A frame that states more pixels than the canvas.
    let mut hostile = WEBP.to_vec();
    hostile.extend(b"VP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a\xff\x3f\xff\x3f");
    assert_eq!(open(&hostile, Kind::WebP), (Vec::new(), Err(Reason::Damaged)));
    for at in 0..WEBP.len() {
        let mut damaged = WEBP.to_vec();
        damaged[at] ^= 0x11;
        let _ = open(&damaged, Kind::WebP);
        let _ = open(&WEBP[..at], Kind::WebP);
    }
}

#[test]
fn damaged_animations_end_in_order() {
    let sound =
        gif(&[(0, &[0, 2], gif::DisposalMethod::Keep), (1, &[1], gif::DisposalMethod::Keep)]);
    for at in 0..sound.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut damaged = sound.clone();
            damaged[at] = value;
            let _ = open(&damaged, Kind::Gif);
            let _ = open(&damaged[..at], Kind::Gif);
        }
    }
}
