//! Writes small PDFs: what readers of fonts are given instead of the file.

/// Objects in the making. The first two are a catalog and an empty page tree.
pub(crate) struct Writer {
    out: Vec<u8>,
    places: Vec<usize>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        let mut writer = Self { out: b"%PDF-1.7\n".to_vec(), places: Vec::new() };
        writer.add(b"<</Type/Catalog/Pages 2 0 R>>");
        writer.add(b"<</Type/Pages/Kids[]/Count 0>>");
        writer
    }

    /// Adds an object and gives its number.
    pub(crate) fn add(&mut self, body: &[u8]) -> usize {
        self.places.push(self.out.len());
        let number = self.places.len();
        self.out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        self.out.extend_from_slice(body);
        self.out.extend_from_slice(b"\nendobj\n");
        number
    }

    /// Adds a stream without filters and gives its number.
    pub(crate) fn add_stream(&mut self, data: &[u8]) -> usize {
        let mut body = format!("<</Length {}>>\nstream\n", data.len()).into_bytes();
        body.extend_from_slice(data);
        body.extend_from_slice(b"\nendstream");
        self.add(&body)
    }

    /// The file.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let start = self.out.len();
        let mut end = format!("xref\n0 {}\n0000000000 65535 f \n", self.places.len() + 1);
        for place in &self.places {
            end.push_str(&format!("{place:010} 00000 n \n"));
        }
        end.push_str(&format!(
            "trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n",
            self.places.len() + 1
        ));
        self.out.extend_from_slice(end.as_bytes());
        self.out
    }
}

/// Writes a name.
pub(crate) fn write_name(out: &mut Vec<u8>, name: &[u8]) {
    out.push(b'/');
    for byte in name {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+') {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("#{byte:02X}").as_bytes());
        }
    }
}

/// Writes a number so that it is read as the same number, within reason.
pub(crate) fn write_number(out: &mut Vec<u8>, number: f64) {
    let number = if number.is_finite() { number.clamp(-1e6, 1e6) } else { 0.0 };
    out.extend_from_slice(format!(" {number:.6}").as_bytes());
}
