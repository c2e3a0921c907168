//! The responder's side: it seals a lot, and opens what was drawn.
//!
//! * [`mod@seal`]: fixes the bundle for a lot, without knowing the sample
//! * [`mod@open`]: opens the sample to the judge alone
//! * [`ledger`]: which lots of the corpus there were
//! * [`relatives`]: what is opened beside a drawn item
//! * [`package`]: the encrypted package
//! * [`missing`]: what stays closed, and on which basis
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

pub mod ledger;
pub mod missing;
pub mod open;
pub mod package;
pub mod relatives;
pub mod seal;

pub use open::{OpenOptions, OpenReport, Preview, open, preview};
pub use seal::{SealOptions, SealReport, seal};
