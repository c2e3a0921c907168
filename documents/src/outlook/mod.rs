//! Outlook: its properties (MAPI), messages as files, and what both share with its
//! data files.

mod filetime;
mod headers;
mod lzfu;
pub(crate) mod msg;
mod person;
mod property;
pub(crate) mod pst;

use crate::{Budget, Reason};

/// The header fields of an Outlook message, as a mail without a body: those of its
/// transport headers as they stand, and those that they lack made from properties
/// (`From`, `Sender`, `To`, `Cc`, `Bcc`, `Subject`, `Date`, `Message-ID`,
/// `In-Reply-To`, `References`, `Thread-Index`). [`crate::thread::of_item`] reads what
/// ties messages together from them.
///
/// # Errors
/// [`Reason::Damaged`] if `bytes` are no Outlook message, [`Reason::TooLarge`].
pub fn outlook_headers(bytes: &[u8]) -> Result<Vec<u8>, Reason> {
    msg::fields(bytes, &mut Budget::new())
}
