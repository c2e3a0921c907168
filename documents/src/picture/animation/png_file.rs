//! A canvas as a PNG.

use miniz_oxide::deflate::compress_to_vec_zlib;

use super::canvas::Canvas;
use crate::{Budget, Reason};

/// Level of compression, of 10.
const LEVEL: u8 = 4;

/// The PNG of a canvas: eight bits of red, green, blue and opacity, no filter, one
/// chunk of data.
///
/// # Errors
/// [`Reason::TooLarge`] if the budget does not allow it.
pub(super) fn write(canvas: &Canvas, budget: &mut Budget) -> Result<Vec<u8>, Reason> {
    let row = (canvas.width as usize).max(1) * 4;
    let mut rows = Vec::new();
    for row in canvas.pixels().chunks(row) {
        rows.push(0);
        rows.extend_from_slice(row);
    }
    let packed = compress_to_vec_zlib(&rows, LEVEL);
    budget.take_bytes(packed.len().saturating_add(64))?;
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = [canvas.width.to_be_bytes(), canvas.height.to_be_bytes()].concat();
    // Depth, kind of colours, and the only methods of the rest.
    head.extend([8, 6, 0, 0, 0]);
    chunk(&mut file, *b"IHDR", &head);
    chunk(&mut file, *b"IDAT", &packed);
    chunk(&mut file, *b"IEND", &[]);
    Ok(file)
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], contents: &[u8]) {
    // At most a canvas and its row marks.
    let length = u32::try_from(contents.len()).unwrap_or(u32::MAX);
    file.extend(length.to_be_bytes());
    file.extend(kind);
    file.extend(contents);
    let mut crc = crc32fast::Hasher::new();
    crc.update(&kind);
    crc.update(contents);
    file.extend(crc.finalize().to_be_bytes());
}
