//! The senders and recipients of a message.

use super::properties::Properties;
use super::{RECIPIENT, numbered};
use crate::outlook::person::Person;
use crate::outlook::property as id;
use crate::{Budget, Reason};

/// What someone is to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    To,
    Cc,
    Bcc,
    /// Stands among the recipients, but is none: who sent the message before.
    None,
}

/// By the numbers of the properties for name, address of mail and address.
fn read(
    properties: &Properties<'_, '_>,
    [name, smtp, address]: [u16; 3],
    budget: &mut Budget,
) -> Result<Person, Reason> {
    let mut text = |id| Ok(properties.text(id, budget)?.filter(|text| !text.is_empty()));
    let name = text(name)?.unwrap_or_default();
    Ok(Person::new(name, text(smtp)?, text(address)?))
}

/// The sender, and in whose name: first the one whom the message shows.
pub(super) fn senders(
    properties: &Properties<'_, '_>,
    budget: &mut Budget,
) -> Result<Vec<Person>, Reason> {
    let shown = [id::FOR_NAME, id::FOR_SMTP, id::FOR_ADDRESS];
    let sender = [id::SENDER_NAME, id::SENDER_SMTP, id::SENDER_ADDRESS];
    let mut senders = Vec::new();
    for ids in [shown, sender] {
        senders.push(read(properties, ids, budget)?);
    }
    Person::is_one(&mut senders);
    Ok(senders)
}

/// A recipient, or why it could not be read.
pub(super) type Recipient = (Role, Result<Person, Reason>);

/// All recipients, in their order.
pub(super) fn recipients(
    message: &Properties<'_, '_>,
    budget: &mut Budget,
) -> Result<Vec<Recipient>, Reason> {
    let mut recipients = Vec::new();
    for storage in numbered(message.compound(), message.storage(), RECIPIENT, budget)? {
        let properties = Properties::open(message.compound(), storage, 8, message.pages, budget)?;
        // Bits above say what became of it.
        let role = match properties.number(id::RECIPIENT_TYPE).unwrap_or(1) & 0xf {
            0 => Role::None,
            2 => Role::Cc,
            3 => Role::Bcc,
            _ => Role::To,
        };
        let ids = [id::DISPLAY_NAME, id::SMTP_ADDRESS, id::ADDRESS];
        recipients.push((role, read(&properties, ids, budget)));
    }
    Ok(recipients)
}
