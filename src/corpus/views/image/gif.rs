//! What GIF asks for that its decoder does not do.
#![deny(clippy::arithmetic_side_effects)]

use std::borrow::Cow;

/// What follows the `fixed` bytes, of which the first may announce a table of
/// colours, and that table.
pub(super) fn after_table(bytes: &[u8], fixed: usize) -> Option<&[u8]> {
    let flags = *bytes.first()?;
    let colours = if flags & 0x80 == 0 { 0 } else { 2_usize.checked_shl(u32::from(flags & 7))? };
    bytes.get(fixed.checked_add(colours.checked_mul(3)?)?..)
}

/// What follows a chain of blocks that each begin with their length.
pub(super) fn after_blocks(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        let (&length, rest) = bytes.split_first()?;
        bytes = rest.get(usize::from(length)..)?;
        if length == 0 {
            return Some(bytes);
        }
    }
}

/// The file with a screen that holds the whole first frame. A frame wider or
/// higher than its screen makes the screen its own, as in browsers; one that
/// sticks out at the right or the bottom enlarges it.
pub(super) fn with_room_for_first_frame(bytes: &[u8]) -> Cow<'_, [u8]> {
    enlarged(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned)
}

fn enlarged(bytes: &[u8]) -> Option<Vec<u8>> {
    let screen = [number(bytes, 6)?, number(bytes, 8)?];
    let mut rest = after_table(bytes.get(10..)?, 3)?;
    let frame = loop {
        match rest {
            [b'!', _, after @ ..] => rest = after_blocks(after)?,
            [0, after @ ..] => rest = after,
            [b',', frame @ ..] => break frame,
            _ => return None,
        }
    };
    let at = bytes.len().checked_sub(frame.len())?;
    let corner = [number(frame, 0)?, number(frame, 2)?];
    let size = [number(frame, 4)?, number(frame, 6)?];
    let end = [corner[0].checked_add(size[0])?, corner[1].checked_add(size[1])?];
    let mut changed = None;
    if size[0] > screen[0] || size[1] > screen[1] {
        changed = Some((size, [0; 2]));
    } else if end[0] > screen[0] || end[1] > screen[1] {
        changed = Some(([end[0].max(screen[0]), end[1].max(screen[1])], corner));
    }
    let (screen, corner) = changed?;
    let mut patched = bytes.to_vec();
    let [left, top] = corner.map(u16::to_le_bytes);
    let [width, height] = screen.map(u16::to_le_bytes);
    patched.get_mut(6..10)?.copy_from_slice([width, height].as_flattened());
    patched.get_mut(at..at.checked_add(4)?)?.copy_from_slice([left, top].as_flattened());
    Some(patched)
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
