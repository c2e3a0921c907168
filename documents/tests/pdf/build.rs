//! Makes PDFs.

/// Objects of a PDF; the first is the catalog, the second the page tree, the third a
/// page, the fourth its content, the fifth its resources.
pub(crate) struct Pdf {
    objects: Vec<Vec<u8>>,
}

/// A stream object.
pub(crate) fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let mut out = format!("<<{entries}/Length {}>>stream\n", data.len()).into_bytes();
    out.extend_from_slice(data);
    out.extend_from_slice(b"\nendstream");
    out
}

pub(crate) fn deflate(data: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(data, 6)
}

impl Pdf {
    /// One page of 400 × 500 points with this content. `/F` is Helvetica.
    pub(crate) fn page(content: &str) -> Self {
        Self::with_stream(stream("", content.as_bytes()), "")
    }

    /// One page with this content stream and more entries of resources.
    pub(crate) fn with_stream(content: Vec<u8>, resources: &str) -> Self {
        let font =
            "/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>";
        Self {
            objects: vec![
                b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
                b"<</Type/Pages/Count 1/Kids[3 0 R]>>".to_vec(),
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 500]/Contents 4 0 R/Resources 5 0 R>>"
                    .to_vec(),
                content,
                format!("<<{font}{resources}>>").into_bytes(),
            ],
        }
    }

    /// Adds an object; the first added is number 6.
    pub(crate) fn add(mut self, object: impl Into<Vec<u8>>) -> Self {
        self.objects.push(object.into());
        self
    }

    pub(crate) fn set(mut self, number: usize, object: impl Into<Vec<u8>>) -> Self {
        self.objects[number - 1] = object.into();
        self
    }

    pub(crate) fn finish(&self) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n".to_vec();
        let mut places = Vec::new();
        for (number, object) in (1..).zip(&self.objects) {
            places.push(out.len());
            out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
            out.extend_from_slice(object);
            out.extend_from_slice(b"\nendobj\n");
        }
        let start = out.len();
        let mut end = format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1);
        for place in places {
            end.push_str(&format!("{place:010} 00000 n \n"));
        }
        end.push_str(&format!(
            "trailer<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n",
            self.objects.len() + 1
        ));
        out.extend_from_slice(end.as_bytes());
        out
    }
}
