//! Rows of tables that the document picks.

use super::coefficients::Coefficients;
use super::emit::Emitter;
use super::error::CompileError;
use super::value::{PerElement, Value};
use crate::model::graph::Floats;
use crate::model::program::{Embedding, MAX_IDS, Op};

/// The largest number of a table in units: two bytes with a sign.
const LARGEST: f64 = 32_767.0;

impl Emitter {
    /// The rows of a table `rows × columns` that the elements of a value pick; `None` if these are
    /// no whole numbers.
    pub(crate) fn embedding(
        &mut self,
        ids: &Value,
        (table, columns): (&Floats, usize),
    ) -> Result<Option<Value>, CompileError> {
        let Some(node) = self.as_whole(ids)? else { return Ok(None) };
        let (low, high) = self.range(node)?;
        let most = usize::try_from(high).ok().filter(|most| low >= 0 && *most < MAX_IDS);
        let Some(most) = most else { return Ok(None) };
        let len = ids.len * columns;
        let largest = table.iter().fold(0.0, |largest: f64, value: f64| largest.max(value.abs()));
        if largest == 0.0 {
            return self.constant(len, 0.0).map(Some);
        }
        self.spend(table.len())?;
        let unit = largest / LARGEST;
        let rows = Coefficients::new(table.clone(), columns).integers(1.0 / unit)?;
        let count = rows.len() / columns.max(1);
        let ids = (most + 1).max(count);
        let embedding = Embedding { columns, rows, ids };
        let table = self.builder.embedding(embedding)?;
        let node = self.push(Op::Embedding { ids: node, table })?;
        Ok(Some(Value::scaled(node, len, PerElement::Uniform(unit), PerElement::Uniform(0.0))))
    }
}
