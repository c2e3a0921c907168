//! Items of one kind each, as they stand.

use std::hash::{DefaultHasher, Hash, Hasher};

use candor_documents::thread::{signatures, thread};
use candor_documents::{Kind, Reason, kind_of, outlook_headers};

use super::{check, contents, opened};
use crate::memory::bounded;

/// A PDF.
pub(crate) fn pdf(data: &[u8]) {
    let _ = check(data, Kind::Pdf);
}

/// An Outlook message. The header that it gives is that of a mail.
pub(crate) fn msg(data: &[u8]) {
    let _ = check(data, Kind::Msg);
    let headers = bounded(|| outlook_headers(data));
    assert!(headers == outlook_headers(data), "two headers of one message");
    if let Ok(headers) = headers {
        let _ = contents(&headers, Kind::Mail);
    }
}

/// A mail, with what ties it to others.
pub(crate) fn mail(data: &[u8]) {
    let _ = check(data, Kind::Mail);
    assert!(bounded(|| thread(data)) == thread(data), "two threads of one mail");
    let signatures = [bounded(|| signatures(data)), signatures(data)];
    assert!(signatures[0] == signatures[1], "two lists of signatures of one mail");
    // A signed message in DER, as a part may hold it.
    let _ = check(data, Kind::Cms);
}

/// Rich Text Format.
pub(crate) fn rtf(data: &[u8]) {
    let _ = check(data, Kind::Rtf);
}

/// HTML.
pub(crate) fn html(data: &[u8]) {
    let _ = contents(data, Kind::Html);
}

/// Text in any encoding. All bytes are text, but what PGP encrypted.
pub(crate) fn text(data: &[u8]) {
    let content = contents(data, Kind::Text);
    assert!(matches!(content, Ok(_) | Err(Reason::Encrypted)), "{content:?}");
}

/// Pictures that hold pictures.
pub(crate) fn pages(data: &[u8]) {
    let kind = kind_of(data);
    if matches!(kind, Kind::Tiff | Kind::Gif | Kind::Png | Kind::WebP) {
        opened(data, kind);
    }
}

/// Anything, with all that stands in it. Members are numbered in pre-order, each after
/// what it stands in, and what is in no mail inherits nothing.
pub(crate) fn family(data: &[u8]) {
    let first = bounded(|| walked(data));
    assert!(first == walked(data), "two families of one file");
}

/// A digest of the family, its number of members and of exceptions.
fn walked(data: &[u8]) -> (u64, u32, usize) {
    let kind = kind_of(data);
    let (mut digest, mut count, mut mails) = (DefaultHasher::new(), 1, vec![is_mail(kind)]);
    let mut exceptions = Vec::new();
    let member = &mut |member: candor_documents::Member, bytes: Vec<u8>| {
        assert_eq!(member.ordinal, count);
        let parent = member.parent as usize;
        assert!(member.inherited.is_some() == mails[parent] || !mails[parent]);
        count += 1;
        mails.push(mails[parent] || is_mail(member.kind));
        assert_eq!(member.kind, kind_of(&bytes));
        (member.parent, member.name, member.modified, member.made, bytes).hash(&mut digest);
        Ok::<_, Reason>(())
    };
    let result = candor_documents::family(data, kind, member, &mut |exception| {
        exceptions.push((exception.ordinal, exception.name, exception.reason.code()));
    });
    assert!(result.is_ok(), "nobody stopped the walk");
    assert!(exceptions.iter().all(|(ordinal, ..)| *ordinal < count));
    exceptions.hash(&mut digest);
    (digest.finish(), count, exceptions.len())
}

fn is_mail(kind: Kind) -> bool {
    matches!(kind, Kind::Mail | Kind::Msg)
}
