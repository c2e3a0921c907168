//! Messages that are built here, as writers other than Outlook make them, too.

use crate::compound::{Compound, Writer};
use crate::outlook::outlook_headers;
use crate::terms::{ItemFacts, Terms, Wanted};
use crate::thread::{of_item, signatures_of};
use crate::{Budget, Child, Content, DateSource, Kind, Reason, Record};

/// A storage of a message with its properties.
struct Storage<'w> {
    writer: &'w mut Writer,
    id: usize,
    list: Vec<u8>,
}

impl<'w> Storage<'w> {
    fn new(writer: &'w mut Writer, to: Option<(usize, &str)>, header: usize) -> Self {
        let id = to.map_or(Writer::ROOT, |(to, name)| writer.storage(to, units(name), [0; 16]));
        Self { writer, id, list: vec![0; header] }
    }

    fn stream(&mut self, id: u16, kind: u16, bytes: &[u8]) -> &mut Self {
        let name = format!("__substg1.0_{id:04X}{kind:04X}");
        self.writer.stream(self.id, units(&name), bytes.to_vec());
        self
    }

    fn text(&mut self, id: u16, text: &str) -> &mut Self {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.stream(id, 0x1f, &bytes)
    }

    fn fixed(&mut self, id: u16, kind: u16, value: u64) -> &mut Self {
        self.list.extend(kind.to_le_bytes());
        self.list.extend(id.to_le_bytes());
        self.list.extend([0; 4]);
        self.list.extend(value.to_le_bytes());
        self
    }

    fn end(&mut self) -> usize {
        let list = std::mem::take(&mut self.list);
        self.writer.stream(self.id, units(super::PROPERTIES), list);
        self.id
    }
}

fn units(name: &str) -> Vec<u16> {
    name.encode_utf16().collect()
}

const SENT: u64 = 132_022_926_000_000_000;

fn read(file: &[u8]) -> Content {
    super::read(file, &mut Budget::new()).unwrap()
}

fn children(file: &[u8]) -> Vec<Child> {
    let mut children = Vec::new();
    let result = super::children(file, &mut Budget::new(), &mut |child, _| {
        children.push(child);
        Ok(())
    });
    result.unwrap();
    children
}

fn file(writer: Writer) -> Vec<u8> {
    writer.finish(&mut Budget::new()).unwrap()
}

#[test]
fn text_of_a_code_page_and_addresses_of_exchange() {
    let mut writer = Writer::new([0; 16]);
    Storage::new(&mut writer, None, 32)
        .fixed(0x3ffd, 3, 1251)
        .fixed(0x3fde, 3, 28592)
        .fixed(0x0039, 0x40, SENT)
        .stream(0x0037, 0x1e, b"\xc4\xee\xe3\xee\xe2\xee\xf0\0")
        .stream(0x1000, 0x1e, b"\xf2\xe5\xeb\xee\r\nline\r\n\r\nnext")
        .stream(0x1013, 0x102, b"<p>z\xf3\xb3ty</p>")
        .text(0x0c1a, "Ada Quill")
        .text(0x0c1e, "EX")
        .text(0x0c1f, "/o=Org/cn=Recipients/cn=aquill")
        .text(0x5d01, "ada@example.com")
        .text(0x0042, "The Board")
        .text(0x0064, "SMTP")
        .text(0x0065, "board@example.com")
        .end();
    let recipient = Some((Writer::ROOT, "__recip_version1.0_#0000000A"));
    Storage::new(&mut writer, recipient, 8)
        .fixed(0x0c15, 3, 0x8000_0003)
        .text(0x3001, "'ben@example.org'")
        .text(0x3003, "/o=Org/cn=Recipients/cn=brow")
        .end();
    let recipient = Some((Writer::ROOT, "__recip_version1.0_#00000009"));
    Storage::new(&mut writer, recipient, 8)
        .fixed(0x0c15, 3, 1)
        .stream(0x3001, 0x1e, b"\xc0\xe4\xe0")
        .text(0x3003, "ada2@example.org")
        .end();
    let file = file(writer);
    let content = read(&file);
    assert_eq!(
        content.text.as_str().replace('\u{2029}', "|"),
        "The Board <board@example.com>|Ada Quill <ada@example.com>|Ада <ada2@example.org>|\
         'ben@example.org' </o=Org/cn=Recipients/cn=brow>|Договор|2019-05-14T07:30:00Z|\
         тело\nline|next|zóły|"
            .replace("zóły", "zółty")
    );
    let meta = content.meta;
    assert_eq!(meta.from, ["board@example.com", "ada@example.com"]);
    // An address in a name is not one where another is told.
    assert_eq!((meta.to, meta.bcc), (vec!["ada2@example.org".to_owned()], Vec::new()));
    assert_eq!(content.unread, []);

    let fields = String::from_utf8(outlook_headers(&file).unwrap()).unwrap();
    let expected = "From: \"The Board\" <board@example.com>\r\n\
        Sender: \"Ada Quill\" <ada@example.com>\r\n\
        To: =?utf-8?B?0JDQtNCw?= <ada2@example.org>\r\n\
        Bcc: \"'ben@example.org'\" </o=Org/cn=Recipients/cn=brow>\r\n\
        Subject: =?utf-8?B?0JTQvtCz0L7QstC+0YA=?=\r\nDate: Tue, 14 May 2019 07:30:00 +0000\r\n\r\n";
    assert_eq!(fields, expected);
}

#[test]
fn transport_headers_tell_what_properties_do_not() {
    let mut writer = Writer::new([0; 16]);
    Storage::new(&mut writer, None, 32)
        .fixed(0x3008, 0x40, SENT + 10_000_000)
        .text(
            0x007d,
            "Microsoft Mail Internet Headers Version 2.0\r\nFrom: \"A\" <ada@example.com>\r\n\
            To: ben@example.org\r\nDate: Tue, 14 May 2019 09:30:00 +0200\r\n\
            Message-ID: <one@example.com>\r\nX-Word: hidden\r\nContent-Type: a/b\r\n\r\n",
        )
        .end();
    let file = file(writer);
    let content = read(&file);
    let date = content.meta.date.unwrap();
    assert_eq!((date.seconds, date.source), (1_557_819_000, DateSource::Header));
    assert_eq!(content.meta.from, ["ada@example.com"]);
    assert_eq!(content.meta.to, ["ben@example.org"]);
    assert_eq!(content.meta.message_id.as_deref(), Some("<one@example.com>"));
    assert!(content.text.as_str().contains("ada@example.com"));
    assert!(!content.text.as_str().contains("hidden"));
    let fields = String::from_utf8(outlook_headers(&file).unwrap()).unwrap();
    assert!(fields.starts_with("From: \"A\"") && !fields.contains("a/b"), "{fields}");
}

#[test]
fn pointers_and_signatures_stand_in_headers_properties_and_attachments() {
    let mut writer = Writer::new([0; 16]);
    let headers = "Received: x\r\nDKIM-Signature: v=1; d=Example.com; h=from:references\r\n\
        Message-ID: <one@example.com>\r\nReferences: <zero@x>\r\nDate: Fri, 2 Jan 1970 00:00:00 +0000\r\n\
        Content-Type: multipart/signed; protocol=\"application/pgp-signature\"\r\n\r\n";
    Storage::new(&mut writer, None, 32)
        .text(0x007d, headers)
        .text(0x1042, "<reply@x>")
        .text(0x1035, "<other@x>")
        .stream(0x0071, 0x102, &[1; 27])
        .end();
    let signed = b"0\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02rest";
    let attachment = Some((Writer::ROOT, "__attach_version1.0_#00000000"));
    Storage::new(&mut writer, attachment, 8).stream(0x3701, 0x102, signed).end();
    let file = file(writer);

    let found = signatures_of(&file, Kind::Msg).unwrap();
    assert_eq!(found.kinds, ["dkim", "smime", "pgp"]);
    assert_eq!(found.dkim_domains, ["example.com"]);
    // Headers that came with the message go before properties.
    assert_eq!(found.message_ids, ["one@example.com"]);
    assert_eq!(found.references, ["reply@x", "zero@x"]);

    let mail = b"Received: x\r\nDKIM-Signature: v=1; d=Example.com; h=from:references\r\n\
        Message-ID: <one@example.com>\r\nReferences: <zero@x>\r\nDate: Fri, 2 Jan 1970 00:00:00 +0000\r\n\
        In-Reply-To: <reply@x>\r\nThread-Index: AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\r\n\r\n";
    assert_eq!(of_item(&file, Kind::Msg), of_item(mail, Kind::Mail));
    assert_ne!(of_item(mail, Kind::Mail), of_item(b"", Kind::Mail));

    let record = Record::of_file(b"a.msg".to_vec());
    let facts = ItemFacts::of(&file, Kind::Msg, &record);
    let terms = Terms::of(&read(&file), &facts, Wanted::Plain).unwrap();
    for token in
        ["mid:one@example.com", "ref:reply@x", "ref:zero@x", "signed:smime", "dkim:example.com"]
    {
        assert!(terms.fields.contains(token), "{token} of {:?}", terms.fields);
    }
}

#[test]
fn drafts_have_the_date_of_their_last_change() {
    let mut writer = Writer::new([0; 16]);
    Storage::new(&mut writer, None, 32)
        .fixed(0x0039, 0x40, 0)
        .fixed(0x3007, 0x40, SENT)
        .fixed(0x3008, 0x40, SENT)
        .end();
    let date = read(&file(writer)).meta.date.unwrap();
    assert_eq!((date.seconds, date.source), (1_557_819_000, DateSource::Property));
}

#[test]
fn properties_with_names_and_all_other_text() {
    let mut writer = Writer::new([0; 16]);
    let names = writer.storage(Writer::ROOT, units(super::NAMES), [0; 16]);
    let mut sets = vec![0x02, 0x20, 6, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];
    sets.extend([0x86, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46]);
    let entries = [
        // Begin of an appointment, a header, a category.
        &[0x0d, 0x82, 0, 0, 6, 0, 0, 0][..],
        &[0, 0, 0, 0, 9, 0, 1, 0],
        &[20, 0, 0, 0, 5, 0, 2, 0],
    ];
    writer.stream(names, units("__substg1.0_00020102"), sets);
    writer.stream(names, units("__substg1.0_00030102"), entries.concat());
    Storage::new(&mut writer, None, 32)
        .fixed(0x8000, 0x40, SENT)
        .text(0x0037, "\u{1}\u{5}RE: topic")
        .text(0x0e1d, "topic")
        .text(0x0070, "another topic")
        .text(0x001a, "IPM.Appointment")
        .text(0x8001, "header")
        .stream(0x8002, 0x101f, &[0; 8])
        .text(0x8003, "place")
        .end();
    for (at, category) in ["red", "blue"].iter().enumerate() {
        let bytes = category.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let name = format!("__substg1.0_8002101F-{at:08X}");
        writer.stream(Writer::ROOT, units(&name), bytes);
    }
    let content = read(&file(writer));
    let expected = "RE: topic|2019-05-14T07:30:00Z|another topic|red|blue|place|";
    assert_eq!(content.text.as_str().replace('\u{2029}', "|"), expected);
    assert_eq!(content.meta.subject.as_deref(), Some("RE: topic"));
}

#[test]
fn attachments_of_all_kinds() {
    let mut writer = Writer::new([0; 16]);
    Storage::new(&mut writer, None, 32).end();
    let at = |number: u32| format!("__attach_version1.0_#{number:08X}");
    Storage::new(&mut writer, Some((Writer::ROOT, &at(1))), 8)
        .fixed(0x3705, 3, 7)
        .text(0x3707, "linked.docx")
        .text(0x370d, "https://example.com/linked.docx")
        .end();
    Storage::new(&mut writer, Some((Writer::ROOT, &at(0))), 8)
        .fixed(0x3705, 3, 1)
        .text(0x3704, "SHORT~1.TXT")
        .stream(0x3701, 0x102, b"bytes")
        .end();
    let ole = Storage::new(&mut writer, Some((Writer::ROOT, &at(2))), 8).fixed(0x3705, 3, 6).end();
    let object = writer.storage(ole, units("__substg1.0_3701000D"), [0; 16]);
    writer.stream(object, units("Package"), b"PK\x03\x04".to_vec());
    Storage::new(&mut writer, Some((Writer::ROOT, &at(3))), 8).fixed(0x3705, 3, 1).end();
    let mail = Storage::new(&mut writer, Some((Writer::ROOT, &at(4))), 8)
        .fixed(0x3705, 3, 5)
        .text(0x3001, "Inner: subject")
        .end();
    Storage::new(&mut writer, Some((mail, "__substg1.0_3701000D")), 24)
        .fixed(0x0039, 0x40, SENT)
        .text(0x0037, "inner")
        .end();

    let file = file(writer);
    let found = children(&file);
    let bytes = |at: usize| found[at].bytes.as_deref();
    assert_eq!((&found[0].name[..], bytes(0)), (&b"SHORT~1.TXT"[..], Ok(&b"bytes"[..])));
    assert_eq!(bytes(1), Err(&Reason::NotOpened));
    assert_eq!(found[1].detail, "a file elsewhere: https://example.com/linked.docx");
    assert_eq!(bytes(2), Ok(&b"PK\x03\x04"[..]));
    assert_eq!(bytes(3), Err(&Reason::Damaged));
    assert_eq!(found[4].name, b"Inner: subject");
    let inner = read(bytes(4).unwrap());
    assert_eq!(inner.meta.subject.as_deref(), Some("inner"));
    assert_eq!(inner.meta.date.map(|date| date.seconds), Some(1_557_819_000));
    assert_eq!(children(&file), found);

    let text = read(&file);
    let expected = "SHORT~1.TXT|linked.docx|https://example.com/linked.docx|Inner: subject|";
    assert_eq!(text.text.as_str().replace('\u{2029}', "|"), expected);
}

/// A file of an inner message is one that a strict reader takes.
#[test]
fn inner_messages_are_sound_files() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/msg-embedded.msg");
    let inner = children(&std::fs::read(data).unwrap()).pop().unwrap().bytes.unwrap();
    cfb::CompoundFile::open_strict(std::io::Cursor::new(&inner)).unwrap();
    let compound = Compound::open(&inner, &mut Budget::new()).unwrap();
    assert!(compound.find(Compound::ROOT, super::NAMES).is_some());
}

#[test]
fn damaged_parts_are_said() {
    let mut writer = Writer::new([0; 16]);
    Storage::new(&mut writer, None, 32)
        .text(0x0037, "subject")
        .stream(0x1009, 0x102, b"\x10\0\0\0\x10\0\0\0LZFu\0\0\0\0\0{x}y")
        .end();
    let content = read(&file(writer));
    assert_eq!(content.unread, [("RTF body".to_owned(), Reason::Damaged)]);
}
