//! A data file that is built here, and what becomes of it when it is damaged.

mod build;

use build::{Below, Builder, Value, object, table};

use super::entries;
use crate::containers::{OpenError, Source};
use crate::outlook::headers::base64_lines;
use crate::outlook::property as id;
use crate::{Budget, Child, Reason};

const SENT: u64 = 132_022_926_000_000_000;

fn message(subject: &'static str, nodes: Vec<(u32, Below)>) -> Below {
    let properties = vec![
        (id::MESSAGE_CLASS, Value::Text("IPM.Note")),
        (id::SUBJECT, Value::Text(subject)),
        (id::SENDER_NAME, Value::Text("Ada Quill")),
        (id::SENDER_SMTP, Value::Text("ada@example.com")),
        (id::BODY, Value::Text("plain ü")),
        (id::HTML, Value::Bytes(b"<p>html \xfc".to_vec())),
        (id::INTERNET_CODE_PAGE, Value::Number(1252)),
        (id::SUBMIT_TIME, Value::Time(SENT)),
        (id::MESSAGE_ID, Value::Text("<one@example.com>")),
        (id::IN_REPLY_TO, Value::Text("<zero@example.com>")),
        (id::CONVERSATION_INDEX, Value::Bytes(vec![1; 22])),
    ];
    object(properties, nodes)
}

fn file() -> Vec<u8> {
    let mut builder = Builder::new();
    let folder = |name| object(vec![(id::DISPLAY_NAME, Value::Text(name))], Vec::new());
    let rows = |numbers: &[u32]| {
        table(&numbers.iter().map(|&number| (number, "", "", 0)).collect::<Vec<_>>())
    };
    let mut add = |number: u32, name, folders: &[u32], messages: &[u32]| {
        builder.node(number, 0x122, folder(name));
        builder.node(number & !0x1f | 0x0d, 0, rows(folders));
        builder.node(number & !0x1f | 0x0e, 0, rows(messages));
        builder.node(number & !0x1f | 0x0f, 0, rows(&[]));
    };
    // A folder that is listed twice, and one that lists itself.
    add(0x122, "", &[0x8022, 0x8022], &[]);
    add(0x8022, "In/box", &[0x8042, 0x8022], &[0x20_0024]);
    add(0x8042, "Ünter", &[], &[0x20_0044]);

    let inner =
        message("inner", vec![(0x671, rows(&[0x8025])), (0x8025, attachment("deep.txt", b"deep"))]);
    let outer_nodes = vec![
        (
            0x692,
            table(&[
                (0, "Ben Rowan", "ben@example.org", 1),
                (1, "Cid Välé", "cid@example.org", 2),
                (2, "Group", "", 0x1000_0001),
            ]),
        ),
        (0x671, rows(&[0x8025, 0x8045, 0x8065])),
        (0x8025, attachment("a.bin", &[7; 1000])),
        (
            0x8045,
            object(
                vec![
                    (id::ATTACH_METHOD, Value::Number(id::attached::MESSAGE)),
                    (id::DISPLAY_NAME, Value::Text("inner")),
                    (id::ATTACHED_DATA, Value::Message(0x24, inner)),
                ],
                Vec::new(),
            ),
        ),
        (
            0x8065,
            object(
                vec![
                    (id::ATTACH_METHOD, Value::Number(id::attached::BY_WEB_REFERENCE)),
                    (id::ATTACHED_NAME, Value::Text("linked.docx")),
                    (id::ATTACHED_PATH, Value::Text("https://example.com/linked.docx")),
                ],
                Vec::new(),
            ),
        ),
    ];
    builder.node(0x20_0024, 0x8022, message("outer", outer_nodes));
    builder.node(
        0x20_0044,
        0x8042,
        object(
            vec![
                (id::MESSAGE_CLASS, Value::Text("IPM.Contact")),
                (id::TRANSPORT_HEADERS, Value::Text("Subject: kept\r\nContent-Type: x/y\r\n")),
                (id::SUBJECT, Value::Text("other")),
                (0x3a16, Value::Text("Company of Eve")),
                (id::MODIFICATION_TIME, Value::Time(SENT)),
            ],
            Vec::new(),
        ),
    );
    builder.node(0x20_0064, 0x9999, message("lost", Vec::new()));
    builder.finish()
}

fn attachment(name: &'static str, bytes: &[u8]) -> Below {
    object(
        vec![
            (id::ATTACH_METHOD, Value::Number(1)),
            (id::ATTACHED_NAME, Value::Text(name)),
            (id::ATTACHED_DATA, Value::Below(0x3f, bytes.to_vec())),
        ],
        Vec::new(),
    )
}

fn open(bytes: &[u8]) -> (Vec<Child>, bool) {
    let mut children = Vec::new();
    let opened = entries(Source::Bytes(bytes), &mut Budget::new(), &mut |child, _| {
        children.push(child);
        Ok(())
    });
    (children, opened.is_ok())
}

#[test]
fn messages_become_mails() {
    let (children, whole) = open(&file());
    assert!(whole);
    let name = |child: &Child| String::from_utf8(child.name.clone()).unwrap();
    let names: Vec<String> = children.iter().map(name).collect();
    assert_eq!(
        names,
        [
            "In_box/00200024.eml",
            "In_box/00200024.eml/linked.docx",
            "In_box/Ünter/00200044.eml",
            "in no folder/00200064.eml",
        ]
    );
    assert_eq!(children[1].bytes, Err(Reason::NotOpened));
    assert_eq!(children[1].detail, "a file elsewhere: https://example.com/linked.docx");
    assert_eq!(children[2].modified, Some(1_557_819_000));

    let mail = String::from_utf8(children[0].bytes.clone().unwrap()).unwrap();
    let head = "From: \"Ada Quill\" <ada@example.com>\r\n\
        To: \"Ben Rowan\" <ben@example.org>,\r\n \"Group\" <>\r\n\
        Cc: =?utf-8?B?Q2lkIFbDpGzDqQ==?= <cid@example.org>\r\n\
        Subject: outer\r\nDate: Tue, 14 May 2019 07:30:00 +0000\r\n\
        Message-ID: <one@example.com>\r\nIn-Reply-To: <zero@example.com>\r\n\
        Thread-Index: AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ==\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed;\r\n boundary=\"candor-";
    assert!(mail.starts_with(head), "{mail}");
    let sevens = base64_lines(&[7; 1000]);
    for part in [
        // plain ü; <p>html ü; deep
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\ncGxhaW4gw7w=",
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+aHRtbCDDvA==",
        "filename=\"deep.txt\"\r\nContent-Transfer-Encoding: base64\r\n\r\nZGVlcA==",
        "Content-Type: message/rfc822\r\nContent-Disposition: attachment;\r\n filename=\"inner\"\r\n\r\nFrom: ",
        std::str::from_utf8(&sevens).unwrap(),
    ] {
        assert!(mail.contains(part), "{part}");
    }

    let contact = String::from_utf8(children[2].bytes.clone().unwrap()).unwrap();
    assert!(contact.starts_with("Subject: kept\r\nMIME-Version: 1.0\r\n"), "{contact}");
    assert!(!contact.contains("x/y"));
    let company = base64_lines("Company of Eve\r\n\r\n".as_bytes());
    assert!(contact.contains(std::str::from_utf8(&company).unwrap()));
}

#[test]
fn damaged_files_end_in_order() {
    let sound = file();
    assert_eq!(open(&sound), open(&sound));
    let mut state = 1_u64;
    let mut below = |end: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % end
    };
    for _ in 0..2000 {
        let mut damaged = sound.clone();
        for _ in 0..=below(4) {
            let at = below(damaged.len());
            damaged[at] = [0, 1, 2, 0x7f, 0xff, below(256) as u8][below(6)];
        }
        let (children, _) = open(&damaged);
        let sum: usize = children.iter().flat_map(|child| &child.bytes).map(Vec::len).sum();
        assert!(sum < 1 << 20, "{sum}");
    }
    let mut later = sound;
    later[10] = 36;
    assert!(matches!(
        entries(Source::Bytes(&later), &mut Budget::new(), &mut |_, _| Ok(())),
        Err(OpenError::Reason(Reason::NotOpened))
    ));
}
