//! Why one entry of a container is not given.

use crate::{Budget, Reason};

/// Why one entry of a container is not given, and more about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

impl Refused {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    /// The two parts of a child that say what became of it.
    pub(crate) fn split(read: Result<Vec<u8>, Self>) -> (Result<Vec<u8>, Reason>, String) {
        match read {
            Ok(bytes) => (Ok(bytes), String::new()),
            Err(refused) => (Err(refused.reason), refused.detail),
        }
    }
}

impl From<Reason> for Refused {
    fn from(reason: Reason) -> Self {
        Self { reason, detail: String::new() }
    }
}

/// How many bytes one may unpack to before it counts as a bomb, where it is too large.
const RATIO: u64 = 100;

/// Spends the bytes of an entry before it is unpacked.
///
/// # Errors
/// [`Reason::TooLarge`] if it is larger than an item may be, or than what is left of
/// the container's budget; [`Reason::Bomb`] if, moreover, its packed bytes are few.
pub(crate) fn room(size: u64, packed: u64, budget: &mut Budget) -> Result<(), Refused> {
    let spent = match usize::try_from(size) {
        Ok(bytes) if size <= Budget::BYTES => budget.take_bytes(bytes),
        _ => Err(Reason::TooLarge),
    };
    let bomb = size > packed.saturating_mul(RATIO);
    spent.map_err(|reason| if bomb { Reason::Bomb } else { reason })?;
    Ok(())
}
