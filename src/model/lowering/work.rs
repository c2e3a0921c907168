//! A cap on what compiling a model may cost.

use super::error::CompileError;

/// Steps that a compilation may still take, all passes together. They are
/// counted, not timed: every party must come to the same end.
#[derive(Clone, Copy)]
pub(crate) struct Work(usize);

/// A step takes some nanoseconds.
const MAX_WORK: usize = 1 << 32;
/// Bytes of a file that gives no more than them.
const USUAL_BYTES: usize = 64 << 20;
/// Steps beside them for each further byte: each pass looks at a weight some times, and the
/// search for a precision takes many passes.
const WORK_OF_BYTE: usize = 16;

impl Work {
    /// What compiling a model of a file of so many bytes may take.
    pub(crate) const fn of_file(bytes: usize) -> Self {
        let more = bytes.saturating_sub(USUAL_BYTES).saturating_mul(WORK_OF_BYTE);
        Self(MAX_WORK.saturating_add(more))
    }

    pub(super) fn spend(&mut self, steps: usize) -> Result<(), CompileError> {
        self.0 = self.0.checked_sub(steps).ok_or(CompileError::TooMuchWork)?;
        Ok(())
    }
}
