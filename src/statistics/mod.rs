//! What a sample says of the whole, in integers.
//!
//! Nothing here rounds but at the very end, and there outwards: two parties who
//! count alike print the same digits.

mod clopper_pearson;
mod natural;

pub use clopper_pearson::{Interval, Risk, clopper_pearson};
