//! What undoes the filters of streams.
//!
//! Every decoder here writes at most as many bytes as it is told, and gives what it
//! has when its input ends or is damaged: much of a page is more than none of it.

mod ascii;
mod flate;
mod lzw;
mod predictor;

pub(crate) use predictor::Predictor;

use crate::Reason;

/// Bytes that a filter gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) bytes: Vec<u8>,
    /// Whether the input was whole: not cut off, nothing in it that makes no sense.
    pub(crate) whole: bool,
}

/// A filter that is undone here. The others are pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    Flate,
    Lzw { early: bool },
    Ascii85,
    AsciiHex,
    RunLength,
}

impl Filter {
    /// The filter of a name, also of the short names of inline pictures.
    pub(crate) fn of(name: &[u8], early: bool) -> Option<Self> {
        match name {
            b"FlateDecode" | b"Fl" => Some(Self::Flate),
            b"LZWDecode" | b"LZW" => Some(Self::Lzw { early }),
            b"ASCII85Decode" | b"A85" => Some(Self::Ascii85),
            b"ASCIIHexDecode" | b"AHx" => Some(Self::AsciiHex),
            b"RunLengthDecode" | b"RL" => Some(Self::RunLength),
            _ => None,
        }
    }

    /// Undoes the filter.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if there are more than `most` bytes.
    pub(crate) fn decode(self, data: &[u8], most: usize) -> Result<Decoded, Reason> {
        match self {
            Self::Flate => flate::decode(data, most),
            Self::Lzw { early } => lzw::decode(data, early, most),
            Self::Ascii85 => ascii::decode_85(data, most),
            Self::AsciiHex => ascii::decode_hex(data, most),
            Self::RunLength => ascii::decode_runs(data, most),
        }
    }
}
