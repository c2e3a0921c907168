//! What signs a mail, and what it points to.

use super::cms;
use super::leaf::Leaf;
use super::parameter::Parameters;
use super::part::Mail;
use super::thread::{as_text, bracketed, message_ids};
use crate::Budget;

/// A tag of a DKIM signature (RFC 6376, 3.2), without white space.
fn tag(field: &str, name: &str) -> Option<String> {
    let value = field
        .split(';')
        .filter_map(|tag| tag.split_once('='))
        .find(|(key, _)| key.trim_ascii() == name)?
        .1;
    Some(value.chars().filter(|char| !char.is_ascii_whitespace()).collect())
}

pub(super) fn covers_pointers(field: &str) -> bool {
    let covered = tag(field, "h").unwrap_or_default();
    covered.split(':').any(|name| {
        name.eq_ignore_ascii_case("in-reply-to") || name.eq_ignore_ascii_case("references")
    })
}

pub(crate) const SMIME: &str = "smime";
pub(crate) const PGP: &str = "pgp";

/// Kinds of signature.
pub const SIGNATURES: [&str; 4] = ["dkim", SMIME, PGP, "arc"];

/// What signatures and pointers a mail has: present, which is not to say valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signatures {
    /// Kinds of signature, each at most once, in the order of [`SIGNATURES`].
    pub kinds: Vec<&'static str>,
    /// Domains of DKIM signatures, in lower case.
    pub dkim_domains: Vec<String>,
    /// Message ids, without their brackets.
    pub message_ids: Vec<String>,
    /// The ids of In-Reply-To and References, without their brackets, each once.
    pub references: Vec<String>,
}

/// The signatures and pointers of a mail. Of bytes that are no mail there are none.
#[must_use]
pub fn signatures(bytes: &[u8]) -> Signatures {
    let budget = &mut Budget::new();
    let Ok(mail) = Mail::read(bytes, budget) else { return Signatures::default() };
    let header = &mail.header;
    let content_type = Parameters::read(&header.first("content-type").unwrap_or_default());
    let protocol = content_type.plain("protocol").unwrap_or_default().to_ascii_lowercase();
    let signed = content_type.value == "multipart/signed";
    let mut smime = signed && protocol.contains("pkcs7-signature");
    let mut pgp = signed && protocol.contains("pgp-signature");
    for part in &mail.parts {
        let Ok(leaf) = Leaf::read(part, None, budget) else { break };
        let kind = leaf.content_type.value.as_str();
        pgp |= kind == "application/pgp-signature";
        smime |= matches!(kind, "application/pkcs7-signature" | "application/x-pkcs7-signature");
        if matches!(kind, "application/pkcs7-mime" | "application/x-pkcs7-mime") {
            smime |= leaf.bytes(budget).is_ok_and(|(bytes, _)| cms::is_signed(&bytes));
        } else if kind == "text/plain" && leaf.is_text {
            pgp |= leaf.bytes(budget).is_ok_and(|(bytes, _)| is_clear_signed(&bytes));
        }
    }
    let arc = header.has("arc-seal") || header.has("arc-message-signature");
    let present = [header.has("dkim-signature"), smime, pgp, arc];
    let kinds = SIGNATURES.into_iter().zip(present);
    let mut dkim_domains = Vec::new();
    for domain in header.all("dkim-signature").filter_map(|field| tag(&field, "d")) {
        let domain = domain.to_ascii_lowercase();
        if !dkim_domains.contains(&domain) && dkim_domains.len() < MOST_DOMAINS {
            dkim_domains.push(domain);
        }
    }
    let mut references = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for id in as_text([bracketed(header, "in-reply-to"), bracketed(header, "references")].concat())
    {
        if seen.insert(id.clone()) {
            references.push(id);
        }
    }
    Signatures {
        kinds: kinds.filter(|(_, present)| *present).map(|(kind, _)| kind).collect(),
        dkim_domains,
        message_ids: message_ids(header),
        references,
    }
}

/// Most domains of DKIM signatures that are told.
const MOST_DOMAINS: usize = 100;

pub(crate) fn is_clear_signed(text: &[u8]) -> bool {
    let mark = b"-----BEGIN PGP SIGNED MESSAGE-----";
    text.split(|&byte| byte == b'\n').any(|line| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed() {
        let mail = b"DKIM-Signature: v=1; d=Example.com; h=From:\r\n In-Reply-To; b=x\r\n\
            Message-ID: (c <no@x>) <a@\r\n Example.com>\r\nIn-Reply-To: <r@x>\r\n\
            References: <1@x> <2@x> <r@x> <2@x>\r\n\r\nb";
        let found = signatures(mail);
        assert_eq!(found.kinds, ["dkim"]);
        assert_eq!(found.dkim_domains, ["example.com"]);
        assert_eq!(found.message_ids, ["a@Example.com"]);
        assert_eq!(found.references, ["r@x", "1@x", "2@x"]);
        let mail = b"ARC-Seal: i=1\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b\n\n--b\n\nx\n--b--";
        assert_eq!(signatures(mail).kinds, ["pgp", "arc"]);
        assert_eq!(signatures(b"A: b\n\n-----BEGIN PGP SIGNED MESSAGE-----\n").kinds, ["pgp"]);
    }
}
