//! Everything that may stand in its like stands there as deep as it may, and deeper: an
//! eighth of the stack that readers have is enough.

#[path = "pdf/build.rs"]
#[allow(dead_code, reason = "shared with the tests of PDF")]
mod pdf;
#[path = "packages/zip.rs"]
#[allow(dead_code, reason = "shared with the tests of packages")]
mod zip;

use std::io::{Cursor, Write};
use std::thread::Builder;

use candor_documents::query::{Dialect, Query};
use candor_documents::{Budget, Kind, Reason, children, family, kind_of, read};

/// Does work as the threads do that read documents, with an eighth of their stack.
fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = Builder::new().stack_size(Budget::STACK / 8).spawn(work);
    thread.unwrap().join().unwrap();
}

/// How deep the members of a family stand, at most, and whether something stood deeper.
fn depth(bytes: &[u8]) -> (usize, bool) {
    let (mut depths, mut deeper) = (vec![0], false);
    let walked: Result<(), Reason> = family(
        bytes,
        kind_of(bytes),
        &mut |member, bytes| {
            depths.push(depths[member.parent as usize] + 1);
            let _ = read(&bytes, member.kind, &mut Budget::new());
            Ok(())
        },
        &mut |exception| deeper |= exception.reason == Reason::TooDeep,
    );
    walked.unwrap();
    (depths.into_iter().max().unwrap(), deeper)
}

/// The text of an item, or why there is none; its children are opened, too.
fn text(bytes: &[u8], kind: Kind) -> Result<String, Reason> {
    let _ = children(bytes, kind, &mut Budget::new(), &mut |_, _| Ok(()));
    read(bytes, kind, &mut Budget::new()).map(|content| content.text.as_str().to_owned())
}

/// `inner` in as many layers.
fn layers(count: usize, inner: &[u8], layer: impl Fn(&[u8], usize) -> Vec<u8>) -> Vec<u8> {
    (0..count).fold(inner.to_vec(), |inner, at| layer(&inner, at))
}

fn mail(kind: &str, body: &[u8], boundary: usize) -> Vec<u8> {
    let head = format!(
        "From: a@example.com\r\nTo: b@example.com\r\nSubject: s\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"b{boundary}\"\r\n\r\n--b{boundary}\r\n\
         Content-Type: {kind}\r\nContent-Disposition: attachment\r\n\r\n"
    );
    [head.as_bytes(), body, format!("\r\n--b{boundary}--\r\n").as_bytes()].concat()
}

#[test]
fn mails_in_mails() {
    on_small_stack(|| {
        for (count, deeper) in [(8, false), (12, true)] {
            let nested =
                layers(count, b"Subject: x\r\nFrom: a\r\nTo: b\r\n\r\nend", |inner, at| {
                    mail("message/rfc822", inner, at)
                });
            assert_eq!(depth(&nested), (Budget::DEPTH, deeper));
        }
    });
}

#[test]
fn multiparts_in_multiparts() {
    on_small_stack(|| {
        for count in [60, 5_000] {
            let mut nested = b"Subject: x\r\nMIME-Version: 1.0\r\n".to_vec();
            for at in 0..count {
                let part =
                    format!("Content-Type: multipart/mixed; boundary=\"b{at}\"\r\n\r\n--b{at}\r\n");
                nested.extend(part.as_bytes());
            }
            nested.extend(b"Content-Type: text/plain\r\n\r\ninnermost\r\n");
            let text = text(&nested, Kind::Mail).unwrap();
            assert_eq!(text.contains("innermost"), count == 60);
        }
    });
}

/// A message with another in it, as the file that Outlook writes.
fn message(count: usize) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    let mut at = "/".to_owned();
    for level in 0..=count {
        let properties = vec![0; if level == 0 { 32 } else { 24 }];
        let mut write = |name: &str, bytes: &[u8]| {
            file.create_stream(format!("{at}{name}")).unwrap().write_all(bytes).unwrap();
        };
        write("__properties_version1.0", &properties);
        write("__substg1.0_1000001E", b"body");
        if level < count {
            at.push_str("__attach_version1.0_#00000000/");
            file.create_storage(&at).unwrap();
            // Attached as a message.
            let mut properties = vec![0; 8];
            properties.extend([3, 0, 5, 0x37, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
            let name = format!("{at}__properties_version1.0");
            file.create_stream(name).unwrap().write_all(&properties).unwrap();
            at.push_str("__substg1.0_3701000D/");
            file.create_storage(&at).unwrap();
        }
    }
    file.into_inner().into_inner()
}

#[test]
fn messages_in_messages() {
    on_small_stack(|| {
        assert_eq!(depth(&message(8)), (Budget::DEPTH, false));
        assert_eq!(depth(&message(40)), (Budget::DEPTH, true));
    });
}

#[test]
fn archives_in_archives() {
    on_small_stack(|| {
        let zipped = |inner: &[u8], _| zip::package(&[("inner.zip", inner)]);
        assert_eq!(depth(&layers(12, b"end", zipped)), (Budget::DEPTH, true));
        // Of all kinds that open, one in the other.
        let mixed = layers(9, b"end", |inner, at| match at % 3 {
            0 => zip::package(&[("inner", inner)]),
            1 => mail("application/octet-stream", inner, at),
            _ => mail("message/rfc822", &mail("application/zip", inner, 100 + at), at),
        });
        assert_eq!(depth(&mixed), (Budget::DEPTH, true));
    });
}

#[test]
fn elements_in_elements() {
    on_small_stack(|| {
        for tag in ["div", "b", "table", "svg", "noscript", "template"] {
            let nested = format!("<html>{}end", format!("<{tag}>").repeat(200_000));
            let text = text(nested.as_bytes(), Kind::Html).unwrap();
            assert!(text.contains("end"), "{tag}");
        }
        let framed = layers(8, b"<p>innermost", |inner, _| {
            let inner = String::from_utf8_lossy(inner);
            let escaped = inner.replace('&', "&amp;").replace('"', "&quot;");
            format!("<p>frame<iframe srcdoc=\"{escaped}\"></iframe>").into_bytes()
        });
        assert!(text(&framed, Kind::Html).unwrap().contains("frame"));
    });
}

/// A document whose body is `inner`.
fn docx(inner: &str) -> Vec<u8> {
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relations = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"r\" Type=\"{OFFICE}/officeDocument\" Target=\"d.xml\"/></Relationships>"
    );
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Override PartName=\"/d.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
    let body = format!(
        "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">\
         <w:body>{inner}"
    );
    let parts =
        [("[Content_Types].xml", types), ("_rels/.rels", &relations), ("d.xml", body.as_str())];
    zip::package(&parts)
}

#[test]
fn xml_in_xml() {
    on_small_stack(|| {
        let text_box = "<w:p><w:r><w:t>x</w:t><w:txbxContent>";
        for (start, end) in [("<w:p>", "</w:p>"), (text_box, "</w:txbxContent></w:r></w:p>")] {
            let count = 1000 / start.matches('<').count();
            let whole = |count: usize| {
                let tail = "</w:body></w:document>";
                docx(&format!(
                    "{}<w:r><w:t>innermost</w:t></w:r>{}{tail}",
                    start.repeat(count),
                    end.repeat(count)
                ))
            };
            let file = whole(count.min(330));
            assert_eq!(kind_of(&file), Kind::Docx);
            assert!(text(&file, Kind::Docx).unwrap().contains("innermost"));
            let _ = text(&whole(100_000), Kind::Docx);
        }
    });
}

#[test]
fn groups_in_groups() {
    on_small_stack(|| {
        for count in [4_000, 300_000] {
            let nested =
                format!("{{\\rtf1 {}innermost{}", "{\\b ".repeat(count), "}".repeat(count));
            let text = text(nested.as_bytes(), Kind::Rtf);
            assert!(count > 4_000 || text.unwrap().contains("innermost"));
        }
        let tables = format!("{{\\rtf1{}end", "{\\fonttbl{\\f0".repeat(100_000));
        let _ = text(tables.as_bytes(), Kind::Rtf);
    });
}

#[test]
fn objects_in_objects() {
    on_small_stack(|| {
        let page = "BT /F 12 Tf 9 9 Td (shown) Tj ET";
        for count in [200, 200_000] {
            let deep = [("[", "]"), ("<</A ", ">>"), ("[<</A ", ">>]")];
            for (start, end) in deep {
                let object = format!("{}0{}", start.repeat(count), end.repeat(count));
                let in_page = pdf::Pdf::page(&format!("{page} {object} /X gs")).finish();
                assert!(text(&in_page, Kind::Pdf).unwrap().contains("shown"));
                let in_file = pdf::Pdf::page(page).add(object).finish();
                assert!(text(&in_file, Kind::Pdf).unwrap().contains("shown"));
            }
        }
        // Forms that draw each other, and a page tree of one branch.
        let mut forms = pdf::Pdf::with_stream(
            pdf::stream("", format!("{page} /X Do").as_bytes()),
            "/XObject<</X 6 0 R>>",
        );
        for number in 7..2_000 {
            let entries = format!("/Subtype/Form/Resources<</XObject<</X {number} 0 R>>>>");
            forms = forms.add(pdf::stream(&entries, b"/X Do"));
        }
        assert!(text(&forms.finish(), Kind::Pdf).unwrap().contains("shown"));
        let mut tree = pdf::Pdf::page(page);
        for number in 7..2_000 {
            tree = tree.add(format!("<</Type/Pages/Count 1/Kids[{number} 0 R]>>"));
        }
        let _ = text(&tree.set(2, "<</Type/Pages/Count 1/Kids[6 0 R]>>").finish(), Kind::Pdf);
        let mut outlines = pdf::Pdf::page(page).set(
            1,
            "<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R/StructTreeRoot 6 0 R/AcroForm<</Fields[6 0 R]>>\
             /Names<</EmbeddedFiles 6 0 R>>>>",
        );
        for number in 7..2_000 {
            let next = format!("{number} 0 R");
            outlines = outlines.add(format!(
                "<</Title(t)/First {next}/K {next}/Kids[{next}]/T(f)/Parent {next}>>"
            ));
        }
        assert!(text(&outlines.finish(), Kind::Pdf).unwrap().contains("shown"));
    });
}

#[test]
fn elements_of_der_in_elements() {
    on_small_stack(|| {
        let mut signed = b"0\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02".to_vec();
        for count in [60, 100_000] {
            signed.extend(b"\xa0\x80\x24\x80".repeat(count));
            assert_eq!(kind_of(&signed), Kind::Cms);
            let opened = children(&signed, Kind::Cms, &mut Budget::new(), &mut |_, _| Ok(()));
            assert_eq!(opened, Err(Reason::Damaged));
        }
    });
}

#[test]
fn parentheses_in_parentheses() {
    on_small_stack(|| {
        for (count, understood) in [(30, true), (40, false), (100_000, false)] {
            let line = format!("{}a{}", "(".repeat(count), ")".repeat(count));
            assert_eq!(Query::parse(&line, Dialect::Candor).is_ok(), understood);
            let line = format!("{}a{}", "(b OR (c AND ".repeat(count / 2), "))".repeat(count / 2));
            assert_eq!(Query::parse(&line, Dialect::Candor).is_ok(), understood);
        }
    });
}
