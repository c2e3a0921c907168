//! The rule by which a message becomes a mail.
//!
//! 1. The header fields that `headers` gives, then `MIME-Version`.
//! 2. The bodies, plain text before HTML, in UTF-8: one alone, or several as
//!    `multipart/alternative`.
//! 3. Attachments after them in `multipart/mixed`: files in base64, a message as
//!    `message/rfc822`, made by the same rule.
//! 4. A boundary is `candor-` and 32 hexadecimal digits of SHA-256 over
//!    `candor boundary\n` and the parts as they stand in the mail.

use sha2::{Digest, Sha256};

use crate::outlook::headers::{base64_lines, parameter};
use crate::{Budget, Reason};

/// A part of a mail: its fields without the empty line, and its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    fields: String,
    body: Vec<u8>,
}

impl Part {
    /// Text in UTF-8: `text/plain` or `text/html`.
    pub(super) fn text(subtype: &str, text: &str) -> Self {
        Self {
            fields: format!(
                "Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
            ),
            body: base64_lines(text.as_bytes()),
        }
    }

    /// A file of a type.
    pub(super) fn file(kind: &str, name: &str, content_id: Option<&str>, bytes: &[u8]) -> Self {
        let (mut kind, mut disposition) = (kind.to_owned(), "attachment".to_owned());
        if !name.is_empty() {
            kind.push_str(&parameter("name", name));
            disposition.push_str(&parameter("filename", name));
        }
        let mut fields = format!(
            "Content-Type: {kind}\r\nContent-Disposition: {disposition}\r\n\
             Content-Transfer-Encoding: base64\r\n"
        );
        if let Some(id) = content_id {
            fields.push_str(&format!("Content-ID: <{id}>\r\n"));
        }
        Self { fields, body: base64_lines(bytes) }
    }

    /// A mail.
    pub(super) fn message(name: &str, mail: Vec<u8>) -> Self {
        let mut disposition = "attachment".to_owned();
        if !name.is_empty() {
            disposition.push_str(&parameter("filename", name));
        }
        let fields =
            format!("Content-Type: message/rfc822\r\nContent-Disposition: {disposition}\r\n");
        Self { fields, body: mail }
    }

    /// Several parts as one: that one where there is no other.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if the budget does not allow it.
    pub(super) fn several(
        subtype: &str,
        mut parts: Vec<Self>,
        budget: &mut Budget,
    ) -> Result<Self, Reason> {
        if parts.len() == 1
            && let Some(part) = parts.pop()
        {
            return Ok(part);
        }
        let mut hash = Sha256::new_with_prefix(b"candor boundary\n");
        let mut sum = 0_usize;
        for part in &parts {
            hash.update(part.fields.as_bytes());
            hash.update(b"\r\n");
            hash.update(&part.body);
            sum = sum.saturating_add(part.fields.len() + part.body.len() + 64);
        }
        budget.take_bytes(sum)?;
        let digest: String =
            hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let boundary = format!("candor-{digest}");
        let mut body = Vec::new();
        for part in parts {
            body.extend(format!("--{boundary}\r\n{}\r\n", part.fields).as_bytes());
            body.extend(part.body);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").as_bytes());
        let fields = format!("Content-Type: multipart/{subtype};\r\n boundary=\"{boundary}\"\r\n");
        Ok(Self { fields, body })
    }
}

/// A mail of fields and a body.
///
/// # Errors
/// [`Reason::TooLarge`] if the budget does not allow it.
pub(super) fn mail(fields: &str, body: Part, budget: &mut Budget) -> Result<Vec<u8>, Reason> {
    budget.take_bytes(fields.len().saturating_add(body.fields.len() + body.body.len() + 32))?;
    let mut mail = format!("{fields}MIME-Version: 1.0\r\n{}\r\n", body.fields).into_bytes();
    mail.extend(body.body);
    Ok(mail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_in_full() {
        let budget = &mut Budget::new();
        let bodies = vec![Part::text("plain", "one"), Part::text("html", "<p>one")];
        let bodies = Part::several("alternative", bodies, budget).unwrap();
        let file = Part::file("text/plain", "ü.txt", Some("a@b"), b"two");
        let all = Part::several("mixed", vec![bodies, file], budget).unwrap();
        let mail = mail("From: <a@b>\r\n", all, budget).unwrap();
        let expected = "From: <a@b>\r\nMIME-Version: 1.0\r\n\
Content-Type: multipart/mixed;\r\n boundary=\"candor-B1\"\r\n\r\n\
--candor-B1\r\nContent-Type: multipart/alternative;\r\n boundary=\"candor-B2\"\r\n\r\n\
--candor-B2\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nb25l\r\n\r\n\
--candor-B2\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+b25l\r\n\r\n\
--candor-B2--\r\n\r\n\
--candor-B1\r\nContent-Type: text/plain;\r\n name*=utf-8''%C3%BC.txt\r\nContent-Disposition: attachment;\r\n \
filename*=utf-8''%C3%BC.txt\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <a@b>\r\n\r\ndHdv\r\n\r\n\
--candor-B1--\r\n";
        let mut text = String::from_utf8(mail).unwrap();
        for name in ["B1", "B2"] {
            let at = text.find("\"candor-").map(|at| at + 1);
            let at = at.filter(|at| !text[*at..].starts_with("candor-B")).unwrap_or_else(|| {
                let first = text.find("\"candor-B1\"").unwrap() + 11;
                first + text[first..].find("\"candor-").unwrap() + 1
            });
            let boundary = text[at..at + 39].to_owned();
            text = text.replace(&boundary, &format!("candor-{name}"));
        }
        assert_eq!(text, expected);
    }
}
