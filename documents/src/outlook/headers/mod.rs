//! What a message says of itself, as header fields of a mail.
//!
//! The fields of the transport headers stand as they are, but those of the form of
//! the body, which is another one here. Then come those of `From`, `Sender`, `To`,
//! `Cc`, `Bcc`, `Subject`, `Date`, `Message-ID`, `In-Reply-To`, `References` and
//! `Thread-Index` that are not among them, made from properties.

mod field;

pub(super) use field::{base64_lines, parameter};
use field::{date, mailbox, name_of, of_transport, text};

use super::person::Person;
use crate::Moment;

/// What is known of a message.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// The headers that came with it.
    pub(super) transport: Option<String>,
    /// The sender whom it shows, then the true one if it is another.
    pub(super) senders: Vec<Person>,
    /// Recipients, copies, blind copies.
    pub(super) recipients: [Vec<Person>; 3],
    pub(super) subject: Option<String>,
    pub(super) sent: Option<Moment>,
    pub(super) message_id: Option<String>,
    pub(super) in_reply_to: Option<String>,
    pub(super) references: Option<String>,
    pub(super) thread_index: Option<Vec<u8>>,
}

impl Known {
    /// The fields, each with the end of its line.
    pub(super) fn fields(&self) -> String {
        let kept = of_transport(self.transport.as_deref().unwrap_or_default());
        let mut fields: String = kept.iter().map(|field| format!("{field}\r\n")).collect();
        let is_kept = |name: &str| {
            kept.iter()
                .filter_map(|field| name_of(field))
                .any(|kept| kept.eq_ignore_ascii_case(name))
        };
        for (name, value) in self.made().into_iter().filter(|(name, _)| !is_kept(name)) {
            fields.push_str(&format!("{name}: {value}\r\n"));
        }
        fields
    }

    fn made(&self) -> Vec<(&'static str, String)> {
        let mut made = Vec::new();
        let mailbox = |person: &Person| mailbox(&person.name, person.any_address());
        let senders = ["From", "Sender"].into_iter().zip(&self.senders);
        made.extend(senders.map(|(name, sender)| (name, mailbox(sender))));
        for (name, list) in ["To", "Cc", "Bcc"].into_iter().zip(&self.recipients) {
            if !list.is_empty() {
                let list: Vec<String> = list.iter().map(mailbox).collect();
                made.push((name, list.join(",\r\n ")));
            }
        }
        made.extend(self.subject.as_ref().map(|subject| ("Subject", text(subject))));
        made.extend(self.sent.map(|moment| ("Date", date(moment))));
        for (name, value) in [
            ("Message-ID", &self.message_id),
            ("In-Reply-To", &self.in_reply_to),
            ("References", &self.references),
        ] {
            // As they stand: identifiers have no encoded words.
            made.extend(value.as_ref().map(|value| (name, one_line(value))));
        }
        if let Some(index) = &self.thread_index {
            let lines = base64_lines(index);
            let value = String::from_utf8_lossy(&lines).trim_ascii_end().replace("\r\n", "\r\n ");
            made.push(("Thread-Index", value));
        }
        made
    }
}

/// Text without line ends and other controls.
pub(super) fn one_line(text: &str) -> String {
    let line: String =
        text.chars().map(|char| if char.is_ascii_control() { ' ' } else { char }).collect();
    line.trim_ascii().to_owned()
}
