//! Names of properties ([MS-OXPROPS]), as far as they are read.
//!
//! [MS-OXPROPS]: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxprops/

/// Types of values.
pub(crate) mod kind {
    /// A number of four bytes.
    pub(crate) const INTEGER: u16 = 0x0003;
    /// A storage: an embedded message or object.
    pub(crate) const OBJECT: u16 = 0x000d;
    /// Text in a code page.
    pub(crate) const STRING_8: u16 = 0x001e;
    /// Text in UTF-16.
    pub(crate) const STRING: u16 = 0x001f;
    /// A time of Windows.
    pub(crate) const TIME: u16 = 0x0040;
    /// Bytes.
    pub(crate) const BINARY: u16 = 0x0102;
    /// Several values of a type: added to it.
    pub(crate) const SEVERAL: u16 = 0x1000;
}

pub(crate) const MESSAGE_CLASS: u16 = 0x001a;
pub(crate) const SUBJECT: u16 = 0x0037;
pub(crate) const SUBMIT_TIME: u16 = 0x0039;
pub(crate) const SUBJECT_PREFIX: u16 = 0x003d;
pub(crate) const FOR_NAME: u16 = 0x0042;
pub(crate) const START_DATE: u16 = 0x0060;
pub(crate) const END_DATE: u16 = 0x0061;
pub(crate) const FOR_TYPE: u16 = 0x0064;
pub(crate) const FOR_ADDRESS: u16 = 0x0065;
pub(crate) const CONVERSATION_TOPIC: u16 = 0x0070;
pub(crate) const CONVERSATION_INDEX: u16 = 0x0071;
pub(crate) const RECEIVED_BY_TYPE: u16 = 0x0075;
pub(crate) const RECEIVED_FOR_TYPE: u16 = 0x0077;
pub(crate) const TRANSPORT_HEADERS: u16 = 0x007d;
pub(crate) const RECIPIENT_TYPE: u16 = 0x0c15;
pub(crate) const SENDER_NAME: u16 = 0x0c1a;
pub(crate) const SENDER_TYPE: u16 = 0x0c1e;
pub(crate) const SENDER_ADDRESS: u16 = 0x0c1f;
pub(crate) const DISPLAY_BCC: u16 = 0x0e02;
pub(crate) const DISPLAY_CC: u16 = 0x0e03;
pub(crate) const DISPLAY_TO: u16 = 0x0e04;
pub(crate) const DELIVERY_TIME: u16 = 0x0e06;
pub(crate) const NORMALIZED_SUBJECT: u16 = 0x0e1d;
pub(crate) const BODY: u16 = 0x1000;
pub(crate) const COMPRESSED_RTF: u16 = 0x1009;
pub(crate) const HTML: u16 = 0x1013;
pub(crate) const MESSAGE_ID: u16 = 0x1035;
pub(crate) const REFERENCES: u16 = 0x1039;
pub(crate) const IN_REPLY_TO: u16 = 0x1042;
pub(crate) const DISPLAY_NAME: u16 = 0x3001;
pub(crate) const ADDRESS_TYPE: u16 = 0x3002;
pub(crate) const ADDRESS: u16 = 0x3003;
pub(crate) const CREATION_TIME: u16 = 0x3007;
pub(crate) const MODIFICATION_TIME: u16 = 0x3008;
pub(crate) const ATTACHED_DATA: u16 = 0x3701;
pub(crate) const ATTACHED_SHORT_NAME: u16 = 0x3704;
pub(crate) const ATTACH_METHOD: u16 = 0x3705;
pub(crate) const ATTACHED_NAME: u16 = 0x3707;
pub(crate) const ATTACHED_SHORT_PATH: u16 = 0x3708;
pub(crate) const ATTACHED_PATH: u16 = 0x370d;
pub(crate) const ATTACHED_TYPE: u16 = 0x370e;
pub(crate) const ATTACHED_CONTENT_ID: u16 = 0x3712;
pub(crate) const SMTP_ADDRESS: u16 = 0x39fe;
pub(crate) const PREVIEW: u16 = 0x3fd9;
pub(crate) const INTERNET_CODE_PAGE: u16 = 0x3fde;
pub(crate) const CODE_PAGE: u16 = 0x3ffd;
pub(crate) const SENDER_SMTP: u16 = 0x5d01;
pub(crate) const FOR_SMTP: u16 = 0x5d02;

/// A subject without Outlook's mark: two characters before it tell the length of a
/// prefix.
pub(crate) fn without_mark(subject: &str) -> &str {
    let mut chars = subject.chars();
    match chars.next() {
        Some('\u{1}') => {
            chars.next();
            chars.as_str()
        }
        _ => subject,
    }
}

/// How an attachment is attached ([`ATTACH_METHOD`]).
pub(crate) mod attached {
    /// The last of three that name a file elsewhere, from 2.
    pub(crate) const BY_REFERENCE_LAST: u32 = 4;
    /// The first of these.
    pub(crate) const BY_REFERENCE: u32 = 2;
    /// A message.
    pub(crate) const MESSAGE: u32 = 5;
    /// A link to a file on a server.
    pub(crate) const BY_WEB_REFERENCE: u32 = 7;
}
