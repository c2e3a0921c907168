//! `leaves.bin`: one record of fixed width for each leaf, in leaf order.
//!
//! A record is what the leaf commits to of file, record and family, the digest of each
//! view in the commitment's order, and a status byte.

use std::io::{self, Read};

use crate::corpus::leaf::Commitments;
use crate::field::{self, SCALAR_BYTES, Scalar};

/// What the bundle says of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Decision 0.
    Unmatched,
    /// Decision 1.
    Matched,
    /// The document is of a kind that the view reads, but it cannot be read.
    Unreadable,
    /// The document is of a kind that the view does not read.
    Outside,
}

impl Status {
    const fn to_byte(self) -> u8 {
        match self {
            Self::Unmatched => 0,
            Self::Matched => 1,
            Self::Unreadable => 2,
            Self::Outside => 3,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Unmatched),
            1 => Some(Self::Matched),
            2 => Some(Self::Unreadable),
            3 => Some(Self::Outside),
            _ => None,
        }
    }
}

/// What is public of one leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Bind file, record and family.
    pub commitments: Commitments,
    /// One digest for each view, in the commitment's order.
    pub digests: Vec<Scalar>,
    /// What the bundle says of it.
    pub status: Status,
}

impl Record {
    /// Bytes of a record.
    #[must_use]
    pub fn width(views: usize) -> usize {
        views.saturating_add(3).saturating_mul(SCALAR_BYTES).saturating_add(1)
    }

    /// Appends the record.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let Commitments { file, record, family } = &self.commitments;
        for digest in [file, record, family].into_iter().chain(&self.digests) {
            out.extend(field::encode(digest));
        }
        out.push(self.status.to_byte());
    }

    fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let (status, elements) = bytes.split_last().ok_or("an empty record")?;
        let status = Status::from_byte(*status).ok_or("a status byte above 3")?;
        let (elements, rest) = elements.as_chunks::<SCALAR_BYTES>();
        if !rest.is_empty() {
            return Err("a record of the wrong width");
        }
        let elements: Option<Vec<Scalar>> = elements.iter().map(field::decode).collect();
        let elements = elements.ok_or("a field element that is not below the modulus")?;
        let [file, record, family, digests @ ..] = elements.as_slice() else {
            return Err("a record of the wrong width");
        };
        let commitments = Commitments { file: *file, record: *record, family: *family };
        Ok(Self { commitments, digests: digests.to_vec(), status })
    }
}

/// Reads records one after the other.
pub(crate) struct Reader<R> {
    input: R,
    buffer: Vec<u8>,
}

/// Why the next record cannot be had.
#[derive(Debug)]
pub(crate) enum RecordError {
    Io(io::Error),
    Malformed(&'static str),
}

impl<R: Read> Reader<R> {
    pub(crate) fn new(input: R, views: usize) -> Self {
        Self { input, buffer: vec![0; Record::width(views)] }
    }

    pub(crate) fn get_ref(&self) -> &R {
        &self.input
    }

    pub(crate) fn into_inner(self) -> R {
        self.input
    }

    /// The next record; the caller knows how many there are.
    pub(crate) fn next(&mut self) -> Result<Record, RecordError> {
        match self.input.read_exact(&mut self.buffer) {
            Ok(()) => Record::decode(&self.buffer).map_err(RecordError::Malformed),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(RecordError::Malformed("the end of the file"))
            }
            Err(error) => Err(RecordError::Io(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_back_and_nothing_else_is() {
        let record = Record {
            commitments: Commitments {
                file: Scalar::from(5),
                record: Scalar::from(6),
                family: Scalar::from(7),
            },
            digests: vec![Scalar::from(8), Scalar::from(9)],
            status: Status::Unreadable,
        };
        let mut bytes = Vec::new();
        record.encode(&mut bytes);
        assert_eq!(bytes.len(), Record::width(2));
        assert_eq!(Reader::new(bytes.as_slice(), 2).next().unwrap(), record);
        let mut status = bytes.clone();
        status[160] = 4;
        let mut element = bytes.clone();
        element[32..64].fill(0xff);
        for wrong in [&status[..], &element, &bytes[..160]] {
            assert!(matches!(Reader::new(wrong, 2).next(), Err(RecordError::Malformed(_))));
        }
    }
}
