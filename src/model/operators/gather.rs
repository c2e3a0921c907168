//! Slices, padding, repetitions: elements picked by their place.

use std::rc::Rc;

use super::{Operator, Tensor};
use crate::model::graph::shape::strides;
use crate::model::graph::{Gather, Problem};
use crate::model::lowering::{CompileError, Lowering, PerElement, Value};

/// Which places of the input one axis of the output reads.
pub(crate) type Axis = Vec<Option<u32>>;

/// The shape of an output, and which element of the input each of its elements
/// is.
pub(crate) struct Selection {
    /// The shape of the output.
    pub(crate) shape: Vec<usize>,
    /// For each axis of the input, or those that an operator makes of it.
    pub(crate) axes: Vec<Axis>,
    /// Input elements from one place to the next along each of the axes.
    pub(crate) strides: Vec<usize>,
    /// The value of places outside the input.
    pub(crate) fill: f64,
}

impl Selection {
    /// All of an input, to begin with.
    pub(crate) fn whole(input: &[usize]) -> Self {
        Self {
            shape: input.to_vec(),
            axes: input
                .iter()
                .map(|&dim| (0..dim).map(|at| u32::try_from(at).ok()).collect())
                .collect(),
            strides: strides(input),
            fill: 0.0,
        }
    }

    /// Other places along an axis. The caller has bounded the new shape.
    pub(crate) fn set(&mut self, axis: usize, places: Axis) {
        if let (Some(dim), Some(slot)) = (self.shape.get_mut(axis), self.axes.get_mut(axis)) {
            *dim = places.len();
            *slot = places;
        }
    }

    /// The selection as an operator; refused if an index leaves 32 bits.
    pub(crate) fn gather(self) -> Result<Gather, Problem> {
        let far = || Problem::malformed("an index is out of range");
        let axes = self.axes.into_iter().zip(self.strides).map(|(mut axis, stride)| {
            let stride = u32::try_from(stride).map_err(|_| far())?;
            for place in axis.iter_mut().flatten() {
                *place = place.checked_mul(stride).ok_or_else(far)?;
            }
            Ok(axis)
        });
        Ok(Gather { axes: axes.collect::<Result<_, Problem>>()?, fill: self.fill })
    }
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
impl Operator for Gather {
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        let element = |at: Option<u32>| at.map_or(self.fill, |at| inputs[0].values[at as usize]);
        self.walk().map(element).collect()
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let tensor = lowering.input(node);
        let index = self.index();
        let value = lowering.movable(tensor)?;
        let mut moved = lowering.emitter.select(&value, &index)?;
        // Outside the input the integers are zero already.
        if self.fill != 0.0 {
            let fill = |at: Option<u32>| if at.is_some() { 0.0 } else { self.fill };
            let fill = PerElement::from_vec(index.into_iter().map(fill).collect());
            moved.offset = moved.offset.zip(&fill, moved.len, |own, fill| own + fill);
        }
        Ok(Rc::new(moved))
    }

    fn constants(&self) -> usize {
        self.axes.iter().fold(0, |sum, axis| sum.saturating_add(axis.len()))
    }
}
