//! Kinds that their first bytes tell.

use super::Kind;

/// Signatures at an offset, in the order in which they are tried.
const SIGNATURES: &[(usize, &[u8], Kind)] = &[
    (0, b"\x89PNG\r\n\x1a\n", Kind::Png),
    (0, b"\xff\xd8\xff", Kind::Jpeg),
    (0, b"GIF87a", Kind::Gif),
    (0, b"GIF89a", Kind::Gif),
    (0, b"II*\0", Kind::Tiff),
    (0, b"MM\0*", Kind::Tiff),
    (0, b"II+\0", Kind::Tiff),
    (0, b"MM\0+", Kind::Tiff),
    (0, b"PK\x03\x04", Kind::Zip),
    (0, b"PK\x05\x06", Kind::Zip),
    (0, b"\x1f\x8b\x08", Kind::Gzip),
    (0, b"7z\xbc\xaf\x27\x1c", Kind::SevenZip),
    (0, b"!BDN", Kind::Pst),
    (0, b"Rar!\x1a\x07", Kind::Rar),
    (0, b"\xfd7zXZ\0", Kind::OtherArchive),
    (0, b"(\xb5/\xfd", Kind::OtherArchive),
    (0, b"BZh", Kind::OtherArchive),
    (0, b"\x78\x9f\x3e\x22", Kind::Tnef),
    (0, b"\x1a\0\0\x04\0\0", Kind::Nsf),
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", Kind::OneNote),
    (257, b"ustar", Kind::Tar),
    (0, b"OggS", Kind::SoundOrVideo),
    (0, b"ID3", Kind::SoundOrVideo),
    (0, b"fLaC", Kind::SoundOrVideo),
    (0, b"\x1a\x45\xdf\xa3", Kind::SoundOrVideo),
];

/// How many bytes tell that a file is printed text.
const SAMPLE: usize = 64 << 10;

/// Whether the first bytes hold no control but white space and escape, so that they are
/// text or nothing at all: all that is counted, packed or drawn has others among them.
pub(super) fn is_printed(bytes: &[u8]) -> bool {
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    sample.iter().all(|byte| matches!(byte, b'\t'..=b'\r' | 0x1b | 0x20..=0x7e | 0x80..))
}

/// The kind that the first bytes tell, if they do. A signature of printable characters
/// may begin a text, too.
pub(super) fn kind(bytes: &[u8]) -> Option<Kind> {
    found(bytes).filter(|(_, letters)| !(*letters && is_printed(bytes))).map(|(kind, _)| kind)
}

/// What a signature tells, and whether it consists of printable characters.
fn found(bytes: &[u8]) -> Option<(Kind, bool)> {
    let stands = |offset: usize, signature: &[u8]| {
        bytes.get(offset..).is_some_and(|rest| rest.starts_with(signature))
    };
    if let Some((_, signature, kind)) =
        SIGNATURES.iter().find(|(offset, signature, _)| stands(*offset, signature))
    {
        return Some((*kind, signature.iter().all(|byte| matches!(byte, b' '..=b'~'))));
    }
    if stands(0, b"RIFF") {
        let webp = stands(8, b"WEBP");
        return Some((if webp { Kind::WebP } else { Kind::SoundOrVideo }, true));
    }
    if stands(4, b"ftyp") {
        let still = [&b"heic"[..], b"heix", b"mif1", b"avif"].iter().any(|brand| stands(8, brand));
        return Some((if still { Kind::OtherPicture } else { Kind::SoundOrVideo }, true));
    }
    // A bitmap states its own length; "BM" alone begins many a text.
    (stands(0, b"BM") && stands(6, &[0; 4])).then_some((Kind::Bmp, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell() {
        assert_eq!(kind(b"BM and other initials"), None);
        assert_eq!(kind(b"RIFF\0\0\0\0WEBP"), Some(Kind::WebP));
        assert_eq!(kind(b"\0\0\0\x18ftypmp42"), Some(Kind::SoundOrVideo));
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(kind(&tar), Some(Kind::Tar));
    }
}
