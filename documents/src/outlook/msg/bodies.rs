//! The bodies of a message: plain, HTML, compressed RTF. All that are there are read.

use super::properties::{Properties, decode_bytes};
use crate::outlook::lzfu;
use crate::outlook::property::{BODY, COMPRESSED_RTF, HTML, kind};
use crate::{Budget, Reason, Text, html, plain, rtf};

/// Adds the bodies to a text, each as a block of its own. What cannot be read goes
/// to `unread`.
///
/// # Errors
/// [`Reason::TooLarge`] if the budget does not allow them.
pub(super) fn read(
    properties: &Properties<'_, '_>,
    text: &mut Text,
    unread: &mut Vec<(String, Reason)>,
    budget: &mut Budget,
) -> Result<(), Reason> {
    let bodies =
        [("plain body", plain_body as Reader), ("HTML body", html_body), ("RTF body", rtf_body)];
    for (name, body) in bodies {
        text.end_block();
        match body(properties, text, budget) {
            Ok(()) => {}
            Err(Reason::TooLarge) => return Err(Reason::TooLarge),
            Err(reason) => unread.push((name.to_owned(), reason)),
        }
    }
    text.end_block();
    Ok(())
}

type Reader = fn(&Properties<'_, '_>, &mut Text, &mut Budget) -> Result<(), Reason>;

fn plain_body(
    properties: &Properties<'_, '_>,
    text: &mut Text,
    budget: &mut Budget,
) -> Result<(), Reason> {
    match properties.text(BODY, budget)? {
        Some(body) => plain::add(&body, text, budget),
        None => Ok(()),
    }
}

/// HTML is bytes in the page of the internet; some writers make it text.
fn html_body(
    properties: &Properties<'_, '_>,
    text: &mut Text,
    budget: &mut Budget,
) -> Result<(), Reason> {
    let html = match properties.bytes(HTML, kind::BINARY, budget)? {
        Some(bytes) => match properties.pages.internet {
            // Nothing is told but in the HTML.
            None => return html::read(&bytes, None, text, budget).map(|_| ()),
            page => decode_bytes(&bytes, page),
        },
        None => properties.text(HTML, budget)?.unwrap_or_default(),
    };
    html::read_str(&html, text, budget).map(|_| ())
}

/// The RTF of a message, if there is any.
pub(super) fn compressed(
    properties: &Properties<'_, '_>,
    budget: &mut Budget,
) -> Result<Option<lzfu::Decompressed>, Reason> {
    let bytes = properties.bytes(COMPRESSED_RTF, kind::BINARY, budget)?;
    // Some writers leave an empty stream.
    let bytes = bytes.filter(|bytes| !bytes.is_empty());
    bytes.map(|bytes| lzfu::decompress(&bytes, budget)).transpose()
}

fn rtf_body(
    properties: &Properties<'_, '_>,
    text: &mut Text,
    budget: &mut Budget,
) -> Result<(), Reason> {
    let Some(lzfu::Decompressed { rtf, sound }) = compressed(properties, budget)? else {
        return Ok(());
    };
    rtf::read(&rtf, text, budget)?;
    // What is damaged was read as far as it goes.
    if sound { Ok(()) } else { Err(Reason::Damaged) }
}
