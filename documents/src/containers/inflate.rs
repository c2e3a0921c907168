//! Unpacking DEFLATE streams (RFC 1951) without trusting a length.

use std::io::{self, Read};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

use crate::Reason;

/// How many bytes are read, and written, at a time.
const CHUNK: usize = 64 << 10;

/// Reads a raw DEFLATE stream from its packed bytes. [`Inflate::used`] tells where the
/// stream ended; more bytes may have been read.
pub(crate) struct Inflate<R> {
    packed: R,
    state: Box<InflateState>,
    input: Vec<u8>,
    /// `input[start..]` is not yet used.
    start: usize,
    /// Bytes of the stream that were used.
    used: u64,
    input_ended: bool,
    ended: bool,
}

impl<R: Read> Inflate<R> {
    pub(crate) fn new(packed: R) -> Self {
        Self {
            packed,
            state: InflateState::new_boxed(DataFormat::Raw),
            input: Vec::new(),
            start: 0,
            used: 0,
            input_ended: false,
            ended: false,
        }
    }

    /// Length of the packed stream so far.
    pub(crate) fn used(&self) -> u64 {
        self.used
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.start < self.input.len() || self.input_ended {
            return Ok(());
        }
        self.input.resize(CHUNK, 0);
        let count = self.packed.read(&mut self.input)?;
        self.input.truncate(count);
        self.start = 0;
        self.input_ended = count == 0;
        Ok(())
    }
}

impl<R: Read> Read for Inflate<R> {
    /// An error of kind `InvalidData` says that the stream is broken,
    /// `UnexpectedEof` that it ends too early.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !into.is_empty() {
            self.fill()?;
            let input = self.input.get(self.start..).unwrap_or_default();
            let result = inflate(&mut self.state, input, into, MZFlush::None);
            self.start = self.start.saturating_add(result.bytes_consumed);
            self.used = self.used.saturating_add(result.bytes_consumed as u64);
            match result.status {
                Ok(MZStatus::StreamEnd) => self.ended = true,
                Ok(_) => {}
                Err(_) if self.input_ended => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(_) => return Err(io::ErrorKind::InvalidData.into()),
            }
            if result.bytes_written > 0 {
                return Ok(result.bytes_written);
            }
            if !self.ended && result.bytes_consumed == 0 && self.input_ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}

/// All bytes that `reader` gives, at most `most`. Memory grows with what is there.
///
/// # Errors
/// [`Reason::TooLarge`] if it gives more.
pub(crate) fn read_all(reader: &mut dyn Read, most: u64) -> io::Result<Result<Vec<u8>, Reason>> {
    let mut bytes = Vec::new();
    let length = usize::try_from(most).unwrap_or(CHUNK).saturating_add(1).min(CHUNK);
    let mut chunk = vec![0; length];
    loop {
        let count = match reader.read(&mut chunk) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if count == 0 {
            return Ok(Ok(bytes));
        }
        if (bytes.len() as u64).saturating_add(count as u64) > most {
            return Ok(Err(Reason::TooLarge));
        }
        bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
    }
}

/// Whether an error of a reader is about the bytes and not about reading them.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput
    )
}
