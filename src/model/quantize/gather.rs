//! Slices, padding and the like: elements picked by their place.

use super::CompileError;
use super::lower::Lowering;
use super::value::{PerElement, Value};
use crate::model::onnx::{Gather, TensorRef};

impl Lowering<'_> {
    pub(super) fn gather(
        &mut self,
        tensor: TensorRef,
        gather: &Gather,
    ) -> Result<Value, CompileError> {
        let index = gather.index();
        let value = self.value(tensor)?;
        let mut moved = self.emitter.select(&value, &index)?;
        // Outside the input the integers are zero already.
        if gather.fill != 0.0 {
            let fill = |at: Option<u32>| if at.is_some() { 0.0 } else { gather.fill };
            let fill = PerElement::from_vec(index.into_iter().map(fill).collect());
            moved.offset = moved.offset.zip(&fill, moved.len, |own, fill| own + fill);
        }
        Ok(moved)
    }
}
