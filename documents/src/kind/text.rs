//! Kinds that are text: mails, mailboxes, HTML, and text that is none of these.

use super::Kind;
use crate::containers::mbox;
use crate::encoding;
use crate::mail::{self, cms};

/// How many bytes tell whether something is text, and which kind.
const SAMPLE: usize = 64 << 10;

/// The kind of bytes that no signature tells.
pub(super) fn kind(bytes: &[u8]) -> Kind {
    if cms::is_cms(bytes) {
        return Kind::Cms;
    }
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    // The header of a mail to thousands is longer than any sample.
    let plain = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if is_rtf(plain) {
        return Kind::Rtf;
    }
    if let Some(kind) = mail(bytes) {
        return kind;
    }
    // A sample may end within a character, but not after a line end.
    let whole = match sample.iter().rposition(|&byte| byte == b'\n') {
        Some(end) if sample.len() < bytes.len() => sample.get(..=end).unwrap_or(sample),
        _ => sample,
    };
    if !encoding::is_text(whole) {
        return Kind::Unknown;
    }
    if is_html(&encoding::decode(whole, None)) { Kind::Html } else { Kind::Text }
}

/// Whether text begins as RTF: no other word of control begins with `\rtf`.
fn is_rtf(text: &[u8]) -> bool {
    let after = text.trim_ascii_start().strip_prefix(b"{\\rtf");
    after.is_some_and(|after| !after.first().is_some_and(u8::is_ascii_alphabetic))
}

/// Mail or a mailbox, if bytes are that.
pub(super) fn mail(bytes: &[u8]) -> Option<Kind> {
    mail_kind(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), bytes)
}

/// The same. `all` are all bytes, `start` their start without a mark.
fn mail_kind(start: &[u8], all: &[u8]) -> Option<Kind> {
    let blank = start.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let start = start.get(blank..)?;
    let Some(line) = start.starts_with(b"From ").then(|| mbox::line(start)) else {
        return is_mail(mail::skip_start(start)).then_some(Kind::Mail);
    };
    let after = start.get(line.len()..)?;
    let header = field_name(mbox::line(after)).is_some();
    let separates = mbox::is_separator(line) || mbox::is_bare(line);
    if !header || !(separates || is_mail(after)) {
        return None;
    }
    // One message is a mail that a mailbox's first line stands before. Of a file too
    // large to hold only the start is given: that is no single mail.
    let several = separates && (all.len() == SAMPLE || mbox::has_second(all));
    Some(if several { Kind::Mbox } else { Kind::Mail })
}

/// What a header field says about whether its text is a mail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    /// Hardly anything but mail has it.
    Mail,
    /// Mail has it, and so have memos and lists.
    Common(u8),
    /// It describes a part of a mail.
    Part,
    /// It describes an answer of HTTP.
    Http,
    Other,
}

fn field(name: &[u8]) -> Field {
    const MAIL: [&[u8]; 18] = [
        b"received",
        b"return-path",
        b"message-id",
        b"delivered-to",
        b"dkim-signature",
        b"mime-version",
        b"in-reply-to",
        b"references",
        b"x-mozilla-status",
        b"x-mailer",
        b"envelope-to",
        b"x-envelope-from",
        b"x-originating-ip",
        b"authentication-results",
        b"arc-seal",
        b"newsgroups",
        b"x-gm-thrid",
        b"received-spf",
    ];
    const COMMON: [&[u8]; 7] = [b"from", b"to", b"cc", b"bcc", b"subject", b"date", b"sender"];
    const HTTP: [&[u8]; 10] = [
        b"content-length",
        b"server",
        b"host",
        b"user-agent",
        b"set-cookie",
        b"cookie",
        b"cache-control",
        b"connection",
        b"accept",
        b"etag",
    ];
    let lower = name.to_ascii_lowercase();
    if MAIL.contains(&lower.as_slice()) {
        Field::Mail
    } else if let Some(number) = COMMON.iter().position(|known| *known == lower) {
        // Lists of settings have such names in lower case.
        let small = name.first().is_some_and(u8::is_ascii_lowercase);
        if small { Field::Other } else { Field::Common(1 << number) }
    } else if HTTP.contains(&lower.as_slice()) {
        Field::Http
    } else if lower.starts_with(b"content-") {
        Field::Part
    } else {
        Field::Other
    }
}

/// The name of the header field that a line begins, if it begins one.
fn field_name(line: &[u8]) -> Option<&[u8]> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = line.get(..colon)?;
    let name = name.trim_ascii_end();
    (!name.is_empty() && name.len() <= 80 && name.iter().all(u8::is_ascii_graphic)).then_some(name)
}

/// Whether bytes begin with the header of a mail: two fields that tell a mail, or one
/// and a sender, a recipient or a subject; three of those that memos have too, before
/// an empty line; or nothing but the fields of a MIME part, as a signed message has.
fn is_mail(bytes: &[u8]) -> bool {
    let (mut mail, mut common, mut http, mut other) = (0usize, 0u8, 0usize, 0usize);
    let (mut typed, mut rest, mut ended) = (false, bytes, false);
    while !rest.is_empty() {
        let line = mbox::line(rest);
        rest = rest.get(line.len()..).unwrap_or_default();
        if line.trim_ascii().is_empty() {
            ended = true;
            break;
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            if line.len() == bytes.len() - rest.len() {
                return false;
            }
            continue;
        }
        let Some(name) = field_name(line) else { break };
        match field(name) {
            Field::Mail => mail += 1,
            Field::Common(bit) => common |= bit,
            Field::Part => {
                typed |= name.eq_ignore_ascii_case(b"content-type") && line.contains(&b'/')
            }
            Field::Http => http += 1,
            Field::Other => other += 1,
        }
    }
    let common = common.count_ones();
    let part_alone = typed && ended && mail + http + other == 0 && common == 0;
    (mail >= 2 || (mail >= 1 && (common >= 1 || typed))) && http < 2
        || common >= 3 && (ended || mail > 0)
        || part_alone
}

/// Whether text begins as HTML does: with a doctype, or with a tag that is HTML's,
/// after white space, comments and a declaration of XML.
fn is_html(text: &str) -> bool {
    const TAGS: &[&str] = &[
        "a",
        "article",
        "b",
        "base",
        "basefont",
        "blockquote",
        "body",
        "br",
        "center",
        "div",
        "dl",
        "em",
        "font",
        "form",
        "frameset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "i",
        "iframe",
        "img",
        "li",
        "link",
        "main",
        "meta",
        "nav",
        "ol",
        "p",
        "pre",
        "script",
        "section",
        "span",
        "strong",
        "style",
        "table",
        "tbody",
        "td",
        "template",
        "title",
        "tr",
        "u",
        "ul",
    ];
    let (mut rest, mut xml) = (text, false);
    loop {
        rest =
            rest.trim_start_matches(|char: char| char.is_ascii_whitespace() || char == '\u{feff}');
        let skipped = if rest.starts_with("<!--") {
            rest.split_once("-->")
        } else if rest.starts_with("<?xml") {
            xml = true;
            rest.split_once("?>")
        } else if rest.starts_with("<![") {
            rest.split_once('>')
        } else {
            break;
        };
        let Some((_, after)) = skipped else { return false };
        rest = after;
    }
    let starts = |prefix: &str| {
        rest.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if starts("<!doctype") {
        let named = rest
            .get(9..)
            .unwrap_or_default()
            .trim_start_matches(|char: char| char.is_ascii_whitespace());
        return named.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html"));
    }
    let Some(tag) = rest.strip_prefix('<') else { return false };
    let (name, after) =
        tag.split_at(tag.find(|char: char| !char.is_ascii_alphanumeric()).unwrap_or(tag.len()));
    if !after.starts_with(|char: char| char.is_ascii_whitespace() || char == '>' || char == '/') {
        return false;
    }
    let known = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    known(&["html"]) || (!xml && known(TAGS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(kind: Kind, texts: &[&str]) {
        for text in texts {
            assert_eq!(super::kind(text.as_bytes()), kind, "{text}");
        }
    }

    #[test]
    fn mails() {
        is(
            Kind::Mail,
            &[
                "From: a@example.com\nTo: b@example.com\nSubject: x\n\nbody",
                "\u{feff}Received: from a\n\tby b;\nSubject: x\n\nbody",
                "X-Spam: no\nX-Other: yes\nReturn-Path: <a@example.com>\nFrom: a@example.com\n\nb",
                "From a@example.com  Tue May 14 09:30:00 2019\nReturn-Path: <a>\nFrom: a\n\nbody\n",
                "To : b@example.com\nMessage-ID: <x>\n\nbody",
                "Content-Type: multipart/mixed; boundary=\"i\"\r\n\r\n--i\r\n",
                "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x",
                "29 \nSubject: a\nMessage-ID: <b>\n\nc<?xml version=\"1.0\"?>",
                "message-id: <a@b>\nreceived: x\n\n",
            ],
        );
    }

    #[test]
    fn mailboxes() {
        let message =
            "From a@example.com Tue May 14 09:30:00 2019\nFrom: a\nSubject: x\n\nbody\n\n";
        is(Kind::Mbox, &[&message.repeat(2), &format!("\u{feff}{}", message.repeat(2))]);
        is(Kind::Mbox, &["From \r\nSubject: a\r\n\r\nb\r\n\r\nFrom \r\nSubject: c\r\n\r\nd"]);
        let mut long = message.replace("body", &"body ".repeat(20_000));
        assert_eq!(kind(long.as_bytes()), Kind::Mail);
        long.truncate(SAMPLE);
        assert_eq!(kind(long.as_bytes()), Kind::Mbox);
    }

    #[test]
    fn texts() {
        is(
            Kind::Text,
            &[
                "From now on: nothing\n\n",
                "From here to there\nSubject matters\n",
                "HTTP/1.1 200 OK\nDate: Tue, 14 May 2019 09:30:00 GMT\nContent-Type: text/html\n\n<html>",
                "Date: Tue\nServer: nginx\nContent-Type: text/html\nContent-Length: 5\n\nhello",
                "Content-Type: text/html\nContent-Length: 5\n\nhello",
                "from: noreply@example.com\nto: ops@example.com\nsubject: Alert\nlevel: 3\n",
                "2019-05-14 09:30:00 INFO: From: a To: b\n",
                "name,from,to\nx,1,2\n",
                "#include <stdio.h>\nint main(void) { return 0; }\n",
                "Date: today\nTo: do\n\n",
                "<?xml version=\"1.0\"?><table><title/></table>",
                "<root><p>x</p></root>",
                "<!DOCTYPE svg PUBLIC \"x\"><svg/>",
                "a < b\n",
                "BEGIN:VCARD\nFN:Ada\nEND:VCARD\n",
                "Package: x\nMaintainer: Ada <ada@example.com>\nDescription: y\n\n",
            ],
        );
        assert_eq!(kind(b"\x8e\x91\x97\xbf\x82\xc5\x82\xb7\x81B\r\n"), Kind::Text);
    }

    #[test]
    fn html() {
        is(
            Kind::Html,
            &[
                "<!DOCTYPE HTML PUBLIC \"x\">\n",
                "\u{feff} \r\n<!-- saved -->\n<HTML lang=en>",
                "<?xml version=\"1.0\"?>\n<!DOCTYPE html><html>",
                "<p>fragment",
                "<br/>x",
                "<table class=x>",
            ],
        );
        let wide: Vec<u8> =
            "\u{feff}<html><body>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(kind(&wide), Kind::Html);
    }

    #[test]
    fn binary() {
        assert_eq!(
            kind(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0"),
            Kind::Unknown
        );
        let noise: Vec<u8> =
            (0..200u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert_eq!(kind(&noise), Kind::Unknown);
    }
}
