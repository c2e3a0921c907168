//! Files that mean harm: each is refused, or read in part and reported, soon.

use std::time::{Duration, Instant};

use candor_documents::Reason;

use super::build::{Pdf, deflate, stream};
use super::{children_of, read_pdf, text_of};

#[test]
fn packed_streams_have_a_limit() {
    let once = deflate(&vec![b' '; 65 << 20]);
    let page = |filters: &str, data: &[u8]| Pdf::with_stream(stream(filters, data), "").finish();
    assert_eq!(read_pdf(&page("/Filter/FlateDecode", &once)), Err(Reason::TooLarge));
    let twice = deflate(&once);
    assert_eq!(read_pdf(&page("/Filter[/FlateDecode/FlateDecode]", &twice)), Err(Reason::Bomb));
    let many = "/FlateDecode".repeat(1000);
    assert_eq!(read_pdf(&page(&format!("/Filter[{many}]"), &deflate(b"x"))), Err(Reason::TooDeep));
}

#[test]
fn a_file_has_a_limit() {
    let packed = deflate(&vec![b' '; 60 << 20]);
    let kids: String = (0..5).map(|page| format!(" {} 0 R", 6 + 2 * page)).collect();
    let mut pdf = Pdf::page("").set(2, format!("<</Type/Pages/Kids[{kids}]>>"));
    for page in 0..5 {
        pdf = pdf
            .add(format!("<</Type/Page/Contents {} 0 R>>", 7 + 2 * page))
            .add(stream("/Filter/FlateDecode", &packed));
    }
    assert_eq!(read_pdf(&pdf.finish()), Err(Reason::TooLarge));
}

#[test]
fn forms_in_forms_end() {
    // Ten forms draw the next one ten times each, and one draws itself.
    let mut pdf =
        Pdf::with_stream(stream("", b"BT /F 9 Tf (page) Tj ET /X Do"), "/XObject<</X 6 0 R>>");
    for next in 7..31 {
        let resources = format!("/Subtype/Form/Resources<</XObject<</X {next} 0 R>>>>");
        pdf = pdf.add(stream(&resources, &b"/X Do ".repeat(10)));
    }
    let pdf = pdf.add(stream("/Subtype/Form", b"BT (x) Tj ET"));
    if cfg!(not(debug_assertions)) {
        assert_eq!(read_pdf(&pdf.finish()), Err(Reason::TooLarge));
    }
    let own =
        Pdf::with_stream(stream("", b"BT /F 9 Tf (page) Tj ET /X Do"), "/XObject<</X 6 0 R>>")
            .add(stream("/Subtype/Form", b"BT /F 9 Tf 0 50 Td (form) Tj ET /X Do"));
    assert_eq!(text_of(&own.finish()), "page\nform|");
}

#[test]
fn nesting_is_reported() {
    let deep = format!("/A{}{}", "[".repeat(5000), "]".repeat(5000));
    let pdf = Pdf::page("BT (x) Tj ET").set(5, format!("<<{deep}>>"));
    let read = read_pdf(&pdf.finish()).unwrap();
    assert_eq!(read.unread, [("object 5".to_string(), Reason::TooDeep)]);
    // The page tree leads to nothing that can be read.
    let pdf = Pdf::page("").set(2, format!("<</Kids[3 0 R]{deep}>>"));
    assert_eq!(read_pdf(&pdf.finish()), Err(Reason::Damaged));
}

#[test]
fn counts_are_not_believed() {
    let file = |entries: &str, data: &[u8]| {
        let mut out = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Kids[3 0 R]>>endobj 3 0 obj<</Type/Page>>endobj\n".to_vec();
        let start = out.len();
        out.extend_from_slice(b"9 0 obj");
        out.extend_from_slice(&stream(&format!("/Type/XRef/Root 1 0 R{entries}"), data));
        out.extend_from_slice(format!(" endobj startxref {start} %%EOF").as_bytes());
        out
    };
    for entries in [
        "/Size 4000000000/W[1 4 2]/Index[0 4000000000]",
        "/Size 4000000000/W[0 0 0]",
        "/Size -5/W[8 8 8]",
        "/Size 9/W[9 -9 0]/Index[9223372036854775807 9223372036854775807]",
    ] {
        assert!(read_pdf(&file(entries, &[1; 100])).is_err(), "{entries}");
    }
    let much = file("/Size 99999999/W[0 1 0]/Filter/FlateDecode", &deflate(&vec![1; 4 << 20]));
    assert_eq!(read_pdf(&much), Err(Reason::TooLarge));
}

#[test]
fn maps_of_characters_have_limits() {
    let fonts = |font: &str, content: &str, map: &[u8]| {
        let page = Pdf::page(content).set(5, format!("<</Font<</F<<{font}>>>>>>"));
        page.add(stream("", map)).finish()
    };
    // A glyph that stands for a million letters stands for none.
    let long = format!("1 beginbfchar <61> <{}> endbfchar", "0061".repeat(900_000));
    let read = read_pdf(&fonts(
        "/Subtype/Type3/ToUnicode 6 0 R",
        "BT /F 9 Tf (aaa) Tj ET",
        long.as_bytes(),
    ));
    assert!(read.unwrap().text.as_str().len() < 20);
    let range = b"1 beginbfrange <00000000> <ffffffff> [<0061>] endbfrange 1 begincidrange <0000> <ffffffff> 0 endcidrange";
    let kind = "/Subtype/Type0/Encoding 6 0 R/ToUnicode 6 0 R/DescendantFonts[<</W[0 4294967295 9 -5 7[1]]>>]";
    read_pdf(&fonts(kind, "BT /F 9 Tf (aaaa) Tj ET", range)).unwrap();
}

#[test]
fn streams_that_share_bytes_are_counted() {
    let count = 400;
    let mut out = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R/AF[".to_vec();
    for number in 10..10 + count {
        out.extend_from_slice(format!("<</F(a)/EF<</F {number} 0 R>>>>").as_bytes());
    }
    out.extend_from_slice(b"]>>endobj 2 0 obj<</Kids[]>>endobj\n");
    for number in 10..10 + count {
        out.extend_from_slice(format!("{number} 0 obj<</Length 1>>stream\n").as_bytes());
    }
    out.extend_from_slice(&vec![b'x'; 1 << 20]);
    out.extend_from_slice(b"\nendstream endobj trailer<</Root 1 0 R>>");
    assert_eq!(children_of(&out), Err(Reason::TooLarge));
}

#[test]
fn what_repeats_costs_its_length() {
    let many = |word: &[u8]| word.repeat(400_000 / word.len());
    let page = |content: &[u8]| Pdf::with_stream(stream("", content), "").finish();
    let text = "BT /F 9 Tf (page) Tj ET ";
    let shown = |repeated: &[u8]| page(&[text.as_bytes(), repeated].concat());
    let behind = |repeated: &[u8]| [Pdf::page(text).finish(), repeated.to_vec()].concat();
    let before = |repeated: &[u8]| [b"%PDF-1.4\n", repeated, &Pdf::page(text).finish()].concat();
    let trailers: Vec<u8> =
        (0..4000).map(|at| format!("xref trailer<</Prev {at}>>")).collect::<String>().into();
    let files = [
        // Words as long as the file, from each of which on it is read.
        before(&many(b"trailer")),
        before(&many(b"1 0 obj(")),
        before(&many(b"7 0 obj<</Length 8 0 R>>stream\n")),
        before(&many(b"1 0 obj")),
        behind(&many(b"xref trailer<<")),
        behind(&trailers),
        // Pictures whose end looks like their data.
        shown(&many(b"BI ID x EI \xff ")),
        shown(&many(b"BI ID x")),
        // Accents on one letter.
        shown(&[b"BT /F 9 Tf ", many(b"(\xb4) Tj -4 0 Td ").as_slice()].concat()),
        shown(&many(b"(")),
        shown(&many(b"q BT [(a) 9000 (b)] TJ ")),
    ];
    for (number, file) in files.iter().enumerate() {
        let start = Instant::now();
        let _ = (read_pdf(file), children_of(file));
        let took = start.elapsed();
        // Read thrice, on a machine that may do other work.
        assert!(took < Duration::from_secs(20), "file {number} took {took:?}");
    }
}
