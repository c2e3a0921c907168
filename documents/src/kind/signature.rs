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
    (0, b"{\\rtf", Kind::Rtf),
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

/// The kind that the first bytes tell, if they do.
pub(super) fn kind(bytes: &[u8]) -> Option<Kind> {
    let stands = |offset: usize, signature: &[u8]| {
        bytes.get(offset..).is_some_and(|rest| rest.starts_with(signature))
    };
    if let Some(&(.., kind)) = SIGNATURES.iter().find(|(offset, bytes, _)| stands(*offset, bytes)) {
        return Some(kind);
    }
    if stands(0, b"RIFF") {
        let webp = stands(8, b"WEBP");
        return Some(if webp { Kind::WebP } else { Kind::SoundOrVideo });
    }
    if stands(4, b"ftyp") {
        let still = [&b"heic"[..], b"heix", b"mif1", b"avif"].iter().any(|brand| stands(8, brand));
        return Some(if still { Kind::OtherPicture } else { Kind::SoundOrVideo });
    }
    // A bitmap states its own length; "BM" alone begins many a text.
    if stands(0, b"BM") && stands(6, &[0; 4]) {
        return Some(Kind::Bmp);
    }
    // A header comment, or line noise of a transfer, may stand before a PDF's first line.
    let start = &bytes[..bytes.len().min(1024)];
    start.windows(5).any(|window| window == b"%PDF-").then_some(Kind::Pdf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell() {
        assert_eq!(kind(b"BM and other initials"), None);
        assert_eq!(kind(b"\r\n%PDF-1.4"), Some(Kind::Pdf));
        assert_eq!(kind(b"RIFF\0\0\0\0WEBP"), Some(Kind::WebP));
        assert_eq!(kind(b"\0\0\0\x18ftypmp42"), Some(Kind::SoundOrVideo));
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(kind(&tar), Some(Kind::Tar));
    }
}
