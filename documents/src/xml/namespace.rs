//! Namespaces that readers know, each by all its addresses: of the transitional and the
//! strict form of ISO/IEC 29500, and of Microsoft's extensions.

/// A namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ns {
    /// No namespace.
    None,
    /// One that no reader knows.
    Unknown,
    /// `[Content_Types].xml`.
    ContentTypes,
    /// `.rels` parts.
    Package,
    /// Attributes that name a relationship.
    Relation,
    /// Markup compatibility.
    Mc,
    /// `WordprocessingML`.
    W,
    /// `SpreadsheetML`.
    S,
    /// Threaded comments of a workbook.
    Threaded,
    /// `PresentationML`.
    P,
    /// Sections of a presentation.
    P14,
    /// Comments of a presentation of today.
    PComment,
    /// `DrawingML`.
    A,
    /// Charts.
    C,
    /// Charts of today.
    Cx,
    /// Diagrams.
    Dgm,
    /// Shapes of a Word document.
    Wps,
    /// Equations.
    M,
    /// VML.
    V,
    /// Core properties.
    Core,
    /// Dublin Core.
    Dc,
    /// Dublin Core terms: dates.
    DcTerms,
    /// Extended properties.
    App,
    /// Properties that users define.
    Custom,
    /// OpenDocument: `office`.
    Office,
    /// OpenDocument: `text`.
    Text,
    /// OpenDocument: `table`.
    Table,
    /// OpenDocument: `draw`.
    Draw,
    /// OpenDocument: `presentation`.
    Presentation,
    /// OpenDocument: `meta`.
    Meta,
    /// OpenDocument: `form`.
    Form,
    /// OpenDocument: `script`.
    Script,
    /// OpenDocument: `svg`.
    Svg,
    /// OpenDocument: `manifest`.
    Manifest,
    /// Links.
    XLink,
    /// `MathML`.
    MathMl,
}

const TRANSITIONAL: &str = "http://schemas.openxmlformats.org/";
const STRICT: &str = "http://purl.oclc.org/ooxml/";
const MICROSOFT: &str = "http://schemas.microsoft.com/office/";
const OPEN_DOCUMENT: &str = "urn:oasis:names:tc:opendocument:xmlns:";

impl Ns {
    /// The namespace of an address.
    pub(crate) fn of(uri: &str) -> Self {
        if let Some(rest) = uri.strip_prefix(TRANSITIONAL) {
            return match rest {
                "package/2006/content-types" => Self::ContentTypes,
                "package/2006/relationships" => Self::Package,
                "package/2006/metadata/core-properties" => Self::Core,
                "officeDocument/2006/relationships" => Self::Relation,
                "officeDocument/2006/extended-properties" => Self::App,
                "officeDocument/2006/custom-properties" => Self::Custom,
                "officeDocument/2006/math" => Self::M,
                "markup-compatibility/2006" => Self::Mc,
                "wordprocessingml/2006/main" => Self::W,
                "spreadsheetml/2006/main" => Self::S,
                "presentationml/2006/main" => Self::P,
                "drawingml/2006/main" => Self::A,
                "drawingml/2006/chart" => Self::C,
                "drawingml/2006/diagram" => Self::Dgm,
                _ => Self::Unknown,
            };
        }
        if let Some(rest) = uri.strip_prefix(STRICT) {
            return match rest {
                "officeDocument/relationships" => Self::Relation,
                "officeDocument/extendedProperties" => Self::App,
                "officeDocument/customProperties" => Self::Custom,
                "officeDocument/math" => Self::M,
                "wordprocessingml/main" => Self::W,
                "spreadsheetml/main" => Self::S,
                "presentationml/main" => Self::P,
                "drawingml/main" => Self::A,
                "drawingml/chart" => Self::C,
                "drawingml/diagram" => Self::Dgm,
                _ => Self::Unknown,
            };
        }
        if let Some(rest) = uri.strip_prefix(MICROSOFT) {
            return match rest {
                // Macro sheets of Excel 4 have the same elements as others.
                "excel/2006/main" => Self::S,
                "spreadsheetml/2018/threadedcomments" => Self::Threaded,
                "powerpoint/2010/main" => Self::P14,
                "powerpoint/2018/8/main" => Self::PComment,
                "drawing/2014/chartex" => Self::Cx,
                "word/2010/wordprocessingShape" => Self::Wps,
                _ => Self::Unknown,
            };
        }
        if let Some(rest) = uri.strip_prefix(OPEN_DOCUMENT) {
            return match rest {
                "office:1.0" => Self::Office,
                "text:1.0" => Self::Text,
                "table:1.0" => Self::Table,
                "drawing:1.0" => Self::Draw,
                "presentation:1.0" => Self::Presentation,
                "meta:1.0" => Self::Meta,
                "form:1.0" => Self::Form,
                "script:1.0" => Self::Script,
                "svg-compatible:1.0" => Self::Svg,
                "manifest:1.0" => Self::Manifest,
                _ => Self::Unknown,
            };
        }
        match uri {
            "" => Self::None,
            "urn:schemas-microsoft-com:vml" => Self::V,
            "http://purl.org/dc/elements/1.1/" => Self::Dc,
            "http://purl.org/dc/terms/" => Self::DcTerms,
            "http://www.w3.org/1999/xlink" => Self::XLink,
            "http://www.w3.org/1998/Math/MathML" => Self::MathMl,
            _ => Self::Unknown,
        }
    }
}
