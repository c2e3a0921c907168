//! How GPT-2's vocabularies write bytes: each as one visible character.

/// The character of a byte: itself if it is printable in Latin-1, otherwise the next of
/// those from U+0100 on.
pub(super) fn character(byte: u8) -> char {
    let hidden = |byte: u8| !matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    if !hidden(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|&other| hidden(other)).count();
    u32::try_from(before)
        .ok()
        .and_then(|before| char::from_u32(before.saturating_add(0x100)))
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_a_character() {
        let all: std::collections::BTreeSet<char> = (0..=255).map(character).collect();
        assert_eq!(all.len(), 256);
        let some = [0, b'\n', b' ', b'a', 0x7F, 0xA0, 0xAD, 0xFF].map(character);
        assert_eq!(some, ['Ā', 'Ċ', 'Ġ', 'a', 'ġ', 'ł', 'Ń', 'ÿ']);
    }
}
