//! Senders and recipients.

use super::properties::{Pages, Properties};
use super::{RECIPIENT, numbered};
use crate::outlook::property as id;
use crate::{Budget, Reason};

/// Someone with a name, an address, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// Name as shown.
    pub(crate) name: String,
    /// Address of mail: `local@domain`.
    pub(super) address: Option<String>,
    /// Address of another kind, where there is none of mail: Exchange's.
    pub(super) other: Option<String>,
}

/// What someone is to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    To,
    Cc,
    Bcc,
    /// Stands among the recipients, but is none: who sent the message before.
    None,
}

impl Person {
    /// By the numbers of the properties for name, address of mail and address.
    pub(super) fn read(
        properties: &Properties<'_, '_>,
        [name, smtp, address]: [u16; 3],
        budget: &mut Budget,
    ) -> Result<Self, Reason> {
        let mut text = |id| Ok(properties.text(id, budget)?.filter(|text| !text.is_empty()));
        let name = text(name)?.unwrap_or_default();
        Ok(Self::new(name, text(smtp)?, text(address)?))
    }

    /// By the values of these properties.
    pub(crate) fn new(name: String, smtp: Option<String>, address: Option<String>) -> Self {
        let mail = [&smtp, &address].into_iter().flatten().find_map(|text| addr_spec(text));
        // An address in a name may be anyone's; where there is no other, it is meant.
        let alone = Some(&name).filter(|_| smtp.is_none() && address.is_none());
        let mail = mail.or_else(|| addr_spec(alone?)).map(str::to_owned);
        let other = address.filter(|address| mail.is_none() && *address != name);
        Self { name, address: mail, other }
    }

    /// The address of mail, or the one of another kind.
    pub(crate) fn any_address(&self) -> Option<&str> {
        self.address.as_deref().or(self.other.as_deref())
    }

    /// The sender, and in whose name: first the one whom the message shows.
    pub(super) fn senders(
        properties: &Properties<'_, '_>,
        budget: &mut Budget,
    ) -> Result<Vec<Self>, Reason> {
        let shown = [id::FOR_NAME, id::FOR_SMTP, id::FOR_ADDRESS];
        let sender = [id::SENDER_NAME, id::SENDER_SMTP, id::SENDER_ADDRESS];
        let mut senders = Vec::new();
        for ids in [shown, sender] {
            senders.push(Self::read(properties, ids, budget)?);
        }
        Self::is_one(&mut senders);
        Ok(senders)
    }

    /// Leaves one of two senders, shown and true, where both are the same or one is
    /// not told, and tells whether it has.
    pub(crate) fn is_one(senders: &mut Vec<Self>) -> bool {
        senders.retain(|sender| *sender != Self::default());
        if let [first, second] = senders.as_mut_slice() {
            let address = |person: &Self| person.address.as_ref().map(|it| it.to_ascii_lowercase());
            let (one, other) = (address(first), address(second));
            let same = match (&one, &other) {
                (Some(one), Some(other)) => one == other,
                // The same one, with an address in one place alone.
                _ => first.name == second.name,
            };
            if same {
                if first.address.is_none() {
                    std::mem::swap(first, second);
                }
                senders.truncate(1);
            }
        }
        senders.len() < 2
    }

    /// As in a header: name, then address.
    pub(super) fn shown(&self) -> String {
        match self.any_address() {
            Some(address) if *address == self.name || self.name.is_empty() => address.to_owned(),
            Some(address) => format!("{} <{address}>", self.name),
            None => self.name.clone(),
        }
    }
}

/// An address of mail, if a text is one.
fn addr_spec(text: &str) -> Option<&str> {
    let text = text.trim_ascii();
    let text = text.strip_prefix("SMTP:").or_else(|| text.strip_prefix("smtp:")).unwrap_or(text);
    // Some writers put the whole of a header field there.
    let text = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((_, inside)) => inside,
        None => text.trim_matches('\''),
    };
    let (local, domain) = text.rsplit_once('@')?;
    let odd = |char: char| char.is_ascii_whitespace() || matches!(char, '<' | '>' | ';' | ',');
    let quoted = local.starts_with('"') && local.ends_with('"');
    let fits = !local.is_empty() && (quoted || !local.contains(odd)) && !domain.contains(odd);
    // Exchange's addresses begin with a slash and may hold an @.
    (fits && !domain.is_empty() && !local.starts_with('/')).then_some(text)
}

/// All recipients, in their order.
pub(super) fn recipients(
    message: &Properties<'_, '_>,
    budget: &mut Budget,
) -> Result<Vec<(Role, Result<Person, Reason>)>, Reason> {
    let mut recipients = Vec::new();
    for storage in numbered(message.compound(), message.storage(), RECIPIENT, budget)? {
        let pages = Pages { ..message.pages };
        let properties = Properties::open(message.compound(), storage, 8, pages, budget)?;
        // Bits above say what became of it.
        let role = match properties.number(id::RECIPIENT_TYPE).unwrap_or(1) & 0xf {
            0 => Role::None,
            2 => Role::Cc,
            3 => Role::Bcc,
            _ => Role::To,
        };
        let ids = [id::DISPLAY_NAME, id::SMTP_ADDRESS, id::ADDRESS];
        recipients.push((role, Person::read(&properties, ids, budget)));
    }
    Ok(recipients)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_a_name_is_not_taken_for_another() {
        let new = |smtp: Option<&str>, address: Option<&str>| {
            let name = "boss@example.com".to_owned();
            Person::new(name, smtp.map(str::to_owned), address.map(str::to_owned)).address
        };
        assert_eq!(new(Some("eve@example.org"), None).as_deref(), Some("eve@example.org"));
        assert_eq!(new(None, Some("/o=Org/cn=eve")), None);
        assert_eq!(new(None, None).as_deref(), Some("boss@example.com"));
    }

    #[test]
    fn addresses_of_mail() {
        assert_eq!(addr_spec(" ada@example.com "), Some("ada@example.com"));
        assert_eq!(addr_spec("SMTP:ada@example.com"), Some("ada@example.com"));
        assert_eq!(addr_spec("'ada@example.com'"), Some("ada@example.com"));
        assert_eq!(addr_spec("\"a b\"@example.com"), Some("\"a b\"@example.com"));
        assert_eq!(addr_spec("Ada <ada@example.com>"), Some("ada@example.com"));
        for none in ["/o=Org/cn=ada@x", "Ada Quill", "Ada <ada>", "@", "a@", "a@b; c@d"] {
            assert_eq!(addr_spec(none), None, "{none}");
        }
    }
}
