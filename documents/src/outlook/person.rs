//! Senders and recipients: their names and addresses.

/// Someone with a name, an address, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// Name as shown.
    pub(crate) name: String,
    /// Address of mail: `local@domain`.
    pub(crate) address: Option<String>,
    /// Address of another kind, where there is none of mail: Exchange's.
    pub(crate) other: Option<String>,
}

impl Person {
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
    pub(crate) fn shown(&self) -> String {
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
