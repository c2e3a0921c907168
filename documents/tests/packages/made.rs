//! Office files that are made here, for what the data files do not hold.

use candor_documents::{Child, Kind, Reason};

use super::*;
use crate::zip::package;

const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const R: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A `.rels` part: id, last segment of the type, target.
fn rels(of: &[(&str, &str, &str)]) -> String {
    let each = of.iter().map(|(id, kind, target)| {
        let mode = if target.contains("://") { "External" } else { "Internal" };
        let kind = if kind.contains(':') { (*kind).to_owned() } else { format!("{R}/{kind}") };
        format!("<Relationship Id='{id}' Type='{kind}' Target='{target}' TargetMode='{mode}'/>")
    });
    let each: String = each.collect();
    format!(
        "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>\
         {each}</Relationships>"
    )
}

fn document(body: &str) -> String {
    format!(
        "<w:document xmlns:w='{W}' xmlns:v='urn:schemas-microsoft-com:vml' \
         xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math'>\
         <w:body>{body}</w:body></w:document>"
    )
}

fn text(bytes: &[u8]) -> String {
    let content = read(bytes, kind_of(bytes), &mut Budget::new()).unwrap();
    content.text.as_str().replace(Text::BLOCK, "|")
}

fn office(parts: &[(&str, String)]) -> Vec<u8> {
    package(parts)
}

#[test]
fn a_strict_document_is_a_document() {
    let w = "http://purl.oclc.org/ooxml/wordprocessingml/main";
    let strict = "http://purl.oclc.org/ooxml/officeDocument/relationships";
    let bytes = office(&[
        ("_rels/.rels", rels(&[("1", &format!("{strict}/officeDocument"), "/Doc.XML")])),
        ("doc.xml", format!("<document xmlns='{w}'><p><r><t>one</t></r></p></document>")),
    ]);
    assert_eq!(kind_of(&bytes), Kind::Docx);
    assert_eq!(text(&bytes), "one|");
}

#[test]
fn words_are_neither_cut_nor_joined() {
    let body = "<w:p><w:r><w:t>be</w:t><w:pict><v:shape alt='picture'><v:textpath \
        string='DRAFT'/></v:shape></w:pict><w:t>fore</w:t><w:noBreakHyphen/><w:t>x</w:t>\
        <w:softHyphen/><w:t>y</w:t><w:sym w:char='F0E0'/><w:ruby><w:rt><w:r><w:t>spoken</w:t>\
        </w:r></w:rt><w:rubyBase><w:r><w:t>written</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>\
        <w:p><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r>\
        </m:den></m:f></m:oMath></w:p>";
    let bytes = office(&[
        ("_rels/.rels", rels(&[("1", "officeDocument", "d.xml")])),
        ("d.xml", document(body)),
    ]);
    assert_eq!(text(&bytes), "before-x\u{ad}y written|picture|DRAFT|a b |");
}

#[test]
fn what_a_document_embeds_are_its_children() {
    let bytes = office(&[
        ("_rels/.rels", rels(&[("1", "officeDocument", "w/d.xml")])),
        ("w/d.xml", document("<w:p><w:r><w:t>t</w:t></w:r></w:p>")),
        (
            "w/_rels/d.xml.rels",
            rels(&[
                ("1", "header", "h.xml"),
                ("2", "image", "../media/two.png"),
                ("3", "aFChunk", "chunk.bin"),
                ("4", "package", "gone.xlsx"),
                ("5", "hyperlink", "https://example.com/page"),
                ("6", "mystery", "m.xml"),
            ]),
        ),
        ("w/h.xml", format!("<w:hdr xmlns:w='{W}'><w:p><w:r><w:t>head</w:t></w:r></w:p></w:hdr>")),
        ("w/_rels/h.xml.rels", rels(&[("1", "image", "/media/one.png")])),
        ("media/one.png", "1".to_owned()),
        ("media/two.png", "2".to_owned()),
        ("media/orphan.png", "3".to_owned()),
        ("w/chunk.bin", "PK\x05\x06".to_owned()),
        ("w/m.xml", "<m/>".to_owned()),
    ]);
    let (given, result) = items(&bytes);
    let names: Vec<_> = given.iter().map(|child: &Child| &child.name[..]).collect();
    assert_eq!((names, result), (vec![&b"one.png"[..], b"two.png", b"chunk.bin"], Ok(())));
    let content = read(&bytes, Kind::Docx, &mut Budget::new()).unwrap();
    assert_eq!(content.text.as_str().replace(Text::BLOCK, "|"), "t|https://example.com/page|head|");
    let unread: Vec<_> = content.unread.iter().map(|(name, why)| (name.as_str(), *why)).collect();
    assert_eq!(
        unread,
        [
            ("w/gone.xlsx", Reason::Damaged),
            ("media/orphan.png", Reason::NotOpened),
            ("w/m.xml", Reason::NotOpened),
        ]
    );
}

#[test]
fn damage_is_told_and_does_not_take_the_rest_along() {
    let cut = |part: &str| part[..part.len() - 9].to_owned();
    let bytes = office(&[
        ("_rels/.rels", rels(&[("1", "officeDocument", "d.xml")])),
        ("d.xml", cut(&document("<w:p><w:r><w:t>first</w:t></w:r></w:p>"))),
        ("_rels/d.xml.rels", rels(&[("1", "footer", "f.xml"), ("2", "footer", "g.xml")])),
        ("f.xml", "<w:ftr>&unknown;</w:ftr>".to_owned()),
        ("g.xml", format!("<w:ftr xmlns:w='{W}'><w:p><w:r><w:t>foot</w:t></w:r></w:p></w:ftr>")),
    ]);
    let content = read(&bytes, Kind::Docx, &mut Budget::new()).unwrap();
    assert_eq!(content.text.as_str().replace(Text::BLOCK, "|"), "first|foot|");
    let damaged = |name: &str| (name.to_owned(), Reason::Damaged);
    assert_eq!(content.unread, [damaged("d.xml"), damaged("f.xml")]);

    let empty = office(&[
        ("_rels/.rels", rels(&[("1", "officeDocument", "d.xml")])),
        ("d.xml", "<no".to_owned()),
    ]);
    assert_eq!(read(&empty, Kind::Docx, &mut Budget::new()), Err(Reason::Damaged));
}

#[test]
fn workbooks_hold_more_than_cells() {
    let s = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let threaded = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments";
    let bytes = office(&[
        ("_rels/.rels", rels(&[("1", "officeDocument", "x/w.xml")])),
        (
            "x/w.xml",
            format!(
                "<workbook xmlns='{s}' xmlns:r='{R}'><workbookPr date1904='1'/><sheets>\
                 <sheet name='B' r:id='b'/><sheet name='A' r:id='a'/></sheets><definedNames>\
                 <definedName name='rate'>\"seven\"</definedName></definedNames></workbook>"
            ),
        ),
        (
            "x/_rels/w.xml.rels",
            rels(&[
                ("a", "worksheet", "a.xml"),
                ("b", "worksheet", "b.xml"),
                ("s", "styles", "s.xml"),
                ("p", "pivotCacheDefinition", "p.xml"),
                ("e", "externalLink", "e.xml"),
            ]),
        ),
        (
            "x/s.xml",
            format!(
                "<styleSheet xmlns='{s}'><numFmts><numFmt numFmtId='170' formatCode='d. mmm'/>\
                 </numFmts><cellStyleXfs><xf numFmtId='14'/></cellStyleXfs><cellXfs>\
                 <xf numFmtId='0'/><xf numFmtId='170'/></cellXfs></styleSheet>"
            ),
        ),
        (
            "x/a.xml",
            format!(
                "<worksheet xmlns='{s}'><sheetData><row><c s='1'><v>42137</v></c><c s='0'>\
                 <v>42137</v></c><c t='d'><v>2019-05-14</v></c><c t='e'><v>#REF!</v></c></row>\
                 </sheetData><oddFooter>&amp;CSheet &amp;P</oddFooter></worksheet>"
            ),
        ),
        ("x/_rels/a.xml.rels", rels(&[("t", "threadedComment", "t.xml")])),
        (
            "x/t.xml",
            format!(
                "<ThreadedComments xmlns='{threaded}'><threadedComment><text>reply</text>\
                     </threadedComment></ThreadedComments>"
            ),
        ),
        ("x/b.xml", format!("<worksheet xmlns='{s}'/>")),
        (
            "x/p.xml",
            format!(
                "<pivotCacheDefinition xmlns='{s}'><cacheField name='Field'><sharedItems>\
                     <s v='item'/></sharedItems></cacheField></pivotCacheDefinition>"
            ),
        ),
        (
            "x/e.xml",
            format!(
                "<externalLink xmlns='{s}'><sheetData><row><cell><v>far</v></cell></row>\
                     </sheetData></externalLink>"
            ),
        ),
    ]);
    assert_eq!(kind_of(&bytes), Kind::Xlsx);
    assert_eq!(
        text(&bytes),
        "rate|seven|B|A|42137\n2019-05-14|42137|2019-05-14|#REF!|\nSheet  |reply|Field|item|far|"
    );
}

#[test]
fn of_a_layout_is_read_what_a_user_drew() {
    let p = "http://schemas.openxmlformats.org/presentationml/2006/main";
    let a = "http://schemas.openxmlformats.org/drawingml/2006/main";
    let shape = |properties: &str, text: &str| {
        format!(
            "<p:sp><p:nvSpPr>{properties}</p:nvSpPr><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r>\
                 </a:p></p:txBody></p:sp>"
        )
    };
    let part = |root: &str, shapes: &str| {
        format!("<p:{root} xmlns:p='{p}' xmlns:a='{a}' xmlns:r='{R}'>{shapes}</p:{root}>")
    };
    let layout = shape("<p:nvPr userDrawn='1'/>", "drawn")
        + &shape("<p:nvPr/>", "prompt")
        + &shape("<p:nvPr><p:ph/></p:nvPr>", "place");
    let bytes = office(&[
        ("_rels/.rels", rels(&[("1", "officeDocument", "p.xml")])),
        ("p.xml", part("presentation", "<p:sldId r:id='s'/>")),
        ("_rels/p.xml.rels", rels(&[("m", "slideMaster", "m.xml"), ("s", "slide", "s.xml")])),
        ("s.xml", part("sld", &shape("<p:nvPr/>", "slide"))),
        ("_rels/s.xml.rels", rels(&[("l", "slideLayout", "l.xml")])),
        ("l.xml", part("sldLayout", &layout)),
        ("_rels/l.xml.rels", rels(&[("m", "slideMaster", "m.xml")])),
        ("m.xml", part("sldMaster", &shape("<p:nvPr/>", "everywhere"))),
        ("_rels/m.xml.rels", rels(&[("l", "slideLayout", "l.xml"), ("n", "slideLayout", "n.xml")])),
        ("n.xml", part("sldLayout", &shape("<p:nvPr userDrawn='1'/>", "unused"))),
    ]);
    assert_eq!(kind_of(&bytes), Kind::Pptx);
    assert_eq!(text(&bytes), "slide|drawn|everywhere|");
}

const ODF: &str = "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' \
    xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0' \
    xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' \
    xmlns:draw='urn:oasis:names:tc:opendocument:xmlns:drawing:1.0' \
    xmlns:style='urn:oasis:names:tc:opendocument:xmlns:style:1.0' \
    xmlns:presentation='urn:oasis:names:tc:opendocument:xmlns:presentation:1.0' \
    xmlns:xlink='http://www.w3.org/1999/xlink' \
    xmlns:math='http://www.w3.org/1998/Math/MathML'";

fn odf(parts: &[(&str, &str)]) -> Vec<u8> {
    let wrapped: Vec<(&str, String)> = parts
        .iter()
        .map(|(name, part)| match name.ends_with("content.xml") || name.ends_with("styles.xml") {
            true => (*name, format!("<office:document {ODF}>{part}</office:document>")),
            false => (*name, (*part).to_owned()),
        })
        .collect();
    package(&wrapped)
}

#[test]
fn open_documents_embed_documents_and_pictures() {
    let bytes = odf(&[
        ("mimetype", "application/vnd.oasis.opendocument.text-template"),
        (
            "content.xml",
            "<text:p>be<draw:frame><draw:object xlink:href='./Object 1'/><draw:image \
             xlink:href='./ObjectReplacements/Object 1'/></draw:frame><draw:frame><draw:image \
             xlink:href='Pictures/b.png'/></draw:frame>fore \n <text:s text:c='1000000000'/> x\
             <text:a xlink:href='https://example.com/'>link</text:a></text:p>",
        ),
        (
            "styles.xml",
            "<office:styles><draw:fill-image xlink:href='Pictures/a.png'/></office:styles>\
          <office:master-styles><style:header><text:p>head</text:p></style:header>\
          <draw:frame presentation:class='title'><text:p>prompt</text:p></draw:frame>\
          <draw:frame presentation:class='footer'><text:p>foot</text:p></draw:frame>\
          </office:master-styles>",
        ),
        (
            "Object 1/content.xml",
            "<math:math><math:mi>alpha</math:mi><math:mo>+</math:mo>\
          <math:mi>beta</math:mi></math:math>",
        ),
        ("ObjectReplacements/Object 1", "picture"),
        ("Pictures/a.png", "1"),
        ("Pictures/b.png", "2"),
        ("Pictures/c.png", "3"),
    ]);
    assert_eq!(kind_of(&bytes), Kind::Odt);
    let content = read(&bytes, Kind::Odt, &mut Budget::new()).unwrap();
    assert_eq!(content.unread, [("Pictures/c.png".to_owned(), Reason::NotOpened)]);
    let expected = "before  xlink|https://example.com/|head|foot|alpha + beta |";
    assert_eq!(content.text.as_str().replace(Text::BLOCK, "|"), expected);
    let (given, _) = items(&bytes);
    let names: Vec<_> = given.iter().map(|child| &child.name[..]).collect();
    assert_eq!(names, [b"b.png", b"a.png"]);
}

#[test]
fn values_of_cells_are_read_beside_what_they_show() {
    let bytes = odf(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        (
            "content.xml",
            "<office:spreadsheet><table:table table:name='Sheet'><table:table-cell \
             office:value='1234.5' table:formula='of:=IF([.A1];\"yes\";0)'><text:p>1,235</text:p>\
             </table:table-cell><table:table-cell office:date-value='2019-05-14T07:30:00'><text:p>14 May\
             </text:p></table:table-cell><table:table-cell office:value='7'><text:p>7</text:p>\
             </table:table-cell></table:table></office:spreadsheet>",
        ),
    ]);
    assert_eq!(text(&bytes), "Sheet|1,235|1234.5|yes|14 May|2019-05-14 07:30:00|7|");
}

#[test]
fn an_open_document_under_a_password_is_encrypted() {
    let manifest = "<m:manifest xmlns:m='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'>\
        <m:file-entry m:full-path='/' m:media-type='application/vnd.oasis.opendocument.text'/>\
        <m:file-entry m:full-path='content.xml'><m:encryption-data/></m:file-entry></m:manifest>";
    let bytes = package(&[("META-INF/manifest.xml", manifest), ("content.xml", "??")]);
    assert_eq!(kind_of(&bytes), Kind::Odt);
    assert_eq!(read(&bytes, Kind::Odt, &mut Budget::new()), Err(Reason::Encrypted));
    assert_eq!(items(&bytes).1, Err(Reason::Encrypted));
}

#[test]
fn other_packages_are_archives() {
    let epub = package(&[("mimetype", "application/epub+zip"), ("a.xhtml", "<html/>")]);
    let visio = package(&[
        ("_rels/.rels", rels(&[("1", "officeDocument", "v.xml")])),
        ("v.xml", "<VisioDocument xmlns='http://schemas.microsoft.com/office/visio'/>".to_owned()),
    ]);
    assert_eq!([kind_of(&epub), kind_of(&visio)], [Kind::Zip, Kind::Zip]);
}

#[test]
fn a_chunk_of_html_is_read_where_it_hangs() {
    let html = "<!DOCTYPE html><html><body><p>chunk of text</p></body></html>";
    let bytes = office(&[
        ("_rels/.rels", rels(&[("1", "officeDocument", "d.xml")])),
        ("d.xml", document("<w:p><w:r><w:t>own</w:t></w:r></w:p><w:altChunk/>")),
        ("_rels/d.xml.rels", rels(&[("1", "aFChunk", "chunk.html")])),
        ("chunk.html", html.to_owned()),
    ]);
    assert_eq!(text(&bytes), "own|chunk of text|");
    assert_eq!(items(&bytes), (Vec::new(), Ok(())));
}
