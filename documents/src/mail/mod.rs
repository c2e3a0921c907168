//! Mails: their headers, all their texts, and their attachments.

mod address;
pub(crate) mod cms;
pub(crate) mod date;
mod flowed;
mod header;
mod leaf;
mod parameter;
mod part;
pub(crate) mod signed;
pub mod thread;
mod transfer;
mod word;

use header::Header;
use leaf::Leaf;
use part::Mail;
pub(crate) use part::skip_start;

use crate::{Budget, Child, Content, DateSource, Dated, Reason, encoding, html, plain};

/// Header fields that are text of the mail beside those that [`crate::Meta`] holds.
const OTHER_FIELDS: [&str; 6] =
    ["sender", "reply-to", "resent-from", "resent-to", "comments", "keywords"];

/// Reads a mail: its fields, its texts, the names of its attachments.
///
/// # Errors
/// [`Reason::TooLarge`] if the budget does not allow it.
pub(crate) fn read_item(bytes: &[u8], budget: &mut Budget) -> Result<Content, Reason> {
    let mut mail = Mail::read(bytes, budget)?;
    let label = declared(&mail, budget)?;
    mail.header.set_label(label.clone());
    let mut content = Content::default();
    read_fields(&mail.header, &mut content, budget)?;
    let mut walk = Walk { content, attachments: Vec::new() };
    for part in &mail.parts {
        let leaf = Leaf::read(part, label.as_deref(), budget)?;
        if leaf.is_text {
            walk.read_text(&leaf, budget)?;
        } else {
            if let Some(reason) = leaf.reason {
                walk.content.unread.push((leaf.name.clone(), reason));
            }
            walk.attachments.push(leaf.name);
        }
    }
    let Walk { mut content, attachments } = walk;
    for name in attachments.into_iter().filter(|name| !name.is_empty()) {
        content.text.push_block(&name, budget)?;
        content.meta.attachments.push(name);
    }
    Ok(content)
}

/// Gives the attachments of a mail: parts that are no text, texts with a name, messages,
/// uuencoded files.
///
/// # Errors
/// [`Reason::TooLarge`] if the budget does not allow it; what `sink` says.
pub(crate) fn children(
    bytes: &[u8],
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let mail = Mail::read(bytes, budget)?;
    let label = declared(&mail, budget)?;
    for part in &mail.parts {
        let leaf = Leaf::read(part, label.as_deref(), budget)?;
        let child = |name: &str, bytes: Result<Vec<u8>, Reason>| Child {
            name: name.as_bytes().to_vec(),
            modified: None,
            bytes,
            detail: String::new(),
        };
        if !leaf.is_text {
            let bytes = match leaf.reason {
                Some(Reason::TooDeep) => Err(Reason::TooDeep),
                _ => Ok(leaf.bytes(budget)?.0),
            };
            sink(child(&leaf.name, bytes), budget)?;
        } else if leaf.content_type.value == "text/plain" {
            let (bytes, _) = leaf.bytes(budget)?;
            let mut rest = bytes.as_slice();
            while let Some(found) = transfer::find_uuencoded(rest) {
                budget.take_entries(1)?;
                rest = found.after;
                let name = leaf::one_line(&encoding::decode(found.name, label.as_deref()));
                sink(child(&name, Ok(found.bytes)), budget)?;
            }
        }
    }
    Ok(())
}

/// The encoding that the mail declares for its first text: what stands in a header
/// without any declaration is mostly in the same.
fn declared(mail: &Mail<'_>, budget: &mut Budget) -> Result<Option<String>, Reason> {
    for part in mail.parts.iter().take(8) {
        let leaf = Leaf::read(part, None, budget)?;
        if let Some(label) =
            leaf.content_type.plain("charset").filter(|label| encoding::is_label(label))
        {
            return Ok(Some(label));
        }
    }
    Ok(None)
}

fn read_fields(
    header: &Header<'_>,
    content: &mut Content,
    budget: &mut Budget,
) -> Result<(), Reason> {
    let Content { meta, text, .. } = content;
    for field in header.all("subject") {
        let subject = leaf::one_line(&word::decode(&field));
        text.push_block(&subject, budget)?;
        meta.subject.get_or_insert(subject);
    }
    let lists = [
        ("from", &mut meta.from),
        ("to", &mut meta.to),
        ("cc", &mut meta.cc),
        ("bcc", &mut meta.bcc),
    ];
    for (name, list) in lists {
        for field in header.all(name) {
            address::read(&field, list, budget)?;
            text.push_block(&leaf::one_line(&word::decode(&field)), budget)?;
        }
    }
    for name in OTHER_FIELDS {
        for field in header.all(name) {
            text.push_block(&leaf::one_line(&word::decode(&field)), budget)?;
        }
    }
    for field in header.all("date") {
        text.push_block(&leaf::one_line(&field), budget)?;
        if let Some(seconds) = date::read(&field).filter(|_| meta.date.is_none()) {
            text.push_block(&date::iso_day(seconds), budget)?;
            meta.date = Some(Dated { seconds, source: DateSource::Header });
        }
    }
    meta.message_id = thread::message_ids(header).into_iter().next().map(|id| format!("<{id}>"));
    Ok(())
}

/// The texts of a mail as they are read.
struct Walk {
    content: Content,
    /// Names of attachments, empty ones too.
    attachments: Vec<String>,
}

impl Walk {
    fn read_text(&mut self, leaf: &Leaf<'_>, budget: &mut Budget) -> Result<(), Reason> {
        let (bytes, behind) = leaf.bytes(budget)?;
        let charset = leaf.content_type.plain("charset");
        let label = charset.as_deref();
        let text = &mut self.content.text;
        text.end_block();
        match leaf.content_type.value.as_str() {
            "text/html" | "text/x-amp-html" | "text/x-html" => {
                html::read(&bytes, label, text, budget)?;
            }
            "text/calendar" | "text/x-vcalendar" | "text/vcard" | "text/x-vcard"
            | "text/directory" => {
                plain::add(
                    &plain::calendar::unfold(&encoding::decode(&bytes, label)),
                    text,
                    budget,
                )?;
            }
            "text/plain" => {
                let mut rest = bytes.as_slice();
                while let Some(found) = transfer::find_uuencoded(rest) {
                    let plain = decode_plain(found.before, leaf);
                    plain::add(&plain, text, budget)?;
                    rest = found.after;
                    budget.take_entries(1)?;
                    self.attachments.push(leaf::one_line(&encoding::decode(found.name, label)));
                }
                let plain = decode_plain(rest, leaf);
                if plain::is_encrypted(&plain) {
                    self.content.unread.push(("text".to_owned(), Reason::Encrypted));
                }
                plain::add(&plain, text, budget)?;
            }
            _ => plain::add(&encoding::decode(&bytes, label), text, budget)?,
        }
        plain::add(&encoding::decode(behind, label), text, budget)
    }
}

/// Plain text, with its flowed lines joined if it has such.
fn decode_plain(bytes: &[u8], leaf: &Leaf<'_>) -> String {
    let is = |name: &str, value: &str| {
        leaf.content_type.plain(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
    };
    let text = encoding::decode(bytes, leaf.content_type.plain("charset").as_deref());
    if is("format", "flowed") { flowed::unflow(&text, is("delsp", "yes")) } else { text }
}
