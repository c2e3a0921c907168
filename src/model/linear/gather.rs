//! Selection of elements.

use ff::PrimeField;

use super::{MapError, Range, put_len};

/// `y[i] = x[index[i]]`, or zero where `index[i]` is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gather {
    /// Number of inputs.
    pub input_len: usize,
    /// For each output the input it repeats.
    pub index: Vec<Option<u32>>,
}

impl Gather {
    pub(super) fn validate(&self) -> Result<(), MapError> {
        if self.index.iter().flatten().any(|i| *i as usize >= self.input_len) {
            return Err(MapError::Shape("a selection reads past its input"));
        }
        Ok(())
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let pair = |(to, from): (usize, &Option<u32>)| from.map(|from| (to, from as usize));
        self.index.iter().enumerate().filter_map(pair)
    }

    pub(super) fn apply(&self, input: &[i64], output: &mut [i64]) {
        for (to, from) in self.pairs() {
            output[to] = output[to].wrapping_add(input[from]);
        }
    }

    pub(super) fn adjoint<F: PrimeField>(&self, output: &[F], input: &mut [F]) {
        for (to, from) in self.pairs() {
            input[from] += output[to];
        }
    }

    pub(super) fn reads(&self, output: &[bool], input: &mut [bool]) {
        for (to, from) in self.pairs() {
            input[from] |= output[to];
        }
    }

    pub(super) fn bound(&self, input: &[Range], output: &mut [Range]) -> bool {
        self.pairs().all(|(to, from)| output[to].add_scaled(input[from], 1))
    }

    /// For each input the one output that repeats it, if every input has exactly one and
    /// nothing else is put out.
    #[must_use]
    pub fn permutation(&self) -> Option<Vec<u32>> {
        if self.index.len() != self.input_len {
            return None;
        }
        let mut outputs = vec![None; self.input_len];
        for (to, from) in self.index.iter().enumerate() {
            let output = outputs.get_mut((*from)? as usize)?;
            if output.replace(to as u32).is_some() {
                return None;
            }
        }
        outputs.into_iter().collect()
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_len(out, self.input_len);
        put_len(out, self.index.len());
        for index in &self.index {
            // u32::MAX stands for zero; validation keeps real indices below it.
            out.extend_from_slice(&index.unwrap_or(u32::MAX).to_le_bytes());
        }
    }
}
