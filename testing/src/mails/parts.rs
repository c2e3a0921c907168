//! Bodies: text, HTML beside it, attachments.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::draw::Draw;
use super::words::Words;
use crate::expanded::base64;

/// How a text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Plain,
    /// As text and as HTML.
    Both,
}

/// An attachment.
#[derive(Clone, Debug)]
pub(super) struct Part {
    name: String,
    kind: &'static str,
    bytes: Vec<u8>,
}

impl Part {
    /// A text, a small DOCX, or an archive of two texts.
    pub(super) fn attachment(words: &mut Words, draw: &mut Draw) -> Self {
        let number = draw.below(1 << 20);
        let mut text = |most: u64| {
            let count = 20 + draw.below(most);
            words.text_of(count, draw)
        };
        let texts = [text(400), text(200)];
        match draw.below(3) {
            0 => {
                let [text, _] = texts;
                Self { name: format!("note-{number}.txt"), kind: "text/plain", bytes: text.into() }
            }
            1 => Self {
                name: format!("draft-{number}.docx"),
                kind: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                bytes: docx(&texts[0]),
            },
            _ => Self {
                name: format!("files-{number}.zip"),
                kind: "application/zip",
                bytes: archive(&[("one.txt", &texts[0]), ("two.txt", &texts[1])]),
            },
        }
    }
}

/// What follows the headers that every mail has.
pub(super) fn body(text: &str, shown: Shown, attachments: &[Part], number: u64) -> String {
    let shown = match shown {
        Shown::Plain => {
            format!("Content-Type: text/plain; charset=us-ascii\n\n{text}")
        }
        Shown::Both => {
            let plain = format!("Content-Type: text/plain; charset=us-ascii\n\n{text}");
            multipart("alternative", &[plain, html(text)], number)
        }
    };
    if attachments.is_empty() {
        return shown;
    }
    let attached = attachments.iter().map(|Part { name, kind, bytes }| {
        let digits = base64(bytes);
        let lines: Vec<&str> =
            digits.as_bytes().chunks(76).map(|line| str::from_utf8(line).expect("ASCII")).collect();
        format!(
            "Content-Type: {kind}; name=\"{name}\"\nContent-Disposition: attachment; \
             filename=\"{name}\"\nContent-Transfer-Encoding: base64\n\n{}\n",
            lines.join("\n")
        )
    });
    let parts: Vec<String> = std::iter::once(shown).chain(attached).collect();
    multipart("mixed", &parts, number)
}

fn multipart(kind: &str, parts: &[String], number: u64) -> String {
    let boundary = format!("----=_{kind}_{number:08}");
    let mut all = format!("Content-Type: multipart/{kind};\n\tboundary=\"{boundary}\"\n\n");
    for part in parts {
        let _ = write!(all, "--{boundary}\n{part}\n");
    }
    let _ = writeln!(all, "--{boundary}--");
    all
}

/// The text in markup as mail programs write it, in quoted-printable.
fn html(text: &str) -> String {
    let mut all = String::from(
        "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: \
         quoted-printable\n\n<html><head><style>p { margin: 0 0 1em }</style></head>\n<body \
         lang=3D\"en\">\n",
    );
    for paragraph in text.split("\n\n") {
        let escaped = paragraph.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = writeln!(
            all,
            "<p class=3D\"MsoNormal\"><span style=3D\"font-family:=\nArial\">\n{}\n</span></p>",
            escaped.trim_end()
        );
    }
    all + "</body></html>\n"
}

fn docx(text: &str) -> Vec<u8> {
    const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
    const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
    let paragraphs = text.split("\n\n").map(|paragraph| {
        format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", paragraph.trim_end().replace('\n', " "))
    });
    let document = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>"#,
        paragraphs.collect::<String>()
    );
    archive(&[
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELATIONS),
        ("word/document.xml", &document),
    ])
}

fn archive(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        writer.write_all(text.as_bytes()).expect("bytes of an entry");
    }
    writer.finish().expect("an archive").into_inner()
}
