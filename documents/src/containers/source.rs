//! Where a container's bytes are: in memory, or in a file too large to hold.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::OpenError;
use crate::Reason;

/// A container's bytes, to be read at any place.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// All of them, in memory.
    Bytes(&'a [u8]),
    /// A file that nobody changes meanwhile. Its position is moved on systems that
    /// cannot read at an offset.
    File(&'a File),
}

impl<'a> Source<'a> {
    /// Number of bytes.
    ///
    /// # Errors
    /// What the file system says.
    pub fn length(self) -> io::Result<u64> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
            Self::File(file) => Ok(file.metadata()?.len()),
        }
    }

    /// Reads at `offset` as many bytes as there are, at most `into.len()`.
    ///
    /// # Errors
    /// What the file system says.
    pub fn read_at(self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Bytes(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let rest = bytes.get(start..).unwrap_or_default();
                let count = rest.len().min(into.len());
                if let (Some(to), Some(from)) = (into.get_mut(..count), rest.get(..count)) {
                    to.copy_from_slice(from);
                }
                Ok(count)
            }
            // The system takes such an offset for a mistake of the program's.
            Self::File(_) if i64::try_from(offset).is_err() => Ok(0),
            Self::File(file) => {
                let mut done = 0;
                while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
                    match read_file_at(file, offset.saturating_add(done as u64), rest) {
                        Ok(0) => break,
                        Ok(count) => done = done.saturating_add(count),
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(done)
            }
        }
    }

    /// Reads exactly as many bytes as `into` holds.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if the container ends before.
    pub(crate) fn read_exact_at(self, offset: u64, into: &mut [u8]) -> Result<(), OpenError> {
        if self.read_at(offset, into)? == into.len() { Ok(()) } else { Err(Reason::Damaged.into()) }
    }

    /// Bytes `offset..offset + length`. The caller has compared `length` with the
    /// container's.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if the container ends before.
    pub(crate) fn slice(self, offset: u64, length: usize) -> Result<Vec<u8>, OpenError> {
        let end = offset.checked_add(length as u64).ok_or(Reason::Damaged)?;
        if end > self.length()? {
            return Err(Reason::Damaged.into());
        }
        let mut bytes = vec![0; length];
        self.read_exact_at(offset, &mut bytes)?;
        Ok(bytes)
    }

    /// A reader of bytes `start..end`, in order and from any place.
    #[must_use]
    pub fn reader(self, start: u64, end: u64) -> SourceReader<'a> {
        SourceReader { source: self, start, end, position: start }
    }
}

#[cfg(unix)]
fn read_file_at(file: &File, offset: u64, into: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

#[cfg(not(unix))]
fn read_file_at(mut file: &File, offset: u64, into: &mut [u8]) -> io::Result<usize> {
    file.seek(SeekFrom::Start(offset))?;
    file.read(into)
}

/// Reads a stretch of a [`Source`].
#[derive(Clone, Debug)]
pub struct SourceReader<'a> {
    source: Source<'a>,
    start: u64,
    end: u64,
    position: u64,
}

impl SourceReader<'_> {
    /// Offset of the next byte in the container.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }
}

impl Read for SourceReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_sub(self.position);
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(into.len());
        let count = match into.get_mut(..most) {
            Some(into) => self.source.read_at(self.position, into)?,
            None => 0,
        };
        self.position = self.position.saturating_add(count as u64);
        Ok(count)
    }
}

impl Seek for SourceReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(offset) => self.start.checked_add(offset),
            SeekFrom::End(offset) => self.end.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        let place = place.filter(|place| *place >= self.start);
        self.position = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position.saturating_sub(self.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_reads_like_its_bytes() {
        let path = std::env::temp_dir().join(format!("candor-source-{}", std::process::id()));
        let bytes: Vec<u8> = (0..1000_u32).map(|n| n as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let file = File::open(&path).unwrap();
        for source in [Source::Bytes(&bytes), Source::File(&file)] {
            assert_eq!(source.length().unwrap(), 1000);
            let mut into = [0; 16];
            assert_eq!(source.read_at(990, &mut into).unwrap(), 10);
            assert_eq!(source.read_at(u64::MAX, &mut into).unwrap(), 0);
            let mut reader = source.reader(10, 20);
            reader.seek(SeekFrom::End(-3)).unwrap();
            let mut rest = Vec::new();
            reader.read_to_end(&mut rest).unwrap();
            assert_eq!(rest, &bytes[17..20]);
            assert!(reader.seek(SeekFrom::Current(-11)).is_err());
        }
        std::fs::remove_file(path).unwrap();
    }
}
