//! Text as it stands on pages made here.

use candor_documents::{DateSource, Reason};

use super::build::{Pdf, stream};
use super::{read_pdf, text_of};

fn page(content: &str) -> String {
    text_of(&Pdf::page(content).finish())
}

#[test]
fn gaps_are_spaces_and_kerning_is_none() {
    assert_eq!(page("BT /F 10 Tf [(W)80(ord)-300(spacing)] TJ ET"), "Word spacing|");
    assert_eq!(
        page("BT /F 10 Tf (one) Tj 20 0 Td (two) Tj 0 -12 Td (three) Tj ET"),
        "one two\nthree|"
    );
    // Letters spread by spacing, by shifts, and one by one at their own places.
    assert_eq!(page("BT /F 10 Tf 5 Tc (spread) Tj ET"), "spread|");
    assert_eq!(page("BT /F 10 Tf [(T)-250(I)-250(T)-250(L)-250(E)] TJ ET"), "TITLE|");
    assert_eq!(page("BT /F 10 Tf [(A)-250(B)-250(C)-700(D)-250(E)] TJ ET"), "ABC DE|");
    // Spacing that ends is a gap.
    assert_eq!(page("BT /F 10 Tf (on) Tj 4 Tc (e) Tj 0 Tc (two) Tj ET"), "one two|");
}

#[test]
fn text_that_is_turned_or_scaled_reads_the_same() {
    for matrix in [
        "0 1 -1 0 200 90",
        "-1 0 0 -1 200 200",
        "0.7 0.7 -0.7 0.7 50 50",
        "100 0 0 100 0 0",
        "1 0 0 -1 0 99",
    ] {
        let content =
            format!("{matrix} cm BT /F 10 Tf [(one)-300(two)] TJ 0 -12 Td (th) Tj (ree) Tj ET");
        assert_eq!(page(&content), "one two\nthree|", "{matrix}");
    }
    // The size in the matrix, and no size at all.
    assert_eq!(page("BT /F 1 Tf 10 0 0 10 9 9 Tm [(one)-300(two)] TJ ET"), "one two|");
    assert!(page("BT /F 0 Tf (one) Tj ET").starts_with("one"));
    assert!(page("BT /F 10 Tf 0 0 0 0 0 0 Tm (one) Tj (two) Tj ET").starts_with("one"));
}

#[test]
fn marks_accents_and_what_is_drawn_twice() {
    let raised = "BT /F 10 Tf (agreement) Tj 4 Ts /F 6 Tf (1) Tj 0 Ts /F 10 Tf ( and 5) Tj 4 Ts /F 6 Tf (th) Tj ET";
    assert_eq!(page(raised), "agreement 1 and 5th|");
    assert_eq!(page("BT /F 10 Tf [(caf)0(\\264)450(e)] TJ ET"), "cafe\u{301}|");
    let bold = "BT /F 10 Tf 9 9 Td (bold) Tj 1 0 0 1 9.2 9 Tm (bold) Tj ( word) Tj ET";
    assert_eq!(page(bold), "bold word|");
}

#[test]
fn what_is_not_seen_is_read() {
    let hidden = "1 1 1 rg BT /F 10 Tf 3 Tr (unseen) Tj 7 Tr 0 20 Td (clipped) Tj ET /OC /L BDC BT 0 40 Td (layer) Tj ET EMC";
    assert_eq!(page(hidden), "unseen\nclipped\nlayer|");
    assert_eq!(
        page(
            "BT /F 9 Tf (a) Tj ET BI /W 2 /H 2 /BPC 8 ID \u{1} EI \u{7f}\u{80} EI BT 0 20 Td (b) Tj ET"
        ),
        "a\nb|"
    );
}

#[test]
fn replacements_stand_beside_what_they_replace() {
    let span = |shown: &str, actual: &str| {
        page(&format!(
            "BT /F 10 Tf (con) Tj /Span<</ActualText{actual}>>BDC ({shown}) Tj EMC (rm) Tj ET"
        ))
    };
    assert_eq!(span("Z", "(fi)"), "conZrm\nconfirm|");
    assert_eq!(span("fi", "<FEFFFB01>"), "confirm|");
    assert_eq!(span("-", "<FEFF00AD>"), "con-rm|");
    assert_eq!(page("/Figure<</ActualText(said)>>BDC EMC BT /F 9 Tf (x) Tj ET"), "x\nsaidx|");
}

#[test]
fn text_from_right_to_left_is_turned() {
    let font = "<</Font<</H<</Subtype/Type3/FirstChar 97/Widths[500 500 500]/FontMatrix[.001 0 0 .001 0 0]/Encoding<</Differences[97/uni05D0/uni05D1/uni05D2]>>>>/F<</Subtype/Type1/BaseFont/Helvetica>>>>>>";
    let read = |content: &str| text_of(&Pdf::page(content).set(5, font).finish());
    assert_eq!(read("BT /H 10 Tf (cba) Tj ET"), "אבג|");
    // One by one from the right, as they are read.
    assert_eq!(
        read("BT /H 10 Tf 50 0 Td (a) Tj -5 0 Td (b) Tj -5 0 Td (c) Tj -9 0 Td (a) Tj ET"),
        "אבג א|"
    );
    assert_eq!(read("BT /F 10 Tf (12 ) Tj /H 10 Tf (ba) Tj ET"), "12 אב|");
}

#[test]
fn fields_notes_and_what_a_document_says_of_itself() {
    let pdf = Pdf::page("BT /F 10 Tf (page) Tj ET")
        .set(1, "<</Type/Catalog/Pages 2 0 R/Outlines<</First 8 0 R>>/AcroForm<</Fields[6 0 R 9 0 R]>>/StructTreeRoot<</K<</K[<</Alt(picture of a cat)>>]>>>>>>")
        .set(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources 5 0 R/Annots[7 0 R 7 0 R <</Subtype/Text/Contents(note)/F 2>><</Subtype/Popup/Contents(note)>>]>>")
        .add("<</FT/Ch/T(f)/TU(tip)/V(ex)/Opt[[(no)(not chosen)][(ex)(chosen)]]/Kids[7 0 R]>>")
        .add("<</Subtype/Widget/Parent 6 0 R>>")
        .add("<</Title(one)/First<</Title(inner)>>/Next<</Title(two)>>>>")
        .add("<</FT/Tx/T(g)/V(unplaced)>>")
        .add("<</Title(Report)/Author(Ada)/CreationDate(D:2018)/ModDate(D:20190514093000+02'00')>>")
        .finish();
    let pdf = String::from_utf8(pdf).unwrap().replace("/Root 1 0 R", "/Root 1 0 R/Info 10 0 R");
    let read = read_pdf(pdf.as_bytes()).unwrap();
    let date = read.meta.date.unwrap();
    assert_eq!((date.seconds, date.source), (1_557_819_000, DateSource::Property));
    assert_eq!(read.meta.subject.as_deref(), Some("Report"));
    assert_eq!(
        text_of(pdf.as_bytes()),
        "Report|Ada|page|tip|chosen|ex|note|unplaced|one|inner|two|picture of a cat|",
    );
}

#[test]
fn damage_is_reported() {
    let good = Pdf::page("BT /F 10 Tf (one) Tj ET");
    let fewer = good.finish();
    let fewer =
        String::from_utf8(fewer).unwrap().replace("/Count 1/Kids[3 0 R]", "/Count 3/Kids[3 0 R]");
    let read = read_pdf(fewer.as_bytes()).unwrap();
    assert_eq!(read.unread, [("1 of 3 pages".to_string(), Reason::Damaged)]);
    let missing = Pdf::page("").set(3, "<</Type/Page/Contents 99 0 R>>").finish();
    assert_eq!(read_pdf(&missing), Err(Reason::Damaged));
    let packed = Pdf::with_stream(stream("/Filter/FlateDecode", b"nonsense"), "").finish();
    assert_eq!(read_pdf(&packed), Err(Reason::Damaged));
    assert_eq!(read_pdf(b"%PDF-1.4 nothing"), Err(Reason::Damaged));
    // Without its cross-reference, the objects are searched for.
    let cut = good.finish();
    let cut = &cut[..cut.len() - 120];
    let read = read_pdf(cut).unwrap();
    assert_eq!(read.text.as_str(), "one\u{2029}");
    assert_eq!(read.unread, [("cross-reference".to_string(), Reason::Damaged)]);
}

#[test]
fn a_page_without_text_is_reported() {
    let scan = |more: &str| {
        let content = format!("q 400 0 0 500 0 0 cm /I Do Q {more}");
        Pdf::with_stream(stream("", content.as_bytes()), "/XObject<</I 6 0 R>>")
            .add(stream("/Subtype/Image/Width 8/Height 1/BitsPerComponent 1", b"x"))
            .finish()
    };
    assert_eq!(read_pdf(&scan("")), Err(Reason::NoText));
    assert_eq!(read_pdf(&scan("BT /F 9 Tf (ABC0001) Tj ET")).unwrap().unread, []);
    assert_eq!(read_pdf(&Pdf::page("").finish()), Err(Reason::NoText));
    let named = scan("");
    let named = String::from_utf8_lossy(&named)
        .replace("/Pages 2 0 R", "/Pages 2 0 R/Outlines<</First<</Title(t)>>>>");
    let read = read_pdf(named.as_bytes()).unwrap();
    assert!(read.unread.contains(&("page 1".to_string(), Reason::NoText)));
}
