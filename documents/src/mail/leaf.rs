//! What a part is: text of the mail, or a child; and its bytes.

use super::header::Header;
use super::parameter::Parameters;
use super::part::Part;
use super::transfer;
use crate::{Budget, Reason};

/// A part whose header has been read.
pub(super) struct Leaf<'a> {
    /// The type, in lower case.
    pub(super) content_type: Parameters,
    /// The name, decoded; empty if it has none.
    pub(super) name: String,
    /// Whether it is read as text of the mail.
    pub(super) is_text: bool,
    /// Why it is not read or not opened, if it is not.
    pub(super) reason: Option<Reason>,
    transfer: String,
    body: &'a [u8],
}

impl<'a> Leaf<'a> {
    /// Reads the header of a part. `label` is the encoding in which bytes are read that
    /// nothing declares.
    pub(super) fn read(
        part: &Part<'a>,
        label: Option<&str>,
        budget: &mut Budget,
    ) -> Result<Self, Reason> {
        let mut header = Header::read(part.header, budget)?;
        header.set_label(label.map(str::to_owned));
        let fallback = if part.in_digest { "message/rfc822" } else { "text/plain" };
        let mut content_type = Parameters::read(&header.first("content-type").unwrap_or_default());
        if content_type.value.is_empty() || content_type.value == "text" {
            content_type.value = fallback.to_owned();
        }
        // A multipart without parts is read as what it holds: text.
        if content_type.value.starts_with("multipart/") {
            content_type.value = "text/plain".to_owned();
        }
        let disposition =
            Parameters::read(&header.first("content-disposition").unwrap_or_default());
        let name = disposition
            .get("filename", label)
            .or_else(|| content_type.get("name", label))
            .map(|name| one_line(&name))
            .unwrap_or_default();
        let kind = content_type.value.as_str();
        let textual = kind.starts_with("text/")
            || matches!(
                kind,
                "message/delivery-status"
                    | "message/disposition-notification"
                    | "message/feedback-report"
            );
        let attached = disposition.value == "attachment" || !name.is_empty();
        Ok(Self {
            is_text: textual && !attached && !part.too_deep,
            reason: part.too_deep.then_some(Reason::TooDeep).or_else(|| {
                (part.in_encrypted && kind == "application/octet-stream")
                    .then_some(Reason::Encrypted)
            }),
            transfer: transfer_of(&header),
            content_type,
            name,
            body: part.body,
        })
    }

    /// The bytes of a part without its transfer encoding, and what stands behind them
    /// that is not encoded.
    pub(super) fn bytes(&self, budget: &mut Budget) -> Result<(Vec<u8>, &'a [u8]), Reason> {
        // No encoding is shorter than what it encodes.
        budget.take_bytes(self.body.len())?;
        Ok(match self.transfer.as_str() {
            "base64" => transfer::decode_base64(self.body),
            "quoted-printable" => (transfer::decode_quoted_printable(self.body), &[]),
            "x-uuencode" | "uuencode" | "x-uue" | "uue" => {
                match transfer::find_uuencoded(self.body) {
                    Some(found) => (found.bytes, &[]),
                    None => (self.body.to_vec(), &[]),
                }
            }
            // 7bit, 8bit, binary, and what nobody knows.
            _ => (self.body.to_vec(), &[]),
        })
    }
}

fn transfer_of(header: &Header<'_>) -> String {
    let value = header.first("content-transfer-encoding").unwrap_or_default();
    let mut value = Parameters::read(&value).value;
    value.truncate(value.trim_ascii_end().len());
    value
}

/// A name without line ends and controls.
pub(super) fn one_line(name: &str) -> String {
    let char = |char: char| match char {
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => ' ',
        char => char,
    };
    name.chars().map(char).collect()
}
