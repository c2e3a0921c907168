//! Files inside PDFs made here, and pictures of their pages.

use candor_documents::{Kind, Reason, kind_of};

use super::build::{Pdf, deflate, stream};
use super::children_of;

/// The one child of a page that is a picture of 4 × 2 with these entries and data.
fn scanned(entries: &str, data: &[u8]) -> (String, Result<Vec<u8>, Reason>, String) {
    let picture = stream(&format!("/Subtype/Image/Width 4/Height 2{entries}"), data);
    let pdf = Pdf::with_stream(stream("", b"q 400 0 0 500 0 0 cm /I Do Q"), "/XObject<</I 6 0 R>>")
        .add(picture);
    let mut children = children_of(&pdf.finish()).unwrap();
    assert_eq!(children.len(), 1);
    let child = children.remove(0);
    (String::from_utf8(child.name).unwrap(), child.bytes, child.detail)
}

#[test]
fn pictures_of_pages_become_files() {
    let gray = "/ColorSpace/DeviceGray/BitsPerComponent 8";
    for (entries, data, name, kind) in [
        ("/Filter/DCTDecode", b"\xff\xd8\xff\xe0".to_vec(), "page-1.jpg", Kind::Jpeg),
        ("/Filter/JPXDecode", b"\0\0\0\x0cjP  ".to_vec(), "page-1.jp2", Kind::Unknown),
        (gray, vec![7; 8], "page-1.tiff", Kind::Tiff),
        (&format!("{gray}/Filter/FlateDecode"), deflate(&[7; 8]), "page-1.tiff", Kind::Tiff),
        (
            &format!("{gray}/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 4>>"),
            deflate(&[2, 1, 2, 3, 4, 2, 1, 2, 3, 4]),
            "page-1.png",
            Kind::Png,
        ),
        (
            "/ImageMask true/Filter/RunLengthDecode",
            vec![1, 0x80, 0x40, 128],
            "page-1.tiff",
            Kind::Tiff,
        ),
        (
            "/ColorSpace[/Indexed/DeviceCMYK 1 <0000000000000080>]/BitsPerComponent 1",
            vec![0x80, 0x40],
            "page-1.tiff",
            Kind::Tiff,
        ),
        (
            "/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 4>>",
            vec![0x99],
            "page-1.tiff",
            Kind::Tiff,
        ),
    ] {
        let (found, bytes, _) = scanned(entries, &data);
        assert_eq!(found, name);
        let bytes = bytes.unwrap();
        if kind != Kind::Unknown {
            assert_eq!(kind_of(&bytes), kind, "{entries}");
        }
    }
}

#[test]
fn samples_stand_in_tiff_as_they_are() {
    let (_, bytes, _) = scanned("/ColorSpace[/ICCBased<</N 3>>]/BitsPerComponent 8", &[9; 24]);
    let bytes = bytes.unwrap();
    assert!(bytes.starts_with(b"MM\0*") && bytes.ends_with(&[9; 24]));
    let (_, bytes, _) =
        scanned("/ColorSpace/DeviceRGB/BitsPerComponent 8/Decode[1 0 1 0 1 0]", &[9; 24]);
    assert!(bytes.unwrap().ends_with(&[246; 24]));
}

#[test]
fn fax_of_all_kinds_is_taken() {
    // White lines, one-dimensional: four white pixels are 1011.
    let (_, bytes, _) = scanned(
        "/Filter/CCITTFaxDecode/DecodeParms<</K 0/Columns 4/EncodedByteAlign true>>",
        &[0xb0, 0xb0],
    );
    assert!(bytes.unwrap().ends_with(&[0, 0]));
    let (_, bytes, _) = scanned("/Filter/CCITTFaxDecode/DecodeParms<</K 0/Columns 4>>", &[0xbb]);
    assert!(bytes.unwrap().ends_with(&[0, 0]));
    let (_, bytes, detail) = scanned("/Filter/CCITTFaxDecode/DecodeParms<</K 0/Columns 4>>", &[]);
    assert_eq!((bytes, detail.as_str()), (Err(Reason::Damaged), "page 1"));
    let (_, bytes, _) = scanned("/Filter/CCITTFaxDecode/DecodeParms<</K 0/Columns 9>>", &[0xbb]);
    assert_eq!(bytes, Err(Reason::Damaged));
}

#[test]
fn pictures_that_are_not_taken_are_named() {
    for (entries, reason) in [
        ("/Filter/JBIG2Decode", Reason::NotOpened),
        ("/ColorSpace[/Lab<<>>]/BitsPerComponent 8", Reason::NotOpened),
        ("/ColorSpace/DeviceGray/BitsPerComponent 8/Decode[0.2 0.8]", Reason::NotOpened),
        ("/ColorSpace/DeviceGray/BitsPerComponent 8", Reason::Damaged),
        ("/ColorSpace/DeviceGray/BitsPerComponent 3", Reason::Damaged),
        ("/Width 4000000000/ColorSpace/DeviceGray", Reason::Damaged),
    ] {
        let (name, bytes, detail) = scanned(entries, b"xx");
        assert_eq!(
            (name.as_str(), bytes, detail.as_str()),
            ("page-1", Err(reason), "page 1"),
            "{entries}"
        );
    }
}

#[test]
fn pages_with_text_or_small_pictures_are_no_scans() {
    let pdf = |content: &str| {
        Pdf::with_stream(stream("", content.as_bytes()), "/XObject<</I 6 0 R>>")
            .add(stream("/Subtype/Image/Width 4/Height 2/Filter/DCTDecode", b"x"))
            .finish()
    };
    assert_eq!(children_of(&pdf("q 300 0 0 500 0 0 cm /I Do Q")).unwrap().len(), 0);
    assert_eq!(
        children_of(&pdf("q 0 400 500 0 0 0 cm /I Do Q BT /F 9 Tf (ABC0001) Tj ET")).unwrap().len(),
        1
    );
    let long = "x".repeat(100);
    let scan = format!("q 400 0 0 500 0 0 cm /I Do Q BT /F 9 Tf ({long}) Tj ET");
    assert_eq!(children_of(&pdf(&scan)).unwrap().len(), 0);
}

#[test]
fn attachments_stand_in_order_and_once() {
    let pdf = Pdf::page("")
        .set(1, "<</Type/Catalog/Pages 2 0 R/AF[8 0 R]/Names<</EmbeddedFiles<</Kids[<</Names[(b)7 0 R]>><</Names[(a)8 0 R]>>2 0 R]>>>>>>")
        .set(3, "<</Type/Page/Annots[<</Subtype/FileAttachment/FS 9 0 R>>]>>")
        .add(stream("/Params<</ModDate(D:20190514)>>", b"one"))
        .add("<</UF<FEFF00FC>/F(u)/EF<</F 6 0 R>>>>")
        .add("<</F(two)/EF<</F 10 0 R>>>>")
        .add("<</F(gone)/EF<</F 99 0 R>>>>")
        .add(stream("/Filter/FlateDecode", &deflate(b"two")));
    let children = children_of(&pdf.finish()).unwrap();
    let found: Vec<_> = children
        .iter()
        .map(|child| {
            (String::from_utf8_lossy(&child.name).into_owned(), child.bytes.clone(), child.modified)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("ü".to_string(), Ok(b"one".to_vec()), Some(1_557_792_000)),
            ("two".to_string(), Ok(b"two".to_vec()), None),
            ("gone".to_string(), Err(Reason::Damaged), None),
        ]
    );
}
