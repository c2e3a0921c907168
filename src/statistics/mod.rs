//! What a sample says of the whole, in integers.
//!
//! Nothing here rounds but at the very end, and there outwards: two parties who
//! count alike print the same digits.
//!
//! ```
//! use candor::statistics::{Risk, Sample};
//!
//! // 300 of 10,000 were drawn and looked at; none was one, two could not be seen.
//! let sample = Sample::new(10_000, 300, 0, 2).expect("no more than were drawn");
//! let bounds = sample.bounds(Risk::new(1, 20).expect("between 0 and 1"));
//! assert_eq!((bounds.low, bounds.high), (0, 206));
//! ```

mod clopper_pearson;
mod hypergeometric;
mod interval;
mod plan;
mod risk;
mod strata;
mod tails;

pub use clopper_pearson::clopper_pearson;
pub use hypergeometric::{least, most};
pub use interval::Interval;
pub use plan::{chance_to_miss, fewest_clean, fewest_for_width};
pub use risk::Risk;
pub use strata::{Bounds, Sample, recall};
