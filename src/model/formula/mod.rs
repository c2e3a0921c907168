//! Boolean formulas over the bytes of a view, and the program that decides one.

mod compile;

pub use compile::compile;

/// A bit of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bit {
    /// The byte.
    pub byte: u32,
    /// The bit in it, 0 to 7, from the least.
    pub bit: u8,
}

/// A Boolean formula over the bytes of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formula {
    /// All of these; true if there are none.
    And(Vec<Formula>),
    /// At least one of these; false if there are none.
    Or(Vec<Formula>),
    /// Not this.
    Not(Box<Formula>),
    /// Whether the bit is set.
    Bit(Bit),
    /// Whether `low ≤ value ≤ high`, where the value stands in consecutive bytes, the
    /// greatest first, at most eight.
    Between {
        /// The position of the greatest byte.
        byte: u32,
        /// Number of bytes.
        bytes: u32,
        /// The least value.
        low: u64,
        /// The greatest value.
        high: u64,
    },
}

impl Formula {
    /// Whether it holds of a view. Bytes beyond its end are zero.
    #[must_use]
    pub fn holds(&self, view: &[u8]) -> bool {
        let byte = |at: u32| view.get(at as usize).copied().unwrap_or(0);
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(view)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(view)),
            Self::Not(part) => !part.holds(view),
            Self::Bit(Bit { byte: at, bit }) => byte(*at) >> bit & 1 == 1,
            Self::Between { byte: at, bytes, low, high } => {
                let value = (0..*bytes).fold(0u64, |sum, k| sum << 8 | u64::from(byte(at + k)));
                (*low..=*high).contains(&value)
            }
        }
    }
}
