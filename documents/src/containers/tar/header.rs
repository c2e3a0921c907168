//! The header of an entry: one block.

/// Length of a block.
pub(super) const BLOCK: u64 = 512;

/// What a header says.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) name: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) size: u64,
    pub(super) modified: Option<i64>,
    pub(super) kind: u8,
    /// Whether a block follows that goes on with the map of a sparse file.
    pub(super) goes_on: bool,
}

impl Header {
    /// Reads a header; `None` if its checksum does not match.
    pub(super) fn read(block: &[u8]) -> Option<Self> {
        if block.len() as u64 != BLOCK || !checksum_matches(block)? {
            return None;
        }
        let mut name = text(block.get(..100)?).to_vec();
        // GNU tar keeps other things where ustar has the first part of a long name.
        if block.get(257..263)? == b"ustar\0" {
            let prefix = text(block.get(345..500)?);
            if !prefix.is_empty() {
                name = [prefix, b"/", &name].concat();
            }
        }
        Some(Self {
            name,
            link: text(block.get(157..257)?).to_vec(),
            size: u64::try_from(number(block.get(124..136)?)?).ok()?,
            modified: number(block.get(136..148)?),
            kind: *block.get(156)?,
            goes_on: *block.get(156)? == b'S' && *block.get(482)? != 0,
        })
    }

    /// Whether the entry's bytes follow, as many as it states. Of links, devices, folders
    /// and pipes nothing follows, whatever size they state.
    pub(super) fn holds_bytes(&self) -> bool {
        !matches!(self.kind, b'1'..=b'6')
    }

    /// Whether it is a folder, or a label of the archive.
    pub(super) fn is_folder(&self, name: &[u8]) -> bool {
        // Before ustar, a folder was a file whose name ends in a slash.
        let old = matches!(self.kind, 0 | b'0') && self.size == 0 && name.ends_with(b"/");
        old || matches!(self.kind, b'5' | b'D' | b'V')
    }

    /// What it is, if it is no file that is given.
    pub(super) fn not_opened(&self, link: &[u8]) -> Option<String> {
        let target = String::from_utf8_lossy(link);
        Some(match self.kind {
            b'1' => format!("hard link to {target}"),
            b'2' => format!("symbolic link to {target}"),
            b'3' | b'4' => "a device".to_owned(),
            b'6' => "a pipe".to_owned(),
            b'M' => "the rest of a file on another volume".to_owned(),
            b'S' => "a sparse file".to_owned(),
            _ => return None,
        })
    }
}

/// Whether a block is a tar header: what stands where a kind of file is told by its bytes.
pub(crate) fn stands(bytes: &[u8]) -> bool {
    let header = bytes.get(..BLOCK as usize).and_then(Header::read);
    header.is_some_and(|header| !header.name.is_empty())
}

/// Sum of the bytes, the checksum's own counted as spaces; some old programs added
/// them as signed numbers.
fn checksum_matches(block: &[u8]) -> Option<bool> {
    let stated = number(block.get(148..156)?)?;
    let (mut unsigned, mut signed) = (0_i64, 0_i64);
    for (at, byte) in block.iter().enumerate() {
        let byte = if (148..156).contains(&at) { b' ' } else { *byte };
        unsigned += i64::from(byte);
        signed += i64::from(byte.cast_signed());
    }
    Some(stated == unsigned || stated == signed)
}

fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number in octal digits, or in base 256 where the first bit is set.
fn number(field: &[u8]) -> Option<i64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        // Two's complement: the second bit is the sign.
        let start = if first & 0x40 != 0 { -1 } else { 0 };
        let first = i64::from(first & 0x3f) | (start & !0x3f);
        return rest
            .iter()
            .try_fold(first, |value, byte| value.checked_mul(256)?.checked_add(i64::from(*byte)));
    }
    let digits = text(field).trim_ascii();
    let octal = digits.iter().all(|digit| (b'0'..=b'7').contains(digit));
    if !octal {
        return None;
    }
    digits.iter().try_fold(0_i64, |value, digit| {
        value.checked_mul(8)?.checked_add(i64::from(digit.saturating_sub(b'0')))
    })
}
