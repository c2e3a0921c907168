//! The files of a lot, byte for byte.
//!
//! * [`lot`]: what the judge fixes before anything else
//! * [`seal`]: the bundle that the responder fixes, and its salt
//! * [`drawing`], [`void`]: how a lot ends
//! * [`opened`], [`package`]: what is opened, and the public statement about it
//! * [`population`]: the names of strata
//! * [`decimal`]: chances of error
//! * [`filed`]: reading and writing all of them
//!
//! All of it is read from files that another party wrote.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod decimal;
pub mod drawing;
pub mod filed;
pub mod lot;
pub mod opened;
pub mod package;
pub mod population;
pub mod seal;
pub mod void;

pub use decimal::Decimal;
pub use drawing::{Drawing, Drawn};
pub use filed::{Artefact, Filed, digest};
pub use lot::{Families, Lot, Recipient, Sample, Stratum};
pub use opened::{MissingLeaf, Opened};
pub use population::Population;
pub use seal::Seal;
pub use void::Void;
