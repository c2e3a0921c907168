//! Outlook: its properties (MAPI), messages as files, and what both share with its
//! data files.

mod filetime;
mod lzfu;
pub(crate) mod msg;
mod property;
pub(crate) mod pst;
