//! The chunks of PNG and of RIFF, which holds WebP.
#![deny(clippy::arithmetic_side_effects)]

/// What a PNG begins with.
pub(super) const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A chunk and what follows it.
pub(super) struct Chunk<'a> {
    pub(super) kind: [u8; 4],
    pub(super) contents: &'a [u8],
    pub(super) rest: &'a [u8],
}

/// The chunks of a PNG after its signature, until one is not whole.
pub(super) fn of_png(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    chain(bytes.strip_prefix(PNG_SIGNATURE).unwrap_or_default(), |bytes| {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (kind, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (contents, rest) = rest.split_at_checked(length)?;
        // A checksum follows; the last one may be cut off.
        Some(Chunk { kind: *kind, contents, rest: rest.get(4..).unwrap_or_default() })
    })
}

/// The chunks of a WebP, until one is not whole.
pub(super) fn of_webp(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    chain(bytes.get(12..).unwrap_or_default(), |bytes| {
        let (kind, rest) = bytes.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (contents, rest) = rest.split_at_checked(length)?;
        // Contents of odd length are padded; the last pad may be missing.
        let rest = if length & 1 == 1 { rest.get(1..).unwrap_or_default() } else { rest };
        Some(Chunk { kind: *kind, contents, rest })
    })
}

fn chain<'a>(
    mut rest: &'a [u8],
    first: impl Fn(&'a [u8]) -> Option<Chunk<'a>>,
) -> impl Iterator<Item = Chunk<'a>> {
    std::iter::from_fn(move || {
        let chunk = first(rest)?;
        rest = chunk.rest;
        Some(chunk)
    })
}
