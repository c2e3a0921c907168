//! What a model may ask for: elements held, multiplications done.

use crate::model::graph::{Problem, shape};

/// Most elements of a tensor that is computed from the document, as in
/// [`crate::model::program::MAX_NODE_LEN`].
const MAX_COMPUTED_ELEMENTS: usize = 1 << 22;
/// Elements of all tensors and constants together that any model may have, those
/// counted again that a node keeps a copy of: eight bytes each.
const TOTAL_ELEMENTS: usize = 3 << 24;
/// Bytes of a file that gives no more than them.
const USUAL_BYTES: usize = 64 << 20;
/// Elements beside them for each further byte of the file: who sends much may ask for
/// much.
const ELEMENTS_OF_BYTE: usize = 2;
/// Elements for each byte of the file that count only while they are held.
const PASSING_OF_BYTE: usize = 4;
/// Most elements, however long the file is. A large file's weights take four bytes in a layer.
const MAX_TOTAL_ELEMENTS: usize = 450_000_000;
/// Most operations on constants when the model is read.
const MAX_FOLDING: usize = 1 << 29;
/// Most multiplications of the model.
const MAX_WORK: usize = 1 << 33;

/// Most names and attribute values of the nodes that are gone through, those of
/// functions and subgraphs each time that they are run.
const MAX_STEPS: usize = 1 << 20;
/// Most nodes that depend on the document.
const MAX_TENSORS: usize = 1 << 14;

/// What was asked for so far. Whatever is about to be allocated or computed is
/// counted first.
#[derive(Debug)]
pub(crate) struct Budget {
    /// Most elements.
    most: usize,
    elements: usize,
    /// How many elements may yet be dropped.
    passing: usize,
    folding: usize,
    work: usize,
    steps: usize,
    tensors: usize,
}

impl Budget {
    /// What a model of a file of so many bytes may ask for.
    pub(crate) fn of_file(bytes: usize) -> Self {
        let more = bytes.saturating_sub(USUAL_BYTES).saturating_mul(ELEMENTS_OF_BYTE);
        let most = TOTAL_ELEMENTS.saturating_add(more).min(MAX_TOTAL_ELEMENTS);
        let passing = bytes.saturating_mul(PASSING_OF_BYTE);
        Self { most, elements: 0, passing, folding: 0, work: 0, steps: 0, tensors: 0 }
    }

    /// Adds elements that are held.
    pub(crate) fn elements(&mut self, elements: usize) -> Result<(), Problem> {
        self.elements = self.elements.saturating_add(elements);
        let most = self.most;
        if self.elements > most {
            return Err(Problem::limit(
                format!("up to it tensors and weights have more than {most} elements"),
                "use a smaller model or a smaller view",
            ));
        }
        Ok(())
    }

    /// Elements that are held.
    pub(crate) fn held(&self) -> usize {
        self.elements
    }

    /// Takes a constant off that was counted and is held no longer, as far as the file is long
    /// enough for weights that are decoded in a few steps: what comes and goes has an end.
    pub(crate) fn dropped(&mut self, elements: usize) {
        let elements = elements.min(self.passing);
        self.passing = self.passing.saturating_sub(elements);
        self.elements = self.elements.saturating_sub(elements);
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

    /// Adds operations on constants.
    pub(crate) fn work(&mut self, operations: usize) -> Result<(), Problem> {
        self.folding = self.folding.saturating_add(operations);
        if self.folding > MAX_FOLDING {
            return Err(Problem::limit(
                format!("up to it constants take more than {MAX_FOLDING} multiplications"),
                "compute constants before you export the model",
            ));
        }
        Ok(())
    }

    /// Adds multiplications that a document takes.
    pub(crate) fn running(&mut self, multiplications: usize) -> Result<(), Problem> {
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
