//! What an item says about itself.

use serde::{Deserialize, Serialize};

/// Where a date comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateSource {
    /// The header of a mail, or its like in an Outlook message.
    Header,
    /// A property that the document itself holds: modified, else created.
    Property,
    /// The file's time on disk or in its container.
    File,
}

/// A moment and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated {
    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    pub seconds: i64,
    /// Where it comes from.
    pub source: DateSource,
}

/// What an item says about itself. All of it is text of the item, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Sender: `local@domain`, without display names, as written.
    pub from: Vec<String>,
    /// Recipients, as `from`.
    pub to: Vec<String>,
    /// Copies, as `from`.
    pub cc: Vec<String>,
    /// Blind copies, as `from`.
    pub bcc: Vec<String>,
    /// Subject of a mail, title of a document.
    pub subject: Option<String>,
    /// When a mail was sent; when a document was modified, else created.
    pub date: Option<Dated>,
    /// The message id with its angle brackets.
    pub message_id: Option<String>,
    /// Names of attachments, in order.
    pub attachments: Vec<String>,
}
