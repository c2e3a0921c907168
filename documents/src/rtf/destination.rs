//! Which groups of RTF hold text, and what text.

/// What a control word makes of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// Nothing in it is read.
    Skip,
    /// Text that stands in it directly is not read; that of some groups inside it is.
    Container,
    /// Text that follows the paragraph in which it stands.
    Beside(Beside),
    /// Text of the paragraph around the container in which it stands.
    Outside,
    /// Text where it stands, though the word is marked as one that readers may skip.
    Here,
    /// The table of fonts.
    Fonts,
    /// The name of a property of a shape.
    PropertyName,
    /// The value of a property of a shape.
    PropertyValue,
    /// When the document was made.
    Created,
    /// When the document was saved.
    Saved,
    /// A picture.
    Picture,
    /// An embedded object.
    Object,
    /// Markup of the HTML from which the RTF was made.
    HtmlTag,
}

/// Text that follows its paragraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    Plain,
    Title,
    /// The instruction of a field, of which the targets of links are read.
    Field,
}

/// The destination that a control word names, if it names one.
pub(super) fn of(word: &str) -> Option<Destination> {
    use Destination::{
        Beside as B, Container, Created, Fonts, Here, HtmlTag, Object, Outside, Picture,
        PropertyName, PropertyValue, Saved, Skip,
    };
    Some(match word {
        "fonttbl" => Fonts,
        "info" | "userprops" | "shp" | "shpinst" | "shpgrp" | "sp" | "do" | "object"
        | "formfield" | "upr" | "shppict" | "background" => Container,
        "result" | "ud" => Outside,
        "moMath" | "moMathPara" => Here,
        "header" | "headerl" | "headerr" | "headerf" | "footer" | "footerl" | "footerr"
        | "footerf" | "footnote" | "annotation" | "atnauthor" | "shptxt" | "dptxbxtext"
        | "subject" | "author" | "manager" | "company" | "operator" | "category" | "keywords"
        | "comment" | "doccomm" | "hlinkbase" | "propname" | "staticval" | "xe" | "tc" | "ffl"
        | "ffdeftext" | "ffhelptext" | "ffstattext" => B(Beside::Plain),
        "title" => B(Beside::Title),
        "fldinst" => B(Beside::Field),
        "sn" => PropertyName,
        "sv" => PropertyValue,
        "creatim" => Created,
        "revtim" => Saved,
        "pict" => Picture,
        "objdata" => Object,
        "htmltag" => HtmlTag,
        "stylesheet" | "colortbl" | "filetbl" | "listtable" | "listoverridetable" | "pgdsctbl"
        | "revtbl" | "template" | "nonshppict" | "nonesttables" | "shprslt" | "pntxta"
        | "pntxtb" | "ftnsep" | "ftnsepc" | "ftncn" | "aftnsep" | "aftnsepc" | "aftncn"
        | "atnid" | "atnref" | "atntime" | "atndate" | "atnparent" | "atnicn" | "bkmkstart"
        | "bkmkend" | "rxe" | "txe" | "private" | "printim" | "buptim" | "mhtmltag" => Skip,
        _ => return None,
    })
}

/// Whether a property of a shape is text for a reader.
pub(super) fn is_read(property: &str) -> bool {
    ["wzDescription", "wzName", "wzTooltip", "gtextUNICODE"].contains(&property)
}

/// The character that a control word stands for.
pub(super) fn character(word: &str) -> Option<char> {
    Some(match word {
        "tab" => '\t',
        "emdash" => '—',
        "endash" => '–',
        "emspace" => '\u{2003}',
        "enspace" => '\u{2002}',
        "qmspace" => '\u{2005}',
        "bullet" => '•',
        "lquote" => '‘',
        "rquote" => '’',
        "ldblquote" => '“',
        "rdblquote" => '”',
        "zwbo" => '\u{200b}',
        "zwnj" => '\u{200c}',
        "zwj" => '\u{200d}',
        "ltrmark" => '\u{200e}',
        "rtlmark" => '\u{200f}',
        _ => return None,
    })
}

/// The code page of a character set of fonts, if it has one of its own.
pub(super) fn page_of_charset(charset: i32) -> Option<u16> {
    Some(match charset {
        0 => 1252,
        2 => 42,
        77 => 10000,
        78 => 10001,
        79 => 10003,
        80 => 10008,
        81 => 10002,
        84 => 10004,
        85 => 10006,
        86 => 10081,
        88 => 10029,
        89 => 10007,
        128 => 932,
        129 => 949,
        130 => 1361,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178..=180 => 1256,
        181 => 1255,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        254 => 437,
        255 => 850,
        _ => return None,
    })
}
