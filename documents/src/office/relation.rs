//! What a relationship says of the part it leads to.

/// What is done with a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// The main part: document, workbook or presentation.
    Main,
    /// Read, by its root element.
    Text,
    /// VML with the text of form controls and of shapes.
    Vml,
    /// Sheets: read where the workbook names them.
    Sheet,
    /// Slides.
    Slide,
    /// Layouts and masters: read without what only holds the place of text.
    Layout,
    /// Strings of cells.
    SharedStrings,
    /// Formats of cells.
    Styles,
    /// Properties.
    Properties,
    /// A whole document of another kind in the place of a paragraph.
    Chunk,
    /// An item of its own.
    Child,
    /// Compound file around an item of its own.
    Object,
    /// Known to hold nothing that is read: fonts, colours, numbers of versions.
    Nothing,
    /// Not known.
    Other,
}

/// What is done with the target of a relationship of this type. Types are told by their
/// last segment: the addresses before it differ between the transitional and the strict
/// form and between the years of extensions.
pub(super) fn role(kind: &str) -> Use {
    let last = kind.rsplit('/').next().unwrap_or(kind);
    match last {
        "officeDocument" => Use::Main,
        "header"
        | "footer"
        | "footnotes"
        | "endnotes"
        | "comments"
        | "glossaryDocument"
        | "chart"
        | "chartEx"
        | "chartUserShapes"
        | "diagramData"
        | "drawing"
        | "notesSlide"
        | "commentAuthors"
        | "authors"
        | "person"
        | "threadedComment"
        | "externalLink"
        | "externalLinkPath"
        | "pivotCacheDefinition"
        | "pivotCacheRecords"
        | "connections"
        | "revisionHeaders"
        | "revisionLog"
        | "subDocument" => Use::Text,
        "vmlDrawing" => Use::Vml,
        "worksheet" | "chartsheet" | "dialogsheet" | "xlMacrosheet" | "xlIntlMacrosheet" => {
            Use::Sheet
        }
        "slide" => Use::Slide,
        "slideLayout" | "slideMaster" | "notesMaster" | "handoutMaster" => Use::Layout,
        "sharedStrings" => Use::SharedStrings,
        "styles" => Use::Styles,
        "core-properties"
        | "extended-properties"
        | "extendedProperties"
        | "custom-properties"
        | "customProperties"
        | "coreProperties" => Use::Properties,
        "aFChunk" => Use::Chunk,
        "image" | "video" | "audio" | "media" | "package" | "hdphoto" | "model3d" => Use::Child,
        "oleObject" => Use::Object,
        // Read as values of the cells, the shapes or the controls that show them, or
        // holding only how things look.
        "stylesWithEffects"
        | "theme"
        | "themeOverride"
        | "fontTable"
        | "font"
        | "settings"
        | "webSettings"
        | "numbering"
        | "commentsExtended"
        | "commentsIds"
        | "commentsExtensible"
        | "people"
        | "customXml"
        | "customXmlProps"
        | "diagramLayout"
        | "diagramQuickStyle"
        | "diagramColors"
        | "diagramDrawing"
        | "chartStyle"
        | "chartColorStyle"
        | "presProps"
        | "viewProps"
        | "tableStyles"
        | "tags"
        | "calcChain"
        | "table"
        | "tableSingleCells"
        | "queryTable"
        | "pivotTable"
        | "printerSettings"
        | "sheetMetadata"
        | "metadata"
        | "usernames"
        | "volatileDependencies"
        | "thumbnail"
        | "slicer"
        | "slicerCache"
        | "timeline"
        | "timelineCache"
        | "ctrlProp"
        | "control"
        | "FeaturePropertyBag"
        | "keyMapCustomizations"
        | "attachedToolbars"
        | "slideUpdateInfo"
        | "changesInfo"
        | "revisionInfo"
        | "tasks"
        | "documenttasks"
        | "classificationlabels"
        | "labels"
        | "rdRichValue"
        | "rdRichValueStructure"
        | "rdRichValueTypes"
        | "richStyles"
        | "rdArray"
        | "rdSupportingPropertyBag"
        | "rdSupportingPropertyBagStructure"
        | "rdRichValueWebImage"
        | "xmlMaps"
        | "ui"
        | "extensibility"
        | "userCustomization"
        | "origin"
        | "signature"
        | "certificate"
        | "hyperlink"
        | "attachedTemplate"
        | "recipientData"
        | "mailMergeSource"
        | "mailMergeHeaderSource"
        | "frame"
        | "wsSortMap"
        | "namedSheetView"
        | "inkXml"
        | "customProperty"
        | "dictionary"
        | "webextension"
        | "taskpane"
        | "webextensiontaskpanes" => Use::Nothing,
        _ => Use::Other,
    }
}
