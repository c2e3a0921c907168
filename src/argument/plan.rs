//! How documents are cut into batches of lanes.

use thiserror::Error;

use super::cost::lane_cost;
use super::lane::LaneLayout;
use super::shape::Shape;
use crate::model::program::Program;

/// Most lanes of a batch.
pub const MAX_LANES: u32 = 1024;
/// Most data columns of a batch, so that a hostile bundle cannot exhaust the
/// judge.
pub const MAX_COLUMNS: usize = 8192;
/// Most documents stacked in a lane.
pub const MAX_COPIES: u32 = 16;
/// Data columns a batch aims at: enough to drown what is paid once a batch,
/// few enough for memory.
const TARGET_COLUMNS: usize = 800;

/// The responder's choice of how large a full batch is. It is recorded in
/// the bundle, so the judge does not repeat the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchShape {
    /// Documents stacked in a lane.
    pub copies: u32,
    /// Lanes.
    pub lanes: u32,
}

/// Why documents cannot be cut into batches.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlanError {
    /// The number of copies is out of range.
    #[error("{copies} copies a lane are out of range; 1 to {MAX_COPIES} are possible")]
    Copies {
        /// As asked.
        copies: u32,
    },
    /// The number of lanes is out of range.
    #[error("{lanes} lanes a batch are out of range; this program allows 1 to {most}")]
    Lanes {
        /// As asked.
        lanes: u32,
        /// As many as are allowed.
        most: u32,
    },
    /// One document needs too many columns.
    #[error("one document needs {columns} data columns; at most {MAX_COLUMNS} are supported")]
    TooLarge {
        /// Columns of one lane.
        columns: usize,
    },
}

/// How the readable documents of a corpus are cut into batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The layout of a lane.
    pub lane: LaneLayout,
    /// Lanes of a full batch.
    pub lanes: u32,
    /// Documents in all.
    pub documents: u64,
    /// Number of batches.
    pub batches: u64,
}

/// A run of documents that one proof covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The first document, counted among the readable ones.
    pub first: u64,
    /// Number of documents.
    pub count: u64,
    /// Lanes that carry them; the last batch may have fewer.
    pub lanes: u32,
}

impl Plan {
    /// Cuts `documents` into batches of this shape.
    ///
    /// # Errors
    /// If the shape is out of range or a document is too large.
    pub fn new(program: &Program, documents: u64, shape: BatchShape) -> Result<Self, PlanError> {
        let BatchShape { copies, lanes } = shape;
        if !(1..=MAX_COPIES).contains(&copies) {
            return Err(PlanError::Copies { copies });
        }
        let lane = LaneLayout::new(&Shape::of(program), copies);
        if lane.columns() > MAX_COLUMNS {
            return Err(PlanError::TooLarge { columns: lane.columns() });
        }
        let most = most_lanes(&lane);
        if !(1..=most).contains(&lanes) {
            return Err(PlanError::Lanes { lanes, most });
        }
        let batches = documents.div_ceil(u64::from(lanes) * u64::from(copies));
        Ok(Self { lane, lanes, documents, batches })
    }

    /// The shape that suits `documents` documents, in batches of the given number
    /// of documents if there is one.
    ///
    /// # Errors
    /// If a document is too large.
    pub fn choose(
        program: &Program,
        documents: u64,
        batch: Option<u64>,
    ) -> Result<BatchShape, PlanError> {
        let size = batch.unwrap_or(u64::MAX).min(documents).max(1);
        let lane = choose_lane(&Shape::of(program), size)?;
        let copies = u64::from(lane.copies);
        let target = (TARGET_COLUMNS / lane.columns()).max(1) as u64;
        let lanes = match batch {
            Some(_) => size.div_ceil(copies),
            // Batches of equal size, rather than full ones and a rest.
            None => {
                let batches = size.div_ceil(target * copies);
                size.div_ceil(batches * copies)
            }
        };
        let lanes = lanes.clamp(1, u64::from(most_lanes(&lane))) as u32;
        Ok(BatchShape { copies: lane.copies, lanes })
    }

    /// The one shape that a bundle of this plan records. A full batch's proof
    /// binds the lanes of a full batch; if a single batch holds all documents,
    /// its own lanes are recorded, and if there is nothing to prove, one lane
    /// of one copy.
    #[must_use]
    pub fn recorded(&self) -> BatchShape {
        match self.batches {
            0 => BatchShape { copies: 1, lanes: 1 },
            1 => BatchShape { copies: self.lane.copies, lanes: self.batch(0).lanes },
            _ => BatchShape { copies: self.lane.copies, lanes: self.lanes },
        }
    }

    /// The batch of the given number.
    ///
    /// # Panics
    /// If there is no such batch.
    #[must_use]
    pub fn batch(&self, index: u64) -> Batch {
        assert!(index < self.batches, "batch {index} of {}", self.batches);
        let copies = u64::from(self.lane.copies);
        let size = u64::from(self.lanes) * copies;
        let first = index * size;
        let count = size.min(self.documents - first);
        Batch { first, count, lanes: count.div_ceil(copies) as u32 }
    }
}

fn most_lanes(lane: &LaneLayout) -> u32 {
    ((MAX_COLUMNS / lane.columns()) as u32).min(MAX_LANES)
}

/// The stacking with the least cost for `documents` documents; the smallest of
/// equals.
fn choose_lane(shape: &Shape, documents: u64) -> Result<LaneLayout, PlanError> {
    let single = LaneLayout::new(shape, 1);
    if single.columns() > MAX_COLUMNS {
        return Err(PlanError::TooLarge { columns: single.columns() });
    }
    let cost =
        |lane: &LaneLayout| documents.div_ceil(u64::from(lane.copies)) as f64 * lane_cost(lane);
    let stacked = (2..=MAX_COPIES).map(|copies| LaneLayout::new(shape, copies));
    let stacked = stacked.filter(|lane| lane.columns() <= TARGET_COLUMNS);
    Ok(stacked.fold(single, |best, lane| if cost(&lane) < cost(&best) { lane } else { best }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::argument::testing;

    #[test]
    fn batches_cover_every_document_once() {
        let program = testing::program();
        for documents in [0, 1, 15, 16, 17, 100, 1000] {
            let shape = Plan::choose(&program, documents, Some(40)).unwrap();
            let plan = Plan::new(&program, documents, shape).unwrap();
            let mut next = 0;
            for index in 0..plan.batches {
                let batch = plan.batch(index);
                assert_eq!(batch.first, next);
                assert!(batch.count > 0 && batch.lanes <= shape.lanes);
                let slots = u64::from(batch.lanes) * u64::from(plan.lane.copies);
                assert!(slots - batch.count < u64::from(plan.lane.copies));
                next += batch.count;
            }
            assert_eq!(next, documents);
        }
    }

    #[test]
    fn what_is_chosen_is_what_is_recorded() {
        let program = testing::program();
        for documents in 0..70 {
            for batch in [None, Some(1), Some(5), Some(16), Some(17), Some(40), Some(1000)] {
                let shape = Plan::choose(&program, documents, batch).unwrap();
                let plan = Plan::new(&program, documents, shape).unwrap();
                assert_eq!(plan.recorded(), shape, "{documents} in batches of {batch:?}");
                // Where one batch holds all, no other number of lanes is.
                for lanes in shape.lanes + 1..shape.lanes + 4 {
                    let other =
                        Plan::new(&program, documents, BatchShape { lanes, ..shape }).unwrap();
                    if plan.batches < 2 {
                        assert_eq!(other.recorded(), shape);
                    }
                }
            }
        }
    }

    #[test]
    fn layouts_out_of_range_are_refused() {
        let program = testing::program();
        let plan = |copies, lanes| Plan::new(&program, 9, BatchShape { copies, lanes });
        for lanes in [0, MAX_LANES + 1, u32::MAX] {
            assert!(matches!(plan(1, lanes), Err(PlanError::Lanes { .. })));
        }
        for copies in [0, MAX_COPIES + 1, u32::MAX] {
            assert!(matches!(plan(copies, 1), Err(PlanError::Copies { .. })));
        }
    }

    #[test]
    fn few_documents_take_few_slots() {
        let program = testing::program();
        for documents in 1..=40 {
            let BatchShape { copies, lanes } = Plan::choose(&program, documents, None).unwrap();
            let slots = u64::from(copies) * u64::from(lanes);
            assert!(slots >= documents && slots < documents + u64::from(lanes), "{documents}");
        }
    }
}
