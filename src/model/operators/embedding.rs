//! Rows of a table, picked by whole numbers of the document: the vectors of tokens or bytes.

use std::borrow::Cow;
use std::rc::Rc;

use super::{Operator, Tensor};
use crate::model::graph::Embedding;
use crate::model::lowering::{CompileError, Lowering, Value};

impl Embedding {
    /// The row of a number: the last one for those beyond the table.
    pub(crate) fn row(&self, number: f64) -> Cow<'_, [f64]> {
        let last = self.rows.saturating_sub(1);
        // A number below zero becomes 0.
        let row = (number as usize).min(last);
        let start = row.saturating_mul(self.width);
        self.table.run(start..start.saturating_add(self.width))
    }
}

impl Operator for Embedding {
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        let numbers = inputs.iter().flat_map(|input| input.values);
        let mut rows = Vec::new();
        numbers.for_each(|number| rows.extend_from_slice(&self.row(*number)));
        rows
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let ids = lowering.value(lowering.input(node))?;
        let found = lowering.emitter.embedding(&ids, (&self.table, self.width))?;
        found.map(Rc::new).ok_or(CompileError::NoIds)
    }

    fn constants(&self) -> usize {
        self.table.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_beyond_the_table_have_its_last_row() {
        let table = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0].into();
        let embedding = Embedding { rows: 3, width: 2, table };
        let ids = Tensor { values: &[1.0, 0.0, 7.0], shape: &[3] };
        assert_eq!(embedding.evaluate(&[ids], &[3, 2]), [3.0, 4.0, 1.0, 2.0, 5.0, 6.0]);
    }
}
