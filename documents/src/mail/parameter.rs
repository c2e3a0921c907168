//! Content-Type and Content-Disposition: a value and its parameters, with the
//! continuations and encodings of RFC 2231.

use super::word;
use crate::encoding;

/// Most parameters of a field.
const MOST: usize = 1000;

/// A value and its parameters.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters {
    /// The value, in lower case: `text/plain`, `attachment`.
    pub(super) value: String,
    /// Names in lower case, with their stars, and values without quotes.
    list: Vec<(String, String)>,
}

impl Parameters {
    /// Reads a header field's value.
    pub(super) fn read(field: &str) -> Self {
        let mut pieces = Pieces { rest: field };
        let value = pieces.next().map(|(name, _)| name).unwrap_or_default();
        let list = pieces.filter(|(name, _)| !name.is_empty()).take(MOST).collect();
        Self { value, list }
    }

    fn exact(&self, name: &str) -> Option<&str> {
        self.list.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter without its encodings: those whose values are ASCII.
    pub(super) fn plain(&self, name: &str) -> Option<String> {
        self.get(name, None)
    }

    /// A parameter, decoded: `name*`, else `name*0` and what follows, else `name`.
    /// `label` is the encoding of bytes that nothing declares.
    pub(super) fn get(&self, name: &str, label: Option<&str>) -> Option<String> {
        if let Some(value) = self.exact(&format!("{name}*")) {
            let (label, value) = split_label(value, label);
            return Some(encoding::decode(&unescape(value), label));
        }
        self.sections(name, label).or_else(|| self.exact(name).map(word::decode))
    }

    /// A parameter in sections, which are ordered by number and not by place.
    fn sections(&self, name: &str, label: Option<&str>) -> Option<String> {
        let mut sections: Vec<(u32, bool, &str)> = self
            .list
            .iter()
            .filter_map(|(known, value)| {
                let number = known.strip_prefix(name)?.strip_prefix('*')?;
                let (number, escaped) = match number.strip_suffix('*') {
                    Some(number) => (number, true),
                    None => (number, false),
                };
                Some((number.parse().ok()?, escaped, value.as_str()))
            })
            .collect();
        sections.sort_by_key(|&(number, ..)| number);
        let &(_, escaped, first) = sections.first()?;
        let (label, first) = if escaped { split_label(first, label) } else { (label, first) };
        let mut bytes = Vec::new();
        for (index, &(_, escaped, value)) in sections.iter().enumerate() {
            let value = if index == 0 { first } else { value };
            if escaped {
                bytes.extend(unescape(value));
            } else {
                bytes.extend_from_slice(value.as_bytes());
            }
        }
        // Some mailers cut an encoded word into sections.
        Some(word::decode(&encoding::decode(&bytes, label)))
    }
}

/// Takes the encoding and the language off `utf-8'en'text`.
fn split_label<'a>(value: &'a str, unknown: Option<&'a str>) -> (Option<&'a str>, &'a str) {
    let mut pieces = value.splitn(3, '\'');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(""), Some(_), Some(text)) => (unknown, text),
        (Some(label), Some(_), Some(text)) => (Some(label), text),
        _ => (unknown, value),
    }
}

/// Decodes `%XX`.
fn unescape(value: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match after {
            [high, low, left @ ..]
                if byte == b'%'
                    && let Some(byte) = crate::hex::byte(*high, *low) =>
            {
                bytes.push(byte);
                rest = left;
            }
            _ => bytes.push(byte),
        }
    }
    bytes
}

/// What stands between semicolons: names with values. Quotes and comments may hold
/// semicolons.
struct Pieces<'a> {
    rest: &'a str,
}

impl Iterator for Pieces<'_> {
    type Item = (String, String);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let (mut name, mut value) = (String::new(), String::new());
        let (mut named, mut quoted, mut depth) = (false, false, 0usize);
        let mut chars = self.rest.char_indices().peekable();
        let mut end = self.rest.len();
        while let Some((at, char)) = chars.next() {
            let held = if named { &mut value } else { &mut name };
            match char {
                // A path of Windows in quotes keeps its backslashes.
                '\\' if quoted
                    && chars.peek().is_some_and(|&(_, next)| matches!(next, '"' | '\\')) =>
                {
                    held.extend(chars.next().map(|(_, next)| next));
                }
                '"' if depth == 0 => quoted = !quoted,
                _ if quoted => held.push(char),
                '(' if depth > 0 || held.trim_ascii().is_empty() || !named => {
                    depth = depth.saturating_add(1)
                }
                ')' if depth > 0 => depth -= 1,
                _ if depth > 0 => {}
                ';' => {
                    end = at + 1;
                    break;
                }
                '=' if !named => named = true,
                _ => held.push(char),
            }
        }
        self.rest = self.rest.get(end..).unwrap_or_default();
        name.make_ascii_lowercase();
        Some((name.trim_ascii().to_owned(), value.trim_ascii().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters() {
        let read = Parameters::read(
            "Text/Plain (comment; x); charset=\"utf-8\" ; format=flowed; name=my file.txt",
        );
        assert_eq!(read.value, "text/plain");
        assert_eq!(read.plain("charset").as_deref(), Some("utf-8"));
        assert_eq!(read.plain("name").as_deref(), Some("my file.txt"));
        let read = Parameters::read("a; filename=\"say \\\"hello\\\"; C:\\temp.txt\"; x=\"open");
        assert_eq!(read.plain("filename").as_deref(), Some("say \"hello\"; C:\\temp.txt"));
        assert_eq!(read.plain("x").as_deref(), Some("open"));
    }

    #[test]
    fn continuations() {
        let name = |field: &str| Parameters::read(field).get("filename", None).unwrap();
        assert_eq!(
            name("a; filename*2=.txt; filename*0*=utf-8''%C3%BCber%20; filename*1=b"),
            "über b.txt"
        );
        assert_eq!(name("a; filename=x; filename*=koi8-r'ru'%C4%C1"), "да");
        assert_eq!(
            name("a; filename=\"=?UTF-8?Q?Gr=C3=B6?= =?UTF-8?Q?=C3=9Fe_.txt?=\""),
            "Größe .txt"
        );
        assert_eq!(name("a; filename*0=\"=?utf-8?Q?a=C3\"; filename*1=\"=A9?=\""), "aé");
    }
}
