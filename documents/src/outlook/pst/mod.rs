//! Outlook data files ([MS-PST]), PST and OST of old: each message as a mail.
//!
//! A message in such a file is a set of properties, not a stretch of bytes. Each is
//! written as a mail by a fixed rule, which `eml` holds: the item is *made*, and only
//! expanding the file again shows that it was made rightly. Opening messages is part
//! of expansion alone; no view is made of a data file.
//!
//! The reader is our own. The crate `outlook-pst` 1.2 does not reach the attachments
//! of a message inside a message, opens files for writing, and reserves memory by
//! counts that a file states.
//!
//! [MS-PST]: https://learn.microsoft.com/openspecs/office_file_formats/ms-pst/

mod crypt;
mod eml;
mod file;
mod folders;
mod heap;
mod message;
mod object;
mod table;

pub(crate) use folders::entries;

#[cfg(test)]
mod tests;
