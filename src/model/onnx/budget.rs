//! What a model may ask for: elements held, multiplications done.

use crate::model::graph::{Problem, shape};

/// Most elements of a tensor that is computed from the document, as in
/// [`crate::model::program::MAX_NODE_LEN`].
const MAX_COMPUTED_ELEMENTS: usize = 1 << 22;
/// Most elements of all tensors and constants together, those counted again
/// that a node keeps a copy of: eight bytes each.
const MAX_TOTAL_ELEMENTS: usize = 3 << 24;
/// Most multiplications of the model.
const MAX_WORK: usize = 1 << 29;

/// Most names and attribute values of the nodes that are gone through, those of
/// functions and subgraphs each time that they are run.
const MAX_STEPS: usize = 1 << 20;
/// Most nodes that depend on the document.
const MAX_TENSORS: usize = 1 << 14;

/// What was asked for so far. Whatever is about to be allocated or computed is
/// counted first.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    elements: usize,
    work: usize,
    steps: usize,
    tensors: usize,
}

impl Budget {
    /// Adds elements that are held.
    pub(crate) fn elements(&mut self, elements: usize) -> Result<(), Problem> {
        self.elements = self.elements.saturating_add(elements);
        if self.elements > MAX_TOTAL_ELEMENTS {
            return Err(Problem::limit(
                format!(
                    "up to it tensors and weights have more than {MAX_TOTAL_ELEMENTS} elements"
                ),
                "use a smaller model or a smaller view",
            ));
        }
        Ok(())
    }

    /// Adds a tensor that is computed from the document; its elements.
    pub(crate) fn computed(&mut self, shape: &[usize]) -> Result<usize, Problem> {
        let elements = shape::elements(shape)?;
        if elements > MAX_COMPUTED_ELEMENTS {
            return Err(Problem::new(
                format!("a tensor of {elements} elements; {MAX_COMPUTED_ELEMENTS} are supported"),
                "use a smaller model or a smaller view",
            ));
        }
        self.elements(elements)?;
        Ok(elements)
    }

    /// Adds a constant that is computed when the model is read; its elements.
    /// A list may be empty: parts of shapes are, now and then.
    pub(crate) fn folded(&mut self, shape: &[usize]) -> Result<usize, Problem> {
        if shape == [0] {
            return Ok(0);
        }
        let elements = shape::elements(shape)?;
        self.elements(elements)?;
        Ok(elements)
    }

    /// Adds multiplications.
    pub(crate) fn work(&mut self, multiplications: usize) -> Result<(), Problem> {
        self.work = self.work.saturating_add(multiplications);
        if self.work > MAX_WORK {
            return Err(Problem::limit(
                format!("up to it the model has more than {MAX_WORK} multiplications"),
                "use a smaller model or a smaller view",
            ));
        }
        Ok(())
    }

    /// Adds what is gone through of a graph, function or subgraph.
    pub(crate) fn steps(&mut self, steps: usize) -> Result<(), Problem> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS {
            return Err(Problem::limit(
                format!(
                    "with its functions and loops written out it has more than {MAX_STEPS} names and attributes"
                ),
                "use a model with fewer repetitions",
            ));
        }
        Ok(())
    }

    /// Adds a node that depends on the document.
    pub(crate) fn tensor(&mut self) -> Result<(), Problem> {
        self.tensors = self.tensors.saturating_add(1);
        if self.tensors > MAX_TENSORS {
            return Err(Problem::limit(
                format!("up to it more than {MAX_TENSORS} tensors depend on the document"),
                "use a smaller model, or one with fewer repetitions",
            ));
        }
        Ok(())
    }
}
