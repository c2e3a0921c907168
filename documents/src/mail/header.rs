//! Header fields: where they stand, and their values on one line.

use crate::{Budget, Reason, encoding};

/// A header field: its name, without white space, and its value as it stands.
#[derive(Clone, Copy, Debug)]
struct Field<'a> {
    name: &'a [u8],
    value: &'a [u8],
}

/// The header of a mail or of a part.
#[derive(Clone, Debug, Default)]
pub(super) struct Header<'a> {
    fields: Vec<Field<'a>>,
    /// The encoding in which bytes above 0x7F are read that nothing declares.
    label: Option<String>,
}

/// Takes the first line off bytes, with its end.
pub(super) fn take_line<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let end =
        rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |end| end.saturating_add(1));
    let (line, left) = rest.split_at_checked(end).unwrap_or((rest, &[]));
    *rest = left;
    line
}

/// Whether a line ends a header.
pub(super) fn is_empty(line: &[u8]) -> bool {
    matches!(line, b"" | b"\n" | b"\r\n" | b"\r")
}

/// Whether a line continues the one before.
fn continues(line: &[u8]) -> bool {
    line.starts_with(b" ") || line.starts_with(b"\t")
}

/// The length of the name with which a field begins, if a line begins one. White space
/// may stand before the colon (RFC 5322, 4.5).
fn name_length(line: &[u8]) -> Option<usize> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(colon)
}

/// Whether a line may stand in a header.
pub(super) fn is_header_line(line: &[u8]) -> bool {
    continues(line) || name_length(line).is_some()
}

impl<'a> Header<'a> {
    /// Reads the fields of a header, of which `bytes` are all lines.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if the budget does not allow as many.
    pub(super) fn read(bytes: &'a [u8], budget: &mut Budget) -> Result<Self, Reason> {
        let mut header = Self::default();
        let mut rest = bytes;
        while !rest.is_empty() {
            let start = rest;
            let colon = name_length(take_line(&mut rest));
            while continues(rest) {
                take_line(&mut rest);
            }
            let Some(colon) = colon else { continue };
            budget.take_entries(1)?;
            let length = start.len().saturating_sub(rest.len());
            let (name, value) = start
                .get(..length)
                .and_then(|field| field.split_at_checked(colon))
                .unwrap_or_default();
            header.fields.push(Field {
                name: name.trim_ascii_end(),
                value: value.get(1..).unwrap_or_default(),
            });
        }
        Ok(header)
    }

    /// Says in which encoding bytes above 0x7F are read that nothing declares.
    pub(super) fn set_label(&mut self, label: Option<String>) {
        self.label = label;
    }

    pub(super) fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// The values of all fields of a name, as they stand.
    pub(super) fn raw<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'a [u8]> + 'b {
        let named = move |field: &&Field<'_>| field.name.eq_ignore_ascii_case(name.as_bytes());
        self.fields.iter().filter(named).map(|field| field.value)
    }

    /// Whether there is a field of a name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.raw(name).next().is_some()
    }

    /// The values of all fields of a name, each on one line; encoded words in them are
    /// not decoded.
    pub(super) fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = String> + 'b {
        self.raw(name).map(|value| self.unfolded(value))
    }

    /// The first of them.
    pub(super) fn first(&self, name: &str) -> Option<String> {
        self.all(name).next()
    }

    /// A value on one line: line ends go, the white space after them stays (RFC 5322,
    /// 2.2.3).
    fn unfolded(&self, value: &[u8]) -> String {
        let text = encoding::decode(value, self.label());
        let control = |char: char| match char {
            '\0'..='\u{1f}' | '\u{7f}' => ' ',
            char => char,
        };
        let text: String =
            text.chars().filter(|char| !matches!(char, '\r' | '\n')).map(control).collect();
        text.trim_matches(' ').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let bytes = b"To : a,\r\n\tb\r\nSubject: R\xc3\xa4ks\r\nsubject:x\r\nno field\r\n";
        let header = Header::read(bytes, &mut Budget::new()).unwrap();
        assert_eq!(header.first("to").as_deref(), Some("a, b"));
        assert_eq!(header.all("Subject").collect::<Vec<_>>(), ["Räks", "x"]);
        assert!(!header.has("no field"));
    }
}
