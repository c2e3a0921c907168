//! Layer normalisation and its like: runs of elements less their mean, divided by their deviation.

use std::rc::Rc;

use super::{Operator, Tensor};
use crate::model::graph::Standardise;
use crate::model::lowering::{CompileError, Lowering, Standardised, Value};

impl Standardise {
    /// The mean that is subtracted from a run, and what the rest is divided by.
    pub(crate) fn of_run(&self, run: &[f64]) -> (f64, f64) {
        let count = run.len() as f64;
        let mean = if self.centred { run.iter().sum::<f64>() / count } else { 0.0 };
        let squares = run.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
        let divisor = (squares + self.epsilon).sqrt();
        (mean, if divisor > 0.0 { divisor } else { 1.0 })
    }
}

impl Operator for Standardise {
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        let values: Vec<f64> = inputs.iter().flat_map(|input| input.values).copied().collect();
        let mut output = Vec::with_capacity(values.len());
        for run in values.chunks(self.length.max(1)) {
            let (mean, divisor) = self.of_run(run);
            output.extend(run.iter().map(|x| self.scale * (x - mean) / divisor));
        }
        output
    }

    /// Levels at once: what reads it has a scale for each element as a rule.
    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let tensor = lowering.input(node);
        let (value, seen) = (lowering.value(tensor)?, lowering.calibrated(tensor)?);
        let held = lowering.is_to_be_held(tensor, node)?;
        let channels = lowering.channels(tensor, self.length);
        let value = match lowering.emitter.standardised(&value, seen, self, (held, channels))? {
            None => lowering.emitter.constant(value.len, 0.0)?,
            Some(Standardised { value: standardised, read }) => {
                if held {
                    lowering.hold(tensor, read)?;
                }
                let range = lowering.range_of_standardised(node, self)?;
                lowering.emitter.requantise(&standardised, range)?
            }
        };
        let value = Rc::new(value);
        lowering.record(node, &value);
        Ok(value)
    }

    fn work(&self) -> usize {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_standardised_apart() {
        let tensor = Tensor { values: &[1.0, 3.0, 0.0, 0.0], shape: &[2, 2] };
        let of = |centred, epsilon| {
            Standardise { length: 2, centred, epsilon, scale: 1.0 }.evaluate(&[tensor], &[2, 2])
        };
        assert_eq!(of(true, 0.0), [-1.0, 1.0, 0.0, 0.0]);
        assert_eq!(of(true, 3.0), [-0.5, 0.5, 0.0, 0.0]);
        assert_eq!(of(false, 4.0), [1.0 / 3.0, 1.0, 0.0, 0.0]);
    }
}
