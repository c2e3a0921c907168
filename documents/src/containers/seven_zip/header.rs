//! Headers: what streams there are, how they are packed, which files they hold.

use super::super::Fields;
use crate::{Budget, Reason};

/// Most coders of a folder: a packer and some filters.
const CODERS: u64 = 8;
/// Most inputs of a coder.
const INPUTS: u64 = 8;

/// A header, or where the packed header is.
#[derive(Debug)]
pub(super) enum Header {
    Plain(Archive),
    Packed(Streams),
}

/// What an archive holds.
#[derive(Debug, Default)]
pub(super) struct Archive {
    pub(super) streams: Streams,
    pub(super) files: Vec<File>,
}

/// Packed streams and the folders that they are unpacked to.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// Where the first packed stream begins, after the start header.
    pub(super) position: u64,
    /// Lengths of the packed streams, which follow one another.
    pub(super) packed: Vec<u64>,
    pub(super) folders: Vec<Folder>,
}

/// What is unpacked as one: the bytes of files one after the other.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) coders: Vec<Coder>,
    /// Inputs and the outputs that feed them, by number in the order of coders.
    pub(super) pairs: Vec<(u64, u64)>,
    /// Number of packed streams.
    pub(super) packed_streams: usize,
    /// Bytes of files.
    pub(super) streams: Vec<Stream>,
    checksum: Option<u32>,
}

/// A step of packing.
#[derive(Debug)]
pub(super) struct Coder {
    pub(super) id: Vec<u8>,
    pub(super) inputs: u64,
    pub(super) outputs: u64,
    pub(super) properties: Vec<u8>,
    /// Length of what it unpacks to.
    pub(super) size: u64,
}

/// The bytes of a file in a folder.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) size: u64,
    pub(super) checksum: Option<u32>,
}

/// A file, a folder or a link.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) modified: Option<i64>,
    /// Whether no stream holds its bytes.
    pub(super) is_empty: bool,
    pub(super) is_folder: bool,
    pub(super) is_link: bool,
}

/// Reads a header.
///
/// # Errors
/// [`Reason::Damaged`]; [`Reason::TooLarge`]; [`Reason::NotOpened`] for parts that stand
/// outside of the header.
pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Header, Reason> {
    let mut reader = Reader(Fields(bytes));
    match reader.byte()? {
        0x17 => return reader.streams(budget).map(Header::Packed),
        0x01 => {}
        _ => return Err(Reason::Damaged),
    }
    let mut archive = Archive::default();
    loop {
        match reader.byte()? {
            0x00 => return Ok(Header::Plain(archive)),
            0x02 => reader.archive_properties()?,
            0x03 => {
                reader.streams(budget)?;
            }
            0x04 => archive.streams = reader.streams(budget)?,
            0x05 => archive.files = reader.files(budget)?,
            _ => return Err(Reason::Damaged),
        }
    }
}

struct Reader<'a>(Fields<'a>);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, Reason> {
        self.0.u8().ok_or(Reason::Damaged)
    }

    /// A number: the ones at the start of the first byte tell how many bytes follow.
    fn number(&mut self) -> Result<u64, Reason> {
        let first = self.byte()?;
        let more = first.leading_ones();
        let low = self.0.take(usize::try_from(more).unwrap_or(8)).ok_or(Reason::Damaged)?;
        let low = low.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        let mask = 0x7f_u8.checked_shr(more).unwrap_or(0);
        let high = u64::from(first & mask).checked_shl(more.saturating_mul(8)).unwrap_or(0);
        Ok(low | high)
    }

    /// A number of things of which each takes a byte at least.
    fn count(&mut self) -> Result<usize, Reason> {
        let count = usize::try_from(self.number()?).map_err(|_| Reason::Damaged)?;
        if count <= self.0.0.len() { Ok(count) } else { Err(Reason::Damaged) }
    }

    fn block(&mut self) -> Result<Reader<'a>, Reason> {
        let length = self.count()?;
        Ok(Reader(Fields(self.0.take(length).ok_or(Reason::Damaged)?)))
    }

    fn expect(&mut self, id: u8) -> Result<(), Reason> {
        if self.byte()? == id { Ok(()) } else { Err(Reason::Damaged) }
    }

    fn inside(&mut self) -> Result<(), Reason> {
        if self.byte()? == 0 { Ok(()) } else { Err(Reason::NotOpened) }
    }

    /// As many bits as `count`, the first bit of a byte first.
    fn bits(&mut self, count: usize) -> Result<Vec<bool>, Reason> {
        let bytes = self.0.take(count.div_ceil(8)).ok_or(Reason::Damaged)?;
        let bits = bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte & (0x80 >> bit) != 0));
        Ok(bits.take(count).collect())
    }

    /// Bits that may all be ones, which is then said in a byte.
    fn defined(&mut self, count: usize) -> Result<Vec<bool>, Reason> {
        if self.byte()? == 0 { self.bits(count) } else { Ok(vec![true; count]) }
    }

    fn checksums(&mut self, count: usize) -> Result<Vec<Option<u32>>, Reason> {
        let defined = self.defined(count)?;
        let each = defined.into_iter().map(|defined| {
            if defined { self.0.u32().map(Some).ok_or(Reason::Damaged) } else { Ok(None) }
        });
        each.collect()
    }

    fn archive_properties(&mut self) -> Result<(), Reason> {
        while self.byte()? != 0 {
            self.block()?;
        }
        Ok(())
    }

    fn streams(&mut self, budget: &mut Budget) -> Result<Streams, Reason> {
        let mut streams = Streams::default();
        let mut divided = false;
        loop {
            match self.byte()? {
                0x00 => break,
                0x06 => self.packed(&mut streams)?,
                0x07 => self.folders(&mut streams)?,
                0x08 => {
                    self.divide(&mut streams.folders, budget)?;
                    divided = true;
                }
                _ => return Err(Reason::Damaged),
            }
        }
        if !divided {
            for folder in &mut streams.folders {
                let (size, checksum) = (folder.size()?, folder.checksum);
                folder.streams.push(Stream { size, checksum });
            }
        }
        Ok(streams)
    }

    fn packed(&mut self, streams: &mut Streams) -> Result<(), Reason> {
        streams.position = self.number()?;
        let count = self.count()?;
        loop {
            match self.byte()? {
                0x00 => return Ok(()),
                0x09 => {
                    streams.packed = (0..count).map(|_| self.number()).collect::<Result<_, _>>()?;
                }
                0x0a => {
                    self.checksums(count)?;
                }
                _ => return Err(Reason::Damaged),
            }
        }
    }

    fn folders(&mut self, streams: &mut Streams) -> Result<(), Reason> {
        self.expect(0x0b)?;
        let count = self.count()?;
        self.inside()?;
        streams.folders = (0..count).map(|_| self.folder()).collect::<Result<_, _>>()?;
        self.expect(0x0c)?;
        for coder in streams.folders.iter_mut().flat_map(|folder| &mut folder.coders) {
            for _ in 0..coder.outputs {
                coder.size = self.number()?;
            }
        }
        loop {
            match self.byte()? {
                0x00 => return Ok(()),
                0x0a => {
                    let checksums = self.checksums(count)?;
                    for (folder, checksum) in streams.folders.iter_mut().zip(checksums) {
                        folder.checksum = checksum;
                    }
                }
                _ => return Err(Reason::Damaged),
            }
        }
    }

    fn folder(&mut self) -> Result<Folder, Reason> {
        let mut folder = Folder::default();
        let coders = self.number()?;
        if !(1..=CODERS).contains(&coders) {
            return Err(Reason::Damaged);
        }
        let (mut inputs, mut outputs) = (0_u64, 0_u64);
        for _ in 0..coders {
            let coder = self.coder()?;
            inputs = inputs.saturating_add(coder.inputs);
            outputs = outputs.saturating_add(coder.outputs);
            folder.coders.push(coder);
        }
        let pairs = outputs.saturating_sub(1);
        for _ in 0..pairs {
            folder.pairs.push((self.number()?, self.number()?));
        }
        let packed = inputs.checked_sub(pairs).ok_or(Reason::Damaged)?;
        if packed > 1 {
            for _ in 0..packed {
                self.number()?;
            }
        }
        folder.packed_streams = usize::try_from(packed).unwrap_or(usize::MAX);
        Ok(folder)
    }

    fn coder(&mut self) -> Result<Coder, Reason> {
        let flags = self.byte()?;
        let id = self.0.take(usize::from(flags & 15)).ok_or(Reason::Damaged)?.to_vec();
        let (mut inputs, mut outputs) = (1, 1);
        if flags & 0x10 != 0 {
            (inputs, outputs) = (self.number()?, self.number()?);
        }
        if !(1..=INPUTS).contains(&inputs) || !(1..=INPUTS).contains(&outputs) || flags & 0xc0 != 0
        {
            return Err(Reason::Damaged);
        }
        let properties = if flags & 0x20 != 0 { self.block()?.0.0.to_vec() } else { Vec::new() };
        Ok(Coder { id, inputs, outputs, properties, size: 0 })
    }

    /// Reads where the files in folders begin and end.
    fn divide(&mut self, folders: &mut [Folder], budget: &mut Budget) -> Result<(), Reason> {
        let mut id = self.byte()?;
        let mut counts = vec![1_u64; folders.len()];
        if id == 0x0d {
            for count in &mut counts {
                *count = self.number()?;
                budget.take_entries(*count)?;
            }
            id = self.byte()?;
        }
        for (folder, count) in folders.iter_mut().zip(&counts) {
            let mut left = folder.size()?;
            for at in 0..*count {
                let last = at.saturating_add(1) == *count;
                let size = if last || id != 0x09 { left } else { self.number()? };
                left = left.checked_sub(size).ok_or(Reason::Damaged)?;
                folder.streams.push(Stream { size, checksum: None });
            }
            // The folder's own checksum is that of its one file.
            if let [only] = &mut folder.streams[..] {
                only.checksum = folder.checksum;
            }
        }
        if id == 0x09 {
            id = self.byte()?;
        }
        while id != 0x00 {
            if id == 0x0a {
                let streams = folders.iter_mut().flat_map(|folder| &mut folder.streams);
                let open: Vec<_> = streams.filter(|stream| stream.checksum.is_none()).collect();
                let checksums = self.checksums(open.len())?;
                for (stream, checksum) in open.into_iter().zip(checksums) {
                    stream.checksum = checksum;
                }
            } else {
                self.block()?;
            }
            id = self.byte()?;
        }
        Ok(())
    }

    fn files(&mut self, budget: &mut Budget) -> Result<Vec<File>, Reason> {
        let count = self.number()?;
        budget.take_entries(count)?;
        let count = usize::try_from(count).map_err(|_| Reason::TooLarge)?;
        let mut files = vec![File::default(); count];
        let mut empty_files = Vec::new();
        loop {
            let id = self.byte()?;
            if id == 0x00 {
                break;
            }
            let mut block = self.block()?;
            match id {
                0x0e => {
                    for (file, bit) in files.iter_mut().zip(block.bits(count)?) {
                        file.is_empty = bit;
                    }
                }
                0x0f => {
                    let empty = files.iter().filter(|file| file.is_empty).count();
                    empty_files = block.bits(empty)?;
                }
                0x11 => {
                    block.inside()?;
                    files.iter_mut().try_for_each(|file| {
                        file.name = block.name()?;
                        Ok(())
                    })?;
                }
                0x14 => {
                    let defined = block.defined(count)?;
                    block.inside()?;
                    for (file, defined) in files.iter_mut().zip(defined) {
                        if defined {
                            file.modified = time(block.0.u64().ok_or(Reason::Damaged)?);
                        }
                    }
                }
                0x15 => {
                    let defined = block.defined(count)?;
                    block.inside()?;
                    for (file, defined) in files.iter_mut().zip(defined) {
                        if defined {
                            file.attributes(block.0.u32().ok_or(Reason::Damaged)?);
                        }
                    }
                }
                _ => {}
            }
        }
        // Without bytes and not told to be a file: a folder.
        let mut empty_files = empty_files.into_iter();
        for file in files.iter_mut().filter(|file| file.is_empty) {
            file.is_folder = !empty_files.next().unwrap_or(false);
        }
        Ok(files)
    }

    /// A name in UTF-16 that ends in a zero. Half of a surrogate pair is U+FFFD.
    fn name(&mut self) -> Result<String, Reason> {
        let mut units = Vec::new();
        loop {
            match self.0.u16().ok_or(Reason::Damaged)? {
                0 => return Ok(String::from_utf16_lossy(&units)),
                unit => units.push(unit),
            }
        }
    }
}

impl Folder {
    /// The coder whose output feeds no other: what it gives is the folder.
    pub(super) fn last_coder(&self) -> Option<usize> {
        (0..self.coders.len()).find(|at| self.pairs.iter().all(|(_, out)| *out != *at as u64))
    }

    fn size(&self) -> Result<u64, Reason> {
        // With coders of several outputs, which are not read, numbers are not places.
        let last = self.last_coder().and_then(|last| self.coders.get(last));
        last.map(|coder| coder.size).ok_or(Reason::Damaged)
    }
}

impl File {
    /// Attributes of Windows; in the upper half the mode of Unix, if a bit says so.
    fn attributes(&mut self, attributes: u32) {
        self.is_link = attributes & 0x8000 != 0 && attributes >> 16 & 0o170_000 == 0o120_000;
    }
}

/// Seconds since 1970 of a time in units of 100 nanoseconds since 1601.
fn time(ticks: u64) -> Option<i64> {
    i64::try_from(ticks / 10_000_000).ok()?.checked_sub(11_644_473_600)
}
