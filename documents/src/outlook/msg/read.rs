//! The text and the metadata of a message.

use super::attachments::Attachments;
use super::bodies;
use super::names::Names;
use super::people::{Role, recipients, senders};
use super::properties::{Pages, Properties};
use crate::compound::Compound;
use crate::outlook::headers::Known;
use crate::outlook::property::{self as id, kind};
use crate::{Budget, Content, DateSource, Dated, Meta, Reason, mail};

/// Bytes before the first property of a message that is a file.
pub(super) const HEADER: usize = 32;

/// Text that is read elsewhere, or that is no text.
const NOT_READ: &[u16] = &[
    id::MESSAGE_CLASS,
    id::SUBJECT,
    id::SUBJECT_PREFIX,
    id::FOR_NAME,
    id::FOR_TYPE,
    id::FOR_ADDRESS,
    id::FOR_SMTP,
    id::RECEIVED_BY_TYPE,
    id::RECEIVED_FOR_TYPE,
    id::TRANSPORT_HEADERS,
    id::SENDER_NAME,
    id::SENDER_TYPE,
    id::SENDER_ADDRESS,
    id::SENDER_SMTP,
    id::BODY,
    id::HTML,
    id::MESSAGE_ID,
    id::REFERENCES,
    id::IN_REPLY_TO,
    id::ADDRESS_TYPE,
    id::PREVIEW,
];

/// Times that appointments and tasks have beside those with names.
const TIMES: [u16; 2] = [id::START_DATE, id::END_DATE];

/// Reads a message.
///
/// # Errors
/// [`Reason::Damaged`] if it is no compound file with properties;
/// [`Reason::TooLarge`] if the budget does not allow it.
pub(crate) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Content, Reason> {
    let compound = Compound::open(bytes, budget)?;
    let pages = Pages::default();
    let properties = Properties::open(&compound, Compound::ROOT, HEADER, pages, budget)?;
    let mut reader = Reader { content: Content::default(), properties, budget };
    reader.people()?;
    reader.subject_and_date()?;
    reader.transport()?;
    reader.attachments()?;
    let Content { text, unread, .. } = &mut reader.content;
    bodies::read(&reader.properties, text, unread, reader.budget)?;
    reader.all_else()?;
    Ok(reader.content)
}

/// The header fields of a message, as [`Known::fields`] writes them.
///
/// # Errors
/// As [`read`].
pub(crate) fn fields(bytes: &[u8], budget: &mut Budget) -> Result<Vec<u8>, Reason> {
    let compound = Compound::open(bytes, budget)?;
    let pages = Pages::default();
    let properties = Properties::open(&compound, Compound::ROOT, HEADER, pages, budget)?;
    fields_of(&properties, budget)
}

/// The same of a message that is open.
pub(super) fn fields_of(
    properties: &Properties<'_, '_>,
    budget: &mut Budget,
) -> Result<Vec<u8>, Reason> {
    let mut text = |id| or_none(properties.text(id, budget)).map(Option::flatten);
    let mut known = Known {
        transport: text(id::TRANSPORT_HEADERS)?,
        subject: text(id::SUBJECT)?.map(|subject| id::without_mark(&subject).to_owned()),
        sent: properties.time(id::SUBMIT_TIME).or(properties.time(id::DELIVERY_TIME)),
        message_id: text(id::MESSAGE_ID)?,
        in_reply_to: text(id::IN_REPLY_TO)?,
        references: text(id::REFERENCES)?,
        ..Known::default()
    };
    known.senders = or_none(senders(properties, budget))?.unwrap_or_default();
    for (role, person) in recipients(properties, budget)? {
        let [to, cc, bcc] = &mut known.recipients;
        let list = match role {
            Role::To => to,
            Role::Cc => cc,
            Role::Bcc => bcc,
            Role::None => continue,
        };
        list.extend(or_none(person)?);
    }
    let index = properties.bytes(id::CONVERSATION_INDEX, kind::BINARY, budget);
    known.thread_index = or_none(index)?.flatten();
    let mut fields = known.fields();
    fields.push_str("\r\n");
    Ok(fields.into_bytes())
}

/// What was read; nothing where it is damaged.
pub(super) fn or_none<T>(read: Result<T, Reason>) -> Result<Option<T>, Reason> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Reason::TooLarge) => Err(Reason::TooLarge),
        Err(_) => Ok(None),
    }
}

struct Reader<'c, 'a, 'b> {
    content: Content,
    properties: Properties<'c, 'a>,
    budget: &'b mut Budget,
}

impl Reader<'_, '_, '_> {
    /// What was read, or a line of what was not; only too much of it ends the reading.
    fn or_unread<T>(&mut self, name: &str, read: Result<T, Reason>) -> Result<Option<T>, Reason> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(Reason::TooLarge) => Err(Reason::TooLarge),
            Err(reason) => {
                self.content.unread.push((name.to_owned(), reason));
                Ok(None)
            }
        }
    }

    fn block(&mut self, text: &str) -> Result<(), Reason> {
        // Line ends and controls within a field are spaces.
        let shown = |char: char| if char.is_ascii_control() && char != '\t' { ' ' } else { char };
        let text: String = text.chars().map(shown).collect();
        self.content.text.push_block(&text, self.budget)
    }

    fn people(&mut self) -> Result<(), Reason> {
        let senders = senders(&self.properties, self.budget);
        for sender in self.or_unread("sender", senders)?.unwrap_or_default() {
            self.block(&sender.shown())?;
            let from = &mut self.content.meta.from;
            from.extend(sender.address.filter(|address| !contains(from, address)));
        }
        for (role, person) in recipients(&self.properties, self.budget)? {
            let Some(person) = self.or_unread("recipient", person)? else { continue };
            self.block(&person.shown())?;
            let Meta { to, cc, bcc, .. } = &mut self.content.meta;
            let list = match role {
                Role::To => to,
                Role::Cc => cc,
                Role::Bcc => bcc,
                Role::None => continue,
            };
            list.extend(person.address);
        }
        Ok(())
    }

    fn subject_and_date(&mut self) -> Result<(), Reason> {
        let subject = self.properties.text(id::SUBJECT, self.budget);
        if let Some(subject) = self.or_unread("subject", subject)?.flatten() {
            let subject = id::without_mark(&subject).to_owned();
            self.block(&subject)?;
            self.content.meta.subject = Some(subject);
        }
        let message_id = self.properties.text(id::MESSAGE_ID, self.budget);
        let message_id = self.or_unread("message id", message_id)?.flatten();
        let message_id = message_id.map(|id| id.trim_ascii().to_owned());
        self.content.meta.message_id = message_id.filter(|id| !id.is_empty());
        let dates = [
            (id::SUBMIT_TIME, DateSource::Header),
            (id::DELIVERY_TIME, DateSource::Header),
            (id::MODIFICATION_TIME, DateSource::Property),
            (id::CREATION_TIME, DateSource::Property),
        ];
        let dated = |(id, source)| self.properties.time(id).map(|moment| (moment, source));
        if let Some((moment, source)) = dates.into_iter().find_map(dated) {
            self.block(&moment.to_string())?;
            self.content.meta.date = Some(Dated { seconds: moment.seconds(), source });
        }
        Ok(())
    }

    /// What the properties do not tell, from the headers that came with the message.
    fn transport(&mut self) -> Result<(), Reason> {
        let headers = self.properties.text(id::TRANSPORT_HEADERS, self.budget);
        let Some(headers) = self.or_unread("transport headers", headers)?.flatten() else {
            return Ok(());
        };
        let known = Known { transport: Some(headers), ..Known::default() };
        let fields = known.fields();
        let told = mail::read_item(fields.as_bytes(), self.budget)?;
        let meta = &mut self.content.meta;
        let mut missing = Vec::new();
        for (list, told) in [
            (&mut meta.from, told.meta.from),
            (&mut meta.to, told.meta.to),
            (&mut meta.cc, told.meta.cc),
            (&mut meta.bcc, told.meta.bcc),
        ] {
            if list.is_empty() {
                missing.extend(told.iter().cloned());
                *list = told;
            }
        }
        meta.message_id = meta.message_id.take().or(told.meta.message_id);
        let is_sent = |date: &Dated| date.source == DateSource::Header;
        if !meta.date.as_ref().is_some_and(is_sent) {
            meta.date = told.meta.date.filter(is_sent).or(meta.date);
        }
        for address in missing {
            self.block(&address)?;
        }
        Ok(())
    }

    fn attachments(&mut self) -> Result<(), Reason> {
        let attachments = Attachments::of(&self.properties, self.budget)?;
        for attachment in attachments.list() {
            let label = attachment.label(self.budget);
            let Some(label) = self.or_unread("name of an attachment", label)? else { continue };
            self.block(&label.name)?;
            self.block(&label.path)?;
            self.content.meta.attachments.push(label.name);
        }
        Ok(())
    }

    /// Text that no one has asked for by name: categories, places of appointments,
    /// all of a contact or task. Begin and end of appointments and tasks.
    fn all_else(&mut self) -> Result<(), Reason> {
        let names = Names::read(self.properties.compound(), self.budget)?;
        for id in TIMES.into_iter().chain(names.times()) {
            if let Some(moment) = self.properties.time(id) {
                self.block(&moment.to_string())?;
            }
        }
        let Meta { to, cc, bcc, .. } = &self.content.meta;
        let shown = [(id::DISPLAY_TO, to), (id::DISPLAY_CC, cc), (id::DISPLAY_BCC, bcc)];
        let shown: Vec<u16> =
            shown.iter().filter(|(_, list)| !list.is_empty()).map(|(id, _)| *id).collect();
        let texts: Vec<_> = self.properties.texts().collect();
        for (id, text_kind, entry) in texts {
            if NOT_READ.contains(&id) || shown.contains(&id) || names.is_header(id) {
                continue;
            }
            let bytes = self.properties.compound().stream(entry, self.budget);
            let Some(bytes) = self.or_unread(&format!("property {id:04x}"), bytes)? else {
                continue;
            };
            let text = self.properties.decode(&bytes, text_kind);
            // The subject without its prefix, and the topic, which is its like.
            let subject = self.content.meta.subject.as_ref();
            let of_subject = [id::NORMALIZED_SUBJECT, id::CONVERSATION_TOPIC].contains(&id);
            if of_subject && subject.is_some_and(|subject| subject.contains(&text)) {
                continue;
            }
            self.block(&text)?;
        }
        Ok(())
    }
}

fn contains(list: &[String], address: &str) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(address))
}
