//! Tokens of fields: `name:value`.

use crate::{Content, Inherited, Meta, Reason};

use super::{
    cut::Cut,
    facts::{ItemFacts, Signatures},
    normal::normal,
    words,
};

/// Most bytes of an address, a domain or an id that is taken.
const MOST_VALUE: usize = 4096;

/// The names of the fields that hold addresses.
pub const ADDRESS_FIELDS: [&str; 4] = ["from", "to", "cc", "bcc"];
/// The names of the fields that hold text, cut into terms.
pub const TEXT_FIELDS: [&str; 4] = ["subject", "attachment", "file", "custodian"];
/// The names of the fields that hold ids and names as they stand.
pub const EXACT_FIELDS: [&str; 5] = ["domain", "mid", "ref", "signed", "dkim"];

/// Gives every token of every field of an item, some more than once.
///
/// # Errors
/// [`Reason::TooLarge`] if a field has more than is cut, or what `sink` says.
pub(crate) fn of(
    content: &Content,
    facts: &ItemFacts,
    sink: &mut dyn FnMut(String) -> Result<(), Reason>,
) -> Result<(), Reason> {
    let inherited = facts.inherited.as_ref().map(inherited_addresses);
    for fields in [Some(addresses(&content.meta)), inherited].into_iter().flatten() {
        for (name, addresses) in ADDRESS_FIELDS.into_iter().zip(fields) {
            for address in addresses {
                of_address(name, address, sink)?;
            }
        }
    }
    for name in TEXT_FIELDS {
        for text in texts(name, content, facts) {
            let cut = Cut::of_block(text)?;
            words::of(&cut, &mut |word| sink(format!("{name}:{word}")))?;
            words::joined_forms(&cut, &mut |form| sink(format!("{name}:{form}")))?;
        }
    }
    let mut exact = |name: &str, value: &str| match exact_value(name, value) {
        Some(value) => sink(format!("{name}:{value}")),
        None => Ok(()),
    };
    for id in content.meta.message_id.iter().chain(&facts.message_ids) {
        exact("mid", id)?;
    }
    for id in &facts.references {
        exact("ref", id)?;
    }
    for domain in &facts.dkim_domains {
        exact("dkim", domain)?;
    }
    for (kind, name) in Signatures::ALL {
        if facts.signatures.is_some_and(|signatures| signatures.has(kind)) {
            exact("signed", name)?;
        }
    }
    Ok(())
}

/// The addresses of the fields of [`ADDRESS_FIELDS`].
pub(crate) fn addresses(meta: &Meta) -> [&[String]; 4] {
    [&meta.from, &meta.to, &meta.cc, &meta.bcc]
}

/// The same of what an item inherits. Blind copies are not inherited.
pub(crate) fn inherited_addresses(mail: &Inherited) -> [&[String]; 4] {
    [&mail.from, &mail.to, &mail.cc, &[]]
}

/// The texts of a field of [`TEXT_FIELDS`].
pub(crate) fn texts<'a>(name: &str, content: &'a Content, facts: &'a ItemFacts) -> Vec<&'a str> {
    let subject = || content.meta.subject.iter();
    match name {
        "subject" => subject()
            .chain(facts.inherited.iter().flat_map(|mail| &mail.subject))
            .map(String::as_str)
            .collect(),
        "attachment" => content.meta.attachments.iter().map(String::as_str).collect(),
        // The name is what stands after the last separator of either kind of system.
        "file" => facts.path.iter().filter_map(|path| path.rsplit(['/', '\\']).next()).collect(),
        "custodian" => facts.custodian.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The tokens of one address: `from:alice.smith@mail.example.com`, `from:alice.smith`,
/// `from:@mail.example.com`, `from:@example.com`, `from:@com`, and the same domains as
/// `domain:`.
fn of_address(
    name: &str,
    address: &str,
    sink: &mut dyn FnMut(String) -> Result<(), Reason>,
) -> Result<(), Reason> {
    for value in address_values(address) {
        sink(format!("{name}:{value}"))?;
        if let Some(domain) = value.strip_prefix('@') {
            sink(format!("domain:{domain}"))?;
        }
    }
    Ok(())
}

/// The values under which an address is found.
pub(crate) fn address_values(address: &str) -> Vec<String> {
    let Some(address) = value(address) else { return Vec::new() };
    let mut values = Vec::new();
    if let Some((local, mut domain)) = address.rsplit_once('@') {
        values.extend((!local.is_empty()).then(|| local.to_string()));
        while !domain.is_empty() {
            values.push(format!("@{domain}"));
            domain = domain.split_once('.').map_or("", |(_, parent)| parent);
        }
    }
    values.push(address);
    values
}

/// A value that is compared as it stands, in the form in which its field holds it;
/// `None` if nothing is left of it.
pub(crate) fn exact_value(name: &str, text: &str) -> Option<String> {
    match name {
        "mid" | "ref" => {
            // What stands between the brackets, folding removed, case kept.
            let inner = text.split_once('<').map_or(text, |(_, rest)| rest);
            let inner = inner.split_once('>').map_or(inner, |(id, _)| id);
            let id: String = inner.chars().filter(|point| !point.is_ascii_whitespace()).collect();
            (!id.is_empty() && id.len() <= MOST_VALUE).then_some(id)
        }
        "domain" => value(text.trim_start_matches('@')),
        _ => value(text),
    }
}

/// A value in normal form, without blanks at its ends.
pub(crate) fn value(text: &str) -> Option<String> {
    let form = normal(text, MOST_VALUE).ok()?.trim_matches([' ', '\n']).to_string();
    (!form.is_empty()).then_some(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_addresses() {
        assert_eq!(
            address_values(" Alice.Smith@Mail.Example.com"),
            [
                "alice.smith",
                "@mail.example.com",
                "@example.com",
                "@com",
                "alice.smith@mail.example.com"
            ]
        );
        assert_eq!(address_values("\"a@b\"@c."), ["\"a@b\"", "@c.", "\"a@b\"@c."]);
        assert_eq!(address_values("system"), ["system"]);
        assert_eq!(address_values(" \n"), [""; 0]);
        assert_eq!(address_values(&"x".repeat(5000)), [""; 0]);
    }

    #[test]
    fn ids_keep_their_case() {
        let id = exact_value("mid", " (a) <A.b\r\n\tC@x> (d)");
        assert_eq!(id.as_deref(), Some("A.bC@x"));
        assert_eq!(exact_value("ref", "<>"), None);
        assert_eq!(exact_value("domain", "@Example.COM").as_deref(), Some("example.com"));
    }

    #[test]
    fn every_field_gives_its_tokens() {
        let mut content = Content::default();
        content.meta.subject = Some("Plan B".into());
        content.meta.message_id = Some("<x@y>".into());
        let facts = ItemFacts {
            path: Some("box\\a/Report-1.pdf".into()),
            custodian: Some("jones".into()),
            signatures: Some(Signatures::DKIM.and(Signatures::ARC)),
            inherited: Some(Inherited { from: vec!["a@b.c".into()], ..Inherited::default() }),
            references: vec!["<r>".into()],
            dkim_domains: vec!["B.c".into()],
            ..ItemFacts::default()
        };
        let mut tokens = Vec::new();
        of(&content, &facts, &mut |token| {
            tokens.push(token);
            Ok(())
        })
        .unwrap();
        assert_eq!(
            tokens.join(" "),
            "from:a from:@b.c domain:b.c from:@c domain:c from:a@b.c subject:plan subject:b \
             file:report file:1 file:pdf file:report-1 file:1.pdf \
             custodian:jones mid:x@y ref:r dkim:b.c signed:dkim signed:arc"
        );
    }
}
