//! A message of a data file, as a mail.

use super::eml::{self, Part};
use super::file::{File, Node};
use super::object::Object;
use super::table::Table;
use crate::compound::{Compound, embedded};
use crate::containers::OpenError;
use crate::outlook::headers::{Known, one_line};
use crate::outlook::lzfu;
use crate::outlook::msg::decode_bytes;
use crate::outlook::person::Person;
use crate::outlook::property::{self as id, attached, kind};
use crate::rtf::{self, Original};
use crate::{Budget, Moment, Reason};

/// The nodes of tables below a message.
const RECIPIENTS: u32 = 0x692;
const ATTACHMENTS: u32 = 0x671;
/// What is no text in an entry that is no mail.
const NOT_READ: [u16; 6] =
    [id::MESSAGE_CLASS, id::SUBJECT, id::TRANSPORT_HEADERS, id::BODY, id::HTML, id::MESSAGE_ID];

/// A mail that was made, and what is missing of it.
pub(super) struct Made {
    pub(super) mail: Vec<u8>,
    /// When it was changed.
    pub(super) modified: Option<Moment>,
    /// Names of what is missing, why, and more about it.
    pub(super) missing: Vec<(String, Reason, String)>,
}

/// Makes the mail of a message.
///
/// # Errors
/// [`Reason::Damaged`] if there is no message; [`Reason::TooLarge`] if the budget does
/// not allow it; what the file system says.
pub(super) fn make(
    file: &mut File<'_>,
    node: Node,
    budget: &mut Budget,
) -> Result<Made, OpenError> {
    let mut maker = Maker { file, budget, missing: Vec::new() };
    let object = Object::read(maker.file, node, None, maker.budget)?;
    let mail = maker.message(&object, 0)?;
    let modified = object.time(id::MODIFICATION_TIME);
    Ok(Made { mail, modified, missing: maker.missing })
}

struct Maker<'m, 's> {
    file: &'m mut File<'s>,
    budget: &'m mut Budget,
    missing: Vec<(String, Reason, String)>,
}

impl Maker<'_, '_> {
    /// What was read; what was not is missing. Only too much of it, or a file that
    /// cannot be read, ends the making.
    fn or_missing<T>(
        &mut self,
        what: &str,
        read: Result<T, OpenError>,
    ) -> Result<Option<T>, OpenError> {
        let error = match read {
            Ok(value) => return Ok(Some(value)),
            Err(error) => error,
        };
        match reason(error)? {
            Reason::TooLarge => Err(Reason::TooLarge.into()),
            reason => {
                self.missing.push((what.to_owned(), reason, String::new()));
                Ok(None)
            }
        }
    }

    fn text(&mut self, object: &Object, id: u16) -> Result<Option<String>, OpenError> {
        let text = object.text(id, self.file, self.budget);
        Ok(self.or_missing(&format!("property {id:04x}"), text)?.flatten())
    }

    /// The mail of a message. Recurses as deep as messages stand in messages, which
    /// is bounded.
    fn message(&mut self, object: &Object, depth: usize) -> Result<Vec<u8>, OpenError> {
        let fields = self.known(object)?.fields();
        let mut bodies = self.bodies(object)?;
        if bodies.is_empty() {
            bodies.push(Part::text("plain", ""));
        }
        let mut parts = vec![Part::several("alternative", bodies, self.budget)?];
        if let Some(rest) = self.entry_that_is_no_mail(object)? {
            parts.push(rest);
        }
        self.attachments(object, depth, &mut parts)?;
        let body = Part::several("mixed", parts, self.budget)?;
        Ok(eml::mail(&fields, body, self.budget)?)
    }

    /// What the message says of itself.
    fn known(&mut self, object: &Object) -> Result<Known, OpenError> {
        let mut known = Known {
            transport: self.text(object, id::TRANSPORT_HEADERS)?,
            sent: object.time(id::SUBMIT_TIME).or(object.time(id::DELIVERY_TIME)),
            message_id: self.text(object, id::MESSAGE_ID)?,
            in_reply_to: self.text(object, id::IN_REPLY_TO)?,
            references: self.text(object, id::REFERENCES)?,
            ..Known::default()
        };
        let shown = [id::FOR_NAME, id::FOR_SMTP, id::FOR_ADDRESS];
        let sender = [id::SENDER_NAME, id::SENDER_SMTP, id::SENDER_ADDRESS];
        for [name, smtp, address] in [shown, sender] {
            let name = self.text(object, name)?.unwrap_or_default();
            let (smtp, address) = (self.text(object, smtp)?, self.text(object, address)?);
            known.senders.push(Person::new(name, smtp, address));
        }
        Person::is_one(&mut known.senders);
        self.recipients(object, &mut known.recipients)?;
        let subject = self.text(object, id::SUBJECT)?;
        known.subject = subject.map(|subject| id::without_mark(&subject).to_owned());
        let index = object.bytes(id::CONVERSATION_INDEX, self.file, self.budget);
        let index = self.or_missing("the thread index", index)?.flatten();
        known.thread_index =
            index.filter(|(kind, _)| *kind == kind::BINARY).map(|(_, index)| index);
        Ok(known)
    }

    fn recipients(
        &mut self,
        object: &Object,
        lists: &mut [Vec<Person>; 3],
    ) -> Result<(), OpenError> {
        let Some(&node) = object.below.get(&RECIPIENTS) else { return Ok(()) };
        let table = Table::read(self.file, node, self.budget);
        let Some(table) = self.or_missing("the recipients", table)? else { return Ok(()) };
        for &(_, place) in table.rows() {
            let mut text = |id| table.text(place, id, object.page(), self.file, self.budget);
            let values = [text(id::DISPLAY_NAME), text(id::SMTP_ADDRESS), text(id::ADDRESS)];
            let mut found = [None, None, None];
            for (found, value) in found.iter_mut().zip(values) {
                *found = self.or_missing("a recipient", value)?.flatten();
            }
            let [name, smtp, address] = found;
            let list = match table.number(place, id::RECIPIENT_TYPE).unwrap_or(1) & 0xf {
                2 => 1,
                3 => 2,
                _ => 0,
            };
            if let Some(list) = lists.get_mut(list) {
                list.push(Person::new(name.unwrap_or_default(), smtp, address));
            }
        }
        Ok(())
    }

    fn bodies(&mut self, object: &Object) -> Result<Vec<Part>, OpenError> {
        let mut bodies = Vec::new();
        if let Some(body) = self.text(object, id::BODY)? {
            bodies.push(Part::text("plain", &body));
        }
        let html = object.bytes(id::HTML, self.file, self.budget);
        let html = match self.or_missing("the HTML body", html)?.flatten() {
            Some((kind::BINARY, bytes)) => Some(self.html(object, &bytes)),
            Some(_) => self.text(object, id::HTML)?,
            None => None,
        };
        if let Some(html) = html.filter(|html| !html.is_empty()) {
            bodies.push(Part::text("html", &html));
            return Ok(bodies);
        }
        let rtf = object.bytes(id::COMPRESSED_RTF, self.file, self.budget);
        if let Some((kind::BINARY, packed)) = self.or_missing("the RTF body", rtf)?.flatten() {
            let rtf = lzfu::decompress(&packed, self.budget).map_err(OpenError::from);
            if let Some(rtf) = self.or_missing("the RTF body", rtf)? {
                if !rtf.sound {
                    self.missing.push(("the RTF body".to_owned(), Reason::Damaged, String::new()));
                }
                self.original(&rtf.rtf, &mut bodies)?;
            }
        }
        Ok(bodies)
    }

    /// What RTF was made from, else the RTF. It was made from the plain body where it
    /// was made from text.
    fn original(&mut self, rtf: &[u8], bodies: &mut Vec<Part>) -> Result<(), OpenError> {
        match rtf::original(rtf, self.budget) {
            Ok(Some(Original::Html(html))) => bodies.push(Part::text("html", &html)),
            Ok(Some(Original::Text(text))) if bodies.is_empty() => {
                bodies.push(Part::text("plain", &text));
            }
            Ok(Some(Original::Text(_))) => {}
            Err(Reason::TooLarge) => return Err(Reason::TooLarge.into()),
            Ok(None) | Err(_) => bodies.push(Part::file("text/rtf", "", None, rtf)),
        }
        Ok(())
    }

    fn html(&self, object: &Object, bytes: &[u8]) -> String {
        let page = object.number(id::INTERNET_CODE_PAGE).and_then(|page| u16::try_from(page).ok());
        decode_bytes(bytes, page)
    }

    /// All text of an entry that is no mail: an appointment, a contact, a task.
    fn entry_that_is_no_mail(&mut self, object: &Object) -> Result<Option<Part>, OpenError> {
        let class = self.text(object, id::MESSAGE_CLASS)?.unwrap_or_default();
        let is = |prefix: &str| {
            class.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        if class.is_empty() || is("IPM.Note") || is("REPORT.") || is("IPM.Schedule") {
            return Ok(None);
        }
        let mut lines = String::new();
        for id in object.texts().collect::<Vec<_>>() {
            if NOT_READ.contains(&id) {
                continue;
            }
            if let Some(line) = self.text(object, id)? {
                // Blank lines keep values apart.
                lines.push_str(&line);
                lines.push_str("\r\n\r\n");
            }
        }
        for id in [id::START_DATE, id::END_DATE] {
            if let Some(moment) = object.time(id) {
                lines.push_str(&format!("{moment}\r\n\r\n"));
            }
        }
        self.budget.take_bytes(lines.len())?;
        Ok(Some(Part::text("plain", &lines)).filter(|_| !lines.is_empty()))
    }

    fn attachments(
        &mut self,
        message: &Object,
        depth: usize,
        parts: &mut Vec<Part>,
    ) -> Result<(), OpenError> {
        let Some(&node) = message.below.get(&ATTACHMENTS) else { return Ok(()) };
        let table = Table::read(self.file, node, self.budget);
        let table = self.or_missing("the attachments", table)?;
        let rows: Vec<u32> =
            table.iter().flat_map(Table::rows).map(|&(number, _)| number).collect();
        for number in rows {
            let read = match message.below.get(&number) {
                Some(&node) => Object::read(self.file, node, message.page(), self.budget),
                None => Err(Reason::Damaged.into()),
            };
            let Some(object) = self.or_missing("an attachment", read)? else { continue };
            let part = self.attachment(&object, depth)?;
            parts.extend(part);
        }
        Ok(())
    }

    fn attachment(&mut self, object: &Object, depth: usize) -> Result<Option<Part>, OpenError> {
        let mut name = String::new();
        for id in [id::ATTACHED_NAME, id::ATTACHED_SHORT_NAME, id::DISPLAY_NAME] {
            if name.is_empty() {
                name = self.text(object, id)?.unwrap_or_default();
            }
        }
        let method = object.number(id::ATTACH_METHOD).unwrap_or(0);
        let elsewhere = (attached::BY_REFERENCE..=attached::BY_REFERENCE_LAST).contains(&method)
            || method == attached::BY_WEB_REFERENCE;
        if let Some(node) = object.object(id::ATTACHED_DATA) {
            if method == attached::MESSAGE {
                return self.inner(&name, node, object.page(), depth);
            }
            let blocks = self.file.data(node.data, self.budget);
            let Some(blocks) = self.or_missing(&name, blocks)? else { return Ok(None) };
            let bytes = blocks.concat();
            let bytes = match Compound::open(&bytes, self.budget) {
                Ok(compound) => embedded(&compound, Compound::ROOT, self.budget)
                    .map_or_else(|_| bytes.clone(), |object| object.bytes),
                Err(_) => bytes,
            };
            return Ok(Some(Part::file("application/octet-stream", &name, None, &bytes)));
        }
        let bytes = object.bytes(id::ATTACHED_DATA, self.file, self.budget);
        let bytes = self.or_missing(&name, bytes)?.flatten();
        let Some((_, bytes)) = bytes.filter(|(_, bytes)| !(elsewhere && bytes.is_empty())) else {
            let mut path = String::new();
            for id in [id::ATTACHED_PATH, id::ATTACHED_SHORT_PATH] {
                if path.is_empty() {
                    path = self.text(object, id)?.unwrap_or_default();
                }
            }
            let reason = if elsewhere { Reason::NotOpened } else { Reason::Damaged };
            let detail =
                if elsewhere { format!("a file elsewhere: {path}") } else { String::new() };
            self.missing.push((name, reason, detail));
            return Ok(None);
        };
        let kind = self.text(object, id::ATTACHED_TYPE)?.filter(|kind| is_plain_type(kind));
        let kind = kind.unwrap_or_else(|| "application/octet-stream".to_owned());
        let content_id = self.text(object, id::ATTACHED_CONTENT_ID)?;
        let content_id = content_id.map(|id| one_line(id.trim_matches(['<', '>'])));
        // Base64 and its line ends.
        self.budget.take_bytes(bytes.len() / 2 * 3)?;
        Ok(Some(Part::file(&kind, &name, content_id.as_deref(), &bytes)))
    }

    /// A message inside a message.
    fn inner(
        &mut self,
        name: &str,
        node: Node,
        page: Option<u16>,
        depth: usize,
    ) -> Result<Option<Part>, OpenError> {
        if depth >= Budget::DEPTH {
            self.missing.push((name.to_owned(), Reason::TooDeep, String::new()));
            return Ok(None);
        }
        let object = Object::read(self.file, node, page, self.budget);
        let Some(object) = self.or_missing(name, object)? else { return Ok(None) };
        let mail = self.message(&object, depth + 1)?;
        Ok(Some(Part::message(name, mail)))
    }
}

/// The reason that the bytes are of, unless the machine is to blame.
///
/// # Errors
/// The error itself.
pub(super) fn reason(error: OpenError) -> Result<Reason, OpenError> {
    match error {
        OpenError::Reason(reason) => Ok(reason),
        error @ OpenError::Io(_) => Err(error),
    }
}

/// Whether a type can be stated for a file: two words, and no mail within a mail,
/// whose encoding would be wrong.
fn is_plain_type(kind: &str) -> bool {
    let word = |word: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
        !word.is_empty() && word.bytes().all(fits)
    };
    kind.split_once('/').is_some_and(|(first, second)| {
        let of_parts = ["multipart", "message"].iter().any(|it| first.eq_ignore_ascii_case(it));
        word(first) && word(second) && !of_parts
    })
}
