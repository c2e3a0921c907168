//! A cap on what compiling a model may cost.

use super::error::CompileError;

/// Steps that a compilation may still take, all passes together. They are
/// counted, not timed: every party must come to the same end.
#[derive(Clone, Copy)]
pub(crate) struct Work(usize);

/// A step takes some nanoseconds.
const MAX_WORK: usize = 1 << 32;

impl Work {
    pub(crate) const ALL: Self = Self(MAX_WORK);

    pub(super) fn spend(&mut self, steps: usize) -> Result<(), CompileError> {
        self.0 = self.0.checked_sub(steps).ok_or(CompileError::TooMuchWork)?;
        Ok(())
    }
}
