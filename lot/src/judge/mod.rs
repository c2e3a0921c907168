//! The judge's side: what it fixes, draws, or lets end.
//!
//! * [`mod@commit`]: a lot, with its secret
//! * [`mod@draw`]: the sample, once the responder has fixed the bundle
//! * [`mod@void`]: the end of a lot without a drawing
//! * [`mod@plan`]: how much to draw
//! * [`folder`]: the folder of a lot, and its secret
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

pub mod commit;
pub mod draw;
pub mod folder;
pub mod plan;
pub mod void;

pub use commit::{CommitOptions, Committed, commit};
pub use draw::{DrawOptions, DrawReport, draw};
pub use folder::LotFolder;
pub use plan::{Plan, PlanOptions, plan};
pub use void::{VoidOptions, Voided, void};
