//! What ties a message to others, and what signs it: as of a mail, from the headers that
//! came with it, from its properties and its attachments.

use super::attachments::Attachments;
use super::properties::{Pages, Properties};
use super::read::{HEADER, fields_of, or_none};
use crate::compound::Compound;
use crate::mail::signed::{PGP, SIGNATURES, SMIME, Signatures, is_clear_signed};
use crate::mail::thread::{self, LENGTH};
use crate::mail::{cms, signed};
use crate::outlook::property as id;
use crate::{Budget, Reason};

/// The class of a message whose signature stands beside what it signs.
const DETACHED: &str = "IPM.Note.SMIME.MultipartSigned";

/// The view `mail/thread`: that of the mail which the message's headers are, without a
/// body. An Outlook message keeps none as it was sent.
pub(crate) fn thread(bytes: &[u8]) -> [u8; LENGTH] {
    let fields = super::fields(bytes, &mut Budget::new());
    thread::thread(&fields.unwrap_or_default())
}

/// The signatures and pointers of a message; of bytes that are none there are none.
pub(crate) fn signatures(bytes: &[u8]) -> Signatures {
    read(bytes, &mut Budget::new()).unwrap_or_default()
}

fn read(bytes: &[u8], budget: &mut Budget) -> Result<Signatures, Reason> {
    let compound = Compound::open(bytes, budget)?;
    let message = Properties::open(&compound, Compound::ROOT, HEADER, Pages::default(), budget)?;
    let mut found = signed::signatures(&fields_of(&message, budget)?);
    let mut text = |id| or_none(message.text(id, budget)).map(Option::flatten);
    let (class, transport, body) =
        (text(id::MESSAGE_CLASS)?, text(id::TRANSPORT_HEADERS)?, text(id::BODY)?);

    // As it was sent: there the media type still says of signatures.
    let sent = transport.map(|headers| signed::signatures(format!("{headers}\r\n\r\n").as_bytes()));
    let mut kinds = sent.map(|sent| sent.kinds).unwrap_or_default();
    kinds.extend(std::mem::take(&mut found.kinds));
    if class.is_some_and(|class| class.eq_ignore_ascii_case(DETACHED)) {
        kinds.push(SMIME);
    }
    if body.is_some_and(|body| is_clear_signed(body.as_bytes())) {
        kinds.push(PGP);
    }
    for attachment in Attachments::of(&message, budget)?.list() {
        let Some(bytes) = or_none(attachment.file(budget))?.flatten() else { continue };
        if cms::is_signed(&bytes) {
            kinds.push(SMIME);
        } else if bytes.trim_ascii_start().starts_with(b"-----BEGIN PGP SIGNATURE-----") {
            kinds.push(PGP);
        }
    }
    found.kinds = SIGNATURES.into_iter().filter(|kind| kinds.contains(kind)).collect();
    Ok(found)
}
