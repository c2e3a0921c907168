//! Names of entries (APPNOTE 4.4.4, 4.6.9 and appendix D).

use super::super::bytes::Fields;

/// Flag: name and comment are UTF-8.
const UTF8: u16 = 1 << 11;
/// Extra field: the name in UTF-8.
const UNICODE_PATH: u16 = 0x7075;

/// The upper half of code page 437.
const CODE_PAGE_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// A name by its flag, by its extra field, else by code page 437. What is flagged as
/// UTF-8 and is not stays as it is.
pub(super) fn name(raw: &[u8], flags: u16, extra: &[u8]) -> Vec<u8> {
    if flags & UTF8 != 0 {
        return raw.to_vec();
    }
    if let Some(name) = unicode_path(raw, extra) {
        return name.to_vec();
    }
    let mut name = String::new();
    for byte in raw {
        let upper = byte.checked_sub(128);
        let char = upper.and_then(|index| CODE_PAGE_437.chars().nth(index.into()));
        name.push(char.unwrap_or(char::from(*byte)));
    }
    name.into_bytes()
}

fn unicode_path<'a>(raw: &[u8], extra: &'a [u8]) -> Option<&'a [u8]> {
    let (_, data) = extra_fields(extra).find(|(id, _)| *id == UNICODE_PATH)?;
    let mut fields = Fields(data);
    // The checksum tells whether a program that does not know the field renamed it.
    let stands = fields.u8()? == 1 && fields.u32()? == crc32fast::hash(raw);
    (stands && str::from_utf8(fields.0).is_ok()).then_some(fields.0)
}

/// The fields of an "extra" block: id and data.
pub(super) fn extra_fields(extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut fields = Fields(extra);
    std::iter::from_fn(move || {
        let (id, length) = (fields.u16()?, fields.u16()?);
        Some((id, fields.take(length.into())?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_by_flag_field_or_code_page() {
        assert_eq!(CODE_PAGE_437.chars().count(), 128);
        assert_eq!(name(b"Gr\x94\xe1e", 0, &[]), "Größe".as_bytes());
        assert_eq!(name(b"\xff~", 0, &[]), "\u{a0}~".as_bytes());
        assert_eq!(name(b"Gr\x94", UTF8, &[]), b"Gr\x94");
        let mut extra = vec![0x75, 0x70, 7, 0, 1];
        extra.extend_from_slice(&crc32fast::hash(b"_").to_le_bytes());
        extra.extend_from_slice("ö".as_bytes());
        assert_eq!(name(b"_", 0, &extra), "ö".as_bytes());
        assert_eq!(name(b"-", 0, &extra), b"-");
    }
}
