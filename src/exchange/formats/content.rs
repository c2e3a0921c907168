//! The bytes of one file of a bag, wherever it stands.

use std::fs::File;
use std::io::{self, Read, Take};

use flate2::read::DeflateDecoder;

/// The bytes of one file.
#[derive(Debug)]
pub(crate) enum Content {
    /// A file of its own.
    File(File),
    /// A part of an archive.
    Part(Take<File>),
    /// A compressed part of an archive, up to the length that it states.
    Compressed(Box<Take<DeflateDecoder<Take<File>>>>),
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(input) => input.read(buffer),
            Self::Part(input) => input.read(buffer),
            Self::Compressed(input) => input.read(buffer),
        }
    }
}
