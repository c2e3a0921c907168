//! Candor's reports as pages for people.
//!
//! A page is one file of HTML that runs nothing and loads nothing: its content policy
//! allows its own style and pictures that stand in it, and nothing else. It prints on A4
//! and letter. It is a function of what it is given and of one stated time.
//!
//! * [`frame()`]: the page around a body, with the style and the policy
//! * [`parts`]: headings, tables and lists that go into a body
//! * [`text`]: text that others wrote, made safe and visible
//! * [`Preview`]: what is shown of a document: a picture re-encoded, or the head of its text
//! * [`plot`]: small drawings of bounds and curves
//! * [`verify`]: the page of a verification
//! * [`check`]: what a responder looks at before a bundle is sent
//! * `evaluate` (feature `issue`): a request measured on the requester's own documents
//! * `lot` (feature `lot`): an audit of a lot, and an estimate
//! * [`mod@log`]: the log of what a bundle withholds
//! * [`write()`]: a page as a file, whole or not at all
//!
//! Documents, names and reasons are other people's. They reach a page through [`text`]
//! and [`Preview`] alone.
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

mod asked;
pub mod check;
mod claims;
mod entry;
#[cfg(feature = "issue")]
pub mod evaluate;
mod excerpt;
mod frame;
mod kinds;
pub mod log;
#[cfg(feature = "lot")]
pub mod lot;
pub mod parts;
pub mod plot;
mod preview;
pub mod text;
mod thumbnail;
mod time;
pub mod verify;
mod write;

pub use excerpt::Excerpt;
pub use frame::{Head, POLICY, VERSION, frame};
pub use preview::Preview;
pub use thumbnail::Thumbnail;
pub use time::Stated;
pub use write::{refuse_existing, write};
